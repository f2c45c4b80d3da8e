// Tests that fight their process, and everything that must end with the run.
#include "support.h"

#include "server/base/clock.h"
#include "server/base/files.h"

#include <grp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static TestRun result;

static int run_file(const char *file) {
  RunnerOptions options = file_options(&test_arena, "hostile", file);
  return runner_run_tests(&options, &test_arena, &result, &test_error);
}

static void printing_disturbs_nothing(void **state) {
  (void)state;
  assert_int_equal(run_file("test_prints.py"), 0);
  assert_int_equal(result.tests.count, 3);
  assert_int_equal(result.counts[OUTCOME_PASSED], 2);
  const TestResult *test = find_result(&result, "test_prints.py::test_bad_bytes");
  assert_view_contains(test->output, "lone surrogates");
}

static void changed_surroundings_disturb_nothing(void **state) {
  (void)state;
  int code = run_file("test_surroundings.py");
  assert_string_equal(test_error.message, "");
  assert_int_equal(code, 0);
  assert_int_equal(result.tests.count, 5);
  assert_outcome(&result, "test_surroundings.py::test_still_runs", OUTCOME_PASSED);
}

static void ending_the_process_names_the_test(void **state) {
  (void)state;
  assert_int_equal(run_file("test_os_exit.py"), ERROR_CHILD);
  assert_contains(test_error.message, "test_os_exit.py::test_os_exit");
  assert_contains(test_error.message, "exit code 0");
  assert_int_equal(result.tests.count, 1);
  assert_outcome(&result, "test_os_exit.py::test_before", OUTCOME_PASSED);
}

static void killing_the_process_names_the_test(void **state) {
  (void)state;
  assert_int_equal(run_file("test_sigkill.py"), ERROR_CHILD);
  assert_contains(test_error.message, "test_sigkill.py::test_sigkill");
  assert_contains(test_error.message, "SIGKILL");
  assert_int_equal(result.tests.count, 1);
}

static void closing_the_channel_names_the_test(void **state) {
  (void)state;
  assert_int_equal(run_file("test_closes.py"), ERROR_CHILD);
  assert_contains(test_error.message, "test_closes.py::test_closes_descriptors");
  assert_contains(test_error.message, "channel");
}

static void interrupting_names_the_test(void **state) {
  (void)state;
  assert_int_equal(run_file("test_interrupts.py"), ERROR_CHILD);
  assert_contains(test_error.message, "test_interrupts.py::test_interrupts");
  assert_contains(test_error.message, "KeyboardInterrupt");
}

static void forking_reports_every_test_once(void **state) {
  (void)state;
  assert_int_equal(run_file("test_forks.py"), 0);
  assert_int_equal(result.tests.count, 2);
  assert_int_equal(result.counts[OUTCOME_PASSED], 2);
}

static void endless_test_meets_the_deadline(void **state) {
  (void)state;
  RunnerOptions options = file_options(&test_arena, "hostile", "test_forever.py");
  options.wall_ms = 8000;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_TIMEOUT);
  assert_contains(test_error.message, "test_forever.py::test_never_ends");
  assert_contains(test_error.message, "8000 ms");
  assert_int_equal(result.tests.count, 1);
}

static void hanging_import_is_named(void **state) {
  (void)state;
  RunnerOptions options = project_options(&test_arena, "hanging_import");
  options.wall_ms = 8000;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_TIMEOUT);
  assert_contains(test_error.message, "collecting test_hangs.py");
}

// ---- What is left behind ----

static const char *fresh_mark(void) {
  static char mark[64];
  snprintf(mark, sizeof mark, "/tmp/testgen-mark-%ld-%lld", (long)getpid(), (long long)clock_monotonic_ns());
  setenv("TESTGEN_TEST_MARK", mark, 1);
  return mark;
}

static long read_process(const char *mark) {
  StringView text;
  int64_t process = 0;
  assert_int_equal(file_read(mark, 100, &test_arena, &text, NULL), 0);
  assert_true(string_view_to_int64(string_view_trim(text), &process));
  return (long)process;
}

static void daemons_are_gone_afterwards(void **state) {
  (void)state;
  const char *mark = fresh_mark();
  assert_int_equal(run_file("test_grandchild.py"), 0);
  assert_int_equal(result.counts[OUTCOME_PASSED], 1);
  assert_false(process_lives(read_process(mark)));
  unlink(mark);
}

typedef struct Cancellation {
  CancelToken token;
  int64_t cancelled_ns;
} Cancellation;

static void cancel_at_first_result(void *user, const TestResult *test, uint32_t done, uint32_t total) {
  (void)test;
  (void)done;
  (void)total;
  Cancellation *cancellation = user;
  cancellation->cancelled_ns = clock_monotonic_ns();
  cancel_token_cancel(&cancellation->token);
}

