// The protocol's stream: bytes in from stdin, bytes out to what stdout was when the process started.
//
// stdio_take moves the real stdout to a private descriptor and points descriptor 1 at stderr, so that nothing but this
// module can write to the stream: not a library, not a child, not a stray printf.
#ifndef TESTGEN_SERVER_LOOP_STDIO_H
#define TESTGEN_SERVER_LOOP_STDIO_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"

#include <uv.h>

typedef struct Stdio Stdio;

typedef struct StdioOptions {
  void *context;
  void (*received)(void *context, StringView bytes);
  void (*ended)(void *context);  // stdin reached its end, or either stream failed; once
  int input;                     // descriptor to read instead of stdin; -1: stdin
} StdioOptions;

int stdio_take(int *ret_output, Error *ret_error);

int stdio_create(uv_loop_t *loop, int output, const StdioOptions *options, Stdio **ret_stdio, Error *ret_error);
void stdio_send(Stdio *stdio, StringView bytes);  // copies; what cannot be sent at once waits
size_t stdio_pending(const Stdio *stdio);         // bytes that wait
void stdio_stop_reading(Stdio *stdio);
void stdio_destroy(Stdio *stdio);  // what waits is lost; frees itself when the loop closed the handles

#endif
