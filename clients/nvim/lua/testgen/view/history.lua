-- The history in a buffer: figures over time, what runs now, and the runs by day, each of which opens to what it found.
local client_of = require('testgen.client')
local config = require('testgen.config')
local history_rows = require('testgen.view.history_rows')
local paint = require('testgen.paint')
local progress = require('testgen.progress')
local say = require('testgen.say')
local window = require('testgen.window')

local M = {}

local NAME = 'testgen://history'
local PAGE = 50
local POINTS = 200
local EVENTS_MS = 50
local SECOND_MS = 1000

M.kinds = { 'generation', 'scoring', 'gaps', 'test', 'mutation', 'boundary', 'cheats', 'value', 'evolution' }

---@class testgen.HistoryView
---@field bufnr integer
---@field history testgen.History
---@field rows testgen.Row[]
---@field ended integer runs that had ended when the runs were asked for

local view ---@type testgen.HistoryView?

local function is_shown(bufnr)
  return view and view.bufnr == bufnr and vim.api.nvim_buf_is_valid(bufnr)
end

-- ---- Reading ----

local function load_page(history, done)
  local argument = { limit = PAGE, before = history.next, kind = history.kind, text = history.text }
  client_of.execute(history.client, 'testgen.history', argument, function(page)
    vim.list_extend(history.runs, page.runs)
    history.next, history.total, history.matching = page.next, page.total, page.matching
    done()
  end)
end

local function load_all(history, done)
  -- The server may have been started again since.
  history.client = client_of.of_root(history.client.config.root_dir) or history.client
  history.runs, history.next, history.drawn = {}, nil, {}
  load_page(history, function()
    local params = { command = 'testgen.trend', arguments = { { limit = POINTS } } }
    client_of.request(history.client, 'workspace/executeCommand', params, function(problem, trend)
      if problem then
        say.warn('the figures over time are missing: ' .. problem.message)
      end
      history.points = trend and trend.points or {}
      done()
    end)
  end)
end

local function new_history(client, argument)
  return {
    client = client,
    kind = argument.kind,
    text = argument.text,
    runs = {},
    points = {},
    details = {},
    drawn = {},
    open = {},
    total = 0,
    matching = 0,
  }
end

-- ---- Drawing ----

local function node_at(line)
  local row = view and view.rows[line]
  return row and row.node
end

local function line_of(key)
  for line, row in ipairs(view.rows) do
    if row.node and row.node.key == key then
      return line
    end
  end
end

local function first_run()
  for line, row in ipairs(view.rows) do
    if row.node and row.node.type == 'run' then
      return line
    end
  end
  return 1
end

-- Draws anew; the cursor of every window stays on what it was on.
local function draw()
  if not view or not vim.api.nvim_buf_is_valid(view.bufnr) then
    return
  end
  local keys = {}
  for _, shown in ipairs(vim.fn.win_findbuf(view.bufnr)) do
    local node = node_at(vim.api.nvim_win_get_cursor(shown)[1])
    keys[shown] = node and node.key or false
  end
  view.rows = history_rows.rows(view.history, progress.runs(view.history.client.id))
  paint.show(view.bufnr, view.rows)
  for shown, key in pairs(keys) do
    local line = key and line_of(key)
    if line then
      vim.api.nvim_win_set_cursor(shown, { line, 2 })
    end
  end
end

local is_drawing = false

-- Several events in a row draw once; what runs is drawn again while it lasts, for its time to go on.
local function draw_soon(delay)
  if is_drawing then
    return
  end
  is_drawing = true
  vim.defer_fn(function()
    is_drawing = false
    draw()
    if view and #progress.runs(view.history.client.id) > 0 then
      draw_soon(SECOND_MS)
    end
  end, delay)
end

local function reload()
  if not view then
    return
  end
  view.ended = progress.ended()
  load_all(view.history, draw)
end

