// The history over the wire: of which folder, filtered, as a trend, with the commit of each run.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const path = require("node:path");
const { test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { Client, FULL, temporaryProject } = require("./client.js");

const FILES = {
  "area.py": "def area(width, height):\n    return width * height\n",
  "test_area.py": "from area import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n",
};

const uriOf = (root) => pathToFileURL(root).href;

// With a second folder, when it is given.
async function start(root, second) {
  const client = new Client(root, { capabilities: FULL, options: { trusted: true, runEvents: true } });
  await client.start();
  if (second) {
    const added = [{ uri: uriOf(second), name: "second" }];
    await client.notify("workspace/didChangeWorkspaceFolders", { event: { added, removed: [] } });
  }
  return client;
}

test("each folder has its own history, and a run's events say which folder it is of", async () => {
  const [first, second] = [temporaryProject(FILES), temporaryProject(FILES)];
  const client = await start(first, second);
  await client.execute("testgen.score", { uri: uriOf(second) });
  assert.equal((await client.request("testgen/runs", {})).total, 0);
  assert.equal((await client.request("testgen/runs", { uri: uriOf(first) })).total, 0);
  const page = await client.request("testgen/runs", { uri: pathToFileURL(path.join(second, "area.py")).href });
  assert.deepEqual(page.runs.map((run) => [run.kind, run.whole]), [["scoring", true]]);
  const { run_id } = page.runs[0];
  assert.equal((await client.request("testgen/run", { uri: uriOf(second), run_id })).summary.run_id, run_id);
  await assert.rejects(client.request("testgen/run", { run_id }), /there is no run/);
  const trend = await client.execute("testgen.trend", { uri: uriOf(second) });
  assert.deepEqual(trend.points.map((point) => point.run_id), [run_id]);
  const started = client.messages("testgen/runEvent").find((event) => event.run_id === run_id && event.kind === "start");
  assert.equal(started.uri, uriOf(second));
  await client.stop();
});

test("the list is filtered by text over all pages, and runs know the commit", async () => {
  const root = temporaryProject(FILES);
  const git = (...given) => execFileSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", ...given], { encoding: "utf8" });
  const client = await start(root);
  await client.execute("testgen.score");
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  const commit = git("rev-parse", "HEAD").trim();
  await client.execute("testgen.score", { path: "test_area.py" });
  await client.execute("testgen.runTests", { coverage: true });
  await client.execute("testgen.runTests", { ids: ["test_area.py"], coverage: true });

  const all = await client.request("testgen/runs", {});
  assert.deepEqual(all.runs.map((run) => run.revision), [commit, commit, commit, undefined]);
  assert.deepEqual(all.runs.map((run) => run.whole ?? false), [false, true, false, true]);
  assert.equal(all.matching, 4);
  const found = await client.request("testgen/runs", { text: "SCORED", limit: 1 });
  assert.deepEqual([found.runs.length, found.matching, found.total], [1, 2, 4]);
  const rest = await client.request("testgen/runs", { text: "SCORED", limit: 1, before: found.next });
  assert.deepEqual([rest.runs.map((run) => run.kind), rest.next], [["scoring"], null]);
  assert.equal((await client.request("testgen/runs", { text: commit.slice(0, 8) })).matching, 3);

  // What is of a part of the workspace is no point of its trend.
  const { points, cut } = await client.execute("testgen.trend");
  assert.deepEqual(points.map((point) => [point.kind, point.line_coverage, point.revision]), [
    ["scoring", undefined, undefined],
    ["test", 1, commit],
  ]);
  assert.equal(cut, false);
  assert.equal(typeof points[0].score, "number");
  await client.stop();
});

test("a page that cannot be is refused with what is allowed", async () => {
  const client = await start(temporaryProject(FILES));
  await assert.rejects(client.request("testgen/runs", { limit: 1001 }), /1 to 1000/);
  await assert.rejects(client.execute("testgen.trend", { limit: 0 }), /1 to 10000/);
  await client.stop();
});
