// What an editor sees: diagnostics while typing, hovers, lenses, symbols, actions, commands.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { test } = require("node:test");
const { Client, FULL, rpc, temporaryFolder, temporaryProject } = require("./client.js");

const PRICING = `def total(prices, discount=0):
    if discount >= 100:
        raise ValueError("discount too large")
    return sum(prices) * (100 - discount) / 100


def unused(value):
    if value > 10:
        return "large"
    return "small"
`;

const TESTS = `import pytest
from pricing import total


def test_nothing():
    total([1])


def test_total():
    assert total([1, 2]) == 3


def test_error():
    with pytest.raises(ValueError):
        total([1], 100)
`;

const project = () => temporaryProject({ "pricing.py": PRICING, "tests/test_pricing.py": TESTS, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n' });

const codes = (diagnostics) => diagnostics.map((diagnostic) => diagnostic.code);

test("diagnostics come with the version, follow edits, and are sent only when they change", async () => {
  const client = new Client(project());
  await client.start();
  await client.open("tests/test_pricing.py");
  let diagnostics = await client.diagnosticsOf("tests/test_pricing.py", (list) => codes(list).includes("no-assertion"));
  const finding = diagnostics.find((diagnostic) => diagnostic.code === "no-assertion");
  assert.equal(finding.source, "testgen");
  assert.equal(finding.range.start.line, 4);
  assert.ok(fs.existsSync(new URL(finding.codeDescription.href)), finding.codeDescription.href);
  await client.change("tests/test_pricing.py", [
    { range: { start: { line: 5, character: 4 }, end: { line: 5, character: 14 } }, text: "assert total([1]) == 1" },
  ]);
  diagnostics = await client.diagnosticsOf("tests/test_pricing.py", (list) => !codes(list).includes("no-assertion"));
  await client.indexed();
  const before = client.messages("textDocument/publishDiagnostics").length;
  await client.change("tests/test_pricing.py", [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "" }]);
  await client.request("textDocument/hover", { textDocument: { uri: client.uri("tests/test_pricing.py") }, position: { line: 0, character: 0 } });
  assert.equal(client.messages("textDocument/publishDiagnostics").length, before);
  await client.stop();
});

test("columns are right behind characters outside ASCII, in every encoding", async () => {
  const text = 'def test_é():\n    x = "😀é"; pass\n\n\ndef test_b(): """😀"""; assert True\n';
  for (const [encoding, column] of [["utf-8", 28], ["utf-16", 26], ["utf-32", 25]]) {
    const root = temporaryProject({ "test_a.py": text });
    const client = new Client(root, { capabilities: { ...FULL, general: { positionEncodings: [encoding] } } });
    const result = await client.start();
    assert.equal(result.capabilities.positionEncoding, encoding);
    await client.open("test_a.py");
    const diagnostics = await client.diagnosticsOf("test_a.py", (list) => codes(list).includes("tautology"));
    const tautology = diagnostics.find((diagnostic) => diagnostic.code === "tautology");
    assert.equal(tautology.range.start.line, 4);
    const start = tautology.range.start.character;
    assert.ok(start === column - 2 || start === column + 5, `${encoding}: ${JSON.stringify(tautology.range)}`);
    await client.stop();
  }
});

test("hovers explain strength; lenses, symbols and links are there", async () => {
  const client = new Client(project());
  await client.start();
  await client.indexed();
  await client.open("tests/test_pricing.py");
  await client.open("pricing.py");
  const document = { textDocument: { uri: client.uri("tests/test_pricing.py") } };
  const hover = await client.request("textDocument/hover", { ...document, position: { line: 8, character: 6 } });
  assert.match(hover.contents.value, /Assertion strength \d+\*\* of 100/);
  assert.match(hover.contents.value, /`total`/);
  const lenses = await client.request("textDocument/codeLens", document);
  assert.equal(lenses.filter((lens) => /^strength \d+/.test(lens.command.title)).length, 3);
  const subjects = await client.request("textDocument/codeLens", { textDocument: { uri: client.uri("pricing.py") } });
  assert.ok(subjects.some((lens) => lens.command.title.startsWith("no tests")));
  const symbols = await client.request("textDocument/documentSymbol", document);
  assert.deepEqual(symbols.map((symbol) => symbol.name), ["test_nothing", "test_total", "test_error"]);
  const nothing = await client.request("textDocument/hover", { ...document, position: { line: 2, character: 0 } });
  assert.equal(nothing, null);
  await client.stop();
});

test("leads appear in the subject's file once the workspace is known", async () => {
  const client = new Client(project());
  await client.start();
  await client.open("pricing.py");
  const diagnostics = await client.diagnosticsOf("pricing.py", (list) => codes(list).includes("untested-function"));
  assert.equal(diagnostics.find((diagnostic) => diagnostic.code === "untested-function").range.start.line, 6);
  await client.stop();
});

test("quick fixes change the text, and silencing works", async () => {
  const client = new Client(project());
  await client.start();
  await client.open("tests/test_pricing.py");
  await client.diagnosticsOf("tests/test_pricing.py", (list) => codes(list).includes("no-assertion"));
  const range = { start: { line: 4, character: 5 }, end: { line: 4, character: 5 } };
  const actions = await client.request("textDocument/codeAction", {
    textDocument: { uri: client.uri("tests/test_pricing.py") },
    range,
    context: { diagnostics: client.diagnostics.get(client.uri("tests/test_pricing.py")).diagnostics },
  });
  const silence = actions.find((action) => action.title === "Silence no-assertion here");
  assert.equal(silence.kind, "quickfix");
  assert.equal(silence.diagnostics[0].code, "no-assertion");
  const [edit] = silence.edit.documentChanges[0].edits;
  await client.change("tests/test_pricing.py", [{ range: edit.range, text: edit.newText }]);
  await client.diagnosticsOf("tests/test_pricing.py", (list) => !codes(list).includes("no-assertion"));
  const only = await client.request("textDocument/codeAction", {
    textDocument: { uri: client.uri("tests/test_pricing.py") },
    range,
    context: { diagnostics: [], only: ["source.testgen.score"] },
  });
  assert.deepEqual(only.map((action) => action.title), ["Score suite"]);
  await client.stop();
});

test("score, gaps, tests and history answer as their schemas say, with progress that ends", async () => {
  const root = project();
  const client = new Client(root);
  await client.start();
  await client.indexed();
  const score = await client.execute("testgen.score", {}, { workDoneToken: "mine" });
  assert.equal(score.tests.length, 3);
  assert.equal(score.components.efficiency.basis, "not measured");
  assert.equal(score.components.efficiency.points, 0);
  assert.ok(score.score <= score.of);
  const progress = client.messages("$/progress").filter((message) => message.token === "mine").map((message) => message.value.kind);
  assert.equal(progress[0], "begin");
  assert.equal(progress.at(-1), "end");
  const run = await client.execute("testgen.runTests", { coverage: true });
  assert.equal(run.passed, 3);
  assert.deepEqual(run.coverage, [{
    path: "pricing.py",
    executed: [{ first: 1, last: 4 }, { first: 7, last: 7 }],
    missing: [{ first: 8, last: 10 }],
    branches: [[2, 3, true], [2, 4, true], [8, 9, false], [8, 10, false]].map(([line, target, taken]) => ({ line, target, taken })),
  }]);
  const each = await client.execute("testgen.runTests", { coverage: true, by_test: true });
  const byTest = Object.fromEntries(each.coverage[0].tests.map(({ test, lines }) => [test, lines]));
  assert.deepEqual(Object.keys(byTest).sort(), each.tests.map((result) => result.id).sort().filter((id) => id in byTest));
  assert.ok(Object.values(byTest).every((lines) => lines.every(({ first, last }) => first >= 2 && last <= 4)), JSON.stringify(byTest));
  const { branches, tests } = each.coverage[0];
  for (const { test, lines, branches: places = [] } of tests) {
    const reached = lines.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
    const taken = places.map((place) => branches[place]);
    assert.deepEqual(taken.map(({ line, target }) => [line, target]), [3, 4].filter((target) => reached.includes(target)).map((target) => [2, target]), test);
  }
  await client.open("pricing.py");
  const gaps = await client.execute("testgen.showCoverageGaps", { run: true });
  const recorded = await client.execute("testgen.showCoverageGaps", { of_run: run.run_id });
  assert.deepEqual(recorded.files, gaps.files);
  await assert.rejects(client.execute("testgen.showCoverageGaps", { of_run: gaps.run_id }), /measured no coverage/);
  const names = gaps.files.flatMap((file) => file.functions.map((entry) => entry.function));
  assert.ok(names.includes("unused"), JSON.stringify(names));
  await client.diagnosticsOf("pricing.py", (list) => codes(list).includes("coverage-gap"));
  await client.change("pricing.py", [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "# moved\n" }]);
  await client.diagnosticsOf("pricing.py", (list) => codes(list).includes("coverage-stale") && !codes(list).includes("coverage-gap"));
  const moved = await client.execute("testgen.showCoverageGaps", { of_run: run.run_id });
  assert.deepEqual(moved.files.map((file) => file.stale), [true]);
  const history = await client.request("testgen/runs", {});
  assert.deepEqual(history.runs.map((entry) => entry.kind), ["gaps", "gaps", "gaps", "test", "test", "scoring"]);
  const detail = await client.request("testgen/run", { run_id: run.run_id });
  assert.equal(detail.report.passed, 3);
  assert.ok(detail.files.every((file) => /^[0-9a-f]{64}$/.test(file.digest)));
  const events = client.messages("testgen/runEvent");
  for (const kind of ["start", "progress", "complete"]) assert.ok(events.some((event) => event.kind === kind), kind);
  await client.stop();
});

