// format.mjs PACKAGES [--write]: the Lua of the repository in the one form that clients/nvim/stylua.toml says. Without
// --write it names the files that have another one, and fails. PACKAGES: the folder that has StyLua.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [packages, option] = process.argv.slice(2);
const stylua = createRequire(join(resolve(packages), 'package.json'))('@johnnymorganz/stylua');

const KINDS = { indent_type: stylua.IndentType, quote_style: stylua.QuoteStyle };

// `name = "value"` or `name = 12` on each line. Read for each text: formatting takes its configuration away.
function readConfig() {
  const path = join(repository, 'clients/nvim/stylua.toml');
  const config = stylua.Config.new();
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const [, name, word, number] = /^(\w+) = (?:"(\w+)"|(\d+))$/.exec(line) ?? [];
    const value = word === undefined ? Number(number) : KINDS[name]?.[word];
    if (name === undefined || value === undefined) throw new Error(`${path}: "${line}" is not understood`);
    config[name] = value;
  }
  return config;
}

const names = execFileSync('git', ['ls-files', '*.lua'], { cwd: repository, encoding: 'utf8' }).split('\n').filter(Boolean);
for (const name of names) {
  const path = join(repository, name);
  const text = readFileSync(path, 'utf8');
  const formatted = stylua.formatCode(text, readConfig(), undefined, stylua.OutputVerification.Full);
  if (formatted === text) continue;
  if (option === '--write') {
    writeFileSync(path, formatted);
  } else {
    console.error(`${name} has another form than StyLua gives it; tests/lua/format.mjs --write changes it`);
    process.exitCode = 1;
  }
}
