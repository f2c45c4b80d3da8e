// What runs now, above whatever page is shown.
import type { FromPage } from '../src/messages';
import { spentText, type LiveRun } from '../src/liveRun';
import { testFacts } from '../src/testFacts';
import { button, element } from './dom';
import { environmentChips } from './environment';

const chip = (text: string) => element('span', { class: 'chip' }, text);

function thread(run: LiveRun, send: (message: FromPage) => void): HTMLElement {
  const progress = element('progress', { 'aria-label': run.title });
  if (run.total) {
    progress.max = run.total;
    progress.value = run.done ?? 0;
  }
  const tests = run.tests.map((test) => {
    const facts = [...testFacts(test), 'passed every guard'];
    return element('li', {}, element('code', {}, test.name), ' ', ...facts.map(chip));
  });
  const rejected = run.rejected.map((test) =>
    element('li', { title: test.message }, element('code', {}, test.id.split('::').at(-1) ?? test.id), ' ', chip(`rejected by ${test.guard}: ${test.reason}`)),
  );
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
    run.environment && environmentChips(run.environment),
    run.spent && element('div', { class: 'quiet' }, spentText(run.spent)),
    element('ul', {}, ...tests, ...rejected, ...survivors, ...reflections),
  );
}

export function liveThreads(runs: LiveRun[], send: (message: FromPage) => void): HTMLElement[] {
  return runs.map((run) => thread(run, send));
}
