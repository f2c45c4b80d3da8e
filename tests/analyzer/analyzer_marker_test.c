// Runs the cases of a Markdown file against the analyzer.
//
//   analyzer_marker_test [--print] FILE...
//
// A case begins with a heading "## name". It may have a line "options: prohibited=R,curl python_functions=check_*",
// then has one or more fenced blocks "```python path" with sources (the path may be left out), and a block "```expect"
// with:
//
//   test ID STRENGTH BAND, CATEGORY         one line per test, in order
//   PATH:LINE:COLUMN CODE                   one line per finding
//   lead PATH:LINE:COLUMN CODE MESSAGE      what the files say together
//   link PATH::TEST -> PATH::SUBJECT        likewise
//
// The path is left out for a case with one file. "link" lines are compared only when the case expects one; `--print`
// shows what the analyzer says.

#include "protocol/memory/buffer.h"
#include "server/analyzer/workspace_index.h"
#include "server/base/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 16
#define NAMES_MAX 16
#define OUTPUT_MAX (1u << 20)

typedef struct Source {
  StringView path;
  StringView text;
} Source;

typedef struct Case {
  StringView name;
  Source sources[FILES_MAX];
  size_t source_count;
  StringView expected;
  StringView lists[4][NAMES_MAX];  // python_files, python_classes, python_functions, prohibited
  size_t list_counts[4];
} Case;

static const char *const option_names[4] = {"python_files", "python_classes", "python_functions", "prohibited"};

static void read_option(Case *item, StringView option) {
  size_t equals = string_view_find_byte(option, '=');
  for (int i = 0; i < 4; i++) {
    if (!string_view_equal_text(string_view_slice(option, 0, equals), option_names[i])) {
      continue;
    }
    StringView rest = string_view_slice(option, equals + 1, option.length);
    StringView piece;
    while (item->list_counts[i] < NAMES_MAX && string_view_next(&rest, ',', &piece)) {
      item->lists[i][item->list_counts[i]++] = piece;
    }
  }
}

static void read_options(Case *item, StringView line) {
  StringView piece;
  while (string_view_next(&line, ' ', &piece)) {
    read_option(item, piece);
  }
}

// The text of a fenced block up to its closing fence, which is consumed.
static StringView read_block(StringView *rest) {
  StringView start = *rest;
  StringView line;
  while (rest->length > 0) {
    size_t offset = (size_t)(rest->data - start.data);
    string_view_next(rest, '\n', &line);
    if (string_view_starts_with(line, SV("```"))) {
      return string_view_slice(start, 0, offset);
    }
  }
  return start;
}

static void read_fence(Case *item, StringView line, StringView *rest) {
  StringView language = string_view_slice(line, 3, line.length);
  StringView block = read_block(rest);
  if (string_view_starts_with(language, SV("expect"))) {
    item->expected = block;
  } else if (string_view_starts_with(language, SV("python")) && item->source_count < FILES_MAX) {
    StringView path = string_view_trim(string_view_slice(language, 6, language.length));
    item->sources[item->source_count++] = (Source){path.length ? path : SV("test_case.py"), block};
  }
}

// Cuts the next case off the text. False at the end.
static bool read_case(StringView *rest, Case *ret_case) {
  StringView line;
  bool is_inside = false;
  *ret_case = (Case){0};
  while (rest->length > 0) {
    StringView before = *rest;
    string_view_next(rest, '\n', &line);
    if (string_view_starts_with(line, SV("## "))) {
      if (is_inside) {
        *rest = before;
        return true;
      }
      is_inside = true;
      ret_case->name = string_view_slice(line, 3, line.length);
    } else if (is_inside && string_view_starts_with(line, SV("options:"))) {
      read_options(ret_case, line);
    } else if (is_inside && string_view_starts_with(line, SV("```"))) {
      read_fence(ret_case, line, rest);
    }
  }
  return is_inside;
}

static AnalyzerOptions options_of(const Case *item) {
  return (AnalyzerOptions){item->lists[0], item->list_counts[0], item->lists[1], item->list_counts[1],
                           item->lists[2], item->list_counts[2], item->lists[3], item->list_counts[3]};
}

static void write_place(Buffer *output, const Case *item, const Source *source, const LineIndex *lines,
                        uint32_t offset) {
  Position position = position_from_offset(lines, source->text, POSITION_UTF8, offset);
  if (item->source_count > 1) {
    buffer_append_format(output, "%.*s:", SV_ARGUMENTS(source->path));
  }
  buffer_append_format(output, "%u:%u", position.line + 1, position.character + 1);
}

static void write_analysis(Buffer *output, const Case *item, const Source *source, const FileAnalysis *analysis,
                           const LineIndex *lines) {
  size_t count = 0;
  const TestFacts *tests = analysis_tests(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    buffer_append_format(output, "test %.*s %d %s, %s\n", SV_ARGUMENTS(tests[i].id), tests[i].strength,
                         band_names[tests[i].band], category_names[tests[i].category]);
  }
  const Finding *findings = analysis_findings(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    write_place(output, item, source, lines, findings[i].span.start);
    buffer_append_format(output, " %s\n", diagnostic_row(findings[i].code)->code);
  }
}

static void write_leads(Buffer *output, const Case *item, const WorkspaceIndex *index, const Source *source,
                        Arena *arena) {
  Finding *leads = NULL;
  size_t count = 0;
  LineIndex lines;
  if (workspace_index_leads(index, source->path, arena, &leads, &count) < 0 ||
      line_index_init(&lines, source->text, NULL) < 0) {
    buffer_append_text(output, "no memory\n");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    buffer_append_text(output, "lead ");
    write_place(output, item, source, &lines, leads[i].span.start);
    buffer_append_format(output, " %s %s\n", diagnostic_row(leads[i].code)->code, leads[i].message);
  }
  line_index_finish(&lines);
}

