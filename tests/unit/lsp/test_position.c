#include "protocol/lsp/position.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX 400

// ---- The independent implementation: one character at a time, from the front ----

typedef struct Walk {
  size_t offset;
  uint32_t line;
  uint32_t columns[POSITION_ENCODING_COUNT];
} Walk;

// Bytes of the sequence by the definition of well-formedness: decode, then check range, length and surrogates.
static size_t reference_sequence(StringView text, size_t offset) {
  const unsigned char *bytes = (const unsigned char *)text.data + offset;
  size_t rest = text.length - offset;
  size_t length = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : bytes[0] >= 0xC0 ? 2 : 0;
  if (length == 0 || length > rest || bytes[0] >= 0xF8) {
    return 0;
  }
  uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0x7Fu >> length);
  for (size_t index = 1; index < length; index++) {
    if (bytes[index] < 0x80 || bytes[index] > 0xBF) {
      return 0;
    }
    code = code << 6 | (bytes[index] & 0x3F);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least[length] || code > 0x10FFFF || is_surrogate ? 0 : length;
}

static void step(StringView text, Walk *walk) {
  char byte = text.data[walk->offset];
  bool is_pair = byte == '\r' && walk->offset + 1 < text.length && text.data[walk->offset + 1] == '\n';
  if (byte == '\n' || byte == '\r') {
    *walk = (Walk){.offset = walk->offset + (is_pair ? 2 : 1), .line = walk->line + 1};
    return;
  }
  size_t length = reference_sequence(text, walk->offset);
  walk->offset += length ? length : 1;
  walk->columns[POSITION_UTF8] += length ? (uint32_t)length : 1;
  walk->columns[POSITION_UTF16] += length == 4 ? 2 : 1;
  walk->columns[POSITION_UTF32] += 1;
}

static uint32_t reference_to_offset(StringView text, PositionEncoding encoding, Position position, bool *ret_exact) {
  Walk walk = {0};
  while (walk.line < position.line && walk.offset < text.length) {
    step(text, &walk);
  }
  if (walk.line < position.line) {
    *ret_exact = false;
    return (uint32_t)text.length;
  }
  while (walk.columns[encoding] < position.character && walk.offset < text.length) {
    Walk next = walk;
    step(text, &next);
    if (next.line > walk.line || next.columns[encoding] > position.character) {
      break;
    }
    walk = next;
  }
  *ret_exact = walk.columns[encoding] == position.character;
  return (uint32_t)walk.offset;
}

static Position reference_from_offset(StringView text, PositionEncoding encoding, size_t offset) {
  Walk walk = {0};
  while (walk.offset < offset && walk.offset < text.length) {
    Walk next = walk;
    step(text, &next);
    if (next.offset > offset) {
      break;  // inside a character or a line end
    }
    walk = next;
  }
  return (Position){walk.line, walk.columns[encoding]};
}

// ---- Random texts ----

static const char *const pieces[] = {
    "a",
    "b",
    "\t",
    " ",
    "\n",
    "\r",
    "\r\n",
    "def f():",
    "\xC3\xA9",
    "e\xCC\x81",
    "\n",
    "\xE2\x82\xAC",
    "\xF0\x9F\x98\x80",
    "\x80",
    "\xFF",
    "\xC3",
    "\xE2\x82",
    "\xF0\x9F\x98",
    "\xED\xA0\x80",
    "\xC0\x80",
    "0123456789abcdefghij",
    "\xF4\x90\x80\x80",
    "\xEF\xBB\xBF",
    "\xE2\x80\xA8",
};

static StringView random_text(char *buffer, size_t maximum) {
  size_t length = 0;
  for (int count = rand() % 40; count > 0; count--) {
    const char *piece = pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])];
    if (length + strlen(piece) <= maximum) {
      memcpy(buffer + length, piece, strlen(piece));
      length += strlen(piece);
    }
  }
  return (StringView){buffer, length};
}

static void check_index(const LineIndex *index, StringView text) {
  LineIndex rebuilt;
  assert_int_equal(line_index_init(&rebuilt, text, NULL), 0);
  assert_int_equal(index->count, rebuilt.count);
  assert_int_equal(index->length, text.length);
  assert_int_equal(index->longest, rebuilt.longest);
  assert_memory_equal(index->starts, rebuilt.starts, rebuilt.count * sizeof *rebuilt.starts);
  line_index_finish(&rebuilt);
}

static void check_starts(const LineIndex *index, StringView text) {
  Walk walk = {0};
  uint32_t line = 0;
  while (walk.offset < text.length) {
    step(text, &walk);
    if (walk.line > line) {
      line = walk.line;
      assert_true(line < index->count);
      assert_int_equal(index->starts[line], walk.offset);
    }
  }
  assert_int_equal(index->count, line + 1);
}

