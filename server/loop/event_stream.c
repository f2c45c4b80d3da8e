#include "server/loop/event_stream.h"

static const StringView byte_order_mark = {"\xEF\xBB\xBF", 3};

void event_stream_init(EventStream *stream, size_t maximum, StreamEventHandler *handler, void *user) {
  *stream = (EventStream){.handler = handler, .user = user};
  buffer_init(&stream->line, maximum);
  buffer_init(&stream->name, maximum);
  buffer_init(&stream->data, maximum);
}

void event_stream_finish(EventStream *stream) {
  buffer_finish(&stream->line);
  buffer_finish(&stream->name);
  buffer_finish(&stream->data);
}

bool event_stream_has_rest(const EventStream *stream) {
  return stream->line.length > 0 || stream->has_data || stream->name.length > 0;
}

static int end_event(EventStream *stream, Error *ret_error) {
  bool has_name = stream->name.length > 0;
  StreamEvent event = {has_name ? buffer_view(&stream->name) : SV("message"), buffer_view(&stream->data)};
  int result = stream->has_data ? stream->handler(stream->user, &event, ret_error) : 0;
  buffer_clear(&stream->name);
  buffer_clear(&stream->data);
  stream->has_data = false;
  return result;
}

static void take_field(EventStream *stream, StringView line) {
  size_t colon = string_view_find_byte(line, ':');
  StringView field = string_view_slice(line, 0, colon), value = string_view_slice(line, colon + 1, line.length);
  if (string_view_starts_with(value, SV(" ")))
    value = string_view_slice(value, 1, value.length);
  if (string_view_equal(field, SV("data"))) {
    buffer_append_text(&stream->data, stream->has_data ? "\n" : "");
    buffer_append(&stream->data, value);
    stream->has_data = true;
  } else if (string_view_equal(field, SV("event"))) {
    buffer_clear(&stream->name);
    buffer_append(&stream->name, value);
  }
}

static int end_line(EventStream *stream, Error *ret_error) {
  StringView line = buffer_view(&stream->line);
  if (!stream->is_past_beginning && string_view_starts_with(line, byte_order_mark))
    line = string_view_slice(line, byte_order_mark.length, line.length);
  stream->is_past_beginning = true;
  if (line.length == 0) {
    buffer_clear(&stream->line);
    return end_event(stream, ret_error);
  }
  take_field(stream, line);
  buffer_clear(&stream->line);
  int result = buffer_check(&stream->data, ret_error, "an event of the stream");
  return result == 0 ? buffer_check(&stream->name, ret_error, "the name of an event of the stream") : result;
}

static size_t line_length(StringView bytes) {
  size_t end = string_view_find_byte(bytes, '\n');
  return string_view_find_byte(string_view_slice(bytes, 0, end), '\r');
}

int event_stream_feed(EventStream *stream, StringView bytes, Error *ret_error) {
  int result = 0;
  while (bytes.length > 0 && result == 0) {
    bool is_second_half = stream->after_return && bytes.data[0] == '\n';
    stream->after_return = false;
    if (is_second_half) {
      bytes = string_view_slice(bytes, 1, bytes.length);
      continue;
    }
    size_t length = line_length(bytes);
    buffer_append(&stream->line, string_view_slice(bytes, 0, length));
    result = buffer_check(&stream->line, ret_error, "a line of the event stream");
    if (result < 0 || length == bytes.length)
      return result;
    stream->after_return = bytes.data[length] == '\r';
    bytes = string_view_slice(bytes, length + 1, bytes.length);
    result = end_line(stream, ret_error);
  }
  return result;
}
