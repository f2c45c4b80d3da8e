// What runs again what the history has, on the same target. Pure.
import type { Report } from './reports';

export interface Again {
  name: string;
  argument: Record<string, unknown>;
}

const EVERYTHING = '.';

function onTarget(name: string): (report: Report) => Again {
  return ({ target = EVERYTHING }) => ({ name, argument: target === EVERYTHING ? {} : { target } });
}

// Of several targets the report has a list with commas; of very many it does not have all, and everything is run.
function onTargets(name: string): (report: Report) => Again {
  return ({ target = EVERYTHING }) => {
    const isWhole = target === EVERYTHING || / and \d+ more$/.test(target);
    return { name, argument: isWhole ? {} : { targets: target.split(', ') } };
  };
}

const BY_KIND: Record<string, (report: Report) => Again> = {
  scoring: ({ path = EVERYTHING }) => ({ name: 'testgen.score', argument: path === EVERYTHING ? {} : { path } }),
  gaps: () => ({ name: 'testgen.showCoverageGaps', argument: {} }),
  test: () => ({ name: 'testgen.runTests', argument: {} }),
  generation: ({ target, implementation }) => ({ name: implementation ? 'testgen.implement' : 'testgen.generate', argument: { target } }),
  mutation: onTargets('testgen.mutate'),
  value: onTargets('testgen.value'),
  boundary: onTarget('testgen.boundary'),
  cheats: onTarget('testgen.cheats'),
};

export function runAgain(kind: string, report: Report | undefined): Again | undefined {
  return BY_KIND[kind]?.(report ?? {});
}
