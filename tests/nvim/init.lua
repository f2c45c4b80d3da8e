-- The user's configuration of a test: nothing but the plugin on the runtime path. The test file named by the
-- environment runs when Neovim has started, as a user's first command would.
local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here .. '/../../clients/nvim', ':p'):gsub('/$', ''))
vim.cmd('filetype plugin on | syntax on')
vim.opt.swapfile = false
vim.g.editorconfig = false -- the .editorconfig of this repository is not meant for the projects of tests
vim.opt.columns = 120
vim.opt.lines = 40

vim.api.nvim_create_autocmd('VimEnter', {
  once = true,
  callback = vim.schedule_wrap(function()
    require('harness').run_file(vim.env.TESTGEN_NVIM_TEST)
  end),
})
