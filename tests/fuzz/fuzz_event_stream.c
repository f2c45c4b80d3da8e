// An event stream says the same wherever it is cut.
#include "server/loop/event_stream.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENT_MAX 1024u
#define LOG_MAX (1u << 20)

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static int write_down(void *user, const StreamEvent *event, Error *ret_error) {
  (void)ret_error;
  require(event->name.length > 0 && event->name.length <= EVENT_MAX && event->data.length <= EVENT_MAX);
  buffer_append_format(user, "%zu %zu ", event->name.length, event->data.length);
  buffer_append(user, event->name);
  buffer_append(user, event->data);
  return 0;
}

// Returns the code; `log` holds the events, and whether something was left.
static int read_in_pieces(StringView text, size_t piece, Buffer *log) {
  EventStream stream;
  Error error = {0};
  int code = 0;
  buffer_init(log, LOG_MAX);
  event_stream_init(&stream, EVENT_MAX, write_down, log);
  for (size_t start = 0; start < text.length && code == 0; start += piece) {
    code = event_stream_feed(&stream, string_view_slice(text, start, start + piece), &error);
  }
  require(code == error.code);
  buffer_append_text(log, code == 0 && event_stream_has_rest(&stream) ? "rest" : "");
  event_stream_finish(&stream);
  return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  StringView text = {(const char *)data, size};
  Buffer whole, cut;
  size_t piece = size > 0 ? 1u + data[0] % 16u : 1;
  require(read_in_pieces(text, size + 1, &whole) == read_in_pieces(text, piece, &cut));
  require(string_view_equal(buffer_view(&whole), buffer_view(&cut)));
  buffer_finish(&whole);
  buffer_finish(&cut);
  return 0;
}
