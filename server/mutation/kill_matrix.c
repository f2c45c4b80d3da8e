#include "server/mutation/kill_matrix.h"

#include "protocol/memory/error.h"

#include <stdlib.h>

// ---- Who holds what ----

// Mutants and lines alike are things that tests hold: number m is mutant m, number mutant_count + l is line l.
typedef struct Holders {
  size_t *starts;   // of each thing in `tests`; one more at the end
  uint32_t *tests;  // ascending within a thing
  size_t count;     // things
} Holders;

static size_t size_of(const MatrixTest *test) {
  return test->kills.count + test->lines.count;
}

static uint32_t thing_at(const KillMatrix *matrix, const MatrixTest *test, size_t index) {
  return index < test->kills.count ? test->kills.items[index]
                                   : matrix->mutant_count + test->lines.items[index - test->kills.count];
}

static int find_holders(const KillMatrix *matrix, Arena *arena, Holders *ret_holders) {
  size_t things = (size_t)matrix->mutant_count + matrix->line_count, total = 0;
  for (uint32_t test = 0; test < matrix->test_count; test++)
    total += size_of(&matrix->tests[test]);
  size_t *starts = arena_allocate_array(arena, things + 2, sizeof *starts);
  uint32_t *tests = arena_allocate_array(arena, total + 1, sizeof *tests);
  if (!starts || !tests)
    return ERROR_NO_MEMORY;
  for (uint32_t test = 0; test < matrix->test_count; test++)
    for (size_t i = 0; i < size_of(&matrix->tests[test]); i++)
      starts[thing_at(matrix, &matrix->tests[test], i) + 2]++;
  for (size_t thing = 0; thing < things; thing++)
    starts[thing + 2] += starts[thing + 1];
  for (uint32_t test = 0; test < matrix->test_count; test++)  // starts[thing + 1] moves to where the thing ends
    for (size_t i = 0; i < size_of(&matrix->tests[test]); i++)
      tests[starts[thing_at(matrix, &matrix->tests[test], i) + 1]++] = test;
  *ret_holders = (Holders){starts, tests, things};
  return 0;
}

static size_t holder_count(const Holders *holders, uint32_t thing) {
  return holders->starts[thing + 1] - holders->starts[thing];
}

static void count_soles(KillMatrix *matrix, const Holders *holders) {
  for (uint32_t number = 0; number < matrix->test_count; number++) {
    MatrixTest *test = &matrix->tests[number];
    test->sole_kills = test->sole_lines = 0;
    for (size_t i = 0; i < test->kills.count; i++)
      test->sole_kills += holder_count(holders, test->kills.items[i]) == 1;
    for (size_t i = 0; i < test->lines.count; i++)
      test->sole_lines += holder_count(holders, matrix->mutant_count + test->lines.items[i]) == 1;
  }
}

// ---- Who stands in another one's shadow ----

static bool is_subset(NumberSet inner, NumberSet outer) {
  size_t at = 0;
  for (size_t i = 0; i < inner.count; i++) {
    while (at < outer.count && outer.items[at] < inner.items[i])
      at++;
    if (at == outer.count || outer.items[at] != inner.items[i])
      return false;
  }
  return true;
}

// Is test `a` to be named rather than `b` (which may be NONE)?
static bool kills_more(const KillMatrix *matrix, uint32_t a, uint32_t b) {
  if (b == MATRIX_NONE)
    return true;
  const MatrixTest *left = &matrix->tests[a], *right = &matrix->tests[b];
  if (left->kills.count != right->kills.count)
    return left->kills.count > right->kills.count;
  return left->cost != right->cost ? left->cost < right->cost : a < b;
}

// Who kills as much as a test also kills the mutant of it that the fewest kill.
static uint32_t rarest_kill(const Holders *holders, NumberSet kills) {
  uint32_t rarest = kills.items[0];
  for (size_t i = 1; i < kills.count; i++)
    if (holder_count(holders, kills.items[i]) < holder_count(holders, rarest))
      rarest = kills.items[i];
  return rarest;
}

static void find_shadow(KillMatrix *matrix, const Holders *holders, uint32_t number) {
  MatrixTest *test = &matrix->tests[number];
  uint32_t cheapest = number;
  test->dominated_by = test->equals = MATRIX_NONE;
  if (test->kills.count == 0)
    return;
  uint32_t rarest = rarest_kill(holders, test->kills);
  for (size_t i = holders->starts[rarest]; i < holders->starts[rarest + 1]; i++) {
    uint32_t other = holders->tests[i];
    const MatrixTest *holder = &matrix->tests[other];
    if (other == number || holder->kills.count < test->kills.count || !is_subset(test->kills, holder->kills))
      continue;
    if (holder->kills.count > test->kills.count && kills_more(matrix, other, test->dominated_by))
      test->dominated_by = other;
    if (holder->kills.count == test->kills.count && kills_more(matrix, other, cheapest))
      cheapest = other;
  }
  test->equals = cheapest == number ? MATRIX_NONE : cheapest;
}

// ---- The smallest set ----

typedef struct Cover {
  KillMatrix *matrix;
  Holders holders;
  uint32_t *gains;  // by test: things that it holds and no test that is kept does
  uint32_t *depth;  // by thing: tests that are kept and hold it
} Cover;

static void keep(Cover *cover, uint32_t number) {
  MatrixTest *test = &cover->matrix->tests[number];
  test->is_kept = true;
  for (size_t i = 0; i < size_of(test); i++) {
    uint32_t thing = thing_at(cover->matrix, test, i);
    if (cover->depth[thing]++ > 0)
      continue;
    for (size_t at = cover->holders.starts[thing]; at < cover->holders.starts[thing + 1]; at++)
      cover->gains[cover->holders.tests[at]]--;
  }
}

