// Coverage gaps: from a coverage file or from a run of the tests, per file and function, worst risk first.
#include "server/analyzer/gaps.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/services/coverage_join.h"
#include "server/services/tests.h"

#define NOTES_MAX 10000u
#define FILES_MAX 100000u

typedef struct GapsWork {
  ServiceContext *context;
  const Settings *settings;
  Arena *arena;
  Scan scan;
  StringView scope;
  CoverageReport coverage;
  GapsReport report;
  Vector notes;
  Error *ret_error;
} GapsWork;

// ---- Where the coverage comes from ----

static void emit_test(void *user, const TestResult *result, uint32_t done, uint32_t total) {
  report_emit(user, EVENT_PROGRESS, (OptionalInteger){true, done}, (OptionalInteger){total > 0, total}, "%s %.*s",
              outcome_names[result->outcome], SV_ARGUMENTS(result->id));
}

// Absent when all are green.
static StringView first_red(const TestRun *run) {
  const TestResult *tests = run->tests.items, *errors = run->collection_errors.items;
  if (run->collection_errors.count > 0)
    return errors[0].id;
  for (size_t i = 0; i < run->tests.count; i++)
    if (tests[i].outcome == OUTCOME_FAILED || tests[i].outcome == OUTCOME_ERROR)
      return tests[i].id;
  return (StringView){0};
}

static int measure(GapsWork *work) {
  RunnerOptions options = service_runner_options(work->context, work->settings);
  TestRun run = {0};
  options.with_coverage = true;
  options.progress = emit_test;
  options.user = work->context;
  int result = runner_run_tests(&options, work->arena, &run, work->ret_error);
  if (result < 0)
    return result;
  if (!run.coverage.is_present)
    return error_set(work->ret_error, ERROR_UNAVAILABLE, "%.*s", SV_ARGUMENTS(run.coverage.note));
  work->coverage = run.coverage;
  result = report_notes_append(&work->notes, run.notes, work->ret_error);
  if (result < 0)
    return result;
  uint32_t red = run.counts[OUTCOME_FAILED] + run.counts[OUTCOME_ERROR] + (uint32_t)run.collection_errors.count;
  if (run.tests.count == 0)
    return report_note(&work->notes, work->arena, work->ret_error, "no test ran: nothing is covered");
  if (red > 0)
    return report_note(&work->notes, work->arena, work->ret_error,
                       "%u test%s failed or could not run, %.*s first; what they would have reached counts only as far "
                       "as they got",
                       red, report_plural(red), SV_ARGUMENTS(first_red(&run)));
  return 0;
}

static int find_or_measure(GapsWork *work, const GapsParams *params) {
  Workspace *workspace = work->context->workspace;
  if (params->run)
    return measure(work);
  if (!string_view_is_absent(params->coverage))
    return coverage_read(workspace_root(workspace), params->coverage, work->arena, &work->coverage, work->ret_error);
  Error problem = {0};
  int result = service_find_coverage(workspace, work->settings, work->arena, &work->coverage, &problem);
  if (result == ERROR_NOT_FOUND && workspace_is_trusted(workspace))
    return measure(work);
  return result < 0 ? error_set(work->ret_error, (ErrorCode)problem.code, "%s", problem.message) : result;
}

// ---- One file ----

static bool is_critical_file(const Settings *settings, StringView path) {
  const StringView *critical = settings->critical_paths.items;
  for (size_t i = 0; i < settings->critical_paths.count; i++)
    if (!string_view_contains(critical[i], SV("::")) && path_matches_glob(path, critical[i]))
      return true;
  return false;
}

// The NAME parts of "FILE::NAME" rows whose FILE matches.
static int critical_symbols(GapsWork *work, StringView path, StringView **ret_symbols, size_t *ret_count) {
  const StringView *critical = work->settings->critical_paths.items;
  StringView *symbols = arena_allocate_array(work->arena, work->settings->critical_paths.count, sizeof *symbols);
  if (!symbols)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < work->settings->critical_paths.count; i++) {
    size_t colons = string_view_find(critical[i], SV("::"));
    if (colons < critical[i].length && path_matches_glob(path, string_view_slice(critical[i], 0, colons)))
      symbols[(*ret_count)++] = string_view_slice(critical[i], colons + 2, critical[i].length);
  }
  *ret_symbols = symbols;
  return 0;
}

