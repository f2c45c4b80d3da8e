// Specs written as Markdown: a title, sections by their headings, list items, examples in backquotes or as doctests.
#include "server/generator/spec_internal.h"

#include <ctype.h>

typedef struct MarkdownReader MarkdownReader;

// Takes one line of a section, without white space at its ends. `span` is the line's.
typedef int SectionFunction(MarkdownReader *markdown, StringView line, Span span);

typedef struct Section {
  const char *heading;  // lower case
  SectionFunction *read;
} Section;

struct MarkdownReader {
  SpecReader *reader;
  const Section *section;  // NULL before the first heading below the title
  bool has_title;
  bool in_fence;
  Span item_span;      // of the list item that is being read; empty: none
  StringView item;     // its text so far
  bool item_is_edge;   // where it belongs
  StringView session;  // doctest statements since the last gap; absent: none
  StringView pending;  // the last of them, of which the result is still to come
  Span pending_span;
};

static bool next_line(StringView text, uint32_t *offset, Span *ret_span) {
  if (*offset >= text.length)
    return false;
  StringView rest = string_view_slice(text, *offset, text.length);
  uint32_t length = (uint32_t)string_view_find_byte(rest, '\n');
  *ret_span = (Span){*offset, *offset + length};
  *offset += length + 1;
  return true;
}

// ---- List items ----

static bool strip_bullet(StringView line, StringView *ret_text) {
  size_t digits = 0;
  while (digits < line.length && isdigit((unsigned char)line.data[digits]))
    digits++;
  bool is_number = digits > 0 && digits < line.length && (line.data[digits] == '.' || line.data[digits] == ')');
  size_t mark = is_number ? digits + 1 : 1;
  bool is_bullet = line.length > 1 && (line.data[0] == '-' || line.data[0] == '*' || line.data[0] == '+');
  if ((!is_number && !is_bullet) || line.length <= mark || line.data[mark] != ' ')
    return false;
  *ret_text = string_view_trim(string_view_slice(line, mark, line.length));
  return true;
}

static int end_item(MarkdownReader *markdown) {
  StringView text = markdown->item;
  markdown->item = (StringView){0};
  return text.length > 0 ? spec_add_clause(markdown->reader, text, markdown->item_span, markdown->item_is_edge) : 0;
}

static int read_clause(MarkdownReader *markdown, StringView line, Span span, bool is_edge_case) {
  StringView text;
  if (strip_bullet(line, &text)) {
    int result = end_item(markdown);
    markdown->item = text;
    markdown->item_span = span;
    markdown->item_is_edge = is_edge_case;
    return result;
  }
  if (markdown->item.length == 0)
    return spec_add_problem(markdown->reader, span,
                            "requirements and edge cases are list items: begin the line with "
                            "\"- \"");
  markdown->item = arena_format(markdown->reader->arena, "%.*s %.*s", SV_ARGUMENTS(markdown->item), SV_ARGUMENTS(line));
  markdown->item_span.end = span.end;
  return markdown->item.data ? 0 : spec_no_memory(markdown->reader);
}

static int read_requirement(MarkdownReader *markdown, StringView line, Span span) {
  return read_clause(markdown, line, span, false);
}

static int read_edge_case(MarkdownReader *markdown, StringView line, Span span) {
  return read_clause(markdown, line, span, true);
}

static StringView without_quotes(StringView text) {
  bool is_quoted = text.length >= 2 && text.data[0] == '`' && text.data[text.length - 1] == '`';
  return is_quoted ? string_view_slice(text, 1, text.length - 1) : text;
}

static int read_prohibited(MarkdownReader *markdown, StringView line, Span span) {
  StringView text = line;
  strip_bullet(line, &text);
  return spec_add_prohibition(markdown->reader, without_quotes(text), span);
}

// ---- Sections of one value ----

static int read_signature(MarkdownReader *markdown, StringView line, Span span) {
  Spec *spec = &markdown->reader->spec;
  StringView text = without_quotes(line);
  if (spec->signature.data)
    return 0;  // the methods of a class may follow; the requirements say what they do
  if (!spec_signature_name(text).data)
    return spec_add_problem(markdown->reader, span,
                            "signature: expected `class Name` or `def name(parameters)`, found \"%.*s\"",
                            SV_ARGUMENTS(text));
  spec->signature = text;
  spec->signature_span = span;
  return 0;
}

static int read_description(MarkdownReader *markdown, StringView line, Span span) {
  (void)span;
  Spec *spec = &markdown->reader->spec;
  spec->description = spec->description.data ? arena_format(markdown->reader->arena, "%.*s %.*s",
                                                            SV_ARGUMENTS(spec->description), SV_ARGUMENTS(line))
                                             : line;
  return spec->description.data ? 0 : spec_no_memory(markdown->reader);
}

static int read_difficulty(MarkdownReader *markdown, StringView line, Span span) {
  (void)span;
  markdown->reader->spec.difficulty = line;
  return 0;
}

static int read_module(MarkdownReader *markdown, StringView line, Span span) {
  (void)span;
  markdown->reader->spec.module = without_quotes(line);
  return 0;
}

