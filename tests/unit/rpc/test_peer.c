#include "protocol/rpc/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HELD_MAX 5000

typedef struct EchoParams {
  StringView text;
  int64_t number;
} EchoParams;

static const JsonField echo_fields[] = {
    {.name = "text", .kind = JSON_FIELD_STRING, .flags = JSON_REQUIRED, .offset = offsetof(EchoParams, text)},
    {.name = "number", .kind = JSON_FIELD_INTEGER, .flags = JSON_OMIT_ZERO, .offset = offsetof(EchoParams, number)},
};
static const JsonType echo_type = {
    .name = "EchoParams", .size = sizeof(EchoParams), .fields = echo_fields, .field_count = 2};

// A peer whose output and log are kept as text; requests of "hold" wait in `held`.
typedef struct Fixture {
  RpcPeer *peer;
  Buffer sent;  // contents of the messages, one per line
  Buffer log;
  RpcRequest *held[HELD_MAX];
  size_t held_count;
  int notified;
  int hooked;
  Framer framer;
} Fixture;

static void on_send(void *context, StringView message) {
  Fixture *fixture = context;
  assert_int_equal(framer_feed(&fixture->framer, message, NULL), 0);
  StringView content;
  assert_int_equal(framer_next(&fixture->framer, &content, NULL), FRAME_MESSAGE);
  buffer_append(&fixture->sent, content);
  buffer_append_byte(&fixture->sent, '\n');
  assert_int_equal(framer_next(&fixture->framer, &content, NULL), FRAME_NEED_MORE);
}

static void on_log(void *context, const char *message) {
  Fixture *fixture = context;
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
  Fixture *fixture = context;
  assert_true(fixture->held_count < HELD_MAX);
  fixture->held[fixture->held_count++] = request;
}

static void remove_held(Fixture *fixture, const RpcRequest *request) {
  for (size_t index = 0; index < fixture->held_count; index++) {
    if (fixture->held[index] == request) {
      fixture->held[index] = fixture->held[--fixture->held_count];
      return;
    }
  }
  fail_msg("the request is not held");
}

static void on_hook(void *user, RpcRequest *request) {
  Fixture *fixture = user;
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
  Fixture *fixture = context;
  rpc_peer_notify(fixture->peer, "log", &echo_type, &(EchoParams){.text = SV("before")});
  rpc_request_reply_null(request);
  rpc_peer_notify_raw(fixture->peer, "log", SV("[1]"));
  rpc_peer_notify_raw(fixture->peer, "bare", (StringView){0});
}

static void on_end(void *context, RpcRequest *request, const void *params) {
  (void)request;
  (void)params;
  Fixture *fixture = context;
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

static void receive(Fixture *fixture, const char *content);

static void on_nested(void *context, RpcRequest *request, const void *params) {
  (void)params;
  receive(context, "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":1}}");
  assert_true(rpc_request_is_cancelled(request));
  receive(context, "{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"echo\",\"params\":{\"text\":\"inner\"}}");
}

static void on_notified(void *context, const void *params) {
  Fixture *fixture = context;
  const EchoParams *echo = params;
  fixture->notified++;
  rpc_peer_notify(fixture->peer, "heard", &echo_type, echo);
}

