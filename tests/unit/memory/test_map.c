#include "protocol/memory/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 500

static char names[KEYS][8];

static StringView key_of(size_t index) {
  snprintf(names[index], sizeof names[index], "k%zu", index);
  return string_view_from(names[index]);
}

static void an_empty_map_has_nothing(void **state) {
  (void)state;
  Map map = {0};
  assert_null(map_get(&map, SV("a")));
  assert_null(map_get(&map, (StringView){0}));
  assert_false(map_remove(&map, SV("a")));
  size_t cursor = 0;
  assert_null(map_next(&map, &cursor));
  map_clear(&map);
  map_finish(&map);
}

static void keys_are_put_once(void **state) {
  (void)state;
  Map map;
  map_init(&map);
  bool is_new = false;
  map_put(&map, SV("a"), &is_new)->number = 1;
  assert_true(is_new);
  assert_int_equal(map_put(&map, SV("a"), &is_new)->number, 1);
  assert_false(is_new);
  assert_int_equal(map_put(&map, SV(""), NULL)->number, 0);
  assert_int_equal(map.count, 2);
  map_clear(&map);
  assert_int_equal(map.count, 0);
  assert_null(map_get(&map, SV("a")));
  map_finish(&map);
}

// Against an array: random puts and removals, all keys looked up now and then.
static void a_map_is_like_an_array(void **state) {
  (void)state;
  Map map;
  map_init(&map);
  int64_t expected[KEYS] = {0};
  size_t count = 0;
  srand(7);
  for (int step = 1; step <= 60000; step++) {
    size_t index = (size_t)rand() % KEYS;
    if (rand() % 2) {
      bool is_new;
      map_put(&map, key_of(index), &is_new)->number = step;
      assert_int_equal(is_new, expected[index] == 0);
      count += is_new;
      expected[index] = step;
    } else {
      assert_int_equal(map_remove(&map, key_of(index)), expected[index] != 0);
      count -= expected[index] != 0;
      expected[index] = 0;
    }
    assert_int_equal(map.count, count);
    for (size_t other = 0; step % 1000 == 0 && other < KEYS; other++) {
      MapValue *value = map_get(&map, key_of(other));
      assert_int_equal(value ? value->number : 0, expected[other]);
    }
  }
  size_t visited = 0;
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&map, &cursor); entry; entry = map_next(&map, &cursor)) {
    visited++;
  }
  assert_int_equal(visited, count);
  map_finish(&map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_map_has_nothing),
      cmocka_unit_test(keys_are_put_once),
      cmocka_unit_test(a_map_is_like_an_array),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
