// JSON-RPC envelopes: what kind of message came in, and the frames around what goes out. Private to protocol/rpc.
#ifndef TESTGEN_PROTOCOL_RPC_MESSAGE_H
#define TESTGEN_PROTOCOL_RPC_MESSAGE_H

#include "protocol/json/json.h"

typedef enum RpcMessageKind {
  RPC_MESSAGE_REQUEST,
  RPC_MESSAGE_NOTIFICATION,
  RPC_MESSAGE_RESPONSE,
  RPC_MESSAGE_INVALID,  // to be answered with InvalidRequest
  RPC_MESSAGE_USELESS,  // invalid as well, but what it was meant to be is never answered
} RpcMessageKind;

typedef struct RpcMessage {
  RpcMessageKind kind;
  const JsonValue *id;      // an integer or a string; NULL when there is none that can be used
  StringView method;        // of requests and notifications
  const JsonValue *params;  // NULL when absent or null
  const JsonValue *result;  // of responses; NULL when absent
  const JsonValue *error;   // of responses; NULL when absent or null
  const char *problem;      // what is wrong with it, for the last two kinds
} RpcMessage;

RpcMessage rpc_message_classify(const JsonValue *value);

// Text of a peer as it may be shown in messages: well-formed and short.
StringView rpc_message_shown(StringView text);

// Each opens the envelope. For a response the caller writes the result; for the others the name "params" and its value,
// if there is any; then it calls the end.
void rpc_message_begin_response(JsonWriter *writer, const JsonValue *id);
void rpc_message_begin_notification(JsonWriter *writer, const char *method);
void rpc_message_begin_request(JsonWriter *writer, const char *method, int64_t id);
void rpc_message_end(JsonWriter *writer);

// A whole error response. `id` NULL is written as null.
void rpc_message_write_error(JsonWriter *writer, const JsonValue *id, int code, StringView message);

// The code and message of a response's error object, whatever shape it has.
int rpc_message_read_error(const JsonValue *error, StringView *ret_message);

#endif
