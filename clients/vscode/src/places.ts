// Paths in reports are relative to a folder of the workspace.
import * as vscode from 'vscode';

// Of several folders, the one that has the file.
export async function fileOf(path: string): Promise<vscode.Uri | undefined> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const uri = vscode.Uri.joinPath(folder.uri, path);
    try {
      await vscode.workspace.fs.stat(uri);
      return uri;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

export async function reveal(path: string, line = 1): Promise<void> {
  const uri = await fileOf(path);
  if (!uri) {
    void vscode.window.showWarningMessage(`TestGen: ${path} is not in the workspace any more.`);
    return;
  }
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), preview: true });
}

export function openPlace(path: string | undefined, line: number | undefined): vscode.Command | undefined {
  return path ? { command: 'testgen.reveal', title: 'Open', arguments: [path, line] } : undefined;
}
