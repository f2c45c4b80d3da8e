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

--- Replaces what a buffer shows.
---@param bufnr integer
---@param rows testgen.Row[]
function M.show(bufnr, rows)
  local lines = M.lines(rows)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for index, row in ipairs(rows) do
    for _, mark in ipairs(row.marks) do
      local to = math.min(mark.to, #lines[index])
      if mark.from < to then
        vim.api.nvim_buf_set_extmark(bufnr, namespace, index - 1, mark.from, { end_col = to, hl_group = mark.group })
      end
    end
  end
end

return M
