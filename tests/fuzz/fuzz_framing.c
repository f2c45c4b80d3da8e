// Bytes into a peer, cut by the first byte of the input. What comes out must be well-framed JSON-RPC.
#include "protocol/lsp/types.h"
#include "protocol/rpc/peer.h"

#include <stdlib.h>

#define HELD_MAX 8

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Session {
  RpcPeer *peer;
  Framer framer;
  RpcRequest *held[HELD_MAX];
  size_t held_count;
} Session;

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static void on_send(void *context, StringView message) {
  Session *session = context;
  require(framer_feed(&session->framer, message, NULL) == 0);
  StringView content;
  require(framer_next(&session->framer, &content, NULL) == FRAME_MESSAGE);
  Arena arena = {0};
  JsonValue value;
  require(json_parse(content, &arena, &value, NULL) == 0);
  require(json_member(&value, "jsonrpc") != NULL);
  arena_finish(&arena);
  require(framer_next(&session->framer, &content, NULL) == FRAME_NEED_MORE);
}

static void on_log(void *context, const char *message) {
  (void)context;
  require(message[0] != '\0');
}

static void on_initialize(void *context, RpcRequest *request, const void *params) {
  (void)params;
  rpc_peer_set_state(((Session *)context)->peer, RPC_STATE_RUNNING);
  rpc_request_reply_raw(request, SV("{}"));
}

static void on_action(void *context, RpcRequest *request, const void *params) {
  (void)context;
  const LspCodeActionParams *action = params;
  rpc_request_reply_array(request, &lsp_diagnostic_type, action->context.diagnostics);
}

static void on_cancel(void *user, RpcRequest *request) {
  Session *session = user;
  for (size_t index = 0; index < session->held_count; index++) {
    if (session->held[index] == request) {
      session->held[index] = session->held[--session->held_count];
      rpc_request_reply_null(request);
      return;
    }
  }
  abort();
}

static void on_hold(void *context, RpcRequest *request, const void *params) {
  (void)params;
  Session *session = context;
  if (session->held_count == HELD_MAX) {
    rpc_request_fail(request, RPC_REQUEST_FAILED, "full");
    return;
  }
  session->held[session->held_count++] = request;
  rpc_request_on_cancel(request, on_cancel, session);
}

static void on_change(void *context, const void *params) {
  rpc_peer_notify(((Session *)context)->peer, "echo", &lsp_did_change_text_document_params_type, params);
}

static const RpcMethod methods[] = {
    {.name = "initialize", .flags = RPC_EARLY, .params = &lsp_initialize_params_type, .request = on_initialize},
    {.name = "textDocument/codeAction", .params = &lsp_code_action_params_type, .request = on_action},
    {.name = "hold", .request = on_hold},
    {.name = "textDocument/didChange", .params = &lsp_did_change_text_document_params_type, .notification = on_change},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Session session = {0};
  framer_init(&session.framer);
  RpcPeerOptions options = {.context = &session,
                            .methods = methods,
                            .method_count = sizeof methods / sizeof methods[0],
                            .send = on_send,
                            .log = on_log};
  require(rpc_peer_create(&options, &session.peer, NULL) == 0);
  size_t step = size > 0 && data[0] < 64 ? (size_t)data[0] + 1 : size;
  for (size_t start = 0; start < size; start += step) {
    size_t end = start + step < size ? start + step : size;
    rpc_peer_receive(session.peer, (StringView){(const char *)data + start, end - start});
  }
  require(rpc_peer_open_requests(session.peer) == session.held_count);
  rpc_peer_destroy(session.peer);
  framer_finish(&session.framer);
  return 0;
}
