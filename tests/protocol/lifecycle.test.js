// The duties of a server: malformed input, the order of a session's life, its end, its children, its memory.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { spawn, spawnSync } = require("node:child_process");
const { test } = require("node:test");
const { Client, binary, rpc, temporaryFolder, temporaryProject } = require("./client.js");

const frame = (text) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
const message = (value) => frame(JSON.stringify({ jsonrpc: "2.0", ...value }));
const INITIALIZE = message({ id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities: {} } });
const SHUTDOWN = message({ id: 99, method: "shutdown" });
const EXIT = message({ method: "exit" });

// Runs a server on fixed input and gives its answers.
function converse(input, args = []) {
  const result = spawnSync(binary, ["serve", ...args], { input: Buffer.concat([].concat(input).map((part) => Buffer.from(part))), timeout: 20000 });
  const answers = [];
  let rest = result.stdout;
  while (rest.length > 0) {
    const header = /^Content-Length: (\d+)\r\n\r\n/.exec(rest.toString("latin1"));
    assert.ok(header, `not the protocol on stdout: ${rest.toString("utf8").slice(0, 200)}`);
    const length = Number(header[1]);
    answers.push(JSON.parse(rest.subarray(header[0].length, header[0].length + length).toString("utf8")));
    rest = rest.subarray(header[0].length + length);
  }
  return { answers, status: result.status, signal: result.signal, stderr: result.stderr.toString() };
}

test("before initialize -32002, after shutdown -32600, exit codes 0 and 1", () => {
  const early = converse([message({ id: 7, method: "textDocument/hover", params: {} }), INITIALIZE, SHUTDOWN, message({ id: 8, method: "shutdown" }), EXIT]);
  assert.equal(early.answers[0].error.code, -32002);
  assert.ok(early.answers[1].result.capabilities);
  assert.equal(early.answers[2].result, null);
  assert.equal(early.answers[3].error.code, -32600);
  assert.equal(early.status, 0);
  assert.equal(converse([INITIALIZE, EXIT]).status, 1);
  assert.equal(converse([INITIALIZE]).status, 1, "end of input without shutdown");
  assert.equal(converse([INITIALIZE, SHUTDOWN]).status, 0, "end of input after shutdown");
  assert.equal(converse([INITIALIZE, INITIALIZE, SHUTDOWN, EXIT]).answers[1].error.code, -32600);
});

test("malformed input gets an error or a logged drop, never an exit", () => {
  const bad = [
    ["Content-Length: nonsense\r\n\r\n", null],
    ["Garbage without a colon\r\n\r\n", null],
    [frame("{"), -32700],
    [frame('{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":7}}'), -32602],
    [frame('{"jsonrpc":"2.0","id":6,"method":"no/such","params":{}}'), -32601],
    [frame('{"jsonrpc":"2.0","id":7,"method":42}'), -32600],
    [frame("[]"), -32600],
    [frame("7"), -32600],
    [Buffer.concat([Buffer.from("Content-Length: 4\r\n\r\n"), Buffer.from([0x22, 0xff, 0xfe, 0x22])]), -32700],
    [frame('{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///nowhere","version":1},"contentChanges":[]}}'), null],
    [frame('{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:1","languageId":"python","version":1,"text":""}}}'), null],
    [frame("[".repeat(100000)), -32700],
  ];
  for (const [input, code] of bad) {
    const { answers, status } = converse([INITIALIZE, input, SHUTDOWN, EXIT]);
    assert.equal(status, 0, String(input).slice(0, 60));
    const error = answers.slice(1).find((answer) => answer.error);
    assert.equal(error?.error.code ?? null, code, `${String(input).slice(0, 60)}: ${JSON.stringify(answers.slice(1))}`);
    assert.ok(answers.some((answer) => answer.id === 99 && answer.result === null), "the session went on");
  }
});

test("a recorded session plays back to the same answers", () => {
  const folder = temporaryFolder("mirror");
  const file = path.join(folder, "session");
  const text = "def test_a():\n    pass\n";
  const input = [INITIALIZE, message({ method: "textDocument/didOpen", params: { textDocument: { uri: "file:///x/test_a.py", languageId: "python", version: 1, text } } }), message({ id: 2, method: "textDocument/codeLens", params: { textDocument: { uri: "file:///x/test_a.py" } } }), SHUTDOWN, EXIT];
  const live = converse(input, ["--mirror", file]);
  const replayed = converse([], ["--replay", file]);
  assert.deepEqual(replayed.answers, live.answers);
  assert.equal(replayed.status, 0);
});

