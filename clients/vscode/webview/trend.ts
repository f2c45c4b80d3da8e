// How score, kills, coverage, tokens and cost went, by run or by commit. A measure is a tab that says its last value; the
// marks of the plot are one stop of the tab key, and arrows go from one to the next.
import type { TrendPoint, TrendReport } from '../src/reports';
import { count, day, time } from '../src/text';
import { latest, MEASURES, seriesOf, type Mark, type Measure } from '../src/trendSeries';
import { button, drawing, element } from './dom';

const WIDTH_MIN = 300;
const HEIGHT = 190;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
const BAR_MAX = 28;

// The next round number.
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

class Plot {
  private readonly maximum: number;

  constructor(
    private readonly marks: Mark[],
    private readonly measure: Measure,
    private readonly width: number,
  ) {
    this.maximum = measure.maximum ?? roundUp(Math.max(...marks.map((mark) => mark.value), 0.01));
  }

  private get slot(): number {
    return (this.width - LEFT - RIGHT) / this.marks.length;
  }

  private x(index: number): number {
    const { length } = this.marks;
    if (this.measure.kind === 'bars' || length === 1) return LEFT + (index + 0.5) * this.slot;
    return LEFT + 6 + (index * (this.width - LEFT - RIGHT - 12)) / (length - 1);
  }

  private y(value: number): number {
    return TOP + (1 - Math.min(1, value / this.maximum)) * (HEIGHT - TOP - BOTTOM);
  }

  private grid(): SVGElement[] {
    return [0, 0.5, 1].flatMap((share) => {
      const y = this.y(share * this.maximum);
      return [
        drawing('line', { class: 'grid', x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y }),
        drawing('text', { class: 'label', x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, this.measure.show(share * this.maximum)),
      ];
    });
  }

  private ends(): SVGElement[] {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    if (!first || !last) return [];
    const label = (mark: Mark, x: number, anchor: string) =>
      drawing('text', { class: 'label', x, y: HEIGHT - 6, 'text-anchor': anchor }, day(mark.point.created_at));
    const from = label(first, LEFT, 'start');
    return day(first.point.created_at) === day(last.point.created_at) ? [from] : [from, label(last, this.width - RIGHT, 'end')];
  }

  private line(className: string, value: (mark: Mark) => number | undefined): SVGElement[] {
    const places = this.marks.flatMap((mark, index) => {
      const at = value(mark);
      return at === undefined ? [] : [`${this.x(index)},${this.y(at)}`];
    });
    return places.length > 1 ? [drawing('polyline', { class: className, points: places.join(' ') })] : [];
  }

  private shape(mark: Mark, index: number): SVGElement {
    const attributes = { class: 'point', tabindex: index === this.marks.length - 1 ? 0 : -1, role: 'button', 'aria-label': describe(mark, this.measure) };
    if (this.measure.kind === 'line') return drawing('circle', { ...attributes, cx: this.x(index), cy: this.y(mark.value), r: this.marks.length > 60 ? 2.5 : 4 });
    const width = Math.max(1, Math.min(BAR_MAX, this.slot - 2));
    const height = Math.max(1, this.y(0) - this.y(mark.value));
    return drawing('rect', { ...attributes, x: this.x(index) - width / 2, y: this.y(0) - height, width, height });
  }

  draw(open: (runId: string) => void, tell: (text: string) => void): SVGElement {
    const shapes = this.marks.map((mark, index) => this.shape(mark, index));
    shapes.forEach((shape, index) => this.listen(shapes, shape, index, open, tell));
    const isLine = this.measure.kind === 'line';
    return drawing(
      'svg',
      { class: 'trend', viewBox: `0 0 ${this.width} ${HEIGHT}`, role: 'group', 'aria-label': `${this.measure.label}: ${count(this.marks.length, 'value')}` },
      ...this.grid(),
      ...this.ends(),
      ...(isLine ? this.line('possible', (mark) => mark.of) : []),
      ...(isLine ? this.line('line', (mark) => mark.value) : []),
      ...shapes,
    );
  }

  private listen(shapes: SVGElement[], shape: SVGElement, index: number, open: (runId: string) => void, tell: (text: string) => void): void {
    const mark = this.marks[index];
    if (!mark) return;
    for (const name of ['mouseenter', 'focus']) shape.addEventListener(name, () => tell(describe(mark, this.measure)));
    shape.addEventListener('click', () => open(mark.point.run_id));
    shape.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') open(mark.point.run_id);
      else if (event.key === 'ArrowLeft') shapes[index - 1]?.focus();
      else if (event.key === 'ArrowRight') shapes[index + 1]?.focus();
      else return;
      event.preventDefault();
    });
  }
}

