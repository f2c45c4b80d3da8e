// Spec files: both forms, one meaning; and what is said of files that are wrong.
#include "server/generator/spec.h"

#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

typedef struct Parsed {
  Arena arena;
  Spec spec;
  SpecProblem *problems;
  size_t problem_count;
  int result;
  Error error;
} Parsed;

static Parsed parse(const char *path, const char *text) {
  Parsed parsed = {0};
  parsed.result = spec_parse(string_view_from(path), string_view_from(text), &parsed.arena, &parsed.spec,
                             &parsed.problems, &parsed.problem_count, &parsed.error);
  return parsed;
}

static Parsed parse_file(const char *name) {
  Parsed parsed = {0};
  StringView text, path = path_join(&parsed.arena, string_view_from(TEST_FIXTURES "/specs"), string_view_from(name));
  assert_int_equal(file_read(path.data, 1 << 20, &parsed.arena, &text, &parsed.error), 0);
  parsed.result = spec_parse(string_view_from(name), text, &parsed.arena, &parsed.spec, &parsed.problems,
                             &parsed.problem_count, &parsed.error);
  return parsed;
}

static void assert_view(StringView view, const char *expected) {
  assert_non_null(view.data);
  assert_int_equal(view.length, strlen(expected));
  assert_memory_equal(view.data, expected, view.length);
}

static StringView spanned(const char *text, Span span) {
  return string_view_slice(string_view_from(text), span.start, span.end);
}

static void assert_stack(const Parsed *parsed) {
  assert_int_equal(parsed->result, 0);
  assert_int_equal(parsed->problem_count, 0);
  const Spec *spec = &parsed->spec;
  assert_view(spec->name, "Stack");
  assert_view(spec->difficulty, "easy");
  assert_view(spec->signature, "class Stack");
  assert_int_equal(spec->clause_count, 8);
  assert_false(spec->clauses[4].is_edge_case);
  assert_true(spec->clauses[5].is_edge_case);
  assert_view(spec->clauses[5].text, "pop() on empty stack must raise IndexError or custom exception");
  assert_view(spec->clauses[5].subject, "pop");
  assert_null(spec->clauses[7].subject.data);
  assert_int_equal(spec->example_count, 2);
  assert_view(spec->examples[0].call, "size()");
  assert_view(spec->examples[0].expected, "0");
  assert_view(spec->examples[1].call, "pop()");
  assert_view(spec->examples[1].raises, "IndexError");
  assert_int_equal(spec->examples[1].category, CATEGORY_BOUNDARY);
  assert_true(spec->expected_test_count.present);
  assert_int_equal(spec->expected_test_count.value, 8);
  assert_int_equal(spec->context, CONTEXT_COMMANDER);
  assert_int_equal(spec->prohibited_count, 1);
  assert_view(spec->prohibited[0].tool, "collections.deque");
  assert_true(spec->prohibited[0].span.end > spec->prohibited[0].span.start);
}

static void both_forms_mean_the_same(void **state) {
  (void)state;
  const char *const names[] = {"stack.spec.json", "stack.spec.md"};
  for (size_t index = 0; index < 2; index++) {
    Parsed parsed = parse_file(names[index]);
    assert_stack(&parsed);
    arena_finish(&parsed.arena);
  }
}

static void paths_are_recognised(void **state) {
  (void)state;
  assert_true(spec_is_spec_path(SV("tasks/stack.spec.json")));
  assert_true(spec_is_spec_path(SV("stack.spec.md")));
  assert_false(spec_is_spec_path(SV("stack.json")));
  assert_false(spec_is_spec_path(SV("README.md")));
}

static void expected_values_of_every_kind(void **state) {
  (void)state;
  static const struct {
    const char *json;
    const char *python;
  } rows[] = {
      {"5", "5"},
      {"-1.5", "-1.5"},
      {"2.0", "2.0"},
      {"null", "None"},
      {"true", "True"},
      {"[1, [2, null]]", "[1, [2, None]]"},
      {"{\"a\": [true], \"b\": {}}", "{\"a\": [True], \"b\": {}}"},
      {"\"add(1, 2)\"", "\"add(1, 2)\""},
      {"\"say \\\"hi\\\"\"", "'say \"hi\"'"},
      {"\"a\\nb\\\\\"", "\"a\\nb\\\\\""},
      {"\"caf\\u00e9\"", "\"caf\xc3\xa9\""},
      {"\"\"", "\"\""},
  };
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
    char text[256];
    snprintf(text, sizeof text, "{\"examples\": [{\"input\": \"f(1)\", \"expected_output\": %s}]}", rows[index].json);
    Parsed parsed = parse("a.spec.json", text);
    assert_int_equal(parsed.result, 0);
    assert_int_equal(parsed.problem_count, 0);
    assert_int_equal(parsed.spec.example_count, 1);
    assert_view(parsed.spec.examples[0].expected, rows[index].python);
    arena_finish(&parsed.arena);
  }
}

