// The base protocol's framing: header fields, an empty line, then Content-Length bytes.
//
// Source: LSP 3.17, "Base Protocol". Header names are compared without case; unknown headers are skipped; "\n" alone is
// accepted as a line end. A malformed header never ends the session: the framer reports it once and looks for the next
// "Content-Length: <digits>" that ends its line. That may stand in mid-line, as a message has no line break at its end;
// in JSON it cannot stand, as strings there hold no raw line break.
#ifndef TESTGEN_PROTOCOL_RPC_FRAMING_H
#define TESTGEN_PROTOCOL_RPC_FRAMING_H

#include "protocol/memory/buffer.h"
#include "protocol/memory/error.h"

#include <stdbool.h>

#define FRAME_HEADER_MAX 8192u         // bytes of one header block
#define FRAME_CONTENT_MAX (64u << 20)  // bytes of one message
#define FRAME_SKIP_MAX (1u << 30)      // a longer message than this is taken for a malformed header and not waited for
#define FRAME_FEED_MAX (1u << 20)      // bytes of one feed

typedef struct Framer {
  Buffer input;           // bytes that came and are not consumed
  size_t consumed;        // bytes of `input` handed out; removed at the next feed
  size_t content_length;  // of the message whose header was read
  size_t skip;            // bytes of an oversized message still to be dropped
  bool has_header;
  bool is_resynchronizing;
} Framer;

typedef enum FrameResult { FRAME_NEED_MORE, FRAME_MESSAGE, FRAME_MALFORMED } FrameResult;

void framer_init(Framer *framer);
void framer_finish(Framer *framer);

// After a failure (LIMIT, NO_MEMORY) what was buffered is lost, and the framer looks for the next header.
int framer_feed(Framer *framer, StringView bytes, Error *ret_error);

// The next message (valid until the next feed), or what is wrong with the input (then call again: it goes on behind
// it).
FrameResult framer_next(Framer *framer, StringView *ret_content, Error *ret_error);

// Appends header and content.
void frame_append(Buffer *output, StringView content);

// The same without a copy: begin an empty buffer, append the content, and take the framed message (absent when the
// buffer failed; valid until the buffer changes).
void frame_begin(Buffer *output);
StringView frame_end(Buffer *output);

#endif
