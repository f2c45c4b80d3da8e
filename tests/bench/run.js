// Measures the server side by side with quick-lint-js and ruff, and prints one table.
//
//   node tests/bench/run.js [--json [FILE]] [--quick]
//
// TESTGEN_BINARY (build/release), TESTGEN_NODE_MODULES and TESTGEN_PYTHON (.deps) say where the programs are. A target that
// is missed is shown and is no failure; only what is broken is.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { makeProject, makeWorkspace } = require("./generate.js");
const { binary, installed, quickLint, ruff, testgen, version } = require("./peers.js");
const scenarios = require("./scenarios.js");
const { summarize, table } = require("./table.js");

function options(argv) {
  const today = new Date().toISOString().slice(0, 10);
  const chosen = { quick: false, json: null };
  for (let index = 0; index < argv.length; index++) {
    if (argv[index] === "--quick") chosen.quick = true;
    else if (argv[index] === "--json" && argv[index + 1] && !argv[index + 1].startsWith("--")) chosen.json = argv[++index];
    else if (argv[index] === "--json") chosen.json = path.join(__dirname, "..", "..", "docs", "bench", `${today}.json`);
    else throw new Error(`unknown argument ${argv[index]}; usage: run.js [--json [FILE]] [--quick]`);
  }
  return chosen;
}

const NORMAL = { runs: 5, starts: 20, edits: 400, largeEdits: 16, actions: 200, soak: 10000, files: 1000, cancels: 3 };
const QUICK = { runs: 1, starts: 5, edits: 100, largeEdits: 8, actions: 40, soak: 1000, files: 200, cancels: 1 };

// Runs `measure(server)` for every server in turn, `runs` times: {server: {number: [values]}}.
async function inTurn(servers, runs, measure) {
  const results = {};
  for (let run = 0; run < runs; run++)
    for (const server of servers) {
      const numbers = await measure(server);
      const kept = (results[server.name] ??= {});
      for (const [name, value] of Object.entries(numbers)) (kept[name] ??= []).push(value);
    }
  return results;
}

class Report {
  constructor(size) {
    this.size = size;
    this.rows = [];
  }

  // A row of results by `inTurn`: ours against the peers' same number.
  add(name, unit, target, results, key, note) {
    const peers = Object.fromEntries(
      Object.entries(results).flatMap(([peer, numbers]) => (peer === testgen.name ? [] : [[peer, numbers[key]]])),
    );
    this.rows.push(summarize({ name, unit, target, ours: results[testgen.name][key], peers, note }));
  }

  say(what) {
    process.stderr.write(`${what} ...\n`);
  }
}

async function starting(report, folders, peers) {
  report.say("starting");
  const { runs, starts } = report.size;
  const servers = [testgen, ...peers];
  const started = await inTurn(servers, runs, (server) => scenarios.initialize(server, { root: folders.empty, starts }));
  report.add("initialize, with the process's start, p95", "ms", { most: 10 }, started, "fromSpawn");
  report.add("initialize, of a started process, p95", "ms", null, started, "answer");
  const resting = await inTurn(servers, runs, (server) => scenarios.idle(server, { root: folders.empty }));
  report.add("resident memory, idle", "MiB", { most: 10 }, resting, "resident");
}

// The same edits of the same Python file for TestGen and ruff; a JavaScript file of the same size for quick-lint-js.
function subjectOf(server, texts) {
  const file = server === quickLint ? "subject.test.mjs" : "test_subject.py";
  return { file, text: texts[file], language: server === quickLint ? "javascript" : "python" };
}

const KINDS = { name: "letter typed", line: "line commented out" };

async function editing(report, folders, peers) {
  const { runs, edits, largeEdits, actions, soak } = report.size;
  const servers = [testgen, ...peers];
  const inWorkspace = servers.filter((server) => server !== quickLint);
  const root = folders.project;
  const small = (server) => subjectOf(server, folders.texts);
  const large = (server) => subjectOf(server, folders.largeTexts);
  const text = folders.texts["test_subject.py"].replace("import subject as subject", "from shop.part_0 import module_3 as subject");
  const there = { root: folders.workspace, file: "tests/part_0/test_module_3.py", text, language: "python" };
  for (const [kind, what] of Object.entries(KINDS)) {
    report.say(`editing: ${what}`);
    const typed = await inTurn(servers, runs, (server) => scenarios.edit(server, { root, ...small(server), kind, count: edits }));
    report.add(`${what}, 1,000 lines, p50`, "ms", { most: 1 }, typed, "p50");
    report.add(`${what}, 1,000 lines, p95`, "ms", { most: 3 }, typed, "p95");
    if (kind === "name") report.add("newline at the top, 1,000 lines, p50", "ms", null, typed, "shiftP50");
    const typedThere = await inTurn(inWorkspace, runs, (server) => scenarios.edit(server, { ...there, kind, count: edits }));
    report.add(`${what}, 1,000 lines in the workspace, p50`, "ms", { most: 1 }, typedThere, "p50");
    report.add(`${what}, 1,000 lines in the workspace, p95`, "ms", { most: 3 }, typedThere, "p95");
    const typedLarge = await inTurn(servers, runs, (server) =>
      scenarios.edit(server, { root: folders.large, ...large(server), kind, count: largeEdits }),
    );
    report.add(`${what}, 2 MB, p50`, "ms", { most: 50 }, typedLarge, "p50");
    report.add(`${what}, 2 MB, p95`, "ms", { most: 50 }, typedLarge, "p95");
    if (kind === "name") report.add("resident memory, 2 MB open and edited", "MiB", null, typedLarge, "resident");
  }
  report.say("code actions");
  const acted = await inTurn(inWorkspace, runs, (server) => scenarios.codeActions(server, { root, ...small(server), count: actions }));
  report.add("code actions, 1,000 lines, p95", "ms", { most: 5 }, acted, "p95");
  report.say(`${soak} edits`);
  const soaked = await inTurn(servers, 1, (server) => scenarios.soak(server, { root, ...small(server), edits: soak }));
  report.add(`growth of resident memory in ${soak.toLocaleString("en-US")} edits`, "%", { most: 5 }, soaked, "growth", "one run");
  report.add(`resident memory after ${soak.toLocaleString("en-US")} edits`, "MiB", null, soaked, "resident", "one run");
}

