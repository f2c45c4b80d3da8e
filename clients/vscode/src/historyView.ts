// What can be done in the view of the history: filtering, comparing, cancelling.
import * as vscode from 'vscode';
import { filterText, HistoryTree, RUN_ICONS, type HistoryNode } from './historyTree';
import type { Panel } from './panel';
import type { RunFilter } from './runList';

type RunNode = Extract<HistoryNode, { type: 'run' }>;

const isRun = (node: HistoryNode | undefined): node is RunNode => node?.type === 'run';

export class HistoryView implements vscode.Disposable {
  private readonly view: vscode.TreeView<HistoryNode>;

  constructor(
    private readonly tree: HistoryTree,
    private readonly panel: Panel,
  ) {
    this.view = vscode.window.createTreeView('testgen.history', { treeDataProvider: tree, canSelectMany: true, showCollapseAll: true });
  }

  dispose(): void {
    this.view.dispose();
  }

  async chooseFilter(): Promise<void> {
    const { text } = this.tree.filtered;
    const all = { label: '$(history) All runs', filter: {} as RunFilter | undefined };
    const search = { label: '$(search) Whose title or commit says…', filter: undefined };
    const kinds = Object.entries(RUN_ICONS).map(([kind, icon]) => ({ label: `$(${icon}) ${kind}`, filter: { kind, text } }));
    const chosen = await vscode.window.showQuickPick([all, search, ...kinds], { title: 'Which runs?' });
    const filter = chosen === search ? await this.search() : chosen?.filter;
    if (filter) this.filter(filter);
  }

  private async search(): Promise<RunFilter | undefined> {
    const before = this.tree.filtered;
    const title = 'Runs whose title says this, or whose commit begins so';
    const text = await vscode.window.showInputBox({ title, value: before.text });
    return text === undefined ? undefined : { ...before, text };
  }

  private filter(filter: RunFilter): void {
    this.tree.show(filter);
    this.view.description = filterText(filter);
  }

  // The two that are selected, or the one with the menu and the other one that is selected.
  async compare(node: HistoryNode | undefined, selected: HistoryNode[] | undefined): Promise<void> {
    const nodes = [...new Set([...(selected ?? this.view.selection), ...(node ? [node] : [])])].filter(isRun);
    const [one, other] = nodes;
    if (nodes.length !== 2 || !one || !other || one.folder !== other.folder) {
      void vscode.window.showInformationMessage('TestGen: select two runs of one folder to compare them.');
      return;
    }
    await this.panel.showComparison([one.run.run_id, other.run.run_id], one.folder);
  }
}
