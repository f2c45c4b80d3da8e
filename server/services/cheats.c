// Cheats: gives functions implementations that do not do the work, and says which of them the tests accept.
#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/services/evidence.h"

#include <stdlib.h>

#define FUNCTIONS_MAX 500000u

// ---- What the harness is asked and answers ----

typedef struct CheatedFile {
  StringView path;  // absolute
  JsonArray lines;  // int64_t: where functions begin, decorators included
} CheatedFile;

typedef struct CheatsRequest {
  StringView root;
  StringView scratch;
  JsonArray files;      // CheatedFile
  JsonArray arguments;  // StringView: of pytest
  int64_t workers;
} CheatsRequest;

static const JsonField cheated_file_fields[] = {
    JSON_FIELD(CheatedFile, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFile, lines, INTEGER_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType cheated_file_type = JSON_TYPE(CheatedFile, cheated_file_fields, NULL);
static const JsonField cheats_request_fields[] = {
    JSON_FIELD(CheatsRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatsRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(CheatsRequest, files, ARRAY, JSON_REQUIRED, cheated_file_type, NULL),
    JSON_FIELD(CheatsRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(CheatsRequest, workers, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType cheats_request_type = JSON_TYPE(CheatsRequest, cheats_request_fields, NULL);

typedef struct CheatsAnswer {
  JsonArray functions;  // CheatedFunctionReport: absolute paths, lines of decorators
  uint32_t tests;
  JsonArray failed;  // RedTestReport
  JsonArray notes;   // StringView
} CheatsAnswer;

static const JsonField cheat_fields[] = {
    JSON_FIELD_NAMED(CheatReport, cheat, ENUM, JSON_REQUIRED, cheat_kind_names, NULL),
    JSON_FIELD_NAMED(CheatReport, status, ENUM, JSON_REQUIRED, cheat_status_names, NULL),
    JSON_FIELD(CheatReport, code, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatReport, reason, STRING, 0, NULL),
    JSON_FIELD(CheatReport, killed_by, STRING, 0, NULL),
    JSON_FIELD(CheatReport, message, STRING, 0, NULL),
    JSON_FIELD(CheatReport, tests_run, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatReport, entries, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatReport, input, STRING, 0, NULL),
    JSON_FIELD(CheatReport, gives, STRING, 0, NULL),
};
static const JsonType cheat_type = JSON_TYPE(CheatReport, cheat_fields, NULL);
static const JsonField function_fields[] = {
    JSON_FIELD(CheatedFunctionReport, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFunctionReport, line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFunctionReport, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFunctionReport, calls, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFunctionReport, distinct, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(CheatedFunctionReport, reason, STRING, 0, NULL),
    JSON_FIELD_OF(CheatedFunctionReport, cheats, ARRAY, JSON_REQUIRED, cheat_type, NULL),
};
static const JsonType function_type = JSON_TYPE(CheatedFunctionReport, function_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(CheatsAnswer, functions, ARRAY, JSON_REQUIRED, function_type, NULL),
    JSON_FIELD(CheatsAnswer, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(CheatsAnswer, failed, ARRAY, JSON_REQUIRED, red_test_report_type, NULL),
    JSON_FIELD(CheatsAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(CheatsAnswer, answer_fields, NULL);

// ---- The work ----

typedef struct CheatsWork {
  ServiceContext *context;
  const Settings *settings;
  Arena *arena;
  Scan scan;
  EvidenceTarget target;
  Vector files;      // CheatedFile
  Vector functions;  // CheatedFunctionReport
  Vector notes;
  CheatsReport report;
  Error *ret_error;
} CheatsWork;

static bool is_cheatable(const CheatsWork *work, const Definition *definition) {
  return definition->kind != DEFINITION_CLASS && !definition->is_nested &&
         evidence_has_function(&work->target, definition->qualified_name);
}

static int add_file(CheatsWork *work, const ScannedFile *file) {
  size_t count = 0, kept = 0;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  int64_t *lines = arena_allocate_array(work->arena, count + 1, sizeof *lines);
  for (size_t i = 0; lines && i < count; i++)
    if (is_cheatable(work, &definitions[i]))
      lines[kept++] = report_line(file->analysis, definitions[i].span.start);
  CheatedFile item = {path_join(work->arena, workspace_root(work->context->workspace), file->path), {lines, kept}};
  bool is_added = lines && item.path.data && (kept == 0 || vector_push_copy(&work->files, &item));
  return is_added ? 0 : report_out_of_memory(work->ret_error);
}

static int find_functions(CheatsWork *work) {
  int result = 0;
  for (size_t i = 0; i < work->scan.count && result == 0; i++)
    if (evidence_is_subject(&work->target, &work->scan.files[i]))
      result = add_file(work, &work->scan.files[i]);
  if (result == 0 && work->files.count == 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s: there is no function%s%.*s, tests apart",
                     SV_ARGUMENTS(work->target.shown), work->target.symbol.length > 0 ? " called " : "",
                     SV_ARGUMENTS(work->target.symbol));
  return result;
}

static int ask(CheatsWork *work, const CheatsParams *params, CheatsAnswer *ret_answer) {
  RunnerOptions options = service_runner_options(work->context, work->settings);
  CheatsRequest request = {
      .root = options.root,
      .files = {work->files.data, work->files.count},
      .arguments = options.pytest_arguments,
      .workers = params->workers.present ? params->workers.value : 0,
  };
  EvidenceCall call = {"cheats", &cheats_request_type, &answer_type, &request, &request.scratch};
  return evidence_call(work->context, work->settings, &call, work->arena, ret_answer, work->ret_error);
}

// ---- Gaps ----

static bool has_passed(const CheatedFunctionReport *function, CheatKind kind) {
  const CheatReport *cheats = function->cheats.items;
  for (size_t i = 0; i < function->cheats.count; i++)
    if (cheats[i].cheat == (int)kind && cheats[i].status == CHEAT_PASSED)
      return true;
  return false;
}

// What a simpler cheat says already is no gap of its own. Every suite of examples accepts a table of its own calls:
// that is a gap only while the table has no more entries than the code has paths, one example for each
// (docs/cheats.md).
static bool is_gap(const CheatedFunctionReport *function, const CheatReport *cheat) {
  bool is_empty = has_passed(function, CHEAT_REMOVED_BODY);
  bool is_fixed = is_empty || has_passed(function, CHEAT_CONSTANT);
  if (cheat->status != CHEAT_PASSED)
    return false;
  switch ((CheatKind)cheat->cheat) {
  case CHEAT_REMOVED_BODY: return true;
  case CHEAT_EQUAL_OBJECT: return !is_fixed;
  case CHEAT_LOOKUP_TABLE: return !is_fixed && cheat->entries <= function->complexity;
  default: return !is_empty;
  }
}

static StringView unless_empty(StringView text) {
  return text.length > 0 ? text : (StringView){0};
}

static void settle_cheats(CheatsReport *report, CheatedFunctionReport *function) {
  CheatReport *cheats = function->cheats.items;
  for (size_t i = 0; i < function->cheats.count; i++) {
    CheatReport *cheat = &cheats[i];
    cheat->gap = is_gap(function, cheat);
    cheat->reason = unless_empty(cheat->reason);
    cheat->killed_by = unless_empty(cheat->killed_by);
    cheat->message = unless_empty(cheat->message);
    cheat->input = unless_empty(cheat->input);
    cheat->gives = unless_empty(cheat->gives);
    if (cheat->cheat == CHEAT_LOOKUP_TABLE && cheat->status == CHEAT_PASSED)
      function->memorisation_index = (OptionalInteger){true, cheat->entries};
    report->rejected += cheat->status == CHEAT_REJECTED;
    report->passed += cheat->status == CHEAT_PASSED;
    report->timeout += cheat->status == CHEAT_TIMEOUT;
    report->inconclusive += cheat->status == CHEAT_INCONCLUSIVE;
    report->gaps += cheat->gap;
  }
}

static const Definition *definition_on_line(const FileAnalysis *analysis, uint32_t line, int *ret_index) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    *ret_index = (int)i;
    if (definitions[i].kind != DEFINITION_CLASS && report_line(analysis, definitions[i].span.start) == line)
      return &definitions[i];
  }
  return NULL;
}

static int take_function(CheatsWork *work, CheatedFunctionReport *function) {
  const ScannedFile *file = evidence_file(&work->scan, work->context->workspace, function->path);
  int index = 0;
  const Definition *definition = file ? definition_on_line(file->analysis, function->line, &index) : NULL;
  if (!definition)
    return error_set(work->ret_error, ERROR_PROTOCOL, "the test harness spoke of %.*s:%u, where there is no function",
                     SV_ARGUMENTS(function->path), function->line);
  function->path = file->path;
  function->line = report_line(file->analysis, definition->name_span.start);
  function->function = arena_copy(work->arena, definition->qualified_name);
  function->complexity = (uint32_t)definition->complexity;
  function->reason = unless_empty(function->reason);
  function->digest = evidence_digest(file->analysis, index, work->arena);
  settle_cheats(&work->report, function);
  work->report.left_out += !string_view_is_absent(function->reason);
  bool is_kept = function->function.data && function->digest.data && vector_push_copy(&work->functions, function);
  return is_kept ? 0 : report_out_of_memory(work->ret_error);
}

static uint32_t gap_count(const CheatedFunctionReport *function) {
  const CheatReport *cheats = function->cheats.items;
  uint32_t count = 0;
  for (size_t i = 0; i < function->cheats.count; i++)
    count += cheats[i].gap && cheats[i].cheat != CHEAT_EQUAL_OBJECT;
  return count;
}

static int compare_functions(const void *left, const void *right) {
  const CheatedFunctionReport *a = left, *b = right;
  uint32_t gaps_a = gap_count(a), gaps_b = gap_count(b);
  if (gaps_a != gaps_b)
    return gaps_a > gaps_b ? -1 : 1;
  int order = string_view_compare(a->path, b->path);
  return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int compare_cheats(const void *left, const void *right) {
  return ((const CheatReport *)left)->cheat - ((const CheatReport *)right)->cheat;
}

static int take_functions(CheatsWork *work, const CheatsAnswer *answer) {
  CheatedFunctionReport *items = answer->functions.items;
  CheatsReport *report = &work->report;
  int result = 0;
  for (size_t i = 0; i < answer->functions.count && result == 0; i++) {
    if (items[i].cheats.count > 0)
      qsort(items[i].cheats.items, items[i].cheats.count, sizeof(CheatReport), compare_cheats);
    result = take_function(work, &items[i]);
  }
  if (result < 0)
    return result;
  vector_sort(&work->functions, compare_functions);
  uint32_t judged = report->rejected + report->gaps + report->timeout + report->inconclusive;
  if (judged > 0)
    report->rejected_rate = (OptionalNumber){true, (double)report->rejected / judged};
  report->tests = answer->tests;
  report->red_tests = answer->failed;
  return report_take(&work->functions, work->arena, &report->functions, work->ret_error);
}

static int record(CheatsWork *work, int64_t started_ms) {
  const CheatsReport *report = &work->report;
  StringView subject = report_subject(report->target);
  RunRecord run = {
      .kind = SV("cheats"),
      .status = SV("complete"),
      .title = arena_format(work->arena, "Cheats of %.*s: %u rejected, %u gap%s", SV_ARGUMENTS(subject),
                            report->rejected, report->gaps, report_plural(report->gaps)),
      .created_ms = started_ms,
      .duration_ms = report->duration_ms,
      .test_count = report->tests,
  };
  int result = report_files_and_tests(&work->scan, work->target.scope, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &cheats_report_type, report, &work->report.notes, &work->notes,
                                    work->arena, work->ret_error);
}

static int cheats_steps(CheatsWork *work, const CheatsParams *params, int64_t started_ns, int64_t started_ms) {
  ScanOptions options = {.cancel = work->context->cancel, .without_index = true};
  CheatsAnswer answer = {0};
  int result = evidence_target(work->context->workspace, params->target, work->arena, &work->target, work->ret_error);
  work->report.target = work->target.shown;
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0)
    result = report_check_scope(&work->scan, work->target.scope, work->ret_error);
  if (result == 0)
    result = find_functions(work);
  if (result == 0)
    result = ask(work, params, &answer);
  if (result == 0)
    result = take_functions(work, &answer);
  if (result == 0)
    result = report_notes_append(&work->notes, answer.notes, work->ret_error);
  work->report.run_id = report_run_id(work->context, work->arena);
  work->report.duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
  return result == 0 ? record(work, started_ms) : result;
}

int service_cheats(ServiceContext *context, const CheatsParams *params, Arena *arena, CheatsReport *ret_report,
                   Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  CheatsWork work = {.context = context, .settings = &settings->settings, .arena = arena, .ret_error = ret_error};
  vector_init(&work.files, sizeof(CheatedFile), FUNCTIONS_MAX);
  vector_init(&work.functions, sizeof(CheatedFunctionReport), FUNCTIONS_MAX);
  vector_init(&work.notes, sizeof(StringView), FUNCTIONS_MAX);
  int result = cheats_steps(&work, params, started_ns, started_ms);
  if (result == 0)
    *ret_report = work.report;
  vector_finish(&work.files);
  vector_finish(&work.functions);
  vector_finish(&work.notes);
  scan_finish(&work.scan);
  settings_release(settings);
  return result;
}
