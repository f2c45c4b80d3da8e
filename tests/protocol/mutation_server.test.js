// The Mutation Server Protocol, driven by vscode-jsonrpc over stdio and over a socket. Every message in both directions is
// held against the schemas of the npm package that defines the protocol; members that it does not know are refused, too.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync, spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { afterEach, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { binary, python, rpc, temporaryProject } = require("./client.js");
const { load } = require("./schema.js");

const PROTOCOL = import(pathToFileURL(load.resolve("mutation-server-protocol")).href);
const TYPES = {
  configure: ["ConfigureParams", "ConfigureResult"],
  discover: ["DiscoverParams", "DiscoverResult"],
  mutationTest: ["MutationTestParams", "MutationTestResult"],
  reportMutationTestProgress: ["MutationTestResult"],
};
const NOT_INITIALIZED = -32002;
const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;
const PARSE_ERROR = -32700;
const REQUEST_CANCELLED = -32800;

const SHOP = `def discount(total):
    return 10 if total >= 100 else 0


def unused(x):
    return "🙂" + x
`;
const TESTS = `from shop import discount


def test_discount():
    assert discount(110) == 10
    assert discount(5) == 0
`;
const PYTEST = '[tool.pytest.ini_options]\npythonpath = ["."]\n';

const project = (files = {}) =>
  temporaryProject({ "shop.py": SHOP, "lib/tax.py": "def tax(x):\n    return x + 1\n", "tests/test_shop.py": TESTS, "pyproject.toml": PYTEST, ...files });

const living = new Set();
afterEach(() => {
  for (const server of living) server.kill("SIGKILL");
});

class Client {
  constructor(root, channel = ["stdio"], stdin = "pipe") {
    this.root = root;
    this.failures = [];
    this.progress = [];
    this.process = spawn(binary, ["serve-mutation", ...channel, "--interpreter", python], { cwd: root, stdio: [stdin, "pipe", "pipe"] });
    living.add(this.process);
    this.stderr = "";
    this.process.stderr.on("data", (data) => (this.stderr += data));
    this.exited = new Promise((resolve) =>
      this.process.on("exit", (code, signal) => {
        living.delete(this.process);
        resolve({ code, signal });
      }),
    );
  }

  static async start(root) {
    const client = new Client(root);
    await client.connect(client.process.stdout, client.process.stdin);
    return client;
  }

  static async configured(root) {
    const client = await Client.start(root);
    assert.deepEqual(await client.request("configure", {}), { version: "0.4.0" });
    return client;
  }

  async connect(input, output) {
    const protocol = await PROTOCOL;
    const check = (type, value) => this.guard(() => assert.deepEqual(protocol[type].parse(value), value));
    const reader = new rpc.StreamMessageReader(input);
    const writer = new rpc.StreamMessageWriter(output);
    const pending = new Map();
    const write = writer.write.bind(writer);
    writer.write = (message) => {
      if ("id" in message) pending.set(message.id, message.method);
      if (TYPES[message.method] && !this.isWrong) check(TYPES[message.method][0], message.params);
      return write(message);
    };
    const listen = reader.listen.bind(reader);
    reader.listen = (callback) =>
      listen((message) => {
        if (message.method) check(TYPES[message.method][0], message.params);
        else if ("result" in message) check(TYPES[pending.get(message.id)][1], message.result);
        callback(message);
      });
    reader.onError((error) => this.failures.push(error));
    this.connection = rpc.createMessageConnection(reader, writer);
    this.connection.onNotification((method, params) => this.progress.push({ method, params }));
    this.connection.listen();
  }

  guard(check) {
    try {
      check();
    } catch (error) {
      this.failures.push(error);
    }
  }

  request(method, params, token) {
    return token ? this.connection.sendRequest(method, params, token) : this.connection.sendRequest(method, params);
  }

