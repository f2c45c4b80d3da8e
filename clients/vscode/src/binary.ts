// Which server is started, and what is wrong when none can be.
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface Candidates {
  configured: string; // the setting; empty: not set
  bundled: string; // where a packaged extension has it
  searchPath: string; // PATH
}

export type Found = { path: string } | { problem: string; isSetting: boolean };

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The machine and the word size of an ELF file; nothing of scripts, which may wrap the server.
export function machineOf(file: string): string | undefined {
  const header = Buffer.alloc(20);
  const descriptor = fs.openSync(file, 'r');
  try {
    if (fs.readSync(descriptor, header, 0, header.length, 0) < header.length) return undefined;
  } finally {
    fs.closeSync(descriptor);
  }
  if (header.toString('latin1', 1, 4) === 'ELF') {
    const machine = header.readUInt16LE(18);
    return { 62: 'linux-x64', 183: 'linux-arm64' }[machine] ?? `ELF machine ${machine}`;
  }
  if (header.toString('latin1', 0, 2) === 'MZ') return 'win32';
  if ([0xfeedfacf, 0xcffaedfe, 0xcafebabe].includes(header.readUInt32BE(0))) return 'darwin';
  return undefined;
}

function check(file: string, isSetting: boolean, platform: string): Found {
  const origin = isSetting ? 'The setting testgen.server.path' : 'The extension';
  if (!isFile(file)) return { problem: `${origin} names ${file}, which is not a file.`, isSetting };
  if (!isExecutable(file)) {
    return { problem: `${file} may not be executed; \`chmod +x\` allows it.`, isSetting };
  }
  const machine = machineOf(file);
  if (machine !== undefined && machine !== platform) {
    return { problem: `${file} was built for ${machine}; this is ${platform}.`, isSetting };
  }
  return { path: file };
}

export function findServer(candidates: Candidates, platform: string): Found {
  if (candidates.configured) return check(candidates.configured, true, platform);
  if (isFile(candidates.bundled)) return check(candidates.bundled, false, platform);
  for (const folder of candidates.searchPath.split(path.delimiter)) {
    const file = path.join(folder, 'testgen');
    if (folder && isFile(file) && isExecutable(file)) return check(file, true, platform);
  }
  return {
    problem: 'The server `testgen` is neither in the extension nor in PATH. Install it, or name it in the setting testgen.server.path.',
    isSetting: true,
  };
}
