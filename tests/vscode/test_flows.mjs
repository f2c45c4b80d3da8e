// Ways through a day's work: line ends and columns of other texts, a score that changes, a window that is reloaded in the
// middle of a run, and more findings than anybody reads.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { applyPreview, command, expectSoon, lens, openFile, panelOf, startEditor } from './editor.mjs';

const WEAK_FILES = 500;
const WEAK_TESTS = 100; // of each: 50,000 findings

let editor;
let page;

// One finding for each test.
const weakTests = (count) => Array.from({ length: count }, (_, index) => `def test_weak_${index}():\n    value = ${index}\n    assert value == value\n`).join('\n\n');

const crlf = (text) => text.replaceAll('\n', '\r\n');

// Mutants of slow code are judged for seconds; those that answer with nothing, for as long as there is a file `held`.
const SLOW = `def slow(value):
    if value > 3 and value < 90:
        return value + 1
    return value * 2
`;
const SLOW_TESTS = `import time
from pathlib import Path

from slow import slow

HELD = Path(__file__).with_name("held")


def test_slow():
    time.sleep(0.4)
    found = (slow(5), slow(2))
    while None in found and HELD.exists():
        sum(range(50_000))  # what only sleeps is ended before long
        time.sleep(0.1)
    assert found == (6, 4)
`;

function prepare(place) {
  const tests = place('project/tests/test_pricing.py');
  writeFileSync(tests, crlf(readFileSync(tests, 'utf8')));
  writeFileSync(place('project/tests/test_columns.py'), 'def test_columns():\n    name = "𝒳é"; assert name == name\n');
  writeFileSync(place('project/tests/test_cut.py'), weakTests(150));
  writeFileSync(place('project/slow.py'), SLOW);
  writeFileSync(place('project/tests/test_slow.py'), SLOW_TESTS);
}

