// The edits that put placed tests and their imports into a file.
#include "server/generator/place.h"

#include <ctype.h>

#define EDITS_MAX 10000u
#define FILE_TEXT_MAX (16u << 20)  // bytes

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are placed");
}

uint32_t place_trimmed_end(StringView text, uint32_t end) {
  while (end > 0 && isspace((unsigned char)text.data[end - 1]))
    end--;
  return end;
}

static void append_indented(Buffer *text, StringView code, StringView indent) {
  StringView rest = code, line;
  bool is_first = true;
  while (string_view_next(&rest, '\n', &line)) {
    buffer_append_text(text, is_first ? "" : "\n");
    if (line.length > 0)
      buffer_append(text, indent);
    buffer_append(text, line);
    is_first = false;
  }
}

static bool opens_class(const PlacedTest *tests, size_t index) {
  if (!tests[index].is_new_class)
    return false;
  for (size_t before = 0; before < index; before++)
    if (tests[before].is_new_class && string_view_equal(tests[before].class_name, tests[index].class_name))
      return false;
  return true;
}

static void append_test(const TestFile *file, const PlacedTest *tests, size_t index, Buffer *text) {
  const PlacedTest *test = &tests[index];
  if (test->form == FORM_FUNCTION) {
    buffer_append_text(text, "\n\n\n");
    append_indented(text, test->code, SV(""));
    return;
  }
  if (opens_class(tests, index))
    buffer_append_format(text, "\n\n\nclass %.*s%s:\n", SV_ARGUMENTS(test->class_name),
                         test->form == FORM_UNITTEST ? "(unittest.TestCase)" : "");
  else
    buffer_append_text(text, "\n\n");
  append_indented(text, test->code, file->style.indent);
}

// Tests of one new class stand together, whatever order they came in.
static void append_new_class(const TestFile *file, const PlacedTest *tests, size_t count, size_t first, Buffer *text) {
  for (size_t index = first; index < count; index++)
    if (tests[index].is_new_class && string_view_equal(tests[index].class_name, tests[first].class_name))
      append_test(file, tests, index, text);
}

static StringView text_at(const TestFile *file, const PlacedTest *tests, size_t count, uint32_t offset, Arena *arena) {
  Buffer text;
  buffer_init(&text, FILE_TEXT_MAX);
  for (size_t index = 0; index < count; index++) {
    if (tests[index].offset != offset)
      continue;
    if (!tests[index].is_new_class)
      append_test(file, tests, index, &text);
    else if (opens_class(tests, index))
      append_new_class(file, tests, count, index, &text);
  }
  StringView copy = text.failure ? (StringView){0} : arena_copy(arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

static bool is_first_at_offset(const PlacedTest *tests, size_t index) {
  for (size_t before = 0; before < index; before++)
    if (tests[before].offset == tests[index].offset)
      return false;
  return true;
}

static int test_edits(const TestFile *file, const PlacedTest *tests, size_t count, Arena *arena, Vector *edits,
                      Error *ret_error) {
  for (size_t index = 0; index < count; index++) {
    if (!is_first_at_offset(tests, index))
      continue;
    TextEdit edit = {tests[index].offset, tests[index].offset, text_at(file, tests, count, tests[index].offset, arena)};
    // A file whose last line has no end gets one.
    bool is_end = place_trimmed_end(file->text, (uint32_t)file->text.length) == edit.start;
    if (is_end && string_view_find_byte(string_view_slice(file->text, edit.start, file->text.length), '\n') ==
                      file->text.length - edit.start)
      edit.text = arena_format(arena, "%.*s\n", SV_ARGUMENTS(edit.text));
    if (!edit.text.data || !vector_push_copy(edits, &edit))
      return no_memory(ret_error);
  }
  return 0;
}

static int compare_edits(const void *left, const void *right) {
  const TextEdit *one = left, *other = right;
  return one->start < other->start ? -1 : one->start > other->start;
}

static StringView with_line_ends(const TestFile *file, StringView text, Arena *arena) {
  if (!file->is_crlf)
    return text;
  Buffer converted;
  buffer_init(&converted, 2 * FILE_TEXT_MAX);
  for (size_t index = 0; index < text.length; index++) {
    if (text.data[index] == '\n')
      buffer_append_byte(&converted, '\r');
    buffer_append_byte(&converted, text.data[index]);
  }
  StringView copy = converted.failure ? (StringView){0} : arena_copy(arena, buffer_view(&converted));
  buffer_finish(&converted);
  return copy;
}

// Edits at one offset become one, in their order; a new file has a single edit.
static bool merge_edits(const TestFile *file, Vector *edits, Arena *arena) {
  size_t kept = 0;
  vector_sort(edits, compare_edits);
  for (size_t index = 0; index < edits->count; index++) {
    TextEdit *edit = vector_at(edits, index), *last = kept > 0 ? vector_at(edits, kept - 1) : NULL;
    if (last && last->start == edit->start && last->end == last->start) {
      last->text = arena_format(arena, "%.*s%.*s", SV_ARGUMENTS(last->text), SV_ARGUMENTS(edit->text));
      last->end = edit->end;
      if (!last->text.data)
        return false;
      continue;
    }
    *(TextEdit *)vector_at(edits, kept++) = *edit;
  }
  vector_truncate(edits, kept);
  for (size_t index = 0; index < kept; index++) {
    TextEdit *edit = vector_at(edits, index);
    edit->text = with_line_ends(file, edit->text, arena);
    if (!edit->text.data)
      return false;
  }
  return true;
}

int place_edits(const TestFile *file, const PlacedTest *tests, size_t count, Arena *arena, TextEdit **ret_edits,
                size_t *ret_count, Error *ret_error) {
  Vector edits;
  vector_init(&edits, sizeof(TextEdit), EDITS_MAX);
  int result = place_import_edits(file, tests, count, arena, &edits, ret_error);
  if (result == 0)
    result = test_edits(file, tests, count, arena, &edits, ret_error);
  if (result == 0 && !merge_edits(file, &edits, arena))
    result = no_memory(ret_error);
  if (result == 0) {
    *ret_edits = vector_to_arena(&edits, arena, ret_count);
    if (!*ret_edits && edits.count > 0)
      result = no_memory(ret_error);
  }
  vector_finish(&edits);
  return result;
}

int place_apply(const TestFile *file, const TextEdit *edits, size_t count, Arena *arena, StringView *ret_text,
                Error *ret_error) {
  Buffer text;
  uint32_t position = 0;
  buffer_init(&text, FILE_TEXT_MAX);
  for (size_t index = 0; index < count; index++) {
    buffer_append(&text, string_view_slice(file->text, position, edits[index].start));
    buffer_append(&text, edits[index].text);
    position = edits[index].end;
  }
  buffer_append(&text, string_view_slice(file->text, position, file->text.length));
  int result = buffer_check(&text, ret_error, "a test file");
  StringView copy = result == 0 ? arena_copy(arena, buffer_view(&text)) : (StringView){0};
  buffer_finish(&text);
  if (result == 0 && !copy.data)
    return no_memory(ret_error);
  *ret_text = copy;
  return result;
}
