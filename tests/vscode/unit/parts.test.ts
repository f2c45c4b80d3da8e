import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutNull } from '../../../clients/vscode/src/absent';
import { gapText } from '../../../clients/vscode/src/gapText';
import { mutatedText } from '../../../clients/vscode/src/mutantText';
import { beginRun, followRun, spentText } from '../../../clients/vscode/src/liveRun';
import type { AcceptedTest, RunEvent } from '../../../clients/vscode/src/reports';
import { runAgain } from '../../../clients/vscode/src/runAgain';
import { sectionsOf } from '../../../clients/vscode/src/sections';
import { explicitSettings, serverSettingNames, wrongSettings } from '../../../clients/vscode/src/settings';
import { statusText } from '../../../clients/vscode/src/statusText';
import { parametersOf, withoutParameters } from '../../../clients/vscode/src/testIds';
import { newlyCaught, testFacts } from '../../../clients/vscode/src/testFacts';
import { day, duration } from '../../../clients/vscode/src/text';
import { versionProblem } from '../../../clients/vscode/src/versions';

test('only settings that were set are sent; defaults would override testgen.json', () => {
  const values: Record<string, object> = {
    context: { defaultValue: 'benchmark' },
    seed: { globalValue: 1, workspaceValue: 2 },
    lenses: { workspaceFolderValue: false },
    diagnostics: { globalValue: { a: 'off' }, workspaceValue: { b: 'hint' } },
  };
  const sent = explicitSettings(Object.keys(values), (name) => values[name]);
  assert.deepEqual(sent, { seed: 2, lenses: false, diagnostics: { a: 'off', b: 'hint' } });
});

test("the extension's own settings are not the server's", () => {
  assert.deepEqual(serverSettingNames({ 'testgen.seed': {}, 'testgen.server.path': {}, 'testgen.trace.server': {} }), ['seed']);
});

test('a setting of the wrong kind is said, with what it must be', () => {
  const schemas = {
    'testgen.seed': { type: 'integer', minimum: 0, maximum: 9 },
    'testgen.context': { type: 'string', enum: ['a', 'b'] },
    'testgen.exclude': { type: 'array', items: { type: 'string' } },
    'testgen.lenses': { type: 'boolean' },
    'testgen.diagnostics': { type: 'object' },
  };
  const problems = (values: Record<string, unknown>) => wrongSettings(schemas, values).map((wrong) => wrong.problem);
  assert.deepEqual(problems({ seed: 3, context: 'a', exclude: [], lenses: false, diagnostics: {} }), []);
  assert.deepEqual(problems({ seed: '3', context: 'c', exclude: ['x', 1], lenses: 0, diagnostics: [] }), [
    'testgen.seed must be an integer, and is "3"',
    'testgen.context must be one of a, b, and is "c"',
    'testgen.exclude must be a list of strings, and is ["x",1]',
    'testgen.lenses must be a boolean, and is 0',
    'testgen.diagnostics must be an object, and is []',
  ]);
  assert.deepEqual(problems({ seed: 10 }), ['testgen.seed must be 0 to 9, and is 10']);
});

test('a generated test says what it newly catches, and all together do', () => {
  const one: AcceptedTest = { id: 'a', name: 'a', path: 'a.py', category: 'anti_cheat', origin: 'model', reasoning: '', strength: 80, kills: 1, confidence: 0.5, code: '' };
  assert.deepEqual(testFacts(one), ['anti-cheat', 'model', 'strength 80', 'confidence 0.50', 'newly catches 1 mutant']);
  assert.deepEqual(testFacts({ ...one, kills: undefined }).at(-1), 'confidence 0.50');
  assert.equal(newlyCaught([one]), 'newly catches 1 mutant');
  assert.equal(newlyCaught([one, { ...one, kills: 3 }]), 'newly catch 4 mutants');
  assert.equal(newlyCaught([{ ...one, kills: undefined }]), '');
});

