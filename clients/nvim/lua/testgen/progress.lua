-- What is running, as the server's run events tell it. The status line and the history read it; views come and go, this
-- stays.
local M = {}

---@class testgen.Run
---@field id string
---@field client integer
---@field title string
---@field since integer milliseconds
---@field message? string
---@field done? integer
---@field total? integer
---@field tests table[] that passed every guard
---@field rejected table[] tests that a guard rejected
---@field environment? table where tests are proven, and the tools that they may not use
---@field spent? table what the model has used
---@field survivors table[] mutants
---@field reflections string[]

local SURVIVORS_MAX = 200

local runs = {} ---@type table<string, testgen.Run>
local ended = 0
local health = {} ---@type table<integer, { health: string, quiescent: boolean, message?: string }>
local scores = {} ---@type table<integer, { score: integer, of: integer }>

-- Lookups that take no time; nobody wants to see them come and go.
local quiet = {
  ['Show run history'] = true,
  ['Show run'] = true,
  ['Show trend'] = true,
  ['Show statistics'] = true,
  ['Explain'] = true,
  ['Generator configurations'] = true,
}

local function redraw()
  vim.schedule(function()
    pcall(vim.api.nvim_exec_autocmds or function() end, 'User', { pattern = 'TestGenProgress', modeline = false })
    vim.cmd('redrawstatus')
  end)
end

local function update(run, event)
  run.message, run.done, run.total = event.message, event.done or run.done, event.total or run.total
  if event.test then
    run.tests[#run.tests + 1] = event.test
  end
  if event.rejected then
    run.rejected[#run.rejected + 1] = event.rejected
  end
  run.environment, run.spent = event.environment or run.environment, event.spent or run.spent
  if event.mutant and #run.survivors < SURVIVORS_MAX then
    run.survivors[#run.survivors + 1] = event.mutant
  end
  if event.kind == 'reflection' then
    run.reflections[#run.reflections + 1] = event.message
  end
end

--- One testgen/runEvent.
---@param client integer
---@param event table
---@return testgen.Run? the run that it ended
function M.event(client, event)
  if event.kind == 'start' then
    if not quiet[event.message] then
      runs[event.run_id] = {
        id = event.run_id,
        client = client,
        title = event.message,
        since = vim.loop.now(),
        tests = {},
        rejected = {},
        survivors = {},
        reflections = {},
      }
    end
  elseif not runs[event.run_id] then
    return nil
  elseif event.kind == 'complete' or event.kind == 'error' then
    local run = runs[event.run_id]
    runs[event.run_id] = nil
    ended = ended + 1
    redraw()
    return run
  else
    update(runs[event.run_id], event)
  end
  redraw()
end

--- The runs of a client, oldest first.
---@param client integer
---@return testgen.Run[]
function M.runs(client)
  local list = vim.tbl_filter(function(run)
    return run.client == client
  end, vim.tbl_values(runs))
  table.sort(list, function(left, right)
    return left.since < right.since or (left.since == right.since and left.id < right.id)
  end)
  return list
end

--- How many runs have ended: when it differs, the history has more.
---@return integer
function M.ended()
  return ended
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
