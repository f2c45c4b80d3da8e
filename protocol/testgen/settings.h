// The settings: one row each. Decoding, defaults, the JSON schema of testgen.json, the editors' contributions and
// docs/settings.md follow from the table.
#ifndef TESTGEN_PROTOCOL_TESTGEN_SETTINGS_H
#define TESTGEN_PROTOCOL_TESTGEN_SETTINGS_H

#include "protocol/json/json.h"
#include "protocol/testgen/diagnostics.h"

typedef enum SandboxPolicy { SANDBOX_REQUIRE, SANDBOX_OFF, SANDBOX_POLICY_COUNT } SandboxPolicy;

typedef enum EditorMutation {
  EDITOR_MUTATION_ON_DEMAND,
  EDITOR_MUTATION_ON_SAVE,
  EDITOR_MUTATION_OFF,
  EDITOR_MUTATION_COUNT
} EditorMutation;

typedef enum ModelProvider { PROVIDER_BUILTIN, PROVIDER_OPENAI, PROVIDER_ANTHROPIC, PROVIDER_COUNT } ModelProvider;
extern const char *const model_provider_names[];

// 0: as the table of diagnostics says; else a DiagnosticSeverity, or SEVERITY_OFF.
enum { SEVERITY_OFF = 5 };

#define SETTING_MAX_DIAGNOSTICS 10000  // the highest value of maxDiagnostics
#define SETTING_MAX_TESTS 1000         // the highest value of maxTests

typedef struct Settings {
  StringView interpreter;
  JsonArray pytest_arguments;  // StringView
  JsonArray python_path;       // StringView
  int context;                 // TestContext
  JsonArray categories;        // int, TestCategory: for the context `custom`
  JsonArray prohibited;        // StringView
  JsonArray critical_paths;    // StringView
  JsonArray exclude;           // StringView
  StringView coverage_file;
  StringView database;
  int64_t history_days;
  int64_t max_diagnostics;  // per file
  bool lenses;
  bool leads;                // hints that no run has proved yet
  int64_t run_timeout;       // seconds
  int64_t mutate_timeout;    // seconds
  int mutate_in_editor;      // EditorMutation
  int64_t generate_timeout;  // seconds
  int64_t max_tests;         // accepted tests of one generation
  int64_t seed;
  int provider;  // ModelProvider
  StringView model;
  StringView model_url;
  StringView model_key_file;
  StringView model_certificates;
  StringView model_cache;
  int64_t model_timeout;  // seconds
  int64_t model_tokens;   // of one generation
  int64_t model_rounds;
  int64_t model_input_price, model_output_price;  // cents for a million tokens
  int64_t model_budget;                           // cents of one generation
  int sandbox;                                    // SandboxPolicy
  int64_t fail_under;                             // 0-1000; `testgen score` and `check` exit with 1 below it
  unsigned char severities[DIAGNOSTIC_COUNT];
} Settings;

typedef enum SettingKind {
  SETTING_BOOL,
  SETTING_INTEGER,
  SETTING_STRING,
  SETTING_STRINGS,
  SETTING_ENUM,
  SETTING_ENUMS,
  SETTING_SEVERITIES  // an object: diagnostic code to severity or "off"
} SettingKind;

typedef struct SettingRow {
  const char *name;  // "criticalPaths"; editors say "testgen.criticalPaths"
  SettingKind kind;
  size_t offset;             // in Settings
  int64_t number;            // default of bool, integer and enum
  int64_t minimum, maximum;  // of integers
  const char *const *names;  // of enums
  bool is_machine_scoped;    // may not come from the workspace's testgen.json, because it names a program to run
  const char *documentation;
} SettingRow;

const SettingRow *setting_rows(size_t *ret_count);
void settings_defaults(Settings *ret_settings);

// What is wrong in a layer: the key, what stands there, what is allowed. `offset` is the byte offset of the value.
typedef void (*SettingProblem)(void *user, uint32_t offset, const char *message);

// Puts a layer over the settings: an object of settings by name, also nested below "testgen", also with dotted names
// ("testgen.context"). Wrong values are reported and leave what was there. Strings are copied into the arena.
// `is_workspace_file`: machine-scoped settings are refused.
int settings_apply(Settings *settings, const JsonValue *layer, bool is_workspace_file, Arena *arena,
                   SettingProblem problem, void *user, Error *ret_error);

void settings_write_schema(JsonWriter *writer);  // of testgen.json

// Of an editor: an object of schemas by name, all of them, with a `scope` each: machine or resource.
void settings_write_contributions(JsonWriter *writer);

#endif
