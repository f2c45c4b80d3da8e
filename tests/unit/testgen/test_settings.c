// Settings: defaults, layers, and what is said about wrong values.
#include "protocol/testgen/settings.h"

#include "protocol/testgen/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char problems[2048];

static void note_problem(void *user, uint32_t offset, const char *message) {
  (void)user, (void)offset;
  size_t used = strlen(problems);
  snprintf(problems + used, sizeof problems - used, "%s\n", message);
}

static void apply(Settings *settings, Arena *arena, const char *json, bool is_workspace_file) {
  JsonValue value;
  Error error = {0};
  problems[0] = '\0';
  if (json_parse(string_view_from(json), arena, &value, &error) < 0)
    fail_msg("%s", error.message);
  assert_int_equal(settings_apply(settings, &value, is_workspace_file, arena, note_problem, NULL, &error), 0);
}

static void defaults_are_those_of_the_table(void **state) {
  (void)state;
  Settings settings;
  settings_defaults(&settings);
  assert_int_equal(settings.context, CONTEXT_BENCHMARK);
  assert_int_equal(settings.max_diagnostics, 100);
  assert_int_equal(settings.sandbox, SANDBOX_REQUIRE);
  assert_true(settings.leads && settings.lenses);
  assert_true(string_view_is_absent(settings.interpreter));
  size_t count;
  const SettingRow *rows = setting_rows(&count);
  for (size_t i = 0; i < count; i++)
    assert_non_null(rows[i].documentation);
}

static void a_layer_covers_the_one_below(void **state) {
  (void)state;
  Arena arena = {0};
  Settings settings;
  settings_defaults(&settings);
  apply(&settings, &arena, "{\"maxTests\": 5, \"context\": \"commander\", \"exclude\": [\"build\", \"é/**\"]}", true);
  apply(&settings, &arena, "{\"testgen\": {\"maxTests\": 7, \"interpreter\": \"/usr/bin/python3\"}}", false);
  apply(&settings, &arena, "{\"testgen.lenses\": false, \"diagnostics\": {\"no-assertion\": \"off\"}}", false);
  assert_string_equal(problems, "");
  assert_int_equal(settings.max_tests, 7);
  assert_int_equal(settings.context, CONTEXT_COMMANDER);
  assert_int_equal(settings.exclude.count, 2);
  assert_true(string_view_equal(settings.interpreter, SV("/usr/bin/python3")));
  assert_false(settings.lenses);
  assert_int_equal(settings.severities[DIAGNOSTIC_NO_ASSERTION], SEVERITY_OFF);
  arena_finish(&arena);
}

static void wrong_values_are_named_and_leave_the_rest(void **state) {
  (void)state;
  static const struct {
    const char *json, *message;
  } cases[] = {
      {"{\"maxTests\": \"many\"}", "setting maxTests: expected a whole number, found a string"},
      {"{\"maxTests\": 0}", "setting maxTests: 0 is outside 1 to 1000"},
      {"{\"maxTests\": 1.5}", "setting maxTests: expected a whole number"},
      {"{\"lenses\": 1}", "setting lenses: expected true or false"},
      {"{\"context\": \"bench\"}", "allowed: benchmark, commander, mechacoder or custom"},
      {"{\"exclude\": \"build\"}", "setting exclude: expected a list of strings, found a string"},
      {"{\"exclude\": [1]}", "setting exclude: expected a list of strings"},
      {"{\"categories\": [\"nonsense\"]}", "setting categories: \"nonsense\" is not allowed"},
      {"{\"diagnostics\": {\"no-such\": \"off\"}}", "there is no diagnostic \"no-such\""},
      {"{\"diagnostics\": {\"tautology\": \"loud\"}}", "setting diagnostics.tautology: allowed: default, error"},
      {"{\"diagnostics\": [\"tautology\"]}", "expected an object of severities"},
      {"{\"maxTest\": 3}", "there is no setting \"maxTest\""},
      {"[]", "settings: expected an object"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Arena arena = {0};
    Settings settings, before;
    settings_defaults(&settings);
    before = settings;
    apply(&settings, &arena, cases[i].json, false);
    if (!strstr(problems, cases[i].message))
      fail_msg("%s: expected \"%s\", got \"%s\"", cases[i].json, cases[i].message, problems);
    assert_memory_equal(&settings, &before, sizeof settings);
    arena_finish(&arena);
  }
}

static void the_workspace_may_not_name_programs(void **state) {
  (void)state;
  Arena arena = {0};
  Settings settings;
  settings_defaults(&settings);
  apply(&settings, &arena,
        "{\"interpreter\": \"./evil\", \"database\": \"/etc/x\", \"sandbox\": \"off\", \"pytestArguments\": "
        "[\"-p\", \"evil\"], \"maxTests\": 9}",
        true);
  assert_true(string_view_is_absent(settings.interpreter));
  assert_true(string_view_is_absent(settings.database));
  assert_int_equal(settings.sandbox, SANDBOX_REQUIRE);
  assert_int_equal(settings.pytest_arguments.count, 0);
  assert_int_equal(settings.max_tests, 9);
  assert_non_null(strstr(problems, "setting interpreter names what is run"));
  arena_finish(&arena);
}

static void legacy_category_names_are_mapped(void **state) {
  (void)state;
  static const struct {
    const char *name;
    TestCategory category;
  } cases[] = {{"format", CATEGORY_EXISTENCE},      {"happy_path", CATEGORY_CORRECTNESS},
               {"edge_case", CATEGORY_BOUNDARY},    {"invalid_input", CATEGORY_BOUNDARY},
               {"anti_cheat", CATEGORY_ANTI_CHEAT}, {"integration", CATEGORY_INTEGRATION}};
  TestCategory category;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(category_from_name(string_view_from(cases[i].name), &category));
    assert_int_equal(category, cases[i].category);
  }
  assert_false(category_from_name(SV("R"), &category));
}

static void bands_begin_where_the_design_says(void **state) {
  (void)state;
  static const int edges[][2] = {{0, BAND_EXECUTION_ONLY}, {20, BAND_EXECUTION_ONLY}, {21, BAND_WEAK},
                                 {50, BAND_WEAK},          {51, BAND_BEHAVIOUR},      {80, BAND_BEHAVIOUR},
                                 {81, BAND_COMPREHENSIVE}, {100, BAND_COMPREHENSIVE}};
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    assert_int_equal(band_of_strength(edges[i][0]), edges[i][1]);
}

static void the_schema_is_json_and_names_every_workspace_setting(void **state) {
  (void)state;
  Arena arena = {0};
  Buffer text;
  JsonWriter writer;
  JsonValue value;
  size_t count, named = 0;
  buffer_init(&text, 1u << 20);
  json_writer_init(&writer, &text, 2);
  settings_write_schema(&writer);
  assert_int_equal(json_parse(buffer_view(&text), &arena, &value, NULL), 0);
  const JsonValue *properties = json_member(&value, "properties");
  const SettingRow *rows = setting_rows(&count);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(json_member(properties, rows[i].name) != NULL, !rows[i].is_machine_scoped);
    named += !rows[i].is_machine_scoped;
  }
  assert_int_equal(properties->object.count, named);
  buffer_finish(&text);
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_those_of_the_table),
      cmocka_unit_test(a_layer_covers_the_one_below),
      cmocka_unit_test(wrong_values_are_named_and_leave_the_rest),
      cmocka_unit_test(the_workspace_may_not_name_programs),
      cmocka_unit_test(legacy_category_names_are_mapped),
      cmocka_unit_test(bands_begin_where_the_design_says),
      cmocka_unit_test(the_schema_is_json_and_names_every_workspace_setting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
