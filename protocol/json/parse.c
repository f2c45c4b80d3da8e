// The reader: yajl finds the tokens and checks the grammar, this file builds values from them.
//
// What yajl does not do well stands here: string escapes (it joins wrong surrogate pairs and lets lone ones through),
// numbers (it loses the difference between 1 and 1.0, and follows the locale), and failed allocations (it writes
// through the null pointer).
#include "protocol/json/json.h"
#include "protocol/json/text.h"
#include "protocol/memory/vector.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

typedef struct Container {
  size_t first;  // index of its first member in `pending`
  JsonKind kind;
  uint32_t offset;
} Container;

typedef struct Parser {
  StringView text;
  Arena *arena;
  Error *ret_error;
  int failure;  // set by a callback that stopped the parse
  yajl_handle yajl;
  size_t token_end;    // where the last token that yajl reported ended
  Vector pending;      // JsonMember: complete values whose container is still open
  size_t value_count;  // all values so far
  Container open[JSON_DEPTH_MAX];
  size_t depth;
  StringView name;  // of the next value, inside an object
  uint32_t name_offset;
  Arena scratch;  // yajl's own memory
  jmp_buf out_of_memory;
} Parser;

// ---- Memory for yajl: each item with its size in front; all of it goes with the scratch arena ----

#define ITEM_HEADER 16u  // keeps what follows aligned

static void *allocate_for_yajl(void *context, size_t size) {
  Parser *parser = context;
  char *item = size <= SIZE_MAX - ITEM_HEADER ? arena_allocate(&parser->scratch, size + ITEM_HEADER) : NULL;
  if (!item) {
    longjmp(parser->out_of_memory, 1);
  }
  memcpy(item, &size, sizeof size);
  return item + ITEM_HEADER;
}

static void free_for_yajl(void *context, void *item) {
  (void)context;
  (void)item;
}

static void *reallocate_for_yajl(void *context, void *item, size_t size) {
  void *larger = allocate_for_yajl(context, size);
  if (item) {
    size_t old_size;
    memcpy(&old_size, (char *)item - ITEM_HEADER, sizeof old_size);
    memcpy(larger, item, old_size < size ? old_size : size);
  }
  return larger;
}

// ---- Values ----

static int fail(Parser *parser, size_t offset, ErrorCode code, const char *what) {
  size_t line = 1;
  size_t column = 1;
  json_position(parser->text, offset, &line, &column);
  parser->failure = error_set(parser->ret_error, code, "%zu:%zu: %s", line, column, what);
  return 0;
}

static int fail_memory(Parser *parser) {
  parser->failure = error_set(parser->ret_error, ERROR_NO_MEMORY, "memory is exhausted while JSON is read");
  return 0;
}

// yajl reports no beginnings. Between two reported tokens stand only white space, commas and colons.
static size_t begin_token(Parser *parser) {
  size_t start = parser->token_end;
  while (start < parser->text.length && strchr(" \t\r\n,:", parser->text.data[start])) {
    start++;
  }
  parser->token_end = yajl_get_bytes_consumed(parser->yajl);
  return start;
}

static int add_value(Parser *parser, JsonValue value) {
  if (++parser->value_count > JSON_VALUES_MAX) {
    return fail(parser, value.offset, ERROR_LIMIT, "more values than this program reads at once");
  }
  JsonMember *member = vector_push(&parser->pending);
  if (!member) {
    return fail_memory(parser);
  }
  member->name = parser->name;
  member->name_offset = parser->name_offset;
  member->value = value;
  parser->name = (StringView){0};
  return 1;
}

static int on_null(void *context) {
  Parser *parser = context;
  return add_value(parser, (JsonValue){.kind = JSON_NULL, .offset = (uint32_t)begin_token(parser)});
}

static int on_boolean(void *context, int boolean) {
  Parser *parser = context;
  JsonValue value = {.kind = JSON_BOOL, .offset = (uint32_t)begin_token(parser), .boolean = boolean != 0};
  return add_value(parser, value);
}

static int on_number(void *context, const char *data, size_t length) {
  Parser *parser = context;
  JsonValue value = {.kind = JSON_INTEGER, .offset = (uint32_t)begin_token(parser)};
  StringView digits = {data, length};
  if (!string_view_to_int64(digits, &value.integer)) {
    value.kind = JSON_DOUBLE;
    if (!string_view_to_double(digits, &value.number)) {
      return fail(parser, value.offset, ERROR_PARSE, "the number is too large");
    }
  }
  return add_value(parser, value);
}

