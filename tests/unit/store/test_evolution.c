// How configurations become one another: guardrails, neighbours, steps that are kept, and the way back.
#include "protocol/testgen/vocabulary.h"
#include "server/store/config_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// ---- Guardrails ----

static ConfigReport defaults(void) {
  ConfigReport config;
  config_defaults(&config);
  return config;
}

static void a_step_is_small(void **state) {
  (void)state;
  ConfigReport from = defaults(), to = from;
  Error error = {0};
  assert_int_equal(config_change_check(&from, &to, &error), 0);
  to.temperature = from.temperature + 0.1 + CONFIG_EPSILON / 2;  // what 0.3 + 0.1 may look like
  assert_int_equal(config_change_check(&from, &to, &error), 0);
  to.temperature = from.temperature + 0.1 + 1e-6;
  assert_int_equal(config_change_check(&from, &to, &error), ERROR_INVALID_ARGUMENT);
  assert_non_null(strstr(error.message, "temperature"));
  error_clear(&error);
  to = from;
  to.max_tests_per_category += 2;
  assert_int_equal(config_change_check(&from, &to, &error), ERROR_INVALID_ARGUMENT);
  assert_non_null(strstr(error.message, "max_tests_per_category"));
  error_clear(&error);
  to = from;
  to.min_tests_per_category = 1;
  assert_int_equal(config_change_check(&from, &to, &error), ERROR_INVALID_ARGUMENT);
  error_clear(&error);
  to = from;
  to.precision_weight = 0.0 / 1.0 - 0.05;
  from.precision_weight = 0.05;
  assert_int_equal(config_change_check(&from, &to, &error), ERROR_INVALID_ARGUMENT);
  error_clear(&error);
}

static void what_a_model_may_change(void **state) {
  (void)state;
  static const char *const may[] = {"temperature",      "max_tests_per_category", "precision_weight", "category_order",
                                    "category_prompts", "anti_cheat_prompt",      "reflection_prompt"};
  static const char *const may_not[] = {"max_tokens", "primary_model", "reflection_model", "id",
                                        "version",    "is_current",    "nothing",          ""};
  for (size_t i = 0; i < sizeof may / sizeof *may; i++)
    assert_true(config_may_change(string_view_from(may[i])));
  for (size_t i = 0; i < sizeof may_not / sizeof *may_not; i++)
    assert_false(config_may_change(string_view_from(may_not[i])));
}

static void knobs_are_merged_by_their_table(void **state) {
  (void)state;
  Arena arena = {0};
  Error error = {0};
  ConfigReport from = defaults(), to;
  JsonValue values;
  assert_int_equal(
      json_parse(SV("{\"temperature\": 0.4, \"category_prompts\": {\"boundary\": \"b\"}}"), &arena, &values, &error),
      0);
  assert_int_equal(config_merge(&from, &values, &arena, &to, &error), 0);
  assert_true(to.temperature > 0.39 && to.temperature < 0.41);
  assert_int_equal(to.max_tests_per_category, from.max_tests_per_category);
  static const char *const wrong[] = {"{\"temperature\": \"hot\"}", "{\"no_knob\": 1}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(json_parse(string_view_from(wrong[i]), &arena, &values, &error), 0);
    assert_true(config_merge(&from, &values, &arena, &to, &error) < 0);
    error_clear(&error);
  }
  arena_finish(&arena);
}

static void neighbours_keep_to_the_guardrails(void **state) {
  (void)state;
  Arena arena = {0};
  ConfigReport from = defaults();
  size_t with_model = 0, without = 0;
  for (size_t move = 0; move < CONFIG_MOVES; move++) {
    ConfigReport to;
    const JsonValue *changes;
    without += config_move(&from, move, false, &arena, &to);
    if (!config_move(&from, move, true, &arena, &to))
      continue;
    with_model++;
    assert_int_equal(config_change_check(&from, &to, NULL), 0);
    assert_string_equal(to.version.data, "1.0.1");
    assert_int_equal(config_changes(&from, &to, &arena, &changes, NULL), 0);
    assert_int_equal(changes->object.count, 1);
    assert_int_equal(changes->object.members[0].value.array.count, 2);
  }
  assert_int_equal(with_model, CONFIG_MOVES - 1);  // the least number of tests is at its minimum
  assert_int_equal(without, 4);                    // only rounds of a model heed the least number of tests
  arena_finish(&arena);
}

static void versions_go_up(void **state) {
  (void)state;
  static const char *const rows[][2] = {{"1.0.0", "1.0.1"}, {"1.0.9", "1.0.10"}, {"2.7", "2.8"},
                                        {"one", "one.1"},   {"1.x", "1.x.1"},    {"", ".1"}};
  Arena arena = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(config_next_version(string_view_from(rows[i][0]), &arena).data, rows[i][1]);
  arena_finish(&arena);
}

// ---- Steps ----

static EvolutionStep make_step(int64_t from, int verdict) {
  return (EvolutionStep){
      .from_id = from,
      .reasoning = SV("a neighbour"),
      .expected = {true, 12.5},
      .improvement = {true, 3.25},
      .noise = {true, 1.5},
      .verdict = verdict,
  };
}

static Store *open_with_current(Arena *arena, ConfigReport *ret_current) {
  Store *store;
  assert_int_equal(store_open_in_memory(&store, NULL), 0);
  assert_int_equal(store_get_current_config(store, arena, ret_current, NULL), 0);
  return store;
}

static ConfigReport neighbour(const ConfigReport *from, size_t move, Arena *arena) {
  ConfigReport to;
  assert_true(config_move(from, move, false, arena, &to));
  return to;
}

