// JSON schemas of the LSP's messages, made from the TypeScript declarations of the official npm packages (from which the
// specification's metaModel.json is made too). Unknown members are refused, so that a misspelt one cannot pass.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const modules = process.env.TESTGEN_NODE_MODULES;
const load = createRequire(path.join(modules, "index.js"));

// Method: type of the parameters, type of the result (null: a notification). `c` client to server, `s` server to client.
const METHODS = {
  initialize: ["c", "InitializeParams", "InitializeResult"],
  initialized: ["c", "InitializedParams", null],
  shutdown: ["c", "undefined", "null"],
  exit: ["c", "undefined", null],
  "$/setTrace": ["c", "SetTraceParams", null],
  "$/cancelRequest": ["cs", "CancelParams", null],
  "$/progress": ["s", "ProgressParams<any>", null],
  "textDocument/didOpen": ["c", "DidOpenTextDocumentParams", null],
  "textDocument/didChange": ["c", "DidChangeTextDocumentParams", null],
  "textDocument/didSave": ["c", "DidSaveTextDocumentParams", null],
  "textDocument/didClose": ["c", "DidCloseTextDocumentParams", null],
  "textDocument/diagnostic": ["c", "DocumentDiagnosticParams", "DocumentDiagnosticReport"],
  "workspace/diagnostic": ["c", "WorkspaceDiagnosticParams", "WorkspaceDiagnosticReport"],
  "workspace/diagnostic/refresh": ["s", "undefined", "null"],
  "textDocument/hover": ["c", "HoverParams", "Hover | null"],
  "textDocument/codeAction": ["c", "CodeActionParams", "(Command | CodeAction)[] | null"],
  "textDocument/codeLens": ["c", "CodeLensParams", "CodeLens[] | null"],
  "workspace/codeLens/refresh": ["s", "undefined", "null"],
  "textDocument/documentSymbol": ["c", "DocumentSymbolParams", "DocumentSymbol[] | SymbolInformation[] | null"],
  "textDocument/publishDiagnostics": ["s", "PublishDiagnosticsParams", null],
  "workspace/executeCommand": ["c", "ExecuteCommandParams", "any"],
  "workspace/applyEdit": ["s", "ApplyWorkspaceEditParams", "ApplyWorkspaceEditResult"],
  "workspace/configuration": ["s", "ConfigurationParams", "any[]"],
  "workspace/didChangeConfiguration": ["c", "DidChangeConfigurationParams", null],
  "workspace/didChangeWatchedFiles": ["c", "DidChangeWatchedFilesParams", null],
  "workspace/didChangeWorkspaceFolders": ["c", "DidChangeWorkspaceFoldersParams", null],
  "client/registerCapability": ["s", "RegistrationParams", "null"],
  "window/showMessage": ["s", "ShowMessageParams", null],
  "window/logMessage": ["s", "LogMessageParams", null],
  "window/workDoneProgress/create": ["s", "WorkDoneProgressCreateParams", "null"],
  "window/workDoneProgress/cancel": ["c", "WorkDoneProgressCancelParams", null],
};

// What `$/progress` carries: for a work-done token, or a part of an answer.
const PROGRESS = "WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd | WorkspaceDiagnosticReportPartialResult";

// Our own methods: their schemas are generated from the program's tables.
const OWN = {
  "testgen/runEvent": "event.schema.json",
  "testgen/trust": null,
  "testgen/runs": null,
  "testgen/run": null,
  "experimental/discoverTest": null,
  "experimental/serverStatus": null,
};

function typeNames(type) {
  return type.match(/[A-Z]\w*/g) ?? [];
}

function declarationSource(specification) {
  const types = Object.values(METHODS).flatMap(([, params, result]) => [params, result ?? "undefined"]);
  const names = [...new Set([...types, PROGRESS].flatMap(typeNames))].sort();
  const lines = [`import type { ${names.join(", ")} } from "${specification}";`];
  Object.values(METHODS).forEach(([, params, result], index) => {
    if (params !== "undefined") lines.push(`export type Params${index} = ${params};`);
    if (result && result !== "any") lines.push(`export type Result${index} = ${result};`);
  });
  lines.push(`export type Progress = ${PROGRESS};`);
  return lines.join("\n") + "\n";
}

