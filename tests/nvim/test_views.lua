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

t.test('history: runs newest first, a sparkline, and details behind <CR>', function()
  vim.cmd('TestGen history')
  local lines = t.wait_for_view('testgen-history')
  t.truthy(table.concat(lines, '\n'):match('score  [▁▂▃▄▅▆▇█]+  %d+ → %d+'), 'a sparkline')
  local kinds = {}
  for _, line in ipairs(lines) do
    kinds[#kinds + 1] = line:match('^  (%l+)  +today ')
  end
  t.equal({ 'test', 'gaps', 'scoring' }, kinds, 'kinds, newest first')
  t.press('<CR>')
  lines = t.wait_for_view('testgen-run')
  t.contains(lines, 'failed', 'the test run')
  t.contains(lines, 'tests/test_red.py::test_red', 'the test run')
  t.press('q')
  t.wait_for_view('testgen-history')
  vim.fn.search('^  scoring')
  t.press('<CR>')
  lines = t.wait_for_view('testgen-run')
  t.contains(lines, 'comprehensiveness', 'the scoring run')
  t.contains(lines, 'tests/test_pricing.py::test_runs', 'the scoring run')
  t.press('q')
  t.wait_for_view('testgen-history')
end)

t.test('history: only one kind, and a kind that is none', function()
  vim.cmd('TestGen history scoring')
  t.wait_for('only scoring', function()
    local lines = table.concat(t.lines(), '\n')
    return lines:find('  scoring', 1, true) and not lines:find('  gaps ', 1, true)
  end)
  vim.cmd('TestGen history nonsense')
  t.wait_for('a message', function()
    return t.said('there is no kind "nonsense"')
  end)
  t.press('q')
  t.wait_for('the history to close', function()
    return vim.bo.filetype ~= 'testgen-history'
  end)
end)

t.test('history: pages', function()
  local client = project.client(bufnr)
  local done = 0
  for _ = 1, 60 do
    require('testgen.client').execute(client, 'testgen.score', {}, function()
      done = done + 1
    end)
  end
  t.wait_for('sixty runs', function()
    return done == 60
  end)
  vim.cmd('TestGen history')
  t.contains(t.wait_for_view('testgen-history'), '… 13 more', 'the last line of the page')
  vim.fn.search('^  … ')
  t.press('<CR>')
  t.wait_for('the second page', function()
    local lines = table.concat(t.lines(), '\n')
    return not lines:find('… 13 more', 1, true) and lines:find('  gaps ', 1, true)
  end)
  t.press('q')
  project.close()
end)
