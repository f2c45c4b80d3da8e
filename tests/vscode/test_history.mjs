// The panel and the tree over a history of 10,000 runs: pages, filters, the trend, two runs compared, export.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barriers } from './accessibility.mjs';
import { command, expectSoon, lens, openFile, panelOf, startEditor } from './editor.mjs';
import { needed } from './environment.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const RUNS = 10_000;

let editor;
let page;

function fillHistory(place) {
  const project = place('project');
  execFileSync(needed('TESTGEN_BINARY'), ['score', project, '--workspace', project, '--quiet']);
  execFileSync(needed('TESTGEN_PYTHON'), [join(here, 'many_runs.py'), join(project, '.testgen/testgen.db'), String(RUNS)]);
}

before(async () => {
  editor = await startEditor({ prepare: fillHistory });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

afterEach(async (context) => {
  if (!context.passed) await editor.picture('failed');
});

after(() => editor?.close());

const panel = () => panelOf(page);
const frameOf = async (locator) => (await (await locator.locator('body').elementHandle()).ownerFrame());
const rows = () => panel().locator('table.runs tbody tr');

test('the panel shows a page of a long history, and the trend of each measure', async (context) => {
  await openFile(page, 'test_pricing.py');
  await lens(page, 'strength');
  await command(page, 'View: Close All Editors');
  await command(page, 'View: Toggle Primary Side Bar Visibility');
  const began = performance.now();
  await command(page, 'TestGen: Show history panel');
  await rows().first().waitFor();
  context.diagnostic(`from the first key of the command to the first row: ${Math.round(performance.now() - began)} ms`);
  const painted = await panel().locator('body').evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  context.diagnostic(`from the page's beginning to its first paint: ${Math.round(painted)} ms`);
  assert.equal(await rows().count(), 100);
  await panel().getByText('10001 runs').waitFor();
  await panel().locator('svg.trend').waitFor();
  await editor.picture('trend-score');
  assert.deepEqual(await barriers(await frameOf(panel())), []);
  await panel().getByRole('tab', { name: /Tokens/ }).click();
  await panel().locator('svg.trend rect.point').first().waitFor();
  await editor.picture('trend-tokens');
  await panel().getByRole('tab', { name: /Mutants killed/ }).click();
  await panel().getByRole('button', { name: 'By commit' }).click();
  await panel().getByRole('button', { name: 'By commit', pressed: true }).waitFor();
  const last = panel().locator('svg.trend .point').last();
  await last.focus();
  await page.keyboard.press('ArrowLeft');
  await panel().locator('.told', { hasText: /Mutants killed \d+ % · .* · commit [0-9a-f]{7}/ }).waitFor();
  await editor.picture('trend-kills');
  await panel().getByRole('button', { name: 'Show more' }).click();
  await expectSoon(async () => (await rows().count()) === 200);
});

test('kind and text narrow the list, over all pages', async () => {
  await panel().getByLabel('Kind of runs').selectOption('mutation');
  await panel().getByText('2000 of 10001 runs').waitFor();
  await panel().getByLabel('Search titles and commits').fill('run 777');
  await panel().getByText('3 of 10001 runs').waitFor(); // 777, 7772, 7777
  await editor.picture('filtered');
  await panel().getByLabel('Search titles and commits').fill('no such run');
  await panel().getByText('No run is like this.').waitFor();
  await panel().getByLabel('Kind of runs').selectOption('');
  await panel().getByLabel('Search titles and commits').fill('of scoring');
  await panel().getByText('2000 of 10001 runs').waitFor();
});

test('two runs are compared, and the way back finds the list as it was', async () => {
  const boxes = panel().locator('table.runs input[type=checkbox]');
  for (const index of [0, 1, 2]) await boxes.nth(index).check();
  assert.deepEqual(await Promise.all([0, 1, 2].map((index) => boxes.nth(index).isChecked())), [false, true, true]);
  await panel().getByRole('button', { name: 'Compare' }).click();
  const table = panel().locator('.figures-table');
  await table.waitFor();
  await table.locator('tr', { hasText: 'Score' }).locator('.better').waitFor();
  await editor.picture('compared');
  assert.deepEqual(await barriers(await frameOf(panel())), []);
  await panel().getByRole('button', { name: 'All runs' }).click();
  await panel().getByText('2000 of 10001 runs').waitFor();
});

test('what is listed is exported, all pages of it', async () => {
  await panel().getByLabel('Search titles and commits').fill('run 77');
  await panel().getByText('111 of 10001 runs').waitFor();
  await panel().getByRole('button', { name: 'Export as CSV' }).click();
  await page.locator('.editor-instance .view-line', { hasText: 'run_id,created_at,kind' }).waitFor();
  await page.locator('.statusbar-item', { hasText: 'Ln 1, Col 1' }).waitFor();
  await editor.picture('exported');
});

test('the tree is filtered, too', async () => {
  await command(page, 'TestGen: Show run history');
  const items = page.locator('.pane-body .monaco-list-row');
  await items.filter({ hasText: 'Run 9999' }).first().waitFor();
  await command(page, 'TestGen: Filter history');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'mutation' }).first().click();
  await items.filter({ hasText: 'Run 9997 of mutation' }).first().waitFor();
  await page.locator('.pane-header', { hasText: 'mutation' }).first().waitFor();
  await items.filter({ hasText: 'Run 9999' }).first().waitFor({ state: 'detached' });
  await editor.picture('tree-filtered');
});

test('light and high contrast are drawn in their own colours', async () => {
  await command(page, 'View: Toggle Primary Side Bar Visibility');
  await command(page, 'TestGen: Show history panel');
  await panel().getByRole('button', { name: 'Export as CSV' }).waitFor();
  await command(page, 'Preferences: Toggle between Light/Dark Themes');
  await panel().locator('body.vscode-light').waitFor();
  await editor.picture('light');
  await page.emulateMedia({ forcedColors: 'active' });
  await panel().locator('body.vscode-high-contrast').waitFor();
  await editor.picture('high-contrast');
  assert.deepEqual(await barriers(await frameOf(panel())), []);
});
