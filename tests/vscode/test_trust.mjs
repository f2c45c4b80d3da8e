// A workspace that nobody has trusted: what is read is shown, nothing of it runs; then trust is given.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { command, openFile, startEditor } from './editor.mjs';

let editor;
let page;

before(async () => {
  editor = await startEditor({ asksForTrust: true });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

after(() => editor?.close());

test('without trust findings are shown, and a command that runs code says why it does not', async () => {
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: "No, I don't trust" }).click();
  await openFile(page, 'test_pricing.py');
  await command(page, 'View: Toggle Problems');
  await page.locator('.markers-panel .monaco-list-row', { hasText: 'test_twice' }).first().waitFor();
  await command(page, 'TestGen: Run tests');
  await page.locator('.notification-toast', { hasText: 'which is not trusted' }).waitFor();
  await editor.picture('untrusted');
  assert.ok(!existsSync(editor.place('project/.pytest_cache')), 'pytest has run');
});

test('trust that is given later reaches the server', async () => {
  await page.locator('.notification-toast .monaco-button', { hasText: 'Manage Workspace Trust' }).click();
  await page.locator('.workspace-trust-editor .monaco-button', { hasText: 'Trust' }).first().click();
  await page.locator('.workspace-trust-editor', { hasText: 'You trust this folder' }).waitFor();
  await command(page, 'TestGen: Run tests');
  const panel = page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
  await panel.getByText('test_shipping').first().waitFor({ timeout: 60_000 });
  await editor.picture('trusted');
});
