// One test of a model's answer as a candidate. What becomes code is one line per statement or expression, without
// control characters, so that rendering keeps it inside its function; what becomes a docstring loses its quotes.
#include "server/generator/answer_internal.h"

#include "server/generator/spec_internal.h"

#include <string.h>

#define NAME_MAX_LENGTH 80u     // bytes
#define REASONING_MAX 300u      // bytes
#define ITEMS_MAX 100u          // statements, checks or imports of one test
#define CONFIDENCE_UNKNOWN 0.5  // of a test whose author does not say how sure they are

// ---- Problems and texts ----

void answer_say(AnswerMaker *maker, const char *format, ...) {
  if (maker->problems.count >= ANSWER_PROBLEMS_MAX)
    return;
  va_list arguments;
  va_start(arguments, format);
  StringView text = arena_format_arguments(maker->arena, format, arguments);
  va_end(arguments);
  if (!text.data || !vector_push_copy(&maker->problems, &text))
    maker->is_exhausted = true;
}

static bool refuse(AnswerMaker *maker, const char *member, const char *what) {
  answer_say(maker, "test %zu: %s %s", maker->number, member, what);
  return false;
}

static bool exhaust(AnswerMaker *maker) {
  maker->is_exhausted = true;
  return false;
}

static const JsonValue *member_of(const JsonValue *object, const char *name, const char *other) {
  const JsonValue *value = json_member(object, name);
  return value || !other ? value : json_member(object, other);
}

// The text of a string member; absent when there is none, an empty one, or something else.
static StringView string_of(const JsonValue *object, const char *name) {
  const JsonValue *value = json_member(object, name);
  StringView text = value && value->kind == JSON_STRING ? string_view_trim(value->string) : (StringView){0};
  return text.length > 0 ? text : (StringView){0};
}

static bool has_control(StringView text) {
  for (size_t index = 0; index < text.length; index++)
    if (((unsigned char)text.data[index] < ' ' && text.data[index] != '\t') || text.data[index] == 0x7F)
      return true;
  return false;
}

static bool check_code(AnswerMaker *maker, const char *member, StringView code) {
  if (code.length > ANSWER_CODE_MAX)
    return refuse(maker, member, "is too long; use a smaller input");
  if (has_control(code))
    return refuse(maker, member, "has a line break or control character; write one expression on one line");
  return true;
}

static bool is_identifier_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

// "shop.pricing": a name that can stand in an import or an except clause.
static bool is_dotted_name(StringView name) {
  bool is_start = true;
  for (size_t index = 0; index < name.length; index++) {
    char byte = name.data[index];
    bool is_digit = byte >= '0' && byte <= '9';
    if (byte == '.' ? is_start : !is_identifier_byte(byte) || (is_start && is_digit))
      return false;
    is_start = byte == '.';
  }
  return name.length > 0 && !is_start;
}

// ---- Names and reasons ----

static StringView identifier_from(AnswerMaker *maker, StringView text) {
  char *name = arena_allocate(maker->arena, NAME_MAX_LENGTH + 1);
  size_t length = 0;
  for (size_t index = 0; name && index < text.length && length < NAME_MAX_LENGTH; index++) {
    char byte = text.data[index];
    char lower = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    bool is_kept = is_identifier_byte(byte) && byte != '_';
    if (is_kept || (length > 0 && name[length - 1] != '_'))
      name[length++] = is_kept ? lower : '_';
  }
  while (length > 0 && name[length - 1] == '_')
    length--;
  if (!name)
    maker->is_exhausted = true;
  return (StringView){name, name ? length : 0};
}

static bool is_name_taken(const AnswerMaker *maker, StringView name) {
  const Candidate *candidates = maker->candidates.data;
  for (size_t index = 0; index < maker->candidates.count; index++)
    if (string_view_equal(candidates[index].name, name))
      return true;
  return false;
}

static void fill_name(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  StringView given = string_of(value, json_member(value, "name") ? "name" : "id");
  StringView name = identifier_from(maker, given);
  if (string_view_starts_with(name, SV("test_")))
    name = string_view_slice(name, 5, name.length);
  if (name.length == 0)
    name = identifier_from(maker, candidate->subject);
  if (name.length == 0)
    name = SV("behaviour");
  candidate->name = name;
  for (int number = 2; candidate->name.data && is_name_taken(maker, candidate->name); number++)
    candidate->name = arena_format(maker->arena, "%.*s_%d", SV_ARGUMENTS(name), number);
  maker->is_exhausted |= !candidate->name.data;
}

