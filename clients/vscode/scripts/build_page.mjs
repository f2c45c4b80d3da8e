// build_page.mjs NODE_MODULES FOLDER: the page of `testgen report`, bundled into FOLDER as history.js and history.css. esbuild
// lies in NODE_MODULES.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [modules, folder] = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(join(modules, 'package.json'))('esbuild');

buildSync({
  entryPoints: [join(root, 'webview/page.ts')],
  outfile: join(folder, 'history.js'),
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  logLevel: 'warning',
});
const styles = ['page.css', 'panel.css'].map((name) => readFileSync(join(root, 'media', name), 'utf8'));
writeFileSync(join(folder, 'history.css'), styles.join('\n'));
