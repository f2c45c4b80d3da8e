-- Whether code of a project may run. The user decides once per project; the decision is kept on this machine, never
-- in the project, and the server enforces it.
local config = require('testgen.config')
local say = require('testgen.say')

local M = {}

local function file()
  local ok, folder = pcall(vim.fn.stdpath, 'state')
  return (ok and folder or vim.fn.stdpath('data')) .. '/testgen/trusted.json'
end

---@return table<string, boolean>
local function read()
  local ok, lines = pcall(vim.fn.readfile, file())
  if not ok then
    return {}
  end
  local is_json, decisions = pcall(vim.json.decode, table.concat(lines, '\n'))
  return is_json and type(decisions) == 'table' and decisions or {}
end

local function write(decisions)
  local path = file()
  vim.fn.mkdir(vim.fn.fnamemodify(path, ':h'), 'p')
  local text = vim.json.encode(next(decisions) and decisions or vim.empty_dict())
  local ok, status = pcall(vim.fn.writefile, { text }, path)
  if not ok or status ~= 0 then
    say.warn('the decision could not be kept in ' .. path .. '; it holds for this session')
  end
end

local session = {} ---@type table<string, boolean> decisions of this session

--- true, false, or nil when the user was not asked yet.
---@param root string
---@return boolean?
function M.decision(root)
  local always = config.get().trusted
  if always ~= nil then
    return always
  end
  if session[root] ~= nil then
    return session[root]
  end
  return read()[root]
end

--- Keeps the user's decision; nil forgets it.
---@param root string
---@param trusted boolean?
function M.decide(root, trusted)
  session[root] = trusted
  local decisions = read()
  decisions[root] = trusted
  write(decisions)
end

local choices = {
  { label = 'Trust: its tests and generated tests may run', trusted = true, keep = true },
  { label = 'Not now', trusted = false, keep = false },
  { label = 'Never: do not ask again', trusted = false, keep = true },
}

--- Calls back with the decision, after asking where there is none.
---@param root string
---@param done fun(trusted: boolean)
function M.ask(root, done)
  local decision = M.decision(root)
  if decision ~= nil then
    return done(decision)
  end
  vim.ui.select(choices, {
    prompt = 'May TestGen run code of ' .. vim.fn.fnamemodify(root, ':~') .. '?',
    kind = 'testgen-trust',
    format_item = function(choice)
      return choice.label
    end,
  }, function(choice)
    if choice and choice.keep then
      M.decide(root, choice.trusted)
    end
    done(choice ~= nil and choice.trusted)
  end)
end

return M
