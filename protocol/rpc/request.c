#include "protocol/rpc/peer_private.h"

#include <inttypes.h>
#include <stdlib.h>

// ---- Life ----

// "i7" and "s7" are different ids.
StringView rpc_request_key(const JsonValue *id, Arena *arena) {
  if (id->kind == JSON_INTEGER) {
    return arena_format(arena, "i%" PRId64, id->integer);
  }
  char *key = arena_allocate(arena, id->string.length + 1);
  if (!key) {
    return (StringView){0};
  }
  key[0] = 's';
  for (size_t index = 0; index < id->string.length; index++) {
    key[index + 1] = id->string.data[index];
  }
  return (StringView){key, id->string.length + 1};
}

static void link_request(RpcRequest *request) {
  RpcPeer *peer = request->peer;
  request->older = peer->newest;
  if (peer->newest) {
    peer->newest->newer = request;
  }
  peer->newest = request;
}

static void unlink_request(RpcRequest *request) {
  if (request->older) {
    request->older->newer = request->newer;
  }
  if (request->newer) {
    request->newer->older = request->older;
  } else {
    request->peer->newest = request->older;
  }
}

RpcRequest *rpc_request_open(RpcPeer *peer, const JsonValue *id, Arena *arena) {
  StringView key = rpc_request_key(id, arena);
  RpcRequest *request = key.data ? calloc(1, sizeof *request) : NULL;
  MapValue *slot = request ? map_put(&peer->requests, key, NULL) : NULL;
  if (!slot) {
    free(request);
    return NULL;
  }
  slot->pointer = request;
  request->peer = peer;
  request->key = key;
  request->id = *id;
  request->arena = *arena;
  arena_init(arena);
  link_request(request);
  return request;
}

// The end of the request. It can be found no more, but its memory is still there: the answer may be made of it.
static void close_request(RpcRequest *request) {
  map_remove(&request->peer->requests, request->key);
  unlink_request(request);
  if (request->is_answered) {
    *request->is_answered = true;
  }
}

static void free_request(RpcRequest *request) {
  Arena arena = request->arena;
  free(request);
  arena_finish(&arena);
}

static void deliver_cancel(RpcRequest *request) {
  if (!request->hook) {
    rpc_request_fail(request, RPC_REQUEST_CANCELLED, "the client cancelled the request");
  } else {
    request->hook(request->user, request);
  }
}

void rpc_request_run(RpcRequest *request, const RpcMethod *method, const void *params) {
  bool is_answered = false;
  request->is_answered = &is_answered;
  request->is_running = true;
  method->request(request->peer->options.context, request, params);
  if (is_answered) {
    return;
  }
  request->is_answered = NULL;
  request->is_running = false;
  if (request->is_cancelled) {
    deliver_cancel(request);
  }
}

void rpc_request_cancel(RpcPeer *peer, const JsonValue *params) {
  const JsonValue *id = json_member(params, "id");
  if (!id || (id->kind != JSON_INTEGER && id->kind != JSON_STRING)) {
    rpc_peer_log(peer, "dropped notification $/cancelRequest: it names no id");
    return;
  }
  Arena arena = {0};
  StringView key = rpc_request_key(id, &arena);
  MapValue *slot = key.data ? map_get(&peer->requests, key) : NULL;
  arena_finish(&arena);
  RpcRequest *request = slot ? slot->pointer : NULL;
  if (!request || request->is_cancelled) {
    return;  // answered already: that the two messages cross is normal
  }
  request->is_cancelled = true;
  if (!request->is_running) {
    deliver_cancel(request);
  }
}

void rpc_request_close_all(RpcPeer *peer) {
  while (peer->newest) {
    rpc_request_fail(peer->newest, RPC_SERVER_CANCELLED, "the server ends");
  }
}

// ---- Answers ----

static void begin_answer(RpcRequest *request, Outgoing *outgoing) {
  close_request(request);
  rpc_outgoing_begin(request->peer, outgoing);
  rpc_message_begin_response(&outgoing->writer, &request->id);
}

// A result that cannot be written still gets its one answer.
static void end_answer(RpcRequest *request, Outgoing *outgoing) {
  rpc_message_end(&outgoing->writer);
  Error error = {0};
  rpc_peer_enter(request->peer);
  if (rpc_outgoing_send(request->peer, outgoing, &error) != 0) {
    rpc_peer_send_error(request->peer, &request->id, RPC_INTERNAL_ERROR, "the result was not sent: %s", error.message);
  }
  rpc_peer_leave(request->peer);
  free_request(request);
}

void rpc_request_reply(RpcRequest *request, const JsonType *type, const void *result) {
  Outgoing outgoing;
  begin_answer(request, &outgoing);
  json_encode(&outgoing.writer, type, result);
  end_answer(request, &outgoing);
}

void rpc_request_reply_array(RpcRequest *request, const JsonType *item_type, JsonArray items) {
  Outgoing outgoing;
  begin_answer(request, &outgoing);
  json_write_array_begin(&outgoing.writer);
  for (size_t index = 0; index < items.count; index++) {
    json_encode(&outgoing.writer, item_type, (const char *)items.items + index * item_type->size);
  }
  json_write_array_end(&outgoing.writer);
  end_answer(request, &outgoing);
}

void rpc_request_reply_raw(RpcRequest *request, StringView json) {
  Outgoing outgoing;
  begin_answer(request, &outgoing);
  json_write_raw(&outgoing.writer, json.length > 0 ? json : SV("null"));
  end_answer(request, &outgoing);
}

void rpc_request_reply_null(RpcRequest *request) {
  rpc_request_reply_raw(request, SV("null"));
}

void rpc_request_fail(RpcRequest *request, RpcErrorCode code, const char *format, ...) {
  Error error = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&error, ERROR_PROTOCOL, format, arguments);
  va_end(arguments);
  close_request(request);
  rpc_peer_send_error(request->peer, &request->id, code, "%s", error.message);
  free_request(request);
}

void rpc_request_fail_error(RpcRequest *request, const Error *error) {
  static const struct {
    ErrorCode error;
    RpcErrorCode rpc;
  } codes[] = {
      {ERROR_INVALID_ARGUMENT, RPC_INVALID_PARAMS}, {ERROR_CANCELLED, RPC_REQUEST_CANCELLED},
      {ERROR_CONFLICT, RPC_CONTENT_MODIFIED},       {ERROR_NO_MEMORY, RPC_INTERNAL_ERROR},
      {ERROR_INTERNAL, RPC_INTERNAL_ERROR},
  };
  RpcErrorCode code = RPC_REQUEST_FAILED;
  for (size_t index = 0; index < sizeof codes / sizeof codes[0]; index++) {
    if ((int)codes[index].error == error->code) {
      code = codes[index].rpc;
    }
  }
  rpc_request_fail(request, code, "%s", error->message);
}

// ---- While it is open ----

Arena *rpc_request_arena(RpcRequest *request) {
  return &request->arena;
}

RpcPeer *rpc_request_peer(RpcRequest *request) {
  return request->peer;
}

bool rpc_request_is_cancelled(const RpcRequest *request) {
  return request->is_cancelled;
}

void rpc_request_on_cancel(RpcRequest *request, void (*hook)(void *user, RpcRequest *request), void *user) {
  request->hook = hook;
  request->user = user;
}
