// Specs written as JSON: the task files of the seeds, the planner's TestSpec, and the generator's older examples
// (`input`, `expected_output`). docs/spec-files.md says what each member means.
#include "server/generator/spec_internal.h"

#include "protocol/json/field.h"

#include <string.h>

// ---- What may stand in a file ----

typedef struct JsonExample {
  StringView id;
  StringView call;
  StringView input;
  const JsonValue *expected;
  const JsonValue *expected_output;
  StringView raises;
  StringView match;
  StringView category;
  StringView name;
  StringView reasoning;
  OptionalNumber confidence;
} JsonExample;

static const JsonField example_fields[] = {
    JSON_FIELD(JsonExample, id, STRING, 0, "Of the tool that wrote the example; not used."),
    JSON_FIELD(JsonExample, call, STRING, 0, "A Python expression, or statements of which the last is one."),
    JSON_FIELD(JsonExample, input, STRING, 0, "The same as `call`."),
    JSON_FIELD(JsonExample, expected, VALUE, 0, "The value of the call, as JSON; a string is a string."),
    JSON_FIELD(JsonExample, expected_output, VALUE, 0, "The same as `expected`."),
    JSON_FIELD(JsonExample, raises, STRING, 0, "The exception that the call must raise."),
    JSON_FIELD(JsonExample, match, STRING, 0, "A part of the exception's message."),
    JSON_FIELD(JsonExample, category, STRING, 0, "What kind of behaviour the example shows."),
    JSON_FIELD(JsonExample, name, STRING, 0, "The test's name, with or without test_."),
    JSON_FIELD(JsonExample, reasoning, STRING, 0, "Why the example matters."),
    JSON_FIELD(JsonExample, confidence, OPTIONAL_DOUBLE, 0, "Of the tool that wrote the example; not used."),
};
static const JsonType example_type = JSON_TYPE(JsonExample, example_fields, NULL);

typedef struct JsonCase {
  StringView name;
  StringView goal;
  StringView target_path;
} JsonCase;

static const JsonField case_fields[] = {
    JSON_FIELD(JsonCase, name, STRING, 0, "What the case is called."),
    JSON_FIELD(JsonCase, goal, STRING, JSON_REQUIRED, "What it shall show."),
    JSON_FIELD(JsonCase, target_path, STRING, 0, "The file of the subject."),
};
static const JsonType case_type = JSON_TYPE(JsonCase, case_fields, NULL);

typedef struct JsonSpec {
  StringView id;
  StringView parent_commit_sha;
  StringView name;
  StringView difficulty;
  StringView description;
  StringView signature;
  JsonArray requirements;
  JsonArray edge_cases;
  OptionalInteger expected_test_count;
  JsonArray examples;
  StringView context;
  JsonArray prohibited;
  StringView module;
  StringView test_path;
  JsonArray cases;
  OptionalNumber min_line_coverage;
} JsonSpec;

static const JsonField spec_fields[] = {
    JSON_FIELD(JsonSpec, id, STRING, 0, "Of a planner's TestSpec; its name when it has no other."),
    JSON_FIELD(JsonSpec, parent_commit_sha, STRING, 0, "Of a planner's TestSpec."),
    JSON_FIELD(JsonSpec, name, STRING, 0, "What the task is called."),
    JSON_FIELD(JsonSpec, difficulty, STRING, 0, "In the words of whoever wrote the spec."),
    JSON_FIELD(JsonSpec, description, STRING, 0, "What is to be built."),
    JSON_FIELD(JsonSpec, signature, STRING, 0, "`class Stack` or `def add(a, b)`."),
    JSON_FIELD(JsonSpec, requirements, STRING_ARRAY, 0, "What must hold, one sentence each."),
    JSON_FIELD(JsonSpec, edge_cases, STRING_ARRAY, 0, "What must hold at the edges, one sentence each."),
    JSON_FIELD(JsonSpec, expected_test_count, OPTIONAL_INTEGER, 0, "How many tests there should be."),
    JSON_FIELD_OF(JsonSpec, examples, ARRAY, 0, example_type, "Calls and what comes of them."),
    JSON_FIELD(JsonSpec, context, STRING, 0, "benchmark, commander, mechacoder or custom."),
    JSON_FIELD(JsonSpec, prohibited, STRING_ARRAY, 0, "Tools that a solution must not use."),
    JSON_FIELD(JsonSpec, module, STRING, 0, "Where the subject lies: a dotted name or a path."),
    JSON_FIELD(JsonSpec, test_path, STRING, 0, "Where its tests go."),
    JSON_FIELD_OF(JsonSpec, cases, ARRAY, 0, case_type, "Of a planner's TestSpec."),
    JSON_FIELD(JsonSpec, min_line_coverage, OPTIONAL_DOUBLE, 0, "From 0 to 1."),
};
static const JsonType spec_type = JSON_TYPE(JsonSpec, spec_fields, NULL);

