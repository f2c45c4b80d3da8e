// What the panel's page and the extension say to each other.
import type { Mutant, RunDetail, RunSummary } from './reports';
import type { LiveRun } from './runs';

export type ToPage =
  | { type: 'overview'; runs: RunSummary[]; total: number; hasMore: boolean }
  | { type: 'run'; detail: RunDetail }
  | { type: 'live'; runs: LiveRun[] }
  | { type: 'problem'; message: string };

export type FromPage =
  | { type: 'ready' }
  | { type: 'overview' }
  | { type: 'more' }
  | { type: 'open'; runId: string }
  | { type: 'reveal'; path: string; line?: number }
  | { type: 'mutant'; mutant: Mutant }
  | { type: 'export'; runId: string }
  | { type: 'command'; name: string };
