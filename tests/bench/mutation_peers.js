// The programs that judge mutants: how each is run on a copy of a project, and what it says.
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { spawn, execFileSync } = require("node:child_process");
const { performance } = require("node:perf_hooks");

const HELPER = path.join(__dirname, "mutation_helper.py");
const SAMPLE_MS = 250;
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- Processes ----

function parents() {
  const found = new Map();
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "latin1");
      found.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      continue; // it ended meanwhile
    }
  }
  return found;
}

function proportionalSize(process) {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${process}/smaps_rollup`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

// MiB of the processes and all below them; what forks share is counted once.
function treeMemory(roots) {
  const above = parents();
  const isBelow = (process) => {
    for (let at = process; at > 1; at = above.get(at) ?? 0) if (roots.includes(at)) return true;
    return false;
  };
  let total = 0;
  for (const process of above.keys()) if (isBelow(process)) total += proportionalSize(process);
  return total / 1024;
}

function start(command, args, cwd, options = {}) {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
  child.output = "";
  child.errors = "";
  child.stdout.on("data", (chunk) => (child.output += chunk));
  child.stderr.on("data", (chunk) => (child.errors = (child.errors + chunk).slice(-4000)));
  child.ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ failure: error.message }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return child;
}

// Runs a command to its end: seconds, peak memory of its tree (and of `others`), and what it printed.
async function measured(command, args, cwd, others = []) {
  const began = performance.now();
  const child = start(command, args, cwd);
  let end = null;
  child.ended.then((value) => (end = value));
  let peak = 0;
  while (!end) {
    peak = Math.max(peak, treeMemory([child.pid, ...others]));
    await Promise.race([child.ended, sleep(SAMPLE_MS)]);
  }
  const seconds = (performance.now() - began) / 1000;
  return { ...end, seconds, peak, output: child.output, errors: child.errors };
}

// An error of a peer is a result: the row says it. An error of ours is not.
class NoResult extends Error {}

function lastLine(text) {
  return (text.replaceAll("\r", "\n").trim().split("\n").pop() ?? "").slice(0, 200);
}

function checked(name, ended, { mayFail = false } = {}) {
  if (ended.code === 0) return ended;
  const why = ended.failure ?? `exit code ${ended.code ?? ended.signal}: ${lastLine(ended.errors) || lastLine(ended.output)}`;
  throw mayFail ? new NoResult(`${name}: ${why}`) : new Error(`${name}: ${why}`);
}

function helper(python, ...args) {
  return JSON.parse(execFileSync(python, [HELPER, ...args], { encoding: "utf8", maxBuffer: 1 << 28 }));
}

function copyOf(project, folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(project.root, folder, { recursive: true });
  return folder;
}

const add = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

// ---- TestGen ----

// `report` is kept beside the copy: the phases and the functions are taken from it.
async function runTestgen({ binary, python, workers }, project, scratch) {
  const root = copyOf(project, path.join(scratch, "testgen", project.name));
  const args = ["mutate", project.source, "--format", "json", "--quiet", "--no-record"];
  const ended = await measured(binary, [...args, "--workers", String(workers), "--interpreter", python, "--workspace", root], root);
  checked("testgen mutate", ended);
  const report = path.join(scratch, "testgen", `${project.name}.json`);
  fs.writeFileSync(report, ended.output);
  const asked = ["--root", root, "--report", report, "--python", python, "--workers", String(workers)];
  const phases = helper(python, "phases", ...asked);
  const { all, functions } = phases;
  return {
    whole: ended.seconds,
    peak: ended.peak,
    mutants: all.judged,
    functionMutants: functions.judged,
    phase: all.seconds,
    functionPhase: functions.seconds,
    rate: all.ran / all.seconds,
    functionRate: functions.ran / functions.seconds,
    killed: (100 * (all.statuses.killed ?? 0)) / all.judged,
    functionKilled: (100 * (functions.statuses.killed ?? 0)) / functions.judged,
  };
}

// ---- mutmut ----

function prepareMutmut(project, scratch) {
  const root = copyOf(project, path.join(scratch, "mutmut", project.name));
  const settings = `\n[mutmut]\nsource_paths=${project.source}\nalso_copy=\n    pytest.ini\n    ${project.tests}\n`;
  fs.appendFileSync(path.join(root, "setup.cfg"), settings);
  return root;
}

async function runMutmut({ python, workers }, project, scratch) {
  const root = prepareMutmut(project, scratch);
  const program = path.join(path.dirname(python), "mutmut");
  const ended = checked("mutmut", await measured(program, ["run", "--max-children", String(workers)], root), { mayFail: true });
  const rate = Number(/([\d.]+) mutations\/second/.exec(ended.output)?.[1] ?? NaN);
  execFileSync(program, ["export-cicd-stats"], { cwd: root, stdio: "ignore" });
  const counts = JSON.parse(fs.readFileSync(path.join(root, "mutants", "mutmut-cicd-stats.json"), "utf8"));
  const ran = counts.total - counts.no_tests - counts.skipped;
  if (!(rate > 0) || ran === 0) throw new NoResult(`mutmut: ${ran} mutants were run: ${lastLine(ended.output)}`);
  const phase = ran / rate;
  const killed = (100 * counts.killed) / counts.total;
  return { whole: ended.seconds, peak: ended.peak, mutants: counts.total, phase, rate, killed };
}

// The name under which mutmut knows the mutants of a function, with a star for all.
function mutmutName(project, { path: file, name }) {
  const module = file.replace(/^src\//, "").replace(/(\/__init__)?\.py$/, "").replaceAll("/", ".");
  const [first, second] = name.split(".");
  return second ? `${module}.xǁ${first}ǁ${second}__mutmut_*` : `${module}.x_${first}__mutmut_*`;
}

async function mutmutAgain({ python, workers }, project, scratch, edited) {
  const root = path.join(scratch, "mutmut", project.name);
  const program = path.join(path.dirname(python), "mutmut");
  const args = ["run", "--max-children", String(workers), mutmutName(project, edited)];
  return checked("mutmut", await measured(program, args, root), { mayFail: true }).seconds;
}

// ---- cosmic-ray ----

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isThere = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isThere) return;
    await sleep(50);
  }
  throw new NoResult("cosmic-ray: a worker did not start");
}

// It changes files on disk, so each worker has a copy of its own; they are reached over HTTP.
async function runCosmicRay({ python, workers, sample }, project, scratch) {
  const program = path.join(path.dirname(python), "cosmic-ray");
  const folder = path.join(scratch, "cosmic-ray");
  const root = copyOf(project, path.join(folder, project.name));
  const children = [];
  try {
    const ports = [];
    for (let worker = 0; worker < workers; worker++) {
      ports.push(await freePort());
      const copy = copyOf(project, path.join(folder, `${project.name}-${worker}`));
      children.push(start(program, ["http-worker", "--port", String(ports[worker])], copy));
      await answers(ports[worker]);
    }
    const urls = ports.map((port) => `"http://127.0.0.1:${port}"`).join(", ");
    const tests = `${python} -m pytest -x -q -p no:cacheprovider`;
    const settings = `[cosmic-ray]\nmodule-path = "${project.source}"\ntimeout = 60.0\nexcluded-modules = []
test-command = "${tests}"\n[cosmic-ray.distributor]\nname = "http"\n[cosmic-ray.distributor.http]\nworker-urls = [${urls}]\n`;
    fs.writeFileSync(path.join(root, "cosmic.toml"), settings);
    const session = path.join(root, "session.sqlite");
    checked("cosmic-ray init", await measured(program, ["init", "cosmic.toml", session], root), { mayFail: true });
    const { mutants, kept } = helper(python, "sample", session, "--count", String(sample));
    const ended = await measured(
      program,
      ["exec", "cosmic.toml", session],
      root,
      children.map((child) => child.pid),
    );
    checked("cosmic-ray exec", ended, { mayFail: true });
    const counts = helper(python, "outcomes", session);
    if (add(counts) === 0) throw new NoResult("cosmic-ray: it judged no mutant");
    const rate = add(counts) / ended.seconds;
    return { mutants, sample: kept, phase: ended.seconds, rate, peak: ended.peak, killed: (100 * (counts.killed ?? 0)) / add(counts) };
  } finally {
    for (const child of children) {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        continue; // it is gone
      }
    }
  }
}

module.exports = { NoResult, helper, mutmutAgain, runCosmicRay, runMutmut, runTestgen };
