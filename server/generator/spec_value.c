// JSON values as Python literals.
#include "server/generator/spec_internal.h"

#include <stdio.h>

#define LITERAL_MAX (1u << 20)  // bytes

static void append_escaped(Buffer *buffer, unsigned char byte, char quote) {
  static const struct {
    char byte;
    const char *escape;
  } escapes[] = {{'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\\', "\\\\"}};
  for (size_t index = 0; index < sizeof escapes / sizeof *escapes; index++) {
    if (byte == (unsigned char)escapes[index].byte) {
      buffer_append_text(buffer, escapes[index].escape);
      return;
    }
  }
  if (byte == (unsigned char)quote)
    buffer_append_byte(buffer, '\\');
  if (byte < 0x20 || byte == 0x7f)
    buffer_append_format(buffer, "\\x%02x", byte);
  else
    buffer_append_byte(buffer, (char)byte);
}

void spec_append_python_string(Buffer *buffer, StringView text) {
  bool has_double = string_view_find_byte(text, '"') < text.length;
  bool has_single = string_view_find_byte(text, '\'') < text.length;
  char quote = has_double && !has_single ? '\'' : '"';
  buffer_append_byte(buffer, quote);
  for (size_t index = 0; index < text.length; index++)
    append_escaped(buffer, (unsigned char)text.data[index], quote);
  buffer_append_byte(buffer, quote);
}

static void append_value(Buffer *buffer, const JsonValue *value);

static void append_array(Buffer *buffer, const JsonValue *value) {
  buffer_append_byte(buffer, '[');
  for (size_t index = 0; index < value->array.count; index++) {
    buffer_append_text(buffer, index > 0 ? ", " : "");
    append_value(buffer, &value->array.items[index]);
  }
  buffer_append_byte(buffer, ']');
}

static void append_object(Buffer *buffer, const JsonValue *value) {
  buffer_append_byte(buffer, '{');
  for (size_t index = 0; index < value->object.count; index++) {
    buffer_append_text(buffer, index > 0 ? ", " : "");
    spec_append_python_string(buffer, value->object.members[index].name);
    buffer_append_text(buffer, ": ");
    append_value(buffer, &value->object.members[index].value);
  }
  buffer_append_byte(buffer, '}');
}

// The writer's shortest form is also Python's, but for whole numbers, which Python would read as int.
static void append_number(Buffer *buffer, double number) {
  JsonWriter writer;
  size_t start = buffer->length;
  json_writer_init(&writer, buffer, 0);
  json_write_double(&writer, number);
  StringView written = string_view_slice(buffer_view(buffer), start, buffer->length);
  if (string_view_find_byte(written, '.') == written.length && string_view_find_byte(written, 'e') == written.length)
    buffer_append_text(buffer, ".0");
}

static void append_value(Buffer *buffer, const JsonValue *value) {
  switch (value->kind) {
  case JSON_BOOL: buffer_append_text(buffer, value->boolean ? "True" : "False"); break;
  case JSON_INTEGER: buffer_append_format(buffer, "%lld", (long long)value->integer); break;
  case JSON_DOUBLE: append_number(buffer, value->number); break;
  case JSON_STRING: spec_append_python_string(buffer, value->string); break;
  case JSON_ARRAY: append_array(buffer, value); break;
  case JSON_OBJECT: append_object(buffer, value); break;
  default: buffer_append_text(buffer, "None"); break;
  }
}

StringView spec_python_literal(const JsonValue *value, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, LITERAL_MAX);
  append_value(&buffer, value);
  StringView copy = buffer.failure ? (StringView){0} : arena_copy(arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  return copy;
}
