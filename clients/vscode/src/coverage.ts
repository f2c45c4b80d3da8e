// What tests reached of a file, as the editor's own coverage shows it: all of them, or one alone.
import * as vscode from 'vscode';
import type { LineRange, MeasuredBranch, MeasuredFile } from './reports';

const sum = (ranges: LineRange[]) => ranges.reduce((total, { first, last }) => total + last - first + 1, 0);

export function linesOf(ranges: LineRange[]): number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

// By one test.
export interface Reached {
  lines: Set<number>;
  branches: Set<number>; // places in the file's list
}

export class Coverage extends vscode.FileCoverage {
  // The tests that reached it: editors since 1.94 offer each alone.
  readonly includesTests: vscode.TestItem[];
  private readonly reachedByTests = new Set<number>();
  private readonly placesOf = new Map<number, [MeasuredBranch, number][]>(); // of the branches, by line

  constructor(
    uri: vscode.Uri,
    private readonly file: MeasuredFile,
    private readonly reached: Map<vscode.TestItem, Reached>,
  ) {
    const covered = sum(file.executed);
    const taken = file.branches.filter((branch) => branch.taken).length;
    super(
      uri,
      new vscode.TestCoverageCount(covered, covered + sum(file.missing)),
      file.branches.length > 0 ? new vscode.TestCoverageCount(taken, file.branches.length) : undefined,
    );
    this.includesTests = [...reached.keys()];
    for (const { lines } of reached.values()) for (const line of lines) this.reachedByTests.add(line);
    file.branches.forEach((branch, place) => {
      const places = this.placesOf.get(branch.line) ?? [];
      this.placesOf.set(branch.line, [...places, [branch, place]]);
    });
  }

  // A statement for each line, with the branches that leave it. They have no place of their own: the editor puts a mark
  // behind a line that was reached when one was not taken, and would paint over the line else.
  details(): vscode.StatementCoverage[] {
    const statements = (ranges: LineRange[], isReached: boolean) =>
      linesOf(ranges).map((line) => new vscode.StatementCoverage(isReached, at(line), this.branches(line, ({ taken }) => taken)));
    return [...statements(this.file.executed, true), ...statements(this.file.missing, false)];
  }

  // What ran while no test did, as definitions do when they are imported, is neither reached nor missed by one.
  detailsOf(test: vscode.TestItem): vscode.StatementCoverage[] {
    const reached = this.reached.get(test);
    const isTaken = (_: unknown, place: number) => reached?.branches.has(place) ?? false;
    const lines = [...this.reachedByTests, ...linesOf(this.file.missing)];
    return lines.map((line) => new vscode.StatementCoverage(reached?.lines.has(line) ?? false, at(line), this.branches(line, isTaken)));
  }

  private branches(line: number, isTaken: (branch: MeasuredBranch, place: number) => boolean): vscode.BranchCoverage[] {
    return (this.placesOf.get(line) ?? []).map(([branch, place]) => {
      const label = branch.target > 0 ? `to line ${branch.target}` : 'out of the function';
      return new vscode.BranchCoverage(isTaken(branch, place), undefined, label);
    });
  }
}

function at(line: number): vscode.Position {
  return new vscode.Position(line - 1, 0);
}
