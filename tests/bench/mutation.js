// Measures how fast mutants are judged, side by side with mutmut and cosmic-ray, on projects of others with their own tests.
//
//   node tests/bench/mutation.js [--json [FILE]] [--quick] [--project NAME]
//
// Each tool makes mutants of its own kinds, so what is compared is how many it judges in a second, and what a run costs.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout } = require("node:timers/promises");
const { execFileSync } = require("node:child_process");
const { performance } = require("node:perf_hooks");
const { pathToFileURL } = require("node:url");
const { binary, testgen, version } = require("./peers.js");
const { NoResult, helper, mutmutAgain, runCosmicRay, runMutmut, runTestgen } = require("./mutation_peers.js");
const { Server } = require("./server.js");
const { median, summarize, table } = require("./table.js");

const root = path.join(__dirname, "..", "..");
const NAMES = ["inflection", "markupsafe", "cachetools", "sqlparse"];
const NORMAL = { runs: 3, sample: 60, functions: 10, workers: 2 };
const QUICK = { runs: 1, sample: 10, functions: 3, workers: 2 };

function options(argv) {
  const today = new Date().toISOString().slice(0, 10);
  const chosen = { quick: false, json: null, names: NAMES };
  for (let index = 0; index < argv.length; index++) {
    if (argv[index] === "--quick") chosen.quick = true;
    else if (argv[index] === "--project" && NAMES.includes(argv[index + 1])) chosen.names = [argv[++index]];
    else if (argv[index] === "--json" && argv[index + 1] && !argv[index + 1].startsWith("--")) chosen.json = argv[++index];
    else if (argv[index] === "--json") chosen.json = path.join(root, "docs", "bench", `${today}-mutation.json`);
    else throw new Error(`unknown argument ${argv[index]}; usage: mutation.js [--json [FILE]] [--quick] [--project NAME]`);
  }
  return chosen;
}

