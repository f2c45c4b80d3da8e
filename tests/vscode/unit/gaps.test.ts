// The view of gaps: what each kind of report adds, and what a filter lets through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundaryGaps, cheatGaps, coverageGaps, gapFilterText, isShown, mutantGaps, type GapPlace } from '../../../clients/vscode/src/gapText';

test('coverage gaps go to the first line that is missing', () => {
  const gap = { line: 1, risk: 'high' as const, lines_total: 9, lines_missing: 1, branches_total: 0, branches_missing: 0, branches: [] };
  const functions = [{ ...gap, function: 'f', ranges: [{ first: 4, last: 5 }] }, { ...gap, ranges: [], branches: [{ line: 8, target: 9 }] }];
  const report = { lines_total: 9, lines_missing: 1, branches_total: 0, branches_missing: 0, files: [{ path: 'a.py', stale: true, functions }] };
  assert.deepEqual(coverageGaps(report).map(({ label, line, risk, isStale, function: name }) => [label, line, risk, isStale, name]), [
    ['f', 4, 'high', true, 'f'],
    ['module level', 8, 'high', true, undefined],
  ]);
});

test('boundaries, cheats and mutants are gaps only where nothing notices', () => {
  const comparison = { path: 'a.py', line: 3, text: 'x < 5', function: 'f' };
  const verdicts = ['tested', 'not on the boundary', 'no distance', 'never evaluated'];
  const boundaries = boundaryGaps({ comparisons: verdicts.map((verdict) => ({ ...comparison, verdict })) });
  assert.deepEqual(boundaries.map((gap) => gap.text), ['not on the boundary · f', 'never evaluated · f']);
  const cheats = [true, false].map((gap) => ({ cheat: 'constant', status: 'passed', gap, code: '' }));
  assert.deepEqual(cheatGaps({ functions: [{ path: 'a.py', line: 1, function: 'f', cheats }] }).map((gap) => gap.text), ['a cheat passes: constant']);
  const mutant = { path: 'a.py', line: 3, column: 1, end_line: 3, end_column: 2, operator: 'o', original: '<', replacement: '' };
  const [survivor, ...rest] = mutantGaps({ status: 'complete', mutants: ['survived', 'killed'].map((status) => ({ ...mutant, status })) });
  assert.deepEqual([survivor?.label, survivor?.mutant?.line, rest.length], ['< → (nothing)', 3, 0]);
});

test('a filter is of kinds, of risks where there are some, and of one file', () => {
  const gaps: GapPlace[] = [
    { kind: 'coverage', path: 'a.py', line: 1, label: 'f', text: '', risk: 'high' },
    { kind: 'coverage', path: 'b.py', line: 1, label: 'g', text: '', risk: 'low' },
    { kind: 'boundary', path: 'a.py', line: 1, label: 'x < 5', text: '' },
  ];
  const shown = (filter: Parameters<typeof isShown>[1]) => gaps.filter((gap) => isShown(gap, filter)).map((gap) => gap.label);
  assert.deepEqual(shown({}), ['f', 'g', 'x < 5']);
  assert.deepEqual(shown({ kinds: ['boundary'] }), ['x < 5']);
  assert.deepEqual(shown({ risks: ['high'] }), ['f', 'x < 5']);
  assert.deepEqual(shown({ path: 'a.py', kinds: ['coverage'] }), ['f']);
  assert.equal(gapFilterText({ risks: [] }), 'no coverage');
  assert.equal(gapFilterText({ kinds: ['boundary'], risks: ['high', 'low'], path: 'a.py' }), 'boundary · high, low · a.py');
});
