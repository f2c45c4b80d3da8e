// Candidates that test the same become one, and it is the one that asserts most.
#include "server/generator/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct Fixture {
  Arena arena;
  Vector candidates;
  CandidateCheck checks[8];
  Error error;
} Fixture;

static int open_fixture(void **state) {
  Fixture *fixture = test_calloc(1, sizeof *fixture);
  vector_init(&fixture->candidates, sizeof(Candidate), 100);
  *state = fixture;
  return 0;
}

static int close_fixture(void **state) {
  Fixture *fixture = *state;
  vector_finish(&fixture->candidates);
  arena_finish(&fixture->arena);
  test_free(fixture);
  return 0;
}

static Candidate *add(Fixture *fixture, const char *call, CandidateCheck check, const char *requirement) {
  size_t index = fixture->candidates.count;
  Candidate *candidate = vector_push(&fixture->candidates);
  assert_non_null(candidate);
  fixture->checks[index] = check;
  *candidate = (Candidate){
      .subject = SV("pop"),
      .category = CATEGORY_BOUNDARY,
      .name = string_view_from(requirement),
      .origin = SV("spec"),
      .reasoning = SV("Why"),
      .requirement = string_view_from(requirement),
      .confidence = 0.5,
      .call = string_view_from(call),
      .checks = {&fixture->checks[index], 1},
  };
  return candidate;
}

static const Candidate *merged(Fixture *fixture, size_t count) {
  assert_int_equal(candidates_merge(&fixture->candidates, &fixture->arena, &fixture->error), 0);
  assert_int_equal(fixture->candidates.count, count);
  return count > 0 ? vector_at(&fixture->candidates, 0) : NULL;
}

static const CandidateCheck raises = {.kind = CHECK_RAISES, .exception = {"IndexError", 10}};
static const CandidateCheck raises_with = {
    .kind = CHECK_RAISES, .exception = {"IndexError", 10}, .match = {"empty", 5}};

static void the_stronger_one_is_kept_wherever_it_stands(void **state) {
  Fixture *fixture = *state;
  add(fixture, "pop()", raises, "weak");
  add(fixture, "size()", (CandidateCheck){.kind = CHECK_EQUAL, .expected = SV("0")}, "other");
  add(fixture, "pop( )", raises_with, "strong")->confidence = 0.25;
  const Candidate *kept = merged(fixture, 2);
  const CandidateCheck *check = kept->checks.items;
  assert_int_equal(check->match.length, 5);
  assert_string_equal(kept->name.data, "strong");
  assert_string_equal(kept->requirement.data, "weak; strong");
  assert_string_equal(kept->reasoning.data, "Why");
  assert_true(kept->confidence == 0.5);
}

static void the_first_of_equals_is_kept_with_all_labels(void **state) {
  Fixture *fixture = *state;
  add(fixture, "pop()", raises_with, "one");
  add(fixture, "pop()", raises, "two");
  add(fixture, "pop()", raises_with, "three");
  const Candidate *kept = merged(fixture, 1);
  assert_string_equal(kept->name.data, "one");
  assert_string_equal(kept->requirement.data, "one; two; three");
}

static void another_set_up_or_another_look_is_another_test(void **state) {
  Fixture *fixture = *state;
  StringView setup = SV("stack.push(1)");
  CandidateRow row = {0};
  add(fixture, "pop()", raises, "one");
  add(fixture, "pop()", raises, "after a push")->setup = (JsonArray){&setup, 1};
  add(fixture, "pop()", (CandidateCheck){.kind = CHECK_EQUAL, .expression = SV("stack.items"), .expected = SV("[]")},
      "what is left");
  add(fixture, "pop()", raises, "table")->rows = (JsonArray){&row, 1};
  merged(fixture, 4);
}

static void no_candidates_are_none_afterwards(void **state) {
  merged(*state, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_stronger_one_is_kept_wherever_it_stands, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(the_first_of_equals_is_kept_with_all_labels, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(another_set_up_or_another_look_is_another_test, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(no_candidates_are_none_afterwards, open_fixture, close_fixture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
