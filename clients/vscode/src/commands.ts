// The server's commands, and where each one's answer is shown.
import * as vscode from 'vscode';
import { chooseFolder, folderOf, folders } from './folders';
import type { GapsView } from './gapsView';
import type { Interrupted } from './interrupted';
import type { MutantTests } from './mutantTests';
import type { Panel } from './panel';
import { reveal } from './places';
import type { GapsReport, GenerateReport, Implementation, MutationReport, Report } from './reports';
import type { Server } from './server';
import type { Status } from './status';
import { newlyCaught } from './testFacts';
import { count } from './text';
import { requireTrust } from './trust';

export interface Views {
  server: Server;
  status: Status;
  interrupted: Interrupted;
  gaps: GapsView;
  mutants: MutantTests;
  panel: Panel;
}

type Argument = Record<string, unknown>;
interface Row {
  title: string;
  runsCode?: boolean;
  complete?: (argument: Argument) => Argument | undefined; // undefined: nothing to do, and the user was told
  show: (views: Views, report: Report, argument: Argument, folder: string | undefined) => PromiseLike<void> | void;
}

const CANCELLED = -32800;

function place(): Argument | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor) return { uri: editor.document.uri.toString(), line: editor.selection.active.line };
  void vscode.window.showInformationMessage('TestGen: put the cursor into a function, a test or a spec first.');
  return undefined;
}

function spec(): Argument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (document && /\.spec\.(json|md)$/.test(document.fileName)) return { uri: document.uri.toString() };
  void vscode.window.showInformationMessage('TestGen: open a spec first (*.spec.json or *.spec.md); its code is written, tests first.');
  return undefined;
}

const atCursor = (argument: Argument) => (Object.keys(argument).length > 0 ? argument : place());

async function showRun(views: Views, report: Report, _argument: Argument, folder: string | undefined): Promise<void> {
  if (report.run_id) await views.panel.showRun(report.run_id, folder);
}

function implementationSummary(code: Implementation): string {
  const tries = count(code.attempts.length, 'attempt');
  return code.complete ? `${code.subject} passes every test after ${tries}` : `no code for ${code.subject} passes every test (${tries})`;
}

function generationSummary(report: GenerateReport): string {
  const code = report.implementation;
  const parts = [
    code ? implementationSummary(code) : '',
    report.accepted.length > 0
      ? [`${count(report.accepted.length, 'test')} for ${report.target}`, newlyCaught(report.accepted)].filter(Boolean).join(' that ')
      : `no test was worth keeping for ${report.target}`,
  ];
  if (report.rejected.length > 0) parts.push(`${report.rejected.length} rejected by guards`);
  if (report.disagreements.length > 0) parts.push(`${count(report.disagreements.length, 'disagreement')} between spec and code`);
  if (report.unanswered.length > 0) parts.push(`${report.unanswered.length} without an oracle`);
  return `TestGen: ${parts.filter(Boolean).join(', ')}.`;
}

async function showGeneration(views: Views, report: Report, argument: Argument, folder: string | undefined): Promise<void> {
  const generated = report as unknown as GenerateReport;
  views.gaps.generated(generated, folder);
  views.status.generated(generated, folder);
  const first = generated.accepted[0];
  const buttons = first ? ['Show Test', 'Details'] : ['Details'];
  const chosen = await vscode.window.showInformationMessage(generationSummary(generated), ...buttons);
  if (chosen === 'Details') await showRun(views, report, argument, folder);
  if (chosen === 'Show Test' && first) await revealTest(first.path, first.name, folder);
}

async function revealTest(path: string, name: string, folder: string | undefined): Promise<void> {
  await reveal(path, 1, folder);
  const editor = vscode.window.activeTextEditor;
  const offset = editor?.document.getText().indexOf(`def ${name}(`) ?? -1;
  if (!editor) return;
  if (offset < 0) {
    void vscode.window.showInformationMessage('TestGen: the test is in the file once you tick and apply it in the refactor preview.');
    return;
  }
  const at = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenter);
}

async function explain(_: Views, report: Report, argument: Argument): Promise<void> {
  const { markdown } = report as { markdown?: string };
  const editor = vscode.window.activeTextEditor;
  if (!markdown) {
    void vscode.window.showInformationMessage('TestGen: there is nothing to explain here.');
  } else if (editor && typeof argument.line === 'number') {
    // The hover has the same text; it stands where the reader looks.
    const line = editor.document.lineAt(Math.min(argument.line, editor.document.lineCount - 1));
    const name = /\b(?:def|class)\s+/.exec(line.text);
    const at = new vscode.Position(line.lineNumber, name ? name.index + name[0].length : line.firstNonWhitespaceCharacterIndex);
    editor.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand('editor.action.showHover');
  }
}

