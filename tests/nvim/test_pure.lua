-- What needs no server: mutants in a text, JSON, days, what differs between two runs, and painting.
local compare = require('testgen.compare')
local json = require('testgen.json')
local mutant = require('testgen.mutant')
local paint = require('testgen.paint')
local t = require('harness')
local text = require('testgen.text')

local function place(line, column, end_line, end_column, original, replacement)
  return {
    line = line,
    column = column,
    end_line = end_line,
    end_column = end_column,
    original = original,
    replacement = replacement,
  }
end

t.test('a mutant is put where its columns say, counted in characters', function()
  local lines = { 'def f(x):', '    return "ä𝄞é" if x > 1 else 0' }
  local changed = mutant.apply(lines, place(2, 23, 2, 24, '>', '>='))
  t.equal({ lines[1], '    return "ä𝄞é" if x >= 1 else 0' }, changed, 'text')
end)

t.test('a mutant may take lines away, and bring some', function()
  local lines = { 'a = (1 +', '     2)', 'b = 3' }
  t.equal({ 'a = 0', 'b = 3' }, mutant.apply(lines, place(1, 5, 2, 8, '(1 +\n     2)', '0')), 'fewer lines')
  t.equal({ 'a = 0', 'b = 3' }, mutant.apply(lines, place(1, 5, 2, 8, '(1 +\r\n     2)', '0')), 'CRLF in the report')
  t.equal({ 'a = (1 +', '     2)', 'c', 'd' }, mutant.apply(lines, place(3, 1, 3, 6, 'b = 3', 'c\nd')), 'more lines')
end)

t.test('code that is not what was judged is refused', function()
  for _, wrong in ipairs({ place(1, 1, 1, 2, 'b', 'c'), place(9, 1, 9, 2, 'a', 'c'), place(1, 1, 9, 2, 'a', 'c') }) do
    local changed, problem = mutant.apply({ 'a = 1' }, wrong)
    t.equal(nil, changed, 'text')
    t.contains(problem, 'has changed', 'reason')
  end
end)

t.test('a mutant is named on one line', function()
  t.equal('`a b` → nothing', mutant.title({ original = 'a\n   b', replacement = '' }), 'title')
end)

t.test('a diff has three lines around the change', function()
  local lines = { '1', '2', '3', '4', '5', '6', '7', '8', '9' }
  t.equal({ ' 2', ' 3', ' 4', '-5', '+x', ' 6', ' 7', ' 8' }, mutant.diff(lines, place(5, 1, 5, 2, '5', 'x')), 'diff')
end)

t.test('JSON for people is JSON', function()
  local value = { list = { 1, 2 }, nothing = {}, text = 'a/b "ä"', deep = { deeper = { yes = true } } }
  local lines = json.lines(value)
  t.equal(value, vim.json.decode(table.concat(lines, '\n')), 'value')
  t.contains(lines, '  "text": "a/b \\"ä\\""', 'a member')
end)

t.test('a generated test says what it newly catches, in the list and in full', function()
  local test = {
    category = 'anti_cheat',
    origin = 'model',
    strength = 80,
    confidence = 0.5,
    name = 'test_x',
    reasoning = 'Why.',
    path = 'a.py',
  }
  local function accepted(kills)
    return vim.tbl_extend('force', { kills = kills }, test)
  end
  local report = { target = 't', provider = 'p', line_gain = 0, accepted = { accepted(1), accepted(3), accepted(nil) } }
  report.rejected, report.disagreements, report.unanswered = {}, {}, {}
  local summary = {
    kind = 'generation',
    status = 'complete',
    title = 't',
    created_at = '2026-01-01T00:00:00.000Z',
    duration_ms = 1,
    run_id = 'r',
  }
  local detail = { summary = summary, files = {}, report = report }
  local leaves = require('testgen.view.sections').of(detail)[1].leaves
  t.equal('anti-cheat · model · strength 80 · confidence 0.50 · newly catches 1 mutant', leaves[1].detail, 'one')
  t.equal('anti-cheat · model · strength 80 · confidence 0.50', leaves[3].detail, 'not measured')
  t.contains(require('testgen.view.run').lines(detail), 'confidence 0.50 · newly catches 3 mutants', 'the run in full')
end)