  // A request that the schemas would refuse.
  async refused(method, params, code, message) {
    this.isWrong = true;
    await assert.rejects(this.request(method, params), (error) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
    this.isWrong = false;
  }

  async stop() {
    this.process.stdin.end();
    await this.ended();
  }

  async ended() {
    assert.deepEqual(await this.exited, { code: 0, signal: null }, this.stderr);
    this.connection?.dispose();
    if (this.failures.length > 0) throw this.failures[0];
  }
}

const at = (line, column) => ({ line, column });
const all = (result) => Object.entries(result.files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
const identity = (mutant) => [mutant.file, JSON.stringify(mutant.location), mutant.mutatorName, mutant.replacement].join(" ");
const byIdentity = (mutants) => new Map(mutants.map((mutant) => [identity(mutant), mutant]));

async function until(find, what) {
  for (let i = 0; i < 1200; i++) {
    const value = find();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what} came`);
}

test("a session: what is discovered is judged, verdicts come as they are there, and are those of testgen mutate", async () => {
  const root = project();
  const client = await Client.configured(root);
  const discovered = all(await client.request("discover", {}));
  assert.deepEqual([...new Set(discovered.map((mutant) => mutant.file))], ["lib/tax.py", "shop.py"]);
  assert.equal(new Set(discovered.map((mutant) => mutant.id)).size, discovered.length, "each has an id of its own");
  assert.deepEqual(client.progress, [], "discovering judges nothing");

  const judged = all(await client.request("mutationTest", {}));
  const ids = (mutants) => mutants.map((mutant) => mutant.id).sort();
  assert.deepEqual(ids(judged), ids(discovered));
  const told = client.progress.flatMap(({ method, params }) => (assert.equal(method, "reportMutationTestProgress"), all(params)));
  assert.deepEqual(ids(told), ids(judged), "every verdict was told once");
  const byId = new Map(judged.map((mutant) => [mutant.id, mutant]));
  for (const mutant of told) assert.deepEqual(mutant, byId.get(mutant.id));

  const output = execFileSync(binary, ["mutate", "--format", "json", "--fresh", "--quiet", "--interpreter", python], { cwd: root, encoding: "utf8" });
  const report = byIdentity(all(JSON.parse(output)));
  assert.equal(report.size, judged.length);
  for (const mutant of judged)
    for (const member of ["status", "killedBy", "statusReason"])
      assert.deepEqual(mutant[member], report.get(identity(mutant))[member], `${member} of ${identity(mutant)}`);
  assert.deepEqual([...new Set(judged.map((mutant) => mutant.status))].sort(), ["Ignored", "Killed", "NoCoverage", "Survived"]);
  await client.stop();
});

test("ids are the same in the next session, and change with what the mutant does", async () => {
  const root = project();
  const first = await Client.configured(root);
  const before = await first.request("discover", {});
  await first.stop();
  const second = await Client.configured(root);
  assert.deepEqual(await second.request("discover", {}), before);
  fs.writeFileSync(path.join(root, "shop.py"), SHOP.replace("100", "200"));
  const after = all(await second.request("discover", { files: [{ path: "shop.py" }] }));
  const old = byIdentity(all(before));
  const [same, changed] = [true, false].map((isOld) => after.filter((mutant) => old.has(identity(mutant)) === isOld));
  assert.ok(same.length > 0);
  for (const mutant of same) assert.equal(mutant.id, old.get(identity(mutant)).id);
  const oldIds = new Set(all(before).map((mutant) => mutant.id));
  assert.deepEqual(changed.filter((mutant) => oldIds.has(mutant.id)), []);
  assert.deepEqual(changed.map((mutant) => mutant.replacement), ["not (total >= 200)", "(200 + 1)"]);
  await second.stop();
});

test("files, folders and ranges; what is not there is ignored, as the protocol wants", async () => {
  const root = project();
  const client = await Client.configured(root);
  const files = async (...ranges) => all(await client.request("discover", { files: ranges }));
  const names = (mutants) => [...new Set(mutants.map((mutant) => mutant.file))];
  const everything = await files({ path: "shop.py" }, { path: "lib/" });
  assert.deepEqual(names(everything), ["lib/tax.py", "shop.py"]);
  assert.deepEqual(await files({ path: root }), everything, "an absolute folder");
  assert.deepEqual(await files({ path: path.join(root, "shop.py") }, { path: "lib/tax.py" }), everything);
  assert.deepEqual(await files({ path: "gone.py" }, { path: "/etc/hosts" }, { path: "../" }, { path: "tests/" }), []);
  assert.match(client.stderr, /gone\.py.*ignored/);
  assert.deepEqual(await files(), []);

  const shop = everything.filter((mutant) => mutant.file === "shop.py");
  const range = (start, end) => files({ path: "shop.py", range: { start, end } });
  assert.deepEqual(await range(at(1, 1), at(3, 1)), shop.filter((mutant) => mutant.location.start.line === 2));
  const comparison = shop.filter((mutant) => mutant.location.start.line === 2 && mutant.location.start.column === 24);
  assert.deepEqual(comparison.map((mutant) => mutant.replacement), [">", "=="]);
  assert.deepEqual(await range(at(2, 24), at(2, 26)), comparison, "the end is exclusive");
  assert.deepEqual(await range(at(2, 24), at(2, 25)), []);
  assert.deepEqual(await range(at(2, 25), at(2, 26)), []);
  await client.stop();
});

test("columns count units of UTF-16: each place holds what is replaced", async () => {
  const client = await Client.configured(project());
  const mutants = all(await client.request("discover", { files: [{ path: "shop.py" }] }));
  const line = SHOP.split("\n")[5];
  const texts = mutants.filter((mutant) => mutant.location.start.line === 6).map((mutant) => [mutant.mutatorName, line.slice(mutant.location.start.column - 1, mutant.location.end.column - 1)]);
  assert.deepEqual(texts.find(([name]) => name === "arithmetic"), ["arithmetic", "+"]);
  assert.deepEqual(texts.find(([name]) => name === "string"), ["string", '"🙂"']);
  await client.stop();
});

test("mutants are judged by id; those that are gone are answered as such; mutants go before files", async () => {
  const root = project();
  const client = await Client.configured(root);
  const { files } = await client.request("discover", { files: [{ path: "shop.py" }] });
  const [boundary] = files["shop.py"].mutants.filter((mutant) => mutant.replacement === ">");
  const gone = { ...boundary, id: "0000000000000000" };
  const elsewhere = { ...boundary, id: "0000000000000001" };
  const mutants = { "shop.py": { mutants: [boundary, gone] }, "gone.py": { mutants: [elsewhere] } };
  const result = await client.request("mutationTest", { files: [{ path: "lib/" }], mutants });
  assert.deepEqual(Object.keys(result.files), ["gone.py", "shop.py"]);
  const status = Object.fromEntries(all(result).map((mutant) => [mutant.id, [mutant.status, mutant.statusReason]]));
  const notThere = ["Ignored", "the source has no such mutant any more: discover again"];
  assert.deepEqual(status, { [boundary.id]: ["Survived", undefined], [gone.id]: notThere, [elsewhere.id]: notThere });
  assert.deepEqual(client.progress.flatMap(({ params }) => all(params)).map((mutant) => mutant.id), [boundary.id]);
  await client.stop();
});

test("files and folders can be tested without discovering", async () => {
  const client = await Client.configured(project());
  const judged = all(await client.request("mutationTest", { files: [{ path: "shop.py", range: { start: at(2, 24), end: at(2, 26) } }] }));
  assert.deepEqual(judged.map((mutant) => [mutant.replacement, mutant.status, mutant.testsCompleted]), [[">", "Survived", 1], ["==", "Killed", 1]]);
  assert.deepEqual(await client.request("mutationTest", { files: [{ path: "gone.py" }] }), { files: {} });
  await client.stop();
});

test("what is wrong is said: before configure, unknown methods, parameters, JSON", async () => {
  const client = await Client.start(project());
  for (const method of ["discover", "mutationTest"]) await client.refused(method, {}, NOT_INITIALIZED, /first request must be configure/);
  await client.request("configure", {});
  await client.refused("run", {}, METHOD_NOT_FOUND, /no such method/);
  await client.refused("discover", { files: "shop.py" }, INVALID_PARAMS, /files: expected an array/);
  await client.refused("discover", { files: ["shop.py"] }, INVALID_PARAMS, /files\[0\]: expected an object/);
  await client.refused("discover", { files: [{ range: {} }] }, INVALID_PARAMS, /files\[0\]\.path/);
  await client.refused("discover", { files: [{ path: "shop.py", range: { start: at(0, 1), end: at(2, 1) } }] }, INVALID_PARAMS, /files\[0\]\.range: lines and columns begin at 1/);
  await client.refused("mutationTest", { mutants: [] }, INVALID_PARAMS, /mutants: expected an object/);
  await client.refused("mutationTest", { mutants: { "shop.py": { mutants: [{ id: 7 }] } } }, INVALID_PARAMS, /mutants\["shop\.py"\]: mutants\[0\]\.id/);
  client.process.stdin.write("Content-Length: 5\r\n\r\n{oops");
  client.process.stdin.write("Content-Length: many\r\n\r\n");
  assert.deepEqual(await client.request("configure", {}), { version: "0.4.0" }, "it goes on");
  await client.stop();
});

test("malformed JSON is answered with a parse error", async () => {
  const output = spawnSync(binary, ["serve-mutation", "stdio"], { cwd: project(), input: "Content-Length: 5\r\n\r\n{oops" });
  assert.equal(output.status, 0);
  assert.equal(JSON.parse(output.stdout.toString().split("\r\n\r\n")[1]).error.code, PARSE_ERROR);
});

test("a configuration file is read where it is named, and what is wrong with it is said", async () => {
  const root = project({ "conf/mine.json": '{"exclude": ["lib/**"]}', "conf/list.json": "[]", "conf/broken.json": "{" });
  const client = await Client.start(root);
  await client.refused("configure", { configFilePath: "none.json" }, INVALID_PARAMS, /configFilePath "none\.json"/);
  await client.refused("configure", { configFilePath: "conf/list.json" }, INVALID_PARAMS, /expected an object/);
  await client.refused("configure", { configFilePath: "conf/broken.json" }, INVALID_PARAMS, /conf\/broken\.json": 1:2/);
  await client.refused("discover", {}, NOT_INITIALIZED, /configure/);
  for (const [configFilePath, expected] of [["conf/mine.json", ["shop.py"]], [path.join(root, "conf/mine.json"), ["shop.py"]], [undefined, ["lib/tax.py", "shop.py"]]]) {
    await client.request("configure", configFilePath ? { configFilePath } : {});
    assert.deepEqual(Object.keys((await client.request("discover", {})).files), expected);
  }
  await client.stop();
});

// A suite that blocks with every mutant of shop.py, once it has written its process id.
const BLOCKING = `import os
import pathlib
import time

from shop import discount


def test_discount():
    if discount(110) != 10 or discount(5) != 0:
        pathlib.Path(__file__).with_name("blocked").write_text(str(os.getpid()))
        time.sleep(600)
`;
const blocked = (root) =>
  until(() => {
    const file = path.join(root, "tests/blocked");
    return fs.existsSync(file) && Number(fs.readFileSync(file, "utf8"));
  }, "blocked test");
const isGone = (id) => !fs.existsSync(`/proc/${id}`) || /\) Z /.test(fs.readFileSync(`/proc/${id}/stat`, "utf8"));

test("a run is cancelled, and the server goes on", async () => {
  const root = project({ "tests/test_shop.py": BLOCKING });
  const client = await Client.configured(root);
  const source = new rpc.CancellationTokenSource();
  const run = client.request("mutationTest", { files: [{ path: "shop.py" }] }, source.token);
  const id = await blocked(root);
  source.cancel();
  await assert.rejects(run, (error) => error.code === REQUEST_CANCELLED);
  await until(() => isGone(id), "end of the test's process");
  assert.ok(all(await client.request("discover", {})).length > 0);
  await client.stop();
});

test("many requests at a time, some of them cancelled: each gets its one answer", async () => {
  const client = await Client.configured(project());
  const expected = await client.request("discover", {});
  const answers = Array.from({ length: 300 }, (_, i) => {
    const source = new rpc.CancellationTokenSource();
    const answer = client.request("discover", {}, source.token);
    if (i % 3 === 0) source.cancel();
    return answer.then(
      (result) => assert.deepEqual(result, expected),
      (error) => assert.equal(i % 3 === 0 && error.code, REQUEST_CANCELLED, error.message),
    );
  });
  await Promise.all(answers);
  await client.stop();
});

test("the end of standard input ends a run and leaves no process", async () => {
  const root = project({ "tests/test_shop.py": BLOCKING });
  const client = await Client.configured(root);
  client.request("mutationTest", {}).catch(() => {});
  const id = await blocked(root);
  await client.stop();
  await until(() => isGone(id), "end of the test's process");
});

test("tests that write to standard output change nothing", async () => {
  const loud = TESTS.replace("def test_discount():\n", 'def test_discount():\n    import os\n    os.write(1, b"Content-Length: 9\\r\\n\\r\\n")\n    os.system("echo loud")\n');
  const client = await Client.configured(project({ "tests/test_shop.py": loud }));
  const judged = all(await client.request("mutationTest", { files: [{ path: "shop.py" }] }));
  assert.ok(judged.some((mutant) => mutant.status === "Killed"));
  await client.stop();
});

// ---- The socket ----

async function listening(root, stdin) {
  const client = new Client(root, ["socket", "--port", "0"], stdin);
  let text = "";
  client.process.stdout.on("data", (data) => (text += data));
  await until(() => text.includes("\n"), "line that says where it listens");
  client.port = Number(/^Listening on 127\.0\.0\.1:(\d+)\n$/.exec(text)[1]);
  return client;
}

const connect = (port, host = "127.0.0.1") =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host }, () => resolve(socket));
    socket.on("error", reject);
  });

test("socket: a session with one client, on the loopback address only; it ends when the client leaves", async () => {
  const client = await listening(project());
  await assert.rejects(connect(client.port, "127.0.0.2"), /ECONNREFUSED/);
  const socket = await connect(client.port);
  await client.connect(socket, socket);
  assert.deepEqual(await client.request("configure", {}), { version: "0.4.0" });
  await assert.rejects(connect(client.port), /ECONNREFUSED|ECONNRESET/);
  const judged = all(await client.request("mutationTest", { files: [{ path: "shop.py" }] }));
  assert.ok(judged.some((mutant) => mutant.status === "Survived"));
  assert.ok(client.progress.length > 0);
  socket.end();
  await client.ended();
});

test("socket: it ends when standard input ends, with a client and without", async () => {
  const root = project({ "tests/test_shop.py": BLOCKING });
  await (await listening(root)).stop();
  const client = await listening(root);
  const socket = await connect(client.port);
  await client.connect(socket, socket);
  await client.request("configure", {});
  client.request("mutationTest", {}).catch(() => {});
  const id = await blocked(root);
  await client.stop();
  await until(() => isGone(id), "end of the test's process");
});

test("socket: a standard input that is no pipe does not end it", async () => {
  const client = await listening(project(), "ignore");
  const socket = await connect(client.port);
  await client.connect(socket, socket);
  assert.deepEqual(await client.request("configure", {}), { version: "0.4.0" });
  socket.end();
  await client.ended();
});

test("socket: a port that is taken, and wrong use", async () => {
  const root = project();
  const client = await listening(root);
  const exit = (...channel) => {
    const { status, stderr } = spawnSync(binary, ["serve-mutation", ...channel], { cwd: root, input: "", encoding: "utf8" });
    return [status, stderr];
  };
  const [status, message] = exit("socket", "--port", String(client.port));
  assert.equal(status, 3);
  assert.match(message, /--port \d+: 127\.0\.0\.1 cannot be listened on: Address already in use/);
  for (const [channel, expected] of [
    [[], /stdio or socket/],
    [["pipe"], /stdio or socket/],
    [["socket"], /needs --port/],
    [["stdio", "--port", "1"], /takes no --port/],
    [["socket", "--port", "70000"], /at most 65535/],
  ]) {
    const [code, text] = exit(...channel);
    assert.equal(code, 2);
    assert.match(text, expected);
  }
  await client.stop();
});
