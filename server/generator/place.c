#include "server/generator/place.h"

#include "protocol/memory/map.h"
#include "server/base/files.h"
#include "server/generator/python_text.h"

#include <ctype.h>
#include <string.h>

#define DEFAULT_WIDTH 88u  // columns, as black and ruff have it

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are placed");
}

// ---- Modules ----

static StringView module_by_path(const WorkspaceIndex *index, StringView path, Arena *arena) {
  StringView rest = string_view_slice(path, 0, path.length - (string_view_ends_with(path, SV(".py")) ? 3 : 0));
  if (string_view_starts_with(rest, SV("src/")) && !workspace_index_get(index, SV("src/__init__.py")))
    rest = string_view_slice(rest, 4, rest.length);
  if (string_view_ends_with(rest, SV("/__init__")))
    rest = string_view_slice(rest, 0, rest.length - 9);
  StringView module = arena_copy(arena, rest);
  for (size_t at = 0; module.data && at < module.length; at++)
    if (module.data[at] == '/')
      ((char *)module.data)[at] = '.';
  return module;
}

StringView place_module_name(const WorkspaceIndex *index, StringView subject_path, Arena *arena) {
  FileAnalysis **files;
  size_t count = workspace_index_files(index, arena, &files);
  for (size_t at = 0; at < count; at++) {
    size_t import_count;
    const Import *imports = analysis_imports(files[at], &import_count);
    for (size_t item = 0; analysis_is_test_file(files[at]) && item < import_count; item++) {
      StringView module = imports[item].module, path = analysis_path(files[at]);
      if (module.length > 0 && module.data[0] != '.' && imports[item].symbol.length > 0 &&
          string_view_equal(workspace_index_resolve_module(index, path, module), subject_path))
        return arena_copy(arena, module);
    }
  }
  return module_by_path(index, subject_path, arena);
}

// ---- The file ----

// A relative path without a step up. Two full stops inside a name are no step.
bool place_is_inside(StringView path) {
  StringView rest = path, segment;
  while (string_view_next(&rest, '/', &segment))
    if (string_view_equal(segment, SV("..")))
      return false;
  return path.length > 0 && path.data[0] != '/';
}

bool place_is_test_path(StringView path) {
  StringView name = path_base_name(path);
  bool is_named = (string_view_starts_with(name, SV("test_")) && string_view_ends_with(name, SV(".py"))) ||
                  string_view_ends_with(name, SV("_test.py"));
  return is_named && place_is_inside(path) && string_view_find_byte(path, '\\') == path.length;
}

static size_t count_byte(StringView text, char byte) {
  size_t count = 0;
  for (size_t index = 0; index < text.length; index++)
    count += text.data[index] == byte;
  return count;
}

// The white space before the first indented line.
static StringView indent_of(StringView text) {
  StringView rest = text, line;
  while (string_view_next(&rest, '\n', &line)) {
    size_t width = 0;
    while (width < line.length && (line.data[width] == ' ' || line.data[width] == '\t'))
      width++;
    if (width > 0 && width < line.length && line.data[width] != '\r')
      return line.data[0] == '\t' ? SV("\t") : width == 2 ? SV("  ") : SV("    ");
  }
  return SV("    ");
}

static TestForm form_of(const FileAnalysis *analysis) {
  size_t count, definition_count, forms[FORM_COUNT] = {0};
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &definition_count);
  for (size_t index = 0; index < count; index++)
    forms[tests[index].is_unittest                           ? FORM_UNITTEST
          : definitions[tests[index].definition].parent >= 0 ? FORM_METHOD
                                                             : FORM_FUNCTION]++;
  if (forms[FORM_UNITTEST] > forms[FORM_FUNCTION] + forms[FORM_METHOD])
    return FORM_UNITTEST;
  return forms[FORM_METHOD] > forms[FORM_FUNCTION] ? FORM_METHOD : FORM_FUNCTION;
}

static size_t width_of(StringView text) {
  size_t width = DEFAULT_WIDTH;
  StringView rest = text, line;
  while (string_view_next(&rest, '\n', &line))
    if (line.length > width && line.length <= 120)
      width = line.length;
  return width;
}

