#include "protocol/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct Inner {
  uint32_t line;
  StringView name;
} Inner;

typedef struct Outer {
  bool flag;
  int64_t integer;
  uint32_t uinteger;
  double number;
  OptionalInteger optional_integer;
  OptionalNumber optional_number;
  StringView string;
  StringView nullable;
  int mode;
  Inner object;
  Inner *pointer;
  JsonArray array;
  JsonArray strings;
  JsonArray integers;
  JsonArray modes;
  JsonArray lenient_modes;
  JsonArray nullable_strings;
  const JsonValue *value;
  StringView raw;
  struct Outer *self;
  uint32_t lenient;
  Inner lenient_object;
} Outer;

static const char *const mode_names[] = {"slow", "fast", NULL};

static const JsonField inner_fields[] = {
    {.name = "line", .kind = JSON_FIELD_UINTEGER, .flags = JSON_REQUIRED, .offset = offsetof(Inner, line)},
    {.name = "name", .kind = JSON_FIELD_STRING, .offset = offsetof(Inner, name)},
};
static const JsonType inner_type = {.name = "Inner",
                                    .size = sizeof(Inner),
                                    .fields = inner_fields,
                                    .field_count = 2,
                                    .documentation = "What is inside."};

static const JsonType outer_type;
static const JsonField outer_fields[] = {
    {.name = "flag", .kind = JSON_FIELD_BOOL, .flags = JSON_OMIT_ZERO, .offset = offsetof(Outer, flag)},
    {.name = "integer", .kind = JSON_FIELD_INTEGER, .flags = JSON_OMIT_ZERO, .offset = offsetof(Outer, integer)},
    {.name = "uinteger", .kind = JSON_FIELD_UINTEGER, .flags = JSON_OMIT_ZERO, .offset = offsetof(Outer, uinteger)},
    {.name = "number", .kind = JSON_FIELD_DOUBLE, .flags = JSON_OMIT_ZERO, .offset = offsetof(Outer, number)},
    {.name = "optionalInteger", .kind = JSON_FIELD_OPTIONAL_INTEGER, .offset = offsetof(Outer, optional_integer)},
    {.name = "optionalNumber", .kind = JSON_FIELD_OPTIONAL_DOUBLE, .offset = offsetof(Outer, optional_number)},
    {.name = "string",
     .kind = JSON_FIELD_STRING,
     .flags = JSON_REQUIRED,
     .offset = offsetof(Outer, string),
     .documentation = "A \"string\"."},
    {.name = "nullable",
     .kind = JSON_FIELD_STRING,
     .flags = JSON_REQUIRED | JSON_NULLABLE,
     .offset = offsetof(Outer, nullable)},
    {.name = "mode",
     .kind = JSON_FIELD_ENUM,
     .flags = JSON_OMIT_ZERO,
     .offset = offsetof(Outer, mode),
     .names = mode_names},
    {.name = "object", .kind = JSON_FIELD_OBJECT, .offset = offsetof(Outer, object), .type = &inner_type},
    {.name = "pointer", .kind = JSON_FIELD_POINTER, .offset = offsetof(Outer, pointer), .type = &inner_type},
    {.name = "array",
     .kind = JSON_FIELD_ARRAY,
     .flags = JSON_OMIT_ZERO,
     .offset = offsetof(Outer, array),
     .type = &inner_type},
    {.name = "strings", .kind = JSON_FIELD_STRING_ARRAY, .flags = JSON_OMIT_ZERO, .offset = offsetof(Outer, strings)},
    {.name = "integers",
     .kind = JSON_FIELD_INTEGER_ARRAY,
     .flags = JSON_OMIT_ZERO,
     .offset = offsetof(Outer, integers)},
    {.name = "modes",
     .kind = JSON_FIELD_ENUM_ARRAY,
     .flags = JSON_OMIT_ZERO,
     .offset = offsetof(Outer, modes),
     .names = mode_names},
    {.name = "lenientModes",
     .kind = JSON_FIELD_ENUM_ARRAY,
     .flags = JSON_OMIT_ZERO | JSON_LENIENT,
     .offset = offsetof(Outer, lenient_modes),
     .names = mode_names},
    {.name = "nullableStrings",
     .kind = JSON_FIELD_STRING_ARRAY,
     .flags = JSON_NULLABLE,
     .offset = offsetof(Outer, nullable_strings)},
    {.name = "value", .kind = JSON_FIELD_VALUE, .offset = offsetof(Outer, value)},
    {.name = "raw", .kind = JSON_FIELD_RAW, .offset = offsetof(Outer, raw)},
    {.name = "self", .kind = JSON_FIELD_POINTER, .offset = offsetof(Outer, self), .type = &outer_type},
    {.name = "lenient",
     .kind = JSON_FIELD_UINTEGER,
     .flags = JSON_LENIENT | JSON_OMIT_ZERO,
     .offset = offsetof(Outer, lenient)},
    {.name = "lenientObject",
     .kind = JSON_FIELD_OBJECT,
     .flags = JSON_LENIENT,
     .offset = offsetof(Outer, lenient_object),
     .type = &inner_type},
};
static const JsonType outer_type = {
    .name = "Outer",
    .size = sizeof(Outer),
    .fields = outer_fields,
    .field_count = sizeof outer_fields / sizeof outer_fields[0],
};

