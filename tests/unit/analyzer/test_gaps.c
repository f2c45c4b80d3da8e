#include "server/analyzer/gaps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
// cmocka's header needs those above.
#include <cmocka.h>

static const char text[] = "import os\n"  // 1
                           "\n"
                           "def covered(a):\n"  // 3
                           "    return a\n"
                           "\n"
                           "def simple():\n"  // 6
                           "    return 1\n"
                           "\n"
                           "class Stack:\n"  // 9
                           "    size = 3\n"
                           "\n"
                           "    @property\n"
                           "    def push(self):\n"  // 13
                           "        if self.size:\n"
                           "            return 1\n"
                           "        if self:\n"
                           "            return 2\n"
                           "        return 3\n"
                           "\n"
                           "def outer(a):\n"  // 20
                           "    def inner():\n"
                           "        return a\n"
                           "    x = 1\n"
                           "    y = 2\n"
                           "    z = 3\n"
                           "    return inner\n"
                           "\n"
                           "def half(a):\n"  // 28
                           "    if a:\n"
                           "        return 1\n"
                           "    return 2\n";

typedef struct Fixture {
  Arena arena;
  SyntaxParser *parser;
  Snapshot *snapshot;
  FileAnalysis *analysis;
  Error error;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  *state = fixture;
  const Language *language = language_by_path(SV("m.py"));
  assert_int_equal(syntax_parser_create(language, &fixture->parser, &fixture->error), 0);
  assert_int_equal(snapshot_create(fixture->parser, string_view_from(text), &fixture->snapshot, &fixture->error), 0);
  AnalyzerOptions options = {0};
  assert_int_equal(analysis_create(SV("m.py"), fixture->snapshot, &options, NULL, &fixture->analysis, &fixture->error),
                   0);
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  analysis_release(fixture->analysis);
  snapshot_release(fixture->snapshot);
  syntax_parser_destroy(fixture->parser);
  arena_finish(&fixture->arena);
  free(fixture);
  return 0;
}

static const int64_t executed[] = {1, 3, 4, 6, 9, 10, 12, 13, 20, 21, 23, 24, 25, 26, 28, 29, 30};
static const int64_t missing[] = {7, 14, 15, 16, 17, 18, 22, 31};
static const MissingBranch missing_branches[] = {{14, 15}, {14, 16}, {16, 17}, {16, 18}, {29, 31}};
static const uint32_t branch_lines[] = {14, 14, 16, 16, 29, 29};

static GapInput make_input(const Fixture *fixture) {
  return (GapInput){
      .analysis = fixture->analysis,
      .lines = snapshot_lines(fixture->snapshot),
      .executed = executed,
      .executed_count = sizeof executed / sizeof *executed,
      .missing = missing,
      .missing_count = sizeof missing / sizeof *missing,
      .missing_branches = missing_branches,
      .missing_branch_count = sizeof missing_branches / sizeof *missing_branches,
      .branch_lines = branch_lines,
      .branch_line_count = sizeof branch_lines / sizeof *branch_lines,
  };
}

static void assert_gap(const FunctionGap *gap, const char *function, GapRisk risk, uint32_t lines_missing,
                       uint32_t lines_total) {
  assert_true(string_view_equal_text(gap->function, function));
  assert_string_equal(risk_names[gap->risk], risk_names[risk]);
  assert_int_equal(gap->lines_missing, lines_missing);
  assert_int_equal(gap->lines_total, lines_total);
}

static void functions_are_ranked(void **state) {
  Fixture *fixture = *state;
  GapInput input = make_input(fixture);
  FunctionGap *gaps;
  size_t count;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  assert_int_equal(count, 4);
  assert_gap(&gaps[0], "Stack.push", RISK_HIGH, 5, 5);  // never reached, complexity 3
  assert_int_equal(gaps[0].line, 13);
  assert_int_equal(gaps[0].branches_missing, 4);
  assert_int_equal(gaps[0].branches_total, 4);
  assert_int_equal(gaps[0].range_count, 1);
  assert_int_equal(gaps[0].ranges[0].first, 14);
  assert_int_equal(gaps[0].ranges[0].last, 18);
  assert_gap(&gaps[1], "half", RISK_HIGH, 1, 3);  // half of its branches
  assert_gap(&gaps[2], "simple", RISK_MEDIUM, 1, 1);
  assert_gap(&gaps[3], "outer", RISK_LOW, 1, 6);  // one of its lines, that of the nested function
}

static void critical_paths_come_first(void **state) {
  Fixture *fixture = *state;
  GapInput input = make_input(fixture);
  StringView symbols[] = {SV("out*")};
  input.critical_symbols = symbols;
  input.critical_symbol_count = 1;
  FunctionGap *gaps;
  size_t count;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  assert_gap(&gaps[0], "outer", RISK_CRITICAL, 1, 6);
  assert_true(gaps[0].is_critical_path);
  assert_false(gaps[1].is_critical_path);
  input.is_critical_file = true;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  for (size_t index = 0; index < count; index++) {
    assert_int_equal(gaps[index].risk, RISK_CRITICAL);
  }
}

static void without_analysis_all_is_module_level(void **state) {
  Fixture *fixture = *state;
  GapInput input = make_input(fixture);
  input.analysis = NULL;
  FunctionGap *gaps;
  size_t count;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  assert_int_equal(count, 1);
  assert_true(string_view_is_absent(gaps[0].function));
  assert_int_equal(gaps[0].lines_missing, 8);
  assert_int_equal(gaps[0].range_count, 4);
  assert_string_equal(risk_names[gaps[0].risk], "high");
}

// Lines behind the text's end (a stale report) belong to the module.
static void lines_outside_the_text_are_kept(void **state) {
  Fixture *fixture = *state;
  const int64_t outside[] = {500};
  GapInput input = {.analysis = fixture->analysis,
                    .lines = snapshot_lines(fixture->snapshot),
                    .missing = outside,
                    .missing_count = 1};
  FunctionGap *gaps;
  size_t count;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  assert_int_equal(count, 1);
  assert_int_equal(gaps[0].ranges[0].first, 500);
}

static void nothing_missing_is_no_gap(void **state) {
  Fixture *fixture = *state;
  GapInput input = make_input(fixture);
  input.missing_count = 0;
  input.missing_branch_count = 0;
  FunctionGap *gaps;
  size_t count = 7;
  assert_int_equal(gaps_of_file(&input, &fixture->arena, &gaps, &count, &fixture->error), 0);
  assert_int_equal(count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(functions_are_ranked, set_up, tear_down),
      cmocka_unit_test_setup_teardown(critical_paths_come_first, set_up, tear_down),
      cmocka_unit_test_setup_teardown(without_analysis_all_is_module_level, set_up, tear_down),
      cmocka_unit_test_setup_teardown(lines_outside_the_text_are_kept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(nothing_missing_is_no_gap, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
