// What an editor shows in a spec file: which of its sentences no test is for, and what the code does otherwise.
"use strict";

const assert = require("node:assert/strict");
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
