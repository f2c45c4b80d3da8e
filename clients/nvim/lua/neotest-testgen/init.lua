-- An adapter for neotest: the server says which tests there are, from their text, and runs them.
local positions = require('neotest-testgen.positions')
local process = require('neotest-testgen.process')
local results = require('neotest-testgen.results')

---@class testgen.NeotestOptions
---@field coverage? boolean measure coverage with every run
---@field is_test_file? fun(path: string): boolean instead of pytest's names, for projects with others

---@type testgen.NeotestOptions
local options = {}

local M = { name = 'neotest-testgen' }

-- What neotest calls may run where Neovim's functions are not allowed.
local function on_main_loop()
  if vim.in_fast_event() then
    require('nio').scheduler()
  end
end

---@param folder string
---@return string
function M.root(folder)
  on_main_loop()
  return require('testgen.root').of_path(folder .. '/x')
end

---@param name string
---@return boolean
function M.filter_dir(name)
  return name:sub(1, 1) ~= '.' and name ~= '__pycache__' and name ~= 'node_modules' and name ~= 'venv'
end

---@param path string
---@return boolean
function M.is_test_file(path)
  if options.is_test_file then
    return options.is_test_file(path)
  end
  local name = path:match('[^/]*$')
  return name:match('^test_.*%.py$') ~= nil or name:match('_test%.py$') ~= nil
end

-- Waits for the server of a project; nil and a message when there is none.
local function server_of(root)
  return require('nio').wrap(function(done)
    require('testgen.client').with_root(root, done)
  end, 1)()
end

-- The tests of one file, as the server knows it.
local function ask(client, path)
  local refused, answer = require('nio').wrap(function(done)
    local params = { testId = vim.uri_from_fname(path) }
    require('testgen.client').request(client, 'experimental/discoverTest', params, done)
  end, 1)()
  if refused then
    error(refused.message, 0)
  end
  return answer.tests
end

-- A file that came since the server read the project: few versions of Neovim watch files for a server. By the time that
-- the first question is answered the server has told that it reads again.
local function ask_again(client, path, root)
  local changes = { { uri = vim.uri_from_fname(path), type = 1 } }
  require('testgen.client').notify(client, 'workspace/didChangeWatchedFiles', { changes = changes })
  ask(client, path)
  server_of(root)
  return ask(client, path)
end

---@param path string
---@return table? neotest.Tree
function M.discover_positions(path)
  on_main_loop()
  local root = require('testgen.root').of_path(path)
  local client, problem = server_of(root)
  if not client then
    error(problem, 0)
  end
  local tests = ask(client, path)
  if #tests == 0 and M.is_test_file(path) then
    tests = ask_again(client, path, root)
  end
  local list = positions.list(path, root, tests)
  return list and require('neotest.types').Tree.from_list(list, function(position)
    return position.id
  end)
end

---@param arguments table neotest.RunArgs
---@return table neotest.RunSpec
function M.build_spec(arguments)
  if arguments.strategy == 'dap' then
    error('the server runs the tests, so they cannot be debugged here; use another adapter for that', 0)
  end
  on_main_loop()
  local position = arguments.tree:data()
  local root = require('testgen.root').of_path(position.path .. (position.type == 'dir' and '/x' or ''))
  return {
    command = { 'testgen', 'run' },
    cwd = root,
    context = { root = root, argument = { ids = positions.ids(arguments.tree, root), coverage = options.coverage } },
    strategy = function(spec)
      return process.start(spec.context, server_of)
    end,
  }
end

---@param spec table
---@param _ table neotest.StrategyResult
---@param tree table neotest.Tree
---@return table<string, table> neotest.Result by position
function M.results(spec, _, tree)
  on_main_loop()
  return results.of(spec.context, tree)
end

--- The adapter with options.
setmetatable(M, {
  __call = function(self, chosen)
    options = chosen or {}
    return self
  end,
})

return M
