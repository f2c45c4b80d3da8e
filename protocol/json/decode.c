#include "protocol/json/json.h"

#include <stdio.h>
#include <string.h>

// The way to the value that is being decoded, from the inside out: a member's name, or an index where `name` is NULL.
// The outermost one has no parent and stands for the whole value.
typedef struct Path {
  const struct Path *parent;
  const char *name;
  size_t index;
} Path;

typedef struct Decoder {
  const JsonType *outermost;
  Arena *arena;
  Error *ret_error;
  bool is_strict;
  uint32_t failed_offset;
} Decoder;

typedef int DecodeFunction(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                           void *ret_target);

static int decode_struct(Decoder *decoder, const Path *path, const JsonType *type, const JsonValue *value,
                         char *ret_struct);

// ---- Failures ----

static void append_path(Buffer *buffer, const Path *path) {
  if (!path->parent) {
    return;
  }
  append_path(buffer, path->parent);
  if (path->name) {
    buffer_append_format(buffer, "%s%s", buffer->length > 0 ? "." : "", path->name);
  } else {
    buffer_append_format(buffer, "[%zu]", path->index);
  }
}

static int fail_memory(Decoder *decoder) {
  return error_set(decoder->ret_error, ERROR_NO_MEMORY, "memory is exhausted while JSON is decoded");
}

static int fail(Decoder *decoder, const Path *path, const JsonValue *where, const char *what) {
  decoder->failed_offset = where->offset;
  if (!decoder->ret_error) {
    return ERROR_INVALID_ARGUMENT;
  }
  Buffer place;
  buffer_init(&place, 4096);
  append_path(&place, path);
  if (!path->parent) {
    buffer_append_text(&place, decoder->outermost->name);
  }
  int status =
      buffer_check(&place, NULL, "path") == ERROR_NO_MEMORY
          ? fail_memory(decoder)
          : error_set(decoder->ret_error, ERROR_INVALID_ARGUMENT, "%.*s: %s", SV_ARGUMENTS(buffer_view(&place)), what);
  buffer_finish(&place);
  return status;
}

static void describe_value(const JsonValue *value, char *text, size_t size) {
  StringView shown = string_view_slice(value->string, 0, 40);
  switch (value->kind) {
  case JSON_INTEGER: snprintf(text, size, "%lld", (long long)value->integer); break;
  case JSON_DOUBLE: snprintf(text, size, "%.17g", value->number); break;
  case JSON_STRING:
    shown.length = string_view_utf8_prefix(shown);
    snprintf(text, size, "\"%.*s\"%s", SV_ARGUMENTS(shown), shown.length < value->string.length ? "..." : "");
    break;
  default: snprintf(text, size, "%s", json_kind_name(value->kind)); break;
  }
}

static int fail_expected(Decoder *decoder, const Path *path, const JsonValue *value, const char *expected) {
  char found[80];
  describe_value(value, found, sizeof found);
  char what[ERROR_MESSAGE_MAX];
  snprintf(what, sizeof what, "expected %s, found %s", expected, found);
  return fail(decoder, path, value, what);
}

// ---- One function per kind ----

static int decode_bool(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                       void *ret_target) {
  (void)field;
  if (value->kind != JSON_BOOL) {
    return fail_expected(decoder, path, value, "true or false");
  }
  *(bool *)ret_target = value->boolean;
  return 0;
}

// Also takes 1.0 and 1e3: not every peer's numbers keep the difference.
static bool read_integer(const JsonValue *value, int64_t *ret_integer) {
  if (value->kind == JSON_INTEGER) {
    *ret_integer = value->integer;
    return true;
  }
  const double limit = 9223372036854775808.0;  // 2^63
  if (value->kind != JSON_DOUBLE || value->number < -limit || value->number >= limit) {
    return false;
  }
  int64_t integer = (int64_t)value->number;
  if ((double)integer != value->number) {
    return false;
  }
  *ret_integer = integer;
  return true;
}

static int decode_integer(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                          void *ret_target) {
  (void)field;
  return read_integer(value, ret_target) ? 0 : fail_expected(decoder, path, value, "an integer");
}

static int decode_uinteger(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                           void *ret_target) {
  (void)field;
  int64_t integer;
  if (!read_integer(value, &integer) || integer < 0 || integer > INT32_MAX) {
    return fail_expected(decoder, path, value, "an integer from 0 to 2147483647");
  }
  *(uint32_t *)ret_target = (uint32_t)integer;
  return 0;
}

static int decode_double(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                         void *ret_target) {
  (void)field;
  if (value->kind != JSON_INTEGER && value->kind != JSON_DOUBLE) {
    return fail_expected(decoder, path, value, "a number");
  }
  *(double *)ret_target = value->kind == JSON_INTEGER ? (double)value->integer : value->number;
  return 0;
}

