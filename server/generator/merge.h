// Candidates that make the same call after the same set-up are one test, whoever proposed them and in whatever words.
#ifndef TESTGEN_SERVER_GENERATOR_MERGE_H
#define TESTGEN_SERVER_GENERATOR_MERGE_H

#include "server/generator/candidate.h"

#include "protocol/memory/arena.h"
#include "protocol/memory/vector.h"

// Leaves one candidate (of a Vector of Candidate) of every group that tests the same: the one that asserts most by the
// analyzer's measure, the first of them when there are several, where the first of the group stood. It takes over what
// the others are for and the highest confidence. Tables are left alone. Failures: NO_MEMORY.
int candidates_merge(Vector *candidates, Arena *arena, Error *ret_error);

// "one; other": what both are for. In the arena; absent when memory is exhausted.
StringView merge_labels(StringView one, StringView other, Arena *arena);

#endif
