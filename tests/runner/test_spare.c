// A harness that is kept between runs: who gets it again, and who gets a new one.
#include "server/runner/spare.h"

#include "support.h"

#include "server/base/cancel.h"
#include "server/base/files.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static Spare *make_spare(void) {
  Spare *spare;
  assert_int_equal(spare_create(&spare, &test_error), 0);
  return spare;
}

// One that answers. What it answers to is a child of this process, and the only one.
static Harness *take(Spare *spare, const RunnerOptions *options, long *ret_process) {
  Harness *harness;
  const JsonValue *answer = NULL;
  int code = spare_take(spare, options, &harness, &test_error);
  if (code == 0) {
    code = harness_call(harness, "probe", SV("{}"), &test_arena, NULL, NULL, &answer, &test_error);
  }
  if (code != 0) {
    fail_msg("%s", test_error.message);
  }
  assert_non_null(json_member(answer, "pytest"));
  *ret_process = only_child();
  return harness;
}

static void what_was_kept_is_taken_again(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  Spare *spare = make_spare();
  long first, second;
  spare_keep(spare, &options, take(spare, &options, &first));
  assert_true(process_lives(first));
  Harness *harness = take(spare, &options, &second);
  assert_int_equal(first, second);
  harness_destroy(harness);
  harness = take(spare, &options, &second);  // it was not kept
  assert_int_not_equal(first, second);
  spare_keep(spare, &options, harness);
  spare_destroy(spare);
  assert_true(process_goes(second));
}

static void what_asks_for_something_else_gets_a_new_one(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  RunnerOptions others[] = {options, options, project_options(&test_arena, "red")};
  others[0].niceness = 3;
  others[1].interpreter =
      arena_format(&test_arena, "%.*s/../bin/%.*s", SV_ARGUMENTS(path_directory(options.interpreter)),
                   SV_ARGUMENTS(path_base_name(options.interpreter)));
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    Spare *spare = make_spare();
    long first, second;
    spare_keep(spare, &options, take(spare, &options, &first));
    harness_destroy(take(spare, &others[i], &second));
    assert_int_not_equal(first, second);
    assert_true(process_goes(first));
    spare_destroy(spare);
  }
}

static void an_environment_that_was_made_anew_is_another_one(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  char path[] = "/tmp/testgen-interpreter-XXXXXX";
  assert_true(mkdtemp(path) != NULL);
  StringView real = options.interpreter;
  StringView script = arena_format(&test_arena, "#!/bin/sh\nexec '%.*s' \"$@\"\n", SV_ARGUMENTS(real));
  options.interpreter = arena_format(&test_arena, "%s/python", path);
  Spare *spare = make_spare();
  long first, second;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(file_write_atomic(options.interpreter.data, script, &test_error), 0);
    assert_int_equal(chmod(options.interpreter.data, 0755), 0);
    second = i > 0 ? first : 0;
    spare_keep(spare, &options, take(spare, &options, &first));
  }
  assert_int_not_equal(first, second);
  spare_destroy(spare);
  assert_int_equal(directory_remove_all(path, &test_error), 0);
}

static void one_that_has_ended_meanwhile_is_replaced(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  Spare *spare = make_spare();
  long first, second;
  spare_keep(spare, &options, take(spare, &options, &first));
  kill((pid_t)first, SIGKILL);
  assert_true(process_goes(first));
  harness_destroy(take(spare, &options, &second));
  assert_int_not_equal(first, second);
  spare_destroy(spare);
}

static void the_next_run_has_its_own_limits(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  Spare *spare = make_spare();
  long process;
  CancelToken cancel;
  Harness *harness;
  const JsonValue *answer = NULL;
  assert_int_equal(cancel_token_init(&cancel, NULL, &test_error), 0);
  spare_keep(spare, &options, take(spare, &options, &process));
  options.cancel = &cancel;
  assert_int_equal(spare_take(spare, &options, &harness, &test_error), 0);
  cancel_token_cancel(&cancel);
  assert_int_equal(harness_call(harness, "probe", SV("{}"), &test_arena, NULL, NULL, &answer, &test_error),
                   ERROR_CANCELLED);
  harness_destroy(harness);
  spare_destroy(spare);
  cancel_token_finish(&cancel);
}

static void without_trust_nothing_is_taken(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "green");
  Spare *spare = make_spare();
  long process;
  Harness *harness;
  spare_keep(spare, &options, take(spare, &options, &process));
  options.is_trusted = false;
  assert_int_equal(spare_take(spare, &options, &harness, &test_error), ERROR_UNTRUSTED);
  assert_true(process_goes(process));
  spare_destroy(spare);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RUNNER_TEST(what_was_kept_is_taken_again),
      RUNNER_TEST(what_asks_for_something_else_gets_a_new_one),
      RUNNER_TEST(an_environment_that_was_made_anew_is_another_one),
      RUNNER_TEST(one_that_has_ended_meanwhile_is_replaced),
      RUNNER_TEST(the_next_run_has_its_own_limits),
      RUNNER_TEST(without_trust_nothing_is_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
