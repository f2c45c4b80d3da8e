-- Floating windows and scratch buffers for reports.
local config = require('testgen.config')

local M = {}

local function close_key(bufnr, close)
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, close, { buffer = bufnr, nowait = true, silent = true, desc = 'TestGen: close' })
  end
end

local function fill(bufnr, lines)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
end

local function widest(lines)
  local width = 20
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  return width
end

--- A float in the middle of the screen; q and <Esc> close it, and so does leaving it.
---@param lines string[]
---@param filetype string whose syntax colours it
---@param title string
---@return integer buffer, integer window
function M.float(lines, filetype, title)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = 'wipe'
  fill(bufnr, lines)
  local width = math.min(widest(lines) + 1, math.max(20, vim.o.columns - 4))
  local height = math.min(#lines, math.max(3, vim.o.lines - 6))
  local options = {
    relative = 'editor',
    style = 'minimal',
    border = config.get().border,
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
  }
  if vim.fn.has('nvim-0.9') == 1 and options.border ~= 'none' then
    options.title, options.title_pos = ' ' .. title .. ' ', 'center'
  end
  local window = vim.api.nvim_open_win(bufnr, true, options)
  vim.wo[window].wrap = false
  vim.wo[window].cursorline = false
  vim.wo[window].conceallevel = 2 -- the fences around code
  vim.wo[window].concealcursor = 'nc'
  vim.bo[bufnr].filetype = filetype
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  close_key(bufnr, close)
  vim.api.nvim_create_autocmd('BufLeave', { buffer = bufnr, once = true, callback = vim.schedule_wrap(close) })
  return bufnr, window
end

local function find_buffer(name)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(bufnr) == name then
      return bufnr
    end
  end
end

local function show(bufnr)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.api.nvim_win_get_buf(window) == bufnr then
      return vim.api.nvim_set_current_win(window)
    end
  end
  vim.cmd('botright split')
  vim.api.nvim_win_set_buf(0, bufnr)
end

--- A named buffer that is no file, shown in a split or where it is shown already; q closes its window.
---@param name string "testgen://history"
---@param filetype string
---@param lines string[]
---@param root string the project it speaks of
---@return integer buffer
function M.scratch(name, filetype, lines, root)
  local bufnr = find_buffer(name)
  if not bufnr then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
    vim.bo[bufnr].buftype = 'nofile'
    vim.bo[bufnr].bufhidden = 'wipe'
    vim.bo[bufnr].swapfile = false
  end
  vim.b[bufnr].testgen_root = root
  fill(bufnr, lines)
  show(bufnr)
  vim.wo.wrap = false
  vim.wo.number = false
  vim.wo.relativenumber = false
  vim.wo.signcolumn = 'no'
  vim.wo.list = false
  vim.wo.spell = false
  vim.bo[bufnr].filetype = filetype
  vim.keymap.set('n', 'q', function()
    if not pcall(vim.cmd, 'close') then
      vim.cmd('bdelete')
    end
  end, { buffer = bufnr, nowait = true, silent = true, desc = 'TestGen: close' })
  return bufnr
end

--- Fills the quickfix list, and shows it as the option `list` says; the cursor stays where it is.
---@param title string
---@param items table[]
function M.list(title, items)
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  local command = config.get().list
  if #items == 0 or command == false then
    return
  end
  local current = vim.api.nvim_get_current_win()
  vim.cmd(command)
  if vim.api.nvim_win_is_valid(current) then
    vim.api.nvim_set_current_win(current)
  end
end

--- Shows a place of a file: where the file is shown already, else in the window given, else in one that shows a file.
---@param path string absolute
---@param line? integer 1-based
---@param preferred? integer window
function M.go(path, line, preferred)
  local bufnr = vim.fn.bufadd(path)
  vim.bo[bufnr].buflisted = true
  local target = vim.fn.bufwinid(bufnr)
  local candidates = vim.list_extend({ preferred }, vim.api.nvim_tabpage_list_wins(0))
  for _, window in ipairs(candidates) do
    if target ~= -1 then
      break
    end
    local is_file = vim.api.nvim_win_is_valid(window) and vim.bo[vim.api.nvim_win_get_buf(window)].buftype == ''
    target = is_file and window or -1
  end
  if target == -1 then
    vim.cmd('topleft split')
  else
    vim.api.nvim_set_current_win(target)
  end
  if vim.api.nvim_get_current_buf() ~= bufnr then
    vim.cmd('buffer ' .. bufnr)
  end
  local last = vim.api.nvim_buf_line_count(bufnr)
  vim.api.nvim_win_set_cursor(0, { math.max(1, math.min(line or 1, last)), 0 })
  vim.cmd('normal! ^zz')
end

--- Replaces what a scratch buffer shows.
---@param bufnr integer
---@param lines string[]
function M.update(bufnr, lines)
  if vim.api.nvim_buf_is_valid(bufnr) then
    fill(bufnr, lines)
  end
end

return M