async function scoring(report, folders, peers) {
  const { runs, files } = report.size;
  const root = folders.workspace;
  const what = `${files.toLocaleString("en-US")} files`;
  report.say("scoring the workspace");
  const scored = await inTurn([testgen], runs, () => scenarios.scoreWorkspace({ root }));
  report.add(`testgen.score, ${what}, cold, beside the first scan`, "ms", { most: 1000 }, scored, "cold");
  report.add(`testgen.score, ${what}, cold, alone`, "ms", { most: 1000 }, scored, "alone");
  report.add(`testgen.score, ${what}, warm`, "ms", { most: 100 }, scored, "warm");
  report.add(`first scan of the workspace to quiescent, ${what}`, "ms", null, scored, "index");
  report.add(`resident memory, ${what} indexed`, "MiB", null, scored, "resident");
  const processes = { [testgen.name]: { score: [], check: [] } };
  const ruffs = [];
  for (let run = 0; run < runs; run++) {
    processes[testgen.name].score.push(scenarios.scoreProcess({ root }));
    processes[testgen.name].check.push(scenarios.checkProcess({ root }));
    if (peers.includes(ruff)) ruffs.push(scenarios.ruffProcess({ root }));
  }
  const peer = ruffs.length > 0 ? { "ruff check": ruffs } : {};
  report.rows.push(
    summarize({ name: `testgen score, ${what}, whole process`, unit: "ms", ours: processes[testgen.name].score, peers: peer }),
  );
  report.rows.push(
    summarize({ name: `testgen check, ${what}, whole process`, unit: "ms", ours: processes[testgen.name].check, peers: peer }),
  );
}

async function cancelling(report, folders) {
  const { runs, cancels } = report.size;
  report.say("cancelling");
  const worst = async (measure, root) => {
    let most = 0;
    for (let index = 0; index < cancels; index++) most = Math.max(most, await measure({ root }));
    return most;
  };
  const results = await inTurn([testgen], runs, async () => ({
    score: await worst(scenarios.cancelScore, folders.workspace),
    tests: await worst(scenarios.cancelTests, folders.sleeping),
  }));
  report.add(`cancel of testgen.score, worst of ${cancels}`, "ms", { most: 20 }, results, "score");
  report.add(`cancel of testgen.runTests, worst of ${cancels}`, "ms", { most: 20 }, results, "tests");
}

function analyzing(report) {
  report.say("analysing CPython's tests on one core");
  const result = scenarios.analyze();
  if (!result) return;
  const parse = { "tree-sitter, parse alone": [result.parse.lines_per_second] };
  const note = `${result.files} files, ${result.lines} lines; best of five`;
  report.rows.push(
    summarize({
      name: "CPython's Lib/test, read, parsed and analysed, one core",
      unit: "lines/s",
      ours: [result.read_parse_analyse.lines_per_second],
      peers: parse,
      note,
    }),
  );
  report.rows.push(
    summarize({ name: "the same as a share of parsing alone", unit: "%", target: { least: 60 }, ours: [100 * result.parse_share], note }),
  );
}

function prepare(root, size) {
  const folders = { root };
  for (const name of ["empty", "project", "large", "workspace", "sleeping"]) {
    folders[name] = path.join(root, name);
    fs.mkdirSync(folders[name]);
  }
  folders.texts = makeProject(folders.project, 1000, "lines");
  folders.largeTexts = makeProject(folders.large, 2 * 1024 * 1024, "bytes");
  makeWorkspace(folders.workspace, size.files);
  return folders;
}

function machine() {
  return {
    cores: os.cpus().length,
    architecture: os.arch(),
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    load_before: Number(os.loadavg()[0].toFixed(2)),
    node: process.version,
  };
}

async function main() {
  const { quick, json } = options(process.argv.slice(2));
  if (!fs.existsSync(binary)) throw new Error(`${binary} is not there; build it, or set TESTGEN_BINARY`);
  const size = quick ? QUICK : NORMAL;
  const report = new Report(size);
  const peers = installed();
  const here = machine();
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "testgen-bench-"));
  try {
    const folders = prepare(root, size);
    await starting(report, folders, peers);
    await editing(report, folders, peers);
    await scoring(report, folders, peers);
    await cancelling(report, folders);
    analyzing(report);
  } finally {
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
  here.load_after = Number(os.loadavg()[0].toFixed(2));
  const versions = Object.fromEntries([testgen, ...peers].map((server) => [server.name, version(server)]));
  console.log(table(report.rows));
  console.log(
    `\n${here.cores} cores, ${here.architecture}, ${here.memory_gib} GiB; median of ${size.runs} runs; ${Object.values(versions).join(", ")}`,
  );
  if (json) {
    fs.mkdirSync(path.dirname(path.resolve(json)), { recursive: true });
    const document = { date: new Date().toISOString().slice(0, 10), quick, machine: here, versions, sizes: size, rows: report.rows };
    fs.writeFileSync(json, JSON.stringify(document, null, 2) + "\n");
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
