-- A run's report as a short tree: sections, and leaves that are places to go to. Pure; the history shows it.
local mutant_text = require('testgen.mutant')
local text = require('testgen.text')

local M = {}

---@class testgen.Leaf
---@field label string
---@field detail? string
---@field group? string colour of its sign
---@field sign? string
---@field path? string relative to the project
---@field line? integer 1-based
---@field mutant? table
---@field more? string[] shown in a float

---@class testgen.Section
---@field label string
---@field leaves testgen.Leaf[]
---@field has_more? boolean what its leaves show in a float belongs to the run in full

local function code_lines(heading, code)
  local lines = vim.split(heading or '', '\n', { trimempty = true })
  if code and code ~= '' then
    lines[#lines + 1] = '```python'
    vim.list_extend(lines, vim.split((code:gsub('%s+$', '')), '\r?\n'))
    lines[#lines + 1] = '```'
  end
  return lines
end

local function place(entry)
  return ('%s:%d'):format(entry.path, entry.line or 1)
end

local signs = {
  passed = { '✓', 'Good' },
  skipped = { '–', 'Dim' },
  failed = { '✗', 'Bad' },
  error = { '✗', 'Bad' },
}

local function result_leaf(test)
  local sign = signs[test.outcome] or { '·' }
  return {
    sign = sign[1],
    group = sign[2],
    label = test.id,
    detail = test.outcome == 'passed' and text.duration(test.duration_ms or 0)
      or (test.message or test.outcome):gsub('%s+', ' '),
    path = test.failure_path or test.path,
    line = test.failure_line or test.line,
    more = test.outcome ~= 'passed' and vim.split(test.detail or test.message or '', '\n') or nil,
  }
end

local function test_sections(report)
  local leaves = {}
  for _, list in ipairs({ report.collection_errors or {}, report.tests or {} }) do
    for _, test in ipairs(list) do
      leaves[#leaves + 1] = result_leaf(test)
    end
  end
  return { { label = text.count(#leaves, 'test'), leaves = leaves } }
end

local component_names = {
  { 'comprehensiveness', 'comprehensiveness' },
  { 'balance', 'category balance' },
  { 'anti_cheat', 'anti-cheat' },
  { 'efficiency', 'efficiency' },
}

local function scoring_sections(report)
  local components, tests = {}, {}
  for _, name in ipairs(component_names) do
    local part = report.components[name[1]]
    local is_known = part.basis == 'measured' or part.basis == 'estimated'
    components[#components + 1] = {
      sign = is_known and '█' or '░',
      group = is_known and 'Bar' or 'Warn',
      label = name[2],
      detail = is_known and ('%.0f of %.0f, %s: %s'):format(part.points, part.maximum, part.basis, part.source or '')
        or part.basis,
    }
  end
  for _, test in ipairs(report.tests) do
    tests[#tests + 1] = {
      sign = '·',
      group = 'Dim',
      label = test.id,
      detail = ('strength %d · %s'):format(test.strength, (test.category:gsub('_', '-'))),
      path = test.path,
      line = test.line,
    }
  end
  return {
    { label = 'What the score rests on', leaves = components },
    { label = text.count(#tests, 'test'), leaves = tests },
  }
end

local function facts_of(test)
  local facts = { (test.category:gsub('_', '-')), test.origin, ('strength %d'):format(test.strength) }
  facts[#facts + 1] = ('confidence %.2f'):format(test.confidence)
  if test.kills then
    facts[#facts + 1] = 'newly catches ' .. text.count(test.kills, 'mutant')
  end
  local newly = {}
  for _, row in ipairs({
    { 'new_lines', 'line', 'lines' },
    { 'new_branches', 'branch', 'branches' },
    { 'new_boundaries', 'boundary', 'boundaries' },
  }) do
    local number = test[row[1]]
    if number and number > 0 then
      newly[#newly + 1] = ('%d %s'):format(number, number == 1 and row[2] or row[3])
    end
  end
  if #newly > 0 then
    facts[#facts + 1] = 'newly reaches ' .. table.concat(newly, ', ')
  end
  if test.new_requirements and test.new_requirements > 0 then
    facts[#facts + 1] = 'is for ' .. text.count(test.new_requirements, 'requirement')
  end
  return table.concat(facts, ' · ')
end
M.facts_of = facts_of

local function environment_leaves(environment)
  if not environment then
    return {}
  end
  local leaves = {
    { sign = '·', group = 'Dim', label = environment.platform },
    { sign = '·', group = 'Dim', label = 'Python ' .. (environment.python or '?'), detail = environment.interpreter },
    { sign = '·', group = 'Dim', label = 'sandbox: ' .. (environment.sandbox or 'none') },
  }
  for _, tool in ipairs(environment.prohibited or {}) do
    leaves[#leaves + 1] = { sign = '⊘', group = 'Warn', label = 'prohibited: ' .. tool }
  end
  return leaves
end

--- A test that a guard rejected.
---@param test table
---@return testgen.Leaf
function M.rejected_leaf(test)
  return {
    sign = '✗',
    group = 'Bad',
    label = test.id,
    detail = ('guard %s: %s'):format(test.guard, test.reason),
    more = code_lines(test.message, test.code),
  }
end

local function implementation_section(code)
  local leaves = {}
  for number, attempt in ipairs(code.attempts) do
    local is_green = #attempt.problems == 0
    leaves[#leaves + 1] = {
      sign = is_green and '✓' or '✗',
      group = is_green and 'Good' or 'Bad',
      label = ('Attempt %d'):format(number),
      detail = ('%d of %d tests pass'):format(attempt.passed, attempt.passed + attempt.failed),
      more = code_lines(table.concat(attempt.problems, '\n'), attempt.code or ''),
    }
  end
  return { label = ('Code of %s'):format(code.subject), leaves = leaves }
end

local function is_number(value)
  return type(value) == 'number'
end

-- What the value was measured from; the model's own grade beside it, as such.
local function comprehensiveness_section(measured)
  local leaves = {}
  for _, part in ipairs(measured.parts) do
    local is_measured = part.basis == 'measured'
    if part.basis ~= 'not applicable' then
      leaves[#leaves + 1] = {
        sign = is_measured and '✓' or '?',
        group = is_measured and 'Good' or 'Warn',
        label = is_measured and ('%d of %d %s'):format(part.after, part.total, part.of) or part.of .. ': not measured',
        detail = (is_number(part.before) and ('%d before · '):format(part.before) or '') .. (part.source or ''),
      }
    end
  end
  if is_number(measured.model_grade) then
    leaves[#leaves + 1] = {
      sign = '·',
      group = 'Dim',
      label = ("The model's own grade: %.1f of 10"):format(measured.model_grade),
      detail = 'what it says of its tests; no part of the value',
    }
  end
  local before = is_number(measured.before) and ('%.1f → '):format(measured.before) or ''
  local value = is_number(measured.value) and ('%s%.1f of 10'):format(before, measured.value) or 'not measured'
  return { label = 'Comprehensiveness: ' .. value, leaves = leaves }
end

local function round_leaf(round, number)
  local facts = {}
  if not round.answer then
    facts[#facts + 1] = 'no answer'
  elseif round.wanted == 'tests' then
    facts[#facts + 1] = ('%d proposed, %d accepted, %d rejected'):format(round.proposed, round.accepted, round.rejected)
  else
    facts[#facts + 1] = round.wanted
  end
  if is_number(round.comprehensiveness) then
    facts[#facts + 1] = ('comprehensiveness %.1f'):format(round.comprehensiveness)
  end
  facts[#facts + 1] = round.kept and 'kept from before' or text.count(round.tokens, 'token')
  if is_number(round.cost_cents) and not round.kept then
    facts[#facts + 1] = ('%.2f cents'):format(round.cost_cents)
  end
  local more = { ('%s, %s'):format(round.model, text.duration(round.duration_ms)) }
  vim.list_extend(more, round.problems)
  vim.list_extend(more, { round.reflection })
  for _, name in ipairs({ 'question', 'answer' }) do
    if round[name] then
      more[#more + 1] = ('%s %s'):format(name, round[name])
    end
  end
  return {
    sign = round.answer and '↻' or '✗',
    group = round.answer and 'Dim' or 'Bad',
    label = ('Round %d'):format(number),
    detail = table.concat(facts, ' · '),
    more = more,
  }
end

local function trajectory_section(rounds)
  local leaves = {}
  for number, round in ipairs(rounds) do
    leaves[number] = round_leaf(round, number)
  end
  return { label = ('Questions to the model: %d'):format(#leaves), leaves = leaves, has_more = true }
end

local function generation_sections(report)
  local accepted, rejected, differing, unanswered = {}, {}, {}, {}
  for _, test in ipairs(report.accepted or {}) do
    accepted[#accepted + 1] = {
      sign = '✓',
      group = 'Good',
      label = test.name,
      detail = facts_of(test),
      path = test.path,
      more = code_lines(test.reasoning, test.code),
      name = test.name,
    }
  end
  for _, test in ipairs(report.rejected or {}) do
    rejected[#rejected + 1] = M.rejected_leaf(test)
  end
  for _, entry in ipairs(report.disagreements or {}) do
    differing[#differing + 1] = {
      sign = '≠',
      group = 'Warn',
      label = entry.requirement,
      detail = ('spec: %s; code: %s'):format(entry.specification, entry.observed),
      more = code_lines(('Spec: %s\nCode: %s'):format(entry.specification, entry.observed), entry.code),
    }
  end
  for _, entry in ipairs(report.unanswered or {}) do
    unanswered[#unanswered + 1] = { sign = '?', group = 'Warn', label = entry.requirement, detail = entry.reason }
  end
  local sections = {
    { label = ('Accepted: %d'):format(#accepted), leaves = accepted },
    { label = ('Rejected by guards: %d'):format(#rejected), leaves = rejected },
    { label = ('Spec and code differ: %d'):format(#differing), leaves = differing },
    { label = ('Without an oracle: %d'):format(#unanswered), leaves = unanswered },
    trajectory_section(report.trajectory or {}),
    { label = 'Proven in', leaves = environment_leaves(report.environment) },
  }
  if report.comprehensiveness then
    table.insert(sections, 1, comprehensiveness_section(report.comprehensiveness))
  end
  if report.implementation then
    table.insert(sections, 1, implementation_section(report.implementation))
  end
  return sections
end

local function evolution_sections(report)
  local leaves = {}
  for _, step in ipairs(report.steps or {}) do
    local changes, trials = {}, {}
    for knob, values in pairs(step.changes) do
      changes[#changes + 1] = ('%s %s → %s'):format(knob, tostring(values[1]), tostring(values[2]))
    end
    for _, trial in ipairs(step.trials) do
      trials[#trials + 1] = ('%s, seed %d: %.0f → %.0f'):format(
        trial.target,
        trial.seed,
        trial.current,
        trial.candidate
      )
    end
    table.sort(changes)
    leaves[#leaves + 1] = {
      sign = step.verdict == 'adopted' and '✓' or '✗',
      group = step.verdict == 'adopted' and 'Good' or 'Dim',
      label = table.concat(changes, ', '),
      detail = ('%s: %+.1f points ± %.1f'):format(step.verdict, step.improvement or 0, step.noise or 0),
      more = trials,
    }
  end
  return { { label = ('Changes: %d'):format(#leaves), leaves = leaves } }
end

local risk_groups = { critical = 'Bad', high = 'Warn' }

local function gap_sections(report)
  local leaves = {}
  for _, item in ipairs(require('testgen.view.gaps').list(report)) do
    leaves[#leaves + 1] = {
      sign = '○',
      group = risk_groups[item.risk] or 'Dim',
      label = item.name,
      detail = ('%s · %s · %s:%d'):format(item.risk, item.what, item.path, item.line),
      path = item.path,
      line = item.line,
    }
  end
  return { { label = text.count(#leaves, 'gap'), leaves = leaves } }
end

local function mutation_sections(report)
  local leaves = {}
  for _, mutant in ipairs(report.mutants or {}) do
    if mutant.status == 'survived' then
      leaves[#leaves + 1] = {
        sign = '!',
        group = 'Warn',
        label = mutant_text.title(mutant),
        detail = ('%s · %s'):format(mutant['function'] or 'module level', place(mutant)),
        path = mutant.path,
        line = mutant.line,
        mutant = mutant,
      }
    end
  end
  return { { label = ('Survived: %d'):format(#leaves), leaves = leaves } }
end

local function value_sections(report)
  local leaves = {}
  for _, value in ipairs(report.values or {}) do
    leaves[#leaves + 1] = {
      sign = '·',
      group = 'Dim',
      label = value.test,
      detail = ('%s · kills %d, %d alone'):format(value.worth, value.kills, value.sole_kills),
      path = value.path,
      line = value.line,
    }
  end
  local sections = { { label = 'Worth of ' .. text.count(#leaves, 'test'), leaves = leaves } }
  return vim.list_extend(sections, mutation_sections(report))
end

local function boundary_sections(report)
  local leaves = {}
  for _, comparison in ipairs(report.comparisons or {}) do
    local is_fine = comparison.verdict == 'tested'
    leaves[#leaves + 1] = {
      sign = is_fine and '✓' or '○',
      group = is_fine and 'Good' or 'Warn',
      label = comparison.text,
      detail = ('%s · %s'):format((comparison.verdict:gsub('_', ' ')), place(comparison)),
      path = comparison.path,
      line = comparison.line,
    }
  end
  return { { label = text.count(#leaves, 'comparison'), leaves = leaves } }
end

local function cheat_sections(report)
  local leaves = {}
  for _, entry in ipairs(report.functions or {}) do
    for _, cheat in ipairs(entry.cheats or {}) do
      if cheat.gap then
        leaves[#leaves + 1] = {
          sign = '!',
          group = 'Warn',
          label = ('%s: %s'):format(entry['function'] or 'module level', cheat.cheat),
          detail = ('%s · %s'):format(cheat.status, place(entry)),
          path = entry.path,
          line = entry.line,
          more = code_lines(cheat.reason, cheat.code),
        }
      end
    end
  end
  return { { label = ('Cheats that pass: %d'):format(#leaves), leaves = leaves } }
end

local by_kind = {
  scoring = scoring_sections,
  test = test_sections,
  generation = generation_sections,
  gaps = gap_sections,
  mutation = mutation_sections,
  value = value_sections,
  boundary = boundary_sections,
  cheats = cheat_sections,
  evolution = evolution_sections,
}

local function notes_section(report)
  local leaves = {}
  for _, note in ipairs(report.notes or {}) do
    leaves[#leaves + 1] = { sign = '·', group = 'Dim', label = note }
  end
  return { label = 'Notes', leaves = leaves }
end

local function files_section(files)
  local leaves = {}
  for _, file in ipairs(files or {}) do
    local digest = file.digest:sub(1, 12)
    leaves[#leaves + 1] = { sign = '·', group = 'Dim', label = file.path, detail = digest, path = file.path }
  end
  return { label = 'Measured on ' .. text.count(#leaves, 'file'), leaves = leaves }
end

--- The sections of a run that have something to say.
---@param detail table a RunDetail
---@return testgen.Section[]
function M.of(detail)
  local report = detail.report
  if type(report) ~= 'table' then
    return { { label = 'Its report was not kept.', leaves = {} } }
  end
  local build = by_kind[detail.summary.kind]
  local sections = build and build(report) or {}
  vim.list_extend(sections, { notes_section(report), files_section(detail.files) })
  return vim.tbl_filter(function(section)
    return #section.leaves > 0
  end, sections)
end

return M
