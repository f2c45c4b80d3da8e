#include "protocol/memory/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_buffer_is_not_absent(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 10);
  assert_non_null(buffer_view(&buffer).data);
  assert_int_equal(buffer_view(&buffer).length, 0);
  buffer_append(&buffer, (StringView){0});
  buffer_append(&buffer, SV(""));
  assert_int_equal(buffer.length, 0);
  buffer_consume(&buffer, 5);
  buffer_shrink(&buffer, 0);
  buffer_finish(&buffer);
  Buffer zeroed = {0};
  buffer_finish(&zeroed);
}

static void appends_add_up(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 1000);
  buffer_append_text(&buffer, "ab");
  buffer_append_byte(&buffer, 'c');
  buffer_append_format(&buffer, "%d%s", 12, "x");
  assert_string_equal(buffer.data, "abc12x");
  assert_int_equal(buffer.length, 6);
  assert_int_equal(buffer_check(&buffer, NULL, "it"), 0);
  buffer_finish(&buffer);
}

static void the_maximum_is_exact(void **state) {
  (void)state;
  for (size_t maximum = 0; maximum < 200; maximum++) {
    Buffer buffer;
    buffer_init(&buffer, maximum);
    for (size_t index = 0; index < maximum; index++) {
      buffer_append_byte(&buffer, 'x');
    }
    assert_int_equal(buffer.failure, 0);
    assert_int_equal(buffer.length, maximum);
    assert_true(buffer.capacity <= maximum + 1);
    buffer_append_byte(&buffer, 'y');
    assert_int_equal(buffer.failure, ERROR_LIMIT);
    assert_int_equal(buffer.length, maximum);
    Error error = {0};
    assert_int_equal(buffer_check(&buffer, &error, "the input"), ERROR_LIMIT);
    assert_memory_equal(error.message, "the input: ", 11);
    buffer_finish(&buffer);
  }
}

static void a_failure_stays_until_cleared(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 4);
  buffer_append_text(&buffer, "abcde");
  buffer_append_text(&buffer, "x");
  buffer_append_format(&buffer, "%d", 1);
  assert_null(buffer_reserve(&buffer, 1));
  assert_int_equal(buffer.length, 0);
  buffer_clear(&buffer);
  buffer_append_text(&buffer, "abcd");
  assert_string_equal(buffer.data, "abcd");
  assert_null(buffer_reserve(&buffer, SIZE_MAX));
  buffer_finish(&buffer);
}

static void reserved_room_is_written_by_the_caller(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 100);
  memcpy(buffer_reserve(&buffer, 5), "hello", 5);
  assert_int_equal(buffer.length, 0);
  buffer.length = 5;
  assert_string_equal(buffer.data, "hello");
  buffer_finish(&buffer);
}

static void the_front_is_consumed(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 100);
  buffer_append_text(&buffer, "hello");
  buffer_consume(&buffer, 2);
  assert_string_equal(buffer.data, "llo");
  buffer_consume(&buffer, 0);
  buffer_consume(&buffer, 99);
  assert_int_equal(buffer.length, 0);
  assert_string_equal(buffer.data, "");
  buffer_finish(&buffer);
}

static void memory_is_given_back(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 100000);
  char *room = buffer_reserve(&buffer, 50000);
  memset(room, 'x', 50000);
  buffer.length = 50000;
  buffer_shrink(&buffer, 100);
  assert_int_equal(buffer.capacity, 50001);
  buffer_clear(&buffer);
  buffer_append_text(&buffer, "abc");
  buffer_shrink(&buffer, 100);
  assert_int_equal(buffer.capacity, 100);
  assert_string_equal(buffer.data, "abc");
  buffer_shrink(&buffer, 1000);
  assert_int_equal(buffer.capacity, 100);
  buffer_clear(&buffer);
  buffer_shrink(&buffer, 0);
  assert_null(buffer.data);
  buffer_finish(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_buffer_is_not_absent),
      cmocka_unit_test(appends_add_up),
      cmocka_unit_test(the_maximum_is_exact),
      cmocka_unit_test(a_failure_stays_until_cleared),
      cmocka_unit_test(reserved_room_is_written_by_the_caller),
      cmocka_unit_test(the_front_is_consumed),
      cmocka_unit_test(memory_is_given_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
