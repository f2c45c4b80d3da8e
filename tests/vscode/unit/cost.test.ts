// What the extension costs an editor that does not use it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

const BUNDLE_MAX = 500_000; // bytes of all that is loaded

test('the bundle is small', () => {
  const sizes = readdirSync('dist')
    .filter((name) => name.endsWith('.js'))
    .map((name) => statSync(`dist/${name}`).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(sizes.length > 0 && total < BUNDLE_MAX, `${total} bytes`);
});

// The language client passes edits on; nothing of ours listens to them.
test('nothing of ours runs while somebody types', () => {
  for (const name of readdirSync('src')) {
    const text = readFileSync(`src/${name}`, 'utf8');
    assert.doesNotMatch(text, /onDidChangeTextDocument|onDidChangeTextEditorSelection|onDidChangeTextEditorVisibleRanges/, name);
  }
});