async function showTests(views: Views, report: Report, argument: Argument, folder: string | undefined): Promise<void> {
  void views.gaps.testsRan(report, folder);
  await showRun(views, report, argument, folder);
}

// In the view of gaps as well as in full.
function showFound(put: 'showMutants' | 'showBoundaries' | 'showCheats'): Row['show'] {
  return async (views, report, argument, folder) => {
    views.gaps[put](report, folder);
    if (put === 'showMutants') views.mutants.show(report as unknown as MutationReport, folder);
    await showRun(views, report, argument, folder);
  };
}

const ROWS: Record<string, Row> = {
  'testgen.score': {
    title: 'Score suite',
    show: async (views, report, argument, folder) => {
      views.status.scored(report, folder);
      await showRun(views, report, argument, folder);
    },
  },
  'testgen.check': {
    title: 'Check tests',
    show: () => vscode.commands.executeCommand<void>('workbench.actions.view.problems'),
  },
  'testgen.showCoverageGaps': {
    title: 'Show coverage gaps',
    show: async (views, report, _argument, folder) => {
      views.gaps.showCoverage(report as unknown as GapsReport, folder);
      await vscode.commands.executeCommand('testgen.gaps.focus');
    },
  },
  'testgen.runTests': { title: 'Run tests', runsCode: true, show: showTests },
  'testgen.generate': { title: 'Generate tests', runsCode: true, complete: atCursor, show: showGeneration },
  'testgen.implement': {
    title: 'Implement spec',
    runsCode: true,
    complete: (argument) => (Object.keys(argument).length > 0 ? argument : spec()),
    show: showGeneration,
  },
  'testgen.evolve': { title: "Evolve the generator's configuration", runsCode: true, show: showRun },
  'testgen.mutate': { title: 'Mutate code', runsCode: true, show: showFound('showMutants') },
  'testgen.boundary': { title: 'Show boundary evidence', runsCode: true, show: showFound('showBoundaries') },
  'testgen.cheats': { title: 'Try cheating implementations', runsCode: true, show: showFound('showCheats') },
  'testgen.value': { title: 'Show what tests are worth', runsCode: true, show: showRun },
  'testgen.explain': { title: 'Explain', complete: atCursor, show: explain },
};

// Of requests whose answer is for the caller: no view.
const PLAIN = ['testgen.run', 'testgen.trend', 'testgen.stats', 'testgen.config', 'testgen.cancel'];

// Of several folders the argument says which one is meant.
async function withFolder(argument: Argument): Promise<Argument | undefined> {
  if (typeof argument.uri === 'string' || folders().length < 2) return argument;
  const uri = await chooseFolder();
  return uri ? { ...argument, uri } : undefined;
}

function folderMeant({ uri }: Argument): string | undefined {
  return typeof uri === 'string' ? folderOf(vscode.Uri.parse(uri)) : folders()[0]?.uri;
}

async function perform(views: Views, name: string, row: Row, given: Argument): Promise<Report | undefined> {
  if (row.runsCode && !(await requireTrust(row.title))) return undefined;
  const completed = row.complete ? row.complete(given) : given;
  const argument = completed && (await withFolder(completed));
  if (!argument) return undefined;
  try {
    const entry = { name, title: row.title, argument };
    const report = await vscode.window.withProgress({ location: { viewId: 'testgen.gaps' } }, () =>
      views.interrupted.during(entry, () => views.server.execute<Report>(name, argument)),
    );
    void row.show(views, report, argument, folderMeant(argument));
    return report;
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    if (code !== CANCELLED) void failed(views, row.title, message);
    return undefined;
  }
}

// After a reload: see Interrupted.
export async function goOn(interrupted: Interrupted): Promise<void> {
  const { resumed, asked } = interrupted.take(Date.now());
  for (const { name, argument } of resumed) void vscode.commands.executeCommand(name, argument);
  for (const { name, title, argument } of asked) {
    const chosen = await vscode.window.showInformationMessage(`TestGen: "${title}" was cut off when the window went.`, 'Run Again');
    if (chosen) void vscode.commands.executeCommand(name, argument);
  }
}

async function failed(views: Views, title: string, message: string): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(`TestGen: ${title}: ${message}`, 'Show Log');
  if (chosen) views.server.log.show();
}

export function registerServerCommands(views: Views): vscode.Disposable[] {
  const shown = Object.entries(ROWS).map(([name, row]) =>
    vscode.commands.registerCommand(name, (argument?: Argument) => perform(views, name, row, isArgument(argument) ? argument : {})),
  );
  const plain = PLAIN.map((name) =>
    vscode.commands.registerCommand(name, (argument?: Argument) => views.server.execute(name, isArgument(argument) ? argument : {})),
  );
  return [...shown, ...plain];
}

// Menus of views and editors give nodes and addresses, which are not arguments of the server.
function isArgument(value: unknown): value is Argument {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof vscode.Uri) && !('type' in value);
}
