-- Generation: the server writes, runs and proposes; the edit comes by workspace/applyEdit and can be undone.
local client_of = require('testgen.client')
local config = require('testgen.config')
local say = require('testgen.say')
local text = require('testgen.text')
local trust = require('testgen.trust')

local M = {}

-- Of all together; nothing where it was not measured. Each test counts what those before it do not catch.
local function newly_caught(tests)
  local total
  for _, test in ipairs(tests) do
    total = test.kills and (total or 0) + test.kills or total
  end
  return total and (', newly catching %s'):format(text.count(total, 'mutant')) or ''
end

local function summary(report)
  local parts = {}
  local code = report.implementation
  if code then
    local tries = text.count(#code.attempts, 'attempt')
    parts[1] = code.complete and ('%s passes every test after %s'):format(code.subject, tries)
      or ('no code for %s passes every test (%s)'):format(code.subject, tries)
  end
  if #report.accepted > 0 then
    local paths = {}
    for _, edit in ipairs(report.edits) do
      if not vim.tbl_contains(paths, edit.path) then
        paths[#paths + 1] = edit.path
      end
    end
    parts[#parts + 1] = ('%s put into %s%s'):format(
      text.count(#report.accepted, 'test'),
      table.concat(paths, ', '),
      newly_caught(report.accepted)
    )
  else
    parts[#parts + 1] = 'no test was worth keeping for ' .. report.target
  end
  if #report.rejected > 0 then
    parts[#parts + 1] = ('%d rejected'):format(#report.rejected)
  end
  if #report.disagreements > 0 then
    parts[#parts + 1] = text.count(#report.disagreements, 'disagreement') .. ' between spec and code'
  end
  if #report.unanswered > 0 then
    parts[#parts + 1] = ('%d without an oracle'):format(#report.unanswered)
  end
  return table.concat(parts, ', ') .. '; :TestGen history has the details'
end

local function to_test(bufnr, name)
  for index, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    if line:find('def ' .. name .. '(', 1, true) then
      vim.api.nvim_win_set_cursor(0, { index, 0 })
      vim.cmd('normal! zz')
      return
    end
  end
end

-- The file that the first accepted test went into, beside the one the user looks at.
local function reveal(client, report)
  local first = report.accepted[1]
  if not first or #report.edits == 0 or not config.get().reveal then
    return
  end
  local path = client.config.root_dir .. '/' .. report.edits[1].path
  local bufnr = vim.fn.bufadd(path)
  vim.fn.bufload(bufnr)
  vim.bo[bufnr].buflisted = true
  if vim.fn.bufwinid(bufnr) == -1 then
    vim.cmd('botright split')
    vim.api.nvim_win_set_buf(0, bufnr)
    if vim.bo[bufnr].filetype == '' then
      vim.api.nvim_buf_call(bufnr, function()
        vim.cmd('filetype detect')
      end)
    end
  else
    vim.api.nvim_set_current_win(vim.fn.bufwinid(bufnr))
  end
  to_test(bufnr, first.name)
end

--- Asks for trust where there is none yet, then generates.
---@param client table
---@param argument table { target } or { uri, line }
---@param done? fun(report: table)
function M.run(client, argument, done)
  M.perform(client, 'testgen.generate', argument, done)
end

--- Likewise, of a spec whose code is to be written.
---@param client table
---@param argument table { target } or { uri }
function M.implement(client, argument)
  M.perform(client, 'testgen.implement', argument)
end

---@param client table
---@param command string
---@param argument table
---@param done? fun(report: table)
function M.perform(client, command, argument, done)
  M.when_trusted(client, 'generated tests are run before they are shown', function()
    client_of.execute(client, command, argument, function(report)
      say[#report.accepted > 0 and 'info' or 'warn'](summary(report))
      reveal(client, report)
      if done then
        done(report)
      end
    end)
  end)
end

--- Calls back when code of the client's project may run; says why nothing happens otherwise.
---@param client table
---@param why string
---@param done fun()
function M.when_trusted(client, why, done)
  local root = client.config.root_dir
  trust.ask(root, function(is_trusted)
    client_of.notify(client, 'testgen/trust', { trusted = is_trusted })
    if is_trusted then
      return done()
    end
    say.warn(('%s is not trusted, and %s; :TestGen trust allows it'):format(vim.fn.fnamemodify(root, ':~'), why))
  end)
end

return M
