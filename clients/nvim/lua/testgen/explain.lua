-- What the server has to say about the test or function under the cursor.
local config = require('testgen.config')
local say = require('testgen.say')

local M = {}

local function show(lines)
  local options = {
    border = config.get().border,
    max_width = math.min(100, vim.o.columns - 4),
    focus_id = 'testgen.explain',
  }
  -- Some packages of Neovim come without the parser that Markdown is coloured by.
  if not pcall(vim.lsp.util.open_floating_preview, lines, 'markdown', options) then
    pcall(vim.lsp.util.open_floating_preview, lines, 'plaintext', options)
  end
end

---@param client table
---@param argument { uri: string, line: integer }
function M.show(client, argument)
  require('testgen.client').execute(client, 'testgen.explain', argument, function(report)
    if not report.markdown or report.markdown == '' then
      return say.info('there is nothing to explain here; put the cursor into a test or a function')
    end
    show(vim.split(report.markdown, '\n', { trimempty = true }))
  end)
end

return M
