// Coverage of a run: what the harness measures, end to end, and who decides what is measured.
#include "support.h"

#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static void assert_numbers(JsonArray numbers, size_t count, const int64_t *expected) {
  assert_int_equal(numbers.count, count);
  for (size_t index = 0; index < count; index++) {
    assert_int_equal(((const int64_t *)numbers.items)[index], expected[index]);
  }
}

static bool has_branch(const CoverageFile *file, uint32_t line, uint32_t target, bool is_taken) {
  const CoverageBranch *branches = file->branches.items;
  for (size_t index = 0; index < file->branches.count; index++) {
    if (branches[index].line == line && branches[index].target == target) {
      return branches[index].is_taken == is_taken;
    }
  }
  return false;
}

static void lines_and_branches_of_subjects(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  options.with_coverage = true;
  TestRun result = run_project(&options);
  assert_true(result.coverage.is_present);
  assert_true(string_view_is_absent(result.coverage.note));
  assert_int_equal(result.coverage.format, COVERAGE_MEASURED);
  assert_int_equal(result.coverage.files.count, 3);  // neither tests nor conftest.py
  const CoverageFile *prices = find_file(&result.coverage, "shop/prices.py");
  assert_non_null(prices);
  assert_numbers(prices->missing, 2, (const int64_t[]){7, 34});
  assert_numbers(prices->excluded, 2, (const int64_t[]){13, 14});
  assert_true(prices->has_branches);
  assert_true(has_branch(prices, 6, 7, false));
  assert_true(has_branch(prices, 6, 8, true));
  assert_true(has_branch(prices, 20, 21, true));
  const CoverageFile *unused = find_file(&result.coverage, "shop/unused.py");
  assert_non_null(unused);
  assert_int_equal(unused->executed.count, 0);
  assert_int_equal(unused->missing.count, 4);
  coverage_mark_stale(&result.coverage, options.root, &test_arena);
  assert_false(prices->is_stale);
}

static void sources_narrow_what_is_measured(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  StringView source = SV("shop/unused.py");
  options.with_coverage = true;
  options.coverage_sources = (JsonArray){&source, 1};
  TestRun result = run_project(&options);
  assert_int_equal(result.coverage.files.count, 1);
  assert_non_null(find_file(&result.coverage, "shop/unused.py"));
}

static void nothing_to_measure_is_said(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "red");
  options.with_coverage = true;
  TestRun result = run_project(&options);
  assert_false(result.coverage.is_present);
  assert_view_contains(result.coverage.note, "no source files");
}

static void interpreter_is_described(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  InterpreterInfo info;
  assert_int_equal(runner_find_interpreter(&options, &test_arena, &info, &test_error), 0);
  assert_true(string_view_equal_text(info.found_by, "settings"));
  assert_true(string_view_starts_with(info.python_version, SV("3.")));
  assert_true(info.pytest_version.length > 0);
  assert_true(info.coverage_version.length > 0);
}

static void missing_interpreters_are_named(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  TestRun result;
  options.interpreter = SV("/no/such/python");
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_UNAVAILABLE);
  assert_contains(test_error.message, "/no/such/python: the configured Python interpreter does not exist");
  error_clear(&test_error);
  options.interpreter = SV("/bin/false");
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_UNAVAILABLE);
  assert_contains(test_error.message, "/bin/false cannot run the test harness");
  error_clear(&test_error);
  options = project_options(&test_arena, "green");
  options.harness_directory = SV("/no/such/folder");
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_UNAVAILABLE);
  assert_contains(test_error.message, "install TestGen again");
}

// A virtual environment without anything in it, found as the workspace's own.
static void missing_pytest_says_what_to_type(void **state) {
  (void)state;
  char root[] = "/tmp/testgen-venv-XXXXXX";
  assert_non_null(mkdtemp(root));
  StringView command = arena_format(&test_arena, "%s -m venv --without-pip %s/.venv", TEST_PYTHON, root);
  assert_int_equal(system(command.data), 0);
  RunnerOptions options = project_options(&test_arena, "green");
  options.root = string_view_from(root);
  options.interpreter = (StringView){0};
  TestRun result;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_UNAVAILABLE);
  assert_contains(test_error.message, "pytest is not installed for /tmp/testgen-venv-");
  assert_contains(test_error.message, ".venv/bin/python -m pip install pytest");
  InterpreterInfo info;
  assert_int_equal(runner_find_interpreter(&options, &test_arena, &info, NULL), 0);
  assert_true(string_view_equal_text(info.found_by, ".venv"));
  assert_true(string_view_is_absent(info.pytest_version));
  assert_int_equal(directory_remove_all(root, &test_error), 0);
}

static void tests_run_in_the_sandbox(void **state) {
  (void)state;
  if (sandbox_check(&test_error) != 0) {
    print_message("skipped: %s\n", test_error.message);
    skip();
  }
  char scratch[] = "/tmp/testgen-scratch-XXXXXX";
  assert_non_null(mkdtemp(scratch));
  RunnerOptions options = project_options(&test_arena, "green");
  options.sandbox = SANDBOX_STRICT;
  options.scratch = string_view_from(scratch);
  options.with_coverage = true;
  TestRun result = run_project(&options);
  assert_int_equal(result.counts[OUTCOME_PASSED], 6);
  assert_true(result.coverage.is_present);
  options = file_options(&test_arena, "hostile", "test_sigkill.py");
  options.sandbox = SANDBOX_STRICT;
  options.scratch = string_view_from(scratch);
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_CHILD);
  assert_contains(test_error.message, "test_sigkill.py::test_sigkill");
  error_clear(&test_error);
  assert_int_equal(directory_remove_all(scratch, &test_error), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RUNNER_TEST(lines_and_branches_of_subjects), RUNNER_TEST(sources_narrow_what_is_measured),
      RUNNER_TEST(nothing_to_measure_is_said),     RUNNER_TEST(interpreter_is_described),
      RUNNER_TEST(missing_interpreters_are_named), RUNNER_TEST(missing_pytest_says_what_to_type),
      RUNNER_TEST(tests_run_in_the_sandbox),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
