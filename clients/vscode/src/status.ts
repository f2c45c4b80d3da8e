// The item in the status bar: how the server is, what runs, the last score. It opens the menu.
import * as vscode from 'vscode';
import type { ServerStatus } from './reports';
import type { LiveRuns } from './runs';
import type { Server } from './server';
import { statusText } from './statusText';

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('testgen.status', vscode.StatusBarAlignment.Left, 1);
  private status: ServerStatus | undefined;
  private score: { score: number; of: number } | undefined;

  constructor(
    server: Server,
    private readonly runs: LiveRuns,
  ) {
    this.item.name = 'TestGen';
    this.item.command = 'testgen.menu';
    server.onStatus((status) => {
      this.status = status;
      this.draw();
    });
    runs.onChange(() => this.draw());
    vscode.workspace.onDidGrantWorkspaceTrust(() => this.draw());
    this.draw();
    this.item.show();
  }

  scored(score: { score?: number; of?: number }): void {
    if (score.score !== undefined && score.of !== undefined) this.score = { score: score.score, of: score.of };
    this.draw();
  }

  dispose(): void {
    this.item.dispose();
  }

  private draw(): void {
    const { text, tooltip, severity } = statusText({
      status: this.status,
      running: this.runs.all()[0],
      score: this.score,
      isTrusted: vscode.workspace.isTrusted,
    });
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `TestGen: ${text.replace(/\$\([^)]*\)\s*/g, '')}` };
    this.item.backgroundColor =
      severity === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
  }
}

const MENU = [
  { label: '$(dashboard) Score the suite', command: 'testgen.score' },
  { label: '$(search) Show coverage gaps', command: 'testgen.showCoverageGaps' },
  { label: '$(play) Run tests', command: 'testgen.runTests' },
  { label: '$(graph-line) Show history panel', command: 'testgen.showDashboard' },
  { label: '$(output) Show log', command: 'testgen.showLog' },
  { label: '$(refresh) Restart server', command: 'testgen.restart' },
  { label: '$(report) Report a problem', command: 'testgen.reportProblem' },
];

export async function showMenu(runs: LiveRuns): Promise<void> {
  const running = runs.all();
  const cancel = { label: '$(stop-circle) Cancel what runs', command: 'testgen.cancel', description: running[0]?.title };
  const chosen = await vscode.window.showQuickPick(running.length > 0 ? [cancel, ...MENU] : MENU, { title: 'TestGen' });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
