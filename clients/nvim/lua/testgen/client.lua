-- The connection: one server per project, started when one of its files is opened.
local config = require('testgen.config')
local json = require('testgen.json')
local progress = require('testgen.progress')
local root_of = require('testgen.root')
local say = require('testgen.say')
local trust = require('testgen.trust')

local M = {}

local POLL_MS = 20
local READING_MS = 60000 -- of a project for the first time

local by_root = {} ---@type table<string, integer> client ids
local stopping = {} ---@type table<integer, boolean> clients that we end ourselves

local function is_since(version)
  return vim.fn.has('nvim-' .. version) == 1
end

--- All running clients of ours.
---@return table[]
function M.all()
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ name = 'testgen' })
  end
  return vim.tbl_filter(function(client)
    return client.name == 'testgen'
  end, vim.lsp.get_active_clients())
end

--- The client of a project, nil when none runs.
---@param root string
---@return table?
function M.of_root(root)
  for _, client in ipairs(M.all()) do
    if client.config.root_dir == root then
      return client
    end
  end
end

--- The client of a buffer, else of the buffer's project, else the only one.
---@param bufnr? integer
---@return table?
function M.of_buffer(bufnr)
  bufnr = (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
  for _, client in ipairs(M.all()) do
    if vim.lsp.buf_is_attached(bufnr, client.id) then
      return client
    end
  end
  local shown = vim.b[bufnr].testgen_root
  local all = M.all()
  return M.of_root(shown or root_of.of_buffer(bufnr)) or (#all == 1 and all[1] or nil)
end

local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.workspace = all.workspace or {}
  all.workspace.configuration = true
  return all
end

-- Diagnostics are pushed on every version alike: pulling them came late to Neovim, and without the refresh that
-- findings of a finished scan or run need. Neovim puts its own capabilities back under those of a configuration, so
-- they are taken out of what is sent.
local function before_init(params)
  params.capabilities.textDocument.diagnostic = nil
  params.capabilities.workspace.diagnostics = nil
end

local function on_exit(code, signal, id)
  local expected = stopping[id]
  stopping[id] = nil
  for root, known in pairs(by_root) do
    if known == id then
      by_root[root] = nil
    end
  end
  progress.forget(id)
  if not expected and vim.v.exiting == vim.NIL and (code ~= 0 or signal ~= 0) then
    say.error_once(
      ('the server ended with %s %d; :TestGen log says why, :TestGen restart starts it again'):format(
        signal ~= 0 and 'signal' or 'code',
        signal ~= 0 and signal or code
      )
    )
  end
end

local function on_attach(client, bufnr)
  require('testgen.lens').attach(client, bufnr)
end

--- What the built-in client is started with.
---@param root string
---@param cmd string[]
---@return table
function M.lsp_config(root, cmd)
  local options = config.get()
  local handlers = require('testgen.handlers')
  require('testgen.outside').begin(root)
  local settings = next(options.settings) and options.settings or vim.empty_dict()
  vim.fn.mkdir(vim.fn.fnamemodify(config.log_file(), ':h'), 'p')
  return {
    name = 'testgen',
    cmd = cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    settings = { testgen = settings },
    init_options = {
      trusted = trust.decision(root) == true,
      runEvents = true,
      serverStatus = true,
      settings = settings,
    },
    capabilities = capabilities(),
    before_init = before_init,
    handlers = handlers.handlers,
    commands = handlers.commands,
    on_attach = on_attach,
    on_exit = vim.schedule_wrap(on_exit),
    flags = { debounce_text_changes = 50, allow_incremental_sync = true },
  }
end

-- Starts a server that no buffer is attached to.
local function start_alone(root, cmd)
  local lsp_config = M.lsp_config(root, cmd)
  if is_since('0.11') then
    return vim.lsp.start(lsp_config, { attach = false })
  end
  return vim.lsp.start_client(lsp_config)
end

--- Starts the server for a buffer, or attaches the buffer to the one of its project.
---@param bufnr integer
---@return boolean, string? whether it runs; else why not
function M.start(bufnr)
  local root = root_of.of_buffer(bufnr)
  local cmd, problem = config.command()
  if not cmd then
    return false, problem
  end
  local lsp_config = M.lsp_config(root, cmd)
  local id
  if vim.lsp.start then
    id = vim.lsp.start(lsp_config, { bufnr = bufnr })
  else
    local known = by_root[root]
    id = known and not stopping[known] and known or vim.lsp.start_client(lsp_config)
    if id then
      vim.lsp.buf_attach_client(bufnr, id)
    end
  end
  if not id then
    return false, ('%s could not be started; :TestGen log may say why'):format(cmd[1])
  end
  by_root[root] = id
  return true
end

--- For the autocommands: says what is wrong once, and only for files of ours.
---@param bufnr integer
function M.autostart(bufnr)
  if not config.get().autostart or not vim.api.nvim_buf_is_loaded(bufnr) or not root_of.is_ours(bufnr) then
    return
  end
  local is_started, problem = M.start(bufnr)
  if not is_started then
    say.error_once(problem)
  end
end

---@param client table
---@param method string
---@param params table
---@param handler fun(error: table?, result: any)
---@param bufnr? integer
---@return integer? request id
function M.request(client, method, params, handler, bufnr)
  local function answered(problem, result)
    handler(problem, json.without_null(result))
  end
  local is_sent, id
  if is_since('0.11') then
    is_sent, id = client:request(method, params, answered, bufnr)
  else
    is_sent, id = client.request(method, params, answered, bufnr)
  end
  if not is_sent then
    handler({ message = 'the server is gone; :TestGen restart starts it again' }, nil)
  end
  return id
end

---@param client table
---@param method string
---@param params table
function M.notify(client, method, params)
  if is_since('0.11') then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

--- Runs one of the server's commands. Errors are told to the user, once; `done` is called with results only. That a run
--- was cancelled its event tells: Neovim drops the answer.
---@param client table
---@param command string
---@param argument table
---@param done fun(result: table)
function M.execute(client, command, argument, done)
  local arguments = { next(argument) and argument or vim.empty_dict() }
  M.request(client, 'workspace/executeCommand', { command = command, arguments = arguments }, function(problem, result)
    if problem then
      say.error(problem.message or vim.inspect(problem))
    elseif result then
      done(result)
    end
  end)
end

--- Calls back with the client of the current buffer, after starting it where that is possible.
---@param done fun(client: table)
function M.with(done)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = M.of_buffer(bufnr)
  if client then
    return done(client)
  end
  local is_started, problem = M.start(bufnr)
  if not is_started then
    return say.error(problem)
  end
  local waited = 0
  local function poll()
    client = M.of_buffer(bufnr)
    waited = waited + 20
    if client and (client.initialized ~= false) then
      done(client)
    elseif waited < 10000 then
      vim.defer_fn(poll, 20)
    else
      say.error('the server did not answer; :TestGen log may say why')
    end
  end
  poll()
end

--- Calls back with the server of a project when it has read the project, after starting it where none runs; with nil
--- and a message when there is none.
---@param root string
---@param done fun(client: table?, problem: string?)
function M.with_root(root, done)
  local client = M.of_root(root)
  if not client then
    local cmd, problem = config.command()
    local id = cmd and start_alone(root, cmd)
    if not id then
      return done(nil, problem or 'the server could not be started; :TestGen log may say why')
    end
    by_root[root] = id
    client = vim.lsp.get_client_by_id(id)
  end
  local waited = 0
  local function poll()
    local health = client and progress.health(client.id)
    waited = waited + POLL_MS
    if not client or M.is_stopped(client) then
      done(nil, 'the server has ended; :TestGen log may say why')
    elseif health and health.quiescent then
      done(client)
    elseif waited < READING_MS then
      vim.defer_fn(poll, POLL_MS)
    else
      done(nil, 'the server did not read the project in time; :TestGen log may say why')
    end
  end
  poll()
end

--- Takes back a request; Neovim drops its answer.
---@param client table
---@param request_id integer
function M.cancel(client, request_id)
  if is_since('0.11') then
    client:cancel_request(request_id)
  else
    client.cancel_request(request_id)
  end
end

---@param client table
---@return boolean
function M.is_stopped(client)
  if is_since('0.11') then
    return client:is_stopped()
  end
  return client.is_stopped()
end

---@param client table
function M.stop(client)
  stopping[client.id] = true
  if is_since('0.11') then
    client:stop()
  else
    client.stop()
  end
end

--- Ends every server and starts them again for the buffers that they served.
function M.restart()
  local buffers = {}
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and root_of.is_ours(bufnr) then
      buffers[#buffers + 1] = bufnr
    end
  end
  for _, client in ipairs(M.all()) do
    M.stop(client)
  end
  by_root = {}
  local waited = 0
  local function poll()
    waited = waited + 50
    if #M.all() > 0 and waited < 5000 then
      return vim.defer_fn(poll, 50)
    end
    for _, bufnr in ipairs(buffers) do
      local is_started, problem = M.start(bufnr)
      if not is_started then
        return say.error(problem)
      end
    end
    say.info('restarted')
  end
  poll()
end

return M
