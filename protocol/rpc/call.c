// Requests of ours to the other side.
#include "protocol/rpc/peer_private.h"

#include <string.h>

static int add_call(RpcPeer *peer, const char *method, RpcCallback callback, void *user, Error *ret_error) {
  if (peer->calls.count == RPC_PENDING_CALLS_MAX) {
    return error_set(ret_error, ERROR_LIMIT, "%s: %u calls wait for an answer", method, RPC_PENDING_CALLS_MAX);
  }
  PendingCall *call = vector_push(&peer->calls);
  if (!call) {
    return error_set(ret_error, ERROR_NO_MEMORY, "%s: memory is exhausted", method);
  }
  *call = (PendingCall){.id = ++peer->last_call_id, .callback = callback, .user = user};
  return 0;
}

static bool take_call(RpcPeer *peer, int64_t id, PendingCall *ret_call) {
  PendingCall *calls = peer->calls.data;
  for (size_t index = 0; index < peer->calls.count; index++) {
    if (calls[index].id == id) {
      *ret_call = calls[index];
      memmove(&calls[index], &calls[index + 1], (peer->calls.count - index - 1) * sizeof *calls);
      vector_truncate(&peer->calls, peer->calls.count - 1);
      return true;
    }
  }
  return false;
}

// The call is entered before it is sent, as the answer may come from within `send`.
static int send_call(RpcPeer *peer, Outgoing *outgoing, const char *method, RpcCallback callback, void *user,
                     Error *ret_error) {
  rpc_message_end(&outgoing->writer);
  int64_t id = peer->last_call_id + 1;
  int status = add_call(peer, method, callback, user, ret_error);
  if (status != 0) {
    outgoing->buffer.failure = status;
  }
  rpc_peer_enter(peer);
  status = rpc_outgoing_send(peer, outgoing, ret_error);
  PendingCall unsent;
  if (status != 0) {
    take_call(peer, id, &unsent);
  }
  rpc_peer_leave(peer);
  return status;
}

int rpc_peer_call(RpcPeer *peer, const char *method, const JsonType *type, const void *params, RpcCallback callback,
                  void *user, Error *ret_error) {
  Outgoing outgoing;
  rpc_outgoing_begin(peer, &outgoing);
  rpc_message_begin_request(&outgoing.writer, method, peer->last_call_id + 1);
  if (type) {
    json_write_name(&outgoing.writer, "params");
    json_encode(&outgoing.writer, type, params);
  }
  return send_call(peer, &outgoing, method, callback, user, ret_error);
}

int rpc_peer_call_raw(RpcPeer *peer, const char *method, StringView params_json, RpcCallback callback, void *user,
                      Error *ret_error) {
  Outgoing outgoing;
  rpc_outgoing_begin(peer, &outgoing);
  rpc_message_begin_request(&outgoing.writer, method, peer->last_call_id + 1);
  if (params_json.data) {
    json_write_name(&outgoing.writer, "params");
    json_write_raw(&outgoing.writer, params_json);
  }
  return send_call(peer, &outgoing, method, callback, user, ret_error);
}

static ErrorCode error_of_rpc_code(int code) {
  switch (code) {
  case RPC_INVALID_PARAMS: return ERROR_INVALID_ARGUMENT;
  case RPC_METHOD_NOT_FOUND: return ERROR_UNAVAILABLE;
  case RPC_REQUEST_CANCELLED:
  case RPC_SERVER_CANCELLED: return ERROR_CANCELLED;
  case RPC_CONTENT_MODIFIED: return ERROR_CONFLICT;
  default: return ERROR_PROTOCOL;
  }
}

static void log_unknown(RpcPeer *peer, const RpcMessage *message) {
  StringView text = {0};
  if (message->error) {
    rpc_message_read_error(message->error, &text);
  }
  StringView shown = rpc_message_shown(text);
  rpc_peer_log(peer, "dropped a response that no call waits for%s%.*s", shown.data ? ": " : "", SV_ARGUMENTS(shown));
}

void rpc_call_resolve(RpcPeer *peer, const RpcMessage *message) {
  static const JsonValue nothing = {.kind = JSON_NULL};
  PendingCall call;
  bool is_known = message->id && message->id->kind == JSON_INTEGER && take_call(peer, message->id->integer, &call);
  if (!is_known) {
    log_unknown(peer, message);
    return;
  }
  if (!message->error) {
    if (call.callback) {
      call.callback(call.user, message->result ? message->result : &nothing, NULL);
    }
    return;
  }
  StringView text;
  int code = rpc_message_read_error(message->error, &text);
  Error error = {0};
  error_set(&error, error_of_rpc_code(code), "%.*s (code %d)", SV_ARGUMENTS(text), code);
  if (call.callback) {
    call.callback(call.user, NULL, &error);
  } else {
    rpc_peer_log(peer, "a call failed at the other side: %s", error.message);
  }
}