static int decode_optional_integer(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                                   void *ret_target) {
  OptionalInteger *optional = ret_target;
  int status = decode_integer(decoder, path, field, value, &optional->value);
  optional->present = status == 0;
  return status;
}

static int decode_optional_double(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                                  void *ret_target) {
  OptionalNumber *optional = ret_target;
  int status = decode_double(decoder, path, field, value, &optional->value);
  optional->present = status == 0;
  return status;
}

static int decode_string(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                         void *ret_target) {
  (void)field;
  if (value->kind != JSON_STRING) {
    return fail_expected(decoder, path, value, "a string");
  }
  *(StringView *)ret_target = value->string;
  return 0;
}

static int fail_enum(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value) {
  Buffer expected;
  buffer_init(&expected, ERROR_MESSAGE_MAX);
  buffer_append_text(&expected, field->names[1] ? "one of" : "the string");
  for (size_t index = 0; field->names[index]; index++) {
    buffer_append_format(&expected, "%s \"%s\"", index > 0 ? "," : "", field->names[index]);
  }
  int status = fail_expected(decoder, path, value, buffer_view(&expected).data);
  buffer_finish(&expected);
  return status;
}

static int decode_enum(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                       void *ret_target) {
  for (int index = 0; value->kind == JSON_STRING && field->names[index]; index++) {
    if (string_view_equal_text(value->string, field->names[index])) {
      *(int *)ret_target = index;
      return 0;
    }
  }
  return fail_enum(decoder, path, field, value);
}

static int decode_object(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                         void *ret_target) {
  return decode_struct(decoder, path, field->type, value, ret_target);
}

static int decode_pointer(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                          void *ret_target) {
  void *object = arena_allocate(decoder->arena, field->type->size);
  if (!object) {
    return fail_memory(decoder);
  }
  int status = decode_struct(decoder, path, field->type, value, object);
  if (status == 0) {
    memcpy(ret_target, &object, sizeof object);  // the struct's own pointer type is not known here
  }
  return status;
}

static int decode_value(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                        void *ret_target) {
  (void)decoder;
  (void)path;
  (void)field;
  *(const JsonValue **)ret_target = value;
  return 0;
}

static int skip_raw(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                    void *ret_target) {
  (void)decoder;
  (void)path;
  (void)field;
  (void)value;
  (void)ret_target;
  return 0;
}

// ---- Arrays ----

static DecodeFunction *item_function(JsonFieldKind kind) {
  switch (kind) {
  case JSON_FIELD_STRING_ARRAY: return decode_string;
  case JSON_FIELD_INTEGER_ARRAY: return decode_integer;
  case JSON_FIELD_ENUM_ARRAY: return decode_enum;
  default: return decode_object;
  }
}

static size_t item_size(const JsonField *field) {
  switch (field->kind) {
  case JSON_FIELD_STRING_ARRAY: return sizeof(StringView);
  case JSON_FIELD_INTEGER_ARRAY: return sizeof(int64_t);
  case JSON_FIELD_ENUM_ARRAY: return sizeof(int);
  default: return field->type->size;
  }
}

static int decode_array(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                        void *ret_target) {
  if (value->kind != JSON_ARRAY) {
    return fail_expected(decoder, path, value, "an array");
  }
  size_t size = item_size(field);
  char *items = arena_allocate_array(decoder->arena, value->array.count, size);
  if (!items) {
    return fail_memory(decoder);
  }
  DecodeFunction *decode_item = item_function(field->kind);
  size_t count = 0;
  for (size_t index = 0; index < value->array.count; index++) {
    Path item_path = {.parent = path, .index = index};
    int status = decode_item(decoder, &item_path, field, &value->array.items[index], items + count * size);
    if (status == 0) {
      count++;
    } else if (status != ERROR_INVALID_ARGUMENT || !(field->flags & JSON_LENIENT)) {
      return status;
    }
  }
  *(JsonArray *)ret_target = (JsonArray){.items = items, .count = count};
  return 0;
}

static DecodeFunction *const decode_functions[JSON_FIELD_KIND_COUNT] = {
    [JSON_FIELD_BOOL] = decode_bool,
    [JSON_FIELD_INTEGER] = decode_integer,
    [JSON_FIELD_UINTEGER] = decode_uinteger,
    [JSON_FIELD_DOUBLE] = decode_double,
    [JSON_FIELD_OPTIONAL_INTEGER] = decode_optional_integer,
    [JSON_FIELD_OPTIONAL_DOUBLE] = decode_optional_double,
    [JSON_FIELD_STRING] = decode_string,
    [JSON_FIELD_ENUM] = decode_enum,
    [JSON_FIELD_OBJECT] = decode_object,
    [JSON_FIELD_POINTER] = decode_pointer,
    [JSON_FIELD_ARRAY] = decode_array,
    [JSON_FIELD_STRING_ARRAY] = decode_array,
    [JSON_FIELD_INTEGER_ARRAY] = decode_array,
    [JSON_FIELD_ENUM_ARRAY] = decode_array,
    [JSON_FIELD_VALUE] = decode_value,
    [JSON_FIELD_RAW] = skip_raw,
};

