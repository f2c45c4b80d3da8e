// Mutants: finds them, has the harness judge them with the workspace's tests, and says what no test noticed.
#include "protocol/json/field.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/mutation/mutants.h"
#include "server/services/tests.h"

#include <string.h>

#define MUTANTS_MAX 500000u
#define TEXT_SHOWN 200u  // bytes of what stood there that the report shows

// ---- What the harness is asked and answers ----

typedef struct MutantRequest {
  uint32_t start;
  uint32_t end;
  StringView replacement;
} MutantRequest;

typedef struct MutatedFile {
  StringView path;    // absolute
  JsonArray mutants;  // MutantRequest
} MutatedFile;

typedef struct MutateRequest {
  StringView root;
  StringView scratch;
  JsonArray files;      // MutatedFile
  JsonArray arguments;  // StringView
  int64_t workers;
} MutateRequest;

static const JsonField mutant_request_fields[] = {
    JSON_FIELD(MutantRequest, start, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(MutantRequest, end, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(MutantRequest, replacement, STRING, JSON_REQUIRED, NULL),
};
static const JsonType mutant_request_type = JSON_TYPE(MutantRequest, mutant_request_fields, NULL);
static const JsonField mutated_file_fields[] = {
    JSON_FIELD(MutatedFile, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutatedFile, mutants, ARRAY, JSON_REQUIRED, mutant_request_type, NULL),
};
static const JsonType mutated_file_type = JSON_TYPE(MutatedFile, mutated_file_fields, NULL);
static const JsonField mutate_request_fields[] = {
    JSON_FIELD(MutateRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MutateRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutateRequest, files, ARRAY, JSON_REQUIRED, mutated_file_type, NULL),
    JSON_FIELD(MutateRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(MutateRequest, workers, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType mutate_request_type = JSON_TYPE(MutateRequest, mutate_request_fields, NULL);

typedef struct Verdict {
  int64_t index;
  int status;  // MutantStatus
  StringView way;
  StringView test;
  StringView message;
  int64_t tests_run;
} Verdict;

typedef struct MutateAnswer {
  JsonArray verdicts;  // Verdict
  uint32_t tests;
  JsonArray failed;  // RedTestReport
  double baseline_ms;
  JsonArray notes;  // StringView
} MutateAnswer;

static const JsonField verdict_fields[] = {
    JSON_FIELD(Verdict, index, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(Verdict, status, ENUM, JSON_REQUIRED, mutant_status_names, NULL),
    JSON_FIELD(Verdict, way, STRING, 0, NULL),
    JSON_FIELD(Verdict, test, STRING, 0, NULL),
    JSON_FIELD(Verdict, message, STRING, 0, NULL),
    JSON_FIELD(Verdict, tests_run, INTEGER, 0, NULL),
};
static const JsonType verdict_type = JSON_TYPE(Verdict, verdict_fields, NULL);
static const JsonField red_fields[] = {
    JSON_FIELD(RedTestReport, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(RedTestReport, reason, STRING, JSON_REQUIRED, NULL),
};
static const JsonType red_type = JSON_TYPE(RedTestReport, red_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(MutateAnswer, verdicts, ARRAY, JSON_REQUIRED, verdict_type, NULL),
    JSON_FIELD(MutateAnswer, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutateAnswer, failed, ARRAY, JSON_REQUIRED, red_type, NULL),
    JSON_FIELD(MutateAnswer, baseline_ms, DOUBLE, JSON_REQUIRED, NULL),
    JSON_FIELD(MutateAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(MutateAnswer, answer_fields, NULL);

// ---- The work ----

typedef struct MutateWork {
  ServiceContext *context;
  const Settings *settings;
  Arena *arena;
  Scan scan;
  StringView scope;   // relative; empty: everything
  StringView symbol;  // qualified name of a function or class; absent: all
  Vector mutants;     // MutantReport, in the order in which the harness numbers them
  Vector files;       // MutatedFile
  Vector notes;
  MutationReport report;
  Error *ret_error;
} MutateWork;

static int no_memory(const MutateWork *work) {
  return report_out_of_memory(work->ret_error);
}

static int find_scope(MutateWork *work, StringView target) {
  size_t colons = string_view_find(target, SV("::"));
  if (!string_view_is_absent(target) && colons < target.length)
    work->symbol = string_view_slice(target, colons + 2, target.length);
  StringView path = string_view_is_absent(target) ? target : string_view_slice(target, 0, colons);
  return report_scope(work->context->workspace, path, work->arena, &work->scope, work->ret_error);
}

// "Stack.push" lies in "Stack".
static bool is_in_symbol(const MutateWork *work, StringView function) {
  StringView symbol = work->symbol;
  return string_view_is_absent(symbol) || string_view_equal(function, symbol) ||
         (string_view_starts_with(function, symbol) && function.data[symbol.length] == '.');
}

static StringView shown(const MutateWork *work, StringView text) {
  size_t length = text.length < TEXT_SHOWN ? text.length : TEXT_SHOWN;
  while (length < text.length && length > 0 && ((unsigned char)text.data[length] & 0xC0) == 0x80)
    length--;  // not in the middle of a character
  return arena_copy(work->arena, string_view_slice(text, 0, length));
}

static bool add_mutant(MutateWork *work, const ScannedFile *file, const Snapshot *snapshot, const Mutant *mutant) {
  StringView text = snapshot_text(snapshot);
  Position place = position_from_offset(snapshot_lines(snapshot), text, POSITION_UTF32, mutant->start);
  MutantReport report = {
      .path = file->path,
      .line = mutant->line,
      .column = place.character + 1,
      .function = mutant->function.length > 0 ? mutant->function : (StringView){0},
      .operator= string_view_from(mutant->operator_name),
      .original = shown(work, string_view_slice(text, mutant->start, mutant->end)),
      .replacement = mutant->replacement,
      .status = MUTANT_INVALID,
  };
  return report.original.data && vector_push_copy(&work->mutants, &report);
}

static int add_file(MutateWork *work, SyntaxParser *parser, const ScannedFile *file) {
  Snapshot *snapshot = NULL;
  Mutant *mutants = NULL;
  size_t count = 0, kept = 0;
  int result = snapshot_create(parser, analysis_text(file->analysis), &snapshot, work->ret_error);
  if (result == 0)
    result = mutants_find(snapshot, work->arena, &mutants, &count, work->ret_error);
  MutantRequest *requests = result == 0 ? arena_allocate_array(work->arena, count, sizeof *requests) : NULL;
  for (size_t i = 0; requests && i < count && result == 0; i++) {
    if (!is_in_symbol(work, mutants[i].function))
      continue;
    requests[kept++] = (MutantRequest){mutants[i].start, mutants[i].end, mutants[i].replacement};
    result = add_mutant(work, file, snapshot, &mutants[i]) ? 0 : no_memory(work);
  }
  snapshot_release(snapshot);
  MutatedFile item = {path_join(work->arena, workspace_root(work->context->workspace), file->path), {requests, kept}};
  if (result == 0 && kept > 0 && (!item.path.data || !vector_push_copy(&work->files, &item)))
    result = no_memory(work);
  return result;
}

static int find_mutants(MutateWork *work) {
  SyntaxParser *parser = NULL;
  int result = syntax_parser_create(language_at(0), &parser, work->ret_error);
  for (size_t i = 0; i < work->scan.count && result == 0; i++) {
    const ScannedFile *file = &work->scan.files[i];
    bool is_wanted = report_in_scope(work->scope, file->path) && !analysis_is_test_file(file->analysis) &&
                     !string_view_equal_text(path_base_name(file->path), "conftest.py");
    if (is_wanted)
      result = add_file(work, parser, file);
  }
  syntax_parser_destroy(parser);
  if (result == 0 && work->mutants.count == 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "there is nothing to mutate in %.*s%s%.*s",
                     SV_ARGUMENTS(work->report.target), work->symbol.length > 0 ? ": it has no code called " : "",
                     SV_ARGUMENTS(work->symbol));
  return result;
}

// ---- Judging ----

static void on_event(void *user, const JsonValue *event) {
  MutateWork *work = user;
  const JsonValue *kind = json_member(event, "event"), *done = json_member(event, "done");
  const JsonValue *status = json_member(event, "status");
  if (!kind || kind->kind != JSON_STRING || !string_view_equal_text(kind->string, "verdict") || !done || !status)
    return;
  report_emit(work->context, EVENT_PROGRESS, (OptionalInteger){true, (int64_t)done->number},
              (OptionalInteger){true, (int64_t)work->mutants.count}, "%.*s", SV_ARGUMENTS(status->string));
}

static int call_harness(MutateWork *work, Harness *harness, int64_t workers, MutateAnswer *ret_answer) {
  Buffer json;
  JsonWriter writer;
  const JsonValue *answer = NULL;
  RunnerOptions options = service_runner_options(work->context, work->settings);
  MutateRequest request = {
      .root = options.root,
      .scratch = harness_scratch(harness),
      .files = {work->files.data, work->files.count},
      .arguments = options.pytest_arguments,
      .workers = workers,
  };
  buffer_init(&json, 256u << 20);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, &mutate_request_type, &request);
  int result = buffer_check(&json, work->ret_error, "the request to the test harness");
  if (result == 0)
    result = harness_call(harness, "mutate", buffer_view(&json), work->arena, on_event, work, &answer, work->ret_error);
  buffer_finish(&json);
  return result == 0 ? json_decode(&answer_type, answer, work->arena, ret_answer, work->ret_error) : result;
}

static int judge(MutateWork *work, const MutateParams *params, MutateAnswer *ret_answer) {
  Harness *harness = NULL;
  RunnerOptions options = service_runner_options(work->context, work->settings);
  int result = harness_start(&options, &harness, work->ret_error);
  if (result == 0)
    result = harness_require_pytest(harness, work->ret_error);
  if (result == 0)
    result = call_harness(work, harness, params->workers.present ? params->workers.value : 0, ret_answer);
  harness_destroy(harness);
  return result;
}

static StringView unless_empty(StringView text) {
  return text.length > 0 ? text : (StringView){0};
}

static int take_verdicts(MutateWork *work, const MutateAnswer *answer) {
  const Verdict *verdicts = answer->verdicts.items;
  if (answer->verdicts.count != work->mutants.count)
    return error_set(work->ret_error, ERROR_PROTOCOL, "the test harness judged %zu of %zu mutants",
                     answer->verdicts.count, work->mutants.count);
  uint32_t counts[MUTANT_STATUS_COUNT] = {0};
  for (size_t i = 0; i < answer->verdicts.count; i++) {
    if (verdicts[i].index != (int64_t)i)
      return error_set(work->ret_error, ERROR_PROTOCOL, "the test harness left out the verdict on a mutant");
    MutantReport *mutant = vector_at(&work->mutants, i);
    mutant->status = verdicts[i].status;
    mutant->way = unless_empty(verdicts[i].way);
    mutant->killed_by = unless_empty(verdicts[i].test);
    mutant->message = unless_empty(verdicts[i].message);
    mutant->tests_run = (uint32_t)verdicts[i].tests_run;
    counts[mutant->status]++;
  }
  MutationReport *report = &work->report;
  report->killed = counts[MUTANT_KILLED];
  report->survived = counts[MUTANT_SURVIVED];
  report->no_coverage = counts[MUTANT_NO_COVERAGE];
  report->timeout = counts[MUTANT_TIMEOUT];
  report->inconclusive = counts[MUTANT_INCONCLUSIVE];
  report->not_run = counts[MUTANT_EQUIVALENT] + counts[MUTANT_DUPLICATE] + counts[MUTANT_INVALID];
  uint32_t judged = report->killed + report->survived + report->no_coverage + report->timeout + report->inconclusive;
  if (judged > 0)
    report->kill_rate = (OptionalNumber){true, (double)report->killed / judged};
  report->tests = answer->tests;
  report->red_tests = answer->failed;
  return report_take(&work->mutants, work->arena, &report->mutants, work->ret_error);
}

static int record(MutateWork *work, int64_t started_ms) {
  const MutationReport *report = &work->report;
  uint32_t judged = report->killed + report->survived + report->no_coverage + report->timeout + report->inconclusive;
  RunRecord run = {
      .kind = SV("mutation"),
      .status = SV("complete"),
      .title =
          arena_format(work->arena, "Mutated %.*s: %u of %u killed, %u survived, %u not reached",
                       SV_ARGUMENTS(report->target), report->killed, judged, report->survived, report->no_coverage),
      .created_ms = started_ms,
      .duration_ms = report->duration_ms,
      .test_count = report->tests,
  };
  int result = report_files(&work->scan, work->scope, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &mutation_report_type, report, &work->report.notes,
                                    &work->notes, work->arena, work->ret_error);
}

static int mutate_steps(MutateWork *work, const MutateParams *params, int64_t started_ns, int64_t started_ms) {
  ScanOptions options = {.cancel = work->context->cancel, .without_index = true};
  MutateAnswer answer = {0};
  int result = find_scope(work, params->target);
  work->report.target = work->scope.length > 0 ? work->scope : SV(".");
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0)
    result = report_check_scope(&work->scan, work->scope, work->ret_error);
  if (result == 0)
    result = find_mutants(work);
  if (result == 0)
    result = judge(work, params, &answer);
  if (result == 0)
    result = take_verdicts(work, &answer);
  if (result == 0)
    result = report_notes_append(&work->notes, answer.notes, work->ret_error);
  work->report.run_id = report_run_id(work->context, work->arena);
  work->report.duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
  return result == 0 ? record(work, started_ms) : result;
}

int service_mutate(ServiceContext *context, const MutateParams *params, Arena *arena, MutationReport *ret_report,
                   Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  MutateWork work = {.context = context, .settings = &settings->settings, .arena = arena, .ret_error = ret_error};
  vector_init(&work.mutants, sizeof(MutantReport), MUTANTS_MAX);
  vector_init(&work.files, sizeof(MutatedFile), MUTANTS_MAX);
  vector_init(&work.notes, sizeof(StringView), MUTANTS_MAX);
  int result = mutate_steps(&work, params, started_ns, started_ms);
  if (result == 0)
    *ret_report = work.report;
  vector_finish(&work.mutants);
  vector_finish(&work.files);
  vector_finish(&work.notes);
  scan_finish(&work.scan);
  settings_release(settings);
  return result;
}
