// What tests are worth, against all subsets of small random suites: who is the only one, who stands in another one's
// shadow, and how near the smallest set that was found is to the smallest that there is.

#include "server/mutation/kill_matrix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TESTS 9u
#define THINGS 12u  // mutants, and as many lines

// ---- Suites ----

typedef struct Suite {
  KillMatrix matrix;
  MatrixTest tests[TESTS];
  uint32_t numbers[TESTS][2][THINGS];
  uint32_t kills[TESTS], lines[TESTS];  // the same as bits
  Arena arena;
} Suite;

static uint32_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

static NumberSet to_numbers(uint32_t bits, uint32_t *place) {
  size_t count = 0;
  for (uint32_t bit = 0; bit < THINGS; bit++)
    if (bits >> bit & 1)
      place[count++] = bit;
  return (NumberSet){place, count};
}

static void analyse(Suite *suite, uint32_t test_count) {
  suite->matrix = (KillMatrix){suite->tests, test_count, THINGS, THINGS};
  for (uint32_t test = 0; test < test_count; test++) {
    suite->tests[test].kills = to_numbers(suite->kills[test], suite->numbers[test][0]);
    suite->tests[test].lines = to_numbers(suite->lines[test], suite->numbers[test][1]);
    if (suite->tests[test].cost == 0)
      suite->tests[test].cost = 1;
  }
  arena_init(&suite->arena);
  assert_int_equal(kill_matrix_analyse(&suite->matrix, &suite->arena), 0);
}

static void analyse_random(Suite *suite, uint64_t seed) {
  uint64_t state = seed;
  memset(suite, 0, sizeof *suite);
  uint32_t density = 1 + next_random(&state) % 3, all = (1u << THINGS) - 1;
  for (uint32_t test = 0; test < TESTS; test++) {
    suite->kills[test] = suite->lines[test] = all;
    for (uint32_t i = 0; i < density; i++) {
      suite->kills[test] &= next_random(&state);
      suite->lines[test] &= next_random(&state);
    }
    if (test > 0 && next_random(&state) % 4 == 0)
      suite->kills[test] = suite->kills[next_random(&state) % test];
    suite->tests[test].cost = 1 + next_random(&state) % 5;
  }
  analyse(suite, TESTS);
}

// ---- What the numbers must be ----

static uint32_t others(const uint32_t *held, uint32_t without) {
  uint32_t bits = 0;
  for (uint32_t test = 0; test < TESTS; test++)
    if (test != without)
      bits |= held[test];
  return bits;
}

static uint32_t of_set(const uint32_t *held, uint32_t set) {
  uint32_t bits = 0;
  for (uint32_t test = 0; test < TESTS; test++)
    if (set >> test & 1)
      bits |= held[test];
  return bits;
}

static bool holds_all(const Suite *suite, uint32_t set) {
  uint32_t all = (1u << TESTS) - 1;
  return of_set(suite->kills, set) == of_set(suite->kills, all) &&
         of_set(suite->lines, set) == of_set(suite->lines, all);
}

static uint32_t cost_of(const Suite *suite, uint32_t set) {
  uint32_t cost = 0;
  for (uint32_t test = 0; test < TESTS; test++)
    if (set >> test & 1)
      cost += suite->tests[test].cost;
  return cost;
}

static uint32_t kept_of(const Suite *suite) {
  uint32_t set = 0;
  for (uint32_t test = 0; test < TESTS; test++)
    set |= (uint32_t)suite->tests[test].is_kept << test;
  return set;
}

static uint32_t count_bits(uint32_t bits) {
  uint32_t count = 0;
  for (; bits; bits &= bits - 1)
    count++;
  return count;
}

// ---- Tests ----

static void test_what_only_one_test_holds(void **state) {
  (void)state;
  Suite suite;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    analyse_random(&suite, seed);
    for (uint32_t test = 0; test < TESTS; test++) {
      assert_int_equal(suite.tests[test].sole_kills, count_bits(suite.kills[test] & ~others(suite.kills, test)));
      assert_int_equal(suite.tests[test].sole_lines, count_bits(suite.lines[test] & ~others(suite.lines, test)));
    }
    arena_finish(&suite.arena);
  }
}

// The one that kills most of those that kill all that it does and more; of equals the cheapest, then the first.
static uint32_t expected_shadow(const Suite *suite, uint32_t test, bool is_strict) {
  uint32_t best = is_strict ? MATRIX_NONE : test, mine = suite->kills[test];
  for (uint32_t other = 0; other < TESTS && mine; other++) {
    uint32_t theirs = suite->kills[other];
    bool is_fit = other != test && (is_strict ? theirs != mine && (mine & ~theirs) == 0 : theirs == mine);
    if (!is_fit)
      continue;
    uint32_t more = count_bits(theirs), most = best == MATRIX_NONE ? 0 : count_bits(suite->kills[best]);
    uint32_t cost = suite->tests[other].cost, least = best == MATRIX_NONE ? 0 : suite->tests[best].cost;
    if (more > most || (more == most && (cost < least || (cost == least && other < best))))
      best = other;
  }
  return best == test ? MATRIX_NONE : best;
}

