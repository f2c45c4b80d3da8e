-- One mutant as a diff in a float: what could stand there without any test noticing.
local json = require('testgen.json')
local mutant_text = require('testgen.mutant')
local say = require('testgen.say')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local WIDTH = 96

local verdicts = {
  survived = 'Nothing notices',
  ['no-coverage'] = 'No test reaches',
  killed = 'Noticed',
  timeout = 'Does not end',
}

local function about(mutant, title)
  local lines = vim.fn.has('nvim-0.9') == 1 and {} or { title } -- windows have had titles since
  lines[#lines + 1] = ('%s:%d  %s'):format(mutant.path, mutant.line, mutant['function'] or 'module level')
  if mutant.tests_run then
    lines[#lines + 1] = ('Ran with this change: %s'):format(text.count(mutant.tests_run, 'test'))
  end
  if mutant.killed_by then
    lines[#lines + 1] = 'noticed by ' .. mutant.killed_by
  end
  if mutant.message then
    vim.list_extend(lines, text.wrap(mutant.message, WIDTH, ''))
  end
  return lines
end

--- Opens the diff; <CR> goes to the line, q closes.
---@param mutant table of a report, or the data of a diagnostic
---@param path string absolute
function M.open(mutant, path)
  if not mutant.end_line or mutant.end_line == 0 then
    return say.warn('this run did not record the place of its mutants; :TestGen mutate does')
  end
  local bufnr = vim.fn.bufadd(path)
  vim.fn.bufload(bufnr)
  local diff, problem = mutant_text.diff(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), mutant)
  if not diff then
    return say.warn(problem)
  end
  local title = ('%s: %s'):format(verdicts[mutant.status] or 'Mutant', mutant_text.title(mutant))
  local lines = about(mutant, title)
  lines[#lines + 1] = ''
  vim.list_extend(lines, diff)
  local origin = vim.api.nvim_get_current_win()
  local float, shown = window.float(lines, 'diff', title)
  vim.keymap.set('n', '<CR>', function()
    vim.api.nvim_win_close(shown, true)
    window.go(path, mutant.line, origin)
  end, { buffer = float, nowait = true, silent = true, desc = 'TestGen: go to the line' })
end

--- The survivor that a diagnostic under the cursor tells of.
function M.open_at_cursor()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, found in ipairs(vim.diagnostic.get(0, { lnum = line })) do
    local lsp = found.user_data and found.user_data.lsp
    local data = json.without_null(vim.deepcopy(lsp and lsp.data))
    if found.source == 'testgen' and data and data.replacement then
      local path = vim.api.nvim_buf_get_name(0)
      local mutant = vim.tbl_extend('keep', { path = vim.fn.fnamemodify(path, ':~:.'), status = 'survived' }, data)
      return M.open(mutant, path)
    end
  end
  say.info('no mutant of this line is known to survive; :TestGen mutate judges them')
end

return M
