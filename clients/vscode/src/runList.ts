// The runs of one folder, page by page. Views show it; what was asked for last is what counts.
import type { RunsPage, RunSummary } from './reports';

export interface RunFilter {
  kind?: string;
  text?: string;
}

export interface Requests {
  request<Result>(method: string, params: object): Promise<Result>;
}

export class RunList {
  runs: RunSummary[] = [];
  total = 0;
  matching = 0;
  private next: number | undefined;
  private turn = 0; // of the newest request
  private uri: string | undefined;
  private filter: RunFilter = {};

  constructor(
    private readonly server: Requests,
    private readonly size: number,
  ) {}

  get hasMore(): boolean {
    return this.next !== undefined;
  }

  // False where something else was asked for meanwhile: there is nothing to show then.
  async load(uri: string | undefined, filter: RunFilter): Promise<boolean> {
    this.uri = uri;
    this.filter = { kind: filter.kind || undefined, text: filter.text || undefined };
    const page = await this.page();
    if (!page) return false;
    this.runs = page.runs;
    return true;
  }

  // The runs that were added; undefined as above.
  async more(): Promise<RunSummary[] | undefined> {
    if (!this.hasMore) return [];
    const page = await this.page(this.next);
    if (!page) return undefined;
    this.runs = [...this.runs, ...page.runs];
    return page.runs;
  }

  private async page(before?: number): Promise<RunsPage | undefined> {
    const turn = ++this.turn;
    const page = await this.server.request<RunsPage>('testgen/runs', { uri: this.uri, ...this.filter, limit: this.size, before });
    if (turn !== this.turn) return undefined;
    this.next = page.next ?? undefined;
    this.total = page.total;
    this.matching = page.matching;
    return page;
  }
}
