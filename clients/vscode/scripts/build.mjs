// Bundles the extension, its language client and the page of its panel into dist/, and puts the schemas of testgen.json and of specs beside them.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const common = { bundle: true, minify: true, legalComments: 'eof', absWorkingDir: root, logLevel: 'warning' };

await mkdir(join(root, 'dist'), { recursive: true });
await Promise.all([
  ...['extension', 'client'].map((name) =>
    build({
      ...common,
      entryPoints: [`src/${name}.ts`],
      outfile: `dist/${name}.js`,
      platform: 'node',
      format: 'cjs',
      target: 'node18',
      external: ['vscode', './client.js'],
    }),
  ),
  build({
    ...common,
    entryPoints: ['webview/panel.ts'],
    outfile: 'dist/panel.js',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  }),
  ...['testgen.json', 'spec'].map((name) =>
    copyFile(join(root, `../../docs/schemas/${name}.schema.json`), join(root, `dist/${name}.schema.json`)),
  ),
]);
