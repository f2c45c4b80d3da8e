// What tests reached of a file, as the editor's own coverage shows it: all of them, or one alone.
import * as vscode from 'vscode';
import type { LineRange, MeasuredFile } from './reports';

const sum = (ranges: LineRange[]) => ranges.reduce((total, { first, last }) => total + last - first + 1, 0);

export function linesOf(ranges: LineRange[]): number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

export class Coverage extends vscode.FileCoverage {
  // The tests that reached it: editors since 1.94 offer each alone.
  readonly includesTests: vscode.TestItem[];

  constructor(
    uri: vscode.Uri,
    private readonly file: MeasuredFile,
    private readonly reached: Map<vscode.TestItem, Set<number>>, // lines, by test
  ) {
    const covered = sum(file.executed);
    const taken = file.branches.filter((branch) => branch.taken).length;
    super(
      uri,
      new vscode.TestCoverageCount(covered, covered + sum(file.missing)),
      file.branches.length > 0 ? new vscode.TestCoverageCount(taken, file.branches.length) : undefined,
    );
    this.includesTests = [...reached.keys()];
  }

  // A statement for each line, with the branches that leave it.
  details(): vscode.StatementCoverage[] {
    const statements = (ranges: LineRange[], isReached: boolean) =>
      linesOf(ranges).map((line) => new vscode.StatementCoverage(isReached, at(line), this.branches(line)));
    return [...statements(this.file.executed, true), ...statements(this.file.missing, false)];
  }

  // Which branches one test took is not known, so there are none.
  detailsOf(test: vscode.TestItem): vscode.StatementCoverage[] {
    const reached = this.reached.get(test) ?? new Set();
    const lines = [...linesOf(this.file.executed), ...linesOf(this.file.missing)];
    return lines.map((line) => new vscode.StatementCoverage(reached.has(line), at(line)));
  }

  private branches(line: number): vscode.BranchCoverage[] {
    return this.file.branches
      .filter((branch) => branch.line === line)
      .map(({ target, taken }) => new vscode.BranchCoverage(taken, at(line), target > 0 ? `to line ${target}` : 'out of the function'));
  }
}

function at(line: number): vscode.Position {
  return new vscode.Position(line - 1, 0);
}