// The string token that ends where yajl stands, decoded into the arena.
static bool copy_string_token(Parser *parser, size_t start, StringView *ret_string) {
  StringView token = string_view_slice(parser->text, start + 1, parser->token_end - 1);
  *ret_string = json_text_unescape(token, parser->arena);
  return ret_string->data != NULL;
}

static int on_string(void *context, const unsigned char *data, size_t length) {
  (void)data;
  (void)length;
  Parser *parser = context;
  JsonValue value = {.kind = JSON_STRING, .offset = (uint32_t)begin_token(parser)};
  return copy_string_token(parser, value.offset, &value.string) ? add_value(parser, value) : fail_memory(parser);
}

static int on_name(void *context, const unsigned char *data, size_t length) {
  (void)data;
  (void)length;
  Parser *parser = context;
  parser->name_offset = (uint32_t)begin_token(parser);
  return copy_string_token(parser, parser->name_offset, &parser->name) ? 1 : fail_memory(parser);
}

static int open_container(Parser *parser, JsonKind kind) {
  uint32_t offset = (uint32_t)begin_token(parser);
  if (parser->depth == JSON_DEPTH_MAX) {
    return fail(parser, offset, ERROR_LIMIT, "arrays and objects are nested too deeply");
  }
  // The container takes its place, with its name, now; what it holds is filled in when it is closed.
  if (!add_value(parser, (JsonValue){.kind = kind, .offset = offset})) {
    return 0;
  }
  parser->open[parser->depth++] = (Container){.first = parser->pending.count, .kind = kind, .offset = offset};
  return 1;
}

static int on_object_begin(void *context) {
  return open_container(context, JSON_OBJECT);
}

static int on_array_begin(void *context) {
  return open_container(context, JSON_ARRAY);
}

static bool take_members(Parser *parser, size_t first, size_t count, JsonValue *object) {
  object->object.members = arena_allocate_array(parser->arena, count, sizeof(JsonMember));
  if (!object->object.members) {
    return false;
  }
  memcpy(object->object.members, vector_at(&parser->pending, first), count * sizeof(JsonMember));
  object->object.count = count;
  return true;
}

static bool take_items(Parser *parser, size_t first, size_t count, JsonValue *array) {
  array->array.items = arena_allocate_array(parser->arena, count, sizeof(JsonValue));
  if (!array->array.items) {
    return false;
  }
  const JsonMember *members = vector_at(&parser->pending, first);
  for (size_t index = 0; index < count; index++) {
    array->array.items[index] = members[index].value;
  }
  array->array.count = count;
  return true;
}

static int on_container_end(void *context) {
  Parser *parser = context;
  begin_token(parser);
  const Container *container = &parser->open[--parser->depth];
  size_t count = parser->pending.count - container->first;
  if (count == 0) {
    return 1;
  }
  JsonMember *member = vector_at(&parser->pending, container->first - 1);
  bool is_taken = container->kind == JSON_OBJECT ? take_members(parser, container->first, count, &member->value)
                                                 : take_items(parser, container->first, count, &member->value);
  vector_truncate(&parser->pending, container->first);
  return is_taken ? 1 : fail_memory(parser);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object_begin,
    .yajl_map_key = on_name,
    .yajl_end_map = on_container_end,
    .yajl_start_array = on_array_begin,
    .yajl_end_array = on_container_end,
};

// ---- The parse ----

// Where the fault begins. yajl stands behind a byte or token that does not fit.
static size_t find_fault(Parser *parser, StringView explanation, size_t end) {
  bool is_byte = string_view_contains(explanation, SV("invalid char"));
  bool is_token = string_view_starts_with(explanation, SV("parse error"));
  if (end == 0 || (!is_byte && !is_token)) {
    return end;
  }
  // Punctuation is one byte; of other tokens the beginning is looked for.
  if (is_byte || strchr("{}[],:", parser->text.data[end - 1])) {
    return end - 1;
  }
  size_t start = begin_token(parser);
  return start < end ? start : end;
}