// One line for a docstring.
static void fill_reasoning(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  StringView given = string_of(value, "reasoning");
  size_t length = given.length;
  if (length > REASONING_MAX) {
    length = REASONING_MAX;
    while (length > 0 && ((unsigned char)given.data[length] & 0xC0) == 0x80)
      length--;
  }
  while (length > 0 && strchr(". \t\r\n", given.data[length - 1]))
    length--;
  bool has_subject = candidate->subject.length > 0;
  candidate->reasoning = length > 0 ? arena_copy(maker->arena, string_view_slice(given, 0, length))
                         : has_subject
                             ? arena_format(maker->arena, "Proposed for %.*s", SV_ARGUMENTS(candidate->subject))
                             : arena_copy(maker->arena, SV("Proposed by a model"));
  char *text = (char *)candidate->reasoning.data;  // a copy of our own
  if (!text) {
    maker->is_exhausted = true;
    return;
  }
  for (size_t index = 0; index < candidate->reasoning.length; index++) {
    if ((unsigned char)text[index] < ' ' || text[index] == 0x7F)
      text[index] = ' ';
    else if (text[index] == '"' || text[index] == '\\')
      text[index] = '\'';
  }
}

static void fill_labels(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  StringView subject = string_of(value, "subject"), category = string_of(value, "category");
  TestCategory known;
  candidate->subject = is_dotted_name(subject) ? subject : maker->context->symbol;
  candidate->category = category_from_name(category, &known) ? (int)known : maker->context->category;
  candidate->origin = SV("model");
  candidate->requirement = string_of(value, "requirement");
  const JsonValue *confidence = json_member(value, "confidence");
  double number = !confidence                        ? CONFIDENCE_UNKNOWN
                  : confidence->kind == JSON_DOUBLE  ? confidence->number
                  : confidence->kind == JSON_INTEGER ? (double)confidence->integer
                                                     : CONFIDENCE_UNKNOWN;
  candidate->confidence = number >= 0 && number <= 1 ? number : CONFIDENCE_UNKNOWN;
  fill_name(maker, value, candidate);
  fill_reasoning(maker, value, candidate);
}

// ---- Expected values ----

// A string is a Python expression, as the model is told; every other value is what it looks like.
static bool fill_expected(AnswerMaker *maker, const JsonValue *value, CandidateCheck *check) {
  bool is_code = value->kind == JSON_STRING;
  check->expected = is_code ? string_view_trim(value->string) : spec_python_literal(value, maker->arena);
  if (!check->expected.data && !is_code)
    return exhaust(maker);
  if (check->expected.length == 0)
    return refuse(maker, "expected", "is empty; write the value that the call gives");
  bool is_singleton = string_view_equal(check->expected, SV("None")) ||
                      string_view_equal(check->expected, SV("True")) || string_view_equal(check->expected, SV("False"));
  check->kind = is_singleton ? CHECK_IS : value->kind == JSON_DOUBLE ? CHECK_APPROX : CHECK_EQUAL;
  return check_code(maker, "expected", check->expected);
}

static bool fill_raises(AnswerMaker *maker, const JsonValue *value, CandidateCheck *check) {
  check->kind = CHECK_RAISES;
  check->exception = string_of(value, "raises");
  check->match = string_of(value, "match");
  if (!is_dotted_name(check->exception))
    return refuse(maker, "raises", "is no name of an exception class, such as ValueError");
  return check_code(maker, "match", check->match);
}

// ---- Checks ----

static bool make_check(AnswerMaker *maker, const JsonValue *value, StringView call, CandidateCheck *check) {
  *check = (CandidateCheck){.expression = string_of(value, "expression")};
  const JsonValue *expected = member_of(value, "expected", "expected_output");
  bool raises = string_of(value, "raises").length > 0;
  if (!check_code(maker, "expression", check->expression))
    return false;
  if (raises && call.length == 0)
    return refuse(maker, "call", "is missing; write the call that raises");
  if (!raises && call.length == 0 && check->expression.length == 0)
    return refuse(maker, "call", "is missing; write the call whose result is checked, as a Python expression");
  if (raises)
    return fill_raises(maker, value, check);
  return expected ? fill_expected(maker, expected, check)
                  : refuse(maker, "expected", "is missing, and so is raises: the test checks nothing");
}

static bool fill_checks(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  const JsonValue *list = json_member(value, "checks");
  bool is_list = list && list->kind == JSON_ARRAY && list->array.count > 0;
  size_t count = is_list ? list->array.count : 1;
  if (count > ITEMS_MAX)
    return refuse(maker, "checks", "are too many; write several tests");
  CandidateCheck *checks = arena_allocate_array(maker->arena, count, sizeof *checks);
  if (!checks)
    return exhaust(maker);
  for (size_t index = 0; index < count; index++)
    if (!make_check(maker, is_list ? &list->array.items[index] : value, candidate->call, &checks[index]))
      return false;
  candidate->checks = (JsonArray){checks, count};
  return true;
}

// ---- Set-up ----

static size_t indentation(StringView line) {
  size_t width = 0;
  while (width < line.length && (line.data[width] == ' ' || line.data[width] == '\t'))
    width++;
  return width;
}

