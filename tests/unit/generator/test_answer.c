// What models answer: whole tests are taken out of anything, and what is wrong is said.
#include "server/generator/answer.h"
#include "server/generator/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

typedef struct Fixture {
  Arena arena;
  Answer answer;
  Error error;
} Fixture;

static const AnswerContext context = {
    .module = {"shop.pricing", 12}, .symbol = {"price", 5}, .category = CATEGORY_BOUNDARY};

static int open_fixture(void **state) {
  *state = test_calloc(1, sizeof(Fixture));
  return 0;
}

static int close_fixture(void **state) {
  Fixture *fixture = *state;
  arena_finish(&fixture->arena);
  test_free(fixture);
  return 0;
}

static void parse(Fixture *fixture, StringView text) {
  assert_int_equal(answer_parse(text, &context, &fixture->arena, &fixture->answer, &fixture->error), 0);
}

static const Candidate *only(Fixture *fixture, const char *text) {
  parse(fixture, string_view_from(text));
  assert_int_equal(fixture->answer.candidates.count, 1);
  assert_int_equal(fixture->answer.problems.count, 0);
  return fixture->answer.candidates.items;
}

static const CandidateCheck *only_check(Fixture *fixture, const char *text) {
  const Candidate *candidate = only(fixture, text);
  assert_int_equal(candidate->checks.count, 1);
  return candidate->checks.items;
}

static void assert_text(StringView text, const char *wanted) {
  if (!string_view_equal_text(text, wanted))
    fail_msg("\"%.*s\" is not \"%s\"", SV_ARGUMENTS(text), wanted);
}

static void assert_problem(const Fixture *fixture, const char *part) {
  const StringView *problems = fixture->answer.problems.items;
  for (size_t index = 0; index < fixture->answer.problems.count; index++)
    if (string_view_contains(problems[index], string_view_from(part)))
      return;
  fail_msg("no problem says \"%s\"", part);
}

// The names of the candidates, each followed by a space.
static void assert_names(const Fixture *fixture, const char *wanted) {
  const Candidate *candidates = fixture->answer.candidates.items;
  Buffer names;
  buffer_init(&names, 4096);
  for (size_t index = 0; index < fixture->answer.candidates.count; index++)
    buffer_append_format(&names, "%.*s ", SV_ARGUMENTS(candidates[index].name));
  assert_text(buffer_view(&names), wanted);
  buffer_finish(&names);
}

#define TEST(name) "{\"name\": \"" name "\", \"call\": \"price(1)\", \"expected\": 2}"

static void a_whole_test(void **state) {
  const Candidate *test =
      only(*state, "{\"tests\": [{\"subject\": \"Shop.price\", \"category\": \"correctness\", \"name\": "
                   "\"test_Twice_as much\", \"reasoning\": \"The price doubles.\", \"requirement\": \"R1\", "
                   "\"confidence\": 0.75, \"setup\": [\"shop = Shop()\"], \"call\": \"shop.price(2)\", "
                   "\"expected\": \"4\", \"imports\": [\"shop.pricing.Shop\"]}]}");
  assert_text(test->subject, "Shop.price");
  assert_int_equal(test->category, CATEGORY_CORRECTNESS);
  assert_text(test->name, "twice_as_much");
  assert_text(test->reasoning, "The price doubles");
  assert_text(test->requirement, "R1");
  assert_text(test->origin, "model");
  assert_true(test->confidence == 0.75);
  assert_text(*(const StringView *)test->setup.items, "shop = Shop()");
  assert_text(test->call, "shop.price(2)");
  const CandidateImport *imports = test->imports.items;
  assert_int_equal(test->imports.count, 1);
  assert_text(imports[0].module, "shop.pricing");
  assert_text(imports[0].name, "Shop");
}

static void what_is_left_out_comes_from_the_context(void **state) {
  const Candidate *test = only(*state, "{\"input\": \"price(1)\", \"expected_output\": 2}");
  assert_text(test->subject, "price");
  assert_int_equal(test->category, CATEGORY_BOUNDARY);
  assert_text(test->name, "price");
  assert_text(test->reasoning, "Proposed for price");
  const CandidateImport *imports = test->imports.items;
  assert_text(imports[0].module, "shop.pricing");
  assert_text(imports[0].name, "price");
}

static void fences_prose_and_bare_lists(void **state) {
  Fixture *fixture = *state;
  static const char *const texts[] = {
      "Here you are {as wished}:\n```json\n{\"tests\": [" TEST("a") ", " TEST("b") "]}\n```\nI hope it's \"fine\"}.",
      "[" TEST("a") ", " TEST("b") "]",
      "{\"result\": {\"tests\": [" TEST("a") "]}}\n\n" TEST("b"),
      "First " TEST("a") " and then, with a { in between, " TEST("b"),
  };
  for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
    parse(fixture, string_view_from(texts[index]));
    assert_names(fixture, "a b ");
    assert_int_equal(fixture->answer.problems.count, 0);
    assert_false(fixture->answer.is_truncated);
  }
}

