// Running tests, and recording what happened.
#include "server/services/tests.h"

#include "server/base/clock.h"
#include "server/base/files.h"

#include <string.h>

#define NOTES_MAX 10000u

RunnerOptions service_runner_options(ServiceContext *context, const Settings *settings) {
  return (RunnerOptions){
      .root = workspace_root(context->workspace),
      .interpreter = settings->interpreter,
      .pytest_arguments = settings->pytest_arguments,
      .wall_ms = settings->run_timeout * 1000,
      .is_trusted = workspace_is_trusted(context->workspace),
      .cancel = context->cancel,
  };
}

static TestResultReport result_report(const TestResult *result) {
  return (TestResultReport){
      .id = result->id,
      .path = result->path,
      .line = result->line,
      .outcome = (int)result->outcome,
      .duration_ms = result->duration_ms,
      .cpu_ms = result->cpu_ms,
      .message = result->message,
      .expected = result->expected,
      .actual = result->actual,
      .failure_path = result->failure_path,
      .failure_line = result->failure_line,
      .detail = result->detail,
      .output = result->output,
  };
}

static int result_reports(JsonArray results, Arena *arena, JsonArray *ret_reports, Error *ret_error) {
  const TestResult *items = results.items;
  TestResultReport *reports = arena_allocate_array(arena, results.count, sizeof *reports);
  if (!reports)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < results.count; i++)
    reports[i] = result_report(&items[i]);
  *ret_reports = (JsonArray){reports, results.count};
  return 0;
}

void coverage_totals(const CoverageReport *coverage, uint32_t *ret_lines, uint32_t *ret_missing) {
  const CoverageFile *files = coverage->files.items;
  size_t executed = 0, missing = 0;
  for (size_t i = 0; i < coverage->files.count; i++) {
    executed += files[i].executed.count;
    missing += files[i].missing.count;
  }
  *ret_lines = (uint32_t)(executed + missing);
  *ret_missing = (uint32_t)missing;
}

// Lines in a row become one range.
static int line_ranges(JsonArray lines, Arena *arena, JsonArray *ret_ranges, Error *ret_error) {
  const int64_t *items = lines.items;
  LineRangeReport *ranges = arena_allocate_array(arena, lines.count, sizeof *ranges);
  size_t count = 0;
  if (!ranges)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < lines.count; i++) {
    uint32_t line = (uint32_t)items[i];
    if (count == 0 || ranges[count - 1].last + 1 != line)
      ranges[count++].first = line;
    ranges[count - 1].last = line;
  }
  *ret_ranges = (JsonArray){ranges, count};
  return 0;
}

static int branch_reports(JsonArray branches, Arena *arena, JsonArray *ret_reports, Error *ret_error) {
  const CoverageBranch *items = branches.items;
  BranchCoverageReport *reports = arena_allocate_array(arena, branches.count, sizeof *reports);
  if (!reports)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < branches.count; i++)
    reports[i] = (BranchCoverageReport){items[i].line, items[i].target, items[i].is_taken};
  *ret_reports = (JsonArray){reports, branches.count};
  return 0;
}

static int test_reports(JsonArray tests, Arena *arena, JsonArray *ret_reports, Error *ret_error) {
  const CoverageTest *items = tests.items;
  TestCoverageReport *reports = arena_allocate_array(arena, tests.count, sizeof *reports);
  int result = reports ? 0 : report_out_of_memory(ret_error);
  for (size_t i = 0; i < tests.count && result == 0; i++) {
    reports[i].test = items[i].test;
    reports[i].branches = items[i].branches;
    result = line_ranges(items[i].lines, arena, &reports[i].lines, ret_error);
  }
  *ret_reports = (JsonArray){reports, tests.count};
  return result;
}

static int coverage_reports(JsonArray files, Arena *arena, JsonArray *ret_reports, Error *ret_error) {
  const CoverageFile *items = files.items;
  FileCoverageReport *reports = arena_allocate_array(arena, files.count, sizeof *reports);
  if (!reports)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < files.count; i++) {
    reports[i].path = items[i].path;
    int result = line_ranges(items[i].executed, arena, &reports[i].executed, ret_error);
    if (result == 0)
      result = line_ranges(items[i].missing, arena, &reports[i].missing, ret_error);
    if (result == 0)
      result = branch_reports(items[i].branches, arena, &reports[i].branches, ret_error);
    if (result == 0)
      result = test_reports(items[i].tests, arena, &reports[i].tests, ret_error);
    if (result < 0)
      return result;
  }
  *ret_reports = (JsonArray){reports, files.count};
  return 0;
}

static int fill_report(const TestRun *run, Arena *arena, RunTestsReport *report, Vector *notes, Error *ret_error) {
  *report = (RunTestsReport){
      .run_id = report->run_id,
      .interpreter = run->interpreter,
      .python_version = run->python_version,
      .pytest_version = run->pytest_version,
      .duration_ms = run->duration_ms,
      .passed = run->counts[OUTCOME_PASSED] + run->counts[OUTCOME_XPASSED],
      .failed = run->counts[OUTCOME_FAILED],
      .errors = run->counts[OUTCOME_ERROR] + (uint32_t)run->collection_errors.count,
      .skipped = run->counts[OUTCOME_SKIPPED] + run->counts[OUTCOME_XFAILED],
  };
  uint32_t lines = 0, missing = 0;
  coverage_totals(&run->coverage, &lines, &missing);
  if (run->coverage.is_present && lines > 0)
    report->line_coverage = (OptionalNumber){true, (double)(lines - missing) / lines};
  int result = result_reports(run->tests, arena, &report->tests, ret_error);
  if (result == 0)
    result = result_reports(run->collection_errors, arena, &report->collection_errors, ret_error);
  if (result == 0)
    result = coverage_reports(run->coverage.files, arena, &report->coverage, ret_error);
  if (result == 0)
    result = report_notes_append(notes, run->notes, ret_error);
  if (result == 0 && !string_view_is_absent(run->coverage.note))
    result = report_note(notes, arena, ret_error, "%.*s", SV_ARGUMENTS(run->coverage.note));
  return result;
}