test('extension and server fit when they differ by corrections only', () => {
  assert.equal(versionProblem('0.1.0', '0.1.7'), undefined);
  assert.match(versionProblem('0.1.0', '0.2.0') ?? '', /server is version 0\.2\.0, and this extension was made for 0\.1/);
  assert.match(versionProblem('0.1.0', 'unknown') ?? '', /does not say/);
});

test('a mutant is put in by characters, also behind astral ones and in CRLF files', () => {
  const place = { line: 2, column: 8, end_line: 2, end_column: 9, original: '<', replacement: '<=' };
  assert.equal(mutatedText('first\r\n"𝒳" + a<b\r\n', { ...place, column: 8, end_column: 9 }), 'first\r\n"𝒳" + a<=b\r\n');
});

test('a mutant of a text that has changed is refused', () => {
  const place = { line: 1, column: 1, end_line: 1, end_column: 2, original: '<', replacement: '>' };
  assert.throws(() => mutatedText('a < b', place), /changed/);
});

test('the status bar says the worst first', () => {
  const ok = { health: 'ok', quiescent: true } as const;
  const score = { score: 245, of: 600 };
  assert.equal(statusText({ status: ok, score, isTrusted: true }).text, '$(beaker) 245 of 600');
  assert.equal(statusText({ status: ok, isTrusted: false }).text, '$(shield) TestGen');
  const running = { title: 'Mutate code', done: 3, total: 9 };
  assert.equal(statusText({ status: ok, running, score, isTrusted: true }).text, '$(sync~spin) Mutate code 3/9');
  const broken = statusText({ status: { health: 'error', quiescent: true, message: 'gone' }, running, score, isTrusted: true });
  assert.equal(broken.severity, 'error');
  assert.match(broken.tooltip, /gone/);
});

test('a gap says its lines, a few of them', () => {
  const range = (first: number, last = first) => ({ first, last });
  const gap = { line: 1, risk: 'low' as const, lines_total: 9, lines_missing: 7, branches_total: 4, branches_missing: 1, branches: [] };
  const ranges = [range(2), range(4, 5), range(7), range(9), range(11)];
  assert.equal(gapText({ ...gap, ranges }), 'lines 2, 4-5, 7, 9, … not reached · 1 of 4 branches not taken');
  assert.equal(gapText({ ...gap, lines_missing: 1, branches_missing: 0, ranges: [range(6)] }), 'line 6 not reached');
  assert.equal(gapText({ ...gap, lines_missing: 9, branches_missing: 0, ranges }), 'no line reached');
});

const summary = {
  sequence: 1, run_id: 'r', kind: 'mutation', status: 'complete', title: 't', created_at: '', duration_ms: 1, test_count: 0, passed: 0, failed: 0,
};

test('of mutants the survivors are shown, with their place', () => {
  const mutant = {
    path: 'a.py', line: 3, column: 1, end_line: 3, end_column: 2, operator: 'o', original: '<', replacement: '', status: 'survived',
  };
  const [section] = sectionsOf({ summary, files: [], report: { mutants: [mutant, { ...mutant, status: 'killed' }] } });
  assert.equal(section?.label, 'Survived: 1');
  assert.deepEqual(section?.leaves[0], {
    label: '< → (nothing)', description: 'module level · a.py:3', icon: 'bug', path: 'a.py', line: 3, mutant,
  });
});

test('attempts at the code of a spec stand before its tests', () => {
  const attempts = [
    { passed: 6, failed: 2, problems: ['test_a: assert 1 == 2', 'test_b: KeyError'] },
    { passed: 8, failed: 0, problems: [] },
  ];
  const implementation = { path: 'stack.py', subject: 'Stack', complete: true, attempts };
  const [section] = sectionsOf({ summary: { ...summary, kind: 'generation' }, files: [], report: { implementation } });
  assert.equal(section?.label, 'Code of Stack');
  assert.deepEqual(
    section?.leaves.map(({ description, icon, path }) => [description, icon, path]),
    [['6 of 8 tests pass', 'error', undefined], ['8 of 8 tests pass', 'pass', 'stack.py']],
  );
});

