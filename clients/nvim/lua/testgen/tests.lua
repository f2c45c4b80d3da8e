-- Running tests: failures go into the quickfix list.
local client_of = require('testgen.client')
local generate = require('testgen.generate')
local say = require('testgen.say')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local bad = { failed = true, error = true }

local function item(root, test)
  local path = test.failure_path or test.path
  local line = test.failure_path and test.failure_line or test.line
  return {
    filename = path:sub(1, 1) == '/' and path or root .. '/' .. path,
    lnum = math.max(1, line or 1),
    type = 'E',
    text = ('%s: %s'):format(test.id, (test.message or test.outcome):gsub('%s+', ' ')),
  }
end

---@param report table a RunTestsReport
---@param root string
---@return table[] quickfix items
function M.failures(report, root)
  local items = {}
  for _, list in ipairs({ report.collection_errors, report.tests }) do
    for _, test in ipairs(list) do
      if bad[test.outcome] then
        items[#items + 1] = item(root, test)
      end
    end
  end
  return items
end

local function summary(report)
  local parts = { ('%d passed'):format(report.passed) }
  for _, name in ipairs({ 'failed', 'errors', 'skipped' }) do
    if report[name] > 0 then
      parts[#parts + 1] = ('%d %s'):format(report[name], name)
    end
  end
  if report.line_coverage then
    parts[#parts + 1] = ('%.0f %% of lines reached'):format(report.line_coverage * 100)
  end
  return ('%s in %s'):format(table.concat(parts, ', '), text.duration(report.duration_ms))
end

---@param client table
---@param argument table { ids, coverage }
function M.run(client, argument)
  generate.when_trusted(client, 'its tests are its code', function()
    client_of.execute(client, 'testgen.runTests', argument, function(report)
      local items = M.failures(report, client.config.root_dir)
      window.list('TestGen: failed tests', items)
      if #items > 0 then
        say.warn(summary(report))
      elseif report.passed + report.skipped == 0 then
        say.warn('no test ran, which proves nothing')
      else
        say.info(summary(report))
      end
    end)
  end)
end

return M
