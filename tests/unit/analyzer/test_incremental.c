// An analysis made from the previous one equals one made from nothing, whatever was edited; and no text does any harm.

#include "protocol/memory/buffer.h"
#include "server/analyzer/analysis.h"
#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static SyntaxParser *parser;
static Arena arena;

static int set_up(void **state) {
  (void)state;
  arena_init(&arena);
  return syntax_parser_create(language_by_identifier(SV("python")), &parser, NULL);
}

static int tear_down(void **state) {
  (void)state;
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  return 0;
}

static StringView fixture(const char *name) {
  char path[512];
  StringView text;
  snprintf(path, sizeof(path), "%s/python/%s", TEST_FIXTURES, name);
  assert_int_equal(file_read(path, 1u << 20, &arena, &text, NULL), 0);
  return text;
}

// xorshift64: the same edits at every run.
static uint32_t next_random(uint64_t *seed, uint32_t below) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return below ? (uint32_t)(*seed % below) : 0;
}

static FileAnalysis *analyse(const Snapshot *snapshot, const FileAnalysis *previous) {
  FileAnalysis *analysis = NULL;
  assert_int_equal(analysis_create(SV("test_file.py"), snapshot, NULL, previous, &analysis, NULL), 0);
  return analysis;
}

static void same_text(StringView left, StringView right) {
  assert_int_equal(left.length, right.length);
  assert_true(string_view_equal(left, right));
}

static void same_definitions(const FileAnalysis *left, const FileAnalysis *right) {
  size_t count = 0;
  size_t other = 0;
  const Definition *a = analysis_definitions(left, &count);
  const Definition *b = analysis_definitions(right, &other);
  assert_int_equal(count, other);
  for (size_t i = 0; i < count; i++) {
    same_text(a[i].qualified_name, b[i].qualified_name);
    assert_memory_equal(&a[i].span, &b[i].span, sizeof(Span));
    assert_memory_equal(&a[i].body_span, &b[i].body_span, sizeof(Span));
    assert_int_equal(a[i].complexity, b[i].complexity);
    assert_int_equal(a[i].reference_count, b[i].reference_count);
    for (size_t j = 0; j < a[i].reference_count; j++) {
      same_text(a[i].references[j].name, b[i].references[j].name);
    }
    assert_int_equal(a[i].literal_count, b[i].literal_count);
    for (size_t j = 0; j < a[i].literal_count; j++) {
      same_text(a[i].literals[j].text, b[i].literals[j].text);
    }
  }
}

static void same_tests(const FileAnalysis *left, const FileAnalysis *right) {
  size_t count = 0;
  size_t other = 0;
  const TestFacts *a = analysis_tests(left, &count);
  const TestFacts *b = analysis_tests(right, &other);
  assert_int_equal(count, other);
  for (size_t i = 0; i < count; i++) {
    same_text(a[i].id, b[i].id);
    assert_int_equal(a[i].strength, b[i].strength);
    assert_int_equal(a[i].category, b[i].category);
    assert_int_equal(a[i].assertion_count, b[i].assertion_count);
    assert_int_equal(a[i].part_count, b[i].part_count);
  }
}

static void same_findings(const FileAnalysis *left, const FileAnalysis *right) {
  size_t count = 0;
  size_t other = 0;
  const Finding *a = analysis_findings(left, &count);
  const Finding *b = analysis_findings(right, &other);
  assert_int_equal(count, other);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(a[i].code, b[i].code);
    assert_string_equal(a[i].message, b[i].message);
    assert_memory_equal(&a[i].span, &b[i].span, sizeof(Span));
    assert_memory_equal(&a[i].fix_span, &b[i].fix_span, sizeof(Span));
  }
}

static const char *const pieces[] = {"x",
                                     " ",
                                     "\n",
                                     "    ",
                                     "assert x == 1\n",
                                     "(",
                                     ")",
                                     "def test_new():\n    pass\n",
                                     "\"",
                                     "\"\"\"",
                                     "class A:\n",
                                     "# testgen: ignore\n",
                                     "\xff",
                                     "\xc3\xa9",
                                     "=",
                                     "if x:\n",
                                     "@",
                                     "\r\n",
                                     "raise",
                                     "return\n",
                                     "with pytest.raises(E):\n    f()\n",
                                     "async ",
                                     "[",
                                     "lambda: "};

static void edits_equal_analysis_from_nothing(void **state) {
  (void)state;
  uint64_t seed = 88172645463325252ull;
  Snapshot *snapshot = NULL;
  assert_int_equal(snapshot_create(parser, fixture("test_shapes.py"), &snapshot, NULL), 0);
  FileAnalysis *analysis = analyse(snapshot, NULL);
  for (int round = 0; round < 1500; round++) {
    uint32_t length = (uint32_t)snapshot_text(snapshot).length;
    uint32_t start = next_random(&seed, length + 1);
    uint32_t end = start + next_random(&seed, next_random(&seed, 10) == 0 ? 200 : 4);
    StringView piece = string_view_from(pieces[next_random(&seed, sizeof(pieces) / sizeof(pieces[0]))]);
    Snapshot *next = NULL;
    if (round % 50 == 49) {  // a fresh start now and then, or nothing but noise is left
      assert_int_equal(snapshot_create(parser, fixture("test_shapes.py"), &next, NULL), 0);
    } else {
      assert_int_equal(snapshot_edit(parser, snapshot, start, end > length ? length : end, piece, &next, NULL), 0);
    }
    // The trees may differ where the text is broken, so both analyses read the same one.
    FileAnalysis *incremental = analyse(next, analysis);
    FileAnalysis *fresh = analyse(next, NULL);
    same_definitions(incremental, fresh);
    same_tests(incremental, fresh);
    same_findings(incremental, fresh);
    analysis_release(fresh);
    analysis_release(analysis);
    snapshot_release(snapshot);
    analysis = incremental;
    snapshot = next;
  }
  analysis_release(analysis);
  snapshot_release(snapshot);
}

