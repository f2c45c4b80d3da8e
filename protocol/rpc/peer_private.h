// What the parts of the peer share. Private to protocol/rpc.
//
// Callbacks may do anything to the peer, destroying it included: while one may be running, `depth` is above 0 and the
// memory of a destroyed peer is kept until the outermost call returns.
#ifndef TESTGEN_PROTOCOL_RPC_PEER_PRIVATE_H
#define TESTGEN_PROTOCOL_RPC_PEER_PRIVATE_H

#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "protocol/rpc/message.h"
#include "protocol/rpc/peer.h"

#define RPC_OPEN_REQUESTS_MAX 4096u  // further requests are refused until some are answered
#define RPC_PENDING_CALLS_MAX 4096u
#define RPC_OUTPUT_MAX FRAME_CONTENT_MAX
#define RPC_OUTPUT_KEPT ((size_t)64 << 10)  // bytes of output buffer that are kept between messages

typedef struct PendingCall {
  int64_t id;
  RpcCallback callback;
  void *user;
} PendingCall;

struct RpcPeer {
  RpcPeerOptions options;
  RpcState state;
  Framer framer;
  Map methods;         // name to the row (const RpcMethod *)
  Map requests;        // request key to the open RpcRequest
  RpcRequest *newest;  // all open requests, linked
  Vector calls;        // PendingCall, by id
  int64_t last_call_id;
  Buffer output;   // lent to the message that is being written; keeps its memory
  unsigned depth;  // callbacks that may be running
  bool is_destroyed;
};

struct RpcRequest {
  RpcPeer *peer;
  RpcRequest *older;
  RpcRequest *newer;
  Arena arena;
  StringView key;  // of `requests`: the id with its kind in front
  JsonValue id;
  bool is_running;  // the handler has not returned yet
  bool is_cancelled;
  bool *is_answered;  // where the dispatcher waits to hear of the answer; NULL when nobody does
  void (*hook)(void *user, RpcRequest *request);
  void *user;
};

// One message on its way out: written with the writer, then sent. The buffer is the peer's, on loan.
typedef struct Outgoing {
  Buffer buffer;
  JsonWriter writer;
} Outgoing;

void rpc_outgoing_begin(RpcPeer *peer, Outgoing *outgoing);
// Sends unless writing failed, and returns that failure.
int rpc_outgoing_send(RpcPeer *peer, Outgoing *outgoing, Error *ret_error);

void rpc_peer_log(RpcPeer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rpc_peer_send_error(RpcPeer *peer, const JsonValue *id, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void rpc_peer_enter(RpcPeer *peer);
void rpc_peer_leave(RpcPeer *peer);  // frees a destroyed peer when it is the outermost

// Requests. The key of an id lives in the arena; absent when memory is exhausted.
StringView rpc_request_key(const JsonValue *id, Arena *arena);
// Takes the arena over, which holds the message. NULL when memory is exhausted; then the arena is still the caller's.
RpcRequest *rpc_request_open(RpcPeer *peer, const JsonValue *id, Arena *arena);
void rpc_request_run(RpcRequest *request, const RpcMethod *method, const void *params);
void rpc_request_cancel(RpcPeer *peer, const JsonValue *params);
void rpc_request_close_all(RpcPeer *peer);

// Outgoing calls.
void rpc_call_resolve(RpcPeer *peer, const RpcMessage *message);

#endif
