// The Testing view: the server says which tests there are, a file at a time, and runs them.
import * as vscode from 'vscode';
import { Coverage, linesOf, type Reached } from './coverage';
import type { DiscoveredTest, DiscoverTestResults, MeasuredFile, Report, TestResult } from './reports';
import type { Server } from './server';
import { parametersOf, withoutParameters } from './testIds';
import { requireTrust } from './trust';

// What one command runs: tests of one folder.
interface Selection {
  uri: string;
  ids: Set<string>;
}

// Of editors since 1.94, which the types that this is compiled with are older than.
interface ProfileOfTests extends vscode.TestRunProfile {
  loadDetailedCoverageForTest?: (
    run: vscode.TestRun,
    file: vscode.FileCoverage,
    test: vscode.TestItem,
    token: vscode.CancellationToken,
  ) => Thenable<vscode.FileCoverageDetail[]>;
}

export class Testing implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('testgen', 'TestGen');
  private readonly discovered = new WeakMap<vscode.TestItem, DiscoveredTest>();
  private readonly byNode = new Map<string, vscode.TestItem>(); // see `nodeKey`
  private readonly disposables: vscode.Disposable[];
  private readonly ran = new vscode.EventEmitter<{ report: Report; folder: string }>();
  readonly onRan = this.ran.event; // of all tests of a folder

  constructor(private readonly server: Server) {
    this.controller.resolveHandler = (item) => this.resolve(item);
    this.controller.refreshHandler = () => this.resolveAll();
    const profile = (label: string, kind: vscode.TestRunProfileKind) =>
      this.controller.createRunProfile(label, kind, (request, token) => this.run(request, token), true);
    const coverage: ProfileOfTests = profile('Run with coverage', vscode.TestRunProfileKind.Coverage);
    coverage.loadDetailedCoverageForTest = (_run, file, test) => Promise.resolve(file instanceof Coverage ? file.detailsOf(test) : []);
    coverage.loadDetailedCoverage = (_run, file) => Promise.resolve(file instanceof Coverage ? file.details() : []);
    this.disposables = [
      this.controller,
      profile('Run', vscode.TestRunProfileKind.Run),
      coverage,
      server.onStatus((status) => {
        if (status.quiescent && status.health !== 'error') void this.resolveAll();
      }),
      vscode.workspace.onDidSaveTextDocument((document) => void this.resolveFile(document.uri)),
    ];
    if (server.isRunning) void this.resolveAll();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  // ---- Which tests there are ----

  // The files, and again what is below those that somebody has opened.
  private async resolveAll(): Promise<void> {
    await this.resolve(undefined);
    const files: vscode.TestItem[] = [];
    this.controller.items.forEach((item) => files.push(item));
    for (const file of files) if (file.children.size > 0) await this.resolve(file);
  }

  private async resolveFile(uri: vscode.Uri): Promise<void> {
    const files: vscode.TestItem[] = [];
    this.controller.items.forEach((item) => files.push(item));
    const file = files.find((item) => item.uri?.toString() === uri.toString());
    if (file && file.children.size > 0) await this.resolve(file);
  }

  private async resolve(file: vscode.TestItem | undefined): Promise<void> {
    if (!this.server.isRunning) return; // it tells when it does
    try {
      const { tests } = await this.server.request<DiscoverTestResults>('experimental/discoverTest', { testId: file?.id });
      this.show(file, tests);
    } catch (error) {
      this.server.log.error(`the tests cannot be listed: ${(error as Error).message}`);
    }
  }

  private show(file: vscode.TestItem | undefined, tests: DiscoveredTest[]): void {
    const made = new Map<string, vscode.TestItem>();
    const top: vscode.TestItem[] = [];
    for (const test of tests) {
      const item = this.itemOf(test, file ? undefined : this.controller.items.get(test.id));
      made.set(test.id, item);
      const parent = test.parent === undefined ? undefined : made.get(test.parent);
      if (parent) parent.children.add(item);
      else top.push(item);
    }
    (file?.children ?? this.controller.items).replace(top);
  }

  // Of a file the same item again, so that what is below it stays.
  private itemOf(test: DiscoveredTest, known: vscode.TestItem | undefined): vscode.TestItem {
    const item = known ?? this.controller.createTestItem(test.id, test.label, vscode.Uri.parse(test.textDocument.uri));
    item.canResolveChildren = test.canResolveChildren;
    if (test.range) {
      const { start, end } = test.range;
      item.range = new vscode.Range(start.line, start.character, end.line, end.character);
    }
    this.discovered.set(item, test);
    for (const id of test.runnable.ids) this.byNode.set(nodeKey(test.runnable.uri, id), item);
    return item;
  }

  // ---- Running them ----

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!(await requireTrust('Run tests'))) return;
    const run = this.controller.createTestRun(request);
    const chosen = await this.chosen(request);
    for (const item of chosen) run.enqueued(item);
    try {
      for (const { uri, ids } of this.selections(chosen, !request.include && !request.exclude?.length)) {
        const isMeasured = request.profile?.kind === vscode.TestRunProfileKind.Coverage;
        const argument = { uri, ids: [...ids], coverage: isMeasured, by_test: isMeasured };
        const report = await this.server.execute<Report>('testgen.runTests', argument, token);
        const results = [...((report.tests as TestResult[] | undefined) ?? []), ...(report.collection_errors ?? [])];
        for (const result of results) record(run, await this.itemOfResult(uri, result), result);
        run.appendOutput(summaryOf(report));
        for (const file of report.coverage ?? []) run.addCoverage(await this.coverage(uri, file, results));
        if (ids.size === 0) this.ran.fire({ report, folder: uri });
      }
    } catch (error) {
      const message = (error as Error).message;
      if (!token.isCancellationRequested) for (const item of chosen) run.errored(item, new vscode.TestMessage(message));
      run.appendOutput(`${message}\r\n`);
    } finally {
      run.end();
    }
  }

  private async coverage(folder: string, file: MeasuredFile, results: TestResult[]): Promise<Coverage> {
    const reached = new Map<vscode.TestItem, Reached>();
    const byId = new Map(results.map((result) => [result.id, result]));
    for (const { test, lines, branches } of file.tests ?? []) {
      const result = byId.get(test);
      if (!result) continue;
      reached.set(await this.itemOfResult(folder, result), { lines: new Set(linesOf(lines)), branches: new Set(branches) });
    }
    return new Coverage(vscode.Uri.joinPath(vscode.Uri.parse(folder), file.path), file, reached);
  }

  // Without what the user has hidden: then single tests, else as few items as say it.
  private async chosen(request: vscode.TestRunRequest): Promise<vscode.TestItem[]> {
    const all: vscode.TestItem[] = [];
    this.controller.items.forEach((item) => all.push(item));
    const included = request.include ?? all;
    if (!request.exclude?.length) return [...included];
    const excluded = new Set(request.exclude);
    const leaves: vscode.TestItem[] = [];
    const visit = async (item: vscode.TestItem): Promise<void> => {
      if (excluded.has(item)) return;
      if (item.canResolveChildren && item.children.size === 0) await this.resolve(item);
      const children: vscode.TestItem[] = [];
      item.children.forEach((child) => children.push(child));
      if (children.length === 0) leaves.push(item);
      for (const child of children) await visit(child);
    };
    for (const item of included) await visit(item);
    return leaves;
  }

  // `isAll`: everything, so that the runs speak of whole folders.
  private selections(items: vscode.TestItem[], isAll: boolean): Selection[] {
    const folders = new Map<string, Selection>();
    for (const item of items) {
      const test = this.discovered.get(item) ?? (item.parent && this.discovered.get(item.parent));
      if (!test) continue;
      const { uri, ids } = test.runnable;
      const selection = folders.get(uri) ?? { uri, ids: new Set<string>() };
      folders.set(uri, selection);
      if (isAll) continue;
      // One case of a parametrised test was made of a result, and its id is pytest's.
      for (const id of this.discovered.has(item) ? ids : [item.id]) selection.ids.add(id);
    }
    return [...folders.values()];
  }

  // A test that pytest knows and the text does not show (parameters, tests that are made) is put where it belongs.
  private async itemOfResult(folder: string, result: TestResult): Promise<vscode.TestItem> {
    const find = (id: string) => this.byNode.get(nodeKey(folder, id));
    const file = find(result.path);
    if (file && file.children.size === 0) await this.resolve(file);
    const known = find(result.id);
    if (known) return known;
    const parameters = parametersOf(result.id);
    const parent = (parameters !== undefined && find(withoutParameters(result.id))) || file;
    const siblings = parent?.children ?? this.controller.items;
    const existing = siblings.get(result.id);
    if (existing) return existing;
    const label = parameters ?? (result.id.split('::').slice(1).join('::') || result.id);
    const uri = parent?.uri ?? vscode.Uri.joinPath(vscode.Uri.parse(folder), result.path);
    const item = this.controller.createTestItem(result.id, label, uri);
    if (result.line > 0) item.range = new vscode.Range(result.line - 1, 0, result.line - 1, 0);
    siblings.add(item);
    return item;
  }
}

