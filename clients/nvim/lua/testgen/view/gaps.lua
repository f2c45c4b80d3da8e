-- Coverage gaps in the quickfix list, worst first. The server marks the lines in the buffers by diagnostics.
local client_of = require('testgen.client')
local generate = require('testgen.generate')
local say = require('testgen.say')
local trust = require('testgen.trust')
local window = require('testgen.window')

local M = {}

local types = { critical = 'E', high = 'W', medium = 'I', low = 'N' }
local order = { critical = 1, high = 2, medium = 3, low = 4 }

local function lines_text(ranges)
  local parts = {}
  for _, range in ipairs(ranges) do
    parts[#parts + 1] = range.first == range.last and tostring(range.first) or range.first .. '-' .. range.last
    if #parts == 6 and #ranges > 6 then
      parts[#parts + 1] = '…'
      break
    end
  end
  return table.concat(parts, ', ')
end

local function what(gap)
  local parts = {}
  if gap.lines_missing > 0 then
    parts[#parts + 1] = gap.lines_missing == gap.lines_total and 'no line reached'
      or ('%d of %d lines not reached (%s)'):format(gap.lines_missing, gap.lines_total, lines_text(gap.ranges))
  end
  if gap.branches_missing > 0 then
    parts[#parts + 1] = ('%d of %d branches not taken'):format(gap.branches_missing, gap.branches_total)
  end
  return table.concat(parts, ', ')
end

local function range_of(gap)
  if gap.ranges[1] then
    return gap.ranges[1].first, gap.ranges[1].last
  end
  local line = gap.branches[1] and gap.branches[1].line or gap.line
  return line, line
end

---@class testgen.Gap
---@field risk 'critical'|'high'|'medium'|'low'
---@field name string
---@field what string
---@field path string relative to the project
---@field line integer 1-based, and so is the last one
---@field last integer
---@field is_stale boolean

--- The gaps of a GapsReport, worst risk first; within a risk the report's own order.
---@param report table
---@return testgen.Gap[]
function M.list(report)
  local list, rank = {}, {}
  for _, file in ipairs(report.files) do
    for _, gap in ipairs(file.functions) do
      local line, last = range_of(gap)
      local entry = {
        risk = gap.risk,
        name = gap['function'] or 'module level',
        what = what(gap),
        path = file.path,
        line = math.max(1, line),
        last = math.max(1, last),
        is_stale = file.stale,
      }
      list[#list + 1] = entry
      rank[entry] = order[gap.risk] * 1000000 + #list
    end
  end
  table.sort(list, function(left, right)
    return rank[left] < rank[right]
  end)
  return list
end

--- Quickfix items of a GapsReport. Their types are severities, and their ends are set: Trouble and others show both.
---@param report table
---@param root string
---@return table[]
function M.items(report, root)
  return vim.tbl_map(function(gap)
    return {
      filename = root .. '/' .. gap.path,
      lnum = gap.line,
      end_lnum = gap.last,
      col = 1,
      type = types[gap.risk],
      text = ('%s: %s: %s%s'):format(gap.risk, gap.name, gap.what, gap.is_stale and ' [stale]' or ''),
    }
  end, M.list(report))
end

local function title(report)
  local from = report.source or 'a run of the tests'
  return ('TestGen gaps: %d of %d lines, %d of %d branches, from %s'):format(
    report.lines_missing,
    report.lines_total,
    report.branches_missing,
    report.branches_total,
    from
  )
end

local function show(client, report)
  local items = M.items(report, client.config.root_dir)
  window.list(title(report), items)
  if #items == 0 then
    return say.info('no gap: every line and branch that was measured is reached')
  end
  for _, note in ipairs(report.notes) do
    say.warn(note)
  end
end

local function ask_server(client, argument)
  client_of.execute(client, 'testgen.showCoverageGaps', argument, function(report)
    show(client, report)
  end)
end

--- Shows the gaps. Without trust only an existing coverage file can be read; whether to run is asked once.
---@param client table
---@param argument table { path, coverage, run }
function M.open(client, argument)
  local root = client.config.root_dir
  if argument.run then
    return generate.when_trusted(client, 'measuring coverage runs its tests', function()
      ask_server(client, argument)
    end)
  end
  if argument.coverage then
    return ask_server(client, argument)
  end
  trust.ask(root, function(is_trusted)
    client_of.notify(client, 'testgen/trust', { trusted = is_trusted })
    ask_server(client, argument)
  end)
end

return M