static int split_branches(GapsWork *work, const CoverageFile *file, GapInput *input) {
  const CoverageBranch *branches = file->branches.items;
  MissingBranch *missing = arena_allocate_array(work->arena, file->branches.count, sizeof *missing);
  uint32_t *lines = arena_allocate_array(work->arena, file->branches.count, sizeof *lines);
  size_t count = 0;
  if (!missing || !lines)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < file->branches.count; i++) {
    lines[i] = branches[i].line;
    if (!branches[i].is_taken)
      missing[count++] = (MissingBranch){branches[i].line, branches[i].target};
  }
  input->missing_branches = missing;
  input->missing_branch_count = count;
  input->branch_lines = lines;
  input->branch_line_count = file->branches.count;
  return 0;
}

static int function_report(GapsWork *work, const FunctionGap *gap, FunctionGapReport *ret_report) {
  LineRangeReport *ranges = arena_allocate_array(work->arena, gap->range_count, sizeof *ranges);
  BranchReport *branches = arena_allocate_array(work->arena, gap->branch_count, sizeof *branches);
  if (!ranges || !branches)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < gap->range_count; i++)
    ranges[i] = (LineRangeReport){gap->ranges[i].first, gap->ranges[i].last};
  for (size_t i = 0; i < gap->branch_count; i++)
    branches[i] = (BranchReport){gap->branches[i].line, gap->branches[i].target};
  *ret_report = (FunctionGapReport){
      .function = arena_copy(work->arena, gap->function),
      .line = gap->line,
      .risk = (int)gap->risk,
      .lines_total = gap->lines_total,
      .lines_missing = gap->lines_missing,
      .branches_total = gap->branches_total,
      .branches_missing = gap->branches_missing,
      .ranges = {ranges, gap->range_count},
      .branches = {branches, gap->branch_count},
      .complexity = (uint32_t)gap->complexity,
  };
  return 0;
}

static int file_functions(GapsWork *work, const CoverageFile *file, FileGapReport *report) {
  const ScannedFile *scanned = scan_find(&work->scan, file->path);
  GapInput input = {
      .analysis = scanned ? scanned->analysis : NULL,
      .lines = scanned ? analysis_lines(scanned->analysis) : NULL,
      .executed = file->executed.items,
      .executed_count = file->executed.count,
      .missing = file->missing.items,
      .missing_count = file->missing.count,
      .is_critical_file = is_critical_file(work->settings, file->path),
  };
  StringView *symbols = NULL;
  FunctionGap *gaps = NULL;
  size_t count = 0;
  int result = split_branches(work, file, &input);
  if (result == 0)
    result = critical_symbols(work, file->path, &symbols, &input.critical_symbol_count);
  input.critical_symbols = symbols;
  if (result == 0)
    result = gaps_of_file(&input, work->arena, &gaps, &count, work->ret_error);
  FunctionGapReport *functions = result == 0 ? arena_allocate_array(work->arena, count, sizeof *functions) : NULL;
  if (result == 0 && !functions)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < count && result == 0; i++)
    result = function_report(work, &gaps[i], &functions[i]);
  report->functions = (JsonArray){functions, count};
  report->branches_missing = (uint32_t)input.missing_branch_count;
  return result;
}

static int add_file(GapsWork *work, const CoverageFile *file, Vector *files) {
  GapsReport *report = &work->report;
  FileGapReport entry = {
      .path = file->path,
      .stale = file->is_stale,
      .lines_total = (uint32_t)(file->executed.count + file->missing.count),
      .lines_missing = (uint32_t)file->missing.count,
      .branches_total = (uint32_t)file->branches.count,
  };
  int result = file_functions(work, file, &entry);
  report->lines_total += entry.lines_total;
  report->lines_missing += entry.lines_missing;
  report->branches_total += entry.branches_total;
  report->branches_missing += entry.branches_missing;
  if (result == 0 && entry.functions.count > 0 && !vector_push_copy(files, &entry))
    return report_out_of_memory(work->ret_error);
  return result;
}

