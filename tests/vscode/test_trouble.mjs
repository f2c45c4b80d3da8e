// What is wrong is said, with a button that helps: a server of another version, settings that cannot be, a history of a newer
// release, a server that ends again and again, one that is not there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { command, openFile, panelOf, startEditor } from './editor.mjs';
import { needed } from './environment.mjs';

let editor;
let page;

// A server that says it is another version, which is as long, so that the lengths of messages stay right.
const RELABELLED = `#!${process.execPath}
const { spawn } = require('node:child_process');
const child = spawn(${JSON.stringify(needed('TESTGEN_BINARY'))}, process.argv.slice(2), { stdio: ['inherit', 'pipe', 'inherit'] });
child.stdout.on('data', (data) => {
  process.stdout.write(Buffer.from(data.toString('latin1').replace(/"version":"\\d\\.\\d/, '"version":"9.9'), 'latin1'));
});
child.on('exit', (code) => process.exit(code ?? 1));
`;

function makeOlder(place) {
  const project = place('project');
  execFileSync(needed('TESTGEN_BINARY'), ['score', project, '--workspace', project, '--quiet']);
  const script = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("PRAGMA user_version = 999"); c.close()';
  execFileSync(needed('TESTGEN_PYTHON'), ['-c', script, place('project/.testgen/testgen.db')]);
}

function prepare(place) {
  makeOlder(place);
  writeFileSync(place('relabelled'), RELABELLED);
  chmodSync(place('relabelled'), 0o755);
  mkdirSync(place('project/.vscode'));
  writeFileSync(place('project/.vscode/settings.json'), '{ "testgen.seed": "seven" }\n');
}

before(async () => {
  editor = await startEditor({ prepare, server: (place) => place('relabelled') });
  page = editor.page;
  page.setDefaultTimeout(30_000);
  await openFile(page, 'test_pricing.py');
});

afterEach(async (context) => {
  if (!context.passed) await editor.picture('failed');
});

after(() => editor?.close());

const told = (text) => page.locator('.notification-toast', { hasText: text }).first();

test('a server of another version', async () => {
  await told('the server is version 9.9').waitFor();
  await editor.picture('another-version');
});

test('a setting that cannot be, with a way to it', async () => {
  const notice = told('testgen.seed must be an integer, and is "seven"');
  await notice.waitFor();
  await notice.locator('.monaco-button', { hasText: 'Open Setting' }).click();
  await page.locator('.settings-editor .setting-item-title', { hasText: 'Seed' }).first().waitFor();
  await editor.picture('wrong-setting');
});

test('a history of a newer release', async () => {
  await command(page, 'TestGen: Show history panel');
  await panelOf(page).getByText('was written by a newer testgen').waitFor();
  await told('the history cannot be shown').waitFor();
  await editor.picture('newer-history');
  await told('the history cannot be shown').locator('.monaco-button', { hasText: 'Open Setting' }).click();
  await page.locator('.settings-editor .setting-item-title', { hasText: 'Database' }).first().waitFor();
});

test('a server that ends again and again', async () => {
  writeFileSync(editor.place('relabelled'), '#!/bin/sh\nexit 7\n');
  await command(page, 'TestGen: Restart server');
  await told('is not started again').waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('.notification-toast', { hasText: /could not be started|connection|does not say/ }).count(), 0, 'it is said once');
  await page.locator('.statusbar-item.error-kind, .statusbar-item[class*="error"]', { hasText: 'TestGen' }).first().waitFor();
  await editor.picture('crash-loop');
});
