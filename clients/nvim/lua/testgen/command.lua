-- :TestGen and its sub-commands. Each is a row: what it does, and how its argument is completed.
local client_of = require('testgen.client')
local config = require('testgen.config')
local root_of = require('testgen.root')
local say = require('testgen.say')
local trust = require('testgen.trust')

local M = {}

---@class testgen.Subcommand
---@field run fun(arguments: string[], bang: boolean)
---@field complete? fun(lead: string): string[]
---@field help string

local function files(lead)
  return vim.fn.getcompletion(lead, 'file')
end

local function place()
  return { uri = vim.uri_from_bufnr(0), line = vim.api.nvim_win_get_cursor(0)[1] - 1 }
end

-- A path as typed is relative to the current folder; the server takes it from the project's root.
local function absolute(path)
  if not path or path == '' then
    return nil
  end
  local file, node = path:match('^(.-)(::.*)$')
  local expanded = vim.fn.fnamemodify(vim.fn.expand(file or path), ':p'):gsub('(.)/$', '%1')
  if not vim.loop.fs_stat(expanded) then
    return path
  end
  return (vim.loop.fs_realpath(expanded) or expanded) .. (node or '')
end

local function is_test_buffer()
  local name = vim.fn.expand('%:t')
  return name:match('^test_.*%.py$') or name:match('_test%.py$')
end

local function set_trust(_, is_revoked)
  local client = client_of.of_buffer(0)
  local root = client and client.config.root_dir or root_of.of_buffer(0)
  local shown = vim.fn.fnamemodify(root, ':~')
  if config.get().trusted ~= nil then
    return say.warn('vim.g.testgen.trusted decides for every project; set it to nil to decide per project')
  end
  trust.decide(root, not is_revoked)
  if client then
    client_of.notify(client, 'testgen/trust', { trusted = not is_revoked })
  end
  say.info(is_revoked and (shown .. ' is not trusted any more') or (shown .. ' is trusted: its code may run'))
end

local function gaps_argument(arguments)
  local argument = {}
  for _, word in ipairs(arguments) do
    if word == 'run' then
      argument.run = true
    else
      argument.path = absolute(word)
    end
  end
  return argument
end

