// The programs that are measured, and where they are.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");

const root = path.join(__dirname, "..", "..");
const binary = path.resolve(process.env.TESTGEN_BINARY ?? path.join(root, "build", "release", "bin", "testgen"));
const modules = path.resolve(process.env.TESTGEN_NODE_MODULES ?? path.join(root, ".deps", "clients", "node_modules"));
const python = path.resolve(process.env.TESTGEN_PYTHON ?? path.join(root, ".deps", "venv", "bin", "python"));
const analyzer = path.join(path.dirname(binary), "..", "tests", "bench", "bench_analyzer");
const ruffBinary = path.join(path.dirname(python), "ruff");
const quickLintBinary = path.join(modules, "quick-lint-js", `linux-${process.arch}`, "bin", "quick-lint-js");

const testgen = {
  name: "testgen",
  command: binary,
  args: ["serve"],
  options: { trusted: true, serverStatus: true, runEvents: false, settings: { interpreter: python } },
};
const quickLint = { name: "quick-lint-js", command: quickLintBinary, args: ["--lsp-server"] };
const ruff = { name: "ruff", command: ruffBinary, args: ["server"] };

function version(server) {
  return execFileSync(server.command, ["--version"], { encoding: "utf8" }).trim();
}

// The peers that are installed here, by name; a line says which are not.
function installed() {
  return [quickLint, ruff].filter((peer) => {
    const is = fs.existsSync(peer.command);
    if (!is) console.error(`skipped: ${peer.name} is not installed`);
    return is;
  });
}

// CPython's own tests, where the interpreter was installed with them.
function pythonTests() {
  const code = "import os, test; print(os.path.dirname(test.__file__))";
  try {
    const folder = execFileSync(python, ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return fs.existsSync(path.join(folder, "test_grammar.py")) ? folder : null;
  } catch {
    return null;
  }
}

module.exports = { analyzer, binary, installed, python, pythonTests, quickLint, ruff, testgen, version };