static void legacy_categories_are_mapped(void **state) {
  (void)state;
  Parsed parsed =
      parse("a.spec.json", "{\"examples\": [{\"call\": \"f()\", \"expected\": 1, \"category\": \"edge_case\"},"
                           "{\"call\": \"f()\", \"expected\": 1, \"category\": \"format\"}]}");
  assert_int_equal(parsed.spec.examples[0].category, CATEGORY_BOUNDARY);
  assert_int_equal(parsed.spec.examples[1].category, CATEGORY_EXISTENCE);
  arena_finish(&parsed.arena);
}

static void planner_specs_are_read(void **state) {
  (void)state;
  Parsed parsed =
      parse("a.spec.json", "{\"id\": \"42\", \"cases\": [{\"name\": \"n\", \"goal\": \"add(1, 2) returns 3\","
                           "\"target_path\": \"calc.py\"}], \"min_line_coverage\": 0.8}");
  assert_int_equal(parsed.problem_count, 0);
  assert_view(parsed.spec.name, "42");
  assert_view(parsed.spec.module, "calc.py");
  assert_view(parsed.spec.clauses[0].text, "add(1, 2) returns 3");
  assert_true(parsed.spec.min_line_coverage.present);
  arena_finish(&parsed.arena);
}

// ---- What is wrong ----

typedef struct Fault {
  const char *text;
  const char *spanned;  // what the problem's span covers; NULL: not looked at
  const char *message;  // a part of it
} Fault;

static const Fault json_faults[] = {
    {"{\"signature\": \"class S\", \"colour\": 1}", "\"colour\"", "colour: not known"},
    {"{\"signature\": \"class S\", \"name\": [1]}", "[1]", "name: expected a string, found an array"},
    {"{\"signature\": \"class S\", \"requirements\": [\"a\", 7]}", "7", "requirements[1]: expected a string, found 7"},
    {"{\"signature\": \"class S\", \"requirements\": \"a\"}", "\"a\"", "requirements: expected an array"},
    {"{\"signature\": \"class S\", \"name\": null}", "null", "name: expected a string"},
    {"{\"signature\": \"def 1\"}", "\"def 1\"", "signature: expected"},
    {"{\"signature\": \"class S\", \"context\": \"space\"}", "\"space\"", "is none of benchmark"},
    {"{\"signature\": \"class S\", \"expected_test_count\": 0}", "0", "expected at least 1"},
    {"{\"signature\": \"class S\", \"min_line_coverage\": 80}", "80", "from 0 to 1"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": \"f()\"}]}", "{\"call\": \"f()\"}", "needs `expected`"},
    {"{\"signature\": \"class S\", \"examples\": [{\"expected\": 1}]}", "{\"expected\": 1}", "needs `call`"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": \"f\", \"input\": \"f\", \"expected\": 1}]}", NULL,
     "`call` or `input`"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": \"f\", \"raises\": \"E\", \"expected\": 1}]}", NULL,
     "`expected` or `raises`"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": \"f\", \"expected\": 1, \"match\": \"x\"}]}", NULL,
     "`match` is about"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": \"f\", \"expected\": 1, \"category\": \"odd\"}]}", NULL,
     "\"odd\" is none of"},
    {"{\"signature\": \"class S\", \"examples\": [{\"call\": 3, \"expected\": 1}]}", "3", "examples[0].call: expected"},
    {"{\"signature\": \"class S\", \"cases\": [{\"name\": \"x\"}]}", "{\"name\": \"x\"}", "cases[0].goal: required"},
    {"{}", NULL, "says nothing that could be tested"},
};

static const Fault markdown_faults[] = {
    {"# S\n## Colour\nred\n## Signature\nclass S\n", "## Colour", "\"Colour\" is not known"},
    {"# S\n## Signature\n12\n## Requirements\n- a\n", "12", "signature: expected"},
    {"# S\n## Requirements\nno bullet\n- a\n", "no bullet", "are list items"},
    {"# S\n## Signature\nclass S\n## Examples\n- add two\n", "- add two", "an example reads"},
    {"# S\n## Signature\nclass S\n## Context\nspace\n", "space", "is none of benchmark"},
    {"# S\n## Signature\nclass S\n## Expected test count\nmany\n", "many", "a whole number from 1"},
    {"# S\n## Signature\nclass S\n## Min line coverage\n80\n", "80", "a number from 0 to 1"},
    {"# S\n## Signature\n```python\nclass S\n", NULL, "has no end"},
    {"# S\nOnly words.\n", NULL, "says nothing that could be tested"},
};

