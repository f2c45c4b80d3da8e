// The texts that are measured on: made by a generator of random numbers with a fixed seed, so that every run sees the same.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

// mulberry32
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NOUNS = ["order", "invoice", "basket", "customer", "shipment", "refund", "ticket", "account", "report", "session"];
const VERBS = ["price", "adjust", "merge", "rank", "split", "round", "parse", "filter", "count", "schedule"];

function functionName(seed, index) {
  return `${VERBS[(seed + index) % VERBS.length]}_${NOUNS[(seed * 3 + index) % NOUNS.length]}_${index}`;
}

// Lines of one function of a source module.
function sourceFunction(name, next) {
  const limit = 2 + Math.floor(next() * 200);
  const low = Math.floor(next() * 5);
  const shapes = [
    () => [
      `def ${name}(total: int, rate: float = 0.1) -> int:`,
      `    """Price with a discount from ${limit} on."""`,
      `    if total < ${low}:`,
      `        raise ValueError("total must not be below ${low}")`,
      `    if total >= ${limit}:`,
      `        return int(total - total * rate)`,
      `    return total`,
    ],
    () => [
      `def ${name}(items: list[int], offset: int = ${low}) -> dict[str, int]:`,
      `    counts = {"low": 0, "high": 0, "none": 0}`,
      `    for item in items:`,
      `        if item is None:`,
      `            counts["none"] += 1`,
      `        elif item + offset > ${limit}:`,
      `            counts["high"] += 1`,
      `        else:`,
      `            counts["low"] += 1`,
      `    return counts`,
    ],
    () => [
      `def ${name}(text: str) -> list[str]:`,
      `    """Split at commas; at most ${limit} parts."""`,
      `    try:`,
      `        parts = [part.strip() for part in text.split(",") if part]`,
      `    except AttributeError as error:`,
      `        raise TypeError("text must be a string") from error`,
      `    while len(parts) > ${limit}:`,
      `        parts.pop()`,
      `    return sorted(parts, key=lambda part: (len(part), part))`,
    ],
    () => [
      `class ${name.replace(/(^|_)(\w)/g, (_, bar, letter) => letter.toUpperCase())}:`,
      `    """Keeps what was added, up to ${limit}."""`,
      ``,
      `    def __init__(self, size: int = ${limit}) -> None:`,
      `        self.size = size`,
      `        self.items: list[int] = []`,
      ``,
      `    def add(self, item: int) -> bool:`,
      `        if len(self.items) >= self.size or item < ${low}:`,
      `            return False`,
      `        self.items.append(item)`,
      `        return True`,
      ``,
      `    def total(self) -> int:`,
      `        return sum(self.items)`,
      ``,
      ``,
      `def ${name}(size: int) -> bool:`,
      `    return size > ${low}`,
    ],
  ];
  return shapes[Math.floor(next() * shapes.length)]();
}

// Lines of one test of `name` in a test module.
function testFunction(name, index, next) {
  const value = Math.floor(next() * 300);
  const shapes = [
    () => [`def test_${name}_${index}():`, `    result = subject.${name}(${value})`, `    assert result == ${value - (value % 7)}`],
    () => [
      `@pytest.mark.parametrize(("given", "expected"), [(${value}, 1), (${value + 1}, 2), (${value + 2}, 3)])`,
      `def test_${name}_${index}(given, expected):`,
      `    outcome = subject.${name}(given)`,
      `    assert outcome == expected`,
      `    assert isinstance(outcome, int)`,
    ],
    () => [
      `def test_${name}_${index}():`,
      `    with pytest.raises(ValueError, match="must not be"):`,
      `        subject.${name}(-${value})`,
    ],
    () => [
      `def test_${name}_${index}(monkeypatch):`,
      `    seen = []`,
      `    monkeypatch.setattr(subject, "LIMIT", ${value})`,
      `    for item in range(3):`,
      `        seen.append(subject.${name}(item))`,
      `    assert len(seen) == 3`,
      `    assert seen[0] != seen[-1] or seen[1] in (None, 0)`,
    ],
    () => [
      `class Test${index}:`,
      `    @pytest.fixture`,
      `    def basket(self):`,
      `        return [${value}, ${value + 1}]`,
      ``,
      `    def test_${name}(self, basket):`,
      `        assert subject.${name}(basket) is not None`,
      ``,
      `    def test_${name}_twice(self, basket):`,
      `        first = subject.${name}(basket)`,
      `        assert first == subject.${name}(basket)`,
    ],
  ];
  const shape = index % 5 === 0 ? 0 : Math.floor(next() * shapes.length);
  return shapes[shape]();
}