static void on_exit_notification(void *context, const void *params) {
  (void)params;
  Fixture *fixture = context;
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

static Fixture *fixture_create(void) {
  Fixture *fixture = calloc(1, sizeof *fixture);
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

static int set_up(void **state) {
  Fixture *fixture = fixture_create();
  rpc_peer_set_state(fixture->peer, RPC_STATE_RUNNING);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  rpc_peer_destroy(fixture->peer);
  buffer_finish(&fixture->sent);
  buffer_finish(&fixture->log);
  framer_finish(&fixture->framer);
  free(fixture);
  return 0;
}

static void receive(Fixture *fixture, const char *content) {
  Buffer message;
  buffer_init(&message, 1 << 20);
  frame_append(&message, string_view_from(content));
  rpc_peer_receive(fixture->peer, buffer_view(&message));
  buffer_finish(&message);
}

// What was sent since the last look.
static void expect_sent(Fixture *fixture, const char *expected) {
  assert_string_equal(buffer_view(&fixture->sent).data, expected);
  buffer_clear(&fixture->sent);
}

static void expect_log(Fixture *fixture, const char *expected) {
  assert_string_equal(buffer_view(&fixture->log).data, expected);
  buffer_clear(&fixture->log);
}

#define ERROR_ANSWER(id, code, message) \
  "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ",\"message\":\"" message "\"}}\n"
#define CALL(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}"

static void every_message_has_its_answer(void **state) {
  Fixture *fixture = *state;
  static const struct {
    const char *content;
    const char *answer;
  } cases[] = {
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"x\",\"number\":3}}",
       "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"x\",\"number\":3}}\n"},
      {"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0000\\n\",\"method\":\"echo\",\"params\":{\"text\":\"\"}}",
       "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0000\\n\",\"result\":{\"text\":\"\"}}\n"},
      {"{\"params\":{\"text\":\"x\"},\"method\":\"array\",\"id\":-9223372036854775808,\"jsonrpc\":\"2.0\"}",
       "{\"jsonrpc\":\"2.0\",\"id\":-9223372036854775808,\"result\":[{\"text\":\"x\"},{\"text\":\"2\"}]}\n"},
      {CALL("1", "echo"), ERROR_ANSWER("1", "-32602", "echo: text: required, but missing")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":null}",
       ERROR_ANSWER("1", "-32602", "echo: text: required, but missing")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":[]}",
       ERROR_ANSWER("1", "-32602", "echo: EchoParams: expected an object, found an array")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":7}",
       ERROR_ANSWER("1", "-32600", "\\\"params\\\" is neither an object nor an array")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":2}}",
       ERROR_ANSWER("1", "-32602", "echo: text: expected a string, found 2")},
      {CALL("1", "nope"), ERROR_ANSWER("1", "-32601", "nope: no such method")},
      {CALL("1", "$/nope"), ERROR_ANSWER("1", "-32601", "$/nope: no such method")},
      {CALL("1", ""), ERROR_ANSWER("1", "-32601", ": no such method")},
      {CALL("1", "told"), ERROR_ANSWER("1", "-32600", "told: a notification, which must not have an id")},
      {CALL("null", "echo"), ERROR_ANSWER("null", "-32600", "\\\"id\\\" is neither an integer nor a string")},
      {CALL("1.5", "echo"), ERROR_ANSWER("null", "-32600", "\\\"id\\\" is neither an integer nor a string")},
      {CALL("{}", "echo"), ERROR_ANSWER("null", "-32600", "\\\"id\\\" is neither an integer nor a string")},
      {"{\"id\":1,\"method\":\"echo\"}", ERROR_ANSWER("1", "-32600", "\\\"jsonrpc\\\" is not \\\"2.0\\\"")},
      {"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"echo\"}",
       ERROR_ANSWER("1", "-32600", "\\\"jsonrpc\\\" is not \\\"2.0\\\"")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", ERROR_ANSWER("1", "-32600", "\\\"method\\\" is not a string")},
      {"{\"jsonrpc\":\"2.0\",\"id\":1}",
       ERROR_ANSWER("1", "-32600", "a message has neither \\\"method\\\" nor \\\"result\\\" nor \\\"error\\\"")},
      {"[" CALL("1", "echo") "]", ERROR_ANSWER("null", "-32600", "batches are not part of the protocol")},
      {"[]", ERROR_ANSWER("null", "-32600", "batches are not part of the protocol")},
      {"7", ERROR_ANSWER("null", "-32600", "a message is not an object")},
      {"{", ERROR_ANSWER("null", "-32700", "1:2: the text ends inside the object that begins at 1:1: a } is missing")},
      {"", ERROR_ANSWER("null", "-32700", "1:1: the text ends where a value should begin")},
      {"\"\xFF\"", ERROR_ANSWER("null", "-32700", "1:2: the text is not UTF-8")},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    receive(fixture, cases[index].content);
    expect_sent(fixture, cases[index].answer);
    expect_log(fixture, "");
    assert_int_equal(rpc_peer_open_requests(fixture->peer), 0);
  }
}

static void notifications_are_never_answered(void **state) {
  Fixture *fixture = *state;
  static const struct {
    const char *content;
    const char *log;
  } cases[] = {
      {"{\"jsonrpc\":\"2.0\",\"method\":\"nope\"}", "dropped notification nope: no such method\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"$/nope\"}", ""},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"told\"}", "dropped notification told: text: required, but missing\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}", "dropped notification echo: a request, which must have an id\n"},
      {"{\"jsonrpc\":\"1.0\",\"method\":\"told\"}", "dropped a message: \"jsonrpc\" is not \"2.0\"\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":1}",
       "dropped a message: \"params\" is neither an object nor an array\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"a\\nb\"}", "dropped notification a b: no such method\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\"}",
       "dropped notification $/cancelRequest: it names no id\n"},
      {"{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":99}}", ""},
      {"{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":1}", "dropped a response that no call waits for\n"},
      {"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"bad\"}}",
       "dropped a response that no call waits for: bad\n"},
      {"{\"id\":5,\"result\":1}", "dropped a message: \"jsonrpc\" is not \"2.0\"\n"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    receive(fixture, cases[index].content);
    expect_sent(fixture, "");
    expect_log(fixture, cases[index].log);
  }
  assert_int_equal(fixture->notified, 0);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  assert_int_equal(fixture->notified, 1);
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"heard\",\"params\":{\"text\":\"hi\"}}\n");
}

