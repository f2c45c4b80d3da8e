#include "server/generator/builtin_clauses.h"

#include "server/generator/python_text.h"
#include "server/generator/spec_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// ---- The subject ----

static const char *const add_names[] = {"push", "add", "enqueue", "append", "put", "insert", "offer", NULL};
static const char *const take_names[] = {"pop", "dequeue", "take", "remove", "poll", "get", "peek", "top", NULL};

static const Definition *definitions_of(const ClauseContext *context, size_t *ret_count) {
  *ret_count = 0;
  return context->analysis ? analysis_definitions(context->analysis, ret_count) : NULL;
}

static const Definition *find_definition(const ClauseContext *context, StringView qualified) {
  size_t count;
  const Definition *definitions = definitions_of(context, &count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, qualified))
      return &definitions[index];
  return NULL;
}

static const Definition *find_method(const ClauseContext *context, StringView name) {
  StringView qualified = arena_format(context->arena, "%.*s.%.*s", SV_ARGUMENTS(context->symbol), SV_ARGUMENTS(name));
  return qualified.data ? find_definition(context, qualified) : NULL;
}

static size_t required_parameters(const Definition *method) {
  size_t count = 0;
  for (size_t index = 0; index < method->parameter_count; index++)
    count += !method->parameters[index].default_text.data && method->parameters[index].star == 0 &&
             !string_view_equal(method->parameters[index].name, SV("self"));
  return count;
}

static StringView first_method(const ClauseContext *context, const char *const *names, size_t parameters) {
  for (size_t index = 0; names[index]; index++) {
    const Definition *method = find_method(context, string_view_from(names[index]));
    if (method && required_parameters(method) == parameters)
      return string_view_from(names[index]);
  }
  return (StringView){0};
}

bool clause_context_fill(ClauseContext *context) {
  context->subject = find_definition(context, context->symbol);
  if (!context->subject || context->subject->kind != DEFINITION_CLASS)
    return true;
  context->variable = python_snake_case(context->symbol, context->arena);
  context->construction =
      arena_format(context->arena, "%.*s = %.*s()", SV_ARGUMENTS(context->variable), SV_ARGUMENTS(context->symbol));
  context->add_method = first_method(context, add_names, 1);
  context->take_method = first_method(context, take_names, 0);
  return context->variable.data && context->construction.data;
}

// ---- Statements ----

bool clause_add_import(Candidate *candidate, StringView module, StringView name, Arena *arena) {
  CandidateImport *imports = arena_allocate_array(arena, candidate->imports.count + 1, sizeof *imports);
  if (!imports)
    return false;
  if (candidate->imports.count > 0)
    memcpy(imports, candidate->imports.items, candidate->imports.count * sizeof *imports);
  imports[candidate->imports.count] = (CandidateImport){module, name};
  candidate->imports = (JsonArray){imports, candidate->imports.count + 1};
  return true;
}

static bool set_setup(Candidate *candidate, const StringView *lines, size_t count, Arena *arena) {
  StringView *setup = arena_allocate_array(arena, count, sizeof *setup);
  if (!setup)
    return false;
  for (size_t index = 0; index < count; index++)
    setup[index] = lines[index];
  candidate->setup = (JsonArray){setup, count};
  return true;
}

static bool set_check(Candidate *candidate, CandidateCheck check, Arena *arena) {
  CandidateCheck *checks = arena_allocate_array(arena, 1, sizeof *checks);
  if (!checks)
    return false;
  *checks = check;
  candidate->checks = (JsonArray){checks, 1};
  return true;
}

static int kind_of_value(StringView expected) {
  double number;
  if (string_view_equal(expected, SV("None")) || string_view_equal(expected, SV("True")) ||
      string_view_equal(expected, SV("False")))
    return CHECK_IS;
  bool is_float = string_view_find_byte(expected, '.') < expected.length && string_view_to_double(expected, &number);
  return is_float ? CHECK_APPROX : CHECK_EQUAL;
}

static bool is_exception_name(StringView word) {
  return word.length > 0 && isupper((unsigned char)word.data[0]) &&
         (string_view_ends_with(word, SV("Error")) || string_view_ends_with(word, SV("Exception")) ||
          string_view_equal(word, SV("StopIteration")));
}

// Exceptions that Python does not have are looked for beside the subject.
static bool import_exception(const ClauseContext *context, Candidate *candidate, StringView exception) {
  return !find_definition(context, exception) ||
         clause_add_import(candidate, context->module, exception, context->arena);
}

