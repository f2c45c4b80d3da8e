// Coverage joined with analyses: what score and gaps share.
#ifndef TESTGEN_SERVER_SERVICES_COVERAGE_JOIN_H
#define TESTGEN_SERVER_SERVICES_COVERAGE_JOIN_H

#include "server/runner/coverage.h"
#include "server/services/workspace.h"

// The coverage file of the settings, else the newest one found, read. NOT_FOUND when there is none.
int service_find_coverage(const Workspace *workspace, const Settings *settings, Arena *arena,
                          CoverageReport *ret_report, Error *ret_error);

const CoverageFile *coverage_file(const CoverageReport *report, StringView path);  // NULL when it has none

// The share of a definition's executable lines that were executed, 0-1; 1 when it has no executable line.
double coverage_share(const CoverageFile *file, const FileAnalysis *analysis, const Definition *definition);

// Removes stale files; says how many there were.
size_t coverage_drop_stale(CoverageReport *report);

// False for tests and for what only supports a project: its documentation's configuration, set-up scripts, conftest.py.
bool service_is_subject(StringView path, const FileAnalysis *analysis);

// The categories in play by the settings, as a mask.
unsigned service_categories(const Settings *settings);

#endif
