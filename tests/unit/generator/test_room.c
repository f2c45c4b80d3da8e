// Which tests go when a category has more than the configuration allows.
#include "server/generator/generation.h"
#include "server/generator/mutant_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define MUTANTS 6u

typedef struct Row {
  const char *origin;
  TestCategory category;
  const char *kills;  // digits
  bool stays;
} Row;

static const Row rows[] = {
    {"characterisation", CATEGORY_CORRECTNESS, "01", true},
    {"characterisation", CATEGORY_CORRECTNESS, "1", false},   // the first one notices it, too
    {"property", CATEGORY_CORRECTNESS, "235", true},          // nobody else notices 2
    {"characterisation", CATEGORY_CORRECTNESS, "44", false},  // the suite notices 4
    {"characterisation", CATEGORY_CORRECTNESS, "", false},    // nothing
    {"characterisation", CATEGORY_BOUNDARY, "3", true},       // its category has room
    {"spec", CATEGORY_EXISTENCE, "", true},                   // what a spec states is never one too many
    {"spec", CATEGORY_EXISTENCE, "", true},
    {"spec", CATEGORY_EXISTENCE, "", true},
    {"characterisation", CATEGORY_EXISTENCE, "5", false},  // the others are too many already
};
#define ROWS (sizeof rows / sizeof *rows)

static void those_that_notice_least_go(void **state) {
  (void)state;
  Arena arena = {0};
  Error error = {0};
  bool is_killed[MUTANTS] = {[4] = true};
  uint32_t kills[ROWS][MUTANTS];
  Candidate candidates[ROWS] = {0};
  MutantSet set = {.count = MUTANTS, .is_killed = is_killed};
  ConfigReport config = {.max_tests_per_category = 2, .max_rounds_per_category = 1, .anti_cheat_weight = 1};
  GenerateRequest request = {.config = &config, .max_tests = 30};
  Generation generation = {.request = &request, .arena = &arena, .ret_error = &error};
  generation.guard_context = (GuardContext){.mutants = &set, .arena = &arena};
  vector_init(&generation.tests, sizeof(Proposal), ROWS);
  for (size_t row = 0; row < ROWS; row++) {
    candidates[row] = (Candidate){.origin = string_view_from(rows[row].origin), .category = (int)rows[row].category};
    Proposal proposal = {.candidate = &candidates[row], .kills = {kills[row], strlen(rows[row].kills)}};
    for (size_t i = 0; i < proposal.kills.count; i++)
      kills[row][i] = (uint32_t)(rows[row].kills[i] - '0');
    assert_true(generation_has_room(&generation, &candidates[row]));
    assert_non_null(vector_push_copy(&generation.tests, &proposal));
  }
  assert_int_equal(generation_make_room(&generation), 0);
  for (size_t row = 0; row < ROWS; row++) {
    const Proposal *proposal = vector_at(&generation.tests, row);
    if ((proposal->guard == NULL) != rows[row].stays)
      fail_msg("row %zu: %s", row, proposal->guard ? "went" : "stayed");
    if (proposal->guard)
      assert_true(string_view_equal(proposal->reason, SV("category-full")));
  }
  vector_finish(&generation.tests);
  arena_finish(&arena);
}

// The first ones of a model are tried: each one costs a run.
static void of_a_model_the_first_ones_are_tried(void **state) {
  (void)state;
  ConfigReport config = {.max_tests_per_category = 1, .max_rounds_per_category = 1};
  GenerateRequest request = {.config = &config, .max_tests = 30};
  Generation generation = {.request = &request};
  Candidate candidate = {.origin = SV("model"), .category = CATEGORY_CORRECTNESS};
  Proposal proposal = {.candidate = &candidate};
  vector_init(&generation.tests, sizeof(Proposal), 10);
  assert_true(generation_has_room(&generation, &candidate));
  assert_non_null(vector_push_copy(&generation.tests, &proposal));
  assert_false(generation_has_room(&generation, &candidate));
  vector_finish(&generation.tests);
}

// Who asks for twice as many tests as usual has room for twice as many of each category.
static void more_tests_have_more_room(void **state) {
  (void)state;
  ConfigReport config = {.max_tests_per_category = 1, .max_rounds_per_category = 1};
  GenerateRequest request = {.config = &config, .max_tests = 60};
  Generation generation = {.request = &request};
  Candidate candidate = {.origin = SV("model"), .category = CATEGORY_CORRECTNESS};
  Proposal proposal = {.candidate = &candidate};
  vector_init(&generation.tests, sizeof(Proposal), 10);
  for (int i = 0; i < 2; i++) {
    assert_true(generation_has_room(&generation, &candidate));
    assert_non_null(vector_push_copy(&generation.tests, &proposal));
  }
  assert_false(generation_has_room(&generation, &candidate));
  vector_finish(&generation.tests);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(those_that_notice_least_go),
      cmocka_unit_test(of_a_model_the_first_ones_are_tried),
      cmocka_unit_test(more_tests_have_more_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