const measured = {
  value: 6.25, before: 2, model_grade: 9.5,
  parts: [
    { of: 'mutants', basis: 'measured', before: 4, after: 12, total: 20, source: 'changes of the code that a test notices' },
    { of: 'lines and branches', basis: 'not measured', source: 'the lines of the suite were not measured' },
    { of: 'requirements', basis: 'not applicable' },
  ],
};

test('what the comprehensiveness of a generation was measured from, and what the model says of it', () => {
  const [section] = sectionsOf({ summary: { ...summary, kind: 'generation' }, files: [], report: { comprehensiveness: measured } });
  assert.equal(section?.label, 'Comprehensiveness: 2.0 → 6.3 of 10');
  assert.deepEqual(section?.leaves.map(({ label, description }) => [label, description]), [
    ['12 of 20 mutants', '4 before · changes of the code that a test notices'],
    ['lines and branches: not measured', 'the lines of the suite were not measured'],
    ["The model's own grade: 9.5 of 10", 'what it says of its tests; no part of the value'],
  ]);
  const unknown = { ...measured, value: null, before: null };
  const [other] = sectionsOf({ summary: { ...summary, kind: 'generation' }, files: [], report: { comprehensiveness: unknown } });
  assert.equal(other?.label, 'Comprehensiveness: not measured');
});

test('each question to a model is told with what came of it', () => {
  const round = { wanted: 'tests', model: 'tiny', kept: false, cut: false, proposed: 3, accepted: 1, rejected: 2, problems: [], tokens: 760, duration_ms: 1500 };
  const trajectory = [
    { ...round, question: 'q1', answer: 'a1', comprehensiveness: 6.25, cost_cents: 0.5, reflection: 'Asking for others' },
    { ...round, question: 'q2', answer: 'a2', kept: true, wanted: 'code', tokens: 0 },
    { ...round, question: 'q3', tokens: 0, problems: ['gone'] },
  ];
  const [section] = sectionsOf({ summary: { ...summary, kind: 'generation' }, files: [], report: { trajectory } });
  assert.equal(section?.label, 'Questions to the model: 3');
  assert.deepEqual(section?.leaves.map(({ label, description, icon }) => [label, description, icon]), [
    ['Round 1', '3 proposed, 1 accepted, 2 rejected · comprehensiveness 6.3 · 760 tokens · 0.50 cents · Asking for others', 'comment-discussion'],
    ['Round 2', 'code · kept from before', 'comment-discussion'],
    ['Round 3', 'no answer · 0 tokens · gone', 'error'],
  ]);
  assert.equal(section?.leaves[0]?.tooltip, 'tiny, 1.5 s\nAsking for others\nquestion q1\nanswer a1');
});

test('a generated test says what it adds', () => {
  const accepted = {
    id: 't.py::test_a', name: 'test_a', path: 't.py', category: 'anti_cheat', origin: 'model', reasoning: '', strength: 80, confidence: 0.5, code: '',
    kills: 2, new_lines: 1, new_branches: 0, new_boundaries: 3, new_requirements: 1,
  };
  const [section] = sectionsOf({ summary: { ...summary, kind: 'generation' }, files: [], report: { accepted: [accepted] } });
  assert.equal(
    section?.leaves[0]?.description,
    'anti-cheat · model · strength 80 · confidence 0.50 · newly catches 2 mutants · newly reaches 1 line, 3 boundaries · is for 1 requirement',
  );
});

test('a step of evolution says what changed, and by how much', () => {
  const trials = [{ target: 'a.py', seed: 0, current: 400, candidate: 396.5 }];
  const step = { changes: { max_tests_per_category: [5, 6] as [number, number] }, verdict: 'rejected', improvement: -3.5, noise: 1.25, trials };
  const [section] = sectionsOf({ summary: { ...summary, kind: 'evolution' }, files: [], report: { steps: [step] } });
  assert.equal(section?.leaves[0]?.label, 'max_tests_per_category 5 → 6');
  assert.equal(section?.leaves[0]?.description, 'rejected: −3.5 points ± 1.3');
});

