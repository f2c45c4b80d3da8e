// Messages that no good client sends: every request is answered exactly once, everything else is dropped and logged, and
// the server lives on. The wrong values for the fields are made from the field tables of the program itself.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const { execFileSync, spawn } = require("node:child_process");
const { afterEach, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { METHODS } = require("./schema.js");
const { binary, python, rpc, temporaryProject } = require("./client.js");

const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;
const PARSE_ERROR = -32700;
const CALC = "def add(a, b):\n    return a + b\n";
const TEST_CALC = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n";
const PATIENCE = 60000; // ms

const tables = new Map(
  JSON.parse(execFileSync(process.env.TESTGEN_TABLES, { encoding: "utf8" })).map((table) => [table.name, table]),
);

// ---- A client without manners ----

const living = new Set();
afterEach(() => {
  for (const server of living) server.process.kill("SIGKILL");
});

class Hostile {
  constructor() {
    this.root = temporaryProject({ "calc.py": CALC, "tests/test_calc.py": TEST_CALC });
    this.uri = pathToFileURL(`${this.root}/tests/test_calc.py`).href;
    this.process = spawn(binary, ["serve"], { stdio: ["pipe", "pipe", "pipe"] });
    living.add(this);
    this.answers = new Map();
    this.anonymous = [];
    this.stderr = "";
    this.waiters = new Set();
    this.lastId = 0;
    this.process.stdin.on("error", () => {});
    this.process.stderr.on("data", (data) => this.happened(() => (this.stderr += data)));
    this.exited = new Promise((resolve) =>
      this.process.on("exit", (code, signal) => {
        living.delete(this);
        this.happened(() => (this.gone = { code, signal }));
        resolve(this.gone);
      }),
    );
    const reader = new rpc.StreamMessageReader(this.process.stdout);
    reader.onError((error) => this.happened(() => (this.garbled = error)));
    reader.listen((message) => this.happened(() => this.received(message)));
  }

  happened(what) {
    what();
    for (const waiter of [...this.waiters]) waiter();
  }

  received(message) {
    if (message.method) {
      if ("id" in message) this.send({ jsonrpc: "2.0", id: message.id, result: null });
      return;
    }
    if (message.id === null) this.anonymous.push(message);
    else this.answers.set(message.id, [...(this.answers.get(message.id) ?? []), message]);
  }

  until(find, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(reject, new Error(`no ${what()}\n${this.stderr.slice(-2000)}`)), PATIENCE);
      const end = (settle, value) => {
        clearTimeout(timer);
        this.waiters.delete(attempt);
        settle(value);
      };
      const attempt = () => {
        if (this.garbled) end(reject, this.garbled);
        else if (find()) end(resolve);
        else if (this.gone) end(reject, new Error(`the server is gone: ${JSON.stringify(this.gone)}\n${this.stderr.slice(-2000)}`));
      };
      this.waiters.add(attempt);
      attempt();
    });
  }

  raw(bytes) {
    this.process.stdin.write(bytes);
  }

  // `content`: a string or bytes that stand for the JSON text, or a value.
  send(content) {
    const bytes = typeof content === "string" || Buffer.isBuffer(content) ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
    this.raw(Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]));
  }

  notify(method, params) {
    this.send({ jsonrpc: "2.0", method, params });
  }

  // Sends it and returns its id, for `answered`.
  ask(method, params) {
    this.send({ jsonrpc: "2.0", id: ++this.lastId, method, params });
    return this.lastId;
  }

  async answered(ids) {
    const missing = () => ids.filter((id) => !this.answers.has(id));
    await this.until(() => missing().length === 0, () => `answer to ${missing().join(", ")}`);
    return ids.map((id) => this.answers.get(id)[0]);
  }

  async request(method, params) {
    const [answer] = await this.answered([this.ask(method, params)]);
    return answer;
  }

  initializeParams() {
    return {
      processId: process.pid,
      rootUri: pathToFileURL(this.root).href,
      capabilities: {},
      initializationOptions: { trusted: false, settings: { interpreter: python } },
      workspaceFolders: [{ uri: pathToFileURL(this.root).href, name: "root" }],
    };
  }

  async start() {
    const answer = await this.request("initialize", this.initializeParams());
    this.notify("initialized", {});
    this.notify("textDocument/didOpen", { textDocument: { uri: this.uri, languageId: "python", version: 1, text: TEST_CALC } });
    return answer.result;
  }

  // The server answers, knows the document as it was opened, and answered nothing twice.
  async isWell() {
    const answer = await this.request("textDocument/documentSymbol", { textDocument: { uri: this.uri } });
    assert.match(JSON.stringify(answer.result), /test_add/);
    const twice = [...this.answers.values()].filter((answers) => answers.length > 1);
    assert.deepEqual(twice, [], "requests that were answered more than once");
  }

  async stop() {
    await this.request("shutdown");
    this.notify("exit");
    assert.deepEqual(await this.exited, { code: 0, signal: null }, this.stderr.slice(-2000));
    fs.rmSync(this.root, { recursive: true });
  }
}

