local project = require('project')
local t = require('harness')

local root, bufnr, client

-- Runs a command of the server and waits for its report.
local function execute(command, argument)
  local report
  require('testgen.client').execute(client, command, argument, function(result)
    report = result
  end)
  return t.wait_for(command, function()
    return report
  end)
end

local function line_with(text)
  for index, line in ipairs(t.lines()) do
    if line:find(text, 1, true) then
      return index, line
    end
  end
end

local function put_cursor_on(text)
  local index = t.wait_for('a line with ' .. text, function()
    return line_with(text)
  end)
  vim.api.nvim_win_set_cursor(0, { index, 2 })
end

local function wait_for_text(text)
  t.wait_for('"' .. text .. '" in ' .. vim.bo.filetype, function()
    return line_with(text)
  end)
end

local function close_float(back)
  t.press('q')
  t.wait_for_view(back)
end

-- The view, with the cursor on the first run of a kind, opened.
local function open_run(kind)
  vim.cmd('TestGen history ' .. kind)
  t.wait_for_view('testgen-history')
  wait_for_text('only ' .. kind)
  put_cursor_on('▸ ')
  t.press('<CR>')
  t.wait_for('the run to open', function()
    return line_with('▾ ') and not line_with('reading …')
  end)
end

t.test('runs stand under their day, newest first, with their figures', function()
  project.configure({ trusted = true })
  root = project.create({ ['tests/test_red.py'] = 'def test_red():\n    assert 1 == 2\n' })
  bufnr, client = project.start(root, 'tests/test_pricing.py')
  execute('testgen.score', {})
  execute('testgen.mutate', {})
  execute('testgen.runTests', {})
  vim.cmd('TestGen history')
  t.wait_for_view('testgen-history')
  t.contains(t.lines()[1], '3 runs', 'head')
  local kinds = {}
  for _, line in ipairs(t.lines()) do
    kinds[#kinds + 1] = line:match('^  ▸ %d%d:%d%d  (%l+)')
  end
  t.equal({ 'test', 'mutation', 'scoring' }, kinds, 'kinds, newest first')
  t.truthy(line_with('  Today') < line_with('▸ '), 'runs stand under their day')
  t.contains(select(2, line_with('  test ')), '1 ✗ 4 ✓', 'the run of tests')
  t.truthy(select(2, line_with('  mutation ')):match('%d+ %%'), 'the kill rate')
end)

t.test('the figures over time are drawn', function()
  execute('testgen.score', {})
  t.press('r')
  t.wait_for('two points of the score', function()
    return (t.lines()[2] or ''):match('^  score +[▁▂▃▄▅▆▇█]+  %d+ of %d+ → %d+ of %d+$')
  end)
  t.truthy(
    t.lines()[3]:match('^  mutants killed +[▁▂▃▄▅▆▇█]+  %d+ %%$'),
    'the kill rate: ' .. t.lines()[3]
  )
end)

t.test('a run of tests opens to its tests, and a test is opened', function()
  open_run('test')
  wait_for_text('✗ tests/test_red.py::test_red')
  put_cursor_on('✗ tests/test_red.py::test_red')
  t.press('<CR>')
  t.equal(root .. '/tests/test_red.py', vim.api.nvim_buf_get_name(0), 'the file that is shown')
  t.equal(2, vim.api.nvim_win_get_cursor(0)[1], 'the line')
end)

t.test('a run is shown in full in a float, and closes again', function()
  open_run('test')
  put_cursor_on('▾ ')
  t.press('K')
  local lines = t.wait_for_view('testgen-run')
  t.contains(lines, 'tests/test_red.py::test_red', 'the float')
  t.truthy(vim.api.nvim_win_get_config(0).relative ~= '', 'it is a float')
  close_float('testgen-history')
end)

t.test('a scoring run opens to what the score rests on', function()
  open_run('scoring')
  wait_for_text('What the score rests on')
  t.contains(select(2, line_with('comprehensiveness')), 'measured: run ', 'basis')
  t.contains(select(2, line_with('anti-cheat')), 'not measured', 'basis')
  wait_for_text('Measured on 3 files')
  put_cursor_on('Measured on 3 files')
  t.press('<CR>')
  wait_for_text('· pricing.py')
  put_cursor_on('Measured on 3 files')
  t.press('<CR>')
  t.equal(nil, line_with('· pricing.py'), 'a section that was closed')
end)

t.test('a survivor is shown as a diff, and <CR> goes to its line', function()
  open_run('mutation')
  put_cursor_on('! `>=` → `>`')
  t.press('d')
  local lines = t.wait_for_view('diff')
  t.contains(lines, '-    if total >= 5000:', 'diff')
  t.contains(lines, '+    if total > 5000:', 'diff')
  t.contains(lines, 'pricing.py:5', 'diff')
  t.press('<CR>')
  t.wait_for('the line', function()
    return vim.api.nvim_buf_get_name(0) == root .. '/pricing.py' and vim.api.nvim_win_get_cursor(0)[1] == 5
  end)
end)

t.test(':TestGen mutant shows the survivor of the line', function()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd('TestGen mutant')
  t.wait_for('a message', function()
    return t.said('no mutant of this line')
  end)
  t.wait_for('a survivor as a diagnostic', function()
    for _, found in ipairs(vim.diagnostic.get(0, { lnum = 4 })) do
      local lsp = found.user_data and found.user_data.lsp
      if lsp and lsp.data and lsp.data.replacement then
        return true
      end
    end
  end)
  vim.api.nvim_win_set_cursor(0, { 5, 4 })
  vim.cmd('TestGen mutant')
  t.contains(t.wait_for_view('diff'), '-    if total >= 5000:', 'diff')
  t.press('q')
  t.wait_for('the float to close', function()
    return vim.bo.filetype == 'python'
  end)
end)

t.test('a diff of code that has changed since is refused', function()
  open_run('mutation')
  local subject = vim.fn.bufnr(root .. '/pricing.py')
  vim.api.nvim_buf_set_lines(subject, 0, 0, false, { '# über' })
  put_cursor_on('! `>=` → `>`')
  t.press('d')
  t.wait_for('a message', function()
    return t.said('has changed since')
  end)
  vim.api.nvim_buf_set_lines(subject, 0, 1, false, {})
end)

t.test('a generation opens to what was accepted, and where it was proven', function()
  execute('testgen.generate', { target = 'pricing.py::discount' })
  open_run('generation')
  wait_for_text('Accepted: ')
  wait_for_text('sandbox: ')
  put_cursor_on('✓ test_')
  local name = vim.api.nvim_get_current_line():match('(test_[%w_]+)')
  t.contains(vim.api.nvim_get_current_line(), 'confidence', 'the accepted test')
  t.press('K')
  local lines = t.wait_for_view('testgen-run')
  t.contains(lines, 'def ' .. name .. '(', 'the code')
  close_float('testgen-history')
end)

t.test('the report of a run can be exported', function()
  open_run('scoring')
  put_cursor_on('▾ ')
  t.press('e')
  t.wait_for('a buffer of JSON', function()
    return vim.bo.filetype == 'json'
  end)
  local detail = vim.json.decode(table.concat(t.lines(), '\n'))
  t.equal('scoring', detail.summary.kind, 'kind')
  t.equal(5, #detail.report.tests, 'tests')
  t.contains(t.lines(), '"path": "tests/test_pricing.py"', 'a path')
  vim.cmd('bwipeout!')
end)

t.test('runs are run again', function()
  open_run('test')
  put_cursor_on('▾ ')
  local before = #t.lines()
  t.press('R')
  t.wait_for('a summary', function()
    return t.said('1 failed')
  end)
  vim.cmd('cclose')
  t.wait_for('the new run in the list', function()
    return #t.lines() > before and line_with('2 of ')
  end)
end)

t.test('only one kind, only some words, and a kind that is none', function()
  vim.cmd('TestGen history scoring')
  wait_for_text('only scoring')
  t.equal(nil, line_with('  mutation'), 'a run of another kind')
  vim.ui.select = function(items, _, done)
    done(items[1])
  end
  t.press('f')
  wait_for_text('  mutation')
  vim.ui.input = function(_, done)
    done('Mutated')
  end
  t.press('F')
  wait_for_text('only "Mutated"')
  t.equal(nil, line_with('  scoring'), 'a run with other words')
  vim.ui.input = function(_, done)
    done('nothing has this')
  end
  t.press('F')
  wait_for_text('No run is like that')
  vim.cmd('TestGen history nonsense')
  t.wait_for('a message', function()
    return t.said('there is no kind "nonsense"')
  end)
end)

t.test('two runs are compared: figures, and what came and went', function()
  project.write(
    root .. '/tests/test_more.py',
    [[
from pricing import shipping


def test_on_the_boundary():
    assert shipping(5000) == 0
]]
  )
  execute('testgen.mutate', {})
  vim.cmd('TestGen history mutation')
  wait_for_text('only mutation')
  put_cursor_on('▸ ')
  t.press('c')
  wait_for_text('◆ ')
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_win_get_cursor(0)[1] + 1, 2 })
  t.press('c')
  local lines = t.wait_for_view('testgen-compare')
  t.truthy(table.concat(lines, '\n'):match('mutants killed +%d+%.%d %% +%d+%.%d %% +%+%d'), 'the kill rate')
  t.contains(lines, 'Survive no more', 'what went')
  t.contains(lines, '✓ `>=` → `>`  shipping · pricing.py:5', 'a mutant that is killed now')
  close_float('testgen-history')
  t.equal(nil, line_with('◆ '), 'a run that is chosen')
end)

