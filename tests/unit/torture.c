#include "tests/unit/torture.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

Torture torture;

void torture_count(void) {
  torture.live = 0;
  torture.is_counting = true;
}

void torture_arm(TortureKind kind, long countdown, bool is_lasting) {
  torture.kind = kind;
  torture.countdown = countdown;
  torture.is_lasting = is_lasting;
  torture.has_failed = false;
  torture.is_armed = true;
}

void torture_disarm(void) {
  torture.is_armed = false;
}

bool torture_may_succeed(TortureKind kind) {
  if (!torture.is_armed || torture.kind != kind) {
    return true;
  }
  torture.countdown--;
  if (torture.countdown == 0 || (torture.is_lasting && torture.countdown < 0)) {
    torture.has_failed = true;
    return false;
  }
  return true;
}

#if TORTURE_HAS_MALLOC
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *item, size_t size);
extern void __libc_free(void *item);

static bool may_allocate(void) {
  bool may = torture_may_succeed(TORTURE_MEMORY);
  if (!may) {
    errno = ENOMEM;
  }
  return may;
}

static void *count_new(void *item) {
  torture.live += torture.is_counting && item;
  return item;
}

void *malloc(size_t size) {
  return may_allocate() ? count_new(__libc_malloc(size)) : NULL;
}

void *calloc(size_t count, size_t size) {
  return may_allocate() ? count_new(__libc_calloc(count, size)) : NULL;
}

void *realloc(void *item, size_t size) {
  if (!may_allocate()) {
    return NULL;
  }
  void *moved = __libc_realloc(item, size);
  return item ? moved : count_new(moved);
}

void *reallocarray(void *item, size_t count, size_t size) {
  size_t total;
  return __builtin_mul_overflow(count, size, &total) ? NULL : realloc(item, total);
}

void free(void *item) {
  torture.live -= torture.is_counting && item;
  __libc_free(item);
}
#endif
