#include "server/mutation_server/server.h"

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/mutation_server/server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GRACE_MS 250u       // that running jobs get at the end
#define LAST_GRACE_MS 100u  // and once they wait for no other process any more
#define CONTROL_BYTES 4096u

static void send_bytes(void *context, StringView message) {
  MutationServer *server = context;
  if (server->client)
    stdio_send(server->client, message);
}

static void log_line(void *context, const char *message) {
  (void)context;
  log_warning("rpc", "%s", message);
}

static void receive(void *context, StringView bytes) {
  MutationServer *server = context;
  rpc_peer_receive(server->peer, bytes);
}

// ---- The end ----

static void stop_loop(uv_timer_t *timer) {
  uv_stop(timer->loop);
}

// The client is gone, so nobody waits for what is under way.
static void client_left(void *context) {
  MutationServer *server = context;
  if (server->is_exiting)
    return;
  server->is_exiting = true;
  if (server->client)
    stdio_stop_reading(server->client);
  uv_timer_start(&server->exit_timer, stop_loop, server->client && stdio_pending(server->client) > 0 ? 100 : 0, 0);
}

static void allocate_control(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer) {
  static char unused[CONTROL_BYTES];  // what is written there means nothing
  (void)handle, (void)suggested;
  *ret_buffer = uv_buf_init(unused, sizeof unused);
}

static void control_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  (void)buffer;
  if (size < 0)
    client_left(stream->data);
}

// Whoever started the server with a pipe as its standard input can end it by closing that. /dev/null says nothing.
static int watch_standard_input(MutationServer *server, Error *ret_error) {
  if (uv_guess_handle(STDIN_FILENO) != UV_NAMED_PIPE)
    return 0;
  int failure = uv_pipe_init(&server->loop, &server->control, 0);
  server->control.data = server;
  if (failure == 0)
    failure = uv_pipe_open(&server->control, STDIN_FILENO);
  if (failure == 0)
    failure = uv_read_start((uv_stream_t *)&server->control, allocate_control, control_read);
  return failure == 0 ? 0
                      : error_set(ret_error, ERROR_IO, "standard input cannot be watched: %s", uv_strerror(failure));
}

// ---- The socket ----

static int open_client(MutationServer *server, int input, int output, Error *ret_error) {
  StdioOptions options = {.context = server, .received = receive, .ended = client_left, .input = input};
  return stdio_create(&server->loop, output, &options, &server->client, ret_error);
}

// One client is all there is: when it is there nobody else can come.
static void close_listener(MutationServer *server) {
  uv_poll_stop(&server->listener);
  uv_close((uv_handle_t *)&server->listener, NULL);
  close(server->listening_descriptor);
  server->listening_descriptor = -1;
}

static void client_comes(uv_poll_t *listener, int status, int events) {
  MutationServer *server = listener->data;
  Error error = {0};
  const int on = 1;
  (void)status, (void)events;
  int descriptor = accept4(server->listening_descriptor, NULL, NULL, SOCK_CLOEXEC);
  if (descriptor < 0)
    return;  // it has left again
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  close_listener(server);
  int output = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);  // each direction has a handle of its own
  if (output >= 0 && open_client(server, descriptor, output, &error) == 0)
    return;
  log_error("socket", "the client's connection cannot be used: %s", output < 0 ? strerror(errno) : error.message);
  client_left(server);
}

static int bind_port(MutationServer *server, uint16_t *port, Error *ret_error) {
  const int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  server->listening_descriptor = descriptor;
  bool is_fine = descriptor >= 0 && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                 bind(descriptor, (struct sockaddr *)&address, size) == 0 && listen(descriptor, 1) == 0 &&
                 getsockname(descriptor, (struct sockaddr *)&address, &size) == 0;
  if (!is_fine)
    return error_set_errno(ret_error, errno, "--port %u: 127.0.0.1 cannot be listened on", *port);
  *port = ntohs(address.sin_port);
  return 0;
}

// `output` is what standard output was: whoever starts the server reads there where it listens.
static int listen_for_client(MutationServer *server, int output, Error *ret_error) {
  uint16_t port = (uint16_t)server->options->port.value;
  int result = bind_port(server, &port, ret_error);
  if (result < 0)
    return result;
  int failure = uv_poll_init(&server->loop, &server->listener, server->listening_descriptor);
  server->listener.data = server;
  if (failure == 0)
    failure = uv_poll_start(&server->listener, UV_READABLE, client_comes);
  if (failure < 0)
    return error_set(ret_error, ERROR_IO, "127.0.0.1:%u cannot be listened on: %s", port, uv_strerror(failure));
  if (dprintf(output, "Listening on 127.0.0.1:%u\n", port) < 0)
    return error_set_errno(ret_error, errno, "standard output cannot be written");
  close(output);
  return watch_standard_input(server, ret_error);
}

// ---- Setting up ----

static int open_streams(MutationServer *server, Error *ret_error) {
  int output = -1;
  int result = stdio_take(&output, ret_error);
  if (result < 0)
    return result;
  return server->options->port.present ? listen_for_client(server, output, ret_error)
                                       : open_client(server, -1, output, ret_error);
}

static int open_server(MutationServer *server, Error *ret_error) {
  RpcPeerOptions peer = {
      .context = server,
      .methods = mutation_server_methods,
      .method_count = mutation_server_method_count,
      .opening = "configure",
      .send = send_bytes,
      .log = log_line,
  };
  if (uv_loop_init(&server->loop) < 0)
    return error_set(ret_error, ERROR_UNAVAILABLE, "the event loop could not be started");
  uv_timer_init(&server->loop, &server->exit_timer);
  arena_init(&server->arena);
  store_make_run_id(clock_unix_ms(), server->id);
  int result = rpc_peer_create(&peer, &server->peer, ret_error);
  if (result == 0)
    result = job_queue_create(&server->loop, &server->jobs, ret_error);
  return result < 0 ? result : open_streams(server, ret_error);
}

static void close_handle(uv_handle_t *handle, void *unused) {
  (void)unused;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

static void close_server(MutationServer *server) {
  bool is_clean = !server->jobs || job_queue_destroy(server->jobs, GRACE_MS);
  if (!is_clean) {
    store_stop_waiting();
    is_clean = job_queue_destroy(server->jobs, LAST_GRACE_MS);
  }
  if (!is_clean)  // a thread still works on what would be freed
    _exit(0);
  rpc_peer_destroy(server->peer);
  stdio_destroy(server->client);
  if (server->listening_descriptor >= 0)
    close(server->listening_descriptor);
  uv_walk(&server->loop, close_handle, NULL);
  uv_run(&server->loop, UV_RUN_DEFAULT);
  uv_loop_close(&server->loop);
  arena_finish(&server->arena);
}

int mutation_server_run(const MutationServerOptions *options, Error *ret_error) {
  MutationServer *server = calloc(1, sizeof *server);
  if (!server)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting the mutation server");
  server->options = options;
  server->listening_descriptor = -1;
  signal(SIGPIPE, SIG_IGN);
  int result = open_server(server, ret_error);
  if (result < 0)
    return result;  // the process ends, and with it what was opened
  uv_run(&server->loop, UV_RUN_DEFAULT);
  close_server(server);
  free(server);
  return 0;
}
