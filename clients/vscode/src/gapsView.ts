// What can be done in the view of gaps: filtering, writing tests, and seeing how a measurement goes. What it shows is
// renewed when tests ran, and when generated tests were saved.
import * as vscode from 'vscode';
import { folderOf } from './folders';
import { boundaryGaps, cheatGaps, coverageGaps, gapFilterText, mutantGaps, type GapFilter, type GapKind } from './gapText';
import type { GapNode, GapsTree } from './gapsTree';
import { fileOf } from './places';
import type { BoundaryReport, CheatsReport, GapsReport, GenerateReport, MutationReport, Report, Risk } from './reports';
import type { LiveRuns } from './runs';
import type { Server } from './server';
import { count } from './text';

interface Choice extends vscode.QuickPickItem {
  gapKind?: GapKind;
  risk?: Risk;
  path?: string;
}

export class GapsView implements vscode.Disposable {
  private readonly view: vscode.TreeView<GapNode>;
  private readonly disposables: vscode.Disposable[];
  private readonly measured = new Set<string | undefined>(); // folders whose coverage is shown
  private readonly awaited = new Map<string, string | undefined>(); // files that get generated tests, with their folder

  constructor(
    private readonly tree: GapsTree,
    private readonly server: Server,
    live: LiveRuns,
  ) {
    this.view = vscode.window.createTreeView('testgen.gaps', { treeDataProvider: tree, showCollapseAll: true });
    this.disposables = [
      this.view,
      live.onChange(() => this.showActivity(live)),
      vscode.workspace.onDidSaveTextDocument((document) => void this.saved(document.uri)),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private showActivity(live: LiveRuns): void {
    const run = live.all().find(({ title }) => title !== 'Score suite');
    const counts = run?.total ? ` ${run.done ?? 0} of ${run.total}` : '';
    this.view.message = run && `${run.title}${counts}…`;
  }

  // ---- What was found ----

  showCoverage(report: GapsReport, folder: string | undefined): void {
    this.measured.add(folder);
    this.put('coverage', coverageGaps(report), folder);
  }

  showBoundaries(report: Report, folder: string | undefined): void {
    this.put('boundary', boundaryGaps(report as unknown as BoundaryReport), folder);
  }

  showCheats(report: Report, folder: string | undefined): void {
    this.put('cheat', cheatGaps(report as unknown as CheatsReport), folder);
  }

  showMutants(report: Report, folder: string | undefined): void {
    this.put('mutant', mutantGaps(report as unknown as MutationReport), folder);
  }

  private put(kind: GapKind, gaps: Parameters<GapsTree['show']>[1], folder: string | undefined): void {
    this.tree.show(kind, gaps, folder);
    this.describe();
  }

  private describe(): void {
    const { all, shown } = this.tree.counts;
    const filter = gapFilterText(this.tree.filtered);
    this.view.description = filter ? `${shown} of ${all}: ${filter}` : all > 0 ? count(all, 'gap') : '';
  }

  // ---- Renewing it ----

  // A run of all tests with coverage says what they reach; they need not run once more.
  async testsRan(report: Report, folder: string | undefined): Promise<void> {
    if (this.measured.has(folder) && report.coverage && report.run_id) await this.renew({ of_run: report.run_id }, folder);
  }

  generated(report: GenerateReport, folder: string | undefined): void {
    if (report.accepted.length === 0) return;
    for (const { path } of report.edits) this.awaited.set(path, folder);
  }

  // Generated tests are in the file once somebody applied and saved them.
  private async saved(uri: vscode.Uri): Promise<void> {
    const path = vscode.workspace.asRelativePath(uri, false);
    if (!this.awaited.has(path)) return;
    const folder = this.awaited.get(path);
    this.awaited.delete(path);
    if (this.measured.has(folder) && vscode.workspace.isTrusted) await this.renew({ run: true }, folder);
  }

  private async renew(argument: object, folder: string | undefined): Promise<void> {
    try {
      const report = await vscode.window.withProgress({ location: { viewId: 'testgen.gaps' } }, () =>
        this.server.execute<GapsReport>('testgen.showCoverageGaps', { uri: folder, ...argument }),
      );
      this.showCoverage(report, folder);
    } catch (error) {
      this.server.log.warn(`the gaps could not be renewed: ${(error as Error).message}`);
      this.view.message = 'The gaps could not be renewed; the log says why.';
    }
  }

  // ---- What can be done ----

  async chooseFilter(): Promise<void> {
    const { filtered, kinds, risks } = this.tree;
    const separator = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const choices: Choice[] = [separator('Kind')];
    for (const kind of kinds) choices.push({ label: kind, gapKind: kind, picked: filtered.kinds?.includes(kind) ?? true });
    if (risks.length > 0) choices.push(separator('Risk, of coverage'));
    for (const risk of risks) choices.push({ label: risk, risk, picked: filtered.risks?.includes(risk) ?? true });
    const active = vscode.window.activeTextEditor?.document.uri;
    const path = filtered.path ?? (folderOf(active) && active && vscode.workspace.asRelativePath(active, false));
    if (path) choices.push(separator('File'), { label: `only ${path}`, path, picked: filtered.path !== undefined });
    const chosen = await vscode.window.showQuickPick(choices, { canPickMany: true, title: 'Which gaps?' });
    if (chosen) this.narrow(filterOf(chosen, kinds, risks));
  }

  private narrow(filter: GapFilter): void {
    this.tree.narrow(filter);
    this.describe();
  }

  async fix(node: GapNode | undefined): Promise<void> {
    if (node?.type !== 'gap') return;
    const { path, line, mutant, folder, function: name } = node.gap;
    if (!mutant) {
      await vscode.commands.executeCommand('testgen.generate', { target: `${path}::${name ?? ''}`, uri: folder });
      return;
    }
    const { column, end_line, end_column, original, replacement } = mutant;
    const uri = (await fileOf(path, folder))?.toString();
    const kill = { line, column, end_line, end_column, original, replacement };
    await vscode.commands.executeCommand('testgen.generate', { uri, line: line - 1, kill });
  }
}

// All of a part chosen is no filter of it.
function filterOf(chosen: readonly Choice[], kinds: GapKind[], risks: Risk[]): GapFilter {
  const of = <Value>(all: Value[], value: (choice: Choice) => Value | undefined) => {
    const some = chosen.map(value).filter((one) => one !== undefined);
    return some.length < all.length ? some : undefined;
  };
  return { kinds: of(kinds, (choice) => choice.gapKind), risks: of(risks, (choice) => choice.risk), path: chosen.find((choice) => choice.path)?.path };
}
