-- What the user is told: one line, from the main loop, prefixed once.
local config = require('testgen.config')

local M = {}

local function say(message, level)
  vim.schedule(function()
    vim.notify('TestGen: ' .. message, level, { title = 'TestGen' })
  end)
end

--- Good news; silent when the user wants silence.
---@param message string
function M.info(message)
  if config.get().notify then
    say(message, vim.log.levels.INFO)
  end
end

---@param message string
function M.warn(message)
  say(message, vim.log.levels.WARN)
end

---@param message string
function M.error(message)
  say(message, vim.log.levels.ERROR)
end

local said = {}

--- Once per session, however often it happens.
---@param message string
function M.error_once(message)
  if not said[message] then
    said[message] = true
    M.error(message)
  end
end

--- Likewise; `key` stands for messages that differ in numbers only.
---@param key string
---@param message string
function M.warn_once(key, message)
  if not said[key] then
    said[key] = true
    M.warn(message)
  end
end

return M
