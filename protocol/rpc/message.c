#include "protocol/rpc/message.h"

#include <stddef.h>

// Nothing is required here: what is missing or of a wrong kind is for the classification to say.
typedef struct Envelope {
  StringView jsonrpc;
  const JsonValue *id;
  const JsonValue *method;
  const JsonValue *params;
  const JsonValue *result;
  const JsonValue *error;
} Envelope;

static Envelope read_envelope(const JsonValue *value) {
  const JsonValue *version = json_member(value, "jsonrpc");
  return (Envelope){
      .jsonrpc = version && version->kind == JSON_STRING ? version->string : (StringView){0},
      .id = json_member(value, "id"),
      .method = json_member(value, "method"),
      .params = json_member(value, "params"),
      .result = json_member(value, "result"),
      .error = json_member(value, "error"),
  };
}

static const JsonValue *without_null(const JsonValue *value) {
  return value && value->kind != JSON_NULL ? value : NULL;
}

static const JsonValue *usable_id(const JsonValue *id) {
  return id && (id->kind == JSON_INTEGER || id->kind == JSON_STRING) ? id : NULL;
}

static RpcMessage invalid(RpcMessageKind kind, const Envelope *envelope, const char *problem) {
  return (RpcMessage){.kind = kind, .id = usable_id(envelope->id), .problem = problem};
}

static RpcMessage classify_call(const Envelope *envelope) {
  const JsonValue *params = without_null(envelope->params);
  bool is_request = envelope->id != NULL;
  RpcMessageKind failed = is_request ? RPC_MESSAGE_INVALID : RPC_MESSAGE_USELESS;
  if (envelope->method->kind != JSON_STRING) {
    return invalid(RPC_MESSAGE_INVALID, envelope, "\"method\" is not a string");
  }
  if (!string_view_equal_text(envelope->jsonrpc, "2.0")) {
    return invalid(failed, envelope, "\"jsonrpc\" is not \"2.0\"");
  }
  if (is_request && !usable_id(envelope->id)) {
    return invalid(failed, envelope, "\"id\" is neither an integer nor a string");
  }
  if (params && params->kind != JSON_OBJECT && params->kind != JSON_ARRAY) {
    return invalid(failed, envelope, "\"params\" is neither an object nor an array");
  }
  return (RpcMessage){
      .kind = is_request ? RPC_MESSAGE_REQUEST : RPC_MESSAGE_NOTIFICATION,
      .id = envelope->id,
      .method = envelope->method->string,
      .params = params,
  };
}

static RpcMessage classify_response(const Envelope *envelope) {
  if (!string_view_equal_text(envelope->jsonrpc, "2.0")) {
    return invalid(RPC_MESSAGE_USELESS, envelope, "\"jsonrpc\" is not \"2.0\"");
  }
  return (RpcMessage){
      .kind = RPC_MESSAGE_RESPONSE,
      .id = usable_id(envelope->id),
      .result = envelope->result,
      .error = without_null(envelope->error),
  };
}

RpcMessage rpc_message_classify(const JsonValue *value) {
  Envelope envelope = read_envelope(value);
  if (value->kind == JSON_ARRAY) {
    return invalid(RPC_MESSAGE_INVALID, &envelope, "batches are not part of the protocol");
  }
  if (value->kind != JSON_OBJECT) {
    return invalid(RPC_MESSAGE_INVALID, &envelope, "a message is not an object");
  }
  if (envelope.method) {
    return classify_call(&envelope);
  }
  if (envelope.result || envelope.error) {
    return classify_response(&envelope);
  }
  return invalid(RPC_MESSAGE_INVALID, &envelope, "a message has neither \"method\" nor \"result\" nor \"error\"");
}

StringView rpc_message_shown(StringView text) {
  StringView shown = string_view_slice(text, 0, 80);
  shown.length = string_view_utf8_prefix(shown);
  return shown;
}

static void begin(JsonWriter *writer) {
  json_write_object_begin(writer);
  json_write_name(writer, "jsonrpc");
  json_write_string(writer, SV("2.0"));
}

static void write_method(JsonWriter *writer, const char *method) {
  json_write_name(writer, "method");
  json_write_string(writer, string_view_from(method));
}

void rpc_message_begin_response(JsonWriter *writer, const JsonValue *id) {
  begin(writer);
  json_write_name(writer, "id");
  json_write_value(writer, id);
  json_write_name(writer, "result");
}

void rpc_message_begin_notification(JsonWriter *writer, const char *method) {
  begin(writer);
  write_method(writer, method);
}

void rpc_message_begin_request(JsonWriter *writer, const char *method, int64_t id) {
  begin(writer);
  json_write_name(writer, "id");
  json_write_integer(writer, id);
  write_method(writer, method);
}

void rpc_message_end(JsonWriter *writer) {
  json_write_object_end(writer);
}

void rpc_message_write_error(JsonWriter *writer, const JsonValue *id, int code, StringView message) {
  begin(writer);
  json_write_name(writer, "id");
  json_write_value(writer, id);
  json_write_name(writer, "error");
  json_write_object_begin(writer);
  json_write_name(writer, "code");
  json_write_integer(writer, code);
  json_write_name(writer, "message");
  json_write_string(writer, message);
  json_write_object_end(writer);
  json_write_object_end(writer);
}

int rpc_message_read_error(const JsonValue *error, StringView *ret_message) {
  const JsonValue *code = json_member(error, "code");
  const JsonValue *message = json_member(error, "message");
  *ret_message = message && message->kind == JSON_STRING ? message->string : SV("an error without a message");
  bool is_code = code && code->kind == JSON_INTEGER && code->integer >= INT32_MIN && code->integer <= INT32_MAX;
  return is_code ? (int)code->integer : 0;
}
