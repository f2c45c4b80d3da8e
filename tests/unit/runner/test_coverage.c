#include "server/base/files.h"
#include "server/runner/coverage_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static Arena arena;
static Error error;
static CoverageReport report;

static int set_up(void **state) {
  (void)state;
  arena_init(&arena);
  error_clear(&error);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  arena_finish(&arena);
  return 0;
}

static int read_text(const char *text) {
  error_clear(&error);
  return coverage_read_text(SV(TEST_FIXTURES "/coverage/workspace"), SV("report"), string_view_from(text), &arena,
                            &report, &error);
}

static const CoverageFile *file_at(size_t index) {
  assert_true(index < report.files.count);
  return &((const CoverageFile *)report.files.items)[index];
}

static void assert_numbers(JsonArray numbers, size_t count, const int64_t *expected) {
  assert_int_equal(numbers.count, count);
  for (size_t index = 0; index < count; index++) {
    assert_int_equal(((const int64_t *)numbers.items)[index], expected[index]);
  }
}

static void assert_fails_with(const char *text, const char *part) {
  assert_int_not_equal(read_text(text), 0);
  if (!strstr(error.message, part)) {
    fail_msg("\"%s\" is not in \"%s\"", part, error.message);
  }
}

// ---- The three formats say the same ----

static void check_sign_module(const char *name, CoverageFormat format) {
  StringView path = path_join(&arena, SV(TEST_FIXTURES "/coverage"), string_view_from(name));
  int code = coverage_read(SV(TEST_FIXTURES "/coverage/workspace"), path, &arena, &report, &error);
  assert_string_equal(error.message, "");
  assert_int_equal(code, 0);
  assert_int_equal(report.format, format);
  assert_true(report.measured_ms > 0);
  const CoverageFile *file = file_at(report.files.count - 1);
  assert_true(string_view_equal_text(file->path, "pkg/mod.py"));
  assert_numbers(file->executed, 6, (const int64_t[]){1, 2, 3, 4, 5, 9});
  assert_numbers(file->missing, 3, (const int64_t[]){6, 10, 11});
  assert_true(file->has_branches);
  assert_int_equal(file->branches.count, 6);
  size_t taken = 0;
  bool found = false;
  for (size_t index = 0; index < 6; index++) {
    const CoverageBranch *branch = &((const CoverageBranch *)file->branches.items)[index];
    taken += branch->is_taken;
    found = found || (branch->line == 4 && branch->target == 6 && !branch->is_taken);
  }
  assert_int_equal(taken, 3);
  assert_true(found);
}

static void formats_agree(void **state) {
  (void)state;
  check_sign_module("coverage_py.json", COVERAGE_JSON);
  assert_numbers(file_at(report.files.count - 1)->excluded, 2, (const int64_t[]){14, 15});
  check_sign_module("coverage_py.lcov", COVERAGE_LCOV);
  check_sign_module("coverage_py.xml", COVERAGE_COBERTURA);
}

// ---- Merging and mapping ----

static void duplicates_are_merged(void **state) {
  (void)state;
  assert_int_equal(read_text("TN:one\nSF:pkg/mod.py\nDA:2,0\nDA:1,1\nBRDA:2,0,0,-\nBRDA:2,0,1,4\nend_of_record\n"
                             "SF:/elsewhere/pkg/mod.py\r\nDA:2,5,checksum\r\nBRDA:2,0,0,1\r\nend_of_record\r\n"),
                   0);
  assert_int_equal(report.files.count, 1);
  assert_true(string_view_equal_text(file_at(0)->path, "pkg/mod.py"));
  assert_numbers(file_at(0)->executed, 2, (const int64_t[]){1, 2});
  assert_int_equal(file_at(0)->missing.count, 0);
  assert_int_equal(file_at(0)->branches.count, 2);
  assert_true(((const CoverageBranch *)file_at(0)->branches.items)[0].is_taken);
}

static void unmeasured_branches_are_no_missing_ones(void **state) {
  (void)state;
  assert_int_equal(read_text("SF:pkg/mod.py\nDA:1,1\nend_of_record\n"), 0);
  assert_false(file_at(0)->has_branches);
  assert_int_equal(read_text("SF:pkg/mod.py\nDA:1,1\nBRF:0\nend_of_record\n"), 0);
  assert_true(file_at(0)->has_branches);
}

static void paths_are_mapped(void **state) {
  (void)state;
  assert_int_equal(read_text("SF:C:\\build\\pkg\\mod.py\nDA:1,1\nend_of_record\nSF:/nowhere/x.py\nDA:1,1\n"), 0);
  assert_true(string_view_equal_text(file_at(0)->path, "/nowhere/x.py"));
  assert_true(string_view_equal_text(file_at(1)->path, "pkg/mod.py"));
  assert_int_equal(read_text("SF:../../../../../../etc/passwd\nDA:1,1\n"), 0);
  assert_true(string_view_starts_with(file_at(0)->path, SV("..")));
}

static void counts_may_be_absurd(void **state) {
  (void)state;
  assert_int_equal(read_text("SF:a.py\nDA:1,99999999999999999999999\nDA:2,-5\nDA:3,1e9\nDA:4,0\n"), 0);
  assert_numbers(file_at(0)->executed, 2, (const int64_t[]){1, 3});
  assert_numbers(file_at(0)->missing, 2, (const int64_t[]){2, 4});
}