test('a run in progress is what its events have told so far', () => {
  const event = (members: Partial<RunEvent>): RunEvent => ({ run_id: 'R', kind: 'progress', message: 'm', ...members });
  const run = beginRun(event({ kind: 'start', message: 'Generate tests', uri: 'file:///a' }));
  const environment = { platform: 'Linux', python: '3.11', sandbox: 'bubblewrap', tools: [], prohibited: ['eval'] };
  const rejected = { id: 't.py::test_a', guard: 'green', reason: 'fails', message: 'it fails', code: '' };
  followRun(run, event({ environment }));
  for (let index = 0; index < 300; index++) followRun(run, event({ kind: 'test', rejected, done: index }));
  followRun(run, event({ spent: { tokens: 12_300, token_budget: 100_000, cost_cents: 3.21, budget_cents: 50 } }));
  followRun(run, event({ kind: 'reflection', message: 'again' }));
  assert.deepEqual([run.title, run.message, run.done, run.rejected.length, run.reflections], ['Generate tests', 'again', 299, 200, ['again']]);
  assert.equal(run.environment, environment);
  assert.equal(run.spent && spentText(run.spent), '12,300 of 100,000 tokens, 3.2 of 50 cents');
  assert.equal(spentText({ tokens: 7, token_budget: 9 }), '7 of 9 tokens');
});

test('a run again has the target that it had', () => {
  assert.deepEqual(runAgain('mutation', { target: 'a.py, b.py::f' }), { name: 'testgen.mutate', argument: { targets: ['a.py', 'b.py::f'] } });
  assert.deepEqual(runAgain('mutation', { target: '.' }), { name: 'testgen.mutate', argument: {} });
  assert.deepEqual(runAgain('cheats', { target: 'a.py' }), { name: 'testgen.cheats', argument: { target: 'a.py' } });
  assert.deepEqual(runAgain('scoring', { path: 'tests' }), { name: 'testgen.score', argument: { path: 'tests' } });
  assert.deepEqual(runAgain('generation', { target: 'a.spec.md' }), { name: 'testgen.generate', argument: { target: 'a.spec.md' } });
  assert.equal(runAgain('evolution', {}), undefined);
});

test('a long section is cut, and says so', () => {
  const notes = Array.from({ length: 600 }, (_, index) => `note ${index}`);
  const [section] = sectionsOf({ summary: { ...summary, kind: 'other' }, files: [], report: { notes } });
  assert.equal(section?.leaves.length, 501);
  assert.match(section?.leaves.at(-1)?.label ?? '', /^100 more/);
});

test('days and durations', () => {
  const now = new Date(2026, 2, 1, 0, 30);
  assert.equal(day(new Date(2026, 1, 28, 23, 50).toISOString(), now), 'Yesterday');
  assert.equal(day(new Date(2026, 2, 1, 0, 1).toISOString(), now), 'Today');
  assert.equal(day(new Date(2025, 0, 5).toISOString(), now), '5 January 2025');
  assert.deepEqual([0, 0.3, 12.4, 1500, 61_000].map(duration), ['0 ms', '0.3 ms', '12 ms', '1.5 s', '1 min 1 s']);
});

test('what is absent is left out, at any depth', () => {
  assert.deepEqual(withoutNull({ a: null, b: [{ c: null, d: 0 }], e: '' }), { b: [{ d: 0 }], e: '' });
});

test('the parameters of a node id are what stands in the last brackets', () => {
  const id = 'tests/[old]/test_a.py::TestB::test_c[a[0]::b-2]';
  assert.equal(withoutParameters('tests/[old]/test_a.py::test_c'), 'tests/[old]/test_a.py::test_c');
  assert.equal(parametersOf('tests/[old]/test_a.py::test_c'), undefined);
  assert.equal(withoutParameters(id), 'tests/[old]/test_a.py::TestB::test_c');
  assert.equal(parametersOf(id), '[a[0]::b-2]');
});
