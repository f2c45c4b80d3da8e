// Paths in reports are relative to a folder of the workspace.
import * as vscode from 'vscode';
import { folders } from './folders';

// In the folder, where it is known; else, of several, in the one that has the file.
export async function fileOf(path: string, folder?: string): Promise<vscode.Uri | undefined> {
  const places = folder ? [folder] : folders().map(({ uri }) => uri);
  for (const place of places) {
    const uri = vscode.Uri.joinPath(vscode.Uri.parse(place), path);
    try {
      await vscode.workspace.fs.stat(uri);
      return uri;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

export async function reveal(path: string, line = 1, folder?: string): Promise<void> {
  const uri = await fileOf(path, folder);
  if (!uri) {
    void vscode.window.showWarningMessage(`TestGen: ${path} is not in the workspace any more.`);
    return;
  }
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), preview: true });
}

export function openPlace(path: string | undefined, line: number | undefined, folder?: string): vscode.Command | undefined {
  return path ? { command: 'testgen.reveal', title: 'Open', arguments: [path, line, folder] } : undefined;
}
