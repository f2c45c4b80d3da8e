// Coverage joined with the source: what no test reached, per function, worst risk first. Pure.
#ifndef TESTGEN_SERVER_ANALYZER_GAPS_H
#define TESTGEN_SERVER_ANALYZER_GAPS_H

#include "protocol/memory/arena.h"
#include "server/analyzer/analysis.h"

typedef struct LineRange {
  uint32_t first;  // 1-based
  uint32_t last;   // inclusive
} LineRange;

typedef struct MissingBranch {
  uint32_t line;
  uint32_t target;  // 0: the exit
} MissingBranch;

typedef struct FunctionGap {
  StringView function;   // qualified name; absent for module level
  uint32_t line;         // 1-based, of the definition
  uint32_t lines_total;  // executable lines
  uint32_t lines_missing;
  uint32_t branches_total;
  uint32_t branches_missing;
  const LineRange *ranges;  // of missing lines
  size_t range_count;
  const MissingBranch *branches;
  size_t branch_count;
  int complexity;
  bool is_critical_path;
  GapRisk risk;
} FunctionGap;

// The coverage of one file in the form that the arithmetic needs.
typedef struct GapInput {
  const FileAnalysis *analysis;  // of the same text that was measured; NULL: everything is module level
  const LineIndex *lines;
  const int64_t *executed;
  size_t executed_count;
  const int64_t *missing;
  size_t missing_count;
  const MissingBranch *missing_branches;
  size_t missing_branch_count;
  const uint32_t *branch_lines;  // line of every branch, taken or not
  size_t branch_line_count;
  bool is_critical_file;
  const StringView *critical_symbols;  // qualified names or globs of them
  size_t critical_symbol_count;
} GapInput;

// Functions with something missing, worst first: by risk, then missing lines and branches weighed with complexity, then
// line.
int gaps_of_file(const GapInput *input, Arena *arena, FunctionGap **ret_gaps, size_t *ret_count, Error *ret_error);

#endif
