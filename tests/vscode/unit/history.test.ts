// What the history shows: pages, the trend, two runs compared, what is exported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRuns } from '../../../clients/vscode/src/compare';
import type { Gap, Mutant, Report, RunDetail, RunsPage, RunSummary, TrendPoint } from '../../../clients/vscode/src/reports';
import { RunList } from '../../../clients/vscode/src/runList';
import { runsAsCsv } from '../../../clients/vscode/src/table';
import { latest, MEASURES, scoresAround, seriesOf, type Measure } from '../../../clients/vscode/src/trendSeries';

const summary: RunSummary = {
  sequence: 1, run_id: 'r', kind: 'scoring', status: 'complete', title: 't', created_at: '2026-01-01T00:00:00.000Z', duration_ms: 1,
  test_count: 0, passed: 0, failed: 0,
};

function detail(values: Partial<RunSummary>, report?: Report): RunDetail {
  return { summary: { ...summary, ...values }, files: [], report };
}

function measure(id: string): Measure {
  const found = MEASURES.find((each) => each.id === id);
  assert.ok(found);
  return found;
}

// ---- Pages ----

function page(names: string[], next: number | undefined): RunsPage {
  return { runs: names.map((run_id) => ({ ...summary, run_id })), next, total: 9, matching: 4 };
}

test('a list is fetched page by page, with what it was asked for', async () => {
  const asked: object[] = [];
  const pages = [page(['d', 'c'], 3), page(['b', 'a'], undefined)];
  const request = <Result>(_method: string, params: object): Promise<Result> => {
    asked.push(params);
    return Promise.resolve(pages.shift() as Result);
  };
  const list = new RunList({ request }, 2);
  assert.equal(await list.load('file:///one', { kind: 'test', text: '' }), true);
  assert.deepEqual((await list.more())?.map((run) => run.run_id), ['b', 'a']);
  assert.deepEqual(list.runs.map((run) => run.run_id), ['d', 'c', 'b', 'a']);
  assert.deepEqual([list.total, list.matching, list.hasMore], [9, 4, false]);
  const common = { uri: 'file:///one', kind: 'test', text: undefined, limit: 2 };
  assert.deepEqual(asked, [{ ...common, before: undefined }, { ...common, before: 3 }]);
  assert.deepEqual(await list.more(), []);
});

test('an answer that comes after a newer question is left alone', async () => {
  const answers: ((page: RunsPage) => void)[] = [];
  const request = <Result>(): Promise<Result> => new Promise((resolve) => answers.push(resolve as (page: RunsPage) => void));
  const list = new RunList({ request }, 2);
  const [slow, quick] = [list.load(undefined, { text: 'a' }), list.load(undefined, { text: 'ab' })];
  answers[1]?.(page(['new'], undefined));
  answers[0]?.(page(['old'], undefined));
  assert.deepEqual([await slow, await quick], [false, true]);
  assert.deepEqual(list.runs.map((run) => run.run_id), ['new']);
});

// ---- The trend ----

function point(run_id: string, values: Partial<TrendPoint>): TrendPoint {
  return { run_id, kind: 'scoring', created_at: `2026-01-0${run_id}T00:00:00.000Z`, ...values };
}

test('by commit the last value of each counts; what is used up is summed', () => {
  const points = [
    point('1', { revision: 'a', score: 100, of: 600, tokens: 10 }),
    point('2', { revision: 'a', score: 200, of: 700 }),
    point('3', { score: 250 }),
    point('4', { score: 260, tokens: 5 }),
    point('5', { revision: 'b', kill_rate: 0.5, tokens: 7 }),
  ];
  assert.deepEqual(seriesOf(points, measure('score'), false).map((mark) => mark.value), [100, 200, 250, 260]);
  const commits = seriesOf(points, measure('score'), true);
  assert.deepEqual(commits.map(({ value, of, count }) => [value, of, count]), [[200, 700, 2], [250, undefined, 1], [260, undefined, 1]]);
  assert.deepEqual(seriesOf(points, measure('kills'), true).map((mark) => mark.value), [0.5]);
  const spent = [point('1', { revision: 'a', tokens: 10 }), point('2', { revision: 'a', tokens: 4 })];
  assert.deepEqual(seriesOf(spent, measure('tokens'), true).map((mark) => mark.value), [14]);
});

test('more marks than can be told apart are put together, and none is lost', () => {
  const points = Array.from({ length: 1001 }, (_, index) => point('1', { score: index, tokens: 1 }));
  const scores = seriesOf(points, measure('score'), false);
  assert.equal(scores.length, 120);
  assert.equal(scores.at(-1)?.value, 1000);
  assert.equal(scores.reduce((sum, mark) => sum + mark.count, 0), 1001);
  assert.equal(seriesOf(points, measure('tokens'), false).reduce((sum, mark) => sum + mark.value, 0), 1001);
});

test('a tab says the last value, and how it changed', () => {
  const points = [point('1', { score: 300, cost_cents: 1.5 }), point('2', { score: 280, cost_cents: 2 })];
  assert.deepEqual(latest(points, measure('score')), { text: '280', change: '−20', isBetter: false });
  assert.deepEqual(latest(points, measure('cost')), { text: '3.50 ¢' });
  assert.equal(latest(points, measure('kills')), undefined);
  assert.deepEqual(latest(points.slice(1), measure('score')), { text: '280' });
});

