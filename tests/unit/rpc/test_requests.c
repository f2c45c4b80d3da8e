// What comes in: requests, notifications and cancellations, and the one answer that each request gets.
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_message_has_its_answer(void **state) {
  PeerFixture *fixture = *state;
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
    peer_receive(fixture, cases[index].content);
    peer_expect_sent(fixture, cases[index].answer);
    peer_expect_log(fixture, "");
    assert_int_equal(rpc_peer_open_requests(fixture->peer), 0);
  }
}

static void notifications_are_never_answered(void **state) {
  PeerFixture *fixture = *state;
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
    peer_receive(fixture, cases[index].content);
    peer_expect_sent(fixture, "");
    peer_expect_log(fixture, cases[index].log);
  }
  assert_int_equal(fixture->notified, 0);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  assert_int_equal(fixture->notified, 1);
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"heard\",\"params\":{\"text\":\"hi\"}}\n");
}

static void states_decide_what_is_allowed(void **state) {
  PeerFixture *fixture = *state;
  rpc_peer_set_state(fixture->peer, RPC_STATE_UNINITIALIZED);
  peer_receive(fixture, CALL("1", "echo"));
  peer_expect_sent(fixture, ERROR_ANSWER("1", "-32002", "echo: the first request must be initialize"));
  peer_receive(fixture, CALL("1", "nope"));
  peer_expect_sent(fixture, ERROR_ANSWER("1", "-32002", "nope: the first request must be initialize"));
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  peer_expect_log(fixture, "dropped notification told: came before initialize\n");
  peer_receive(fixture, CALL("1", "initialize"));
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
  peer_receive(fixture, CALL("2", "shutdown"));
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}\n");
  peer_receive(fixture, CALL("3", "echo"));
  peer_expect_sent(fixture, ERROR_ANSWER("3", "-32600", "echo: after shutdown only exit may follow"));
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"told\",\"params\":{\"text\":\"hi\"}}");
  peer_expect_log(fixture, "dropped notification told: came after shutdown\n");
  assert_int_equal(fixture->notified, 0);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
  assert_int_equal(fixture->notified, 100);
  assert_null(fixture->peer);
}

static void an_open_id_cannot_be_used_again(void **state) {
  PeerFixture *fixture = *state;
  peer_receive(fixture, CALL("1", "hold"));
  peer_receive(fixture, CALL("\"1\"", "hold"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 2);
  peer_receive(fixture, CALL("1", "hold"));
  peer_expect_sent(fixture, ERROR_ANSWER("1", "-32600", "a request with this id is still open"));
  assert_int_equal(fixture->held_count, 2);
  rpc_request_reply_null(fixture->held[0]);
  rpc_request_reply_raw(fixture->held[1], SV("[]"));
  peer_expect_sent(
      fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":[]}\n");
  peer_receive(fixture, CALL("1", "noisy"));
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"text\":\"before\"}}\n"
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n"
                            "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":[1]}\n"
                            "{\"jsonrpc\":\"2.0\",\"method\":\"bare\"}\n");
}

static void cancelled_requests_are_answered_once(void **state) {
  PeerFixture *fixture = *state;
  peer_receive(fixture, CALL("1", "hold"));
  peer_receive(fixture, CANCEL("\"1\""));
  peer_expect_sent(fixture, "");
  peer_receive(fixture, CANCEL("1"));
  peer_expect_sent(fixture, ERROR_ANSWER("1", "-32800", "the client cancelled the request"));
  peer_receive(fixture, CANCEL("1"));
  peer_expect_sent(fixture, "");
  fixture->held_count = 0;
  peer_receive(fixture, CALL("2", "holdWithHook"));
  peer_receive(fixture, CANCEL("2"));
  peer_expect_sent(fixture, ERROR_ANSWER("2", "-32800", "stopped"));
  peer_receive(fixture, CALL("3", "holdWithHook"));
  peer_receive(fixture, CANCEL("3"));
  peer_receive(fixture, CANCEL("3"));
  assert_int_equal(fixture->hooked, 2);
  peer_expect_sent(fixture, "");
  rpc_request_fail(fixture->held[0], RPC_REQUEST_CANCELLED, "%s", "late");
  peer_expect_sent(fixture, ERROR_ANSWER("3", "-32800", "late"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 0);
}

static void a_request_cancelled_within_its_handler_is_answered_after_it(void **state) {
  PeerFixture *fixture = *state;
  peer_receive(fixture, CALL("1", "nested"));
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{\"text\":\"inner\"}}\n" ERROR_ANSWER(
                                "1", "-32800", "the client cancelled the request"));
}

static void errors_have_their_codes(void **state) {
  PeerFixture *fixture = *state;
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
    peer_receive(fixture, content);
    char expected[200];
    snprintf(expected, sizeof expected, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":%s,\"message\":\"why\"}}\n",
             cases[index].code);
    peer_expect_sent(fixture, expected);
  }
}

static void the_number_of_open_requests_is_limited(void **state) {
  PeerFixture *fixture = *state;
  for (int id = 0; id < 4097; id++) {
    char content[100];
    snprintf(content, sizeof content, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"hold\"}", id);
    peer_receive(fixture, content);
  }
  peer_expect_sent(fixture, ERROR_ANSWER("4096", "-32803", "more than 4096 requests are open"));
  assert_int_equal(rpc_peer_open_requests(fixture->peer), 4096);
}

static void a_destroyed_peer_answers_what_is_open(void **state) {
  PeerFixture *fixture = *state;
  peer_receive(fixture, CALL("1", "hold"));
  peer_receive(fixture, CALL("2", "holdWithHook"));
  // Destroys the peer in the middle of a call, with more input behind it.
  Buffer input;
  buffer_init(&input, 1000);
  frame_append(&input, SV(CALL("3", "end")));
  frame_append(&input, SV(CALL("4", "echo")));
  rpc_peer_receive(fixture->peer, buffer_view(&input));
  buffer_finish(&input);
  peer_expect_sent(fixture, ERROR_ANSWER("3", "-32802", "the server ends") ERROR_ANSWER(
                                "2", "-32802", "the server ends") ERROR_ANSWER("1", "-32802", "the server ends"));
  rpc_peer_destroy(NULL);
}

static void malformed_input_never_ends_the_session(void **state) {
  PeerFixture *fixture = *state;
  rpc_peer_receive(fixture->peer, SV("garbage\r\n\r\n{}Content-Length: 5\r\n\r\n{{{{{"));
  peer_expect_log(fixture, "malformed input: a header line is not \"name: value\"\n");
  assert_non_null(strstr(buffer_view(&fixture->sent).data, "\"code\":-32700"));
  buffer_clear(&fixture->sent);
  peer_receive(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"x\"}}");
  peer_expect_sent(fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"x\"}}\n");
}

// A result that is too large to be sent is replaced by an error, not by silence.
static void an_unsendable_result_is_still_answered(void **state) {
  PeerFixture *fixture = *state;
  peer_receive(fixture, CALL("1", "hold"));
  size_t length = (size_t)FRAME_CONTENT_MAX + 1;
  char *huge = malloc(length);
  assert_non_null(huge);
  memset(huge, ' ', length);
  rpc_request_reply_raw(fixture->held[0], (StringView){huge, length});
  free(huge);
  assert_non_null(strstr(buffer_view(&fixture->sent).data, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603"));
}

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
      PEER_TEST(malformed_input_never_ends_the_session),
      PEER_TEST(an_unsendable_result_is_still_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
