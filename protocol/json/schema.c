#include "protocol/json/json.h"
#include "protocol/memory/vector.h"

#define TYPES_MAX 4096  // types that one schema may refer to

static void write_member(JsonWriter *writer, const char *name, const char *text) {
  json_write_name(writer, name);
  json_write_string(writer, string_view_from(text));
}

static void write_type(JsonWriter *writer, const char *type) {
  write_member(writer, "type", type);
}

static void write_reference(JsonWriter *writer, const JsonType *type) {
  char reference[128] = "#/$defs/";
  for (size_t index = 0; type->name[index] && index + 9 < sizeof reference; index++) {
    reference[index + 8] = type->name[index];
  }
  write_member(writer, "$ref", reference);
}

static void write_enum(JsonWriter *writer, const JsonField *field) {
  write_type(writer, "string");
  json_write_name(writer, "enum");
  json_write_array_begin(writer);
  for (size_t index = 0; field->names[index]; index++) {
    json_write_string(writer, string_view_from(field->names[index]));
  }
  json_write_array_end(writer);
}

static void write_uinteger(JsonWriter *writer) {
  write_type(writer, "integer");
  json_write_name(writer, "minimum");
  json_write_integer(writer, 0);
  json_write_name(writer, "maximum");
  json_write_integer(writer, INT32_MAX);
}

static void write_items(JsonWriter *writer, const JsonField *field) {
  write_type(writer, "array");
  json_write_name(writer, "items");
  json_write_object_begin(writer);
  switch (field->kind) {
  case JSON_FIELD_STRING_ARRAY: write_type(writer, "string"); break;
  case JSON_FIELD_INTEGER_ARRAY: write_type(writer, "integer"); break;
  case JSON_FIELD_ENUM_ARRAY: write_enum(writer, field); break;
  default: write_reference(writer, field->type); break;
  }
  json_write_object_end(writer);
}

// The keywords that say what a value of the field is. VALUE and RAW may be anything and have none.
static void write_kind(JsonWriter *writer, const JsonField *field) {
  switch (field->kind) {
  case JSON_FIELD_BOOL: write_type(writer, "boolean"); break;
  case JSON_FIELD_INTEGER:
  case JSON_FIELD_OPTIONAL_INTEGER: write_type(writer, "integer"); break;
  case JSON_FIELD_UINTEGER: write_uinteger(writer); break;
  case JSON_FIELD_DOUBLE:
  case JSON_FIELD_OPTIONAL_DOUBLE: write_type(writer, "number"); break;
  case JSON_FIELD_STRING: write_type(writer, "string"); break;
  case JSON_FIELD_ENUM: write_enum(writer, field); break;
  case JSON_FIELD_OBJECT:
  case JSON_FIELD_POINTER: write_reference(writer, field->type); break;
  case JSON_FIELD_ARRAY:
  case JSON_FIELD_STRING_ARRAY:
  case JSON_FIELD_INTEGER_ARRAY:
  case JSON_FIELD_ENUM_ARRAY: write_items(writer, field); break;
  default: break;
  }
}

static void write_nullable(JsonWriter *writer, const JsonField *field) {
  json_write_name(writer, "anyOf");
  json_write_array_begin(writer);
  json_write_object_begin(writer);
  write_kind(writer, field);
  json_write_object_end(writer);
  json_write_object_begin(writer);
  write_type(writer, "null");
  json_write_object_end(writer);
  json_write_array_end(writer);
}

static void write_field(JsonWriter *writer, const JsonField *field) {
  json_write_name(writer, field->name);
  json_write_object_begin(writer);
  if (field->documentation) {
    write_member(writer, "description", field->documentation);
  }
  if (field->flags & JSON_NULLABLE) {
    write_nullable(writer, field);
  } else {
    write_kind(writer, field);
  }
  json_write_object_end(writer);
}

static void write_required(JsonWriter *writer, const JsonType *type) {
  json_write_name(writer, "required");
  json_write_array_begin(writer);
  for (size_t index = 0; index < type->field_count; index++) {
    if (type->fields[index].flags & JSON_REQUIRED) {
      json_write_string(writer, string_view_from(type->fields[index].name));
    }
  }
  json_write_array_end(writer);
}

static void write_struct(JsonWriter *writer, const JsonType *type) {
  if (type->documentation) {
    write_member(writer, "description", type->documentation);
  }
  write_type(writer, "object");
  json_write_name(writer, "properties");
  json_write_object_begin(writer);
  for (size_t index = 0; index < type->field_count; index++) {
    write_field(writer, &type->fields[index]);
  }
  json_write_object_end(writer);
  write_required(writer, type);
  json_write_name(writer, "additionalProperties");
  json_write_bool(writer, false);
}

static bool contains(const Vector *types, const JsonType *type) {
  for (size_t index = 0; index < types->count; index++) {
    if (*(const JsonType **)vector_at(types, index) == type) {
      return true;
    }
  }
  return false;
}

// The types that the fields of those in the vector refer to are appended until none is new.
static bool collect(Vector *types) {
  for (size_t next = 0; next < types->count; next++) {
    const JsonType *type = *(const JsonType **)vector_at(types, next);
    for (size_t index = 0; index < type->field_count; index++) {
      const JsonType *referred = type->fields[index].type;
      if (referred && !contains(types, referred) && !vector_push_copy(types, &referred)) {
        return false;
      }
    }
  }
  return true;
}

static bool refers_to(const Vector *types, const JsonType *wanted) {
  for (size_t next = 0; next < types->count; next++) {
    const JsonType *type = *(const JsonType **)vector_at(types, next);
    for (size_t index = 0; index < type->field_count; index++) {
      if (type->fields[index].type == wanted) {
        return true;
      }
    }
  }
  return false;
}

static void write_definitions(JsonWriter *writer, const Vector *types) {
  // The outermost type stands in the schema itself; it needs a definition only where it is referred to.
  const JsonType *outermost = *(const JsonType **)vector_at(types, 0);
  size_t first = refers_to(types, outermost) ? 0 : 1;
  if (first >= types->count) {
    return;
  }
  json_write_name(writer, "$defs");
  json_write_object_begin(writer);
  for (size_t index = first; index < types->count; index++) {
    const JsonType *type = *(const JsonType **)vector_at(types, index);
    json_write_name(writer, type->name);
    json_write_object_begin(writer);
    write_struct(writer, type);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
}

void json_write_schema(JsonWriter *writer, const JsonType *type, const char *identifier) {
  Vector types;
  vector_init(&types, sizeof(const JsonType *), TYPES_MAX);
  if (!vector_push_copy(&types, &type) || !collect(&types)) {
    writer->buffer->failure = ERROR_NO_MEMORY;
  }
  json_write_object_begin(writer);
  write_member(writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
  if (identifier) {
    write_member(writer, "$id", identifier);
  }
  write_member(writer, "title", type->name);
  write_struct(writer, type);
  if (!writer->buffer->failure) {
    write_definitions(writer, &types);
  }
  json_write_object_end(writer);
  vector_finish(&types);
}
