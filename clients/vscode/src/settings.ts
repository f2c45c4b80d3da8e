// Settings for the server: only those that somebody has set. Defaults stay the server's, or they would override what
// testgen.json says.

export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

// These are the extension's own; the server does not know them.
const OWN = new Set(['server.path', 'testExplorer', 'mutantsInTestExplorer', 'trace.server']);

export function serverSettingNames(properties: Record<string, unknown>): string[] {
  return Object.keys(properties)
    .map((name) => name.replace(/^testgen\./, ''))
    .filter((name) => !OWN.has(name));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Objects are merged, as VS Code merges them; of everything else the innermost layer counts.
export function explicitValue(inspected: Inspected | undefined): unknown {
  const layers = [inspected?.globalValue, inspected?.workspaceValue, inspected?.workspaceFolderValue];
  const set = layers.filter((value) => value !== undefined);
  return set.length > 0 && set.every(isPlainObject) ? Object.assign({}, ...(set as object[])) : set.at(-1);
}

export function explicitSettings(
  names: string[],
  inspect: (name: string) => Inspected | undefined,
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    const value = explicitValue(inspect(name));
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}
