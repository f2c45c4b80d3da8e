// The page where there is no editor: the history is in it, and it answers itself what the editor would be asked.
import { withoutNull } from '../src/absent';
import type { FromPage, ToPage } from '../src/messages';
import type { RunDetail, RunsPage, RunSummary, TrendReport } from '../src/reports';
import type { RunFilter } from '../src/runList';
import { runsAsCsv } from '../src/table';
import { scoresAround } from '../src/trendSeries';
import { element } from './dom';
import { startPage } from './main';

const PAGE = 100;

interface Data {
  written_at: string;
  workspace: string;
  page: RunsPage;
  trend: TrendReport;
  details: RunDetail[];
}

function matches(run: RunSummary, { kind, text }: RunFilter): boolean {
  if (kind && run.kind !== kind) return false;
  return !text || run.title.toLowerCase().includes(text.toLowerCase()) || (run.revision ?? '').startsWith(text);
}

class StaticHost {
  private filter: RunFilter = {};
  private shown = PAGE;

  constructor(
    private readonly data: Data,
    private readonly draw: () => (message: ToPage) => void,
  ) {}

  private post(message: ToPage): void {
    this.draw()(message);
  }

  private matching(): RunSummary[] {
    return this.data.page.runs.filter((run) => matches(run, this.filter));
  }

  private overview(): void {
    const all = this.matching();
    const { runs } = this.data.page;
    const [total, matching] = [runs.length, all.length];
    this.shown = PAGE;
    const hasMore = matching > this.shown;
    this.post({ type: 'overview', folders: [], filter: this.filter, runs: all.slice(0, PAGE), total, matching, hasMore, canRun: false });
  }

  private more(): void {
    const all = this.matching();
    const runs = all.slice(this.shown, this.shown + PAGE);
    this.shown += runs.length;
    this.post({ type: 'more', runs, hasMore: this.shown < all.length });
  }

  private detail(runId: string): RunDetail | undefined {
    const found = this.data.details.find((detail) => detail.summary.run_id === runId);
    if (!found) this.post({ type: 'problem', message: `Run ${runId} is not in this page in full; "testgen runs ${runId}" shows it.` });
    return found;
  }

  private open(runId: string): void {
    const detail = this.detail(runId);
    const around = detail?.summary.kind === 'generation' ? scoresAround(this.data.trend.points, detail.summary.created_at) : undefined;
    if (detail) this.post({ type: 'run', detail, around, canRun: false });
  }

  private compare(runIds: string[]): void {
    const details = runIds.map((runId) => this.detail(runId)).filter((detail) => detail !== undefined);
    const [before, after] = details.sort((one, other) => one.summary.sequence - other.summary.sequence);
    if (before && after) this.post({ type: 'comparison', before, after, canRun: false });
  }

  receive(message: FromPage): void {
    switch (message.type) {
      case 'ready':
        this.overview();
        return this.post({ type: 'trend', trend: this.data.trend });
      case 'overview':
        return this.overview();
      case 'filter':
        this.filter = message.filter;
        return this.overview();
      case 'more':
        return this.more();
      case 'open':
        return this.open(message.runId);
      case 'compare':
        return this.compare(message.runIds);
      case 'export':
        return save(`${message.runId}.json`, JSON.stringify(this.detail(message.runId), null, 2));
      case 'exportRuns':
        if (message.form === 'csv') save('runs.csv', runsAsCsv(this.matching()));
        else save('runs.json', JSON.stringify(this.matching(), null, 2));
    }
  }
}

function save(name: string, text: string): void {
  const link = element('a', { download: name, href: URL.createObjectURL(new Blob([text])) });
  link.click();
  URL.revokeObjectURL(link.href);
}

const data = withoutNull(JSON.parse(document.getElementById('data')?.textContent ?? '')) as Data;
const host: StaticHost = new StaticHost(data, () => draw);
const draw = startPage({ send: (message) => host.receive(message), keep: () => undefined });
document.title = `TestGen: the history of ${data.workspace}`;
const { runs, total } = data.page;
const held = runs.length < total ? `the newest ${runs.length} of ${total} runs · ` : '';
const written = new Date(data.written_at).toLocaleString('en-GB');
document.body.append(element('footer', { class: 'quiet' }, `${data.workspace} · ${held}written by testgen on ${written}`));
host.receive({ type: 'ready' });
