// How tests are written: golden texts for each form, quotes, and lines that are too long.
#include "server/generator/python_text.h"
#include "server/generator/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static CandidateCheck equal_five = {.kind = CHECK_EQUAL, .expected = {"5", 1}};
static CandidateCheck raises_dotted = {
    .kind = CHECK_RAISES, .exception = {"ValueError", 10}, .match = {"must be 1.5 or more", 19}};
static CandidateCheck raises_plain = {.kind = CHECK_RAISES, .exception = {"IndexError", 10}};
static CandidateCheck approx = {.kind = CHECK_APPROX, .expected = {"expected", 8}};
static CandidateCheck is_none = {.kind = CHECK_IS, .expected = {"None", 4}};
static CandidateCheck views[] = {
    {.kind = CHECK_EQUAL, .expression = {"len(stack)", 10}, .expected = {"1", 1}},
    {.kind = CHECK_IS, .expression = {"stack.is_empty()", 16}, .expected = {"False", 5}},
};

static Candidate candidate_of(const char *call, CandidateCheck *checks, size_t count) {
  return (Candidate){
      .category = CATEGORY_CORRECTNESS,
      .origin = SV("spec"),
      .reasoning = SV("The reason"),
      .call = string_view_from(call),
      .checks = {checks, count},
  };
}

static void assert_rendered(const Candidate *candidate, TestForm form, char quote, const char *expected) {
  Arena arena = {0};
  Error error = {0};
  TestStyle style = {.form = form, .quote = quote, .indent = SV("    "), .width = 60};
  StringView code;
  assert_int_equal(render_test(candidate, SV("test_it"), &style, &arena, &code, &error), 0);
  assert_string_equal(code.data, expected);
  arena_finish(&arena);
}

static void plain_functions(void **state) {
  (void)state;
  Candidate candidate = candidate_of("add('a', \"b'c\")", &equal_five, 1);
  assert_rendered(
      &candidate, FORM_FUNCTION, '"',
      "def test_it():\n    \"\"\"The reason (correctness, spec).\"\"\"\n    assert add(\"a\", \"b'c\") == 5\n");
  candidate = candidate_of("find(1)", &is_none, 1);
  assert_rendered(&candidate, FORM_FUNCTION, '"',
                  "def test_it():\n    \"\"\"The reason (correctness, spec).\"\"\"\n    assert find(1) is None\n");
  candidate = candidate_of("left == right", &is_none, 1);
  assert_rendered(
      &candidate, FORM_FUNCTION, '"',
      "def test_it():\n    \"\"\"The reason (correctness, spec).\"\"\"\n    assert (left == right) is None\n");
}

static void errors(void **state) {
  (void)state;
  Candidate candidate = candidate_of("f(1)", &raises_dotted, 1);
  assert_true(render_needs_re(&candidate));
  assert_rendered(&candidate, FORM_METHOD, '\'',
                  "def test_it(self):\n    \"\"\"The reason (correctness, spec).\"\"\"\n    with pytest.raises(\n"
                  "        ValueError,\n        match=re.escape('must be 1.5 or more'),\n    ):\n        f(1)\n");
  candidate = candidate_of("f(1)", &raises_plain, 1);
  assert_false(render_needs_re(&candidate));
  assert_rendered(&candidate, FORM_UNITTEST, '"',
                  "def test_it(self):\n    \"\"\"The reason (correctness, spec).\"\"\"\n"
                  "    with self.assertRaises(IndexError):\n        f(1)\n");
}

static void states_of_objects(void **state) {
  (void)state;
  StringView setup = SV("stack = Stack()");
  Candidate candidate = candidate_of("stack.push(1)", views, 2);
  candidate.setup = (JsonArray){&setup, 1};
  assert_rendered(&candidate, FORM_FUNCTION, '"',
                  "def test_it():\n    \"\"\"The reason (correctness, spec).\"\"\"\n    stack = Stack()\n"
                  "    stack.push(1)\n    assert len(stack) == 1\n    assert stack.is_empty() is False\n");
  assert_rendered(
      &candidate, FORM_UNITTEST, '"',
      "def test_it(self):\n    \"\"\"The reason (correctness, spec).\"\"\"\n    stack = Stack()\n"
      "    stack.push(1)\n    self.assertEqual(len(stack), 1)\n    self.assertIs(stack.is_empty(), False)\n");
}

