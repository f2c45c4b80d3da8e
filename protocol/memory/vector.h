// A growable array of one item type, with a declared maximum.
//
//   Vector findings;
//   vector_init(&findings, sizeof(Finding), 10000);
//   Finding *finding = vector_push(&findings);   // zeroed; NULL when full or out of memory
#ifndef TESTGEN_PROTOCOL_MEMORY_VECTOR_H
#define TESTGEN_PROTOCOL_MEMORY_VECTOR_H

#include "protocol/memory/arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Vector {
  void *data;        // owned
  size_t count;      // items
  size_t capacity;   // items
  size_t maximum;    // items
  size_t item_size;  // bytes
} Vector;

void vector_init(Vector *vector, size_t item_size, size_t maximum);
void vector_finish(Vector *vector);  // does not look into the items; accepts a zeroed vector

// A zeroed new last item, valid until the next push. NULL when the maximum is reached or memory is exhausted.
void *vector_push(Vector *vector);
bool vector_push_copy(Vector *vector, const void *item);

void *vector_at(const Vector *vector, size_t index);  // index < count
void vector_truncate(Vector *vector, size_t count);
void vector_sort(Vector *vector, int (*compare)(const void *, const void *));  // stable

// A copy of the items in the arena. NULL on failure, and for an empty vector (then `*ret_count` is 0 and that is no
// failure).
void *vector_to_arena(const Vector *vector, Arena *arena, size_t *ret_count);

#endif