test("comments silence coverage gaps, and settings switch them off", async () => {
  const comment = PRICING.replace("def unused(value):", "def unused(value):  # testgen: ignore[coverage-gap]");
  const off = { diagnostics: { "coverage-gap": "off" } };
  for (const [source, settings, expected] of [[PRICING, {}, true], [comment, {}, false], [PRICING, off, false]]) {
    const root = project();
    fs.writeFileSync(path.join(root, "pricing.py"), source);
    const client = new Client(root, { settings });
    await client.start();
    await client.indexed();
    await client.open("pricing.py");
    await client.execute("testgen.showCoverageGaps", { run: true });
    const { diagnostics } = client.diagnostics.get(client.uri("pricing.py"));
    assert.equal(codes(diagnostics).includes("coverage-gap"), expected, JSON.stringify(diagnostics));
    await client.stop();
  }
});

test("pulled diagnostics have result ids, and nothing is pushed", async () => {
  const capabilities = { ...FULL, textDocument: { ...FULL.textDocument, diagnostic: {} } };
  const client = new Client(project(), { capabilities });
  const result = await client.start();
  assert.ok(result.capabilities.diagnosticProvider);
  await client.indexed();
  await client.open("tests/test_pricing.py");
  const textDocument = { uri: client.uri("tests/test_pricing.py") };
  const full = await client.request("textDocument/diagnostic", { textDocument });
  assert.equal(full.kind, "full");
  assert.ok(codes(full.items).includes("no-assertion"));
  const again = await client.request("textDocument/diagnostic", { textDocument, previousResultId: full.resultId });
  assert.equal(again.kind, "unchanged");
  const workspace = await client.request("workspace/diagnostic", { previousResultIds: [] });
  assert.ok(workspace.items.some((item) => item.uri.endsWith("pricing.py")));
  assert.equal(client.messages("textDocument/publishDiagnostics").length, 0);
  await client.stop();
});