// The style of a file; a new one looks like the subject, or like the other tests.
static void read_style(TestFile *file, StringView model, const FileAnalysis *tests) {
  file->style = (TestStyle){
      .form = tests ? form_of(tests) : FORM_FUNCTION,
      .quote = count_byte(model, '\'') > count_byte(model, '"') ? '\'' : '"',
      .indent = indent_of(model),
      .width = width_of(model),
  };
  file->is_crlf = string_view_contains(model, SV("\r\n"));
}

// How many links lead from definitions of the subject's file into each test file; the file with most of them.
static const FileAnalysis *file_of_links(const WorkspaceIndex *index, StringView path, Arena *arena) {
  const FileAnalysis *subject = workspace_index_get(index, path), *best = NULL;
  size_t count = 0, most = 0;
  Map counts;
  map_init(&counts);
  if (subject)
    analysis_definitions(subject, &count);
  for (uint32_t definition = 0; definition < count; definition++) {
    SubjectLink *links;
    size_t link_count;
    if (workspace_index_tests_of(index, path, definition, arena, &links, &link_count) < 0)
      continue;
    for (size_t at = 0; at < link_count; at++) {
      MapValue *seen = map_put(&counts, links[at].path, NULL);
      if (!seen || (size_t)++seen->number <= most)
        continue;
      most = (size_t)seen->number;
      best = workspace_index_get(index, links[at].path);
    }
  }
  map_finish(&counts);
  return best;
}

static StringView stem_of(StringView path, Arena *arena) {
  StringView name = path_base_name(path);
  StringView stem = string_view_slice(name, 0, name.length - (string_view_ends_with(name, SV(".py")) ? 3 : 0));
  if (string_view_equal(stem, SV("__init__")))
    stem = path_base_name(path_directory(path));
  while (stem.length > 1 && stem.data[0] == '_')
    stem = string_view_slice(stem, 1, stem.length);
  return arena_copy(arena, stem);
}

// An existing file by its name, and any test file at all, whose folder is where tests live.
static const FileAnalysis *file_by_name(const WorkspaceIndex *index, StringView name, Arena *arena,
                                        const FileAnalysis **ret_any) {
  FileAnalysis **files;
  size_t count = workspace_index_files(index, arena, &files);
  *ret_any = NULL;
  for (size_t at = 0; at < count; at++) {
    StringView path = analysis_path(files[at]);
    size_t tests;
    analysis_tests(files[at], &tests);
    if (!analysis_is_test_file(files[at]))
      continue;
    if (string_view_equal(path_base_name(path), name))
      return files[at];
    if (!*ret_any && tests > 0)
      *ret_any = files[at];
  }
  return NULL;
}

static int take_existing(const FileAnalysis *analysis, Arena *arena, TestFile *ret_file, Error *ret_error) {
  ret_file->path = arena_copy(arena, analysis_path(analysis));  // the report speaks of it after the analysis is gone
  ret_file->analysis = analysis;
  ret_file->text = analysis_text(analysis);
  read_style(ret_file, ret_file->text, analysis);
  ret_file->normalized = python_normalize(ret_file->text, arena);
  return ret_file->normalized.data && ret_file->path.data ? 0 : no_memory(ret_error);
}

static int make_new(const WorkspaceIndex *index, StringView path, StringView subject_path, const FileAnalysis *model,
                    TestFile *ret_file) {
  const FileAnalysis *subject = workspace_index_get(index, subject_path);
  ret_file->path = path;
  ret_file->is_new = true;
  ret_file->text = ret_file->normalized = SV("");
  read_style(ret_file, model ? analysis_text(model) : subject ? analysis_text(subject) : SV(""), model);
  return 0;
}