static void expected_values_of_every_kind(void **state) {
  static const struct {
    const char *json;
    const char *python;
    CheckKind kind;
  } rows[] = {
      {"5", "5", CHECK_EQUAL},
      {"0.3", "0.3", CHECK_APPROX},
      {"true", "True", CHECK_IS},
      {"null", "None", CHECK_IS},
      {"\"'text'\"", "'text'", CHECK_EQUAL},
      {"\"None\"", "None", CHECK_IS},
      {"\"Décimal(1)\"", "Décimal(1)", CHECK_EQUAL},
      {"[1, \"a\", false]", "[1, \"a\", False]", CHECK_EQUAL},
      {"{\"a\": {\"b\": [null]}}", "{\"a\": {\"b\": [None]}}", CHECK_EQUAL},
  };
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
    char text[256];
    snprintf(text, sizeof text, "{\"call\": \"price(1)\", \"expected\": %s}", rows[index].json);
    const CandidateCheck *check = only_check(*state, text);
    assert_text(check->expected, rows[index].python);
    assert_int_equal(check->kind, rows[index].kind);
  }
}

static void errors_and_several_checks(void **state) {
  const CandidateCheck *check = only_check(
      *state, "{\"call\": \"price(-1)\", \"expected\": null, \"raises\": \"ValueError\", \"match\": \"neg\"}");
  assert_int_equal(check->kind, CHECK_RAISES);
  assert_text(check->exception, "ValueError");
  assert_text(check->match, "neg");
  const Candidate *test =
      only(*state, "{\"setup\": \"\\n  s = []\\r\\n  for i in x:\\n      s.append(i)\", \"checks\": "
                   "[{\"expression\": \"len(s)\", \"expected\": 1}, "
                   "{\"expression\": \"s[0]\", \"expected\": \"x\"}]}");
  assert_int_equal(test->checks.count, 2);
  assert_int_equal(test->setup.count, 3);
  assert_text(((const StringView *)test->setup.items)[2], "    s.append(i)");
  test =
      only(*state,
           "{\"setup\": [\"  for i in x:\", \"      s.append(i)\", \"  t = 1\"], \"call\": \"f()\", \"expected\": 1}");
  assert_int_equal(test->setup.count, 3);
  assert_text(((const StringView *)test->setup.items)[1], "    s.append(i)");
  assert_text(((const StringView *)test->setup.items)[2], "t = 1");
}

static void duplicate_names_become_different(void **state) {
  Fixture *fixture = *state;
  parse(fixture, SV("[" TEST("a") "," TEST("test_a") "," TEST("A!") "," TEST("\\u00fc") "]"));
  assert_names(fixture, "a a_2 a_3 price ");
}

static void truncated_answers_keep_whole_tests(void **state) {
  Fixture *fixture = *state;
  parse(fixture, SV("```json\n{\"tests\": [" TEST("a") ", " TEST("b") ", {\"name\": \"c\", \"call\": \"pri"));
  assert_names(fixture, "a b ");
  assert_true(fixture->answer.is_truncated);
  assert_problem(fixture, "ends inside an object, after 2 usable tests");
}

static void wrong_types_are_told(void **state) {
  static const struct {
    const char *json;
    const char *problem;
  } rows[] = {
      {"{\"tests\": [7]}", "test 1 is an integer, not an object"},
      {"{\"tests\": []}", "holds no test"},
      {"", "holds no test"},
      {"I cannot do that.", "holds no test"},
      {"{\"call\": 5, \"expected\": 1}", "test 1: call is missing"},
      {"{\"call\": \"f(1)\"}", "test 1: expected is missing, and so is raises"},
      {"{\"call\": \"f(1)\", \"expected\": \"\"}", "test 1: expected is empty"},
      {"{\"call\": \"f(1)\\nimport os\", \"expected\": 1}", "test 1: call has a line break"},
      {"{\"call\": \"f(1)\", \"expected\": \"1\\nimport os\"}", "test 1: expected has a line break"},
      {"{\"call\": \"f(1)\", \"raises\": \"E): pass #\"}", "test 1: raises is no name"},
      {"{\"call\": \"f(1)\", \"expected\": 1, \"setup\": [1]}", "test 1: setup is no list of strings"},
      {"{\"call\": \"f(1)\", \"expected\": 1, \"setup\": [\"a\\fb\"]}", "test 1: setup has a line break or control"},
      {"{\"call\": \"f(1)\", \"expected\": 1, \"imports\": [\"os;x\"]}", "test 1: imports has an entry"},
      {"{\"call\": \"f(1)\", \"expected\": 1, \"imports\": [{}]}", "test 1: imports has an entry"},
      {"{\"call\": \"f(1)\", 'expected': 1}", "an object is no JSON"},
  };
  Fixture *fixture = *state;
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
    parse(fixture, string_view_from(rows[index].json));
    assert_int_equal(fixture->answer.candidates.count, 0);
    assert_problem(fixture, rows[index].problem);
  }
}

