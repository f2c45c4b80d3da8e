// The runs in progress, as their events tell of them. Views come and go; this stays.
import * as vscode from 'vscode';
import { beginRun, followRun, type LiveRun } from './liveRun';
import type { RunEvent } from './reports';

// Lookups that take no time; nobody wants to see them come and go.
const QUIET = new Set(['Show run history', 'Show run', 'Show statistics', 'Show trend', 'Explain', 'Generator configurations']);

const SHOWN_MS = 100; // nobody sees more of them

export class LiveRuns {
  private readonly runs = new Map<string, LiveRun>();
  private timer: NodeJS.Timeout | undefined;
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly ends = new vscode.EventEmitter<RunEvent>();
  readonly onChange = this.changes.event;
  readonly onEnd = this.ends.event; // of a run that the history has now

  all(): LiveRun[] {
    return [...this.runs.values()];
  }

  receive(event: RunEvent): void {
    const run = this.runs.get(event.run_id);
    if (event.kind === 'start') {
      if (QUIET.has(event.message)) return;
      this.runs.set(event.run_id, beginRun(event));
    } else if (!run) {
      return;
    } else if (event.kind === 'complete' || event.kind === 'error') {
      this.runs.delete(event.run_id);
      this.ends.fire(event);
    } else {
      followRun(run, event);
    }
    if (event.kind === 'start' || event.kind === 'complete' || event.kind === 'error') this.tell();
    else this.timer ??= setTimeout(() => this.changed(), SHOWN_MS);
  }

  private tell(): void {
    void vscode.commands.executeCommand('setContext', 'testgen.running', this.runs.size > 0);
    this.changed();
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changes.fire();
  }

  // After a restart nobody will tell of the end of what ran.
  clear(): void {
    this.runs.clear();
    this.tell();
  }
}