// Ends within the time that the design gives, with much room for a busy machine: the point is that it ends by itself.
function ended(child, milliseconds = 5000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server is still there")), milliseconds);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal });
    });
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function gone(pid, milliseconds = 5000) {
  const deadline = Date.now() + milliseconds;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(!isAlive(pid), `process ${pid} was left behind`);
}

test("the server ends when the process that started it is gone", async () => {
  const parent = spawn("sleep", ["600"]);
  const child = spawn(binary, ["serve"], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.write(message({ id: 1, method: "initialize", params: { processId: parent.pid, rootUri: null, capabilities: {} } }));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  parent.kill("SIGKILL");
  await ended(child);
});

const SLEEPER = (file) => `import os, subprocess, time

def test_sleeps():
    child = subprocess.Popen(["sleep", "600"])
    with open(${JSON.stringify(file)}, "w") as pids:
        pids.write(f"{os.getpid()} {child.pid}")
    time.sleep(600)
`;

async function startSleeper() {
  const file = path.join(temporaryFolder("pids"), "pids");
  const client = new Client(temporaryProject({ "test_sleep.py": SLEEPER(file) }));
  await client.start();
  const run = client.execute("testgen.runTests", {}, { workDoneToken: "sleeping" });
  run.catch(() => {});
  const deadline = Date.now() + 60000;
  while (!(fs.existsSync(file) && fs.readFileSync(file, "utf8").includes(" ")) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return { client, run, pids: fs.readFileSync(file, "utf8").split(" ").map(Number) };
}

test("no child is left when input ends in mid-run", async () => {
  const { client, pids } = await startSleeper();
  client.process.stdin.end();
  await ended(client.process);
  for (const pid of pids) await gone(pid);
});

test("no child is left when the server is killed with SIGKILL in mid-run", async () => {
  const { client, pids } = await startSleeper();
  client.process.kill("SIGKILL");
  await ended(client.process);
  for (const pid of pids) await gone(pid);
});

test("a cancelled run answers once, ends its progress, and leaves no child", async () => {
  const { client, run, pids } = await startSleeper();
  await client.notify("window/workDoneProgress/cancel", { token: "sleeping" });
  await assert.rejects(run, /cancel/i);
  for (const pid of pids) await gone(pid);
  await client.until(() => client.messages("$/progress").some((progress) => progress.token === "sleeping" && progress.value.kind === "end"), "end of the progress");
  await client.stop();
});

test("$/cancelRequest ends a run with RequestCancelled", async () => {
  const file = path.join(temporaryFolder("pids"), "pids");
  const client = new Client(temporaryProject({ "test_sleep.py": SLEEPER(file) }));
  await client.start();
  const source = new rpc.CancellationTokenSource();
  const run = client.request("workspace/executeCommand", { command: "testgen.runTests", arguments: [{}] }, source.token);
  setTimeout(() => source.cancel(), 300);
  await assert.rejects(run, (error) => error.code === -32800);
  await client.stop();
});

test("what children and tests print never reaches the protocol", async () => {
  const client = new Client(
    temporaryProject({
      "test_print.py": 'import os, sys\n\ndef test_prints():\n    print("Content-Length: 5\\r\\n\\r\\nhello")\n    os.write(1, b"raw\\n")\n    os.system("echo from a child; echo and err >&2")\n    assert 1 + 1 == 2\n',
    }),
  );
  await client.start();
  const run = await client.execute("testgen.runTests");
  assert.equal(run.passed, 1, JSON.stringify(run));
  await client.stop();
});

test("requests and cancels in any order get exactly one answer each", async () => {
  const client = new Client(temporaryProject({ "test_a.py": "def test_a():\n    assert f() == 1\n" }));
  await client.start();
  await client.open("test_a.py");
  const textDocument = { uri: client.uri("test_a.py") };
  const pending = [];
  for (let i = 0; i < 400; i++) {
    const source = new rpc.CancellationTokenSource();
    const request =
      i % 4 === 0
        ? client.request("workspace/executeCommand", { command: "testgen.score", arguments: [{}] }, source.token)
        : client.request("textDocument/hover", { textDocument, position: { line: i % 3, character: i % 9 } }, source.token);
    pending.push(request.then(() => "result", (error) => error.code));
    if (i % 3 === 0) source.cancel();
    if (i % 7 === 0) await client.change("test_a.py", [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "# x\n" }]);
  }
  const answers = await Promise.all(pending);
  assert.equal(answers.length, 400);
  for (const answer of answers) assert.ok(answer === "result" || answer === -32800 || answer === -32801, String(answer));
  await client.stop();
});

test("an impossible edit marks the document out of step once; clamped edits go on", async () => {
  const client = new Client(temporaryProject({ "test_a.py": "def test_a():\n    pass\n" }));
  await client.start();
  await client.open("test_a.py");
  await client.diagnosticsOf("test_a.py", (list) => list.length === 1);
  await client.change("test_a.py", [{ range: { start: { line: 500, character: 9 }, end: { line: 900, character: 0 } }, text: "\n\ndef test_b():\n    pass\n" }]);
  await client.diagnosticsOf("test_a.py", (list) => list.length === 2);
  for (let i = 0; i < 2; i++)
    await client.change("test_a.py", [{ range: { start: { line: 1, character: 0 }, end: { line: 0, character: 0 } }, text: "x" }]);
  await client.until(() => client.messages("window/showMessage").some((shown) => /lost track/.test(shown.message)), "message");
  await client.change("test_a.py", [{ text: "def test_c():\n    pass\n" }]);
  await client.diagnosticsOf("test_a.py", (list) => list.length === 1 && /test_c/.test(list[0].message));
  assert.equal(client.messages("window/showMessage").filter((shown) => /lost track/.test(shown.message)).length, 1);
  await client.stop();
});

test("files over the limits are left alone, said once, and the server stays responsive", async () => {
  const client = new Client(temporaryProject({}));
  await client.start();
  await client.open("test_big.py", "x = 1\n".repeat(900000));
  await client.open("test_wide.py", `x = "${"y".repeat(200000)}"\n`);
  await client.request("textDocument/hover", { textDocument: { uri: client.uri("test_big.py") }, position: { line: 0, character: 0 } });
  await client.until(() => client.messages("window/showMessage").length >= 2, "messages");
  assert.ok(client.messages("window/showMessage").every((shown) => /leaves .* alone/.test(shown.message)));
  await client.stop();
});

test("wrong settings name the key and what is allowed", async () => {
  const client = new Client(temporaryProject({ "testgen.json": '{"maxTests": "many", "context": "x", "interpreter": "./evil"}', "test_a.py": "" }));
  await client.start();
  await client.until(() => client.messages("window/showMessage").length >= 3, "messages");
  const shown = client.messages("window/showMessage").map((entry) => entry.message).join("\n");
  assert.match(shown, /testgen.json: setting maxTests: expected a whole number, found a string/);
  assert.match(shown, /setting context: "x" is not allowed; allowed: benchmark/);
  assert.match(shown, /setting interpreter names what is run/);
  await client.stop();
});

const residentKilobytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

test("10,000 edits do not make the server grow", { skip: process.env.TESTGEN_SANITIZED === "1" && "sanitizers keep freed memory" }, async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `def test_${i}():\n    assert f(${i}) == ${i}\n`).join("\n");
  const client = new Client(temporaryProject({ "test_a.py": lines }));
  await client.start();
  await client.indexed();
  await client.open("test_a.py");
  const edit = async (i) => {
    const at = { line: (i * 7) % 590, character: 0 };
    await client.change("test_a.py", [{ range: { start: at, end: at }, text: "#" }]);
    await client.change("test_a.py", [{ range: { start: at, end: { line: at.line, character: 1 } }, text: "" }]);
    if (i % 100 === 0) await client.request("textDocument/hover", { textDocument: { uri: client.uri("test_a.py") }, position: at });
  };
  for (let i = 0; i < 1000; i++) await edit(i);
  const before = residentKilobytes(client.process.pid);
  for (let i = 0; i < 5000; i++) await edit(i);
  const after = residentKilobytes(client.process.pid);
  assert.ok(after <= before * 1.05, `resident set grew from ${before} to ${after} kB`);
  await client.stop();
});