static bool adds_more(const Cover *cover, uint32_t a, uint32_t b) {
  if (b == MATRIX_NONE)
    return true;
  const MatrixTest *tests = cover->matrix->tests;
  uint64_t left = (uint64_t)cover->gains[a] * tests[b].cost, right = (uint64_t)cover->gains[b] * tests[a].cost;
  return left != right ? left > right : cover->gains[a] > cover->gains[b];
}

static uint32_t best_of(const Cover *cover) {
  uint32_t best = MATRIX_NONE;
  for (uint32_t test = 0; test < cover->matrix->test_count; test++)
    if (cover->gains[test] > 0 && adds_more(cover, test, best))
      best = test;
  return best;
}

static bool is_redundant(const Cover *cover, const MatrixTest *test) {
  for (size_t i = 0; i < size_of(test); i++)
    if (cover->depth[thing_at(cover->matrix, test, i)] < 2)
      return false;
  return true;
}

static int dearest_first(const void *left, const void *right) {
  const MatrixTest *a = *(MatrixTest *const *)left, *b = *(MatrixTest *const *)right;
  if (a->cost != b->cost)
    return a->cost < b->cost ? 1 : -1;
  return (a < b) - (a > b);
}

static int leave_out_redundant(Cover *cover, Arena *arena) {
  KillMatrix *matrix = cover->matrix;
  MatrixTest **kept = arena_allocate_array(arena, matrix->test_count + (size_t)1, sizeof *kept);
  size_t count = 0;
  if (!kept)
    return ERROR_NO_MEMORY;
  for (uint32_t test = 0; test < matrix->test_count; test++)
    if (matrix->tests[test].is_kept)
      kept[count++] = &matrix->tests[test];
  qsort(kept, count, sizeof(MatrixTest *), dearest_first);
  for (size_t i = 0; i < count; i++) {
    if (!is_redundant(cover, kept[i]))
      continue;
    kept[i]->is_kept = false;
    for (size_t at = 0; at < size_of(kept[i]); at++)
      cover->depth[thing_at(matrix, kept[i], at)]--;
  }
  return 0;
}

static int find_smallest(KillMatrix *matrix, const Holders *holders, Arena *arena) {
  Cover cover = {
      .matrix = matrix,
      .holders = *holders,
      .gains = arena_allocate_array(arena, matrix->test_count + (size_t)1, sizeof(uint32_t)),
      .depth = arena_allocate_array(arena, holders->count + 1, sizeof(uint32_t)),
  };
  if (!cover.gains || !cover.depth)
    return ERROR_NO_MEMORY;
  for (uint32_t test = 0; test < matrix->test_count; test++) {
    matrix->tests[test].is_kept = false;
    cover.gains[test] = (uint32_t)size_of(&matrix->tests[test]);
  }
  for (uint32_t test = 0; test < matrix->test_count; test++)
    if (matrix->tests[test].sole_kills + matrix->tests[test].sole_lines > 0)
      keep(&cover, test);
  for (uint32_t best = best_of(&cover); best != MATRIX_NONE; best = best_of(&cover))
    keep(&cover, best);
  return leave_out_redundant(&cover, arena);
}

int kill_matrix_analyse(KillMatrix *matrix, Arena *arena) {
  Holders holders;
  if (find_holders(matrix, arena, &holders) < 0)
    return ERROR_NO_MEMORY;
  count_soles(matrix, &holders);
  for (uint32_t test = 0; test < matrix->test_count; test++)
    find_shadow(matrix, &holders, test);
  return find_smallest(matrix, &holders, arena);
}

// ---- Who stands in for a test ----

static uint32_t count_common(NumberSet left, NumberSet right) {
  uint32_t count = 0;
  for (size_t i = 0, at = 0; i < left.count; i++) {
    while (at < right.count && right.items[at] < left.items[i])
      at++;
    count += at < right.count && right.items[at] == left.items[i];
  }
  return count;
}

static NumberSet without(NumberSet left, NumberSet right, uint32_t *place) {
  size_t count = 0;
  for (size_t i = 0, at = 0; i < left.count; i++) {
    while (at < right.count && right.items[at] < left.items[i])
      at++;
    if (at == right.count || right.items[at] != left.items[i])
      place[count++] = left.items[i];
  }
  return (NumberSet){place, count};
}

static uint32_t best_substitute(const KillMatrix *matrix, uint32_t test, NumberSet left) {
  uint32_t best = MATRIX_NONE, most = 0;
  for (uint32_t other = 0; other < matrix->test_count; other++) {
    if (other == test || !matrix->tests[other].is_kept)
      continue;
    uint32_t common = count_common(left, matrix->tests[other].kills);
    if (common > most) {
      most = common;
      best = other;
    }
  }
  return best;
}

int kill_matrix_replace(const KillMatrix *matrix, uint32_t test, Arena *arena, NumberSet *ret_tests,
                        uint32_t *ret_missing) {
  NumberSet left = matrix->tests[test].kills;
  uint32_t *rest = arena_allocate_array(arena, left.count + 1, sizeof *rest);
  uint32_t *found = arena_allocate_array(arena, left.count + 1, sizeof *found);
  size_t count = 0;
  if (!rest || !found)
    return ERROR_NO_MEMORY;
  while (left.count > 0) {
    uint32_t best = best_substitute(matrix, test, left);
    if (best == MATRIX_NONE)
      break;
    found[count++] = best;
    left = without(left, matrix->tests[best].kills, rest);
  }
  *ret_tests = (NumberSet){found, count};
  *ret_missing = (uint32_t)left.count;
  return 0;
}
