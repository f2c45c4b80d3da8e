// What goes out: calls to the other side and their answers.
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct Answer {
  int count;
  int64_t result;
  int code;
  char message[ERROR_MESSAGE_MAX];
  PeerFixture *fixture;
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
  PeerFixture *fixture = *state;
  Answer answers[4] = {0};
  EchoParams params = {.text = SV("q")};
  assert_int_equal(rpc_peer_call(fixture->peer, "ask", &echo_type, &params, on_answer, &answers[0], NULL), 0);
  assert_int_equal(rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[1], NULL), 0);
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "ask", SV("[2]"), on_answer, &answers[2], NULL), 0);
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "ask", (StringView){0}, on_answer, &answers[3], NULL), 0);
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ask\",\"params\":{\"text\":\"q\"}}\n"
                            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ask\"}\n"
                            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ask\",\"params\":[2]}\n"
                            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"ask\"}\n");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":33}");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null,\"error\":null}");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"no\\nask\"}}");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":4,\"error\":\"odd\"}");
  assert_int_equal(answers[2].result, 33);
  assert_int_equal(answers[0].count, 1);
  assert_int_equal(answers[1].code, ERROR_UNAVAILABLE);
  assert_string_equal(answers[1].message, "no ask (code -32601)");
  assert_int_equal(answers[3].code, ERROR_PROTOCOL);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":34}");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":\"3\",\"result\":34}");
  assert_int_equal(answers[2].count, 1);
}

static void a_call_may_do_without_a_callback(void **state) {
  PeerFixture *fixture = *state;
  assert_int_equal(rpc_peer_call_raw(fixture->peer, "tell", (StringView){0}, NULL, NULL, NULL), 0);
  assert_int_equal(rpc_peer_call(fixture->peer, "tell", NULL, NULL, NULL, NULL, NULL), 0);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"no\"}}");
}

static void a_callback_may_destroy_the_peer(void **state) {
  PeerFixture *fixture = *state;
  Answer answers[2] = {{.fixture = fixture}, {0}};
  rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[0], NULL);
  rpc_peer_call(fixture->peer, "ask", NULL, NULL, on_answer, &answers[1], NULL);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}");
  assert_null(fixture->peer);
  assert_int_equal(answers[0].count, 1);
  assert_int_equal(answers[1].count, 0);
}

static void too_many_calls_are_refused(void **state) {
  PeerFixture *fixture = *state;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      PEER_TEST(calls_get_their_answers),
      PEER_TEST(a_call_may_do_without_a_callback),
      PEER_TEST(a_callback_may_destroy_the_peer),
      PEER_TEST(too_many_calls_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