static void states_decide_what_is_allowed(void **state) {
  Fixture *fixture = *state;
  rpc_peer_set_state(fixture->peer, RPC_STATE_UNINITIALIZED);
  receive(fixture, CALL("1", "echo"));
  expect_sent(fixture, ERROR_ANSWER("1", "-32002", "echo: the first request must be initialize"));
  receive(fixture, CALL("1", "nope"));
  expect_sent(fixture, ERROR_ANSWER("1", "-32002", "nope: the first request must be initialize"));
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  expect_log(fixture, "dropped notification told: came before initialize\n");
  receive(fixture, CALL("1", "initialize"));
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
  receive(fixture, CALL("2", "shutdown"));
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}\n");
  receive(fixture, CALL("3", "echo"));
  expect_sent(fixture, ERROR_ANSWER("3", "-32600", "echo: after shutdown only exit may follow"));
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  expect_log(fixture, "dropped notification told: came after shutdown\n");
  assert_int_equal(fixture->notified, 0);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
  assert_int_equal(fixture->notified, 100);
  assert_null(fixture->peer);
}

static void an_open_id_cannot_be_used_again(void **state) {
  Fixture *fixture = *state;
  receive(fixture, CALL("1", "hold"));
  receive(fixture, CALL("\"1\"", "hold"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 2);
  receive(fixture, CALL("1", "hold"));
  expect_sent(fixture, ERROR_ANSWER("1", "-32600", "a request with this id is still open"));
  assert_int_equal(fixture->held_count, 2);
  rpc_request_reply_null(fixture->held[0]);
  rpc_request_reply_raw(fixture->held[1], SV("[]"));
  expect_sent(fixture,
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":[]}\n");
  receive(fixture, CALL("1", "noisy"));
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"text\":\"before\"}}\n"
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n"
                       "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":[1]}\n"
                       "{\"jsonrpc\":\"2.0\",\"method\":\"bare\"}\n");
}

#define CANCEL(id) "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":" id "}}"

static void cancelled_requests_are_answered_once(void **state) {
  Fixture *fixture = *state;
  receive(fixture, CALL("1", "hold"));
  receive(fixture, CANCEL("\"1\""));
  expect_sent(fixture, "");
  receive(fixture, CANCEL("1"));
  expect_sent(fixture, ERROR_ANSWER("1", "-32800", "the client cancelled the request"));
  receive(fixture, CANCEL("1"));
  expect_sent(fixture, "");
  fixture->held_count = 0;
  receive(fixture, CALL("2", "holdWithHook"));
  receive(fixture, CANCEL("2"));
  expect_sent(fixture, ERROR_ANSWER("2", "-32800", "stopped"));
  receive(fixture, CALL("3", "holdWithHook"));
  receive(fixture, CANCEL("3"));
  receive(fixture, CANCEL("3"));
  assert_int_equal(fixture->hooked, 2);
  expect_sent(fixture, "");
  rpc_request_fail(fixture->held[0], RPC_REQUEST_CANCELLED, "%s", "late");
  expect_sent(fixture, ERROR_ANSWER("3", "-32800", "late"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 0);
}

static void a_request_cancelled_within_its_handler_is_answered_after_it(void **state) {
  Fixture *fixture = *state;
  receive(fixture, CALL("1", "nested"));
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{\"text\":\"inner\"}}\n" ERROR_ANSWER(
                           "1", "-32800", "the client cancelled the request"));
}

static void errors_have_their_codes(void **state) {
  Fixture *fixture = *state;
  static const struct {
    int error;
    const char *code;
  } cases[] = {{ERROR_INVALID_ARGUMENT, "-32602"}, {ERROR_CANCELLED, "-32800"}, {ERROR_CONFLICT, "-32801"},
               {ERROR_NO_MEMORY, "-32603"},        {ERROR_INTERNAL, "-32603"},  {ERROR_TIMEOUT, "-32803"}};
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    char content[200];
    snprintf(content, sizeof content,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fails\",\"params\":{\"text\":\"why\",\"number\":%d}}",
             cases[index].error);
    receive(fixture, content);
    char expected[200];
    snprintf(expected, sizeof expected, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":%s,\"message\":\"why\"}}\n",
             cases[index].code);
    expect_sent(fixture, expected);
  }
}

