#include "server/syntax/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static SyntaxParser *make_parser(void) {
  SyntaxParser *parser = NULL;
  assert_int_equal(syntax_parser_create(language_by_identifier(SV("python")), &parser, NULL), 0);
  return parser;
}

static Snapshot *make_snapshot(SyntaxParser *parser, const char *text) {
  Snapshot *snapshot = NULL;
  assert_int_equal(snapshot_create(parser, string_view_from(text), &snapshot, NULL), 0);
  return snapshot;
}

static void languages_are_found_by_name_and_path(void **state) {
  (void)state;
  assert_ptr_equal(language_by_identifier(SV("python")), language_at(0));
  assert_ptr_equal(language_by_path(SV("a/b.py")), language_at(0));
  assert_ptr_equal(language_by_path(SV("a/b.pyi")), language_at(0));
  assert_null(language_by_path(SV("a/b.pyx")));
  assert_null(language_by_identifier(SV("cobol")));
  assert_null(language_at(1));
}

static void an_edit_leaves_the_old_version_alone(void **state) {
  (void)state;
  SyntaxParser *parser = make_parser();
  Snapshot *old = make_snapshot(parser, "x = 1\ny = 2\n");
  Snapshot *next = NULL;
  assert_int_equal(snapshot_edit(parser, old, 4, 5, SV("123"), &next, NULL), 0);
  assert_true(string_view_equal_text(snapshot_text(old), "x = 1\ny = 2\n"));
  assert_true(string_view_equal_text(snapshot_text(next), "x = 123\ny = 2\n"));
  assert_int_equal(snapshot_lines(next)->starts[1], 8);
  assert_int_equal(ts_node_end_byte(snapshot_root(next)), 14);
  snapshot_release(old);
  assert_false(ts_node_has_error(snapshot_root(next)));
  snapshot_release(next);
  syntax_parser_destroy(parser);
}

static void the_text_outlives_the_tree(void **state) {
  (void)state;
  SyntaxParser *parser = make_parser();
  Snapshot *snapshot = make_snapshot(parser, "x = 1\n");
  SourceText *text = source_text_retain(snapshot_source(snapshot));
  snapshot_release(snapshot);
  assert_true(string_view_equal_text(source_text_view(text), "x = 1\n"));
  source_text_release(text);
  syntax_parser_destroy(parser);
}

static void an_edit_outside_the_text_is_refused(void **state) {
  (void)state;
  SyntaxParser *parser = make_parser();
  Snapshot *snapshot = make_snapshot(parser, "x = 1\n");
  Snapshot *next = NULL;
  Error error = {0};
  assert_int_equal(snapshot_edit(parser, snapshot, 2, 99, SV(""), &next, &error), ERROR_INVALID_ARGUMENT);
  assert_int_equal(snapshot_edit(parser, snapshot, 3, 2, SV(""), &next, NULL), ERROR_INVALID_ARGUMENT);
  assert_null(next);
  assert_string_equal(error.message, "the edit of bytes 2 to 99 lies outside the text of 6 bytes");
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
}

static void large_texts_and_long_lines_are_left_alone(void **state) {
  (void)state;
  SyntaxParser *parser = make_parser();
  size_t size = SNAPSHOT_TEXT_MAX + 1;
  char *text = malloc(size);
  assert_non_null(text);
  memset(text, 'x', size);
  Snapshot *snapshot = NULL;
  assert_int_equal(snapshot_create(parser, (StringView){text, size}, &snapshot, NULL), ERROR_LIMIT);
  assert_int_equal(snapshot_create(parser, (StringView){text, SNAPSHOT_LINE_MAX + 1}, &snapshot, NULL), ERROR_LIMIT);
  assert_int_equal(snapshot_create(parser, (StringView){text, SNAPSHOT_LINE_MAX}, &snapshot, NULL), 0);
  snapshot_release(snapshot);
  text[SNAPSHOT_LINE_MAX] = '\r';  // the line end is no part of the line
  text[SNAPSHOT_LINE_MAX + 1] = '\n';
  assert_int_equal(snapshot_create(parser, (StringView){text, SNAPSHOT_LINE_MAX + 2}, &snapshot, NULL), 0);
  snapshot_release(snapshot);
  free(text);
  syntax_parser_destroy(parser);
}

static void bytes_that_are_no_text_do_no_harm(void **state) {
  (void)state;
  SyntaxParser *parser = make_parser();
  Snapshot *snapshot = NULL;
  StringView text = {"x = '\xff\xfe\0\x80'\n\xed\xa0\x80", 14};
  assert_int_equal(snapshot_create(parser, text, &snapshot, NULL), 0);
  assert_int_equal(snapshot_text(snapshot).length, 14);
  assert_true(snapshot_memory(snapshot) > 14);
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(languages_are_found_by_name_and_path),
      cmocka_unit_test(an_edit_leaves_the_old_version_alone),
      cmocka_unit_test(the_text_outlives_the_tree),
      cmocka_unit_test(an_edit_outside_the_text_is_refused),
      cmocka_unit_test(large_texts_and_long_lines_are_left_alone),
      cmocka_unit_test(bytes_that_are_no_text_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