static void an_edit_redoes_one_function(void **state) {
  (void)state;
  StringView text = fixture("test_shapes.py");
  Snapshot *snapshot = NULL;
  Snapshot *next = NULL;
  assert_int_equal(snapshot_create(parser, text, &snapshot, NULL), 0);
  FileAnalysis *first = analyse(snapshot, NULL);
  assert_int_equal(analysis_reused_functions(first), 0);
  uint32_t offset = (uint32_t)string_view_find(text, SV("0.5)\n    assert basket"));
  assert_int_equal(snapshot_edit(parser, snapshot, offset, offset + 3, SV("0.75"), &next, NULL), 0);
  FileAnalysis *second = analyse(next, first);
  FileAnalysis *third = analyse(next, second);
  assert_int_equal(analysis_reused_functions(second) + 1, analysis_reused_functions(third));
  analysis_release(first);
  analysis_release(second);
  same_findings(third, third);
  analysis_release(third);
  snapshot_release(snapshot);
  snapshot_release(next);
}

static void analyse_text(StringView text) {
  Snapshot *snapshot = NULL;
  assert_int_equal(snapshot_create(parser, text, &snapshot, NULL), 0);
  FileAnalysis *analysis = analyse(snapshot, NULL);
  size_t count = 0;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    assert_true(definitions[i].span.start <= definitions[i].span.end && definitions[i].span.end <= text.length);
  }
  const Finding *findings = analysis_findings(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    assert_true(findings[i].span.start <= findings[i].span.end && findings[i].span.end <= text.length);
    assert_non_null(findings[i].message);
    assert_null(strchr(findings[i].message, '\n'));
  }
  analysis_release(analysis);
  snapshot_release(snapshot);
}

static void truncated_and_damaged_sources_do_no_harm(void **state) {
  (void)state;
  static const char *const names[] = {"test_shapes.py", "test_crlf.py"};
  uint64_t seed = 362436069362436069ull;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    StringView text = fixture(names[i]);
    char *copy = malloc(text.length + 1);
    assert_non_null(copy);
    for (int round = 0; round < 600; round++) {
      uint32_t start = next_random(&seed, (uint32_t)text.length);
      uint32_t size = next_random(&seed, round % 3 ? 20 : 2000);
      uint32_t end = start + size > text.length ? (uint32_t)text.length : start + size;
      memcpy(copy, text.data, start);
      memcpy(copy + start, text.data + end, text.length - end);
      size_t length = text.length - (end - start);
      if (round % 5 == 0 && length > 0) {
        copy[next_random(&seed, (uint32_t)length)] = (char)next_random(&seed, 256);
      }
      analyse_text((StringView){copy, length});
      analyse_text(string_view_slice(text, 0, start));
    }
    free(copy);
  }
}

static void deep_nesting_does_not_exhaust_the_stack(void **state) {
  (void)state;
  static const char *const opens[] = {"(",     "[",    "not ",     "-",      "f(",    "a.b(",
                                      "x if ", "{1: ", "lambda: ", "x == (", "await "};
  enum { DEPTH = 10000 };
  for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
    size_t width = strlen(opens[i]);
    size_t length = width * DEPTH;
    char *text = malloc(length + 32);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "def test_a():\n assert ");
    for (size_t j = 0; j < DEPTH && used + width < SNAPSHOT_LINE_MAX; j++) {
      memcpy(text + used, opens[i], width);
      used += width;
    }
    analyse_text((StringView){text, used});
    free(text);
  }
}

static void nested_blocks_and_chains_are_fine(void **state) {
  (void)state;
  Buffer buffer;
  buffer_init(&buffer, SNAPSHOT_TEXT_MAX);
  buffer_append_text(&buffer, "def test_a():\n");
  for (int depth = 1; depth < 300; depth++) {
    buffer_append_format(&buffer, "%*sif x:\n", depth, "");
  }
  buffer_append_format(&buffer, "%*sassert x == 3\n", 300, "");
  for (int depth = 0; depth < 300; depth++) {
    buffer_append_format(&buffer, "%*sclass A:\n", depth, "");
  }
  buffer_append_format(&buffer, "%*spass\nx = a", 300, "");
  for (int i = 0; i < 9000; i++) {
    buffer_append_text(&buffer, ".b()");
  }
  analyse_text(buffer_view(&buffer));
  buffer_finish(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(edits_equal_analysis_from_nothing),
      cmocka_unit_test(an_edit_redoes_one_function),
      cmocka_unit_test(truncated_and_damaged_sources_do_no_harm),
      cmocka_unit_test(deep_nesting_does_not_exhaust_the_stack),
      cmocka_unit_test(nested_blocks_and_chains_are_fine),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
