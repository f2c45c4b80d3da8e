// The view of the history: what runs, then days, their runs, and what each found; of several folders each has its own.
// Pages are fetched when asked for.
import * as vscode from 'vscode';
import { folderName, folders, type Folder } from './folders';
import type { LiveRun } from './liveRun';
import { openPlace } from './places';
import type { Mutant, RunDetail, RunSummary } from './reports';
import { RunList, type RunFilter } from './runList';
import type { LiveRuns } from './runs';
import { sectionsOf, type Leaf, type Section } from './sections';
import type { Server } from './server';
import { count, day, duration, time } from './text';

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
  evolution: 'git-compare',
};

export type HistoryNode =
  | { type: 'live'; run: LiveRun }
  | { type: 'folder'; folder: Folder }
  | { type: 'day'; label: string; runs: RunSummary[]; folder?: string }
  | { type: 'run'; run: RunSummary; folder?: string }
  | { type: 'section'; section: Section; folder?: string }
  | { type: 'leaf'; leaf: Leaf; mutant?: Mutant; folder?: string }
  | { type: 'message'; text: string }
  | { type: 'more'; left: number; folder?: string };

export class HistoryTree implements vscode.TreeDataProvider<HistoryNode> {
  private readonly changes = new vscode.EventEmitter<HistoryNode | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private readonly lists = new Map<string | undefined, RunList>(); // by folder; of a single one: undefined
  private filter: RunFilter = {};

  constructor(
    private readonly server: Server,
    private readonly live: LiveRuns,
  ) {
    live.onChange(() => this.changes.fire(undefined));
    live.onEnd(() => this.refresh());
  }

  refresh(): void {
    this.lists.clear();
    this.changes.fire(undefined);
  }

  get filtered(): RunFilter {
    return this.filter;
  }

  show(filter: RunFilter): void {
    this.filter = filter;
    this.refresh();
  }

  async more(folder: string | undefined): Promise<void> {
    await this.lists.get(folder)?.more();
    this.changes.fire(undefined);
  }

  private async list(folder: string | undefined): Promise<RunList> {
    const known = this.lists.get(folder);
    if (known) return known;
    const list = new RunList(this.server, PAGE);
    await list.load(folder, this.filter);
    this.lists.set(folder, list);
    return list;
  }

  async getChildren(node?: HistoryNode): Promise<HistoryNode[]> {
    if (!node) return this.roots();
    switch (node.type) {
      case 'folder':
        return this.runs(node.folder.uri);
      case 'day':
        return node.runs.map((run) => ({ type: 'run', run, folder: node.folder }));
      case 'run':
        return this.sections(node.run, node.folder);
      case 'section':
        return node.section.leaves.map((leaf) => ({ type: 'leaf', leaf, mutant: leaf.mutant, folder: node.folder }));
      case 'live':
        return node.run.tests.map((test) => ({ type: 'message', text: `${test.name} · ${test.category}` }));
      default:
        return [];
    }
  }

  private async roots(): Promise<HistoryNode[]> {
    if (!this.server.isRunning) return [];
    const all = folders();
    const live: HistoryNode[] = this.live.all().map((run) => ({ type: 'live', run }));
    if (all.length > 1) return [...live, ...all.map((folder): HistoryNode => ({ type: 'folder', folder }))];
    return [...live, ...(await this.runs(undefined))];
  }

  private async runs(folder: string | undefined): Promise<HistoryNode[]> {
    let list: RunList;
    try {
      list = await this.list(folder);
    } catch (error) {
      return [{ type: 'message', text: `The history could not be read: ${(error as Error).message}` }];
    }
    if (list.runs.length === 0 && (this.filter.kind || this.filter.text)) return [{ type: 'message', text: 'No run is like this.' }];
    const days = new Map<string, RunSummary[]>();
    for (const run of list.runs) {
      const label = day(run.created_at);
      days.set(label, [...(days.get(label) ?? []), run]);
    }
    const nodes: HistoryNode[] = [...days].map(([label, runs]) => ({ type: 'day', label, runs, folder }));
    if (list.hasMore) nodes.push({ type: 'more', left: list.matching - list.runs.length, folder });
    return nodes;
  }

