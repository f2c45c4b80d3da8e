// The connection to the server: found, started, watched, restarted.
import * as vscode from 'vscode';
import { withoutNull } from './absent';
import { findServer } from './binary';
import type * as ClientModule from './client';
import type { RunEvent, ServerStatus } from './reports';
import { explicitSettings, serverSettingNames, wrongSettings, type Schema } from './settings';
import { versionProblem } from './versions';

const CONTENT_MODIFIED = -32801; // of the history: a newer release has written it
const CRASHES_MAX = 4;
const CRASH_WINDOW_MS = 3 * 60 * 1000;

type Client = ClientModule.Client;

// Its own bundle, beside this one.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadClient = () => require('./client.js') as typeof ClientModule;

export class Server implements vscode.Disposable {
  private client: Client | undefined;
  private crashes: number[] = [];
  private readonly runEvents = new vscode.EventEmitter<RunEvent>();
  private readonly statuses = new vscode.EventEmitter<ServerStatus>();
  readonly onRunEvent = this.runEvents.event;
  readonly onStatus = this.statuses.event;
  version = 'not started';
  private readonly told = new Set<string>(); // what need not be said twice

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {
    context.subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.client?.sendNotification('testgen/trust', { trusted: true })),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('testgen.server.path')) void this.restart();
        else if (event.affectsConfiguration('testgen')) this.checkSettings();
      }),
    );
  }

  get isRunning(): boolean {
    return this.client !== undefined && loadClient().isRunning(this.client);
  }

  async start(): Promise<void> {
    const found = findServer(
      {
        configured: vscode.workspace.getConfiguration('testgen').get<string>('server.path', ''),
        bundled: this.context.asAbsolutePath('server/bin/testgen'),
        searchPath: process.env.PATH ?? '',
      },
      `${process.platform}-${process.arch}`,
    );
    if ('problem' in found) {
      this.statuses.fire({ health: 'error', quiescent: true, message: found.problem });
      void this.tell(found.problem, 'Open Setting', 'testgen.server.path');
      return;
    }
    this.log.info(`starting ${found.path}`);
    await new Promise((done) => setImmediate(done)); // the extension is active now
    const client = this.makeClient(found.path);
    this.client = client;
    try {
      await client.start();
      if (this.client !== client) return; // it ended meanwhile
      this.version = client.initializeResult?.serverInfo?.version ?? 'unknown';
      this.checkVersion();
      this.checkSettings();
    } catch (error) {
      if (this.client !== client) return; // it ended, and that was seen
      this.client = undefined;
      if (isOfConnection(error)) return this.ended();
      const message = `${found.path} could not be started: ${String(error)}`;
      this.statuses.fire({ health: 'error', quiescent: true, message });
      void this.tell(message, 'Show Log');
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.isRunning()) await client.stop();
  }

  async restart(): Promise<void> {
    this.crashes = [];
    await this.stop();
    await this.start();
  }

  dispose(): void {
    void this.stop();
  }

  // A request of the server; fails with a message for people when there is no server.
  async request<Result>(method: string, params: object, token?: vscode.CancellationToken): Promise<Result> {
    if (!this.client || !this.isRunning) {
      throw new Error('the TestGen server does not run; "TestGen: Restart server" starts it, and the log says why it ended');
    }
    try {
      // A token that is undefined would be taken for a second parameter.
      const answer = token ? this.client.sendRequest(method, params, token) : this.client.sendRequest(method, params);
      return withoutNull(await answer) as Result;
    } catch (error) {
      if (method === 'testgen/runs') this.historyFailed(error as { code?: number; message: string });
      throw error;
    }
  }

  // One of the server's commands.
  execute<Result>(command: string, argument: object, token?: vscode.CancellationToken): Promise<Result> {
    return this.request('workspace/executeCommand', { command, arguments: [argument] }, token);
  }

  private async tell(message: string, button: 'Open Setting' | 'Show Log', setting?: string): Promise<void> {
    const chosen = await vscode.window.showErrorMessage(`TestGen: ${message}`, button, 'Restart', 'Report a Problem');
    if (chosen === 'Open Setting') {
      await this.openSetting(setting);
    } else if (chosen === 'Show Log') {
      this.log.show();
    } else if (chosen === 'Restart') {
      await this.restart();
    } else if (chosen === 'Report a Problem') {
      await vscode.commands.executeCommand('testgen.reportProblem');
    }
  }

  private async warnOnce(message: string, setting: string, key = message): Promise<void> {
    if (this.told.has(key)) return;
    this.told.add(key);
    this.log.warn(message);
    const chosen = await vscode.window.showWarningMessage(`TestGen: ${message}`, 'Open Setting', 'Show Log');
    if (chosen === 'Open Setting') await this.openSetting(setting);
    else if (chosen) this.log.show();
  }

  // Those of the machine stand in the settings of the remote side, where there is one.
  private async openSetting(name = ''): Promise<void> {
    const isRemote = vscode.env.remoteName !== undefined && this.schemas()[name]?.scope === 'machine';
    if (isRemote) await vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query: name });
    else await vscode.commands.executeCommand('workbench.action.openSettings', name);
  }

  private checkVersion(): void {
    const own = (this.context.extension.packageJSON as { version: string }).version;
    const problem = versionProblem(own, this.version);
    if (problem) void this.warnOnce(problem, 'testgen.server.path');
  }

  private checkSettings(): void {
    for (const { name, problem } of wrongSettings(this.schemas(), this.explicit())) {
      void this.warnOnce(`the setting ${problem}. It is left out.`, `testgen.${name}`);
    }
  }

  // Also said where the history would be; here is a way out.
  private historyFailed({ code, message }: { code?: number; message: string }): void {
    if (code === CONTENT_MODIFIED) void this.warnOnce(`the history cannot be shown: ${message}`, 'testgen.database');
  }

  private schemas(): Record<string, Schema> {
    const manifest = this.context.extension.packageJSON as { contributes: { configuration: { properties: Record<string, Schema> } } };
    return manifest.contributes.configuration.properties;
  }

  private explicit(scope?: vscode.Uri): Record<string, unknown> {
    const configuration = vscode.workspace.getConfiguration('testgen', scope);
    return explicitSettings(serverSettingNames(this.schemas()), (name) => configuration.inspect(name));
  }

  // Without those that cannot be: the user is told, and the rest holds.
  private settings(scope?: vscode.Uri): Record<string, unknown> {
    const settings = this.explicit(scope);
    for (const { name } of wrongSettings(this.schemas(), settings)) delete settings[name];
    return settings;
  }

  private makeClient(path: string): Client {
    const client: Client = loadClient().makeClient({
      path,
      log: this.log,
      settings: (scope) => this.settings(scope),
      endedByItself: () => {
        if (this.client !== client) return; // it was stopped, or is about to be replaced
        this.client = undefined;
        this.ended();
      },
    });
    client.onNotification('testgen/runEvent', (event: RunEvent) => this.runEvents.fire(withoutNull(event) as RunEvent));
    client.onNotification('experimental/serverStatus', (status: ServerStatus) => {
      this.statuses.fire(status);
      const { health, message, setting } = withoutNull(status) as ServerStatus;
      // Counts in it change with every edit: once for each setting.
      if (health === 'warning' && message && setting) void this.warnOnce(message, `testgen.${setting}`, setting);
    });
    return client;
  }

  private ended(): void {
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    if (this.crashes.length <= CRASHES_MAX) {
      this.log.warn(`the server ended by itself; it is started again (${this.crashes.length} of ${CRASHES_MAX})`);
      this.statuses.fire({ health: 'warning', quiescent: false, message: 'The server ended and is started again.' });
      void this.start();
      return;
    }
    const message = `the server ended ${this.crashes.length} times within three minutes and is not started again.`;
    this.statuses.fire({ health: 'error', quiescent: true, message });
    void this.tell(message, 'Show Log');
  }
}

// The connection broke off: the server has ended, before it could say why.
function isOfConnection(error: unknown): boolean {
  const { code } = error as { code?: string | number };
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || (typeof code === 'number' && code >= -32099 && code <= -32096);
}
