// The Messages API, as Anthropic describes it (https://docs.anthropic.com/en/api/messages-streaming).
#include "server/models/model_internal.h"

static void write_question(const ModelExchange *exchange, JsonWriter *writer) {
  const ModelRequest *request = exchange->request;
  json_write_object_begin(writer);
  json_write_name(writer, "model");
  json_write_string(writer, request->model);
  json_write_name(writer, "max_tokens");
  json_write_integer(writer, request->output_tokens);
  if (!(exchange->left_out & MEMBER_TEMPERATURE)) {
    json_write_name(writer, "temperature");
    json_write_double(writer, request->temperature);
  }
  json_write_name(writer, "system");
  json_write_string(writer, request->instructions);
  json_write_name(writer, "messages");
  json_write_array_begin(writer);
  json_write_object_begin(writer);
  json_write_name(writer, "role");
  json_write_string(writer, SV("user"));
  json_write_name(writer, "content");
  json_write_string(writer, request->question);
  json_write_object_end(writer);
  json_write_array_end(writer);
  json_write_name(writer, "stream");
  json_write_bool(writer, true);
  if (!string_view_is_absent(request->schema) && !(exchange->left_out & MEMBER_SCHEMA)) {
    json_write_name(writer, "output_config");
    json_write_object_begin(writer);
    json_write_name(writer, "format");
    json_write_object_begin(writer);
    json_write_name(writer, "type");
    json_write_string(writer, SV("json_schema"));
    json_write_name(writer, "schema");
    json_write_raw(writer, request->schema);
    json_write_object_end(writer);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
}

// What was read from a cache or put there is input, too.
static void read_usage(ModelExchange *exchange, const JsonValue *usage) {
  static const char *const inputs[] = {"input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"};
  int64_t input = 0, output = model_integer(json_member(usage, "output_tokens"));
  if (!usage || usage->kind != JSON_OBJECT)
    return;
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    input += model_integer(json_member(usage, inputs[i]));
  if (input > exchange->answer->input_tokens)
    exchange->answer->input_tokens = input;
  if (output > exchange->answer->output_tokens)  // it is the sum so far
    exchange->answer->output_tokens = output;
  exchange->answer->has_usage = true;
}

static void read_stop(ModelExchange *exchange, const JsonValue *reason) {
  StringView text = model_string(reason);
  exchange->is_cut_short = exchange->is_cut_short || string_view_equal_text(text, "max_tokens");
  exchange->has_ended = exchange->has_ended || text.length > 0;
}

static int read_event(void *user, const StreamEvent *event, Error *ret_error) {
  ModelExchange *exchange = user;
  JsonValue value;
  int result = model_parse(exchange, event->data, &value, ret_error);
  if (result < 0)
    return result;
  StringView type = model_string(json_member(&value, "type"));
  if (string_view_equal_text(type, "error"))
    return model_report_problem(exchange, json_member(&value, "error"), ret_error);
  if (string_view_equal_text(type, "message_start"))
    read_usage(exchange, model_member(&value, "message", "usage"));
  if (string_view_equal_text(type, "message_delta")) {
    read_usage(exchange, json_member(&value, "usage"));
    read_stop(exchange, model_member(&value, "delta", "stop_reason"));
  }
  exchange->has_ended = exchange->has_ended || string_view_equal_text(type, "message_stop");
  return string_view_equal_text(type, "content_block_delta")
             ? model_append(exchange, model_string(model_member(&value, "delta", "text")), ret_error)
             : 0;
}

static int read_whole(ModelExchange *exchange, const JsonValue *value, Error *ret_error) {
  const JsonValue *content = json_member(value, "content");
  int result = 0;
  if (json_member(value, "error"))
    return model_report_problem(exchange, json_member(value, "error"), ret_error);
  read_usage(exchange, json_member(value, "usage"));
  read_stop(exchange, json_member(value, "stop_reason"));
  for (size_t i = 0; content && content->kind == JSON_ARRAY && i < content->array.count && result == 0; i++)
    result = model_append(exchange, model_string(json_member(&content->array.items[i], "text")), ret_error);
  return result;
}

static const char *const headers[] = {"anthropic-version: 2023-06-01", NULL};

const ModelApi anthropic_api = {
    .name = "anthropic",
    .default_url = "https://api.anthropic.com/v1",
    .path = "/messages",
    .key_variable = "ANTHROPIC_API_KEY",
    .key_header = "x-api-key: %.*s",
    .headers = headers,
    .write = write_question,
    .read = read_event,
    .read_whole = read_whole,
};
