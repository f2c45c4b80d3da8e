// Reads what a model answers, as it comes: a stream of events, or, whatever was asked for, one JSON text.
#include "server/models/model_internal.h"

#define EVENT_MAX (1u << 20)

// ---- Values ----

const JsonValue *model_member(const JsonValue *value, const char *first, const char *second) {
  const JsonValue *inner = json_member(value, first);
  return inner ? json_member(inner, second) : NULL;
}

StringView model_string(const JsonValue *value) {
  return value && value->kind == JSON_STRING ? value->string : SV("");
}

int64_t model_integer(const JsonValue *value) {
  return value && value->kind == JSON_INTEGER && value->integer > 0 ? value->integer : 0;
}

int model_parse(ModelExchange *exchange, StringView text, JsonValue *ret_value, Error *ret_error) {
  Error problem = {0};
  int result = json_parse(text, &exchange->scratch, ret_value, &problem);
  return result == 0 ? 0
                     : error_set(ret_error, ERROR_PROTOCOL, "%.*s: its answer is no JSON: %s",
                                 SV_ARGUMENTS(exchange->origin), problem.message);
}

int model_append(ModelExchange *exchange, StringView text, Error *ret_error) {
  buffer_append(&exchange->text, text);
  return buffer_check(&exchange->text, ret_error, "the answer of a model");
}

// ---- The stream ----

static int on_event(void *user, const StreamEvent *event, Error *ret_error) {
  ModelExchange *exchange = user;
  arena_reset(&exchange->scratch);
  return exchange->request->api->read(exchange, event, ret_error);
}

void model_reader_init(ModelReader *reader, ModelExchange *exchange) {
  *reader = (ModelReader){.exchange = exchange};
  buffer_init(&reader->whole, MODEL_ANSWER_MAX);
  event_stream_init(&reader->events, EVENT_MAX, on_event, exchange);
}

void model_reader_finish(ModelReader *reader) {
  event_stream_finish(&reader->events);
  buffer_finish(&reader->whole);
}

int model_reader_feed(ModelReader *reader, StringView bytes, Error *ret_error) {
  StringView text = string_view_trim(bytes);
  if (!reader->has_begun && text.length > 0) {
    reader->has_begun = true;
    reader->is_whole = text.data[0] == '{';
  }
  if (!reader->is_whole)
    return event_stream_feed(&reader->events, bytes, ret_error);
  buffer_append(&reader->whole, bytes);
  return buffer_check(&reader->whole, ret_error, "the answer of a model");
}

int model_reader_end(ModelReader *reader, Error *ret_error) {
  ModelExchange *exchange = reader->exchange;
  JsonValue value;
  if (!reader->is_whole)
    return 0;
  arena_reset(&exchange->scratch);
  int result = model_parse(exchange, buffer_view(&reader->whole), &value, ret_error);
  if (result < 0)
    return result;
  exchange->has_ended = true;
  return exchange->request->api->read_whole(exchange, &value, ret_error);
}
