// A window with two folders: history, gaps, scores, tests and generation are those of the folder that is meant.
import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { applyPreview, command, expectSoon, openFile, panelOf, startEditor } from './editor.mjs';

let editor;
let page;

function makeFolders(place) {
  cpSync(place('project'), place('second'), { recursive: true });
  writeFileSync(place('second/raising.py'), 'def only_here(value):\n    return value + 1\n');
  writeFileSync(place('two.code-workspace'), JSON.stringify({ folders: [{ path: 'project' }, { path: 'second' }] }));
}

before(async () => {
  editor = await startEditor({ prepare: makeFolders, workspace: 'two.code-workspace' });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

after(() => editor?.close());

const panel = () => panelOf(page);
const items = () => page.locator('.pane-body .monaco-list-row');

test('a command without a place is about the folder of the active editor', async () => {
  await openFile(page, 'raising.py');
  await command(page, 'TestGen: Score suite');
  await panel().locator('.components').waitFor();
  await page.locator('.statusbar-item', { hasText: /\d+ of \d+/ }).first().waitFor();
  await panel().getByRole('button', { name: 'All runs' }).click();
  await panel().getByText('1 run', { exact: true }).waitFor();
  assert.equal(await panel().getByLabel('Folder').locator('option:checked').innerText(), 'second');
  await panel().getByLabel('Folder').selectOption({ label: 'project' });
  await panel().getByText('Nothing has been recorded yet.').waitFor();
  await editor.picture('folder-of-the-panel');
});

test('without an active editor the user is asked', async () => {
  await command(page, 'View: Close All Editors');
  await command(page, 'TestGen: Measure coverage now');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'second' }).first().click();
  await items().filter({ hasText: /only_here.*second/ }).first().waitFor({ timeout: 60_000 });
  await editor.picture('gaps-of-two-folders');
});

test('each folder has its runs in the tree', async () => {
  const names = async () => (await items().allInnerTexts()).join('\n');
  await expectSoon(async () => /second[^]*Coverage gaps[^]*Scored/.test(await names()));
  await items().filter({ hasText: 'Scored' }).first().click();
  await items().filter({ hasText: '4 tests' }).first().waitFor();
  await editor.picture('tree-of-two-folders');
});

test('tests of both folders run where they are', async () => {
  await command(page, 'Testing: Focus on Test Explorer View');
  const files = page.locator('.test-explorer .monaco-list-row', { hasText: 'test_pricing.py' });
  await expectSoon(async () => (await files.count()) === 2);
  await command(page, 'Test: Run All Tests');
  await expectSoon(async () => (await page.locator('.test-explorer .monaco-list-row[aria-label*="test_pricing.py"][aria-label*="Passed"]').count()) === 2);
  await editor.picture('tests-of-two-folders');
  await command(page, 'TestGen: Show run history');
  await expectSoon(async () => (await items().filter({ hasText: 'Ran 4 tests' }).count()) === 2);
});

test('tests that are written go into the folder of their gap', async () => {
  const gap = items().filter({ hasText: /only_here.*second/ }).first();
  await gap.hover();
  await gap.locator('.action-label[aria-label*="Write tests"]').click();
  await applyPreview(page, { picture: () => editor.picture('generated-in-the-second-folder') });
  await expectSoon(() => existsSync(editor.place('second/tests/test_raising.py')));
  assert.ok(!existsSync(editor.place('project/tests/test_raising.py')));
  // The tests were saved, so the gaps are measured again.
  await items().filter({ hasText: /only_here.*second/ }).first().waitFor({ state: 'detached', timeout: 60_000 });
});