static int read_test_path(MarkdownReader *markdown, StringView line, Span span) {
  (void)span;
  markdown->reader->spec.test_path = without_quotes(line);
  return 0;
}

static int read_context(MarkdownReader *markdown, StringView line, Span span) {
  int context = name_index(context_names, line);
  if (context < 0)
    return spec_add_problem(markdown->reader, span,
                            "context: \"%.*s\" is none of benchmark, commander, mechacoder, custom",
                            SV_ARGUMENTS(line));
  markdown->reader->spec.context = context;
  return 0;
}

static int read_test_count(MarkdownReader *markdown, StringView line, Span span) {
  int64_t count;
  if (!string_view_to_int64(line, &count) || count < 1)
    return spec_add_problem(markdown->reader, span,
                            "expected test count: expected a whole number from 1, found "
                            "\"%.*s\"",
                            SV_ARGUMENTS(line));
  markdown->reader->spec.expected_test_count = (OptionalInteger){true, count};
  return 0;
}

static int read_line_coverage(MarkdownReader *markdown, StringView line, Span span) {
  double value;
  if (!string_view_to_double(line, &value) || !(value >= 0 && value <= 1))
    return spec_add_problem(markdown->reader, span, "min line coverage: expected a number from 0 to 1, found \"%.*s\"",
                            SV_ARGUMENTS(line));
  markdown->reader->spec.min_line_coverage = (OptionalNumber){true, value};
  return 0;
}

static int read_nothing(MarkdownReader *markdown, StringView line, Span span) {
  (void)markdown;
  (void)line;
  (void)span;
  return 0;
}

// ---- Examples ----

// The text between the next two backquotes; what lies before them goes to `*ret_between`.
static bool next_quoted(StringView *rest, StringView *ret_between, StringView *ret_quoted) {
  size_t start = string_view_find_byte(*rest, '`');
  if (start == rest->length)
    return false;
  StringView tail = string_view_slice(*rest, start + 1, rest->length);
  size_t end = string_view_find_byte(tail, '`');
  if (end == tail.length)
    return false;
  *ret_between = string_view_trim(string_view_slice(*rest, 0, start));
  *ret_quoted = string_view_trim(string_view_slice(tail, 0, end));
  *rest = string_view_slice(tail, end + 1, tail.length);
  return true;
}

static bool is_one_of(StringView word, const char *const *words) {
  for (size_t index = 0; words[index]; index++)
    if (string_view_equal_text(word, words[index]))
      return true;
  return false;
}

static int add_example(MarkdownReader *markdown, StringView call, StringView expected, StringView raises,
                       StringView match, Span span) {
  SpecExample example = {
      .call = call,
      .expected = expected,
      .raises = raises,
      .match = match,
      .category = raises.data ? CATEGORY_BOUNDARY : CATEGORY_CORRECTNESS,
      .span = span,
  };
  return vector_push_copy(&markdown->reader->examples, &example) ? 0 : spec_no_memory(markdown->reader);
}

static int read_example_item(MarkdownReader *markdown, StringView line, Span span) {
  static const char *const equal_words[] = {"->", "=>", "\xe2\x86\x92", "==", "returns", "gives", "is", NULL};
  static const char *const raise_words[] = {"raises", "must raise", "throws", NULL};
  static const char *const match_words[] = {"matching", "with", "with message", ":", NULL};
  StringView rest = line, before, call, between, result, link, match = {0};
  if (next_quoted(&rest, &before, &call) && next_quoted(&rest, &between, &result) && call.length > 0) {
    if (is_one_of(between, equal_words))
      return add_example(markdown, call, result, (StringView){0}, (StringView){0}, span);
    if (is_one_of(between, raise_words)) {
      StringView message;
      if (next_quoted(&rest, &link, &message) && is_one_of(link, match_words))
        match = message;
      return add_example(markdown, call, (StringView){0}, result, match, span);
    }
  }
  return spec_add_problem(markdown->reader, span,
                          "an example reads: `add(2, 3)` -> `5`, or: `pop()` raises `IndexError`, or is a doctest");
}

static int end_session(MarkdownReader *markdown) {
  markdown->session = markdown->pending = (StringView){0};
  return 0;
}

static StringView join_statement(MarkdownReader *markdown, StringView before, StringView statement) {
  return before.data
             ? arena_format(markdown->reader->arena, "%.*s\n%.*s", SV_ARGUMENTS(before), SV_ARGUMENTS(statement))
             : statement;
}

static int read_prompt(MarkdownReader *markdown, StringView line, Span span) {
  if (markdown->pending.data)
    markdown->session = join_statement(markdown, markdown->session, markdown->pending);
  markdown->pending = string_view_trim(string_view_slice(line, 3, line.length));
  markdown->pending_span = span;
  return 0;
}

// "IndexError: pop from empty list" behind a traceback.
static int read_traceback(MarkdownReader *markdown, StringView call, StringView line, Span span) {
  size_t colon = string_view_find_byte(line, ':');
  StringView match = string_view_trim(string_view_slice(line, colon + 1, line.length));
  StringView raises = string_view_slice(line, 0, colon);
  markdown->pending = (StringView){0};
  return add_example(markdown, call, (StringView){0}, raises, match.length > 0 ? match : (StringView){0}, span);
}

