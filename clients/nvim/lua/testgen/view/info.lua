-- Which server runs, for what, and whether it may run code.
local client_of = require('testgen.client')
local config = require('testgen.config')
local progress = require('testgen.progress')
local trust = require('testgen.trust')
local window = require('testgen.window')

local M = {}

local function trust_text(root)
  local decision = trust.decision(root)
  if decision == nil then
    return 'not decided: asked when code is to run'
  end
  return decision and 'yes: its code may run' or 'no: only static analysis'
end

local function client_lines(lines, client)
  local root = client.config.root_dir
  local status = progress.health(client.id)
  local health = status and (status.health .. (status.quiescent and '' or ', reading the project')) or 'starting'
  vim.list_extend(lines, {
    '',
    '  Project   ' .. vim.fn.fnamemodify(root, ':~'),
    '  Command   ' .. table.concat(client.config.cmd, ' '),
    '  Trusted   ' .. trust_text(root),
    '  State     ' .. health .. (status and status.message and status.message ~= '' and (': ' .. status.message) or ''),
  })
end

---@return string[]
function M.lines()
  local lines = {}
  for _, client in ipairs(client_of.all()) do
    client_lines(lines, client)
  end
  if #lines == 0 then
    local cmd, problem = config.command()
    vim.list_extend(lines, {
      '',
      '  No server runs: one is started when a Python file or a spec is opened.',
      '  ' .. (cmd and 'Command   ' .. table.concat(cmd, ' ') or 'Problem   ' .. problem),
    })
  end
  vim.list_extend(lines, { '', '  Log       ' .. config.log_file() })
  for _, problem in ipairs(config.problems()) do
    lines[#lines + 1] = '  Option    ' .. problem
  end
  lines[#lines + 1] = ''
  return lines
end

function M.open()
  window.float(M.lines(), 'testgen-info', 'TestGen')
end

return M
