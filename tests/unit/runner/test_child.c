#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/runner/capture.h"
#include "server/runner/child.h"
#include "server/runner/environment.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static Error error;
static ChildExit end;

static int set_up(void **state) {
  (void)state;
  error_clear(&error);
  return 0;
}

static Child *start_shell(const char *script, ChildOptions options) {
  const char *const arguments[] = {"sh", "-c", script, NULL};
  options.arguments = arguments;
  options.directory = options.directory ? options.directory : "/";
  Child *child = NULL;
  int code = child_start(&options, &child, &error);
  assert_string_equal(error.message, "");
  assert_int_equal(code, 0);
  return child;
}

static void assert_output(const char *expected) {
  assert_int_equal(end.output.length, strlen(expected));
  assert_memory_equal(end.output.data, expected, strlen(expected));
}

static void output_and_status(void **state) {
  (void)state;
  Child *child = start_shell("echo out; echo err >&2; exit 7", (ChildOptions){.wall_ms = 60000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_int_equal(end.status, 7);
  assert_int_equal(end.signal, 0);
  assert_false(end.timed_out);
  assert_output("out\n");
  assert_true(string_view_equal_text(end.errors, "err\n"));
  child_destroy(child);
}

static void niceness_is_added(void **state) {
  (void)state;
  char expected[16];
  int own = getpriority(PRIO_PROCESS, 0);
  snprintf(expected, sizeof expected, "%d\n", own + 3 > 19 ? 19 : own + 3);
  Child *child = start_shell("nice", (ChildOptions){.wall_ms = 60000, .niceness = 3});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_output(expected);
  child_destroy(child);
}

static void lines_go_both_ways(void **state) {
  (void)state;
  Child *child = start_shell("while read line <&3; do echo \"<$line>\" >&3; done", (ChildOptions){.wall_ms = 60000});
  for (int round = 0; round < 100; round++) {
    StringView line;
    assert_int_equal(child_send(child, SV("hello"), &error), 0);
    assert_int_equal(child_receive(child, &line, &error), 0);
    assert_true(string_view_equal_text(line, "<hello>"));
  }
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_int_equal(end.status, 0);
  child_destroy(child);
}

static void end_without_answer_quotes_stderr(void **state) {
  (void)state;
  Child *child = start_shell("echo first >&2; echo the reason >&2; exit 3", (ChildOptions){.wall_ms = 60000});
  StringView line;
  assert_int_equal(child_receive(child, &line, &error), ERROR_CHILD);
  assert_non_null(strstr(error.message, "exit code 3: the reason"));
  child_destroy(child);
}

static void signals_are_named(void **state) {
  (void)state;
  Child *child = start_shell("kill -SEGV $$", (ChildOptions){.wall_ms = 60000});
  StringView line;
  assert_int_equal(child_receive(child, &line, &error), ERROR_CHILD);
  assert_non_null(strstr(error.message, "SIGSEGV"));
  child_destroy(child);
}

static void deadline_kills(void **state) {
  (void)state;
  Child *child = start_shell("sleep 600", (ChildOptions){.wall_ms = 200});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_true(end.timed_out);
  assert_int_equal(end.status, -1);
  child_destroy(child);
}

static void processor_time_is_limited(void **state) {
  (void)state;
  Child *child = start_shell("while :; do :; done", (ChildOptions){.wall_ms = 60000, .cpu_ms = 1000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_true(end.timed_out);
  assert_true(end.cpu_ms > 0);
  child_destroy(child);
}

static void programs_that_are_not_there(void **state) {
  (void)state;
  const char *const arguments[] = {"no-such-program-anywhere", NULL};
  ChildOptions options = {.arguments = arguments, .directory = "/"};
  Child *child;
  assert_int_equal(child_start(&options, &child, &error), ERROR_UNAVAILABLE);
  assert_string_equal(error.message, "no-such-program-anywhere: is not a program in PATH");
}

static void unusable_folder_is_an_error(void **state) {
  (void)state;
  const char *const arguments[] = {"sh", "-c", ":", NULL};
  ChildOptions options = {.arguments = arguments, .directory = "/no/such/folder"};
  Child *child;
  StringView line;
  assert_int_equal(child_start(&options, &child, &error), 0);
  assert_int_equal(child_receive(child, &line, &error), ERROR_NOT_FOUND);
  child_destroy(child);
}

static void nothing_is_inherited(void **state) {
  (void)state;
  int leaked = open("/dev/null", O_RDONLY);
  assert_true(fcntl(leaked, F_DUPFD, 50) >= 50);
  Child *child = start_shell("ls /proc/self/fd | wc -l; cat", (ChildOptions){.wall_ms = 60000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_output("5\n");  // 0 to 3, and the one with which ls reads the folder; cat sees the end of /dev/null
  child_destroy(child);
  close(leaked);
}

static void output_is_bounded(void **state) {
  (void)state;
  Child *child =
      start_shell("echo begin; head -c 5000000 /dev/zero | tr '\\0' x; echo end", (ChildOptions){.wall_ms = 60000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_true(end.output.length <= CHILD_OUTPUT_MAX + 100);
  assert_true(string_view_starts_with(end.output, SV("begin\n")));
  assert_true(string_view_ends_with(end.output, SV("end\n")));
  assert_true(string_view_contains(end.output, SV("bytes left out")));
  child_destroy(child);
}

static void long_lines_are_refused(void **state) {
  (void)state;
  Child *child = start_shell("head -c 40000000 /dev/zero | tr '\\0' x >&3", (ChildOptions){.wall_ms = 60000});
  StringView line;
  assert_int_equal(child_receive(child, &line, &error), ERROR_LIMIT);
  child_destroy(child);
}

static void stragglers_are_killed(void **state) {
  (void)state;
  Child *child = start_shell("setsid sleep 600 & sleep 500 & echo $!", (ChildOptions){.wall_ms = 60000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  int64_t process;
  assert_true(string_view_to_int64(string_view_trim(end.output), &process));
  char path[64];
  snprintf(path, sizeof path, "/proc/%lld", (long long)process);
  assert_int_not_equal(access(path, F_OK), 0);
  child_destroy(child);
}

static void cancelled_before_and_during(void **state) {
  (void)state;
  CancelToken token;
  assert_int_equal(cancel_token_init(&token, NULL, &error), 0);
  Child *child = start_shell("sleep 600", (ChildOptions){.cancel = &token});
  cancel_token_cancel(&token);
  StringView line;
  assert_int_equal(child_receive(child, &line, &error), ERROR_CANCELLED);
  error_clear(&error);
  assert_int_equal(child_wait(child, &end, &error), ERROR_CANCELLED);
  child_destroy(child);
  const char *const arguments[] = {"sh", NULL};
  ChildOptions options = {.arguments = arguments, .directory = "/", .cancel = &token};
  assert_int_equal(child_start(&options, &child, NULL), ERROR_CANCELLED);
  cancel_token_finish(&token);
}

static void secrets_stay_here(void **state) {
  (void)state;
  setenv("MY_API_KEY", "hidden", 1);
  setenv("github_token", "hidden", 1);
  setenv("DB_PASSWORD", "hidden", 1);
  setenv("TESTGEN_TEST_VISIBLE", "shown", 1);
  Child *child = start_shell("env", (ChildOptions){.wall_ms = 60000});
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_false(string_view_contains(end.output, SV("hidden")));
  assert_true(string_view_contains(end.output, SV("TESTGEN_TEST_VISIBLE=shown")));
  assert_true(string_view_contains(end.output, SV("PYTHONHASHSEED=0")));
  assert_true(string_view_contains(end.output, SV("PYTHONDONTWRITEBYTECODE=1")));
  child_destroy(child);
}

static void extra_variables_replace(void **state) {
  (void)state;
  Arena arena;
  arena_init(&arena);
  const char *const inherited[] = {"A=1", "PATH=/bin", "PYTHONHASHSEED=9", "odd", NULL};
  const char *const extra[] = {"PATH=/venv/bin:/bin", NULL};
  const char *const *result = environment_for_child(inherited, extra, &arena);
  int paths = 0, seeds = 0;
  for (; *result; result++) {
    paths += strncmp(*result, "PATH=", 5) == 0;
    seeds += strncmp(*result, "PYTHONHASHSEED=", 15) == 0;
  }
  assert_int_equal(paths, 1);
  assert_int_equal(seeds, 1);
  arena_finish(&arena);
}

static void capture_keeps_both_ends(void **state) {
  (void)state;
  Capture capture;
  capture_init(&capture, 8);
  for (int index = 0; index < 1000; index++) {
    capture_append(&capture, SV("ab"));
  }
  capture_append(&capture, SV("wxyz"));
  assert_true(string_view_equal_text(capture_join(&capture), "abab\n[1996 bytes left out]\nwxyz"));
  capture_finish(&capture);
}

// ---- The sandbox ----

static void sandbox_holds(void **state) {
  (void)state;
  if (sandbox_check(&error) != 0) {
    print_message("skipped: %s\n", error.message);
    skip();
  }
  char scratch[] = "/tmp/testgen-scratch-XXXXXX", home[] = "/tmp/testgen-home-XXXXXX";
  assert_non_null(mkdtemp(scratch));
  assert_non_null(mkdtemp(home));
  char path[128];
  snprintf(path, sizeof path, "%s/.ssh", home);
  assert_int_equal(directory_create_all(path, &error), 0);
  snprintf(path, sizeof path, "%s/.ssh/id_rsa", home);
  assert_int_equal(file_write_atomic(path, SV("private"), &error), 0);
  char *old_home = strdup(getenv("HOME"));
  setenv("HOME", home, 1);
  setenv("SCRATCH", scratch, 1);
  setenv("REAL_HOME", home, 1);
  Child *child = start_shell("echo line >&3; echo kept > $SCRATCH/file && echo wrote;"
                             "echo no > /etc/testgen-no 2>/dev/null || echo refused;"
                             "cat $REAL_HOME/.ssh/id_rsa 2>/dev/null || echo hidden;"
                             "cat /proc/net/dev | grep -vc lo; ls /proc | grep -c '^[0-9]'",
                             (ChildOptions){.wall_ms = 60000, .sandbox = SANDBOX_STRICT, .writable = scratch});
  setenv("HOME", old_home, 1);
  free(old_home);
  StringView line;
  assert_int_equal(child_receive(child, &line, &error), 0);
  assert_true(string_view_equal_text(line, "line"));
  assert_int_equal(child_wait(child, &end, &error), 0);
  assert_true(string_view_starts_with(end.output, SV("wrote\nrefused\nhidden\n2\n")));
  child_destroy(child);
  snprintf(path, sizeof path, "%s/file", scratch);
  assert_int_equal(access(path, F_OK), 0);
  assert_int_equal(directory_remove_all(scratch, &error), 0);
  assert_int_equal(directory_remove_all(home, &error), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(output_and_status, set_up),
      cmocka_unit_test_setup(niceness_is_added, set_up),
      cmocka_unit_test_setup(lines_go_both_ways, set_up),
      cmocka_unit_test_setup(end_without_answer_quotes_stderr, set_up),
      cmocka_unit_test_setup(signals_are_named, set_up),
      cmocka_unit_test_setup(deadline_kills, set_up),
      cmocka_unit_test_setup(processor_time_is_limited, set_up),
      cmocka_unit_test_setup(programs_that_are_not_there, set_up),
      cmocka_unit_test_setup(unusable_folder_is_an_error, set_up),
      cmocka_unit_test_setup(nothing_is_inherited, set_up),
      cmocka_unit_test_setup(output_is_bounded, set_up),
      cmocka_unit_test_setup(long_lines_are_refused, set_up),
      cmocka_unit_test_setup(stragglers_are_killed, set_up),
      cmocka_unit_test_setup(cancelled_before_and_during, set_up),
      cmocka_unit_test_setup(secrets_stay_here, set_up),
      cmocka_unit_test_setup(extra_variables_replace, set_up),
      cmocka_unit_test_setup(capture_keeps_both_ends, set_up),
      cmocka_unit_test_setup(sandbox_holds, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