static int add_digest(Vector *files, StringView root, StringView path, Arena *arena) {
  StringView absolute = path_join(arena, root, path), text;
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE];
  if (!absolute.data || file_read(absolute.data, 64u << 20, arena, &text, NULL) < 0 ||
      digest_of(text, &digest, NULL) < 0)
    return 0;  // a file that is gone by now has no digest
  digest_to_text(&digest, hexadecimal);
  RunFile *file = vector_push(files);
  if (!file)
    return ERROR_NO_MEMORY;
  *file = (RunFile){path, arena_copy(arena, string_view_from(hexadecimal))};
  return file->digest.data ? 0 : ERROR_NO_MEMORY;
}

// Digests of the test files and of the measured files.
static int run_files(StringView root, const TestRun *run, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  const TestResult *tests = run->tests.items;
  const CoverageFile *measured = run->coverage.files.items;
  Vector files;
  StringView last = {0};
  int result = 0;
  vector_init(&files, sizeof(RunFile), 1000000);
  for (size_t i = 0; i < run->tests.count && result == 0; i++) {
    if (string_view_equal(tests[i].path, last) || tests[i].path.length == 0)
      continue;
    last = tests[i].path;
    result = add_digest(&files, root, last, arena);
  }
  for (size_t i = 0; i < run->coverage.files.count && result == 0; i++)
    result = add_digest(&files, root, measured[i].path, arena);
  if (result == 0)
    return report_take(&files, arena, ret_files, ret_error);
  vector_finish(&files);
  return report_out_of_memory(ret_error);
}

static StringView run_title(const RunTestsReport *report, const char *status, Arena *arena) {
  size_t count = report->tests.count;
  if (strcmp(status, "complete") != 0)
    return arena_format(arena, "The run was %s after %zu test%s: %u passed, %u failed",
                        strcmp(status, "failed") == 0 ? "broken off" : status, count, report_plural(count),
                        report->passed, report->failed);
  return arena_format(arena, "Ran %zu test%s: %u passed, %u failed, %u error%s, %u skipped", count,
                      report_plural(count), report->passed, report->failed, report->errors,
                      report_plural(report->errors), report->skipped);
}

int service_record_tests(ServiceContext *context, const TestRun *run, RunTestsReport *report, bool is_whole,
                         const char *status, int64_t started_ms, Vector *notes, Arena *arena, Error *ret_error) {
  RunRecord record = {
      .kind = SV("test"),
      .status = string_view_from(status),
      .title = run_title(report, status, arena),
      .created_ms = started_ms,
      .duration_ms = report->duration_ms,
      .is_whole = is_whole,
      .line_coverage = report->line_coverage,
      .test_count = (uint32_t)report->tests.count,
      .passed = report->passed,
      .failed = report->failed + report->errors,
      .results = report->tests,
  };
  int result = run_files(workspace_root(context->workspace), run, arena, &record.files, ret_error);
  return result < 0
             ? result
             : report_record(context, &record, &run_tests_report_type, report, &report->notes, notes, arena, ret_error);
}

static void emit_test(void *user, const TestResult *result, uint32_t done, uint32_t total) {
  ServiceContext *context = user;
  report_emit(context, EVENT_PROGRESS, (OptionalInteger){true, done}, (OptionalInteger){total > 0, total}, "%s %.*s",
              outcome_names[result->outcome], SV_ARGUMENTS(result->id));
}

static const char *status_of(int result) {
  return result == 0 ? "complete" : result == ERROR_CANCELLED ? "cancelled" : "failed";
}

int service_run_tests(ServiceContext *context, const RunTestsParams *params, Arena *arena, RunTestsReport *ret_report,
                      Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  int64_t started_ms = clock_unix_ms();
  RunnerOptions options = service_runner_options(context, &settings->settings);
  options.selection = params->ids;
  options.with_coverage = params->coverage;
  options.by_test = params->coverage && params->by_test;
  options.progress = emit_test;
  options.user = context;
  TestRun run = {0};
  RunTestsReport report = {.run_id = report_run_id(context, arena)};
  Vector notes;
  vector_init(&notes, sizeof(StringView), NOTES_MAX);
  int run_result = runner_run_tests(&options, arena, &run, ret_error);
  bool has_results = run_result == 0 || run.tests.count > 0;
  int result = has_results ? fill_report(&run, arena, &report, &notes, ret_error) : run_result;
  if (result == 0)
    result = service_record_tests(context, &run, &report, params->ids.count == 0, status_of(run_result), started_ms,
                                  &notes, arena, ret_error);
  vector_finish(&notes);
  if (result == 0 && has_results)
    *ret_report = report;  // also of a run that broke off: what finished is known
  settings_release(settings);
  return result < 0 ? result : run_result;
}
