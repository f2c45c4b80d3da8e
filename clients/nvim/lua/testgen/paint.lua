-- Rows of coloured text, and a buffer that shows them.
local M = {}

local namespace = vim.api.nvim_create_namespace('testgen.paint')

for name, link in pairs({
  Title = 'Title',
  Dim = 'Comment',
  Kind = 'Identifier',
  Number = 'Number',
  Bar = 'String',
  Good = 'String',
  Bad = 'DiagnosticError',
  Warn = 'DiagnosticWarn',
}) do
  vim.api.nvim_set_hl(0, 'TestGen' .. name, { link = link, default = true })
end

---@class testgen.Row
---@field text string
---@field marks { group: string, from: integer, to: integer }[] bytes
---@field node? table what the row is about
local Row = {}
Row.__index = Row

--- Appends text, coloured where a group is given.
---@param text string
---@param group? 'Title'|'Dim'|'Kind'|'Number'|'Bar'|'Good'|'Bad'|'Warn'
---@return testgen.Row
function Row:add(text, group)
  if group and text ~= '' then
    self.marks[#self.marks + 1] = { group = 'TestGen' .. group, from = #self.text, to = #self.text + #text }
  end
  self.text = self.text .. text
  return self
end

---@param text? string
---@param group? string
---@param node? table
---@return testgen.Row
function M.row(text, group, node)
  return setmetatable({ text = '', marks = {}, node = node }, Row):add(text or '', group)
end

---@param rows testgen.Row[]
---@return string[]
function M.lines(rows)
  return vim.tbl_map(function(row)
    return (row.text:gsub('%s+$', ''):gsub('[\r\n]+', ' '))
  end, rows)
end

local shown = {} ---@type table<integer, testgen.Row[]> by buffer

local function is_same(left, right)
  return left == right or (left.text == right.text and vim.deep_equal(left.marks, right.marks))
end

-- What differs from the rows that are shown: how many rows are the same at the top, and how many at the bottom.
local function same_ends(before, after)
  local most = math.min(#before, #after)
  local top, bottom = 0, 0
  while top < most and is_same(before[top + 1], after[top + 1]) do
    top = top + 1
  end
  while bottom < most - top and is_same(before[#before - bottom], after[#after - bottom]) do
    bottom = bottom + 1
  end
  return top, bottom
end

local function colour(bufnr, line, row, text)
  for _, mark in ipairs(row.marks) do
    local to = math.min(mark.to, #text)
    if mark.from < to then
      vim.api.nvim_buf_set_extmark(bufnr, namespace, line, mark.from, { end_col = to, hl_group = mark.group })
    end
  end
end

--- Replaces what a buffer shows; rows that stay the same are left alone.
---@param bufnr integer
---@param rows testgen.Row[]
function M.show(bufnr, rows)
  local before = shown[bufnr] or {}
  local is_known = shown[bufnr] ~= nil and vim.api.nvim_buf_line_count(bufnr) == #before
  local top, bottom = 0, 0
  if is_known then
    top, bottom = same_ends(before, rows)
  end
  local last = is_known and #before - bottom or -1
  local lines = M.lines(vim.list_slice(rows, top + 1, #rows - bottom))
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, top, last)
  vim.api.nvim_buf_set_lines(bufnr, top, last, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
  for index, text in ipairs(lines) do
    colour(bufnr, top + index - 1, rows[top + index], text)
  end
  shown[bufnr] = rows
end

--- Before the buffer is filled by others, or is gone.
---@param bufnr integer
function M.forget(bufnr)
  shown[bufnr] = nil
end

return M
