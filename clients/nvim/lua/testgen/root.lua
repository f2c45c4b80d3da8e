-- Which buffers are ours, and which project they belong to.
local config = require('testgen.config')

local M = {}

--- Python files and specs, on disk or about to be.
---@param bufnr integer
---@return boolean
function M.is_ours(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if name == '' or vim.bo[bufnr].buftype ~= '' or name:match('^%w[%w+.-]+://') then
    return false
  end
  return vim.bo[bufnr].filetype == 'python' or name:match('%.spec%.json$') ~= nil or name:match('%.spec%.md$') ~= nil
end

local function exists(path)
  return vim.loop.fs_stat(path) ~= nil
end

--- The nearest folder above that holds one of the markers; without any, the file's own folder.
---@param path string absolute
---@return string
function M.of_path(path)
  local folder = vim.fn.fnamemodify(path, ':h')
  local start = vim.loop.fs_realpath(folder) or folder
  local current = start
  while current and current ~= '' do
    for _, marker in ipairs(config.get().root_markers) do
      if exists(current .. '/' .. marker) then
        return current
      end
    end
    local parent = vim.fn.fnamemodify(current, ':h')
    if parent == current then
      break
    end
    current = parent
  end
  return start
end

---@param bufnr integer
---@return string
function M.of_buffer(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  return M.of_path(name ~= '' and vim.fn.fnamemodify(name, ':p') or vim.loop.cwd() .. '/x')
end

return M
