-- One run of the history in full, as a readable buffer.
local client_of = require('testgen.client')
local text = require('testgen.text')
local window = require('testgen.window')

local M = {}

local WIDTH = 96

local function add(lines, ...)
  for _, line in ipairs({ ... }) do
    vim.list_extend(lines, vim.split(line, '\n'))
  end
end

local function add_wrapped(lines, message, indent)
  vim.list_extend(lines, text.wrap(message, WIDTH, indent))
end

-- Before the first entry of a list that may be empty.
local function heading(lines, index, title)
  if index == 1 then
    add(lines, '', title, '')
  end
end

local function add_code(lines, code)
  if code and code ~= '' then
    add(lines, '```python')
    vim.list_extend(lines, vim.split((code:gsub('%s+$', '')), '\r?\n'))
    add(lines, '```')
  end
end

local function add_accepted(lines, report)
  add(lines, '', ('## Accepted: %s'):format(text.count(#report.accepted, 'test')))
  for _, test in ipairs(report.accepted) do
    add(lines, '', '### ' .. test.name)
    add(lines, require('testgen.view.sections').facts_of(test))
    if test.requirement then
      add_wrapped(lines, 'Requirement: ' .. test.requirement, '')
    end
    add_wrapped(lines, test.reasoning, '')
    add_code(lines, test.code)
  end
end

local function add_rejected(lines, report)
  if #report.rejected == 0 then
    return
  end
  add(lines, '', ('## Rejected: %s'):format(text.count(#report.rejected, 'test')))
  for _, test in ipairs(report.rejected) do
    add(lines, '', '### ' .. test.id, ('Guard %s, %s'):format(test.guard, test.reason))
    add_wrapped(lines, test.message, '')
    add_code(lines, test.code)
  end
end

local function add_open_questions(lines, report)
  for index, disagreement in ipairs(report.disagreements) do
    heading(lines, index, '## Disagreements: the spec says one thing, the code does another')
    add(lines, '', '### ' .. disagreement.requirement)
    add_wrapped(lines, 'Spec: ' .. disagreement.specification, '')
    add_wrapped(lines, 'Code: ' .. disagreement.observed, '')
    add_code(lines, disagreement.code)
  end
  for index, unanswered in ipairs(report.unanswered) do
    heading(lines, index, '## Unanswered: nothing says what is right')
    add_wrapped(lines, ('- %s: %s'):format(unanswered.requirement, unanswered.reason), '')
  end
end

local function add_section(lines, section)
  add(lines, '', '## ' .. section.label, '')
  for _, leaf in ipairs(section.leaves) do
    add(lines, ('  %s %s  %s'):format(leaf.sign or '·', leaf.label, leaf.detail or ''))
    for _, line in ipairs(section.has_more and leaf.more or {}) do
      add_wrapped(lines, line, '      ')
    end
  end
end

-- The sections of a generation whose label begins like this.
local function add_sections(lines, report, pattern)
  for _, section in ipairs(require('testgen.view.sections').of({ summary = { kind = 'generation' }, report = report })) do
    if section.label:match(pattern) then
      add_section(lines, section)
    end
  end
end

local renderers = {
  scoring = function(lines, report)
    vim.list_extend(lines, require('testgen.view.score').lines(report))
    add(lines, '## Tests, weakest first')
    local tests = vim.deepcopy(report.tests)
    table.sort(tests, function(left, right)
      if left.strength ~= right.strength then
        return left.strength < right.strength
      end
      return left.id < right.id
    end)
    for _, test in ipairs(tests) do
      add(
        lines,
        ('  %3d  %s  %s  %s'):format(test.strength, text.bar(test.strength / 100, 10), text.pad(test.band, 14), test.id)
      )
    end
  end,

  gaps = function(lines, report)
    add(
      lines,
      '',
      ('%d of %d lines and %d of %d branches not reached, from %s'):format(
        report.lines_missing,
        report.lines_total,
        report.branches_missing,
        report.branches_total,
        report.source or 'a run of the tests'
      )
    )
    add(lines, '', '## Gaps, worst first', '')
    for _, item in ipairs(require('testgen.view.gaps').items(report, '')) do
      add(lines, ('  %s:%d  %s'):format(item.filename:sub(2), item.lnum, item.text))
    end
    for index, critical in ipairs(report.critical_paths) do
      heading(lines, index, '## Critical paths')
      add(
        lines,
        ('  %s  %s  coverage %s  strength %s'):format(
          text.pad(critical.risk, 8),
          text.pad(critical.path, 32),
          critical.coverage and ('%.0f %%'):format(100 * critical.coverage) or 'not measured',
          critical.strength and ('%.0f'):format(critical.strength) or 'no test'
        )
      )
    end
  end,

  generation = function(lines, report)
    add(
      lines,
      '',
      ('Target %s · provider %s · %d lines that only the accepted tests reach'):format(
        report.target,
        report.provider,
        report.line_gain
      )
    )
    if report.score_before then
      add(
        lines,
        report.score_after and ('Score %d → %d'):format(report.score_before, report.score_after)
          or ('Score before %d; the tests were proposed, not written'):format(report.score_before)
      )
    end
    add_sections(lines, report, '^Comprehensiveness')
    add_open_questions(lines, report)
    add_accepted(lines, report)
    add_rejected(lines, report)
    add_sections(lines, report, '^Questions to the model')
  end,

  test = function(lines, report)
    add(
      lines,
      '',
      ('%s · Python %s · pytest %s'):format(report.interpreter, report.python_version, report.pytest_version),
      '',
      '## Tests',
      ''
    )
    for _, test in ipairs(report.tests) do
      add(
        lines,
        ('  %s  %s  %s'):format(text.pad(test.outcome, 7), text.pad_left(text.duration(test.duration_ms), 8), test.id)
      )
      if test.message and test.outcome ~= 'passed' then
        add_wrapped(lines, test.message, '             ')
      end
    end
    for _, failure in ipairs(report.collection_errors) do
      add(lines, '  error  ' .. failure.id)
      add_wrapped(lines, failure.message or '', '             ')
    end
  end,
}

-- Kinds without a page of their own: everything, section by section.
local function add_others(lines, detail)
  for _, section in ipairs(require('testgen.view.sections').of(detail)) do
    if section.label ~= 'Notes' and not section.label:match('^Measured on') then
      add_section(lines, section)
    end
  end
end

---@param detail table a RunDetail
---@return string[]
function M.lines(detail)
  local summary = detail.summary
  local lines = { '# ' .. summary.title }
  add(
    lines,
    ('%s · %s · %s · %s · run %s'):format(
      summary.kind,
      summary.status,
      text.time(summary.created_at),
      text.duration(summary.duration_ms),
      summary.run_id
    )
  )
  local render = renderers[summary.kind]
  if type(detail.report) == 'table' then
    if render then
      render(lines, detail.report)
    else
      add_others(lines, detail)
    end
    for index, note in ipairs(detail.report.notes or {}) do
      heading(lines, index, '## Notes')
      add_wrapped(lines, '- ' .. note, '')
    end
  else
    add(lines, '', 'Its report was not kept.')
  end
  for index, file in ipairs(detail.files) do
    heading(lines, index, '## Measured on')
    add(lines, ('  %s  %s'):format(file.digest:sub(1, 12), file.path))
  end
  return lines
end

--- In a float over what is looked at; q closes it.
---@param client table
---@param run_id string
function M.open(client, run_id)
  client_of.execute(client, 'testgen.run', { run_id = run_id }, function(detail)
    window.float(M.lines(detail), 'testgen-run', 'TestGen run')
    vim.wo.cursorline = true
  end)
end

return M
