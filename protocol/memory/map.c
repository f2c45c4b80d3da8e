#include "protocol/memory/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)16)

void map_init(Map *map) {
  *map = (Map){0};
}

void map_finish(Map *map) {
  free(map->entries);
  map_init(map);
}

void map_clear(Map *map) {
  if (map->entries) {
    memset(map->entries, 0, map->capacity * sizeof *map->entries);
  }
  map->count = 0;
}

// The slot that holds the key, or the empty one where it belongs. Linear probing ends, as a quarter is always empty.
static MapEntry *find_slot(const Map *map, StringView key, uint64_t hash) {
  size_t index = hash & (map->capacity - 1);
  for (;; index = (index + 1) & (map->capacity - 1)) {
    MapEntry *entry = &map->entries[index];
    if (!entry->key.data || (entry->hash == hash && string_view_equal(entry->key, key))) {
      return entry;
    }
  }
}

MapValue *map_get(const Map *map, StringView key) {
  if (map->count == 0 || !key.data) {
    return NULL;
  }
  MapEntry *entry = find_slot(map, key, string_view_hash(key));
  return entry->key.data ? &entry->value : NULL;
}

static bool grow(Map *map) {
  Map larger = {.capacity = map->capacity ? map->capacity * 2 : CAPACITY_MIN, .count = map->count};
  larger.entries = calloc(larger.capacity, sizeof *larger.entries);
  if (!larger.entries) {
    return false;
  }
  size_t cursor = 0;
  for (MapEntry *entry = map_next(map, &cursor); entry; entry = map_next(map, &cursor)) {
    *find_slot(&larger, entry->key, entry->hash) = *entry;
  }
  free(map->entries);
  *map = larger;
  return true;
}

MapValue *map_put(Map *map, StringView key, bool *ret_is_new) {
  assert(key.data);
  uint64_t hash = string_view_hash(key);
  MapEntry *entry = map->capacity > 0 ? find_slot(map, key, hash) : NULL;
  bool is_new = !entry || !entry->key.data;
  if (is_new && (map->count + 1) * 4 > map->capacity * 3) {
    if (!grow(map)) {
      return NULL;
    }
    entry = find_slot(map, key, hash);
  }
  if (ret_is_new) {
    *ret_is_new = is_new;
  }
  if (is_new) {
    *entry = (MapEntry){.key = key, .hash = hash};
    map->count++;
  }
  return &entry->value;
}

// Moves the entries behind the hole up, so that no probe sequence is cut and no tombstones are needed.
static void close_hole(Map *map, size_t hole) {
  size_t mask = map->capacity - 1;
  for (size_t index = (hole + 1) & mask; map->entries[index].key.data; index = (index + 1) & mask) {
    size_t home = map->entries[index].hash & mask;
    if (((index - home) & mask) >= ((index - hole) & mask)) {
      map->entries[hole] = map->entries[index];
      hole = index;
    }
  }
  map->entries[hole] = (MapEntry){0};
}

bool map_remove(Map *map, StringView key) {
  if (map->count == 0 || !key.data) {
    return false;
  }
  MapEntry *entry = find_slot(map, key, string_view_hash(key));
  if (!entry->key.data) {
    return false;
  }
  close_hole(map, (size_t)(entry - map->entries));
  map->count--;
  return true;
}

MapEntry *map_next(const Map *map, size_t *cursor) {
  while (*cursor < map->capacity) {
    MapEntry *entry = &map->entries[(*cursor)++];
    if (entry->key.data) {
      return entry;
    }
  }
  return NULL;
}
