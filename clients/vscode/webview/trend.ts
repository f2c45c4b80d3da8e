// The score over the runs that measured one. Points can be reached with the keyboard and say what they are.
import type { RunSummary } from '../src/reports';
import { day, time } from '../src/text';
import { drawing, element } from './dom';

const WIDTH = 720;
const HEIGHT = 180;
const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 24;
const POINTS_MAX = 200;
const FULL = 1000;

function x(index: number, count: number): number {
  return count === 1 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + (index * (WIDTH - LEFT - RIGHT)) / (count - 1);
}

function y(score: number): number {
  return TOP + (1 - score / FULL) * (HEIGHT - TOP - BOTTOM);
}

function grid(): SVGElement[] {
  return [0, 250, 500, 750, 1000].flatMap((score) => [
    drawing('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(score), y2: y(score) }),
    drawing('text', { class: 'label', x: LEFT - 8, y: y(score) + 4, 'text-anchor': 'end' }, String(score)),
  ]);
}

function point(run: RunSummary, index: number, count: number, open: (runId: string) => void): SVGElement {
  const text = `Score ${run.score} of ${run.of ?? FULL}, ${day(run.created_at)} ${time(run.created_at)}`;
  const attributes = { class: 'point', cx: x(index, count), cy: y(run.score ?? 0), r: 4, tabindex: 0, role: 'button', 'aria-label': text };
  const node = drawing('circle', attributes, drawing('title', {}, text));
  node.addEventListener('click', () => open(run.run_id));
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') open(run.run_id);
  });
  return node;
}

export function trend(runs: RunSummary[], open: (runId: string) => void): HTMLElement {
  const scored = runs.filter((run) => run.kind === 'scoring' && run.score !== undefined).slice(0, POINTS_MAX).reverse();
  const last = scored.at(-1);
  if (!last) return element('p', { class: 'quiet' }, 'No run has measured a score yet.');
  const line = scored.map((run, index) => `${x(index, scored.length)},${y(run.score ?? 0)}`).join(' ');
  const top = scored.map((run, index) => `${x(index, scored.length)},${y(run.of ?? FULL)}`).join(' ');
  const picture = drawing(
    'svg',
    { class: 'trend', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'group', 'aria-label': `Score over ${scored.length} runs` },
    ...grid(),
    drawing('polyline', { class: 'possible', points: top }),
    drawing('polyline', { class: 'line', points: line }),
    ...scored.map((run, index) => point(run, index, scored.length, open)),
  );
  const caption = element('figcaption', {}, element('span', { class: 'key line' }), 'score  ', element('span', { class: 'key possible' }), 'what could be earned by what was measured');
  const figure = element('figure', {}, caption);
  figure.prepend(picture);
  return figure;
}
