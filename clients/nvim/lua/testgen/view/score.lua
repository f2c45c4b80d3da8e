-- The score of a suite in a float: what was earned, out of what, and what each number rests on.
local client_of = require('testgen.client')
local progress = require('testgen.progress')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local components = {
  { 'comprehensiveness', 'comprehensiveness' },
  { 'balance', 'category balance' },
  { 'anti_cheat', 'anti-cheat' },
  { 'efficiency', 'efficiency' },
}

local band_names = { 'execution only', 'weak', 'behaviour', 'comprehensive' }

local BAR = 24
local WIDTH = 78

local function component_lines(lines, report)
  for _, row in ipairs(components) do
    local component = report.components[row[1]]
    local is_known = component.basis == 'measured' or component.basis == 'estimated'
    local points = is_known and ('%3.0f / %3.0f'):format(component.points, component.maximum)
      or ('  – / %3.0f'):format(component.maximum)
    local share = is_known and component.maximum > 0 and component.points / component.maximum or 0
    lines[#lines + 1] = ('  %s %s  %s  %s'):format(
      text.pad(row[2], 18),
      is_known and text.bar(share, BAR) or ('·'):rep(BAR),
      points,
      component.basis
    )
    if component.source then
      vim.list_extend(lines, text.wrap(component.source, WIDTH, '      '))
    end
  end
end

local function band_lines(lines, report)
  local most = 1
  for _, count in ipairs(report.bands) do
    most = math.max(most, count)
  end
  for index, count in ipairs(report.bands) do
    lines[#lines + 1] = ('  %s %s  %d'):format(
      text.pad(band_names[index] or '', 18),
      text.bar(count / most, BAR),
      count
    )
  end
end

---@param report table a ScoreReport
---@return string[]
function M.lines(report)
  local lines = {
    '',
    ('  Score %d of %d%s'):format(
      report.score,
      report.of,
      report.of < 1000 and (' (%d of 1000 not measured, so not earned)'):format(1000 - report.of) or ''
    ),
    ('  %s · %s in %s'):format(
      report.path == '.' and 'The whole project' or report.path,
      text.count(report.test_count, 'test'),
      text.count(report.file_count, 'file')
    ),
    '',
  }
  component_lines(lines, report)
  vim.list_extend(lines, { '', ('  Assertion strength, mean %d of 100'):format(report.strength_mean) })
  band_lines(lines, report)
  local categories = {}
  for _, category in ipairs(report.categories) do
    categories[#categories + 1] = ('%s %d'):format((category.category:gsub('_', '-')), category.count)
  end
  vim.list_extend(lines, { '', '  Categories  ' .. table.concat(categories, ' · ') })
  for _, note in ipairs(report.notes) do
    vim.list_extend(lines, { '' })
    vim.list_extend(lines, text.wrap(note, WIDTH, '  '))
  end
  lines[#lines + 1] = ''
  return lines
end

---@param client table
---@param argument table { path }
function M.open(client, argument)
  client_of.execute(client, 'testgen.score', argument, function(report)
    progress.scored(client.id, report)
    window.float(M.lines(report), 'testgen-score', 'TestGen score')
  end)
end

return M