// Packages that name their declarations under "exports" only are found by this way of resolving.
const COMPILER = { compilerOptions: { module: "node16", moduleResolution: "node16", strict: true } };

// The JSON schema of all types that a TypeScript text exports. Making it takes seconds, so it is kept beside the node
// modules; the key is everything that it is made from.
function schemaOf(source) {
  const digest = require("node:crypto").createHash("sha256").update(source).update(fs.readFileSync(__filename)).digest("hex");
  const cache = path.join(modules, "..", `lsp-schema-${digest.slice(0, 16)}.json`);
  if (fs.existsSync(cache)) return JSON.parse(fs.readFileSync(cache, "utf8"));
  const file = path.join(modules, "..", `lsp-messages-${process.pid}.ts`);
  const tsconfig = path.join(modules, "..", `tsconfig-${process.pid}.json`);
  fs.writeFileSync(file, source);
  fs.writeFileSync(tsconfig, JSON.stringify({ ...COMPILER, files: [path.basename(file)] }));
  try {
    const { createGenerator } = load("ts-json-schema-generator");
    const schema = createGenerator({ path: file, tsconfig, type: "*", skipTypeCheck: true, additionalProperties: false }).createSchema("*");
    fs.writeFileSync(`${cache}.${process.pid}`, JSON.stringify(schema));
    fs.renameSync(`${cache}.${process.pid}`, cache);
    return schema;
  } finally {
    fs.rmSync(file);
    fs.rmSync(tsconfig);
  }
}

// `specification`: the npm package with the declarations, by the name that it has in tests/clients/package.json.
class Validator {
  constructor(specification = "vscode-languageserver-protocol") {
    const Ajv = load("ajv").default;
    this.ajv = new Ajv({ strict: false, allErrors: false });
    this.ajv.addSchema(schemaOf(declarationSource(specification)), "lsp");
    const schemas = path.join(__dirname, "..", "..", "docs", "schemas");
    const Ajv2020 = load("ajv/dist/2020").default;
    this.own = new Ajv2020({ strict: false });
    this.ownValidators = new Map();
    for (const file of Object.values(OWN).filter(Boolean))
      this.ownValidators.set(file, this.own.compile(JSON.parse(fs.readFileSync(path.join(schemas, file), "utf8"))));
    this.index = new Map(Object.keys(METHODS).map((method, index) => [method, index]));
  }

  check(definition, value, what) {
    const validate = this.ajv.getSchema(`lsp#/definitions/${definition}`);
    if (!validate) throw new Error(`there is no schema for ${what}`);
    if (!validate(value))
      throw new Error(`${what} is not as the specification says: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  // `direction`: "c" from the client, "s" from the server.
  message(direction, message) {
    const { method, params } = message;
    if (method in OWN) {
      const validate = this.ownValidators.get(OWN[method]);
      if (validate && !validate(params)) throw new Error(`${method}: ${this.own.errorsText(validate.errors)}`);
      return;
    }
    const row = METHODS[method];
    if (!row || !row[0].includes(direction)) throw new Error(`unexpected method ${method} from ${direction}`);
    if ("id" in message !== (row[2] !== null)) throw new Error(`${method} is ${row[2] === null ? "a notification" : "a request"}`);
    if (row[1] !== "undefined") this.check(`Params${this.index.get(method)}`, params, `parameters of ${method}`);
    if (method === "$/progress") this.check("Progress", params.value, "value of $/progress");
  }

  result(method, value) {
    const row = METHODS[method];
    if (!row || row[2] === "any") return;
    this.check(`Result${this.index.get(method)}`, value, `result of ${method}`);
  }
}

module.exports = { METHODS, Validator, load, schemaOf };