t.test('all keys are told', function()
  t.press('g?')
  t.contains(t.wait_for_view('testgen-info'), 'the diff of a mutant', 'keys')
  close_float('testgen-history')
end)

t.test('what runs is shown with what it found, survives closing the view, and is cancelled', function()
  t.press('q')
  local progress = require('testgen.progress')
  local function event(kind, more)
    progress.event(client.id, vim.tbl_extend('force', { run_id = 'made-up', kind = kind, message = kind }, more or {}))
  end
  event('start', { message = 'Generate tests' })
  event('test', {
    message = 'Checked 2 of 3 proposed tests',
    done = 2,
    total = 3,
    test = {
      id = 'tests/test_x.py::test_x',
      name = 'test_x',
      path = 'tests/test_x.py',
      category = 'anti_cheat',
      origin = 'spec',
      strength = 80,
      kills = 2,
      confidence = 1,
      reasoning = '',
      code = 'def test_x(): pass',
    },
  })
  event('progress', {
    message = 'Tests are proven',
    environment = { platform = 'Linux 6', python = '3.11.2', sandbox = 'bubblewrap', prohibited = { 'grep' } },
    spent = { tokens = 760, token_budget = 9000, cost_cents = 0.08, budget_cents = 3 },
  })
  event('test', {
    message = 'rejected',
    rejected = { id = 'tests/test_x.py::test_y', guard = 'green', reason = 'fails', message = 'It fails', code = '' },
  })
  event('reflection', { message = 'No test speaks of an empty cart' })
  vim.cmd('TestGen history')
  t.wait_for_view('testgen-history')
  t.contains(select(2, line_with('● Generate tests')), '2 of 3', 'the run')
  t.contains(
    select(2, line_with('✓ test_x')),
    'passed every guard · anti-cheat · spec · strength 80 · confidence 1.00 · newly catches 2 mutants',
    'the test'
  )
  wait_for_text('↻ No test speaks of an empty cart')
  t.contains(select(2, line_with('Linux 6')), 'Python 3.11.2 · sandbox: bubblewrap  ⊘ grep', 'the environment')
  t.contains(select(2, line_with('of 9000 tokens')), '760 of 9000 tokens, 0.08 of 3 cents', 'the budget')
  t.contains(select(2, line_with('✗ tests/test_x.py::test_y')), 'guard green: fails', 'the rejected test')
  t.press('q')
  vim.cmd('TestGen history')
  t.wait_for_view('testgen-history')
  wait_for_text('↻ No test speaks of an empty cart')
  event('complete')
  t.wait_for('the end of the run', function()
    return not line_with('● ')
  end)
end)

