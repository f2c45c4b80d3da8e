#include "protocol/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, Arena *arena, JsonValue *ret_value, Error *ret_error) {
  return json_parse(string_view_from(text), arena, ret_value, ret_error);
}

static void texts_come_back(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *written;  // NULL: the same
  } cases[] = {
      {"null", NULL},
      {"true", NULL},
      {"false", NULL},
      {"0", NULL},
      {"-1", NULL},
      {"\"\"", NULL},
      {"[]", NULL},
      {"{}", NULL},
      {" [ 1 , 2.5 , \"x\" ] ", "[1,2.5,\"x\"]"},
      {"{\"a\":{\"b\":[{},[],null]},\"c\":\"d\"}", NULL},
      {"{\"a\":[1,{\"b\":2}],\"c\":3}", NULL},
      {"{\"\":1}", NULL},
      {"[[[[[]]]],[[]]]", NULL},
      {"{\"a\":1,\"a\":2}", NULL},
      {"\"\\u0041\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "\"A\\n\\t\\\"\\\\/\\b\\f\\r\""},
      {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
      {"\"\\uD83D\\uDE00!\"", "\"\xF0\x9F\x98\x80!\""},
      {"\"\\ud83d\"", "\"\xEF\xBF\xBD\""},
      {"\"\\ude00\"", "\"\xEF\xBF\xBD\""},
      {"\"\\ud83dx\"", "\"\xEF\xBF\xBDx\""},
      {"\"\\ud83d\\n\"", "\"\xEF\xBF\xBD\\n\""},
      {"\"\\ud83d\\u0041\"", "\"\xEF\xBF\xBD"
                             "A\""},
      {"\"\\ud83d\\ud83d\\ude00\"", "\"\xEF\xBF\xBD\xF0\x9F\x98\x80\""},
      {"\"\\u0000\"", NULL},
      {"\"\\u00e9\\u20ac\\uffff\"", "\"\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF\""},
      {"\"\\u001f\x7F\"", "\"\\u001f\x7F\""},
      {"\"\xF0\x9F\x98\x80\"", NULL},
      {"{\"\\u0061\\n\":1}", "{\"a\\n\":1}"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    JsonValue value;
    Error error = {0};
    assert_int_equal(parse(cases[index].text, &arena, &value, &error), 0);
    Buffer buffer;
    buffer_init(&buffer, 1000);
    JsonWriter writer;
    json_writer_init(&writer, &buffer, 0);
    json_write_value(&writer, &value);
    assert_string_equal(buffer.data, cases[index].written ? cases[index].written : cases[index].text);
    buffer_finish(&buffer);
    arena_finish(&arena);
  }
}

static void bad_texts_are_refused_with_their_place(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *place;
  } cases[] = {
      {"", "1:1: "},
      {"   ", "1:4: "},
      {"{", "1:2: "},
      {"[1,", "1:4: "},
      {"[1,]", "1:4: "},
      {"{\"a\":1,}", "1:8: "},
      {"{\"a\"}", "1:5: "},
      {"{a:1}", "1:2: "},
      {"[1 2]", "1:4: "},
      {"1 2", "1:3: "},
      {"{} x", "1:4: "},
      {"{}{}", "1:3: "},
      {"nul", "1:4: "},
      {"nulx", "1:4: "},
      {"True", "1:1: "},
      {"'a'", "1:1: "},
      {"\"abc", "1:5: "},
      {"\"\\x\"", "1:3: "},
      {"\"\\u12g4\"", "1:"},
      {"\"a\nb\"", "1:"},
      {"\"a\tb\"", "1:"},
      {"01", "1:"},
      {"-", "1:2: "},
      {"1.", "1:3: "},
      {".5", "1:1: "},
      {"+1", "1:1: "},
      {"1e", "1:3: "},
      {"1e400", "1:1: "},
      {"[1,\n 2,\n  1e400]", "3:3: "},
      {"[\"\xC3\xA9\xC3\xA9\", x]", "1:8: "},
      {"NaN", "1:1: "},
      {"Infinity", "1:1: "},
      {"// comment\n1", "1:1: "},
      {"/* comment */ 1", "1:1: "},
      {"\"\xFF\"", "1:2: "},
      {"\"\xED\xA0\x80\"", "1:2: "},
      {"\xEF\xBB\xBF{}", "1:1: "},
      {"]", "1:1: "},
      {"[}", "1:2: "},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    JsonValue value;
    Error error = {0};
    assert_int_equal(parse(cases[index].text, &arena, &value, &error), ERROR_PARSE);
    if (strncmp(error.message, cases[index].place, strlen(cases[index].place)) != 0) {
      fail_msg("%s: %s instead of %s", cases[index].text, error.message, cases[index].place);
    }
    assert_null(strchr(error.message, '\n'));
    arena_finish(&arena);
  }
}

