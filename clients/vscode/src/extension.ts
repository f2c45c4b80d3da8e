// Puts the parts together. Each has a file of its own; the work is the server's.
import * as vscode from 'vscode';
import { goOn, registerServerCommands } from './commands';
import { CutFindingsActions } from './cutFindings';
import { GapsTree, type GapNode } from './gapsTree';
import { GapsView } from './gapsView';
import { HistoryTree, type HistoryNode } from './historyTree';
import { HistoryView } from './historyView';
import { MutantActions, registerMutantDocuments, showMutant } from './mutantDiff';
import { Interrupted } from './interrupted';
import { MutantTests } from './mutantTests';
import { Panel, PANEL_TYPE } from './panel';
import { fileOf, reveal } from './places';
import { reportProblem } from './problem';
import type { Mutant } from './reports';
import { LiveRuns } from './runs';
import { Server } from './server';
import { showMenu, Status } from './status';
import { Testing } from './testing';

let server: Server | undefined;
let interrupted: Interrupted | undefined;

// A node of a tree, or a mutant and its file.
async function showMutantOf(given: HistoryNode | GapNode | Mutant | undefined, source?: vscode.Uri): Promise<void> {
  if (!given) return;
  if (!('type' in given)) return showMutant(given, source);
  const { mutant, folder } = given.type === 'leaf' ? given : given.type === 'gap' ? given.gap : {};
  if (mutant) await showMutant(mutant, await fileOf(mutant.path, folder));
}

// The Testing view comes and goes with its setting.
function registerTesting(connection: Server, gaps: GapsView): vscode.Disposable {
  let testing: Testing | undefined;
  const update = () => {
    const isWanted = vscode.workspace.getConfiguration('testgen').get('testExplorer', true);
    if (isWanted && !testing) {
      testing = new Testing(connection);
      testing.onRan(({ report, folder }) => void gaps.testsRan(report, folder));
    } else if (!isWanted) {
      testing = void testing?.dispose();
    }
  };
  update();
  const watch = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('testgen.testExplorer')) update();
  });
  return vscode.Disposable.from(watch, { dispose: () => testing?.dispose() });
}

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('TestGen', { log: true });
  const runs = new LiveRuns();
  const connection = new Server(context, log);
  server = connection;
  const status = new Status(connection, runs);
  const gaps = new GapsView(new GapsTree(), connection, runs);
  const history = new HistoryTree(connection, runs);
  const panel = new Panel(context.extensionUri, connection, runs);
  interrupted = new Interrupted(context.storageUri?.fsPath);
  const mutants = new MutantTests(connection);
  const historyView = new HistoryView(history, panel);
  const on = (name: string, run: (...given: never[]) => unknown) => vscode.commands.registerCommand(name, run);

  connection.onRunEvent((event) => runs.receive(event));
  context.subscriptions.push(
    log,
    connection,
    status,
    registerTesting(connection, gaps),
    registerMutantDocuments(),
    gaps,
    historyView,
    mutants,
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, panel),
    vscode.languages.registerCodeActionsProvider({ scheme: 'file', language: 'python' }, new MutantActions()),
    vscode.languages.registerCodeActionsProvider({ scheme: 'file', language: 'python' }, new CutFindingsActions()),
    ...registerServerCommands({ server: connection, status, interrupted, gaps, mutants, panel }),
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
    on('testgen.filterHistory', () => historyView.chooseFilter()),
    on('testgen.moreHistory', (folder?: string) => history.more(folder)),
    on('testgen.openRun', (node: HistoryNode) => (node.type === 'run' ? panel.showRun(node.run.run_id, node.folder) : undefined)),
    on('testgen.compareRuns', (node?: HistoryNode, selected?: HistoryNode[]) => historyView.compare(node, selected)),
    on('testgen.cancelRun', (node: HistoryNode) => (node.type === 'live' ? connection.execute('testgen.cancel', { run_id: node.run.id }) : undefined)),
    on('testgen.reveal', (path: string, line?: number, folder?: string) => reveal(path, line, folder)),
    on('testgen.fixGap', (node?: GapNode) => gaps.fix(node)),
    on('testgen.filterGaps', () => gaps.chooseFilter()),
    on('testgen.measureGaps', () => vscode.commands.executeCommand('testgen.showCoverageGaps', { run: true })),
    on('testgen.showMutant', showMutantOf),
  );
  void begin(connection, history, panel, interrupted);
}

// What takes time comes when the extension is active.
async function begin(connection: Server, history: HistoryTree, panel: Panel, cutOff: Interrupted): Promise<void> {
  await connection.start();
  history.refresh();
  await panel.refresh();
  await goOn(cutOff);
}

export async function deactivate(): Promise<void> {
  interrupted?.leave(Date.now());
  await server?.stop();
}