static void the_number_of_open_requests_is_limited(void **state) {
  Fixture *fixture = *state;
  for (int id = 0; id < 4097; id++) {
    char content[100];
    snprintf(content, sizeof content, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"hold\"}", id);
    receive(fixture, content);
  }
  expect_sent(fixture, ERROR_ANSWER("4096", "-32803", "more than 4096 requests are open"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 4096);
}

static void a_destroyed_peer_answers_what_is_open(void **state) {
  Fixture *fixture = *state;
  receive(fixture, CALL("1", "hold"));
  receive(fixture, CALL("2", "holdWithHook"));
  // Destroys the peer in the middle of a call, with more input behind it.
  Buffer input;
  buffer_init(&input, 1000);
  frame_append(&input, SV(CALL("3", "end")));
  frame_append(&input, SV(CALL("4", "echo")));
  rpc_peer_receive(fixture->peer, buffer_view(&input));
  buffer_finish(&input);
  expect_sent(fixture, ERROR_ANSWER("3", "-32802", "the server ends") ERROR_ANSWER("2", "-32802", "the server ends")
                           ERROR_ANSWER("1", "-32802", "the server ends"));
  rpc_peer_destroy(NULL);
}

typedef struct Answer {
  int count;
  int64_t result;
  int code;
  char message[ERROR_MESSAGE_MAX];
  Fixture *fixture;
} Answer;

static void on_answer(void *user, const JsonValue *result, const Error *error) {
  Answer *answer = user;
  assert_true(!result != !error);
  answer->count++;
  answer->result = result && result->kind == JSON_INTEGER ? result->integer : 0;
  answer->code = error ? error->code : 0;
  snprintf(answer->message, sizeof answer->message, "%s", error ? error->message : "");
  if (answer->fixture) {
    rpc_peer_destroy(answer->fixture->peer);
    answer->fixture->peer = NULL;
  }
}

static void calls_get_their_answers(void **state) {
  Fixture *fixture = *state;
  Answer answers[4] = {0};
  EchoParams params = {.text = SV("q")};
  assert_int_equal(rpc_peer_call(fixture->peer, "ask", &echo_type, &params, on_answer, &answers[0], NULL), 0);
  assert_int_equal(rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[1], NULL), 0);
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "ask", SV("[2]"), on_answer, &answers[2], NULL), 0);
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "ask", (StringView){0}, on_answer, &answers[3], NULL), 0);
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ask\",\"params\":{\"text\":\"q\"}}\n"
                       "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ask\"}\n"
                       "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ask\",\"params\":[2]}\n"
                       "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"ask\"}\n");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":33}");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null,\"error\":null}");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"no\\nask\"}}");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":4,\"error\":\"odd\"}");
  assert_int_equal(answers[2].result, 33);
  assert_int_equal(answers[0].count, 1);
  assert_int_equal(answers[1].code, ERROR_UNAVAILABLE);
  assert_string_equal(answers[1].message, "no ask (code -32601)");
  assert_int_equal(answers[3].code, ERROR_PROTOCOL);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":34}");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":\"3\",\"result\":34}");
  assert_int_equal(answers[2].count, 1);
}

static void a_call_may_do_without_a_callback(void **state) {
  Fixture *fixture = *state;
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "tell", (StringView){0}, NULL, NULL, NULL), 0);
  assert_int_equal(rpc_peer_call(fixture->peer, "tell", NULL, NULL, NULL, NULL, NULL), 0);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"no\"}}");
}

static void a_callback_may_destroy_the_peer(void **state) {
  Fixture *fixture = *state;
  Answer answers[2] = {{.fixture = fixture}, {0}};
  rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[0], NULL);
  rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[1], NULL);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}");
  assert_null(fixture->peer);
  assert_int_equal(answers[0].count, 1);
  assert_int_equal(answers[1].count, 0);
}

static void too_many_calls_are_refused(void **state) {
  Fixture *fixture = *state;
  Answer answer = {0};
  int status = 0;
  int made = 0;
  Error error = {0};
  while (status == 0) {
    status = rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answer, &error);
    made += status == 0;
  }
  assert_int_equal(status, ERROR_LIMIT);
  assert_int_equal(made, 4096);
}

