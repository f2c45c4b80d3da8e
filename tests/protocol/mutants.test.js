// What an editor sees of mutants: survivors as warnings, lenses, hovers, and the background runs that a save starts.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { test } = require("node:test");
const { Client, FULL, temporaryProject } = require("./client.js");

const PRICING = `def total(prices, discount=0):
    if discount >= 100:
        raise ValueError("discount too large")
    return sum(prices) * (100 - discount) / 100


def remember(value):
    STORE.append(value)


STORE = []
`;

const TESTS = `from pricing import remember, total


def test_remember():
    remember(3)


def test_total():
    assert total([1, 2]) == 3


def test_free():
    assert total([], 7) == 0
`;

const CODES = ["mutant-survived", "pseudo-tested"];
const pyproject = '[tool.pytest.ini_options]\npythonpath = ["."]\n';
const project = (tests = TESTS) => temporaryProject({ "pricing.py": PRICING, "tests/test_pricing.py": tests, "pyproject.toml": pyproject });
const survivors = (list) => list.filter((diagnostic) => CODES.includes(diagnostic.code) || /becomes|left out/.test(diagnostic.message));
const position = (line, character = 0) => ({ line, character });
const at = (line, character = 0) => ({ start: position(line, character), end: position(line, character) });

async function started(options = {}, root = project()) {
  const client = new Client(root, options);
  await client.start();
  await client.indexed();
  await client.open("pricing.py");
  return client;
}

// The file on disk gets the text that the editor has, and the server hears of it.
async function save(client, name, text) {
  fs.writeFileSync(path.join(client.root, name), text);
  await client.notify("textDocument/didSave", { textDocument: { uri: client.uri(name) } });
}

async function replace(client, name, text) {
  await client.change(name, [{ text }]);
  await save(client, name, text);
}

async function lenses(client) {
  const list = await client.request("textDocument/codeLens", { textDocument: { uri: client.uri("pricing.py") } });
  return list.filter(({ command }) => /mutants/.test(command.title)).map(({ range, command }) => [range.start.line, command.title, command.command]);
}

async function hover(client, line, character) {
  const result = await client.request("textDocument/hover", { textDocument: { uri: client.uri("pricing.py") }, position: position(line, character) });
  return result?.contents.value ?? "";
}

const ends = (client) => client.messages("$/progress").filter(({ value }) => value.kind === "end").map(({ value }) => value.message);
const runs = (client, kind) => client.messages("testgen/runEvent").filter((event) => event.kind === kind);
const ended = (client, count) => client.until(() => runs(client, "complete").length + runs(client, "error").length >= count, `end of run ${count}`);

