#include "protocol/json/json.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Fixture {
  Buffer buffer;
  JsonWriter writer;
} Fixture;

static void begin(Fixture *fixture, int indent) {
  buffer_init(&fixture->buffer, 1 << 20);
  json_writer_init(&fixture->writer, &fixture->buffer, indent);
}

static void expect(Fixture *fixture, const char *text) {
  assert_string_equal(buffer_view(&fixture->buffer).data, text);
  buffer_finish(&fixture->buffer);
}

static void write_sample(JsonWriter *writer) {
  json_write_object_begin(writer);
  json_write_name(writer, "a");
  json_write_array_begin(writer);
  json_write_integer(writer, 1);
  json_write_object_begin(writer);
  json_write_object_end(writer);
  json_write_null(writer);
  json_write_array_end(writer);
  json_write_name(writer, "b");
  json_write_bool(writer, true);
  json_write_name_view(writer, SV("c\n"));
  json_write_raw(writer, SV("[7]"));
  json_write_object_end(writer);
}

static void commas_and_colons_are_placed(void **state) {
  (void)state;
  Fixture fixture;
  begin(&fixture, 0);
  write_sample(&fixture.writer);
  expect(&fixture, "{\"a\":[1,{},null],\"b\":true,\"c\\n\":[7]}");
}

static void indented_text_has_line_breaks(void **state) {
  (void)state;
  Fixture fixture;
  begin(&fixture, 2);
  write_sample(&fixture.writer);
  expect(&fixture, "{\n  \"a\": [\n    1,\n    {},\n    null\n  ],\n  \"b\": true,\n  \"c\\n\": [7]\n}");
}

static void strings_are_escaped(void **state) {
  (void)state;
  static const struct {
    StringView string;
    const char *written;
  } cases[] = {
      {{NULL, 0}, "null"},
      {{"", 0}, "\"\""},
      {{"a\"\\/\b\f\n\r\t\x01\x1F\x7F", 12}, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\""},
      {{"a\0b", 3}, "\"a\\u0000b\""},
      {{"\xC3\xA9\xF0\x9F\x98\x80", 6}, "\"\xC3\xA9\xF0\x9F\x98\x80\""},
      {{"\xC3", 1}, "\"\xEF\xBF\xBD\""},
      {{"a\xFF\xC3z", 4}, "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\""},
      {{"\xED\xA0\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Fixture fixture;
    begin(&fixture, 0);
    json_write_string(&fixture.writer, cases[index].string);
    expect(&fixture, cases[index].written);
  }
}

static void doubles_are_short(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *written;
  } cases[] = {
      {0.0, "0"},
      {-0.0, "-0.0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.2 + 0.1, "0.30000000000000004"},
      {1.0 / 3, "0.3333333333333333"},
      {100, "100"},
      {1e15, "1e+15"},
      {123456789012345678.0, "1.2345678901234568e+17"},
      {1e300, "1e+300"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {(double)NAN, "null"},
      {(double)INFINITY, "null"},
      {-(double)INFINITY, "null"},
  };
  setlocale(LC_ALL, "de_DE.UTF-8");
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Fixture fixture;
    begin(&fixture, 0);
    json_write_double(&fixture.writer, cases[index].value);
    expect(&fixture, cases[index].written);
  }
  setlocale(LC_ALL, "C");
}

static void random_doubles_come_back(void **state) {
  (void)state;
  uint64_t bits = 88172645463325252u;
  for (int round = 0; round < 20000; round++) {
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) {
      continue;
    }
    Fixture fixture;
    begin(&fixture, 0);
    json_write_double(&fixture.writer, value);
    double again;
    assert_true(string_view_to_double(buffer_view(&fixture.buffer), &again));
    assert_true(again == value);
    buffer_finish(&fixture.buffer);
  }
}

// Short decimals take another way than the rest; it must write what "%.15g" does.
static void decimals_are_as_the_library_writes_them(void **state) {
  (void)state;
  static const int scales[] = {1, 10, 100, 1000, 10000, 100000};
  for (int number = -12345; number <= 12345; number += 3) {
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
      double value = (double)number / scales[i];
      char expected[40];
      snprintf(expected, sizeof expected, "%.15g", value);
      Fixture fixture;
      begin(&fixture, 0);
      json_write_double(&fixture.writer, value);
      expect(&fixture, expected);
    }
  }
}

// Strings are looked at eight bytes at a time: a special byte must be seen wherever it stands.
static void special_bytes_are_seen_at_every_place(void **state) {
  (void)state;
  static const struct {
    char byte;
    const char *escaped;
  } cases[] = {{'"', "\\\""},       {'\\', "\\\\"},   {'\n', "\\n"},
               {'\x1f', "\\u001f"}, {'\x7f', "\x7f"}, {'\xff', "\xEF\xBF\xBD"}};
  for (size_t length = 1; length <= 20; length++) {
    for (size_t place = 0; place < length; place++) {
      for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[20], expected[64];
        memset(text, '!', sizeof text);  // with a byte below that borrows
        text[place] = cases[i].byte;
        snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)place, "!!!!!!!!!!!!!!!!!!!!", cases[i].escaped,
                 (int)(length - place - 1), "!!!!!!!!!!!!!!!!!!!!");
        Fixture fixture;
        begin(&fixture, 0);
        json_write_string(&fixture.writer, (StringView){text, length});
        expect(&fixture, expected);
      }
    }
  }
}

static void integers_are_whole(void **state) {
  (void)state;
  Fixture fixture;
  begin(&fixture, 0);
  json_write_array_begin(&fixture.writer);
  json_write_integer(&fixture.writer, INT64_MIN);
  json_write_integer(&fixture.writer, INT64_MAX);
  json_write_array_end(&fixture.writer);
  expect(&fixture, "[-9223372036854775808,9223372036854775807]");
}

static void the_deepest_value_fits_into_another(void **state) {
  (void)state;
  char text[2 * JSON_DEPTH_MAX];
  memset(text, '[', JSON_DEPTH_MAX);
  memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
  Arena arena = {0};
  JsonValue value;
  assert_int_equal(json_parse((StringView){text, sizeof text}, &arena, &value, NULL), 0);
  Fixture fixture;
  begin(&fixture, 0);
  json_write_object_begin(&fixture.writer);
  json_write_name(&fixture.writer, "data");
  json_write_value(&fixture.writer, &value);
  json_write_object_end(&fixture.writer);
  assert_int_equal(fixture.buffer.length, sizeof text + 9);
  buffer_finish(&fixture.buffer);
  arena_finish(&arena);
}

static void a_full_buffer_is_no_crash(void **state) {
  (void)state;
  for (size_t maximum = 0; maximum < 60; maximum++) {
    Buffer buffer;
    buffer_init(&buffer, maximum);
    JsonWriter writer;
    json_writer_init(&writer, &buffer, 2);
    write_sample(&writer);
    assert_true(buffer.length <= maximum);
    buffer_finish(&buffer);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commas_and_colons_are_placed),
      cmocka_unit_test(indented_text_has_line_breaks),
      cmocka_unit_test(strings_are_escaped),
      cmocka_unit_test(doubles_are_short),
      cmocka_unit_test(random_doubles_come_back),
      cmocka_unit_test(decimals_are_as_the_library_writes_them),
      cmocka_unit_test(special_bytes_are_seen_at_every_place),
      cmocka_unit_test(integers_are_whole),
      cmocka_unit_test(the_deepest_value_fits_into_another),
      cmocka_unit_test(a_full_buffer_is_no_crash),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
