// What stands between a page and somebody who uses it with a keyboard or a screen reader, as far as rules can tell.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needed } from './environment.mjs';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const source = readFileSync(join(needed('TESTGEN_ACCESSIBILITY'), 'node_modules/axe-core/axe.min.js'), 'utf8');

// One line for each element that breaks a rule; `frame` is a page or a frame of one.
export async function barriers(frame) {
  // A page in the editor has the background of what it lies on.
  await frame.evaluate(() => {
    if (document.body.matches('[class*=vscode-]')) document.documentElement.style.background = 'var(--vscode-editor-background)';
  });
  await frame.evaluate(source);
  const { violations } = await frame.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`));
}
