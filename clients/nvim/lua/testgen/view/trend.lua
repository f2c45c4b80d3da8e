-- How the figures of a project went from run to run, as lines of small bars.
local paint = require('testgen.paint')
local text = require('testgen.text')

local M = {}

local BARS = 40

local function percent(share)
  return ('%.0f %%'):format(100 * share)
end

---@class testgen.Figure
---@field label string
---@field share fun(point: table): number? 0 to 1
---@field value fun(point: table): string

local figures = {
  {
    label = 'score',
    share = function(point)
      return point.score and point.score / 1000
    end,
    value = function(point)
      return ('%d of %d'):format(point.score, point.of or 1000)
    end,
  },
  {
    label = 'mutants killed',
    share = function(point)
      return point.kill_rate
    end,
    value = function(point)
      return percent(point.kill_rate)
    end,
  },
  {
    label = 'lines reached',
    share = function(point)
      return point.line_coverage
    end,
    value = function(point)
      return percent(point.line_coverage)
    end,
  },
}

local function figure_row(figure, points)
  local known = vim.tbl_filter(figure.share, points)
  if #known == 0 then
    return nil
  end
  local shown = vim.list_slice(known, math.max(1, #known - BARS + 1))
  local first, last = figure.value(shown[1]), figure.value(shown[#shown])
  local row = paint.row('  ' .. text.pad(figure.label, 16), 'Kind')
  row:add(text.pad(text.sparkline(vim.tbl_map(figure.share, shown)), math.min(BARS, #shown) + 2), 'Bar')
  return row:add(#shown > 1 and ('%s → %s'):format(first, last) or last, 'Number')
end

-- Tokens have no end of the scale: the largest run is.
local function token_row(points)
  local paid, most, sum, cents = {}, 1, 0, nil
  for _, point in ipairs(points) do
    if point.tokens and point.tokens > 0 then
      paid[#paid + 1] = point.tokens
      most, sum = math.max(most, point.tokens), sum + point.tokens
      cents = point.cost_cents and (cents or 0) + point.cost_cents or cents
    end
  end
  if #paid == 0 then
    return nil
  end
  local shown = vim.list_slice(paid, math.max(1, #paid - BARS + 1))
  local shares = vim.tbl_map(function(tokens)
    return tokens / most
  end, shown)
  local row = paint.row('  ' .. text.pad('tokens', 16), 'Kind')
  row:add(text.pad(text.sparkline(shares), #shown + 2), 'Bar')
  return row:add(('%d in all%s'):format(sum, cents and (', %.2f cents'):format(cents) or ''), 'Number')
end

--- One row for each figure that a run has measured.
---@param points table[] of a TrendReport, oldest first
---@return testgen.Row[]
function M.rows(points)
  local rows = {}
  for _, figure in ipairs(figures) do
    rows[#rows + 1] = figure_row(figure, points)
  end
  rows[#rows + 1] = token_row(points)
  return rows
end

return M