static int worst_risk(const FileGapReport *file) {
  const FunctionGapReport *functions = file->functions.items;
  return file->functions.count > 0 ? functions[0].risk : RISK_COUNT;
}

static int compare_files(const void *left, const void *right) {
  const FileGapReport *a = left, *b = right;
  int risk_a = worst_risk(a), risk_b = worst_risk(b);
  if (risk_a != risk_b)
    return risk_a - risk_b;
  if (a->lines_missing != b->lines_missing)
    return a->lines_missing > b->lines_missing ? -1 : 1;
  return string_view_compare(a->path, b->path);
}

// ---- Critical paths ----

typedef struct CriticalSum {
  uint64_t lines, missing, strength, tests;
  bool has_coverage;
} CriticalSum;

static bool matches_critical(StringView critical, StringView path, StringView symbol) {
  size_t colons = string_view_find(critical, SV("::"));
  if (!path_matches_glob(path, string_view_slice(critical, 0, colons)))
    return false;
  return colons == critical.length ||
         string_view_equal(symbol, string_view_slice(critical, colons + 2, critical.length));
}

static int sum_definition(GapsWork *work, const ScannedFile *file, uint32_t index, CriticalSum *sum) {
  SubjectLink *links = NULL;
  size_t count = 0, tests = 0;
  if (workspace_index_tests_of(work->scan.index, file->path, index, work->arena, &links, &count) < 0)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < count; i++) {
    const TestFacts *facts = analysis_tests(workspace_index_get(work->scan.index, links[i].path), &tests);
    sum->strength += links[i].index < tests ? (uint64_t)facts[links[i].index].strength : 0;
  }
  sum->tests += count;
  return 0;
}

static int sum_file(GapsWork *work, const ScannedFile *file, StringView critical, CriticalSum *sum) {
  size_t count;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  const CoverageFile *coverage = coverage_file(&work->coverage, file->path);
  for (uint32_t i = 0; i < count; i++) {
    if (definitions[i].kind == DEFINITION_CLASS || definitions[i].is_nested ||
        !matches_critical(critical, file->path, definitions[i].qualified_name))
      continue;
    int result = sum_definition(work, file, i, sum);
    if (result < 0)
      return result;
    if (coverage) {
      sum->has_coverage = true;
      sum->lines += 1000;
      sum->missing += (uint64_t)(1000 * (1 - coverage_share(coverage, file->analysis, &definitions[i])));
    }
  }
  return 0;
}

static GapRisk critical_risk(const CriticalSum *sum) {
  double covered = sum->lines ? 1 - (double)sum->missing / (double)sum->lines : 0;
  double strength = sum->tests ? (double)sum->strength / (double)sum->tests : 0;
  if (covered < 0.5 || strength <= 20)
    return RISK_CRITICAL;
  if (covered < 0.8 || strength <= 50)
    return RISK_HIGH;
  return covered < 1 || strength <= 80 ? RISK_MEDIUM : RISK_LOW;
}

static int critical_paths(GapsWork *work) {
  const StringView *critical = work->settings->critical_paths.items;
  size_t count = work->settings->critical_paths.count;
  CriticalPathReport *reports = arena_allocate_array(work->arena, count, sizeof *reports);
  if (!reports)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < count; i++) {
    CriticalSum sum = {0};
    for (size_t k = 0; k < work->scan.count; k++) {
      const ScannedFile *file = &work->scan.files[k];
      int result = service_is_subject(file->path, file->analysis) ? sum_file(work, file, critical[i], &sum) : 0;
      if (result < 0)
        return result;
    }
    reports[i] = (CriticalPathReport){
        .path = arena_copy(work->arena, critical[i]),
        .coverage = {sum.has_coverage, sum.lines ? 1 - (double)sum.missing / (double)sum.lines : 0},
        .strength = {sum.tests > 0, sum.tests ? (double)sum.strength / (double)sum.tests : 0},
        .risk = (int)critical_risk(&sum),
    };
  }
  work->report.critical_paths = (JsonArray){reports, count};
  return 0;
}

