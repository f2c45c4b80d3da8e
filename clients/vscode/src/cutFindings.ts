// A way to the setting on the diagnostic that says how many findings of a file are not shown.
import * as vscode from 'vscode';

const CODE = 'too-many-findings';

function codeOf({ code }: vscode.Diagnostic): string | number | undefined {
  return typeof code === 'object' ? code.value : code;
}

export class CutFindingsActions implements vscode.CodeActionProvider {
  provideCodeActions(_document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    return context.diagnostics.filter((diagnostic) => diagnostic.source === 'testgen' && codeOf(diagnostic) === CODE).map((diagnostic) => {
      const action = new vscode.CodeAction('Open the setting for how many are shown', vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.command = { command: 'workbench.action.openSettings', title: action.title, arguments: ['testgen.maxDiagnostics'] };
      return action;
    });
  }
}