test("a client that pulls, but cannot be asked to pull again, is pushed to", async () => {
  const workspace = { ...FULL.workspace, diagnostics: {} };
  const capabilities = { ...FULL, workspace, textDocument: { ...FULL.textDocument, diagnostic: {} } };
  const client = new Client(project(), { capabilities });
  const result = await client.start();
  assert.equal(result.capabilities.diagnosticProvider, undefined);
  await client.open("tests/test_pricing.py");
  await client.diagnosticsOf("tests/test_pricing.py", (list) => codes(list).includes("no-assertion"));
  await client.stop();
});

test("an untrusted workspace gets static analysis, and no code of it runs", async () => {
  const marker = path.join(temporaryFolder("marker"), "ran");
  const root = temporaryProject({ "test_a.py": `open(${JSON.stringify(marker)}, "w")\ndef test_a(): pass\n`, "conftest.py": `open(${JSON.stringify(marker)}, "w")\n` });
  const client = new Client(root, { trusted: false });
  await client.start();
  await client.open("test_a.py");
  await client.diagnosticsOf("test_a.py", (list) => codes(list).includes("no-assertion"));
  await assert.rejects(client.execute("testgen.runTests"), /not trusted/);
  await assert.rejects(client.execute("testgen.generate", { target: "test_a.py" }), /not trusted/);
  await assert.rejects(client.execute("testgen.showCoverageGaps", { run: true }), /trust/);
  await client.execute("testgen.score");
  assert.ok(!fs.existsSync(marker));
  await client.notify("testgen/trust", { trusted: true });
  await client.execute("testgen.runTests");
  assert.ok(fs.existsSync(marker));
  await client.stop();
});