  private async sections(run: RunSummary, folder: string | undefined): Promise<HistoryNode[]> {
    const detail = await this.server.request<RunDetail>('testgen/run', { uri: folder, run_id: run.run_id });
    return sectionsOf(detail).map((section) => ({ type: 'section', section, folder }));
  }

  getTreeItem(node: HistoryNode): vscode.TreeItem {
    switch (node.type) {
      case 'live':
        return liveItem(node.run);
      case 'folder':
        return folderItem(node.folder);
      case 'day':
        return new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      case 'run':
        return runItem(node.run);
      case 'section':
        return sectionItem(node.section);
      case 'leaf':
        return leafItem(node.leaf, node.folder);
      case 'message':
        return new vscode.TreeItem(node.text);
      case 'more':
        return moreItem(node.left, node.folder);
    }
  }
}

// "mutation, “pricing”", for the title of the view; empty without a filter.
export function filterText({ kind, text }: RunFilter): string {
  return [kind, text && `“${text}”`].filter(Boolean).join(', ');
}

function folderItem(folder: Folder): vscode.TreeItem {
  const item = new vscode.TreeItem(folder.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `folder:${folder.uri}`;
  item.iconPath = new vscode.ThemeIcon('root-folder');
  return item;
}

function liveItem(run: LiveRun): vscode.TreeItem {
  const item = new vscode.TreeItem(
    run.title,
    run.tests.length > 0 ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None,
  );
  const counts = run.total ? `${run.done ?? 0} of ${run.total}` : '';
  item.id = `live:${run.id}`;
  item.description = [folderName(run.folder), counts, run.message].filter(Boolean).join(' · ');
  item.iconPath = new vscode.ThemeIcon('sync~spin');
  item.contextValue = 'testgen.live';
  item.command = { command: 'testgen.showDashboard', title: 'Show' };
  return item;
}

function figures(run: RunSummary): string[] {
  const { score, score_before: before, kill_rate: kills, line_coverage: lines } = run;
  const percent = (share: number, what: string) => `${Math.round(100 * share)} % ${what}`;
  return [
    score === undefined ? '' : before !== undefined && before !== score ? `score ${before} → ${score}` : `score ${score}`,
    kills === undefined ? '' : percent(kills, 'killed'),
    lines === undefined ? '' : percent(lines, 'of lines'),
  ];
}

function runItem(run: RunSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(run.title, vscode.TreeItemCollapsibleState.Collapsed);
  const isBad = run.status !== 'complete';
  item.id = `run:${run.run_id}`;
  item.description = [time(run.created_at), isBad ? run.status : '', ...figures(run)].filter(Boolean).join(' · ');
  item.tooltip = [
    run.title,
    `${run.kind}, ${run.status}, ${duration(run.duration_ms)}`,
    run.revision ? `commit ${run.revision}` : '',
    run.tokens ? count(run.tokens, 'token') : '',
  ]
    .filter(Boolean)
    .join('\n');
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

function leafItem(leaf: Leaf, folder: string | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(leaf.label);
  item.description = leaf.description;
  item.tooltip = leaf.tooltip ?? [leaf.label, leaf.description].filter(Boolean).join('\n');
  item.iconPath = new vscode.ThemeIcon(leaf.icon);
  item.contextValue = leaf.mutant ? 'testgen.mutant' : 'testgen.leaf';
  item.command = openPlace(leaf.path, leaf.line, folder);
  return item;
}

function moreItem(left: number, folder: string | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(`Show more (${left} left)`);
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: 'testgen.moreHistory', title: 'Show more', arguments: [folder] };
  return item;
}
