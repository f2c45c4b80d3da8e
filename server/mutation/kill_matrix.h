// What each test of a suite is worth: which tests kill what, and which reach which lines. Pure; deterministic.
#ifndef TESTGEN_SERVER_MUTATION_KILL_MATRIX_H
#define TESTGEN_SERVER_MUTATION_KILL_MATRIX_H

#include "protocol/memory/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define MATRIX_NONE UINT32_MAX

// Ascending, none twice.
typedef struct NumberSet {
  const uint32_t *items;
  size_t count;
} NumberSet;

typedef struct MatrixTest {
  NumberSet kills;  // numbers of mutants
  NumberSet lines;  // numbers of lines
  uint32_t cost;    // > 0: what it takes to run

  // Found by kill_matrix_analyse.
  uint32_t sole_kills;    // mutants that no other test kills
  uint32_t sole_lines;    // lines that no other test reaches
  uint32_t dominated_by;  // a test that kills all that this one kills, and more; of several the one that kills most
  uint32_t equals;        // the cheapest test that kills the same, unless this one is it
  bool is_kept;           // it is one of the smallest set that was found to keep every kill and every line
} MatrixTest;

typedef struct KillMatrix {
  MatrixTest *tests;
  uint32_t test_count;
  uint32_t mutant_count;  // numbers of mutants are below this
  uint32_t line_count;    // and those of lines below this
} KillMatrix;

// The smallest set: first every test that is the only one to hold something, then always the one that adds most for its
// cost, and at the end those are left out, the dearest first, that became redundant. Source: Chvatal 1979 (weighted
// greedy set cover). Equal ones go by their order. NO_MEMORY when the arena is exhausted.
int kill_matrix_analyse(KillMatrix *matrix, Arena *arena);

// Tests out of those that are kept which together kill all that a test kills, itself left out: the one that kills most
// of what is left comes first. Fewer when that is not all: see `ret_missing`.
int kill_matrix_replace(const KillMatrix *matrix, uint32_t test, Arena *arena, NumberSet *ret_tests,
                        uint32_t *ret_missing);

#endif
