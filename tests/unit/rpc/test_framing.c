#include "protocol/rpc/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// What a framer makes of the input: contents in order, "!" for each malformed piece.
static void collect(Framer *framer, Buffer *log) {
  for (;;) {
    StringView content;
    Error error = {0};
    FrameResult result = framer_next(framer, &content, &error);
    if (result == FRAME_NEED_MORE) {
      return;
    }
    if (result == FRAME_MALFORMED) {
      assert_int_not_equal(error.code, 0);
      buffer_append_byte(log, '!');
    } else {
      buffer_append_byte(log, '<');
      buffer_append(log, content);
      buffer_append_byte(log, '>');
    }
  }
}

static void check_cut(StringView input, size_t cut, const char *expected) {
  Framer framer;
  framer_init(&framer);
  Buffer log;
  buffer_init(&log, 100000);
  assert_int_equal(framer_feed(&framer, string_view_slice(input, 0, cut), NULL), 0);
  collect(&framer, &log);
  assert_int_equal(framer_feed(&framer, string_view_slice(input, cut, input.length), NULL), 0);
  collect(&framer, &log);
  assert_string_equal(buffer_view(&log).data, expected);
  buffer_finish(&log);
  framer_finish(&framer);
}

static void check_bytewise(StringView input, const char *expected) {
  Framer framer;
  framer_init(&framer);
  Buffer log;
  buffer_init(&log, 100000);
  for (size_t index = 0; index < input.length; index++) {
    assert_int_equal(framer_feed(&framer, string_view_slice(input, index, index + 1), NULL), 0);
    collect(&framer, &log);
  }
  assert_string_equal(buffer_view(&log).data, expected);
  buffer_finish(&log);
  framer_finish(&framer);
}

