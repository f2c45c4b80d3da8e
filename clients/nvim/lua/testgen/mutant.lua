-- The text of a file with one mutant in it. Lines and columns count from 1, columns in characters; ends are exclusive.
local M = {}

local function byte(line, column)
  local index = vim.fn.byteidxcomp(line, column - 1)
  return index < 0 and #line or index
end

--- The lines with the mutant; nil and a message when they are not what was judged.
---@param lines string[]
---@param mutant table
---@return string[]?, string?
function M.apply(lines, mutant)
  local first, last = lines[mutant.line], lines[mutant.end_line]
  if not first or not last then
    return nil, 'the code has changed since this mutant was judged; judge again'
  end
  local start, finish = byte(first, mutant.column), byte(last, mutant.end_column)
  local inner = vim.list_slice(lines, mutant.line, mutant.end_line)
  inner[#inner] = inner[#inner]:sub(1, finish)
  inner[1] = inner[1]:sub(start + 1)
  if table.concat(inner, '\n') ~= mutant.original:gsub('\r\n', '\n') then
    return nil, 'the code has changed since this mutant was judged; judge again'
  end
  local changed = first:sub(1, start) .. mutant.replacement .. last:sub(finish + 1)
  local result = vim.list_slice(lines, 1, mutant.line - 1)
  vim.list_extend(result, vim.split(changed, '\r?\n'))
  return vim.list_extend(result, vim.list_slice(lines, mutant.end_line + 1))
end

--- "`>=` → `>`", on one line.
---@param mutant table
---@return string
function M.title(mutant)
  local function shown(text)
    local line = text:gsub('%s+', ' ')
    return line == '' and 'nothing' or '`' .. line .. '`'
  end
  return ('%s → %s'):format(shown(mutant.original), shown(mutant.replacement))
end

--- The changed lines with three lines around them, as in a unified diff; nil and a message when the code is not what
--- was judged.
---@param lines string[]
---@param mutant table
---@return string[]?, string?
function M.diff(lines, mutant)
  local changed, problem = M.apply(lines, mutant)
  if not changed then
    return nil, problem
  end
  local before, after = table.concat(lines, '\n') .. '\n', table.concat(changed, '\n') .. '\n'
  local diff = vim.diff(before, after, { result_type = 'unified', ctxlen = 3 })
  return vim.tbl_filter(function(line)
    return line:sub(1, 2) ~= '@@'
  end, vim.split(diff, '\n', { trimempty = true }))
end

return M