// A part of a name from words: "pop() on empty stack" -> "pop_on_empty_stack".
static StringView slug(StringView text, size_t maximum, Arena *arena) {
  Buffer name;
  buffer_init(&name, 4096);
  for (size_t index = 0; index < text.length && name.length < maximum; index++) {
    unsigned char byte = (unsigned char)text.data[index];
    bool begins_word = name.length == 0 || name.data[name.length - 1] == '_';
    bool is_sign =
        byte == '-' && begins_word && index + 1 < text.length && isdigit((unsigned char)text.data[index + 1]);
    if (isalnum(byte))
      buffer_append_byte(&name, (char)tolower(byte));
    else if (is_sign)
      buffer_append_text(&name, "minus_");
    else if (!begins_word)
      buffer_append_byte(&name, '_');
  }
  while (name.length > 0 && name.data[name.length - 1] == '_')
    name.length--;
  StringView copy = name.failure ? (StringView){0} : arena_copy(arena, buffer_view(&name));
  buffer_finish(&name);
  return copy;
}

static Candidate new_candidate(const ClauseContext *context, StringView requirement, TestCategory category) {
  return (Candidate){
      .subject = context->symbol,
      .category = (int)category,
      .origin = SV("spec"),
      .requirement = requirement,
      .reasoning = requirement,
      .confidence = 1,
  };
}

static bool names_class(const ClauseContext *context, StringView code) {
  return string_view_contains_word(code, context->symbol) || string_view_contains_word(code, context->variable);
}

// "pop()" of a class is meant as a call of a new object's method.
static StringView bound_call(const ClauseContext *context, StringView call) {
  StringView name = string_view_slice(call, 0, string_view_find_byte(call, '('));
  bool is_method = context->variable.data && !names_class(context, call) && find_method(context, name);
  return is_method ? arena_format(context->arena, "%.*s.%.*s", SV_ARGUMENTS(context->variable), SV_ARGUMENTS(call))
                   : call;
}

// ---- Examples ----

static size_t split_statements(StringView text, StringView *lines, size_t maximum) {
  size_t count = 0;
  StringView rest = text, line;
  while (count < maximum && string_view_next(&rest, '\n', &line)) {
    line = string_view_trim(line);
    if (line.length > 0)
      lines[count++] = line;
  }
  return count;
}

static bool fill_call(const ClauseContext *context, StringView text, Candidate *candidate) {
  StringView lines[65];
  size_t count = split_statements(text, lines + 1, 64), first = 1;
  if (context->variable.data && !names_class(context, text)) {
    lines[0] = context->construction;
    first = 0;
  }
  size_t end = count + 1;
  for (size_t index = 1; index < end; index++)
    lines[index] = bound_call(context, lines[index]);
  candidate->call = count > 0 ? lines[end - 1] : SV("None");
  return candidate->call.data && set_setup(candidate, lines + first, end - 1 - first, context->arena);
}

static StringView example_name(const ClauseContext *context, const SpecExample *example) {
  if (example->name.length > 0)
    return slug(example->name, 60, context->arena);
  StringView last = example->call, rest = example->call, line;
  while (string_view_next(&rest, '\n', &line))
    last = line;
  StringView words = slug(last, 40, context->arena);
  StringView prefix = context->variable.data ? context->variable : SV("");
  bool has_prefix = prefix.length == 0 || string_view_starts_with(words, prefix);
  return arena_format(context->arena, "%.*s%s%.*s%s%.*s", has_prefix ? 0 : (int)prefix.length,
                      prefix.data ? prefix.data : "", has_prefix ? "" : "_", SV_ARGUMENTS(words),
                      example->raises.data ? "_raises_" : "",
                      SV_ARGUMENTS(example->raises.data ? python_snake_case(example->raises, context->arena) : SV("")));
}

bool clause_from_example(ClauseContext *context, const SpecExample *example, SpecStatement *ret_statement) {
  StringView requirement =
      example->raises.data
          ? arena_format(context->arena, "%.*s raises %.*s", SV_ARGUMENTS(example->call), SV_ARGUMENTS(example->raises))
          : arena_format(context->arena, "%.*s -> %.*s", SV_ARGUMENTS(example->call), SV_ARGUMENTS(example->expected));
  Candidate candidate = new_candidate(context, requirement, example->category);
  candidate.name = example_name(context, example);
  candidate.reasoning = example->reasoning.length > 0 ? example->reasoning : SV("Example of the specification");
  CandidateCheck check = {.kind = CHECK_RAISES, .exception = example->raises, .match = example->match};
  if (!example->raises.data)
    check = (CandidateCheck){.kind = kind_of_value(example->expected), .expected = example->expected};
  bool is_done = requirement.data && candidate.name.data && fill_call(context, example->call, &candidate) &&
                 set_check(&candidate, check, context->arena) &&
                 clause_add_import(&candidate, context->module, context->symbol, context->arena) &&
                 (!example->raises.data || import_exception(context, &candidate, example->raises));
  *ret_statement = (SpecStatement){.candidate = candidate};
  return is_done;
}

