#include "server/base/cancel.h"
#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static Error error;

static bool is_readable(int descriptor) {
  struct pollfd poll_descriptor = {descriptor, POLLIN, 0};
  return poll(&poll_descriptor, 1, 0) == 1;
}

static void cancelling_reaches_children_only(void **state) {
  (void)state;
  CancelToken parent, child, sibling;
  assert_int_equal(cancel_token_init(&parent, NULL, &error), 0);
  assert_int_equal(cancel_token_init(&child, &parent, &error), 0);
  assert_int_equal(cancel_token_init(&sibling, &parent, &error), 0);
  assert_false(cancel_token_is_cancelled(NULL));
  assert_false(is_readable(child.wakeup));
  cancel_token_cancel(&child);
  cancel_token_cancel(&child);
  assert_true(is_readable(child.wakeup));
  assert_true(cancel_token_is_cancelled(&child));
  assert_false(cancel_token_is_cancelled(&parent));
  assert_false(cancel_token_is_cancelled(&sibling));
  cancel_token_cancel(&parent);
  assert_true(cancel_token_is_cancelled(&sibling));
  cancel_token_finish(&sibling);
  cancel_token_finish(&child);
  cancel_token_finish(&parent);
}

static void times_have_one_form(void **state) {
  (void)state;
  static const struct {
    int64_t unix_ms;
    const char *text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},         {1795210200123, "2026-11-20T21:30:00.123Z"},
      {-1, "1969-12-31T23:59:59.999Z"},        {951782400000, "2000-02-29T00:00:00.000Z"},
      {INT64_MAX, "9999-12-31T23:59:59.999Z"}, {INT64_MIN, "0000-01-01T00:00:00.000Z"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    char text[CLOCK_ISO_SIZE];
    clock_format_iso(cases[index].unix_ms, text);
    assert_string_equal(text, cases[index].text);
  }
  int64_t before = clock_monotonic_ns();
  assert_true(clock_monotonic_ns() >= before);
}

// FIPS 180-2, appendix B.
static void digests_are_sha256(void **state) {
  (void)state;
  Digest digest, same;
  char text[DIGEST_TEXT_SIZE];
  assert_int_equal(digest_of(SV("abc"), &digest, &error), 0);
  digest_to_text(&digest, text);
  assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_int_equal(digest_of((StringView){0}, &digest, &error), 0);
  digest_to_text(&digest, text);
  assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_int_equal(digest_of(SV(""), &same, &error), 0);
  assert_true(digest_equal(&digest, &same));
}

static void log_writes_whole_lines(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
  log_configure(LOG_INFO, ends[1]);
  log_debug("test", "not at this level");
  log_info("test", "one\ntwo %d", 3);
  char line[8192];
  ssize_t length = read(ends[0], line, sizeof line);
  assert_true(length > 0);
  line[length] = '\0';
  assert_non_null(strstr(line, " info test: one two 3\n"));
  char *large = calloc(1, 100001);
  memset(large, 'x', 100000);
  log_error("test", "%s", large);
  length = read(ends[0], line, sizeof line);
  assert_true(length > 4000 && length <= 4096 && line[length - 1] == '\n');
  free(large);
  close(ends[0]);
  close(ends[1]);
  log_configure(LOG_INFO, STDERR_FILENO);
}

static void levels_have_names(void **state) {
  (void)state;
  LogLevel level = LOG_ERROR;
  assert_int_equal(log_level_from_name("debug", &level), 0);
  assert_int_equal(level, LOG_DEBUG);
  assert_int_equal(log_level_from_name("loud", &level), ERROR_NOT_FOUND);
  assert_int_equal(level, LOG_DEBUG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cancelling_reaches_children_only),
      cmocka_unit_test(times_have_one_form),
      cmocka_unit_test(digests_are_sha256),
      cmocka_unit_test(log_writes_whole_lines),
      cmocka_unit_test(levels_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
