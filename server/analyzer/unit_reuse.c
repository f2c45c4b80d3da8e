#include "server/analyzer/unit_reuse.h"

#include <string.h>

#define STRIDE 4096u  // bytes that are compared at once

static uint32_t common_head(StringView left, StringView right) {
  size_t most = left.length < right.length ? left.length : right.length, at = 0;
  while (at + STRIDE <= most && memcmp(left.data + at, right.data + at, STRIDE) == 0) {
    at += STRIDE;
  }
  while (at < most && left.data[at] == right.data[at]) {
    at++;
  }
  return (uint32_t)at;
}

static uint32_t common_tail(StringView left, StringView right, uint32_t head) {
  size_t most = (left.length < right.length ? left.length : right.length) - head, at = 0;
  const char *left_end = left.data + left.length, *right_end = right.data + right.length;
  while (at + STRIDE <= most && memcmp(left_end - at - STRIDE, right_end - at - STRIDE, STRIDE) == 0) {
    at += STRIDE;
  }
  while (at < most && left_end[-1 - (ptrdiff_t)at] == right_end[-1 - (ptrdiff_t)at]) {
    at++;
  }
  return (uint32_t)at;
}

void unit_reuse_init(UnitReuse *reuse, const FileAnalysis *previous, StringView text) {
  *reuse = (UnitReuse){.previous = previous, .text = text};
  map_init(&reuse->window);
  if (previous) {
    reuse->old_text = source_text_view(previous->source);
    reuse->head = common_head(reuse->old_text, text);
    reuse->tail = common_tail(reuse->old_text, text, reuse->head);
  }
}

void unit_reuse_finish(UnitReuse *reuse) {
  map_finish(&reuse->window);
}

uint64_t unit_hash(StringView text, FactsKind kind) {
  return string_view_hash(text) + (uint64_t)kind;
}

// What was read around a syntax error depends on more than its own text.
static Facts *retain(const Unit *unit) {
  return unit->facts->is_broken ? NULL : facts_retain(unit->facts);
}

static Facts *find_at(UnitReuse *reuse, uint32_t start, uint32_t length, FactsKind kind) {
  const FileAnalysis *previous = reuse->previous;
  while (reuse->next < previous->unit_count && previous->units[reuse->next].start < start) {
    reuse->next++;
  }
  if (reuse->next == previous->unit_count) {
    return NULL;
  }
  const Unit *unit = &previous->units[reuse->next];
  bool is_same = unit->start == start && unit->facts->length == length && unit->facts->kind == kind;
  return is_same ? retain(unit) : NULL;
}

static StringView hash_view(const uint64_t *hash) {
  return (StringView){(const char *)hash, sizeof(*hash)};
}

// A window that could not be made costs time and nothing else.
static void make_window(UnitReuse *reuse) {
  uint32_t tail_start = (uint32_t)reuse->old_text.length - reuse->tail;
  reuse->has_window = true;
  for (size_t i = 0; i < reuse->previous->unit_count; i++) {
    const Unit *unit = &reuse->previous->units[i];
    bool is_within = unit->start + unit->facts->length > reuse->head && unit->start < tail_start;
    MapValue *value = is_within ? map_put(&reuse->window, hash_view(&unit->facts->hash), NULL) : NULL;
    if (value) {
      value->number = (int64_t)i;
    }
  }
}

// The bytes are compared, so that a collision does no harm.
static Facts *find_by_text(UnitReuse *reuse, StringView text, FactsKind kind) {
  if (!reuse->has_window) {
    make_window(reuse);
  }
  uint64_t hash = unit_hash(text, kind);
  const MapValue *value = map_get(&reuse->window, hash_view(&hash));
  if (!value) {
    return NULL;
  }
  const Unit *unit = &reuse->previous->units[value->number];
  StringView old = string_view_slice(reuse->old_text, unit->start, unit->start + text.length);
  return string_view_equal(old, text) && unit->facts->kind == kind ? retain(unit) : NULL;
}

Facts *unit_reuse_find(UnitReuse *reuse, uint32_t start, uint32_t end, FactsKind kind) {
  if (!reuse->previous) {
    return NULL;
  }
  Facts *facts = NULL;
  size_t shift = reuse->old_text.length - reuse->text.length;  // modulo 2^64: it may be negative
  if (end <= reuse->head) {
    facts = find_at(reuse, start, end - start, kind);
  } else if (start >= reuse->text.length - reuse->tail) {
    facts = find_at(reuse, (uint32_t)(start + shift), end - start, kind);
  }
  return facts ? facts : find_by_text(reuse, string_view_slice(reuse->text, start, end), kind);
}
