-- :checkhealth testgen
local M = {}

-- The functions were renamed in 0.10; 0.7 has them in a module of their own.
local function reporter()
  local health = vim.health or require('health')
  return {
    start = health.start or health.report_start,
    ok = health.ok or health.report_ok,
    info = health.info or health.report_info,
    warn = health.warn or health.report_warn,
    error = health.error or health.report_error,
  }
end

local function check_server(report)
  local config = require('testgen.config')
  local cmd, problem = config.command()
  if not cmd then
    return report.error(problem)
  end
  local version = vim.fn.systemlist({ cmd[1], '--version' })
  if vim.v.shell_error ~= 0 then
    return report.error(cmd[1] .. ' cannot be run: ' .. table.concat(version, ' '))
  end
  report.ok(('server: %s (%s)'):format(cmd[1], version[1] or 'no version'))
  report.info('log: ' .. config.log_file())
end

local function check_options(report)
  local problems = require('testgen.config').problems()
  for _, problem in ipairs(problems) do
    report.warn(problem)
  end
  if #problems == 0 then
    report.ok('options: fine')
  end
end

local function check_clients(report)
  local clients = require('testgen.client').all()
  for _, client in ipairs(clients) do
    local decision = require('testgen.trust').decision(client.config.root_dir)
    report.info(('runs for %s, %s'):format(client.config.root_dir, decision and 'trusted' or 'not trusted'))
  end
  if #clients == 0 then
    report.info('no server runs; one is started when a Python file or a spec is opened')
  end
end

-- Generated tests run in a sandbox, which the server asks for by default.
local function check_sandbox(report)
  if vim.fn.executable('bwrap') == 1 then
    report.ok('sandbox: bubblewrap is installed')
  else
    report.warn('bwrap was not found, so generated tests cannot be run: install the package bubblewrap')
  end
end

function M.check()
  local report = reporter()
  report.start('testgen')
  if vim.fn.has('nvim-0.7') == 0 then
    return report.error('Neovim 0.7 or later is needed')
  end
  check_server(report)
  check_options(report)
  check_sandbox(report)
  check_clients(report)
end

return M