// ---- Clauses ----

typedef struct Sentence {
  StringView text;
  StringView method;     // the subject named by the clause; absent: none
  StringView arguments;  // between its parentheses
  StringView exception;  // the first exception that is named
} Sentence;

static bool has_word(StringView text, const char *word) {
  size_t length = strlen(word);
  for (size_t index = 0; index + length <= text.length; index++) {
    bool starts = index == 0 || !isalnum((unsigned char)text.data[index - 1]);
    bool ends = index + length == text.length || !isalnum((unsigned char)text.data[index + length]);
    if (starts && ends && strncasecmp(text.data + index, word, length) == 0)
      return true;
  }
  return false;
}

static Sentence read_sentence(const SpecClause *clause) {
  Sentence sentence = {.text = clause->text, .method = clause->subject};
  size_t open = string_view_find_byte(clause->text, '(');
  StringView rest = string_view_slice(clause->text, open + 1, clause->text.length);
  if (open < clause->text.length)
    sentence.arguments = string_view_trim(string_view_slice(rest, 0, string_view_find_byte(rest, ')')));
  for (size_t index = 0; index < clause->text.length && !sentence.exception.data; index++) {
    size_t end = index;
    while (end < clause->text.length &&
           (isalnum((unsigned char)clause->text.data[end]) || clause->text.data[end] == '_'))
      end++;
    StringView word = string_view_slice(clause->text, index, end);
    if (is_exception_name(word))
      sentence.exception = word;
    index = end > index ? end : index;
  }
  return sentence;
}

static bool raises_something(StringView text) {
  return has_word(text, "raise") || has_word(text, "raises") || has_word(text, "raised");
}

// Only literals as arguments can be called as they stand.
static bool is_literal_list(StringView arguments) {
  for (size_t index = 0; index < arguments.length; index++) {
    char byte = arguments.data[index];
    if (byte == '"' || byte == '\'')
      return true;
    if (isalpha((unsigned char)byte) || byte == '_')
      return string_view_starts_with(string_view_slice(arguments, index, arguments.length), SV("None")) ||
             string_view_starts_with(string_view_slice(arguments, index, arguments.length), SV("True")) ||
             string_view_starts_with(string_view_slice(arguments, index, arguments.length), SV("False"));
  }
  return arguments.length > 0;
}

typedef struct Draft {
  StringView call;     // as an example would write it
  StringView prepare;  // statements before it; absent: none
  StringView name;     // of the test, without test_
  CandidateCheck check;
  TestCategory category;
} Draft;

typedef bool ClausePattern(const ClauseContext *context, const Sentence *sentence, Draft *ret_draft);

static StringView plain_call(const ClauseContext *context, const Sentence *sentence, StringView arguments) {
  return arena_format(context->arena, "%.*s(%.*s)", SV_ARGUMENTS(sentence->method), SV_ARGUMENTS(arguments));
}

// "pop() on empty stack must raise IndexError"
static bool match_empty_raises(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  const Definition *method = sentence->method.data ? find_method(context, sentence->method) : NULL;
  if (!method || !sentence->exception.data || !raises_something(sentence->text) || !has_word(sentence->text, "empty") ||
      required_parameters(method) > 0)
    return false;
  draft->call = plain_call(context, sentence, SV(""));
  draft->check = (CandidateCheck){.kind = CHECK_RAISES, .exception = sentence->exception};
  draft->category = CATEGORY_BOUNDARY;
  draft->name = arena_format(context->arena, "%.*s_on_empty_%.*s_raises_%.*s", SV_ARGUMENTS(sentence->method),
                             SV_ARGUMENTS(context->variable),
                             SV_ARGUMENTS(python_snake_case(sentence->exception, context->arena)));
  return true;
}

