#include "protocol/testgen/settings.h"

#include "protocol/testgen/vocabulary.h"

#include <string.h>

const char *const model_provider_names[] = {
    [PROVIDER_BUILTIN] = "builtin",
    [PROVIDER_OPENAI] = "openai",
    [PROVIDER_ANTHROPIC] = "anthropic",
    [PROVIDER_COUNT] = NULL,
};
static const char *const sandbox_policy_names[] = {
    [SANDBOX_REQUIRE] = "require", [SANDBOX_OFF] = "off", [SANDBOX_POLICY_COUNT] = NULL};

static const char *const editor_mutation_names[] = {[EDITOR_MUTATION_ON_DEMAND] = "on-demand",
                                                    [EDITOR_MUTATION_ON_SAVE] = "on-save",
                                                    [EDITOR_MUTATION_OFF] = "off",
                                                    [EDITOR_MUTATION_COUNT] = NULL};

static const char *const severity_names[] = {"default", "error", "warning", "information", "hint", "off", NULL};

#define SETTING_PLAIN(json_name, kind, member, doc) \
  { json_name, kind, offsetof(Settings, member), 0, 0, 0, NULL, false, doc }
#define SETTING_MACHINE(json_name, kind, member, doc) \
  { json_name, kind, offsetof(Settings, member), 0, 0, 0, NULL, true, doc }
#define SETTING_SWITCH(json_name, member, value, doc) \
  { json_name, SETTING_BOOL, offsetof(Settings, member), value, 0, 1, NULL, false, doc }
#define SETTING_NUMBER(json_name, member, value, low, high, doc) \
  { json_name, SETTING_INTEGER, offsetof(Settings, member), value, low, high, NULL, false, doc }