static void malformed_input_never_ends_the_session(void **state) {
  Fixture *fixture = *state;
  rpc_peer_receive(fixture->peer, SV("garbage\r\n\r\n{}Content-Length: 5\r\n\r\n{{{{{"));
  expect_log(fixture, "malformed input: a header line is not \"name: value\"\n");
  assert_non_null(strstr(buffer_view(&fixture->sent).data, "\"code\":-32700"));
  buffer_clear(&fixture->sent);
  receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"x\"}}");
  expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"x\"}}\n");
}

// A result that is too large to be sent is replaced by an error, not by silence.
static void an_unsendable_result_is_still_answered(void **state) {
  Fixture *fixture = *state;
  receive(fixture, CALL("1", "hold"));
  size_t length = (size_t)FRAME_CONTENT_MAX + 1;
  char *huge = malloc(length);
  assert_non_null(huge);
  memset(huge, ' ', length);
  rpc_request_reply_raw(fixture->held[0], (StringView){huge, length});
  free(huge);
  assert_non_null(strstr(buffer_view(&fixture->sent).data, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603"));
}

// ---- 10,000 random interleavings ----

// Counts the answers to each id; negative ids are never given.
static void count_answers(Fixture *fixture, int *answers, int id_count) {
  StringView rest = buffer_view(&fixture->sent);
  StringView line;
  while (string_view_next(&rest, '\n', &line)) {
    Arena arena = {0};
    JsonValue value;
    assert_int_equal(json_parse(line, &arena, &value, NULL), 0);
    const JsonValue *id = json_member(&value, "id");
    assert_non_null(id);
    assert_int_equal(id->kind, JSON_INTEGER);
    assert_true(id->integer >= 0 && id->integer < id_count);
    assert_true(!json_member(&value, "result") != !json_member(&value, "error"));
    answers[id->integer]++;
    arena_finish(&arena);
  }
  buffer_clear(&fixture->sent);
}

static void answer_one(Fixture *fixture) {
  if (fixture->held_count == 0) {
    return;
  }
  size_t index = (size_t)rand() % fixture->held_count;
  RpcRequest *request = fixture->held[index];
  fixture->held[index] = fixture->held[--fixture->held_count];
  if (rand() % 2) {
    rpc_request_reply_null(request);
  } else {
    rpc_request_fail(request, RPC_REQUEST_FAILED, "no");
  }
}

static void interleave(int steps) {
  enum { IDS = 12 };
  static const char *const names[] = {"echo", "holdWithHook", "nope", "noisy2", "holdWithHook"};
  Fixture *fixture = fixture_create();
  rpc_peer_set_state(fixture->peer, RPC_STATE_RUNNING);
  int asked[IDS] = {0};
  int answers[IDS] = {0};
  for (int step = 0; step < steps; step++) {
    int id = rand() % IDS;
    char content[200];
    int action = rand() % 4;
    if (action < 2) {
      asked[id]++;
      snprintf(content, sizeof content, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{\"text\":\"x\"}}",
               id, names[rand() % 5]);
      receive(fixture, content);
    } else if (action == 2) {
      snprintf(content, sizeof content, CANCEL("%d"), id);
      receive(fixture, content);
    } else {
      answer_one(fixture);
    }
  }
  rpc_peer_destroy(fixture->peer);
  fixture->peer = NULL;
  count_answers(fixture, answers, IDS);
  assert_memory_equal(asked, answers, sizeof asked);
  void *state = fixture;
  tear_down(&state);
}

static void random_interleavings_give_one_answer_each(void **state) {
  (void)state;
  srand(11);
  for (int round = 0; round < 10000; round++) {
    interleave(1 + rand() % 30);
  }
}

#define PEER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      PEER_TEST(every_message_has_its_answer),
      PEER_TEST(notifications_are_never_answered),
      PEER_TEST(states_decide_what_is_allowed),
      PEER_TEST(an_open_id_cannot_be_used_again),
      PEER_TEST(cancelled_requests_are_answered_once),
      PEER_TEST(a_request_cancelled_within_its_handler_is_answered_after_it),
      PEER_TEST(errors_have_their_codes),
      PEER_TEST(the_number_of_open_requests_is_limited),
      PEER_TEST(a_destroyed_peer_answers_what_is_open),
      PEER_TEST(calls_get_their_answers),
      PEER_TEST(a_call_may_do_without_a_callback),
      PEER_TEST(a_callback_may_destroy_the_peer),
      PEER_TEST(too_many_calls_are_refused),
      PEER_TEST(malformed_input_never_ends_the_session),
      PEER_TEST(an_unsendable_result_is_still_answered),
      cmocka_unit_test(random_interleavings_give_one_answer_each),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