// ---- Structs ----

static bool is_absent_null(const Decoder *decoder, const JsonField *field, const JsonValue *value) {
  if (value->kind != JSON_NULL) {
    return false;
  }
  if (field->flags & JSON_NULLABLE) {
    return true;
  }
  return field->kind != JSON_FIELD_VALUE && !(field->flags & JSON_REQUIRED) && !decoder->is_strict;
}

// Decodes without a message; what does not fit leaves the target zeroed.
static int decode_leniently(Decoder *decoder, const Path *path, const JsonField *field, const JsonValue *value,
                            void *ret_target) {
  Decoder quiet = *decoder;
  quiet.ret_error = NULL;
  int status = decode_functions[field->kind](&quiet, path, field, value, ret_target);
  if (status == ERROR_INVALID_ARGUMENT) {
    if (field->kind == JSON_FIELD_OBJECT) {
      memset(ret_target, 0, field->type->size);
    }
    return 0;
  }
  return status == 0 ? 0 : fail_memory(decoder);
}

static int decode_field(Decoder *decoder, const Path *parent, const JsonField *field, const JsonValue *object,
                        char *ret_struct) {
  Path path = {.parent = parent, .name = field->name};
  const JsonValue *value = json_member(object, field->name);
  if (!value) {
    return field->flags & JSON_REQUIRED ? fail(decoder, &path, object, "required, but missing") : 0;
  }
  if (is_absent_null(decoder, field, value)) {
    return 0;
  }
  DecodeFunction *decode = field->flags & JSON_LENIENT ? decode_leniently : decode_functions[field->kind];
  return decode(decoder, &path, field, value, ret_struct + field->offset);
}

static bool has_field(const JsonType *type, StringView name) {
  for (size_t index = 0; index < type->field_count; index++) {
    if (string_view_equal_text(name, type->fields[index].name)) {
      return true;
    }
  }
  return false;
}

static int fail_unknown(Decoder *decoder, const Path *parent, const JsonType *type, const JsonMember *member) {
  char name[64];
  StringView shown = string_view_slice(member->name, 0, sizeof name - 1);
  shown.length = string_view_utf8_prefix(shown);
  snprintf(name, sizeof name, "%.*s", SV_ARGUMENTS(shown));
  Path path = {.parent = parent, .name = name};
  Buffer what;
  buffer_init(&what, ERROR_MESSAGE_MAX);
  buffer_append_text(&what, "not known; known here are");
  for (size_t index = 0; index < type->field_count; index++) {
    buffer_append_format(&what, "%s %s", index > 0 ? "," : "", type->fields[index].name);
  }
  int status = fail(decoder, &path, &member->value, buffer_view(&what).data);
  buffer_finish(&what);
  decoder->failed_offset = member->name_offset;
  return status;
}

static int refuse_unknown(Decoder *decoder, const Path *path, const JsonType *type, const JsonValue *value) {
  bool is_outermost = !path->parent;
  for (size_t index = 0; index < value->object.count; index++) {
    const JsonMember *member = &value->object.members[index];
    if (!has_field(type, member->name) && !(is_outermost && string_view_equal_text(member->name, "$schema"))) {
      return fail_unknown(decoder, path, type, member);
    }
  }
  return 0;
}

static int decode_struct(Decoder *decoder, const Path *path, const JsonType *type, const JsonValue *value,
                         char *ret_struct) {
  memset(ret_struct, 0, type->size);
  if (value->kind != JSON_OBJECT) {
    return fail_expected(decoder, path, value, "an object");
  }
  int status = decoder->is_strict ? refuse_unknown(decoder, path, type, value) : 0;
  for (size_t index = 0; status == 0 && index < type->field_count; index++) {
    status = decode_field(decoder, path, &type->fields[index], value, ret_struct);
  }
  return status;
}

int json_decode(const JsonType *type, const JsonValue *value, Arena *arena, void *ret_struct, Error *ret_error) {
  Decoder decoder = {.outermost = type, .arena = arena, .ret_error = ret_error};
  Path root = {0};
  return decode_struct(&decoder, &root, type, value, ret_struct);
}

int json_decode_strict(const JsonType *type, const JsonValue *value, Arena *arena, void *ret_struct,
                       uint32_t *ret_error_offset, Error *ret_error) {
  Decoder decoder = {.outermost = type, .arena = arena, .ret_error = ret_error, .is_strict = true};
  Path root = {0};
  int status = decode_struct(&decoder, &root, type, value, ret_struct);
  if (status != 0 && ret_error_offset) {
    *ret_error_offset = decoder.failed_offset;
  }
  return status;
}
