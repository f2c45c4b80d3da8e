-- Two runs side by side in a float.
local client_of = require('testgen.client')
local compare = require('testgen.compare')
local paint = require('testgen.paint')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local LEAVES_MAX = 30 -- of each list

local function figure_row(figure)
  local row = paint.row('  ' .. text.pad(figure.label, 22), 'Kind')
  row:add(text.pad_left(figure.before, 10), 'Dim'):add(text.pad_left(figure.after, 10), 'Number')
  local group = figure.is_better == nil and 'Dim' or figure.is_better and 'Good' or 'Bad'
  return figure.change and row:add(text.pad_left(figure.change, 10), group) or row
end

local function when(detail)
  local summary = detail.summary
  local revision = summary.revision and ('  ' .. summary.revision:sub(1, 7)) or ''
  return ('%s, %s%s  %s'):format(text.time(summary.created_at), summary.kind, revision, summary.title)
end

---@param before table a RunDetail
---@param after table
---@return testgen.Row[]
function M.rows(before, after)
  local rows = { paint.row(), paint.row('  before  ', 'Dim'):add(when(before)) }
  rows[#rows + 1] = paint.row('  after   ', 'Dim'):add(when(after))
  rows[#rows + 1] = paint.row()
  local found = compare.runs(before, after)
  for _, figure in ipairs(found.figures) do
    rows[#rows + 1] = figure_row(figure)
  end
  for _, list in ipairs(found.lists) do
    rows[#rows + 1] = paint.row()
    rows[#rows + 1] = paint.row('  ' .. list.label, 'Title')
    for index, leaf in ipairs(list.leaves) do
      if index > LEAVES_MAX then
        rows[#rows + 1] = paint.row(('    … %d more'):format(#list.leaves - LEAVES_MAX), 'Dim')
        break
      end
      local row = paint.row('    ' .. leaf.sign .. ' ', leaf.group)
      rows[#rows + 1] = row:add(leaf.label):add('  ' .. leaf.detail, 'Dim')
    end
  end
  rows[#rows + 1] = paint.row()
  return rows
end

--- The older of the two runs is the one before.
---@param client table
---@param left table a RunSummary
---@param right table
function M.open(client, left, right)
  if left.sequence > right.sequence then
    left, right = right, left
  end
  client_of.execute(client, 'testgen.run', { run_id = left.run_id }, function(before)
    client_of.execute(client, 'testgen.run', { run_id = right.run_id }, function(after)
      local rows = M.rows(before, after)
      local bufnr = window.float(paint.lines(rows), 'testgen-compare', 'Two runs')
      paint.show(bufnr, rows)
      paint.forget(bufnr)
    end)
  end)
end

return M