static const SettingRow rows[] = {
    SETTING_MACHINE("interpreter", SETTING_STRING, interpreter,
                    "The Python that runs the workspace's tests. Without it: .venv, VIRTUAL_ENV, then python3."),
    SETTING_MACHINE("pytestArguments", SETTING_STRINGS, pytest_arguments, "Further arguments for pytest."),
    SETTING_PLAIN("pythonPath", SETTING_STRINGS, python_path,
                  "Folders from which the workspace's modules are imported, beside the workspace itself and src."),
    {"context", SETTING_ENUM, offsetof(Settings, context), CONTEXT_BENCHMARK, 0, 0, context_names, false,
     "Which test categories are in play: benchmark all five; commander existence, correctness and boundary; mechacoder "
     "correctness and boundary; custom the list in categories."},
    {"categories", SETTING_ENUMS, offsetof(Settings, categories), 0, 0, 0, category_names, false,
     "The categories in play when the context is custom."},
    SETTING_PLAIN("prohibited", SETTING_STRINGS, prohibited,
                  "Tools and modules that the code may not use; tests should check that it does not."),
    SETTING_PLAIN("criticalPaths", SETTING_STRINGS, critical_paths,
                  "Globs of files, or FILE::NAME, whose gaps weigh most."),
    SETTING_PLAIN("exclude", SETTING_STRINGS, exclude, "Globs of files and folders to leave alone."),
    SETTING_PLAIN(
        "coverageFile", SETTING_STRING, coverage_file,
        "The coverage file to read: coverage.py JSON, lcov or Cobertura XML. Without it: the newest one found."),
    SETTING_MACHINE("database", SETTING_STRING, database,
                    "Where the history is kept. Without it: .testgen/testgen.db in the workspace."),
    SETTING_NUMBER("historyDays", history_days, 365, 1, 36500, "Runs older than this many days are removed."),
    SETTING_NUMBER("maxDiagnostics", max_diagnostics, 100, 1, SETTING_MAX_DIAGNOSTICS,
                   "Diagnostics per file; the most important ones are shown, and one row says how many are not."),
    SETTING_SWITCH("lenses", lenses, 1, "Show code lenses: strength per test, score per file."),
    SETTING_SWITCH("leads", leads, 1, "Show hints that no run has proved yet."),
    SETTING_NUMBER("runTimeout", run_timeout, 600, 1, 86400, "Seconds that a run of the tests may take."),
    SETTING_NUMBER("mutateTimeout", mutate_timeout, 21600, 1, 604800,
                   "Seconds that one run of mutants may take; what was judged by then is kept."),
    {"mutateInEditor", SETTING_ENUM, offsetof(Settings, mutate_in_editor), EDITOR_MUTATION_ON_DEMAND, 0, 0,
     editor_mutation_names, false,
     "When the editor judges mutants: on-demand by command; on-save also the functions that a save has changed, in the "
     "background; off never, and nothing of mutants is shown."},
    SETTING_NUMBER("generateTimeout", generate_timeout, 180, 1, 86400, "Seconds that one generation may take."),
    SETTING_NUMBER("maxTests", max_tests, 30, 1, SETTING_MAX_TESTS, "Tests that one generation accepts at most."),
    SETTING_NUMBER("seed", seed, 0, 0, INT64_C(9007199254740991),
                   "Of everything random; the same seed gives the same tests."),
    {"provider", SETTING_ENUM, offsetof(Settings, provider), PROVIDER_BUILTIN, 0, 0, model_provider_names, true,
     "Who proposes tests: builtin without a model and without a network; openai a model behind a chat-completions "
     "interface (OpenAI, Ollama, vLLM, llama.cpp); anthropic one behind the Messages API. A model is sent the code "
     "under "
     "test, its tests and its spec."},
    SETTING_MACHINE("model", SETTING_STRING, model, "The name of the model that is asked."),
    SETTING_MACHINE("modelUrl", SETTING_STRING, model_url,
                    "Where the model's interface is, as http://localhost:11434/v1. Without it: that of OpenAI or "
                    "Anthropic."),
    SETTING_MACHINE("modelKeyFile", SETTING_STRING, model_key_file,
                    "A file with the model's key, which only its owner may read. Without it: the key in "
                    "TESTGEN_API_KEY, or, without modelUrl, in OPENAI_API_KEY or ANTHROPIC_API_KEY."),
    SETTING_MACHINE("modelCertificates", SETTING_STRING, model_certificates,
                    "A file with the certificates of authorities (PEM) that vouch for the model's server. Without it: "
                    "those of the system."),
    SETTING_MACHINE(
        "modelCache", SETTING_STRING, model_cache,
        "The folder in which answers of models are kept, so that the same question costs nothing the second "
        "time. Without it: answers, beside the history."),
    SETTING_NUMBER("modelTimeout", model_timeout, 120, 1, 3600, "Seconds that one question to a model may take."),
    SETTING_NUMBER("modelTokens", model_tokens, 100000, 1000, 100000000,
                   "Tokens, of questions and answers, that one generation may use."),
    SETTING_NUMBER("modelRounds", model_rounds, 12, 1, 100,
                   "Questions of one generation at most: each after the first says what became of the answers before."),
    SETTING_NUMBER("modelInputPrice", model_input_price, 0, 0, 1000000,
                   "Cents for a million tokens of questions; 0: not known, and no cost is shown."),
    SETTING_NUMBER("modelOutputPrice", model_output_price, 0, 0, 1000000,
                   "Cents for a million tokens of answers; 0: not known."),
    SETTING_NUMBER("modelBudget", model_budget, 0, 0, 1000000,
                   "Cents that one generation may cost, by the prices; 0: not limited."),
    {"sandbox", SETTING_ENUM, offsetof(Settings, sandbox), SANDBOX_REQUIRE, 0, 0, sandbox_policy_names, true,
     "Generated code runs in a sandbox: require refuses to run it where there is none, off runs it without."},
    SETTING_NUMBER("failUnder", fail_under, 0, 0, 1000, "The command line exits with 1 when the score is below this."),
    SETTING_PLAIN("diagnostics", SETTING_SEVERITIES, severities,
                  "Severity by diagnostic code: error, warning, information, hint, off or default."),
};

const SettingRow *setting_rows(size_t *ret_count) {
  *ret_count = sizeof rows / sizeof *rows;
  return rows;
}

