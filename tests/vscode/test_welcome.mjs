// The first minutes: the walkthrough, and what the extension costs the editor before anybody has used it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { command, lens, openFile, panelOf, startEditor } from './editor.mjs';

let editor;
let page;

before(async () => {
  editor = await startEditor({});
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

afterEach(async (context) => {
  if (!context.passed) await editor.picture('failed');
});

after(() => editor?.close());

test('the editor says how long the extension took to be active', async (context) => {
  await openFile(page, 'test_pricing.py');
  await lens(page, 'strength');
  await command(page, 'Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'TestGen' }).first();
  await row.waitFor();
  await editor.picture('running-extensions');
  const [, milliseconds] = /Activation: (\d+)ms/.exec(await row.innerText()) ?? [];
  assert.ok(milliseconds, 'the extension is active');
  context.diagnostic(`active after ${milliseconds} ms`);
});

test('the walkthrough leads through score, gaps and generation', async () => {
  await command(page, 'Welcome: Open Walkthrough');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'TestGen' }).first().click();
  const steps = page.locator('.getting-started-step');
  await steps.nth(2).waitFor();
  assert.equal(await steps.count(), 3);
  await panelOf(page).getByText('A score from 0 to 1000').waitFor();
  await editor.picture('walkthrough');
  await steps.first().locator('.monaco-button').first().click();
  await page.locator('.statusbar-item', { hasText: /\d+ of \d+/ }).first().waitFor();
});
