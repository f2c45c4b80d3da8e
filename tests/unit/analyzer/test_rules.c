#include "server/analyzer/assertion_rules.h"
#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void calls_are_sorted_and_found(void **state) {
  (void)state;
  const CallRow *before = NULL;
  for (size_t i = 0; call_row_at(i); i++) {
    const CallRow *row = call_row_at(i);
    if (before) {
      assert_true(string_view_compare(string_view_from(before->name), string_view_from(row->name)) < 0);
    }
    assert_ptr_equal(call_row_find(string_view_from(row->name)), row);
    before = row;
  }
  assert_null(call_row_find(SV("assertNothing")));
  assert_null(call_row_find(SV("")));
}

static void every_rule_explains_itself_within_its_oracle(void **state) {
  (void)state;
  static const int lowest[ORACLE_COUNT] = {0, 25, 30, 70, 65, 45, 35, 81};
  static const int highest[ORACLE_COUNT] = {10, 45, 55, 70, 80, 62, 70, 100};
  for (int i = 0; i < RULE_COUNT; i++) {
    const AssertionRule *rule = assertion_rule((RuleName)i);
    assert_in_range(rule->value, lowest[rule->oracle], highest[rule->oracle]);
    StringView explanation = string_view_from(rule->explanation);
    assert_true(string_view_ends_with(explanation, SV(".")));
    for (int j = 0; j < i; j++) {
      assert_string_not_equal(rule->code, assertion_rule((RuleName)j)->code);
    }
  }
}

static void names_of_helpers_and_predicates(void **state) {
  (void)state;
  assert_true(name_is_asserting_helper(SV("check_stack")));
  assert_true(name_is_asserting_helper(SV("ndiffAssertEqual")));
  assert_false(name_is_asserting_helper(SV("AssertionError")));
  assert_false(name_is_asserting_helper(SV("run")));
  assert_true(name_is_predicate(SV("is_prime")));
  assert_true(name_is_predicate(SV("_has_items")));
  assert_false(name_is_predicate(SV("compute")));
  assert_true(name_is_mock_typo(SV("called_once_with")));
  assert_false(name_is_mock_typo(SV("assert_called_once_with")));
}

static StringView page_of(const char *code, Arena *arena) {
  char path[512];
  StringView text = {0};
  snprintf(path, sizeof(path), "%s/../../docs/diagnostics/%s.md", TEST_FIXTURES, code);
  Error error = {0};
  if (file_read(path, 1u << 16, arena, &text, &error) < 0) {
    fail_msg("%s", error.message);
  }
  return text;
}

static void every_diagnostic_has_its_page(void **state) {
  (void)state;
  Arena arena;
  arena_init(&arena);
  StringView list = page_of("README", &arena);
  for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
    const DiagnosticRow *row = diagnostic_row((DiagnosticCode)i);
    StringView page = page_of(row->code, &arena);
    DiagnosticCode found = DIAGNOSTIC_COUNT;
    assert_true(string_view_starts_with(page, arena_format(&arena, "# %s\n", row->code)));
    assert_true(string_view_contains(page, arena_format(&arena, "\"%s\": \"off\"", row->code)));
    assert_true(string_view_contains(page, string_view_from(row->title)));
    assert_true(string_view_contains(list, arena_format(&arena, "(%s.md)", row->code)));
    assert_true(diagnostic_by_name(string_view_from(row->code), &found));
    assert_int_equal(found, i);
  }
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_are_sorted_and_found),
      cmocka_unit_test(every_rule_explains_itself_within_its_oracle),
      cmocka_unit_test(names_of_helpers_and_predicates),
      cmocka_unit_test(every_diagnostic_has_its_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
