// From the points of a trend to what is drawn: one series for a measure, by run or by commit. Pure.
import type { TrendPoint } from './reports';

export interface Measure {
  id: string;
  label: string;
  kind: 'line' | 'bars'; // what is measured each time, or what is used up
  maximum?: number; // of the axis; else the highest value decides
  of: (point: TrendPoint) => number | undefined;
  show: (value: number) => string;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

export const MEASURES: Measure[] = [
  { id: 'score', label: 'Score', kind: 'line', maximum: 1000, of: (point) => point.score, show: String },
  { id: 'kills', label: 'Mutants killed', kind: 'line', maximum: 1, of: (point) => point.kill_rate, show: percent },
  { id: 'lines', label: 'Lines reached', kind: 'line', maximum: 1, of: (point) => point.line_coverage, show: percent },
  { id: 'tokens', label: 'Tokens', kind: 'bars', of: (point) => point.tokens || undefined, show: (value) => value.toLocaleString('en') },
  { id: 'cost', label: 'Cost', kind: 'bars', of: (point) => point.cost_cents, show: (cents) => `${cents.toFixed(2)} ¢` },
];

export interface Mark {
  value: number;
  of?: number; // what could be earned
  point: TrendPoint; // the newest that it stands for
  count: number; // of runs that it stands for
}

const MARKS_MAX = 120;

function mark(measure: Measure, points: TrendPoint[]): Mark | undefined {
  const point = points.at(-1);
  if (!point) return undefined;
  const values = points.map((each) => measure.of(each) ?? 0);
  const value = measure.kind === 'bars' ? values.reduce((sum, each) => sum + each, 0) : (values.at(-1) ?? 0);
  return { value, of: measure.id === 'score' ? point.of : undefined, point, count: points.length };
}

// Runs of one commit that stand beside each other; runs without one are one each.
function byCommit(points: TrendPoint[]): TrendPoint[][] {
  const groups: TrendPoint[][] = [];
  for (const point of points) {
    const last = groups.at(-1);
    if (point.revision && last?.[0]?.revision === point.revision) last.push(point);
    else groups.push([point]);
  }
  return groups;
}

// More than can be told apart are put together, evenly.
function thinned(groups: TrendPoint[][]): TrendPoint[][] {
  if (groups.length <= MARKS_MAX) return groups;
  const found: TrendPoint[][] = [];
  for (let index = 0; index < MARKS_MAX; index++) {
    const [start, end] = [index, index + 1].map((at) => Math.floor((at * groups.length) / MARKS_MAX));
    found.push(groups.slice(start, end).flat());
  }
  return found;
}

export function seriesOf(points: TrendPoint[], measure: Measure, isByCommit: boolean): Mark[] {
  const measured = points.filter((point) => measure.of(point) !== undefined);
  const groups = isByCommit ? byCommit(measured) : measured.map((point) => [point]);
  return thinned(groups)
    .map((group) => mark(measure, group))
    .filter((entry) => entry !== undefined);
}

// The last value and how it differs from the one before it; of what is used up, the sum.
export function latest(points: TrendPoint[], measure: Measure): { text: string; change?: string; isBetter?: boolean } | undefined {
  const measured = points.map((point) => measure.of(point)).filter((value) => value !== undefined);
  const last = measured.at(-1);
  if (last === undefined) return undefined;
  if (measure.kind === 'bars') return { text: measure.show(measured.reduce((sum, value) => sum + value, 0)) };
  const previous = measured.at(-2);
  if (previous === undefined || measure.show(previous) === measure.show(last)) return { text: measure.show(last) };
  return { text: measure.show(last), change: (last > previous ? '+' : '−') + measure.show(Math.abs(last - previous)), isBetter: last > previous };
}

export interface Around {
  before?: TrendPoint;
  after?: TrendPoint;
}

// The scores of the whole suite that were measured last before a run and first after it.
export function scoresAround(points: TrendPoint[], createdAt: string): Around {
  const scored = points.filter((point) => point.score !== undefined);
  const after = scored.find((point) => point.created_at > createdAt);
  return { before: scored.filter((point) => point.created_at <= createdAt).at(-1), after };
}
