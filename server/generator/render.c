#include "server/generator/render.h"

#include "server/generator/python_text.h"

#include <string.h>

#define CODE_MAX (1u << 20)  // bytes of one test

typedef struct Renderer {
  const Candidate *candidate;
  const TestStyle *style;
  Arena *arena;
  Buffer code;
} Renderer;

static const CandidateCheck *checks_of(const Candidate *candidate) {
  return candidate->checks.items;
}

static bool is_table(const Candidate *candidate) {
  return candidate->rows.count > 0;
}

static bool has_special(StringView pattern) {
  for (size_t index = 0; index < pattern.length; index++)
    if (strchr(".^$*+?{}[]\\|()", pattern.data[index]))
      return true;
  return false;
}

bool render_needs_re(const Candidate *candidate) {
  const CandidateCheck *checks = checks_of(candidate);
  for (size_t index = 0; index < candidate->checks.count; index++)
    if (checks[index].kind == CHECK_RAISES && has_special(checks[index].match))
      return true;
  return false;
}

bool render_needs_pytest(const Candidate *candidate, const TestStyle *style) {
  const CandidateCheck *checks = checks_of(candidate);
  if (style->form == FORM_UNITTEST)
    return false;
  for (size_t index = 0; index < candidate->checks.count; index++)
    if (checks[index].kind == CHECK_RAISES || checks[index].kind == CHECK_APPROX)
      return true;
  return is_table(candidate);
}

// ---- Lines ----

static void append_indent(Renderer *renderer, size_t depth) {
  for (size_t index = 0; index < depth; index++)
    buffer_append(&renderer->code, renderer->style->indent);
}

