local project = require('project')
local t = require('harness')

local severity = vim.diagnostic.severity

t.test('a Python file starts the server, and its diagnostics arrive', function()
  project.configure()
  local root = project.create()
  t.equal(nil, package.loaded['testgen.client'], 'before a file is opened nothing is loaded')
  local bufnr, client = project.start(root, 'tests/test_pricing.py')
  t.equal(root, client.config.root_dir, 'root by testgen.json')
  local missing = project.diagnostic(bufnr, 'no-assertion')
  t.equal({ 7, 4 }, { missing.lnum, missing.col }, 'place of no-assertion')
  t.equal(severity.WARN, missing.severity, 'severity of no-assertion')
  t.equal('testgen', missing.source, 'source')
end)

t.test('columns behind non-ASCII text are right', function()
  local found = project.diagnostic(0, 'tautology')
  local line = t.lines()[found.lnum + 1]
  t.equal('grüße == grüße', line:sub(found.col + 1, found.end_col), 'the marked text')
end)

t.test('an edit changes the diagnostics', function()
  vim.api.nvim_buf_set_lines(0, 8, 9, false, { '    assert shipping(1) == 490' })
  t.wait_for('no-assertion to go', function()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      if project.code(diagnostic) == 'no-assertion' then
        return false
      end
    end
    return true
  end)
end)

t.test('hints of the subject come when the project was read', function()
  local bufnr = project.open(require('testgen.root').of_buffer(0), 'pricing.py')
  local lead = project.diagnostic(bufnr, 'boundary-lead')
  t.equal(severity.HINT, lead.severity, 'severity of boundary-lead')
  project.diagnostic(bufnr, 'untested-function')
  project.close()
end)

t.test('a file with CRLF has the same places, and keeps its line ends', function()
  local root = project.create({
    ['tests/test_crlf.py'] = 'def test_one():\r\n    x = "ä"; assert x == x\r\n\r\n\r\ndef test_two():\r\n    pass\r\n',
  })
  local bufnr = project.start(root, 'tests/test_crlf.py')
  t.equal('dos', vim.bo[bufnr].fileformat, 'file format')
  local tautology = project.diagnostic(bufnr, 'tautology')
  t.equal('x == x', t.lines()[tautology.lnum + 1]:sub(tautology.col + 1, tautology.end_col), 'the marked text')
  t.equal(4, project.diagnostic(bufnr, 'no-assertion').lnum, 'line of no-assertion')
  vim.api.nvim_buf_set_lines(bufnr, 0, 0, false, { '# über' })
  t.wait_for('the diagnostics to move down', function()
    for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
      if project.code(diagnostic) == 'tautology' and diagnostic.lnum == 2 then
        return true
      end
    end
  end)
  vim.cmd('silent write')
  local file = assert(io.open(root .. '/tests/test_crlf.py', 'rb'))
  local text = file:read('*a')
  file:close()
  t.equal(nil, text:gsub('\r\n', ''):find('[\r\n]'), 'a line end that is not CRLF')
  project.close()
end)

t.test('a spec file is read, and its mistakes are shown', function()
  local root = project.create({ ['broken.spec.json'] = '{ "name": 3 }\n' })
  local bufnr = project.start(root, 'broken.spec.json')
  t.equal(severity.ERROR, project.diagnostic(bufnr, 'spec-error').severity, 'severity of spec-error')
  project.close()
end)

t.test('what changes outside is seen when the editor gets the focus again', function()
  local root = project.create()
  local bufnr = project.start(root, 'pricing.py')
  project.diagnostic(bufnr, 'untested-function')
  local path = root .. '/tests/test_outside.py'
  project.write(path, 'def test_outside():\n    value = 1\n    assert value == value\n')
  local function found()
    local known = vim.fn.bufnr(path)
    return known > 0 and #vim.diagnostic.get(known) > 0
  end
  t.equal(false, found(), 'before')
  vim.cmd('doautocmd FocusGained')
  t.wait_for('the findings of a file that somebody else wrote', found)
  vim.fn.delete(path)
  vim.fn.system('true')
  vim.cmd('doautocmd ShellCmdPost')
  t.wait_for('them to go with the file', function()
    return not found()
  end)
  project.close()
end)

t.test('settings that are written in a buffer hold at once', function()
  local root = project.create()
  local bufnr = project.start(root, 'tests/test_pricing.py')
  project.diagnostic(bufnr, 'no-assertion')
  vim.cmd('silent split ' .. vim.fn.fnameescape(root .. '/testgen.json'))
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { '{ "diagnostics": { "no-assertion": "off" } }' })
  vim.cmd('silent write')
  t.wait_for('no-assertion to go', function()
    for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
      if project.code(diagnostic) == 'no-assertion' then
        return false
      end
    end
    return true
  end)
  project.close()
end)

t.test('the findings of more files than anybody opens all arrive', function()
  local root, files = project.create(), 2200
  for number = 1, files do
    project.write(
      ('%s/tests/test_many_%d.py'):format(root, number),
      'def test_one():\n    value = 1\n    assert value == value\n'
    )
  end
  project.start(root, 'pricing.py')
  t.wait_for('the findings of every file', function()
    local found = 0
    for _, diagnostic in ipairs(vim.diagnostic.get()) do
      found = found + (project.code(diagnostic) == 'tautology' and 1 or 0)
    end
    return found >= files
  end)
  project.close()
end)

t.test('a file says how many findings it does not show, and an action shows them', function()
  local weak = {}
  for number = 1, 130 do
    weak[number] = ('def test_%d():\n    value = %d\n    assert value == value\n'):format(number, number)
  end
  local root = project.create({ ['tests/test_weak.py'] = table.concat(weak, '\n\n') })
  local bufnr = project.start(root, 'tests/test_weak.py')
  local told = project.diagnostic(bufnr, 'too-many-findings')
  t.contains(told.message, '30 more findings of this file are not shown', 'message')
  project.close()
end)

t.test('what the server cannot show is said once, however often it counts', function()
  t.forget_messages()
  local handler = require('testgen.handlers').handlers['experimental/serverStatus']
  for count = 1, 2 do
    local status =
      { health = 'warning', quiescent = true, message = count .. ' findings are not shown', setting = 'exclude' }
    handler(nil, status, { client_id = 1 })
  end
  t.wait_for('the message', function()
    return t.said('1 findings are not shown')
  end)
  t.equal(1, #t.messages(), 'messages')
  require('testgen.progress').forget(1)
end)

t.test('other files start nothing', function()
  local root = project.create({ ['notes.md'] = '# Notes\n', ['data.json'] = '{}\n' })
  project.open(root, 'notes.md')
  project.open(root, 'data.json')
  t.equal(0, #require('testgen.client').all(), 'servers')
end)