static void write_links(Buffer *output, const WorkspaceIndex *index, const Source *source, Arena *arena) {
  size_t count = 0;
  FileAnalysis *analysis = workspace_index_get(index, source->path);
  const TestFacts *tests = analysis_tests(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    SubjectLink *links = NULL;
    size_t link_count = 0;
    if (workspace_index_subjects_of(index, source->path, (uint32_t)i, arena, &links, &link_count) < 0) {
      continue;
    }
    for (size_t j = 0; j < link_count; j++) {
      size_t ignored = 0;
      const Definition *definitions = analysis_definitions(workspace_index_get(index, links[j].path), &ignored);
      buffer_append_format(output, "link %.*s::%.*s -> %.*s::%.*s\n", SV_ARGUMENTS(source->path),
                           SV_ARGUMENTS(tests[i].id), SV_ARGUMENTS(links[j].path),
                           SV_ARGUMENTS(definitions[links[j].index].qualified_name));
    }
  }
}

static int analyse_source(SyntaxParser *parser, const Case *item, const Source *source, WorkspaceIndex *index,
                          Buffer *output, Error *error) {
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  AnalyzerOptions options = options_of(item);
  int result = snapshot_create(parser, source->text, &snapshot, error);
  if (result == 0 && (result = analysis_create(source->path, snapshot, &options, NULL, &analysis, error)) == 0) {
    write_analysis(output, item, source, analysis, snapshot_lines(snapshot));
    result = workspace_index_put(index, analysis, error);
  }
  analysis_release(analysis);
  snapshot_release(snapshot);
  return result;
}

static int run_case(SyntaxParser *parser, const Case *item, Arena *arena, Buffer *output, Error *error) {
  WorkspaceIndex *index = NULL;
  int result = workspace_index_create(&index, error);
  for (size_t i = 0; i < item->source_count && result == 0; i++) {
    result = analyse_source(parser, item, &item->sources[i], index, output, error);
  }
  for (size_t i = 0; i < item->source_count && result == 0 && item->source_count > 1; i++) {
    write_leads(output, item, index, &item->sources[i], arena);
  }
  bool wants_links = string_view_contains(item->expected, SV("link "));
  for (size_t i = 0; i < item->source_count && result == 0 && wants_links; i++) {
    write_links(output, index, &item->sources[i], arena);
  }
  workspace_index_destroy(index);
  return result;
}

static bool has_line(StringView text, StringView wanted) {
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    if (string_view_equal(line, wanted)) {
      return true;
    }
  }
  return false;
}

static void print_missing(const char *sign, StringView from, StringView in) {
  StringView line;
  while (string_view_next(&from, '\n', &line)) {
    printf("  %s %.*s\n", has_line(in, line) ? " " : sign, SV_ARGUMENTS(line));
  }
}

// What is expected with what is missing marked, then what came that was not expected.
static void print_difference(const Case *item, StringView actual) {
  printf("FAILED %.*s\n  expected:\n", SV_ARGUMENTS(item->name));
  print_missing("-", item->expected, actual);
  printf("  the analyzer says:\n");
  print_missing("+", actual, item->expected);
}

static bool check_case(SyntaxParser *parser, const Case *item, bool is_printing) {
  Arena arena;
  Buffer output;
  Error error = {0};
  arena_init(&arena);
  buffer_init(&output, OUTPUT_MAX);
  int result = run_case(parser, item, &arena, &output, &error);
  StringView actual = string_view_trim(buffer_view(&output));
  bool is_good = result == 0 && string_view_equal(actual, string_view_trim(item->expected));
  if (is_printing) {
    printf("## %.*s\n```expect\n%.*s\n```\n", SV_ARGUMENTS(item->name), SV_ARGUMENTS(actual));
  } else if (result < 0) {
    printf("FAILED %.*s: %s\n", SV_ARGUMENTS(item->name), error.message);
  } else if (!is_good) {
    print_difference(item, actual);
  }
  buffer_finish(&output);
  arena_finish(&arena);
  return is_good;
}

static int check_file(SyntaxParser *parser, const char *path, bool is_printing) {
  Arena arena;
  Error error = {0};
  StringView rest;
  arena_init(&arena);
  if (file_read(path, OUTPUT_MAX, &arena, &rest, &error) < 0) {
    printf("%s\n", error.message);
    arena_finish(&arena);
    return 1;
  }
  int failures = 0;
  int count = 0;
  Case item;
  while (read_case(&rest, &item)) {
    failures += !check_case(parser, &item, is_printing);
    count++;
  }
  printf("%s: %d cases, %d failed\n", path, count, failures);
  arena_finish(&arena);
  return count == 0 ? 1 : failures;
}

int main(int argc, char **argv) {
  bool is_printing = argc > 1 && strcmp(argv[1], "--print") == 0;
  SyntaxParser *parser = NULL;
  Error error = {0};
  if (syntax_parser_create(language_at(0), &parser, &error) < 0) {
    printf("%s\n", error.message);
    return 1;
  }
  int failures = argc < 2;
  for (int i = is_printing ? 2 : 1; i < argc; i++) {
    failures += check_file(parser, argv[i], is_printing);
  }
  syntax_parser_destroy(parser);
  return failures > 0 && !is_printing;
}