// "divide(1, 0) must raise ZeroDivisionError"
static bool match_call_raises(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  if (!sentence->method.data || !sentence->exception.data || !raises_something(sentence->text) ||
      !is_literal_list(sentence->arguments))
    return false;
  draft->call = plain_call(context, sentence, sentence->arguments);
  draft->check = (CandidateCheck){.kind = CHECK_RAISES, .exception = sentence->exception};
  draft->category = CATEGORY_BOUNDARY;
  draft->name = arena_format(context->arena, "%.*s_raises_%.*s", SV_ARGUMENTS(slug(draft->call, 40, context->arena)),
                             SV_ARGUMENTS(python_snake_case(sentence->exception, context->arena)));
  return true;
}

static StringView literal_behind(StringView text, const char *word) {
  size_t found = string_view_find(text, string_view_from(word));
  if (found == text.length)
    return (StringView){0};
  StringView rest = string_view_trim(string_view_slice(text, found + strlen(word), text.length));
  if (rest.length > 0 && rest.data[0] == '`')
    return string_view_slice(rest, 1, 1 + string_view_find_byte(string_view_slice(rest, 1, rest.length), '`'));
  double number;
  StringView token = string_view_slice(rest, 0, string_view_find_byte(rest, ' '));
  bool is_known = string_view_equal(token, SV("None")) || string_view_equal(token, SV("True")) ||
                  string_view_equal(token, SV("False")) || string_view_to_double(token, &number);
  bool is_quoted =
      rest.length > 1 && (rest.data[0] == '"' || rest.data[0] == '\'') && rest.data[rest.length - 1] == rest.data[0];
  return is_known ? token : is_quoted ? rest : (StringView){0};
}

// "add(2, 3) returns 5"
static bool match_call_returns(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  if (!sentence->method.data || !is_literal_list(sentence->arguments) || raises_something(sentence->text))
    return false;
  StringView value = literal_behind(sentence->text, "returns ");
  value = value.data ? value : literal_behind(sentence->text, "return ");
  if (!value.data)
    return false;
  draft->call = plain_call(context, sentence, sentence->arguments);
  draft->check = (CandidateCheck){.kind = kind_of_value(value), .expected = value};
  draft->category = CATEGORY_CORRECTNESS;
  draft->name = slug(draft->call, 50, context->arena);
  return true;
}

// "is_empty(): Return True if stack is empty"
static bool match_true_when_empty(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  const Definition *method = sentence->method.data ? find_method(context, sentence->method) : NULL;
  bool is_true =
      string_view_contains(sentence->text, SV("True if")) || string_view_contains(sentence->text, SV("True when"));
  if (!method || required_parameters(method) > 0 || !is_true || !has_word(sentence->text, "empty"))
    return false;
  draft->call = plain_call(context, sentence, SV(""));
  draft->check = (CandidateCheck){.kind = CHECK_IS, .expected = SV("True")};
  draft->category = CATEGORY_EXISTENCE;
  draft->name =
      arena_format(context->arena, "new_%.*s_%.*s", SV_ARGUMENTS(context->variable), SV_ARGUMENTS(sentence->method));
  return true;
}

// "size(): Return number of items in stack": nothing was put in, so zero.
static bool match_count(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  const Definition *method = sentence->method.data ? find_method(context, sentence->method) : NULL;
  if (!method || required_parameters(method) > 0 || !has_word(sentence->text, "number") ||
      !has_word(sentence->text, "items"))
    return false;
  draft->call = plain_call(context, sentence, SV(""));
  if (context->add_method.data) {
    draft->prepare = arena_format(context->arena, "%.*s(1)\n%.*s(2)", SV_ARGUMENTS(context->add_method),
                                  SV_ARGUMENTS(context->add_method));
  }
  draft->check = (CandidateCheck){.kind = CHECK_EQUAL, .expected = context->add_method.data ? SV("2") : SV("0")};
  draft->category = CATEGORY_CORRECTNESS;
  draft->name = arena_format(context->arena, "%.*s_%.*s_counts_items", SV_ARGUMENTS(context->variable),
                             SV_ARGUMENTS(sentence->method));
  return true;
}

// "Stack should handle None as a valid item"
static bool match_none_item(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  bool is_meant =
      has_word(sentence->text, "None") &&
      (has_word(sentence->text, "item") || has_word(sentence->text, "value") || has_word(sentence->text, "element"));
  if (!is_meant || raises_something(sentence->text) || !context->add_method.data || !context->take_method.data)
    return false;
  draft->prepare = arena_format(context->arena, "%.*s(None)", SV_ARGUMENTS(context->add_method));
  draft->call = arena_format(context->arena, "%.*s()", SV_ARGUMENTS(context->take_method));
  draft->check = (CandidateCheck){.kind = CHECK_IS, .expected = SV("None")};
  draft->category = CATEGORY_BOUNDARY;
  draft->name = arena_format(context->arena, "%.*s_accepts_none", SV_ARGUMENTS(context->variable));
  return true;
}

