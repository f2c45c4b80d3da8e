-- A small test runner inside Neovim. Tests wait for conditions, never for a time: the deadline is only there for
-- what never happens.
local M = {}

local DEADLINE_MS = tonumber(vim.env.TESTGEN_NVIM_DEADLINE_MS) or 60000

local tests = {}
local notes = {} ---@type { message: string, level: integer }[]

-- Every message to the user is kept and can be asserted on.
vim.notify = function(message, level)
  notes[#notes + 1] = { message = message, level = level }
end

---@param name string
---@param body fun()
function M.test(name, body)
  tests[#tests + 1] = { name = name, body = body }
end

---@param what string named when it never comes true
---@param condition fun(): any
---@return any what the condition returned
function M.wait_for(what, condition)
  local value
  local is_met = vim.wait(DEADLINE_MS, function()
    value = condition()
    return value and true or false
  end, 20)
  if not is_met then
    error('never happened: ' .. what .. '\nsaid so far: ' .. vim.inspect(notes), 2)
  end
  return value
end

function M.equal(expected, actual, what)
  if not vim.deep_equal(expected, actual) then
    error(('%s: expected %s, found %s'):format(what or 'value', vim.inspect(expected), vim.inspect(actual)), 2)
  end
end

function M.truthy(value, what)
  if not value then
    error(what or 'expected something true', 2)
  end
end

--- A plain string inside a text or a list of lines.
function M.contains(haystack, needle, what)
  local text = type(haystack) == 'table' and table.concat(haystack, '\n') or haystack
  if not text:find(needle, 1, true) then
    error(('%s: "%s" is not in:\n%s'):format(what or 'text', needle, text), 2)
  end
end

--- The first message to the user that holds the text.
function M.said(needle)
  for _, note in ipairs(notes) do
    if note.message:find(needle, 1, true) then
      return note
    end
  end
end

function M.forget_messages()
  notes = {}
end

function M.messages()
  return notes
end

---@param bufnr? integer
---@return string[]
function M.lines(bufnr)
  return vim.api.nvim_buf_get_lines(bufnr or 0, 0, -1, false)
end

--- Waits for a buffer of this file type to be the current one.
---@param filetype string
---@return string[] its lines
function M.wait_for_view(filetype)
  M.wait_for('a buffer of type ' .. filetype, function()
    return vim.bo.filetype == filetype
  end)
  return M.lines()
end

function M.press(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, true, true), 'xt', false)
end

local function nothing_went_wrong()
  local log = vim.api.nvim_exec('messages', true)
  for _, sign in ipairs({ 'stack traceback', 'E5108', 'E5107', 'Error executing', 'Error detected' }) do
    if log:find(sign, 1, true) then
      error('Lua error in :messages:\n' .. log, 0)
    end
  end
end

local function run_all()
  local failures = 0
  for _, test in ipairs(tests) do
    local is_ok, problem = xpcall(function()
      notes = {}
      test.body()
      nothing_went_wrong()
    end, debug.traceback)
    io.write(('%s %s\n'):format(is_ok and 'ok    ' or 'FAILED', test.name))
    if not is_ok then
      failures = failures + 1
      io.write(tostring(problem), '\n')
      vim.cmd('messages clear')
    end
  end
  io.write(('%d passed, %d failed\n'):format(#tests - failures, failures))
  return failures == 0 and #tests > 0
end

---@param path string
function M.run_file(path)
  local is_loaded, problem = pcall(dofile, path)
  if not is_loaded then
    io.write('cannot load ', path, ': ', tostring(problem), '\n')
  end
  local is_fine = is_loaded and run_all()
  io.flush()
  vim.cmd(is_fine and 'qall!' or 'cquit 1')
end

return M
