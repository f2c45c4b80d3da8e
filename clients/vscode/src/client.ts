// The language client: a bundle of its own, which is loaded once the extension is active, because it is most of the code.
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  type DynamicFeature,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';

// Commands of lenses and actions open views here, so the one feature that would register them is left out.
class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const method = 'registrationType' in feature ? feature.registrationType.method : '';
    if (method !== 'workspace/executeCommand') super.registerFeature(feature);
  }

  // Into the log only: what it comes to is told by who made the client, once. Messages of every attempt would hide it.
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export type { Client };

export interface ClientOptions {
  path: string;
  log: vscode.LogOutputChannel;
  settings: (scope?: vscode.Uri) => Record<string, unknown>;
  endedByItself: () => void;
}

export function isRunning(client: Client): boolean {
  return client.state === State.Running;
}

export function makeClient(options: ClientOptions): Client {
  const client: Client = new Client('testgen', 'TestGen', { command: options.path, args: ['serve'] }, clientOptions(options, () => client));
  return client;
}

function clientOptions({ log, settings, endedByItself }: ClientOptions, client: () => Client): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: 'file', language: 'python' },
      { scheme: 'file', pattern: '**/*.spec.{json,md}' },
    ],
    outputChannel: log,
    initializationOptions: {
      trusted: vscode.workspace.isTrusted,
      runEvents: true,
      serverStatus: true,
      settings: settings(),
    },
    synchronize: { configurationSection: 'testgen' },
    initializationFailedHandler: () => false,
    markdown: { isTrusted: false, supportHtml: false },
    middleware: {
      // The item in the status bar shows what runs. An `end` goes on, so that the token is forgotten.
      handleWorkDoneProgress: (token, params, next) => {
        if (params.kind === 'end') next(token, params);
      },
      workspace: {
        configuration: (params) =>
          params.items.map((item) =>
            item.section === 'testgen' ? settings(item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined) : null,
          ),
        didChangeConfiguration: () => client().sendNotification('workspace/didChangeConfiguration', { settings: { testgen: settings() } }),
      },
    },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }), // what it comes to is told when the server has ended
      // Who made the client starts another one: this one counts nothing while it begins.
      closed: () => {
        endedByItself();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}
