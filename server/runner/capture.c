#include "server/runner/capture.h"

#include <string.h>

#define GAP_LINE_MAX 80  // bytes of the line that says what is missing

void capture_init(Capture *capture, size_t maximum) {
  *capture = (Capture){.half = maximum / 2};
  buffer_init(&capture->head, maximum + GAP_LINE_MAX);
  buffer_init(&capture->tail, maximum);
}

void capture_finish(Capture *capture) {
  buffer_finish(&capture->head);
  buffer_finish(&capture->tail);
}

static void drop_front(Capture *capture, size_t keep) {
  if (capture->tail.length > keep) {
    size_t excess = capture->tail.length - keep;
    capture->dropped += excess;
    buffer_consume(&capture->tail, excess);
  }
}

void capture_append(Capture *capture, StringView text) {
  size_t room = capture->half > capture->head.length ? capture->half - capture->head.length : 0;
  buffer_append(&capture->head, string_view_slice(text, 0, room));
  StringView rest = string_view_slice(text, room, text.length);
  while (rest.length > 0) {
    StringView piece = string_view_slice(rest, 0, capture->half);
    if (capture->tail.length + piece.length > 2 * capture->half) {
      drop_front(capture, capture->half - piece.length);
    }
    buffer_append(&capture->tail, piece);
    rest = string_view_slice(rest, piece.length, rest.length);
  }
}

StringView capture_join(Capture *capture) {
  drop_front(capture, capture->half);
  if (capture->dropped > 0) {
    buffer_append_format(&capture->head, "\n[%llu bytes left out]\n", (unsigned long long)capture->dropped);
  }
  buffer_append(&capture->head, buffer_view(&capture->tail));
  buffer_clear(&capture->tail);
  capture->dropped = 0;
  return buffer_view(&capture->head);
}

static StringView last_line_of(StringView text) {
  StringView last = {0}, line;
  while (string_view_next(&text, '\n', &line)) {
    line = string_view_trim(line);
    last = line.length > 0 ? line : last;
  }
  return last;
}

StringView capture_last_line(const Capture *capture) {
  StringView line = last_line_of(buffer_view(&capture->tail));
  return line.data ? line : last_line_of(buffer_view(&capture->head));
}
