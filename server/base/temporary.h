// Folders for temporary files that do not pile up: each is locked by its owner for as long as it lives, and whoever
// makes the next one removes those whose owner was killed.
//
// The lock is an flock(2) on the folder itself, which the kernel gives up with the process, whatever ends it, and which
// holds across containers that share the place, where process ids mean nothing.
#ifndef TESTGEN_SERVER_BASE_TEMPORARY_H
#define TESTGEN_SERVER_BASE_TEMPORARY_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

#define TEMPORARY_AGE_MIN 60  // seconds: a younger folder may have been made and not locked yet

typedef struct TemporaryFolder {
  StringView path;  // absolute, terminated; in the arena of temporary_folder_open. Absent: none
  int lock;         // descriptor, only while there is a path
} TemporaryFolder;

// Makes an empty folder testgen-KIND-XXXXXX below TMPDIR, or /tmp, that only this user can read, and sweeps those of
// the same kind that nobody owns any more. `kind` is a word. Failures: IO, NO_MEMORY.
int temporary_folder_open(const char *kind, Arena *arena, TemporaryFolder *ret_folder, Error *ret_error);

// Removes the folder with all that is in it, and logs when that fails; accepts a zeroed one.
void temporary_folder_close(TemporaryFolder *folder);

#endif
