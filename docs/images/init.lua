-- The configuration that the pictures are taken with: the plugin, colours that read well, and a quiet screen.
local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here .. '/../../clients/nvim', ':p'):gsub('/$', ''))

vim.g.testgen = {
  cmd = vim.env.TESTGEN_BINARY,
  trusted = true,
  settings = { interpreter = vim.env.TESTGEN_PYTHON },
  lenses = 'above',
  notify = false,
}

vim.cmd('filetype plugin indent on | syntax on')
local options = {
  termguicolors = true,
  background = 'dark',
  number = true,
  signcolumn = 'yes',
  swapfile = false,
  ruler = false,
  showmode = false,
  showcmd = false,
  cmdheight = 1,
  laststatus = 2,
  fillchars = 'eob: ,vert:│',
  shortmess = 'aoOtTIcF',
}
for name, value in pairs(options) do
  vim.o[name] = value
end
vim.o.statusline = " %t%=%{%v:lua.require'testgen'.statusline()%}  %l:%c "

local colours = {
  Normal = { fg = '#d8dee9', bg = '#1f2430' },
  NormalFloat = { fg = '#d8dee9', bg = '#262c3a' },
  FloatBorder = { fg = '#5c6a85', bg = '#262c3a' },
  FloatTitle = { fg = '#8fbcf0', bg = '#262c3a', bold = true },
  LineNr = { fg = '#4c566a' },
  SignColumn = { bg = '#1f2430' },
  CursorLine = { bg = '#2b3242' },
  StatusLine = { fg = '#d8dee9', bg = '#323a4d' },
  StatusLineNC = { fg = '#7b88a1', bg = '#2a3040' },
  Comment = { fg = '#7b88a1', italic = true },
  TestGenLens = { fg = '#6f83a8', italic = true },
  String = { fg = '#a3be8c' },
  Number = { fg = '#d7a3d0' },
  Statement = { fg = '#81a1e0' },
  Identifier = { fg = '#88c0d0' },
  Function = { fg = '#88c0d0' },
  PreProc = { fg = '#81a1e0' },
  Type = { fg = '#ebcb8b' },
  Special = { fg = '#d08770' },
  Constant = { fg = '#d7a3d0' },
  Title = { fg = '#8fbcf0', bold = true },
  WarningMsg = { fg = '#ebcb8b' },
  NonText = { fg = '#3b4252' },
  EndOfBuffer = { fg = '#1f2430' },
  VertSplit = { fg = '#3b4252', bg = '#1f2430' },
  DiagnosticWarn = { fg = '#ebcb8b' },
  DiagnosticHint = { fg = '#7fa3b8' },
  DiagnosticInfo = { fg = '#81a1e0' },
  DiagnosticError = { fg = '#e07a83' },
  DiagnosticUnderlineWarn = { underline = true, sp = '#ebcb8b' },
  DiagnosticUnderlineHint = { underline = true, sp = '#7fa3b8' },
}
for name, colour in pairs(colours) do
  vim.api.nvim_set_hl(0, name, colour)
end
local signs = { text = {} }
for kind, severity in pairs({ Error = 1, Warn = 2, Info = 3, Hint = 4 }) do
  signs.text[severity] = '▌'
  vim.api.nvim_set_hl(0, 'DiagnosticSign' .. kind, { link = 'Diagnostic' .. kind })
end
vim.diagnostic.config({ virtual_text = { prefix = '■', spacing = 2 }, severity_sort = true, signs = signs })

-- TESTGEN_PICTURE names what to show; the file TESTGEN_PICTURE_READY appears when it stands on the screen.
local pictures = {
  neovim = function(when_ready)
    vim.fn.search('test_order_total')
    vim.cmd('normal! zt')
    vim.fn.cursor(1, 1)
    vim.cmd('TestGen score')
    vim.defer_fn(function()
      local window = vim.api.nvim_get_current_win()
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local place = vim.api.nvim_win_get_config(window)
        place.relative, place.anchor = 'editor', 'SE'
        place.row, place.col = vim.o.lines - 2, vim.o.columns - 1
        vim.api.nvim_win_set_config(window, place)
      end
      when_ready()
    end, 1500)
  end,
  history = function(when_ready)
    vim.cmd('TestGen history')
    local function press(keys)
      local codes = vim.api.nvim_replace_termcodes(keys, true, true, true)
      vim.api.nvim_feedkeys(codes, 'xt', false)
    end
    vim.defer_fn(function()
      vim.cmd('only')
      vim.fn.search('  mutation')
      press('<CR>')
    end, 1500)
    vim.defer_fn(function()
      vim.fn.search('  ! ')
      vim.cmd('normal! 2j')
      press('d')
      when_ready()
    end, 2500)
  end,
}

vim.api.nvim_create_autocmd('VimEnter', {
  once = true,
  callback = function()
    vim.defer_fn(function()
      pictures[vim.env.TESTGEN_PICTURE](function()
        vim.cmd('redraw!')
        vim.defer_fn(function()
          vim.fn.writefile({ 'ready' }, vim.env.TESTGEN_PICTURE_READY)
        end, 500)
      end)
    end, 3000)
  end,
})
