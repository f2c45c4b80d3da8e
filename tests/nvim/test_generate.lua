local project = require('project')
local t = require('harness')

local function buffer_of(path)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(bufnr) == path then
      return bufnr
    end
  end
end

-- The buffers other than these that were changed.
local function changed_buffers()
  return vim.tbl_filter(function(bufnr)
    return vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].buftype == '' and vim.bo[bufnr].modified
  end, vim.api.nvim_list_bufs())
end

local function test_names(bufnr)
  local names = {}
  for _, line in ipairs(t.lines(bufnr)) do
    names[#names + 1] = line:match('^%s*def (test_[%w_]+)%(')
  end
  return names
end

local root

t.test('generate for the function under the cursor edits the test file, unsaved', function()
  project.configure({ trusted = true })
  root = project.create()
  local bufnr = project.start(root, 'pricing.py')
  vim.api.nvim_win_set_cursor(0, { 5, 4 })
  vim.cmd('TestGen generate')
  t.wait_for('a summary', function()
    return t.said('put into')
  end)
  local changed = changed_buffers()
  t.equal(1, #changed, 'changed buffers')
  t.truthy(changed[1] ~= bufnr, 'the subject itself was changed')
  t.truthy(#test_names(changed[1]) > 0, 'tests in the buffer')
  t.equal(changed[1], vim.api.nvim_get_current_buf(), 'the file is shown')
  local existing = buffer_of(root .. '/tests/test_pricing.py')
  if changed[1] == existing then
    t.contains(t.lines(existing), 'def test_shipping():', 'the tests that were there')
  end
end)

t.test('undo takes them out again', function()
  local before = #test_names(0)
  vim.cmd('silent undo')
  t.truthy(#test_names(0) < before, 'tests after undo')
  project.close()
end)

t.test('a spec shows what no test is for, and what the code does otherwise', function()
  local spec = vim.json.encode({
    name = 'discount',
    signature = 'def discount(quantity)',
    edge_cases = { 'discount() of nothing must be nothing' },
    examples = { { call = 'discount(9)', expected = 5 } },
  })
  root = project.create({ ['wrong.spec.json'] = spec })
  local bufnr = project.start(root, 'wrong.spec.json')
  t.contains(project.diagnostic(bufnr, 'requirement-gap').message, 'No test says that it is for', 'the gap')
  vim.cmd('TestGen generate')
  local found = project.diagnostic(bufnr, 'spec-disagreement')
  t.equal('The spec says: discount(9) gives 5. The code: gives 0', found.message, 'the disagreement')
  project.close()
end)

t.test('generate for a spec makes a new file where there is none', function()
  root = project.create()
  vim.fn.delete(root .. '/tests/test_pricing.py')
  project.start(root, 'discount.spec.json')
  vim.cmd('TestGen generate')
  t.wait_for('a summary', function()
    return t.said('put into')
  end)
  local path = vim.api.nvim_buf_get_name(0)
  t.contains(path, root, 'the new file')
  t.equal('python', vim.bo.filetype, 'its file type')
  t.contains(t.lines(), 'discount(', 'its tests')
  vim.cmd('silent write')
  vim.fn.system({ 'env', '-C', root, project.python, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', path })
  t.equal(0, vim.v.shell_error, "pytest's exit status with the generated tests")
end)

t.test('the history shows the code of what was accepted', function()
  vim.cmd('TestGen history generation')
  t.contains(t.wait_for_view('testgen-history'), 'generation', 'history')
  t.press('K')
  local lines = t.wait_for_view('testgen-run')
  t.contains(lines, '## Accepted', 'run')
  t.contains(lines, 'def test_', 'run')
  t.contains(lines, '```python', 'run')
  project.close()
end)

t.test('a target that is none is refused with a message', function()
  project.start(project.create(), 'pricing.py')
  vim.cmd('TestGen generate no_such_spec')
  t.wait_for('a message', function()
    return t.said('no_such_spec')
  end)
  project.close()
end)
