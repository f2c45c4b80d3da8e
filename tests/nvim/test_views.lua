local project = require('project')
local t = require('harness')

local root, bufnr

t.test('score: a float with every component and what it rests on', function()
  project.configure({ trusted = true })
  root = project.create()
  bufnr = project.start(root, 'tests/test_pricing.py')
  vim.cmd('TestGen score')
  local lines = t.wait_for_view('testgen-score')
  for _, text in ipairs({ 'Score', 'comprehensiveness', 'category balance', 'anti-cheat', 'efficiency' }) do
    t.contains(lines, text, 'score')
  end
  t.contains(lines, 'estimated', 'basis')
  t.contains(lines, 'not measured', 'basis')
  t.contains(lines, '█', 'bars')
  t.press('q')
  t.wait_for('the float to close', function()
    return vim.api.nvim_get_current_buf() == bufnr
  end)
  t.contains(require('testgen').statusline(), 'TestGen', 'status line')
end)

t.test('gaps: the quickfix list, worst first', function()
  vim.cmd('TestGen gaps run')
  local items = t.wait_for('the quickfix list', function()
    local list = vim.fn.getqflist()
    return #list > 0 and list
  end)
  t.contains(items[1].text, 'critical: ', 'the first gap')
  t.contains(vim.fn.getqflist({ title = 1 }).title, 'TestGen gaps', 'title')
  local texts = vim.tbl_map(function(item)
    return item.text
  end, items)
  t.contains(texts, 'discount: no line reached', 'gaps')
  t.equal(root .. '/pricing.py', vim.api.nvim_buf_get_name(items[1].bufnr), 'file of the first gap')
  t.equal(bufnr, vim.api.nvim_get_current_buf(), 'the cursor stays where it was')
  vim.cmd('cclose')
end)

-- Trouble shows an item of the list that is valid; its type is the severity, and rows and columns count from 1.
t.test('gaps: every item has what Trouble reads', function()
  local severities = { E = true, W = true, I = true, H = true, N = true }
  for _, item in ipairs(vim.fn.getqflist({ all = true }).items) do
    t.equal(1, item.valid, 'validity of ' .. item.text)
    t.truthy(severities[item.type], item.text .. ' has no severity: ' .. item.type)
    t.truthy(item.lnum >= 1 and item.end_lnum >= item.lnum and item.col >= 1, item.text .. ' has no place')
  end
end)

t.test('gaps: another list can be shown instead, or none', function()
  local options = vim.g.testgen
  vim.g.testgen_shown = 0
  for _, list in ipairs({ 'let g:testgen_shown += 1', false }) do
    vim.g.testgen = vim.tbl_extend('force', options, { list = list })
    vim.fn.setqflist({}, 'r')
    vim.cmd('TestGen gaps')
    t.wait_for('the items', function()
      return #vim.fn.getqflist() > 0
    end)
    t.equal(1, vim.g.testgen_shown, 'the command ran')
    t.equal(0, vim.fn.getqflist({ winid = 1 }).winid, 'window of the quickfix list')
  end
  vim.g.testgen = options
end)

t.test('gaps: the lines are marked in the buffer too', function()
  local subject = project.open(root, 'pricing.py')
  project.diagnostic(subject, 'coverage-gap')
end)

t.test('run: a failing test goes into the quickfix list', function()
  project.write(root .. '/tests/test_red.py', 'def test_red():\n    assert 1 == 2\n')
  vim.cmd('TestGen run ' .. vim.fn.fnameescape(root .. '/tests/test_red.py'))
  t.wait_for('the failure', function()
    local item = vim.fn.getqflist()[1]
    return item and item.text:find('test_red', 1, true) and item.lnum == 2
  end)
  t.wait_for('a summary', function()
    return t.said('1 failed')
  end)
  vim.cmd('cclose')
end)

project.close()
