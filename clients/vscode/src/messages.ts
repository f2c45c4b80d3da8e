// What the panel's page and its host say to each other: the extension, or the page itself where there is no editor.
import type { Folder } from './folders';
import type { Mutant, RunDetail, RunSummary, TrendReport } from './reports';
import type { RunFilter } from './runList';
import type { LiveRun } from './liveRun';
import type { Around } from './trendSeries';

export interface Overview {
  folder?: string;
  folders: Folder[];
  filter: RunFilter;
  runs: RunSummary[];
  total: number;
  matching: number;
  hasMore: boolean;
  canRun: boolean; // there is an editor behind the page
}

export type ToPage =
  | ({ type: 'overview' } & Overview)
  | { type: 'more'; runs: RunSummary[]; hasMore: boolean }
  | { type: 'trend'; trend: TrendReport }
  | { type: 'run'; detail: RunDetail; around?: Around; canRun: boolean }
  | { type: 'comparison'; before: RunDetail; after: RunDetail; canRun: boolean }
  | { type: 'live'; runs: LiveRun[] }
  | { type: 'problem'; message: string };

export type FromPage =
  | { type: 'ready' }
  | { type: 'overview' }
  | { type: 'more' }
  | { type: 'filter'; filter: RunFilter }
  | { type: 'folder'; uri: string }
  | { type: 'open'; runId: string }
  | { type: 'compare'; runIds: string[] }
  | { type: 'reveal'; path: string; line?: number }
  | { type: 'mutant'; mutant: Mutant }
  | { type: 'export'; runId: string }
  | { type: 'exportRuns'; form: 'csv' | 'json' }
  | { type: 'cancel'; runId: string }
  | { type: 'command'; name: string; argument?: Record<string, unknown> };
