// Says how a report (standard input) departs from a JSON schema of an npm package: validate_schema.js SCHEMA
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const modules = process.env.TESTGEN_NODE_MODULES;
const Ajv = require(path.join(modules, "ajv")).default;
const schema = JSON.parse(fs.readFileSync(path.join(modules, process.argv[2]), "utf8"));
// SARIF's schema is written in draft 4, which Ajv does not know. Of what is different there it uses the names of these two,
// and patterns that are none with the flag for Unicode.
const { id, $schema, ...rules } = schema;
const options = { allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false };
const validate = new Ajv(options).compile(rules);
if (!validate(JSON.parse(fs.readFileSync(0, "utf8")))) {
  console.log(validate.errors.map((error) => `${error.instancePath}: ${error.message}`).join("\n"));
  process.exit(1);
}
