// What a report of a problem needs, in a document that the user reads before sending it to anybody.
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Server } from './server';

const LOG_LINES = 200;

async function lastLines(folder: vscode.Uri): Promise<string> {
  const files = await fs.readdir(folder.fsPath).catch(() => [] as string[]);
  const file = files.find((name) => name.endsWith('.log'));
  if (!file) return `(no log in ${folder.fsPath})`;
  const text = await fs.readFile(path.join(folder.fsPath, file), 'utf8');
  return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}

// Values that may name people, machines or keys are left out: the names of the settings that are set say enough.
function settingNames(): string {
  const configuration = vscode.workspace.getConfiguration('testgen');
  const names = Object.keys(configuration).filter((name) => {
    const inspected = configuration.inspect(name);
    return inspected?.globalValue !== undefined || inspected?.workspaceValue !== undefined;
  });
  return names.length > 0 ? names.join(', ') : 'none';
}

export async function reportProblem(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const version = (context.extension.packageJSON as { version: string }).version;
  const content = [
    '# A problem with TestGen',
    '',
    '## What happened',
    '',
    '(what you did, what you expected, what came instead)',
    '',
    '## Where',
    '',
    `- extension ${version}, server ${server.version}${server.isRunning ? '' : ' (does not run)'}`,
    `- ${vscode.env.appName} ${vscode.version}, ${vscode.env.remoteName ? 'remote' : 'local'}`,
    `- ${os.type()} ${os.release()} ${os.arch()}`,
    `- workspace: ${vscode.workspace.workspaceFolders?.length ?? 0} folders, ${vscode.workspace.isTrusted ? 'trusted' : 'not trusted'}`,
    `- settings that are set: ${settingNames()}`,
    '',
    '## The end of the log (look through it before you send it)',
    '',
    '```',
    await lastLines(context.logUri),
    '```',
    '',
  ].join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
}
