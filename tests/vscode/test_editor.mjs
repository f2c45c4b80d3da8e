// The extension in the real workbench: what a user sees and does, step by step, with a picture of each.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, afterEach, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyPreview, command, expectSoon, lens, openFile, panelOf, startEditor } from './editor.mjs';
import { needed } from './environment.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const serverBinary = join(mkdtempSync(join(tmpdir(), 'testgen-server-')), 'testgen');
symlinkSync(needed('TESTGEN_BINARY'), serverBinary);

let editor;
let page;

before(async () => {
  editor = await startEditor({ binary: serverBinary });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

// What the editor showed when a step ended; of a step that failed, why.
afterEach(async (context) => {
  await editor.picture(`after-${context.name.split(' ').slice(0, 4).join('-')}`);
});

after(() => editor?.close());

const panel = () => panelOf(page);

// The servers of this editor: it starts a link of its own to the binary, so nobody else's are found.
function serverProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [program, subcommand] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return program === serverBinary && subcommand === 'serve';
      } catch {
        return false; // it ended meanwhile
      }
    });
}

test('diagnostics come to the Problems panel, lenses to the editor', async () => {
  await openFile(page, 'test_pricing.py');
  await lens(page, 'strength');
  await command(page, 'View: Toggle Problems');
  const problems = page.locator('.markers-panel .monaco-list-row');
  await problems.filter({ hasText: 'test_twice' }).first().waitFor();
  await editor.picture('diagnostics');
  assert.ok((await problems.count()) >= 3);
});