before(async () => {
  editor = await startEditor({ prepare, settings: { 'explorer.autoReveal': false } });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

afterEach(async (context) => {
  if (!context.passed) await editor.picture('failed');
});

after(() => editor?.close());

const panel = () => panelOf(page);
const held = () => editor.place('project/tests/held');
const problems = () => page.locator('.markers-panel .monaco-list-row');

test('columns behind characters of two units are where the editor has them', async () => {
  await openFile(page, 'test_columns.py');
  await command(page, 'View: Toggle Problems');
  // 4 blanks, `name = "`, two units, one, `"; assert `: the comparison begins in column 26.
  await problems().filter({ hasText: /\[Ln 2, Col 26\]/ }).first().waitFor();
  await editor.picture('columns');
});

test('generation keeps CRLF, and the score changes when the tests are saved', async () => {
  await command(page, 'TestGen: Score suite');
  const status = page.locator('.statusbar-item', { hasText: /\d+ of \d+/ }).first();
  await status.waitFor();
  const before = await status.innerText();
  await openFile(page, 'discount.spec.json');
  await (await lens(page, 'generate tests for this spec')).click();
  await applyPreview(page);
  const path = editor.place('project/tests/test_pricing.py');
  await expectSoon(() => readFileSync(path, 'utf8').includes('def test_discount_0'));
  assert.doesNotMatch(readFileSync(path, 'utf8'), /[^\r]\n/);
  await expectSoon(async () => (await status.innerText()) !== before);
  await editor.picture('score-changed');
  // The page of the generation says what the suite was worth before and after.
  await page.locator('.notification-toast', { hasText: 'discount.spec.json' }).getByText('Details').click();
  await panel().locator('.around progress').nth(1).waitFor();
  await panel().locator('summary', { hasText: /^Comprehensiveness: \d/ }).waitFor();
  await panel().locator('li', { hasText: /^\d+ of \d+ mutants/ }).waitFor();
  await panel().locator('details.test .chip', { hasText: /^confidence / }).first().waitFor();
  await editor.picture('before-and-after');
});

test('a run goes on while its panel is closed, is shown again with what it found, and can be cancelled', async () => {
  const live = panel().locator('.live', { hasText: 'Mutate code' });
  const judged = async () => Number(/(\d+) of \d+ mutants/.exec(await live.innerText())?.[1]);
  writeFileSync(held(), '');
  await openFile(page, 'slow.py');
  await command(page, 'TestGen: Show history panel');
  await command(page, 'TestGen: Mutate code');
  const survivor = live.locator('li', { hasText: /py:\d+/ }).first();
  await survivor.waitFor({ timeout: 60_000 });
  const [before, found] = [await judged(), await survivor.innerText()];
  await command(page, 'View: Close All Editors');
  await page.locator('iframe.webview').first().waitFor({ state: 'detached' });
  await command(page, 'TestGen: Show history panel');
  await live.locator('li', { hasText: found }).waitFor();
  assert.ok((await judged()) >= before);
  await editor.picture('reopened-in-mid-run');
  await live.getByRole('button', { name: 'Cancel' }).click();
  await live.waitFor({ state: 'detached' });
  await panel().locator('table.runs tbody tr', { hasText: /cancelled/i }).first().waitFor();
  await editor.picture('cancelled');
});

test('a run that a reload cuts off goes on', async () => {
  await command(page, 'TestGen: Show history panel');
  await command(page, 'TestGen: Mutate code');
  await panel().locator('.live', { hasText: /[1-9]\d* of \d+ mutants/ }).waitFor({ timeout: 60_000 });
  const loaded = page.waitForEvent('load');
  await command(page, 'Developer: Reload Window');
  await loaded;
  await panel().locator('.live', { hasText: 'Mutate code' }).waitFor({ timeout: 60_000 });
  await editor.picture('reloaded-in-mid-run');
  rmSync(held());
  await panel().getByText(/^Survived: \d+/).first().waitFor({ timeout: 120_000 });
  await editor.picture('gone-on');
});

test('a test opens from the page of a run, and a panel that was closed comes back', async () => {
  await command(page, 'View: Close All Editors');
  await command(page, 'TestGen: Run tests');
  await panel().getByRole('button', { name: /::test_columns$/ }).first().click({ timeout: 60_000 });
  await page.locator('.tab.active', { hasText: 'test_columns.py' }).waitFor();
  await command(page, 'View: Close All Editors');
  await command(page, 'TestGen: Show history panel');
  await panel().locator('table.runs tbody tr', { hasText: 'Ran ' }).first().waitFor();
});

test('a file that does not show all of its findings says so, with ways to see them', async () => {
  await openFile(page, 'test_cut.py');
  await page.locator('.editor-instance .view-line').first().click();
  await command(page, 'Problems: Focus on Problems View');
  const filter = page.locator('.viewpane-filter input').first();
  await filter.fill('more findings');
  await problems().filter({ hasText: /50 more findings of this file are not shown/ }).first().waitFor();
  await editor.picture('findings-not-shown');
  await filter.fill('');
  await page.locator('.editor-instance .view-line').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+.');
  const actions = page.locator('.action-widget .monaco-list-row');
  await actions.filter({ hasText: 'Show 150 findings of a file' }).waitFor();
  await editor.picture('ways-to-see-them');
  await actions.filter({ hasText: 'Open the setting for how many are shown' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.settings-editor .setting-item-title', { hasText: 'Max Diagnostics' }).first().waitFor();
  await command(page, 'View: Close All Editors');
});

test('of more findings of a file than the editor takes, the editor says how many are missing', async () => {
  const settings = editor.place('project/testgen.json');
  const before = readFileSync(settings, 'utf8');
  writeFileSync(editor.place('project/tests/test_huge.py'), weakTests(1100));
  writeFileSync(settings, JSON.stringify({ ...JSON.parse(before), maxDiagnostics: 2000 }));
  await openFile(page, 'test_huge.py');
  await command(page, 'Problems: Focus on Problems View');
  const filter = page.locator('.viewpane-filter input').first();
  await filter.fill('Not showing');
  await problems().filter({ hasText: 'Not showing 100 further errors and warnings' }).first().waitFor();
  await editor.picture('more-than-the-editor-takes');
  await filter.fill('');
  writeFileSync(settings, before);
  rmSync(editor.place('project/tests/test_huge.py'));
  await command(page, 'View: Close All Editors');
});

test('fifty thousand findings arrive, and leave the editor quick', async () => {
  mkdirSync(editor.place('project/tests/weak'));
  for (let file = 0; file < WEAK_FILES; file++) {
    writeFileSync(editor.place(`project/tests/weak/test_weak_${file}.py`), weakTests(WEAK_TESTS));
  }
  await command(page, 'TestGen: Restart server');
  await command(page, 'Problems: Focus on Problems View');
  await page.locator('.viewpane-filter input').first().fill('test_weak_499.py');
  const shown = page.locator('.viewpane-filter-badge').first();
  await expectSoon(async () => {
    const [, some, all] = /(\d+) of (\d+)/.exec(await shown.innerText()) ?? [];
    return Number(some) === WEAK_TESTS && Number(all) >= WEAK_FILES * WEAK_TESTS;
  });
  await editor.picture('many-findings');
  await page.locator('.viewpane-filter input').first().fill('');
  await openFile(page, 'pricing.py');
  const began = performance.now();
  await page.locator('.editor-instance .view-line').first().click();
  await page.keyboard.press('Home');
  await page.keyboard.type('# typed');
  await page.locator('.view-line', { hasText: '# typed' }).first().waitFor();
  console.log(`# typed seven letters in ${Math.round(performance.now() - began)} ms, with ${readdirSync(editor.place('project/tests/weak')).length} weak files`);
});
