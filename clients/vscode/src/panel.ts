// The panel: the trend, the runs, one run in full, and what runs now. The page only draws; it asks here for everything.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { FromPage, ToPage } from './messages';
import { showMutant } from './mutantDiff';
import { reveal } from './places';
import type { RunDetail, RunsPage, RunSummary } from './reports';
import type { LiveRuns } from './runs';
import type { Server } from './server';

export const PANEL_TYPE = 'testgen.panel';
const PAGE = 200;
const COMMANDS = new Set(['testgen.score', 'testgen.showCoverageGaps', 'testgen.runTests', 'testgen.mutate', 'testgen.cancel']);

export class Panel implements vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | undefined;
  private runs: RunSummary[] = [];
  private next: number | undefined;
  private total = 0;
  private shown: string | undefined; // a run; undefined: the overview

  constructor(
    private readonly extension: vscode.Uri,
    private readonly server: Server,
    private readonly live: LiveRuns,
  ) {
    live.onChange(() => this.post({ type: 'live', runs: live.all() }));
    live.onEnd(() => {
      if (this.panel && !this.shown) void this.sendOverview();
    });
  }

  async showOverview(): Promise<void> {
    this.shown = undefined;
    await this.reveal();
  }

  async showRun(runId: string): Promise<void> {
    this.shown = runId;
    await this.reveal();
  }

  // When the server has started: a page that came back before it could only say that there is none.
  async refresh(): Promise<void> {
    if (this.panel) await this.send();
  }

  // After the window was reloaded.
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.shown = (state as { runId?: string } | undefined)?.runId;
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
    const folders = ['dist', 'media'].map((name) => vscode.Uri.joinPath(this.extension, name));
    this.panel = panel;
    panel.webview.options = { enableScripts: true, localResourceRoots: folders };
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icon.png');
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    panel.webview.html = this.page(panel.webview);
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
    switch (message.type) {
      case 'ready':
        this.post({ type: 'live', runs: this.live.all() });
        return this.send();
      case 'overview':
        this.shown = undefined;
        return this.send();
      case 'more':
        return this.sendOverview(this.next);
      case 'open':
        this.shown = message.runId;
        return this.send();
      case 'reveal':
        return reveal(message.path, message.line);
      case 'mutant':
        return showMutant(message.mutant);
      case 'export':
        return this.export(message.runId);
      case 'command':
        if (COMMANDS.has(message.name)) await vscode.commands.executeCommand(message.name);
    }
  }

  private async send(): Promise<void> {
    try {
      await (this.shown ? this.sendRun(this.shown) : this.sendOverview());
    } catch (error) {
      this.post({ type: 'problem', message: (error as Error).message });
    }
  }

  private async sendOverview(before?: number): Promise<void> {
    const page = await this.server.request<RunsPage>('testgen/runs', { limit: PAGE, before });
    this.runs = before === undefined ? page.runs : [...this.runs, ...page.runs];
    this.next = page.next ?? undefined;
    this.total = page.total;
    this.post({ type: 'overview', runs: this.runs, total: this.total, hasMore: this.next !== undefined });
  }

  private async sendRun(runId: string): Promise<void> {
    this.post({ type: 'run', detail: await this.server.request<RunDetail>('testgen/run', { run_id: runId }) });
  }

  private async export(runId: string): Promise<void> {
    const detail = await this.server.request<RunDetail>('testgen/run', { run_id: runId });
    const content = JSON.stringify(detail, null, 2);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'json', content }));
  }

  private page(webview: vscode.Webview): string {
    const nonce = randomBytes(16).toString('base64');
    const address = (...names: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(this.extension, ...names)).toString();
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<link rel="stylesheet" href="${address('media', 'panel.css')}">
<title>TestGen</title>
</head>
<body>
<div id="live" role="status" aria-live="polite"></div>
<main id="page"></main>
<script nonce="${nonce}" src="${address('dist', 'panel.js')}"></script>
</body>
</html>`;
  }
}
