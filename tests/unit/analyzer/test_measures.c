#include "server/analyzer/measures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const double tolerance = 1e-9;

static ScoreInput measured(double comprehensiveness, double balance, double anti_cheat, double efficiency) {
  return (ScoreInput){{BASIS_MEASURED, comprehensiveness},
                      {BASIS_MEASURED, balance},
                      {BASIS_MEASURED, anti_cheat},
                      {BASIS_MEASURED, efficiency}};
}

static void score_of_the_vectors(void **state) {
  (void)state;
  ScoreInput input = measured(8, 0.8, 0.9, 0.5);
  Score score = score_compute(&input);
  assert_int_equal(score.points, 760);
  assert_int_equal(score.of, 1000);
  assert_int_equal(score.component_points[0], 320);
  input = measured(10, 1, 1, 1);
  assert_int_equal(score_compute(&input).points, 1000);
  input = measured(0, 0, 0, 0);
  assert_int_equal(score_compute(&input).points, 0);
  input = measured(99, 7, -3, 1);
  assert_int_equal(score_compute(&input).points, 800);
}

static void what_was_not_measured_earns_nothing(void **state) {
  (void)state;
  ScoreInput input = measured(10, 1, 1, 1);
  input.efficiency = (ScoreComponent){BASIS_NOT_MEASURED, 1};
  Score score = score_compute(&input);
  assert_int_equal(score.points, 800);
  assert_int_equal(score.of, 800);
}

static void what_is_not_applicable_is_left_out(void **state) {
  (void)state;
  ScoreInput input = measured(5, 0.5, 0.5, 0.5);
  input.efficiency = (ScoreComponent){BASIS_NOT_APPLICABLE, 0};
  Score score = score_compute(&input);
  assert_int_equal(score.points, 500);
  assert_int_equal(score.of, 1000);
  ScoreInput nothing = {
      {BASIS_NOT_APPLICABLE, 0}, {BASIS_NOT_APPLICABLE, 0}, {BASIS_NOT_APPLICABLE, 0}, {BASIS_NOT_APPLICABLE, 0}};
  assert_int_equal(score_compute(&nothing).points, 0);
  assert_int_equal(score_compute(&nothing).of, 0);
}

static void balance_counts_the_categories_in_play(void **state) {
  (void)state;
  uint32_t even[CATEGORY_COUNT] = {3, 3, 3, 3, 3};
  uint32_t one[CATEGORY_COUNT] = {0, 0, 9, 0, 0};
  uint32_t two[CATEGORY_COUNT] = {0, 0, 4, 4, 0};
  uint32_t none[CATEGORY_COUNT] = {0};
  unsigned every = context_categories(CONTEXT_BENCHMARK, 0);
  unsigned pair = context_categories(CONTEXT_MECHACODER, 0);
  assert_float_equal(measure_balance(even, every), 1, tolerance);
  assert_float_equal(measure_balance(one, every), 0, tolerance);
  assert_float_equal(measure_balance(two, pair), 1, tolerance);
  assert_float_equal(measure_balance(two, every), 0.625, tolerance);
  assert_float_equal(measure_balance(none, every), 0, tolerance);
  assert_float_equal(measure_balance(one, context_categories(CONTEXT_CUSTOM, 1u << CATEGORY_CORRECTNESS)), 1,
                     tolerance);
  assert_int_equal(context_categories(CONTEXT_COMMANDER, 0),
                   1u << CATEGORY_EXISTENCE | 1u << CATEGORY_CORRECTNESS | 1u << CATEGORY_BOUNDARY);
}

static void tools_are_matched_as_whole_words(void **state) {
  (void)state;
  const StringView prohibited[] = {SV("R"), SV("pandas"), SV("R")};
  const StringView texts[] = {SV("assert RED == Result"), SV("R is prohibited"), SV("assert pandas")};
  const TestCategory categories[] = {CATEGORY_ANTI_CHEAT, CATEGORY_CORRECTNESS, CATEGORY_CORRECTNESS};
  double coverage = -1;
  assert_true(measure_anti_cheat(prohibited, 1, texts, categories, 1, &coverage));
  assert_float_equal(coverage, 0, tolerance);
  assert_true(measure_anti_cheat(prohibited, 3, texts, categories, 3, &coverage));
  assert_float_equal(coverage, 0.5, tolerance);
  coverage = -1;
  assert_false(measure_anti_cheat(prohibited, 0, texts, categories, 3, &coverage));
  assert_float_equal(coverage, -1, tolerance);
}

static void parameters_are_found_as_whole_identifiers(void **state) {
  (void)state;
  const StringView names[] = {SV("total"), SV("rate"), SV("total"), SV("x")};
  const StringView texts[] = {SV("f(total=3)"), SV("subtotal, rated, max")};
  double share = -1;
  assert_true(measure_parameter_discovery(names, 4, texts, 2, &share));
  assert_float_equal(share, 1.0 / 3, tolerance);
  assert_false(measure_parameter_discovery(names, 0, texts, 2, &share));
}

static void reflection_and_tokens(void **state) {
  (void)state;
  const uint32_t rounds[] = {2, 2, 2};
  assert_float_equal(measure_reflection_effectiveness(rounds, 3, 5), 0.75, tolerance);
  assert_float_equal(measure_reflection_effectiveness(rounds, 3, 0), 0.25, tolerance);
  assert_float_equal(measure_reflection_effectiveness(rounds, 0, 5), 0, tolerance);
  assert_float_equal(measure_token_efficiency(8, 1600), 0.5, tolerance);
  assert_float_equal(measure_token_efficiency(8, 10), 1, tolerance);
  assert_float_equal(measure_token_efficiency(8, 0), 0, tolerance);
  assert_float_equal(measure_token_efficiency(0, 100), 0, tolerance);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(score_of_the_vectors),
      cmocka_unit_test(what_was_not_measured_earns_nothing),
      cmocka_unit_test(what_is_not_applicable_is_left_out),
      cmocka_unit_test(balance_counts_the_categories_in_play),
      cmocka_unit_test(tools_are_matched_as_whole_words),
      cmocka_unit_test(parameters_are_found_as_whole_identifiers),
      cmocka_unit_test(reflection_and_tokens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