test("what survives is shown as warnings, one per line, with the change and the tests that reach it", async () => {
  const client = await started();
  const report = await client.execute("testgen.mutate", { target: "pricing.py" });
  const list = survivors(await client.diagnosticsOf("pricing.py", (found) => found.some(({ code }) => code === "pseudo-tested")));
  assert.equal(new Set(list.map(({ range }) => range.start.line)).size, list.length, JSON.stringify(list));
  assert.ok(list.every(({ severity, source }) => severity === 2 && source === "testgen"), JSON.stringify(list));
  const boundary = list.find(({ range }) => range.start.line === 1);
  assert.equal(boundary.code, "boundary-lead");
  assert.match(boundary.message, /^No test comes near `discount >= 100`: try 99, 100 and 101\. It is proven: No test notices when `discount >= 100` becomes `discount (>|==) 100`; 2 tests reach this line\.$/);
  assert.equal(boundary.data.operator, "relational");
  assert.match(boundary.data.diff, /^- {5}if discount >= 100:\n\+ {5}if discount (>|==) 100:\n$/);
  assert.deepEqual(boundary.relatedInformation.map(({ location }) => [location.uri, location.range.start.line]), [[client.uri("tests/test_pricing.py"), 11], [client.uri("tests/test_pricing.py"), 7]]);
  const empty = list.find(({ code }) => code === "pseudo-tested");
  assert.deepEqual(empty.range, { start: position(6, 4), end: position(6, 12) });
  assert.equal(empty.message, "No test notices when the body of `remember` is left out; 1 test reaches this line.");
  const [total, remember] = await lenses(client);
  // A default belongs to its function, though it acts where the module is imported.
  const counts = (first, last) => report.mutants.filter(({ line }) => line >= first && line <= last).reduce((sums, { status }) => ({ ...sums, [status]: (sums[status] ?? 0) + 1 }), {});
  const { killed, survived, "no-coverage": missing } = counts(1, 4);
  assert.deepEqual(total, [0, `${killed + survived + missing} mutants: ${killed} killed, ${survived} survived, ${missing} not reached`, "testgen.explain"]);
  assert.deepEqual([counts(7, 8).killed, counts(7, 8).survived], [1, 1]);
  assert.deepEqual(remember, [6, "2 mutants: 1 killed, 1 survived", "testgen.explain"]);
  assert.match(await hover(client, 0, 5), /\*\*Mutants\*\* .*\n\n- line 2: `discount >= 100` becomes [^]*\nMeasured \d{4}-\d\d-\d\d \d\d:\d\d UTC with 3 passing tests, all that were collected\./);
  assert.match(await hover(client, 1, 9), /```diff\n- {5}if discount >= 100:\n\+ {5}if discount/);
  await client.stop();
});

test("evidence belongs to the text of its function: it moves with it, ends with it, and comes back with it", async () => {
  const client = await started();
  await client.execute("testgen.mutate", { target: "pricing.py" });
  const lines = (list) => survivors(list).map(({ range }) => range.start.line);
  const before = lines(await client.diagnosticsOf("pricing.py", (list) => survivors(list).length > 2));
  await client.change("pricing.py", [{ range: at(0), text: "import os\n\n" }]);
  const module = before.filter((line) => line < 10);
  assert.deepEqual(lines(await client.diagnosticsOf("pricing.py")), module.map((line) => line + 2));
  await client.change("pricing.py", [{ range: { start: position(5, 11), end: position(5, 14) }, text: "sorted" }]);
  assert.deepEqual(lines(await client.diagnosticsOf("pricing.py")), module.filter((line) => line > 4).map((line) => line + 2));
  assert.deepEqual((await lenses(client))[0], [2, "changed since its mutants were judged · judge again", "testgen.mutate"]);
  assert.match(await hover(client, 2, 5), /It has changed since its mutants were judged/);
  await client.change("pricing.py", [{ range: { start: position(5, 11), end: position(5, 17) }, text: "sum" }]);
  assert.deepEqual(lines(await client.diagnosticsOf("pricing.py")), module.map((line) => line + 2));
  await client.change("pricing.py", [{ range: at(8, 20), text: "  # testgen: ignore[pseudo-tested, mutant-survived]" }]);
  await client.change("pricing.py", [{ text: PRICING }]);
  assert.deepEqual(lines(await client.diagnosticsOf("pricing.py")), before);
  await client.stop();
});

test("survivors are silenced by comments and by the settings", async () => {
  const silent = PRICING.replace("discount=0):", "discount=0):  # testgen: ignore[mutant-survived, boundary-lead]");
  const root = temporaryProject({ "pricing.py": silent, "tests/test_pricing.py": TESTS, "pyproject.toml": pyproject });
  const client = await started({ settings: { diagnostics: { "pseudo-tested": "off", "mutant-survived": "information" } } }, root);
  const report = await client.execute("testgen.mutate", { target: "pricing.py" });
  assert.ok(report.survived > 2);
  const list = survivors(await client.diagnosticsOf("pricing.py"));
  assert.ok(list.every(({ code, severity, range }) => code === "mutant-survived" && severity === 3 && range.start.line > 5), JSON.stringify(list));
  await client.stop();
  const off = await started({ settings: { mutateInEditor: "off" } });
  await off.execute("testgen.mutate", { target: "pricing.py" });
  assert.deepEqual(survivors(await off.diagnosticsOf("pricing.py")), []);
  assert.deepEqual(await lenses(off), []);
  assert.doesNotMatch(await hover(off, 0, 5), /Mutants/);
  await off.stop();
});

test("a text that is not on disk is not mutated", async () => {
  const client = await started();
  await client.change("pricing.py", [{ range: at(0), text: "import os\n" }]);
  await assert.rejects(client.execute("testgen.mutate", { target: "pricing.py" }), /pricing\.py differs from the file on disk, which is what tests run: save it first/);
  await client.stop();
});

test("a client that pulls gets survivors, too", async () => {
  const pulling = structuredClone(FULL);
  pulling.textDocument.diagnostic = { dynamicRegistration: false };
  const client = await started({ capabilities: pulling });
  await client.execute("testgen.mutate", { target: "pricing.py" });
  assert.ok(client.messages("workspace/diagnostic/refresh").length > 0 || client.received.some(({ method }) => method === "workspace/diagnostic/refresh"));
  const { items } = await client.request("textDocument/diagnostic", { textDocument: { uri: client.uri("pricing.py") } });
  assert.ok(items.some(({ code }) => code === "pseudo-tested"), JSON.stringify(items));
  await client.stop();
});

test("a save judges what it has changed, with all tests first and then with those that reach it", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } });
  await client.open("tests/test_pricing.py");
  await save(client, "pricing.py", PRICING);  // nothing was edited: nothing runs
  const second = PRICING.replace("def remember(value):", "def remember(value):\n    value = value + 1");
  await replace(client, "pricing.py", second);
  await ended(client, 1);
  let list = survivors(await client.diagnosticsOf("pricing.py", (found) => survivors(found).length > 0));
  assert.ok(list.every(({ range }) => range.start.line >= 6), JSON.stringify(list));
  assert.match(await hover(client, 6, 5), /with 3 passing tests, all that were collected/);
  const third = second.replace("value + 1", "value + 2");
  await replace(client, "pricing.py", third);
  await ended(client, 2);
  await client.diagnosticsOf("pricing.py", (found) => survivors(found).length > 0);
  assert.match(await hover(client, 6, 5), /with 1 tests: those that reached it when all ran, and those of files saved since/);
  const better = TESTS.replace("from pricing import", "from pricing import STORE,").replace("remember(3)\n", "remember(3)\n    assert STORE == [5]\n");
  await replace(client, "tests/test_pricing.py", better);
  await ended(client, 3);
  list = survivors(await client.diagnosticsOf("pricing.py", (found) => survivors(found).length === 0));
  assert.deepEqual(list, []);
  assert.match((await lenses(client)).find(([line]) => line === 6)[1], /mutants: (\d+) killed, 0 survived$/);
  await replace(client, "tests/test_pricing.py", better.replaceAll("test_remember", "test_renamed"));
  assert.deepEqual(ends(client), ["done", "done", "done"]);
  assert.deepEqual((await client.request("testgen/runs", {})).runs, []);
  await client.stop();
});

test("tests that were selected for one function say nothing of what reaches another one", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } });
  let text = PRICING;
  const edits = [["(value):", "(value):\n    value = value + 1"], ["value + 1", "value + 2"], ["(100 - discount)", "(99 + 1 - discount)"]];
  for (const [number, [before, after]] of edits.entries()) {
    text = text.replace(before, after);
    await replace(client, "pricing.py", text);
    await ended(client, number + 1);
  }
  await client.until(() => client.messages("workspace/codeLens/refresh").length >= 3, "refresh");
  assert.match(await hover(client, 0, 5), /with 2 tests: those that reached it/);
  await client.stop();
});

// Processes that work in a folder.
const processesIn = (folder) =>
  fs.readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && fs.readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false; // it is gone, or another user's
    }
  });

test("between saves a process stands by, heeds what changed meanwhile, and goes with the server", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } });
  const root = fs.realpathSync(client.root);
  const edited = PRICING.replace("(100 - discount)", "(99 + 1 - discount)");
  const saveAgain = async (number) => {
    await replace(client, "pricing.py", edited.replace("99 + 1", `${99 - number} + ${1 + number}`));
    await ended(client, number + 1);
    await client.until(() => client.messages("workspace/codeLens/refresh").length > number, "refresh");
    return /\*\*Mutants\*\* .*/.exec(await hover(client, 0, 5))?.[0];
  };
  const first = await saveAgain(0);
  assert.ok(processesIn(root).length > 0);
  assert.equal(await saveAgain(1), first);
  fs.writeFileSync(path.join(root, "conftest.py"), "def pytest_collection_modifyitems(items):\n    items.clear()\n");
  await replace(client, "pricing.py", edited);
  await client.until(() => ends(client).some((message) => /no test passes/.test(message)), "what the new conftest.py does");
  fs.rmSync(path.join(root, "conftest.py"));
  client.process.kill("SIGKILL");
  while (processesIn(root).length > 0) await sleep(20);
});

test("a selection that cannot be run any more gives way to all tests", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } });
  const change = (number) => PRICING.replace("def remember(value):", `def remember(value):\n    value = value + ${number}`);
  await replace(client, "pricing.py", change(1));
  await ended(client, 1);
  fs.writeFileSync(path.join(client.root, "tests/test_pricing.py"), TESTS.replaceAll("test_remember", "test_renamed"));
  await replace(client, "pricing.py", change(2));
  await ended(client, 3);
  assert.match(await hover(client, 6, 5), /with 3 passing tests, all that were collected/);
  await client.stop();
});

test("a later save ends the run of the earlier one, and each progress has its end", async () => {
  const slow = TESTS.replace("from pricing", "import time\n\nfrom pricing").replaceAll("    remember(3)\n", "    time.sleep(0.3)\n    remember(3)\n");
  const client = await started({ settings: { mutateInEditor: "on-save" } }, project(slow));
  const change = (number) => PRICING.replace("def remember(value):", `def remember(value):\n    value = value + ${number}`);
  await replace(client, "pricing.py", change(1));
  await client.until(() => runs(client, "progress").length > 0, "progress");
  await replace(client, "pricing.py", change(2));
  await ended(client, 2);
  assert.equal(runs(client, "error").length, 1);
  assert.match(runs(client, "error")[0].message, /cancelled/);
  assert.equal(runs(client, "complete").length, 1);
  const list = survivors(await client.diagnosticsOf("pricing.py", (found) => survivors(found).length > 0));
  assert.ok(list.length > 0);
  const begins = client.messages("$/progress").filter(({ value }) => value.kind === "begin");
  assert.equal(begins.length, ends(client).length);
  await client.stop();
});

test("tests that are saved right after the source do not make it forgotten", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } });
  await client.open("tests/test_pricing.py");
  await replace(client, "pricing.py", PRICING.replace("def remember(value):", "def remember(value):\n    value = value + 1"));
  await replace(client, "tests/test_pricing.py", `${TESTS}\n\ndef test_one():\n    total([1])\n`);
  await ended(client, 2);
  assert.equal(runs(client, "complete").length, 1);
  const list = survivors(await client.diagnosticsOf("pricing.py", (found) => survivors(found).length > 0));
  assert.ok(list.length > 0);
  assert.match(await hover(client, 6, 5), /with 4 passing tests/);
  await client.stop();
});

test("nothing runs on save unless the workspace is trusted and the setting says so", async () => {
  for (const options of [{ trusted: false, settings: { mutateInEditor: "on-save" } }, {}]) {
    const client = await started(options);
    await replace(client, "pricing.py", PRICING.replace("STORE.append(value)", "STORE.append(value + 1)"));
    await client.request("textDocument/hover", { textDocument: { uri: client.uri("pricing.py") }, position: position(0) });
    assert.deepEqual(client.messages("testgen/runEvent"), []);
    await client.stop();
  }
});

test("a problem is told once, not with every save", async () => {
  const client = await started({ settings: { mutateInEditor: "on-save" } }, project("def test_red():\n    assert False\n"));
  const change = (number) => PRICING.replace("def remember(value):", `def remember(value):\n    value = value + ${number}`);
  await replace(client, "pricing.py", change(1));
  await ended(client, 1);
  await replace(client, "pricing.py", change(2));
  await ended(client, 2);
  const told = client.messages("window/showMessage").filter(({ message }) => /could not judge/.test(message));
  assert.equal(told.length, 1);
  assert.match(told[0].message, /pricing\.py: no test passes without mutants/);
  await client.stop();
});

async function killAction(client, line, title) {
  const params = { textDocument: { uri: client.uri("pricing.py") }, range: at(line, 10), context: { diagnostics: [], only: ["quickfix"] } };
  const actions = await client.request("textDocument/codeAction", params);
  const action = actions.find((candidate) => candidate.title === title);
  assert.ok(action, JSON.stringify(actions.map((candidate) => candidate.title)));
  return action.command;
}

function runCommand(client, { command, arguments: [argument] }) {
  return client.execute(command, argument);
}

test("a quick fix writes a test that fails with the survivor, and only with it", async () => {
  const client = await started();
  await client.execute("testgen.mutate", { target: "pricing.py" });
  await client.diagnosticsOf("pricing.py", (list) => list.some(({ code, severity }) => code === "boundary-lead" && severity === 2));
  const command = await killAction(client, 1, "Add boundary test");
  const report = await runCommand(client, command);
  assert.equal(report.accepted.length, 1, JSON.stringify(report));
  assert.equal(report.accepted[0].origin, "mutant");
  assert.ok(report.rejected.some(({ guard, reason }) => guard === "red" && reason === "survives"), JSON.stringify(report.rejected));
  await client.until(() => client.applied.length > 0, "edit");
  const [{ edits, textDocument }] = client.applied[0].edit.documentChanges;
  assert.equal(textDocument.uri, client.uri("tests/test_pricing.py"));
  assert.ok(edits.every(({ annotationId }) => annotationId), "the edit asks for confirmation");
  // The proof, by other means: with the test in its file the mutant is killed.
  const file = path.join(client.root, "tests/test_pricing.py");
  const { kill } = command.arguments[0];
  const before = await client.execute("testgen.mutate", { target: "pricing.py" });
  const lines = TESTS.split("\n");
  for (const { range, newText } of [...edits].reverse()) {
    const start = lines.slice(0, range.start.line).reduce((sum, line) => sum + line.length + 1, 0) + range.start.character;
    const end = lines.slice(0, range.end.line).reduce((sum, line) => sum + line.length + 1, 0) + range.end.character;
    const text = lines.join("\n");
    lines.splice(0, lines.length, ...(text.slice(0, start) + newText + text.slice(end)).split("\n"));
  }
  fs.writeFileSync(file, lines.join("\n"));
  const after = await client.execute("testgen.mutate", { target: "pricing.py" });
  const status = ({ mutants }) => mutants.find(({ line, column, replacement }) => line === kill.line && column === kill.column && replacement === kill.replacement).status;
  assert.deepEqual([status(before), status(after)], ["survived", "killed"]);
  await client.stop();
});

test("where no test kills a survivor the message says why, and a text that has changed is refused", async () => {
  const source = "def reset(value):\n    value = value and None\n    return None\n";
  const tests = "from pricing import reset\n\n\ndef test_reset():\n    assert reset(3) is None\n";
  const root = temporaryProject({ "pricing.py": source, "tests/test_pricing.py": tests, "pyproject.toml": pyproject });
  const client = await started({}, root);
  await client.execute("testgen.mutate", { target: "pricing.py" });
  const list = survivors(await client.diagnosticsOf("pricing.py", (found) => survivors(found).length > 0));
  const params = { textDocument: { uri: client.uri("pricing.py") }, range: list[0].range, context: { diagnostics: list, only: ["quickfix"] } };
  const action = (await client.request("textDocument/codeAction", params)).find(({ title }) => title === "Kill this mutant");
  assert.equal(action.diagnostics[0].code, list[0].code);
  const report = await runCommand(client, action.command);
  assert.equal(report.accepted.length, 0, JSON.stringify(report.accepted));
  assert.deepEqual(client.applied, []);
  const told = await client.until(() => client.messages("window/showMessage").find(({ message }) => /found no test that kills/.test(message)), "message");
  assert.match(told.message, /in line \d of pricing\.py::reset: of \d+ tests that it proposed, \d+ do not fail with the change, \d+ were not fit to be run/);
  await client.change("pricing.py", [{ text: source.replace("value and None", "value or None") }]);
  await assert.rejects(runCommand(client, action.command), /the code has changed since the mutant was judged|there is no function here/);
  await client.stop();
});

test("the mutants of a function are judged by a code action", async () => {
  const client = await started();
  const params = { textDocument: { uri: client.uri("pricing.py") }, range: at(3, 8), context: { diagnostics: [], only: ["source.testgen.mutate"] } };
  const [{ command, kind }] = await client.request("textDocument/codeAction", params);
  assert.equal(kind, "source.testgen.mutate");
  const report = await runCommand(client, command);
  assert.deepEqual([report.target, new Set(report.mutants.map((mutant) => mutant.function)).size], ["pricing.py::total", 1]);
  await client.stop();
});

test("a run of some tests says of each function which of them reach it", async () => {
  const client = await started();
  const tests = ["tests/test_pricing.py::test_free", "tests/test_pricing.py::test_remember"];
  const report = await client.execute("testgen.mutate", { target: "pricing.py::total", tests, reach: true });
  assert.equal(report.tests, 2);
  const rows = report.functions.map((row) => [row.function, row.mutants > 0, row.tests_known, row.tests ?? []]);
  assert.deepEqual(rows, [[null, false, true, tests], ["total", true, true, [tests[0]]], ["remember", false, true, [tests[1]]]]);
  assert.deepEqual(report.functions.map(({ line, end_line: end }) => [line, end]), [[1, 12], [1, 4], [7, 8]]);
  for (const mutant of report.mutants.filter(({ status }) => status === "survived")) assert.deepEqual(mutant.reached_by, [tests[0]]);
  const all = await client.execute("testgen.mutate", { target: "pricing.py::total" });
  assert.deepEqual(all.functions.map((row) => [row.function, row.tests_known, row.tests]), [[null, undefined, undefined], ["total", undefined, undefined]]);
  await client.stop();
});

// Until the server has read the history; its log says how many runs of earlier sessions are shown.
async function recalled(client) {
  for (let waited = 0; waited < 3000; waited++) {
    const [, count] = client.stderr.match(/runs of earlier sessions that are shown: (\d+)/) ?? [];
    if (count) return Number(count);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the history was not read\n${client.stderr}`);
}

const proven = (list) => survivors(list).filter(({ severity }) => severity === 2);

test("what was proven is shown again in the next session, as long as the tests are what they were", async () => {
  const minute = /Measured (\d{4}-\d\d-\d\d \d\d:\d\d UTC)/;  // of the session when it asks, of the history when it begins
  const root = project();
  let client = await started({}, root);
  await client.execute("testgen.mutate", { target: "pricing.py" });
  await client.execute("testgen.boundary", {});
  const before = proven(await client.diagnosticsOf("pricing.py", (found) => found.some(({ code }) => code === "pseudo-tested")));
  const lensesBefore = await lenses(client);
  const hoverBefore = await hover(client, 0, 5);
  assert.match(hoverBefore, minute);
  await client.stop();

  client = await started({}, root);
  assert.equal(await recalled(client), 2);
  const again = await client.diagnosticsOf("pricing.py", (found) => proven(found).length === before.length);
  assert.deepEqual(proven(again), before);
  assert.deepEqual(await lenses(client), lensesBefore);
  const hoverAgain = await hover(client, 0, 5);
  assert.ok(Math.abs(Date.parse(minute.exec(hoverAgain)[1]) - Date.parse(minute.exec(hoverBefore)[1])) <= 60000, hoverAgain);
  assert.equal(hoverAgain.replace(minute, ""), hoverBefore.replace(minute, ""));
  await client.change("pricing.py", [{ range: at(1), text: "    discount += 0\n" }]);
  await client.diagnosticsOf("pricing.py", (found) => !proven(found).some(({ range }) => range.start.line < 6));
  await client.stop();

  fs.appendFileSync(path.join(root, "tests", "test_pricing.py"), "\n\ndef test_limit():\n    assert total([1], 99) == 0.01\n");
  client = await started({}, root);
  assert.equal(await recalled(client), 0, "a test that was added may notice what survived");
  assert.deepEqual(proven(client.diagnostics.get(client.uri("pricing.py")).diagnostics), []);
  await client.stop();
});