void settings_defaults(Settings *ret_settings) {
  memset(ret_settings, 0, sizeof *ret_settings);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    void *place = (char *)ret_settings + rows[i].offset;
    if (rows[i].kind == SETTING_BOOL)
      *(bool *)place = rows[i].number != 0;
    else if (rows[i].kind == SETTING_INTEGER)
      *(int64_t *)place = rows[i].number;
    else if (rows[i].kind == SETTING_ENUM)
      *(int *)place = (int)rows[i].number;
  }
}

// ---- Applying a layer ----

typedef struct Layer {
  Settings *settings;
  bool is_workspace_file;
  Arena *arena;
  SettingProblem problem;
  void *user;
  Error *ret_error;
} Layer;

static void layer_report(Layer *layer, uint32_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void layer_report(Layer *layer, uint32_t offset, const char *format, ...) {
  Error message = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&message, ERROR_INVALID_ARGUMENT, format, arguments);
  va_end(arguments);
  if (layer->problem)
    layer->problem(layer->user, offset, message.message);
}

static void layer_report_kind(Layer *layer, const SettingRow *row, const JsonValue *value, const char *expected) {
  layer_report(layer, value->offset, "setting %s: expected %s, found %s", row->name, expected,
               json_kind_name(value->kind));
}

// "a, b or c"
static const char *names_joined(const char *const *names, Arena *arena) {
  Buffer text;
  buffer_init(&text, 4096);
  for (size_t i = 0; names[i]; i++) {
    if (i > 0)
      buffer_append_text(&text, names[i + 1] ? ", " : " or ");
    buffer_append_text(&text, names[i]);
  }
  StringView copy = arena_copy(arena, buffer_view(&text));
  buffer_finish(&text);
  return copy.data ? copy.data : "one of the documented names";
}

static int apply_integer(Layer *layer, const SettingRow *row, const JsonValue *value, int64_t *place) {
  if (value->kind != JSON_INTEGER)
    layer_report_kind(layer, row, value, "a whole number");
  else if (value->integer < row->minimum || value->integer > row->maximum)
    layer_report(layer, value->offset, "setting %s: %lld is outside %lld to %lld", row->name, (long long)value->integer,
                 (long long)row->minimum, (long long)row->maximum);
  else
    *place = value->integer;
  return 0;
}

