#include "protocol/json/json.h"

typedef struct FieldKindEncoder {
  bool (*is_absent)(const void *member);  // NULL: never absent
  bool (*is_zero)(const void *member);    // for JSON_OMIT_ZERO; NULL: never zero
  void (*write)(JsonWriter *writer, const JsonField *field, const void *member);
} FieldKindEncoder;

// ---- Absent and zero ----

static bool is_string_absent(const void *member) {
  return !((const StringView *)member)->data;
}

static bool is_pointer_absent(const void *member) {
  return !*(const void *const *)member;
}

static bool is_array_absent(const void *member) {
  return !((const JsonArray *)member)->items;
}

static bool is_optional_integer_absent(const void *member) {
  return !((const OptionalInteger *)member)->present;
}

static bool is_optional_double_absent(const void *member) {
  return !((const OptionalNumber *)member)->present;
}

static bool is_bool_zero(const void *member) {
  return !*(const bool *)member;
}

static bool is_integer_zero(const void *member) {
  return *(const int64_t *)member == 0;
}

static bool is_uinteger_zero(const void *member) {
  return *(const uint32_t *)member == 0;
}

static bool is_double_zero(const void *member) {
  return *(const double *)member == 0;
}

static bool is_enum_zero(const void *member) {
  return *(const int *)member == 0;
}

static bool is_array_empty(const void *member) {
  return ((const JsonArray *)member)->count == 0;
}

// ---- Writing ----

static void write_bool(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_bool(writer, *(const bool *)member);
}

static void write_integer(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_integer(writer, *(const int64_t *)member);
}

static void write_uinteger(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_integer(writer, *(const uint32_t *)member);
}

static void write_double(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_double(writer, *(const double *)member);
}

static void write_optional_integer(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_integer(writer, ((const OptionalInteger *)member)->value);
}

static void write_optional_double(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_double(writer, ((const OptionalNumber *)member)->value);
}

static void write_string(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_string(writer, *(const StringView *)member);
}

static void write_enum(JsonWriter *writer, const JsonField *field, const void *member) {
  json_write_string(writer, string_view_from(field->names[*(const int *)member]));
}

static void write_object(JsonWriter *writer, const JsonField *field, const void *member) {
  json_encode(writer, field->type, member);
}

static void write_pointer(JsonWriter *writer, const JsonField *field, const void *member) {
  json_encode(writer, field->type, *(const void *const *)member);
}

static void write_value(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_value(writer, *(const JsonValue *const *)member);
}

static void write_raw(JsonWriter *writer, const JsonField *field, const void *member) {
  (void)field;
  json_write_raw(writer, *(const StringView *)member);
}

static void write_items(JsonWriter *writer, const JsonField *field, const void *member, size_t item_size,
                        void (*write_item)(JsonWriter *, const JsonField *, const void *)) {
  const JsonArray *array = member;
  json_write_array_begin(writer);
  for (size_t index = 0; index < array->count; index++) {
    write_item(writer, field, (const char *)array->items + index * item_size);
  }
  json_write_array_end(writer);
}

static void write_array(JsonWriter *writer, const JsonField *field, const void *member) {
  write_items(writer, field, member, field->type->size, write_object);
}

static void write_string_array(JsonWriter *writer, const JsonField *field, const void *member) {
  write_items(writer, field, member, sizeof(StringView), write_string);
}

static void write_integer_array(JsonWriter *writer, const JsonField *field, const void *member) {
  write_items(writer, field, member, sizeof(int64_t), write_integer);
}

static void write_enum_array(JsonWriter *writer, const JsonField *field, const void *member) {
  write_items(writer, field, member, sizeof(int), write_enum);
}

static const FieldKindEncoder encoders[JSON_FIELD_KIND_COUNT] = {
    [JSON_FIELD_BOOL] = {NULL, is_bool_zero, write_bool},
    [JSON_FIELD_INTEGER] = {NULL, is_integer_zero, write_integer},
    [JSON_FIELD_UINTEGER] = {NULL, is_uinteger_zero, write_uinteger},
    [JSON_FIELD_DOUBLE] = {NULL, is_double_zero, write_double},
    [JSON_FIELD_OPTIONAL_INTEGER] = {is_optional_integer_absent, NULL, write_optional_integer},
    [JSON_FIELD_OPTIONAL_DOUBLE] = {is_optional_double_absent, NULL, write_optional_double},
    [JSON_FIELD_STRING] = {is_string_absent, NULL, write_string},
    [JSON_FIELD_ENUM] = {NULL, is_enum_zero, write_enum},
    [JSON_FIELD_OBJECT] = {NULL, NULL, write_object},
    [JSON_FIELD_POINTER] = {is_pointer_absent, NULL, write_pointer},
    [JSON_FIELD_ARRAY] = {is_array_absent, is_array_empty, write_array},
    [JSON_FIELD_STRING_ARRAY] = {is_array_absent, is_array_empty, write_string_array},
    [JSON_FIELD_INTEGER_ARRAY] = {is_array_absent, is_array_empty, write_integer_array},
    [JSON_FIELD_ENUM_ARRAY] = {is_array_absent, is_array_empty, write_enum_array},
    [JSON_FIELD_VALUE] = {is_pointer_absent, NULL, write_value},
    [JSON_FIELD_RAW] = {is_string_absent, NULL, write_raw},
};

static bool is_array_kind(JsonFieldKind kind) {
  return kind >= JSON_FIELD_ARRAY && kind <= JSON_FIELD_ENUM_ARRAY;
}

static bool is_absent(const JsonField *field, const void *member) {
  const FieldKindEncoder *encoder = &encoders[field->kind];
  if (is_array_kind(field->kind) && !(field->flags & JSON_NULLABLE)) {
    return false;
  }
  return encoder->is_absent && encoder->is_absent(member);
}

// A required member that is absent and may not be null is a programming error; the message stays well-formed all the
// same.
static void encode_absent(JsonWriter *writer, const JsonField *field) {
  if (!(field->flags & JSON_REQUIRED)) {
    return;
  }
  json_write_name(writer, field->name);
  if (field->kind == JSON_FIELD_STRING && !(field->flags & JSON_NULLABLE)) {
    json_write_string(writer, SV(""));
  } else {
    json_write_null(writer);
  }
}

static void encode_field(JsonWriter *writer, const JsonField *field, const void *member) {
  const FieldKindEncoder *encoder = &encoders[field->kind];
  if (is_absent(field, member)) {
    encode_absent(writer, field);
    return;
  }
  bool may_omit = (field->flags & JSON_OMIT_ZERO) && !(field->flags & JSON_REQUIRED);
  if (may_omit && encoder->is_zero && encoder->is_zero(member)) {
    return;
  }
  json_write_name(writer, field->name);
  encoder->write(writer, field, member);
}

void json_encode(JsonWriter *writer, const JsonType *type, const void *object) {
  json_write_object_begin(writer);
  for (size_t index = 0; index < type->field_count; index++) {
    const JsonField *field = &type->fields[index];
    encode_field(writer, field, (const char *)object + field->offset);
  }
  json_write_object_end(writer);
}
