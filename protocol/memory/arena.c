#include "protocol/memory/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)4 << 10)  // bytes, header included
#define BLOCK_MAX ((size_t)1 << 20)

struct ArenaBlock {
  ArenaBlock *older;
  size_t size;  // bytes of `data`
  size_t used;
  alignas(max_align_t) char data[];
};

#ifdef TESTGEN_ARENA_MALLOC
static const bool is_one_malloc_each = true;
#else
static const bool is_one_malloc_each = false;
#endif

void arena_init(Arena *arena) {
  *arena = (Arena){0};
}

static void free_blocks(ArenaBlock *block) {
  while (block) {
    ArenaBlock *older = block->older;
    free(block);
    block = older;
  }
}

void arena_finish(Arena *arena) {
  free_blocks(arena->newest);
  arena_init(arena);
}

void arena_reset(Arena *arena) {
  ArenaBlock *kept = arena->newest;
  if (is_one_malloc_each || !kept || kept->size > BLOCK_MAX) {
    arena_finish(arena);
    return;
  }
  free_blocks(kept->older);
  kept->older = NULL;
  kept->used = 0;
  arena->used = 0;
}

static size_t next_block_size(const Arena *arena, size_t wanted) {
  if (is_one_malloc_each) {
    return wanted;
  }
  size_t size = BLOCK_MIN - sizeof(ArenaBlock);
  if (arena->newest && arena->newest->size >= size) {
    size = arena->newest->size * 2 + sizeof(ArenaBlock);
  }
  if (size > BLOCK_MAX - sizeof(ArenaBlock)) {
    size = BLOCK_MAX - sizeof(ArenaBlock);
  }
  return size > wanted ? size : wanted;
}

static ArenaBlock *add_block(Arena *arena, size_t wanted) {
  size_t size = next_block_size(arena, wanted);
  if (size > SIZE_MAX - sizeof(ArenaBlock)) {
    return NULL;
  }
  ArenaBlock *block = malloc(sizeof(ArenaBlock) + size);
  if (!block) {
    return NULL;
  }
  block->size = size;
  block->used = 0;
  if (wanted > BLOCK_MAX / 2 && arena->newest) {
    // A block of its own for one large item goes behind the newest, whose room is still of use.
    block->older = arena->newest->older;
    arena->newest->older = block;
  } else {
    block->older = arena->newest;
    arena->newest = block;
  }
  return block;
}

void *arena_allocate(Arena *arena, size_t size) {
  const size_t alignment = alignof(max_align_t);
  size_t wanted = size > 0 ? size : 1;
  if (!is_one_malloc_each) {
    if (wanted > SIZE_MAX - alignment) {
      return NULL;
    }
    wanted = (wanted + alignment - 1) & ~(alignment - 1);
  }
  ArenaBlock *block = arena->newest;
  if (!block || block->size - block->used < wanted) {
    block = add_block(arena, wanted);
  }
  if (!block) {
    return NULL;
  }
  void *memory = block->data + block->used;
  block->used += wanted;
  arena->used += wanted;
  return memset(memory, 0, wanted);
}

void *arena_allocate_array(Arena *arena, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    return NULL;
  }
  return arena_allocate(arena, total);
}

StringView arena_copy(Arena *arena, StringView text) {
  char *copy = text.data ? arena_terminated(arena, text) : NULL;
  return (StringView){copy, copy ? text.length : 0};
}

char *arena_terminated(Arena *arena, StringView text) {
  char *copy = arena_allocate(arena, text.length + 1);
  if (copy && text.length > 0) {
    memcpy(copy, text.data, text.length);
  }
  return copy;
}

StringView arena_format_arguments(Arena *arena, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = length >= 0 ? arena_allocate(arena, (size_t)length + 1) : NULL;
  if (!text) {
    return (StringView){0};
  }
  vsnprintf(text, (size_t)length + 1, format, arguments);
  return (StringView){text, (size_t)length};
}

StringView arena_format(Arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  StringView text = arena_format_arguments(arena, format, arguments);
  va_end(arguments);
  return text;
}
