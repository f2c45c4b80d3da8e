// What the services that run tests share.
#ifndef TESTGEN_SERVER_SERVICES_TESTS_H
#define TESTGEN_SERVER_SERVICES_TESTS_H

#include "server/runner/runner.h"
#include "server/services/report.h"

// The runner's options by the settings. Borrows from context and settings.
RunnerOptions service_runner_options(ServiceContext *context, const Settings *settings);

void coverage_totals(const CoverageReport *coverage, uint32_t *ret_lines, uint32_t *ret_missing);

// Puts a run of tests into the history. `is_whole`: of all tests; `status`: complete, cancelled or failed.
int service_record_tests(ServiceContext *context, const TestRun *run, RunTestsReport *report, bool is_whole,
                         const char *status, int64_t started_ms, Vector *notes, Arena *arena, Error *ret_error);

#endif
