#include "protocol/memory/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)64)

void buffer_init(Buffer *buffer, size_t maximum) {
  *buffer = (Buffer){.maximum = maximum};
}

void buffer_finish(Buffer *buffer) {
  free(buffer->data);
  buffer_init(buffer, buffer->maximum);
}

static bool set_capacity(Buffer *buffer, size_t capacity) {
  char *data = realloc(buffer->data, capacity);
  if (!data) {
    return false;
  }
  buffer->data = data;
  buffer->capacity = capacity;
  return true;
}

// Doubles, so that many small appends cost little, but never past what the maximum and its terminator need.
static bool make_room(Buffer *buffer, size_t needed) {
  if (needed <= buffer->capacity) {
    return true;
  }
  size_t largest = buffer->maximum < SIZE_MAX ? buffer->maximum + 1 : SIZE_MAX;
  size_t doubled = buffer->capacity <= largest / 2 ? buffer->capacity * 2 : largest;
  size_t capacity = doubled > CAPACITY_MIN ? doubled : CAPACITY_MIN;
  capacity = capacity < largest ? capacity : largest;
  return set_capacity(buffer, capacity > needed ? capacity : needed);
}

char *buffer_reserve(Buffer *buffer, size_t size) {
  if (buffer->failure) {
    return NULL;
  }
  if (size > buffer->maximum - buffer->length || size >= SIZE_MAX - buffer->length) {
    buffer->failure = ERROR_LIMIT;
    return NULL;
  }
  if (!make_room(buffer, buffer->length + size + 1)) {
    buffer->failure = ERROR_NO_MEMORY;
    return NULL;
  }
  buffer->data[buffer->length + size] = '\0';
  return buffer->data + buffer->length;
}

void buffer_append(Buffer *buffer, StringView text) {
  char *room = buffer_reserve(buffer, text.length);
  if (room && text.length > 0) {
    memcpy(room, text.data, text.length);
    buffer->length += text.length;
  }
}

void buffer_append_byte(Buffer *buffer, char byte) {
  char *room = buffer_reserve(buffer, 1);
  if (room) {
    *room = byte;
    buffer->length++;
  }
}

void buffer_append_text(Buffer *buffer, const char *terminated) {
  buffer_append(buffer, string_view_from(terminated));
}

void buffer_append_format(Buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *room = length >= 0 ? buffer_reserve(buffer, (size_t)length) : NULL;
  if (room) {
    vsnprintf(room, (size_t)length + 1, format, again);
    buffer->length += (size_t)length;
  }
  va_end(again);
}

void buffer_consume(Buffer *buffer, size_t size) {
  if (!buffer->data) {
    return;
  }
  size_t consumed = size < buffer->length ? size : buffer->length;
  buffer->length -= consumed;
  memmove(buffer->data, buffer->data + consumed, buffer->length + 1);
}

void buffer_clear(Buffer *buffer) {
  buffer->length = 0;
  buffer->failure = 0;
  if (buffer->data) {
    buffer->data[0] = '\0';
  }
}

void buffer_shrink(Buffer *buffer, size_t keep_capacity) {
  size_t needed = buffer->length > 0 ? buffer->length + 1 : 0;
  size_t capacity = needed > keep_capacity ? needed : keep_capacity;
  if (capacity >= buffer->capacity) {
    return;
  }
  if (capacity == 0) {
    free(buffer->data);
    buffer->data = NULL;
    buffer->capacity = 0;
    return;
  }
  set_capacity(buffer, capacity);
}

StringView buffer_view(const Buffer *buffer) {
  return buffer->data ? (StringView){buffer->data, buffer->length} : SV("");
}

int buffer_check(const Buffer *buffer, Error *ret_error, const char *what) {
  switch (buffer->failure) {
  case 0: return 0;
  case ERROR_LIMIT:
    return error_set(ret_error, ERROR_LIMIT, "%s: larger than the limit of %zu bytes", what, buffer->maximum);
  default: return error_set(ret_error, ERROR_NO_MEMORY, "%s: memory is exhausted", what);
  }
}