// One statement, requoted, wrapped and ended.
static void append_line(Renderer *renderer, size_t depth, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append_line(Renderer *renderer, size_t depth, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  StringView text = arena_format_arguments(renderer->arena, format, arguments);
  va_end(arguments);
  append_indent(renderer, depth);
  python_append_wrapped(&renderer->code, text, renderer->style->indent, depth, renderer->style->width);
  buffer_append_byte(&renderer->code, '\n');
}

static StringView requoted(Renderer *renderer, StringView source) {
  return python_requote(source, renderer->style->quote, renderer->arena);
}

static StringView operand(Renderer *renderer, StringView source) {
  StringView text = requoted(renderer, source);
  return python_is_compound(text) ? arena_format(renderer->arena, "(%.*s)", SV_ARGUMENTS(text)) : text;
}

static StringView string_literal(Renderer *renderer, StringView text) {
  Buffer buffer;
  buffer_init(&buffer, CODE_MAX);
  python_append_string(&buffer, text, renderer->style->quote);
  StringView copy = arena_copy(renderer->arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  return copy;
}

// ---- Checks ----

static StringView pattern_of(Renderer *renderer, const CandidateCheck *check) {
  StringView text = string_literal(renderer, check->match);
  return has_special(check->match) ? arena_format(renderer->arena, "re.escape(%.*s)", SV_ARGUMENTS(text)) : text;
}

static void append_raises(Renderer *renderer, size_t depth, const CandidateCheck *check) {
  StringView call = requoted(renderer, renderer->candidate->call);
  bool is_unittest = renderer->style->form == FORM_UNITTEST;
  StringView exception = check->exception;
  if (check->match.length == 0) {
    append_line(renderer, depth, "with %s(%.*s):", is_unittest ? "self.assertRaises" : "pytest.raises",
                SV_ARGUMENTS(exception));
  } else {
    StringView pattern = pattern_of(renderer, check);
    append_line(renderer, depth, "with %s(%.*s, %s%.*s):", is_unittest ? "self.assertRaisesRegex" : "pytest.raises",
                SV_ARGUMENTS(exception), is_unittest ? "" : "match=", SV_ARGUMENTS(pattern));
  }
  bool is_call = string_view_ends_with(call, SV(")")) && !python_is_compound(call);  // else linters see no use in it
  bool is_whole = is_call || python_is_statement(call);
  append_line(renderer, depth + 1, "%s%.*s", is_whole ? "" : "_ = ", SV_ARGUMENTS(call));
}

static void append_plain_check(Renderer *renderer, size_t depth, const CandidateCheck *check, StringView actual) {
  StringView left = operand(renderer, actual), right = operand(renderer, check->expected);
  StringView text =
      check->kind == CHECK_IS
          ? arena_format(renderer->arena, "assert %.*s is %.*s", SV_ARGUMENTS(left), SV_ARGUMENTS(right))
      : check->kind == CHECK_APPROX
          ? arena_format(renderer->arena, "assert %.*s == pytest.approx(%.*s)", SV_ARGUMENTS(left), SV_ARGUMENTS(right))
          : arena_format(renderer->arena, "assert %.*s == %.*s", SV_ARGUMENTS(left), SV_ARGUMENTS(right));
  append_line(renderer, depth, "%.*s", SV_ARGUMENTS(text));
}

static void append_unittest_check(Renderer *renderer, size_t depth, const CandidateCheck *check, StringView actual) {
  static const char *const names[CHECK_KIND_COUNT] = {
      [CHECK_EQUAL] = "assertEqual", [CHECK_IS] = "assertIs", [CHECK_APPROX] = "assertAlmostEqual"};
  StringView left = requoted(renderer, actual), right = requoted(renderer, check->expected);
  if (check->kind == CHECK_IS && string_view_equal(check->expected, SV("None")))
    append_line(renderer, depth, "self.assertIsNone(%.*s)", SV_ARGUMENTS(left));
  else
    append_line(renderer, depth, "self.%s(%.*s, %.*s)", names[check->kind], SV_ARGUMENTS(left), SV_ARGUMENTS(right));
}

static void append_checks(Renderer *renderer, size_t depth) {
  const Candidate *candidate = renderer->candidate;
  const CandidateCheck *checks = checks_of(candidate);
  bool looks_behind = candidate->checks.count > 0 && checks[0].kind != CHECK_RAISES && checks[0].expression.length > 0;
  if (looks_behind && candidate->call.length > 0) {
    StringView call = requoted(renderer, candidate->call);
    append_line(renderer, depth, "%.*s", SV_ARGUMENTS(call));
  }
  for (size_t index = 0; index < candidate->checks.count; index++) {
    StringView actual = checks[index].expression.length > 0 ? checks[index].expression : candidate->call;
    if (checks[index].kind == CHECK_RAISES)
      append_raises(renderer, depth, &checks[index]);
    else if (renderer->style->form == FORM_UNITTEST)
      append_unittest_check(renderer, depth, &checks[index], actual);
    else
      append_plain_check(renderer, depth, &checks[index], actual);
  }
}

static void append_body(Renderer *renderer, size_t depth) {
  const StringView *setup = renderer->candidate->setup.items;
  for (size_t index = 0; index < renderer->candidate->setup.count; index++) {
    StringView line = requoted(renderer, setup[index]);
    append_line(renderer, depth, "%.*s", SV_ARGUMENTS(line));
  }
  append_checks(renderer, depth);
}

// ---- Tables ----

static StringView row_text(Renderer *renderer, const CandidateRow *row) {
  const StringView *values = row->values.items;
  Buffer text;
  buffer_init(&text, CODE_MAX);
  buffer_append_byte(&text, '(');
  for (size_t index = 0; index < row->values.count; index++) {
    buffer_append_text(&text, index > 0 ? ", " : "");
    buffer_append(&text, requoted(renderer, values[index]));
  }
  buffer_append_text(&text, row->values.count == 1 ? ",)" : ")");
  StringView copy = arena_copy(renderer->arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

static void append_rows(Renderer *renderer, size_t depth) {
  const CandidateRow *rows = renderer->candidate->rows.items;
  for (size_t index = 0; index < renderer->candidate->rows.count; index++) {
    StringView text = row_text(renderer, &rows[index]);
    append_line(renderer, depth, "%.*s,", SV_ARGUMENTS(text));
  }
}

static StringView names_text(Renderer *renderer, bool in_quotes) {
  const StringView *names = renderer->candidate->parameters.items;
  Buffer text;
  buffer_init(&text, CODE_MAX);
  for (size_t index = 0; index < renderer->candidate->parameters.count; index++) {
    buffer_append_text(&text, index > 0 ? ", " : "");
    StringView name = in_quotes ? string_literal(renderer, names[index]) : names[index];
    buffer_append(&text, name);
  }
  StringView copy = arena_copy(renderer->arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

static void append_decorator(Renderer *renderer) {
  StringView names = names_text(renderer, true);
  append_line(renderer, 0, "@pytest.mark.parametrize(");
  append_line(renderer, 1, "(%.*s),", SV_ARGUMENTS(names));
  append_line(renderer, 1, "[");
  append_rows(renderer, 2);
  append_line(renderer, 1, "],");
  append_line(renderer, 0, ")");
}

// unittest knows no parameters: a loop with subtests says the same.
static void append_loop(Renderer *renderer) {
  StringView names = names_text(renderer, false);
  const StringView *parameters = renderer->candidate->parameters.items;
  append_line(renderer, 1, "for %.*s in [", SV_ARGUMENTS(names));
  append_rows(renderer, 2);
  append_line(renderer, 1, "]:");
  append_line(renderer, 2, "with self.subTest(%.*s=%.*s):", SV_ARGUMENTS(parameters[0]), SV_ARGUMENTS(parameters[0]));
  append_body(renderer, 3);
}

// ---- The test ----

static void append_docstring(Renderer *renderer) {
  const Candidate *candidate = renderer->candidate;
  StringView origin = candidate->origin;
  const char *category =
      candidate->category == CATEGORY_ANTI_CHEAT ? "anti-cheat" : category_names[candidate->category];
  StringView text = arena_format(renderer->arena, "%.*s (%s, %.*s).", SV_ARGUMENTS(candidate->reasoning), category,
                                 SV_ARGUMENTS(origin));
  append_indent(renderer, 1);
  bool has_backslash = string_view_find_byte(text, '\\') < text.length;
  buffer_append_text(&renderer->code, has_backslash ? "r\"\"\"" : "\"\"\"");
  size_t room = renderer->style->width - 4 - 6;
  if (text.length > room) {  // the reason on its first line, the labels below
    StringView reason = candidate->reasoning;
    buffer_append(&renderer->code, reason);
    buffer_append_text(&renderer->code, ".\n\n");
    append_indent(renderer, 1);
    buffer_append_format(&renderer->code, "(%s, %.*s)\n", category, SV_ARGUMENTS(origin));
    append_indent(renderer, 1);
  } else {
    buffer_append(&renderer->code, text);
  }
  buffer_append_text(&renderer->code, "\"\"\"\n");
}

static void append_definition(Renderer *renderer, StringView name) {
  const TestStyle *style = renderer->style;
  bool has_parameters = is_table(renderer->candidate) && style->form != FORM_UNITTEST;
  StringView names = has_parameters ? names_text(renderer, false) : SV("");
  const char *self = style->form == FORM_FUNCTION ? "" : has_parameters ? "self, " : "self";
  append_line(renderer, 0, "def %.*s(%s%.*s):", SV_ARGUMENTS(name), self, SV_ARGUMENTS(names));
}

static int take(Renderer *renderer, StringView *ret_code, Error *ret_error) {
  int result = buffer_check(&renderer->code, ret_error, "a generated test");
  StringView copy = result == 0 ? arena_copy(renderer->arena, buffer_view(&renderer->code)) : (StringView){0};
  buffer_finish(&renderer->code);
  if (result == 0 && !copy.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a test is written");
  *ret_code = copy;
  return result;
}

int render_test(const Candidate *candidate, StringView name, const TestStyle *style, Arena *arena, StringView *ret_code,
                Error *ret_error) {
  Renderer renderer = {.candidate = candidate, .style = style, .arena = arena};
  buffer_init(&renderer.code, CODE_MAX);
  bool is_loop = is_table(candidate) && style->form == FORM_UNITTEST;
  if (is_table(candidate) && !is_loop)
    append_decorator(&renderer);
  append_definition(&renderer, name);
  append_docstring(&renderer);
  if (is_loop)
    append_loop(&renderer);
  else
    append_body(&renderer, 1);
  return take(&renderer, ret_code, ret_error);
}

// ---- Keys ----

StringView render_body_key(const Candidate *candidate, const TestStyle *style, Arena *arena) {
  Renderer renderer = {.candidate = candidate, .style = style, .arena = arena};
  StringView code = {0};
  buffer_init(&renderer.code, CODE_MAX);
  append_body(&renderer, 0);
  return take(&renderer, &code, NULL) == 0 ? python_normalize(code, arena) : (StringView){0};
}

StringView render_row_key(const CandidateRow *row, const TestStyle *style, Arena *arena) {
  Renderer renderer = {.candidate = NULL, .style = style, .arena = arena};
  StringView text = row_text(&renderer, row);
  return text.data ? python_normalize(text, arena) : text;
}
