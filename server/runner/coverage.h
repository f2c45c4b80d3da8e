// Line and branch coverage: one shape, whether our own harness measured it or coverage.py, lcov or Cobertura wrote it.
#ifndef TESTGEN_SERVER_RUNNER_COVERAGE_H
#define TESTGEN_SERVER_RUNNER_COVERAGE_H

#include "protocol/json/json.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum CoverageFormat {
  COVERAGE_MEASURED,   // by our harness
  COVERAGE_JSON,       // coverage.py's `coverage json`, format 2 and 3
  COVERAGE_LCOV,       // lcov tracefile (geninfo(1))
  COVERAGE_COBERTURA,  // XML by coverage.py, pytest-cov and others (DTD coverage-04)
  COVERAGE_FORMAT_COUNT
} CoverageFormat;

extern const char *const coverage_format_names[];

typedef struct CoverageBranch {
  uint32_t line;    // 1-based: where the branch is
  uint32_t target;  // 1-based: where it would go; 0 unknown or the function's exit
  bool is_taken;
} CoverageBranch;

typedef struct CoverageTest {
  StringView test;     // pytest's node id
  JsonArray lines;     // int64_t, ascending, of those that were executed
  JsonArray branches;  // int64_t, ascending: which of the file's it took, by their places
} CoverageTest;

typedef struct CoverageFile {
  StringView path;     // relative to the workspace where it lies inside
  JsonArray executed;  // int64_t, 1-based lines, ascending
  JsonArray missing;   // likewise
  JsonArray excluded;  // likewise ("pragma: no cover")
  JsonArray branches;  // CoverageBranch, by line
  bool has_branches;   // false: branches were not measured, which is not "none missing"
  JsonArray tests;     // CoverageTest, when it was asked for
  bool is_stale;       // the file changed after the coverage was measured
} CoverageFile;

typedef struct CoverageReport {
  bool is_present;
  CoverageFormat format;
  StringView source;    // path of the file it was read from; absent when measured
  StringView note;      // why it is absent or incomplete, for people; absent when there is nothing to say
  JsonArray files;      // CoverageFile, by path
  int64_t measured_ms;  // when, Unix milliseconds; 0 unknown
} CoverageReport;

// Reads a report; the format is found from the contents. Paths are mapped into the workspace (also from absolute paths
// of another checkout, by their longest suffix that exists). Failures name the file and the position.
int coverage_read(StringView root, StringView path, Arena *arena, CoverageReport *ret_report, Error *ret_error);

// Looks for coverage.json, lcov.info, coverage.lcov, coverage.xml (also in `coverage/`, `htmlcov/`, `build/`) and takes
// the newest. NOT_FOUND when there is none; the message says how to make one.
int coverage_find(StringView root, Arena *arena, StringView *ret_path, Error *ret_error);

// Marks files stale that were modified after the report.
void coverage_mark_stale(CoverageReport *report, StringView root, Arena *arena);

#endif
