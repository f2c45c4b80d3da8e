-- JSON as it comes, and JSON for people.
local M = {}

--- Neovim 0.12 keeps JSON's null as vim.NIL where older versions leave the member out.
---@param value any changed in place
---@return any
function M.without_null(value)
  if value == vim.NIL then
    return nil
  end
  if type(value) == 'table' then
    for key, member in pairs(value) do
      value[key] = M.without_null(member)
    end
  end
  return value
end

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

--- One member a line, members by name.
---@param value any
---@return string[]
function M.lines(value)
  local lines = {}
  add(lines, value, '', '', '')
  return lines
end

return M
