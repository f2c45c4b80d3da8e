// Where tests go, and that edits add what is missing and nothing else.
#include "server/generator/place.h"
#include "server/syntax/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

typedef struct Fixture {
  Arena arena;
  WorkspaceIndex *index;
  SyntaxParser *parser;
  Error error;
  TestFile file;
  PlacedTest test;
  Candidate candidate;
  CandidateImport imports[2];
  CandidateCheck check;
} Fixture;

static void add(Fixture *fixture, const char *path, const char *text) {
  Snapshot *snapshot;
  FileAnalysis *analysis;
  AnalyzerOptions options = {0};
  assert_int_equal(snapshot_create(fixture->parser, string_view_from(text), &snapshot, &fixture->error), 0);
  assert_int_equal(analysis_create(string_view_from(path), snapshot, &options, NULL, &analysis, &fixture->error), 0);
  assert_int_equal(workspace_index_put(fixture->index, analysis, &fixture->error), 0);
  analysis_release(analysis);
  snapshot_release(snapshot);
}

static Fixture *open_fixture(void) {
  Fixture *fixture = test_calloc(1, sizeof *fixture);
  assert_int_equal(workspace_index_create(&fixture->index, &fixture->error), 0);
  assert_int_equal(syntax_parser_create(language_at(0), &fixture->parser, &fixture->error), 0);
  add(fixture, "pkg/calc.py", "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n");
  add(fixture, "pkg/__init__.py", "");
  fixture->imports[0] = (CandidateImport){SV("pkg.calc"), SV("add")};
  fixture->imports[1] = (CandidateImport){SV("decimal"), SV("Decimal")};
  fixture->check = (CandidateCheck){.kind = CHECK_EQUAL, .expected = SV("5")};
  fixture->candidate = (Candidate){
      .subject = SV("add"),
      .category = CATEGORY_CORRECTNESS,
      .name = SV("add_two"),
      .origin = SV("spec"),
      .reasoning = SV("Why"),
      .call = SV("add(2, 3)"),
      .checks = {&fixture->check, 1},
      .imports = {fixture->imports, 1},
  };
  return fixture;
}

static void close_fixture(Fixture *fixture) {
  workspace_index_destroy(fixture->index);
  syntax_parser_destroy(fixture->parser);
  arena_finish(&fixture->arena);
  test_free(fixture);
}

static void place(Fixture *fixture) {
  Vector taken;
  vector_init(&taken, sizeof(StringView), 100);
  assert_int_equal(place_choose_file(fixture->index, SV("pkg/calc.py"), (StringView){0}, &fixture->arena,
                                     &fixture->file, &fixture->error),
                   0);
  assert_int_equal(place_test(&fixture->file, &fixture->candidate, SV("pkg/calc.py"), &taken, &fixture->arena,
                              &fixture->test, &fixture->error),
                   0);
  vector_finish(&taken);
}

static StringView apply(Fixture *fixture) {
  TextEdit *edits;
  size_t count;
  StringView text;
  assert_int_equal(place_edits(&fixture->file, &fixture->test, 1, &fixture->arena, &edits, &count, &fixture->error), 0);
  for (size_t index = 1; index < count; index++)
    assert_true(edits[index - 1].end <= edits[index].start);
  assert_int_equal(place_apply(&fixture->file, edits, count, &fixture->arena, &text, &fixture->error), 0);
  return text;
}

#define TEST_ADDED "def test_add_two():\n    \"\"\"Why (correctness, spec).\"\"\"\n    assert add(2, 3) == 5\n"

static void assert_placed(const char *before, const char *after) {
  Fixture *fixture = open_fixture();
  if (before)
    add(fixture, "tests/test_calc.py", before);
  place(fixture);
  StringView text = apply(fixture);
  assert_string_equal(text.data, after);
  close_fixture(fixture);
}

static void a_new_file(void **state) {
  (void)state;
  assert_placed(NULL, "from pkg.calc import add\n\n\n" TEST_ADDED);
}

static void imports_are_merged(void **state) {
  (void)state;
  assert_placed("from pkg.calc import sub\n\n\ndef test_sub():\n    assert sub(1, 1) == 0\n",
                "from pkg.calc import add, sub\n\n\ndef test_sub():\n    assert sub(1, 1) == 0\n\n\n" TEST_ADDED);
  assert_placed(
      "import os\n\n\ndef test_sep():\n    assert os.sep == \"/\"\n",
      "import os\n\nfrom pkg.calc import add\n\n\ndef test_sep():\n    assert os.sep == \"/\"\n\n\n" TEST_ADDED);
  assert_placed(
      "\"\"\"Docs.\"\"\"\n\n\ndef test_one():\n    assert 1 == 1\n",
      "\"\"\"Docs.\"\"\"\n\nfrom pkg.calc import add\n\n\ndef test_one():\n    assert 1 == 1\n\n\n" TEST_ADDED);
  assert_placed("from pkg.calc import (  # noqa\n    sub,\n)\n\n\ndef test_sub():\n    assert sub(1, 1) == 0\n",
                "from pkg.calc import (  # noqa\n    sub,\n)\nfrom pkg.calc import add\n\n\ndef test_sub():\n"
                "    assert sub(1, 1) == 0\n\n\n" TEST_ADDED);
}

