// The field tables of the LSP types against the official types: names, kinds, what is required, what may be null.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const test = require("node:test");
const { Comparison } = require("./official_types.js");

// Where the tables depart from the official types on purpose, and why. One that no longer departs is a failure too.
const CLIENTS_DIFFER = "clients leave it out, and nothing here needs it";
const DEPARTURES = {
  "CancelParams: there is no official type of that name, and none refers to it": "the packages do not export it",
  "ProgressParams: there is no official type of that name, and none refers to it": "the packages do not export it",
  "CodeActionKindSupport.valueSet: is required in the official type": CLIENTS_DIFFER,
  "CodeActionLiteralSupport.codeActionKind: is required in the official type": CLIENTS_DIFFER,
  "ResolveSupport.properties: is required in the official type": CLIENTS_DIFFER,
  "ShowDocumentClientCapabilities.support: is required in the official type": CLIENTS_DIFFER,
  "TagSupport.valueSet: is required in the official type": CLIENTS_DIFFER,
  "DidChangeConfigurationParams.settings: is required in the official type": CLIENTS_DIFFER,
  "InitializeParams.capabilities: is required in the official type": CLIENTS_DIFFER,
  "InitializeParams.processId: is required in the official type": CLIENTS_DIFFER,
  "InitializeParams.rootUri: is required in the official type": CLIENTS_DIFFER,
  "Diagnostic.message: is read as string, and may also be object":
    "new in 3.18, for diagnostics of servers that write it; this one does not, and diagnostics of others are passed over",
  "TextEdit.annotationId: is not in the official type": "one struct holds TextEdit and AnnotatedTextEdit",
  "TextEdit.newText: is optional in the official type": "snippet edits have none, and are never written",
  "TextEdit.range: is optional in the official type": "as newText: compared with all edits that a document change may hold",
  "WorkDoneProgressCancelParams.token: is required in the official type": "two fields share the member, and one is set",
  "WorkDoneProgressCreateParams.token: is required in the official type": "two fields share the member, and one is set",
};

function printedTables() {
  return JSON.parse(execFileSync(process.env.TESTGEN_TABLES, { encoding: "utf8" }));
}

function compare(tables) {
  return new Comparison(tables).run();
}

test("the tables are as the official types say, but for the departures that are listed", () => {
  const tables = printedTables();
  assert.ok(tables.length > 100, `only ${tables.length} tables`);
  const names = tables.map((table) => table.name);
  assert.equal(new Set(names).size, names.length, "two tables have one name");
  assert.deepEqual(compare(tables), Object.keys(DEPARTURES).sort());
});

// Each breaks one table as a slip of the pen would, and says which fault must be found.
const field = (tables, type, name) => tables.find((one) => one.name === type).fields.find((one) => one.name === name);
const SLIPS = {
  "a misspelt member": [
    (tables) => (field(tables, "DocumentSymbol", "selectionRange").name = "selectedRange"),
    "DocumentSymbol.selectedRange: is not in the official type",
  ],
  "a required member without a field": [
    (tables) => (tables.find((one) => one.name === "Range").fields.length = 1),
    "Range.end: is required, and has no field",
  ],
  "a required member that is optional": [
    (tables) => (field(tables, "Position", "line").required = false),
    "Position.line: is required in the official type",
  ],
  "an optional member that is asked for": [
    (tables) => (field(tables, "DidSaveTextDocumentParams", "text").required = true),
    "DidSaveTextDocumentParams.text: is optional in the official type",
  ],
  "a wrong kind": [
    (tables) => (field(tables, "CodeAction", "isPreferred").kind = "string"),
    "CodeAction.isPreferred: is string, but officially boolean",
  ],
  "a sign too many": [
    (tables) => (field(tables, "Position", "character").kind = "integer"),
    "Position.character: is integer, but officially uinteger",
  ],
  "an array of something else": [
    (tables) => (field(tables, "ExecuteCommandOptions", "commands").kind = "integer array"),
    "ExecuteCommandOptions.commands: is integer array, but officially array",
  ],
  "a union of which one part is refused": [
    (tables) => (field(tables, "Diagnostic", "code").lenient = false),
    "Diagnostic.code: is read as string, and may also be integer",
  ],
  "a null that is refused": [
    (tables) => Object.assign(field(tables, "InitializeParams", "processId"), { required: true, nullable: false }),
    "InitializeParams.processId: may be null, and null is refused",
  ],
  "a null that is written": [
    (tables) => (field(tables, "Hover", "contents").nullable = true),
    "Hover.contents: may not be null, and null is written",
  ],
  "a wrong word": [
    (tables) => (field(tables, "WorkDoneProgressBegin", "kind").names = ["start"]),
    "WorkDoneProgressBegin.kind: is enum, but officially string",
  ],
  "a type inside that is another": [
    (tables) => (field(tables, "CodeLens", "range").type = "Position"),
    "Position.line: is not in the official type",
  ],
  "a type that nobody knows": [
    (tables) => tables.push({ name: "Hovers", fields: [] }),
    "Hovers: there is no official type of that name, and none refers to it",
  ],
};

for (const [name, [slip, fault]] of Object.entries(SLIPS))
  test(`${name} is found`, () => {
    const tables = printedTables();
    slip(tables);
    const found = compare(tables);
    assert.ok(found.includes(fault), `found only: ${found.filter((one) => !(one in DEPARTURES)).join("; ")}`);
  });