// ---- Values that do not fit, made from the tables ----

const nested = (depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
const VALUES = [
  null, true, -1, 0.5, 2147483648, 1e300, "", "\ud800", "\u0000", "x".repeat(10000), [], [null], [[]], {}, { x: {} }, nested(100),
];

const isWhole = (value, minimum, maximum) => Number.isInteger(value) && value >= minimum && value <= maximum;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const FITS = {
  bool: (value) => typeof value === "boolean",
  integer: (value) => isWhole(value, -(2 ** 63), 2 ** 63 - 1),
  "optional integer": (value) => isWhole(value, -(2 ** 63), 2 ** 63 - 1),
  uinteger: (value) => isWhole(value, 0, 2 ** 31 - 1),
  double: (value) => typeof value === "number",
  "optional double": (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  enum: (value, field) => field.names.includes(value),
  object: (value, field) => isObject(value) && !tableRefuses(field.type, value),
  pointer: (value, field) => isObject(value) && !tableRefuses(field.type, value),
  array: (value, field) => Array.isArray(value) && value.every((item) => isObject(item) && !tableRefuses(field.type, item)),
  "string array": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  "integer array": (value) => Array.isArray(value) && value.every((item) => Number.isInteger(item)),
  value: () => true,
};

// Whether the table says that a value (undefined: none) is refused.
function fieldRefuses(field, value) {
  if (value === undefined) return field.required;
  if (value === null && field.kind !== "value") return field.required && !field.nullable && !field.lenient;
  return !field.lenient && !FITS[field.kind](value, field);
}

function tableRefuses(name, object) {
  return tables.get(name).fields.some((field) => field.kind !== "raw" && fieldRefuses(field, object[field.name]));
}

// A good value for every field, so that only one thing is wrong at a time. Members of no table are given by name.
function goodValue(field, known) {
  if (field.name in known) return known[field.name];
  if (field.type) return field.kind === "array" ? [goodObject(field.type, known)] : goodObject(field.type, known);
  return { bool: true, integer: 1, "optional integer": 1, uinteger: 0, string: "x", "string array": ["x"], "integer array": [1] }[field.kind];
}

function goodObject(name, known) {
  return Object.fromEntries(tables.get(name).fields.map((field) => [field.name, goodValue(field, known)]));
}

// Every path of the table, as lists of member names and indices.
function* paths(name, prefix = []) {
  for (const field of tables.get(name).fields) {
    const path = [...prefix, field.name];
    yield path;
    if (field.type) yield* paths(field.type, field.kind === "array" ? [...path, 0] : path);
  }
}

function replaced(object, [head, ...rest], value) {
  const copy = Array.isArray(object) ? [...object] : { ...object };
  if (rest.length > 0) copy[head] = replaced(object[head], rest, value);
  else if (value === undefined) delete copy[head];
  else copy[head] = value;
  return copy;
}

// { params, isRefused, name }: each value, and none, at each path.
function* wrongParams(type, known) {
  const good = goodObject(type, known);
  assert.ok(!tableRefuses(type, good), `${type}: the good value is refused`);
  for (const path of paths(type))
    for (const value of [...VALUES, undefined]) {
      const params = replaced(good, path, value);
      yield { params, isRefused: tableRefuses(type, params), name: `${path.join(".")} = ${JSON.stringify(value)?.slice(0, 40)}` };
    }
}

function clientMethods(isRequest) {
  return Object.entries(METHODS)
    .filter(([, [sides, , result]]) => sides.includes("c") && (result !== null) === isRequest)
    .map(([method, [, type]]) => [method, type])
    .filter(([, type]) => tables.has(type));
}

// ---- Fields ----

test("a wrong value in any field of any request is answered once, and refused where the table says so", async () => {
  const server = new Hostile();
  await server.start();
  let refused = 0;
  for (const [method, type] of clientMethods(true).filter(([method]) => method !== "initialize")) {
    const cases = [...wrongParams(type, { uri: server.uri, command: "testgen.nothing", arguments: [] })];
    const answers = await server.answered(cases.map(({ params }) => server.ask(method, params)));
    cases.forEach(({ isRefused, name }, index) => {
      if (isRefused) assert.equal(answers[index].error?.code, INVALID_PARAMS, `${method}: ${name}: ${JSON.stringify(answers[index])}`);
    });
    refused += cases.filter(({ isRefused }) => isRefused).length;
  }
  assert.ok(refused > 400, `only ${refused} cases were to be refused`);
  await server.isWell();
  await server.stop();
});

test("a wrong value in any field of any notification is dropped and logged where the table says so", async () => {
  const server = new Hostile();
  await server.start();
  let dropped = 0;
  for (const [method, type] of clientMethods(false)) {
    const other = pathToFileURL(`${server.root}/tests/test_other.py`).href;
    const cases = [...wrongParams(type, { uri: other, languageId: "python", settings: {}, id: 987654321, value: "off" })];
    const expected = cases.filter(({ isRefused }) => isRefused).length;
    const logged = () => server.stderr.split(`dropped notification ${method}`).length - 1;
    for (const { params } of cases) server.notify(method, params);
    await server.isWell();
    await server.until(() => logged() >= expected, () => `${expected} log lines for ${method}, only ${logged()}`);
    dropped += expected;
  }
  assert.ok(dropped > 200, `only ${dropped} cases were to be dropped`);
  await server.stop();
});

test("initialize with a wrong value in any field is answered, and the server can end", async () => {
  const all = [...wrongParams("InitializeParams", { uri: "file:///nowhere", rootUri: null, workspaceFolders: [], processId: null, trace: "off" })];
  // One value per path: each needs a server of its own, as only one initialize may succeed.
  const cases = all.filter((_, index) => index % (VALUES.length + 1) === Math.floor(index / (VALUES.length + 1)) % (VALUES.length + 1));
  assert.ok(cases.length > 80, `only ${cases.length} cases`);
  for (const { params, isRefused, name } of cases) {
    const server = new Hostile();
    const answer = await server.request("initialize", params);
    assert.equal(answer.error?.code, isRefused ? INVALID_PARAMS : undefined, `${name}: ${JSON.stringify(answer).slice(0, 300)}`);
    if (isRefused) assert.ok((await server.request("initialize", server.initializeParams())).result, name);
    await server.stop();
  }
});

// ---- Commands and our own requests ----

test("commands and own requests with any arguments are answered once", async () => {
  const server = new Hostile();
  const { capabilities } = await server.start();
  const { commands } = capabilities.executeCommandProvider;
  assert.ok(commands.length > 5);
  const members = ["path", "uri", "line", "spec", "tests", "limit", "before", "runId", "action", "id", "values", "maxTests", "seed", "category", "edits"];
  const objects = members.flatMap((member) => VALUES.map((value) => ({ [member]: value })));
  const ids = commands.flatMap((command) => [
    ...VALUES.map((value) => server.ask("workspace/executeCommand", { command, arguments: value })),
    ...[...VALUES, ...objects].map((value) => server.ask("workspace/executeCommand", { command, arguments: [value] })),
  ]);
  for (const method of ["testgen/runs", "testgen/run"])
    for (const params of [...VALUES.filter((value) => typeof value === "object"), ...objects]) ids.push(server.ask(method, params));
  await server.answered(ids);
  await server.isWell();
  await server.stop();
});

// ---- Positions ----

test("positions and ranges anywhere, also backwards, are answered once", async () => {
  const server = new Hostile();
  await server.start();
  const textDocument = { uri: server.uri };
  const numbers = [0, 1, 4, 5, 1000000, 2147483647, 2147483648, 4294967296, -1, -2147483648, 1e19, 1.0, 1.5];
  const positions = numbers.flatMap((line) => numbers.map((character) => ({ line, character })));
  const ids = positions.map((position) => server.ask("textDocument/hover", { textDocument, position }));
  for (const [index, start] of positions.entries()) {
    const range = { start, end: positions[(index * 7 + 3) % positions.length] };
    ids.push(server.ask("textDocument/codeAction", { textDocument, range, context: { diagnostics: [] } }));
  }
  const answers = await server.answered(ids);
  assert.ok(answers.some((answer) => answer.error?.code === INVALID_PARAMS));
  for (const [index, start] of positions.entries()) {
    const range = { start, end: positions[(index * 5 + 1) % positions.length] };
    server.notify("textDocument/didChange", { textDocument: { uri: server.uri, version: 2 + index }, contentChanges: [{ range, text: "" }] });
  }
  server.notify("textDocument/didChange", { textDocument: { uri: server.uri, version: 1000 }, contentChanges: [{ text: TEST_CALC }] });
  await server.isWell();
  await server.stop();
});

// ---- JSON and JSON-RPC ----

const hover = (uri) => `"method":"textDocument/hover","params":{"textDocument":{"uri":"${uri}"},"position":{"line":0,"character":0}}`;

test("texts that are no JSON are answered with a parse error, and the next message is read", async () => {
  const server = new Hostile();
  await server.start();
  const texts = [
    "", " ", "{", "[", "nul", "{x}", '{"a":}', '{"a":1,}', "[1,]", '"', '"\\', '"\\u12', '"\\x"', "01", "1.", "1e", "+1", "NaN", "{}{}", "[] x",
    '{"jsonrpc":"2.0","id":1e999,"method":"x"}', "[".repeat(129) + "]".repeat(129), "[".repeat(1000000), '{"a":'.repeat(100000),
    Buffer.from([0xff, 0xfe, 0x7b]), Buffer.from('{"a":"\xff"}', "latin1"), Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), Buffer.from([0]), '"\u0001"',
  ];
  for (const text of texts) {
    const before = server.anonymous.length;
    server.send(text);
    await server.until(() => server.anonymous.length > before, () => `answer to ${JSON.stringify(String(text).slice(0, 40))}`);
    assert.equal(server.anonymous[before].error.code, PARSE_ERROR, String(text).slice(0, 40));
  }
  await server.isWell();
  await server.stop();
});

test("messages that are no requests are refused or dropped", async () => {
  const server = new Hostile();
  await server.start();
  const good = hover(server.uri);
  const anonymous = [
    "[]", `[{"jsonrpc":"2.0","id":1,${good}}]`, "[[]]", "1", "null", "true", '"x"',
    `{"jsonrpc":"2.0","id":{},${good}}`, `{"jsonrpc":"2.0","id":[1],${good}}`, `{"jsonrpc":"2.0","id":true,${good}}`, `{"jsonrpc":"2.0","id":1.5,${good}}`,
  ];
  for (const text of anonymous) {
    const before = server.anonymous.length;
    server.send(text);
    await server.until(() => server.anonymous.length > before, () => `answer to ${text}`);
    assert.equal(server.anonymous[before].error.code, INVALID_REQUEST, text);
  }
  const named = [
    `{"jsonrpc":"2.0","id":"a","method":5}`, `{"jsonrpc":"2.0","id":"b","method":null}`, `{"jsonrpc":"2.0","id":"c","method":"textDocument/hover","params":5}`,
    `{"jsonrpc":"1.0","id":"d",${good}}`, `{"id":"e",${good}}`,
  ];
  named.forEach((text) => server.send(text));
  for (const answer of await server.answered(["a", "b", "c", "d", "e"])) assert.ok(answer.error, JSON.stringify(answer));
  const dropped = [
    "{}", '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","result":1}', '{"jsonrpc":"2.0","id":4711,"result":1}', '{"jsonrpc":"2.0","id":4712,"error":5}',
    '{"jsonrpc":"2.0","id":4713,"result":1,"error":{}}', '{"jsonrpc":"2.0","id":null,"error":{"code":"x"}}', '{"jsonrpc":"2.0","method":"no/such"}',
    '{"jsonrpc":"2.0","method":"$/cancelRequest"}', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{}}}', '{"jsonrpc":"2.0","method":"$/nothing","params":[1]}',
  ];
  dropped.forEach((text) => server.send(text));
  await server.isWell();
  await server.stop();
});

