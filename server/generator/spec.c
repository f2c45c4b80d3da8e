#include "server/generator/spec_internal.h"

#include <ctype.h>
#include <stdio.h>

static const struct {
  const char *suffix;
  int (*read)(SpecReader *reader);
} formats[] = {
    {".spec.json", spec_read_json},
    {".spec.md", spec_read_markdown},
};

static int format_of(StringView path) {
  for (size_t index = 0; index < sizeof formats / sizeof *formats; index++)
    if (string_view_ends_with(path, string_view_from(formats[index].suffix)))
      return (int)index;
  return -1;
}

bool spec_is_spec_path(StringView path) {
  return format_of(path) >= 0;
}

// ---- What both readers use ----

int spec_no_memory(SpecReader *reader) {
  return error_set(reader->ret_error, ERROR_NO_MEMORY, "memory is exhausted while a spec is read");
}

int spec_add_problem(SpecReader *reader, Span span, const char *format, ...) {
  if (reader->problems.count >= SPEC_PROBLEMS_MAX)
    return 0;
  va_list arguments;
  va_start(arguments, format);
  StringView message = arena_format_arguments(reader->arena, format, arguments);
  va_end(arguments);
  SpecProblem problem = {span, message.data};
  return message.data && vector_push_copy(&reader->problems, &problem) ? 0 : spec_no_memory(reader);
}

int spec_add_prohibition(SpecReader *reader, StringView tool, Span span) {
  SpecProhibition item = {string_view_trim(tool), span};
  return item.tool.length == 0 || vector_push_copy(&reader->prohibited, &item) ? 0 : spec_no_memory(reader);
}

int spec_add_clause(SpecReader *reader, StringView text, Span span, bool is_edge_case) {
  SpecClause clause = {
      .text = text,
      .span = span,
      .is_edge_case = is_edge_case,
      .subject = spec_clause_subject(text),
  };
  Vector *clauses = is_edge_case ? &reader->edge_cases : &reader->requirements;
  return vector_push_copy(clauses, &clause) ? 0 : spec_no_memory(reader);
}

static bool is_name_byte(char byte) {
  return isalnum((unsigned char)byte) || byte == '_' || byte == '.' || (unsigned char)byte >= 0x80;
}

// The longest run of name characters that ends at `end`; absent when it is empty or begins with a digit or full stop.
static StringView name_before(StringView text, size_t end) {
  size_t start = end;
  while (start > 0 && is_name_byte(text.data[start - 1]))
    start--;
  if (start == end || isdigit((unsigned char)text.data[start]) || text.data[start] == '.')
    return (StringView){0};
  return string_view_slice(text, start, end);
}

StringView spec_clause_subject(StringView text) {
  StringView name = name_before(text, string_view_find_byte(text, '('));
  if (name.data && string_view_find_byte(text, '(') < text.length)
    return name;
  size_t quote = string_view_find_byte(text, '`');
  if (quote < text.length) {
    StringView rest = string_view_slice(text, quote + 1, text.length);
    size_t end = string_view_find_byte(rest, '`');
    name = end < rest.length ? name_before(rest, end) : (StringView){0};
    if (name.data && name.length == end)
      return name;
  }
  size_t colon = string_view_find_byte(text, ':');
  name = colon < text.length ? name_before(text, colon) : (StringView){0};
  return name.data && name.length == colon ? name : (StringView){0};
}

StringView spec_signature_name(StringView signature) {
  static const char *const keywords[] = {"async", "class", "def"};
  StringView rest = string_view_trim(signature);
  for (size_t index = 0; index < sizeof keywords / sizeof *keywords; index++) {
    StringView keyword = string_view_from(keywords[index]);
    if (string_view_starts_with(rest, keyword) && rest.length > keyword.length &&
        isspace((unsigned char)rest.data[keyword.length]))
      rest = string_view_trim(string_view_slice(rest, keyword.length, rest.length));
  }
  size_t length = 0;
  while (length < rest.length && is_name_byte(rest.data[length]))
    length++;
  return length > 0 && !isdigit((unsigned char)rest.data[0]) ? string_view_slice(rest, 0, length) : (StringView){0};
}

// ---- Reading ----

static int take(SpecReader *reader, const Vector *items, const void **ret_items, size_t *ret_count) {
  *ret_items = vector_to_arena(items, reader->arena, ret_count);
  return *ret_items || items->count == 0 ? 0 : spec_no_memory(reader);
}

