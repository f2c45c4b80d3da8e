// The panel: the trend, the runs, one run in full, two compared, and what runs now. The page only draws; it asks here for
// everything.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { folders } from './folders';
import type { FromPage, ToPage } from './messages';
import { showMutant } from './mutantDiff';
import { fileOf, reveal } from './places';
import type { RunDetail, RunsPage, RunSummary, TrendReport } from './reports';
import { RunList, type RunFilter } from './runList';
import type { LiveRuns } from './runs';
import type { Server } from './server';
import { runsAsCsv } from './table';
import { scoresAround } from './trendSeries';

export const PANEL_TYPE = 'testgen.panel';
const PAGE = 100;
const EXPORT_PAGE = 1000;
const COMMANDS = new Set([
  'testgen.score',
  'testgen.showCoverageGaps',
  'testgen.runTests',
  'testgen.generate',
  'testgen.implement',
  'testgen.mutate',
  'testgen.boundary',
  'testgen.cheats',
  'testgen.value',
  'testgen.showLog',
]);

// What is shown; kept with the window, so that one that is reloaded shows it again.
interface Shown {
  folder?: string;
  runId?: string;
  compared?: string[];
}

export class Panel implements vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | undefined;
  private readonly list: RunList;
  private filter: RunFilter = {};
  private shown: Shown = {};

  constructor(
    private readonly extension: vscode.Uri,
    private readonly server: Server,
    private readonly live: LiveRuns,
  ) {
    this.list = new RunList(server, PAGE);
    live.onChange(() => this.post({ type: 'live', runs: live.all() }));
    live.onEnd(() => {
      if (this.panel && !this.shown.runId && !this.shown.compared) void this.send();
    });
  }

  async showOverview(folder = this.shown.folder): Promise<void> {
    this.shown = { folder };
    await this.reveal();
  }

  async showRun(runId: string, folder?: string): Promise<void> {
    this.shown = { folder, runId };
    await this.reveal();
  }

  async showComparison(runIds: string[], folder?: string): Promise<void> {
    this.shown = { folder, compared: runIds };
    await this.reveal();
  }

  // When the server has started: a page that came back before it could only say that there is none.
  async refresh(): Promise<void> {
    if (this.panel) await this.send();
  }

  // After the window was reloaded.
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.shown = (state as Shown | undefined) ?? {};
    this.adopt(panel);
    return Promise.resolve();
  }

  private async reveal(): Promise<void> {
    if (this.panel) {
      this.panel.reveal(undefined, true);
      await this.send();
      return;
    }
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    this.adopt(vscode.window.createWebviewPanel(PANEL_TYPE, 'TestGen', { viewColumn: column, preserveFocus: true }));
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icon.png');
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    panel.webview.html = this.page();
  }

  private post(message: ToPage): void {
    void this.panel?.webview.postMessage(message);
  }

  private async receive(message: FromPage): Promise<void> {
    try {
      await this.handle(message);
    } catch (error) {
      this.post({ type: 'problem', message: (error as Error).message });
    }
  }

  private async handle(message: FromPage): Promise<void> {
    const { folder } = this.shown;
    switch (message.type) {
      case 'ready':
        this.post({ type: 'live', runs: this.live.all() });
        return this.send();
      case 'overview':
        this.shown = { folder };
        return this.send();
      case 'more':
        return this.sendMore();
      case 'filter':
        this.filter = message.filter;
        return this.sendRuns();
      case 'folder':
        this.shown = { folder: message.uri };
        return this.send();
      case 'open':
        this.shown = { folder, runId: message.runId };
        return this.send();
      case 'compare':
        this.shown = { folder, compared: message.runIds };
        return this.send();
      case 'reveal':
        return reveal(message.path, message.line, folder);
      case 'mutant':
        return showMutant(message.mutant, await fileOf(message.mutant.path, folder));
      case 'export':
        return showText('json', JSON.stringify(await this.detail(message.runId), null, 2));
      case 'exportRuns':
        return this.exportRuns(message.form);
      case 'cancel':
        return this.server.execute('testgen.cancel', { run_id: message.runId });
      case 'command':
        if (COMMANDS.has(message.name)) await this.perform(message.name, message.argument);
    }
  }

  private async perform(name: string, argument?: Record<string, unknown>): Promise<void> {
    const { folder } = this.shown;
    const whole = folder ? { ...argument, uri: folder } : argument;
    await vscode.commands.executeCommand(name, whole && Object.keys(whole).length > 0 ? whole : undefined);
  }

  private async send(): Promise<void> {
    const { runId, compared } = this.shown;
    try {
      if (compared) await this.sendComparison(compared);
      else if (runId) await this.sendRun(runId);
      else await Promise.all([this.sendRuns(), this.sendTrend()]);
    } catch (error) {
      this.post({ type: 'problem', message: (error as Error).message });
    }
  }

  private async sendRuns(): Promise<void> {
    const { folder } = this.shown;
    if (!(await this.list.load(folder, this.filter))) return;
    const { runs, total, matching, hasMore } = this.list;
    this.post({ type: 'overview', folder, folders: folders(), filter: this.filter, runs, total, matching, hasMore, canRun: true });
  }

  private async sendMore(): Promise<void> {
    const runs = await this.list.more();
    if (runs) this.post({ type: 'more', runs, hasMore: this.list.hasMore });
  }

  private async sendTrend(): Promise<void> {
    this.post({ type: 'trend', trend: await this.trend() });
  }

  private trend(): Promise<TrendReport> {
    return this.server.execute<TrendReport>('testgen.trend', { uri: this.shown.folder });
  }

  private detail(runId: string): Promise<RunDetail> {
    return this.server.request<RunDetail>('testgen/run', { uri: this.shown.folder, run_id: runId });
  }

  private async sendRun(runId: string): Promise<void> {
    const detail = await this.detail(runId);
    const isGeneration = detail.summary.kind === 'generation';
    const around = isGeneration ? scoresAround((await this.trend()).points, detail.summary.created_at) : undefined;
    this.post({ type: 'run', detail, around, canRun: true });
  }

  private async sendComparison(runIds: string[]): Promise<void> {
    const details = await Promise.all(runIds.map((runId) => this.detail(runId)));
    const [before, after] = details.sort((one, other) => one.summary.sequence - other.summary.sequence);
    if (before && after) this.post({ type: 'comparison', before, after, canRun: true });
  }

  // Every run that the filter lets through, not only those that were fetched for the page.
  private async exportRuns(form: 'csv' | 'json'): Promise<void> {
    const runs: RunSummary[] = [];
    for (let before: number | undefined; ; ) {
      const params = { uri: this.shown.folder, ...this.filter, limit: EXPORT_PAGE, before };
      const page = await this.server.request<RunsPage>('testgen/runs', params);
      runs.push(...page.runs);
      before = page.next;
      if (before === undefined) break;
    }
    if (form === 'csv') await showText('csv', runsAsCsv(runs));
    else await showText('json', JSON.stringify(runs, null, 2));
  }

  // Script and style are in the page: two files less to fetch before anything is seen.
  private page(): string {
    const nonce = randomBytes(16).toString('base64');
    const text = (...names: string[]) => readFileSync(vscode.Uri.joinPath(this.extension, ...names).fsPath, 'utf8');
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<style nonce="${nonce}">${text('media', 'panel.css')}</style>
<title>TestGen</title>
</head>
<body>
<div id="live" role="log" aria-label="Running now" aria-relevant="additions"></div>
<main id="page"></main>
<script nonce="${nonce}">${text('dist', 'panel.js')}</script>
</body>
</html>`;
  }
}

// A document that the user saves where they want it.
async function showText(language: string, content: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language, content }));
}