// The same members again, as they stand: for their places.
typedef struct JsonPlaces {
  const JsonValue *signature;
  const JsonValue *requirements;
  const JsonValue *edge_cases;
  const JsonValue *examples;
  const JsonValue *cases;
  const JsonValue *context;
  const JsonValue *expected_test_count;
  const JsonValue *min_line_coverage;
  const JsonValue *prohibited;
} JsonPlaces;

static const JsonField place_fields[] = {
    JSON_FIELD(JsonPlaces, signature, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, requirements, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, edge_cases, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, examples, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, cases, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, context, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, expected_test_count, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, min_line_coverage, VALUE, 0, NULL),
    JSON_FIELD(JsonPlaces, prohibited, VALUE, 0, NULL),
};
static const JsonType places_type = JSON_TYPE(JsonPlaces, place_fields, NULL);

// ---- Places ----

static uint32_t string_end(StringView text, uint32_t start) {
  uint32_t index = start + 1;
  while (index < text.length && text.data[index] != '"')
    index += text.data[index] == '\\' ? 2 : 1;
  return index < text.length ? index + 1 : (uint32_t)text.length;
}

// Where the value that begins at `start` ends. The text has been parsed, so brackets and quotes match.
static uint32_t value_end(StringView text, uint32_t start) {
  uint32_t index = start;
  int depth = 0;
  while (index < text.length) {
    char byte = text.data[index];
    if (byte == '"') {
      index = string_end(text, index);
    } else {
      depth += byte == '{' || byte == '[' ? 1 : byte == '}' || byte == ']' ? -1 : 0;
      if (depth < 0 || (depth == 0 && memchr(", \t\r\n", byte, 5)))
        return index;
      index++;
    }
    if (depth == 0 && memchr("\"}]", text.data[index - 1], 3))
      return index;
  }
  return index;
}

static Span span_of(const SpecReader *reader, const JsonValue *value) {
  return value ? (Span){value->offset, value_end(reader->text, value->offset)} : (Span){0, 0};
}

static Span item_span(const SpecReader *reader, const JsonValue *array, size_t index) {
  return span_of(reader, array && array->kind == JSON_ARRAY ? &array->array.items[index] : NULL);
}

// ---- Decoding: what is wrong is named and left out, the rest is used ----

static bool remove_from_array(JsonValue *array, uint32_t offset);
static bool remove_from_object(JsonValue *object, uint32_t offset);

// Removes the innermost value at the offset, or the member whose name is there, from what holds it. False when it is
// the outermost value itself.
static bool remove_at(JsonValue *value, uint32_t offset) {
  return value->kind == JSON_OBJECT ? remove_from_object(value, offset)
                                    : value->kind == JSON_ARRAY && remove_from_array(value, offset);
}

static bool remove_from_array(JsonValue *array, uint32_t offset) {
  for (size_t index = 0; index < array->array.count; index++) {
    JsonValue *item = &array->array.items[index];
    if (item->offset == offset) {
      memmove(item, item + 1, (array->array.count - index - 1) * sizeof *item);
      array->array.count--;
      return true;
    }
    if (remove_at(item, offset))
      return true;
  }
  return false;
}

static bool remove_from_object(JsonValue *object, uint32_t offset) {
  for (size_t index = 0; index < object->object.count; index++) {
    JsonMember *member = &object->object.members[index];
    if (member->value.offset == offset || member->name_offset == offset) {
      memmove(member, member + 1, (object->object.count - index - 1) * sizeof *member);
      object->object.count--;
      return true;
    }
    if (remove_at(&member->value, offset))
      return true;
  }
  return false;
}