-- Run events: the rows of what runs change, and the history when it has ended.
local function on_progress()
  if view and vim.api.nvim_buf_is_valid(view.bufnr) then
    if view.ended ~= progress.ended() then
      reload()
    else
      draw_soon(EVENTS_MS)
    end
  end
end

-- ---- Keys ----

local function absolute(path)
  return path:sub(1, 1) == '/' and path or view.history.client.config.root_dir .. '/' .. path
end

local function line_of_test(path, name)
  local ok, lines = pcall(vim.fn.readfile, path)
  for index, line in ipairs(ok and lines or {}) do
    if line:find('def ' .. name .. '(', 1, true) then
      return index
    end
  end
end

local function go_to(leaf)
  local path = absolute(leaf.path)
  if not vim.loop.fs_stat(path) then
    return say.warn(leaf.path .. ' is not there any more')
  end
  local line = leaf.line or (leaf.name and line_of_test(path, leaf.name))
  if leaf.name and not line then
    say.info(('%s is not in %s: it was proposed, and not kept'):format(leaf.name, leaf.path))
  end
  window.go(path, line)
end

local function open_run(run, key)
  view.history.open[key] = not view.history.open[key]
  draw()
  if view.history.open[key] and not view.history.details[run.run_id] then
    client_of.execute(view.history.client, 'testgen.run', { run_id = run.run_id }, function(detail)
      view.history.details[run.run_id] = detail
      draw()
    end)
  end
end