static JsonValue parse(const char *text, Arena *arena) {
  JsonValue value;
  Error error = {0};
  if (json_parse(string_view_from(text), arena, &value, &error) != 0) {
    fail_msg("%s: %s", text, error.message);
  }
  return value;
}

static StringView encode(const Outer *outer, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, 100000);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 0);
  json_encode(&writer, &outer_type, outer);
  StringView copy = arena_copy(arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  return copy;
}

static void a_struct_comes_back(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"string\":\"\",\"nullable\":null,\"object\":{\"line\":0},\"lenientObject\":{\"line\":0}}",
      "{\"flag\":true,\"integer\":-5,\"uinteger\":2147483647,\"number\":0.1,\"optionalInteger\":0,\"optionalNumber\":0,"
      "\"string\":\"s\",\"nullable\":\"n\",\"mode\":\"fast\",\"object\":{\"line\":1,\"name\":\"\"},"
      "\"pointer\":{\"line\":2},\"array\":[{\"line\":3},{\"line\":4,\"name\":\"x\"}],\"strings\":[\"a\",\"\"],"
      "\"integers\":[1,-2],\"modes\":[\"slow\",\"fast\"],\"lenientModes\":[\"fast\"],\"nullableStrings\":[],"
      "\"value\":{\"any\":[null]},\"self\":{\"string\":\"inner\",\"nullable\":null,\"object\":{\"line\":9},"
      "\"lenientObject\":{\"line\":0}},\"lenient\":7,\"lenientObject\":{\"line\":8}}",
  };
  for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
    Arena arena = {0};
    JsonValue value = parse(texts[index], &arena);
    Outer outer;
    Error error = {0};
    int status = json_decode(&outer_type, &value, &arena, &outer, &error);
    if (status != 0) {
      fail_msg("%s", error.message);
    }
    assert_string_equal(encode(&outer, &arena).data, texts[index]);
    arena_finish(&arena);
  }
}

