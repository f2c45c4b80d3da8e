// What a gap says of itself, whatever shows it. Pure.
import type { CheatsReport, BoundaryReport, Gap, GapsReport, Mutant, MutationReport, Risk } from './reports';

export const RISKS: Risk[] = ['critical', 'high', 'medium', 'low'];
export const GAP_KINDS = ['coverage', 'boundary', 'cheat', 'mutant'] as const;
export type GapKind = (typeof GAP_KINDS)[number];

export interface GapPlace {
  kind: GapKind;
  path: string;
  line: number; // 1-based
  label: string;
  text: string;
  risk?: Risk; // of coverage
  isStale?: boolean;
  function?: string; // that tests can be written for
  mutant?: Mutant;
}

const RANGES_MAX = 4;

function lines(gap: Gap): string {
  const [only] = gap.ranges;
  if (only && gap.ranges.length === 1 && only.first === only.last) return `line ${only.first}`;
  const shown = gap.ranges.slice(0, RANGES_MAX).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return `lines ${shown.join(', ')}` + (gap.ranges.length > RANGES_MAX ? ', …' : '');
}

export function gapText(gap: Gap): string {
  const parts: string[] = [];
  if (gap.lines_missing > 0 && gap.lines_missing === gap.lines_total) parts.push('no line reached');
  else if (gap.lines_missing > 0) parts.push(`${lines(gap)} not reached`);
  if (gap.branches_missing > 0) parts.push(`${gap.branches_missing} of ${gap.branches_total} branches not taken`);
  return parts.join(' · ');
}

export function coverageGaps(report: GapsReport): GapPlace[] {
  return report.files.flatMap((file) =>
    file.functions.map((gap) => ({
      kind: 'coverage' as const,
      path: file.path,
      line: gap.ranges[0]?.first ?? gap.branches[0]?.line ?? gap.line,
      label: gap.function ?? 'module level',
      text: gapText(gap),
      risk: gap.risk,
      isStale: file.stale,
      function: gap.function,
    })),
  );
}

const OPEN_VERDICTS = new Set(['not on the boundary', 'only on the boundary', 'never evaluated']);

export function boundaryGaps(report: BoundaryReport): GapPlace[] {
  return report.comparisons.filter(({ verdict }) => OPEN_VERDICTS.has(verdict)).map((comparison) => ({
    kind: 'boundary',
    path: comparison.path,
    line: comparison.line,
    label: comparison.text,
    text: `${comparison.verdict} · ${comparison.function ?? 'module level'}`,
    function: comparison.function,
  }));
}

export function cheatGaps(report: CheatsReport): GapPlace[] {
  return report.functions.flatMap((entry) =>
    (entry.cheats ?? [])
      .filter((cheat) => cheat.gap)
      .map((cheat) => ({
        kind: 'cheat' as const,
        path: entry.path,
        line: entry.line,
        label: entry.function ?? 'module level',
        text: `a cheat passes: ${cheat.cheat}`,
        function: entry.function,
      })),
  );
}

export function mutantGaps(report: MutationReport): GapPlace[] {
  const survivors = report.mutants.filter((mutant) => mutant.status === 'survived' && mutant.end_line);
  return survivors.map((mutant) => ({
    kind: 'mutant',
    path: mutant.path,
    line: mutant.line,
    label: `${mutant.original} → ${mutant.replacement || '(nothing)'}`,
    text: mutant.function ?? 'module level',
    function: mutant.function,
    mutant,
  }));
}

// ---- Which are shown ----

export interface GapFilter {
  kinds?: GapKind[]; // undefined: all
  risks?: Risk[]; // likewise; of coverage only
  path?: string; // of the one file that is meant
}

export function isShown(gap: GapPlace, filter: GapFilter): boolean {
  if (filter.kinds && !filter.kinds.includes(gap.kind)) return false;
  if (filter.risks && gap.risk && !filter.risks.includes(gap.risk)) return false;
  return filter.path === undefined || filter.path === gap.path;
}

export function gapFilterText(filter: GapFilter): string {
  const parts = [filter.kinds && (filter.kinds.join(', ') || 'nothing'), filter.risks && (filter.risks.join(', ') || 'no coverage'), filter.path];
  return parts.filter(Boolean).join(' · ');
}
