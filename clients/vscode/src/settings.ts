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

// ---- What cannot be ----

// As package.json describes a setting.
export interface Schema {
  type?: string;
  scope?: string;
  enum?: unknown[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
}

function typeFits(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isPlainObject(value);
    default:
      return typeof value === type;
  }
}

function nameOf({ type = 'value', items }: Schema): string {
  const article = /^[aeio]/.test(type) ? 'an' : 'a';
  return type === 'array' && items?.type ? `a list of ${items.type}s` : `${article} ${type}`;
}

// What the setting must be, where the value is something else.
function wanted(schema: Schema, value: unknown): string | undefined {
  const { type, enum: choices, items, minimum, maximum } = schema;
  if (choices && !choices.includes(value)) return `one of ${choices.join(', ')}`;
  if (type && !typeFits(type, value)) return nameOf(schema);
  if (items && (value as unknown[]).some((item) => wanted(items, item) !== undefined)) {
    return items.enum ? `a list of ${items.enum.join(', ')}` : nameOf(schema);
  }
  const isOutside = typeof value === 'number' && ((minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum));
  return isOutside ? `${minimum} to ${maximum}` : undefined;
}

export interface WrongSetting {
  name: string; // without "testgen."
  problem: string;
}

export function wrongSettings(schemas: Record<string, Schema>, values: Record<string, unknown>): WrongSetting[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const must = wanted(schemas[`testgen.${name}`] ?? {}, value);
    return must === undefined ? [] : [{ name, problem: `testgen.${name} must be ${must}, and is ${JSON.stringify(value)}` }];
  });
}
