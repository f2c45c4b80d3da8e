#include "protocol/memory/string_view.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void absent_differs_from_empty(void **state) {
  (void)state;
  assert_true(string_view_is_absent(string_view_from(NULL)));
  assert_false(string_view_is_absent(SV("")));
  assert_true(string_view_equal(string_view_from(NULL), SV("")));
}

static void views_compare_by_bytes(void **state) {
  (void)state;
  assert_int_equal(string_view_compare(SV("a"), SV("ab")), -1);
  assert_int_equal(string_view_compare(SV("b"), SV("ab")), 1);
  assert_int_equal(string_view_compare(SV("\xFF"), SV("a")), 1);
  assert_int_equal(string_view_compare(SV(""), (StringView){0}), 0);
  assert_true(string_view_equal(SV("a\0b"), SV("a\0b")));
  assert_false(string_view_equal(SV("a\0b"), SV("a\0c")));
}

static void parts_are_found(void **state) {
  (void)state;
  static const struct {
    const char *view;
    const char *part;
    size_t found;
  } cases[] = {{"hello", "l", 2}, {"hello", "lo", 3}, {"hello", "", 0},  {"", "", 0},
               {"", "a", 0},      {"aab", "ab", 1},   {"hello", "x", 5}, {"abc", "abcd", 3}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    StringView view = string_view_from(cases[index].view);
    StringView part = string_view_from(cases[index].part);
    assert_int_equal(string_view_find(view, part), cases[index].found);
    assert_int_equal(string_view_contains(view, part), part.length == 0 || cases[index].found < view.length);
  }
  assert_int_equal(string_view_find((StringView){0}, SV("a")), 0);
  assert_int_equal(string_view_find_byte((StringView){0}, 'a'), 0);
  assert_int_equal(string_view_find_byte(SV("ba"), 'a'), 1);
}

static void prefixes_and_suffixes(void **state) {
  (void)state;
  assert_true(string_view_starts_with(SV("test_a"), SV("test_")));
  assert_true(string_view_starts_with(SV(""), SV("")));
  assert_false(string_view_starts_with(SV("te"), SV("test")));
  assert_true(string_view_ends_with(SV("a.py"), SV(".py")));
  assert_false(string_view_ends_with(SV("py"), SV(".py")));
  assert_true(string_view_ends_with((StringView){0}, SV("")));
}

static void slices_are_clamped(void **state) {
  (void)state;
  StringView view = SV("hello");
  assert_true(string_view_equal(string_view_slice(view, 1, 3), SV("el")));
  assert_true(string_view_equal(string_view_slice(view, 3, 99), SV("lo")));
  assert_int_equal(string_view_slice(view, 9, 99).length, 0);
  assert_int_equal(string_view_slice(view, 4, 2).length, 0);
  assert_true(string_view_is_absent(string_view_slice((StringView){0}, 0, 1)));
}

static void white_space_is_trimmed(void **state) {
  (void)state;
  assert_true(string_view_equal(string_view_trim(SV(" \t\r\n\f\va b \n")), SV("a b")));
  assert_int_equal(string_view_trim(SV(" \n ")).length, 0);
  assert_int_equal(string_view_trim((StringView){0}).length, 0);
}

static void check_pieces(const char *text, size_t count, const char *const *pieces) {
  StringView rest = string_view_from(text);
  StringView piece;
  size_t index = 0;
  while (string_view_next(&rest, ',', &piece)) {
    assert_true(index < count);
    assert_true(string_view_equal_text(piece, pieces[index++]));
  }
  assert_int_equal(index, count);
}

static void pieces_are_cut(void **state) {
  (void)state;
  check_pieces("a,,b", 3, (const char *const[]){"a", "", "b"});
  check_pieces("a,b,", 2, (const char *const[]){"a", "b"});
  check_pieces(",", 1, (const char *const[]){""});
  check_pieces("", 0, NULL);
  check_pieces(NULL, 0, NULL);
}

static void words_are_whole(void **state) {
  (void)state;
  static const struct {
    const char *view;
    const char *word;
    bool found;
  } cases[] = {{"foo bar", "foo", true},
               {"foobar", "foo", false},
               {"x.foo()", "foo", true},
               {"foo_", "foo", false},
               {"foo1 foo", "foo", true},
               {"\xC3\xA9"
                "foo",
                "foo", false},
               {"foo\xC3\xA9", "foo", false},
               {"foofoo", "foo", false},
               {"foo", "", false},
               {"", "foo", false},
               {"aa a", "a", true}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    StringView view = string_view_from(cases[index].view);
    assert_int_equal(string_view_contains_word(view, string_view_from(cases[index].word)), cases[index].found);
  }
}

static void integers_are_read_whole(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool is_valid;
    int64_t value;
  } cases[] = {{"0", true, 0},
               {"-0", true, 0},
               {"+7", true, 7},
               {"007", true, 7},
               {"9223372036854775807", true, INT64_MAX},
               {"-9223372036854775808", true, INT64_MIN},
               {"9223372036854775808", false, 0},
               {"-9223372036854775809", false, 0},
               {"99999999999999999999999", false, 0},
               {"", false, 0},
               {"-", false, 0},
               {"+", false, 0},
               {"--1", false, 0},
               {" 1", false, 0},
               {"1 ", false, 0},
               {"1.0", false, 0},
               {"0x10", false, 0}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    int64_t value = 0;
    assert_int_equal(string_view_to_int64(string_view_from(cases[index].text), &value), cases[index].is_valid);
    assert_true(value == cases[index].value);
  }
}