test("a plain client is told in one line what a command did, and that it failed", async () => {
  const client = new Client(project(), { capabilities: {} });
  client.options = { serverStatus: true, settings: client.options.settings };
  await client.start();
  await client.indexed();
  const said = () => client.messages("window/showMessage");
  await client.execute("testgen.score");
  assert.match(said()[0].message, /^TestGen: Scored \d+ tests: \d+ of \d+$/);
  await assert.rejects(client.execute("testgen.score", { path: "nowhere.py" }), /nowhere/);
  assert.equal(said()[1].type, 1);
  assert.match(said()[1].message, /nowhere/);
  await assert.rejects(client.execute("testgen.runTests"), /not trusted/);
  assert.match(said()[2].message, /not trusted.*"trusted": true in initializationOptions/);
  assert.equal(said().length, 3);
  await client.stop();
});

test("a plain client without any capability is served", async () => {
  const client = new Client(project(), { capabilities: {} });
  await client.start();
  await client.open("tests/test_pricing.py");
  await client.until(() => client.diagnostics.get(client.uri("tests/test_pricing.py")), "diagnostics");
  const actions = await client.request("textDocument/codeAction", {
    textDocument: { uri: client.uri("tests/test_pricing.py") },
    range: { start: { line: 4, character: 5 }, end: { line: 4, character: 5 } },
    context: { diagnostics: [] },
  });
  assert.ok(actions.every((action) => typeof action.command === "string"), "bare commands only");
  await client.execute("testgen.score");
  await client.stop();
});

test("wrong parameters name the field; unknown commands are refused", async () => {
  const client = new Client(project());
  await client.start();
  await assert.rejects(client.execute("testgen.history", { limit: "many" }), /limit/);
  await assert.rejects(client.execute("testgen.history", { limit: 5000 }), /5000 is outside 1 to 1000/);
  await assert.rejects(client.execute("testgen.nonsense"), /there is no command/);
  await assert.rejects(client.execute("testgen.score", { path: "/etc" }), /outside the workspace/);
  await assert.rejects(client.execute("testgen.score", { path: "nowhere.py" }), /nowhere.py/);
  await client.stop();
});


test("generated tests arrive as a previewed edit of the open buffer, and nothing is written", async () => {
  const root = project();
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.open("pricing.py");
  await client.open("tests/test_pricing.py", `# not saved yet\n${TESTS}`);
  const before = fs.readFileSync(path.join(root, "tests/test_pricing.py"), "utf8");
  const report = await client.execute("testgen.generate", { uri: client.uri("pricing.py"), line: 7 });
  assert.ok(report.accepted.length > 0, JSON.stringify(report));
  const events = client.messages("testgen/runEvent").filter((event) => event.run_id === report.run_id);
  const kinds = events.map((event) => event.kind);
  assert.equal(kinds.filter((kind) => kind === "start").length, 1, kinds.join());
  assert.equal(kinds.filter((kind) => kind === "complete").length, 1, kinds.join());
  assert.equal(kinds[0], "start");
  assert.equal(kinds.at(-1), "complete");
  const told = (name) => events.map((event) => event[name]).filter((value) => value !== undefined);
  assert.deepEqual(told("test").map((test) => test.id), report.accepted.map((test) => test.id));
  assert.deepEqual(told("rejected"), report.rejected);
  assert.deepEqual(told("environment"), [report.environment]);
  assert.ok(report.accepted.every((accepted) => accepted.origin === "characterisation" && accepted.strength > 50));
  await client.until(() => client.applied.length > 0, "edit");
  const [{ edit }] = client.applied;
  const change = edit.documentChanges.find((entry) => entry.textDocument?.uri === client.uri("tests/test_pricing.py"));
  assert.equal(change.textDocument.version, 1);
  assert.ok(Object.values(edit.changeAnnotations).every((annotation) => annotation.needsConfirmation));
  const inserted = change.edits.map((entry) => entry.newText).join("");
  assert.match(inserted, /def test_unused/);
  assert.match(inserted, /unused/);
  assert.ok(change.edits.every((entry) => entry.range.start.line >= 1), "the unsaved line stays first");
  assert.equal(fs.readFileSync(path.join(root, "tests/test_pricing.py"), "utf8"), before);
  assert.deepEqual(fs.readdirSync(root).sort(), [".testgen", "pricing.py", "pyproject.toml", "tests"]);
  await client.stop();
});

