-- What the server has discovered, as neotest's positions. A position's id is the file's path and the names below it, as
-- pytest's node id is.
local M = {}

local types = { module = 'namespace', test = 'test' }

local function position_of(item, path, root)
  local range = item.range or { start = { line = 0, character = 0 }, ['end'] = { line = 0, character = 0 } }
  return {
    id = root .. '/' .. item.runnable.ids[1],
    type = types[item.kind],
    name = item.label,
    path = path,
    range = { range.start.line, range.start.character, range['end'].line, range['end'].character },
  }
end

--- Nested lists, each with its position first; nil when there is no test.
---@param path string
---@param root string
---@param tests table[] of a file, parents first
---@return table?
function M.list(path, root, tests)
  if #tests == 0 then
    return nil
  end
  local file = { id = path, type = 'file', name = path:match('[^/]*$'), path = path, range = { 0, 0, 0, 0 } }
  local list, by_id = { file }, {}
  for _, item in ipairs(tests) do
    local entry = { position_of(item, path, root) }
    by_id[item.id] = entry
    table.insert(by_id[item.parent] or list, entry)
    file.range[3] = math.max(file.range[3], entry[1].range[3])
  end
  return list
end

--- What `testgen.runTests` is to run for a position; nil: everything.
---@param tree table neotest.Tree
---@param root string
---@return string[]?
function M.ids(tree, root)
  local position = tree:data()
  if position.type ~= 'dir' then
    return { position.id:sub(#root + 2) }
  end
  if position.path == root then
    return nil
  end
  local ids = {}
  for _, below in tree:iter() do
    if below.type == 'file' then
      ids[#ids + 1] = below.path:sub(#root + 2)
    end
  end
  return ids
end

return M
