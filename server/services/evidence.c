#include "server/services/evidence.h"

#include "server/base/files.h"

#include <inttypes.h>

#define REQUEST_BYTES_MAX (64u << 20)

// ---- The target ----

int evidence_target(const Workspace *workspace, StringView target, Arena *arena, EvidenceTarget *ret_target,
                    Error *ret_error) {
  size_t colons = string_view_find(target, SV("::"));
  StringView path = string_view_is_absent(target) ? target : string_view_slice(target, 0, colons);
  EvidenceTarget found = {0};
  if (!string_view_is_absent(target) && colons < target.length)
    found.symbol = string_view_slice(target, colons + 2, target.length);
  int result = report_scope(workspace, path, arena, &found.scope, ret_error);
  if (result < 0)
    return result;
  found.shown = found.scope.length > 0 ? found.scope : SV(".");
  if (found.symbol.length > 0)
    found.shown = arena_format(arena, "%.*s::%.*s", SV_ARGUMENTS(found.scope), SV_ARGUMENTS(found.symbol));
  if (!found.shown.data)
    return report_out_of_memory(ret_error);
  *ret_target = found;
  return 0;
}

bool evidence_has_function(const EvidenceTarget *target, StringView function) {
  StringView symbol = target->symbol;
  return string_view_is_absent(symbol) || string_view_equal(function, symbol) ||
         (string_view_starts_with(function, symbol) && function.data[symbol.length] == '.');
}

// As pytest's reporter in the harness sees it: what lies there belongs to the suite, also when it holds no test itself.
static bool is_in_test_folder(StringView path) {
  static const char *const folders[] = {"test", "tests", "testing"};
  StringView rest = path, part;
  while (string_view_next(&rest, '/', &part) && rest.length > 0)
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
      if (string_view_equal_text(part, folders[i]))
        return true;
  return false;
}

// What belongs to the project's tools, not to its product.
static bool is_tool(StringView path) {
  return string_view_equal_text(path, "setup.py") || string_view_equal_text(path, "noxfile.py") ||
         path_matches_glob(path, SV("{doc,docs}/**/conf.py"));
}

// `seen` is the part of the path whose folders count.
static bool is_subject(const EvidenceTarget *target, const ScannedFile *file, StringView seen) {
  return report_in_scope(target->scope, file->path) && !analysis_is_test_file(file->analysis) &&
         !string_view_equal_text(path_base_name(file->path), "conftest.py") && !is_in_test_folder(seen) &&
         (string_view_equal(target->scope, file->path) || !is_tool(file->path));
}

bool evidence_is_subject(const EvidenceTarget *target, const ScannedFile *file) {
  return is_subject(target, file, file->path);
}

bool evidence_is_changeable(const EvidenceTarget *target, const ScannedFile *file) {
  return is_subject(target, file, string_view_slice(file->path, target->scope.length, file->path.length));
}

const ScannedFile *evidence_file(const Scan *scan, const Workspace *workspace, StringView absolute_path) {
  StringView root = workspace_root(workspace);
  if (!string_view_starts_with(absolute_path, root) || absolute_path.length <= root.length + 1)
    return NULL;
  StringView relative = string_view_slice(absolute_path, root.length + 1, absolute_path.length);
  for (size_t i = 0; i < scan->count; i++)
    if (string_view_equal(scan->files[i].path, relative))
      return &scan->files[i];
  return NULL;
}

// ---- Functions ----

int evidence_function_at(const FileAnalysis *analysis, uint32_t offset) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(analysis, &count);
  int found = -1;
  for (int i = analysis_definition_at(analysis, offset); i >= 0; i = definitions[i].parent)
    if (definitions[i].kind != DEFINITION_CLASS)
      found = i;
  return found;
}

Span evidence_span(const FileAnalysis *analysis, int function) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(analysis, &count);
  return function < 0 ? (Span){0, (uint32_t)analysis_text(analysis).length} : definitions[function].span;
}

StringView evidence_digest(const FileAnalysis *analysis, int function, Arena *arena) {
  Span span = evidence_span(analysis, function);
  uint64_t hash = string_view_hash(string_view_slice(analysis_text(analysis), span.start, span.end));
  return arena_format(arena, "%016" PRIx64, hash);
}

// ---- The harness ----

static void on_event(void *user, const JsonValue *event) {
  ServiceContext *context = user;
  const JsonValue *name = json_member(event, "name"), *done = json_member(event, "done");
  const JsonValue *total = json_member(event, "total");
  if (!name || name->kind != JSON_STRING || !done || !total)
    return;
  report_emit(context, EVENT_PROGRESS, (OptionalInteger){true, (int64_t)done->number},
              (OptionalInteger){true, (int64_t)total->number}, "%.*s", SV_ARGUMENTS(name->string));
}

static int ask(ServiceContext *context, Harness *harness, const EvidenceCall *call, Arena *arena, void *ret_answer,
               Error *ret_error) {
  Buffer json;
  JsonWriter writer;
  const JsonValue *answer = NULL;
  *call->scratch = harness_scratch(harness);
  buffer_init(&json, REQUEST_BYTES_MAX);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, call->request_type, call->request);
  int result = buffer_check(&json, ret_error, "the request to the test harness");
  if (result == 0)
    result = harness_call(harness, call->command, buffer_view(&json), arena, on_event, context, &answer, ret_error);
  buffer_finish(&json);
  return result == 0 ? json_decode(call->answer_type, answer, arena, ret_answer, ret_error) : result;
}

int evidence_call(ServiceContext *context, const Settings *settings, const EvidenceCall *call, Arena *arena,
                  void *ret_answer, Error *ret_error) {
  Harness *harness = NULL;
  RunnerOptions options = service_runner_options(context, settings);
  int result = harness_start(&options, &harness, ret_error);
  if (result == 0)
    result = harness_require_pytest(harness, ret_error);
  if (result == 0)
    result = ask(context, harness, call, arena, ret_answer, ret_error);
  harness_destroy(harness);
  return result;
}
