// What differs between two runs. Pure; the panel's page shows it.
import type { Gap, Mutant, Report, RunDetail, ScoredTest, TestResult } from './reports';
import { duration } from './text';

export interface Figure {
  label: string;
  before?: string;
  after?: string;
  change?: string; // with its sign
  isBetter?: boolean; // undefined: neither, or nobody can say
  isPart?: boolean; // of the figure above it
}

export interface Change {
  label: string;
  description: string;
  icon: 'pass' | 'error' | 'info';
  path?: string;
  line?: number;
}

export interface ChangeList {
  label: string;
  changes: Change[];
}

export interface Comparison {
  figures: Figure[];
  lists: ChangeList[];
}

interface Measure {
  label: string;
  of: (detail: RunDetail) => number | undefined;
  show: (value: number) => string;
  better?: 'more' | 'less';
  isPart?: boolean;
}

const whole = (value: number) => String(Math.round(value));
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const COMPONENTS = ['comprehensiveness', 'balance', 'anti_cheat', 'efficiency'];

function component(name: string): Measure {
  const label = name.charAt(0).toUpperCase() + name.slice(1).replace('_', '-');
  return { label, of: ({ report }) => report?.components?.[name]?.points, show: whole, better: 'more', isPart: true };
}

const MEASURES: Measure[] = [
  { label: 'Score', of: ({ summary }) => summary.score, show: whole, better: 'more' },
  { label: 'What could be earned', of: ({ summary }) => summary.of, show: whole },
  ...COMPONENTS.map(component),
  { label: 'Mutants killed', of: ({ summary }) => summary.kill_rate, show: percent, better: 'more' },
  { label: 'Survivors', of: ({ report }) => report?.mutants && survivors(report).size, show: whole, better: 'less' },
  { label: 'Lines reached', of: ({ summary }) => summary.line_coverage, show: percent, better: 'more' },
  { label: 'Gaps', of: ({ report }) => report?.files && gaps(report).size, show: whole, better: 'less' },
  { label: 'Tests', of: ({ summary }) => summary.test_count, show: whole },
  { label: 'Passed', of: ({ summary }) => summary.passed, show: whole, better: 'more' },
  { label: 'Failed', of: ({ summary }) => summary.failed, show: whole, better: 'less' },
  { label: 'Tokens', of: ({ summary }) => summary.tokens, show: whole, better: 'less' },
  { label: 'Cost in cents', of: ({ summary }) => summary.cost_cents, show: (cents) => cents.toFixed(2), better: 'less' },
  { label: 'Took', of: ({ summary }) => summary.duration_ms, show: duration },
];

function figure(measure: Measure, before: RunDetail, after: RunDetail): Figure | undefined {
  const [from, to] = [measure.of(before), measure.of(after)];
  if ((from === undefined || from === 0) && (to === undefined || to === 0)) return undefined;
  const shown: Figure = {
    label: measure.label,
    isPart: measure.isPart,
    before: from === undefined ? undefined : measure.show(from),
    after: to === undefined ? undefined : measure.show(to),
  };
  if (from === undefined || to === undefined || shown.before === shown.after) return shown;
  const sign = to > from ? '+' : '−';
  shown.change = sign + measure.show(Math.abs(to - from));
  if (measure.better) shown.isBetter = to > from === (measure.better === 'more');
  return shown;
}

// ---- What came and went ----

function byKey<Item>(items: Item[], key: (item: Item) => string): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const item of items) {
    let name = key(item);
    while (found.has(name)) name += "'"; // the same change may be possible at several places of a function
    found.set(name, item);
  }
  return found;
}

type PlacedGap = Gap & { path: string };

// Lines move when code is edited; a function keeps its name.
function gaps(report: Report): Map<string, PlacedGap> {
  const all = (report.files ?? []).flatMap((file) => (file.functions ?? []).map((gap) => ({ ...gap, path: file.path })));
  return byKey(all, (gap) => `${gap.path}::${gap.function ?? ''}`);
}

