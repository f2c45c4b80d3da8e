// What is measured. Every scenario measures one run and returns numbers by name; run.js repeats them and takes medians.
// The servers take turns within each run, so that whatever else the machine does hits all of them alike.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { execFileSync, spawnSync } = require("node:child_process");
const { performance } = require("node:perf_hooks");
const { editPlaces, write } = require("./generate.js");
const { median, percentile } = require("./table.js");
const { analyzer, binary, pythonTests, ruff, testgen } = require("./peers.js");
const { Server } = require("./server.js");

const MEBIBYTE = 1024 * 1024;
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// A server for the time of `use`; nothing stays behind when that fails.
async function withServer(server, root, use) {
  const running = new Server(server, root);
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

const insertion = ({ line, character, typed }) => [{ range: { start: { line, character }, end: { line, character } }, text: typed }];
const removal = ({ line, character, typed }) => [
  { range: { start: { line, character }, end: { line, character: character + typed.length } }, text: "" },
];

// ---- Starting ----

async function initialize(server, { root, starts }) {
  const whole = [];
  const answer = [];
  for (let index = 0; index < starts; index++) {
    await withServer(server, root, async (running) => {
      const first = await running.initialize();
      whole.push(first.at - running.spawned);
    });
    await withServer(server, root, async (running) => {
      await sleep(50);
      answer.push((await running.initialize()).took);
    });
  }
  return { fromSpawn: percentile(whole, 0.95), answer: percentile(answer, 0.95) };
}

async function idle(server, { root }) {
  return withServer(server, root, async (running) => {
    await running.start();
    await sleep(500);
    return { resident: running.resident() / MEBIBYTE };
  });
}

// ---- Editing ----

// Types and deletes one character, each time elsewhere; every edit changes the set of diagnostics.
async function type(running, document, places, count) {
  const times = [];
  for (let index = 0; index < count; index++) {
    const place = places[Math.floor(index / 2) % places.length];
    times.push(await running.change(document, index % 2 === 0 ? insertion(place) : removal(place)));
  }
  return times;
}

async function edit(server, { root, file, language, text, kind, count }) {
  return withServer(server, root, async (running) => {
    await running.start();
    const document = await running.open(file, language, text);
    const places = editPlaces(text, kind);
    await type(running, document, places, Math.min(40, count / 2));
    const times = await type(running, document, places, count);
    const shifts = [];
    const top = { line: 0, character: 0, typed: "\n" };
    for (let index = 0; index < count / 4; index++) {
      shifts.push(await running.change(document, insertion(top)));
      await running.change(document, [{ range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, text: "" }]);
    }
    return { p50: median(times), p95: percentile(times, 0.95), shiftP50: median(shifts), resident: running.resident() / MEBIBYTE };
  });
}

// Resident memory after many edits against that after the first few.
async function soak(server, { root, file, language, text, edits }) {
  return withServer(server, root, async (running) => {
    await running.start();
    const document = await running.open(file, language, text);
    const places = [...editPlaces(text, "name"), ...editPlaces(text, "line")];
    await type(running, document, places, 200);
    const before = running.resident();
    await type(running, document, places, edits);
    return { growth: (100 * (running.resident() - before)) / before, resident: running.resident() / MEBIBYTE };
  });
}

// Code actions at the places where a test lost its assertion.
async function codeActions(server, { root, file, text, count }) {
  return withServer(server, root, async (running) => {
    await running.start();
    const document = await running.open(file, "python", text);
    const places = editPlaces(text, "line");
    for (const place of places) await running.change(document, insertion(place));
    const times = [];
    let found = 0;
    for (let index = 0; index < count; index++) {
      const diagnostic = document.diagnostics[index % document.diagnostics.length];
      const answer = await running.request("textDocument/codeAction", {
        textDocument: { uri: document.uri },
        range: diagnostic.range,
        context: { diagnostics: [diagnostic], triggerKind: 1 },
      });
      times.push(answer.took);
      found += answer.result?.length ?? 0;
    }
    if (found === 0) throw new Error(`${server.name} offered no code action`);
    return { p50: median(times), p95: percentile(times, 0.95) };
  });
}

// ---- A workspace ----

const score = (running) => running.request("workspace/executeCommand", { command: "testgen.score", arguments: [{}] });

function fine(answer) {
  if (answer.error) throw new Error(`testgen.score: ${answer.error.message}`);
  return answer;
}

// Cold: asked for together with `initialized`, while the server also reads the workspace for its index. Alone: the index is
// never asked for. Warm: nothing changed since.
async function scoreWorkspace({ root }) {
  const cold = await withServer(testgen, root, async (running) => {
    await running.initialize();
    const quiescent = running.notification("experimental/serverStatus", (status) => status.quiescent);
    const sent = running.notify("initialized", {});
    const answer = fine(await score(running));
    const { at } = await quiescent;
    const warm = [];
    for (let index = 0; index < 5; index++) warm.push(fine(await score(running)).took);
    return { cold: answer.at - sent, warm: median(warm), answerTestCount: answer.result.test_count, both: at - sent };
  });
  const alone = await withServer(testgen, root, async (running) => {
    await running.initialize();
    return fine(await score(running)).took;
  });
  const indexed = await withServer(testgen, root, async (running) => {
    await running.initialize();
    const quiescent = running.notification("experimental/serverStatus", (status) => status.quiescent);
    const sent = running.notify("initialized", {});
    const { at } = await quiescent;
    await sleep(500);
    return { milliseconds: at - sent, resident: running.resident() / MEBIBYTE };
  });
  return { ...cold, alone, index: indexed.milliseconds, resident: indexed.resident };
}

// A whole process, without the history.
function wholeProcess(command, args, root) {
  const start = performance.now();
  const { status, error, signal, stderr } = spawnSync(command, args, { cwd: root, maxBuffer: 1 << 28 });
  const took = performance.now() - start;
  if (error || signal || status > 1) throw error ?? new Error(`${command} ${args.join(" ")}: ${status ?? signal}\n${stderr}`);
  return took;
}

const scoreProcess = ({ root }) => wholeProcess(binary, ["score", "--no-record", "--quiet"], root);
const checkProcess = ({ root }) => wholeProcess(binary, ["check", "--no-record", "--quiet", "--format", "json"], root);
const ruffProcess = ({ root }) =>
  wholeProcess(ruff.command, ["check", "--no-cache", "--quiet", "--exit-zero", "--output-format", "json"], root);

// ---- Cancelling ----

async function cancelled(running, answer) {
  const sent = running.notify("$/cancelRequest", { id: answer.id });
  const { at, error } = await answer;
  if (error?.code !== -32800) throw new Error(`the request was not cancelled: ${JSON.stringify(error ?? "answered")}`);
  return at - sent;
}

// While the workspace is read for the first time.
async function cancelScore({ root }) {
  return withServer(testgen, root, async (running) => {
    await running.initialize();
    const answer = score(running);
    await sleep(100);
    return cancelled(running, answer);
  });
}

// While a test sleeps, which says that it does.
async function cancelTests({ root }) {
  const marker = path.join(root, "sleeping");
  fs.rmSync(marker, { force: true });
  write(
    root,
    "test_sleeps.py",
    `import pathlib\nimport time\n\n\ndef test_sleeps():\n    pathlib.Path(${JSON.stringify(marker)}).touch()\n    time.sleep(60)\n    assert True\n`,
  );
  return withServer(testgen, root, async (running) => {
    await running.start();
    const answer = running.request("workspace/executeCommand", { command: "testgen.runTests", arguments: [{ ids: ["test_sleeps.py"] }] });
    let early = null;
    answer.then((message) => (early = message));
    while (!fs.existsSync(marker)) {
      if (early) throw new Error(`testgen.runTests did not start the test: ${JSON.stringify(early.error ?? early.result)}`);
      await sleep(10);
    }
    return cancelled(running, answer);
  });
}

// ---- Large suites, on one core ----

function analyze() {
  const folder = pythonTests();
  if (!folder || !fs.existsSync(analyzer)) {
    const why = folder ? "bench_analyzer was not built (-DTESTGEN_BENCHMARKS=ON)" : "the interpreter has no test package";
    console.error(`skipped: CPython's Lib/test: ${why}`);
    return null;
  }
  return JSON.parse(execFileSync(analyzer, [folder], { encoding: "utf8" }));
}

module.exports = {
  analyze,
  cancelScore,
  cancelTests,
  checkProcess,
  codeActions,
  edit,
  idle,
  initialize,
  ruffProcess,
  scoreProcess,
  scoreWorkspace,
  soak,
};
