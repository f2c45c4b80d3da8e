-- The report of a run as neotest's results, by position.
local M = {}

local statuses = { passed = 'passed', xpassed = 'passed', failed = 'failed', error = 'failed' }
local rank = { skipped = 0, passed = 1, failed = 2 }

-- The case of a parametrised test is a result of the test. Parameters may hold "::" and brackets, too.
local function without_parameters(id)
  local name = id:find('::', 1, true) or 0
  local bracket = id:find('[', name + 1, true)
  return bracket and id:sub(-1) == ']' and id:sub(1, bracket - 1) or id
end

local function write(lines)
  local path = vim.fn.tempname()
  vim.fn.writefile(lines, path)
  return path
end

local function error_of(test, path, root)
  local failed_at = test.failure_path or test.path
  local is_here = failed_at == path or root .. '/' .. failed_at == path
  local label = test.id:match('(%[.*%])$')
  return {
    message = (label and label .. ' ' or '') .. (test.message or test.outcome),
    line = is_here and test.failure_line and test.failure_line - 1 or nil,
  }
end

local function add(all, id, test, root)
  local status = statuses[test.outcome] or 'skipped'
  local known = all[id]
  local result = known or { status = status, errors = {}, lines = {} }
  if rank[status] > rank[result.status] then
    result.status = status
  end
  if status == 'failed' then
    local path = root .. '/' .. test.path
    table.insert(result.errors, error_of(test, path, root))
    vim.list_extend(result.lines, vim.split(test.detail or test.message or '', '\r?\n'))
  end
  result.short = result.errors[1] and result.errors[1].message
  all[id] = result
end

-- Nothing was answered: every position below says so.
local function without_report(context, tree)
  local all = {}
  for _, position in tree:iter() do
    if context.is_stopped then
      all[position.id] = { status = 'skipped' }
    else
      local message = context.problem or 'the server gave no answer'
      all[position.id] = { status = 'failed', short = message, errors = { { message = message } } }
    end
  end
  return all
end

---@param context table { root, report, problem, is_stopped }
---@param tree table neotest.Tree
---@return table<string, table>
function M.of(context, tree)
  local report, root = context.report, context.root
  if not report then
    return without_report(context, tree)
  end
  local all = {}
  for _, list in ipairs({ report.collection_errors or {}, report.tests or {} }) do
    for _, test in ipairs(list) do
      local id = root .. '/' .. test.id
      local is_position = tree:get_key(id) ~= nil
      add(all, is_position and id or root .. '/' .. without_parameters(test.id), test, root)
    end
  end
  for _, result in pairs(all) do
    if #result.lines > 0 then
      result.output = write(result.lines)
    end
    result.lines = nil
    result.errors = #result.errors > 0 and result.errors or nil
  end
  return all
end

return M