static void tests_stand_beside_their_like(void **state) {
  (void)state;
  assert_placed("from pkg.calc import add\n\n\ndef test_add():\n    assert add(1, 1) == 2\n\n\ndef test_other():\n"
                "    assert 1 + 1 == 2\n",
                "from pkg.calc import add\n\n\ndef test_add():\n    assert add(1, 1) == 2\n\n\n"
                "def test_add_two():\n    \"\"\"Why (correctness, spec).\"\"\"\n    assert add(2, 3) == 5\n\n\n"
                "def test_other():\n    assert 1 + 1 == 2\n");
}

static void classes_take_methods(void **state) {
  (void)state;
  assert_placed(
      "from pkg.calc import add\n\n\nclass TestAdd:\n    def test_add(self):\n        assert add(1, 1) == 2\n",
      "from pkg.calc import add\n\n\nclass TestAdd:\n    def test_add(self):\n        assert add(1, 1) == 2\n\n"
      "    def test_add_two(self):\n        \"\"\"Why (correctness, spec).\"\"\"\n"
      "        assert add(2, 3) == 5\n");
  assert_placed(
      "from pkg.calc import sub\n\n\nclass TestSub:\n    def test_sub(self):\n        assert sub(1, 1) == 0\n",
      "from pkg.calc import add, sub\n\n\nclass TestSub:\n    def test_sub(self):\n        assert sub(1, 1) == 0\n"
      "\n\nclass TestAdd:\n    def test_add_two(self):\n        \"\"\"Why (correctness, spec).\"\"\"\n"
      "        assert add(2, 3) == 5\n");
}

static void line_ends_and_missing_last_ones(void **state) {
  (void)state;
  assert_placed("from pkg.calc import add\r\n\r\n\r\ndef test_add():\r\n    assert add(1, 1) == 2",
                "from pkg.calc import add\r\n\r\n\r\ndef test_add():\r\n    assert add(1, 1) == 2\r\n\r\n\r\n"
                "def test_add_two():\r\n    \"\"\"Why (correctness, spec).\"\"\"\r\n    assert add(2, 3) == 5\r\n");
}

static void names_stay_unique(void **state) {
  (void)state;
  Fixture *fixture = open_fixture();
  add(fixture, "tests/test_calc.py", "def test_add_two():\n    assert 2 == 2\n");
  place(fixture);
  assert_string_equal(fixture->test.name.data, "test_add_two_2");
  close_fixture(fixture);
}

static void the_same_test_is_known(void **state) {
  (void)state;
  Fixture *fixture = open_fixture();
  add(fixture, "tests/test_calc.py",
      "from pkg.calc import add\n\n\ndef test_sum():\n    assert add(\n        2,\n        3,\n    ) == 5\n");
  place(fixture);
  assert_true(place_is_known(&fixture->file, &fixture->candidate, &fixture->test, &fixture->arena));
  fixture->check.expected = SV("6");
  assert_false(place_is_known(&fixture->file, &fixture->candidate, &fixture->test, &fixture->arena));
  close_fixture(fixture);
}

static void paths_of_tests(void **state) {
  (void)state;
  assert_true(place_is_test_path(SV("tests/test_a.py")));
  assert_true(place_is_test_path(SV("a_test.py")));
  assert_true(place_is_test_path(SV("tests/v1..2/test_a..b.py")));
  assert_false(place_is_test_path(SV("../test_a.py")));
  assert_false(place_is_test_path(SV("tests/../../test_a.py")));
  assert_false(place_is_test_path(SV("/tmp/test_a.py")));
  assert_false(place_is_test_path(SV("tests/conftest.py")));
  Fixture *fixture = open_fixture();
  assert_int_equal(place_choose_file(fixture->index, SV("pkg/calc.py"), SV("pkg/calc.py"), &fixture->arena,
                                     &fixture->file, &fixture->error),
                   ERROR_INVALID_ARGUMENT);
  close_fixture(fixture);
}

static void modules_are_named_as_tests_do(void **state) {
  (void)state;
  Fixture *fixture = open_fixture();
  add(fixture, "src/parcel/__init__.py", "");
  add(fixture, "src/parcel/weight.py", "def heavy(g):\n    return g > 1\n");
  assert_string_equal(place_module_name(fixture->index, SV("src/parcel/weight.py"), &fixture->arena).data,
                      "parcel.weight");
  assert_string_equal(place_module_name(fixture->index, SV("pkg/__init__.py"), &fixture->arena).data, "pkg");
  close_fixture(fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_file),
      cmocka_unit_test(imports_are_merged),
      cmocka_unit_test(tests_stand_beside_their_like),
      cmocka_unit_test(classes_take_methods),
      cmocka_unit_test(line_ends_and_missing_last_ones),
      cmocka_unit_test(names_stay_unique),
      cmocka_unit_test(the_same_test_is_known),
      cmocka_unit_test(paths_of_tests),
      cmocka_unit_test(modules_are_named_as_tests_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