test('around a generation are the scores measured last before it and first after it', () => {
  const points = [point('1', { score: 1 }), point('2', { score: 2 }), point('3', { kill_rate: 1 }), point('4', { score: 4 }), point('5', { score: 5 })];
  const { before, after } = scoresAround(points, '2026-01-03T12:00:00.000Z');
  assert.deepEqual([before?.score, after?.score], [2, 4]);
  assert.deepEqual(scoresAround([], '2026-01-03T12:00:00.000Z'), { before: undefined, after: undefined });
});

// ---- Two runs ----

test('figures say what changed, and whether that is good', () => {
  const components = { balance: { points: 100, maximum: 200, basis: 'estimated', source: '' } };
  const before = detail({ score: 240, of: 600, duration_ms: 1500, failed: 2 }, { components });
  const after = detail({ score: 300, of: 600, duration_ms: 900, tokens: 12 }, { components: { balance: { ...components.balance, points: 90 } } });
  const figures = Object.fromEntries(compareRuns(before, after).figures.map((figure) => [figure.label, figure]));
  assert.deepEqual(figures['Score'], { label: 'Score', isPart: undefined, before: '240', after: '300', change: '+60', isBetter: true });
  assert.equal(figures['What could be earned']?.change, undefined);
  assert.deepEqual([figures['Balance']?.change, figures['Balance']?.isBetter, figures['Balance']?.isPart], ['−10', false, true]);
  assert.deepEqual([figures['Failed']?.change, figures['Failed']?.isBetter], ['−2', true]);
  assert.deepEqual([figures['Tokens']?.before, figures['Tokens']?.after, figures['Tokens']?.change], [undefined, '12', undefined]);
  assert.equal(figures['Took']?.isBetter, undefined);
  assert.equal(figures['Passed'], undefined, 'what neither run has is left out');
});

test('gaps, survivors and tests come and go by name, wherever their lines are now', () => {
  const gap = (name: string, line: number): Gap => ({
    function: name, line, risk: 'high', lines_total: 2, lines_missing: 1, branches_total: 0, branches_missing: 0, ranges: [], branches: [],
  });
  const files = (...functions: Gap[]) => [{ path: 'a.py', stale: false, functions }];
  const gaps = compareRuns(detail({ kind: 'gaps' }, { files: files(gap('f', 1), gap('g', 9)) }), detail({ kind: 'gaps' }, { files: files(gap('f', 7), gap('h', 20)) }));
  assert.deepEqual(gaps.lists.map(({ label, changes }) => [label, changes.map((change) => change.label)]), [['Gaps that opened', ['h']], ['Gaps that closed', ['g']]]);

  const mutant = (line: number, replacement: string, status = 'survived'): Mutant => ({
    path: 'a.py', line, column: 1, end_line: line, end_column: 2, function: 'f', operator: 'o', original: '<', replacement, status,
  });
  const survivors = compareRuns(
    detail({ kind: 'mutation' }, { mutants: [mutant(1, '<='), mutant(2, '<='), mutant(3, '>')] }),
    detail({ kind: 'mutation' }, { mutants: [mutant(5, '<='), mutant(6, '<=', 'killed'), mutant(7, '>'), mutant(8, '==')] }),
  );
  assert.deepEqual(survivors.lists.map(({ label, changes }) => [label, changes.map((change) => change.label)]), [['Survive now', ['< → ==']], ['Survive no more', ['< → <=']]]);

  const result = (id: string, outcome: string) => ({ id, path: 't.py', line: 1, outcome, duration_ms: 1 });
  const tests = compareRuns(
    detail({ kind: 'test' }, { tests: [result('a', 'passed'), result('b', 'failed'), result('c', 'passed')] }),
    detail({ kind: 'test' }, { tests: [result('a', 'failed'), result('b', 'passed'), result('d', 'passed')] }),
  );
  assert.deepEqual(
    tests.lists.map(({ label, changes }) => [label, changes.map(({ label: name, icon, description }) => [name, icon, description])]),
    [
      ['Tests that changed', [['a', 'error', 'passed → failed'], ['b', 'pass', 'failed → passed']]],
      ['New tests', [['d', 'pass', 'passed']]],
      ['Tests that are gone', [['c', 'info', 'passed']]],
    ],
  );
});

test('runs of different kinds have only figures in common', () => {
  const comparison = compareRuns(detail({ kind: 'gaps', line_coverage: 0.5 }, { files: [] }), detail({ kind: 'test', line_coverage: 0.75 }, { tests: [] }));
  assert.deepEqual(comparison.lists, []);
  assert.equal(comparison.figures.find((figure) => figure.label === 'Lines reached')?.change, '+25.0 %');
});

// ---- Export ----

test('CSV quotes what must be, and no cell is a formula', () => {
  const text = runsAsCsv([{ ...summary, title: 'Ran 2 tests: "a", b', status: '=cmd()', score: 5 }]);
  const [head, row, end] = text.split('\r\n');
  assert.match(head ?? '', /^run_id,created_at,kind,status,title/);
  assert.equal(row, "r,2026-01-01T00:00:00.000Z,scoring,'=cmd(),\"Ran 2 tests: \"\"a\"\", b\",,,5,,,,,0,0,0,,,1");
  assert.equal(end, '');
});
