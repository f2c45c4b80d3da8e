// What a run of tests measured, from the history: nothing has to run once more to say what it did not reach.
#ifndef TESTGEN_SERVER_SERVICES_COVERAGE_RECORDED_H
#define TESTGEN_SERVER_SERVICES_COVERAGE_RECORDED_H

#include "server/runner/coverage.h"
#include "server/services/service.h"

// Files that have another text now are stale. NOT_FOUND: there is no such run; INVALID_ARGUMENT: it measured nothing.
int service_recorded_coverage(ServiceContext *context, StringView run_id, const Scan *scan, Arena *arena,
                              CoverageReport *ret_coverage, Error *ret_error);

#endif
