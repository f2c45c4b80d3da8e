#include "server/loop/stdio.h"

#include "server/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536u
#define PIPE_SIZE (1 << 20)       // bytes that the kernel holds for the client; what it allows without privileges
#define PENDING_MAX (256u << 20)  // bytes; a peer that reads nothing for so long is gone

struct Stdio {
  StdioOptions options;
  uv_loop_t *loop;
  uv_stream_t *input;   // NULL when stdin is a file
  uv_stream_t *output;  // NULL when stdout is a file
  int input_descriptor, output_descriptor;
  uv_idle_t file_reader;
  uv_pipe_t input_pipe, output_pipe;
  uv_tty_t input_tty, output_tty;
  size_t pending;
  int open_handles;
  bool has_ended, is_destroyed;
  char buffer[READ_SIZE];
};

typedef struct PendingWrite {
  uv_write_t request;
  Stdio *stdio;
  size_t length;
  char data[];
} PendingWrite;

int stdio_take(int *ret_output, Error *ret_error) {
  int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  if (output < 0)
    return error_set_errno(ret_error, errno, "standard output cannot be used");
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return error_set_errno(ret_error, errno, "standard output cannot be moved aside");
  *ret_output = output;
  return 0;
}

static void end(Stdio *stdio) {
  if (stdio->has_ended)
    return;
  stdio->has_ended = true;
  stdio->options.ended(stdio->options.context);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer) {
  (void)suggested;
  Stdio *stdio = handle->data;
  *ret_buffer = uv_buf_init(stdio->buffer, READ_SIZE);
}

static void received(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  Stdio *stdio = stream->data;
  if (size > 0)
    stdio->options.received(stdio->options.context, (StringView){buffer->base, (size_t)size});
  else if (size < 0)
    end(stdio);
}

// A file is always readable: it is read piece by piece between other events.
static void read_file_piece(uv_idle_t *reader) {
  Stdio *stdio = reader->data;
  ssize_t size = read(stdio->input_descriptor, stdio->buffer, READ_SIZE);
  if (size > 0) {
    stdio->options.received(stdio->options.context, (StringView){stdio->buffer, (size_t)size});
  } else if (size == 0 || errno != EINTR) {
    uv_idle_stop(reader);
    end(stdio);
  }
}

static int open_stream(Stdio *stdio, int descriptor, uv_pipe_t *pipe, uv_tty_t *tty, uv_stream_t **ret_stream) {
  uv_handle_type type = uv_guess_handle(descriptor);
  int failure = 0;
  if (type == UV_TTY) {
    failure = uv_tty_init(stdio->loop, tty, descriptor, 0);
    *ret_stream = (uv_stream_t *)tty;
  } else if (type == UV_NAMED_PIPE || type == UV_TCP) {
    failure = uv_pipe_init(stdio->loop, pipe, 0);
    if (failure == 0) {
      stdio->open_handles++;
      failure = uv_pipe_open(pipe, descriptor);
    }
    *ret_stream = (uv_stream_t *)pipe;
  } else {
    return 0;
  }
  if (type == UV_TTY && failure == 0)
    stdio->open_handles++;
  (*ret_stream)->data = stdio;
  return failure;
}

static int start_reading(Stdio *stdio, Error *ret_error) {
  int failure;
  if (stdio->input) {
    failure = uv_read_start(stdio->input, allocate, received);
  } else {
    failure = uv_idle_init(stdio->loop, &stdio->file_reader);
    stdio->file_reader.data = stdio;
    stdio->open_handles++;
    if (failure == 0)
      failure = uv_idle_start(&stdio->file_reader, read_file_piece);
  }
  if (failure < 0)
    return error_set(ret_error, ERROR_IO, "standard input cannot be read: %s", uv_strerror(failure));
  return 0;
}

// A large answer is then taken by the kernel in a few writes. It is the kernel's to refuse, and costs nothing but time.
static void widen_pipe(int descriptor) {
#ifdef F_SETPIPE_SZ
  if (uv_guess_handle(descriptor) == UV_NAMED_PIPE && fcntl(descriptor, F_SETPIPE_SZ, PIPE_SIZE) < 0)
    log_debug("stdio", "the pipe to the client keeps its size: %s", strerror(errno));
#else
  (void)descriptor;
#endif
}

