-- The history: runs newest first, a page at a time. <CR> opens a run, or the next page on the last line.
local client_of = require('testgen.client')
local say = require('testgen.say')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local NAME = 'testgen://history'
local PAGE = 50
local SPARKS = 40

---@class testgen.History
---@field client table
---@field kind? string
---@field runs table[]
---@field next? integer
---@field total integer
---@field first integer line of the first run

local shown ---@type testgen.History?

-- Of what could be earned; nil for a run that does not say.
local function share_of(run)
  return run.score and run.of and run.of > 0 and run.score / run.of or nil
end

-- Oldest first: the shares, and the runs they are of.
local function scored(runs)
  local shares, of_runs = {}, {}
  for _, run in ipairs(runs) do
    local share = share_of(run)
    if share and #shares < SPARKS then
      table.insert(shares, 1, share)
      table.insert(of_runs, 1, run)
    end
  end
  return shares, of_runs
end

local function run_line(run)
  local score = run.score and (run.of and ('%4d/%-4d'):format(run.score, run.of) or ('%4d     '):format(run.score))
  local share = share_of(run)
  local status = run.status == 'complete' and '' or ('  [%s]'):format(run.status)
  return ('  %s  %s %s %s  %s%s'):format(
    text.pad(run.kind, 10),
    text.pad(text.time(run.created_at), 13),
    score or (' '):rep(9),
    share and text.sparkline({ share }) or ' ',
    run.title,
    status
  )
end

---@param history testgen.History
---@return string[]
function M.lines(history)
  local lines = { '', '  TestGen history of ' .. vim.fn.fnamemodify(history.client.config.root_dir, ':~'), '' }
  local shares, runs = scored(history.runs)
  if #runs > 0 then
    lines[3] = ('  score  %s  %d → %d'):format(text.sparkline(shares), runs[1].score, runs[#runs].score)
    lines[4] = ''
  end
  history.first = #lines + 1
  for _, run in ipairs(history.runs) do
    lines[#lines + 1] = run_line(run)
  end
  if #history.runs == 0 then
    lines[#lines + 1] = '  Nothing was run yet: try :TestGen score'
  elseif history.next then
    lines[#lines + 1] = ('  … %d more: <CR> here shows them'):format(history.total - #history.runs)
  end
  vim.list_extend(lines, { '', '  <CR> open   r refresh   q close' })
  return lines
end

local function load(history, done)
  local argument = { limit = PAGE, before = history.next, kind = history.kind }
  client_of.execute(history.client, 'testgen.history', argument, function(page)
    vim.list_extend(history.runs, page.runs)
    history.next, history.total = page.next, page.total
    done()
  end)
end

local function redraw(bufnr, line)
  if shown and vim.api.nvim_buf_is_valid(bufnr) then
    window.update(bufnr, M.lines(shown))
    if vim.api.nvim_get_current_buf() == bufnr then
      pcall(vim.api.nvim_win_set_cursor, 0, { line or shown.first, 2 })
    end
  end
end

local function enter(bufnr)
  if not shown then
    return
  end
  local line = vim.api.nvim_win_get_cursor(0)[1]
  local run = shown.runs[line - shown.first + 1]
  if run then
    require('testgen.view.run').open(shown.client, run.run_id)
  elseif shown.next and line == shown.first + #shown.runs then
    load(shown, function()
      redraw(bufnr, line)
    end)
  end
end

local function refresh(bufnr)
  if shown then
    shown.runs, shown.next = {}, nil
    load(shown, function()
      redraw(bufnr)
    end)
  end
end

---@param client table
---@param argument table { kind }
function M.open(client, argument)
  if argument.kind and not vim.tbl_contains(M.kinds, argument.kind) then
    return say.error(('there is no kind "%s"; kinds: %s'):format(argument.kind, table.concat(M.kinds, ', ')))
  end
  local history = { client = client, kind = argument.kind, runs = {}, total = 0, first = 1 }
  load(history, function()
    shown = history
    local bufnr = window.scratch(NAME, 'testgen-history', M.lines(history), client.config.root_dir)
    vim.wo.cursorline = true
    pcall(vim.api.nvim_win_set_cursor, 0, { history.first, 2 })
    local function map(key, action, description)
      vim.keymap.set('n', key, function()
        action(bufnr)
      end, { buffer = bufnr, nowait = true, silent = true, desc = 'TestGen: ' .. description })
    end
    map('<CR>', enter, 'open the run, or the next page')
    map('r', refresh, 'refresh')
  end)
end

M.kinds = { 'generation', 'scoring', 'gaps', 'test' }

return M
