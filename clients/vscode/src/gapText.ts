// What a gap says of itself.
import type { Gap, Risk } from './reports';

export const RISKS: Risk[] = ['critical', 'high', 'medium', 'low'];

export interface GapPlace {
  path: string;
  isStale: boolean;
  gap: Gap;
}

const RANGES_MAX = 4;

function lines(gap: Gap): string {
  const shown = gap.ranges.slice(0, RANGES_MAX).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return shown.join(', ') + (gap.ranges.length > RANGES_MAX ? ', …' : '');
}

export function gapText(gap: Gap): string {
  const parts: string[] = [];
  if (gap.lines_missing > 0 && gap.lines_missing === gap.lines_total) parts.push('no line reached');
  else if (gap.lines_missing > 0) parts.push(`lines ${lines(gap)} not reached`);
  if (gap.branches_missing > 0) parts.push(`${gap.branches_missing} of ${gap.branches_total} branches not taken`);
  return parts.join(' · ');
}
