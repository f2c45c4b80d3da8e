#include "protocol/memory/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Item {
  int key;
  int order;
  char padding[5];
} Item;

static int compare_keys(const void *left, const void *right) {
  return ((const Item *)left)->key - ((const Item *)right)->key;
}

static void new_items_are_zeroed(void **state) {
  (void)state;
  Vector vector;
  vector_init(&vector, sizeof(Item), 100);
  for (int round = 0; round < 2; round++) {
    for (int index = 0; index < 50; index++) {
      Item *item = vector_push(&vector);
      assert_int_equal(item->key, 0);
      item->key = index + 1;
    }
    vector_truncate(&vector, 0);
  }
  vector_finish(&vector);
  vector_finish(&(Vector){0});
}

static void the_maximum_is_exact(void **state) {
  (void)state;
  for (size_t maximum = 0; maximum < 40; maximum++) {
    Vector vector;
    vector_init(&vector, 1, maximum);
    for (size_t index = 0; index < maximum; index++) {
      assert_true(vector_push_copy(&vector, "x"));
    }
    assert_null(vector_push(&vector));
    assert_false(vector_push_copy(&vector, "y"));
    assert_int_equal(vector.count, maximum);
    vector_finish(&vector);
  }
}

static void check_sorted(const Vector *vector) {
  for (size_t index = 1; index < vector->count; index++) {
    const Item *before = vector_at(vector, index - 1);
    const Item *item = vector_at(vector, index);
    assert_true(before->key < item->key || (before->key == item->key && before->order < item->order));
  }
}

static void sorting_is_stable(void **state) {
  (void)state;
  srand(1);
  for (int count = 0; count < 300; count += count < 40 ? 1 : 37) {
    for (int keys = 1; keys < 50; keys += 7) {
      Vector vector;
      vector_init(&vector, sizeof(Item), 1000);
      for (int index = 0; index < count; index++) {
        assert_true(vector_push_copy(&vector, &(Item){.key = rand() % keys, .order = index}));
      }
      vector_sort(&vector, compare_keys);
      assert_int_equal(vector.count, count);
      check_sorted(&vector);
      vector_finish(&vector);
    }
  }
}

static void items_are_copied_to_an_arena(void **state) {
  (void)state;
  Vector vector;
  vector_init(&vector, sizeof(int), 10);
  Arena arena = {0};
  size_t count = 99;
  assert_null(vector_to_arena(&vector, &arena, &count));
  assert_int_equal(count, 0);
  vector_push_copy(&vector, &(int){7});
  vector_push_copy(&vector, &(int){8});
  int *copy = vector_to_arena(&vector, &arena, &count);
  vector_finish(&vector);
  assert_int_equal(count, 2);
  assert_int_equal(copy[0], 7);
  assert_int_equal(copy[1], 8);
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(new_items_are_zeroed),
      cmocka_unit_test(the_maximum_is_exact),
      cmocka_unit_test(sorting_is_stable),
      cmocka_unit_test(items_are_copied_to_an_arena),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
