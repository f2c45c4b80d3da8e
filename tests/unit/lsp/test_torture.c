// Fails the n-th allocation of a scenario for every n: no crash, no leak, and an error that says what is wrong.
#include "protocol/lsp/types.h"
#include "protocol/lsp/uri.h"
#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "protocol/rpc/peer.h"
#include "tests/unit/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// Runs the scenario until no allocation of it is left to fail. It gets how it ended: 0 or an error code.
static void torment(int (*scenario)(Error *ret_error)) {
  if (!TORTURE_HAS_MALLOC) {
    skip();
  }
  long rounds = 0;
  do {
    assert_true(++rounds < 100000);
    Error error = {0};
    torture_count();
    torture_arm(TORTURE_MEMORY, rounds, false);
    int status = scenario(&error);
    torture_disarm();
    assert_int_equal(torture.live, 0);
    assert_int_equal(status, torture.has_failed ? ERROR_NO_MEMORY : 0);
    assert_int_equal(error.code, status);
    assert_true(status == 0 || error.message[0] != '\0');
  } while (torture.has_failed);
  assert_true(rounds > 1);
}

static const char initialize_text[] =
    "{\"processId\":1,\"clientInfo\":{\"name\":\"a\\u00e9\\nvery long name with escapes \\\"x\\\"\"},\"capabilities\":{"
    "\"general\":{\"positionEncodings\":[\"utf-8\",\"utf-16\"]},\"textDocument\":{\"publishDiagnostics\":{"
    "\"tagSupport\":"
    "{\"valueSet\":[1,2]}},\"codeAction\":{\"codeActionLiteralSupport\":{\"codeActionKind\":{\"valueSet\":[\"a\"]}}}}},"
    "\"workspaceFolders\":[{\"uri\":\"file:///a\",\"name\":\"a\"}]}";

static int parse_and_decode(Error *ret_error) {
  Arena arena = {0};
  JsonValue value;
  LspInitializeParams params;
  int status = json_parse(string_view_from(initialize_text), &arena, &value, ret_error);
  if (status == 0) {
    status = json_decode(&lsp_initialize_params_type, &value, &arena, &params, ret_error);
  }
  arena_finish(&arena);
  return status;
}

static int write_schema(Error *ret_error) {
  Buffer buffer;
  buffer_init(&buffer, 1 << 20);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 2);
  json_write_schema(&writer, &lsp_initialize_result_type, "x");
  int status = buffer_check(&buffer, ret_error, "the schema");
  buffer_finish(&buffer);
  return status;
}

static int index_and_edit(Error *ret_error) {
  LineIndex index = {0};
  LineIndex edited = {0};
  int status = line_index_init(&index, SV("a\nb\r\nc"), ret_error);
  if (status == 0) {
    status = line_index_edit(&index, SV("a\n\n\nb\r\nc"), 2, 2, 4, &edited, ret_error);
  }
  line_index_finish(&edited);
  line_index_finish(&index);
  return status;
}

static int convert_uri(Error *ret_error) {
  Arena arena = {0};
  StringView path;
  int status = uri_to_path(SV("file:///a%20b/../c"), &arena, &path, ret_error);
  if (status == 0 && !uri_from_path(path, &arena).data) {
    status = error_set(ret_error, ERROR_NO_MEMORY, "no URI");
  }
  arena_finish(&arena);
  return status;
}

static int fill_containers(Error *ret_error) {
  static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                     "j", "k", "l", "m", "n", "o", "p", "q"};
  Map map = {0};
  Vector vector;
  vector_init(&vector, sizeof(int), 1000);
  int status = 0;
  for (int index = 0; status == 0 && index < 17; index++) {
    if (!map_put(&map, string_view_from(keys[index]), NULL) || !vector_push_copy(&vector, &index)) {
      status = error_set(ret_error, ERROR_NO_MEMORY, "no room");
    }
  }
  map_finish(&map);
  vector_finish(&vector);
  return status;
}

static int compare_ints(const void *left, const void *right) {
  return *(const int *)left - *(const int *)right;
}