// ---- Report ----

static bool is_subject(const GapsWork *work, StringView path) {
  const ScannedFile *file = scan_find(&work->scan, path);
  return service_is_subject(path, file ? file->analysis : NULL);
}

static int collect_files(GapsWork *work) {
  const CoverageFile *files = work->coverage.files.items;
  Vector reports;
  int result = 0;
  size_t stale = 0;
  vector_init(&reports, sizeof(FileGapReport), FILES_MAX);
  for (size_t i = 0; i < work->coverage.files.count && result == 0; i++) {
    if (!report_in_scope(work->scope, files[i].path) || !is_subject(work, files[i].path))
      continue;
    stale += files[i].is_stale;
    result = add_file(work, &files[i], &reports);
  }
  if (result == 0 && stale > 0)
    result = report_note(
        &work->notes, work->arena, work->ret_error,
        "%zu files changed after the coverage was measured; their gaps are marked stale, measure again", stale);
  vector_sort(&reports, compare_files);
  if (result == 0)
    return report_take(&reports, work->arena, &work->report.files, work->ret_error);
  vector_finish(&reports);
  return result;
}

static int describe_source(GapsWork *work) {
  work->report.format = string_view_from(coverage_format_names[work->coverage.format]);
  work->report.source = work->coverage.source;
  if (work->coverage.measured_ms > 0) {
    char text[CLOCK_ISO_SIZE];
    clock_format_iso(work->coverage.measured_ms, text);
    work->report.measured_at = arena_copy(work->arena, string_view_from(text));
  }
  if (string_view_is_absent(work->coverage.note))
    return 0;
  return report_note(&work->notes, work->arena, work->ret_error, "%.*s", SV_ARGUMENTS(work->coverage.note));
}

static int record(GapsWork *work, int64_t started_ns, int64_t started_ms) {
  const GapsReport *report = &work->report;
  RunRecord run = {
      .kind = SV("gaps"),
      .status = SV("complete"),
      .title =
          arena_format(work->arena, "Coverage gaps: %u of %u lines and %u of %u branches missing",
                       report->lines_missing, report->lines_total, report->branches_missing, report->branches_total),
      .created_ms = started_ms,
      .duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6,
      .is_whole = work->scope.length == 0,
      .line_coverage = {report->lines_total > 0, 0},
  };
  if (run.line_coverage.present)
    run.line_coverage.value = 1 - (double)report->lines_missing / report->lines_total;
  int result = report_files(&work->scan, work->scope, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &gaps_report_type, report, &work->report.notes, &work->notes,
                                    work->arena, work->ret_error);
}

static int gaps_steps(GapsWork *work, const GapsParams *params) {
  ScanOptions options = {.cancel = work->context->cancel};
  int result = report_scope(work->context->workspace, params->path, work->arena, &work->scope, work->ret_error);
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0)
    result = report_check_scope(&work->scan, work->scope, work->ret_error);
  if (result == 0)
    result = report_scope_notes(&work->scan, work->scope, &work->notes, work->ret_error);
  if (result == 0)
    result = find_or_measure(work, params);
  if (result == 0 && work->coverage.format != COVERAGE_MEASURED)
    coverage_mark_stale(&work->coverage, workspace_root(work->context->workspace), work->arena);
  if (result == 0)
    result = describe_source(work);
  if (result == 0)
    result = collect_files(work);
  return result < 0 ? result : critical_paths(work);
}

int service_gaps(ServiceContext *context, const GapsParams *params, Arena *arena, GapsReport *ret_report,
                 Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  GapsWork work = {.context = context, .settings = &settings->settings, .arena = arena, .ret_error = ret_error};
  vector_init(&work.notes, sizeof(StringView), NOTES_MAX);
  work.report.run_id = report_run_id(context, arena);
  int result = gaps_steps(&work, params);
  if (result == 0)
    result = record(&work, started_ns, started_ms);
  vector_finish(&work.notes);
  if (result == 0)
    *ret_report = work.report;
  scan_finish(&work.scan);
  settings_release(settings);
  return result;
}
