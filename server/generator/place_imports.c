// Merging imports into a test file, in the order that isort and ruff ask for.
#include "server/generator/place.h"
#include "server/generator/python_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define IMPORTS_MAX 1000u
#define LINE_MAX_BYTES (64u << 10)

typedef struct ImportLine {
  StringView module;
  Vector names;  // StringView, "name" or "name as other"; empty: `import module`
  int group;     // 0 future, 1 standard library, 2 installed, 3 the workspace's own
  bool is_from;
  const Import *existing;  // the statement that is extended; NULL: a new line
} ImportLine;

static const char *const standard_modules[] = {
    "asyncio",   "collections", "contextlib", "dataclasses", "datetime", "decimal", "enum",    "fractions",
    "functools", "io",          "itertools",  "json",        "math",     "os",      "pathlib", "re",
    "string",    "sys",         "textwrap",   "typing",      "unittest", "uuid",    NULL,
};

static int group_of(const TestFile *file, StringView module) {
  StringView head = string_view_slice(module, 0, string_view_find_byte(module, '.'));
  if (string_view_equal(module, SV("__future__")))
    return 0;
  for (size_t index = 0; standard_modules[index]; index++)
    if (string_view_equal_text(head, standard_modules[index]))
      return 1;
  if (module.length > 0 && module.data[0] == '.')
    return 4;
  return workspace_index_resolve_module(file->index, file->path, module).data ? 3 : 2;
}

// Constants, then classes, then everything else: isort's order-by-type.
static int kind_of_name(StringView name) {
  bool has_lower = false;
  for (size_t index = 0; index < name.length; index++)
    has_lower |= islower((unsigned char)name.data[index]) != 0;
  if (!has_lower && name.length > 1)
    return 0;
  return isupper((unsigned char)name.data[0]) ? 1 : 2;
}

static int compare_names(const void *left, const void *right) {
  StringView one = *(const StringView *)left, other = *(const StringView *)right;
  int difference = kind_of_name(one) - kind_of_name(other);
  return difference ? difference : string_view_compare(one, other);
}

static int compare_lines(const void *left, const void *right) {
  const ImportLine *one = left, *other = right;
  if (one->group != other->group)
    return one->group - other->group;
  if (one->is_from != other->is_from)
    return one->is_from - other->is_from;
  return string_view_compare(one->module, other->module);
}

static bool is_top_level(const TestFile *file, const Import *import) {
  return import->span.start == 0 || file->text.data[import->span.start - 1] == '\n';
}

static const Import *imports_of(const TestFile *file, size_t *ret_count) {
  *ret_count = 0;
  return file->analysis ? analysis_imports(file->analysis, ret_count) : NULL;
}

static bool has_import(const TestFile *file, StringView module, StringView name) {
  size_t count;
  const Import *imports = imports_of(file, &count);
  for (size_t index = 0; index < count; index++) {
    if (!is_top_level(file, &imports[index]) || !string_view_equal(imports[index].module, module))
      continue;
    bool is_same = name.length == 0 ? string_view_is_absent(imports[index].symbol) || imports[index].symbol.length == 0
                                    : string_view_equal(imports[index].symbol, name);
    StringView local = name.length == 0 ? module : name;
    if (is_same && string_view_equal(imports[index].local_name, local))
      return true;
  }
  return false;
}

// A plain `from module import a, b` that can take more names. Comments inside would be lost, so such a one is left.
static const Import *find_statement(const TestFile *file, StringView module) {
  size_t count;
  const Import *imports = imports_of(file, &count);
  for (size_t index = 0; index < count; index++) {
    StringView text = string_view_slice(file->text, imports[index].span.start, imports[index].span.end);
    if (is_top_level(file, &imports[index]) && string_view_equal(imports[index].module, module) &&
        string_view_starts_with(text, SV("from ")) && string_view_find_byte(text, '#') == text.length &&
        !string_view_equal(imports[index].local_name, SV("*")))
      return &imports[index];
  }
  return NULL;
}

static bool add_name(ImportLine *line, StringView name) {
  for (size_t index = 0; index < line->names.count; index++)
    if (string_view_equal(*(StringView *)vector_at(&line->names, index), name))
      return true;
  return vector_push_copy(&line->names, &name);
}

