#include "server/editor/session.h"

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/editor/document.h"
#include "server/editor/folder.h"
#include "server/editor/operation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GRACE_MS 250u          // that running jobs get at the end
#define LAST_GRACE_MS 100u     // and once they wait for no other process any more
#define SLOW_TURN_NS 20000000  // a loop turn that takes longer is logged

static void send_bytes(void *context, StringView message) {
  Session *session = context;
  if (session->stdio)
    stdio_send(session->stdio, message);
}

static void log_line(void *context, const char *message) {
  (void)context;
  log_warning("rpc", "%s", message);
}

static void mirror(Session *session, StringView bytes) {
  while (session->mirror_descriptor >= 0 && bytes.length > 0) {
    ssize_t size = write(session->mirror_descriptor, bytes.data, bytes.length);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0) {
      log_error("mirror", "%s: %s; mirroring ends here", session->options.mirror, strerror(errno));
      close(session->mirror_descriptor);
      session->mirror_descriptor = -1;
      return;
    }
    bytes = string_view_slice(bytes, (size_t)size, bytes.length);
  }
}

static void receive(void *context, StringView bytes) {
  Session *session = context;
  int64_t started = clock_monotonic_ns();
  mirror(session, bytes);
  rpc_peer_receive(session->peer, bytes);
  int64_t took = clock_monotonic_ns() - started;
  if (took > SLOW_TURN_NS)
    log_debug("loop", "a turn took %lld ms for %zu bytes of input", (long long)took / 1000000, bytes.length);
}

// ---- The end ----

static void stop_loop(uv_timer_t *timer) {
  uv_stop(timer->loop);
}

void session_exit(Session *session, int exit_code) {
  if (session->is_exiting)
    return;
  session->is_exiting = true;
  session->exit_code = exit_code;
  operations_cancel(session, (StringView){0});
  stdio_stop_reading(session->stdio);
  // Answers that were just written leave first.
  uv_timer_start(&session->exit_timer, stop_loop, stdio_pending(session->stdio) > 0 ? 100 : 0, 0);
}

static bool is_busy(const Session *session) {
  return rpc_peer_open_requests(session->peer) > 0 || job_queue_active(session->jobs, LANE_OPERATION) > 0 ||
         job_queue_active(session->jobs, LANE_ANALYSIS) > 0;
}

// A replay lets what is running come to its end, unlike an editor that closed its end of the pipe.
static void exit_when_idle(uv_timer_t *timer) {
  Session *session = timer->data;
  if (!is_busy(session))
    session_exit(session, session->was_shut_down ? 0 : 1);
}

static void input_ended(void *context) {
  Session *session = context;
  if (session->options.replay && !session->is_exiting)
    uv_timer_start(&session->exit_timer, exit_when_idle, 10, 10);
  else
    session_exit(session, session->was_shut_down ? 0 : 1);
}

// ---- Setting up ----

static int open_mirror(Session *session, Error *ret_error) {
  session->mirror_descriptor = -1;
  if (!session->options.mirror)
    return 0;
  session->mirror_descriptor = open(session->options.mirror, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (session->mirror_descriptor < 0)
    return error_set_errno(ret_error, errno, "%s: the mirror file cannot be written", session->options.mirror);
  return 0;
}

static int open_streams(Session *session, Error *ret_error) {
  int output = -1;
  StdioOptions options = {.context = session, .received = receive, .ended = input_ended, .input = -1};
  int result = stdio_take(&output, ret_error);
  if (result == 0 && session->options.replay) {
    options.input = open(session->options.replay, O_RDONLY | O_CLOEXEC);
    if (options.input < 0)
      return error_set_errno(ret_error, errno, "%s: the recorded session cannot be read", session->options.replay);
  }
  return result < 0 ? result : stdio_create(&session->loop, output, &options, &session->stdio, ret_error);
}

static void init_timers(Session *session) {
  uv_timer_init(&session->loop, &session->parent_timer);
  uv_timer_init(&session->loop, &session->exit_timer);
  session->parent_timer.data = session->exit_timer.data = session;
  session->parent_descriptor = -1;
  uv_unref((uv_handle_t *)&session->parent_timer);
}

static int open_session(Session *session, Error *ret_error) {
  RpcPeerOptions peer = {
      .context = session,
      .methods = session_methods,
      .method_count = session_method_count,
      .send = send_bytes,
      .log = log_line,
  };
  if (uv_loop_init(&session->loop) < 0)
    return error_set(ret_error, ERROR_UNAVAILABLE, "the event loop could not be started");
  init_timers(session);
  vector_init(&session->folders, sizeof(Folder *), 1000);
  map_init(&session->documents);
  store_make_run_id(clock_unix_ms(), session->id);
  int result = open_mirror(session, ret_error);
  if (result == 0)
    result = rpc_peer_create(&peer, &session->peer, ret_error);
  if (result == 0)
    result = syntax_parser_create(language_at(0), &session->parser, ret_error);
  if (result == 0)
    result = job_queue_create(&session->loop, &session->jobs, ret_error);
  return result < 0 ? result : open_streams(session, ret_error);
}

static void close_handle(uv_handle_t *handle, void *unused) {
  (void)unused;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

static void close_session(Session *session) {
  bool is_clean = !session->jobs || job_queue_destroy(session->jobs, GRACE_MS);
  if (!is_clean) {
    store_stop_waiting();
    is_clean = job_queue_destroy(session->jobs, LAST_GRACE_MS);
  }
  if (session->mirror_descriptor >= 0)
    close(session->mirror_descriptor);
  if (!is_clean)  // a thread still works on what would be freed
    _exit(session->exit_code);
  documents_close(session);
  folders_close(session);
  rpc_peer_destroy(session->peer);
  stdio_destroy(session->stdio);
  uv_walk(&session->loop, close_handle, NULL);
  uv_run(&session->loop, UV_RUN_DEFAULT);
  uv_loop_close(&session->loop);
  syntax_parser_destroy(session->parser);
  for (int layer = 0; layer < SETTINGS_LAYER_COUNT; layer++)
    arena_finish(&session->settings_arenas[layer]);
  if (session->parent_descriptor >= 0)
    close(session->parent_descriptor);
}

int session_run(const SessionOptions *options) {
  Session *session = calloc(1, sizeof *session);
  Error error = {0};
  if (!session)
    return 1;
  session->options = *options;
  session->exit_code = 1;
  signal(SIGPIPE, SIG_IGN);
  if (open_session(session, &error) == 0)
    uv_run(&session->loop, UV_RUN_DEFAULT);
  else
    log_error("session", "%s", error.message);
  int exit_code = session->exit_code;
  if (error.code == 0)
    close_session(session);
  free(session);
  return exit_code;
}

// ---- Saying things to the user ----

void session_show(Session *session, LspMessageType type, const char *format, ...) {
  Error text = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&text, ERROR_INTERNAL, format, arguments);
  va_end(arguments);
  LspShowMessageParams params = {.type = (uint32_t)type, .message = string_view_from(text.message)};
  rpc_peer_notify(session->peer, "window/showMessage", &lsp_show_message_params_type, &params);
}