static void a_nul_byte_is_not_the_end(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(json_parse(SV("1\0"), &arena, &value, NULL), ERROR_PARSE);
  assert_int_equal(json_parse(SV("\"a\0b\""), &arena, &value, NULL), ERROR_PARSE);
  assert_int_equal(json_parse((StringView){0}, &arena, &value, NULL), ERROR_PARSE);
  assert_int_equal(json_parse(SV("\"a\\u0000b\""), &arena, &value, NULL), 0);
  assert_true(string_view_equal(value.string, SV("a\0b")));
  arena_finish(&arena);
}

static void numbers_keep_their_kind(void **state) {
  (void)state;
  static const struct {
    const char *text;
    JsonKind kind;
    int64_t integer;
    double number;
  } cases[] = {
      {"0", JSON_INTEGER, 0, 0},
      {"-0", JSON_INTEGER, 0, 0},
      {"9223372036854775807", JSON_INTEGER, INT64_MAX, 0},
      {"-9223372036854775808", JSON_INTEGER, INT64_MIN, 0},
      {"9223372036854775808", JSON_DOUBLE, 0, 9223372036854775808.0},
      {"18446744073709551615", JSON_DOUBLE, 0, 18446744073709551615.0},
      {"1.0", JSON_DOUBLE, 0, 1.0},
      {"1E3", JSON_DOUBLE, 0, 1000.0},
      {"-1.5e-3", JSON_DOUBLE, 0, -0.0015},
      {"1e-999", JSON_DOUBLE, 0, 0},
      {"5e-324", JSON_DOUBLE, 0, 5e-324},
      {"1.7976931348623157e308", JSON_DOUBLE, 0, 1.7976931348623157e308},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    JsonValue value;
    assert_int_equal(parse(cases[index].text, &arena, &value, NULL), 0);
    assert_int_equal(value.kind, cases[index].kind);
    if (value.kind == JSON_INTEGER) {
      assert_true(value.integer == cases[index].integer);
    } else {
      assert_true(value.number == cases[index].number);
    }
    arena_finish(&arena);
  }
}

static void check_nesting(size_t depth, char open, char close, int expected) {
  char *text = malloc(2 * depth);
  assert_non_null(text);
  memset(text, open, depth);
  memset(text + depth, close, depth);
  Arena arena = {0};
  JsonValue value;
  Error error = {0};
  assert_int_equal(json_parse((StringView){text, 2 * depth}, &arena, &value, &error), expected);
  arena_finish(&arena);
  free(text);
}

static void nesting_is_limited(void **state) {
  (void)state;
  check_nesting(JSON_DEPTH_MAX, '[', ']', 0);
  check_nesting(JSON_DEPTH_MAX + 1, '[', ']', ERROR_LIMIT);
  check_nesting(1000000, '[', ']', ERROR_LIMIT);
}

static void nested_objects_are_limited(void **state) {
  (void)state;
  Buffer text;
  buffer_init(&text, 1 << 20);
  for (size_t depth = 0; depth < JSON_DEPTH_MAX + 1; depth++) {
    buffer_append_text(&text, "{\"a\":");
  }
  Arena arena = {0};
  JsonValue value;
  Error error = {0};
  assert_int_equal(json_parse(buffer_view(&text), &arena, &value, &error), ERROR_LIMIT);
  assert_non_null(strstr(error.message, "1:641: "));
  arena_finish(&arena);
  buffer_finish(&text);
}