static void cancelling_ends_the_run(void **state) {
  (void)state;
  Cancellation cancellation;
  assert_int_equal(cancel_token_init(&cancellation.token, NULL, &test_error), 0);
  RunnerOptions options = file_options(&test_arena, "hostile", "test_forever.py");
  options.cancel = &cancellation.token;
  options.progress = cancel_at_first_result;
  options.user = &cancellation;
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_CANCELLED);
  int64_t milliseconds = (clock_monotonic_ns() - cancellation.cancelled_ns) / 1000000;
  print_message("cancelled within %lld ms\n", (long long)milliseconds);
  assert_true(milliseconds < 10000);  // the aim is 200; a busy machine must not fail the test
  assert_int_equal(result.tests.count, 1);
  cancel_token_finish(&cancellation.token);
}

static void *cancel_through_parent(void *user) {
  usleep(300000);
  cancel_token_cancel(user);
  return NULL;
}

static void cancelling_the_parent_from_another_thread(void **state) {
  (void)state;
  CancelToken parent, token;
  assert_int_equal(cancel_token_init(&parent, NULL, &test_error), 0);
  assert_int_equal(cancel_token_init(&token, &parent, &test_error), 0);
  RunnerOptions options = project_options(&test_arena, "hanging_import");
  options.cancel = &token;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, cancel_through_parent, &parent), 0);
  assert_int_equal(runner_run_tests(&options, &test_arena, &result, &test_error), ERROR_CANCELLED);
  pthread_join(thread, NULL);
  cancel_token_finish(&token);
  cancel_token_finish(&parent);
}

static _Noreturn void run_daemon_and_loop(const char *mark) {
  RunnerOptions options = project_options(&test_arena, "hostile");
  StringView *selection = arena_allocate_array(&test_arena, 2, sizeof *selection);
  selection[0] = SV("test_grandchild.py");
  selection[1] = SV("test_forever.py");
  options.selection = (JsonArray){selection, 2};
  setenv("TESTGEN_TEST_MARK", mark, 1);
  runner_run_tests(&options, &test_arena, &result, &test_error);
  _exit(0);
}

// The runner's own process is killed while a test runs and a daemon of another test lives.
static void killing_the_runner_leaves_no_process(void **state) {
  (void)state;
  const char *mark = fresh_mark();
  pid_t runner = fork();
  if (runner == 0) {
    run_daemon_and_loop(mark);
  }
  FileStamp stamp = {0};
  for (int attempt = 0; attempt < 3000 && (file_stamp(mark, &stamp, NULL) != 0 || stamp.size == 0); attempt++) {
    usleep(10000);
  }
  long daemon = read_process(mark);
  assert_true(process_lives(daemon));
  kill(runner, SIGKILL);
  waitpid(runner, NULL, 0);
  assert_true(process_goes(daemon));
  unlink(mark);
}

#define NOBODY 65534

// The superuser is never limited in processes, so somebody else runs the tests. Ends this process: 0 when they passed,
// 77 when it cannot be tried here.
static _Noreturn void run_bomb(const char *scratch) {
  if (geteuid() == 0 &&
      (chown(scratch, NOBODY, NOBODY) != 0 || setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
    _exit(77);
  }
  if (access(TEST_PYTHON, X_OK) != 0 || sandbox_check(NULL) != 0) {
    _exit(77);
  }
  RunnerOptions options = project_options(&test_arena, "bomb");
  options.sandbox = SANDBOX_STRICT;
  options.scratch = string_view_from(scratch);
  int code = runner_run_tests(&options, &test_arena, &result, &test_error);
  const TestResult *tests = result.tests.items;
  for (size_t index = 0; index < result.tests.count; index++) {
    print_message("%.*s: %s %.*s\n", SV_ARGUMENTS(tests[index].id), outcome_names[tests[index].outcome],
                  SV_ARGUMENTS(tests[index].message));
  }
  if (code != 0) {
    print_message("%s\n", test_error.message);
  }
  _exit(code == 0 && result.counts[OUTCOME_PASSED] == 2 && result.tests.count == 2 ? 0 : 1);
}

static void the_sandbox_limits_processes_and_temporary_files(void **state) {
  (void)state;
  char scratch[] = "/tmp/testgen-scratch-XXXXXX";
  assert_non_null(mkdtemp(scratch));
  pid_t process = fork();
  if (process == 0) {
    run_bomb(scratch);
  }
  int status;
  assert_int_equal(waitpid(process, &status, 0), process);
  assert_int_equal(directory_remove_all(scratch, &test_error), 0);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    print_message("skipped: the sandbox cannot be tried as somebody else here\n");
    skip();
  }
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RUNNER_TEST(printing_disturbs_nothing),
      RUNNER_TEST(changed_surroundings_disturb_nothing),
      RUNNER_TEST(ending_the_process_names_the_test),
      RUNNER_TEST(killing_the_process_names_the_test),
      RUNNER_TEST(closing_the_channel_names_the_test),
      RUNNER_TEST(interrupting_names_the_test),
      RUNNER_TEST(forking_reports_every_test_once),
      RUNNER_TEST(endless_test_meets_the_deadline),
      RUNNER_TEST(hanging_import_is_named),
      RUNNER_TEST(daemons_are_gone_afterwards),
      RUNNER_TEST(the_sandbox_limits_processes_and_temporary_files),
      RUNNER_TEST(cancelling_ends_the_run),
      RUNNER_TEST(cancelling_the_parent_from_another_thread),
      RUNNER_TEST(killing_the_runner_leaves_no_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
