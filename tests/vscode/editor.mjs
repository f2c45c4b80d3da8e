// A workbench of VS Code with the extension in it, and a browser that shows it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { needed } from './environment.mjs';

const START_MS = 60_000;
const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(address, child) {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`code-server ended with ${child.exitCode}`);
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`code-server did not answer at ${address} within ${START_MS / 1000} s`);
}

export function launchBrowser() {
  const { chromium } = createRequire(join(needed('TESTGEN_VSCODE'), 'package.json'))('playwright-core');
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
  if (!executablePath) throw new Error('chromium was not found; ./dev setup installs it');
  return chromium.launch({ executablePath, args: BROWSER_FLAGS });
}

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');

// startEditor({ binary, server, settings, asksForTrust, prepare, workspace }), each optional. The folder of the test is emptied,
// and has a copy of a project, which `prepare(place)` may change; `server(place)` is a server of the test's own, `workspace` a file
// with several folders to open instead.
export async function startEditor(options) {
  const [deps, python, folder] = ['TESTGEN_VSCODE', 'TESTGEN_PYTHON', 'TESTGEN_SCRATCH'].map(needed);
  const extension = join(repository, 'clients/vscode');
  rmSync(folder, { recursive: true, force: true });
  const place = (name) => join(folder, name);
  for (const name of ['user/User', 'user/Machine', 'extensions/testgen', 'home', 'pictures']) mkdirSync(place(name), { recursive: true });
  cpSync(join(repository, 'tests/nvim/project'), place('project'), { recursive: true });
  options.prepare?.(place);
  for (const name of ['package.json', 'dist', 'media']) {
    cpSync(join(extension, name), place(`extensions/testgen/${name}`), { recursive: true });
  }
  const settings = {
    'workbench.startupEditor': 'none',
    'workbench.colorTheme': 'Default Dark Modern',
    'telemetry.telemetryLevel': 'off',
    'git.openRepositoryInParentFolders': 'never',
    'window.commandCenter': false,
    ...options.settings,
  };
  // What names programs is of the machine that the workbench's server runs on.
  const binary = options.server?.(place) ?? options.binary ?? needed('TESTGEN_BINARY');
  const machine = { 'testgen.server.path': binary, 'testgen.interpreter': python };
  writeFileSync(place('user/User/settings.json'), JSON.stringify(settings));
  writeFileSync(place('user/Machine/settings.json'), JSON.stringify(machine));

  const port = await freePort();
  const server = spawn(
    process.execPath,
    [
      join(deps, 'node_modules/code-server/out/node/entry.js'),
      '--auth', 'none',
      '--bind-addr', `127.0.0.1:${port}`,
      '--disable-telemetry',
      '--disable-update-check',
      ...(options.asksForTrust ? [] : ['--disable-workspace-trust']),
      '--user-data-dir', place('user'),
      '--extensions-dir', place('extensions'),
    ],
    { env: { ...process.env, HOME: place('home') }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (log += data));
  try {
    await answers(`http://127.0.0.1:${port}/healthz`, server);
  } catch (error) {
    server.kill();
    throw new Error(`${error.message}\n${log}`);
  }

  const browser = await launchBrowser().catch((error) => {
    server.kill();
    throw error;
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const opened = options.workspace ? `workspace=${encodeURIComponent(place(options.workspace))}` : `folder=${encodeURIComponent(place('project'))}`;
  await page.goto(`http://127.0.0.1:${port}/?${opened}`);
  await page.waitForSelector('.monaco-workbench', { timeout: START_MS });
  return {
    page,
    place,
    picture: (name) => page.screenshot({ path: place(`pictures/${name}.png`) }),
    async close() {
      await browser.close();
      server.kill();
      if (server.exitCode === null) await once(server, 'exit');
    },
  };
}

// Applies the edit that the preview shows. Nothing of it is ticked before: an edit of a generator asks first. A file's row
// ticks what is in it.
export async function applyPreview(page, { picture } = {}) {
  const apply = page.locator('.bulk-edit-panel .monaco-button', { hasText: 'Apply' });
  await apply.waitFor({ timeout: 120_000 });
  const boxes = page.locator('.bulk-edit-panel .edit-checkbox');
  await boxes.nth(1).waitFor();
  const ticked = () => Promise.all([boxes.nth(0).isChecked(), boxes.nth(1).isChecked()]);
  assert.deepEqual(await ticked(), [false, false]);
  await boxes.first().check();
  await expectSoon(async () => !(await ticked()).includes(false));
  await picture?.();
  await apply.click();
}

// The list closes when a page that was opened just before takes the focus, and does not find a file that was made just before:
// then it is opened again.
async function choose(page, key, text, name, attempts = 6) {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
  await page.keyboard.press(key);
  try {
    await page.locator('.quick-input-widget input.input').fill(text, { timeout: 10_000 });
    await row.waitFor({ timeout: 10_000 });
  } catch (error) {
    if (attempts === 1) throw error;
    await page.keyboard.press('Escape');
    await choose(page, key, text, name, attempts - 1);
    return;
  }
  await page.keyboard.press('Enter');
}

export const command = (page, title) => choose(page, 'F1', `>${title}`, title);

// The page inside the panel: a frame in a frame.
export const panelOf = (page) => page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');

export async function expectSoon(condition) {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() >= end) throw new Error('it did not happen within 30 s');
    await new Promise((done) => setTimeout(done, 100));
  }
}

export async function openFile(page, name) {
  await choose(page, 'Control+P', name, name);
  await page.locator('.tab.active', { hasText: name }).waitFor();
}

// Seen in a browser without a screen: the workbench at times draws lenses only once the editor had a click.
export async function lens(page, text) {
  await page.locator('.editor-instance .view-line').first().click();
  const link = page.locator('.codelens-decoration a', { hasText: text }).first();
  await link.waitFor();
  return link;
}
