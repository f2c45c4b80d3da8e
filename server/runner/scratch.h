// A folder for what tools want to write and the workspace must not get: caches, databases.
#ifndef TESTGEN_SERVER_RUNNER_SCRATCH_H
#define TESTGEN_SERVER_RUNNER_SCRATCH_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

#include <stdbool.h>

typedef struct Scratch {
  StringView path;  // terminated; in the arena of scratch_open
  bool is_ours;     // made by scratch_open, so removed by scratch_close
} Scratch;

// Takes the given folder, or makes one under TMPDIR when there is none given.
int scratch_open(StringView given, Arena *arena, Scratch *ret_scratch, Error *ret_error);
void scratch_close(Scratch *scratch);  // accepts a zeroed one

#endif
