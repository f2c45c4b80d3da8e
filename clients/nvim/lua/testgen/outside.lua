-- Files that change outside of the editor, or in buffers that no server is attached to. Neovim watches none on most systems,
-- so the server is asked to look again when something may have happened. It reads what changed, and nothing else.
local client_of = require('testgen.client')

local M = {}

local DELAY_MS = 50 -- events come in bunches
local CHANGED = 2
local SETTINGS = { 'testgen.json', 'pyproject.toml', 'pytest.ini', 'setup.cfg', 'tox.ini' }

local seen = {} ---@type table<string, string> when each file with settings was written last
local is_planned = false

-- Where Neovim watches files the server is told of each by itself.
local function is_watching()
  local workspace = vim.lsp.protocol.make_client_capabilities().workspace or {}
  return (workspace.didChangeWatchedFiles or {}).dynamicRegistration == true
end

local function time_of(path)
  local stat = vim.loop.fs_stat(path)
  return stat and ('%d.%d'):format(stat.mtime.sec, stat.mtime.nsec) or 'none'
end

local function changed_settings(root)
  local changes = {}
  for _, name in ipairs(SETTINGS) do
    local path = root .. '/' .. name
    local time = time_of(path)
    if seen[path] and seen[path] ~= time then
      changes[#changes + 1] = { uri = vim.uri_from_fname(path), type = CHANGED }
    end
    seen[path] = time
  end
  return changes
end

--- Remembers how the settings are when a server starts, which reads them.
---@param root string
function M.begin(root)
  changed_settings(root)
end

--- Asks every server to look at its project again.
function M.look()
  for _, client in ipairs(client_of.all()) do
    local root = client.config.root_dir
    local changes = changed_settings(root)
    changes[#changes + 1] = { uri = vim.uri_from_fname(root), type = CHANGED }
    client_of.notify(client, 'workspace/didChangeWatchedFiles', { changes = changes })
  end
end

--- For the autocommands.
function M.may_have_changed()
  if is_planned or is_watching() then
    return
  end
  is_planned = true
  vim.defer_fn(function()
    is_planned = false
    M.look()
  end, DELAY_MS)
end

return M
