// 10,000 random interleavings of requests, answers and cancellations: one answer each.
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// Counts the answers to each id; negative ids are never given.
static void count_answers(PeerFixture *fixture, int *answers, int id_count) {
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

static void answer_one(PeerFixture *fixture) {
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
  PeerFixture *fixture = peer_fixture_create();
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
      peer_receive(fixture, content);
    } else if (action == 2) {
      snprintf(content, sizeof content, CANCEL("%d"), id);
      peer_receive(fixture, content);
    } else {
      answer_one(fixture);
    }
  }
  rpc_peer_destroy(fixture->peer);
  fixture->peer = NULL;
  count_answers(fixture, answers, IDS);
  assert_memory_equal(asked, answers, sizeof asked);
  void *state = fixture;
  peer_tear_down(&state);
}

static void random_interleavings_give_one_answer_each(void **state) {
  (void)state;
  srand(11);
  for (int round = 0; round < 10000; round++) {
    interleave(1 + rand() % 30);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_interleavings_give_one_answer_each),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
