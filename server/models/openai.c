// Chat completions, as OpenAI describes them (https://platform.openai.com/docs/api-reference/chat) and Ollama, vLLM,
// llama.cpp and others offer them.
#include "server/models/model_internal.h"

static void write_message(JsonWriter *writer, const char *role, StringView text) {
  json_write_object_begin(writer);
  json_write_name(writer, "role");
  json_write_string(writer, string_view_from(role));
  json_write_name(writer, "content");
  json_write_string(writer, text);
  json_write_object_end(writer);
}

// A schema where the other side knows it, else any object.
static void write_format(const ModelExchange *exchange, JsonWriter *writer) {
  StringView schema = exchange->request->schema;
  if (string_view_is_absent(schema) || (exchange->left_out & MEMBER_FORMAT))
    return;
  json_write_name(writer, "response_format");
  if (exchange->left_out & MEMBER_SCHEMA) {
    json_write_raw(writer, SV("{\"type\":\"json_object\"}"));
    return;
  }
  json_write_object_begin(writer);
  json_write_name(writer, "type");
  json_write_string(writer, SV("json_schema"));
  json_write_name(writer, "json_schema");
  json_write_object_begin(writer);
  json_write_name(writer, "name");
  json_write_string(writer, SV("answer"));
  json_write_name(writer, "strict");
  json_write_bool(writer, true);
  json_write_name(writer, "schema");
  json_write_raw(writer, schema);
  json_write_object_end(writer);
  json_write_object_end(writer);
}

static void write_question(const ModelExchange *exchange, JsonWriter *writer) {
  const ModelRequest *request = exchange->request;
  json_write_object_begin(writer);
  json_write_name(writer, "model");
  json_write_string(writer, request->model);
  json_write_name(writer, "messages");
  json_write_array_begin(writer);
  write_message(writer, "system", request->instructions);
  write_message(writer, "user", request->question);
  json_write_array_end(writer);
  json_write_name(writer, "stream");
  json_write_bool(writer, true);
  if (!(exchange->left_out & MEMBER_USAGE)) {
    json_write_name(writer, "stream_options");
    json_write_raw(writer, SV("{\"include_usage\":true}"));
  }
  if (!(exchange->left_out & MEMBER_TEMPERATURE)) {
    json_write_name(writer, "temperature");
    json_write_double(writer, request->temperature);
  }
  json_write_name(writer, exchange->left_out & MEMBER_TOKENS ? "max_completion_tokens" : "max_tokens");
  json_write_integer(writer, request->output_tokens);
  write_format(exchange, writer);
  json_write_object_end(writer);
}

static void read_usage(ModelExchange *exchange, const JsonValue *usage) {
  if (!usage || usage->kind != JSON_OBJECT)
    return;
  exchange->answer->input_tokens = model_integer(json_member(usage, "prompt_tokens"));
  exchange->answer->output_tokens = model_integer(json_member(usage, "completion_tokens"));
  exchange->answer->has_usage = true;
}

// `part`: "delta" of a stream, "message" of a whole answer.
static int read_choice(ModelExchange *exchange, const JsonValue *value, const char *part, Error *ret_error) {
  const JsonValue *choices = json_member(value, "choices");
  if (json_member(value, "error"))
    return model_report_problem(exchange, json_member(value, "error"), ret_error);
  read_usage(exchange, json_member(value, "usage"));
  if (!choices || choices->kind != JSON_ARRAY || choices->array.count == 0)
    return 0;
  const JsonValue *choice = &choices->array.items[0];
  StringView reason = model_string(json_member(choice, "finish_reason"));
  exchange->is_cut_short = exchange->is_cut_short || string_view_equal_text(reason, "length");
  exchange->has_ended = exchange->has_ended || reason.length > 0;
  return model_append(exchange, model_string(model_member(choice, part, "content")), ret_error);
}

static int read_event(void *user, const StreamEvent *event, Error *ret_error) {
  ModelExchange *exchange = user;
  JsonValue value;
  if (string_view_equal_text(event->data, "[DONE]")) {
    exchange->has_ended = true;
    return 0;
  }
  int result = model_parse(exchange, event->data, &value, ret_error);
  return result == 0 ? read_choice(exchange, &value, "delta", ret_error) : result;
}

static int read_whole(ModelExchange *exchange, const JsonValue *value, Error *ret_error) {
  return read_choice(exchange, value, "message", ret_error);
}

const ModelApi openai_api = {
    .name = "openai",
    .default_url = "https://api.openai.com/v1",
    .path = "/chat/completions",
    .key_variable = "OPENAI_API_KEY",
    .key_header = "Authorization: Bearer %.*s",
    .write = write_question,
    .read = read_event,
    .read_whole = read_whole,
};
