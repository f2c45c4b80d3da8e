// Event streams, whole and cut at every byte.
#include "server/loop/event_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

typedef struct Log {
  Buffer text;  // "name=data;" per event
  int answer;   // of the handler
} Log;

static int write_down(void *user, const StreamEvent *event, Error *ret_error) {
  Log *log = user;
  buffer_append_format(&log->text, "%.*s=%.*s;", SV_ARGUMENTS(event->name), SV_ARGUMENTS(event->data));
  return log->answer < 0 ? error_set(ret_error, (ErrorCode)log->answer, "enough") : 0;
}

static const struct {
  const char *stream;
  const char *events;
  bool has_rest;
} rows[] = {
    {"data: a\n\n", "message=a;", false},
    {"event: delta\ndata: a\n\ndata: b\n\n", "delta=a;message=b;", false},
    {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "message=a;message=b;message=c;", false},
    {"data: a\ndata: b\ndata\n\n", "message=a\nb\n;", false},
    {"data:no space\ndata:  two\n\n", "message=no space\n two;", false},
    {": a comment\nid: 1\nretry: 5\nunknown: x\ndata: a\n\n", "message=a;", false},
    {"event: lost\n\ndata: a\n\n", "message=a;", false},
    {"\n\n\n", "", false},
    {"\xEF\xBB\xBF"
     "data: a\n\n",
     "message=a;", false},
    {"data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     "message=a;", false},
    {"data: {\"x\": \"\xC3\xBC\"}\n\ndata: [DONE]\n\n", "message={\"x\": \"\xC3\xBC\"};message=[DONE];", false},
    {"data: a\n\ndata: b\n", "message=a;", true},
    {"data: a\n\ndat", "message=a;", true},
    {"data: a\n\nevent: x\n", "message=a;", true},
};

static void check(const char *text, const char *wanted, bool has_rest, size_t piece) {
  Log log = {0};
  Error error = {0};
  EventStream stream;
  buffer_init(&log.text, 4096);
  event_stream_init(&stream, 4096, write_down, &log);
  StringView rest = string_view_from(text);
  while (rest.length > 0) {
    assert_int_equal(event_stream_feed(&stream, string_view_slice(rest, 0, piece), &error), 0);
    rest = string_view_slice(rest, piece, rest.length);
  }
  assert_true(string_view_equal_text(buffer_view(&log.text), wanted));
  assert_int_equal(event_stream_has_rest(&stream), has_rest);
  event_stream_finish(&stream);
  buffer_finish(&log.text);
}

static void streams_cut_anywhere(void **state) {
  (void)state;
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
    for (size_t piece = 1; piece <= strlen(rows[row].stream); piece++)
      check(rows[row].stream, rows[row].events, rows[row].has_rest, piece);
}

static int feed_with_maximum(size_t maximum, const char *text, int answer, Error *error) {
  Log log = {.answer = answer};
  EventStream stream;
  buffer_init(&log.text, 4096);
  event_stream_init(&stream, maximum, write_down, &log);
  int result = event_stream_feed(&stream, string_view_from(text), error);
  event_stream_finish(&stream);
  buffer_finish(&log.text);
  return result;
}

static void maxima_are_kept(void **state) {
  (void)state;
  Error line = {0}, event = {0}, fine = {0};
  assert_int_equal(feed_with_maximum(16, "data: 0123456789abcdef", 0, &line), ERROR_LIMIT);
  assert_non_null(strstr(line.message, "a line of the event stream"));
  assert_int_equal(feed_with_maximum(16, "data: 12345678\ndata: 12345678\n\n", 0, &event), ERROR_LIMIT);
  assert_non_null(strstr(event.message, "an event of the stream"));
  assert_int_equal(feed_with_maximum(16, "data: 12345678\n\ndata: 12345678\n\n", 0, &fine), 0);
}

static void the_handler_can_stop(void **state) {
  (void)state;
  Error error = {0};
  assert_int_equal(feed_with_maximum(64, "data: a\n\ndata: b\n\n", ERROR_PROTOCOL, &error), ERROR_PROTOCOL);
  assert_string_equal(error.message, "enough");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams_cut_anywhere),
      cmocka_unit_test(maxima_are_kept),
      cmocka_unit_test(the_handler_can_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
