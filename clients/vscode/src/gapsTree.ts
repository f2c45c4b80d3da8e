// The view of gaps: by risk, worst first; each can be gone to and fixed.
import * as vscode from 'vscode';
import { gapText, RISKS, type GapPlace } from './gapText';
import { openPlace } from './places';
import type { GapsReport, Risk } from './reports';

export type GapNode = { type: 'risk'; risk: Risk; gaps: GapPlace[] } | { type: 'gap'; gap: GapPlace };

const ICONS: Record<Risk, [string, string]> = {
  critical: ['error', 'list.errorForeground'],
  high: ['warning', 'list.warningForeground'],
  medium: ['info', 'foreground'],
  low: ['circle-outline', 'descriptionForeground'],
};

export class GapsTree implements vscode.TreeDataProvider<GapNode> {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changes.event;
  private places: GapPlace[] = [];

  show(report: GapsReport): void {
    this.places = report.files.flatMap((file) =>
      file.functions.map((gap) => ({ path: file.path, isStale: file.stale, gap })),
    );
    this.changes.fire();
  }

  getChildren(node?: GapNode): GapNode[] {
    if (node?.type === 'risk') return node.gaps.map((gap) => ({ type: 'gap', gap }));
    if (node) return [];
    return RISKS.map((risk): GapNode => ({ type: 'risk', risk, gaps: this.places.filter((place) => place.gap.risk === risk) })).filter(
      (risk) => risk.type === 'risk' && risk.gaps.length > 0,
    );
  }

  getTreeItem(node: GapNode): vscode.TreeItem {
    if (node.type === 'risk') {
      const item = new vscode.TreeItem(
        node.risk[0]?.toUpperCase() + node.risk.slice(1),
        node.risk === 'low' ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded,
      );
      item.description = `${node.gaps.length}`;
      item.iconPath = new vscode.ThemeIcon(ICONS[node.risk][0], new vscode.ThemeColor(ICONS[node.risk][1]));
      return item;
    }
    const { path, gap, isStale } = node.gap;
    const item = new vscode.TreeItem(gap.function ?? 'module level');
    item.description = gapText(gap);
    item.tooltip = `${path}:${gap.line}\n${gapText(gap)}${isStale ? '\nThe file changed since it was measured.' : ''}`;
    item.command = openPlace(path, gap.ranges[0]?.first ?? gap.branches[0]?.line ?? gap.line);
    item.contextValue = gap.function ? 'testgen.gap' : 'testgen.place';
    return item;
  }
}
