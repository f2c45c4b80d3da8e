#include "protocol/memory/error.h"

#include "protocol/memory/string_view.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_first_message_stays(void **state) {
  (void)state;
  Error error = {0};
  assert_int_equal(error_set(&error, ERROR_PARSE, "first %d", 1), ERROR_PARSE);
  assert_int_equal(error_set(&error, ERROR_IO, "second"), ERROR_IO);
  assert_int_equal(error.code, ERROR_PARSE);
  assert_string_equal(error.message, "first 1");
  error_clear(&error);
  error_set(&error, ERROR_IO, "third");
  assert_string_equal(error.message, "third");
}

static void a_null_error_is_allowed(void **state) {
  (void)state;
  assert_int_equal(error_set(NULL, ERROR_LIMIT, "nobody reads this"), ERROR_LIMIT);
  assert_int_equal(error_set_errno(NULL, EACCES, "nor this"), ERROR_IO);
}

static void messages_are_one_line(void **state) {
  (void)state;
  Error error = {0};
  error_set(&error, ERROR_PARSE,
            "a\nb\r\tc\x01"
            "d\x7F");
  assert_string_equal(error.message, "a b  c d ");
}

static void long_messages_are_cut_between_characters(void **state) {
  (void)state;
  for (size_t shift = 0; shift < 8; shift++) {
    char text[1200] = {0};
    memset(text, 'x', shift);
    for (size_t index = 0; index < 250; index++) {
      strcat(text, "\xF0\x9F\x98\x80");
    }
    Error error = {0};
    error_set(&error, ERROR_PARSE, "%s", text);
    assert_true(strlen(error.message) < sizeof error.message);
    assert_true(strlen(error.message) >= sizeof error.message - 4);
    assert_true(string_view_is_utf8(string_view_from(error.message)));
  }
}

static void errno_has_its_text_and_code(void **state) {
  (void)state;
  static const struct {
    int system_errno;
    int code;
  } cases[] = {{ENOENT, ERROR_NOT_FOUND}, {ENOMEM, ERROR_NO_MEMORY}, {EACCES, ERROR_IO}, {EINTR, ERROR_IO}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Error error = {0};
    assert_int_equal(error_set_errno(&error, cases[index].system_errno, "%s", "a/b"), cases[index].code);
    assert_non_null(strstr(error.message, "a/b: "));
    assert_non_null(strstr(error.message, strerror(cases[index].system_errno)));
  }
}

static void a_long_path_does_not_push_the_reason_out(void **state) {
  (void)state;
  char path[2000];
  memset(path, 'p', sizeof path);
  path[sizeof path - 1] = '\0';
  Error error = {0};
  error_set_errno(&error, EACCES, "%s", path);
  assert_non_null(strstr(error.message, strerror(EACCES)));
}

static void codes_have_names(void **state) {
  (void)state;
  assert_string_equal(error_code_name(ERROR_NO_MEMORY), "NO_MEMORY");
  assert_string_equal(error_code_name(ERROR_INTERNAL), "INTERNAL");
  assert_string_equal(error_code_name(0), "UNKNOWN");
  assert_string_equal(error_code_name(-99), "UNKNOWN");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_message_stays),
      cmocka_unit_test(a_null_error_is_allowed),
      cmocka_unit_test(messages_are_one_line),
      cmocka_unit_test(long_messages_are_cut_between_characters),
      cmocka_unit_test(errno_has_its_text_and_code),
      cmocka_unit_test(a_long_path_does_not_push_the_reason_out),
      cmocka_unit_test(codes_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
