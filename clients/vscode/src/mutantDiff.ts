// A mutant beside the code as it is, in the editor's own diff.
import * as vscode from 'vscode';
import { mutatedText } from './mutantText';
import { fileOf } from './places';
import type { Mutant } from './reports';

const SCHEME = 'testgen-mutant';

// The mutant is in the document's address, so a window that is reloaded shows it again.
class MutantDocuments implements vscode.TextDocumentContentProvider {
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { source, mutant } = JSON.parse(uri.query) as { source: string; mutant: Mutant };
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(source));
    return mutatedText(document.getText(), mutant);
  }
}

export function registerMutantDocuments(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, new MutantDocuments());
}

export async function showMutant(mutant: Mutant, source?: vscode.Uri): Promise<void> {
  const file = source ?? (await fileOf(mutant.path)); // the places that know the folder name the file
  if (!file) throw new Error(`${mutant.path} is not in the workspace any more`);
  const query = JSON.stringify({ source: file.toString(), mutant });
  const changed = vscode.Uri.from({ scheme: SCHEME, path: file.path, query });
  const at = new vscode.Position(mutant.line - 1, Math.max(0, mutant.column - 1));
  await vscode.commands.executeCommand('vscode.diff', file, changed, `Nothing notices: ${mutant.original} → ${mutant.replacement}`, {
    selection: new vscode.Range(at, at),
    preview: true,
  });
}

// "Show the change" on every diagnostic of a survivor.
export class MutantActions implements vscode.CodeActionProvider {
  provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    return context.diagnostics.flatMap((diagnostic) => {
      const data = (diagnostic as vscode.Diagnostic & { data?: Partial<Mutant> }).data;
      if (diagnostic.source !== 'testgen' || !data?.end_line || data.replacement === undefined) return [];
      const action = new vscode.CodeAction('Show the change that nothing notices', vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.command = { command: 'testgen.showMutant', title: action.title, arguments: [data, document.uri] };
      return [action];
    });
  }
}
