// Compares the field tables of our LSP types with the official types of LSP 3.18, which has all of 3.17 too.
//
// The tables come as protocol_print_tables writes them; the official types as a JSON schema that is made from the TypeScript
// declarations of the official npm packages. The specification's metaModel.json is in none of these packages.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { METHODS, schemaOf } = require("./schema.js");

const PACKAGE = path.join(process.env.TESTGEN_NODE_MODULES, "vscode-languageserver-protocol-3.18");

// The text of every declaration that the package and the two that it stands on publish.
function declarations() {
  const folders = ["lib/common", "node_modules/vscode-jsonrpc/lib/common"].map((folder) => path.join(PACKAGE, folder));
  const files = folders.flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  files.push(path.join(PACKAGE, "node_modules/vscode-languageserver-types/lib/esm/main.d.ts"));
  return files.filter((file) => file.endsWith(".d.ts")).map((file) => fs.readFileSync(file, "utf8")).join("\n");
}

// { definitions, official }: the JSON schema, and which of the names are official types. A name that the package does not
// export stands there only because another type refers to it.
function officialSchema(names) {
  const text = declarations();
  const official = names.filter((name) => new RegExp(`^export (declare )?(interface|type) ${name}\\b`, "m").test(text));
  const lines = [`import type { ${official.join(", ")} } from "vscode-languageserver-protocol-3.18";`];
  for (const name of official) lines.push(`export type Our${name} = ${name};`);
  const { definitions } = schemaOf(lines.join("\n") + "\n");
  return { definitions, official: official.filter((name) => name in definitions) };
}

// ---- What an official type may be, as a flat list of alternatives ----
//
// { is: "object", properties, required } | { is: "array", items } | { is: "string" | "boolean" | "null" | "any" }
// | { is: "integer" | "uinteger" | "number" }, with `values` where only some are allowed.

function alternatives(definitions, schema) {
  if (schema.$ref) {
    const name = decodeURIComponent(schema.$ref.replace("#/definitions/", ""));
    if (name === "integer" || name === "uinteger") return [{ is: name }];
    return alternatives(definitions, definitions[name]);
  }
  if (schema.anyOf) return schema.anyOf.flatMap((one) => alternatives(definitions, one));
  if (schema.allOf) return [mergeObjects(schema.allOf.flatMap((one) => alternatives(definitions, one)))];
  if (Array.isArray(schema.type)) return schema.type.flatMap((type) => alternatives(definitions, { ...schema, type }));
  if (!schema.type) return [{ is: "any" }];
  return [alternative(schema)];
}

function alternative(schema) {
  const values = schema.enum ?? (("const" in schema) ? [schema.const] : undefined);
  if (schema.type === "object") return { is: "object", properties: schema.properties, required: schema.required ?? [] };
  if (schema.type === "array") return { is: "array", items: schema.items ?? {} };
  if (schema.type === "number" && values) return { is: values.every((value) => value >= 0) ? "uinteger" : "integer", values };
  return { is: schema.type, values };
}

function mergeObjects(objects) {
  const properties = Object.assign({}, ...objects.map((one) => one.properties));
  return { is: "object", properties, required: objects.flatMap((one) => one.required ?? []) };
}

// ---- Which alternatives a kind of field can hold ----

const SCALARS = {
  bool: ["boolean"],
  integer: ["integer"],
  uinteger: ["uinteger"],
  double: ["number", "integer", "uinteger"],
  "optional integer": ["integer", "uinteger"],
  "optional double": ["number", "integer", "uinteger"],
  string: ["string"],
  enum: ["string"],
};
const ITEMS = { "string array": "string", "integer array": "optional integer", "enum array": "enum" };

function sameNames(names, values) {
  return values !== undefined && JSON.stringify([...names].sort()) === JSON.stringify([...new Set(values)].sort());
}

class Comparison {
  // `tables`: as protocol_print_tables prints them.
  constructor(tables) {
    this.tables = new Map(tables.map((table) => [table.name, table]));
    Object.assign(this, officialSchema([...this.tables.keys()]));
    this.faults = new Set();
    this.compared = new Set();  // names of tables
    this.seen = new Set();
  }

  // Compares every table; returns the faults, each as "Type.field: what is wrong".
  run() {
    const directions = this.directions();
    for (const name of this.official) {
      const all = alternatives(this.definitions, this.definitions[name]);
      for (const direction of directions.get(name) ?? [null]) this.table(name, all, direction);
    }
    for (const name of this.tables.keys())
      if (!this.compared.has(name)) this.faults.add(`${name}: there is no official type of that name, and none refers to it`);
    return [...this.faults].sort();
  }

