#include "protocol/memory/vector.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)8)
#define INSERTION_RUN ((size_t)8)  // items that are sorted by insertion before runs are merged

void vector_init(Vector *vector, size_t item_size, size_t maximum) {
  *vector = (Vector){.item_size = item_size, .maximum = maximum};
}

void vector_finish(Vector *vector) {
  free(vector->data);
  vector_init(vector, vector->item_size, vector->maximum);
}

static bool grow(Vector *vector) {
  size_t capacity = vector->capacity >= CAPACITY_MIN ? vector->capacity * 2 : CAPACITY_MIN;
  capacity = capacity < vector->maximum ? capacity : vector->maximum;
  void *data = reallocarray(vector->data, capacity, vector->item_size);
  if (!data) {
    return false;
  }
  vector->data = data;
  vector->capacity = capacity;
  return true;
}

static char *item_at(const Vector *vector, size_t index) {
  return (char *)vector->data + index * vector->item_size;
}

static void *push(Vector *vector) {
  if (vector->count >= vector->maximum || (vector->count == vector->capacity && !grow(vector))) {
    return NULL;
  }
  return item_at(vector, vector->count++);
}

void *vector_push(Vector *vector) {
  void *item = push(vector);
  return item ? memset(item, 0, vector->item_size) : NULL;
}

bool vector_push_copy(Vector *vector, const void *item) {
  void *copy = push(vector);
  if (copy) {
    memcpy(copy, item, vector->item_size);
  }
  return copy != NULL;
}

void *vector_at(const Vector *vector, size_t index) {
  assert(index < vector->count);
  return item_at(vector, index);
}

void vector_truncate(Vector *vector, size_t count) {
  if (count < vector->count) {
    vector->count = count;
  }
}

static void swap_items(char *left, char *right, size_t size) {
  for (size_t index = 0; index < size; index++) {
    char byte = left[index];
    left[index] = right[index];
    right[index] = byte;
  }
}

static void sort_by_insertion(Vector *vector, size_t start, size_t end, int (*compare)(const void *, const void *)) {
  for (size_t next = start + 1; next < end; next++) {
    for (size_t index = next; index > start; index--) {
      if (compare(item_at(vector, index - 1), item_at(vector, index)) <= 0) {
        break;
      }
      swap_items(item_at(vector, index - 1), item_at(vector, index), vector->item_size);
    }
  }
}

// Merges the sorted runs [start, middle) and [middle, end); `scratch` holds as many items as the first run.
static void merge_runs(Vector *vector, size_t start, size_t middle, size_t end, char *scratch,
                       int (*compare)(const void *, const void *)) {
  size_t size = vector->item_size;
  size_t left_count = middle - start;
  memcpy(scratch, item_at(vector, start), left_count * size);
  size_t left = 0;
  size_t right = middle;
  for (size_t target = start; left < left_count; target++) {
    bool take_right = right < end && compare(scratch + left * size, item_at(vector, right)) > 0;
    memcpy(item_at(vector, target), take_right ? item_at(vector, right) : scratch + left * size, size);
    right += take_right;
    left += !take_right;
  }
}

void vector_sort(Vector *vector, int (*compare)(const void *, const void *)) {
  size_t count = vector->count;
  char *scratch = count > INSERTION_RUN ? reallocarray(NULL, count, vector->item_size) : NULL;
  // Without scratch memory the whole vector is one run: slower, but sorting cannot fail.
  size_t run = scratch ? INSERTION_RUN : count;
  for (size_t start = 0; start < count; start += run) {
    sort_by_insertion(vector, start, start + run < count ? start + run : count, compare);
  }
  for (; run < count; run *= 2) {
    for (size_t start = 0; start + run < count; start += 2 * run) {
      size_t end = start + 2 * run < count ? start + 2 * run : count;
      merge_runs(vector, start, start + run, end, scratch, compare);
    }
  }
  free(scratch);
}

void *vector_to_arena(const Vector *vector, Arena *arena, size_t *ret_count) {
  if (vector->count == 0) {
    *ret_count = 0;
    return NULL;
  }
  void *copy = arena_allocate_array(arena, vector->count, vector->item_size);
  if (copy) {
    memcpy(copy, vector->data, vector->count * vector->item_size);
    *ret_count = vector->count;
  }
  return copy;
}
