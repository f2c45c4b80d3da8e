// Commands that run code of the workspace ask for trust first; the server refuses them without it.
import * as vscode from 'vscode';

export async function requireTrust(what: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const chosen = await vscode.window.showWarningMessage(
    `"${what}" runs code of this workspace, which is not trusted. What needs no run is shown all the same.`,
    'Manage Workspace Trust',
  );
  if (chosen) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