test("duplicated members, lone surrogates, NUL and odd ids: one answer, under the id that was sent", async () => {
  const server = new Hostile();
  await server.start();
  const good = hover(server.uri);
  const rows = [
    [`{"jsonrpc":"2.0","id":"first","id":"last",${good}}`, "last"], // RFC 8259 leaves it open; here the last one counts
    [`{"jsonrpc":"2.0","id":"twice","method":"shutdown",${good}}`, "twice"],
    [`{"jsonrpc":"2.0","id":"params","params":5,${good}}`, "params"],
    [`{"jsonrpc":"2.0","id":"\\ud800",${good}}`, "\ufffd"],
    [`{"jsonrpc":"2.0","id":"\\udc00\\ud800",${good}}`, "\ufffd\ufffd"],
    [`{"jsonrpc":"2.0","id":"a\\u0000b",${good}}`, "a\u0000b"],
    [`{"jsonrpc":"2.0","id":"",${good}}`, ""],
    [`{"jsonrpc":"2.0","id":-7,${good}}`, -7],
    [`{"jsonrpc":"2.0","id":9007199254740991,${good}}`, 9007199254740991],
    [`{"jsonrpc":"2.0","id":"${"i".repeat(100000)}",${good}}`, "i".repeat(100000)],
    [`{"jsonrpc":"2.0","id":"method","method":"\\ud800\\u0000"}`, "method"],
    [`{"jsonrpc":"2.0","id":"long","method":"${"m".repeat(100000)}"}`, "long"],
    [`{"jsonrpc":"2.0","id":"uri","method":"textDocument/hover","params":{"textDocument":{"uri":"file:///\\ud800%00%ff"},"position":{"line":0,"character":0}}}`, "uri"],
  ];
  rows.forEach(([text]) => server.send(text));
  await server.answered(rows.map(([, id]) => id));
  await server.isWell();
  await server.stop();
});

