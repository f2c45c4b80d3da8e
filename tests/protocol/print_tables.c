// Prints the field tables of the LSP types as JSON, for the tests that compare them with the official types and that
// make hostile messages from them. The list of the tables is made from the headers when the build is configured, so
// that a new type cannot be forgotten.
#include "lsp_type_names.h"
#include "protocol/json/json.h"
#include "protocol/lsp/types.h"

#include <stdio.h>

#define OUTPUT_MAX (4u << 20)  // bytes

#define TABLE_POINTER(name) &name,
static const JsonType *const tables[] = {LSP_TYPE_NAMES(TABLE_POINTER)};

static const char *const kind_names[JSON_FIELD_KIND_COUNT] = {
    [JSON_FIELD_BOOL] = "bool",
    [JSON_FIELD_INTEGER] = "integer",
    [JSON_FIELD_UINTEGER] = "uinteger",
    [JSON_FIELD_DOUBLE] = "double",
    [JSON_FIELD_OPTIONAL_INTEGER] = "optional integer",
    [JSON_FIELD_OPTIONAL_DOUBLE] = "optional double",
    [JSON_FIELD_STRING] = "string",
    [JSON_FIELD_ENUM] = "enum",
    [JSON_FIELD_OBJECT] = "object",
    [JSON_FIELD_POINTER] = "pointer",
    [JSON_FIELD_ARRAY] = "array",
    [JSON_FIELD_STRING_ARRAY] = "string array",
    [JSON_FIELD_INTEGER_ARRAY] = "integer array",
    [JSON_FIELD_ENUM_ARRAY] = "enum array",
    [JSON_FIELD_VALUE] = "value",
    [JSON_FIELD_RAW] = "raw",
};

static void print_text(JsonWriter *writer, const char *name, const char *text) {
  json_write_name(writer, name);
  json_write_string(writer, string_view_from(text));
}

static void print_flag(JsonWriter *writer, const char *name, unsigned flag) {
  json_write_name(writer, name);
  json_write_bool(writer, flag != 0);
}

static void print_names(JsonWriter *writer, const char *const *names) {
  json_write_name(writer, "names");
  json_write_array_begin(writer);
  for (size_t index = 0; names[index]; index++) {
    json_write_string(writer, string_view_from(names[index]));
  }
  json_write_array_end(writer);
}

static void print_field(JsonWriter *writer, const JsonField *field) {
  json_write_object_begin(writer);
  print_text(writer, "name", field->name);
  print_text(writer, "kind", kind_names[field->kind]);
  print_flag(writer, "required", field->flags & JSON_REQUIRED);
  print_flag(writer, "nullable", field->flags & JSON_NULLABLE);
  print_flag(writer, "lenient", field->flags & JSON_LENIENT);
  if (field->type) {
    print_text(writer, "type", field->type->name);
  }
  if (field->names) {
    print_names(writer, field->names);
  }
  json_write_object_end(writer);
}

static void print_table(JsonWriter *writer, const JsonType *type) {
  json_write_object_begin(writer);
  print_text(writer, "name", type->name);
  json_write_name(writer, "fields");
  json_write_array_begin(writer);
  for (size_t index = 0; index < type->field_count; index++) {
    print_field(writer, &type->fields[index]);
  }
  json_write_array_end(writer);
  json_write_object_end(writer);
}

int main(void) {
  Buffer buffer;
  buffer_init(&buffer, OUTPUT_MAX);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 1);
  json_write_array_begin(&writer);
  for (size_t index = 0; index < sizeof tables / sizeof *tables; index++) {
    print_table(&writer, tables[index]);
  }
  json_write_array_end(&writer);
  Error error = {0};
  int status = buffer_check(&buffer, &error, "the tables");
  if (status != 0) {
    fprintf(stderr, "print_tables: %s\n", error.message);
  } else if (fwrite(buffer.data, 1, buffer.length, stdout) != buffer.length || fflush(stdout) != 0) {
    perror("print_tables: cannot write the tables");
    status = ERROR_IO;
  }
  buffer_finish(&buffer);
  return status == 0 ? 0 : 1;
}
