// What runs now, above whatever page is shown. A thread is made once and then changed in place: a button that is new with
// every event cannot be pressed, and a screen reader would begin again each time.
import { spentText, type LiveRun } from '../src/liveRun';
import type { FromPage } from '../src/messages';
import type { AcceptedTest, Mutant, RejectedTest } from '../src/reports';
import { testFacts } from '../src/testFacts';
import { button, element } from './dom';
import { environmentChips } from './environment';

const chip = (text: string) => element('span', { class: 'chip' }, text);

function acceptedItem(test: AcceptedTest): HTMLElement {
  const facts = [...testFacts(test), 'passed every guard'];
  return element('li', {}, element('code', {}, test.name), ' ', ...facts.map(chip));
}

function rejectedItem({ id, guard, reason, message }: RejectedTest): HTMLElement {
  return element('li', { title: message }, element('code', {}, id.split('::').at(-1) ?? id), ' ', chip(`rejected by ${guard}: ${reason}`));
}

function survivorItem({ original, replacement, path, line }: Mutant): HTMLElement {
  return element('li', {}, element('code', {}, `${original} → ${replacement}`), ` ${path}:${line}`);
}

const reflectionItem = (text: string) => element('li', { class: 'quiet' }, text);

// Only ever grows.
class GrowingList<Item> {
  readonly root = element('ul');

  constructor(private readonly draw: (item: Item) => HTMLElement) {}

  show(items: Item[]): void {
    this.root.append(...items.slice(this.root.childElementCount).map(this.draw));
  }
}

class Thread {
  readonly root: HTMLElement;
  private readonly progress: HTMLProgressElement;
  private readonly message = document.createTextNode('');
  private readonly spent = document.createTextNode('');
  private readonly where = element('div');
  private readonly tests = new GrowingList(acceptedItem);
  private readonly rejected = new GrowingList(rejectedItem);
  private readonly survivors = new GrowingList(survivorItem);
  private readonly reflections = new GrowingList(reflectionItem);

  constructor({ id, title }: LiveRun, send: (message: FromPage) => void) {
    this.progress = element('progress', { 'aria-label': title });
    this.root = element(
      'section',
      { class: 'live' },
      element('div', { class: 'row' }, element('strong', {}, title), button('Cancel', () => send({ type: 'cancel', runId: id }), { class: 'secondary' })),
      this.progress,
      element('div', { class: 'quiet' }, this.message),
      this.where,
      element('div', { class: 'quiet' }, this.spent),
      ...[this.tests, this.rejected, this.survivors, this.reflections].map((list) => list.root),
    );
  }

  show(run: LiveRun): void {
    if (run.total) {
      this.progress.max = run.total;
      this.progress.value = run.done ?? 0;
    }
    this.message.data = run.message;
    this.spent.data = run.spent ? spentText(run.spent) : '';
    if (run.environment && !this.where.firstChild) this.where.append(environmentChips(run.environment));
    this.tests.show(run.tests);
    this.rejected.show(run.rejected);
    this.survivors.show(run.survivors);
    this.reflections.show(run.reflections);
  }
}

export class LiveThreads {
  private readonly threads = new Map<string, Thread>(); // by run

  constructor(
    private readonly root: HTMLElement | null,
    private readonly send: (message: FromPage) => void,
  ) {}

  show(runs: LiveRun[]): void {
    const ids = new Set(runs.map(({ id }) => id));
    for (const [id, { root }] of this.threads) {
      if (ids.has(id)) continue;
      root.remove();
      this.threads.delete(id);
    }
    for (const run of runs) {
      const thread = this.threads.get(run.id) ?? this.begin(run);
      thread.show(run);
    }
  }

  private begin(run: LiveRun): Thread {
    const thread = new Thread(run, this.send);
    this.threads.set(run.id, thread);
    this.root?.append(thread.root);
    return thread;
  }
}
