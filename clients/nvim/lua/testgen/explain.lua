-- What the server has to say about the test or function under the cursor.
local config = require('testgen.config')
local say = require('testgen.say')

local M = {}

---@param client table
---@param argument { uri: string, line: integer }
function M.show(client, argument)
  require('testgen.client').execute(client, 'testgen.explain', argument, function(report)
    if not report.markdown or report.markdown == '' then
      return say.info('there is nothing to explain here; put the cursor into a test or a function')
    end
    local lines = vim.split(report.markdown, '\n', { trimempty = true })
    vim.lsp.util.open_floating_preview(lines, 'markdown', {
      border = config.get().border,
      max_width = math.min(100, vim.o.columns - 4),
      focus_id = 'testgen.explain',
    })
  end)
end

return M
