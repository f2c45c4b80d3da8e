// Mutants in the Testing view, for those who want them there: one that is killed has passed, one that nothing notices has
// failed. They come with a report; running an item judges it again.
import * as vscode from 'vscode';
import { folders } from './folders';
import type { Mutant, MutationReport } from './reports';
import type { Server } from './server';
import { requireTrust } from './trust';

const SETTING = 'testgen.mutantsInTestExplorer';
const NOTICED = new Set(['killed', 'timeout']);
const OPEN: Record<string, string> = { survived: 'No test notices this change.', 'no-coverage': 'No test reaches this code.' };

interface Place {
  folder?: string;
  target: string; // what testgen.mutate takes
}

export class MutantTests implements vscode.Disposable {
  private controller: vscode.TestController | undefined;
  private places = new WeakMap<vscode.TestItem, Place>();
  private readonly watch: vscode.Disposable;

  constructor(private readonly server: Server) {
    this.update();
    this.watch = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SETTING)) this.update();
    });
  }

  dispose(): void {
    this.watch.dispose();
    this.controller?.dispose();
  }

  private update(): void {
    const isWanted = vscode.workspace.getConfiguration().get(SETTING, false);
    if (isWanted === Boolean(this.controller)) return;
    this.controller?.dispose();
    this.controller = isWanted ? this.makeController() : undefined;
  }

  private makeController(): vscode.TestController {
    const controller = vscode.tests.createTestController('testgen.mutants', 'Mutants');
    controller.createRunProfile('Judge', vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    return controller;
  }

  // What a report says takes the place of what was known of its functions.
  show({ mutants }: MutationReport, folder: string | undefined): void {
    const { controller } = this;
    if (!controller) return;
    const run = controller.createTestRun(new vscode.TestRunRequest(), undefined, false);
    for (const path of new Set(mutants.map((mutant) => mutant.path))) {
      const file = this.fileItem(controller, path, folder);
      const judged = mutants.filter((mutant) => mutant.path === path);
      const places = new Set(judged.map(targetOf));
      file.children.forEach((item) => {
        if (places.has(this.places.get(item)?.target ?? '')) file.children.delete(item.id);
      });
      for (const mutant of judged) {
        const item = this.mutantItem(controller, file, mutant, folder);
        file.children.add(item);
        record(run, item, mutant);
      }
    }
    run.end();
  }

  private fileItem(controller: vscode.TestController, path: string, folder: string | undefined): vscode.TestItem {
    const root = folder ?? folders()[0]?.uri ?? '';
    const uri = vscode.Uri.joinPath(vscode.Uri.parse(root), path);
    const item = controller.items.get(uri.toString()) ?? controller.createTestItem(uri.toString(), path, uri);
    controller.items.add(item);
    this.places.set(item, { folder, target: path });
    return item;
  }

  private mutantItem(controller: vscode.TestController, file: vscode.TestItem, mutant: Mutant, folder: string | undefined): vscode.TestItem {
    const { line, column, end_line, original, replacement, operator } = mutant;
    const id = [file.id, line, column, operator, replacement].join('\n');
    const item = controller.createTestItem(id, `${original} → ${replacement || '(nothing)'}`, file.uri);
    item.description = mutant.function;
    item.sortText = [line, column].map((number) => String(number).padStart(6, '0')).join();
    item.range = new vscode.Range(line - 1, 0, Math.max(line, end_line) - 1, 0);
    this.places.set(item, { folder, target: targetOf(mutant) });
    return item;
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (!(await requireTrust('Mutate code'))) return;
    const all: vscode.TestItem[] = [];
    this.controller?.items.forEach((item) => all.push(item));
    const byFolder = new Map<string | undefined, Set<string>>();
    for (const item of request.include ?? all) {
      const place = this.places.get(item);
      if (place) byFolder.set(place.folder, (byFolder.get(place.folder) ?? new Set()).add(place.target));
    }
    try {
      for (const [uri, targets] of byFolder) {
        this.show(await this.server.execute<MutationReport>('testgen.mutate', { uri, targets: [...targets] }, token), uri);
      }
    } catch (error) {
      if (!token.isCancellationRequested) void vscode.window.showErrorMessage(`TestGen: Mutate code: ${(error as Error).message}`);
    }
  }
}

function targetOf(mutant: Mutant): string {
  return mutant.function ? `${mutant.path}::${mutant.function}` : mutant.path;
}

function record(run: vscode.TestRun, item: vscode.TestItem, mutant: Mutant): void {
  const open = OPEN[mutant.status];
  if (NOTICED.has(mutant.status)) {
    run.passed(item);
  } else if (open) {
    const message = new vscode.TestMessage(open);
    if (item.uri && item.range) message.location = new vscode.Location(item.uri, item.range);
    run.failed(item, message);
  } else {
    run.skipped(item);
  }
}