function describe({ value, of, point, count: runs }: Mark, measure: Measure): string {
  const parts = [`${measure.label} ${measure.show(value)}${of === undefined ? '' : ` of ${of}`}`, `${day(point.created_at)} ${time(point.created_at)}`];
  if (point.revision) parts.push(`commit ${point.revision.slice(0, 7)}`);
  if (runs > 1) parts.push(`${runs} runs`);
  return parts.join(' · ');
}

export class TrendFigure {
  readonly root = element('section', { class: 'trends', 'aria-label': 'Trend' });
  private points: TrendPoint[] = [];
  private isCut = false;
  private measure: Measure | undefined;
  private isByCommit = false;

  private width = WIDTH_MIN;

  constructor(private readonly open: (runId: string) => void) {
    new ResizeObserver(([entry]) => this.resize(entry?.contentRect.width ?? 0)).observe(this.root);
  }

  // Drawn at the width that it has, so that letters keep their size.
  private resize(width: number): void {
    const wanted = Math.max(WIDTH_MIN, Math.floor(width));
    if (wanted === this.width || width === 0) return;
    this.width = wanted;
    if (this.points.length > 0) this.draw();
  }

  show(trend: TrendReport): void {
    this.points = trend.points;
    this.isCut = trend.cut;
    this.draw();
  }

  private measured(): Measure[] {
    return MEASURES.filter((measure) => latest(this.points, measure) !== undefined);
  }

  private draw(): void {
    const measured = this.measured();
    const shown = measured.find((measure) => measure.id === this.measure?.id) ?? measured[0];
    this.root.classList.toggle('none', !shown);
    if (!shown) {
      this.root.replaceChildren(element('p', { class: 'quiet' }, 'No run has measured the whole suite yet.'));
      return;
    }
    const tabs = element('div', { class: 'tabs', role: 'tablist' }, ...measured.map((measure) => this.tab(measure, measure === shown)));
    this.root.replaceChildren(tabs, this.figure(shown));
  }

  private tab(measure: Measure, isShown: boolean): HTMLElement {
    const last = latest(this.points, measure);
    const change = last?.change ? element('span', { class: last.isBetter ? 'better' : 'worse' }, last.change) : undefined;
    const tab = button('', () => this.choose(measure), { class: 'tab', role: 'tab', 'aria-selected': String(isShown) });
    tab.append(element('span', { class: 'quiet' }, measure.kind === 'bars' && !this.isCut ? `${measure.label}, all` : measure.label), element('span', { class: 'value' }, element('b', {}, last?.text ?? ''), ' ', change ?? ''));
    return tab;
  }

  private choose(measure: Measure): void {
    this.measure = measure;
    this.draw();
    this.root.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  }

  private figure(measure: Measure): HTMLElement {
    const marks = seriesOf(this.points, measure, this.isByCommit);
    const key = measure.id === 'score' ? [element('span', { class: 'key' }), 'score ', element('span', { class: 'key possible' }), 'what could be earned by what was measured'] : [];
    const usual = this.isCut ? `The newest ${this.points.length} runs that measured something.` : '';
    const told = element('span', { class: 'told' }, ...(key.length > 0 ? key : [usual]));
    const caption = element('figcaption', {}, told, ...(this.hasCommits() ? [this.grouping()] : []));
    const figure = element('figure', {}, caption);
    figure.prepend(new Plot(marks, measure, this.width).draw(this.open, (text) => told.replaceChildren(text)));
    return element('div', { role: 'tabpanel' }, figure);
  }

  private hasCommits(): boolean {
    return this.points.some((point) => point.revision);
  }

  private grouping(): HTMLElement {
    const choose = (isByCommit: boolean) => {
      this.isByCommit = isByCommit;
      this.draw();
    };
    const part = (text: string, isByCommit: boolean) =>
      button(text, () => choose(isByCommit), { class: 'part', 'aria-pressed': String(this.isByCommit === isByCommit) });
    return element('span', { class: 'parts', role: 'group', 'aria-label': 'Marks' }, part('By run', false), part('By commit', true));
  }
}
