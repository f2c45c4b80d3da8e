local project = require('project')
local t = require('harness')

-- The lenses of a line, as they are drawn behind it.
local function lens(bufnr, line)
  local namespace = vim.api.nvim_get_namespaces()['testgen.lens']
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { details = true })) do
    if mark[2] == line then
      local parts = mark[4].virt_text or mark[4].virt_lines[1]
      return parts[1][1]
    end
  end
end

local bufnr

t.test('a save judges the mutants of what was edited, and survivors are warnings', function()
  project.configure({ trusted = true, settings = { interpreter = project.python, mutateInEditor = 'on-save' } })
  bufnr = project.start(project.create(), 'pricing.py')
  vim.api.nvim_buf_set_lines(bufnr, 5, 6, false, { '        return 1 - 1' })
  vim.cmd('silent write')
  local proof = t.wait_for('a proven boundary', function()
    for _, found in ipairs(vim.diagnostic.get(bufnr, { severity = vim.diagnostic.severity.WARN })) do
      if project.code(found) == 'boundary-lead' then
        return found
      end
    end
  end)
  t.contains({ proof.message }, 'No test notices when `total >= 5000` becomes', 'message')
  t.equal(4, proof.lnum, 'line')
end)

t.test('the lens counts the mutants, and the float explains them', function()
  t.wait_for('a lens', function()
    return (lens(bufnr, 3) or ''):find('%d+ mutants: %d+ killed, %d+ survived')
  end)
  vim.api.nvim_win_set_cursor(0, { 4, 5 })
  vim.cmd('TestGen explain')
  t.wait_for('the explanation', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      local text = table.concat(t.lines(vim.api.nvim_win_get_buf(window)), '\n')
      if text:find('Measured') and text:find('survived') then
        return true
      end
    end
  end)
end)

project.close()