static void tables(void **state) {
  (void)state;
  StringView names[] = {SV("price"), SV("expected")}, first[] = {SV("9"), SV("0.5")}, second[] = {SV("10"), SV("1.0")};
  CandidateRow rows[] = {{{first, 2}}, {{second, 2}}};
  Candidate candidate = candidate_of("f(price)", &approx, 1);
  candidate.parameters = (JsonArray){names, 2};
  candidate.rows = (JsonArray){rows, 2};
  assert_rendered(
      &candidate, FORM_FUNCTION, '"',
      "@pytest.mark.parametrize(\n    (\"price\", \"expected\"),\n    [\n        (9, 0.5),\n        (10, 1.0),\n"
      "    ],\n)\ndef test_it(price, expected):\n    \"\"\"The reason (correctness, spec).\"\"\"\n"
      "    assert f(price) == pytest.approx(expected)\n");
  assert_rendered(&candidate, FORM_UNITTEST, '"',
                  "def test_it(self):\n    \"\"\"The reason (correctness, spec).\"\"\"\n    for price, expected in [\n"
                  "        (9, 0.5),\n        (10, 1.0),\n    ]:\n        with self.subTest(price=price):\n"
                  "            self.assertAlmostEqual(f(price), expected)\n");
}

static void long_lines_are_broken_at_commas(void **state) {
  (void)state;
  Candidate candidate = candidate_of("merge({'a': [1, 2]}, 'a text, with a comma', deep=(1, 2))", &equal_five, 1);
  assert_rendered(&candidate, FORM_FUNCTION, '"',
                  "def test_it():\n    \"\"\"The reason (correctness, spec).\"\"\"\n    assert merge(\n"
                  "        {\"a\": [1, 2]},\n        \"a text, with a comma\",\n        deep=(1, 2),\n    ) == 5\n");
}

static void long_reasons_take_lines_of_their_own(void **state) {
  (void)state;
  Candidate candidate = candidate_of("f()", &equal_five, 1);
  candidate.reasoning = SV("A reason that does not fit together with its labels");
  assert_rendered(&candidate, FORM_FUNCTION, '"',
                  "def test_it():\n    \"\"\"A reason that does not fit together with its labels.\n\n"
                  "    (correctness, spec)\n    \"\"\"\n    assert f() == 5\n");
}

static void quotes_change_only_where_it_costs_nothing(void **state) {
  (void)state;
  static const struct {
    const char *source;
    const char *wanted;
  } rows[] = {
      {"f('a', b'c', '')", "f(\"a\", b\"c\", \"\")"},
      {"f('say \"hi\"')", "f('say \"hi\"')"},
      {"f('''a''')", "f('''a''')"},
      {"f('\\n')", "f(\"\\n\")"},
      {"f('it\\'s')", "f('it\\'s')"},
  };
  Arena arena = {0};
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
    assert_string_equal(python_requote(string_view_from(rows[index].source), '"', &arena).data, rows[index].wanted);
  arena_finish(&arena);
}

static void layout_does_not_matter_to_normalized_code(void **state) {
  (void)state;
  Arena arena = {0};
  StringView one = python_normalize(SV("assert f(\n    'a',\n    [1, 2],\n) == 5"), &arena);
  StringView other = python_normalize(SV("assert f(\"a\", [1, 2]) == 5"), &arena);
  assert_true(string_view_equal(one, other));
  arena_finish(&arena);
}

static void statements_are_no_expressions(void **state) {
  (void)state;
  assert_true(python_is_statement(SV("cache['a'] = 'b'")));
  assert_true(python_is_statement(SV("del cache[f(a = 1)]")));
  assert_false(python_is_statement(SV("cache['a = b']")));
  assert_false(python_is_statement(SV("cache == other")));
  assert_false(python_is_statement(SV("f(a = 1)")));
  Candidate candidate = candidate_of("del cache['a']", &raises_plain, 1);
  assert_rendered(&candidate, FORM_FUNCTION, '"',
                  "def test_it():\n"
                  "    \"\"\"The reason (correctness, spec).\"\"\"\n"
                  "    with pytest.raises(IndexError):\n"
                  "        del cache[\"a\"]\n");
}

static void operands_that_need_parentheses(void **state) {
  (void)state;
  assert_true(python_is_compound(SV("a == b")));
  assert_true(python_is_compound(SV("lambda x: x")));
  assert_false(python_is_compound(SV("f(a, 'b c')[1, 2]")));
  assert_false(python_is_compound(SV("'a b'")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_functions),
      cmocka_unit_test(errors),
      cmocka_unit_test(states_of_objects),
      cmocka_unit_test(tables),
      cmocka_unit_test(long_lines_are_broken_at_commas),
      cmocka_unit_test(long_reasons_take_lines_of_their_own),
      cmocka_unit_test(quotes_change_only_where_it_costs_nothing),
      cmocka_unit_test(layout_does_not_matter_to_normalized_code),
      cmocka_unit_test(statements_are_no_expressions),
      cmocka_unit_test(operands_that_need_parentheses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
