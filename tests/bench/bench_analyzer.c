// How fast a folder of Python is parsed, and read, parsed and analysed, on one core; and how long an edit of one
// character in a file takes to the new analysis.
//
//   bench_analyzer FOLDER [FILE]    prints one JSON object

#include "server/analyzer/analysis.h"
#include "server/base/clock.h"
#include "server/base/files.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5
#define EDITS 200

typedef struct Totals {
  int64_t parse_ns;
  int64_t whole_ns;
  uint64_t lines;
  uint64_t bytes;
  size_t files;
  size_t tests;
} Totals;

static int64_t parse_only(SyntaxParser *parser, StringView text, uint32_t *ret_lines) {
  Snapshot *snapshot = NULL;
  int64_t start = clock_monotonic_ns();
  if (snapshot_create(parser, text, &snapshot, NULL) < 0) {
    return -1;
  }
  int64_t spent = clock_monotonic_ns() - start;
  *ret_lines = snapshot_lines(snapshot)->count;
  snapshot_release(snapshot);
  return spent;
}

static int64_t analyse_file(SyntaxParser *parser, const char *path, StringView name, size_t *ret_tests) {
  Arena arena;
  StringView text;
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  arena_init(&arena);
  int64_t start = clock_monotonic_ns();
  bool is_done = file_read(path, SNAPSHOT_TEXT_MAX, &arena, &text, NULL) == 0 &&
                 snapshot_create(parser, text, &snapshot, NULL) == 0 &&
                 analysis_create(name, snapshot, NULL, NULL, &analysis, NULL) == 0;
  snapshot_release(snapshot);
  int64_t spent = clock_monotonic_ns() - start;
  if (is_done) {
    analysis_tests(analysis, ret_tests);
  }
  analysis_release(analysis);
  arena_finish(&arena);
  return is_done ? spent : -1;
}

static void measure_file(SyntaxParser *parser, const char *folder, StringView name, Totals *totals) {
  Arena arena;
  arena_init(&arena);
  StringView text;
  StringView path = path_join(&arena, string_view_from(folder), name);
  char *terminated = arena_terminated(&arena, path);
  uint32_t lines = 0;
  size_t tests = 0;
  if (terminated && file_read(terminated, SNAPSHOT_TEXT_MAX, &arena, &text, NULL) == 0) {
    int64_t parse = parse_only(parser, text, &lines);
    int64_t whole = analyse_file(parser, terminated, name, &tests);
    if (parse >= 0 && whole >= 0) {
      totals->parse_ns += parse;
      totals->whole_ns += whole;
      totals->lines += lines;
      totals->bytes += text.length;
      totals->tests += tests;
      totals->files++;
    }
  }
  arena_finish(&arena);
}

static Totals measure_folder(SyntaxParser *parser, const char *folder, const WalkResult *walk) {
  Totals totals = {0};
  for (size_t i = 0; i < walk->count; i++) {
    measure_file(parser, folder, walk->entries[i].path, &totals);
  }
  return totals;
}

static int compare_times(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left;
  int64_t b = *(const int64_t *)right;
  return a < b ? -1 : a > b;
}

typedef struct EditTimes {
  int64_t reparse_ns;  // medians
  int64_t analysis_ns;
  uint32_t lines;
} EditTimes;

// Types a letter in the middle of the file, and analyses after each.
static int measure_edits(SyntaxParser *parser, StringView text, EditTimes *ret_times) {
  int64_t reparse[EDITS];
  int64_t analyse[EDITS];
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  int result = snapshot_create(parser, text, &snapshot, NULL);
  if (result == 0) {
    result = analysis_create(SV("test_edit.py"), snapshot, NULL, NULL, &analysis, NULL);
  }
  uint32_t offset = (uint32_t)(text.length / 2);
  for (int i = 0; i < EDITS && result == 0; i++) {
    Snapshot *next = NULL;
    FileAnalysis *next_analysis = NULL;
    int64_t start = clock_monotonic_ns();
    result = snapshot_edit(parser, snapshot, offset, offset + (i > 0), i % 2 ? SV("x") : SV("y"), &next, NULL);
    int64_t middle = clock_monotonic_ns();
    if (result == 0) {
      result = analysis_create(SV("test_edit.py"), next, NULL, analysis, &next_analysis, NULL);
    }
    analyse[i] = clock_monotonic_ns() - middle;
    reparse[i] = middle - start;
    snapshot_release(snapshot);
    analysis_release(analysis);
    snapshot = next;
    analysis = next_analysis;
  }
  if (result == 0) {
    ret_times->lines = snapshot_lines(snapshot)->count;
    qsort(reparse, EDITS, sizeof(int64_t), compare_times);
    qsort(analyse, EDITS, sizeof(int64_t), compare_times);
    ret_times->reparse_ns = reparse[EDITS / 2];
    ret_times->analysis_ns = analyse[EDITS / 2];
  }
  snapshot_release(snapshot);
  analysis_release(analysis);
  return result;
}

static void print_totals(const Totals *best) {
  double parse = (double)best->parse_ns / 1e9;
  double whole = (double)best->whole_ns / 1e9;
  printf("{\"files\": %zu, \"lines\": %llu, \"bytes\": %llu, \"tests\": %zu,\n", best->files,
         (unsigned long long)best->lines, (unsigned long long)best->bytes, best->tests);
  printf(" \"parse\": {\"seconds\": %.3f, \"lines_per_second\": %.0f},\n", parse, (double)best->lines / parse);
  printf(" \"read_parse_analyse\": {\"seconds\": %.3f, \"lines_per_second\": %.0f},\n", whole,
         (double)best->lines / whole);
  printf(" \"parse_share\": %.3f", parse / whole);
}

static int run(SyntaxParser *parser, const char *folder, const char *file, Arena *arena, Error *error) {
  StringView suffix = SV(".py");
  WalkOptions options = {.suffixes = &suffix, .suffix_count = 1};
  WalkResult walk;
  int result = directory_walk(folder, &options, arena, &walk, error);
  if (result < 0) {
    return result;
  }
  if (walk.count == 0) {
    return error_set(error, ERROR_NOT_FOUND, "%s: no Python file is below the folder", folder);
  }
  Totals best = {0};
  for (int round = 0; round < ROUNDS; round++) {
    Totals totals = measure_folder(parser, folder, &walk);
    best = round == 0 || totals.whole_ns < best.whole_ns ? totals : best;
  }
  print_totals(&best);
  StringView text;
  EditTimes times = {0};
  if (file) {
    result = file_read(file, SNAPSHOT_TEXT_MAX, arena, &text, error);
    if (result == 0 && (result = measure_edits(parser, text, &times)) == 0) {
      printf(",\n \"edit\": {\"lines\": %u, \"reparse_us\": %.1f, \"analysis_us\": %.1f}", times.lines,
             (double)times.reparse_ns / 1e3, (double)times.analysis_ns / 1e3);
    }
  }
  printf("}\n");
  return result;
}

int main(int argc, char **argv) {
  Error error = {0};
  SyntaxParser *parser = NULL;
  if (argc < 2) {
    fprintf(stderr, "usage: bench_analyzer FOLDER [FILE]\n");
    return 2;
  }
  Arena arena;
  arena_init(&arena);
  int result = syntax_parser_create(language_at(0), &parser, &error);
  if (result == 0) {
    result = run(parser, argv[1], argc > 2 ? argv[2] : NULL, &arena, &error);
  }
  if (result < 0) {
    fprintf(stderr, "%s\n", error.message);
  }
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  return result < 0;
}