static void input_may_be_cut_anywhere(void **state) {
  (void)state;
  static const struct {
    const char *input;
    const char *expected;
  } cases[] = {
      {"Content-Length: 2\r\n\r\n{}", "<{}>"},
      {"Content-Length: 2\r\n\r\n{}Content-Length: 4\r\n\r\nnull", "<{}><null>"},
      {"Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\nx", "<><x>"},
      {"content-LENGTH:2\n\n{}", "<{}>"},
      {"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length:   2  \r\n\r\n{}", "<{}>"},
      {"Content-Length: 2\r\nX-Other: a:b\r\n\r\n{}", "<{}>"},
      {"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "<{}>"},
      {"Content-Length: 002\r\n\r\n{}", "<{}>"},
      {"Content-Length: 16\r\n\r\nContent-Length: Content-Length: 1\r\n\r\nx", "<Content-Length: ><x>"},
      {"Content-Length: x\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: -5\r\n\r\nContent-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: +2\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length:\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: 2 3\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: 99999999999999999999\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: 9999999999\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Type: x\r\n\r\nContent-Length: 2\r\n\r\n[]", "!<[]>"},
      {"\r\nContent-Length: 2\r\n\r\n[]", "!<[]>"},
      {"no header at all\r\nContent-Length: 2\r\n\r\n[]", "!<[]>"},
      {"{\"jsonrpc\":\"2.0\"}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[0]", "!<[0]>"},
      {"Content-Length 2\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "!<[]>"},
      {"garbage ccc Content-Len cContent-Length: 2\r\n\r\n[]", "!<[]>"},
      {"garbage\nConTent-length: 2\r\nOther: 1\r\n\r\n[]", "!<[]>"},
      {"Content-Length: 2\r\n\r\n{", ""},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    StringView input = string_view_from(cases[index].input);
    for (size_t cut = 0; cut <= input.length; cut++) {
      check_cut(input, cut, cases[index].expected);
    }
    check_bytewise(input, cases[index].expected);
  }
}

static void a_header_has_a_limit(void **state) {
  (void)state;
  Framer framer;
  framer_init(&framer);
  Buffer log;
  buffer_init(&log, 1000);
  for (size_t index = 0; index < 3 * FRAME_HEADER_MAX; index++) {
    assert_int_equal(framer_feed(&framer, SV("x"), NULL), 0);
    collect(&framer, &log);
  }
  assert_int_equal(framer_feed(&framer, SV("Content-Length: 1\r\n\r\nx"), NULL), 0);
  collect(&framer, &log);
  assert_string_equal(log.data, "!<x>");
  assert_true(framer.input.length <= 2 * FRAME_HEADER_MAX);
  buffer_finish(&log);
  framer_finish(&framer);
}

static void an_oversized_message_is_skipped(void **state) {
  (void)state;
  Framer framer;
  framer_init(&framer);
  Buffer log;
  buffer_init(&log, 1000);
  char header[64];
  size_t size = (size_t)FRAME_CONTENT_MAX + 1000;
  int length = snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", size);
  assert_int_equal(framer_feed(&framer, (StringView){header, (size_t)length}, NULL), 0);
  char *piece = calloc(1, FRAME_FEED_MAX);
  assert_non_null(piece);
  for (size_t left = size; left > 0;) {
    size_t now = left < FRAME_FEED_MAX ? left : FRAME_FEED_MAX;
    assert_int_equal(framer_feed(&framer, (StringView){piece, now}, NULL), 0);
    collect(&framer, &log);
    assert_true(framer.input.capacity < 4 * (size_t)FRAME_FEED_MAX);
    left -= now;
  }
  assert_int_equal(framer_feed(&framer, SV("Content-Length: 1\r\n\r\nx"), NULL), 0);
  collect(&framer, &log);
  assert_string_equal(log.data, "!<x>");
  free(piece);
  buffer_finish(&log);
  framer_finish(&framer);
}

static void too_large_a_feed_is_refused_and_survived(void **state) {
  (void)state;
  Framer framer;
  framer_init(&framer);
  char *piece = calloc(1, FRAME_FEED_MAX + 1);
  Error error = {0};
  assert_int_equal(framer_feed(&framer, (StringView){piece, FRAME_FEED_MAX + 1}, &error), ERROR_LIMIT);
  Buffer log;
  buffer_init(&log, 1000);
  assert_int_equal(framer_feed(&framer, SV("rest}Content-Length: 1\r\n\r\nx"), NULL), 0);
  collect(&framer, &log);
  assert_string_equal(log.data, "<x>");
  free(piece);
  buffer_finish(&log);
  framer_finish(&framer);
}

static void memory_of_a_large_message_is_given_back(void **state) {
  (void)state;
  Framer framer;
  framer_init(&framer);
  StringView content;
  size_t size = 900000;
  char *piece = calloc(1, size);
  char header[64];
  int length = snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", size);
  framer_feed(&framer, (StringView){header, (size_t)length}, NULL);
  framer_feed(&framer, (StringView){piece, size}, NULL);
  assert_int_equal(framer_next(&framer, &content, NULL), FRAME_MESSAGE);
  assert_int_equal(content.length, size);
  framer_feed(&framer, SV("Content-Length"), NULL);
  assert_true(framer.input.capacity <= 100000);
  free(piece);
  framer_finish(&framer);
}

static void frames_are_written(void **state) {
  (void)state;
  Buffer output;
  buffer_init(&output, 1000);
  frame_append(&output, SV("{}"));
  frame_append(&output, SV(""));
  assert_string_equal(output.data, "Content-Length: 2\r\n\r\n{}Content-Length: 0\r\n\r\n");
  buffer_clear(&output);
  frame_begin(&output);
  buffer_append(&output, SV("0123456789"));
  assert_true(string_view_equal(frame_end(&output), SV("Content-Length: 10\r\n\r\n0123456789")));
  buffer_finish(&output);
  buffer_init(&output, 45);
  frame_begin(&output);
  buffer_append(&output, SV("0123456789"));
  assert_null(frame_end(&output).data);
  buffer_finish(&output);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(input_may_be_cut_anywhere),
      cmocka_unit_test(a_header_has_a_limit),
      cmocka_unit_test(an_oversized_message_is_skipped),
      cmocka_unit_test(too_large_a_feed_is_refused_and_survived),
      cmocka_unit_test(memory_of_a_large_message_is_given_back),
      cmocka_unit_test(frames_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
