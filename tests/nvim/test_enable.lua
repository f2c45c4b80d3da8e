-- vim.lsp.enable('testgen') of Neovim 0.11, with the plugin's own start switched off.
local project = require('project')
local t = require('harness')

local bufnr, client

t.test('a Python file starts the server of its project', function()
  project.configure({ autostart = false, trusted = true })
  vim.lsp.enable('testgen')
  local root = project.create()
  bufnr, client = project.start(root, 'tests/test_pricing.py')
  t.equal(root, client.config.root_dir, 'root')
  project.diagnostic(bufnr, 'no-assertion')
end)

t.test('it knows that the project is trusted, and sends its events', function()
  vim.cmd('TestGen run')
  t.wait_for('a summary', function()
    return t.said('passed')
  end)
  t.equal(1, #require('testgen.client').all(), 'servers')
end)

t.test('lenses are drawn', function()
  local namespace = vim.api.nvim_get_namespaces()['testgen.lens']
  t.wait_for('a lens', function()
    return #vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, {}) > 0
  end)
end)

t.test('a second project has a server of its own', function()
  local other = project.create()
  local _, second = project.start(other, 'pricing.py')
  t.equal(other, second.config.root_dir, 'root')
  t.truthy(second.id ~= client.id, 'the same server')
end)

t.test('files that are not ours start nothing', function()
  local root = project.create({ ['notes.md'] = '# Notes\n' })
  project.open(root, 'notes.md')
  t.equal(2, #require('testgen.client').all(), 'servers')
  project.close()
end)