// Sorting goes on without memory, only slower.
static void sorting_needs_no_memory(void **state) {
  (void)state;
  Vector vector;
  vector_init(&vector, sizeof(int), 1000);
  for (int index = 0; index < 100; index++) {
    assert_true(vector_push_copy(&vector, &(int){(index * 37) % 100}));
  }
  torture_arm(TORTURE_MEMORY, 1, false);
  vector_sort(&vector, compare_ints);
  torture_disarm();
  for (int index = 0; index < 100; index++) {
    assert_int_equal(*(int *)vector_at(&vector, (size_t)index), index);
  }
  vector_finish(&vector);
}

// ---- The peer: what it cannot answer for lack of memory it logs ----

typedef struct Session {
  RpcPeer *peer;
  int answers;
  int callbacks;
} Session;

static void on_send(void *context, StringView message) {
  Session *session = context;
  session->answers += string_view_contains(message, SV("\"id\":7,"));
}

static void on_log(void *context, const char *message) {
  (void)context;
  (void)message;
}

static void on_request(void *context, RpcRequest *request, const void *params) {
  (void)context;
  rpc_request_reply(request, &lsp_show_message_params_type, params);
}

static void on_notification(void *context, const void *params) {
  Session *session = context;
  rpc_peer_notify(session->peer, "window/showMessage", &lsp_show_message_params_type, params);
}

static void on_result(void *user, const JsonValue *result, const Error *error) {
  (void)result;
  (void)error;
  ((Session *)user)->callbacks++;
}

static const RpcMethod methods[] = {
    {.name = "ask", .params = &lsp_show_message_params_type, .request = on_request},
    {.name = "tell", .params = &lsp_show_message_params_type, .notification = on_notification},
};

#define FRAME(length, content) "Content-Length: " length "\r\n\r\n" content

static int talk(Error *ret_error) {
  static const char input[] =
      FRAME("74", "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ask\",\"params\":{\"type\":1,\"message\":\"\\n\"}}")
          FRAME("71", "{\"jsonrpc\":\"2.0\",\"method\":\"tell\",\"params\":{\"type\":1,\"message\":\"hello\"}}")
              FRAME("45", "{\"jsonrpc\":\"2.0\",\"method\":\"tell\",\"params\":{}}")
                  FRAME("37", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[1]}") FRAME("3", "{x}");
  Session session = {0};
  RpcPeerOptions options = {.context = &session, .methods = methods, .method_count = 2, .send = on_send, .log = on_log};
  int status = rpc_peer_create(&options, &session.peer, ret_error);
  if (status != 0) {
    return status;
  }
  rpc_peer_set_state(session.peer, RPC_STATE_RUNNING);
  int call_status = rpc_peer_call_raw(session.peer, "question", SV("[]"), on_result, &session, ret_error);
  rpc_peer_receive(session.peer, string_view_from(input));
  size_t open_requests = rpc_peer_open_requests(session.peer);
  rpc_peer_destroy(session.peer);
  if (!torture.has_failed && (session.answers != 1 || session.callbacks != 1)) {
    return error_set(ret_error, ERROR_INTERNAL, "%d answers, %d callbacks", session.answers, session.callbacks);
  }
  if (session.answers > 1 || session.callbacks > 1 || open_requests > 0) {
    return error_set(ret_error, ERROR_INTERNAL, "an answer too many");
  }
  if (torture.has_failed && call_status == 0) {
    return error_set(ret_error, ERROR_NO_MEMORY, "failed inside, and survived");
  }
  return call_status;
}

static void parsing_and_decoding(void **state) {
  (void)state;
  torment(parse_and_decode);
}

static void schemas(void **state) {
  (void)state;
  torment(write_schema);
}

static void line_indexes(void **state) {
  (void)state;
  torment(index_and_edit);
}

static void uris(void **state) {
  (void)state;
  torment(convert_uri);
}

static void containers(void **state) {
  (void)state;
  torment(fill_containers);
}

static void peers(void **state) {
  (void)state;
  torment(talk);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parsing_and_decoding),
      cmocka_unit_test(schemas),
      cmocka_unit_test(line_indexes),
      cmocka_unit_test(uris),
      cmocka_unit_test(containers),
      cmocka_unit_test(sorting_needs_no_memory),
      cmocka_unit_test(peers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
