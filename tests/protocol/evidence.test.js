// What runs prove, as an editor sees it: leads become warnings, and hold until the function changes.
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { Client, temporaryProject } = require("./client.js");

const SHOP = `def discount(total):
    return 10 if total >= 100 else 0


def tier(points):
    return "gold" if points >= 50 else "silver"
`;

const TESTS = `from shop import discount, tier


def test_discount():
    assert discount(5) == 0
    assert discount(110) == 10


def test_tier():
    assert [tier(49), tier(50)] == ["silver", "gold"]
`;

const project = () =>
  temporaryProject({
    "shop.py": SHOP,
    "tests/test_shop.py": TESTS,
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  });

const of = (diagnostics, code) => diagnostics.filter((diagnostic) => diagnostic.code === code);
const at = (line, character) => ({ start: { line, character }, end: { line, character } });
const WARNING = 2;
const HINT = 4;

test("boundary evidence raises a lead to a warning until its function changes", async () => {
  const client = new Client(project());
  await client.start();
  await client.indexed();
  await client.open("shop.py");
  let [lead] = of(await client.diagnosticsOf("shop.py", (list) => of(list, "boundary-lead").length === 1), "boundary-lead");
  assert.equal(lead.severity, HINT);
  const place = lead.range;
  const report = await client.execute("testgen.boundary", { target: "shop.py" });
  assert.deepEqual(report.comparisons.map((comparison) => comparison.verdict), ["not on the boundary", "tested"]);
  const isProven = (list) => of(list, "boundary-lead").some((diagnostic) => diagnostic.severity === WARNING);
  let found = of(await client.diagnosticsOf("shop.py", isProven), "boundary-lead");
  assert.equal(found.length, 1, "a lead and its proof are one diagnostic");
  assert.deepEqual(found[0].range, place);
  assert.equal(found[0].message, "`total >= 100`: no test on the boundary; closest 110 in tests/test_shop.py::test_discount");

  await client.change("shop.py", [{ range: at(0, 0), text: "# moved\n\n" }]);
  found = of(await client.diagnosticsOf("shop.py", (list) => isProven(list) && list[0].range.start.line === 3), "boundary-lead");
  assert.equal(found[0].range.start.line, place.start.line + 2, "it moves with the function");

  await client.change("shop.py", [{ range: at(3, 4), text: "total += 0\n    " }]);
  [lead] = of(await client.diagnosticsOf("shop.py", (list) => !isProven(list)), "boundary-lead");
  assert.equal(lead.severity, HINT, "of the changed function only the lead is left");
  await client.stop();
});

test("a cheat that passes is shown on its function, with the code in the hover, until the function changes", async () => {
  const client = new Client(
    temporaryProject({
      "shop.py": "LINES = []\n\n\ndef log(text):\n    LINES.append(text)\n\n\n" + SHOP,
      "tests/test_shop.py": "from shop import log, tier\n\n\ndef test_log():\n    log('x')\n\n\ndef test_gold():\n    assert tier(80) == 'gold'\n\n\ndef test_silver():\n    assert tier(7) == 'silver'\n",
      "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    }),
  );
  await client.start();
  await client.indexed();
  await client.open("shop.py");
  await client.diagnosticsOf("shop.py", (list) => of(list, "literal-oracles-only").length === 1);
  await client.execute("testgen.cheats", { target: "shop.py" });
  const found = await client.diagnosticsOf("shop.py", (list) => of(list, "pseudo-tested").length === 1);
  const [empty] = of(found, "pseudo-tested");
  assert.deepEqual([empty.severity, empty.range.start], [WARNING, { line: 3, character: 4 }]);
  assert.match(empty.message, /^`log`: an empty body passes the only test that calls it/);
  const examples = of(found, "literal-oracles-only");
  assert.deepEqual(examples.map((diagnostic) => diagnostic.severity), [WARNING], "the lead and its proof are one");
  assert.match(examples[0].message, /a table of 2 recorded calls passes all 2 tests/);
  assert.deepEqual(of(found, "equality-only").map((diagnostic) => diagnostic.severity), [HINT]);
  const hover = await client.request("textDocument/hover", { textDocument: { uri: client.uri("shop.py") }, position: { line: 3, character: 5 } });
  assert.match(hover.contents.value, /```python\ndef log\(text\):\n {4}return None\n```/);

  await client.change("shop.py", [{ range: at(4, 4), text: "text += ''\n    " }]);
  await client.diagnosticsOf("shop.py", (list) => of(list, "pseudo-tested").length === 0 && of(list, "equality-only").length === 1);
  await client.stop();
});

test("settings and comments silence what was proven", async () => {
  for (const [settings, source] of [
    [{ diagnostics: { "boundary-lead": "off" } }, SHOP],
    [{}, SHOP.replace("def discount(total):", "def discount(total):  # testgen: ignore[boundary-lead]")],
  ]) {
    const root = temporaryProject({ "shop.py": source, "tests/test_shop.py": TESTS, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n' });
    const client = new Client(root, { settings });
    await client.start();
    await client.indexed();
    await client.open("shop.py");
    const report = await client.execute("testgen.boundary");
    assert.equal(report.not_on, 1);
    const { diagnostics } = client.diagnostics.get(client.uri("shop.py"));
    assert.deepEqual(of(diagnostics, "boundary-lead"), []);
    await client.stop();
  }
});

test("what runs code asks for trust", async () => {
  const client = new Client(project(), { trusted: false });
  await client.start();
  await assert.rejects(client.execute("testgen.boundary"), /not trusted/);
  await assert.rejects(client.execute("testgen.cheats"), /not trusted/);
  await client.stop();
});
