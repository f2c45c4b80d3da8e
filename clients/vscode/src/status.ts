// The item in the status bar: how the server is, what runs, the last score. It opens the menu.
import * as vscode from 'vscode';
import { folderName, folderOf, folders } from './folders';
import type { GenerateReport, Report, ServerStatus } from './reports';
import type { LiveRuns } from './runs';
import type { Server } from './server';
import { statusText } from './statusText';

interface Score {
  score: number;
  of: number;
}

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('testgen.status', vscode.StatusBarAlignment.Left, 1);
  private status: ServerStatus | undefined;
  private readonly scores = new Map<string | undefined, Score>(); // by folder
  private readonly awaited = new Map<string, string | undefined>(); // files that get generated tests, with their folder

  constructor(
    private readonly server: Server,
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
    vscode.window.onDidChangeActiveTextEditor(() => {
      if (this.scores.size > 1) this.draw();
    });
    vscode.workspace.onDidSaveTextDocument((document) => void this.saved(document.uri));
    this.draw();
    this.item.show();
  }

  scored({ score, of, path }: Report & { path?: string }, folder: string | undefined): void {
    // That of one file is not the suite's.
    if (score !== undefined && of !== undefined && (!path || path === '.')) this.scores.set(folder, { score, of });
    this.draw();
  }

  generated(report: GenerateReport, folder: string | undefined): void {
    if (report.accepted.length > 0) for (const { path } of report.edits) this.awaited.set(path, folder);
  }

  // Generated tests were applied: what they are worth is seen at once, where the score was seen before.
  private async saved(uri: vscode.Uri): Promise<void> {
    const path = vscode.workspace.asRelativePath(uri, false);
    if (!this.awaited.has(path)) return;
    const folder = this.awaited.get(path);
    this.awaited.delete(path);
    if (!this.scores.has(folder)) return;
    try {
      this.scored(await this.server.execute<Report>('testgen.score', { uri: folder }), folder);
    } catch (error) {
      this.server.log.warn(`the suite could not be scored again: ${(error as Error).message}`);
    }
  }

  // Of the folder that the user works in, else of the first that has one.
  private shownScore(): Score | undefined {
    const active = folderOf(vscode.window.activeTextEditor?.document.uri);
    return this.scores.get(active) ?? [...this.scores.values()][0];
  }

  private scoreLines(): string {
    if (folders().length < 2) return '';
    return [...this.scores].map(([folder, { score, of }]) => `\n${folderName(folder)}: ${score} of ${of}`).join('');
  }

  dispose(): void {
    this.item.dispose();
  }

  private draw(): void {
    const { text, tooltip, severity } = statusText({
      status: this.status,
      running: this.runs.all()[0],
      score: this.shownScore(),
      isTrusted: vscode.workspace.isTrusted,
    });
    this.item.text = text;
    this.item.tooltip = tooltip + this.scoreLines();
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