// Of a test: two folders may have tests of the same name.
function nodeKey(folder: string, id: string): string {
  return `${folder}\n${id}`;
}

function messageOf({ detail, message, outcome, expected, actual }: TestResult): vscode.TestMessage {
  if (expected !== undefined && actual !== undefined) return vscode.TestMessage.diff(message ?? outcome, expected, actual);
  return new vscode.TestMessage(detail ?? message ?? outcome);
}

// The line that failed, where it is in the test's own file; else the test.
function placeOf(item: vscode.TestItem, { path, failure_path, failure_line }: TestResult): vscode.Location | undefined {
  if (!item.uri) return undefined;
  if (failure_path === path && failure_line) return new vscode.Location(item.uri, new vscode.Position(failure_line - 1, 0));
  return item.range && new vscode.Location(item.uri, item.range);
}

// The terminal of the results wants both characters of a line's end.
const terminal = (text: string) => text.replace(/\r?\n/g, '\r\n');

function summaryOf({ passed, failed, errors, skipped, python_version, pytest_version, notes }: Report): string {
  const counts = `${passed} passed, ${failed} failed, ${errors} errors, ${skipped} skipped`;
  return terminal([`${counts} (Python ${python_version}, pytest ${pytest_version})`, ...(notes ?? []), ''].join('\n'));
}

function record(run: vscode.TestRun, item: vscode.TestItem, result: TestResult): void {
  if (result.output) run.appendOutput(terminal(`${result.output.trimEnd()}\n`), undefined, item);
  if (result.outcome === 'passed') {
    run.passed(item, result.duration_ms);
  } else if (result.outcome === 'failed' || result.outcome === 'error') {
    const message = messageOf(result);
    message.location = placeOf(item, result);
    if (result.outcome === 'failed') run.failed(item, message, result.duration_ms);
    else run.errored(item, message, result.duration_ms);
  } else {
    run.skipped(item);
  }
}