int place_choose_file(const WorkspaceIndex *index, StringView subject_path, StringView wanted, Arena *arena,
                      TestFile *ret_file, Error *ret_error) {
  TestFile file = {.index = index};
  const FileAnalysis *any, *found;
  StringView stem = stem_of(subject_path, arena);
  StringView name = arena_format(arena, "test_%.*s.py", SV_ARGUMENTS(stem));
  if (!stem.data || !name.data)
    return no_memory(ret_error);
  if (wanted.data && !place_is_test_path(wanted))
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "test_path: %.*s is no test file inside the workspace; name one such as tests/test_%.*s.py",
                     SV_ARGUMENTS(wanted), SV_ARGUMENTS(stem));
  const FileAnalysis *named = file_by_name(index, name, arena, &any);
  if (wanted.data)
    found = workspace_index_get(index, wanted);
  else
    found = named ? named : file_of_links(index, subject_path, arena);
  int result = 0;
  if (found) {
    result = take_existing(found, arena, &file, ret_error);
  } else {
    StringView folder = any ? path_directory(analysis_path(any)) : SV("tests");
    StringView path = wanted.data ? wanted : string_view_equal(folder, SV(".")) ? name : path_join(arena, folder, name);
    result = path.data ? make_new(index, path, subject_path, any, &file) : no_memory(ret_error);
  }
  if (result == 0)
    *ret_file = file;
  return result;
}

// ---- A test in the file ----

static bool file_has_name(const TestFile *file, StringView name) {
  size_t count = 0;
  const Definition *definitions = file->analysis ? analysis_definitions(file->analysis, &count) : NULL;
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].name, name))
      return true;
  return false;
}

static bool is_taken(const TestFile *file, const Vector *taken, StringView name) {
  for (size_t index = 0; index < taken->count; index++)
    if (string_view_equal(*(StringView *)vector_at(taken, index), name))
      return true;
  return file_has_name(file, name);
}

static int choose_name(const TestFile *file, const Candidate *candidate, Vector *taken, Arena *arena,
                       StringView *ret_name, Error *ret_error) {
  bool has_prefix = string_view_starts_with(candidate->name, SV("test_"));
  StringView base = arena_format(arena, "%s%.*s", has_prefix ? "" : "test_", SV_ARGUMENTS(candidate->name));
  StringView name = base;
  for (int number = 2; name.data && is_taken(file, taken, name); number++)
    name = arena_format(arena, "%.*s_%d", SV_ARGUMENTS(base), number);
  if (!name.data || !vector_push_copy(taken, &name))
    return no_memory(ret_error);
  *ret_name = name;
  return 0;
}

// The end of the file, or what stands before `if __name__ == "__main__":`.
static uint32_t end_of_tests(StringView text) {
  StringView marker = SV("\nif __name__");
  size_t found = string_view_find(text, marker);
  return place_trimmed_end(text, (uint32_t)(found < text.length ? found : text.length));
}

static int subject_definition(const TestFile *file, StringView subject_path, StringView symbol) {
  const FileAnalysis *subject = workspace_index_get(file->index, subject_path);
  size_t count = 0;
  const Definition *definitions = subject ? analysis_definitions(subject, &count) : NULL;
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, symbol))
      return (int)index;
  return -1;
}

// The last test of the subject that the file has: -1 when it has none.
static int last_test_of(const TestFile *file, StringView subject_path, StringView symbol, Arena *arena) {
  int definition = subject_definition(file, subject_path, symbol), last = -1;
  SubjectLink *links;
  size_t count, test_count;
  if (definition < 0 || !file->analysis ||
      workspace_index_tests_of(file->index, subject_path, (uint32_t)definition, arena, &links, &count) < 0)
    return -1;
  const TestFacts *tests = analysis_tests(file->analysis, &test_count);
  for (size_t index = 0; index < count; index++) {
    bool is_here = string_view_equal(links[index].path, file->path) && links[index].index < test_count;
    if (is_here && (int)tests[links[index].index].definition > last)
      last = (int)tests[links[index].index].definition;
  }
  return last;
}

static StringView class_name_of(const Candidate *candidate, Arena *arena) {
  StringView head = string_view_slice(candidate->subject, 0, string_view_find_byte(candidate->subject, '.'));
  StringView camel = python_camel_case(head, arena);
  return camel.data ? arena_format(arena, "Test%.*s", SV_ARGUMENTS(camel)) : camel;
}