static void test_who_stands_in_a_shadow(void **state) {
  (void)state;
  Suite suite;
  uint32_t dominated = 0, equal = 0;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    analyse_random(&suite, seed);
    for (uint32_t test = 0; test < TESTS; test++) {
      assert_int_equal(suite.tests[test].dominated_by, expected_shadow(&suite, test, true));
      assert_int_equal(suite.tests[test].equals, expected_shadow(&suite, test, false));
      dominated += suite.tests[test].dominated_by != MATRIX_NONE;
      equal += suite.tests[test].equals != MATRIX_NONE;
    }
    arena_finish(&suite.arena);
  }
  assert_true(dominated > 100 && equal > 100);
}

static uint32_t smallest_cost(const Suite *suite) {
  uint32_t least = UINT32_MAX;
  for (uint32_t set = 0; set < 1u << TESTS; set++)
    if (holds_all(suite, set) && cost_of(suite, set) < least)
      least = cost_of(suite, set);
  return least;
}

static void test_the_set_that_is_kept(void **state) {
  (void)state;
  Suite suite;
  uint32_t best = 0;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    analyse_random(&suite, seed);
    uint32_t kept = kept_of(&suite), least = smallest_cost(&suite), cost = cost_of(&suite, kept);
    assert_true(holds_all(&suite, kept));
    for (uint32_t test = 0; test < TESTS; test++)
      if (kept >> test & 1)
        assert_false(holds_all(&suite, kept & ~(1u << test)));
    assert_true(cost >= least && cost <= 2 * least);  // the greedy choice's own bound would be 3.8 for 24 things
    best += cost == least;
    arena_finish(&suite.arena);
  }
  print_message("%u of 300 are the smallest that there are\n", best);
  assert_true(best >= 240);
}

static void test_who_stands_in_for_a_test(void **state) {
  (void)state;
  Suite suite;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    analyse_random(&suite, seed);
    for (uint32_t test = 0; test < TESTS; test++) {
      NumberSet found;
      uint32_t missing = 0, bits = 0, kept = kept_of(&suite) & ~(1u << test);
      assert_int_equal(kill_matrix_replace(&suite.matrix, test, &suite.arena, &found, &missing), 0);
      for (size_t i = 0; i < found.count; i++) {
        assert_true(kept >> found.items[i] & 1);
        assert_true(suite.kills[found.items[i]] & suite.kills[test] & ~bits);
        bits |= suite.kills[found.items[i]];
      }
      assert_int_equal(missing, count_bits(suite.kills[test] & ~of_set(suite.kills, kept)));
      assert_int_equal(missing, count_bits(suite.kills[test] & ~bits));
    }
    arena_finish(&suite.arena);
  }
}

static void test_a_known_suite(void **state) {
  (void)state;
  Suite suite = {0};
  // 0 kills nothing, but is the only one to reach line 5; 1 and 2 kill the same, and 2 is cheaper; 3 kills more.
  const uint32_t kills[] = {0, 0x3, 0x3, 0x7}, lines[] = {0x20, 0x1, 0x1, 0x1}, costs[] = {4, 3, 2, 9};
  for (uint32_t test = 0; test < 4; test++) {
    suite.kills[test] = kills[test];
    suite.lines[test] = lines[test];
    suite.tests[test].cost = costs[test];
  }
  analyse(&suite, 4);
  assert_int_equal(suite.tests[0].sole_lines, 1);
  assert_int_equal(suite.tests[0].dominated_by, MATRIX_NONE);
  assert_int_equal(suite.tests[1].equals, 2);
  assert_int_equal(suite.tests[1].dominated_by, 3);
  assert_int_equal(suite.tests[2].equals, MATRIX_NONE);
  assert_int_equal(suite.tests[3].sole_kills, 1);
  assert_int_equal(kept_of(&suite), 0x9);
  arena_finish(&suite.arena);
}

static void test_no_tests(void **state) {
  (void)state;
  Suite suite = {0};
  analyse(&suite, 0);
  assert_int_equal(kept_of(&suite), 0);
  arena_finish(&suite.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_only_one_test_holds),
      cmocka_unit_test(test_who_stands_in_a_shadow),
      cmocka_unit_test(test_the_set_that_is_kept),
      cmocka_unit_test(test_who_stands_in_for_a_test),
      cmocka_unit_test(test_a_known_suite),
      cmocka_unit_test(test_no_tests),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
