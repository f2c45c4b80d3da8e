-- What runs now, above the history: how far it is, and what it has found so far.
local mutant_text = require('testgen.mutant')
local paint = require('testgen.paint')
local sections = require('testgen.view.sections')
local text = require('testgen.text')

local M = {}

local BAR = 20
local SHOWN_MAX = 8 -- of each kind of finding; the run's own page has all

local function head(run)
  local row = paint.row('  ● ', 'Warn', { type = 'live', key = 'live:' .. run.id, run = run }):add(run.title, 'Title')
  if run.total and run.total > 0 then
    row:add('  '):add(text.bar((run.done or 0) / run.total, BAR), 'Bar')
    row:add(('  %d of %d'):format(run.done or 0, run.total), 'Number')
  end
  return row:add('  ' .. text.duration(vim.loop.now() - run.since), 'Dim')
end

local function add_environment(rows, environment)
  if not environment then
    return
  end
  local facts = { environment.platform, 'Python ' .. (environment.python or '?') }
  facts[#facts + 1] = 'sandbox: ' .. (environment.sandbox or 'none')
  local row = paint.row('      ' .. table.concat(facts, ' · '), 'Dim')
  for _, tool in ipairs(environment.prohibited or {}) do
    row:add('  '):add('⊘ ' .. tool, 'Warn')
  end
  rows[#rows + 1] = row
end

local function add_spent(rows, spent)
  if not spent then
    return
  end
  local row = paint.row('      ' .. text.bar(spent.tokens / spent.token_budget, BAR), 'Bar')
  row:add(('  %d of %d tokens'):format(spent.tokens, spent.token_budget), 'Number')
  if spent.cost_cents then
    local most = spent.budget_cents and (' of %d'):format(spent.budget_cents) or ''
    row:add((', %.2f%s cents'):format(spent.cost_cents, most), 'Number')
  end
  rows[#rows + 1] = row
end

local function newest(rows, list, make)
  local first = math.max(1, #list - SHOWN_MAX + 1)
  if first > 1 then
    rows[#rows + 1] = paint.row(('      … %d before'):format(first - 1), 'Dim')
  end
  for index = first, #list do
    rows[#rows + 1] = make(list[index])
  end
end

---@param run testgen.Run
---@return testgen.Row[]
function M.rows(run)
  local rows = { head(run) }
  if run.message then
    rows[#rows + 1] = paint.row('      ' .. run.message, 'Dim')
  end
  add_environment(rows, run.environment)
  add_spent(rows, run.spent)
  newest(rows, run.tests, function(test)
    local leaf = { label = test.name, path = test.path, name = test.name, more = vim.split(test.code or '', '\n') }
    local node = { type = 'leaf', key = 'live:' .. run.id .. '/' .. test.id, leaf = leaf }
    local row = paint.row('      ✓ ', 'Good', node):add(test.name)
    return row:add('  passed every guard · ' .. sections.facts_of(test), 'Dim')
  end)
  newest(rows, run.rejected, function(test)
    local leaf = sections.rejected_leaf(test)
    local node = { type = 'leaf', key = 'live:' .. run.id .. '/rejected:' .. test.id, leaf = leaf }
    return paint.row('      ✗ ', 'Bad', node):add(leaf.label):add('  ' .. leaf.detail, 'Dim')
  end)
  newest(rows, run.survivors, function(mutant)
    local leaf = { label = mutant_text.title(mutant), path = mutant.path, line = mutant.line, mutant = mutant }
    local place = ('%s:%d'):format(mutant.path, mutant.line)
    local node = { type = 'leaf', key = ('live:%s/%s:%d'):format(run.id, place, mutant.column), leaf = leaf }
    return paint.row('      ! ', 'Warn', node):add(leaf.label):add('  survived · ' .. place, 'Dim')
  end)
  newest(rows, run.reflections, function(message)
    return paint.row('      ↻ ', 'Kind'):add(message, 'Dim')
  end)
  return rows
end

return M