static void check_conversions(const LineIndex *index, StringView text, PositionEncoding encoding) {
  for (uint32_t offset = 0; offset <= text.length + 2; offset++) {
    Position expected = reference_from_offset(text, encoding, offset);
    Position actual = position_from_offset(index, text, encoding, offset);
    assert_int_equal(actual.line, expected.line);
    assert_int_equal(actual.character, expected.character);
  }
  for (uint32_t line = 0; line < index->count + 2; line++) {
    for (uint32_t character = 0; character < 30; character++) {
      Position position = {line, character};
      bool is_exact;
      bool is_clamped;
      uint32_t expected = reference_to_offset(text, encoding, position, &is_exact);
      assert_int_equal(position_to_offset(index, text, encoding, position, &is_clamped), expected);
      assert_int_equal(is_clamped, !is_exact);
    }
  }
}

static void conversions_agree_with_a_simple_implementation(void **state) {
  (void)state;
  srand(3);
  for (int round = 0; round < 1500; round++) {
    char buffer[TEXT_MAX];
    StringView text = random_text(buffer, sizeof buffer);
    LineIndex index;
    assert_int_equal(line_index_init(&index, text, NULL), 0);
    check_starts(&index, text);
    for (PositionEncoding encoding = 0; encoding < POSITION_ENCODING_COUNT; encoding++) {
      check_conversions(&index, text, encoding);
    }
    line_index_finish(&index);
  }
}

static void edits_are_like_a_new_index(void **state) {
  (void)state;
  srand(5);
  char text[TEXT_MAX * 4] = "";
  size_t length = 0;
  LineIndex index;
  assert_int_equal(line_index_init(&index, (StringView){text, 0}, NULL), 0);
  for (int round = 0; round < 20000; round++) {
    char inserted[TEXT_MAX];
    StringView insert = random_text(inserted, (size_t)rand() % 40);
    size_t start = (size_t)rand() % (length + 1);
    size_t old_end = start + (size_t)rand() % (length - start + 1) / (rand() % 2 ? 1 : 8);
    if (length - (old_end - start) + insert.length > sizeof text) {
      insert.length = 0;
    }
    memmove(text + start + insert.length, text + old_end, length - old_end);
    memcpy(text + start, insert.data, insert.length);
    length = length - (old_end - start) + insert.length;
    LineIndex edited;
    StringView view = {text, length};
    assert_int_equal(line_index_edit(&index, view, (uint32_t)start, (uint32_t)old_end,
                                     (uint32_t)(start + insert.length), &edited, NULL),
                     0);
    line_index_finish(&index);
    index = edited;
    check_index(&index, view);
  }
  line_index_finish(&index);
}

// Every edit of one byte in texts where "\r" and "\n" meet.
static void edits_join_and_part_line_ends(void **state) {
  (void)state;
  static const char alphabet[] = "\r\nx";
  for (int code = 0; code < 243; code++) {
    char text[6];
    int rest = code;
    for (int place = 0; place < 5; place++, rest /= 3) {
      text[place] = alphabet[rest % 3];
    }
    LineIndex index;
    assert_int_equal(line_index_init(&index, (StringView){text, 5}, NULL), 0);
    for (uint32_t at = 0; at <= 5; at++) {
      for (int inserted = 0; inserted < 3; inserted++) {
        char grown[6];
        memcpy(grown, text, at);
        grown[at] = alphabet[inserted];
        memcpy(grown + at + 1, text + at, 5 - at);
        LineIndex edited;
        assert_int_equal(line_index_edit(&index, (StringView){grown, 6}, at, at, at + 1, &edited, NULL), 0);
        check_index(&edited, (StringView){grown, 6});
        LineIndex back;
        assert_int_equal(line_index_edit(&edited, (StringView){text, 5}, at, at + 1, at, &back, NULL), 0);
        check_index(&back, (StringView){text, 5});
        line_index_finish(&edited);
        line_index_finish(&back);
      }
    }
    line_index_finish(&index);
  }
}

static void edits_that_do_not_fit_are_refused(void **state) {
  (void)state;
  StringView text = SV("abc\ndef");
  LineIndex index;
  assert_int_equal(line_index_init(&index, text, NULL), 0);
  static const struct {
    uint32_t start, old_end, new_end;
  } cases[] = {{0, 9, 0}, {3, 2, 3}, {3, 3, 2}, {0, 0, 99}, {0, 1, 0}, {8, 8, 8}};
  for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
    LineIndex edited;
    Error error = {0};
    assert_int_equal(
        line_index_edit(&index, text, cases[at].start, cases[at].old_end, cases[at].new_end, &edited, &error),
        ERROR_INVALID_ARGUMENT);
  }
  line_index_finish(&index);
  line_index_finish(&index);
}

