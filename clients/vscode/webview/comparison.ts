// Two runs beside each other: their figures, and what came and went between them.
import { compareRuns, type Change, type ChangeList, type Figure } from '../src/compare';
import type { FromPage, ToPage } from '../src/messages';
import type { RunDetail } from '../src/reports';
import { count, day, time } from '../src/text';
import { button, element } from './dom';

type Send = (message: FromPage) => void;
type ComparisonMessage = Extract<ToPage, { type: 'comparison' }>;

const OPEN_MAX = 40;

function head({ summary }: RunDetail, send: Send): HTMLElement {
  const commit = summary.revision ? [' · ', element('code', {}, summary.revision.slice(0, 7))] : [];
  return element(
    'th',
    { scope: 'col' },
    button(summary.title, () => send({ type: 'open', runId: summary.run_id }), { class: 'link' }),
    element('div', { class: 'quiet' }, `${day(summary.created_at)} ${time(summary.created_at)}`, ...commit),
  );
}

function row(figure: Figure): HTMLElement {
  const sense = figure.isBetter === undefined ? 'quiet' : figure.isBetter ? 'better' : 'worse';
  return element(
    'tr',
    { class: figure.isPart ? 'part' : '' },
    element('th', { scope: 'row' }, figure.label),
    element('td', { class: 'number' }, figure.before ?? '–'),
    element('td', { class: 'number' }, figure.after ?? '–'),
    element('td', { class: `number ${sense}` }, figure.change ?? ''),
  );
}

function change(entry: Change, send: Send, canRun: boolean): HTMLElement {
  const { path, line } = entry;
  const label = path && canRun ? button(entry.label, () => send({ type: 'reveal', path, line }), { class: 'link' }) : element('span', {}, entry.label);
  return element('li', { class: `leaf ${entry.icon}` }, label, element('span', { class: 'quiet' }, ` ${entry.description}`));
}

function list(part: ChangeList, send: Send, canRun: boolean): HTMLElement {
  const attributes: Record<string, string> = part.changes.length <= OPEN_MAX ? { open: '' } : {};
  return element(
    'details',
    attributes,
    element('summary', {}, element('h2', {}, `${part.label}: ${part.changes.length}`)),
    element('ul', {}, ...part.changes.map((entry) => change(entry, send, canRun))),
  );
}

function nothing({ before, after }: ComparisonMessage): HTMLElement {
  const isSameKind = before.summary.kind === after.summary.kind;
  const text = isSameKind
    ? 'No test, gap or survivor came or went.'
    : `A run of ${before.summary.kind} and one of ${after.summary.kind} have only figures in common.`;
  return element('p', { class: 'quiet' }, text);
}

export function comparisonPage(message: ComparisonMessage, send: Send): HTMLElement {
  const { before, after, canRun } = message;
  const { figures, lists } = compareRuns(before, after);
  const files = after.files.filter((file) => before.files.find((old) => old.path === file.path)?.digest !== file.digest);
  return element(
    'div',
    {},
    element('nav', {}, button('← All runs', () => send({ type: 'overview' }), { class: 'link' })),
    element('h1', {}, 'Two runs compared'),
    element('p', { class: 'quiet' }, files.length === 0 ? 'Both were measured on the same files.' : `${count(files.length, 'file')} changed or came between them.`),
    element(
      'table',
      { class: 'figures-table' },
      element('thead', {}, element('tr', {}, element('td', {}), head(before, send), head(after, send), element('th', { scope: 'col', class: 'number' }, 'Change'))),
      element('tbody', {}, ...figures.map(row)),
    ),
    ...(lists.length > 0 ? lists.map((part) => list(part, send, canRun)) : [nothing(message)]),
  );
}
