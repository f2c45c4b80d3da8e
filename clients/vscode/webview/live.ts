// What runs now, above whatever page is shown.
import type { FromPage } from '../src/messages';
import type { LiveRun } from '../src/liveRun';
import { button, element } from './dom';

function thread(run: LiveRun, send: (message: FromPage) => void): HTMLElement {
  const progress = element('progress', { 'aria-label': run.title });
  if (run.total) {
    progress.max = run.total;
    progress.value = run.done ?? 0;
  }
  const tests = run.tests.map((test) => {
    const facts = [test.category, test.origin, `confidence ${test.confidence.toFixed(2)}`];
    return element('li', {}, element('code', {}, test.name), ' ', ...facts.map((text) => element('span', { class: 'chip' }, text)));
  });
  const survivors = run.survivors.map((mutant) =>
    element('li', {}, element('code', {}, `${mutant.original} → ${mutant.replacement}`), ` ${mutant.path}:${mutant.line}`),
  );
  const reflections = run.reflections.map((text) => element('li', { class: 'quiet' }, text));
  return element(
    'section',
    { class: 'live' },
    element('div', { class: 'row' }, element('strong', {}, run.title), button('Cancel', () => send({ type: 'cancel', runId: run.id }), { class: 'secondary' })),
    progress,
    element('div', { class: 'quiet' }, run.message),
    element('ul', {}, ...tests, ...survivors, ...reflections),
  );
}

export function liveThreads(runs: LiveRun[], send: (message: FromPage) => void): HTMLElement[] {
  return runs.map((run) => thread(run, send));
}
