// What an editor shows in a spec file: which of its sentences no test is for, and what the code does otherwise.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const { test } = require("node:test");
const { Client, temporaryProject } = require("./client.js");

const PORTS = `class Ports:
    def __init__(self):
        self._known = []

    def add(self, port):
        self._known.append(port)

    def count(self):
        return len(self._known)
`;

const TESTS = `from ports import Ports


def test_count():
    """count(): Return number of ports (correctness, spec)."""
    ports = Ports()
    ports.add(80)
    assert ports.count() == 1


def test_ports_are_known():
    # Ports and hosts must be known, and open: the ports are known
    assert Ports().count() == 0


def test_something():
    ports = Ports()
    ports.add(80)
    assert ports.count() == 1
`;

const SPEC = JSON.stringify({
  name: "Ports",
  signature: "class Ports",
  requirements: ["count(): Return number of ports", "add(port): Add a port", "Ports and hosts must be known, and open"],
  edge_cases: ["lookup(80) raises KeyError on empty"],
});

const files = { "ports.py": PORTS, "tests/test_ports.py": TESTS, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n' };

const isGap = (diagnostic) => diagnostic.code === "requirement-gap";

test("a spec shows which of its sentences no test is for, and what there is instead", async () => {
  const client = new Client(temporaryProject(files));
  await client.start();
  await client.indexed();
  await client.open("ports.spec.json", SPEC, "json");
  const gaps = (await client.diagnosticsOf("ports.spec.json", (list) => list.some(isGap))).filter(isGap);
  const places = gaps.map(({ range }) => SPEC.slice(range.start.character, range.end.character));
  assert.deepEqual(places, ['"add(port): Add a port"', '"Ports and hosts must be known, and open"', '"lookup(80) raises KeyError on empty"']);
  assert.deepEqual(gaps.map((gap) => gap.severity), [3, 3, 3]);
  const [add, hosts, lookup] = gaps;
  assert.equal(add.message, 'No test says that it is for "add(port): Add a port"; 2 tests speak of `Ports.add` without quoting it');
  assert.deepEqual(add.relatedInformation.map(({ location }) => location.uri), [client.uri("tests/test_ports.py"), client.uri("tests/test_ports.py")]);
  assert.equal(hosts.message, '3 of the 4 tests that "Ports and hosts must be known, and open" asks for are missing: Ports: open; hosts: known; hosts: open');
  assert.deepEqual(hosts.relatedInformation.map(({ message }) => message), ["this test is for Ports: known"]);
  assert.equal(lookup.message, 'No test says that it is for "lookup(80) raises KeyError on empty"');

  const hover = async (text) => {
    const position = { line: 0, character: SPEC.indexOf(text) + 2 };
    return (await client.request("textDocument/hover", { textDocument: { uri: client.uri("ports.spec.json") }, position }))?.contents.value;
  };
  assert.equal(await hover("count():"), "**Requirement** · `tests/test_ports.py::test_count`\n");
  assert.equal(await hover("lookup("), "**Edge case** · **no test**\n");
  assert.equal(await hover("Ports and hosts"), [
    "**Requirement** · 1 of 4 tests\n",
    "| | known | open |",
    "|---|---|---|",
    "| Ports | `tests/test_ports.py::test_ports_are_known` | **no test** |",
    "| hosts | **no test** | **no test** |\n",
  ].join("\n"));
  assert.equal(await hover('"name"'), undefined);

  const lenses = await client.request("textDocument/codeLens", { textDocument: { uri: client.uri("ports.spec.json") } });
  assert.deepEqual(lenses.map((lens) => lens.command.title), ["generate tests for this spec · 2 of 7 requirements have a test"]);
  await client.stop();
});

test("a test that is written closes the gap, and one of another subject with the same sentence does not", async () => {
  const client = new Client(temporaryProject(files));
  await client.start();
  await client.indexed();
  await client.open("ports.spec.json", SPEC, "json");
  await client.diagnosticsOf("ports.spec.json", (list) => list.filter(isGap).length === 3);
  await client.open("tests/test_other.py", 'def test_add():\n    """add(port): Add a port"""\n    assert 1 + 1 == 2\n');
  await client.open("tests/test_ports.py", `${TESTS}\n\ndef test_lookup():\n    """Lookup(80) raises KeyError\n    on empty."""\n    assert 1 + 1 == 2\n`);
  const left = (await client.diagnosticsOf("ports.spec.json", (list) => list.filter(isGap).length === 2)).filter(isGap);
  assert.match(left[0].message, /"add\(port\): Add a port"/);
  await client.stop();
});

test("a sentence with no test is told of where nothing speaks of it, and can be switched off", async () => {
  const root = temporaryProject({ ...files, "tests/test_ports.py": "def test_nothing():\n    assert 1 + 1 == 2\n" });
  const client = new Client(root);
  await client.start();
  await client.indexed();
  await client.open("ports.spec.json", SPEC, "json");
  const [gap] = (await client.diagnosticsOf("ports.spec.json", (list) => list.some(isGap))).filter(isGap);
  assert.equal(gap.message, 'No test says that it is for "count(): Return number of ports"; no test speaks of `Ports.count` at all');
  await client.stop();
  const silent = new Client(root, { settings: { diagnostics: { "requirement-gap": "off" } } });
  await silent.start();
  await silent.indexed();
  await silent.open("ports.spec.json", SPEC, "json");
  assert.deepEqual(await silent.diagnosticsOf("ports.spec.json"), []);
  await silent.stop();
});

// ---- What the code does otherwise ----

const STACK = `class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        return self._items.pop() if self._items else None

    def size(self):
        return len(self._items)
`;

const STACK_SPEC = JSON.stringify({
  name: "Stack",
  signature: "class Stack",
  requirements: ["size(): Return number of items in stack", "Negative sizes must be refused"],
  edge_cases: ["pop() on empty stack must raise IndexError"],
  examples: [{ call: "size()", expected: 1 }, { call: "stack = Stack()\nstack.push(1)\nstack.size()", expected: 1 }],
}, null, 1);

const isDisagreement = (diagnostic) => diagnostic.code === "spec-disagreement";

const stack = (settings = {}) => temporaryProject({
  "stack.py": STACK,
  "stack.spec.json": STACK_SPEC,
  "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  "testgen.json": JSON.stringify(settings),
});

async function opened(root, settings) {
  const client = new Client(root, { settings });
  await client.start();
  await client.indexed();
  await client.open("stack.spec.json", STACK_SPEC, "json");
  return client;
}

// The text of the spec that a diagnostic is on, without what stands in it for layout.
const marked = ({ range }) => STACK_SPEC.split("\n").slice(range.start.line, range.end.line + 1).join("\n").replace(/\s+/g, " ").trim().replace(/,$/, "");

test("where the code does otherwise than the spec, both are shown, until the code changes", async () => {
  const root = stack();
  let client = await opened(root);
  assert.deepEqual((await client.diagnosticsOf("stack.spec.json", (list) => list.some(isGap))).filter(isDisagreement), []);
  await client.open("stack.py", STACK, "python");
  await client.execute("testgen.generate", { target: "stack.spec.json" });
  const shown = (list) => list.filter(isDisagreement).length === 2;
  const found = (await client.diagnosticsOf("stack.spec.json", shown)).filter(isDisagreement);
  assert.deepEqual(found.map(marked).sort(), ['"pop() on empty stack must raise IndexError"', '{ "call": "size()", "expected": 1 }']);
  const error = found.find((one) => marked(one).includes("pop()"));
  assert.equal(error.message, "The spec says: stack.pop() raises IndexError. The code: gives None");
  assert.equal(error.severity, 2);
  assert.deepEqual(error.relatedInformation.map(({ location }) => [location.uri, location.range.start]), [[client.uri("stack.py"), { line: 0, character: 6 }]]);
  const hover = await client.request("textDocument/hover", { textDocument: { uri: client.uri("stack.spec.json") }, position: error.range.start });
  assert.match(hover.contents.value, /^\*\*Edge case\*\* · \*\*no test\*\*\n\nThe spec says: stack\.pop\(\) raises IndexError\. The code: gives None\n\n```python\ndef test_pop_on_empty/);

  const start = { line: 0, character: 0 };
  await client.change("stack.py", [{ range: { start, end: start }, text: "# another text\n" }]);
  await client.diagnosticsOf("stack.spec.json", (list) => !list.some(isDisagreement));
  await client.change("stack.py", [{ range: { start, end: { line: 1, character: 0 } }, text: "" }]);
  await client.diagnosticsOf("stack.spec.json", shown);
  await client.stop();

  client = await opened(root);
  await client.diagnosticsOf("stack.spec.json", shown);
  await client.change("stack.spec.json", [{ text: STACK_SPEC.replace("pop() on empty", "pop() on an empty") }]);
  await client.diagnosticsOf("stack.spec.json", (list) => list.filter(isDisagreement).length === 1);
  await client.stop();
});

test("of a model's test that fails it is said that it is the model's", async () => {
  const answer = JSON.stringify({ tests: [
    { name: "negative", reasoning: "as the spec says", setup: ["stack = Stack()"], call: "stack.push(-1)", requirement: "Negative sizes must be refused", raises: "ValueError" },
  ] });
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: answer }, finish_reason: "stop" }], usage: { prompt_tokens: 700, completion_tokens: 60 } })));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const client = await opened(stack(), { provider: "openai", model: "tiny", modelUrl: `http://127.0.0.1:${server.address().port}/v1`, modelRounds: 1 });
    const report = await client.execute("testgen.generate", { target: "stack.spec.json" });
    assert.deepEqual(report.disagreements.map((one) => [one.origin, one.stated]), [["model", ['"Negative sizes must be refused"']]], JSON.stringify(report));
    const [found] = (await client.diagnosticsOf("stack.spec.json", (list) => list.some(isDisagreement))).filter(isDisagreement);
    assert.equal(marked(found), '"Negative sizes must be refused"');
    assert.match(found.message, /^A model's test of "Negative sizes must be refused" fails on the code: .*DID NOT RAISE.*Either the code is wrong, or the model has misread the sentence$/s);
    await client.stop();
  } finally {
    server.close();
  }
});

test("documentation that does not hold is shown at the function", async () => {
  const source = 'def twice(number):\n    """The double.\n\n    >>> twice(4)\n    9\n    """\n    return number + number\n';
  const client = new Client(temporaryProject({ "double.py": source, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n' }));
  await client.start();
  await client.indexed();
  await client.open("double.py", source, "python");
  await client.execute("testgen.generate", { target: "double.py" });
  const [found] = (await client.diagnosticsOf("double.py", (list) => list.some(isDisagreement))).filter(isDisagreement);
  assert.deepEqual(found.range, { start: { line: 0, character: 4 }, end: { line: 0, character: 9 } });
  assert.equal(found.message, "The documentation says: twice(4) -> 9. The code: gives 8");
  const hover = await client.request("textDocument/hover", { textDocument: { uri: client.uri("double.py") }, position: { line: 0, character: 5 } });
  assert.match(hover.contents.value, /The documentation says: twice\(4\) -> 9/);
  await client.stop();
});
