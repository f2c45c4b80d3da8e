// Runs as CSV (RFC 4180), for a spreadsheet.
import type { RunSummary } from './reports';

const COLUMNS = [
  'run_id', 'created_at', 'kind', 'status', 'title', 'revision', 'whole', 'score', 'of', 'score_before', 'kill_rate', 'line_coverage',
  'test_count', 'passed', 'failed', 'tokens', 'cost_cents', 'duration_ms',
] as const satisfies (keyof RunSummary)[];

// A text that a spreadsheet would take for a formula begins with a quote instead.
function cell(value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function runsAsCsv(runs: RunSummary[]): string {
  const rows = runs.map((run) => COLUMNS.map((column) => cell(run[column])).join(','));
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}
