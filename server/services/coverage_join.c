#include "server/services/coverage_join.h"

#include "server/base/files.h"
#include "server/services/report.h"

int service_find_coverage(const Workspace *workspace, const Settings *settings, Arena *arena,
                          CoverageReport *ret_report, Error *ret_error) {
  StringView root = workspace_root(workspace), path = settings->coverage_file;
  int result = 0;
  if (string_view_is_absent(path))
    result = coverage_find(root, arena, &path, ret_error);
  return result < 0 ? result : coverage_read(root, path, arena, ret_report, ret_error);
}

const CoverageFile *coverage_file(const CoverageReport *report, StringView path) {
  const CoverageFile *files = report->files.items;
  size_t low = 0, high = report->is_present ? report->files.count : 0;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = string_view_compare(path, files[middle].path);
    if (order == 0)
      return &files[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

// How many of the ascending line numbers lie in [first, last].
static size_t count_between(JsonArray lines, int64_t first, int64_t last) {
  const int64_t *items = lines.items;
  size_t count = 0;
  for (size_t i = 0; i < lines.count; i++)
    count += items[i] >= first && items[i] <= last;
  return count;
}

double coverage_share(const CoverageFile *file, const FileAnalysis *analysis, const Definition *definition) {
  int64_t first = report_line(analysis, definition->body_span.start);
  int64_t last = report_line(analysis, definition->body_span.end);
  size_t executed = count_between(file->executed, first, last);
  size_t missing = count_between(file->missing, first, last);
  return executed + missing == 0 ? 1.0 : (double)executed / (double)(executed + missing);
}

size_t coverage_drop_stale(CoverageReport *report) {
  CoverageFile *files = report->files.items;
  size_t kept = 0, count = report->files.count;
  for (size_t i = 0; i < count; i++)
    if (!files[i].is_stale)
      files[kept++] = files[i];
  report->files.count = kept;
  return count - kept;
}

bool service_is_subject(StringView path, const FileAnalysis *analysis) {
  static const char *const supporting[] = {"setup.py", "conftest.py", "noxfile.py",    "**/conftest.py",
                                           "docs/**",  "doc/**",      "benchmarks/**", "examples/**"};
  if (analysis && analysis_is_test_file(analysis))
    return false;
  for (size_t i = 0; i < sizeof supporting / sizeof *supporting; i++)
    if (path_matches_glob(path, string_view_from(supporting[i])))
      return false;
  return true;
}

unsigned service_categories(const Settings *settings) {
  unsigned custom = 0;
  const int *categories = settings->categories.items;
  for (size_t i = 0; i < settings->categories.count; i++)
    custom |= 1u << categories[i];
  return context_categories((TestContext)settings->context, custom);
}
