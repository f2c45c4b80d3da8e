// A folder for what tools want to write and the workspace must not get: caches, databases.
#ifndef TESTGEN_SERVER_RUNNER_SCRATCH_H
#define TESTGEN_SERVER_RUNNER_SCRATCH_H

#include "server/base/temporary.h"

typedef struct Scratch {
  StringView path;         // terminated; in the arena of scratch_open
  TemporaryFolder folder;  // made by scratch_open, so removed by scratch_close; zeroed when the path was given
} Scratch;

// Takes the given folder, or makes one under TMPDIR when there is none given.
int scratch_open(StringView given, Arena *arena, Scratch *ret_scratch, Error *ret_error);
void scratch_close(Scratch *scratch);  // accepts a zeroed one

#endif