int stdio_create(uv_loop_t *loop, int output, const StdioOptions *options, Stdio **ret_stdio, Error *ret_error) {
  Stdio *stdio = calloc(1, sizeof *stdio);
  if (!stdio)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while opening standard input");
  stdio->options = *options;
  stdio->loop = loop;
  stdio->input_descriptor = options->input >= 0 ? options->input : STDIN_FILENO;
  stdio->output_descriptor = output;
  int failure = open_stream(stdio, stdio->input_descriptor, &stdio->input_pipe, &stdio->input_tty, &stdio->input);
  if (failure == 0)
    failure = open_stream(stdio, output, &stdio->output_pipe, &stdio->output_tty, &stdio->output);
  if (failure < 0) {
    stdio_destroy(stdio);
    return error_set(ret_error, ERROR_IO, "standard input or output cannot be used: %s", uv_strerror(failure));
  }
  widen_pipe(output);
  int result = start_reading(stdio, ret_error);
  if (result < 0) {
    stdio_destroy(stdio);
    return result;
  }
  *ret_stdio = stdio;
  return 0;
}

static void written(uv_write_t *request, int status) {
  PendingWrite *write = request->data;
  Stdio *stdio = write->stdio;
  stdio->pending -= write->length;
  free(write);
  if (status < 0 && status != UV_ECANCELED)
    end(stdio);
}

static void send_to_file(Stdio *stdio, StringView bytes) {
  while (bytes.length > 0) {
    ssize_t size = write(stdio->output_descriptor, bytes.data, bytes.length);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0) {
      log_error("stdio", "writing to standard output failed: %s", strerror(errno));
      end(stdio);
      return;
    }
    bytes = string_view_slice(bytes, (size_t)size, bytes.length);
  }
}

void stdio_send(Stdio *stdio, StringView bytes) {
  if (!stdio->output) {
    send_to_file(stdio, bytes);
    return;
  }
  if (stdio->pending == 0) {  // the usual case: the kernel takes it all, nothing is copied
    uv_buf_t now = uv_buf_init((char *)(uintptr_t)bytes.data, (unsigned)bytes.length);
    int size = uv_try_write(stdio->output, &now, 1);
    if (size > 0)
      bytes = string_view_slice(bytes, (size_t)size, bytes.length);
    if (bytes.length == 0)
      return;
  }
  PendingWrite *write = NULL;
  if (stdio->pending + bytes.length <= PENDING_MAX)
    write = malloc(sizeof *write + bytes.length);
  if (!write) {
    log_error("stdio", "the client does not read: %zu bytes wait; giving up", stdio->pending + bytes.length);
    end(stdio);
    return;
  }
  memcpy(write->data, bytes.data, bytes.length);
  write->stdio = stdio;
  write->length = bytes.length;
  write->request.data = write;
  stdio->pending += bytes.length;
  uv_buf_t buffer = uv_buf_init(write->data, (unsigned)bytes.length);
  int failure = uv_write(&write->request, stdio->output, &buffer, 1, written);
  if (failure < 0) {
    stdio->pending -= bytes.length;
    free(write);
    end(stdio);
  }
}

size_t stdio_pending(const Stdio *stdio) {
  return stdio->pending;
}

void stdio_stop_reading(Stdio *stdio) {
  if (stdio->input)
    uv_read_stop(stdio->input);
  else if (stdio->file_reader.data)
    uv_idle_stop(&stdio->file_reader);
}

static void handle_closed(uv_handle_t *handle) {
  Stdio *stdio = handle->data;
  if (--stdio->open_handles == 0)
    free(stdio);
}

static void close_handle(Stdio *stdio, uv_handle_t *handle) {
  handle->data = stdio;
  uv_close(handle, handle_closed);
}

void stdio_destroy(Stdio *stdio) {
  if (!stdio || stdio->is_destroyed)
    return;
  stdio->is_destroyed = stdio->has_ended = true;
  if (stdio->open_handles == 0) {
    free(stdio);
    return;
  }
  if (stdio->input)
    close_handle(stdio, (uv_handle_t *)stdio->input);
  if (stdio->output)
    close_handle(stdio, (uv_handle_t *)stdio->output);
  if (stdio->file_reader.data)
    close_handle(stdio, (uv_handle_t *)&stdio->file_reader);
}
