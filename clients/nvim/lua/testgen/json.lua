-- JSON for people: one member a line, members by name.
local M = {}

local is_list = vim.islist or vim.tbl_islist

-- Slashes need no escape; Neovim's encoder gives them one.
local function encode(value)
  return (vim.json.encode(value):gsub('\\/', '/'))
end

local function add(lines, value, indent, before, after)
  if type(value) ~= 'table' or next(value) == nil then
    lines[#lines + 1] = indent .. before .. encode(value) .. after
    return
  end
  local is_array = is_list(value)
  lines[#lines + 1] = indent .. before .. (is_array and '[' or '{')
  local names = vim.tbl_keys(value)
  table.sort(names)
  for index, name in ipairs(names) do
    local label = is_array and '' or encode(name) .. ': '
    add(lines, value[name], indent .. '  ', label, index < #names and ',' or '')
  end
  lines[#lines + 1] = indent .. (is_array and ']' or '}') .. after
end

---@param value any
---@return string[]
function M.lines(value)
  local lines = {}
  add(lines, value, '', '', '')
  return lines
end

return M
