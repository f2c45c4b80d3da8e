// The view of the history: what runs, then days, their runs, and what each found. Pages are fetched when asked for.
import * as vscode from 'vscode';
import { openPlace } from './places';
import type { Mutant, RunDetail, RunsPage, RunSummary } from './reports';
import type { LiveRun, LiveRuns } from './runs';
import { sectionsOf, type Leaf, type Section } from './sections';
import type { Server } from './server';
import { day, duration, time } from './text';

const PAGE = 50;

export const RUN_ICONS: Record<string, string> = {
  generation: 'sparkle',
  scoring: 'dashboard',
  gaps: 'search',
  test: 'play',
  mutation: 'bug',
  value: 'law',
  boundary: 'symbol-operator',
  cheats: 'eye',
};

export type HistoryNode =
  | { type: 'live'; run: LiveRun }
  | { type: 'day'; label: string; runs: RunSummary[] }
  | { type: 'run'; run: RunSummary }
  | { type: 'section'; section: Section }
  | { type: 'leaf'; leaf: Leaf; mutant?: Mutant }
  | { type: 'message'; text: string }
  | { type: 'more'; left: number };

export class HistoryTree implements vscode.TreeDataProvider<HistoryNode> {
  private readonly changes = new vscode.EventEmitter<HistoryNode | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private runs: RunSummary[] = [];
  private next: number | undefined;
  private total = 0;
  private isLoaded = false;
  private kind: string | undefined;

  constructor(
    private readonly server: Server,
    private readonly live: LiveRuns,
  ) {
    live.onChange(() => this.changes.fire(undefined));
    live.onEnd(() => this.refresh());
  }

  refresh(): void {
    this.isLoaded = false;
    this.changes.fire(undefined);
  }

  filter(kind: string | undefined): void {
    this.kind = kind;
    this.refresh();
  }

  async more(): Promise<void> {
    await this.load(this.next);
    this.changes.fire(undefined);
  }

  private async load(before?: number): Promise<void> {
    const page = await this.server.request<RunsPage>('testgen/runs', { kind: this.kind, limit: PAGE, before });
    this.runs = before === undefined ? page.runs : [...this.runs, ...page.runs];
    this.next = page.next ?? undefined;
    this.total = page.total;
    this.isLoaded = true;
  }

  async getChildren(node?: HistoryNode): Promise<HistoryNode[]> {
    if (!node) return this.roots();
    if (node.type === 'day') return node.runs.map((run) => ({ type: 'run', run }));
    if (node.type === 'section') return node.section.leaves.map((leaf) => ({ type: 'leaf', leaf, mutant: leaf.mutant }));
    if (node.type === 'live') return node.run.tests.map((test) => ({ type: 'message', text: `${test.name} · ${test.category}` }));
    if (node.type !== 'run') return [];
    const detail = await this.server.request<RunDetail>('testgen/run', { run_id: node.run.run_id });
    return sectionsOf(detail).map((section) => ({ type: 'section', section }));
  }

  private async roots(): Promise<HistoryNode[]> {
    if (!this.server.isRunning) return [];
    if (!this.isLoaded) {
      try {
        await this.load();
      } catch (error) {
        return [{ type: 'message', text: `The history could not be read: ${(error as Error).message}` }];
      }
    }
    const days = new Map<string, RunSummary[]>();
    for (const run of this.runs) {
      const label = day(run.created_at);
      days.set(label, [...(days.get(label) ?? []), run]);
    }
    const nodes: HistoryNode[] = this.live.all().map((run) => ({ type: 'live', run }));
    for (const [label, runs] of days) nodes.push({ type: 'day', label, runs });
    if (this.next !== undefined) nodes.push({ type: 'more', left: this.total - this.runs.length });
    return nodes;
  }

  getTreeItem(node: HistoryNode): vscode.TreeItem {
    switch (node.type) {
      case 'live':
        return liveItem(node.run);
      case 'day':
        return new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      case 'run':
        return runItem(node.run);
      case 'section':
        return sectionItem(node.section);
      case 'leaf':
        return leafItem(node.leaf);
      case 'message':
        return new vscode.TreeItem(node.text);
      case 'more':
        return moreItem(node.left);
    }
  }
}

function liveItem(run: LiveRun): vscode.TreeItem {
  const item = new vscode.TreeItem(
    run.title,
    run.tests.length > 0 ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None,
  );
  item.id = `live:${run.id}`;
  item.description = run.total ? `${run.done ?? 0} of ${run.total} · ${run.message}` : run.message;
  item.iconPath = new vscode.ThemeIcon('sync~spin');
  item.command = { command: 'testgen.showDashboard', title: 'Show' };
  return item;
}

function runItem(run: RunSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(run.title, vscode.TreeItemCollapsibleState.Collapsed);
  const isBad = run.status !== 'complete';
  item.id = `run:${run.run_id}`;
  item.description = [time(run.created_at), isBad ? run.status : '', run.score !== undefined ? `score ${run.score}` : '']
    .filter(Boolean)
    .join(' · ');
  item.tooltip = `${run.title}\n${run.kind}, ${run.status}, ${duration(run.duration_ms)}`;
  item.iconPath = new vscode.ThemeIcon(
    isBad ? 'warning' : (RUN_ICONS[run.kind] ?? 'history'),
    isBad ? new vscode.ThemeColor('list.warningForeground') : undefined,
  );
  item.contextValue = 'testgen.run';
  return item;
}

function sectionItem(section: Section): vscode.TreeItem {
  const item = new vscode.TreeItem(section.label, vscode.TreeItemCollapsibleState.Collapsed);
  item.iconPath = new vscode.ThemeIcon(section.icon);
  return item;
}

function leafItem(leaf: Leaf): vscode.TreeItem {
  const item = new vscode.TreeItem(leaf.label);
  item.description = leaf.description;
  item.tooltip = leaf.tooltip ?? [leaf.label, leaf.description].filter(Boolean).join('\n');
  item.iconPath = new vscode.ThemeIcon(leaf.icon);
  item.contextValue = leaf.mutant ? 'testgen.mutant' : 'testgen.leaf';
  item.command = openPlace(leaf.path, leaf.line);
  return item;
}

function moreItem(left: number): vscode.TreeItem {
  const item = new vscode.TreeItem(`Show more (${left} left)`);
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: 'testgen.moreHistory', title: 'Show more' };
  return item;
}
