import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Interrupted, type Entry } from '../../../clients/vscode/src/interrupted';

const root = mkdtempSync(join(tmpdir(), 'testgen-interrupted-'));
after(() => rmSync(root, { recursive: true }));

const mutate: Entry = { name: 'testgen.mutate', title: 'Mutate code', argument: { target: 'a.py' } };
const generate: Entry = { name: 'testgen.generate', title: 'Generate tests', argument: {} };
const never = new Promise<void>(() => {});

test('what ran when the window was reloaded goes on or is asked about, once', async () => {
  const folder = join(root, 'reloaded');
  const before = new Interrupted(folder);
  void before.during(mutate, () => never);
  let fail = (_: Error) => {};
  const cutOff = before.during(generate, () => new Promise((_, reject) => (fail = reject)));
  await before.during({ ...mutate, argument: { target: 'done.py' } }, () => Promise.resolve());
  before.leave(1_000_000);
  fail(new Error('the server was stopped'));
  await assert.rejects(cutOff);
  const next = new Interrupted(folder);
  assert.deepEqual(next.take(1_005_000), { resumed: [mutate], asked: [generate] });
  assert.deepEqual(next.take(1_005_000), { resumed: [], asked: [] });
});

test('after a long time, or a window that was killed, everything is asked about', () => {
  for (const [name, leaves] of [['late', true], ['killed', false]] as const) {
    const folder = join(root, name);
    const before = new Interrupted(folder);
    void before.during(mutate, () => never);
    if (leaves) before.leave(1_000_000);
    assert.deepEqual(new Interrupted(folder).take(2_000_000), { resumed: [], asked: [mutate] });
  }
});

test('work that fails is over, and without a workspace nothing is kept', async () => {
  const folder = join(root, 'failed');
  await assert.rejects(new Interrupted(folder).during(mutate, () => Promise.reject(new Error('no'))), /no/);
  assert.deepEqual(new Interrupted(folder).take(0), { resumed: [], asked: [] });
  const nowhere = new Interrupted(undefined);
  await nowhere.during(mutate, () => Promise.resolve());
  assert.deepEqual(nowhere.take(0), { resumed: [], asked: [] });
});