local function run_argument(arguments)
  local argument = { ids = {} }
  for _, word in ipairs(arguments) do
    if word == 'coverage' then
      argument.coverage = true
    elseif word == 'file' then
      argument.ids[#argument.ids + 1] = vim.fn.expand('%:p')
    else
      argument.ids[#argument.ids + 1] = absolute(word)
    end
  end
  if #argument.ids == 0 then
    argument.ids = nil
  end
  return argument
end

local function open_log()
  local path = config.log_file()
  if vim.fn.filereadable(path) == 1 then
    vim.cmd('tabedit ' .. vim.fn.fnameescape(path))
    vim.bo.readonly = true
    vim.cmd('normal! G')
  else
    say.info('there is no log yet at ' .. path .. '; :checkhealth testgen says what is missing')
  end
end

local function measure(kind)
  return function(arguments)
    client_of.with(function(client)
      require('testgen.measure').run(client, kind, { target = absolute(arguments[1]) })
    end)
  end
end

local function with_prefix(words)
  return function(lead)
    return vim.tbl_filter(function(word)
      return vim.startswith(word, lead)
    end, words)
  end
end

---@type table<string, testgen.Subcommand>
M.subcommands = {
  generate = {
    help = 'write tests for the function or spec under the cursor, or for a file, FILE::NAME or the name of a spec',
    complete = files,
    run = function(arguments)
      client_of.with(function(client)
        local target = arguments[1]
        if not target and is_test_buffer() then
          return say.warn('this is a test file: put the cursor into the function to test, or name it as FILE::NAME')
        end
        require('testgen.generate').run(client, target and { target = absolute(target) } or place())
      end)
    end,
  },
  implement = {
    help = 'have a model write the code of this spec, or of the one named, until its tests pass',
    complete = files,
    run = function(arguments)
      client_of.with(function(client)
        local target = arguments[1]
        local here = vim.uri_from_bufnr(0)
        if not target and not here:match('%.spec%.json$') and not here:match('%.spec%.md$') then
          return say.warn('this is no spec: open one (*.spec.json or *.spec.md), or name it')
        end
        require('testgen.generate').implement(client, target and { target = absolute(target) } or { uri = here })
      end)
    end,
  },
  score = {
    help = 'score the suite, or the tests of a file or folder',
    complete = files,
    run = function(arguments)
      client_of.with(function(client)
        require('testgen.view.score').open(client, { path = absolute(arguments[1]) })
      end)
    end,
  },
  gaps = {
    help = 'list what no test reaches; with `run` measure now',
    complete = function(lead)
      return vim.list_extend(with_prefix({ 'run' })(lead), files(lead))
    end,
    run = function(arguments)
      client_of.with(function(client)
        require('testgen.view.gaps').open(client, gaps_argument(arguments))
      end)
    end,
  },
  run = {
    help = 'run all tests, those of this `file`, or those named; with `coverage` measure it too',
    complete = function(lead)
      return vim.list_extend(with_prefix({ 'file', 'coverage' })(lead), files(lead))
    end,
    run = function(arguments)
      client_of.with(function(client)
        require('testgen.tests').run(client, run_argument(arguments))
      end)
    end,
  },
  mutate = {
    help = 'change the code in small ways, and list what no test notices',
    complete = files,
    run = measure('mutation'),
  },
  boundary = {
    help = 'see which comparisons are tested on their boundary',
    complete = files,
    run = measure('boundary'),
  },
  cheats = {
    help = 'see which wrong implementations the tests accept',
    complete = files,
    run = measure('cheats'),
  },
  value = { help = 'see what each test is worth', complete = files, run = measure('value') },
  mutant = {
    help = 'show the surviving mutant of this line as a diff',
    run = function()
      require('testgen.view.mutant').open_at_cursor()
    end,
  },
  history = {
    help = 'show the recorded runs, all or of one kind',
    complete = function(lead)
      return with_prefix(require('testgen.view.history').kinds)(lead)
    end,
    run = function(arguments)
      client_of.with(function(client)
        require('testgen.view.history').open(client, { kind = arguments[1] })
      end)
    end,
  },
  explain = {
    help = 'explain the strength of the test, or what tests speak of the function, under the cursor',
    run = function()
      client_of.with(function(client)
        require('testgen.explain').show(client, place())
      end)
    end,
  },
  trust = { help = 'allow code of this project to run; with ! forbid it', run = set_trust },
  log = { help = "open the server's log", run = open_log },
  restart = {
    help = 'end the server and start it again',
    run = function()
      client_of.restart()
    end,
  },
  cancel = {
    help = 'cancel everything that runs',
    run = function()
      for _, client in ipairs(client_of.all()) do
        client_of.request(client, 'workspace/executeCommand', {
          command = 'testgen.cancel',
          arguments = { vim.empty_dict() },
        }, function() end)
      end
    end,
  },
  lenses = {
    help = 'switch code lenses off and on',
    run = function()
      say.info(require('testgen.lens').toggle() and 'lenses are on' or 'lenses are off')
    end,
  },
  info = {
    help = 'show which server runs for which project',
    run = function()
      require('testgen.view.info').open()
    end,
  },
}

local function names()
  local list = vim.tbl_keys(M.subcommands)
  table.sort(list)
  return list
end

---@param command table as nvim_create_user_command() gives it
function M.run(command)
  local name = command.fargs[1]
  local subcommand = M.subcommands[name or 'info']
  if not subcommand then
    return say.error(('there is no sub-command "%s"; there are: %s'):format(name, table.concat(names(), ', ')))
  end
  subcommand.run(vim.list_slice(command.fargs, 2), command.bang)
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(line, '%s+')
  while words[1] and not words[1]:match('TestGen') do
    table.remove(words, 1)
  end
  if #words <= 2 then
    return with_prefix(names())(lead)
  end
  local subcommand = M.subcommands[words[2]]
  return subcommand and subcommand.complete and subcommand.complete(lead) or {}
end

return M
