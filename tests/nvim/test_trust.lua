local project = require('project')
local t = require('harness')

local asked, answer

vim.ui.select = function(items, options, done)
  asked = options.prompt
  for _, item in ipairs(items) do
    if options.format_item(item):find(answer, 1, true) then
      return done(item)
    end
  end
  done(nil)
end

local root, bufnr

-- A conftest that leaves a trace when code of the project runs.
local conftest = 'import pathlib\npathlib.Path(__file__).with_name("ran.txt").write_text("yes")\n'

local function has_run()
  return vim.loop.fs_stat(root .. '/ran.txt') ~= nil
end

t.test('"not now" runs nothing, and is asked again', function()
  project.configure()
  root = project.create({ ['conftest.py'] = conftest })
  bufnr = project.start(root, 'tests/test_pricing.py')
  answer = 'Not now'
  vim.cmd('TestGen run')
  t.wait_for('a refusal', function()
    return t.said('is not trusted')
  end)
  t.contains(asked, 'May TestGen run code of', 'question')
  t.equal(nil, require('testgen.trust').decision(root), 'decision')
  t.equal(false, has_run(), 'code has run')
end)

t.test('the server itself refuses, whatever a client asks', function()
  local problem
  local params = { command = 'testgen.runTests', arguments = { vim.empty_dict() } }
  require('testgen.client').request(project.client(bufnr), 'workspace/executeCommand', params, function(refusal)
    problem = refusal
  end)
  t.wait_for('an error', function()
    return problem
  end)
  t.contains(problem.message, 'not trusted', 'error')
  t.equal(false, has_run(), 'code has run')
end)

t.test('"never" is remembered and not asked again', function()
  answer, asked = 'Never', nil
  vim.cmd('TestGen run')
  t.wait_for('a refusal', function()
    return t.said('is not trusted')
  end)
  asked = nil
  t.forget_messages()
  vim.cmd('TestGen run')
  t.wait_for('a refusal', function()
    return t.said('is not trusted')
  end)
  t.equal(nil, asked, 'a question')
end)

t.test(':TestGen trust lets tests run at once', function()
  vim.cmd('TestGen trust')
  t.equal(true, require('testgen.trust').decision(root), 'decision')
  vim.cmd('TestGen run')
  t.wait_for('a summary', function()
    return t.said('passed')
  end)
  t.equal(true, has_run(), 'code has run')
end)

t.test('the decision is kept on disk, per project', function()
  package.loaded['testgen.trust'] = nil
  t.equal(true, require('testgen.trust').decision(root), 'decision after a new start')
  t.equal(nil, require('testgen.trust').decision(root .. '-other'), 'decision of another project')
end)

t.test(':TestGen! trust takes it back', function()
  os.remove(root .. '/ran.txt')
  vim.cmd('TestGen! trust')
  vim.cmd('TestGen run')
  t.wait_for('a refusal', function()
    return t.said('is not trusted')
  end)
  t.equal(false, has_run(), 'code has run')
  project.close()
end)
