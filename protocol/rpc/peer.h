// A JSON-RPC 2.0 peer: decodes messages, finds the method in a table, checks its parameters by the table's type, calls
// the handler, and guarantees exactly one answer per request. It owns no transport and no thread: bytes come in by
// rpc_peer_receive and go out by `send`. All calls are made on one thread.
#ifndef TESTGEN_PROTOCOL_RPC_PEER_H
#define TESTGEN_PROTOCOL_RPC_PEER_H

#include "protocol/json/json.h"
#include "protocol/rpc/framing.h"

// Error codes of JSON-RPC 2.0 and LSP 3.17 ("ErrorCodes", "LSPErrorCodes").
typedef enum RpcErrorCode {
  RPC_PARSE_ERROR = -32700,
  RPC_INVALID_REQUEST = -32600,
  RPC_METHOD_NOT_FOUND = -32601,
  RPC_INVALID_PARAMS = -32602,
  RPC_INTERNAL_ERROR = -32603,
  RPC_SERVER_NOT_INITIALIZED = -32002,
  RPC_REQUEST_FAILED = -32803,
  RPC_SERVER_CANCELLED = -32802,
  RPC_CONTENT_MODIFIED = -32801,
  RPC_REQUEST_CANCELLED = -32800,
} RpcErrorCode;

typedef struct RpcPeer RpcPeer;

// An incoming request between its arrival and its answer. The answering calls consume it.
typedef struct RpcRequest RpcRequest;

typedef enum RpcState {
  RPC_STATE_UNINITIALIZED,  // requests without RPC_EARLY get -32002, such notifications are dropped
  RPC_STATE_RUNNING,
  RPC_STATE_SHUT_DOWN,  // requests get -32600, notifications without RPC_LATE are dropped
  RPC_STATE_COUNT
} RpcState;

enum {
  RPC_EARLY = 1 << 0,  // allowed before initialize (initialize itself, exit)
  RPC_LATE = 1 << 1,   // allowed after shutdown (exit)
};

// One row per method. Exactly one of the handlers is set. `params` NULL: the parameters are not looked at; else the
// handler gets the decoded struct, which lives as long as the request, or during the call for a notification.
typedef struct RpcMethod {
  const char *name;
  unsigned flags;
  const JsonType *params;
  void (*request)(void *context, RpcRequest *request, const void *params);
  void (*notification)(void *context, const void *params);
} RpcMethod;

typedef struct RpcPeerOptions {
  void *context;             // handed to every callback
  const RpcMethod *methods;  // outlives the peer
  size_t method_count;
  const char *opening;  // the request that must come first, for messages; NULL: "initialize"
  void (*send)(void *context, StringView framed_message);  // must copy what it keeps
  void (*log)(void *context, const char *message);         // malformed input, dropped notifications; one line
} RpcPeerOptions;

int rpc_peer_create(const RpcPeerOptions *options, RpcPeer **ret_peer, Error *ret_error);
// Requests that are still open are answered with RPC_SERVER_CANCELLED, pending calls are dropped without a callback.
void rpc_peer_destroy(RpcPeer *peer);

void rpc_peer_set_state(RpcPeer *peer, RpcState state);
RpcState rpc_peer_state(const RpcPeer *peer);

// Bytes from the other side, in any cut. Handlers run inside this call.
void rpc_peer_receive(RpcPeer *peer, StringView bytes);

size_t rpc_peer_open_requests(const RpcPeer *peer);

// ---- Answering. Each of these ends the request; the pointer is dead afterwards. ----

void rpc_request_reply(RpcRequest *request, const JsonType *type, const void *result);
void rpc_request_reply_array(RpcRequest *request, const JsonType *item_type, JsonArray items);
void rpc_request_reply_raw(RpcRequest *request, StringView json);
void rpc_request_reply_null(RpcRequest *request);
void rpc_request_fail(RpcRequest *request, RpcErrorCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rpc_request_fail_error(RpcRequest *request, const Error *error);  // picks the RPC code that fits error->code

// ---- While it is open ----

Arena *rpc_request_arena(RpcRequest *request);  // freed with the answer
RpcPeer *rpc_request_peer(RpcRequest *request);
bool rpc_request_is_cancelled(const RpcRequest *request);

// Called once when `$/cancelRequest` names the request. Without a hook a cancelled request is answered at once with
// RPC_REQUEST_CANCELLED when its handler has returned without answering; with one, the owner of the hook must answer.
void rpc_request_on_cancel(RpcRequest *request, void (*hook)(void *user, RpcRequest *request), void *user);

// ---- Outgoing ----

void rpc_peer_notify(RpcPeer *peer, const char *method, const JsonType *type, const void *params);
void rpc_peer_notify_raw(RpcPeer *peer, const char *method, StringView params_json);

// Either `result` or `error` is set in the callback. `result` lives during the call only. Without a callback (NULL) the
// answer is dropped; an error is logged.
typedef void (*RpcCallback)(void *user, const JsonValue *result, const Error *error);
int rpc_peer_call(RpcPeer *peer, const char *method, const JsonType *type, const void *params, RpcCallback callback,
                  void *user, Error *ret_error);
int rpc_peer_call_raw(RpcPeer *peer, const char *method, StringView params_json, RpcCallback callback, void *user,
                      Error *ret_error);

#endif