// "pop(): Remove and return top item" gives back what was added last, "front item" what was added first.
static bool match_order(const ClauseContext *context, const Sentence *sentence, Draft *draft) {
  const Definition *method = sentence->method.data ? find_method(context, sentence->method) : NULL;
  bool is_last = has_word(sentence->text, "top") || has_word(sentence->text, "last");
  bool is_first =
      has_word(sentence->text, "front") || has_word(sentence->text, "first") || has_word(sentence->text, "oldest");
  if (!method || required_parameters(method) > 0 || !has_word(sentence->text, "return") || is_last == is_first ||
      !context->add_method.data)
    return false;
  draft->prepare = arena_format(context->arena, "%.*s(\"first\")\n%.*s(\"second\")", SV_ARGUMENTS(context->add_method),
                                SV_ARGUMENTS(context->add_method));
  draft->call = plain_call(context, sentence, SV(""));
  draft->check = (CandidateCheck){.kind = CHECK_EQUAL, .expected = is_last ? SV("\"second\"") : SV("\"first\"")};
  draft->category = CATEGORY_CORRECTNESS;
  draft->name = arena_format(context->arena, "%.*s_%.*s_returns_%s_item", SV_ARGUMENTS(context->variable),
                             SV_ARGUMENTS(sentence->method), is_last ? "last" : "first");
  return true;
}

static ClausePattern *const patterns[] = {
    match_empty_raises,    match_call_raises, match_call_returns, match_none_item,
    match_true_when_empty, match_count,       match_order,
};

static StringView reason_why_not(const ClauseContext *context, const Sentence *sentence) {
  if (raises_something(sentence->text) && !sentence->exception.data)
    return SV("it names no exception class; an example such as `pop()` raises `IndexError` would");
  bool is_constructor = string_view_equal(sentence->method, context->symbol);
  if (sentence->method.data && context->variable.data && !is_constructor && !find_method(context, sentence->method))
    return arena_format(context->arena, "%.*s has no %.*s", SV_ARGUMENTS(context->symbol),
                        SV_ARGUMENTS(sentence->method));
  return SV("it states no call with its result; an example would");
}

static bool finish(const ClauseContext *context, const SpecClause *clause, const Draft *draft,
                   SpecStatement *ret_statement) {
  Candidate candidate = new_candidate(context, clause->text, draft->category);
  StringView call = draft->prepare.data ? arena_format(context->arena, "%.*s\n%.*s", SV_ARGUMENTS(draft->prepare),
                                                       SV_ARGUMENTS(draft->call))
                                        : draft->call;
  candidate.name = draft->name;
  bool is_done = candidate.name.data && call.data && fill_call(context, call, &candidate) &&
                 set_check(&candidate, draft->check, context->arena) &&
                 clause_add_import(&candidate, context->module, context->symbol, context->arena) &&
                 (draft->check.kind != CHECK_RAISES || import_exception(context, &candidate, draft->check.exception));
  *ret_statement = (SpecStatement){
      .candidate = candidate,
      .allows_custom =
          string_view_contains(clause->text, SV("or custom")) || string_view_contains(clause->text, SV("or a custom")),
  };
  return is_done;
}

bool clause_leaves_error_open(const Spec *spec, const SpecClause *clause) {
  Sentence sentence = read_sentence(clause);
  if (!raises_something(sentence.text) || sentence.exception.data)
    return false;
  for (size_t index = 0; index < spec->clause_count; index++) {
    Sentence other = read_sentence(&spec->clauses[index]);
    if (other.exception.data && string_view_equal(other.method, sentence.method))
      return false;
  }
  return true;
}

bool clause_understand(ClauseContext *context, const SpecClause *clause, SpecStatement *ret_statement,
                       StringView *ret_reason) {
  Sentence sentence = read_sentence(clause);
  for (size_t index = 0; index < sizeof patterns / sizeof *patterns; index++) {
    Draft draft = {0};
    if (patterns[index](context, &sentence, &draft) && finish(context, clause, &draft, ret_statement))
      return true;
  }
  *ret_reason = reason_why_not(context, &sentence);
  return false;
}
