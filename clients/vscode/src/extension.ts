// Puts the parts together. Each has a file of its own; the work is the server's.
import * as vscode from 'vscode';
import { registerServerCommands } from './commands';
import { GapsTree, type GapNode } from './gapsTree';
import { HistoryTree, RUN_ICONS, type HistoryNode } from './historyTree';
import { MutantActions, registerMutantDocuments, showMutant } from './mutantDiff';
import { Panel, PANEL_TYPE } from './panel';
import { reveal } from './places';
import { reportProblem } from './problem';
import type { Mutant } from './reports';
import { LiveRuns } from './runs';
import { Server } from './server';
import { showMenu, Status } from './status';
import { Testing } from './testing';

let server: Server | undefined;

async function chooseKind(tree: HistoryTree): Promise<void> {
  const all = { label: '$(history) All', ofKind: undefined as string | undefined };
  const kinds = Object.entries(RUN_ICONS).map(([kind, icon]) => ({ label: `$(${icon}) ${kind}`, ofKind: kind }));
  const chosen = await vscode.window.showQuickPick([all, ...kinds], { title: 'Runs of which kind?' });
  if (chosen) tree.filter(chosen.ofKind);
}

function fixGap(node: GapNode | undefined): Thenable<unknown> | undefined {
  if (node?.type !== 'gap') return undefined;
  const target = `${node.gap.path}::${node.gap.gap.function ?? ''}`;
  return vscode.commands.executeCommand('testgen.generate', { target });
}

function showMutantOf(given: HistoryNode | Mutant | undefined, source?: vscode.Uri): Promise<void> {
  const mutant = given && 'type' in given ? (given.type === 'leaf' ? given.mutant : undefined) : given;
  return mutant ? showMutant(mutant, source) : Promise.resolve();
}

// The Testing view comes and goes with its setting.
function registerTesting(connection: Server): vscode.Disposable {
  let testing: Testing | undefined;
  const update = () => {
    const isWanted = vscode.workspace.getConfiguration('testgen').get('testExplorer', true);
    if (isWanted) testing ??= new Testing(connection);
    else testing = void testing?.dispose();
  };
  update();
  const watch = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('testgen.testExplorer')) update();
  });
  return vscode.Disposable.from(watch, { dispose: () => testing?.dispose() });
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('TestGen', { log: true });
  const runs = new LiveRuns();
  const connection = new Server(context, log);
  server = connection;
  const status = new Status(connection, runs);
  const gaps = new GapsTree();
  const history = new HistoryTree(connection, runs);
  const panel = new Panel(context.extensionUri, connection, runs);
  const on = (name: string, run: (...given: never[]) => unknown) => vscode.commands.registerCommand(name, run);

  connection.onRunEvent((event) => runs.receive(event));
  context.subscriptions.push(
    log,
    connection,
    status,
    registerTesting(connection),
    registerMutantDocuments(),
    vscode.window.registerTreeDataProvider('testgen.gaps', gaps),
    vscode.window.registerTreeDataProvider('testgen.history', history),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, panel),
    vscode.languages.registerCodeActionsProvider({ scheme: 'file', language: 'python' }, new MutantActions()),
    ...registerServerCommands({ server: connection, status, gaps, panel }),
    on('testgen.history', () => vscode.commands.executeCommand('testgen.history.focus')),
    on('testgen.restart', async () => {
      runs.clear();
      await connection.restart();
      history.refresh();
      await panel.refresh();
    }),
    on('testgen.showLog', () => log.show(true)),
    on('testgen.reportProblem', () => reportProblem(context, connection)),
    on('testgen.menu', () => showMenu(runs)),
    on('testgen.showDashboard', () => panel.showOverview()),
    on('testgen.refreshHistory', () => history.refresh()),
    on('testgen.filterHistory', () => chooseKind(history)),
    on('testgen.moreHistory', () => history.more()),
    on('testgen.openRun', (node: HistoryNode) => (node.type === 'run' ? panel.showRun(node.run.run_id) : undefined)),
    on('testgen.reveal', (path: string, line?: number) => reveal(path, line)),
    on('testgen.fixGap', fixGap),
    on('testgen.measureGaps', () => vscode.commands.executeCommand('testgen.showCoverageGaps', { run: true })),
    on('testgen.showMutant', showMutantOf),
  );
  await connection.start();
  history.refresh();
  await panel.refresh();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