test("a weak assertion is made exact by a code action that runs the test", async () => {
  const root = project();
  const text = "from pricing import unused\n\n\ndef test_unused():\n    assert unused(1)\n";
  fs.writeFileSync(path.join(root, "tests/test_weak.py"), text);
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.open("tests/test_weak.py", `# not saved yet\n${text}`);
  const [weak] = (await client.diagnosticsOf("tests/test_weak.py", (found) => found.length > 0)).filter(({ code }) => code === "weak-assertion");
  const actions = await client.request("textDocument/codeAction", {
    textDocument: { uri: client.uri("tests/test_weak.py") },
    range: weak.range,
    context: { diagnostics: [weak] },
  });
  const action = actions.find(({ title }) => /^Strengthen this assertion/.test(title));
  assert.equal(action.kind, "quickfix");
  assert.deepEqual(action.diagnostics, [weak]);
  const report = await client.execute(action.command.command, action.command.arguments[0]);
  assert.equal(report.accepted[0].origin, "characterisation");
  await client.until(() => client.applied.length > 0, "edit");
  const [{ edits, textDocument }] = client.applied[0].edit.documentChanges;
  assert.equal(textDocument.uri, client.uri("tests/test_weak.py"));
  assert.match(edits[0].newText, /^assert unused\(1\) == /);
  assert.deepEqual(edits[0].range, { start: { line: 5, character: 4 }, end: { line: 5, character: 20 } });
  await client.stop();
});

test("a file that generation makes is confirmed too: nothing of a preview is applied unless it is chosen", async () => {
  const root = temporaryProject({ "double.py": "def double(value):\n    return value * 2\n", "tests/__init__.py": "" });
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.execute("testgen.generate", { target: "double.py::double" });
  await client.until(() => client.applied.length > 0, "edit");
  const [{ edit }] = client.applied;
  const [creation, change] = edit.documentChanges;
  assert.equal(creation.kind, "create");
  assert.equal(creation.uri, client.uri("tests/test_double.py"));
  for (const { annotationId } of [creation, ...change.edits]) assert.ok(edit.changeAnnotations[annotationId].needsConfirmation);
  await client.stop();
});

test("a cancelled generation is answered so, and what was proven by then is in the history", async () => {
  const fixture = path.join(__dirname, "../fixtures/generator/many");
  const root = temporaryProject(Object.fromEntries(fs.readdirSync(fixture).map((name) => [name, fs.readFileSync(path.join(fixture, name))])));
  const client = new Client(root);
  await client.start();
  await client.indexed();
  const source = new rpc.CancellationTokenSource();
  const answer = client.request("workspace/executeCommand", { command: "testgen.generate", arguments: [{ target: "roman.spec.json" }] }, source.token);
  const proven = await client.until(() => client.messages("testgen/runEvent").find((event) => event.kind === "progress" && event.done > 0), "batch");
  assert.equal(proven.total, 12);
  source.cancel();
  await assert.rejects(answer, (error) => error.code === -32800);
  const { runs } = await client.request("testgen/runs", {});
  assert.deepEqual(runs.map((run) => [run.kind, run.status, run.passed]), [["generation", "cancelled", proven.done]]);
  const { report } = await client.request("testgen/run", { run_id: runs[0].run_id });
  assert.equal(report.status, "cancelled");
  assert.equal(report.accepted.length, proven.done);
  assert.ok(report.rejected.every((test) => test.guard === "unfinished"), JSON.stringify(report.rejected));
  assert.equal(client.applied.length, 0);
  await client.stop();
});

