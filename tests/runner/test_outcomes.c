// Runs of well-behaved projects: every outcome, every layout, messages and places.
#include "support.h"

#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static void count_progress(void *user, const TestResult *result, uint32_t done, uint32_t total) {
  uint32_t *seen = user;
  assert_non_null(result->id.data);
  assert_int_equal(done, *seen + 1);
  assert_int_equal(total, 6);
  *seen = done;
}

static void green_project(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  uint32_t seen = 0;
  options.progress = count_progress;
  options.user = &seen;
  TestRun result = run_project(&options);
  assert_int_equal(result.tests.count, 6);
  assert_int_equal(seen, 6);
  assert_int_equal(result.counts[OUTCOME_PASSED], 6);
  assert_int_equal(result.collection_errors.count, 0);
  assert_false(result.coverage.is_present);
  assert_true(result.python_version.length > 0 && result.pytest_version.length > 0);
  const TestResult *test = find_result(&result, "tests/test_prices.py::test_discount[100-90]");
  assert_int_equal(test->line, 7);
  assert_true(string_view_equal_text(test->path, "tests/test_prices.py"));
  assert_true(test->duration_ms > 0);
  test = find_result(&result, "tests/test_prices.py::TotalTest::test_total");
  assert_view_contains(test->output, "adding up");
}

static void nothing_is_written_into_the_workspace(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  options.with_coverage = true;
  run_project(&options);
  const char *const absent[] = {".pytest_cache", ".coverage", "__pycache__", ".hypothesis", "tests/__pycache__"};
  for (size_t index = 0; index < sizeof absent / sizeof *absent; index++) {
    StringView path = path_join(&test_arena, options.root, string_view_from(absent[index]));
    assert_int_not_equal(access(path.data, F_OK), 0);
  }
}

static void red_project(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "red");
  TestRun result = run_project(&options);
  assert_outcome(&result, "tests/test_red.py::test_passes", OUTCOME_PASSED);
  assert_outcome(&result, "tests/test_red.py::test_fails", OUTCOME_FAILED);
  assert_outcome(&result, "tests/test_red.py::test_fixture_error", OUTCOME_ERROR);
  assert_outcome(&result, "tests/test_red.py::test_teardown_error", OUTCOME_ERROR);
  assert_outcome(&result, "tests/test_red.py::test_unknown_fixture", OUTCOME_ERROR);
  assert_outcome(&result, "tests/test_red.py::test_skipped", OUTCOME_SKIPPED);
  assert_outcome(&result, "tests/test_red.py::test_expected_failure", OUTCOME_XFAILED);
  assert_outcome(&result, "tests/test_red.py::test_unexpected_pass", OUTCOME_XPASSED);
  assert_outcome(&result, "tests/test_red.py::test_exits", OUTCOME_FAILED);
  assert_int_equal(result.counts[OUTCOME_ERROR], 3);
}

static void failures_say_why_and_where(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "red");
  TestRun result = run_project(&options);
  const TestResult *test = find_result(&result, "tests/test_red.py::test_fails");
  assert_view_contains(test->message, "not four: ä");
  assert_true(string_view_equal_text(test->failure_path, "tests/test_red.py"));
  assert_int_equal(test->failure_line, 5);
  assert_view_contains(test->detail, "helper(3)");
  assert_view_contains(test->output, "before the failure");
  test = find_result(&result, "tests/test_red.py::test_fixture_error");
  assert_view_contains(test->message, "the fixture is broken");
  assert_int_equal(test->failure_line, 19);
  test = find_result(&result, "tests/test_red.py::test_unknown_fixture");
  assert_view_contains(test->message, "no_such_fixture");
  test = find_result(&result, "tests/test_red.py::test_skipped");
  assert_true(string_view_equal_text(test->message, "not today"));
  assert_true(string_view_is_absent(test->failure_path));
}

static void collection_errors_stop_nothing_else(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "collection_error");
  TestRun result = run_project(&options);
  assert_int_equal(result.tests.count, 1);
  assert_outcome(&result, "test_fine.py::test_fine", OUTCOME_PASSED);
  assert_int_equal(result.collection_errors.count, 2);
  const TestResult *errors = result.collection_errors.items;
  assert_true(string_view_equal_text(errors[0].path, "test_broken.py"));
  assert_view_contains(errors[0].message, "no_such_module_anywhere");
  assert_int_equal(errors[0].line, 3);
  assert_true(string_view_equal_text(errors[1].path, "test_syntax.py"));
  assert_int_equal(result.counts[OUTCOME_ERROR], 2);
}

static void src_layout_with_own_configuration(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "src_layout");
  options.with_coverage = true;
  TestRun result = run_project(&options);
  assert_int_equal(result.counts[OUTCOME_PASSED], 2);
  assert_outcome(&result, "tests/test_weight.py::check_heavy", OUTCOME_PASSED);
  assert_non_null(find_file(&result.coverage, "src/parcel/weight.py"));
}

static void workspace_modules_shadow_nothing(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "shadowing");
  TestRun result = run_project(&options);
  assert_int_equal(result.counts[OUTCOME_PASSED], 1);
}

static void selection_by_node_id(void **state) {
  (void)state;
  RunnerOptions options = file_options(&test_arena, "green", "tests/test_prices.py::TestBasket::test_add");
  TestRun result = run_project(&options);
  assert_int_equal(result.tests.count, 1);
}

static void broken_conftest_is_a_collection_error(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "bad_conftest");
  TestRun result = run_project(&options);
  assert_int_equal(result.tests.count, 0);
  assert_int_equal(result.collection_errors.count, 1);
  const TestResult *failed = result.collection_errors.items;
  assert_true(string_view_equal_text(failed->path, "conftest.py"));
  assert_view_contains(failed->message, "this conftest cannot be loaded");
}

static void bad_options_are_named(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "bad_options");
  TestRun result;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_INVALID_ARGUMENT);
  assert_contains(test_error.message, "--no-such-option");
}

static void untrusted_workspaces_run_nothing(void **state) {
  (void)state;
  char mark[] = "/tmp/testgen-mark-XXXXXX";
  close(mkstemp(mark));
  unlink(mark);
  setenv("TESTGEN_TEST_MARK", mark, 1);
  RunnerOptions options = project_options(&test_arena, "marker");
  TestRun result;
  options.is_trusted = false;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_UNTRUSTED);
  assert_int_not_equal(access(mark, F_OK), 0);
  InterpreterInfo info;
  assert_int_equal(runner_find_interpreter(&options, &test_arena, &info, NULL), ERROR_UNTRUSTED);
  error_clear(&test_error);
  options.is_trusted = true;
  run_project(&options);
  assert_int_equal(access(mark, F_OK), 0);
  unlink(mark);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RUNNER_TEST(green_project),
      RUNNER_TEST(nothing_is_written_into_the_workspace),
      RUNNER_TEST(red_project),
      RUNNER_TEST(failures_say_why_and_where),
      RUNNER_TEST(collection_errors_stop_nothing_else),
      RUNNER_TEST(src_layout_with_own_configuration),
      RUNNER_TEST(workspace_modules_shadow_nothing),
      RUNNER_TEST(selection_by_node_id),
      RUNNER_TEST(broken_conftest_is_a_collection_error),
      RUNNER_TEST(bad_options_are_named),
      RUNNER_TEST(untrusted_workspaces_run_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