t.test('a generation says what it was measured from, and tells of each question to the model', function()
  local parts = {
    { of = 'mutants', basis = 'measured', before = 4, after = 12, total = 20, source = 'changes of the code' },
    { of = 'lines and branches', basis = 'not measured', source = 'nobody looked' },
    { of = 'requirements', basis = 'not applicable' },
  }
  local round = {
    wanted = 'tests',
    model = 'tiny',
    kept = false,
    proposed = 3,
    accepted = 1,
    rejected = 2,
    problems = {},
    tokens = 760,
    duration_ms = 1500,
  }
  local function with(members)
    return vim.tbl_extend('force', round, members)
  end
  local report = {
    target = 't',
    provider = 'p',
    line_gain = 0,
    accepted = {},
    rejected = {},
    disagreements = {},
    unanswered = {},
    comprehensiveness = { value = 6.25, before = 2, model_grade = 9.5, parts = parts },
    trajectory = {
      with({
        question = 'q1',
        answer = 'a1',
        comprehensiveness = 6.25,
        cost_cents = 0.5,
        reflection = 'Asking for others',
      }),
      with({ question = 'q2', answer = 'a2', kept = true, wanted = 'code' }),
      with({ question = 'q3', tokens = 0, problems = { 'gone' } }),
    },
  }
  local summary = {
    kind = 'generation',
    status = 'complete',
    title = 't',
    created_at = '2026-01-01T00:00:00.000Z',
    duration_ms = 1,
    run_id = 'r',
  }
  local detail = { summary = summary, files = {}, report = report }
  local sections = require('testgen.view.sections').of(detail)
  t.equal('Comprehensiveness: 2.0 → 6.2 of 10', (sections[1].label:gsub('6%.3', '6.2')), 'the value')
  t.equal('12 of 20 mutants', sections[1].leaves[1].label, 'a part')
  t.equal('4 before · changes of the code', sections[1].leaves[1].detail, 'its source')
  t.equal('lines and branches: not measured', sections[1].leaves[2].label, 'a part that was not measured')
  t.equal("The model's own grade: 9.5 of 10", sections[1].leaves[3].label, 'the grade')
  local rounds = sections[2]
  t.equal('Questions to the model: 3', rounds.label, 'questions')
  t.contains(rounds.leaves[1].detail, '3 proposed, 1 accepted, 2 rejected · comprehensiveness', 'a round')
  t.contains(rounds.leaves[1].detail, '760 tokens · 0.50 cents', 'its cost')
  t.equal('code · kept from before', rounds.leaves[2].detail, 'an answer that was kept')
  t.equal('no answer · 0 tokens', rounds.leaves[3].detail, 'a question that failed')
  local lines = require('testgen.view.run').lines(detail)
  for _, line in ipairs({ '## Comprehensiveness', '      Asking for others', '      question q1', '      gone' }) do
    t.contains(table.concat(lines, '\n'), line, 'the run in full')
  end
end)

t.test('null is left out, however deep', function()
  t.equal({ a = { b = 1 } }, json.without_null({ a = { b = 1, c = vim.NIL }, d = vim.NIL }), 'value')
end)

t.test('days are named', function()
  local function iso(seconds)
    return os.date('!%Y-%m-%dT%H:%M:%S.000Z', seconds)
  end
  local noon = os.date('*t')
  noon.hour, noon.min, noon.sec = 12, 0, 0
  local today = os.time(noon)
  t.equal('Today', text.day(iso(today)), 'today')
  t.equal('Yesterday', text.day(iso(today - 86400)), 'yesterday')
  t.equal('1 January 2001', text.day('2001-01-01T12:00:00.000Z'), 'another year')
  t.equal('nonsense', text.day('nonsense'), 'no time')
end)

local function detail(kind, summary, report)
  local all = { kind = kind, passed = 0, failed = 0, test_count = 0, duration_ms = 0 }
  return { summary = vim.tbl_extend('force', all, summary), report = report }
end

t.test('durations have the unit that suits them', function()
  for milliseconds, expected in pairs({
    [0] = '0 ms',
    [0.3] = '0.3 ms',
    [12] = '12 ms',
    [1500] = '1.5 s',
    [61000] = '1 min 1 s',
  }) do
    t.equal(expected, text.duration(milliseconds), expected)
  end
end)

t.test('two runs: what is better, and what came and went', function()
  local function survivor(replacement)
    local same = { path = 'a.py', line = 1, status = 'survived', operator = 'compare', original = '<' }
    return vim.tbl_extend('force', same, { replacement = replacement })
  end
  local before = detail('mutation', { kill_rate = 0.5 }, { mutants = { survivor('<='), survivor('>'), survivor('>') } })
  local after = detail('mutation', { kill_rate = 0.75 }, { mutants = { survivor('>'), survivor('!=') } })
  local found = compare.runs(before, after)
  t.equal({
    { label = 'mutants killed', before = '50.0 %', after = '75.0 %', change = '+25.0 %', is_better = true },
  }, found.figures, 'figures')
  t.equal(
    { 'Survive now: 1', 'Survive no more: 2' },
    vim.tbl_map(function(list)
      return list.label
    end, found.lists),
    'lists'
  )
end)

t.test('two runs of different kinds are compared by their figures only', function()
  local before, after =
    detail('scoring', { score = 400 }, { tests = {} }), detail('test', { failed = 2 }, { tests = {} })
  local found = compare.runs(before, after)
  t.equal({}, found.lists, 'lists')
  t.equal({
    { label = 'score', before = '400', after = '–' },
    { label = 'failed', before = '0', after = '2', change = '+2', is_better = false },
  }, found.figures, 'figures')
end)

t.test('painting changes what differs, and colours stay with their lines', function()
  local bufnr = vim.api.nvim_create_buf(false, true)
  local namespace = vim.api.nvim_get_namespaces()['testgen.paint']
  local function marked()
    local found = {}
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { details = true })) do
      local line = vim.api.nvim_buf_get_lines(bufnr, mark[2], mark[2] + 1, false)[1]
      found[#found + 1] = line:sub(mark[3] + 1, mark[4].end_col)
    end
    return found
  end
  local function rows(...)
    return vim.tbl_map(function(name)
      return paint.row('- '):add(name, 'Title')
    end, { ... })
  end
  for _, names in ipairs({ { 'ä', 'b', 'c' }, { 'new', 'ä', 'b', 'c' }, { 'new', 'c' }, { 'x' }, {}, { 'y', 'z' } }) do
    paint.show(bufnr, rows(unpack(names)))
    local lines = vim.tbl_map(function(name)
      return '- ' .. name
    end, names)
    t.equal(#lines > 0 and lines or { '' }, vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), 'lines')
    t.equal(names, marked(), 'colours')
  end
end)