static int fail_at(SpecReader *reader, uint32_t offset, const char *message) {
  size_t line, column;
  json_position(reader->text, offset, &line, &column);
  return error_set(reader->ret_error, ERROR_PARSE, "%.*s:%zu:%zu: %s", SV_ARGUMENTS(reader->path), line, column,
                   message);
}

static int decode(SpecReader *reader, JsonValue *value, JsonSpec *ret_json) {
  for (;;) {
    Error problem = {0};
    uint32_t offset = 0;
    int result = json_decode_strict(&spec_type, value, reader->arena, ret_json, &offset, &problem);
    if (result == 0)
      return 0;
    if (result != ERROR_INVALID_ARGUMENT)
      return error_set(reader->ret_error, (ErrorCode)result, "%s", problem.message);
    if (value->kind != JSON_OBJECT || reader->problems.count + 1 >= SPEC_PROBLEMS_MAX)
      return fail_at(reader, offset, problem.message);
    Span span = {offset, value_end(reader->text, offset)};
    result = spec_add_problem(reader, span, "%s", problem.message);
    if (result < 0)
      return result;
    if (!remove_at(value, offset))
      return fail_at(reader, offset, problem.message);
  }
}

// ---- Meaning ----

static int add_clauses(SpecReader *reader, JsonArray texts, const JsonValue *place, bool is_edge_case) {
  const StringView *items = texts.items;
  int result = 0;
  for (size_t index = 0; index < texts.count && result == 0; index++)
    result = spec_add_clause(reader, items[index], item_span(reader, place, index), is_edge_case);
  return result;
}

static int add_cases(SpecReader *reader, JsonArray cases, const JsonValue *place) {
  const JsonCase *items = cases.items;
  int result = 0;
  for (size_t index = 0; index < cases.count && result == 0; index++) {
    if (string_view_is_absent(reader->spec.module))
      reader->spec.module = items[index].target_path;
    result = spec_add_clause(reader, items[index].goal, item_span(reader, place, index), false);
  }
  return result;
}

static int read_category(SpecReader *reader, const JsonExample *json, Span span, SpecExample *example) {
  example->category = example->raises.data ? CATEGORY_BOUNDARY : CATEGORY_CORRECTNESS;
  if (string_view_is_absent(json->category) || category_from_name(json->category, &example->category))
    return 0;
  return spec_add_problem(reader, span,
                          "category: \"%.*s\" is none of anti_cheat, existence, correctness, boundary, integration",
                          SV_ARGUMENTS(json->category));
}

static const char *example_fault(const SpecExample *example, const JsonExample *json) {
  if (example->call.length == 0)
    return "an example needs `call`: a Python expression such as add(2, 3)";
  if (json->call.data && json->input.data)
    return "an example has `call` or `input`, not both";
  if (json->expected && json->expected_output)
    return "an example has `expected` or `expected_output`, not both";
  if (example->expected.data && example->raises.data)
    return "an example has `expected` or `raises`, not both";
  if (!example->expected.data && !example->raises.data)
    return "an example needs `expected` (any JSON value) or `raises` (an exception)";
  if (example->match.data && !example->raises.data)
    return "`match` is about the message of an exception, so it needs `raises`";
  return NULL;
}

static int add_example(SpecReader *reader, const JsonExample *json, Span span) {
  const JsonValue *expected = json->expected ? json->expected : json->expected_output;
  SpecExample example = {
      .call = string_view_trim(json->call.data ? json->call : json->input),
      .expected = expected ? spec_python_literal(expected, reader->arena) : (StringView){0},
      .raises = json->raises,
      .match = json->match,
      .name = json->name,
      .reasoning = json->reasoning,
      .span = span,
  };
  if (expected && !example.expected.data)
    return spec_no_memory(reader);
  const char *fault = example_fault(&example, json);
  if (fault)
    return spec_add_problem(reader, span, "%s", fault);
  int result = read_category(reader, json, span, &example);
  if (result == 0 && !vector_push_copy(&reader->examples, &example))
    return spec_no_memory(reader);
  return result;
}