static void lines_have_no_line_end(void **state) {
  (void)state;
  StringView text = SV("a\r\nbb\rccc\n\n\r\n");
  static const char *const lines[] = {"a", "bb", "ccc", "", "", "", ""};
  LineIndex index;
  assert_int_equal(line_index_init(&index, text, NULL), 0);
  assert_int_equal(index.count, 6);
  for (uint32_t line = 0; line < 7; line++) {
    StringView view = line_index_line(&index, text, line);
    assert_non_null(view.data);
    assert_true(string_view_equal_text(view, lines[line]));
  }
  assert_int_equal(line_index_line_of(&index, 0), 0);
  assert_int_equal(line_index_line_of(&index, 2), 0);
  assert_int_equal(line_index_line_of(&index, 3), 1);
  assert_int_equal(line_index_line_of(&index, 9999), 5);
  assert_int_equal(line_index_line_of(&index, UINT32_MAX), 5);
  line_index_finish(&index);
}

static void extreme_positions_are_clamped(void **state) {
  (void)state;
  StringView text = SV("ab\n\xF0\x9F\x98\x80");
  LineIndex index;
  assert_int_equal(line_index_init(&index, text, NULL), 0);
  static const struct {
    Position position;
    PositionEncoding encoding;
    uint32_t offset;
    bool is_clamped;
  } cases[] = {
      {{0, UINT32_MAX}, POSITION_UTF16, 2, true},
      {{UINT32_MAX, 0}, POSITION_UTF16, 7, true},
      {{UINT32_MAX, UINT32_MAX}, POSITION_UTF8, 7, true},
      {{1, 1}, POSITION_UTF16, 3, true},
      {{1, 2}, POSITION_UTF16, 7, false},
      {{1, 1}, POSITION_UTF32, 7, false},
      {{1, 3}, POSITION_UTF8, 3, true},
      {{1, 4}, POSITION_UTF8, 7, false},
      {{0, 2}, POSITION_UTF8, 2, false},
  };
  for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at++) {
    bool is_clamped;
    uint32_t offset = position_to_offset(&index, text, cases[at].encoding, cases[at].position, &is_clamped);
    assert_int_equal(offset, cases[at].offset);
    assert_int_equal(is_clamped, cases[at].is_clamped);
    assert_int_equal(position_to_offset(&index, text, cases[at].encoding, cases[at].position, NULL), offset);
  }
  line_index_finish(&index);
}

static void the_longest_line_is_known(void **state) {
  (void)state;
  LineIndex index;
  assert_int_equal(line_index_init(&index, SV("a\nbbbb\ncc"), NULL), 0);
  assert_int_equal(index.longest, 5);
  line_index_finish(&index);
  assert_int_equal(line_index_init(&index, SV("a\nbbbbbbb"), NULL), 0);
  assert_int_equal(index.longest, 7);
  line_index_finish(&index);
  assert_int_equal(line_index_init(&index, (StringView){0}, NULL), 0);
  assert_int_equal(index.longest, 0);
  assert_int_equal(index.count, 1);
  line_index_finish(&index);
}

static void ranges_are_compared(void **state) {
  (void)state;
  Range range = {{1, 2}, {3, 4}};
  assert_true(range_contains(range, (Position){1, 2}));
  assert_true(range_contains(range, (Position){3, 4}));
  assert_true(range_contains(range, (Position){2, 99}));
  assert_false(range_contains(range, (Position){1, 1}));
  assert_false(range_contains(range, (Position){3, 5}));
  assert_true(range_overlaps(range, (Range){{3, 4}, {3, 4}}));
  assert_true(range_overlaps((Range){{1, 2}, {1, 2}}, range));
  assert_false(range_overlaps(range, (Range){{3, 4}, {3, 5}}));
  assert_true(range_overlaps(range, (Range){{3, 3}, {9, 0}}));
  assert_true(range_overlaps(range, (Range){{0, 0}, {9, 0}}));
  assert_false(range_overlaps(range, (Range){{0, 0}, {1, 2}}));
  assert_true(range_overlaps((Range){{1, 1}, {1, 1}}, (Range){{1, 1}, {1, 1}}));
  assert_int_equal(position_compare((Position){1, 2}, (Position){1, 3}), -1);
  assert_int_equal(position_compare((Position){2, 0}, (Position){1, 3}), 1);
  assert_int_equal(position_compare((Position){2, 0}, (Position){2, 0}), 0);
}

static void encodings_have_names(void **state) {
  (void)state;
  assert_string_equal(position_encoding_names[POSITION_UTF8], "utf-8");
  assert_string_equal(position_encoding_names[POSITION_UTF16], "utf-16");
  assert_string_equal(position_encoding_names[POSITION_UTF32], "utf-32");
  assert_null(position_encoding_names[POSITION_ENCODING_COUNT]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conversions_agree_with_a_simple_implementation),
      cmocka_unit_test(edits_are_like_a_new_index),
      cmocka_unit_test(edits_join_and_part_line_ends),
      cmocka_unit_test(edits_that_do_not_fit_are_refused),
      cmocka_unit_test(lines_have_no_line_end),
      cmocka_unit_test(extreme_positions_are_clamped),
      cmocka_unit_test(the_longest_line_is_known),
      cmocka_unit_test(ranges_are_compared),
      cmocka_unit_test(encodings_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
