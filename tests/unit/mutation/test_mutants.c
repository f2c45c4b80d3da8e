// Which mutants a text has: one table, a row per text with the mutants that it must have, and no others.

#include "protocol/memory/buffer.h"
#include "server/base/files.h"
#include "server/mutation/mutants.h"
#include "server/mutation/operators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Row {
  const char *text;
  const char *expected;  // one line per mutant: line operator [function] original -> replacement
} Row;

static const Row rows[] = {
    {"def f(a):\n    return a < 3\n", "2 removed-body [f] return a < 3 -> pass\n"
                                      "2 relational [f] a < 3 -> False\n"
                                      "2 return [f] a < 3 -> None\n"
                                      "2 relational [f] < -> <=\n"
                                      "2 relational [f] < -> !=\n"
                                      "2 number [f] 3 -> (3 + 1)\n"},
    {"X = 1\n", "1 number [] 1 -> (1 + 1)\n"},
    {"def f(a, b=2):\n    g(a, b)\n", "1 number [f] 2 -> (2 + 1)\n"
                                      "1 default [f] 2 -> None\n"
                                      "2 removed-statement [f] g(a, b) -> pass\n"
                                      "2 removed-body [f] g(a, b) -> pass\n"
                                      "2 arguments [f] (a, b) -> (b, a)\n"},
    {"class C:\n    def m(self, a=(lambda b=3: b)):\n        pass\n", "2 default [C.m] (lambda b=3: b) -> None\n"
                                                                      "2 number [C.m] 3 -> (3 + 1)\n"
                                                                      "2 default [C.m] 3 -> None\n"
                                                                      "2 return [C.m] b -> None\n"},
    {"class C:\n    def m(self):\n        self.x = ''\n", "3 removed-statement [C.m] self.x = '' -> pass\n"
                                                          "3 removed-body [C.m] self.x = '' -> pass\n"
                                                          "3 string [C.m] '' -> \"XX\"\n"},
    {"def f(x):\n    if not x and int(x):\n        raise E\n",
     "2 removed-body [f] if not x and int(x):\n        raise E -> pass\n"
     "2 logical [f] not x -> x\n"
     "2 condition [f] not x and int(x) -> not (not x and int(x))\n"
     "2 logical [f] and -> or\n"
     "2 conversion [f] int(x) -> x\n"
     "3 removed-statement [f] raise E -> pass\n"},
    {"def f(x):\n    return [a for a in x if a]\n", "2 removed-body [f] return [a for a in x if a] -> pass\n"
                                                    "2 return [f] [a for a in x if a] -> None\n"
                                                    "2 filter [f] a -> True\n"},
    {"def f(s):\n    return b'é'.strip()[1:]\n", "2 removed-body [f] return b'é'.strip()[1:] -> pass\n"
                                                 "2 string [f] b'é' -> b\"\"\n"
                                                 "2 return [f] b'é'.strip()[1:] -> None\n"
                                                 "2 method [f] strip -> lstrip\n"
                                                 "2 method [f] strip -> rstrip\n"
                                                 "2 number [f] 1 -> (1 + 1)\n"
                                                 "2 slice [f] 1 -> \n"},
    // What nobody tests: docstrings, annotations, imports, logging, the main guard, __repr__, stubs, metadata.
    {"'''Text.'''\nimport os\n__all__ = ['f']\ndef f(a: 'int' = x) -> 'str':\n    '''Text.'''\n    logger.info('x', "
     "1)\n",
     "4 default [f] x -> None\n5 removed-body [f] '''Text.'''\n    logger.info('x', 1) -> pass\n"},
    {"def f():\n    '''Text.'''\n\ndef g():\n    raise NotImplementedError('x')\n",
     "5 removed-statement [g] raise NotImplementedError('x') -> pass\n5 string [g] 'x' -> \"\"\n"},
    {"if __name__ == '__main__':\n    f(1, 2)\n", ""},
    {"class C:\n    def __repr__(self):\n        return 'C'\n", ""},
    {"@d\ndef f():\n    pass\n", "1 removed-decorator [] @d -> \n"},
    {"f(a, *b)\nf(a, b=1)\nf(a, b, c)\n", "1 removed-statement [] f(a, *b) -> pass\n"
                                          "2 removed-statement [] f(a, b=1) -> pass\n"
                                          "2 number [] 1 -> (1 + 1)\n"
                                          "3 removed-statement [] f(a, b, c) -> pass\n"},
    {"def f(:\n", ""},
    {"", ""},
};

