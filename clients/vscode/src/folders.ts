// Folders of the workspace. The server keeps a history, gaps and settings for each; without a `uri` it takes the first.
import * as vscode from 'vscode';

export interface Folder {
  uri: string;
  name: string;
}

export function folders(): Folder[] {
  return (vscode.workspace.workspaceFolders ?? []).map((folder) => ({ uri: folder.uri.toString(), name: folder.name }));
}

// Nothing where there is only one: nobody wants to be told of it.
export function folderName(uri: string | undefined): string | undefined {
  const all = folders();
  return all.length > 1 ? (all.find((folder) => folder.uri === uri) ?? all[0])?.name : undefined;
}

export function folderOf(uri: vscode.Uri | undefined): string | undefined {
  return uri && vscode.workspace.getWorkspaceFolder(uri)?.uri.toString();
}

// Of several folders the one that the user works in, else the one that they choose. Undefined: they did not.
export async function chooseFolder(): Promise<string | undefined> {
  const all = folders();
  const active = folderOf(vscode.window.activeTextEditor?.document.uri);
  if (all.length <= 1 || active) return active ?? all[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'TestGen: of which folder?' }))?.uri.toString();
}
