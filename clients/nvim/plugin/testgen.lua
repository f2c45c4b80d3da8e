-- Loaded at start-up: one command and one group of autocommands. Everything else loads when it is needed.
if vim.g.loaded_testgen or vim.fn.has('nvim-0.7') == 0 then
  return
end
vim.g.loaded_testgen = 1

vim.api.nvim_create_user_command('TestGen', function(command)
  require('testgen.command').run(command)
end, {
  nargs = '*',
  bang = true,
  desc = 'TestGen: score a suite, show its gaps, write tests',
  complete = function(lead, line)
    return require('testgen.command').complete(lead, line)
  end,
})

local group = vim.api.nvim_create_augroup('testgen', { clear = true })

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'python',
  callback = function(event)
    require('testgen.client').autostart(event.buf)
  end,
})

-- What happens outside: another window, a terminal, a command of the shell, a file that somebody else wrote.
vim.api.nvim_create_autocmd(
  { 'FocusGained', 'VimResume', 'TermLeave', 'TermClose', 'ShellCmdPost', 'FileChangedShellPost', 'BufWritePost' },
  {
    group = group,
    callback = function()
      if package.loaded['testgen.client'] then
        require('testgen.outside').may_have_changed()
      end
    end,
  }
)

vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
  group = group,
  pattern = { '*.spec.json', '*.spec.md' },
  callback = function(event)
    require('testgen.client').autostart(event.buf)
  end,
})