// The lines of a block, at the depth that its first one has. A line by itself may belong to one before it, so its depth
// is that of the first of all, which `lines_depth` keeps.
static bool add_statements(AnswerMaker *maker, StringView text, StringView *statements, size_t *count,
                           size_t *lines_depth) {
  StringView line;
  bool is_line = string_view_find_byte(text, '\n') == text.length;
  if (is_line && *lines_depth == SIZE_MAX)
    *lines_depth = indentation(text);
  size_t depth = is_line ? *lines_depth : SIZE_MAX;
  while (string_view_next(&text, '\n', &line)) {
    if (line.length > 0 && line.data[line.length - 1] == '\r')
      line.length--;
    if (string_view_trim(line).length == 0)
      continue;
    if (*count == ITEMS_MAX)
      return refuse(maker, "setup", "is too long; a test sets up little");
    if (!check_code(maker, "setup", line))
      return false;
    size_t width = indentation(line);
    depth = depth < SIZE_MAX ? depth : width;
    line = string_view_slice(line, width < depth ? width : depth, line.length);
    statements[(*count)++] = line;
  }
  return true;
}

static bool fill_setup(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  const JsonValue *setup = json_member(value, "setup");
  if (!setup || setup->kind == JSON_NULL)
    return true;
  bool is_list = setup->kind == JSON_ARRAY;
  StringView *statements = arena_allocate_array(maker->arena, ITEMS_MAX, sizeof *statements);
  size_t count = 0, lines_depth = SIZE_MAX, items = is_list ? setup->array.count : 1;
  if (!statements)
    return exhaust(maker);
  for (size_t index = 0; index < items; index++) {
    const JsonValue *item = is_list ? &setup->array.items[index] : setup;
    if (item->kind != JSON_STRING)
      return refuse(maker, "setup", "is no list of strings; write one Python statement per string");
    if (!add_statements(maker, item->string, statements, &count, &lines_depth))
      return false;
  }
  candidate->setup = (JsonArray){statements, count};
  return true;
}

// ---- Imports ----

// {"module": "shop", "name": "price"}, "shop.price", "from shop import price" or "import shop".
static bool read_import(const JsonValue *value, CandidateImport *ret_import) {
  CandidateImport import = {string_of(value, "module"), string_of(value, "name")};
  if (value->kind == JSON_STRING) {
    StringView text = string_view_trim(value->string), separator = SV(" import ");
    size_t middle = string_view_find(text, separator), last = text.length;
    if (string_view_starts_with(text, SV("from ")) && middle < text.length) {
      import.module = string_view_trim(string_view_slice(text, 5, middle));
      import.name = string_view_trim(string_view_slice(text, middle + separator.length, text.length));
    } else if (string_view_starts_with(text, SV("import "))) {
      import.module = string_view_trim(string_view_slice(text, 7, text.length));
    } else {
      while (last > 0 && text.data[last - 1] != '.')
        last--;
      import.module = string_view_slice(text, 0, last > 0 ? last - 1 : text.length);
      import.name = last > 0 ? string_view_slice(text, last, text.length) : (StringView){0};
    }
  }
  *ret_import = import;
  bool is_plain = string_view_find_byte(import.name, '.') == import.name.length;
  return is_dotted_name(import.module) && (import.name.length == 0 || (is_plain && is_dotted_name(import.name)));
}

static bool fill_imports(AnswerMaker *maker, const JsonValue *value, Candidate *candidate) {
  const JsonValue *list = json_member(value, "imports");
  size_t items = list && list->kind == JSON_ARRAY ? list->array.count : 0, count = 0;
  if (items > ITEMS_MAX)
    return refuse(maker, "imports", "are too many");
  CandidateImport *imports = arena_allocate_array(maker->arena, items + 1, sizeof *imports);
  if (!imports)
    return exhaust(maker);
  StringView symbol = candidate->subject;
  symbol = string_view_slice(symbol, 0, string_view_find_byte(symbol, '.'));
  bool has_subject = symbol.length == 0 || maker->context->module.length == 0;
  for (size_t index = 0; index < items; index++) {
    if (!read_import(&list->array.items[index], &imports[count]))
      return refuse(maker, "imports", "has an entry that names no module; write \"module.name\"");
    has_subject |= string_view_equal(imports[count++].name, symbol);
  }
  if (!has_subject)
    imports[count++] = (CandidateImport){maker->context->module, symbol};
  candidate->imports = (JsonArray){imports, count};
  return true;
}

// ---- The test ----

bool answer_make_candidate(AnswerMaker *maker, const JsonValue *value, Candidate *ret_candidate) {
  Candidate candidate = {0};
  if (value->kind != JSON_OBJECT) {
    answer_say(maker, "test %zu is %s, not an object", maker->number, json_kind_name(value->kind));
    return false;
  }
  candidate.call = string_of(value, json_member(value, "call") ? "call" : "input");
  fill_labels(maker, value, &candidate);
  bool is_made = check_code(maker, "call", candidate.call) && fill_setup(maker, value, &candidate) &&
                 fill_checks(maker, value, &candidate) && fill_imports(maker, value, &candidate);
  if (!is_made || maker->is_exhausted)
    return false;
  *ret_candidate = candidate;
  return true;
}
