// The history is read when a session begins. Whatever is wrong with it, the session goes on and nothing is lost.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync, spawn } = require("node:child_process");
const { test } = require("node:test");
const { Client, temporaryProject } = require("./client.js");

const python = process.env.TESTGEN_PYTHON;

const project = () =>
  temporaryProject({
    "shop.py": "def discount(total):\n    return 10 if total >= 100 else 0\n",
    "tests/test_shop.py": "from shop import discount\n\n\ndef test_discount():\n    assert discount(5) == 0\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  });

const database = (root) => path.join(root, ".testgen", "testgen.db");
const sql = (file, text) => execFileSync(python, ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])", file, text]);

// A project whose boundary was measured by an earlier session.
async function measured() {
  const root = project();
  const client = new Client(root);
  await client.start();
  await client.execute("testgen.boundary", {});
  await client.stop();
  assert.ok(fs.existsSync(database(root)));
  return root;
}

async function started(root) {
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.open("shop.py");
  return client;
}

async function says(client, expected) {
  for (let waited = 0; waited < 3000 && !expected.test(client.stderr); waited++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(client.stderr, expected);
}

// It still answers, and shows what needs no history.
async function isAlive(client) {
  const found = await client.diagnosticsOf("shop.py", (list) => list.some(({ code }) => code === "boundary-lead"));
  assert.deepEqual(found.filter(({ severity }) => severity === 2), []);
}

test("without a history nothing is shown and no file is made", async () => {
  const root = project();
  const client = await started(root);
  await says(client, /runs of earlier sessions that are shown: 0/);
  await isAlive(client);
  await client.stop();
  assert.ok(!fs.existsSync(path.dirname(database(root))));
});

test("a damaged history is set aside, and the user hears of it", async () => {
  const root = await measured();
  for (const file of fs.readdirSync(path.dirname(database(root)))) if (file !== ".gitignore") fs.rmSync(path.join(root, ".testgen", file));
  fs.writeFileSync(database(root), "this is no database\n".repeat(500));
  const client = await started(root);
  const message = await client.until(() => client.messages("window/showMessage").find((one) => /damaged/.test(one.message)), "message");
  assert.equal(message.type, 2);
  const [kept] = fs.readdirSync(path.dirname(database(root))).filter((name) => name.includes(".damaged-"));
  assert.match(fs.readFileSync(path.join(root, ".testgen", kept), "utf8"), /^this is no database/);
  await isAlive(client);
  await client.stop();
});

test("a history of a newer version is left as it is", async () => {
  const root = await measured();
  sql(database(root), "PRAGMA user_version = 99");
  const before = fs.readFileSync(database(root));
  const client = await started(root);
  await says(client, /runs of earlier sessions are not shown: .*newer/);
  await isAlive(client);
  await client.stop();
  assert.ok(before.equals(fs.readFileSync(database(root))));
});

test("a report in another form is left out", async () => {
  const root = await measured();
  sql(database(root), `UPDATE testgen_runs SET report = '{"comparisons": 7}'`);
  const client = await started(root);
  await says(client, /runs of earlier sessions that are shown: 0/);
  await isAlive(client);
  await client.stop();
});

test("a history that another process holds does not hold the session", async () => {
  const root = await measured();
  const lock = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('PRAGMA locking_mode = EXCLUSIVE'); c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()";
  const holder = spawn(python, ["-c", lock, database(root)], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  try {
    const client = await started(root);
    await isAlive(client);
    let hasAnswered = false;
    const runs = client.request("testgen/runs", {}).then(() => (hasAnswered = true), () => (hasAnswered = true));
    await client.request("textDocument/hover", { textDocument: { uri: client.uri("shop.py") }, position: { line: 0, character: 5 } });
    assert.ok(!hasAnswered, "what needs no history does not wait for it");
    await client.stop();  // while the history is still waited for
    await runs;
    assert.equal(holder.exitCode, null);
  } finally {
    holder.stdin.end();
    await new Promise((resolve) => holder.on("exit", resolve));
  }
});