static void failures_name_the_whole_path(void **state) {
  (void)state;
#define REQUIRED "\"string\":\"\",\"nullable\":null"
  static const struct {
    const char *text;
    const char *message;
  } cases[] = {
      {"[]", "Outer: expected an object, found an array"},
      {"null", "Outer: expected an object, found null"},
      {"{}", "string: required, but missing"},
      {"{\"string\":null}", "string: expected a string, found null"},
      {"{\"string\":\"\"}", "nullable: required, but missing"},
      {"{\"string\":1}", "string: expected a string, found 1"},
      {"{" REQUIRED ",\"flag\":0}", "flag: expected true or false, found 0"},
      {"{" REQUIRED ",\"integer\":1.5}", "integer: expected an integer, found 1.5"},
      {"{" REQUIRED ",\"integer\":9223372036854775808}", "integer: expected an integer, found 9.2233720368547758e+18"},
      {"{" REQUIRED ",\"uinteger\":-1}", "uinteger: expected an integer from 0 to 2147483647, found -1"},
      {"{" REQUIRED ",\"uinteger\":2147483648}",
       "uinteger: expected an integer from 0 to 2147483647, found 2147483648"},
      {"{" REQUIRED ",\"number\":\"1\"}", "number: expected a number, found \"1\""},
      {"{" REQUIRED ",\"optionalInteger\":true}", "optionalInteger: expected an integer, found a boolean"},
      {"{" REQUIRED ",\"mode\":\"medium\"}", "mode: expected one of \"slow\", \"fast\", found \"medium\""},
      {"{" REQUIRED ",\"mode\":1}", "mode: expected one of \"slow\", \"fast\", found 1"},
      {"{" REQUIRED ",\"object\":[]}", "object: expected an object, found an array"},
      {"{" REQUIRED ",\"object\":{}}", "object.line: required, but missing"},
      {"{" REQUIRED ",\"object\":{\"line\":0,\"name\":{}}}", "object.name: expected a string, found an object"},
      {"{" REQUIRED ",\"pointer\":{\"line\":\"x\"}}",
       "pointer.line: expected an integer from 0 to 2147483647, found \"x\""},
      {"{" REQUIRED ",\"array\":{}}", "array: expected an array, found an object"},
      {"{" REQUIRED ",\"array\":[{\"line\":1},{\"line\":null}]}",
       "array[1].line: expected an integer from 0 to 2147483647, found null"},
      {"{" REQUIRED ",\"array\":[{\"line\":1},3]}", "array[1]: expected an object, found 3"},
      {"{" REQUIRED ",\"strings\":[\"a\",null]}", "strings[1]: expected a string, found null"},
      {"{" REQUIRED ",\"modes\":[\"fast\",\"x\"]}", "modes[1]: expected one of \"slow\", \"fast\", found \"x\""},
      {"{" REQUIRED ",\"self\":{" REQUIRED ",\"self\":{" REQUIRED ",\"array\":[{}]}}}",
       "self.self.array[0].line: required, but missing"},
      {"{\"string\":[1,2]}", "string: expected a string, found an array"},
      {"{" REQUIRED ",\"number\":\"a long string that does not have to stand in the message\"}",
       "number: expected a number, found \"a long string that does not have to stan\"..."},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    JsonValue value = parse(cases[index].text, &arena);
    Outer outer;
    Error error = {0};
    assert_int_equal(json_decode(&outer_type, &value, &arena, &outer, &error), ERROR_INVALID_ARGUMENT);
    assert_string_equal(error.message, cases[index].message);
    assert_int_equal(json_decode(&outer_type, &value, &arena, &outer, NULL), ERROR_INVALID_ARGUMENT);
    arena_finish(&arena);
  }
}

static void odd_values_that_are_let_through(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value =
      parse("{" REQUIRED ",\"unknown\":1,\"integer\":3.0,\"uinteger\":1e3,\"number\":7,\"flag\":null,\"pointer\":null,"
            "\"nullableStrings\":null,\"lenient\":-1,\"lenientObject\":{\"line\":5,\"name\":6},"
            "\"lenientModes\":[\"x\",\"fast\",1,\"slow\"],\"value\":null,\"raw\":{}}",
            &arena);
  Outer outer;
  Error error = {0};
  assert_int_equal(json_decode(&outer_type, &value, &arena, &outer, &error), 0);
  assert_int_equal(error.code, 0);
  assert_int_equal(outer.integer, 3);
  assert_int_equal(outer.uinteger, 1000);
  assert_true(outer.number == 7);
  assert_null(outer.pointer);
  assert_null(outer.nullable_strings.items);
  assert_int_equal(outer.lenient, 0);
  assert_int_equal(outer.lenient_object.line, 0);
  assert_int_equal(outer.lenient_modes.count, 2);
  assert_int_equal(((int *)outer.lenient_modes.items)[0], 1);
  assert_int_equal(((int *)outer.lenient_modes.items)[1], 0);
  assert_non_null(outer.value);
  assert_int_equal(outer.value->kind, JSON_NULL);
  assert_null(outer.raw.data);
  arena_finish(&arena);
}

static void empty_and_absent_arrays_differ_where_null_is_allowed(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value = parse("{" REQUIRED ",\"nullableStrings\":[]}", &arena);
  Outer outer;
  assert_int_equal(json_decode(&outer_type, &value, &arena, &outer, NULL), 0);
  assert_non_null(outer.nullable_strings.items);
  assert_int_equal(outer.nullable_strings.count, 0);
  arena_finish(&arena);
}