t.test('x cancels the run under the cursor', function()
  project.write(root .. '/slow.py', 'def slow(n):\n    return n + 1\n')
  project.write(root .. '/tests/test_slow.py', 'import time\n\n\ndef test_slow():\n    time.sleep(300)\n')
  require('testgen.client').execute(client, 'testgen.runTests', { ids = { 'tests/test_slow.py' } }, function() end)
  put_cursor_on('● Run tests')
  t.press('x')
  t.wait_for('the run to go', function()
    return not line_with('● ')
  end)
  t.wait_for('a message', function()
    return t.said('Run tests was cancelled')
  end)
end)

t.test('after a restart the view asks the new server', function()
  local before = client.id
  local count = tonumber(t.lines()[1]:match('(%d+) runs'))
  vim.cmd('TestGen restart')
  client = t.wait_for('another server', function()
    local now = require('testgen.client').of_root(root)
    return now and now.id ~= before and now
  end)
  project.ready(client)
  execute('testgen.score', {})
  t.press('r')
  t.wait_for('one more run', function()
    return tonumber(t.lines()[1]:match('(%d+) runs')) == count + 1
  end)
end)

t.test('the history of another project takes its place, and commands there mean that project', function()
  local other = project.create()
  project.start(other, 'pricing.py')
  vim.cmd('TestGen history')
  t.wait_for_view('testgen-history')
  wait_for_text('Nothing was run yet')
  t.contains(t.lines()[1], vim.fn.fnamemodify(other, ':~'), 'head')
  vim.cmd('TestGen score')
  t.wait_for_view('testgen-score')
  close_float('testgen-history')
  wait_for_text('  scoring')
  project.open(root, 'pricing.py')
  vim.cmd('TestGen history')
  t.wait_for_view('testgen-history')
  wait_for_text('  generation')
end)

t.test('pages', function()
  local done = 0
  for _ = 1, 60 do
    require('testgen.client').execute(client, 'testgen.score', {}, function()
      done = done + 1
    end)
  end
  t.wait_for('sixty runs', function()
    return done == 60
  end)
  vim.cmd('TestGen history scoring')
  wait_for_text('only scoring')
  put_cursor_on('more: <CR> here')
  t.press('<CR>')
  t.wait_for('the second page', function()
    return not line_with('more:') and #t.lines() > 60
  end)
  t.press('q')
  project.close()
end)
