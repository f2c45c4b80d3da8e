// What is said of a generated test wherever it is listed.
import type { AcceptedTest } from './reports';
import { count } from './text';

export function testFacts(test: AcceptedTest): string[] {
  const { category, origin, strength, confidence, kills } = test;
  const facts = [category.replaceAll('_', '-'), origin, `strength ${strength}`, `confidence ${confidence.toFixed(2)}`];
  return kills === undefined ? facts : [...facts, `newly catches ${count(kills, 'mutant')}`];
}

// "newly catch 5 mutants", of all together; empty where it was not measured. Each counts what those before it do not catch.
export function newlyCaught(tests: AcceptedTest[]): string {
  const measured = tests.map(({ kills }) => kills).filter((kills) => kills !== undefined);
  const total = measured.reduce((sum, kills) => sum + kills, 0);
  return measured.length === 0 ? '' : `newly catch${tests.length === 1 ? 'es' : ''} ${count(total, 'mutant')}`;
}