static int apply_string(Layer *layer, const SettingRow *row, const JsonValue *value, StringView *place) {
  if (value->kind == JSON_NULL) {
    *place = (StringView){0};
    return 0;
  }
  if (value->kind != JSON_STRING) {
    layer_report_kind(layer, row, value, "a string");
    return 0;
  }
  if (value->string.length == 0) {  // editors send empty strings for unset settings
    *place = (StringView){0};
    return 0;
  }
  StringView copy = arena_copy(layer->arena, value->string);
  if (!copy.data)
    return error_set(layer->ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  *place = copy;
  return 0;
}

static int apply_strings(Layer *layer, const SettingRow *row, const JsonValue *value, JsonArray *place) {
  if (value->kind != JSON_ARRAY) {
    layer_report_kind(layer, row, value, "a list of strings");
    return 0;
  }
  StringView *items = arena_allocate_array(layer->arena, value->array.count, sizeof *items);
  if (!items)
    return error_set(layer->ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  for (size_t i = 0; i < value->array.count; i++) {
    if (value->array.items[i].kind != JSON_STRING) {
      layer_report_kind(layer, row, &value->array.items[i], "a list of strings");
      return 0;
    }
    items[i] = arena_copy(layer->arena, value->array.items[i].string);
    if (!items[i].data)
      return error_set(layer->ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  }
  *place = (JsonArray){items, value->array.count};
  return 0;
}

// The value of a name of `row->names`, -1 after a report.
static int enum_value(Layer *layer, const SettingRow *row, const JsonValue *value) {
  if (value->kind != JSON_STRING) {
    layer_report_kind(layer, row, value, "a string");
    return -1;
  }
  int index = name_index(row->names, value->string);
  TestCategory legacy;
  if (index < 0 && row->names == category_names && category_from_name(value->string, &legacy))
    index = (int)legacy;
  if (index < 0)
    layer_report(layer, value->offset, "setting %s: \"%.*s\" is not allowed; allowed: %s", row->name,
                 SV_ARGUMENTS(value->string), names_joined(row->names, layer->arena));
  return index;
}

static int apply_enums(Layer *layer, const SettingRow *row, const JsonValue *value, JsonArray *place) {
  if (value->kind != JSON_ARRAY) {
    layer_report_kind(layer, row, value, "a list of names");
    return 0;
  }
  int *items = arena_allocate_array(layer->arena, value->array.count, sizeof *items);
  if (!items)
    return error_set(layer->ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  for (size_t i = 0; i < value->array.count; i++) {
    items[i] = enum_value(layer, row, &value->array.items[i]);
    if (items[i] < 0)
      return 0;
  }
  *place = (JsonArray){items, value->array.count};
  return 0;
}

static int apply_severities(Layer *layer, const SettingRow *row, const JsonValue *value, unsigned char *place) {
  if (value->kind != JSON_OBJECT) {
    layer_report_kind(layer, row, value, "an object of severities by diagnostic code");
    return 0;
  }
  for (size_t i = 0; i < value->object.count; i++) {
    const JsonMember *member = &value->object.members[i];
    DiagnosticCode code;
    int severity = member->value.kind == JSON_STRING ? name_index(severity_names, member->value.string) : -1;
    if (!diagnostic_by_name(member->name, &code))
      layer_report(layer, member->value.offset, "setting diagnostics: there is no diagnostic \"%.*s\"",
                   SV_ARGUMENTS(member->name));
    else if (severity < 0)
      layer_report(layer, member->value.offset, "setting diagnostics.%.*s: allowed: %s", SV_ARGUMENTS(member->name),
                   names_joined(severity_names, layer->arena));
    else
      place[code] = (unsigned char)severity;
  }
  return 0;
}

static int apply_row(Layer *layer, const SettingRow *row, const JsonValue *value) {
  void *place = (char *)layer->settings + row->offset;
  switch (row->kind) {
  case SETTING_BOOL:
    if (value->kind == JSON_BOOL)
      *(bool *)place = value->boolean;
    else
      layer_report_kind(layer, row, value, "true or false");
    return 0;
  case SETTING_INTEGER: return apply_integer(layer, row, value, place);
  case SETTING_STRING: return apply_string(layer, row, value, place);
  case SETTING_STRINGS: return apply_strings(layer, row, value, place);
  case SETTING_ENUM: {
    int index = enum_value(layer, row, value);
    if (index >= 0)
      *(int *)place = index;
    return 0;
  }
  case SETTING_ENUMS: return apply_enums(layer, row, value, place);
  case SETTING_SEVERITIES: return apply_severities(layer, row, value, place);
  }
  return 0;
}

static const SettingRow *row_by_name(StringView name) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (string_view_equal_text(name, rows[i].name))
      return &rows[i];
  return NULL;
}

static int apply_member(Layer *layer, const JsonMember *member) {
  StringView name = member->name;
  if (string_view_starts_with(name, SV("testgen.")))
    name = string_view_slice(name, 8, name.length);
  if (string_view_equal(name, SV("$schema")))
    return 0;
  const SettingRow *row = row_by_name(name);
  if (!row) {
    layer_report(layer, member->value.offset, "there is no setting \"%.*s\"; see docs/settings.md",
                 SV_ARGUMENTS(member->name));
    return 0;
  }
  if (row->is_machine_scoped && layer->is_workspace_file) {
    layer_report(layer, member->value.offset,
                 "setting %s names what is run and is not taken from the workspace; set it in the editor or on the "
                 "command line",
                 row->name);
    return 0;
  }
  return apply_row(layer, row, &member->value);
}

int settings_apply(Settings *settings, const JsonValue *value, bool is_workspace_file, Arena *arena,
                   SettingProblem problem, void *user, Error *ret_error) {
  Layer layer = {settings, is_workspace_file, arena, problem, user, ret_error};
  if (value->kind == JSON_NULL)
    return 0;
  if (value->kind != JSON_OBJECT) {
    layer_report(&layer, value->offset, "settings: expected an object, found %s", json_kind_name(value->kind));
    return 0;
  }
  const JsonValue *nested = json_member(value, "testgen");
  if (nested)
    return settings_apply(settings, nested, is_workspace_file, arena, problem, user, ret_error);
  for (size_t i = 0; i < value->object.count; i++) {
    int result = apply_member(&layer, &value->object.members[i]);
    if (result < 0)
      return result;
  }
  return 0;
}

// ---- Schema ----

static void write_names(JsonWriter *writer, const char *const *names) {
  json_write_name(writer, "enum");
  json_write_array_begin(writer);
  for (size_t i = 0; names[i]; i++)
    json_write_string(writer, string_view_from(names[i]));
  json_write_array_end(writer);
}

static void write_kind(JsonWriter *writer, const char *kind) {
  json_write_name(writer, "type");
  json_write_string(writer, string_view_from(kind));
}

static void write_severity_schema(JsonWriter *writer) {
  write_kind(writer, "object");
  json_write_name(writer, "properties");
  json_write_object_begin(writer);
  for (int code = 0; code < DIAGNOSTIC_COUNT; code++) {
    json_write_name(writer, diagnostic_row((DiagnosticCode)code)->code);
    json_write_object_begin(writer);
    json_write_name(writer, "description");
    json_write_string(writer, string_view_from(diagnostic_row((DiagnosticCode)code)->title));
    write_names(writer, severity_names);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
  json_write_name(writer, "additionalProperties");
  json_write_bool(writer, false);
}

static void write_item_schema(JsonWriter *writer, const SettingRow *row) {
  write_kind(writer, "array");
  json_write_name(writer, "items");
  json_write_object_begin(writer);
  write_kind(writer, "string");
  if (row->names)
    write_names(writer, row->names);
  json_write_object_end(writer);
}

static void write_integer_schema(JsonWriter *writer, const SettingRow *row) {
  write_kind(writer, "integer");
  json_write_name(writer, "minimum");
  json_write_integer(writer, row->minimum);
  json_write_name(writer, "maximum");
  json_write_integer(writer, row->maximum);
  json_write_name(writer, "default");
  json_write_integer(writer, row->number);
}

static void write_row_members(JsonWriter *writer, const SettingRow *row) {
  json_write_name(writer, "description");
  json_write_string(writer, string_view_from(row->documentation));
  switch (row->kind) {
  case SETTING_BOOL:
    write_kind(writer, "boolean");
    json_write_name(writer, "default");
    json_write_bool(writer, row->number != 0);
    break;
  case SETTING_INTEGER: write_integer_schema(writer, row); break;
  case SETTING_STRING: write_kind(writer, "string"); break;
  case SETTING_STRINGS:
  case SETTING_ENUMS: write_item_schema(writer, row); break;
  case SETTING_ENUM:
    write_kind(writer, "string");
    write_names(writer, row->names);
    json_write_name(writer, "default");
    json_write_string(writer, string_view_from(row->names[row->number]));
    break;
  case SETTING_SEVERITIES: write_severity_schema(writer); break;
  }
}

static void write_row_schema(JsonWriter *writer, const SettingRow *row) {
  json_write_name(writer, row->name);
  json_write_object_begin(writer);
  write_row_members(writer, row);
  json_write_object_end(writer);
}

void settings_write_schema(JsonWriter *writer) {
  json_write_object_begin(writer);
  json_write_name(writer, "$schema");
  json_write_string(writer, SV("https://json-schema.org/draft/2020-12/schema"));
  json_write_name(writer, "title");
  json_write_string(writer, SV("testgen.json: the settings of a workspace"));
  write_kind(writer, "object");
  json_write_name(writer, "properties");
  json_write_object_begin(writer);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!rows[i].is_machine_scoped)
      write_row_schema(writer, &rows[i]);
  json_write_object_end(writer);
  json_write_name(writer, "additionalProperties");
  json_write_bool(writer, false);
  json_write_object_end(writer);
}

void settings_write_contributions(JsonWriter *writer) {
  json_write_object_begin(writer);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    json_write_name(writer, rows[i].name);
    json_write_object_begin(writer);
    json_write_name(writer, "scope");
    json_write_string(writer, rows[i].is_machine_scoped ? SV("machine") : SV("resource"));
    write_row_members(writer, &rows[i]);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
}
