// The trend and the table of runs. It stays when another page is shown, so that whoever comes back finds it as it was.
import type { FromPage, Overview } from '../src/messages';
import type { RunSummary, TrendReport } from '../src/reports';
import { count, day, duration, time } from '../src/text';
import { button, element, option } from './dom';
import { TrendFigure } from './trend';

const KINDS = ['generation', 'scoring', 'gaps', 'test', 'mutation', 'boundary', 'cheats', 'value', 'evolution'];
const TYPING_MS = 200;
const COLUMNS = [
  { title: 'Select', className: 'choice' },
  { title: 'When', className: 'when' },
  { title: 'Kind', className: 'kind' },
  { title: 'Run', className: 'title' },
  { title: 'Score', className: 'number' },
  { title: 'Commit', className: 'commit' },
  { title: 'Took', className: 'number took' },
];

function scoreOf(run: RunSummary): (Node | string)[] {
  if (run.score_before !== undefined && run.score !== undefined && run.score !== run.score_before) {
    return [element('span', { class: 'quiet' }, `${run.score_before} → `), String(run.score)];
  }
  if (run.score === undefined) return [];
  return run.of === undefined ? [String(run.score)] : [String(run.score), element('span', { class: 'quiet' }, ` of ${run.of}`)];
}

export class OverviewPage {
  readonly root = element('div', { class: 'overview' });
  private readonly trend: TrendFigure;
  private readonly rows = element('tbody');
  private readonly counts = element('span', { class: 'quiet', role: 'status' });
  private readonly kind = element('select', { 'aria-label': 'Kind of runs' }, option('', 'All kinds'), ...KINDS.map((kind) => option(kind, kind)));
  private readonly text = element('input', { type: 'search', placeholder: 'Search titles and commits', 'aria-label': 'Search titles and commits' });
  private readonly folder = element('select', { 'aria-label': 'Folder' });
  private readonly compare = button('Compare', () => this.send({ type: 'compare', runIds: this.chosen }), { class: 'secondary' });
  private readonly more = button('Show more', () => this.send({ type: 'more' }), { class: 'secondary' });
  private readonly nothing = element('p', { class: 'quiet nothing' });
  private readonly commands = element('span', { class: 'commands' });
  private chosen: string[] = []; // the two that are compared
  private typing = 0;

  constructor(private readonly send: (message: FromPage) => void) {
    this.trend = new TrendFigure((runId) => send({ type: 'open', runId }));
    this.kind.addEventListener('change', () => this.filter());
    this.text.addEventListener('input', () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.filter(), TYPING_MS);
    });
    this.folder.addEventListener('change', () => send({ type: 'folder', uri: this.folder.value }));
    const heads = COLUMNS.map(({ title, className }) =>
      element('th', { scope: 'col', class: className }, className === 'choice' ? element('span', { class: 'unseen' }, title) : title),
    );
    this.root.append(
      element('header', {}, element('h1', {}, 'History'), this.folder, this.commands),
      this.trend.root,
      element(
        'nav',
        { 'aria-label': 'Runs' },
        this.text,
        this.kind,
        this.compare,
        this.counts,
        element('span', { class: 'end' }, button('CSV', () => send({ type: 'exportRuns', form: 'csv' }), { class: 'link', 'aria-label': 'Export as CSV' }), button('JSON', () => send({ type: 'exportRuns', form: 'json' }), { class: 'link', 'aria-label': 'Export as JSON' })),
      ),
      element('table', { class: 'runs' }, element('thead', {}, element('tr', {}, ...heads)), this.rows),
      this.nothing,
      this.more,
    );
    this.markChosen();
  }

  show(overview: Overview): void {
    const { folders, filter } = overview;
    this.folder.hidden = folders.length < 2;
    this.folder.replaceChildren(...folders.map(({ uri, name }) => option(uri, name)));
    this.folder.value = overview.folder ?? folders[0]?.uri ?? '';
    this.kind.value = filter.kind ?? '';
    if (document.activeElement !== this.text) this.text.value = filter.text ?? '';
    this.commands.replaceChildren(...(overview.canRun ? [button('Score the suite', () => this.send({ type: 'command', name: 'testgen.score' }))] : []));
    this.chosen = this.chosen.filter((runId) => overview.runs.some((run) => run.run_id === runId));
    this.rows.replaceChildren(...overview.runs.map((run) => this.row(run)));
    const all = count(overview.total, 'run');
    this.counts.textContent = overview.matching === overview.total ? all : `${overview.matching} of ${all}`;
    this.nothing.textContent = overview.total === 0 ? 'Nothing has been recorded yet.' : 'No run is like this.';
    this.nothing.hidden = overview.runs.length > 0;
    this.more.hidden = !overview.hasMore;
    this.markChosen();
  }

  add(runs: RunSummary[], hasMore: boolean): void {
    this.rows.append(...runs.map((run) => this.row(run)));
    this.more.hidden = !hasMore;
  }

  showTrend(trend: TrendReport): void {
    this.trend.show(trend);
  }

  private filter(): void {
    this.send({ type: 'filter', filter: { kind: this.kind.value || undefined, text: this.text.value || undefined } });
  }

  // Of three the first one gives way.
  private choose(runId: string, isChosen: boolean): void {
    this.chosen = this.chosen.filter((chosen) => chosen !== runId);
    if (isChosen) this.chosen = [...this.chosen, runId].slice(-2);
    this.markChosen();
  }

  private markChosen(): void {
    for (const box of this.rows.querySelectorAll<HTMLInputElement>('input[type=checkbox]')) box.checked = this.chosen.includes(box.value);
    this.compare.disabled = this.chosen.length !== 2;
    this.compare.title = this.compare.disabled ? 'Select two runs to compare them' : '';
  }

  private row(run: RunSummary): HTMLElement {
    const state = run.status === 'complete' ? undefined : element('span', { class: 'chip bad' }, run.status);
    const box = element('input', { type: 'checkbox', value: run.run_id, 'aria-label': `Select ${run.title}` });
    box.checked = this.chosen.includes(run.run_id);
    box.addEventListener('change', () => this.choose(run.run_id, box.checked));
    const contents: (Node | string | undefined)[][] = [
      [box],
      [`${day(run.created_at)} ${time(run.created_at)}`],
      [element('span', { class: 'chip' }, run.kind)],
      [button(run.title, () => this.send({ type: 'open', runId: run.run_id }), { class: 'link' }), ' ', state],
      scoreOf(run),
      [run.revision ? element('code', { title: run.revision }, run.revision.slice(0, 7)) : undefined],
      [duration(run.duration_ms)],
    ];
    return element('tr', {}, ...contents.map((content, index) => element('td', { class: COLUMNS[index]?.className ?? '' }, ...content)));
  }
}