static int add_examples(SpecReader *reader, JsonArray examples, const JsonValue *place) {
  const JsonExample *items = examples.items;
  int result = 0;
  for (size_t index = 0; index < examples.count && result == 0; index++)
    result = add_example(reader, &items[index], item_span(reader, place, index));
  return result;
}

static int take_context(SpecReader *reader, const JsonSpec *json, const JsonPlaces *places) {
  int context = json->context.data ? name_index(context_names, json->context) : CONTEXT_COUNT;
  reader->spec.context = context >= 0 ? context : CONTEXT_COUNT;
  if (context >= 0)
    return 0;
  return spec_add_problem(reader, span_of(reader, places->context),
                          "context: \"%.*s\" is none of benchmark, commander, mechacoder, custom",
                          SV_ARGUMENTS(json->context));
}

static int take_numbers(SpecReader *reader, const JsonSpec *json, const JsonPlaces *places) {
  OptionalNumber coverage = json->min_line_coverage;
  OptionalInteger count = json->expected_test_count;
  bool is_bad_coverage = coverage.present && !(coverage.value >= 0 && coverage.value <= 1);
  bool is_bad_count = count.present && count.value < 1;
  reader->spec.min_line_coverage = is_bad_coverage ? (OptionalNumber){0} : coverage;
  reader->spec.expected_test_count = is_bad_count ? (OptionalInteger){0} : count;
  int result = 0;
  if (is_bad_coverage)
    result = spec_add_problem(reader, span_of(reader, places->min_line_coverage),
                              "min_line_coverage: expected a number from 0 to 1, found %g", coverage.value);
  if (result == 0 && is_bad_count)
    result = spec_add_problem(reader, span_of(reader, places->expected_test_count),
                              "expected_test_count: expected at least 1, found %lld", (long long)count.value);
  return result;
}

static int take_signature(SpecReader *reader, const JsonSpec *json, const JsonPlaces *places) {
  reader->spec.signature_span = span_of(reader, places->signature);
  if (!json->signature.data || spec_signature_name(json->signature).data) {
    reader->spec.signature = json->signature;
    return 0;
  }
  return spec_add_problem(reader, reader->spec.signature_span,
                          "signature: expected `class Name` or `def name(parameters)`, found \"%.*s\"",
                          SV_ARGUMENTS(json->signature));
}

static int take_meaning(SpecReader *reader, const JsonSpec *json, const JsonPlaces *places) {
  Spec *spec = &reader->spec;
  spec->name = json->name.data ? json->name : json->id;
  spec->difficulty = json->difficulty;
  spec->description = json->description;
  spec->module = json->module;
  spec->test_path = json->test_path;
  int result = take_signature(reader, json, places);
  if (result == 0)
    result = take_context(reader, json, places);
  if (result == 0)
    result = take_numbers(reader, json, places);
  if (result == 0)
    result = add_clauses(reader, json->requirements, places->requirements, false);
  if (result == 0)
    result = add_cases(reader, json->cases, places->cases);
  if (result == 0)
    result = add_clauses(reader, json->edge_cases, places->edge_cases, true);
  if (result == 0)
    result = add_examples(reader, json->examples, places->examples);
  const StringView *prohibited = json->prohibited.items;
  for (size_t index = 0; index < json->prohibited.count && result == 0; index++)
    result = spec_add_prohibition(reader, prohibited[index], item_span(reader, places->prohibited, index));
  return result;
}

int spec_read_json(SpecReader *reader) {
  JsonValue value;
  JsonSpec json;
  JsonPlaces places;
  Error problem = {0};
  int result = json_parse(reader->text, reader->arena, &value, &problem);
  if (result < 0)
    return error_set(reader->ret_error, result == ERROR_NO_MEMORY ? ERROR_NO_MEMORY : ERROR_PARSE, "%.*s:%s",
                     SV_ARGUMENTS(reader->path), problem.message);
  result = decode(reader, &value, &json);
  if (result == 0)
    result = json_decode(&places_type, &value, reader->arena, &places, reader->ret_error);
  return result == 0 ? take_meaning(reader, &json, &places) : result;
}
