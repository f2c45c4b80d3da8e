// A hash map from byte strings to a pointer or number. Keys are borrowed: they must outlive the map.
#ifndef TESTGEN_PROTOCOL_MEMORY_MAP_H
#define TESTGEN_PROTOCOL_MEMORY_MAP_H

#include "protocol/memory/string_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef union MapValue {
  void *pointer;
  int64_t number;
} MapValue;

typedef struct MapEntry {
  StringView key;  // data == NULL: an empty slot
  uint64_t hash;
  MapValue value;
} MapEntry;

typedef struct Map {
  MapEntry *entries;  // owned; `capacity` slots, a power of two
  size_t count;
  size_t capacity;
} Map;

void map_init(Map *map);
void map_finish(Map *map);  // accepts a zeroed map
void map_clear(Map *map);

MapValue *map_get(const Map *map, StringView key);  // NULL when absent; valid until the next change

// The value slot of the key, made (zeroed) if new; `*ret_is_new` may be NULL. NULL when memory is exhausted.
MapValue *map_put(Map *map, StringView key, bool *ret_is_new);
bool map_remove(Map *map, StringView key);

// Visits every entry in no particular order: start with `*cursor` 0; NULL at the end. The map must not change
// meanwhile.
MapEntry *map_next(const Map *map, size_t *cursor);

#endif
