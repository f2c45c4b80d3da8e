#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// cmocka's header needs those above.
#include <cmocka.h>

static const JsonField echo_fields[] = {
    {.name = "text", .kind = JSON_FIELD_STRING, .flags = JSON_REQUIRED, .offset = offsetof(EchoParams, text)},
    {.name = "number", .kind = JSON_FIELD_INTEGER, .flags = JSON_OMIT_ZERO, .offset = offsetof(EchoParams, number)},
};
const JsonType echo_type = {.name = "EchoParams", .size = sizeof(EchoParams), .fields = echo_fields, .field_count = 2};

static void on_send(void *context, StringView message) {
  PeerFixture *fixture = context;
  assert_int_equal(framer_feed(&fixture->framer, message, NULL), 0);
  StringView content;
  assert_int_equal(framer_next(&fixture->framer, &content, NULL), FRAME_MESSAGE);
  buffer_append(&fixture->sent, content);
  buffer_append_byte(&fixture->sent, '\n');
  assert_int_equal(framer_next(&fixture->framer, &content, NULL), FRAME_NEED_MORE);
}

static void on_log(void *context, const char *message) {
  PeerFixture *fixture = context;
  assert_null(strchr(message, '\n'));
  buffer_append_format(&fixture->log, "%s\n", message);
}

static void on_initialize(void *context, RpcRequest *request, const void *params) {
  (void)context;
  (void)params;
  rpc_peer_set_state(rpc_request_peer(request), RPC_STATE_RUNNING);
  rpc_request_reply_raw(request, SV("{}"));
}

static void on_shutdown(void *context, RpcRequest *request, const void *params) {
  (void)context;
  (void)params;
  rpc_peer_set_state(rpc_request_peer(request), RPC_STATE_SHUT_DOWN);
  rpc_request_reply_null(request);
}

static void on_echo(void *context, RpcRequest *request, const void *params) {
  (void)context;
  rpc_request_reply(request, &echo_type, params);
}

static void on_hold(void *context, RpcRequest *request, const void *params) {
  (void)params;
  PeerFixture *fixture = context;
  assert_true(fixture->held_count < HELD_MAX);
  fixture->held[fixture->held_count++] = request;
}

static void remove_held(PeerFixture *fixture, const RpcRequest *request) {
  for (size_t index = 0; index < fixture->held_count; index++) {
    if (fixture->held[index] == request) {
      fixture->held[index] = fixture->held[--fixture->held_count];
      return;
    }
  }
  fail_msg("the request is not held");
}

static void on_hook(void *user, RpcRequest *request) {
  PeerFixture *fixture = user;
  fixture->hooked++;
  assert_true(rpc_request_is_cancelled(request));
  // Every other owner needs time to stop its work.
  if (fixture->hooked % 2) {
    remove_held(fixture, request);
    rpc_request_fail(request, RPC_REQUEST_CANCELLED, "stopped");
  }
}

static void on_hold_with_hook(void *context, RpcRequest *request, const void *params) {
  on_hold(context, request, params);
  rpc_request_on_cancel(request, on_hook, context);
}

static void on_noisy(void *context, RpcRequest *request, const void *params) {
  (void)params;
  PeerFixture *fixture = context;
  rpc_peer_notify(fixture->peer, "log", &echo_type, &(EchoParams){.text = SV("before")});
  rpc_request_reply_null(request);
  rpc_peer_notify_raw(fixture->peer, "log", SV("[1]"));
  rpc_peer_notify_raw(fixture->peer, "bare", (StringView){0});
}

static void on_end(void *context, RpcRequest *request, const void *params) {
  (void)request;
  (void)params;
  PeerFixture *fixture = context;
  rpc_peer_destroy(fixture->peer);
  fixture->peer = NULL;
}

static void on_fails(void *context, RpcRequest *request, const void *params) {
  (void)context;
  const EchoParams *echo = params;
  Error error = {0};
  error_set(&error, (ErrorCode)echo->number, "%.*s", SV_ARGUMENTS(echo->text));
  rpc_request_fail_error(request, &error);
}

static void on_array(void *context, RpcRequest *request, const void *params) {
  (void)context;
  EchoParams items[] = {*(const EchoParams *)params, {.text = SV("2")}};
  rpc_request_reply_array(request, &echo_type, (JsonArray){items, 2});
}

static void on_nested(void *context, RpcRequest *request, const void *params) {
  (void)params;
  peer_receive(context, "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":1}}");
  assert_true(rpc_request_is_cancelled(request));
  peer_receive(context, "{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"echo\",\"params\":{\"text\":\"inner\"}}");
}

static void on_notified(void *context, const void *params) {
  PeerFixture *fixture = context;
  const EchoParams *echo = params;
  fixture->notified++;
  rpc_peer_notify(fixture->peer, "heard", &echo_type, echo);
}

static void on_exit_notification(void *context, const void *params) {
  (void)params;
  PeerFixture *fixture = context;
  fixture->notified += 100;
  rpc_peer_destroy(fixture->peer);
  fixture->peer = NULL;
}

static const RpcMethod methods[] = {
    {.name = "initialize", .flags = RPC_EARLY, .request = on_initialize},
    {.name = "shutdown", .request = on_shutdown},
    {.name = "exit", .flags = RPC_EARLY | RPC_LATE, .notification = on_exit_notification},
    {.name = "echo", .params = &echo_type, .request = on_echo},
    {.name = "hold", .request = on_hold},
    {.name = "holdWithHook", .request = on_hold_with_hook},
    {.name = "noisy", .request = on_noisy},
    {.name = "end", .request = on_end},
    {.name = "fails", .params = &echo_type, .request = on_fails},
    {.name = "array", .params = &echo_type, .request = on_array},
    {.name = "nested", .request = on_nested},
    {.name = "told", .params = &echo_type, .notification = on_notified},
};

PeerFixture *peer_fixture_create(void) {
  PeerFixture *fixture = calloc(1, sizeof *fixture);
  buffer_init(&fixture->sent, 64u << 20);
  buffer_init(&fixture->log, 64u << 20);
  framer_init(&fixture->framer);
  RpcPeerOptions options = {
      .context = fixture,
      .methods = methods,
      .method_count = sizeof methods / sizeof methods[0],
      .send = on_send,
      .log = on_log,
  };
  assert_int_equal(rpc_peer_create(&options, &fixture->peer, NULL), 0);
  return fixture;
}

int peer_set_up(void **state) {
  PeerFixture *fixture = peer_fixture_create();
  rpc_peer_set_state(fixture->peer, RPC_STATE_RUNNING);
  *state = fixture;
  return 0;
}

int peer_tear_down(void **state) {
  PeerFixture *fixture = *state;
  rpc_peer_destroy(fixture->peer);
  buffer_finish(&fixture->sent);
  buffer_finish(&fixture->log);
  framer_finish(&fixture->framer);
  free(fixture);
  return 0;
}

void peer_receive(PeerFixture *fixture, const char *content) {
  Buffer message;
  buffer_init(&message, 1 << 20);
  frame_append(&message, string_view_from(content));
  rpc_peer_receive(fixture->peer, buffer_view(&message));
  buffer_finish(&message);
}

void peer_expect_sent(PeerFixture *fixture, const char *expected) {
  assert_string_equal(buffer_view(&fixture->sent).data, expected);
  buffer_clear(&fixture->sent);
}

void peer_expect_log(PeerFixture *fixture, const char *expected) {
  assert_string_equal(buffer_view(&fixture->log).data, expected);
  buffer_clear(&fixture->log);
}