local function float_leaf(leaf)
  local lines = vim.list_extend({ leaf.label }, leaf.detail and { leaf.detail } or {})
  if leaf.more and #leaf.more > 0 then
    lines[#lines + 1] = ''
    vim.list_extend(lines, leaf.more)
  end
  window.float(lines, 'testgen-run', 'TestGen')
end

local enter = {
  run = function(node)
    open_run(node.run, node.key)
  end,
  section = function(node)
    view.history.open[node.key] = not node.is_open
    draw()
  end,
  leaf = function(node)
    if node.leaf.path then
      go_to(node.leaf)
    else
      float_leaf(node.leaf)
    end
  end,
  more = function()
    load_page(view.history, draw)
  end,
}

local detail = {
  run = function(node)
    require('testgen.view.run').open(view.history.client, node.run.run_id)
  end,
  leaf = function(node)
    float_leaf(node.leaf)
  end,
}

local again = {
  scoring = function(client)
    require('testgen.view.score').open(client, {})
  end,
  gaps = function(client)
    require('testgen.view.gaps').open(client, { run = true })
  end,
  test = function(client)
    require('testgen.tests').run(client, {})
  end,
}

local function run_again(node)
  local client, kind = view.history.client, node.run.kind
  if again[kind] then
    return again[kind](client)
  end
  local measures = require('testgen.measure')
  if measures.commands[kind] then
    return measures.run(client, kind, {})
  end
  say.info('tests are generated again from the code: :TestGen generate in the function or spec')
end

-- The first of two runs is marked; with the second one they are compared.
local function choose(node)
  local history, run = view.history, node.run
  local chosen = history.chosen
  history.chosen = nil
  if not chosen then
    history.chosen = run
    say.info('and now c on the run to compare it with')
  elseif chosen.run_id ~= run.run_id then
    require('testgen.view.compare').open(history.client, chosen, run)
  end
  draw()
end

local function cancel(node)
  local run_id = node.type == 'live' and node.run.id or nil
  client_of.execute(view.history.client, 'testgen.cancel', { run_id = run_id }, function() end)
end

local function filter_kind()
  local choices = vim.list_extend({ 'all' }, M.kinds)
  vim.ui.select(choices, { prompt = 'Runs of which kind?', kind = 'testgen-history' }, function(choice)
    if choice then
      view.history.kind = choice ~= 'all' and choice or nil
      reload()
    end
  end)
end

local function filter_text()
  local prompt = 'Runs whose title has, or whose commit begins with: '
  vim.ui.input({ prompt = prompt, default = view.history.text or '' }, function(words)
    if words then
      view.history.text = words ~= '' and words or nil
      reload()
    end
  end)
end

local function export(node)
  client_of.execute(view.history.client, 'testgen.run', { run_id = node.run.run_id }, function(found)
    vim.cmd('botright new')
    vim.api.nvim_buf_set_lines(0, 0, -1, false, require('testgen.json').lines(found))
    vim.bo.filetype = 'json'
    vim.bo.bufhidden = 'hide'
  end)
end

local keys = {
  { '<CR>', 'open or close a run or a section; on a place: go there; on the last line: the next page', enter },
  { '<Tab>', 'as <CR>', enter },
  { 'K', 'a run in full, or all that is known of one finding, in a float', detail },
  {
    'd',
    'the diff of a mutant, in a float',
    {
      leaf = function(node)
        if node.leaf.mutant then
          require('testgen.view.mutant').open(node.leaf.mutant, absolute(node.leaf.mutant.path))
        end
      end,
    },
  },
  { 'R', 'run again', { run = run_again } },
  { 'x', 'cancel what runs', { live = cancel } },
  { 'c', 'compare: on one run to choose it, then on another one', { run = choose } },
  { 'e', 'the whole report of a run as JSON, in a buffer that can be written', { run = export } },
  { 'f', 'only runs of one kind', filter_kind },
  { 'F', 'only runs whose title has these words, or of a commit', filter_text },
  { 'r', 'refresh', reload },
}

local function help()
  local lines = { '' }
  for _, key in ipairs(keys) do
    lines[#lines + 1] = ('  %-6s %s'):format(key[1], key[2])
  end
  vim.list_extend(lines, { '  q      close', '' })
  window.float(lines, 'testgen-info', 'Keys of the history')
end

-- What a key does depends on what the cursor is on; the run is meant where the finding has no answer of its own.
local function act(bufnr, actions)
  if not is_shown(bufnr) then
    return
  end
  if type(actions) == 'function' then
    return actions()
  end
  local node = node_at(vim.api.nvim_win_get_cursor(0)[1])
  if node and actions[node.type] then
    actions[node.type](node)
  end
end

local function map_keys(bufnr)
  for _, key in ipairs(keys) do
    vim.keymap.set('n', key[1], function()
      act(bufnr, key[3])
    end, { buffer = bufnr, nowait = true, silent = true, desc = 'TestGen: ' .. key[2] })
  end
  vim.keymap.set('n', 'g?', help, { buffer = bufnr, nowait = true, silent = true, desc = 'TestGen: keys' })
end

local function follow(bufnr)
  local group = vim.api.nvim_create_augroup('testgen.history', { clear = true })
  vim.api.nvim_create_autocmd('User', { group = group, pattern = 'TestGenProgress', callback = on_progress })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = bufnr,
    callback = function()
      vim.api.nvim_clear_autocmds({ group = group })
      paint.forget(bufnr)
      view = nil
    end,
  })
end

local function show(history, run_id)
  local bufnr = window.scratch(NAME, 'testgen-history', {}, history.client.config.root_dir)
  paint.forget(bufnr)
  view = { bufnr = bufnr, history = history, rows = {}, ended = progress.ended() }
  vim.wo.cursorline = true
  follow(bufnr)
  map_keys(bufnr)
  draw()
  vim.api.nvim_win_set_cursor(0, { run_id and line_of('run:' .. run_id) or first_run(), 2 })
end

---@param client table
---@param argument table { kind, text, run_id: a run that is shown open }
function M.open(client, argument)
  if argument.kind and not vim.tbl_contains(M.kinds, argument.kind) then
    return say.error(('there is no kind "%s"; kinds: %s'):format(argument.kind, table.concat(M.kinds, ', ')))
  end
  local history = new_history(client, argument)
  load_all(history, function()
    show(history, argument.run_id)
    if argument.run_id and line_of('run:' .. argument.run_id) then
      open_run({ run_id = argument.run_id }, 'run:' .. argument.run_id)
    end
  end)
end

return M