function survivors(report: Report): Map<string, Mutant> {
  const all = (report.mutants ?? []).filter((mutant) => mutant.status === 'survived');
  return byKey(all, (mutant) => [mutant.path, mutant.function ?? '', mutant.operator, mutant.original, mutant.replacement].join('\n'));
}

function tests(report: Report): Map<string, ScoredTest | TestResult> {
  return byKey(Array.isArray(report.tests) ? report.tests : [], (test) => test.id);
}

function without<Item>(items: Map<string, Item>, others: Map<string, Item>): Item[] {
  return [...items].filter(([key]) => !others.has(key)).map(([, item]) => item);
}

const gapChange = (icon: Change['icon']) => (gap: PlacedGap): Change => ({
  label: gap.function ?? 'module level',
  description: `${gap.risk} · ${gap.path}:${gap.line}`,
  icon,
  path: gap.path,
  line: gap.line,
});

const mutantChange = (icon: Change['icon']) => (mutant: Mutant): Change => ({
  label: `${mutant.original} → ${mutant.replacement || '(nothing)'}`,
  description: `${mutant.function ?? 'module level'} · ${mutant.path}:${mutant.line}`,
  icon,
  path: mutant.path,
  line: mutant.line,
});

const testChange = (icon: Change['icon']) => (test: ScoredTest | TestResult): Change => ({
  label: test.id,
  description: 'strength' in test ? `strength ${test.strength}` : test.outcome,
  icon,
  path: test.path,
  line: test.line,
});

const hasPassed = (test: ScoredTest | TestResult) => 'strength' in test || test.outcome === 'passed' || test.outcome === 'skipped';

function testLists(before: Report, after: Report): ChangeList[] {
  const [from, to] = [tests(before), tests(after)];
  const turned: Change[] = [];
  for (const [id, test] of to) {
    const old = from.get(id);
    if (!old) continue;
    if ('strength' in test && 'strength' in old) {
      if (test.strength === old.strength) continue;
      const icon = test.strength > old.strength ? 'pass' : 'error';
      turned.push({ ...testChange(icon)(test), description: `strength ${old.strength} → ${test.strength}` });
    } else if (!('strength' in test) && !('strength' in old) && test.outcome !== old.outcome) {
      turned.push({ ...testChange(hasPassed(test) ? 'pass' : 'error')(test), description: `${old.outcome} → ${test.outcome}` });
    }
  }
  return [
    { label: 'Tests that changed', changes: turned },
    { label: 'New tests', changes: without(to, from).map((test) => testChange(hasPassed(test) ? 'pass' : 'error')(test)) },
    { label: 'Tests that are gone', changes: without(from, to).map(testChange('info')) },
  ];
}

function lists(before: Report, after: Report): ChangeList[] {
  const all: ChangeList[] = [];
  if (before.files && after.files) {
    const [from, to] = [gaps(before), gaps(after)];
    all.push({ label: 'Gaps that opened', changes: without(to, from).map(gapChange('error')) });
    all.push({ label: 'Gaps that closed', changes: without(from, to).map(gapChange('pass')) });
  }
  if (before.mutants && after.mutants) {
    const [from, to] = [survivors(before), survivors(after)];
    all.push({ label: 'Survive now', changes: without(to, from).map(mutantChange('error')) });
    all.push({ label: 'Survive no more', changes: without(from, to).map(mutantChange('pass')) });
  }
  return [...all, ...testLists(before, after)].filter((list) => list.changes.length > 0);
}

export function compareRuns(before: RunDetail, after: RunDetail): Comparison {
  const isSameKind = before.summary.kind === after.summary.kind;
  return {
    figures: MEASURES.map((measure) => figure(measure, before, after)).filter((entry) => entry !== undefined),
    lists: isSameKind && before.report && after.report ? lists(before.report, after.report) : [],
  };
}
