// The way in: from bytes to a message, to the row of the method table, to its handler.
#include "protocol/rpc/peer_private.h"

#define CANCEL_METHOD "$/cancelRequest"

static const RpcMethod *find_method(const RpcPeer *peer, StringView name) {
  MapValue *slot = map_get(&peer->methods, name);
  return slot ? &peer->options.methods[slot->number] : NULL;
}

// Parameters that are left out are an empty object: then the decoder names what is required.
static int decode_params(const RpcMethod *method, const JsonValue *params, Arena *arena, const void **ret_params,
                         Error *ret_error) {
  static const JsonValue nothing = {.kind = JSON_OBJECT};
  if (!method->params) {
    *ret_params = NULL;
    return 0;
  }
  void *decoded = arena_allocate(arena, method->params->size);
  if (!decoded) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while parameters are decoded");
  }
  int status = json_decode(method->params, params ? params : &nothing, arena, decoded, ret_error);
  if (status == 0) {
    *ret_params = decoded;
  }
  return status;
}

// ---- Requests ----

static const char *opening_of(const RpcPeer *peer) {
  return peer->options.opening ? peer->options.opening : "initialize";
}

// Why the request cannot be run, as an RPC code with a message; 0 when it can.
static int refuse_request(RpcPeer *peer, const RpcMethod *method, StringView name, Error *ret_error) {
  unsigned flags = method ? method->flags : 0;
  StringView shown = rpc_message_shown(name);
  if (peer->state == RPC_STATE_UNINITIALIZED && !(flags & RPC_EARLY)) {
    error_set(ret_error, ERROR_PROTOCOL, "%.*s: the first request must be %s", SV_ARGUMENTS(shown), opening_of(peer));
    return RPC_SERVER_NOT_INITIALIZED;
  }
  if (peer->state == RPC_STATE_SHUT_DOWN && !(flags & RPC_LATE)) {
    error_set(ret_error, ERROR_PROTOCOL, "%.*s: after shutdown only exit may follow", SV_ARGUMENTS(shown));
    return RPC_INVALID_REQUEST;
  }
  if (!method) {
    error_set(ret_error, ERROR_PROTOCOL, "%.*s: no such method", SV_ARGUMENTS(shown));
    return RPC_METHOD_NOT_FOUND;
  }
  if (!method->request) {
    error_set(ret_error, ERROR_PROTOCOL, "%.*s: a notification, which must not have an id", SV_ARGUMENTS(shown));
    return RPC_INVALID_REQUEST;
  }
  if (peer->requests.count >= RPC_OPEN_REQUESTS_MAX) {
    error_set(ret_error, ERROR_PROTOCOL, "more than %u requests are open", RPC_OPEN_REQUESTS_MAX);
    return RPC_REQUEST_FAILED;
  }
  return 0;
}

static bool is_open(RpcPeer *peer, const JsonValue *id, Arena *arena) {
  StringView key = rpc_request_key(id, arena);
  return key.data && map_get(&peer->requests, key);
}

// Opens the request, which takes the arena over, and runs its handler; or answers that this is not possible.
static void dispatch_request(RpcPeer *peer, const RpcMessage *message, Arena *arena) {
  Error error = {0};
  const RpcMethod *method = find_method(peer, message->method);
  int refusal = is_open(peer, message->id, arena) ? RPC_INVALID_REQUEST : 0;
  if (refusal) {
    error_set(&error, ERROR_PROTOCOL, "a request with this id is still open");
  } else {
    refusal = refuse_request(peer, method, message->method, &error);
  }
  if (refusal) {
    rpc_peer_send_error(peer, message->id, refusal, "%s", error.message);
    return;
  }
  const void *params = NULL;
  int status = decode_params(method, message->params, arena, &params, &error);
  if (status != 0) {
    int code = status == ERROR_NO_MEMORY ? RPC_INTERNAL_ERROR : RPC_INVALID_PARAMS;
    rpc_peer_send_error(peer, message->id, code, "%s: %s", method->name, error.message);
    return;
  }
  RpcRequest *request = rpc_request_open(peer, message->id, arena);
  if (!request) {
    rpc_peer_send_error(peer, message->id, RPC_INTERNAL_ERROR, "%s: memory is exhausted", method->name);
    return;
  }
  rpc_request_run(request, method, params);
}

