local project = require('project')
local t = require('harness')

-- Picks the first action whose title holds the text.
local function choose(title)
  local seen
  vim.ui.select = function(items, options, done)
    seen = vim.tbl_map(options.format_item, items)
    for index, text in ipairs(seen) do
      if text:find(title, 1, true) then
        return done(items[index], index)
      end
    end
    error('no action ' .. title .. ' among ' .. vim.inspect(seen))
  end
end

local bufnr

t.test('a quick fix renames the hidden test', function()
  project.configure()
  bufnr = project.start(project.create(), 'tests/test_pricing.py')
  local found = project.diagnostic(bufnr, 'duplicate-test-name')
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  choose('Rename the hidden test')
  vim.lsp.buf.code_action()
  t.wait_for('the edit', function()
    return vim.api.nvim_buf_get_changedtick(bufnr) > 2 and vim.bo[bufnr].modified
  end)
  local names = {}
  for _, line in ipairs(t.lines(bufnr)) do
    local name = line:match('^def (test_twice[%w_]*)')
    if name then
      t.equal(nil, names[name], 'a second ' .. name)
      names[name] = true
    end
  end
  t.equal(2, vim.tbl_count(names), 'tests called test_twice…')
end)

t.test('a finding is silenced in place, behind non-ASCII text', function()
  local found = project.diagnostic(bufnr, 'tautology')
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  choose('Silence tautology here')
  vim.lsp.buf.code_action()
  t.wait_for('the comment', function()
    return t.lines(bufnr)[found.lnum + 1]
      == '    grüße = "äöü"; assert grüße == grüße  # testgen: ignore[tautology]'
  end)
end)

t.test('the action "Score suite" opens the score', function()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  choose('Score suite')
  vim.lsp.buf.code_action()
  t.contains(t.wait_for_view('testgen-score'), 'comprehensiveness', 'score')
  t.press('q')
  t.wait_for('the float to close', function()
    return vim.api.nvim_get_current_buf() == bufnr
  end)
end)

t.test('lenses stand behind the tests, and can be switched off', function()
  local namespace = vim.api.nvim_create_namespace('testgen.lens')
  local function lens(line)
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { details = true })) do
      if mark[2] == line then
        return mark[4].virt_text[1][1]
      end
    end
  end
  t.contains(
    t.wait_for('a lens', function()
      return lens(3)
    end),
    'strength 75',
    'lens of test_shipping'
  )
  vim.cmd('TestGen lenses')
  t.equal(nil, lens(3), 'lens when switched off')
  vim.cmd('TestGen lenses')
  t.wait_for('the lens to come back', function()
    return lens(3)
  end)
end)

t.test('explain shows what made the strength', function()
  vim.api.nvim_win_set_cursor(0, { 4, 6 })
  vim.cmd('TestGen explain')
  local function float()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        return t.lines(vim.api.nvim_win_get_buf(window))
      end
    end
  end
  t.contains(t.wait_for('a float', float), 'strength 75', 'explanation')
  vim.cmd('doautocmd CursorMoved')
end)

t.test('hover says what an assertion is worth', function()
  local answers = vim.lsp.buf_request_sync(bufnr, 'textDocument/hover', {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = { line = 4, character = 15 },
  }, 60000)
  local _, answer = next(answers)
  t.contains(answer.result.contents.value, 'Assertion', 'hover')
  project.close()
end)
