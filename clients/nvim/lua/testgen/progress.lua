-- What is running, as the server's run events tell it. The status line reads it.
local M = {}

---@class testgen.Run
---@field client integer
---@field title string
---@field message? string
---@field done? integer
---@field total? integer

local runs = {} ---@type table<string, testgen.Run>
local health = {} ---@type table<integer, { health: string, quiescent: boolean, message?: string }>
local scores = {} ---@type table<integer, { score: integer, of: integer }>

local quiet = { ['Show run history'] = true, ['Show run'] = true, ['Show statistics'] = true, ['Explain'] = true }

local function redraw()
  vim.schedule(function()
    pcall(vim.api.nvim_exec_autocmds or function() end, 'User', { pattern = 'TestGenProgress', modeline = false })
    vim.cmd('redrawstatus')
  end)
end

--- One testgen/runEvent.
---@param client integer
---@param event table
function M.event(client, event)
  if event.kind == 'start' then
    if not quiet[event.message] then
      runs[event.run_id] = { client = client, title = event.message }
    end
  elseif event.kind == 'complete' or event.kind == 'error' then
    runs[event.run_id] = nil
  elseif runs[event.run_id] then
    local run = runs[event.run_id]
    run.message, run.done, run.total = event.message, event.done or run.done, event.total or run.total
  end
  redraw()
end

--- One experimental/serverStatus.
---@param client integer
---@param status table
function M.status(client, status)
  health[client] = status
  redraw()
end

---@param client integer
---@param report table a score report
function M.scored(client, report)
  scores[client] = { score = report.score, of = report.of }
  redraw()
end

---@param client integer
function M.forget(client)
  health[client], scores[client] = nil, nil
  for id, run in pairs(runs) do
    if run.client == client then
      runs[id] = nil
    end
  end
  redraw()
end

---@param client integer
---@return { health: string, quiescent: boolean, message?: string }?
function M.health(client)
  return health[client]
end

---@return boolean
function M.is_running()
  return next(runs) ~= nil
end

--- One short text: what runs, else what is wrong, else the last score, else nothing.
---@return string
function M.text()
  local _, run = next(runs)
  if run and run.total and run.total > 0 then
    return ('TestGen: %s %d/%d'):format(run.title, run.done or 0, run.total)
  elseif run then
    return ('TestGen: %s …'):format(run.title)
  end
  for _, status in pairs(health) do
    if status.health == 'error' then
      return 'TestGen: ' .. (status.message or 'error')
    end
    if not status.quiescent then
      return 'TestGen …'
    end
  end
  local _, last = next(scores)
  return last and ('TestGen %d of %d'):format(last.score, last.of) or ''
end

return M