// ---- Framing ----

const HEADERS = {
  "no length": "Content-Type: x\r\n\r\n{}",
  "a negative length": "Content-Length: -1\r\n\r\n{}",
  "a length that is no number": "Content-Length: x\r\n\r\n{}",
  "a length of nothing": "Content-Length: \r\n\r\n{}",
  "a length that fits no number": "Content-Length: 99999999999999999999999\r\n\r\n{}",
  "a length over the limit": "Content-Length: 9999999999\r\n\r\n{}",
  "two lengths": "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
  "another character set": "Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-16\r\n\r\n{}",
  "no colon": "Content-Length 2\r\n\r\n{}",
  "a header without end": "X: " + "y".repeat(1000000),
  "bytes": Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 131) % 256)),
};

for (const [name, bytes] of Object.entries(HEADERS))
  test(`framing: ${name} ends in an answer, a log line or an exit, not in a crash`, async () => {
    const server = new Hostile();
    await server.start();
    const seen = () => server.anonymous.length > 0 || /malformed input|input was lost/.test(server.stderr);
    server.raw(bytes);
    server.raw("\r\n\r\n");
    await server.until(() => seen() || server.gone, () => `sign of ${name}`);
    server.process.stdin.end();
    const { signal } = await server.exited;
    assert.equal(signal, null, server.stderr.slice(-2000));
    fs.rmSync(server.root, { recursive: true });
  });
