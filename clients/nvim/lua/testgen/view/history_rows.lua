-- The rows of the history: figures over time, what runs, then days, their runs, and what each found. Pure.
local live = require('testgen.view.live')
local paint = require('testgen.paint')
local sections = require('testgen.view.sections')
local text = require('testgen.text')
local trend = require('testgen.view.trend')

local M = {}

local LEAVES_MAX = 500
local KEYS = '  <CR> open   K detail   d diff   c compare   R run again   x cancel   f kind   F text   g? all keys'
local OPEN_MAX = 25 -- sections with more leaves start closed

---@class testgen.History
---@field client table
---@field kind? string only runs of this kind
---@field text? string only runs that say this
---@field runs table[]
---@field points table[] of the trend
---@field details table<string, table> RunDetail by run
---@field drawn table<string, { day: string, row: testgen.Row }> runs that are closed, by their id
---@field open table<string, boolean> what the user opened or closed, by key
---@field chosen? table the run that another one is to be compared with
---@field next? integer
---@field total integer
---@field matching integer

local function percent(share)
  return share and ('%.0f %%'):format(100 * share)
end

local function score_of(run)
  return run.score and ('%d of %d'):format(run.score, run.of or 1000)
end

-- The one figure that a run of each kind is about.
local figures = {
  scoring = score_of,
  generation = function(run)
    return ('+%d −%d'):format(run.passed, run.failed)
  end,
  test = function(run)
    return run.failed > 0 and ('%d ✗ %d ✓'):format(run.failed, run.passed) or ('%d ✓'):format(run.passed)
  end,
  gaps = function(run)
    return percent(run.line_coverage)
  end,
  mutation = function(run)
    return percent(run.kill_rate)
  end,
  value = function(run)
    return percent(run.kill_rate)
  end,
  evolution = function(run)
    return ('%d of %d'):format(run.passed, run.test_count)
  end,
}

local CLOSED, OPENED, CHOSEN = '  ▸ ', '  ▾ ', '  ◆ '

local function run_row(run, key, sign)
  local row = paint.row(sign, sign == CHOSEN and 'Warn' or 'Dim', { type = 'run', key = key, run = run })
  row:add(text.clock(run.created_at) .. '  ', 'Dim')
  row:add(text.pad(run.kind, 12), 'Kind')
  local figure = figures[run.kind]
  row:add(text.pad(figure and figure(run) or '', 12), run.kind == 'test' and run.failed > 0 and 'Bad' or 'Number')
  if run.revision then
    row:add(run.revision:sub(1, 7) .. '  ', 'Dim')
  end
  if run.status ~= 'complete' then
    row:add(run.status .. '  ', 'Warn')
  end
  row:add(run.title)
  if run.kind == 'generation' and run.score_before and run.score and run.score ~= run.score_before then
    row:add(('  score %d → %d'):format(run.score_before, run.score), 'Number')
  end
  return row:add('  ' .. text.duration(run.duration_ms), 'Dim')
end

local function leaf_row(leaf, key)
  local row = paint.row('        ', nil, { type = 'leaf', key = key, leaf = leaf })
  row:add((leaf.sign or '·') .. ' ', leaf.group or 'Dim'):add(leaf.label)
  return leaf.detail and row:add('  ' .. leaf.detail, 'Dim') or row
end

local function add_section(rows, history, section, key)
  local is_open = history.open[key]
  if is_open == nil then
    is_open = #section.leaves > 0 and #section.leaves <= OPEN_MAX and not section.label:match('^Measured on')
  end
  local sign = #section.leaves == 0 and '  ' or is_open and '▾ ' or '▸ '
  local row = paint.row('      ' .. sign, 'Dim', { type = 'section', key = key, is_open = is_open })
  rows[#rows + 1] = row:add(section.label, 'Title')
  for index, leaf in ipairs(is_open and section.leaves or {}) do
    if index > LEAVES_MAX then
      local rest = #section.leaves - LEAVES_MAX
      rows[#rows + 1] = paint.row(('        … %d more: K on the run shows all'):format(rest), 'Dim')
      break
    end
    rows[#rows + 1] = leaf_row(leaf, key .. '/' .. index)
  end
end

local function drawn(history, run)
  local known = history.drawn[run.run_id]
  if not known then
    known = { day = text.day(run.created_at), row = run_row(run, 'run:' .. run.run_id, CLOSED) }
    history.drawn[run.run_id] = known
  end
  return known
end

local function add_run(rows, history, run)
  local key = 'run:' .. run.run_id
  local is_chosen = history.chosen and history.chosen.run_id == run.run_id
  if not history.open[key] then
    rows[#rows + 1] = is_chosen and run_row(run, key, CHOSEN) or drawn(history, run).row
    return
  end
  rows[#rows + 1] = run_row(run, key, is_chosen and CHOSEN or OPENED)
  local detail = history.details[run.run_id]
  if not detail then
    rows[#rows + 1] = paint.row('      reading …', 'Dim')
    return
  end
  for _, section in ipairs(sections.of(detail)) do
    add_section(rows, history, section, key .. '/' .. section.label)
  end
end

local function add_head(rows, history)
  local root = vim.fn.fnamemodify(history.client.config.root_dir, ':~')
  local row = paint.row('  TestGen history of ' .. root, 'Title')
  local shown = {}
  if history.kind then
    shown[#shown + 1] = 'only ' .. history.kind
  end
  if history.text then
    shown[#shown + 1] = ('only "%s"'):format(history.text)
  end
  shown[#shown + 1] = history.matching == history.total and text.count(history.total, 'run')
    or ('%d of %s'):format(history.matching, text.count(history.total, 'run'))
  rows[#rows + 1] = row:add('  ' .. table.concat(shown, ', '), 'Dim')
  vim.list_extend(rows, trend.rows(history.points))
end

--- Everything that the buffer shows.
---@param history testgen.History
---@param running testgen.Run[]
---@return testgen.Row[]
function M.rows(history, running)
  local rows = {}
  add_head(rows, history)
  if #running > 0 then
    rows[#rows + 1] = paint.row()
  end
  for _, run in ipairs(running) do
    vim.list_extend(rows, live.rows(run))
  end
  local day
  for _, run in ipairs(history.runs) do
    if drawn(history, run).day ~= day then
      day = drawn(history, run).day
      rows[#rows + 1] = paint.row()
      rows[#rows + 1] = paint.row('  ' .. day, 'Title', { type = 'day', key = 'day:' .. day })
    end
    add_run(rows, history, run)
  end
  rows[#rows + 1] = paint.row()
  if #history.runs == 0 then
    local is_filtered = history.kind or history.text
    local message = is_filtered and 'No run is like that: f and F choose others'
      or 'Nothing was run yet: try :TestGen score'
    rows[#rows + 1] = paint.row('  ' .. message, 'Dim')
  elseif history.next then
    local left = ('  … %d more: <CR> here shows them'):format(history.matching - #history.runs)
    rows[#rows + 1] = paint.row(left, 'Dim', { type = 'more', key = 'more' })
  end
  rows[#rows + 1] = paint.row(KEYS, 'Dim')
  return rows
end

return M
