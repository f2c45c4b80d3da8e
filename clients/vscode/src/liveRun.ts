// A run in progress, as its events have told of it so far. Pure; the tree and the panel show it.
import type { AcceptedTest, Environment, Mutant, RejectedTest, RunEvent, Spent } from './reports';

export interface LiveRun {
  id: string;
  folder?: string;
  title: string;
  message: string;
  done?: number;
  total?: number;
  environment?: Environment;
  spent?: Spent;
  tests: AcceptedTest[];
  rejected: RejectedTest[];
  survivors: Mutant[];
  reflections: string[];
}

const SHOWN_MAX = 200; // of what a run may find thousands of

export function beginRun({ run_id, uri, message }: RunEvent): LiveRun {
  return { id: run_id, folder: uri, title: message, message: '', tests: [], rejected: [], survivors: [], reflections: [] };
}

function add<T>(items: T[], item: T | undefined): void {
  if (item !== undefined && items.length < SHOWN_MAX) items.push(item);
}

export function followRun(run: LiveRun, event: RunEvent): void {
  run.message = event.message;
  run.done = event.done ?? run.done;
  run.total = event.total ?? run.total;
  run.environment = event.environment ?? run.environment;
  run.spent = event.spent ?? run.spent;
  if (event.test) run.tests.push(event.test);
  add(run.rejected, event.rejected);
  add(run.survivors, event.mutant);
  if (event.kind === 'reflection') run.reflections.push(event.message);
}

// "12,300 of 100,000 tokens, 3.2 of 50 cents"
export function spentText({ tokens, token_budget, cost_cents, budget_cents }: Spent): string {
  const cost = cost_cents === undefined ? '' : `, ${cost_cents.toFixed(1)}${budget_cents === undefined ? '' : ` of ${budget_cents}`} cents`;
  return `${tokens.toLocaleString('en')} of ${token_budget.toLocaleString('en')} tokens${cost}`;
}
