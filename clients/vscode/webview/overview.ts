// The trend and the table of runs.
import type { FromPage, ToPage } from '../src/messages';
import type { RunSummary } from '../src/reports';
import { day, duration, time } from '../src/text';
import { button, element } from './dom';
import { trend } from './trend';

type Overview = Extract<ToPage, { type: 'overview' }>;

function row(run: RunSummary, open: (runId: string) => void): HTMLElement {
  const state = run.status === 'complete' ? '' : run.status;
  const score = run.score === undefined ? '' : run.of === undefined ? String(run.score) : `${run.score} of ${run.of}`;
  return element(
    'tr',
    {},
    element('td', {}, `${day(run.created_at)} ${time(run.created_at)}`),
    element('td', {}, element('span', { class: 'chip' }, run.kind)),
    element('td', {}, button(run.title, () => open(run.run_id), { class: 'link' }), state ? element('span', { class: 'chip bad' }, state) : undefined),
    element('td', { class: 'number' }, score),
    element('td', { class: 'number' }, duration(run.duration_ms)),
  );
}

function heads(): HTMLElement {
  const names = ['When', 'Kind', 'Run', 'Score', 'Took'];
  return element('thead', {}, element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, name))));
}

export function overviewPage(overview: Overview, kind: string, send: (message: FromPage) => void, filter: (kind: string) => void): HTMLElement {
  const open = (runId: string) => send({ type: 'open', runId });
  const kinds = ['all', ...new Set(overview.runs.map((run) => run.kind))];
  const select = element('select', { 'aria-label': 'Kind of runs' }, ...kinds.map((name) => element('option', { value: name }, name)));
  select.value = kinds.includes(kind) ? kind : 'all';
  select.addEventListener('change', () => filter(select.value));
  const runs = overview.runs.filter((run) => select.value === 'all' || run.kind === select.value);
  return element(
    'div',
    {},
    element('h1', {}, 'History'),
    trend(overview.runs, open),
    element(
      'nav',
      {},
      button('Score the suite', () => send({ type: 'command', name: 'testgen.score' })),
      element('label', {}, 'Show ', select),
      element('span', { class: 'quiet' }, `${overview.runs.length} of ${overview.total} runs`),
    ),
    element('table', {}, heads(), element('tbody', {}, ...runs.map((run) => row(run, open)))),
    overview.hasMore ? button('Show more', () => send({ type: 'more' }), { class: 'secondary' }) : undefined,
  );
}
