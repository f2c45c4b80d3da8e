-- What an adapter needs of neotest and of nvim-nio, which no registry has that tests can install from: tasks, the tree
-- of positions, and the order in which neotest calls an adapter for a run.
local M = {}

-- ---- nvim-nio: functions with callbacks, called in tasks as if they had none ----

local nio = {}

function nio.run(body, done)
  local task = coroutine.create(body)
  local function step(...)
    local is_ok, start = coroutine.resume(task, ...)
    if not is_ok then
      return done(false, start)
    end
    if coroutine.status(task) == 'dead' then
      return done(true, start)
    end
    start(step)
  end
  step()
end

function nio.wrap(body, count)
  return function(...)
    assert(coroutine.running(), 'called outside of a task')
    local arguments = { ... }
    return coroutine.yield(function(step)
      arguments[count] = step
      body(unpack(arguments, 1, count))
    end)
  end
end

nio.scheduler = nio.wrap(vim.schedule, 1)

-- ---- neotest: the tree ----

local Tree = {}
Tree.__index = Tree

local function from_list(list, key, parent, nodes)
  local node = setmetatable({ position = list[1], parent_node = parent, below = {}, nodes = nodes }, Tree)
  nodes[key(list[1])] = node
  for index = 2, #list do
    node.below[#node.below + 1] = from_list(list[index], key, node, nodes)
  end
  return node
end

function Tree.from_list(list, key)
  return from_list(list, key, nil, {})
end

function Tree:data()
  return self.position
end

function Tree:children()
  return self.below
end

function Tree:parent()
  return self.parent_node
end

function Tree:get_key(key)
  return self.nodes[key]
end

-- Positions from here on, parents first.
function Tree:iter()
  local list = {}
  local function visit(node)
    list[#list + 1] = node.position
    for _, child in ipairs(node.below) do
      visit(child)
    end
  end
  visit(self)
  local index = 0
  return function()
    index = index + 1
    if list[index] then
      return index, list[index]
    end
  end
end

package.loaded['nio'] = nio
package.loaded['neotest.types'] = { Tree = Tree }

-- ---- neotest: how an adapter is called ----

---@param body fun(): any
---@return boolean, any once the task has ended
function M.start(body)
  local outcome = {}
  nio.run(body, function(is_ok, value)
    outcome.is_done, outcome.is_ok, outcome.value = true, is_ok, value
  end)
  return outcome
end

---@param folder string
---@param files table[] trees of files
---@return table the tree of a folder, as neotest makes it of the files that it has found
function M.folder(folder, files)
  local node = Tree.from_list({ { id = folder, type = 'dir', name = 'folder', path = folder } }, function(position)
    return position.id
  end)
  for _, file in ipairs(files) do
    file.parent_node = node
    node.below[#node.below + 1] = file
    for id, below in pairs(file.nodes) do
      node.nodes[id], below.nodes = below, node.nodes
    end
  end
  return node
end

--- A run, in a task: the specification, the process, its end, its output, the results. What has no result failed.
---@param adapter table
---@param tree table
---@param arguments? table { strategy }
---@param on_start? fun(process: table)
---@return table<string, table>
function M.run(adapter, tree, arguments, on_start)
  local chosen = vim.tbl_extend('force', { strategy = 'integrated' }, arguments or {})
  local spec = adapter.build_spec(vim.tbl_extend('force', chosen, { tree = tree }))
  assert(type(spec.command) == 'table' and type(spec.strategy) == 'function')
  local process = spec.strategy(spec, { position = tree:data(), adapter = adapter })
  if on_start then
    on_start(process)
  end
  local code = process.result()
  local output = process.output()
  local results = adapter.results(spec, { code = code, output = output }, tree)
  for _, position in tree:iter() do
    if position.type == 'test' and not results[position.id] then
      results[position.id] = { status = 'failed', errors = {}, output = output }
    end
  end
  for _, result in pairs(results) do
    result.output = result.output or output
  end
  return results, code
end

return M
