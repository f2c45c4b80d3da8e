-- Projects in temporary folders, and what is often asked of them.
local t = require('harness')

local M = {}

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')

M.python = vim.env.TESTGEN_PYTHON

---@param path string
---@param content string
function M.write(path, content)
  vim.fn.mkdir(vim.fn.fnamemodify(path, ':h'), 'p')
  local file = assert(io.open(path, 'wb'))
  file:write(content)
  file:close()
end

--- A copy of the fixture project; the files given are put over it.
---@param files? table<string, string>
---@return string root
function M.create(files)
  local root = vim.loop.fs_realpath(vim.fn.fnamemodify(vim.fn.tempname(), ':h')) .. '/project-' .. vim.loop.hrtime()
  vim.fn.system({ 'cp', '-R', here .. '/project', root })
  assert(vim.v.shell_error == 0, 'cannot copy the fixture project')
  for path, content in pairs(files or {}) do
    M.write(root .. '/' .. path, content)
  end
  return root
end

--- Options as a user would set them; the binary is the one under test.
---@param options? table
function M.configure(options)
  vim.g.testgen = vim.tbl_extend('force', {
    cmd = vim.env.TESTGEN_BINARY,
    settings = { interpreter = M.python },
  }, options or {})
end

---@param root string
---@param path string
---@return integer buffer
function M.open(root, path)
  vim.cmd('silent edit ' .. vim.fn.fnameescape(root .. '/' .. path))
  return vim.api.nvim_get_current_buf()
end

---@param bufnr integer
---@return table client
function M.client(bufnr)
  return t.wait_for('a server for the buffer', function()
    for _, client in ipairs(require('testgen.client').all()) do
      if vim.lsp.buf_is_attached(bufnr, client.id) then
        return client
      end
    end
  end)
end

--- The server's code of a diagnostic; older versions keep it in the LSP's own table.
function M.code(diagnostic)
  return diagnostic.code or diagnostic.user_data.lsp.code
end

---@param bufnr integer
---@param code string
---@return table diagnostic
function M.diagnostic(bufnr, code)
  return t.wait_for('diagnostic ' .. code, function()
    for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
      if M.code(diagnostic) == code then
        return diagnostic
      end
    end
  end)
end

--- Waits until the server has read the whole project.
---@param client table
function M.ready(client)
  t.wait_for('the scan of the project', function()
    local health = require('testgen.progress').health(client.id)
    return health and health.quiescent
  end)
end

--- Opens a file and waits until its server knows the project.
---@return integer buffer, table client
function M.start(root, path)
  local bufnr = M.open(root, path)
  local client = M.client(bufnr)
  M.ready(client)
  return bufnr, client
end

--- Ends every server, then closes every window but one and every buffer: Neovim 0.7 stumbles over the diagnostics of
--- buffers that are gone before their server.
function M.close()
  for _, client in ipairs(require('testgen.client').all()) do
    require('testgen.client').stop(client)
  end
  t.wait_for('the end of every server', function()
    return #require('testgen.client').all() == 0
  end)
  vim.cmd('silent! only! | silent! cclose')
  vim.cmd('silent! %bwipeout!')
end

return M
