// A language server under measurement: raw framing over pipes, and the arrival time of every message, taken before anything
// is parsed.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { performance } = require("node:perf_hooks");
const { pathToFileURL } = require("node:url");

const CAPABILITIES = {
  general: { positionEncodings: ["utf-16"] },
  workspace: {
    applyEdit: true,
    configuration: false,
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true, resourceOperations: ["create", "rename", "delete"] },
  },
  textDocument: {
    synchronization: { didSave: true },
    publishDiagnostics: { versionSupport: true, relatedInformation: true, codeDescriptionSupport: true, dataSupport: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["", "quickfix", "source"] } },
      dataSupport: true,
      resolveSupport: { properties: ["edit"] },
    },
  },
  window: { workDoneProgress: false },
};

const TIMEOUT = 120000;

class Server {
  // `window`: capabilities of the editor's windows, beside CAPABILITIES.
  constructor({ name, command, args, options }, root, window = {}) {
    this.name = name;
    this.root = root;
    this.options = options;
    this.capabilities = { ...CAPABILITIES, window: { ...CAPABILITIES.window, ...window } };
    this.chunks = [];
    this.length = 0;
    this.needed = 0; // bytes until a message is whole; 0: not known
    this.next = 1;
    this.pending = new Map();
    this.listeners = new Set();
    this.log = "";
    this.spawned = performance.now();
    this.process = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout.on("data", (chunk) => this.received(chunk));
    this.process.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-4000)));
    this.process.stdin.on("error", () => {});
    this.exited = new Promise((resolve) => this.process.on("close", resolve));
    this.process.on("error", (error) => this.fail(error));
    this.process.on("exit", (code, signal) => this.fail(new Error(`${name} ended: exit code ${code}, signal ${signal}\n${this.log}`)));
  }

  fail(error) {
    this.failure = error;
    for (const listener of [...this.listeners]) listener.reject(error);
    for (const { reject } of this.pending.values()) reject(error);
  }

  // Chunks are joined once a whole message is there, so that a large answer is not copied again with every chunk.
  received(chunk) {
    const at = performance.now();
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.length > 0 && this.length >= this.needed) {
      const buffer = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
      const end = buffer.indexOf("\r\n\r\n");
      const length = end < 0 ? 0 : Number(/content-length: *(\d+)/i.exec(buffer.toString("latin1", 0, end))[1]);
      this.needed = end < 0 ? buffer.length + 1 : end + 4 + length;
      const isWhole = buffer.length >= this.needed;
      const rest = isWhole ? buffer.subarray(this.needed) : buffer;
      const body = isWhole ? buffer.toString("utf8", end + 4, this.needed) : "";
      this.chunks = [rest];
      this.length = rest.length;
      if (!isWhole) return;
      this.needed = 0;
      this.dispatch(JSON.parse(body), at);
    }
  }

  dispatch(message, at) {
    if (message.method === undefined) {
      const waiting = this.pending.get(message.id);
      this.pending.delete(message.id);
      if (waiting) waiting.resolve({ ...message, at, took: at - waiting.sent });
    } else if (message.id !== undefined) {
      const isList = message.method === "workspace/configuration";
      this.send({ id: message.id, result: isList ? message.params.items.map(() => ({})) : null });
    } else {
      for (const listener of [...this.listeners]) listener.offer(message, at);
    }
  }

  // Returns when it was sent.
  send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const frame = Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
    const sent = performance.now();
    this.process.stdin.write(frame);
    return sent;
  }

  notify(method, params) {
    return this.send({ method, params });
  }

  // The answer, with `at` and `took`; its `id` is set at once on the promise, for cancelling.
  request(method, params) {
    const id = this.next++;
    const answer = new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const waiting = { resolve, reject, sent: 0 };
      this.pending.set(id, waiting);
      waiting.sent = this.send({ id, method, params });
    });
    answer.catch(() => {});
    answer.id = id;
    return answer;
  }

  // The first notification for which `matches` is true: {params, at}. Called before what provokes it is sent.
  notification(method, matches = () => true) {
    const wait = new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const listener = {
        offer: (message, at) => {
          if (message.method !== method || !matches(message.params)) return;
          this.listeners.delete(listener);
          clearTimeout(timer);
          resolve({ params: message.params, at });
        },
        reject: (error) => {
          this.listeners.delete(listener);
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => listener.reject(new Error(`${this.name} sent no ${method}\n${this.log}`)), TIMEOUT);
      this.listeners.add(listener);
    });
    wait.catch(() => {});
    return wait;
  }

  initialize() {
    const uri = pathToFileURL(this.root).href;
    return this.request("initialize", {
      processId: process.pid,
      rootUri: uri,
      capabilities: this.capabilities,
      initializationOptions: this.options,
      workspaceFolders: [{ uri, name: "root" }],
    });
  }

  // Initialized, and with the first scan of the workspace behind it where the server says so.
  async start() {
    const answer = await this.initialize();
    const quiescent = this.options?.serverStatus ? this.notification("experimental/serverStatus", (status) => status.quiescent) : null;
    this.notify("initialized", {});
    await quiescent;
    return answer;
  }

  uri(name) {
    return pathToFileURL(path.join(this.root, name)).href;
  }

  published(uri, version) {
    return this.notification("textDocument/publishDiagnostics", (params) => params.uri === uri && (params.version ?? version) >= version);
  }

  // Opens a document and waits for its diagnostics.
  async open(name, languageId, text) {
    const uri = this.uri(name);
    const published = this.published(uri, 1);
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId, version: 1, text } });
    return { uri, version: 1, diagnostics: (await published).params.diagnostics };
  }

  // Changes a document; resolves to the milliseconds until the diagnostics of the new version are here.
  async change(document, contentChanges) {
    const version = ++document.version;
    const published = this.published(document.uri, version);
    const sent = this.notify("textDocument/didChange", { textDocument: { uri: document.uri, version }, contentChanges });
    const { at, params } = await published;
    document.diagnostics = params.diagnostics;
    return at - sent;
  }

  // Resident memory in bytes, as the kernel counts it: shared libraries included.
  resident() {
    const status = fs.readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024;
  }

  async stop() {
    if (!this.failure) {
      await this.request("shutdown").catch(() => {});
      this.notify("exit");
    }
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 2000);
    await this.exited;
    clearTimeout(timer);
  }
}

module.exports = { Server };
