// The cells of a spec's sentences, and which tests are for them.
#include "server/generator/requirements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

typedef struct Row {
  const char *clause;
  const char *cells[6];  // titles behind the clause; "" is the clause itself
} Row;

static const Row rows[] = {
    {"pop() removes and returns the top item", {""}},
    {"Dates and addresses must be valid", {"(Dates)", "(addresses)"}},
    {"The name must be short, plain, and printable", {"(short)", "(plain)", "(printable)"}},
    {"Ports, hosts must be known and open.", {"(Ports: known)", "(Ports: open)", "(hosts: known)", "(hosts: open)"}},
    {"add(1, 2) and add(2, 1) must be equal", {""}},  // what is in brackets is no list
    {"A word and a sentence that goes on and on and never comes to its end must be kept", {""}},
};

static void every_sentence_has_its_cells(void **state) {
  (void)state;
  Arena arena = {0};
  Error error = {0};
  WorkspaceIndex *index;
  assert_int_equal(workspace_index_create(&index, &error), 0);
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    SpecClause clause = {.text = string_view_from(rows[row].clause)};
    Spec spec = {.clauses = &clause, .clause_count = 1};
    JsonArray cells = {0};
    assert_int_equal(requirement_cells(&spec, index, &arena, &cells, &error), 0);
    size_t count = 0;
    for (; count < 6 && rows[row].cells[count]; count++) {
      assert_true(count < cells.count);
      StringView title = requirement_title(&((const RequirementCell *)cells.items)[count], &arena);
      StringView wanted = *rows[row].cells[count]
                              ? arena_format(&arena, "%s %s", rows[row].clause, rows[row].cells[count])
                              : clause.text;
      if (!string_view_equal(title, wanted))
        fail_msg("%.*s, not %.*s", SV_ARGUMENTS(title), SV_ARGUMENTS(wanted));
    }
    assert_int_equal(cells.count, count);
  }
  workspace_index_destroy(index);
  arena_finish(&arena);
}

static void a_test_is_for_what_it_names(void **state) {
  (void)state;
  Arena arena = {0};
  SpecClause clause = {.text = SV("Dates and addresses must be valid")};
  Spec spec = {.clauses = &clause, .clause_count = 1};
  RequirementCell dates = {.clause = &clause, .entity = SV("Dates")};
  RequirementCell addresses = {.clause = &clause, .entity = SV("addresses")};
  const struct {
    const char *stated, *code;
    bool dates, addresses;
  } tests[] = {
      {"dates and addresses must be valid", "def test_dates(): ...", true, false},
      {"Requirement: Dates and addresses must be valid.", "check_address(1)", false, true},
      {"dates and addresses must be valid", "check(1)", false, false},  // it does not say which
      {"addresses must be valid", "check(1)", false, true},             // a part of the words
      {"dates", "def test_dates(): ...", false, false},                 // too few of them
      {"", "def test_dates_and_addresses(): ...", false, false},
      {"something else altogether", "dates addresses", false, false},
  };
  for (size_t index = 0; index < sizeof tests / sizeof *tests; index++) {
    StringView stated = string_view_from(tests[index].stated), code = string_view_from(tests[index].code);
    assert_int_equal(requirement_is_met(&dates, stated, code, &arena), tests[index].dates);
    assert_int_equal(requirement_is_met(&addresses, stated, code, &arena), tests[index].addresses);
  }
  assert_ptr_equal(requirement_clause(&spec, SV("addresses must be valid"), &arena), &clause);
  assert_null(requirement_clause(&spec, SV("addresses must be new"), &arena));
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_sentence_has_its_cells),
      cmocka_unit_test(a_test_is_for_what_it_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
