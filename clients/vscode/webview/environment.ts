// Where tests are proven, as chips: what is prohibited is struck out.
import type { Environment } from '../src/reports';
import { element } from './dom';

export function environmentChips(where: Environment): HTMLElement {
  const facts = [where.platform, `Python ${where.python}`, `sandbox: ${where.sandbox}`];
  const chips = facts.map((text) => element('span', { class: 'chip' }, text));
  const prohibited = where.prohibited.map((tool) => element('span', { class: 'chip prohibited' }, `prohibited: ${tool}`));
  return element('p', {}, ...chips, ...prohibited);
}
