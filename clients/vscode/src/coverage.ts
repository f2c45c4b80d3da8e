// What tests reached of a file, as the editor's own coverage shows it.
import * as vscode from 'vscode';
import type { LineRange, MeasuredFile } from './reports';

const sum = (ranges: LineRange[]) => ranges.reduce((total, { first, last }) => total + last - first + 1, 0);

export class Coverage extends vscode.FileCoverage {
  constructor(
    uri: vscode.Uri,
    private readonly file: MeasuredFile,
  ) {
    const covered = sum(file.executed);
    const taken = file.branches.filter((branch) => branch.taken).length;
    super(
      uri,
      new vscode.TestCoverageCount(covered, covered + sum(file.missing)),
      file.branches.length > 0 ? new vscode.TestCoverageCount(taken, file.branches.length) : undefined,
    );
  }

  // A statement for each line, with the branches that leave it.
  details(): vscode.StatementCoverage[] {
    const statements: vscode.StatementCoverage[] = [];
    for (const [ranges, isReached] of [[this.file.executed, true], [this.file.missing, false]] as const) {
      for (const { first, last } of ranges) {
        for (let line = first; line <= last; line++) statements.push(this.statement(line, isReached));
      }
    }
    return statements;
  }

  private statement(line: number, isReached: boolean): vscode.StatementCoverage {
    const at = new vscode.Position(line - 1, 0);
    const branches = this.file.branches
      .filter((branch) => branch.line === line)
      .map(({ target, taken }) => new vscode.BranchCoverage(taken, at, target > 0 ? `to line ${target}` : 'out of the function'));
    return new vscode.StatementCoverage(isReached, at, branches);
  }
}