static void doubles_are_decimal_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool is_valid;
    double value;
  } cases[] = {{"0", true, 0},    {"1.5", true, 1.5},  {"-1.5e3", true, -1500}, {".5", true, 0.5},
               {"5.", true, 5},   {"1e-400", true, 0}, {"1e400", false, 0},     {"-1e400", false, 0},
               {"nan", false, 0}, {"inf", false, 0},   {"0x10", false, 0},      {"1e", false, 0},
               {"1e+", false, 0}, {".", false, 0},     {"", false, 0},          {"1,5", false, 0},
               {" 1", false, 0},  {"1 ", false, 0},    {"--1", false, 0},       {"5e-324", true, 5e-324}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    double value = 0;
    assert_int_equal(string_view_to_double(string_view_from(cases[index].text), &value), cases[index].is_valid);
    assert_true(value == cases[index].value);
  }
}

static void long_numbers_are_read(void **state) {
  (void)state;
  char text[2000];
  memset(text, '1', sizeof text);
  double value;
  assert_true(string_view_to_double((StringView){text, 300}, &value));
  assert_true(value > 1e299);
  assert_false(string_view_to_double((StringView){text, sizeof text}, &value));
}

static void the_locale_does_not_matter(void **state) {
  (void)state;
  // Where no such locale is installed this is the C locale again, and the test says little.
  setlocale(LC_ALL, "de_DE.UTF-8");
  double value = 0;
  assert_true(string_view_to_double(SV("1.5"), &value));
  assert_true(value == 1.5);
  setlocale(LC_ALL, "C");
}

static void hashes_differ_in_one_bit(void **state) {
  (void)state;
  char text[24] = {0};
  for (size_t length = 1; length <= sizeof text; length++) {
    uint64_t hash = string_view_hash((StringView){text, length});
    assert_true(hash != string_view_hash((StringView){text, length - 1}));
    for (size_t bit = 0; bit < length * 8; bit++) {
      text[bit / 8] = (char)(1 << (bit % 8));
      assert_true(hash != string_view_hash((StringView){text, length}));
      text[bit / 8] = 0;
    }
  }
}

static void utf8_follows_the_table(void **state) {
  (void)state;
  static const struct {
    StringView text;
    bool is_valid;
  } cases[] = {
      {{"", 0}, true},
      {{"abc", 3}, true},
      {{"\xC3\xA9", 2}, true},
      {{"\xE2\x82\xAC", 3}, true},
      {{"\xF0\x9F\x98\x80", 4}, true},
      {{"\xEF\xBF\xBF", 3}, true},
      {{"\xF4\x8F\xBF\xBF", 4}, true},
      {{"\xF4\x90\x80\x80", 4}, false},  // above U+10FFFF
      {{"\xED\xA0\x80", 3}, false},      // a surrogate
      {{"\xED\x9F\xBF", 3}, true},
      {{"\xC0\x80", 2}, false},  // overlong
      {{"\xC1\xBF", 2}, false},
      {{"\xE0\x9F\xBF", 3}, false},
      {{"\xF0\x8F\xBF\xBF", 4}, false},
      {{"\x80", 1}, false},
      {{"\xC3", 1}, false},
      {{"\xE2\x82", 2}, false},
      {{"\xF0\x9F\x98", 3}, false},
      {{"\xFE", 1}, false},
      {{"\xFF", 1}, false},
      {{"0123456\xC3", 8}, false},
      {{"01234567\xC3\xA9"
        "01234567",
        18},
       true},
      {{"a\0b", 3}, true},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    assert_int_equal(string_view_is_utf8(cases[index].text), cases[index].is_valid);
  }
}

// Encodes every code point and reads it back, and checks that no other three bytes are taken for one.
static void every_code_point_is_one_sequence(void **state) {
  (void)state;
  for (uint32_t code = 0x80; code <= 0x10FFFF; code++) {
    char bytes[4];
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    uint32_t rest = code;
    for (size_t index = length - 1; index > 0; index--) {
      bytes[index] = (char)(0x80 | (rest & 0x3F));
      rest >>= 6;
    }
    bytes[0] = (char)((0xF00u >> length & 0xFFu) | rest);
    bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    assert_int_equal(string_view_utf8_length((StringView){bytes, length}, 0), is_surrogate ? 0 : length);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(absent_differs_from_empty),
      cmocka_unit_test(views_compare_by_bytes),
      cmocka_unit_test(parts_are_found),
      cmocka_unit_test(prefixes_and_suffixes),
      cmocka_unit_test(slices_are_clamped),
      cmocka_unit_test(white_space_is_trimmed),
      cmocka_unit_test(pieces_are_cut),
      cmocka_unit_test(words_are_whole),
      cmocka_unit_test(integers_are_read_whole),
      cmocka_unit_test(doubles_are_decimal_numbers),
      cmocka_unit_test(long_numbers_are_read),
      cmocka_unit_test(the_locale_does_not_matter),
      cmocka_unit_test(hashes_differ_in_one_bit),
      cmocka_unit_test(utf8_follows_the_table),
      cmocka_unit_test(every_code_point_is_one_sequence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
