// The Testing view in depth: what each test reaches, what a failed comparison expected, mutants, and switching it off.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { command, expectSoon, lens, openFile, startEditor } from './editor.mjs';

let editor;
let page;

const FAILING = `from pricing import shipping


def test_wrong():
    print("what it printed")
    assert shipping(1) == 500


def test_free():
    assert shipping(6000) == 0
`;

function prepare(place) {
  writeFileSync(place('project/tests/test_wrong.py'), FAILING);
  mkdirSync(place('project/.vscode'));
  writeFileSync(place('project/.vscode/settings.json'), '{ "testgen.mutantsInTestExplorer": true }\n');
}

before(async () => {
  editor = await startEditor({ prepare, settings: { 'testing.automaticallyOpenPeekView': 'never', 'editor.autoClosingBrackets': 'never' } });
  page = editor.page;
  page.setDefaultTimeout(30_000);
});

afterEach(async (context) => {
  if (!context.passed) await editor.picture('failed');
});

after(() => editor?.close());

const rows = () => page.locator('.test-explorer .monaco-list-row');
const labelled = (...words) => page.locator(words.reduce((selector, word) => `${selector}[aria-label*="${word}"]`, '.test-explorer .monaco-list-row'));

test('a comparison that failed shows both sides', async () => {
  await openFile(page, 'test_wrong.py');
  await lens(page, 'strength');
  await command(page, 'Testing: Focus on Test Explorer View');
  await rows().filter({ hasText: 'test_wrong.py' }).first().waitFor();
  await command(page, 'Test: Run All Tests with Coverage');
  await labelled('test_wrong.py', 'Failed').first().waitFor({ timeout: 60_000 });
  await page.locator('.xterm-accessibility, .xterm-rows', { hasText: 'what it printed' }).first().waitFor({ state: 'attached' });
  await command(page, 'Test: Peek Output');
  // An error of one line is a diff of what was expected and what came.
  const peek = page.locator('.test-output-peek, .peekview-widget').first();
  await peek.waitFor();
  await peek.getByText('500', { exact: true }).first().waitFor();
  await editor.picture('expected-and-actual');
  await page.keyboard.press('Escape');
});

test('coverage can be narrowed to what one test reached', async () => {
  await openFile(page, 'pricing.py');
  await page.locator('.coverage-deco-gutter.coverage-deco-hit').first().waitFor();
  // All tests together take both ways of the first branch, and neither of the two in `discount`.
  await command(page, 'Test: Toggle Inline Coverage');
  const missed = page.locator('.coverage-deco-branch-miss-indicator');
  await editor.picture('coverage');
  const before = await missed.count();
  await command(page, 'Test: Filter Coverage by Test');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'test_free' }).first().click();
  await expectSoon(async () => (await missed.count()) === before + 1);
  await editor.picture('coverage-of-one-test');
});

test('mutants are listed where that is wanted', async () => {
  await command(page, 'TestGen: Mutate code');
  await command(page, 'Testing: Focus on Test Explorer View');
  await rows().filter({ hasText: 'Mutants' }).first().waitFor({ timeout: 120_000 });
  await rows().filter({ hasText: 'Mutants' }).first().click();
  await page.keyboard.press('ArrowRight');
  await rows().filter({ hasText: /^.*pricing\.py/ }).first().waitFor();
  await editor.picture('mutants-in-the-testing-view');
});

test('the view goes with its setting, and comes back', async () => {
  const set = (text) => writeFileSync(editor.place('project/.vscode/settings.json'), text);
  // Without tests of anybody the editor hides its view.
  const view = page.locator('.activitybar .action-label[aria-label^="Testing"]');
  await view.waitFor();
  set('{ "testgen.testExplorer": false }');
  await view.waitFor({ state: 'detached' });
  await editor.picture('testing-view-off');
  set('{ "testgen.testExplorer": true }');
  await view.waitFor();
  await command(page, 'Testing: Focus on Test Explorer View');
  await rows().filter({ hasText: 'test_pricing.py' }).first().waitFor();
  assert.equal(await rows().filter({ hasText: 'Mutants' }).count(), 0);
});
