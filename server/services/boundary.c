// Boundary evidence: runs the tests with the operands of comparisons recorded, and says which boundaries no test comes
// to.
#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/services/evidence.h"

#include <string.h>

#define COMPARISONS_MAX 500000u
#define FILES_NAMED 3u  // in a note

// ---- What the harness is asked and answers ----

typedef struct BoundaryRequest {
  StringView root;
  StringView scratch;
  JsonArray files;      // StringView: absolute paths
  JsonArray arguments;  // StringView: of pytest
} BoundaryRequest;

static const JsonField boundary_request_fields[] = {
    JSON_FIELD(BoundaryRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryRequest, files, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryRequest, arguments, STRING_ARRAY, 0, NULL),
};
static const JsonType boundary_request_type = JSON_TYPE(BoundaryRequest, boundary_request_fields, NULL);

typedef struct BoundaryAnswer {
  JsonArray comparisons;  // ComparisonReport: absolute paths, columns in bytes and from 0
  uint32_t tests;
  JsonArray failed;        // RedTestReport
  JsonArray not_imported;  // StringView
  JsonArray not_recorded;  // StringView
  uint32_t left_out;
  JsonArray notes;  // StringView
} BoundaryAnswer;

static const JsonField comparison_fields[] = {
    JSON_FIELD(ComparisonReport, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, column, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, end_line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, end_column, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, text, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, operator, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, operand, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, boundary, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, is_boundary_constant, BOOL, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, kind, STRING, 0, NULL),
    JSON_FIELD(ComparisonReport, types, STRING, 0, NULL),
    JSON_FIELD(ComparisonReport, evaluated, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, below, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, on, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, above, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ComparisonReport, closest, STRING, 0, NULL),
    JSON_FIELD(ComparisonReport, closest_boundary, STRING, 0, NULL),
    JSON_FIELD(ComparisonReport, distance, OPTIONAL_DOUBLE, JSON_NULLABLE, NULL),
    JSON_FIELD(ComparisonReport, test, STRING, 0, NULL),
    JSON_FIELD_NAMED(ComparisonReport, verdict, ENUM, JSON_REQUIRED, boundary_verdict_names, NULL),
};
static const JsonType comparison_type = JSON_TYPE(ComparisonReport, comparison_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(BoundaryAnswer, comparisons, ARRAY, JSON_REQUIRED, comparison_type, NULL),
    JSON_FIELD(BoundaryAnswer, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(BoundaryAnswer, failed, ARRAY, JSON_REQUIRED, red_test_report_type, NULL),
    JSON_FIELD(BoundaryAnswer, not_imported, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryAnswer, not_recorded, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryAnswer, left_out, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(BoundaryAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(BoundaryAnswer, answer_fields, NULL);

// ---- The work ----

typedef struct BoundaryWork {
  ServiceContext *context;
  const Settings *settings;
  Arena *arena;
  Scan scan;
  EvidenceTarget target;
  Vector files;        // StringView: absolute
  Vector comparisons;  // ComparisonReport
  Vector notes;
  BoundaryReport report;
  Error *ret_error;
} BoundaryWork;

static int find_files(BoundaryWork *work) {
  for (size_t i = 0; i < work->scan.count; i++) {
    if (!evidence_is_subject(&work->target, &work->scan.files[i]))
      continue;
    StringView path = path_join(work->arena, workspace_root(work->context->workspace), work->scan.files[i].path);
    if (!path.data || !vector_push_copy(&work->files, &path))
      return report_out_of_memory(work->ret_error);
  }
  if (work->files.count == 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s: there is no source file, tests apart",
                     SV_ARGUMENTS(work->target.shown));
  return 0;
}

static int ask(BoundaryWork *work, BoundaryAnswer *ret_answer) {
  RunnerOptions options = service_runner_options(work->context, work->settings);
  BoundaryRequest request = {
      .root = options.root,
      .files = {work->files.data, work->files.count},
      .arguments = options.pytest_arguments,
  };
  EvidenceCall call = {"boundary", &boundary_request_type, &answer_type, &request, &request.scratch};
  return evidence_call(work->context, work->settings, &call, work->arena, ret_answer, work->ret_error);
}

static uint32_t offset_of(const FileAnalysis *analysis, uint32_t line, uint32_t byte) {
  const LineIndex *lines = analysis_lines(analysis);
  if (line == 0 || line > lines->count)
    return lines->length;
  uint32_t offset = lines->starts[line - 1] + byte;
  return offset < lines->length ? offset : lines->length;
}

static StringView unless_empty(StringView text) {
  return text.length > 0 ? text : (StringView){0};
}

// Bytes become characters, and the place gets its function.
static bool settle(BoundaryWork *work, const ScannedFile *file, ComparisonReport *comparison) {
  const FileAnalysis *analysis = file->analysis;
  uint32_t start = offset_of(analysis, comparison->line, comparison->column);
  uint32_t end = offset_of(analysis, comparison->end_line, comparison->end_column);
  Range range = range_from_offsets(analysis_lines(analysis), analysis_text(analysis), POSITION_UTF32, start, end);
  int function = evidence_function_at(analysis, start);
  size_t count = 0;
  comparison->path = file->path;
  comparison->column = range.start.character + 1;
  comparison->end_column = range.end.character + 1;
  comparison->function = (StringView){0};
  if (function >= 0) {
    comparison->function = arena_copy(work->arena, analysis_definitions(analysis, &count)[function].qualified_name);
    if (!comparison->function.data)
      return false;
  }
  comparison->offset = start - evidence_span(analysis, function).start;
  if (function < 0 && comparison->verdict == BOUNDARY_NEVER)
    comparison->verdict = BOUNDARY_AT_IMPORT;  // a script that the tests do not import: no test could be nearer
  comparison->length = end - start;
  comparison->digest = evidence_digest(analysis, function, work->arena);
  comparison->kind = unless_empty(comparison->kind);
  comparison->types = unless_empty(comparison->types);
  comparison->closest = unless_empty(comparison->closest);
  comparison->closest_boundary = unless_empty(comparison->closest_boundary);
  comparison->test = unless_empty(comparison->test);
  return comparison->digest.data != NULL;
}

static int compare_worst_first(const void *left, const void *right) {
  const ComparisonReport *a = left, *b = right;
  if (a->verdict != b->verdict)
    return a->verdict < b->verdict ? -1 : 1;
  int order = string_view_compare(a->path, b->path);
  if (order != 0)
    return order;
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  if (a->column != b->column)
    return a->column < b->column ? -1 : 1;
  return (a->end_column > b->end_column) - (a->end_column < b->end_column);
}

static void count_verdicts(BoundaryReport *report, const Vector *comparisons) {
  uint32_t counts[BOUNDARY_VERDICT_COUNT] = {0};
  for (size_t i = 0; i < comparisons->count; i++)
    counts[((const ComparisonReport *)vector_at(comparisons, i))->verdict]++;
  report->tested = counts[BOUNDARY_TESTED];
  report->only_on = counts[BOUNDARY_ONLY_ON];
  report->not_on = counts[BOUNDARY_NOT_ON];
  report->never = counts[BOUNDARY_NEVER];
  report->at_import = counts[BOUNDARY_AT_IMPORT];
  report->no_distance = counts[BOUNDARY_NO_DISTANCE];
  uint32_t judged = report->tested + report->only_on + report->not_on + report->never;
  if (judged > 0)
    report->tested_rate = (OptionalNumber){true, (double)report->tested / judged};
}

static int take_comparisons(BoundaryWork *work, const BoundaryAnswer *answer) {
  ComparisonReport *items = answer->comparisons.items;
  for (size_t i = 0; i < answer->comparisons.count; i++) {
    const ScannedFile *file = evidence_file(&work->scan, work->context->workspace, items[i].path);
    if (!file)
      return error_set(work->ret_error, ERROR_PROTOCOL, "the test harness spoke of %.*s, which it was not asked about",
                       SV_ARGUMENTS(items[i].path));
    if (!settle(work, file, &items[i]))
      return report_out_of_memory(work->ret_error);
    if (evidence_has_function(&work->target, items[i].function) && !vector_push_copy(&work->comparisons, &items[i]))
      return report_out_of_memory(work->ret_error);
  }
  vector_sort(&work->comparisons, compare_worst_first);
  count_verdicts(&work->report, &work->comparisons);
  work->report.tests = answer->tests;
  work->report.red_tests = answer->failed;
  if (work->comparisons.count == 0 && work->target.symbol.length > 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s: there is no code of this name that compares anything",
                     SV_ARGUMENTS(work->target.shown));
  return report_take(&work->comparisons, work->arena, &work->report.comparisons, work->ret_error);
}

// ---- Notes ----

static int note_files(BoundaryWork *work, JsonArray paths, const char *what) {
  const StringView *items = paths.items;
  StringView root = workspace_root(work->context->workspace), list = SV("");
  for (size_t i = 0; i < paths.count && i < FILES_NAMED; i++) {
    StringView path = string_view_slice(items[i], root.length + 1, items[i].length);
    list = arena_format(work->arena, "%.*s%s%.*s", SV_ARGUMENTS(list), i ? ", " : "", SV_ARGUMENTS(path));
  }
  if (paths.count == 0)
    return 0;
  const char *more = paths.count > FILES_NAMED ? " and others" : "";
  return report_note(&work->notes, work->arena, work->ret_error, "%.*s%s: %s", SV_ARGUMENTS(list), more, what);
}

static int note_answer(BoundaryWork *work, const BoundaryAnswer *answer) {
  int result = report_notes_append(&work->notes, answer->notes, work->ret_error);
  if (result == 0)
    result = note_files(work, answer->not_imported, "not imported by the tests, unless they import an installed copy");
  if (result == 0)
    result = note_files(work, answer->not_recorded,
                        "imported before the recording began, or rewritten by pytest; these comparisons are left out");
  if (result == 0 && answer->left_out > 0)
    result = report_note(&work->notes, work->arena, work->ret_error,
                         "%u comparison%s in class bodies or comprehensions cannot be recorded and left out",
                         answer->left_out, report_plural(answer->left_out));
  return result;
}

static int record(BoundaryWork *work, int64_t started_ms) {
  const BoundaryReport *report = &work->report;
  StringView subject = report_subject(report->target);
  RunRecord run = {
      .kind = SV("boundary"),
      .status = SV("complete"),
      .title = arena_format(work->arena, "Boundaries of %.*s: %u tested, %u not on the boundary, %u never evaluated",
                            SV_ARGUMENTS(subject), report->tested, report->not_on, report->never),
      .created_ms = started_ms,
      .duration_ms = report->duration_ms,
      .test_count = report->tests,
  };
  int result = report_files_and_tests(&work->scan, work->target.scope, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &boundary_report_type, report, &work->report.notes,
                                    &work->notes, work->arena, work->ret_error);
}

static int boundary_steps(BoundaryWork *work, const BoundaryParams *params, int64_t started_ns, int64_t started_ms) {
  ScanOptions options = {.cancel = work->context->cancel, .without_index = true};
  BoundaryAnswer answer = {0};
  int result = evidence_target(work->context->workspace, params->target, work->arena, &work->target, work->ret_error);
  work->report.target = work->target.shown;
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0)
    result = report_check_scope(&work->scan, work->target.scope, work->ret_error);
  if (result == 0)
    result = find_files(work);
  if (result == 0)
    result = ask(work, &answer);
  if (result == 0)
    result = take_comparisons(work, &answer);
  if (result == 0)
    result = note_answer(work, &answer);
  work->report.run_id = report_run_id(work->context, work->arena);
  work->report.duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
  return result == 0 ? record(work, started_ms) : result;
}

int service_boundary(ServiceContext *context, const BoundaryParams *params, Arena *arena, BoundaryReport *ret_report,
                     Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  BoundaryWork work = {.context = context, .settings = &settings->settings, .arena = arena, .ret_error = ret_error};
  vector_init(&work.files, sizeof(StringView), COMPARISONS_MAX);
  vector_init(&work.comparisons, sizeof(ComparisonReport), COMPARISONS_MAX);
  vector_init(&work.notes, sizeof(StringView), COMPARISONS_MAX);
  int result = boundary_steps(&work, params, started_ns, started_ms);
  if (result == 0)
    *ret_report = work.report;
  vector_finish(&work.files);
  vector_finish(&work.comparisons);
  vector_finish(&work.notes);
  scan_finish(&work.scan);
  settings_release(settings);
  return result;
}
