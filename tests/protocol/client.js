// A client for the tests: vscode-jsonrpc drives the server over stdio, and every message in both directions is validated.
// A message from the server that no test took is a failure at the end, as is anything on stdout that is not the protocol.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { afterEach } = require("node:test");
const { pathToFileURL } = require("node:url");
const { Validator, load } = require("./schema.js");

const rpc = load("vscode-jsonrpc/node");
const binary = process.env.TESTGEN_BINARY;
const python = process.env.TESTGEN_PYTHON;

const FULL = {
  general: { positionEncodings: ["utf-16"] },
  workspace: {
    applyEdit: true,
    configuration: true,
    workspaceFolders: true,
    workspaceEdit: {
      documentChanges: true,
      resourceOperations: ["create", "rename", "delete"],
      changeAnnotationSupport: { groupsOnLabel: false },
    },
    didChangeWatchedFiles: { dynamicRegistration: true },
    codeLens: { refreshSupport: true },
    diagnostics: { refreshSupport: true },
  },
  textDocument: {
    synchronization: { didSave: true },
    publishDiagnostics: { versionSupport: true, relatedInformation: true, codeDescriptionSupport: true, dataSupport: true },
    hover: { contentFormat: ["markdown", "plaintext"] },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["", "quickfix", "source"] } },
      honorsChangeAnnotations: true,
    },
  },
  window: { workDoneProgress: true },
};

// The servers that run now. A test that failed leaves its server behind, which would keep this process alive for ever.
const living = new Set();
afterEach(() => {
  for (const server of living) server.kill("SIGKILL");
});

const folders = [];
process.on("exit", () => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })));

// Gone when the tests of this file have ended.
function temporaryFolder(name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `testgen-${name}-`));
  folders.push(folder);
  return folder;
}

