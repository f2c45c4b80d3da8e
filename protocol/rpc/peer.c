#include "protocol/rpc/peer_private.h"

#include <assert.h>
#include <stdlib.h>

// ---- Life ----

static int index_methods(RpcPeer *peer, Error *ret_error) {
  for (size_t index = 0; index < peer->options.method_count; index++) {
    const RpcMethod *method = &peer->options.methods[index];
    assert(!method->request != !method->notification && "a method is a request or a notification");
    bool is_new;
    MapValue *slot = map_put(&peer->methods, string_view_from(method->name), &is_new);
    if (!slot) {
      return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while the method table is read");
    }
    assert(is_new && "a method stands in the table once");
    slot->number = (int64_t)index;
  }
  return 0;
}

static void free_peer(RpcPeer *peer) {
  framer_finish(&peer->framer);
  map_finish(&peer->methods);
  map_finish(&peer->requests);
  vector_finish(&peer->calls);
  buffer_finish(&peer->output);
  free(peer);
}

int rpc_peer_create(const RpcPeerOptions *options, RpcPeer **ret_peer, Error *ret_error) {
  RpcPeer *peer = calloc(1, sizeof *peer);
  if (!peer) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a connection is opened");
  }
  peer->options = *options;
  framer_init(&peer->framer);
  buffer_init(&peer->output, RPC_OUTPUT_MAX);
  vector_init(&peer->calls, sizeof(PendingCall), RPC_PENDING_CALLS_MAX);
  int status = index_methods(peer, ret_error);
  if (status != 0) {
    free_peer(peer);
    return status;
  }
  *ret_peer = peer;
  return 0;
}

void rpc_peer_destroy(RpcPeer *peer) {
  if (!peer || peer->is_destroyed) {
    return;
  }
  rpc_peer_enter(peer);
  peer->is_destroyed = true;
  vector_truncate(&peer->calls, 0);
  rpc_request_close_all(peer);
  rpc_peer_leave(peer);
}

void rpc_peer_enter(RpcPeer *peer) {
  peer->depth++;
}

void rpc_peer_leave(RpcPeer *peer) {
  if (--peer->depth == 0 && peer->is_destroyed) {
    free_peer(peer);
  }
}

void rpc_peer_set_state(RpcPeer *peer, RpcState state) {
  peer->state = state;
}

RpcState rpc_peer_state(const RpcPeer *peer) {
  return peer->state;
}

size_t rpc_peer_open_requests(const RpcPeer *peer) {
  return peer->requests.count;
}

// ---- Out ----

void rpc_peer_log(RpcPeer *peer, const char *format, ...) {
  if (!peer->options.log) {
    return;
  }
  Error line = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&line, ERROR_PROTOCOL, format, arguments);
  va_end(arguments);
  peer->options.log(peer->options.context, line.message);
}

void rpc_outgoing_begin(RpcPeer *peer, Outgoing *outgoing) {
  outgoing->buffer = peer->output;
  buffer_init(&peer->output, RPC_OUTPUT_MAX);
  buffer_clear(&outgoing->buffer);
  frame_begin(&outgoing->buffer);
  json_writer_init(&outgoing->writer, &outgoing->buffer, 0);
}

// Sending may begin further messages, so the peer has an output buffer of its own meanwhile; the larger one is kept.
static void give_back(RpcPeer *peer, Buffer *buffer) {
  buffer_clear(buffer);
  buffer_shrink(buffer, RPC_OUTPUT_KEPT);
  if (peer->output.capacity > buffer->capacity) {
    buffer_finish(buffer);
    return;
  }
  buffer_finish(&peer->output);
  peer->output = *buffer;
}

int rpc_outgoing_send(RpcPeer *peer, Outgoing *outgoing, Error *ret_error) {
  int status = buffer_check(&outgoing->buffer, ret_error, "an outgoing message");
  rpc_peer_enter(peer);
  if (status == 0) {
    peer->options.send(peer->options.context, frame_end(&outgoing->buffer));
  }
  give_back(peer, &outgoing->buffer);
  rpc_peer_leave(peer);
  return status;
}

void rpc_peer_send_error(RpcPeer *peer, const JsonValue *id, int code, const char *format, ...) {
  Error error = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&error, ERROR_PROTOCOL, format, arguments);
  va_end(arguments);
  Outgoing outgoing;
  rpc_outgoing_begin(peer, &outgoing);
  rpc_message_write_error(&outgoing.writer, id, code, string_view_from(error.message));
  Error failure = {0};
  if (rpc_outgoing_send(peer, &outgoing, &failure) != 0) {
    rpc_peer_log(peer, "an error answer could not be sent: %s", failure.message);
  }
}

void rpc_peer_notify_raw(RpcPeer *peer, const char *method, StringView params_json) {
  Outgoing outgoing;
  rpc_outgoing_begin(peer, &outgoing);
  rpc_message_begin_notification(&outgoing.writer, method);
  if (params_json.data) {
    json_write_name(&outgoing.writer, "params");
    json_write_raw(&outgoing.writer, params_json);
  }
  rpc_message_end(&outgoing.writer);
  Error error = {0};
  if (rpc_outgoing_send(peer, &outgoing, &error) != 0) {
    rpc_peer_log(peer, "%s was not sent: %s", method, error.message);
  }
}

void rpc_peer_notify(RpcPeer *peer, const char *method, const JsonType *type, const void *params) {
  Outgoing outgoing;
  rpc_outgoing_begin(peer, &outgoing);
  rpc_message_begin_notification(&outgoing.writer, method);
  if (type) {
    json_write_name(&outgoing.writer, "params");
    json_encode(&outgoing.writer, type, params);
  }
  rpc_message_end(&outgoing.writer);
  Error error = {0};
  if (rpc_outgoing_send(peer, &outgoing, &error) != 0) {
    rpc_peer_log(peer, "%s was not sent: %s", method, error.message);
  }
}
