-- A run of the server in the shape of one of neotest's processes: neotest waits for it, and can stop it.
local client_of = require('testgen.client')
local say = require('testgen.say')
local trust = require('testgen.trust')

local M = {}

local WATCH_MS = 500

---@class testgen.NeotestRun
---@field is_complete boolean
---@field listeners fun()[]

local function finish(run, context, outcome)
  if run.is_complete then
    return
  end
  run.is_complete = true
  context.report, context.problem, context.is_stopped = outcome.report, outcome.problem, outcome.is_stopped
  for _, listener in ipairs(run.listeners) do
    listener()
  end
end

-- Neovim tells nobody who waits for an answer that the server has ended.
local function watch(run, context, client)
  vim.defer_fn(function()
    if run.is_complete then
      return
    end
    if client_of.is_stopped(client) then
      return finish(run, context, { problem = 'the server has ended; :TestGen log may say why' })
    end
    watch(run, context, client)
  end, WATCH_MS)
end

local function request(run, context, client)
  local params = { command = 'testgen.runTests', arguments = { context.argument } }
  if not next(context.argument) then
    params.arguments = { vim.empty_dict() }
  end
  run.client = client
  run.request_id = client_of.request(client, 'workspace/executeCommand', params, function(refused, report)
    finish(run, context, { report = report, problem = refused and refused.message })
  end)
  watch(run, context, client)
end

local function ask_and_request(run, context, server_of)
  local client, missing = server_of(context.root)
  if not client then
    return finish(run, context, { problem = missing })
  end
  trust.ask(context.root, function(is_trusted)
    client_of.notify(client, 'testgen/trust', { trusted = is_trusted })
    if run.is_complete then
      return
    end
    if is_trusted then
      return request(run, context, client)
    end
    local problem = 'the project is not trusted, and its tests are its code; :TestGen trust allows it'
    finish(run, context, { problem = problem })
  end)
end

local function output_lines(context)
  local report = context.report
  if not report then
    return { context.is_stopped and 'Stopped.' or context.problem or 'There is no answer yet.' }
  end
  local lines = {}
  for _, list in ipairs({ report.collection_errors or {}, report.tests or {} }) do
    for _, test in ipairs(list) do
      lines[#lines + 1] = ('%-7s %s'):format(test.outcome, test.id)
      for _, text in ipairs({ test.detail or test.message or '', test.output or '' }) do
        if text ~= '' and test.outcome ~= 'passed' then
          vim.list_extend(lines, vim.split(text, '\r?\n'))
        end
      end
    end
  end
  return vim.list_extend(lines, report.notes or {})
end

-- Waits for the end of a run in a task of nio.
local function wait(run)
  if not run.is_complete then
    require('nio').wrap(function(done)
      table.insert(run.listeners, done)
    end, 1)()
  end
end

--- Starts a run; its outcome is put into the context.
---@param context table { root, argument }
---@param server_of fun(root: string): table?, string? to be called in a task of nio
---@return table neotest.Process
function M.start(context, server_of)
  local run = { is_complete = false, listeners = {} } ---@type testgen.NeotestRun
  local path
  ask_and_request(run, context, server_of)
  return {
    is_complete = function()
      return run.is_complete
    end,
    result = function()
      wait(run)
      return context.report and context.report.failed + context.report.errors == 0 and 0 or 1
    end,
    output = function()
      path = path or vim.fn.tempname()
      vim.fn.writefile(output_lines(context), path)
      return path
    end,
    stop = function()
      if run.request_id then
        client_of.cancel(run.client, run.request_id)
      end
      finish(run, context, { is_stopped = true })
    end,
    attach = function()
      say.info('the server runs these tests; there is nothing to type into')
    end,
    output_stream = function()
      local is_read = false
      return function()
        if is_read then
          return nil
        end
        is_read = true
        wait(run)
        return table.concat(output_lines(context), '\n') .. '\n'
      end
    end,
  }
end

return M