static int take_clauses(SpecReader *reader) {
  Vector all;
  int result = 0;
  vector_init(&all, sizeof(SpecClause), 2 * SPEC_ITEMS_MAX);
  for (size_t index = 0; index < reader->requirements.count && result == 0; index++)
    result = vector_push_copy(&all, vector_at(&reader->requirements, index)) ? 0 : spec_no_memory(reader);
  for (size_t index = 0; index < reader->edge_cases.count && result == 0; index++)
    result = vector_push_copy(&all, vector_at(&reader->edge_cases, index)) ? 0 : spec_no_memory(reader);
  const void *items = NULL;
  if (result == 0)
    result = take(reader, &all, &items, &reader->spec.clause_count);
  reader->spec.clauses = items;
  vector_finish(&all);
  return result;
}

static int take_all(SpecReader *reader) {
  const void *examples = NULL, *prohibited = NULL;
  int result = take_clauses(reader);
  if (result == 0)
    result = take(reader, &reader->examples, &examples, &reader->spec.example_count);
  if (result == 0)
    result = take(reader, &reader->prohibited, &prohibited, &reader->spec.prohibited_count);
  reader->spec.examples = examples;
  reader->spec.prohibited = prohibited;
  return result;
}

static bool says_nothing(const Spec *spec) {
  return spec->clause_count == 0 && spec->example_count == 0 && string_view_is_absent(spec->signature);
}

static int check_whole(SpecReader *reader) {
  Spec *spec = &reader->spec;
  if (!says_nothing(spec))
    return 0;
  return spec_add_problem(reader, (Span){0, reader->text.length > 0 ? 1 : 0},
                          "the spec says nothing that could be tested; give it a signature, requirements, edge cases "
                          "or examples");
}

static int read_all(SpecReader *reader, int format) {
  if (reader->text.length > SPEC_TEXT_MAX)
    return error_set(reader->ret_error, ERROR_PARSE, "%.*s:1:1: a spec may have %u bytes, this has %zu",
                     SV_ARGUMENTS(reader->path), SPEC_TEXT_MAX, reader->text.length);
  size_t valid = string_view_utf8_prefix(reader->text);
  if (valid < reader->text.length) {
    size_t line, column;
    json_position(reader->text, valid, &line, &column);
    return error_set(reader->ret_error, ERROR_PARSE, "%.*s:%zu:%zu: this is not UTF-8; save the file as UTF-8",
                     SV_ARGUMENTS(reader->path), line, column);
  }
  int result = formats[format].read(reader);
  if (result == 0)
    result = take_all(reader);
  return result == 0 ? check_whole(reader) : result;
}

int spec_parse(StringView path, StringView text, Arena *arena, Spec *ret_spec, SpecProblem **ret_problems,
               size_t *ret_problem_count, Error *ret_error) {
  SpecReader reader = {.path = path, .text = text, .arena = arena, .ret_error = ret_error};
  int format = format_of(path);
  if (format < 0)
    return error_set(ret_error, ERROR_PARSE, "%.*s:1:1: a spec file is named *.spec.json or *.spec.md",
                     SV_ARGUMENTS(path));
  reader.spec = (Spec){.path = arena_copy(arena, path), .text = text, .context = CONTEXT_COUNT};
  vector_init(&reader.problems, sizeof(SpecProblem), SPEC_PROBLEMS_MAX);
  vector_init(&reader.requirements, sizeof(SpecClause), SPEC_ITEMS_MAX);
  vector_init(&reader.edge_cases, sizeof(SpecClause), SPEC_ITEMS_MAX);
  vector_init(&reader.examples, sizeof(SpecExample), SPEC_ITEMS_MAX);
  vector_init(&reader.prohibited, sizeof(SpecProhibition), SPEC_ITEMS_MAX);
  int result = reader.spec.path.data ? read_all(&reader, format) : spec_no_memory(&reader);
  size_t count = 0;
  SpecProblem *problems = result == 0 ? vector_to_arena(&reader.problems, arena, &count) : NULL;
  if (result == 0 && !problems && reader.problems.count > 0)
    result = spec_no_memory(&reader);
  vector_finish(&reader.prohibited);
  vector_finish(&reader.examples);
  vector_finish(&reader.edge_cases);
  vector_finish(&reader.requirements);
  vector_finish(&reader.problems);
  if (result == 0) {
    *ret_spec = reader.spec;
    *ret_problems = problems;
    *ret_problem_count = count;
  }
  return result;
}
