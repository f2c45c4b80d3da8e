// A harness that is kept from one run to the next: it has started, and may have more ready
// (testgen_harness.standing_by). One for each place where runs follow each other; on any thread. What is not taken
// again ends after a while by itself.
#ifndef TESTGEN_SERVER_RUNNER_SPARE_H
#define TESTGEN_SERVER_RUNNER_SPARE_H

#include "server/runner/runner.h"

typedef struct Spare Spare;

int spare_create(Spare **ret_spare, Error *ret_error);
void spare_destroy(Spare *spare);  // accepts NULL

// The one that was kept, where it was started for the same root, interpreter and niceness and still lives; else a new
// one. The caller's, to keep or to destroy. Never with a sandbox. Failures: those of harness_start.
int spare_take(Spare *spare, const RunnerOptions *options, Harness **ret_harness, Error *ret_error);

// For the next to take, which `options` started it, in the place of one that nobody took. Its last call was answered.
void spare_keep(Spare *spare, const RunnerOptions *options, Harness *harness);

#endif
