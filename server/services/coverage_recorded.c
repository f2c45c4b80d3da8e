#include "server/services/coverage_recorded.h"

#include "server/services/report.h"

#define LINES_MAX 10000000u  // of a file: more is no source

static int expand(JsonArray ranges, Arena *arena, JsonArray *ret_lines, Error *ret_error) {
  const LineRangeReport *items = ranges.items;
  size_t total = 0, count = 0;
  for (size_t i = 0; i < ranges.count; i++) {
    if (items[i].first > items[i].last || items[i].last - items[i].first >= LINES_MAX - total)
      return error_set(ret_error, ERROR_CORRUPT, "the history has lines %u to %u, which cannot be", items[i].first,
                       items[i].last);
    total += items[i].last - items[i].first + 1;
  }
  int64_t *lines = arena_allocate_array(arena, total, sizeof *lines);
  if (!lines)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < ranges.count; i++)
    for (uint32_t line = items[i].first; line <= items[i].last; line++)
      lines[count++] = line;
  *ret_lines = (JsonArray){lines, count};
  return 0;
}

static int read_branches(JsonArray recorded, Arena *arena, JsonArray *ret_branches, Error *ret_error) {
  const BranchCoverageReport *items = recorded.items;
  CoverageBranch *branches = arena_allocate_array(arena, recorded.count, sizeof *branches);
  if (!branches)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < recorded.count; i++)
    branches[i] = (CoverageBranch){items[i].line, items[i].target, items[i].taken};
  *ret_branches = (JsonArray){branches, recorded.count};
  return 0;
}

static bool has_same_text(const Scan *scan, StringView path, JsonArray files) {
  const ScannedFile *file = scan_find(scan, path);
  const RunFile *recorded = files.items;
  for (size_t i = 0; file && i < files.count; i++)
    if (string_view_equal(recorded[i].path, path))
      return report_has_text(file, &recorded[i]);
  return false;
}

static int read_file(const FileCoverageReport *recorded, Arena *arena, CoverageFile *ret_file, Error *ret_error) {
  ret_file->path = recorded->path;
  int result = expand(recorded->executed, arena, &ret_file->executed, ret_error);
  if (result == 0)
    result = expand(recorded->missing, arena, &ret_file->missing, ret_error);
  return result < 0 ? result : read_branches(recorded->branches, arena, &ret_file->branches, ret_error);
}

static int read_files(const RunTestsReport *report, JsonArray texts, const Scan *scan, Arena *arena,
                      CoverageReport *coverage, Error *ret_error) {
  const FileCoverageReport *recorded = report->coverage.items;
  CoverageFile *files = arena_allocate_array(arena, report->coverage.count, sizeof *files);
  size_t branches = 0;
  int result = files ? 0 : report_out_of_memory(ret_error);
  for (size_t i = 0; i < report->coverage.count && result == 0; i++) {
    files[i] = (CoverageFile){.is_stale = !has_same_text(scan, recorded[i].path, texts)};
    branches += recorded[i].branches.count;
    result = read_file(&recorded[i], arena, &files[i], ret_error);
  }
  for (size_t i = 0; i < report->coverage.count && result == 0; i++)
    files[i].has_branches = branches > 0;
  coverage->files = (JsonArray){files, report->coverage.count};
  return result;
}

int service_recorded_coverage(ServiceContext *context, StringView run_id, const Scan *scan, Arena *arena,
                              CoverageReport *ret_coverage, Error *ret_error) {
  Store *store = NULL;
  RunDetail detail;
  RunTestsReport report = {0};
  int result = workspace_store_to_read(context->workspace, &store, ret_error);
  if (result == 0)
    result = store_get_run(store, run_id, arena, &detail, ret_error);
  if (result < 0)
    return result;
  bool ran_tests = string_view_equal(detail.summary.kind, SV("test")) && detail.report;
  if (ran_tests)
    result = json_decode(&run_tests_report_type, detail.report, arena, &report, ret_error);
  if (result == 0 && report.coverage.count == 0)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "run %.*s measured no coverage: name a run of tests with coverage", SV_ARGUMENTS(run_id));
  CoverageReport coverage = {
      .is_present = true, .format = COVERAGE_MEASURED, .measured_ms = store_run_id_time(detail.summary.run_id)};
  if (result == 0)
    result = read_files(&report, detail.files, scan, arena, &coverage, ret_error);
  if (result == 0)
    *ret_coverage = coverage;
  return result;
}
