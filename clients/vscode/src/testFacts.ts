// What is said of a generated test wherever it is listed.
import type { AcceptedTest } from './reports';
import { count } from './text';

export function testFacts(test: AcceptedTest): string[] {
  const { category, origin, strength, confidence } = test;
  const facts = [category.replaceAll('_', '-'), origin, `strength ${strength}`, `confidence ${confidence.toFixed(2)}`];
  return [...facts, ...gains(test)];
}

// What it adds to the suite and to the tests before it, as far as that was measured.
function gains({ kills, new_lines: lines, new_branches: branches, new_boundaries: boundaries, new_requirements: requirements }: AcceptedTest): string[] {
  const reached: [number | undefined, string, string][] = [
    [lines, 'line', 'lines'],
    [branches, 'branch', 'branches'],
    [boundaries, 'boundary', 'boundaries'],
  ];
  const newly = reached.flatMap(([number, one, more]) => (number ? [`${number} ${number === 1 ? one : more}`] : []));
  return [
    ...(kills === undefined ? [] : [`newly catches ${count(kills, 'mutant')}`]),
    ...(newly.length > 0 ? [`newly reaches ${newly.join(', ')}`] : []),
    ...(requirements ? [`is for ${count(requirements, 'requirement')}`] : []),
  ];
}

// "newly catch 5 mutants", of all together; empty where it was not measured. Each counts what those before it do not catch.
export function newlyCaught(tests: AcceptedTest[]): string {
  const measured = tests.map(({ kills }) => kills).filter((kills) => kills !== undefined);
  const total = measured.reduce((sum, kills) => sum + kills, 0);
  return measured.length === 0 ? '' : `newly catch${tests.length === 1 ? 'es' : ''} ${count(total, 'mutant')}`;
}