// yajl says only that the end came too early; what was open then says what is missing.
static int fail_at_end(Parser *parser) {
  char what[160];
  size_t line = 1;
  size_t column = 1;
  size_t end = parser->text.length;
  size_t start = begin_token(parser);
  bool is_string = start < end && parser->text.data[start] == '"';
  const Container *container = parser->depth > 0 ? &parser->open[parser->depth - 1] : NULL;
  json_position(parser->text, is_string ? start : container ? container->offset : end, &line, &column);
  if (is_string) {
    snprintf(what, sizeof what, "the text ends inside the string that begins at %zu:%zu: a \" is missing", line,
             column);
  } else if (!container) {
    snprintf(what, sizeof what, "the text ends where a value should begin");
  } else {
    bool is_object = container->kind == JSON_OBJECT;
    snprintf(what, sizeof what, "the text ends inside the %s that begins at %zu:%zu: a%s %c is missing",
             is_object ? "object" : "array", line, column, parser->name.data ? " value and a" : "",
             is_object ? '}' : ']');
  }
  fail(parser, end, ERROR_PARSE, what);
  return parser->failure;
}

// The first line of yajl's explanation without its prefix: "lexical error: invalid char in json text.".
static int report_yajl_error(Parser *parser, size_t offset) {
  const unsigned char *data = (const unsigned char *)parser->text.data;
  unsigned char *explanation = yajl_get_error(parser->yajl, 0, data, parser->text.length);
  StringView rest = string_view_from((const char *)explanation);
  StringView line = SV("not JSON");
  string_view_next(&rest, '\n', &line);
  if (string_view_contains(line, SV("premature EOF"))) {
    return fail_at_end(parser);
  }
  size_t fault = find_fault(parser, line, offset);
  size_t colon = string_view_find(line, SV(": "));
  if (colon < line.length) {
    line = string_view_slice(line, colon + 2, line.length);
  }
  if (string_view_ends_with(line, SV("."))) {
    line.length--;
  }
  char what[128];
  size_t length = line.length < sizeof what ? line.length : sizeof what - 1;
  memcpy(what, line.data, length);
  what[length] = '\0';
  fail(parser, fault, ERROR_PARSE, what);
  return parser->failure;
}

static int run_yajl(Parser *parser) {
  yajl_alloc_funcs memory = {allocate_for_yajl, reallocate_for_yajl, free_for_yajl, parser};
  parser->yajl = yajl_alloc(&callbacks, &memory, parser);
  // The text was checked already, and by a stricter rule than yajl's.
  yajl_config(parser->yajl, yajl_dont_validate_strings, 1);
  const unsigned char *data = (const unsigned char *)parser->text.data;
  yajl_status status = yajl_parse(parser->yajl, data, parser->text.length);
  size_t offset = yajl_get_bytes_consumed(parser->yajl);
  if (status == yajl_status_ok) {
    offset = parser->text.length;
    status = yajl_complete_parse(parser->yajl);
  }
  if (status == yajl_status_ok) {
    return 0;
  }
  return parser->failure ? parser->failure : report_yajl_error(parser, offset);
}

static int parse_guarded(Parser *parser) {
  if (setjmp(parser->out_of_memory) != 0) {
    fail_memory(parser);
    return parser->failure;
  }
  return run_yajl(parser);
}

int json_parse(StringView text, Arena *arena, JsonValue *ret_value, Error *ret_error) {
  if (text.length > JSON_TEXT_MAX) {
    return error_set(ret_error, ERROR_LIMIT, "the JSON text is longer than %u bytes", JSON_TEXT_MAX);
  }
  Parser parser = {.text = text.data ? text : SV(""), .arena = arena, .ret_error = ret_error};
  size_t well_formed = string_view_utf8_prefix(parser.text);
  if (well_formed < text.length) {
    fail(&parser, well_formed, ERROR_PARSE, "the text is not UTF-8");
    return parser.failure;
  }
  vector_init(&parser.pending, sizeof(JsonMember), JSON_VALUES_MAX);
  int status = parse_guarded(&parser);
  if (status == 0) {
    assert(parser.pending.count == 1);
    *ret_value = ((JsonMember *)vector_at(&parser.pending, 0))->value;
  }
  vector_finish(&parser.pending);
  arena_finish(&parser.scratch);
  return status;
}