static int find_class(const TestFile *file, StringView name) {
  size_t count = 0;
  const Definition *definitions = file->analysis ? analysis_definitions(file->analysis, &count) : NULL;
  for (size_t index = 0; index < count; index++)
    if (definitions[index].kind == DEFINITION_CLASS && definitions[index].parent < 0 &&
        string_view_equal(definitions[index].name, name))
      return (int)index;
  return -1;
}

static void take_class(const TestFile *file, int index, bool is_unittest, PlacedTest *test) {
  size_t count;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  test->class_name = definitions[index].name;
  test->offset = place_trimmed_end(file->text, definitions[index].span.end);
  test->form = is_unittest ? FORM_UNITTEST : FORM_METHOD;
}

static bool is_unittest_class(const TestFile *file, int class_index) {
  size_t count, test_count;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  const TestFacts *tests = analysis_tests(file->analysis, &test_count);
  for (size_t index = 0; index < test_count; index++)
    if (definitions[tests[index].definition].parent == class_index)
      return tests[index].is_unittest;
  return false;
}

static int choose_place(const TestFile *file, const Candidate *candidate, StringView subject_path, Arena *arena,
                        PlacedTest *test, Error *ret_error) {
  int last = last_test_of(file, subject_path, candidate->subject, arena);
  size_t count = 0;
  const Definition *definitions = file->analysis ? analysis_definitions(file->analysis, &count) : NULL;
  int owner = last >= 0 ? definitions[last].parent : -1;
  test->form = file->style.form;
  test->offset = end_of_tests(file->text);
  if (owner >= 0 && definitions[owner].parent < 0) {
    take_class(file, owner, is_unittest_class(file, owner), test);
    return 0;
  }
  if (last >= 0 && owner < 0) {
    test->form = FORM_FUNCTION;
    test->offset = place_trimmed_end(file->text, definitions[last].span.end);
    return 0;
  }
  if (test->form == FORM_FUNCTION)
    return 0;
  test->class_name = class_name_of(candidate, arena);
  if (!test->class_name.data)
    return no_memory(ret_error);
  int existing = find_class(file, test->class_name);
  if (existing >= 0)
    take_class(file, existing, is_unittest_class(file, existing), test);
  test->is_new_class = existing < 0;
  return 0;
}

int place_test(const TestFile *file, const Candidate *candidate, StringView subject_path, Vector *taken, Arena *arena,
               PlacedTest *ret_test, Error *ret_error) {
  PlacedTest test = {.candidate = candidate};
  int result = choose_name(file, candidate, taken, arena, &test.name, ret_error);
  if (result == 0)
    result = choose_place(file, candidate, subject_path, arena, &test, ret_error);
  TestStyle style = file->style;
  style.form = test.form;
  style.width -= test.form == FORM_FUNCTION ? 0 : 4;
  if (result == 0)
    result = render_test(candidate, test.name, &style, arena, &test.code, ret_error);
  if (result == 0)
    *ret_test = test;
  return result;
}

bool place_is_known(const TestFile *file, const Candidate *candidate, const PlacedTest *test, Arena *arena) {
  TestStyle style = file->style;
  style.form = test->form;
  StringView body = render_body_key(candidate, &style, arena);
  if (!body.data || !string_view_contains(file->normalized, body))
    return false;
  const CandidateRow *rows = candidate->rows.items;
  for (size_t index = 0; index < candidate->rows.count; index++) {
    StringView row = render_row_key(&rows[index], &style, arena);
    if (!row.data || !string_view_contains(file->normalized, row))
      return false;
  }
  return true;
}

StringView place_node_id(const TestFile *file, const PlacedTest *test, Arena *arena) {
  if (test->class_name.data)
    return arena_format(arena, "%.*s::%.*s::%.*s", SV_ARGUMENTS(file->path), SV_ARGUMENTS(test->class_name),
                        SV_ARGUMENTS(test->name));
  return arena_format(arena, "%.*s::%.*s", SV_ARGUMENTS(file->path), SV_ARGUMENTS(test->name));
}
