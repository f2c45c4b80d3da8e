// A growing byte buffer with a declared maximum. After the first failure (no memory, or the maximum) it stays failed
// and further appends do nothing, so a writer checks once, at the end.
#ifndef TESTGEN_PROTOCOL_MEMORY_BUFFER_H
#define TESTGEN_PROTOCOL_MEMORY_BUFFER_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"

#include <stdarg.h>
#include <stdbool.h>

typedef struct Buffer {
  char *data;       // owned; NULL while nothing was appended; terminated with a NUL that is not counted
  size_t length;    // bytes
  size_t capacity;  // bytes allocated
  size_t maximum;   // bytes; an append that would pass it fails
  int failure;      // 0, ERROR_NO_MEMORY or ERROR_LIMIT
} Buffer;

void buffer_init(Buffer *buffer, size_t maximum);
void buffer_finish(Buffer *buffer);  // accepts a zeroed buffer

void buffer_append(Buffer *buffer, StringView text);
void buffer_append_byte(Buffer *buffer, char byte);
void buffer_append_text(Buffer *buffer, const char *terminated);
void buffer_append_format(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Makes room for `size` bytes and returns where they go; the caller then adds what it wrote to `length`. NULL on
// failure.
char *buffer_reserve(Buffer *buffer, size_t size);

// Removes the first `size` bytes (clamped).
void buffer_consume(Buffer *buffer, size_t size);
void buffer_clear(Buffer *buffer);                         // length 0, failure forgotten, memory kept
void buffer_shrink(Buffer *buffer, size_t keep_capacity);  // gives memory above `keep_capacity` back

StringView buffer_view(const Buffer *buffer);  // never absent; valid until the next change
int buffer_check(const Buffer *buffer, Error *ret_error, const char *what);  // 0 or the failure with a message

#endif
