-- What differs between two runs. Pure; the history shows it.
local mutant_text = require('testgen.mutant')
local text = require('testgen.text')

local M = {}

local function whole(value)
  return ('%.0f'):format(value)
end

local function percent(share)
  return ('%.1f %%'):format(100 * share)
end

-- ---- Figures ----

local function of_summary(name)
  return function(detail)
    return detail.summary[name]
  end
end

local function component(name)
  return function(detail)
    local components = detail.report and detail.report.components
    return components and components[name] and components[name].points
  end
end

---@class testgen.Measure
---@field label string
---@field of fun(detail: table): number?
---@field show fun(value: number): string
---@field better? 1|-1 more is better, or less

---@type testgen.Measure[]
local measures = {
  { label = 'score', of = of_summary('score'), show = whole, better = 1 },
  { label = 'what could be earned', of = of_summary('of'), show = whole },
  { label = '  comprehensiveness', of = component('comprehensiveness'), show = whole, better = 1 },
  { label = '  category balance', of = component('balance'), show = whole, better = 1 },
  { label = '  anti-cheat', of = component('anti_cheat'), show = whole, better = 1 },
  { label = '  efficiency', of = component('efficiency'), show = whole, better = 1 },
  { label = 'mutants killed', of = of_summary('kill_rate'), show = percent, better = 1 },
  { label = 'lines reached', of = of_summary('line_coverage'), show = percent, better = 1 },
  { label = 'tests', of = of_summary('test_count'), show = whole },
  { label = 'passed', of = of_summary('passed'), show = whole, better = 1 },
  { label = 'failed', of = of_summary('failed'), show = whole, better = -1 },
  { label = 'tokens', of = of_summary('tokens'), show = whole, better = -1 },
  {
    label = 'cents',
    of = of_summary('cost_cents'),
    show = function(cents)
      return ('%.2f'):format(cents)
    end,
    better = -1,
  },
  { label = 'took', of = of_summary('duration_ms'), show = text.duration },
}

---@class testgen.Figure
---@field label string
---@field before string
---@field after string
---@field change? string with its sign
---@field is_better? boolean nil: neither, or nobody can say

---@return testgen.Figure?
local function figure(measure, before, after)
  local from, to = measure.of(before), measure.of(after)
  if (from or 0) == 0 and (to or 0) == 0 then
    return nil
  end
  local shown = {
    label = measure.label,
    before = from and measure.show(from) or '–',
    after = to and measure.show(to) or '–',
  }
  if from and to and shown.before ~= shown.after then
    shown.change = (to > from and '+' or '−') .. measure.show(math.abs(to - from))
    if measure.better then
      shown.is_better = (to - from) * measure.better > 0
    end
  end
  return shown
end

-- ---- What came and went ----

-- Items by key, and their keys in order; the same change may be possible at several places of a function.
local function by_key(items, key_of)
  local found, keys = {}, {}
  for _, item in ipairs(items) do
    local key = key_of(item)
    while found[key] do
      key = key .. "'"
    end
    found[key] = item
    keys[#keys + 1] = key
  end
  return found, keys
end

-- Lines move when code is edited; a function keeps its name.
local function gaps(report)
  local all = {}
  for _, file in ipairs(report.files or {}) do
    for _, gap in ipairs(file.functions or {}) do
      all[#all + 1] = { path = file.path, line = gap.line, name = gap['function'] or 'module level', risk = gap.risk }
    end
  end
  return by_key(all, function(gap)
    return gap.path .. '::' .. gap.name
  end)
end

local function survivors(report)
  local all = vim.tbl_filter(function(mutant)
    return mutant.status == 'survived'
  end, report.mutants or {})
  return by_key(all, function(mutant)
    local parts = { mutant.path, mutant['function'] or '', mutant.operator, mutant.original, mutant.replacement }
    return table.concat(parts, '\n')
  end)
end

local function tests(report)
  return by_key(type(report.tests) == 'table' and report.tests or {}, function(test)
    return test.id
  end)
end

local function gap_leaf(gap)
  return {
    label = gap.name,
    detail = ('%s · %s:%d'):format(gap.risk, gap.path, gap.line),
    path = gap.path,
    line = gap.line,
  }
end

local function mutant_leaf(mutant)
  return {
    label = mutant_text.title(mutant),
    detail = ('%s · %s:%d'):format(mutant['function'] or 'module level', mutant.path, mutant.line),
    path = mutant.path,
    line = mutant.line,
    mutant = mutant,
  }
end

local function test_leaf(test)
  return {
    label = test.id,
    detail = test.strength and ('strength %d'):format(test.strength) or test.outcome,
    path = test.path,
    line = test.line,
  }
end

-- A list of what one run has and the other has not.
local function without(label, find, report, other, leaf_of, sign, group)
  local items, keys = find(report)
  local others = find(other)
  local leaves = {}
  for _, key in ipairs(keys) do
    if not others[key] then
      leaves[#leaves + 1] = vim.tbl_extend('force', leaf_of(items[key]), { sign = sign, group = group })
    end
  end
  return { label = ('%s: %d'):format(label, #leaves), leaves = leaves }
end

local function changed_tests(before, after)
  local from = tests(before)
  local to, keys = tests(after)
  local leaves = {}
  for _, key in ipairs(keys) do
    local old, new = from[key], to[key]
    if old and (old.strength ~= new.strength or old.outcome ~= new.outcome) then
      local is_better = new.strength and new.strength > (old.strength or 0) or new.outcome == 'passed'
      local change = new.strength and ('strength %d → %d'):format(old.strength or 0, new.strength)
        or ('%s → %s'):format(old.outcome, new.outcome)
      leaves[#leaves + 1] = vim.tbl_extend('force', test_leaf(new), {
        detail = change,
        sign = is_better and '✓' or '✗',
        group = is_better and 'Good' or 'Bad',
      })
    end
  end
  return { label = ('Tests that changed: %d'):format(#leaves), leaves = leaves }
end

local function lists(before, after)
  local all = {}
  if before.files and after.files then
    all[#all + 1] = without('Gaps that opened', gaps, after, before, gap_leaf, '○', 'Bad')
    all[#all + 1] = without('Gaps that closed', gaps, before, after, gap_leaf, '✓', 'Good')
  end
  if before.mutants and after.mutants then
    all[#all + 1] = without('Survive now', survivors, after, before, mutant_leaf, '!', 'Bad')
    all[#all + 1] = without('Survive no more', survivors, before, after, mutant_leaf, '✓', 'Good')
  end
  all[#all + 1] = changed_tests(before, after)
  all[#all + 1] = without('New tests', tests, after, before, test_leaf, '+', 'Good')
  all[#all + 1] = without('Tests that are gone', tests, before, after, test_leaf, '−', 'Dim')
  return vim.tbl_filter(function(list)
    return #list.leaves > 0
  end, all)
end

--- The figures of both runs, and, of two runs of one kind, what came and went.
---@param before table a RunDetail
---@param after table
---@return { figures: testgen.Figure[], lists: testgen.Section[] }
function M.runs(before, after)
  local figures = {}
  for _, measure in ipairs(measures) do
    figures[#figures + 1] = figure(measure, before, after)
  end
  local is_comparable = before.summary.kind == after.summary.kind
    and type(before.report) == 'table'
    and type(after.report) == 'table'
  return { figures = figures, lists = is_comparable and lists(before.report, after.report) or {} }
end

return M
