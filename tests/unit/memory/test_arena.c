#include "protocol/memory/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_zeroed(const char *memory, size_t size) {
  for (size_t index = 0; index < size; index++) {
    assert_int_equal(memory[index], 0);
  }
}

static void memory_is_zeroed_and_aligned(void **state) {
  (void)state;
  Arena arena = {0};
  for (size_t size = 0; size < 3000; size += 7) {
    char *memory = arena_allocate(&arena, size);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
    assert_zeroed(memory, size);
    memset(memory, 0xAA, size);
  }
  arena_finish(&arena);
  assert_null(arena.newest);
  assert_int_equal(arena.used, 0);
}

static void items_do_not_overlap(void **state) {
  (void)state;
  Arena arena;
  arena_init(&arena);
  static const size_t sizes[] = {1, 16, 4000, 5000, 600000, 24, 2000000, 8, 100, 1048576, 3};
  enum { COUNT = sizeof sizes / sizeof sizes[0] };
  char *items[COUNT];
  for (size_t index = 0; index < COUNT; index++) {
    items[index] = arena_allocate(&arena, sizes[index]);
    assert_non_null(items[index]);
    memset(items[index], (int)index + 1, sizes[index]);
  }
  for (size_t index = 0; index < COUNT; index++) {
    assert_int_equal(items[index][0], index + 1);
    assert_int_equal(items[index][sizes[index] - 1], index + 1);
  }
  arena_finish(&arena);
}

static void empty_items_are_unique(void **state) {
  (void)state;
  Arena arena = {0};
  void *first = arena_allocate(&arena, 0);
  void *second = arena_allocate_array(&arena, 0, 8);
  assert_non_null(first);
  assert_non_null(second);
  assert_ptr_not_equal(first, second);
  arena_finish(&arena);
}

static void overflow_is_refused(void **state) {
  (void)state;
  Arena arena = {0};
  assert_null(arena_allocate_array(&arena, SIZE_MAX / 2, 3));
  assert_null(arena_allocate(&arena, SIZE_MAX));
  assert_null(arena_allocate(&arena, SIZE_MAX - 8));
  arena_finish(&arena);
}

static void memory_is_zeroed_again_after_a_reset(void **state) {
  (void)state;
  Arena arena = {0};
  for (int round = 0; round < 5; round++) {
    for (int item = 0; item < 100; item++) {
      char *memory = arena_allocate(&arena, 300);
      assert_zeroed(memory, 300);
      memset(memory, 0xFF, 300);
    }
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
  }
  assert_non_null(arena_allocate(&arena, 3000000));
  arena_reset(&arena);
  arena_finish(&arena);
  arena_reset(&arena);
}

static void copies_are_terminated(void **state) {
  (void)state;
  Arena arena = {0};
  StringView copy = arena_copy(&arena, SV("a\0b"));
  assert_int_equal(copy.length, 3);
  assert_memory_equal(copy.data, "a\0b", 4);
  assert_null(arena_copy(&arena, (StringView){0}).data);
  StringView empty = arena_copy(&arena, SV(""));
  assert_non_null(empty.data);
  assert_int_equal(empty.length, 0);
  assert_string_equal(arena_terminated(&arena, string_view_slice(SV("hello"), 1, 3)), "el");
  assert_string_equal(arena_terminated(&arena, (StringView){0}), "");
  arena_finish(&arena);
}

static void text_is_formatted(void **state) {
  (void)state;
  Arena arena = {0};
  StringView text = arena_format(&arena, "%s-%d", "a", 42);
  assert_string_equal(text.data, "a-42");
  assert_int_equal(text.length, 4);
  assert_int_equal(arena_format(&arena, "%*s", 10000, "").length, 10000);
  assert_non_null(arena_format(&arena, "%s", "").data);
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_is_zeroed_and_aligned),
      cmocka_unit_test(items_do_not_overlap),
      cmocka_unit_test(empty_items_are_unique),
      cmocka_unit_test(overflow_is_refused),
      cmocka_unit_test(memory_is_zeroed_again_after_a_reset),
      cmocka_unit_test(copies_are_terminated),
      cmocka_unit_test(text_is_formatted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
