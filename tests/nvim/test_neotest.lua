local neotest = require('neotest')
local project = require('project')
local t = require('harness')

local SHAPES = [[
import pytest


class TestShapes:
    def test_square(self):
        assert 2 * 2 == 4

    class TestRound:
        def test_circle(self):
            print("drawn by hand")
            assert 3 == 4


@pytest.mark.parametrize("text", ["a::b", "ä[0]"])
def test_text(text):
    assert text == "a::b"


@pytest.mark.skip(reason="not today")
def test_later():
    pass
]]

local adapter = require('neotest-testgen')
local root, shapes

-- What a task returns.
local function await(body)
  local outcome = neotest.start(body)
  t.wait_for('the end of a task', function()
    return outcome.is_done
  end)
  if not outcome.is_ok then
    error(outcome.value, 0)
  end
  return outcome.value
end

local function discover(path)
  return await(function()
    return adapter.discover_positions(root .. '/' .. path)
  end)
end

local function run(tree, ...)
  local arguments = { ... }
  return await(function()
    return neotest.run(adapter, tree, unpack(arguments))
  end)
end

local function statuses(results)
  local found = {}
  for id, result in pairs(results) do
    found[id:sub(#root + 2)] = result.status
  end
  return found
end

local function text_of(path)
  return table.concat(vim.fn.readfile(path), '\n')
end

t.test('test files are known by their names, and the root by its markers', function()
  project.configure({ trusted = true })
  root = project.create({ ['tests/test_shapes.py'] = SHAPES })
  t.equal(
    root,
    await(function()
      return adapter.root(root .. '/tests')
    end),
    'root'
  )
  for path, expected in pairs({
    ['/p/test_a.py'] = true,
    ['/p/a_test.py'] = true,
    ['/p/a.py'] = false,
    ['/test_p/a.py'] = false,
    ['/p/test_a.txt'] = false,
  }) do
    t.equal(expected, adapter.is_test_file(path), path)
  end
  t.equal(false, adapter.filter_dir('.venv', '.venv', root), 'a hidden folder')
  t.equal(true, adapter.filter_dir('tests', 'tests', root), 'a folder of tests')
end)

t.test('positions come from the server, which is started for them', function()
  t.equal(0, #require('testgen.client').all(), 'servers before')
  shapes = discover('tests/test_shapes.py')
  local found = {}
  for _, position in shapes:iter() do
    found[#found + 1] = { position.type, position.name, position.id:sub(#root + 2), position.range[1] }
  end
  t.equal({
    { 'file', 'test_shapes.py', 'tests/test_shapes.py', 0 },
    { 'namespace', 'TestShapes', 'tests/test_shapes.py::TestShapes', 3 },
    { 'test', 'test_square', 'tests/test_shapes.py::TestShapes::test_square', 4 },
    { 'namespace', 'TestRound', 'tests/test_shapes.py::TestShapes::TestRound', 7 },
    { 'test', 'test_circle', 'tests/test_shapes.py::TestShapes::TestRound::test_circle', 8 },
    { 'test', 'test_text', 'tests/test_shapes.py::test_text', 13 },
    { 'test', 'test_later', 'tests/test_shapes.py::test_later', 18 },
  }, found, 'positions')
  t.equal(1, #require('testgen.client').all(), 'servers after')
end)

t.test('a file without tests has no positions', function()
  t.equal(nil, discover('pricing.py'), 'positions of a subject')
end)

t.test('a file is run: what passed, failed and was skipped, with messages, lines and output', function()
  local results = run(shapes)
  t.equal({
    ['tests/test_shapes.py::TestShapes::test_square'] = 'passed',
    ['tests/test_shapes.py::TestShapes::TestRound::test_circle'] = 'failed',
    ['tests/test_shapes.py::test_text'] = 'failed',
    ['tests/test_shapes.py::test_later'] = 'skipped',
  }, statuses(results), 'results')
  local circle = results[root .. '/tests/test_shapes.py::TestShapes::TestRound::test_circle']
  t.equal(10, circle.errors[1].line, 'line of the failure')
  t.contains(circle.errors[1].message, '3 == 4', 'message')
  t.contains(text_of(circle.output), 'assert 3 == 4', 'output of the test')
  local text = results[root .. '/tests/test_shapes.py::test_text']
  t.equal(1, #text.errors, 'cases that failed')
  t.contains(text.errors[1].message, '[', 'the case is named')
end)

t.test('one test, and the tests of one class', function()
  local square = shapes:get_key(root .. '/tests/test_shapes.py::TestShapes::test_square')
  t.equal({ ['tests/test_shapes.py::TestShapes::test_square'] = 'passed' }, statuses(run(square)), 'one test')
  local round = shapes:get_key(root .. '/tests/test_shapes.py::TestShapes::TestRound')
  t.equal(
    { ['tests/test_shapes.py::TestShapes::TestRound::test_circle'] = 'failed' },
    statuses(run(round)),
    'one class'
  )
end)

t.test('the whole project is one run, and so is a folder', function()
  local pricing = discover('tests/test_pricing.py')
  for _, folder in ipairs({ root, root .. '/tests' }) do
    local results = statuses(run(neotest.folder(folder, { discover('tests/test_shapes.py'), pricing })))
    t.equal('passed', results['tests/test_pricing.py::test_shipping'], 'a test of ' .. folder)
    t.equal('passed', results['tests/test_shapes.py::TestShapes::test_square'], 'a test of ' .. folder)
  end
end)

t.test('the text that is open counts', function()
  local bufnr = project.open(root, 'tests/test_shapes.py')
  project.client(bufnr)
  vim.api.nvim_buf_set_lines(bufnr, 4, 5, false, { '    def test_cube(self):' })
  t.wait_for('the new name', function()
    return discover('tests/test_shapes.py'):get_key(root .. '/tests/test_shapes.py::TestShapes::test_cube')
  end)
  vim.cmd('silent undo')
end)

t.test('a file that cannot be collected fails with all its tests', function()
  project.write(root .. '/tests/test_broken.py', 'import nothing_like_this\n\n\ndef test_one():\n    pass\n')
  local broken = discover('tests/test_broken.py')
  local results = run(broken)
  t.equal('failed', results[root .. '/tests/test_broken.py'].status, 'the file')
  t.equal('failed', results[root .. '/tests/test_broken.py::test_one'].status, 'its test')
  t.contains(results[root .. '/tests/test_broken.py'].errors[1].message, 'nothing_like_this', 'message')
end)

t.test('a run is stopped: nothing waits, and nothing is said to have failed', function()
  project.write(root .. '/tests/test_slow.py', 'import time\n\n\ndef test_slow():\n    time.sleep(300)\n')
  local slow = discover('tests/test_slow.py')
  local process
  local outcome = neotest.start(function()
    return neotest.run(adapter, slow, nil, function(started)
      process = started
    end)
  end)
  t.wait_for('the run', function()
    return require('testgen.progress').is_running()
  end)
  t.equal(false, process.is_complete(), 'complete')
  process.stop()
  t.wait_for('the end of the task', function()
    return outcome.is_done
  end)
  t.equal('skipped', outcome.value[root .. '/tests/test_slow.py::test_slow'].status, 'status')
  t.wait_for('the end of the run in the server', function()
    return not require('testgen.progress').is_running()
  end)
end)

t.test('a server that dies ends the run with a reason', function()
  local client = require('testgen.client').of_root(root)
  local outcome = neotest.start(function()
    return neotest.run(adapter, discover('tests/test_slow.py'))
  end)
  t.wait_for('the run', function()
    return require('testgen.progress').is_running()
  end)
  require('testgen.client').stop(client)
  t.wait_for('the end of the task', function()
    return outcome.is_done
  end)
  local result = outcome.value[root .. '/tests/test_slow.py::test_slow']
  t.equal('failed', result.status, 'status')
  t.contains(result.errors[1].message, 'the server has ended', 'reason')
end)

t.test('a project that is not trusted runs nothing, and says why', function()
  project.configure({ trusted = false })
  local results = run(discover('tests/test_shapes.py'))
  local result = results[root .. '/tests/test_shapes.py::TestShapes::test_square']
  t.equal('failed', result.status, 'status')
  t.contains(result.errors[1].message, ':TestGen trust', 'reason')
end)

t.test('debugging is refused with a reason', function()
  local is_ok, problem = pcall(run, shapes, { strategy = 'dap' })
  t.equal(false, is_ok, 'success')
  t.contains(problem, 'cannot be debugged', 'reason')
end)

t.test('options: names of test files, and coverage', function()
  adapter({
    coverage = true,
    is_test_file = function(path)
      return path:match('check_') ~= nil
    end,
  })
  t.equal(true, adapter.is_test_file('/p/check_a.py'), 'a file with another name')
  local spec = adapter.build_spec({ tree = shapes })
  t.equal(true, spec.context.argument.coverage, 'coverage')
  adapter({})
  project.close()
end)