static void what_is_adopted_is_current_and_what_is_rejected_is_not(void **state) {
  (void)state;
  Arena arena = {0};
  ConfigReport first, now;
  Store *store = open_with_current(&arena, &first);
  ConfigReport better = neighbour(&first, 0, &arena), worse = neighbour(&first, 2, &arena);
  EvolutionStep step = make_step(first.id, EVOLUTION_REJECTED);
  assert_int_equal(store_save_evolution(store, &worse, &step, &arena, NULL), 0);
  assert_int_equal(store_get_current_config(store, &arena, &now, NULL), 0);
  assert_int_equal(now.id, first.id);
  EvolutionTrial trials[] = {{SV("a.py"), 1, 400, 410}, {SV("größe.py::f"), 2, 0, 1000}};
  step = make_step(first.id, EVOLUTION_ADOPTED);
  step.trials = (JsonArray){trials, 2};
  assert_int_equal(config_changes(&first, &better, &arena, &step.changes, NULL), 0);
  assert_int_equal(store_save_evolution(store, &better, &step, &arena, NULL), 0);
  assert_int_equal(store_get_current_config(store, &arena, &now, NULL), 0);
  assert_int_equal(now.id, step.to_id);
  assert_int_equal(now.max_tests_per_category, first.max_tests_per_category + 1);
  JsonArray steps;
  assert_int_equal(store_get_evolution(store, 10, &arena, &steps, NULL), 0);
  assert_int_equal(steps.count, 2);
  const EvolutionStep *items = steps.items;
  assert_int_equal(items[0].verdict, EVOLUTION_ADOPTED);
  assert_int_equal(items[1].verdict, EVOLUTION_REJECTED);
  assert_true(items[0].expected.present && items[0].expected.value == 12.5);
  assert_true(items[0].improvement.value == 3.25 && items[0].noise.value == 1.5);
  assert_true(config_changes_equal(items[0].changes, step.changes, &arena));
  const EvolutionTrial *kept = items[0].trials.items;
  assert_int_equal(items[0].trials.count, 2);
  assert_string_equal(kept[1].target.data, "größe.py::f");
  assert_true(kept[1].candidate == 1000);
  store_close(store);
  arena_finish(&arena);
}

static void rolling_back_undoes_one_adoption_at_a_time(void **state) {
  (void)state;
  Arena arena = {0};
  ConfigReport first, second, third, now;
  Error error = {0};
  Store *store = open_with_current(&arena, &first);
  EvolutionStep step, back;
  assert_int_equal(store_roll_back_config(store, &arena, &back, &error), ERROR_NOT_FOUND);
  error_clear(&error);
  second = neighbour(&first, 0, &arena);
  step = make_step(first.id, EVOLUTION_ADOPTED);
  assert_int_equal(store_save_evolution(store, &second, &step, &arena, NULL), 0);
  int64_t second_id = step.to_id;
  third = neighbour(&second, 2, &arena);
  step = make_step(second_id, EVOLUTION_ADOPTED);
  assert_int_equal(store_save_evolution(store, &third, &step, &arena, NULL), 0);
  assert_int_equal(store_roll_back_config(store, &arena, &back, &error), 0);
  assert_int_equal(back.to_id, second_id);
  assert_int_equal(back.verdict, EVOLUTION_ROLLED_BACK);
  assert_int_equal(store_roll_back_config(store, &arena, &back, &error), 0);
  assert_int_equal(store_get_current_config(store, &arena, &now, NULL), 0);
  assert_int_equal(now.id, first.id);
  assert_int_equal(store_roll_back_config(store, &arena, &back, &error), ERROR_NOT_FOUND);
  error_clear(&error);
  JsonArray steps;
  assert_int_equal(store_get_evolution(store, 10, &arena, &steps, NULL), 0);
  assert_int_equal(steps.count, 4);  // nothing is taken out of the history
  assert_int_equal(store_get_evolution(store, 1, &arena, &steps, NULL), 0);
  assert_int_equal(steps.count, 1);
  store_close(store);
  arena_finish(&arena);
}

static void a_step_that_cannot_be_saved_changes_nothing(void **state) {
  (void)state;
  Arena arena = {0};
  ConfigReport first, now;
  Error error = {0};
  Store *store = open_with_current(&arena, &first);
  ConfigReport wrong = first;
  wrong.temperature = 7;
  EvolutionStep step = make_step(first.id, EVOLUTION_ADOPTED);
  assert_int_equal(store_save_evolution(store, &wrong, &step, &arena, &error), ERROR_INVALID_ARGUMENT);
  error_clear(&error);
  ConfigReport fine = neighbour(&first, 0, &arena);
  step = make_step(12345, EVOLUTION_ADOPTED);  // no such configuration
  assert_true(store_save_evolution(store, &fine, &step, &arena, &error) < 0);
  error_clear(&error);
  assert_int_equal(store_get_current_config(store, &arena, &now, NULL), 0);
  assert_int_equal(now.id, first.id);
  JsonArray steps;
  assert_int_equal(store_get_evolution(store, 10, &arena, &steps, NULL), 0);
  assert_int_equal(steps.count, 0);
  store_close(store);
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_small),
      cmocka_unit_test(what_a_model_may_change),
      cmocka_unit_test(knobs_are_merged_by_their_table),
      cmocka_unit_test(neighbours_keep_to_the_guardrails),
      cmocka_unit_test(versions_go_up),
      cmocka_unit_test(what_is_adopted_is_current_and_what_is_rejected_is_not),
      cmocka_unit_test(rolling_back_undoes_one_adoption_at_a_time),
      cmocka_unit_test(a_step_that_cannot_be_saved_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
