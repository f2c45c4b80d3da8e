import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findServer } from '../../../clients/vscode/src/binary';

const folder = mkdtempSync(join(tmpdir(), 'testgen-binary-'));

function program(name: string, content: Buffer | string, mode = 0o755): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}

const none = { configured: '', bundled: join(folder, 'nothing'), searchPath: '' };
const problem = (found: ReturnType<typeof findServer>) => ('problem' in found ? found.problem : '');

test('the setting wins over the bundled server, that one over PATH', () => {
  const configured = program('configured', elf(62));
  const bundled = program('bundled', elf(62));
  const inPath = program('testgen', '#!/bin/sh\n');
  const all = { configured, bundled, searchPath: `/nowhere:${folder}` };
  assert.deepEqual(findServer(all, 'linux-x64'), { path: configured });
  assert.deepEqual(findServer({ ...all, configured: '' }, 'linux-x64'), { path: bundled });
  assert.deepEqual(findServer({ ...none, searchPath: `/nowhere:${folder}` }, 'linux-x64'), { path: inPath });
});

test('a setting that names nothing is not passed over', () => {
  assert.match(problem(findServer({ ...none, configured: '/no/such' }, 'linux-x64')), /testgen\.server\.path.*\/no\/such/);
});

test('a file that may not run, or was built for another machine, is said so', () => {
  const plain = program('plain', elf(62), 0o644);
  assert.match(problem(findServer({ ...none, bundled: program('arm', elf(183)) }, 'linux-x64')), /linux-arm64.*linux-x64/);
  if (process.getuid?.() !== 0) assert.match(problem(findServer({ ...none, configured: plain }, 'linux-x64')), /chmod/);
});

test('without any server the message says what to do', () => {
  assert.match(problem(findServer(none, 'linux-x64')), /Install it, or name it/);
});
