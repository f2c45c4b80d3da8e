// Collects what a coverage report says, whatever its format, and makes the one shape of it: duplicates merged, sorted,
// paths mapped into the workspace.
#ifndef TESTGEN_SERVER_RUNNER_COVERAGE_BUILD_H
#define TESTGEN_SERVER_RUNNER_COVERAGE_BUILD_H

#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "server/runner/coverage.h"

#define COVERAGE_TEXT_MAX (64u << 20)  // bytes of a report
#define COVERAGE_LINE_MAX 10000000     // the highest line number that is believed
#define COVERAGE_FILES_MAX 200000
#define COVERAGE_ITEMS_MAX 20000000u  // lines or branches of one file, duplicates included

typedef enum LineState { LINE_MISSING, LINE_EXECUTED, LINE_EXCLUDED } LineState;

typedef struct CoverageFileBuild {
  StringView path;  // as the report has it
  Vector lines;     // BuiltLine
  Vector branches;  // BuiltBranch
  bool has_branches;
} CoverageFileBuild;

typedef struct CoverageBuild {
  StringView root;  // the workspace, absolute
  Arena *arena;
  Vector files;  // CoverageFileBuild *
  Map by_path;
  Vector sources;       // StringView: folders that relative paths may belong to
  int64_t measured_ms;  // what the report says; 0 when it says nothing
} CoverageBuild;

void coverage_build_init(CoverageBuild *build, StringView root, Arena *arena);
void coverage_build_finish(CoverageBuild *build);

// The file with this path, made when it is new. NULL when memory is exhausted or there are too many.
CoverageFileBuild *coverage_build_file(CoverageBuild *build, StringView path);
bool coverage_build_line(CoverageFileBuild *file, uint32_t line, LineState state);

// `identity` tells branches of one line with the same target apart; the same one twice is one branch.
bool coverage_build_branch(CoverageFileBuild *file, CoverageBranch branch, uint64_t identity);

// Moves everything into the report's `files`.
int coverage_build_report(CoverageBuild *build, CoverageReport *ret_report, Error *ret_error);

// A line number as reports write it: 1 to COVERAGE_LINE_MAX.
bool coverage_parse_line(StringView text, uint32_t *ret_line);

// ---- The readers: one per format ----

// `path` is only for messages, which begin with "path:line:column: ".
typedef int CoverageReader(CoverageBuild *build, StringView path, StringView text, Error *ret_error);
CoverageReader coverage_read_json;
CoverageReader coverage_read_lcov;
CoverageReader coverage_read_cobertura;

// Reads text of any format: what coverage_read does once the file is read. Also the entry for fuzzing.
int coverage_read_text(StringView root, StringView path, StringView text, Arena *arena, CoverageReport *ret_report,
                       Error *ret_error);

#endif