static bool add_existing_names(const TestFile *file, ImportLine *line, Arena *arena) {
  size_t count;
  const Import *imports = imports_of(file, &count);
  for (size_t index = 0; index < count; index++) {
    if (imports[index].span.start != line->existing->span.start)
      continue;
    bool has_alias = !string_view_equal(imports[index].local_name, imports[index].symbol);
    StringView name = has_alias ? arena_format(arena, "%.*s as %.*s", SV_ARGUMENTS(imports[index].symbol),
                                               SV_ARGUMENTS(imports[index].local_name))
                                : imports[index].symbol;
    if (!name.data || !add_name(line, name))
      return false;
  }
  return true;
}

static ImportLine *find_line(Vector *lines, StringView module, bool is_from) {
  for (size_t index = 0; index < lines->count; index++) {
    ImportLine *line = vector_at(lines, index);
    if (line->is_from == is_from && string_view_equal(line->module, module))
      return line;
  }
  return NULL;
}

static bool want(const TestFile *file, Vector *lines, StringView module, StringView name, Arena *arena) {
  if (has_import(file, module, name))
    return true;
  bool is_from = name.length > 0;
  ImportLine *line = find_line(lines, module, is_from);
  if (!line) {
    line = vector_push(lines);
    if (!line)
      return false;
    *line = (ImportLine){.module = module, .is_from = is_from, .group = group_of(file, module)};
    vector_init(&line->names, sizeof(StringView), IMPORTS_MAX);
    line->existing = is_from ? find_statement(file, module) : NULL;
    if (line->existing && !add_existing_names(file, line, arena))
      return false;
  }
  return !is_from || add_name(line, name);
}

static bool want_all(const TestFile *file, const PlacedTest *tests, size_t count, Vector *lines, Arena *arena) {
  for (size_t index = 0; index < count; index++) {
    const Candidate *candidate = tests[index].candidate;
    TestStyle style = file->style;
    style.form = tests[index].form;
    if (render_needs_pytest(candidate, &style) && !want(file, lines, SV("pytest"), (StringView){0}, arena))
      return false;
    if (render_needs_re(candidate) && !want(file, lines, SV("re"), (StringView){0}, arena))
      return false;
    if (tests[index].is_new_class && style.form == FORM_UNITTEST &&
        !want(file, lines, SV("unittest"), (StringView){0}, arena))
      return false;
    const CandidateImport *imports = candidate->imports.items;
    for (size_t item = 0; item < candidate->imports.count; item++)
      if (!want(file, lines, imports[item].module, imports[item].name, arena))
        return false;
  }
  return true;
}

// ---- Writing ----

static StringView line_text(const TestFile *file, ImportLine *line, Arena *arena) {
  if (!line->is_from)
    return arena_format(arena, "import %.*s", SV_ARGUMENTS(line->module));
  vector_sort(&line->names, compare_names);
  Buffer names, whole;
  buffer_init(&names, LINE_MAX_BYTES);
  buffer_init(&whole, LINE_MAX_BYTES);
  for (size_t index = 0; index < line->names.count; index++) {
    buffer_append_text(&names, index > 0 ? ", " : "");
    buffer_append(&names, *(StringView *)vector_at(&line->names, index));
  }
  buffer_append_format(&whole, "from %.*s import %.*s", SV_ARGUMENTS(line->module), SV_ARGUMENTS(buffer_view(&names)));
  if (whole.length > file->style.width) {
    StringView text =
        arena_format(arena, "from %.*s import (%.*s)", SV_ARGUMENTS(line->module), SV_ARGUMENTS(buffer_view(&names)));
    buffer_clear(&whole);
    python_append_wrapped(&whole, text, file->style.indent, 0, file->style.width);
  }
  StringView copy = whole.failure ? (StringView){0} : arena_copy(arena, buffer_view(&whole));
  buffer_finish(&names);
  buffer_finish(&whole);
  return copy;
}

static bool push_edit(Vector *edits, uint32_t start, uint32_t end, StringView text) {
  TextEdit edit = {start, end, text};
  return text.data && vector_push_copy(edits, &edit);
}

static bool comes_before(const TestFile *file, const Import *import, const ImportLine *line) {
  StringView text = string_view_slice(file->text, import->span.start, import->span.end);
  ImportLine existing = {
      .module = import->module,
      .is_from = string_view_starts_with(text, SV("from ")),
      .group = group_of(file, import->module),
  };
  return compare_lines(&existing, line) <= 0;
}