function temporaryProject(files) {
  const root = temporaryFolder("project");
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

class Client {
  constructor(root, { capabilities = FULL, trusted = true, settings = {}, args = [], env = {}, specification } = {}) {
    this.root = root;
    this.capabilities = capabilities;
    this.options = { trusted, runEvents: true, serverStatus: true, settings: { interpreter: python, ...settings } };
    this.validator = new Validator(specification);
    this.failures = [];
    this.diagnostics = new Map();
    this.received = [];
    this.waiters = [];
    this.applied = [];
    this.versions = new Map();
    this.process = spawn(binary, ["serve", ...args], { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    living.add(this.process);
    this.process.on("exit", () => living.delete(this.process));
    this.stderr = "";
    this.process.stderr.on("data", (data) => (this.stderr += data));
    this.exited = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
    this.exited.then(({ code, signal }) => {
      this.gone = new Error(`the server is gone: exit code ${code}, signal ${signal}\n${this.stderr}`);
      for (const waiter of this.waiters) waiter();
    });
    this.connect();
    // Whoever waits for an answer then would wait for ever.
    this.process.on("close", () => this.connection.dispose());
  }

  connect() {
    const reader = new rpc.StreamMessageReader(this.process.stdout);
    const writer = new rpc.StreamMessageWriter(this.process.stdin);
    const write = writer.write.bind(writer);
    const pending = new Map();
    writer.write = (message) => {
      if (message.method) this.guard(() => this.validator.message("c", message));
      if (message.method && "id" in message) pending.set(message.id, message.method);
      return write(message);
    };
    const listen = reader.listen.bind(reader);
    reader.listen = (callback) =>
      listen((message) => {
        if (message.method) this.guard(() => this.validator.message("s", message));
        else if ("result" in message) this.guard(() => this.validator.result(pending.get(message.id), message.result));
        // The connection keeps progress to itself.
        if (message.method === "$/progress") this.notified(message.method, message.params);
        callback(message);
      });
    reader.onError((error) => this.failures.push(error));
    this.connection = rpc.createMessageConnection(reader, writer, { error: (text) => this.complain(text), warn() {}, info() {}, log() {} });
    this.connection.onNotification((method, params) => this.notified(method, params));
    this.connection.onRequest((method, params) => this.requested(method, params));
    this.connection.onClose(() => {});
    this.connection.listen();
  }

  // After `exit` the server is right to be gone: an answer to its last request then finds nobody.
  complain(text) {
    if (!this.isStopping) this.failures.push(new Error(text));
  }

  guard(check) {
    try {
      check();
    } catch (error) {
      this.failures.push(error);
    }
  }

  notified(method, params) {
    if (method === "textDocument/publishDiagnostics") this.diagnostics.set(params.uri, params);
    this.received.push({ method, params });
    this.waiters = this.waiters.filter((waiter) => !waiter());
  }

  requested(method, params) {
    this.received.push({ method, params });
    this.waiters = this.waiters.filter((waiter) => !waiter());
    if (method === "workspace/configuration") return params.items.map(() => ({}));
    if (method === "workspace/applyEdit") {
      this.applied.push(params);
      return { applied: true };
    }
    return null;
  }

  // Waits until `find` returns something true; it is called at once and after every message.
  until(find, what, milliseconds = 60000) {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        const value = find();
        if (value) resolve(value);
        else if (this.gone) reject(this.gone);
        return Boolean(value || this.gone);
      };
      if (attempt()) return;
      const timer = setTimeout(() => reject(new Error(`no ${what} came\n${this.stderr}`)), milliseconds);
      this.waiters.push(() => {
        const found = attempt();
        if (found) clearTimeout(timer);
        return found;
      });
    });
  }

  messages(method) {
    return this.received.filter((message) => message.method === method).map((message) => message.params);
  }

  request(method, params, token) {
    return token ? this.connection.sendRequest(method, params, token) : this.connection.sendRequest(method, params);
  }

  notify(method, params) {
    return this.connection.sendNotification(method, params);
  }

  async start() {
    this.result = await this.request("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(this.root).href,
      capabilities: this.capabilities,
      initializationOptions: this.options,
      workspaceFolders: [{ uri: pathToFileURL(this.root).href, name: "root" }],
    });
    await this.notify("initialized", {});
    return this.result;
  }

  // Until the first scan of the workspace ended.
  indexed() {
    return this.until(() => this.messages("experimental/serverStatus").some((status) => status.quiescent), "quiescent status");
  }

  uri(name) {
    return pathToFileURL(path.join(this.root, name)).href;
  }

  async open(name, text, languageId = "python") {
    const content = text ?? fs.readFileSync(path.join(this.root, name), "utf8");
    this.versions.set(name, 1);
    await this.notify("textDocument/didOpen", {
      textDocument: { uri: this.uri(name), languageId, version: 1, text: content },
    });
  }

  async change(name, changes) {
    const version = this.versions.get(name) + 1;
    this.versions.set(name, version);
    await this.notify("textDocument/didChange", {
      textDocument: { uri: this.uri(name), version },
      contentChanges: changes,
    });
    return version;
  }

  // The diagnostics of a file at its current version (or later).
  async diagnosticsOf(name, predicate = () => true) {
    const found = await this.until(() => {
      const published = this.diagnostics.get(this.uri(name));
      return published && (published.version ?? 0) >= this.versions.get(name) && predicate(published.diagnostics) ? published : null;
    }, `diagnostics of ${name}`);
    return found.diagnostics;
  }

  execute(command, argument = {}, extra = {}) {
    return this.request("workspace/executeCommand", { command, arguments: [argument], ...extra });
  }

  // Ends the session and reports everything that was wrong on the way.
  async stop({ expect = 0 } = {}) {
    await this.request("shutdown");
    this.isStopping = true;
    await this.notify("exit");
    const { code, signal } = await this.exited;
    this.connection.dispose();
    if (code !== expect) this.failures.push(new Error(`exit code ${code}, signal ${signal}\n${this.stderr}`));
    this.check();
  }

  check() {
    if (this.failures.length > 0) throw this.failures[0];
  }
}

module.exports = { Client, FULL, binary, python, rpc, temporaryFolder, temporaryProject };
