// The gaps that were found: what no test reaches, by risk, worst first; then boundaries, cheats and changes that nothing
// notices. Each can be gone to, and tests can be written for it.
import * as vscode from 'vscode';
import { folderName } from './folders';
import { GAP_KINDS, isShown, RISKS, type GapFilter, type GapKind, type GapPlace } from './gapText';
import { openPlace } from './places';
import type { Risk } from './reports';

interface PlacedGap extends GapPlace {
  folder?: string;
}

export type GapNode = { type: 'group'; group: Group; gaps: PlacedGap[] } | { type: 'gap'; gap: PlacedGap };

interface Group {
  id: string;
  label: string;
  icon: string;
  colour: string;
  isOpen: boolean;
  holds: (gap: GapPlace) => boolean;
}

function ofRisk(risk: Risk, icon: string, colour: string): Group {
  const label = risk.charAt(0).toUpperCase() + risk.slice(1);
  return { id: risk, label, icon, colour, isOpen: risk !== 'low', holds: (gap) => gap.kind === 'coverage' && gap.risk === risk };
}

function ofKind(kind: GapKind, label: string, icon: string): Group {
  return { id: kind, label, icon, colour: 'list.warningForeground', isOpen: true, holds: (gap) => gap.kind === kind };
}

const GROUPS: Group[] = [
  ofRisk('critical', 'error', 'list.errorForeground'),
  ofRisk('high', 'warning', 'list.warningForeground'),
  ofRisk('medium', 'info', 'foreground'),
  ofRisk('low', 'circle-outline', 'descriptionForeground'),
  ofKind('mutant', 'Changes that nothing notices', 'bug'),
  ofKind('boundary', 'Boundaries that are not tested', 'symbol-operator'),
  ofKind('cheat', 'Cheats that pass', 'eye'),
];

export class GapsTree implements vscode.TreeDataProvider<GapNode> {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changes.event;
  private readonly found = new Map<string, PlacedGap[]>(); // by folder and kind
  private filter: GapFilter = {};

  // What a new report of the kind says takes the place of what the one before it said.
  show(kind: GapKind, gaps: GapPlace[], folder: string | undefined): void {
    this.found.set(`${folder ?? ''} ${kind}`, gaps.map((gap) => ({ ...gap, folder })));
    this.changes.fire();
  }

  get filtered(): GapFilter {
    return this.filter;
  }

  narrow(filter: GapFilter): void {
    this.filter = filter;
    this.changes.fire();
  }

  private all(): PlacedGap[] {
    return [...this.found.values()].flat();
  }

  // How many there are, and how many of them are shown.
  get counts(): { all: number; shown: number } {
    const all = this.all();
    return { all: all.length, shown: all.filter((gap) => isShown(gap, this.filter)).length };
  }

  get kinds(): GapKind[] {
    const all = this.all();
    return GAP_KINDS.filter((kind) => all.some((gap) => gap.kind === kind));
  }

  get risks(): Risk[] {
    const all = this.all();
    return RISKS.filter((risk) => all.some((gap) => gap.risk === risk));
  }

  getChildren(node?: GapNode): GapNode[] {
    if (node?.type === 'group') return node.gaps.map((gap) => ({ type: 'gap', gap }));
    if (node) return [];
    const shown = this.all().filter((gap) => isShown(gap, this.filter));
    return GROUPS.map((group) => ({ type: 'group' as const, group, gaps: shown.filter((gap) => group.holds(gap)) })).filter(
      ({ gaps }) => gaps.length > 0,
    );
  }

  getTreeItem(node: GapNode): vscode.TreeItem {
    return node.type === 'group' ? groupItem(node.group, node.gaps.length) : gapItem(node.gap);
  }
}

function groupItem(group: Group, count: number): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(group.label, group.isOpen ? Expanded : Collapsed);
  item.id = group.id;
  item.description = `${count}`;
  item.iconPath = new vscode.ThemeIcon(group.icon, new vscode.ThemeColor(group.colour));
  return item;
}

function gapItem(gap: PlacedGap): vscode.TreeItem {
  const item = new vscode.TreeItem(gap.label);
  const stale = gap.isStale ? '\nThe file changed since it was measured.' : '';
  item.description = [gap.text, folderName(gap.folder)].filter(Boolean).join(' · ');
  item.tooltip = `${gap.path}:${gap.line}\n${gap.text}${stale}`;
  item.command = openPlace(gap.path, gap.line, gap.folder);
  item.contextValue = gap.mutant ? 'testgen.gap.mutant' : gap.function ? 'testgen.gap' : 'testgen.place';
  return item;
}
