#include "server/runner/coverage.h"

#include "server/base/files.h"
#include "server/runner/coverage_build.h"

const char *const coverage_format_names[] = {"measured", "coverage.py JSON", "lcov", "Cobertura", NULL};

// ---- Reading ----

static CoverageReader *const readers[COVERAGE_FORMAT_COUNT] = {
    [COVERAGE_JSON] = coverage_read_json,
    [COVERAGE_LCOV] = coverage_read_lcov,
    [COVERAGE_COBERTURA] = coverage_read_cobertura,
};

// By the first characters: whatever a file is called, its contents say what it is.
static const struct {
  StringView start;
  CoverageFormat format;
} beginnings[] = {
    {{"{", 1}, COVERAGE_JSON},   {{"<", 1}, COVERAGE_COBERTURA}, {{"TN:", 3}, COVERAGE_LCOV},
    {{"SF:", 3}, COVERAGE_LCOV}, {{"#", 1}, COVERAGE_LCOV},
};

static CoverageFormat find_format(StringView text) {
  if (string_view_starts_with(text, SV("\xEF\xBB\xBF"))) {
    text = string_view_slice(text, 3, text.length);
  }
  StringView start = string_view_trim(string_view_slice(text, 0, 4096));
  for (size_t index = 0; index < sizeof beginnings / sizeof *beginnings; index++) {
    if (string_view_starts_with(start, beginnings[index].start)) {
      return beginnings[index].format;
    }
  }
  return COVERAGE_MEASURED;
}

int coverage_read_text(StringView root, StringView path, StringView text, Arena *arena, CoverageReport *ret_report,
                       Error *ret_error) {
  CoverageFormat format = find_format(text);
  if (format == COVERAGE_MEASURED) {
    return error_set(ret_error, ERROR_PARSE,
                     "%.*s:1:1: is no coverage report that can be read: coverage.py's JSON, lcov and Cobertura XML can",
                     SV_ARGUMENTS(path));
  }
  CoverageBuild build;
  coverage_build_init(&build, root, arena);
  CoverageReport report;
  int code = readers[format](&build, path, text, ret_error);
  if (code == 0) {
    code = coverage_build_report(&build, &report, ret_error);
  }
  coverage_build_finish(&build);
  if (code == 0) {
    report.format = format;
    report.source = path;
    *ret_report = report;
  }
  return code;
}

int coverage_read(StringView root, StringView path, Arena *arena, CoverageReport *ret_report, Error *ret_error) {
  StringView full = path_join(arena, root, path);
  if (!full.data) {
    return error_set(ret_error, ERROR_NO_MEMORY, "%.*s: no memory to read it", SV_ARGUMENTS(path));
  }
  FileStamp stamp;
  StringView text;
  int code = file_stamp(full.data, &stamp, ret_error);
  if (code == 0) {
    code = file_read(full.data, COVERAGE_TEXT_MAX, arena, &text, ret_error);
  }
  CoverageReport report;
  if (code == 0) {
    code = coverage_read_text(root, path, text, arena, &report, ret_error);
  }
  if (code != 0) {
    return code;
  }
  // A report that was copied is newer than what it says, one without a date is as old as its file.
  int64_t modified_ms = stamp.modified_ns / 1000000;
  report.measured_ms = report.measured_ms > 0 && report.measured_ms < modified_ms ? report.measured_ms : modified_ms;
  *ret_report = report;
  return 0;
}

// ---- Finding ----

static const StringView folders[] = {{"", 0}, {"coverage", 8}, {"htmlcov", 7}, {"build", 5}};
static const StringView names[] = {
    {"coverage.json", 13}, {"lcov.info", 9}, {"coverage.lcov", 13}, {"coverage.xml", 12}};

static void consider(StringView root, StringView path, Arena *arena, int64_t *newest_ns, StringView *ret_path) {
  StringView full = path.data ? path_join(arena, root, path) : path;
  FileStamp stamp;
  if (full.data && file_stamp(full.data, &stamp, NULL) == 0 && stamp.modified_ns > *newest_ns) {
    *newest_ns = stamp.modified_ns;
    *ret_path = path;
  }
}

int coverage_find(StringView root, Arena *arena, StringView *ret_path, Error *ret_error) {
  int64_t newest_ns = INT64_MIN;
  StringView newest = {0};
  for (size_t folder = 0; folder < sizeof folders / sizeof *folders; folder++) {
    for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
      consider(root, path_join(arena, folders[folder], names[name]), arena, &newest_ns, &newest);
    }
  }
  if (!newest.data) {
    return error_set(ret_error, ERROR_NOT_FOUND,
                     "%.*s: there is no coverage report: make one with coverage run --branch -m pytest && coverage "
                     "json, or let TestGen run the tests",
                     SV_ARGUMENTS(root));
  }
  *ret_path = newest;
  return 0;
}

void coverage_mark_stale(CoverageReport *report, StringView root, Arena *arena) {
  CoverageFile *files = report->files.items;
  for (size_t index = 0; index < report->files.count && report->measured_ms > 0; index++) {
    StringView full = path_join(arena, root, files[index].path);
    FileStamp stamp;
    bool is_there = full.data && file_stamp(full.data, &stamp, NULL) == 0;
    files[index].is_stale = !is_there || stamp.modified_ns / 1000000 > report->measured_ms;
  }
}
