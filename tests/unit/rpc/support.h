// A peer under test: methods of every kind, and what it sent and logged as text.
#ifndef TESTGEN_TESTS_UNIT_RPC_SUPPORT_H
#define TESTGEN_TESTS_UNIT_RPC_SUPPORT_H

#include "protocol/rpc/peer.h"

#define HELD_MAX 5000

typedef struct EchoParams {
  StringView text;
  int64_t number;
} EchoParams;
extern const JsonType echo_type;

// The methods are initialize, shutdown, exit, echo, hold (the request waits in `held`), holdWithHook (the same, with a
// cancel hook that stops every other one), noisy (notifies around its answer), end (destroys the peer), fails (with the
// code and message that it is given), array, nested (receives while it is handled) and told (a notification).
typedef struct PeerFixture {
  RpcPeer *peer;
  Buffer sent;  // contents of the messages, one per line
  Buffer log;
  RpcRequest *held[HELD_MAX];
  size_t held_count;
  int notified;
  int hooked;
  Framer framer;
} PeerFixture;

PeerFixture *peer_fixture_create(void);  // before initialize
int peer_set_up(void **state);           // running
int peer_tear_down(void **state);

#define PEER_TEST(function) cmocka_unit_test_setup_teardown(function, peer_set_up, peer_tear_down)

// One message, without its frame.
void peer_receive(PeerFixture *fixture, const char *content);
// What was sent or logged since the last look.
void peer_expect_sent(PeerFixture *fixture, const char *expected);
void peer_expect_log(PeerFixture *fixture, const char *expected);

#define ERROR_ANSWER(id, code, message) \
  "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ",\"message\":\"" message "\"}}\n"
#define CALL(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}"
#define CANCEL(id) "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":" id "}}"

#endif