static void strict_decoding_refuses_more(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *message;  // NULL: decodes
    const char *place;    // what stands at the offset
  } cases[] = {
      {"{" REQUIRED "}", NULL, "{"},
      {"{\"$schema\":\"x\"," REQUIRED "}", NULL, "{"},
      {"{" REQUIRED ",\"object\":{\"line\":1,\"lin\":2}}", "object.lin: not known; known here are line, name",
       "\"lin\":2}}"},
      {"{" REQUIRED ",\"object\":{\"line\":1,\"$schema\":2}}", "object.$schema: not known; known here are line, name",
       "\"$schema\":2}}"},
      {"{" REQUIRED ",\"flag\":null}", "flag: expected true or false, found null", "null}"},
      {"{" REQUIRED ",\"object\":{}}", "object.line: required, but missing", "{}}"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    JsonValue value = parse(cases[index].text, &arena);
    Outer outer;
    Error error = {0};
    uint32_t offset = 0;
    int status = json_decode_strict(&outer_type, &value, &arena, &outer, &offset, &error);
    assert_int_equal(status, cases[index].message ? ERROR_INVALID_ARGUMENT : 0);
    assert_string_equal(error.message, cases[index].message ? cases[index].message : "");
    assert_memory_equal(cases[index].text + offset, cases[index].place, strlen(cases[index].place));
    arena_finish(&arena);
  }
}

static void required_absent_members_stay_well_formed(void **state) {
  (void)state;
  Arena arena = {0};
  Outer outer = {.raw = SV("[1]"), .nullable_strings = {0}};
  JsonValue value = parse(encode(&outer, &arena).data, &arena);
  assert_int_equal(json_member(&value, "string")->kind, JSON_STRING);
  assert_int_equal(json_member(&value, "nullable")->kind, JSON_NULL);
  assert_int_equal(json_member(&value, "raw")->kind, JSON_ARRAY);
  assert_null(json_member(&value, "nullableStrings"));
  assert_null(json_member(&value, "pointer"));
  arena_finish(&arena);
}

static void the_schema_is_json_and_complete(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 100000);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 2);
  json_write_schema(&writer, &outer_type, "https://example.org/outer.json");
  assert_int_equal(buffer.failure, 0);
  Arena arena = {0};
  JsonValue schema = parse(buffer.data, &arena);
  assert_true(string_view_equal(json_member(&schema, "$id")->string, SV("https://example.org/outer.json")));
  assert_int_equal(json_member(&schema, "properties")->object.count, outer_type.field_count);
  assert_int_equal(json_member(&schema, "required")->array.count, 2);
  const JsonValue *definitions = json_member(&schema, "$defs");
  assert_int_equal(definitions->object.count, 2);
  const JsonValue *inner = json_member(definitions, "Inner");
  assert_true(string_view_equal(json_member(inner, "description")->string, SV("What is inside.")));
  const JsonValue *pointer = json_member(json_member(&schema, "properties"), "pointer");
  assert_true(string_view_equal(json_member(pointer, "$ref")->string, SV("#/$defs/Inner")));
  const JsonValue *mode = json_member(json_member(&schema, "properties"), "mode");
  assert_int_equal(json_member(mode, "enum")->array.count, 2);
  const JsonValue *nullable = json_member(json_member(&schema, "properties"), "nullable");
  assert_int_equal(json_member(nullable, "anyOf")->array.count, 2);
  arena_finish(&arena);
  buffer_finish(&buffer);
}

static void a_schema_without_references_has_no_definitions(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, 100000);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 0);
  json_write_schema(&writer, &inner_type, NULL);
  Arena arena = {0};
  JsonValue schema = parse(buffer.data, &arena);
  assert_null(json_member(&schema, "$defs"));
  assert_null(json_member(&schema, "$id"));
  arena_finish(&arena);
  buffer_finish(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_struct_comes_back),
      cmocka_unit_test(failures_name_the_whole_path),
      cmocka_unit_test(odd_values_that_are_let_through),
      cmocka_unit_test(empty_and_absent_arrays_differ_where_null_is_allowed),
      cmocka_unit_test(strict_decoding_refuses_more),
      cmocka_unit_test(required_absent_members_stay_well_formed),
      cmocka_unit_test(the_schema_is_json_and_complete),
      cmocka_unit_test(a_schema_without_references_has_no_definitions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