// ---- Notifications ----

// Why the notification is dropped; NULL when it is not.
static const char *refuse_notification(const RpcPeer *peer, const RpcMethod *method) {
  unsigned flags = method ? method->flags : 0;
  if (!method) {
    return "no such method";
  }
  if (!method->notification) {
    return "a request, which must have an id";
  }
  if (peer->state == RPC_STATE_UNINITIALIZED && !(flags & RPC_EARLY)) {
    return "came before initialize";
  }
  if (peer->state == RPC_STATE_SHUT_DOWN && !(flags & RPC_LATE)) {
    return "came after shutdown";
  }
  return NULL;
}

static void dispatch_notification(RpcPeer *peer, const RpcMessage *message, Arena *arena) {
  if (string_view_equal_text(message->method, CANCEL_METHOD)) {
    rpc_request_cancel(peer, message->params);
    return;
  }
  const RpcMethod *method = find_method(peer, message->method);
  const char *refusal = refuse_notification(peer, method);
  if (refusal) {
    // The protocol lets peers send "$/" notifications that the other side does not know.
    if (method || !string_view_starts_with(message->method, SV("$/"))) {
      StringView shown = rpc_message_shown(message->method);
      rpc_peer_log(peer, "dropped notification %.*s: %s", SV_ARGUMENTS(shown), refusal);
    }
    return;
  }
  const void *params = NULL;
  Error error = {0};
  if (decode_params(method, message->params, arena, &params, &error) != 0) {
    rpc_peer_log(peer, "dropped notification %s: %s", method->name, error.message);
    return;
  }
  method->notification(peer->options.context, params);
}

// ---- Messages ----

static void dispatch_message(RpcPeer *peer, const RpcMessage *message, Arena *arena) {
  switch (message->kind) {
  case RPC_MESSAGE_REQUEST: dispatch_request(peer, message, arena); break;
  case RPC_MESSAGE_NOTIFICATION: dispatch_notification(peer, message, arena); break;
  case RPC_MESSAGE_RESPONSE: rpc_call_resolve(peer, message); break;
  case RPC_MESSAGE_INVALID: rpc_peer_send_error(peer, message->id, RPC_INVALID_REQUEST, "%s", message->problem); break;
  case RPC_MESSAGE_USELESS: rpc_peer_log(peer, "dropped a message: %s", message->problem); break;
  }
}

static void receive_content(RpcPeer *peer, StringView content) {
  Arena arena = {0};
  JsonValue value;
  Error error = {0};
  int status = json_parse(content, &arena, &value, &error);
  if (status == 0) {
    RpcMessage message = rpc_message_classify(&value);
    dispatch_message(peer, &message, &arena);
  } else {
    int code = status == ERROR_NO_MEMORY ? RPC_INTERNAL_ERROR : RPC_PARSE_ERROR;
    rpc_peer_send_error(peer, NULL, code, "%s", error.message);
  }
  arena_finish(&arena);
}

static void receive_piece(RpcPeer *peer, StringView piece) {
  Error error = {0};
  if (framer_feed(&peer->framer, piece, &error) != 0) {
    rpc_peer_log(peer, "input was lost: %s", error.message);
    return;
  }
  while (!peer->is_destroyed) {
    StringView content;
    error_clear(&error);
    FrameResult result = framer_next(&peer->framer, &content, &error);
    if (result == FRAME_NEED_MORE) {
      return;
    }
    if (result == FRAME_MESSAGE) {
      receive_content(peer, content);
    } else {
      rpc_peer_log(peer, "malformed input: %s", error.message);
    }
  }
}

void rpc_peer_receive(RpcPeer *peer, StringView bytes) {
  rpc_peer_enter(peer);
  while (bytes.length > 0 && !peer->is_destroyed) {
    receive_piece(peer, string_view_slice(bytes, 0, FRAME_FEED_MAX));
    bytes = string_view_slice(bytes, FRAME_FEED_MAX, bytes.length);
  }
  rpc_peer_leave(peer);
}
