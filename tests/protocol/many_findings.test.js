// More findings than anybody reads: all of them arrive, or what is left out is said, with a way to it.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { Client, FULL, temporaryProject } = require("./client.js");

const PULL = { ...FULL, textDocument: { ...FULL.textDocument, diagnostic: {} } };
const LIMIT = 100_000; // of a folder's files that are not open

// One finding for each test.
const weak = (tests) => Array.from({ length: tests }, (_, index) => `def test_${index}():\n    value = ${index}\n    assert value == value\n`).join("\n\n");

function project(files, tests, settings = {}) {
  const names = Array.from({ length: files }, (_, index) => `tests/test_${index}.py`);
  return temporaryProject({ "testgen.json": `${JSON.stringify(settings, null, 2)}\n`, ...Object.fromEntries(names.map((name) => [name, weak(tests)])) });
}

const sum = (sets) => [...sets].reduce((total, diagnostics) => total + diagnostics.length, 0);
const pushed = (client) => sum([...client.diagnostics.values()].map(({ diagnostics }) => diagnostics));
const statuses = (client) => client.messages("experimental/serverStatus");

// What a client knows of the workspace after asking: the last items and the result id of each file.
async function pull(client, known = new Map(), token = undefined) {
  const previousResultIds = [...known].map(([uri, { resultId }]) => ({ uri, value: resultId }));
  const before = client.messages("$/progress").length;
  const { items } = await client.request("workspace/diagnostic", { previousResultIds, partialResultToken: token });
  const parts = client.messages("$/progress").slice(before).filter((part) => part.token === token);
  const reports = [...parts.flatMap(({ value }) => value.items), ...items];
  for (const { uri, kind, resultId, items: diagnostics } of reports) {
    known.set(uri, { resultId, diagnostics: kind === "full" ? diagnostics : known.get(uri).diagnostics });
  }
  return { known, parts, reports };
}

const pulled = (known) => sum([...known.values()].map(({ diagnostics }) => diagnostics));

test("the findings of more files than two thousand are all pushed, and follow changes", async () => {
  const root = project(2100, 1);
  const client = new Client(root);
  await client.start();
  await client.indexed();
  assert.equal(pushed(client), 2100);
  fs.writeFileSync(path.join(root, "tests/test_2099.py"), weak(3));
  const uri = client.uri("tests/test_2099.py");
  await client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri, type: 2 }] });
  await client.until(() => client.diagnostics.get(uri).diagnostics.length === 3, "diagnostics of the changed file");
  await client.stop();
});

test("they are pulled in parts, again only when something changed, and go with their file", async () => {
  const root = project(50, 100);
  const client = new Client(root, { capabilities: PULL });
  await client.start();
  await client.indexed();
  const { known, parts } = await pull(client, new Map(), "parts");
  assert.equal(pulled(known), 5000);
  assert.ok(parts.length > 0);
  assert.deepEqual((await pull(client, known, "again")).reports, []);
  assert.equal(pulled((await pull(client)).known), 5000, "a client that knows nothing is told everything");

  const before = statuses(client).length;
  fs.rmSync(path.join(root, "tests/test_7.py"));
  await client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: client.uri("tests/test_7.py"), type: 3 }] });
  await client.until(() => statuses(client).slice(before).some((status) => status.quiescent), "the end of the scan");
  const { reports } = await pull(client, known, "changed");
  const full = reports.filter((report) => report.kind === "full");
  assert.deepEqual(full.map(({ uri, items }) => [uri, items]), [[client.uri("tests/test_7.py"), []]]);
  await client.stop();
});

for (const capabilities of [FULL, PULL]) {
  test(`what is too much for an editor is left out and said (${capabilities === PULL ? "pulled" : "pushed"})`, async () => {
    const client = new Client(project(11, 10_000, { maxDiagnostics: 10_000 }), { capabilities });
    await client.start();
    await client.indexed();
    const shown = capabilities === PULL ? pulled((await pull(client, new Map(), "parts")).known) : pushed(client);
    assert.equal(shown, LIMIT);
    const said = await client.until(() => statuses(client).find(({ health }) => health === "warning"), "warning");
    assert.match(said.message, /^10000 findings of files that are not open are not shown/);
    assert.equal(said.setting, "exclude");
    await client.stop();
  });
}

test("a client without a view of the server's status is told in a message", async () => {
  const client = new Client(project(11, 10_000, { maxDiagnostics: 10_000 }));
  client.options.serverStatus = false;
  await client.start();
  const [{ message }] = await client.until(() => client.messages("window/showMessage").length > 0 && client.messages("window/showMessage"), "message");
  assert.match(message, /^TestGen: 10000 findings/);
  await client.stop();
});

test("a file says how many findings it does not show, and an action shows them", async () => {
  const name = "tests/test_0.py";
  for (const [settings, expected] of [
    [{}, '{\n  "maxDiagnostics": 250\n}\n'],
    [{ leads: true }, '{\n  "maxDiagnostics": 250,\n  "leads": true\n}\n'],
    [{ maxDiagnostics: 20, leads: true }, '{\n  "maxDiagnostics": 250,\n  "leads": true\n}\n'],
  ]) {
    const root = project(1, 250, settings);
    const client = new Client(root);
    await client.start();
    await client.open(name);
    const most = settings.maxDiagnostics ?? 100;
    const diagnostics = await client.diagnosticsOf(name, (list) => list.length === most + 1);
    const told = diagnostics.find(({ code }) => code === "too-many-findings");
    assert.match(told.message, new RegExp(`^${250 - most} more findings of this file are not shown: only the ${most} most important ones are`));
    const actions = await client.request("textDocument/codeAction", {
      textDocument: { uri: client.uri(name) }, range: told.range, context: { diagnostics: [told] },
    });
    const action = actions.find(({ title }) => title === "Show 250 findings of a file (maxDiagnostics in testgen.json)");
    assert.deepEqual(action.diagnostics, [told]);
    const [{ textDocument, edits: [{ range, newText }] }] = action.edit.documentChanges;
    assert.equal(textDocument.uri, client.uri("testgen.json"));
    const lines = fs.readFileSync(path.join(root, "testgen.json"), "utf8").split("\n");
    const offset = ({ line, character }) => lines.slice(0, line).reduce((total, text) => total + text.length + 1, character);
    const text = lines.join("\n");
    const changed = text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end));
    assert.equal(changed, expected);
    fs.writeFileSync(path.join(root, "testgen.json"), changed);
    await client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: client.uri("testgen.json"), type: 2 }] });
    await client.diagnosticsOf(name, (list) => list.length === 250);
    await client.stop();
  }
});
