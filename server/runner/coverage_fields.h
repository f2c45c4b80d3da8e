// The field table of measured coverage, as the harness sends it.
#ifndef TESTGEN_SERVER_RUNNER_COVERAGE_FIELDS_H
#define TESTGEN_SERVER_RUNNER_COVERAGE_FIELDS_H

#include "server/runner/coverage.h"

extern const JsonType coverage_file_type;    // CoverageFile
extern const JsonType coverage_branch_type;  // CoverageBranch

#endif