static StringView listed(const Mutant *mutants, size_t count, StringView text, Arena *arena) {
  StringView list = SV("");
  for (size_t i = 0; i < count; i++) {
    StringView original = string_view_slice(text, mutants[i].start, mutants[i].end);
    list = arena_format(arena, "%.*s%u %s [%.*s] %.*s -> %.*s\n", SV_ARGUMENTS(list), mutants[i].line,
                        mutants[i].operator_name, SV_ARGUMENTS(mutants[i].function), SV_ARGUMENTS(original),
                        SV_ARGUMENTS(mutants[i].replacement));
  }
  return list;
}

// Counts the mutants of a table of that many entries, with something before and behind it.
static size_t count_of_table(size_t entries, const char *entry, bool *ret_has_ends) {
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  Arena arena = {0};
  Mutant *mutants = NULL;
  size_t count = 0;
  Error error = {0};
  Buffer text;
  buffer_init(&text, 1u << 20);
  buffer_append_text(&text, "A = 1\nTABLE = {\n");
  for (size_t i = 0; i < entries; i++)
    buffer_append_format(&text, "    'n%zu': %s,  # a word\n", i, entry);
  buffer_append_text(&text, "}\nB = 2\n");
  assert_int_equal(text.failure, 0);
  assert_int_equal(syntax_parser_create(language_by_identifier(SV("python")), &parser, &error), 0);
  assert_int_equal(snapshot_create(parser, buffer_view(&text), &snapshot, &error), 0);
  assert_int_equal(mutants_find(snapshot, &arena, &mutants, &count, &error), 0);
  *ret_has_ends = count > 1 && mutants[0].line == 1 && mutants[count - 1].line == entries + 4;
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  buffer_finish(&text);
  arena_finish(&arena);
  return count - 3;  // A, B and the table as a whole
}

static void of_long_tables_some_entries_are_mutated(void **state) {
  static const struct {
    size_t entries;
    const char *entry;
    size_t mutants;
  } tables[] = {
      {64, "t.Name", 64},      {65, "t.Name", 16},      {1000, "t.Name", 16},    {1000, "3", 32},
      {1000, "('a', -1)", 64}, {100, "f(t.Name)", 100}, {100, "lambda: 1", 300},
  };
  (void)state;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    bool has_ends;
    size_t count = count_of_table(tables[i].entries, tables[i].entry, &has_ends);
    if (count != tables[i].mutants || !has_ends)
      fail_msg("%zu entries of %s: %zu mutants", tables[i].entries, tables[i].entry, count);
  }
}

static void texts_have_these_mutants(void **state) {
  (void)state;
  SyntaxParser *parser = NULL;
  Arena arena = {0};
  Error error = {0};
  size_t wrong = 0;
  assert_int_equal(syntax_parser_create(language_by_identifier(SV("python")), &parser, &error), 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    Snapshot *snapshot = NULL;
    Mutant *mutants = NULL;
    size_t count = 0;
    StringView text = string_view_from(rows[i].text);
    assert_int_equal(snapshot_create(parser, text, &snapshot, &error), 0);
    assert_int_equal(mutants_find(snapshot, &arena, &mutants, &count, &error), 0);
    StringView found = listed(mutants, count, text, &arena);
    if (!string_view_equal_text(found, rows[i].expected)) {
      print_message("%s\nexpected:\n%s\nfound:\n%.*s\n", rows[i].text, rows[i].expected, SV_ARGUMENTS(found));
      wrong++;
    }
    snapshot_release(snapshot);
  }
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  assert_int_equal(wrong, 0);
}

static void every_operator_is_documented(void **state) {
  (void)state;
  Arena arena = {0};
  StringView page;
  char heading[64];
  assert_int_equal(file_read(TEST_FIXTURES "/../../docs/mutation.md", 1u << 20, &arena, &page, NULL), 0);
  for (size_t i = 0; i < mutation_operator_count; i++) {
    snprintf(heading, sizeof heading, "\n| `%s` |", mutation_operators[i].name);
    if (!string_view_contains(page, string_view_from(heading))) {
      fail_msg("docs/mutation.md has no row for %s", mutation_operators[i].name);
    }
  }
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_have_these_mutants),
      cmocka_unit_test(of_long_tables_some_entries_are_mutated),
      cmocka_unit_test(every_operator_is_documented),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