static void assert_faults(const char *path, const Fault *faults, size_t count) {
  for (size_t index = 0; index < count; index++) {
    Parsed parsed = parse(path, faults[index].text);
    assert_int_equal(parsed.result, 0);
    assert_true(parsed.problem_count >= 1);
    if (!strstr(parsed.problems[0].message, faults[index].message))
      fail_msg("%s: %s", faults[index].text, parsed.problems[0].message);
    if (faults[index].spanned)
      assert_view(spanned(faults[index].text, parsed.problems[0].span), faults[index].spanned);
    arena_finish(&parsed.arena);
  }
}

static void problems_carry_their_places(void **state) {
  (void)state;
  assert_faults("a.spec.json", json_faults, sizeof json_faults / sizeof *json_faults);
  assert_faults("a.spec.md", markdown_faults, sizeof markdown_faults / sizeof *markdown_faults);
}

static void the_rest_of_a_faulty_spec_is_used(void **state) {
  (void)state;
  Parsed parsed = parse("a.spec.json", "{\"name\": 3, \"colour\": {}, \"signature\": \"class S\","
                                       "\"examples\": [{\"call\": 1}, {\"call\": \"f()\", \"expected\": null}]}");
  assert_int_equal(parsed.problem_count, 4);
  assert_view(parsed.spec.signature, "class S");
  assert_int_equal(parsed.spec.example_count, 1);
  assert_view(parsed.spec.examples[0].expected, "None");
  arena_finish(&parsed.arena);
}

static void unusable_files_fail_with_a_position(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
      {"{\"name\": \"Stack\",\n  \"requirements\": [\"a\"", "a.spec.json:2:"},
      {"", "a.spec.json:1:1: "},
      {"[1, 2]", "a.spec.json:1:1: "},
      {"{\"name\": }", "a.spec.json:1:10: "},
      {"{\"name\": \"\xff\"}", "a.spec.json:1:11: this is not UTF-8"},
  };
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
    Parsed parsed = parse("a.spec.json", rows[index].text);
    assert_int_equal(parsed.result, ERROR_PARSE);
    if (strncmp(parsed.error.message, rows[index].message, strlen(rows[index].message)) != 0)
      fail_msg("%s: %s", rows[index].text, parsed.error.message);
    arena_finish(&parsed.arena);
  }
}

// ---- Markdown examples ----

static void doctests_keep_their_state(void **state) {
  (void)state;
  Parsed parsed =
      parse("a.spec.md", "# Stack\n## Signature\n`class Stack`\n## Examples\n```python\n"
                         ">>> s = Stack()\n>>> s.push(1)\n>>> s.pop()\n1\n>>> s.pop()\n"
                         "Traceback (most recent call last):\n  ...\nIndexError: pop from empty stack\n```\n");
  assert_int_equal(parsed.problem_count, 0);
  assert_int_equal(parsed.spec.example_count, 2);
  assert_view(parsed.spec.examples[0].call, "s = Stack()\ns.push(1)\ns.pop()");
  assert_view(parsed.spec.examples[0].expected, "1");
  assert_view(parsed.spec.examples[1].raises, "IndexError");
  assert_view(parsed.spec.examples[1].match, "pop from empty stack");
  arena_finish(&parsed.arena);
}

static void items_may_go_on_and_lines_may_end_in_crlf(void **state) {
  (void)state;
  Parsed parsed = parse("a.spec.md", "# Add\r\n## Requirements\r\n- add(2, 3)\r\n  returns 5\r\n* `sub` works\r\n");
  assert_int_equal(parsed.problem_count, 0);
  assert_int_equal(parsed.spec.clause_count, 2);
  assert_view(parsed.spec.clauses[0].text, "add(2, 3) returns 5");
  assert_view(parsed.spec.clauses[1].subject, "sub");
  arena_finish(&parsed.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_forms_mean_the_same),
      cmocka_unit_test(paths_are_recognised),
      cmocka_unit_test(expected_values_of_every_kind),
      cmocka_unit_test(legacy_categories_are_mapped),
      cmocka_unit_test(planner_specs_are_read),
      cmocka_unit_test(problems_carry_their_places),
      cmocka_unit_test(the_rest_of_a_faulty_spec_is_used),
      cmocka_unit_test(unusable_files_fail_with_a_position),
      cmocka_unit_test(doctests_keep_their_state),
      cmocka_unit_test(items_may_go_on_and_lines_may_end_in_crlf),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
