// One run in full.
import type { FromPage, ToPage } from '../src/messages';
import type { AcceptedTest, Component, Report } from '../src/reports';
import { runAgain } from '../src/runAgain';
import { sectionsOf, type Leaf, type Section } from '../src/sections';
import { testFacts } from '../src/testFacts';
import { count, day, duration, time } from '../src/text';
import type { Around } from '../src/trendSeries';
import { button, element } from './dom';
import { environmentChips } from './environment';

type RunMessage = Extract<ToPage, { type: 'run' }>;
type Send = (message: FromPage) => void;

const SECTION_OPEN_MAX = 40;
function words(name: string): string {
  const text = name.replaceAll('_', '-');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function component(name: string, part: Component): HTMLElement {
  const isOpen = part.basis === 'not measured' || part.basis === 'not_measured';
  const meter = element('progress', { max: String(part.maximum || 1), value: String(part.points), 'aria-label': name });
  return element(
    'div',
    { class: 'component' },
    element('div', { class: 'row' }, element('strong', {}, words(name)), element('span', {}, isOpen ? '–' : `${Math.round(part.points)} of ${Math.round(part.maximum)}`)),
    meter,
    element('div', { class: 'quiet' }, element('span', { class: 'chip' }, words(part.basis)), ` ${part.source}`),
  );
}

function scoreHead(report: Report): HTMLElement | undefined {
  if (!report.components) return undefined;
  const parts = Object.entries(report.components).map(([name, part]) => component(name, part));
  return element(
    'section',
    {},
    element('p', { class: 'score' }, element('b', {}, String(report.score)), ` of ${report.of}`),
    element('div', { class: 'components' }, ...parts),
  );
}

function figureOf(label: string, value: string): HTMLElement {
  return element('div', { class: 'figure' }, element('b', {}, value), element('span', { class: 'quiet' }, label));
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

function figures(report: Report, around: Around | undefined): HTMLElement | undefined {
  const shown: HTMLElement[] = [];
  if (report.kill_rate !== undefined) shown.push(figureOf('of mutants killed', percent(report.kill_rate)));
  if (report.line_coverage !== undefined) shown.push(figureOf('of lines reached', percent(report.line_coverage)));
  if (report.lines_total) shown.push(figureOf('lines not reached', `${report.lines_missing} of ${report.lines_total}`));
  if (report.branches_total) shown.push(figureOf('branches not taken', `${report.branches_missing} of ${report.branches_total}`));
  if (report.score_before !== undefined && !around) {
    const after = report.score_after === undefined ? '' : ` → ${report.score_after}`;
    shown.push(figureOf('score of the suite', `${report.score_before}${after}`));
  }
  if (report.tokens) shown.push(figureOf('tokens', String(report.tokens)));
  if (report.cost_cents !== undefined) shown.push(figureOf('cents', report.cost_cents.toFixed(2)));
  return shown.length > 0 ? element('div', { class: 'figures' }, ...shown) : undefined;
}

// Of a generation: the suite's score before it, and what was measured next, whoever applied what.
function aroundIt(around: Around | undefined, report: Report | undefined, send: Send): HTMLElement | undefined {
  if (!around) return undefined;
  const before = around.before?.score ?? report?.score_before;
  const { after } = around;
  if (before === undefined) return undefined;
  const bar = (label: string, score: number, of: number | undefined) =>
    element('div', { class: 'row' }, element('span', { class: 'side' }, label), element('progress', { max: '1000', value: String(score), 'aria-label': `Score ${label}` }), element('span', { class: 'number' }, `${score}${of === undefined ? '' : ` of ${of}`}`));
  const last = after?.score === undefined
    ? element('p', { class: 'quiet' }, 'The suite was not scored since; apply the tests and score it to see what they are worth.')
    : bar('after', after.score, after.of);
  const measured = after ? button('The run that measured it', () => send({ type: 'open', runId: after.run_id }), { class: 'link' }) : undefined;
  return element('section', { class: 'around' }, element('h2', {}, 'Score of the suite'), bar('before', before, around.before?.of), last, measured);
}

function acceptedTest(test: AcceptedTest): HTMLElement {
  return element(
    'details',
    { class: 'test' },
    element('summary', {}, element('code', {}, test.name), ' ', ...testFacts(test).map((text) => element('span', { class: 'chip' }, text))),
    element('p', {}, test.reasoning),
    element('pre', {}, element('code', {}, test.code)),
  );
}

function leaf(entry: Leaf, send: Send, canRun: boolean): HTMLElement {
  const { path, mutant } = entry;
  const label = path && canRun ? button(entry.label, () => send({ type: 'reveal', path, line: entry.line }), { class: 'link' }) : element('span', {}, entry.label);
  return element(
    'li',
    { class: `leaf ${entry.icon}` },
    label,
    entry.description ? element('span', { class: 'quiet' }, ` ${entry.description}`) : undefined,
    mutant && canRun ? button('Diff', () => send({ type: 'mutant', mutant }), { class: 'small' }) : undefined,
  );
}

// A long one is closed, unless there is nothing else to see.
function section(part: Section, isOnly: boolean, accepted: AcceptedTest[], send: Send, canRun: boolean): HTMLElement {
  const isAccepted = part.label.startsWith('Accepted') && accepted.length > 0;
  const content = isAccepted
    ? element('div', {}, ...accepted.map(acceptedTest))
    : element('ul', {}, ...part.leaves.map((entry) => leaf(entry, send, canRun)));
  const attributes: Record<string, string> = isOnly || part.leaves.length <= SECTION_OPEN_MAX ? { open: '' } : {};
  return element('details', attributes, element('summary', {}, element('h2', {}, part.label)), content);
}

export function runPage({ detail, around, canRun }: RunMessage, send: Send): HTMLElement {
  const { summary, report } = detail;
  const parts = sectionsOf(detail);
  const again = canRun ? runAgain(summary.kind, report) : undefined;
  const facts = [words(summary.kind), summary.status, `${day(summary.created_at)} ${time(summary.created_at)}`, duration(summary.duration_ms)];
  if (detail.files.length > 0) facts.push(count(detail.files.length, 'file'));
  const commit = summary.revision ? [' · commit ', element('code', { title: summary.revision }, summary.revision.slice(0, 7))] : [];
  return element(
    'div',
    {},
    element(
      'nav',
      {},
      button('← All runs', () => send({ type: 'overview' }), { class: 'link' }),
      again ? button('Run again', () => send({ type: 'command', ...again })) : undefined,
      button('Export as JSON', () => send({ type: 'export', runId: summary.run_id }), { class: 'secondary' }),
    ),
    element('h1', {}, summary.title),
    element('p', { class: 'quiet' }, facts.join(' · '), ...commit),
    report && scoreHead(report),
    report && figures(report, around),
    aroundIt(around, report, send),
    report?.environment && environmentChips(report.environment),
    ...parts.map((part) => section(part, parts.length === 1, report?.accepted ?? [], send, canRun)),
  );
}
