// The Testing view. The server does not discover tests, so the view has what runs told of: after the first one, every test.
import * as vscode from 'vscode';
import { fileOf } from './places';
import type { Report, TestResult } from './reports';
import type { Server } from './server';
import { requireTrust } from './trust';

const ALL = 'testgen:all';

export class Testing implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('testgen', 'TestGen');

  constructor(private readonly server: Server) {
    this.controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    this.controller.items.add(this.controller.createTestItem(ALL, 'All tests'));
  }

  dispose(): void {
    this.controller.dispose();
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!(await requireTrust('Run tests'))) return;
    const run = this.controller.createTestRun(request);
    const included = (request.include ?? []).filter((item) => item.id !== ALL);
    for (const item of included) run.started(item);
    try {
      const ids = included.length > 0 ? included.map((item) => item.id) : undefined;
      const report = await this.server.execute<Report>('testgen.runTests', { ids }, token);
      const tests = [...((report.tests as TestResult[] | undefined) ?? []), ...(report.collection_errors ?? [])];
      for (const test of tests) record(run, await this.itemOf(test), test);
    } catch (error) {
      const message = new vscode.TestMessage((error as Error).message);
      for (const item of included) run.errored(item, message);
      run.appendOutput(`${message.message as string}\r\n`);
    } finally {
      run.end();
    }
  }

  private async itemOf(test: TestResult): Promise<vscode.TestItem> {
    const uri = await fileOf(test.path);
    this.controller.items.delete(ALL);
    let file = this.controller.items.get(test.path);
    if (!file) {
      file = this.controller.createTestItem(test.path, test.path, uri);
      this.controller.items.add(file);
    }
    let item = file.children.get(test.id);
    if (!item) {
      item = this.controller.createTestItem(test.id, test.id.split('::').slice(1).join('::') || test.id, uri);
      file.children.add(item);
    }
    if (test.line > 0) item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
    return item;
  }
}

function record(run: vscode.TestRun, item: vscode.TestItem, test: TestResult): void {
  if (test.outcome === 'passed') {
    run.passed(item, test.duration_ms);
  } else if (test.outcome === 'failed' || test.outcome === 'error') {
    const message = new vscode.TestMessage(test.detail ?? test.message ?? test.outcome);
    if (item.uri && item.range) message.location = new vscode.Location(item.uri, item.range);
    if (test.outcome === 'failed') run.failed(item, message, test.duration_ms);
    else run.errored(item, message, test.duration_ms);
  } else {
    run.skipped(item);
  }
}
