// Tests of the parts that need no editor: bundled, then run by Node's test runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tests = join(root, '../../tests/vscode/unit');
const outdir = mkdtempSync(join(tmpdir(), 'testgen-vscode-'));
const entryPoints = readdirSync(tests).filter((name) => name.endsWith('.test.ts')).map((name) => join(tests, name));
await build({ entryPoints, outdir, bundle: true, platform: 'node', format: 'cjs', outExtension: { '.js': '.cjs' }, sourcemap: 'inline' });
const files = readdirSync(outdir).map((name) => join(outdir, name));
const { status } = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
rmSync(outdir, { recursive: true });
process.exitCode = status ?? 1;
