-- What a user's configuration may call. Nothing here has to be called.
local M = {}

--- Sets options: the same as assigning to vim.g.testgen, for those who are used to a setup function.
---@param options? testgen.Options
function M.setup(options)
  vim.g.testgen = vim.tbl_extend('force', vim.g.testgen or {}, options or {})
end

--- For the status line: what runs, else what is wrong, else the last score; empty before anything happened.
---@return string
function M.statusline()
  return package.loaded['testgen.progress'] and require('testgen.progress').text() or ''
end

return M
