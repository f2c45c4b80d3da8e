// What the status bar says. Pure, so that it can be tested without an editor.
import type { ServerStatus } from './reports';

export interface StatusInput {
  status: ServerStatus | undefined;
  running?: { title: string; done?: number; total?: number };
  score?: { score: number; of: number };
  isTrusted: boolean;
}

export interface StatusText {
  text: string;
  tooltip: string;
  severity: 'none' | 'warning' | 'error';
}

function activity(running: NonNullable<StatusInput['running']>): string {
  const counts = running.total ? ` ${running.done ?? 0}/${running.total}` : '';
  return `$(sync~spin) ${running.title}${counts}`;
}

export function statusText(input: StatusInput): StatusText {
  const { status, running, score, isTrusted } = input;
  const trust = isTrusted ? '' : '\n\nThe workspace is not trusted: tests are read, never run.';
  const severity = status?.health === 'error' || status?.health === 'warning' ? status.health : 'none';
  const tooltip = (status?.message || 'TestGen: what the tests would not notice') + trust;
  if (severity === 'error') return { text: '$(error) TestGen', tooltip, severity };
  if (running) return { text: activity(running), tooltip, severity };
  if (!status || !status.quiescent) return { text: '$(sync~spin) TestGen', tooltip, severity };
  const icon = severity === 'warning' ? '$(warning)' : isTrusted ? '$(beaker)' : '$(shield)';
  return { text: score ? `${icon} ${score.score} of ${score.of}` : `${icon} TestGen`, tooltip, severity };
}
