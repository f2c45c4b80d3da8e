// The page of `testgen report --html` in a browser: no editor, no server, no network.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barriers } from './accessibility.mjs';
import { launchBrowser } from './editor.mjs';
import { needed } from './environment.mjs';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = needed('TESTGEN_SCRATCH');
const project = join(folder, 'project');
const file = join(folder, 'history.html');

let browser;
let page;
const faults = [];

function testgen(...given) {
  return execFileSync(needed('TESTGEN_BINARY'), [...given, '--workspace', project, '--interpreter', needed('TESTGEN_PYTHON')], { encoding: 'utf8' });
}

async function open(colorScheme) {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('request', (request) => request.url().startsWith('file:') || faults.push(`asked for ${request.url()}`));
  await page.goto(`file://${file}`);
}

const picture = (name) => page.screenshot({ path: join(folder, `pictures/${name}.png`) });
const rows = () => page.locator('table.runs tbody tr');

before(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  cpSync(join(repository, 'tests/nvim/project'), project, { recursive: true });
  testgen('score', project);
  testgen('run', '--coverage');
  testgen('generate', 'discount.spec.json', '--write');
  testgen('run', '--coverage');
  testgen('score', project);
  assert.match(testgen('report', '--html', file), /has 5 of 5 runs, 5 of them in full/);
  browser = await launchBrowser();
});

after(() => browser?.close());

test('the history is there, in light and in dark', async () => {
  for (const scheme of ['light', 'dark']) {
    await open(scheme);
    await page.locator('svg.trend').waitFor();
    assert.equal(await rows().count(), 5);
    await picture(scheme);
    assert.deepEqual(await barriers(page), []);
  }
  assert.equal(await page.getByRole('button', { name: 'Score the suite' }).count(), 0, 'nothing can be run here');
});

test('a run opens, two are compared, and the list is filtered', async () => {
  await rows().filter({ hasText: 'Generated' }).getByRole('button').click();
  await page.locator('.around progress').nth(1).waitFor();
  await picture('generation');
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('button', { name: 'All runs' }).click();
  await page.getByLabel('Kind of runs').selectOption('test');
  assert.equal(await rows().count(), 2);
  for (const box of await page.locator('table.runs input[type=checkbox]').all()) await box.check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('New tests: 4').waitFor();
  await picture('compared');
  assert.deepEqual(await barriers(page), []);
});

test('runs are saved to a file', async () => {
  await page.getByRole('button', { name: 'All runs' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
  const path = join(folder, 'runs.csv');
  await download.saveAs(path);
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\r\n').length, 3);
});

test('nothing failed, and nothing was asked of anybody', () => {
  assert.deepEqual(faults, []);
});

test('a title with markup stays text', async () => {
  const text = readFileSync(file, 'utf8');
  const hostile = text.replace(/"title":"Scored[^"]*"/, '"title":"\\u003c/script>\\u003cimg src=x onerror=alert(1)>"');
  assert.notEqual(hostile, text);
  writeFileSync(file, hostile);
  await open('light');
  await rows().filter({ hasText: '<img src=x onerror=alert(1)>' }).waitFor();
  assert.equal(await page.locator('img').count(), 0);
});