test("mutants come with counts and percentages, and a survivor at once", async () => {
  const client = new Client(project());
  await client.start();
  await client.indexed();
  const report = await client.execute("testgen.mutate", { targets: ["pricing.py::total", "pricing.py::unused"] }, { workDoneToken: "mutants" });
  assert.equal(report.status, "complete");
  assert.ok(report.killed > 0 && report.survived > 0 && report.no_coverage > 0, JSON.stringify(report));
  const shown = client.messages("$/progress").filter(({ token, value }) => token === "mutants" && value.kind === "report");
  const last = shown.at(-1).value;
  assert.equal(last.percentage, 100);
  assert.equal(last.message, `${report.mutants.length} of ${report.mutants.length} mutants: ${report.killed} killed, ${report.survived} survived`);
  const survivors = client.messages("testgen/runEvent").filter((event) => event.mutant).map((event) => event.mutant);
  assert.equal(survivors.length, report.survived);
  for (const survivor of survivors) assert.ok(report.mutants.some((mutant) => mutant.status === "survived" && mutant.line === survivor.line && mutant.replacement === survivor.replacement));
  const sample = await client.execute("testgen.mutate", { target: "pricing.py", sample: "50%", seed: 3, fresh: true, workers: 1 });
  assert.ok(sample.not_sampled > 0 && sample.kill_rate_low < sample.kill_rate && sample.kill_rate < sample.kill_rate_high, JSON.stringify(sample));
  await assert.rejects(client.execute("testgen.mutate", { diff: "HEAD" }), /not a git repository/);
  await client.stop();
});

const VALUES = `import pytest
from pricing import total, unused


def test_nothing():
    unused(5)


def test_total():
    assert total([1, 2]) == 3


def test_kind():
    assert isinstance(total([1, 2]), float)


@pytest.mark.parametrize("discount", [100, 101])
def test_error(discount):
    with pytest.raises(ValueError):
        total([1], discount)
`;

test("what tests are worth: hints on tests that kill nothing or less than another one, until their text changes", async () => {
  const other = "from test_pricing import total\n\n\ndef test_elsewhere():\n    assert total([1, 2]) > 0\n";
  const root = temporaryProject({
    "pricing.py": PRICING,
    "tests/test_pricing.py": VALUES,
    "tests/test_other.py": other,
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  });
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.open("tests/test_pricing.py");
  await client.open("tests/test_other.py");
  const report = await client.execute("testgen.value", { target: "pricing.py" }, { workDoneToken: "value" });
  assert.equal(report.status, "complete");
  assert.equal(report.efficiency, null);
  const worth = Object.fromEntries(report.values.map((value) => [value.test.replace(/.*::/, ""), value.worth]));
  assert.equal(worth.test_nothing, "kills-nothing");
  assert.equal(worth.test_total, "sole-killer");
  assert.equal(worth.test_kind, "dominated", JSON.stringify(report.values));
  assert.equal(worth.test_elsewhere, "dominated", JSON.stringify(report.values));
  assert.equal(client.messages("$/progress").filter(({ token, value }) => token === "value" && value.kind === "end").length, 1);
  const isValue = (diagnostic) => ["test-kills-nothing", "test-dominated"].includes(diagnostic.code);
  const found = (await client.diagnosticsOf("tests/test_pricing.py", (list) => list.some(isValue))).filter(isValue);
  assert.deepEqual(found.map(({ code, severity, range }) => [code, severity, range.start]), [
    ["test-kills-nothing", 4, { line: 4, character: 4 }],
    ["test-dominated", 4, { line: 12, character: 4 }],
  ]);
  assert.match(found[0].message, /^test_nothing never kills a mutant of pricing\.py: \d+ that it reaches pass unnoticed; but no other test runs \d lines that it runs$/);
  assert.match(found[1].message, /one other test kills, and more: tests\/test_pricing\.py::test_total/);
  assert.ok(fs.existsSync(new URL(found[1].codeDescription.href)), found[1].codeDescription.href);
  const place = { uri: client.uri("tests/test_pricing.py"), range: { start: { line: 8, character: 4 }, end: { line: 8, character: 14 } } };
  assert.deepEqual(found[1].relatedInformation.map(({ location }) => location), [place]);
  const [elsewhere] = (await client.diagnosticsOf("tests/test_other.py", (list) => list.some(isValue))).filter(isValue);
  assert.deepEqual(elsewhere.relatedInformation.map(({ location }) => location), [place]);
  // The test that makes others superfluous changes: nothing is known of them any more, but of test_nothing.
  const end = { line: 9, character: 4 };
  await client.change("tests/test_pricing.py", [{ range: { start: end, end }, text: "pass;" }]);
  const left = await client.diagnosticsOf("tests/test_pricing.py", (list) => list.filter(isValue).length === 1);
  assert.equal(left.find(isValue).code, "test-kills-nothing");
  const start = { line: 5, character: 4 };
  await client.change("tests/test_pricing.py", [{ range: { start, end: start }, text: "assert " }]);
  await client.diagnosticsOf("tests/test_pricing.py", (list) => !list.some(isValue));
  await client.stop();
});