  // Table name: whether its messages are read, written or both. Parameters from the client are read, results written.
  directions() {
    const directions = new Map();
    const note = (types, direction) => {
      for (const name of types.match(/[A-Z]\w*/g) ?? [])
        directions.set(name, new Set([...(directions.get(name) ?? []), direction]));
    };
    for (const [sides, params, result] of Object.values(METHODS)) {
      for (const side of sides) note(params, side === "c" ? "read" : "written");
      if (result) note(result, sides.includes("c") ? "written" : "read");
    }
    return directions;
  }

  table(name, all, direction) {
    const objects = all.filter((one) => one.is === "object");
    const key = `${name} ${direction} ${JSON.stringify(objects)}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.compared.add(name);
    const { fields } = this.tables.get(name);
    for (const member of new Set(objects.flatMap((one) => Object.keys(one.properties ?? {})))) {
      const rows = fields.filter((field) => field.name === member);
      const isRequired = objects.every((one) => one.required.includes(member));
      if (isRequired && rows.length === 0) this.faults.add(`${name}.${member}: is required, and has no field`);
    }
    for (const field of fields) this.field(name, field, fields, objects, direction);
  }

  field(name, field, fields, objects, direction) {
    const where = `${name}.${field.name}`;
    const having = objects.filter((one) => one.properties && field.name in one.properties);
    if (having.length === 0) {
      this.faults.add(`${where}: is not in the official type`);
      return;
    }
    const all = having.flatMap((one) => alternatives(this.definitions, one.properties[field.name]));
    const isRequired = objects.every((one) => one.required.includes(field.name));
    const oursRequired = fields.some((row) => row.name === field.name && row.required);
    // What is optional may always be written, but not be asked for.
    if (isRequired && !oursRequired) this.faults.add(`${where}: is required in the official type`);
    if (!isRequired && oursRequired && direction !== "written") this.faults.add(`${where}: is optional in the official type`);
    this.nulls(where, field, all, direction);
    const others = all.filter((one) => one.is !== "null");
    this.inside(field, others, direction);
    const refused = others.filter((one) => !this.holds(field, one));
    const words = (list) => [...new Set(list.map((one) => one.is))].sort().join(", ");
    if (refused.length === others.length) this.faults.add(`${where}: is ${field.kind}, but officially ${words(refused)}`);
    else if (refused.length > 0 && direction === "read" && !field.lenient && !this.isElsewhere(field, fields))
      this.faults.add(`${where}: is read as ${field.kind}, and may also be ${words(refused)}`);
  }

  nulls(where, field, all, direction) {
    const mayBeNull = all.some((one) => one.is === "null" || one.is === "any");
    if (mayBeNull && direction === "read" && field.required && !field.nullable && field.kind !== "value")
      this.faults.add(`${where}: may be null, and null is refused`);
    if (!mayBeNull && direction === "written" && field.required && field.nullable)
      this.faults.add(`${where}: may not be null, and null is written`);
  }

  // A member with two rows is read by the one that takes anything.
  isElsewhere(field, fields) {
    return fields.some((row) => row !== field && row.name === field.name && row.kind === "value");
  }

  holds(field, one) {
    if (field.kind === "value" || field.kind === "raw") return true;
    if (field.kind === "object" || field.kind === "pointer") return one.is === "object";
    if (one.is === "array") return this.holdsItems(field, alternatives(this.definitions, one.items));
    if (!SCALARS[field.kind]?.includes(one.is)) return false;
    return field.kind !== "enum" || sameNames(field.names, one.values);
  }

  holdsItems(field, items) {
    if (field.kind === "array") return items.every((one) => one.is === "object");
    return field.kind in ITEMS && items.every((one) => this.holds({ ...field, kind: ITEMS[field.kind] }, one));
  }

  // The table of what is inside is compared with all that may stand there: one struct of ours holds all of a union.
  inside(field, all, direction) {
    if (!field.type) return;
    const items = field.kind === "array" ? all.filter((one) => one.is === "array") : [];
    const inner = [...all, ...items.flatMap((one) => alternatives(this.definitions, one.items))];
    const objects = inner.filter((one) => one.is === "object" && one.properties);
    if (objects.length > 0) this.table(field.type, objects, direction);
  }
}

module.exports = { Comparison };