function projects() {
  const script = path.join(root, "tests", "differential", "projects.py");
  const places = JSON.parse(execFileSync("python3", [script, "--json"], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
  return { python: places.python, byName: Object.fromEntries(places.projects.map((project) => [project.name, project])) };
}

// ---- Whole runs ----

const TOOLS = { testgen: runTestgen, mutmut: runMutmut, "cosmic-ray": runCosmicRay };

// Every tool in turn, `runs` times: {tool: {number: [values]}}, and {tool: why} for one that gave no result.
async function inTurn(setting, project, scratch) {
  const results = Object.fromEntries(Object.keys(TOOLS).map((name) => [name, {}]));
  const failures = {};
  for (let run = 0; run < setting.runs; run++)
    for (const [name, measure] of Object.entries(TOOLS)) {
      if (failures[name]) continue;
      process.stderr.write(`${project.name}: ${name}, run ${run + 1} of ${setting.runs} ...\n`);
      try {
        const numbers = await measure(setting, project, scratch);
        for (const [key, value] of Object.entries(numbers)) (results[name][key] ??= []).push(value);
      } catch (error) {
        if (!(error instanceof NoResult)) throw error;
        failures[name] = error.message;
      }
    }
  return { results, failures };
}

// ---- After an edit ----

function insertLine(file, line, text) {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  fs.writeFileSync(file, [...lines.slice(0, line - 1), text, ...lines.slice(line - 1)].join("\n"));
}

const SECOND = 1000;
const BETWEEN_SAVES_MS = 2000; // nobody saves twice in the same second

const DONE = { method: "$/progress", matches: ({ value }) => value.kind === "end" };

// From the save in the editor to the verdicts on the function: the server has judged the project once, and the function is
// judged as the setting "on-save" has it, by one worker in the background with the tests that reach it.
async function testgenEdits(setting, project, scratch, edits) {
  const folder = path.join(scratch, "testgen", project.name);
  const settings = { interpreter: setting.python, mutateInEditor: "on-save" };
  const running = new Server({ ...testgen, options: { ...testgen.options, settings } }, folder, { workDoneProgress: true });
  const times = [];
  try {
    await running.start();
    const parameters = { target: project.source, workers: setting.workers };
    const answer = await running.request("workspace/executeCommand", { command: "testgen.mutate", arguments: [parameters] });
    if (answer.error) throw new Error(`testgen.mutate ${project.source}: ${answer.error.message}`);
    for (const edit of edits) {
      const file = path.join(folder, edit.path);
      const kept = fs.readFileSync(file, "utf8");
      const uri = pathToFileURL(file).href;
      running.notify("textDocument/didOpen", { textDocument: { uri, languageId: "python", version: 1, text: kept } });
      for (const [version, line] of [edit.text, `${edit.text}; pass`].entries()) {
        insertLine(file, edit.line, line);
        if (version > 0) await setTimeout(BETWEEN_SAVES_MS);
        const changed = { textDocument: { uri, version: version + 2 }, contentChanges: [{ text: fs.readFileSync(file, "utf8") }] };
        running.notify("textDocument/didChange", changed);
        const done = running.notification(DONE.method, DONE.matches);
        const began = running.notify("textDocument/didSave", { textDocument: { uri } });
        const { at, params } = await done;
        if (params.value.message !== "done") throw new Error(`${edit.path}::${edit.name}: ${params.value.message}`);
        // The first time all tests run, to see which reach the function; what counts is every time after that.
        if (version === 1) times.push((at - began) / SECOND);
        fs.writeFileSync(file, kept);
      }
      running.notify("textDocument/didClose", { textDocument: { uri } });
    }
  } finally {
    await running.stop();
  }
  return times;
}

async function mutmutEdits(setting, project, scratch, edits) {
  const times = [];
  for (const edit of edits) {
    const file = path.join(scratch, "mutmut", project.name, edit.path);
    const kept = fs.readFileSync(file);
    insertLine(file, edit.line, edit.text);
    try {
      times.push(await mutmutAgain(setting, project, scratch, edit));
    } catch (error) {
      if (!(error instanceof NoResult)) throw error; // it has no mutants of that function
    }
    fs.writeFileSync(file, kept);
  }
  return times;
}

async function edited(setting, project, scratch, failures) {
  process.stderr.write(`${project.name}: one function after an edit ...\n`);
  const report = path.join(scratch, "testgen", `${project.name}.json`);
  const folder = path.join(scratch, "testgen", project.name);
  const edits = helper(setting.python, "functions", "--root", folder, "--report", report, "--count", String(setting.functions));
  const ours = await testgenEdits(setting, project, scratch, edits);
  const mutmut = failures.mutmut ? [] : await mutmutEdits(setting, project, scratch, edits);
  return { ours, mutmut, functions: edits.length };
}

// ---- The report ----

// What is shown of a project: our number, and the peers' number that it stands beside.
const ROWS = [
  { name: "mutants judged", unit: "", ours: "mutants", peers: { mutmut: "mutants", "cosmic-ray": "sample" }, ratio: false },
  { name: "mutants judged, in functions alone", unit: "", ours: "functionMutants", peers: { mutmut: "mutants" }, ratio: false },
  { name: "time on mutants", unit: "s", ours: "phase", peers: {} },
  { name: "time on mutants in functions alone", unit: "s", ours: "functionPhase", peers: { mutmut: "phase" } },
  { name: "mutants a second", unit: "1/s", ours: "rate", peers: { "cosmic-ray": "rate" } },
  { name: "mutants in functions a second", unit: "1/s", ours: "functionRate", peers: { mutmut: "rate" } },
  { name: "whole run from nothing", unit: "s", ours: "whole", peers: { mutmut: "whole" } },
  { name: "peak memory of all processes", unit: "MiB", ours: "peak", peers: { mutmut: "peak", "cosmic-ray": "peak" } },
  { name: "killed", unit: "%", ours: "killed", peers: { "cosmic-ray": "killed" } },
  { name: "killed, in functions alone", unit: "%", ours: "functionKilled", peers: { mutmut: "killed" } },
];

function rowsOf(project, { results, failures }) {
  return ROWS.map(({ name, unit, ours, peers, ratio }) => {
    const there = Object.entries(peers).filter(([peer]) => !failures[peer]);
    const missing = Object.keys(peers).filter((peer) => failures[peer]);
    const row = summarize({
      name: `${project.name}: ${name}`,
      unit,
      ours: results.testgen[ours],
      peers: Object.fromEntries(there.map(([peer, key]) => [peer, results[peer][key]])),
      ratio,
    });
    row.peers.push(...missing.map((peer) => ({ name: peer, failure: failures[peer] })));
    return row;
  });
}

function editRow(project, { ours, mutmut, functions }) {
  const peers = mutmut.length > 0 ? { mutmut } : {};
  const name = `${project.name}: one function after an edit, to its verdicts`;
  return summarize({ name, unit: "s", ours, peers, note: `median over ${functions} functions, of mutmut over ${mutmut.length}` });
}

async function measureProject(setting, project, scratch, rows, notes) {
  const { results, failures } = await inTurn(setting, project, scratch);
  rows.push(...rowsOf(project, { results, failures }));
  rows.push(editRow(project, await edited(setting, project, scratch, failures)));
  for (const [tool, why] of Object.entries(failures)) notes.push(`${project.name}: ${tool} gave no result: ${why}`);
  const { mutants, sample } = results["cosmic-ray"];
  if (mutants) notes.push(`${project.name}: cosmic-ray judged ${median(sample)} of its ${median(mutants)} mutants`);
}

async function main() {
  const { quick, json, names } = options(process.argv.slice(2));
  if (!fs.existsSync(binary)) throw new Error(`${binary} is not there; build it, or set TESTGEN_BINARY`);
  const { python, byName } = projects();
  const size = quick ? QUICK : NORMAL;
  const setting = { ...size, binary, python };
  const machine = { cores: os.cpus().length, architecture: os.arch(), load_before: Number(os.loadavg()[0].toFixed(2)) };
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "testgen-bench-"));
  const rows = [];
  const notes = [];
  try {
    for (const name of names) {
      try {
        await measureProject(setting, byName[name], scratch, rows, notes);
      } catch (error) {
        // What broke is ours. The other projects are measured all the same.
        console.error(error);
        notes.push(`${name}: not measured: ${error.message}`);
        process.exitCode = 1;
      }
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  machine.load_after = Number(os.loadavg()[0].toFixed(2));
  const tools = execFileSync(python, ["-m", "pip", "list", "--format", "json", "--disable-pip-version-check"], { encoding: "utf8" });
  const installed = Object.fromEntries(JSON.parse(tools).map((item) => [item.name.replace("_", "-"), item.version]));
  const versions = { testgen: version(testgen), mutmut: installed.mutmut, "cosmic-ray": installed["cosmic-ray"], pytest: installed.pytest };
  console.log(table(rows));
  console.log(`\n${machine.cores} cores, ${size.workers} workers each; median of ${size.runs} runs; ${JSON.stringify(versions)}`);
  for (const note of notes) console.log(note);
  if (json) {
    fs.mkdirSync(path.dirname(path.resolve(json)), { recursive: true });
    const document = { date: new Date().toISOString().slice(0, 10), quick, machine, versions, sizes: size, rows, notes };
    fs.writeFileSync(json, JSON.stringify(document, null, 2) + "\n");
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