test("a cancelled mutation is answered so, and what was judged by then is in the history", async () => {
  const slow = TESTS.replace("import pytest\n", "import time\n\nimport pytest\n").replace("    total([1])\n", "    time.sleep(0.3)\n    total([1])\n");
  const client = new Client(temporaryProject({ "pricing.py": PRICING, "tests/test_pricing.py": slow, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n' }));
  await client.start();
  await client.indexed();
  const source = new rpc.CancellationTokenSource();
  const answer = client.request("workspace/executeCommand", { command: "testgen.mutate", arguments: [{ target: "pricing.py", workers: 1 }] }, source.token);
  await client.until(() => client.messages("testgen/runEvent").find((event) => event.mutant), "survivor");
  source.cancel();
  await assert.rejects(answer, (error) => error.code === -32800);
  const { runs } = await client.request("testgen/runs", {});
  assert.deepEqual(runs.map((run) => [run.kind, run.status]), [["mutation", "cancelled"]]);
  const { report } = await client.request("testgen/run", { run_id: runs[0].run_id });
  assert.equal(report.status, "cancelled");
  assert.ok(report.survived > 0 && report.pending > 0, JSON.stringify(report));
  assert.equal(report.mutants.filter((mutant) => mutant.status === "pending").length, report.pending);
  await client.stop();
});

test("a spec shows which prohibited tool no test speaks of, until one does", async () => {
  const root = project();
  const client = new Client(root);
  await client.start();
  await client.indexed();
  const spec = JSON.stringify({ name: "unused", signature: "def unused(a)", prohibited: ["pandas", "numpy"] });
  await client.open("unused.spec.json", spec, "json");
  const isUntested = (diagnostic) => diagnostic.code === "prohibited-tool-untested";
  const found = (await client.diagnosticsOf("unused.spec.json", (list) => list.some(isUntested))).filter(isUntested);
  assert.deepEqual(found.map((diagnostic) => spec.slice(diagnostic.range.start.character, diagnostic.range.end.character)), ['"pandas"', '"numpy"']);
  assert.equal(found[0].severity, 4);
  await client.open("tests/test_pricing.py", `${TESTS}\n\ndef test_pandas_is_forbidden():\n    assert "pandas" not in open("pricing.py").read()\n`);
  const left = await client.diagnosticsOf("unused.spec.json", (list) => list.filter(isUntested).length === 1);
  assert.match(left.find(isUntested).message, /numpy stays unused/);
  await client.stop();
  const silent = new Client(root, { settings: { diagnostics: { "prohibited-tool-untested": "off" } } });
  await silent.start();
  await silent.indexed();
  await silent.open("unused.spec.json", spec, "json");
  assert.deepEqual(await silent.diagnosticsOf("unused.spec.json"), []);
  await silent.stop();
});

test("a generation tells what its model has used of the budget, after each answer", async () => {
  const answer = "```python\ndef test_from_afar():\n    assert total([10, 20]) == 30\n```";
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end(JSON.stringify({
      choices: [{ message: { role: "assistant", content: answer }, finish_reason: "stop" }],
      usage: { prompt_tokens: 700, completion_tokens: 60 },
    })));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const settings = {
    provider: "openai", model: "tiny", modelUrl: `http://127.0.0.1:${server.address().port}/v1`, modelCache: "answers",
    modelRounds: 1, modelTokens: 9000, modelInputPrice: 100, modelOutputPrice: 200, modelBudget: 3,
  };
  const client = new Client(project(), { settings });
  await client.start();
  await client.indexed();
  const report = await client.execute("testgen.generate", { target: "pricing.py" });
  const spent = client.messages("testgen/runEvent").filter((event) => event.spent).map((event) => event.spent);
  assert.equal(report.tokens, 760);
  assert.deepEqual(spent, [{ tokens: 760, token_budget: 9000, cost_cents: report.cost_cents, budget_cents: 3 }]);
  await client.stop();
  server.close();
});

test("the first action on a gap writes its tests, and comes before those that silence it", async () => {
  const client = new Client(project());
  await client.start();
  await client.indexed();
  await client.open("pricing.py");
  const diagnostics = await client.diagnosticsOf("pricing.py", (list) => codes(list).includes("untested-function"));
  const found = diagnostics.find((diagnostic) => diagnostic.code === "untested-function");
  const actions = await client.request("textDocument/codeAction", {
    textDocument: { uri: client.uri("pricing.py") }, range: found.range, context: { diagnostics: [found] },
  });
  assert.deepEqual(actions.slice(0, 2).map((action) => [action.title, action.kind]),
    [["Generate tests for this gap", "quickfix"], ["Silence untested-function here", "quickfix"]]);
  assert.deepEqual(actions[0].diagnostics, [found]);
  assert.equal(actions[0].command.arguments[0].line, found.range.start.line);
  const titles = actions.map((action) => action.title);
  assert.equal(titles.filter((title) => title.startsWith("Generate")).length, 2, titles.join());
  await client.stop();
});

test("an action is marked where a model would write the tests", async () => {
  const capabilities = structuredClone(FULL);
  capabilities.textDocument.codeAction.tagSupport = { valueSet: [1] };
  const files = { "shop.py": "def discount(total):\n    return 10 if total >= 100 else 0\n" };
  const range = { start: { line: 0, character: 5 }, end: { line: 0, character: 5 } };
  for (const [settings, tags] of [[{}, undefined], [{ provider: "openai", model: "tiny" }, [1]]]) {
    const client = new Client(temporaryProject(files), { capabilities, settings, specification: "vscode-languageserver-protocol-3.18" });
    await client.start();
    await client.open("shop.py");
    const actions = await client.request("textDocument/codeAction", { textDocument: { uri: client.uri("shop.py") }, range, context: { diagnostics: [] } });
    const generate = actions.filter(({ command }) => command?.command === "testgen.generate");
    assert.ok(generate.length > 0, JSON.stringify(actions));
    for (const action of generate) assert.deepEqual(action.tags, tags);
    for (const action of actions) if (!generate.includes(action)) assert.equal(action.tags, undefined);
    await client.stop();
  }
});

test("tests are discovered without a run: files first, then what one holds, and an item can be run", async () => {
  const shapes = `import unittest


class TestShapes(unittest.TestCase):
    def test_square(self):
        self.assertEqual(2 * 2, 4)


def test_twice():
    assert 1


def test_twice():
    assert "grüße" == "grüße"
`;
  const root = temporaryProject({ "pricing.py": PRICING, "tests/test_pricing.py": TESTS, "tests/test_shapes.py": shapes, "helper.py": "def test_like():\n    pass\n" });
  const client = new Client(root);
  await client.start();
  await client.indexed();
  const files = await client.request("experimental/discoverTest", {});
  assert.deepEqual(files.tests.map((item) => [item.id, item.label, item.kind, item.canResolveChildren]),
    ["tests/test_pricing.py", "tests/test_shapes.py"].map((name) => [client.uri(name), name, "package", true]));
  const file = client.uri("tests/test_shapes.py");
  const { tests, scope } = await client.request("experimental/discoverTest", { testId: file });
  assert.deepEqual(scope, [file]);
  assert.deepEqual(tests.map((item) => [item.id, item.label, item.kind, item.parent]), [
    [`${file}::TestShapes`, "TestShapes", "module", file],
    [`${file}::TestShapes::test_square`, "test_square", "test", `${file}::TestShapes`],
    [`${file}::test_twice`, "test_twice", "test", file], // the second one: pytest never sees the first
  ]);
  assert.deepEqual(tests[2].range.start, { line: 12, character: 0 });
  const run = await client.execute("testgen.runTests", tests[1].runnable);
  assert.deepEqual(run.tests.map((result) => [result.id, result.outcome]), [["tests/test_shapes.py::TestShapes::test_square", "passed"]]);

  await client.open("tests/test_shapes.py");
  await client.change("tests/test_shapes.py", [{ range: { start: { line: 4, character: 8 }, end: { line: 4, character: 19 } }, text: "test_cube" }]);
  const edited = await client.request("experimental/discoverTest", { testId: file });
  assert.equal(edited.tests[1].label, "test_cube", "the text that is open counts");
  for (const testId of ["", "tests/test_shapes.py", `${file}::TestShapes`, "file:///elsewhere/test_a.py", client.uri("gone.py")]) {
    assert.deepEqual((await client.request("experimental/discoverTest", { testId })).tests, [], testId);
  }
  await client.stop();
});