static void the_number_of_values_is_limited(void **state) {
  (void)state;
  size_t length = (size_t)JSON_VALUES_MAX * 2;
  char *text = malloc(length + 1);
  assert_non_null(text);
  text[0] = '[';
  for (size_t index = 1; index < length; index += 2) {
    text[index] = '0';
    text[index + 1] = ',';
  }
  text[length] = ']';
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(json_parse((StringView){text, length + 1}, &arena, &value, NULL), ERROR_LIMIT);
  free(text);
  arena_finish(&arena);
}

static void too_long_a_text_is_refused(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value;
  Error error = {0};
  assert_int_equal(json_parse((StringView){"", (size_t)JSON_TEXT_MAX + 1}, &arena, &value, &error), ERROR_LIMIT);
  arena_finish(&arena);
}

// Wherever a text is cut, the rest is refused and the message's place is inside or right behind it.
static void cut_texts_are_refused(void **state) {
  (void)state;
  StringView text = SV("{\"a\": [1, 2.5e3, \"x\\u00e9\\n\", true, null], \"b\": {\"c\": \"\xC3\xA9\"}}");
  for (size_t length = 0; length < text.length; length++) {
    Arena arena = {0};
    JsonValue value;
    Error error = {0};
    assert_int_equal(json_parse(string_view_slice(text, 0, length), &arena, &value, &error), ERROR_PARSE);
    assert_memory_equal(error.message, "1:", 2);
    arena_finish(&arena);
  }
}

static void values_know_their_offset(void **state) {
  (void)state;
  StringView text = SV(" {\"a\" :\n [1, \"\\n\" ,{ } ] , \"bb\":true}");
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(json_parse(text, &arena, &value, NULL), 0);
  assert_int_equal(text.data[value.offset], '{');
  const JsonValue *a = json_member(&value, "a");
  assert_int_equal(text.data[a->offset], '[');
  assert_int_equal(text.data[a->array.items[0].offset], '1');
  assert_int_equal(text.data[a->array.items[1].offset], '"');
  assert_int_equal(text.data[a->array.items[2].offset], '{');
  assert_int_equal(text.data[json_member(&value, "bb")->offset], 't');
  assert_int_equal(json_parse(SV("  12"), &arena, &value, NULL), 0);
  assert_int_equal(value.offset, 2);
  arena_finish(&arena);
}

static void the_last_duplicate_counts(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(parse("{\"a\":1,\"b\":2,\"a\":3}", &arena, &value, NULL), 0);
  assert_int_equal(json_member(&value, "a")->integer, 3);
  assert_null(json_member(&value, "c"));
  assert_null(json_member(json_member(&value, "a"), "x"));
  assert_null(json_member(NULL, "x"));
  arena_finish(&arena);
}

static void the_value_borrows_nothing(void **state) {
  (void)state;
  char text[] = "{\"name\":\"value\"}";
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(parse(text, &arena, &value, NULL), 0);
  memset(text, 'x', sizeof text - 1);
  assert_true(string_view_equal(json_member(&value, "name")->string, SV("value")));
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_come_back),
      cmocka_unit_test(bad_texts_are_refused_with_their_place),
      cmocka_unit_test(a_nul_byte_is_not_the_end),
      cmocka_unit_test(numbers_keep_their_kind),
      cmocka_unit_test(nesting_is_limited),
      cmocka_unit_test(nested_objects_are_limited),
      cmocka_unit_test(the_number_of_values_is_limited),
      cmocka_unit_test(too_long_a_text_is_refused),
      cmocka_unit_test(cut_texts_are_refused),
      cmocka_unit_test(values_know_their_offset),
      cmocka_unit_test(the_last_duplicate_counts),
      cmocka_unit_test(the_value_borrows_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