// Adds blocks with two empty lines between them until `size` lines (or bytes) are there, exactly so for lines.
function fill(head, size, unit, block) {
  const lines = [...head];
  let bytes = head.join("\n").length;
  for (let index = 0; unit === "bytes" ? bytes < size : true; index++) {
    const added = ["", "", ...block(index)];
    if (unit === "lines" && lines.length + added.length > size) break;
    lines.push(...added);
    bytes += added.reduce((sum, line) => sum + line.length + 1, 0);
  }
  while (unit === "lines" && lines.length < size) lines.push(`# ${"-".repeat(40)}`);
  return lines.join("\n") + "\n";
}

function sourceModule(seed, lines) {
  const next = random(seed);
  const head = [`"""Module ${seed}."""`, "", "import math", "from dataclasses import dataclass", "", `LIMIT = ${seed % 97}`];
  return fill(head, lines, "lines", (index) => sourceFunction(functionName(seed, index), next));
}

function testModule(seed, size, unit = "lines", subject = `shop.part_${Math.floor(seed / 50)}.module_${seed}`) {
  const next = random(seed + 100000);
  const at = subject.lastIndexOf(".");
  const imported = at < 0 ? `import ${subject} as subject` : `from ${subject.slice(0, at)} import ${subject.slice(at + 1)} as subject`;
  const head = ["import pytest", "", imported];
  return fill(head, size, unit, (index) => testFunction(functionName(seed, index % 16), index, next));
}

function scriptModule(size, unit) {
  const next = random(7);
  return fill(['import { subject } from "./subject.mjs";', "let unused = missing_at_the_top;"], size, unit, (index) => [
    `test("case ${index}", () => {`,
    `  const result = subject.${functionName(1, index % 16)}(${Math.floor(next() * 300)});`,
    `  if (result === null || result.items.length > ${index % 50}) {`,
    `    throw new Error("unexpected: " + JSON.stringify(result));`,
    `  }`,
    `  const names = result.items.map((item) => item.name.trim()).filter((name) => name !== "");`,
    `  expect(names.length).toBe(${index % 9});`,
    `  expect(result).toEqual({ total: ${index}, names });`,
    `});`,
  ]);
}

function write(root, name, text) {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

// Half sources, half tests, 200 lines each.
function makeWorkspace(root, files) {
  write(root, "pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["."]\n');
  let lines = 0;
  for (let index = 0; index < files / 2; index++) {
    const part = `part_${Math.floor(index / 50)}`;
    write(root, `shop/${part}/module_${index}.py`, sourceModule(index, 200));
    write(root, `tests/${part}/test_module_${index}.py`, testModule(index, 200));
    lines += 400;
  }
  return { files, lines };
}

// One source, its test file, and a JavaScript file of as many lines or bytes.
function makeProject(root, size, unit) {
  const texts = {
    "subject.py": sourceModule(3, 200),
    "test_subject.py": testModule(3, size, unit, "subject"),
    "subject.test.mjs": scriptModule(size, unit),
  };
  write(root, "pyproject.toml", "");
  for (const [name, text] of Object.entries(texts)) write(root, name, text);
  return texts;
}

// Places where typing changes the diagnostics. `name`: one more letter in the name of a Python test that asserts too little
// (its message has the name), or of a variable in JavaScript (it is not declared). `line`: a comment begins before the only
// assertion of a Python test (it asserts nothing, and its variable is unused) or before a declaration in JavaScript.
const PLACES = {
  name: [
    [/^ {4}def test_\w+(?=\(self, basket\):\n.* is not None$)/gm, (match) => match[0].length, "x"],
    [/^ {2}expect\(result\)/gm, () => "  expect(".length, "x"],
  ],
  line: [
    [/^ {4}assert result == /gm, () => 4, "#"],
    [/^ {2}const result = /gm, () => 2, "//"],
  ],
};

function editPlaces(text, kind) {
  const places = [];
  for (const [pattern, column, typed] of PLACES[kind])
    for (const match of text.matchAll(pattern)) places.push({ offset: match.index, character: column(match), typed });
  let line = 0;
  let offset = 0;
  for (const place of places) {
    for (; offset < place.offset; offset++) if (text[offset] === "\n") line++;
    place.line = line;
  }
  return places;
}

module.exports = { editPlaces, makeProject, makeWorkspace, write };
