-- For vim.lsp.enable('testgen') on Neovim 0.11 and later, instead of the plugin's own start: set
-- vim.g.testgen = { autostart = false } beside it.
local config = require('testgen.config')
local root = require('testgen.root')

local cmd = config.command()
local base = require('testgen.client').lsp_config(vim.loop.cwd() or '/', cmd or { 'testgen', 'serve' })
base.root_dir, base.workspace_folders, base.init_options.trusted = nil, nil, nil
base.filetypes = { 'python', 'json', 'markdown' }
base.root_dir = function(bufnr, use)
  if root.is_ours(bufnr) then
    use(root.of_buffer(bufnr))
  end
end
local before_init = base.before_init
base.before_init = function(params, lsp_config)
  before_init(params)
  params.initializationOptions.trusted = require('testgen.trust').decision(lsp_config.root_dir) == true
end

return base
