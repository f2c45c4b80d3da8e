-- The options: vim.g.testgen over the defaults, read anew each time, so that a later change counts.
local M = {}

---@class testgen.Options
---@field cmd? string|string[] the program, or the program with its arguments
---@field trusted? boolean code of every workspace may run; nil: ask once per project
---@field settings? table the server's settings, as in testgen.json
---@field root_markers? string[] files and folders that mark the root of a project
---@field autostart? boolean start for Python files and specs
---@field lenses? 'eol'|'above'|false where code lenses are shown
---@field reveal? boolean show the file that generated tests were put into
---@field list? string|false the command that shows the quickfix list; false: it is only filled
---@field border? string of floating windows, as in nvim_open_win()
---@field notify? boolean say when something is done

---@type testgen.Options
local defaults = {
  cmd = nil,
  trusted = nil,
  settings = {},
  root_markers = { 'testgen.json', 'pyproject.toml', 'setup.cfg', 'pytest.ini', 'tox.ini', '.git' },
  autostart = true,
  lenses = 'eol',
  reveal = true,
  list = 'botright copen',
  border = 'rounded',
  notify = true,
}

local kinds = {
  cmd = { 'string', 'table' },
  trusted = { 'boolean' },
  settings = { 'table' },
  root_markers = { 'table' },
  autostart = { 'boolean' },
  lenses = { 'string', 'boolean' },
  reveal = { 'boolean' },
  list = { 'string', 'boolean' },
  border = { 'string', 'table' },
  notify = { 'boolean' },
}

--- What is wrong with the user's options, one line each.
---@return string[]
function M.problems()
  local user = vim.g.testgen
  if user == nil then
    return {}
  end
  if type(user) ~= 'table' then
    return { 'vim.g.testgen: expected a table, found a ' .. type(user) }
  end
  local problems = {}
  for name, value in pairs(user) do
    local expected = kinds[name]
    if not expected then
      problems[#problems + 1] = ('vim.g.testgen.%s: there is no such option; see :help testgen-options'):format(name)
    elseif not vim.tbl_contains(expected, type(value)) then
      problems[#problems + 1] = ('vim.g.testgen.%s: expected a %s, found a %s'):format(
        name,
        table.concat(expected, ' or a '),
        type(value)
      )
    end
  end
  table.sort(problems)
  return problems
end

--- The options in force. Values of a wrong kind are left out; :checkhealth testgen names them.
---@return testgen.Options
function M.get()
  local options = vim.deepcopy(defaults)
  local user = vim.g.testgen
  for name, value in pairs(type(user) == 'table' and user or {}) do
    if kinds[name] and vim.tbl_contains(kinds[name], type(value)) then
      options[name] = value
    end
  end
  if options.lenses == true then
    options.lenses = 'eol'
  end
  if options.list == true then
    options.list = defaults.list
  end
  return options
end

local function plugin_root()
  return vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
end

-- Beside the plugin lies the tree it is built in.
local function built_binary()
  local newest, newest_time = nil, -1
  for _, path in ipairs(vim.fn.glob(plugin_root() .. '/../../build/*/bin/testgen', true, true)) do
    local time = vim.fn.getftime(path)
    if vim.fn.executable(path) == 1 and time > newest_time then
      newest, newest_time = vim.fn.fnamemodify(path, ':p'), time
    end
  end
  return newest and (vim.loop.fs_realpath(newest) or newest)
end

--- Where the server's log is kept.
---@return string
function M.log_file()
  local ok, folder = pcall(vim.fn.stdpath, 'log')
  return (ok and folder or vim.fn.stdpath('cache')) .. '/testgen.log'
end

--- The command that starts the server; nil and a message when there is none.
---@return string[]?, string?
function M.command()
  local cmd = M.get().cmd
  if type(cmd) == 'table' then
    if vim.fn.executable(cmd[1] or '') == 1 then
      return cmd
    end
    return nil, ('vim.g.testgen.cmd names "%s", which cannot be run'):format(cmd[1] or '')
  end
  local binary = cmd and vim.fn.expand(cmd) or 'testgen'
  if vim.fn.executable(binary) ~= 1 then
    if cmd then
      return nil, ('vim.g.testgen.cmd names "%s", which cannot be run'):format(cmd)
    end
    binary = built_binary()
  end
  if not binary then
    return nil,
      'the program testgen was not found. Install it with `./dev install` in its source tree and put '
        .. "~/.local/bin into PATH, or say :lua vim.g.testgen = { cmd = '/path/to/testgen' }"
  end
  return { binary, 'serve', '--log-file', M.log_file() }
end

return M
