// Commands that were running when the window went: a reload ends the server and what runs in it. Mutants go on by
// themselves, because every verdict was kept; of the rest the user is asked, because they cost time and at times money.
import * as fs from 'node:fs';
import * as path from 'node:path';

const RESUMED = new Set(['testgen.mutate', 'testgen.value']);
const RELOAD_MS = 60_000; // a window that comes back so soon was reloaded

export interface Entry {
  name: string;
  title: string;
  argument: Record<string, unknown>;
}

interface Kept {
  left?: number; // when the window went, if it could say so
  entries: Entry[];
}

export class Interrupted {
  private readonly entries = new Set<Entry>();
  private isLeaving = false; // what ends from now on is cut off

  // `folder`: of this workspace's own; without one nothing is kept.
  constructor(private readonly folder: string | undefined) {}

  private get file(): string | undefined {
    return this.folder && path.join(this.folder, 'running.json');
  }

  async during<Result>(entry: Entry, work: () => PromiseLike<Result>): Promise<Result> {
    this.entries.add(entry);
    this.write();
    try {
      return await work();
    } finally {
      this.entries.delete(entry);
      this.write();
    }
  }

  // The window goes.
  leave(now: number): void {
    if (this.entries.size > 0) this.write(now);
    this.isLeaving = true;
  }

  // What the window before this one left, once: to be begun again, and to be asked about.
  take(now: number): { resumed: Entry[]; asked: Entry[] } {
    const kept = this.read();
    this.write();
    const wasReloaded = kept.left !== undefined && now - kept.left < RELOAD_MS;
    const isResumed = ({ name }: Entry) => wasReloaded && RESUMED.has(name);
    return { resumed: kept.entries.filter(isResumed), asked: kept.entries.filter((entry) => !isResumed(entry)) };
  }

  private read(): Kept {
    try {
      return this.file ? (JSON.parse(fs.readFileSync(this.file, 'utf8')) as Kept) : { entries: [] };
    } catch {
      return { entries: [] }; // nothing was left
    }
  }

  // Synchronous: a window that goes waits for nothing.
  private write(left?: number): void {
    if (!this.file || !this.folder || this.isLeaving) return;
    fs.mkdirSync(this.folder, { recursive: true });
    fs.writeFileSync(this.file, JSON.stringify({ left, entries: [...this.entries] } satisfies Kept));
  }
}