static int read_result(MarkdownReader *markdown, StringView line, Span span) {
  if (string_view_starts_with(line, SV("Traceback")) || string_view_equal(line, SV("...")))
    return 0;
  Span whole = {markdown->pending_span.start, span.end};
  StringView call = join_statement(markdown, markdown->session, markdown->pending);
  if (!call.data)
    return spec_no_memory(markdown->reader);
  size_t colon = string_view_find_byte(line, ':');
  StringView name = string_view_slice(line, 0, colon);
  bool is_error = string_view_ends_with(name, SV("Error")) || string_view_ends_with(name, SV("Exception"));
  if (is_error && string_view_find_byte(name, ' ') == name.length)
    return read_traceback(markdown, call, line, whole);
  StringView statement = markdown->pending;
  markdown->pending = (StringView){0};
  markdown->session = join_statement(markdown, markdown->session, statement);
  return add_example(markdown, call, line, (StringView){0}, (StringView){0}, whole);
}

static int read_example(MarkdownReader *markdown, StringView line, Span span) {
  StringView text;
  if (string_view_starts_with(line, SV(">>> ")))
    return read_prompt(markdown, line, span);
  if (string_view_starts_with(line, SV("... ")) && markdown->pending.data) {
    StringView more = string_view_slice(line, 4, line.length);
    markdown->pending = join_statement(markdown, markdown->pending, more);
    return markdown->pending.data ? 0 : spec_no_memory(markdown->reader);
  }
  if (markdown->pending.data)
    return read_result(markdown, line, span);
  return read_example_item(markdown, strip_bullet(line, &text) ? text : line, span);
}

// ---- Headings ----

static const Section sections[] = {
    {"signature", read_signature},
    {"requirements", read_requirement},
    {"edge cases", read_edge_case},
    {"examples", read_example},
    {"description", read_description},
    {"difficulty", read_difficulty},
    {"context", read_context},
    {"module", read_module},
    {"test path", read_test_path},
    {"prohibited", read_prohibited},
    {"expected test count", read_test_count},
    {"min line coverage", read_line_coverage},
    {"notes", read_nothing},
};

static bool equal_ignoring_case(StringView text, const char *lower) {
  size_t index = 0;
  for (; index < text.length && lower[index]; index++) {
    char byte = text.data[index] == '_' ? ' ' : text.data[index];
    if (tolower((unsigned char)byte) != lower[index])
      return false;
  }
  return index == text.length && !lower[index];
}

static int read_heading(MarkdownReader *markdown, StringView line, Span span) {
  size_t level = 0;
  while (level < line.length && line.data[level] == '#')
    level++;
  StringView title = string_view_trim(string_view_slice(line, level, line.length));
  int result = end_item(markdown);
  end_session(markdown);
  if (result < 0)
    return result;
  if (level == 1 && !markdown->has_title) {
    markdown->has_title = true;
    markdown->reader->spec.name = title;
    return 0;
  }
  for (size_t index = 0; index < sizeof sections / sizeof *sections; index++) {
    if (equal_ignoring_case(title, sections[index].heading)) {
      markdown->section = &sections[index];
      return 0;
    }
  }
  static const Section ignored = {"", read_nothing};
  markdown->section = &ignored;
  return spec_add_problem(markdown->reader, span,
                          "the heading \"%.*s\" is not known here; known are Signature, Requirements, Edge cases, "
                          "Examples, Description, Difficulty, Context, Module, Test path, Prohibited, Expected test "
                          "count, Min line coverage, Notes",
                          SV_ARGUMENTS(title));
}

static int read_line(MarkdownReader *markdown, StringView line, Span span) {
  if (string_view_starts_with(line, SV("```")) || string_view_starts_with(line, SV("~~~"))) {
    markdown->in_fence = !markdown->in_fence;
    return end_session(markdown);
  }
  if (line.length == 0)
    return markdown->in_fence ? 0 : end_session(markdown);
  if (line.data[0] == '#' && !markdown->in_fence)
    return read_heading(markdown, line, span);
  return markdown->section ? markdown->section->read(markdown, line, span) : read_description(markdown, line, span);
}

int spec_read_markdown(SpecReader *reader) {
  MarkdownReader markdown = {.reader = reader};
  uint32_t offset = 0;
  Span span;
  int result = 0;
  while (result == 0 && next_line(reader->text, &offset, &span)) {
    StringView line = string_view_slice(reader->text, span.start, span.end);
    StringView trimmed = string_view_trim(line);
    uint32_t indent = (uint32_t)(trimmed.length > 0 ? trimmed.data - line.data : 0);
    span = (Span){span.start + indent, span.start + indent + (uint32_t)trimmed.length};
    result = read_line(&markdown, trimmed, span);
  }
  if (result == 0)
    result = end_item(&markdown);
  if (result == 0 && markdown.in_fence)
    result = spec_add_problem(reader, (Span){(uint32_t)reader->text.length, (uint32_t)reader->text.length},
                              "a code block that begins with ``` has no end");
  return result;
}