static void one_bad_test_spoils_no_other(void **state) {
  Fixture *fixture = *state;
  parse(fixture, SV("{\"tests\": [" TEST("a") ", {\"name\": \"b\", \"call\": \"f()\"}, 3, " TEST("c") "]}"));
  assert_names(fixture, "a c ");
  assert_int_equal(fixture->answer.dropped, 2);
  assert_problem(fixture, "test 2: expected is missing");
  assert_problem(fixture, "test 3 is an integer");
}

static void a_docstring_cannot_be_left(void **state) {
  Fixture *fixture = *state;
  const Candidate *test = only(fixture, "{\"call\": \"price(1)\", \"expected\": 2, \"reasoning\": "
                                        "\"x\\\"\\\"\\\"\\nimport os\\\\\"}");
  TestStyle style = {.form = FORM_FUNCTION, .quote = '"', .indent = SV("    "), .width = 88};
  StringView code;
  assert_int_equal(render_test(test, SV("test_x"), &style, &fixture->arena, &code, &fixture->error), 0);
  assert_text(code, "def test_x():\n    \"\"\"x''' import os' (boundary, model).\"\"\"\n    assert price(1) == 2\n");
}

static void imports_in_every_form(void **state) {
  const Candidate *test =
      only(*state, "{\"call\": \"price(1)\", \"expected\": 2, \"imports\": [\"math\", \"a.b.c\", "
                   "\"from d import e\", \"import f.g\", {\"module\": \"h\", \"name\": \"price\"}]}");
  static const char *const wanted[][2] = {{"math", ""}, {"a.b", "c"}, {"d", "e"}, {"f.g", ""}, {"h", "price"}};
  const CandidateImport *imports = test->imports.items;
  assert_int_equal(test->imports.count, 5);
  for (size_t index = 0; index < 5; index++) {
    assert_text(imports[index].module, wanted[index][0]);
    assert_true(string_view_equal_text(imports[index].name, wanted[index][1]) ||
                (imports[index].name.length == 0 && !*wanted[index][1]));
  }
}

static StringView repeated(Fixture *fixture, const char *part, size_t count) {
  size_t length = strlen(part);
  char *text = arena_allocate(&fixture->arena, length * count);
  assert_non_null(text);
  for (size_t index = 0; index < count; index++)
    memcpy(text + index * length, part, length);
  return (StringView){text, length * count};
}

static void maxima_are_kept(void **state) {
  Fixture *fixture = *state;
  StringView huge = repeated(fixture, "0123456789abcdef", ANSWER_TEXT_MAX / 16 + 1);
  assert_int_equal(answer_parse(huge, &context, &fixture->arena, &fixture->answer, &fixture->error), ERROR_LIMIT);
  assert_non_null(strstr(fixture->error.message, "longer than 4 MiB"));
  parse(fixture, repeated(fixture, TEST("a"), ANSWER_TESTS_MAX + 5));
  assert_int_equal(fixture->answer.candidates.count, ANSWER_TESTS_MAX);
  assert_int_equal(fixture->answer.dropped, 5);
  assert_problem(fixture, "only the first 200 tests");
  parse(fixture, repeated(fixture, "{\"a\":", ANSWER_TEXT_MAX / 5));
  assert_problem(fixture, "too tangled");
  parse(fixture, repeated(fixture, "{\"call\": 1}", 100));
  assert_int_equal(fixture->answer.problems.count, ANSWER_PROBLEMS_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_whole_test),
      cmocka_unit_test(what_is_left_out_comes_from_the_context),
      cmocka_unit_test(fences_prose_and_bare_lists),
      cmocka_unit_test(expected_values_of_every_kind),
      cmocka_unit_test(errors_and_several_checks),
      cmocka_unit_test(duplicate_names_become_different),
      cmocka_unit_test(truncated_answers_keep_whole_tests),
      cmocka_unit_test(wrong_types_are_told),
      cmocka_unit_test(one_bad_test_spoils_no_other),
      cmocka_unit_test(a_docstring_cannot_be_left),
      cmocka_unit_test(imports_in_every_form),
      cmocka_unit_test(maxima_are_kept),
  };
  struct CMUnitTest each[sizeof tests / sizeof *tests];
  for (size_t index = 0; index < sizeof tests / sizeof *tests; index++) {
    each[index] = tests[index];
    each[index].setup_func = open_fixture;
    each[index].teardown_func = close_fixture;
  }
  return cmocka_run_group_tests(each, NULL, NULL);
}
