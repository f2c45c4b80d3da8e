// Says how a report (standard input) departs from a JSON schema of an npm package: validate_schema.js SCHEMA
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const modules = process.env.TESTGEN_NODE_MODULES;
const Ajv = require(path.join(modules, "ajv")).default;
const schema = JSON.parse(fs.readFileSync(path.join(modules, process.argv[2]), "utf8"));
const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
if (!validate(JSON.parse(fs.readFileSync(0, "utf8")))) {
  console.log(validate.errors.map((error) => `${error.instancePath}: ${error.message}`).join("\n"));
  process.exit(1);
}