test('a quick fix changes the document', async () => {
  await page.locator('.view-line', { hasText: 'test_twice' }).first().click();
  await page.keyboard.press('Control+.');
  const action = page.locator('.action-widget .monaco-list-row', { hasText: 'Rename the hidden test' });
  await action.waitFor();
  await editor.picture('quick-fix');
  await page.keyboard.press('Enter');
  // Its name was that of the test behind it.
  await page.locator('.view-line', { hasText: /^def test_twice\(/ }).nth(1).waitFor({ state: 'detached' });
});

test('the score opens in the panel and stands in the status bar', async () => {
  await command(page, 'View: Toggle Panel Visibility');
  await command(page, 'TestGen: Score suite');
  await panel().locator('.components').waitFor();
  await editor.picture('score');
  await page.locator('.statusbar-item', { hasText: /\d+ of \d+/ }).first().waitFor();
});

test('gaps are a tree by risk', async () => {
  await command(page, 'TestGen: Measure coverage now');
  await page.locator('.pane-body .monaco-list-row', { hasText: /discount.*no line reached/ }).first().waitFor({ timeout: 60_000 });
  await editor.picture('gaps');
});

test('the Testing view lists tests before any ran, and shows how they went', async () => {
  const rows = page.locator('.test-explorer .monaco-list-row');
  await command(page, 'Testing: Focus on Test Explorer View');
  const file = rows.filter({ hasText: 'test_pricing.py' }).first();
  await file.waitFor();
  await file.click();
  await page.keyboard.press('ArrowRight');
  await rows.filter({ hasText: 'test_shipping' }).first().waitFor();
  await editor.picture('tests-listed');
  await command(page, 'Test: Run All Tests');
  await page.locator('.test-explorer .monaco-list-row[aria-label*="test_shipping"][aria-label*="Passed"]').first().waitFor({ timeout: 60_000 });
  await editor.picture('tests-run');
});

test('coverage stands beside the lines and in a view of its own', async () => {
  await command(page, 'Test: Run All Tests with Coverage');
  const measured = page.locator('.monaco-list-row', { hasText: /pricing\.py.*%/ }).first();
  await measured.waitFor({ timeout: 60_000 });
  await measured.click();
  await page.locator('.tab.active', { hasText: /^pricing\.py/ }).waitFor();
  await page.locator('.coverage-deco-gutter.coverage-deco-hit').first().waitFor();
  await page.locator('.coverage-deco-gutter.coverage-deco-miss').first().waitFor();
  await editor.picture('coverage');
});

test('generated tests come as a preview, and are in the file once applied', async () => {
  await openFile(page, 'discount.spec.json');
  await (await lens(page, 'generate tests for this spec')).click();
  await applyPreview(page, { picture: () => editor.picture('preview') });
  await page.locator('.notification-toast', { hasText: '4 tests for discount.spec.json' }).getByText('Show Test').click();
  await page.locator('.view-line', { hasText: 'def test_discount_0' }).waitFor();
  await editor.picture('generated');
});

test('the history has the runs, and a run opens to what it found', async () => {
  const rows = page.locator('.pane-body .monaco-list-row');
  await command(page, 'TestGen: Show run history');
  await rows.filter({ hasText: 'Today' }).first().waitFor();
  await rows.filter({ hasText: 'Generated' }).first().click();
  await rows.filter({ hasText: 'Accepted' }).first().waitFor();
  await editor.picture('history');
  await command(page, 'TestGen: Show history panel');
  await panel().locator('svg.trend').waitFor();
  // The gaps are measured again, with the tests that were generated.
  await panel().locator('.live').first().waitFor({ state: 'detached', timeout: 60_000 });
  await command(page, 'View: Hide Panel');
  await editor.picture('panel');
  assert.ok(!(await panel().locator('table').innerText()).includes('null'));
});

test('what survives a run of mutants is shown as a diff', async () => {
  await command(page, 'TestGen: Mutate code');
  await panel().getByText(/^Survived: \d+/).first().waitFor({ timeout: 120_000 });
  await editor.picture('mutants');
  await panel().getByRole('button', { name: 'Diff' }).first().click();
  await page.locator('.tab.active', { hasText: 'Nothing notices' }).waitFor();
  await page.locator('.diff-editor .line-insert, .monaco-diff-editor .line-insert').first().waitFor();
  await editor.picture('mutant');
});

test('gaps of every kind are in one view, and a filter chooses among them', async () => {
  const gaps = page.locator('.pane-body .monaco-list-row');
  await command(page, 'TestGen: Focus on Gaps View');
  await gaps.filter({ hasText: 'Changes that nothing notices' }).first().waitFor();
  await gaps.filter({ hasText: 'Critical' }).first().waitFor();
  await editor.picture('gaps-of-every-kind');
  await command(page, 'TestGen: Filter gaps');
  await page.locator('.quick-input-list .label-name', { hasText: /^coverage$/ }).first().click();
  await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
  await gaps.filter({ hasText: 'Critical' }).first().waitFor({ state: 'detached' });
  await gaps.filter({ hasText: 'Changes that nothing notices' }).first().waitFor();
  await page.locator('.pane-header', { hasText: /\d+ of \d+: mutant/ }).first().waitFor();
  await editor.picture('gaps-filtered');
});

test('a server that was killed is started again', async () => {
  const before = serverProcesses();
  assert.equal(before.length, 1);
  process.kill(before[0], 'SIGKILL');
  await command(page, 'TestGen: Refresh history');
  await expectSoon(() => serverProcesses().length === 1 && serverProcesses()[0] !== before[0]);
  await command(page, 'TestGen: Score suite');
  await panel().locator('.components').waitFor();
});

test('a problem can be reported with all that it needs', async () => {
  await command(page, 'TestGen: Report a problem');
  await page.locator('.view-line', { hasText: 'A problem with TestGen' }).waitFor();
  const { version } = JSON.parse(readFileSync(join(here, '../../clients/vscode/package.json'), 'utf8'));
  await page.locator('.view-line', { hasText: `extension ${version}, server` }).waitFor();
});

test('a window that is reloaded shows the same page again', async () => {
  await command(page, 'TestGen: Score suite');
  await panel().locator('.components').waitFor();
  const loaded = page.waitForEvent('load');
  await command(page, 'Developer: Reload Window'); // saves the state of pages first, as a reload by the browser does not
  await loaded;
  await panel().locator('.components').waitFor({ timeout: 60_000 });
});