// ---- Malformed input ----

static void malformed_reports_have_positions(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *part;
  } cases[] = {
      {"", "report:1:1: is no coverage report"},
      {"hello", "report:1:1: is no coverage report"},
      {"TN:\nDA:1,1\n", "report:2:1: stands outside a record"},
      {"SF:a.py\nDA:0,1\n", "report:2:1: DA needs a line number"},
      {"SF:a.py\nDA:1\n", "report:2:1: DA needs"},
      {"SF:a.py\nDA:99999999999,1\n", "report:2:1: DA needs"},
      {"SF:a.py\nDA:1,1\nBRDA:1,0,0\n", "report:3:1: BRDA needs"},
      {"SF:\n", "report:1:1: SF needs a path"},
      {"{\n  \"meta\": {},\n  \"files\": [1]}", "report:3:12: \"files\" must be an object"},
      {"{}", "report:1:1: is JSON, but not by coverage.py"},
      {"{\"meta\": {", "report:1:"},
      {"{\"meta\":{},\n\"files\":{\"a.py\":{}}}", "report:2:17: "},
      {"{\"meta\":{},\"files\":{\"a.py\":{\"executed_lines\":[-1],\"missing_lines\":[]}}}", "the line number -1"},
      {"{\"meta\":{},\"files\":{\"a.py\":{\"executed_lines\":[],\"missing_lines\":[],\n\"missing_branches\":[[1]]}}}",
       "report:2:21: a branch must be"},
      {"<coverage>\n<class>", "report:2:1: a class needs a filename"},
      {"<coverage>\n<line number='1' hits='1'/>", "report:2:1: a line stands outside a class"},
      {"<coverage><class filename='a'><line number='x' hits='1'/>", "a line needs a number"},
      {"<coverage><class filename='a'><line number='1' hits=''/>", "a line needs its hits"},
      {"<coverage><class filename='a'><line number='1' hits='1' branch='true'/>", "condition-coverage must"},
      {"<coverage>\n", "report:2:1: no element found"},
      {"<html/>", "report:1:1: is XML, but no Cobertura"},
      {"<!DOCTYPE coverage [<!ENTITY a 'ha'>]><coverage/>", "declares an entity"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    assert_fails_with(cases[index].text, cases[index].part);
  }
}

static void deep_and_long_input_is_refused(void **state) {
  (void)state;
  size_t size = 100000;
  char *text = calloc(size * 4 + 100, 1);
  strcpy(text, "<coverage>");
  for (size_t index = 0; index < size; index++) {
    strcat(text + index * 3, "<a>");
  }
  assert_fails_with(text, "nested too deeply");
  free(text);
}

// ---- Finding and ageing ----

static void newest_report_is_found_and_ages(void **state) {
  (void)state;
  char root[] = "/tmp/testgen-coverage-XXXXXX";
  assert_non_null(mkdtemp(root));
  StringView folder = string_view_from(root), path;
  assert_int_equal(coverage_find(folder, &arena, &path, &error), ERROR_NOT_FOUND);
  assert_non_null(strstr(error.message, "coverage json"));
  error_clear(&error);
  assert_int_equal(directory_create_all(arena_format(&arena, "%s/htmlcov", root).data, &error), 0);
  const char *old_path = arena_format(&arena, "%s/lcov.info", root).data;
  const char *source = arena_format(&arena, "%s/a.py", root).data;
  assert_int_equal(file_write_atomic(source, SV("x = 1\n"), &error), 0);
  assert_int_equal(file_write_atomic(old_path, SV("SF:a.py\nDA:1,1\n"), &error), 0);
  const struct timespec past[2] = {{1000000000, 0}, {1000000000, 0}};
  assert_int_equal(utimensat(0, old_path, past, 0), 0);
  assert_int_equal(coverage_find(folder, &arena, &path, &error), 0);
  assert_true(string_view_equal_text(path, "lcov.info"));
  assert_int_equal(coverage_read(folder, path, &arena, &report, &error), 0);
  coverage_mark_stale(&report, folder, &arena);
  assert_true(file_at(0)->is_stale);
  assert_int_equal(utimensat(0, source, past, 0), 0);
  coverage_mark_stale(&report, folder, &arena);
  assert_false(file_at(0)->is_stale);
  const char *new_path = arena_format(&arena, "%s/htmlcov/coverage.xml", root).data;
  assert_int_equal(file_write_atomic(new_path, SV("<coverage/>"), &error), 0);
  assert_int_equal(coverage_find(folder, &arena, &path, &error), 0);
  assert_true(string_view_equal_text(path, "htmlcov/coverage.xml"));
  assert_int_equal(directory_remove_all(root, &error), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(formats_agree, set_up, tear_down),
      cmocka_unit_test_setup_teardown(duplicates_are_merged, set_up, tear_down),
      cmocka_unit_test_setup_teardown(unmeasured_branches_are_no_missing_ones, set_up, tear_down),
      cmocka_unit_test_setup_teardown(paths_are_mapped, set_up, tear_down),
      cmocka_unit_test_setup_teardown(counts_may_be_absurd, set_up, tear_down),
      cmocka_unit_test_setup_teardown(malformed_reports_have_positions, set_up, tear_down),
      cmocka_unit_test_setup_teardown(deep_and_long_input_is_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(newest_report_is_found_and_ages, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