// The last import at module level that belongs before the line; NULL: none. `*ret_first` is the first one at all.
static const Import *find_anchor(const TestFile *file, const ImportLine *line, const Import **ret_first) {
  size_t count;
  const Import *imports = imports_of(file, &count), *anchor = NULL;
  *ret_first = NULL;
  for (size_t index = 0; index < count; index++) {
    if (!is_top_level(file, &imports[index]))
      continue;
    if (!*ret_first || imports[index].span.start < (*ret_first)->span.start)
      *ret_first = &imports[index];
    if (comes_before(file, &imports[index], line) && (!anchor || imports[index].span.start > anchor->span.start))
      anchor = &imports[index];
  }
  return anchor;
}

static uint32_t end_of_line(StringView text, uint32_t offset) {
  while (offset < text.length && text.data[offset] != '\n' && text.data[offset] != '\r')
    offset++;
  return offset;
}

// Behind the docstring and the comments that a file begins with.
static uint32_t header_end(StringView text) {
  uint32_t offset = 0, end = 0;
  while (offset < text.length) {
    StringView rest = string_view_slice(text, offset, text.length);
    size_t quote = rest.data[0] == '"' || rest.data[0] == '\'' ? 0 : rest.length;
    if (quote == 0)
      return end_of_line(text, offset + (uint32_t)python_string_end(rest, 0));
    uint32_t line_end = end_of_line(text, offset);
    bool is_comment = rest.data[0] == '#';
    if (!is_comment && line_end > offset)
      return end;
    end = is_comment ? line_end : end;
    offset = line_end + 1;
  }
  return end;
}

static bool insert_line(const TestFile *file, const ImportLine *line, StringView text, const ImportLine *previous,
                        Vector *edits, Arena *arena) {
  const Import *first, *anchor = find_anchor(file, line, &first);
  if (anchor) {
    uint32_t offset = end_of_line(file->text, anchor->span.end);
    int before = previous ? previous->group : group_of(file, anchor->module);
    const char *gap = before == line->group ? "\n" : "\n\n";
    return push_edit(edits, offset, offset, arena_format(arena, "%s%.*s", gap, SV_ARGUMENTS(text)));
  }
  if (first) {
    const char *gap = group_of(file, first->module) == line->group ? "\n" : "\n\n";
    return push_edit(edits, first->span.start, first->span.start,
                     arena_format(arena, "%.*s%s", SV_ARGUMENTS(text), gap));
  }
  uint32_t offset = header_end(file->text);
  const char *gap = !previous ? (offset > 0 ? "\n\n" : "") : previous->group == line->group ? "\n" : "\n\n";
  return push_edit(edits, offset, offset, arena_format(arena, "%s%.*s", gap, SV_ARGUMENTS(text)));
}

static bool write_lines(const TestFile *file, Vector *lines, Vector *edits, Arena *arena) {
  const ImportLine *previous = NULL;
  vector_sort(lines, compare_lines);
  for (size_t index = 0; index < lines->count; index++) {
    ImportLine *line = vector_at(lines, index);
    StringView text = line_text(file, line, arena);
    if (!text.data)
      return false;
    if (line->existing) {
      if (!push_edit(edits, line->existing->span.start, line->existing->span.end, text))
        return false;
      continue;
    }
    const Import *first;
    bool has_anchor = find_anchor(file, line, &first) != NULL;
    bool follows = previous && (!has_anchor || find_anchor(file, line, &first) == find_anchor(file, previous, &first));
    if (!insert_line(file, line, text, follows ? previous : NULL, edits, arena))
      return false;
    previous = line;
  }
  return true;
}

int place_import_edits(const TestFile *file, const PlacedTest *tests, size_t count, Arena *arena, Vector *ret_edits,
                       Error *ret_error) {
  Vector lines;
  vector_init(&lines, sizeof(ImportLine), IMPORTS_MAX);
  bool is_done = want_all(file, tests, count, &lines, arena) && write_lines(file, &lines, ret_edits, arena);
  for (size_t index = 0; index < lines.count; index++)
    vector_finish(&((ImportLine *)vector_at(&lines, index))->names);
  vector_finish(&lines);
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while imports are merged");
}
