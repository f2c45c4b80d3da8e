local project = require('project')
local t = require('harness')

t.test('sub-commands are completed', function()
  t.equal({ 'cancel' }, vim.fn.getcompletion('TestGen ca', 'cmdline'), 'completion of ca')
  local all = vim.fn.getcompletion('TestGen ', 'cmdline')
  for _, name in ipairs({
    'generate',
    'implement',
    'score',
    'gaps',
    'run',
    'history',
    'explain',
    'trust',
    'log',
    'restart',
    'cancel',
    'info',
  }) do
    t.truthy(vim.tbl_contains(all, name), name .. ' is not completed')
  end
  t.equal({ 'scoring' }, vim.fn.getcompletion('TestGen history s', 'cmdline'), 'completion of a kind')
end)

t.test('an unknown sub-command names the others', function()
  vim.cmd('TestGen nonsense')
  t.wait_for('a message', function()
    return t.said('there is no sub-command "nonsense"')
  end)
  t.contains(t.said('nonsense').message, 'score', 'message')
end)

t.test('a missing program gives one message that says what to type', function()
  project.configure({ cmd = '/does/not/exist/testgen' })
  local root = project.create()
  project.open(root, 'pricing.py')
  project.open(root, 'tests/test_pricing.py')
  t.wait_for('a message', function()
    return t.said('/does/not/exist/testgen')
  end)
  local count = 0
  for _, note in ipairs(t.messages()) do
    count = count + (note.message:find('/does/not/exist', 1, true) and 1 or 0)
  end
  t.equal(1, count, 'messages')
  vim.cmd('TestGen score')
  t.equal(0, #require('testgen.client').all(), 'servers')
  vim.cmd('silent %bwipeout!')
end)

t.test('restart ends the server and starts another for the same buffer', function()
  project.configure()
  local bufnr, client = project.start(project.create(), 'tests/test_pricing.py')
  project.diagnostic(bufnr, 'no-assertion')
  vim.cmd('TestGen restart')
  local again = t.wait_for('another server', function()
    local now = require('testgen.client').all()[1]
    return now and now.id ~= client.id and vim.lsp.buf_is_attached(bufnr, now.id) and now
  end)
  project.ready(again)
  project.diagnostic(bufnr, 'no-assertion')
  t.equal(1, #require('testgen.client').all(), 'servers')
end)

t.test('one server serves all files of a project, another one another project', function()
  local bufnr = vim.api.nvim_get_current_buf()
  local first = project.client(bufnr)
  local second = project.open(first.config.root_dir, 'pricing.py')
  t.equal(first.id, project.client(second).id, 'server of the same project')
  local other = project.start(project.create(), 'pricing.py')
  t.truthy(project.client(other).id ~= first.id, 'server of another project')
  t.equal(2, #require('testgen.client').all(), 'servers')
end)

t.test('info names the project, the command and the trust', function()
  vim.cmd('TestGen info')
  local lines = t.wait_for_view('testgen-info')
  t.contains(lines, 'Project', 'info')
  t.contains(lines, vim.env.TESTGEN_BINARY, 'info')
  t.contains(lines, 'not decided', 'info')
  t.press('q')
end)

t.test('cancel is quiet when nothing runs', function()
  vim.cmd('TestGen cancel')
  t.equal({}, t.messages(), 'messages')
end)

t.test('a server that dies is reported, and restart brings it back', function()
  local clients = require('testgen.client').all()
  local pids = vim.fn.system({ 'pgrep', '-f', '-P', tostring(vim.fn.getpid()), 'testgen serve' })
  local killed = 0
  for pid in pids:gmatch('%d+') do
    vim.loop.kill(tonumber(pid), 'sigkill')
    killed = killed + 1
  end
  t.equal(#clients, killed, 'servers')
  t.wait_for('a message', function()
    return t.said('the server ended with signal 9')
  end)
  t.wait_for('the end of the servers', function()
    return #require('testgen.client').all() == 0
  end)
  vim.cmd('TestGen restart')
  t.wait_for('other servers', function()
    return #require('testgen.client').all() == #clients
  end)
  project.close()
end)

t.test(':checkhealth testgen finds the server', function()
  vim.cmd('checkhealth testgen')
  local lines = t.wait_for('the report', function()
    local text = t.lines()
    return table.concat(text, '\n'):find('server: ', 1, true) and text
  end)
  t.contains(lines, vim.env.TESTGEN_BINARY, 'report')
  t.contains(lines, 'options: fine', 'report')
  vim.g.testgen = { cmd = '/does/not/exist/testgen', colour = 'red', lenses = 3 }
  vim.cmd('checkhealth testgen')
  lines = t.lines()
  t.contains(lines, '/does/not/exist/testgen', 'report')
  t.contains(lines, 'vim.g.testgen.colour: there is no such option', 'report')
  t.contains(lines, 'vim.g.testgen.lenses: expected a', 'report')
end)

t.test('the help has its tags', function()
  local doc = vim.fn.globpath(vim.o.runtimepath, 'doc/testgen.txt')
  t.truthy(doc ~= '', 'doc/testgen.txt')
  local text = table.concat(vim.fn.readfile(doc), '\n')
  for name in pairs(require('testgen.command').subcommands) do
    t.contains(text, '*:TestGen-' .. name .. '*', 'help')
  end
  for name in pairs(require('testgen.config').get()) do
    t.contains(text, '*testgen.' .. name .. '*', 'help')
  end
end)
