// Compares the analyzer's verdicts with those of a table made by hand, over real tests that fetch_corpus.sh downloads.
//
//   analyzer_corpus_test TABLE        the folder is named by the environment's TESTGEN_CORPUS_DIR; without it: exit
//   code 77
//
// A row of the table: PROJECT-VERSION PATH TEST BAND CATEGORY ASSERTS, the band with underscores, ASSERTS yes or no.
// "-" instead of a verdict is not compared. Lines with '#' are comments.

#include "server/analyzer/analysis.h"
#include "server/base/files.h"

#include <stdio.h>
#include <stdlib.h>

#define SKIPPED 77
#define TABLE_MAX (1u << 20)
#define COLUMNS 6

typedef struct Loaded {
  StringView path;
  Snapshot *snapshot;
  FileAnalysis *analysis;
} Loaded;

static bool split_row(StringView line, StringView columns[COLUMNS]) {
  size_t count = 0;
  StringView piece;
  while (count < COLUMNS && string_view_next(&line, ' ', &piece)) {
    if (piece.length > 0) {
      columns[count++] = piece;
    }
  }
  return count == COLUMNS && !string_view_starts_with(columns[0], SV("#"));
}

static void unload(Loaded *loaded) {
  analysis_release(loaded->analysis);
  snapshot_release(loaded->snapshot);
  *loaded = (Loaded){0};
}

// Rows of one file stand together, so that the last file is kept.
static bool load(SyntaxParser *parser, const char *folder, const StringView columns[COLUMNS], Arena *arena,
                 Loaded *loaded) {
  StringView path = arena_format(arena, "%s/%.*s/%.*s", folder, SV_ARGUMENTS(columns[0]), SV_ARGUMENTS(columns[1]));
  if (string_view_equal(path, loaded->path)) {
    return loaded->analysis != NULL;
  }
  unload(loaded);
  loaded->path = path;
  StringView text;
  return path.data && file_read(path.data, SNAPSHOT_TEXT_MAX, arena, &text, NULL) == 0 &&
         snapshot_create(parser, text, &loaded->snapshot, NULL) == 0 &&
         analysis_create(columns[1], loaded->snapshot, NULL, NULL, &loaded->analysis, NULL) == 0;
}

static bool verdict_is(StringView expected, const char *actual) {
  if (string_view_equal_text(expected, "-")) {
    return true;
  }
  for (size_t i = 0; i < expected.length; i++) {
    char wanted = expected.data[i] == '_' ? ' ' : expected.data[i];
    char found = actual[i] == '_' ? ' ' : actual[i];
    if (wanted != found) {
      return false;
    }
  }
  return actual[expected.length] == '\0';
}

static bool has_no_assertion(const FileAnalysis *analysis, const Definition *definition) {
  size_t count = 0;
  const Finding *findings = analysis_findings(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    if (findings[i].code == DIAGNOSTIC_NO_ASSERTION && findings[i].span.start == definition->name_span.start) {
      return true;
    }
  }
  return false;
}

static bool check_row(const StringView columns[COLUMNS], const FileAnalysis *analysis) {
  size_t count = 0;
  size_t ignored = 0;
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &ignored);
  for (size_t i = 0; i < count; i++) {
    if (!string_view_equal(tests[i].id, columns[2])) {
      continue;
    }
    const char *asserts = has_no_assertion(analysis, &definitions[tests[i].definition]) ? "no" : "yes";
    bool is_right = verdict_is(columns[3], band_names[tests[i].band]) &&
                    verdict_is(columns[4], category_names[tests[i].category]) && verdict_is(columns[5], asserts);
    if (!is_right) {
      printf("%.*s %.*s %.*s\n  expected: %.*s %.*s %.*s\n  analyzer: %s (%d) %s %s\n", SV_ARGUMENTS(columns[0]),
             SV_ARGUMENTS(columns[1]), SV_ARGUMENTS(columns[2]), SV_ARGUMENTS(columns[3]), SV_ARGUMENTS(columns[4]),
             SV_ARGUMENTS(columns[5]), band_names[tests[i].band], tests[i].strength, category_names[tests[i].category],
             asserts);
    }
    return is_right;
  }
  printf("%.*s %.*s %.*s: no such test\n", SV_ARGUMENTS(columns[0]), SV_ARGUMENTS(columns[1]),
         SV_ARGUMENTS(columns[2]));
  return false;
}

static int check_table(SyntaxParser *parser, const char *folder, StringView table, Arena *arena) {
  Loaded loaded = {0};
  StringView line;
  int rows = 0;
  int failures = 0;
  while (string_view_next(&table, '\n', &line)) {
    StringView columns[COLUMNS];
    if (!split_row(line, columns)) {
      continue;
    }
    rows++;
    if (!load(parser, folder, columns, arena, &loaded)) {
      printf("%.*s/%.*s cannot be read\n", SV_ARGUMENTS(columns[0]), SV_ARGUMENTS(columns[1]));
      failures++;
    } else {
      failures += !check_row(columns, loaded.analysis);
    }
  }
  unload(&loaded);
  printf("%d tests, %d verdicts differ\n", rows, failures);
  return rows == 0 ? 1 : failures;
}

int main(int argc, char **argv) {
  const char *folder = getenv("TESTGEN_CORPUS_DIR");
  if (argc < 2) {
    return 2;
  }
  if (!folder || !*folder) {
    printf("TESTGEN_CORPUS_DIR names no folder; fetch_corpus.sh makes one\n");
    return SKIPPED;
  }
  Arena arena;
  Error error = {0};
  StringView table;
  SyntaxParser *parser = NULL;
  arena_init(&arena);
  int failures = 1;
  if (file_read(argv[1], TABLE_MAX, &arena, &table, &error) == 0 &&
      syntax_parser_create(language_at(0), &parser, &error) == 0) {
    failures = check_table(parser, folder, table, &arena);
  } else {
    printf("%s\n", error.message);
  }
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  return failures > 0;
}
