// An arena: many allocations, one release. Everything that a request needs lives in the request's arena.
//
// Blocks grow from 4 KiB to 1 MiB. Nothing can be freed alone. Built with TESTGEN_ARENA_MALLOC (the sanitizer presets),
// every allocation is a malloc of its own, so that the sanitizers see each item's bounds.
#ifndef TESTGEN_PROTOCOL_MEMORY_ARENA_H
#define TESTGEN_PROTOCOL_MEMORY_ARENA_H

#include "protocol/memory/string_view.h"

#include <stdarg.h>
#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
  ArenaBlock *newest;  // NULL while empty; a zeroed Arena is a valid empty one
  size_t used;         // bytes handed out, alignment included
} Arena;

void arena_init(Arena *arena);
void arena_finish(Arena *arena);  // frees everything; the arena is empty and usable again
void arena_reset(Arena *arena);   // the same, but keeps one block for reuse

// Zeroed memory aligned for any type, valid until the arena is finished or reset. NULL when memory is exhausted or
// count * size overflows. A size of 0 gives a unique non-NULL pointer.
void *arena_allocate(Arena *arena, size_t size);
void *arena_allocate_array(Arena *arena, size_t count, size_t size);

// Copies, each with a terminating NUL that is not counted. `data == NULL` on failure. An absent view stays absent.
StringView arena_copy(Arena *arena, StringView text);
StringView arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
StringView arena_format_arguments(Arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

// A terminated copy for C interfaces. NULL on failure.
char *arena_terminated(Arena *arena, StringView text);

#endif
