// Bounded capture of a child's output: the first half and the last half of what it printed.
#ifndef TESTGEN_SERVER_RUNNER_CAPTURE_H
#define TESTGEN_SERVER_RUNNER_CAPTURE_H

#include "protocol/memory/buffer.h"

#include <stdint.h>

typedef struct Capture {
  Buffer head;
  Buffer tail;       // the last bytes behind the head; trimmed when it holds twice what is kept
  size_t half;       // bytes kept of each
  uint64_t dropped;  // bytes that neither holds
} Capture;

void capture_init(Capture *capture, size_t maximum);
void capture_finish(Capture *capture);  // accepts a zeroed capture
void capture_append(Capture *capture, StringView text);

// Both halves with a line between them that says what is missing. Lives as long as the capture, until the next append.
StringView capture_join(Capture *capture);

// The last line that is not blank, for messages.
StringView capture_last_line(const Capture *capture);

#endif
