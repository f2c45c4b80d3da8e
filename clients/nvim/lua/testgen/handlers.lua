-- What the server sends of its own accord, and what its lenses and code actions ask for.
local json = require('testgen.json')
local progress = require('testgen.progress')
local say = require('testgen.say')

local M = {}

local levels = { 'error', 'warn', 'info', 'info' }

M.handlers = {
  ['testgen/runEvent'] = function(_, event, context)
    local ended = progress.event(context.client_id, json.without_null(event))
    -- Neovim drops the answer to a request that was cancelled.
    if ended and event.kind == 'error' and event.message:find('cancelled', 1, true) then
      say.info(ended.title .. ' was cancelled')
    end
    if event.kind == 'complete' or event.kind == 'error' then
      require('testgen.lens').refresh_all()
    end
  end,

  ['experimental/serverStatus'] = function(_, status, context)
    progress.status(context.client_id, status)
    status = json.without_null(status)
    if status.health == 'warning' and status.setting then
      say.warn_once(status.setting, status.message)
    end
    if status.quiescent then
      require('testgen.lens').refresh_all()
    end
  end,

  ['window/showMessage'] = function(_, message)
    say[levels[message.type] or 'info']((message.message:gsub('^TestGen:? ', '')))
    return vim.NIL
  end,

  -- As the built-in one, without the label that older versions print.
  ['workspace/applyEdit'] = function(problem, params, context, options)
    if params then
      params.label = nil
    end
    local result = vim.lsp.handlers['workspace/applyEdit'](problem, params, context, options)
    require('testgen.lens').refresh_all()
    return result
  end,
}

local function with_client(context, done)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client then
    done(client)
  end
end

local function argument_of(command)
  return command.arguments and command.arguments[1] or {}
end

local function measure(kind)
  return function(command, context)
    with_client(context, function(client)
      require('testgen.measure').run(client, kind, argument_of(command))
    end)
  end
end

-- Commands of code actions and lenses open our views instead of throwing the report away.
M.commands = {
  ['testgen.score'] = function(command, context)
    with_client(context, function(client)
      require('testgen.view.score').open(client, argument_of(command))
    end)
  end,
  ['testgen.showCoverageGaps'] = function(command, context)
    with_client(context, function(client)
      require('testgen.view.gaps').open(client, argument_of(command))
    end)
  end,
  ['testgen.generate'] = function(command, context)
    with_client(context, function(client)
      require('testgen.generate').run(client, argument_of(command))
    end)
  end,
  ['testgen.implement'] = function(command, context)
    with_client(context, function(client)
      require('testgen.generate').implement(client, argument_of(command))
    end)
  end,
  ['testgen.runTests'] = function(command, context)
    with_client(context, function(client)
      require('testgen.tests').run(client, argument_of(command))
    end)
  end,
  ['testgen.mutate'] = measure('mutation'),
  ['testgen.boundary'] = measure('boundary'),
  ['testgen.cheats'] = measure('cheats'),
  ['testgen.value'] = measure('value'),
  ['testgen.history'] = function(command, context)
    with_client(context, function(client)
      require('testgen.view.history').open(client, argument_of(command))
    end)
  end,
  ['testgen.explain'] = function(command, context)
    with_client(context, function(client)
      require('testgen.explain').show(client, argument_of(command))
    end)
  end,
}

return M
