// Whatever parses is written to text that parses to the same value, and is written the same again.
#include "protocol/json/json.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static double as_double(const JsonValue *value) {
  return value->kind == JSON_INTEGER ? (double)value->integer : value->number;
}

static bool is_number(const JsonValue *value) {
  return value->kind == JSON_INTEGER || value->kind == JSON_DOUBLE;
}

static void require_equal(const JsonValue *left, const JsonValue *right);

static void require_equal_members(const JsonValue *left, const JsonValue *right) {
  require(left->object.count == right->object.count);
  for (size_t index = 0; index < left->object.count; index++) {
    require(string_view_equal(left->object.members[index].name, right->object.members[index].name));
    require_equal(&left->object.members[index].value, &right->object.members[index].value);
  }
}

static void require_equal_items(const JsonValue *left, const JsonValue *right) {
  require(left->array.count == right->array.count);
  for (size_t index = 0; index < left->array.count; index++) {
    require_equal(&left->array.items[index], &right->array.items[index]);
  }
}

static void require_equal(const JsonValue *left, const JsonValue *right) {
  if (is_number(left)) {
    require(is_number(right) && as_double(left) == as_double(right));  // 1.0 is written as 1
    return;
  }
  require(left->kind == right->kind);
  switch (left->kind) {
  case JSON_BOOL: require(left->boolean == right->boolean); break;
  case JSON_STRING:
    require(string_view_is_utf8(left->string));
    require(string_view_equal(left->string, right->string));
    break;
  case JSON_ARRAY: require_equal_items(left, right); break;
  case JSON_OBJECT: require_equal_members(left, right); break;
  default: break;
  }
}

static void write(const JsonValue *value, int indent, Buffer *ret_buffer) {
  buffer_init(ret_buffer, 16u << 20);
  JsonWriter writer;
  json_writer_init(&writer, ret_buffer, indent);
  json_write_value(&writer, value);
  require(ret_buffer->failure == 0);
}

static void check_round_trip(const JsonValue *value, Arena *arena, int indent) {
  Buffer first;
  write(value, indent, &first);
  JsonValue again;
  require(json_parse(buffer_view(&first), arena, &again, NULL) == 0);
  require_equal(value, &again);
  Buffer second;
  write(&again, indent, &second);
  require(string_view_equal(buffer_view(&first), buffer_view(&second)));
  buffer_finish(&first);
  buffer_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  JsonValue value;
  Error error = {0};
  StringView text = {(const char *)data, size};
  int status = json_parse(text, &arena, &value, &error);
  require(status == error.code);
  if (status == 0) {
    require(value.offset < size);
    check_round_trip(&value, &arena, 0);
    check_round_trip(&value, &arena, 2);
  } else {
    require(error.message[0] != '\0');
  }
  arena_finish(&arena);
  return 0;
}
