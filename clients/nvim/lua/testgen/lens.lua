-- Code lenses as virtual text. The built-in module needs a refresh by hand on most versions and cannot be styled, so
-- they are drawn here: asked for when a buffer is entered, after edits and runs, dropped when the buffer moved on meanwhile.
local config = require('testgen.config')

local M = {}

local namespace = vim.api.nvim_create_namespace('testgen.lens')
local DELAY_MS = 200

local timers = {} ---@type table<integer, userdata>
local is_off = false

vim.api.nvim_set_hl(0, 'TestGenLens', { link = 'Comment', default = true })

local function is_valid(bufnr)
  return vim.api.nvim_buf_is_valid(bufnr) and vim.api.nvim_buf_is_loaded(bufnr)
end

local function titles_by_line(lenses, line_count)
  local lines = {}
  for _, lens in ipairs(lenses) do
    local line = lens.range.start.line
    if lens.command and line < line_count then
      lines[line] = lines[line] and (lines[line] .. ' │ ' .. lens.command.title) or lens.command.title
    end
  end
  return lines
end

local function draw(bufnr, lenses)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local place = config.get().lenses
  for line, title in pairs(titles_by_line(lenses, vim.api.nvim_buf_line_count(bufnr))) do
    local mark = { hl_mode = 'combine', priority = 10 }
    if place == 'above' and line > 0 then
      local text = vim.api.nvim_buf_get_lines(bufnr, line, line + 1, false)[1] or ''
      mark.virt_lines = { { { text:match('^%s*') .. title, 'TestGenLens' } } }
      mark.virt_lines_above = true
    else
      mark.virt_text = { { '  ' .. title, 'TestGenLens' } }
    end
    vim.api.nvim_buf_set_extmark(bufnr, namespace, line, 0, mark)
  end
end

local function request(bufnr)
  local client = require('testgen.client').of_buffer(bufnr)
  if not client or not vim.lsp.buf_is_attached(bufnr, client.id) then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  require('testgen.client').request(client, 'textDocument/codeLens', params, function(problem, lenses)
    if not problem and is_valid(bufnr) and vim.api.nvim_buf_get_changedtick(bufnr) == tick and not is_off then
      draw(bufnr, lenses or {})
    end
  end, bufnr)
end

--- Asks for the lenses of a buffer a little later; several calls in a row ask once.
---@param bufnr integer
function M.refresh(bufnr)
  if is_off or config.get().lenses == false or not is_valid(bufnr) then
    return
  end
  if timers[bufnr] then
    timers[bufnr]:stop()
  else
    timers[bufnr] = vim.loop.new_timer()
  end
  timers[bufnr]:start(
    DELAY_MS,
    0,
    vim.schedule_wrap(function()
      if is_valid(bufnr) then
        request(bufnr)
      end
    end)
  )
end

--- Those of every attached buffer, after a scan or a run.
function M.refresh_all()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if is_valid(bufnr) and vim.b[bufnr].testgen_attached then
      M.refresh(bufnr)
    end
  end
end

local function forget(bufnr)
  if timers[bufnr] then
    timers[bufnr]:stop()
    timers[bufnr]:close()
    timers[bufnr] = nil
  end
end

---@param _ table client
---@param bufnr integer
function M.attach(_, bufnr)
  vim.b[bufnr].testgen_attached = true
  local group = vim.api.nvim_create_augroup('testgen.lens', { clear = false })
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged', 'BufWritePost' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      M.refresh(bufnr)
    end,
  })
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = bufnr,
    callback = function()
      forget(bufnr)
    end,
  })
  M.refresh(bufnr)
end

--- Switches them off and on for this session.
---@return boolean whether they are on now
function M.toggle()
  is_off = not is_off
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if is_valid(bufnr) then
      vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
    end
  end
  M.refresh_all()
  return not is_off
end

return M
