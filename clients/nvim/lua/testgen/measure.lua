-- What is measured of the whole suite by running it often: mutants, boundaries, cheats, the worth of tests.
local client_of = require('testgen.client')
local generate = require('testgen.generate')
local mutant_text = require('testgen.mutant')
local say = require('testgen.say')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

--- The server's command by the kind of its runs.
M.commands = {
  mutation = 'testgen.mutate',
  boundary = 'testgen.boundary',
  cheats = 'testgen.cheats',
  value = 'testgen.value',
}

local summaries = {
  mutation = function(report)
    local rate = report.kill_rate and ('%.0f %% of mutants killed, '):format(100 * report.kill_rate) or ''
    return ('%s%d survived, %d not reached'):format(rate, report.survived, report.no_coverage)
  end,
  boundary = function(report)
    return ('%d of %s tested on both sides and on the boundary'):format(
      report.tested,
      text.count(#report.comparisons, 'comparison')
    )
  end,
  cheats = function(report)
    return ('%d cheats rejected, %d pass'):format(report.rejected, report.gaps)
  end,
  value = function(report)
    return 'the worth of ' .. text.count(#report.values, 'test')
  end,
}

local function survivors(report, root)
  local items = {}
  for _, mutant in ipairs(report.mutants) do
    if mutant.status == 'survived' then
      items[#items + 1] = {
        filename = root .. '/' .. mutant.path,
        lnum = mutant.line,
        end_lnum = mutant.end_line,
        col = 1,
        type = 'W',
        text = ('%s: no test notices %s'):format(mutant['function'] or 'module level', mutant_text.title(mutant)),
      }
    end
  end
  return items
end

--- Runs it where code may run; survivors go into the quickfix list, everything into the history.
---@param client table
---@param kind 'mutation'|'boundary'|'cheats'|'value'
---@param argument table { target }
function M.run(client, kind, argument)
  generate.when_trusted(client, 'its tests are its code', function()
    client_of.execute(client, M.commands[kind], argument, function(report)
      if kind == 'mutation' then
        window.list('TestGen: mutants that survive', survivors(report, client.config.root_dir))
      end
      local is_whole = report.status == nil or report.status == 'complete'
      say[is_whole and 'info' or 'warn'](
        ('%s%s; :TestGen history has the details'):format(
          summaries[kind](report),
          is_whole and '' or (' (%s)'):format(report.status)
        )
      )
    end)
  end)
end

return M
