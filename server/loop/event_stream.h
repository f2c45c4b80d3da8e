// Server-sent events (the WHATWG's event stream format), read as the bytes come in, wherever they are cut.
//
// Pure: no clock, no input of its own. Only the fields `event` and `data` mean something here; `id`, `retry`, comments
// and unknown fields are passed over, as the format asks.
#ifndef TESTGEN_SERVER_LOOP_EVENT_STREAM_H
#define TESTGEN_SERVER_LOOP_EVENT_STREAM_H

#include "protocol/memory/buffer.h"

typedef struct StreamEvent {
  StringView name;  // "message" unless the stream says otherwise
  StringView data;  // the data lines, joined by "\n"
} StreamEvent;

// Returns 0, or a failure that ends the reading. The views live until it returns.
typedef int StreamEventHandler(void *user, const StreamEvent *event, Error *ret_error);

typedef struct EventStream {
  StreamEventHandler *handler;
  void *user;
  Buffer line;  // the one at hand
  Buffer name;
  Buffer data;
  bool has_data;           // a data line was read, even an empty one
  bool after_return;       // the last byte was \r: a \n that follows ends no second line
  bool is_past_beginning;  // a byte order mark is no longer looked for
} EventStream;

// `maximum`: bytes of a line, and of an event.
void event_stream_init(EventStream *stream, size_t maximum, StreamEventHandler *handler, void *user);
void event_stream_finish(EventStream *stream);  // accepts a zeroed one

// Calls the handler for every event that the bytes complete. Failures: LIMIT, NO_MEMORY, and what the handler returns;
// after one the stream is fed no further.
int event_stream_feed(EventStream *stream, StringView bytes, Error *ret_error);

// True when the stream stopped within an event, which the format says to forget: the answer was cut off.
bool event_stream_has_rest(const EventStream *stream);

#endif
