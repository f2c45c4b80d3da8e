#include "server/runner/child.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/runner/capture.h"
#include "server/runner/channels.h"
#include "server/runner/environment.h"
#include "server/runner/sandbox.h"
#include "server/runner/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE 65536u
#define CANCEL_DEPTH_MAX 8  // tokens in a chain of parents that are waited for; deeper ones are only looked at
#define END_GRACE_MS 2000   // how long the end of a child may take to be reported once its channel is closed

enum { POLL_CONTROL, POLL_OUTPUT, POLL_ERRORS, POLL_REPORT, POLL_CANCEL, POLL_COUNT = POLL_CANCEL + CANCEL_DEPTH_MAX };

struct Child {
  Supervisor supervisor;
  int control;  // -1 once closed, as the next two
  int output;
  int errors;
  Capture captured_output;
  Capture captured_errors;
  Buffer lines;       // what arrived on the channel
  size_t line_start;  // of the next line in it
  size_t scanned;     // no line break before this
  bool has_ended;
  SupervisorReport report;
  bool timed_out;
  bool is_sandboxed;
  int64_t started_ns;
  int64_t ended_ns;
  int64_t deadline_ns;  // INT64_MAX: none
  const CancelToken *cancel;
  char name[64];  // base name of the program, for messages
};

// ---- Starting ----

static bool is_program(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

// As execvp(3) searches, but before the fork, so that the failure has a message.
static const char *find_program(const char *name, Arena *arena) {
  if (strchr(name, '/')) {
    return is_program(name) ? name : NULL;
  }
  const char *variable = getenv("PATH");
  StringView rest = string_view_from(variable ? variable : "/usr/local/bin:/usr/bin:/bin"), folder;
  while (string_view_next(&rest, ':', &folder)) {
    StringView path = path_join(arena, folder.length > 0 ? folder : SV("."), string_view_from(name));
    if (path.data && is_program(path.data)) {
      return path.data;
    }
  }
  return NULL;
}

static int make_plan(const ChildOptions *options, Arena *arena, SupervisorPlan *ret_plan, Error *ret_error) {
  SupervisorPlan plan = {
      .arguments = options->arguments,
      .environment = options->environment,
      .directory = options->directory,
      .cpu_ms = options->cpu_ms,
      .memory_bytes = options->memory_bytes,
      .niceness = options->niceness,
      .file_bytes = options->sandbox == SANDBOX_STRICT ? SANDBOX_FILE_MAX : 0,
  };
  if (options->sandbox == SANDBOX_STRICT) {
    int code = sandbox_wrap(options, getenv("HOME"), arena, &plan.arguments, ret_error);
    if (code != 0) {
      return code;
    }
  }
  if (!plan.environment) {
    plan.environment = environment_for_child((const char *const *)environ, NULL, arena);
  }
  if (!plan.environment) {
    return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory for its environment", options->arguments[0]);
  }
  plan.program = find_program(plan.arguments[0], arena);
  if (!plan.program) {
    return error_set(ret_error, ERROR_UNAVAILABLE, "%s: is not a program%s", plan.arguments[0],
                     strchr(plan.arguments[0], '/') ? " that can be run" : " in PATH");
  }
  *ret_plan = plan;
  return 0;
}

static Child *make_child(const ChildOptions *options, const Channels *channels, Supervisor supervisor) {
  Child *child = calloc(1, sizeof *child);
  if (!child) {
    return NULL;
  }
  child->supervisor = supervisor;
  child->control = channels->control[0];
  child->output = channels->output[0];
  child->errors = channels->errors[0];
  child->cancel = options->cancel;
  child->is_sandboxed = options->sandbox == SANDBOX_STRICT;
  child->started_ns = clock_monotonic_ns();
  child->deadline_ns = options->wall_ms > 0 ? child->started_ns + options->wall_ms * 1000000 : INT64_MAX;
  capture_init(&child->captured_output, CHILD_OUTPUT_MAX);
  capture_init(&child->captured_errors, CHILD_OUTPUT_MAX);
  buffer_init(&child->lines, CHILD_LINE_MAX + 2 * READ_SIZE);
  StringView name = path_base_name(string_view_from(options->arguments[0]));
  StringView kept = string_view_slice(name, 0, sizeof child->name - 1);
  memcpy(child->name, kept.data, kept.length);
  return child;
}

static void end_supervisor(Supervisor *supervisor) {
  descriptor_close(&supervisor->alive);
  while (waitpid(supervisor->process, NULL, 0) < 0 && errno == EINTR) {
  }
  descriptor_close(&supervisor->report);
}

static int start_planned(const ChildOptions *options, SupervisorPlan *plan, Child **ret_child, Error *ret_error) {
  Channels channels;
  int code = channels_open(&channels, ret_error);
  if (code != 0) {
    return code;
  }
  plan->null = channels.null;
  plan->control = channels.control[1];
  plan->output = channels.output[1];
  plan->errors = channels.errors[1];
  Supervisor supervisor;
  code = supervisor_start(plan, &supervisor, ret_error);
  Child *child = code == 0 ? make_child(options, &channels, supervisor) : NULL;
  channels_close(&channels, !child);
  if (code == 0 && !child) {
    end_supervisor(&supervisor);
    code = error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory to start it", options->arguments[0]);
  }
  if (code == 0) {
    *ret_child = child;
  }
  return code;
}

int child_start(const ChildOptions *options, Child **ret_child, Error *ret_error) {
  if (cancel_token_is_cancelled(options->cancel)) {
    return error_set(ret_error, ERROR_CANCELLED, "%s: was cancelled before it started", options->arguments[0]);
  }
  Arena arena;
  arena_init(&arena);
  SupervisorPlan plan;
  int code = make_plan(options, &arena, &plan, ret_error);
  if (code == 0) {
    code = start_planned(options, &plan, ret_child, ret_error);
  }
  arena_finish(&arena);
  return code;
}

// ---- Waiting for something to happen ----

static void read_capture(int *descriptor, Capture *capture) {
  char piece[READ_SIZE];
  ssize_t count = read(*descriptor, piece, sizeof piece);
  if (count > 0) {
    capture_append(capture, (StringView){piece, (size_t)count});
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    descriptor_close(descriptor);
  }
}

static void read_control(Child *child) {
  char *room = buffer_reserve(&child->lines, READ_SIZE);
  ssize_t count = room ? recv(child->control, room, READ_SIZE, 0) : 0;
  if (count > 0) {
    child->lines.length += (size_t)count;
  } else if (count == 0 || child->has_ended || (errno != EAGAIN && errno != EINTR)) {
    descriptor_close(&child->control);
  }
}

static void read_report(Child *child) {
  SupervisorReport report;
  ssize_t count = read(child->supervisor.report, &report, sizeof report);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  child->report = count == sizeof report ? report : (SupervisorReport){.status = SIGKILL};  // the supervisor was killed
  child->has_ended = true;
  child->ended_ns = clock_monotonic_ns();
}

static size_t list_descriptors(const Child *child, bool wants_to_send, struct pollfd *polls) {
  polls[POLL_CONTROL] = (struct pollfd){child->control, (short)(POLLIN | (wants_to_send ? POLLOUT : 0)), 0};
  polls[POLL_OUTPUT] = (struct pollfd){child->output, POLLIN, 0};
  polls[POLL_ERRORS] = (struct pollfd){child->errors, POLLIN, 0};
  polls[POLL_REPORT] = (struct pollfd){child->has_ended ? -1 : child->supervisor.report, POLLIN, 0};
  size_t count = POLL_CANCEL;
  for (const CancelToken *token = child->cancel; token && count < POLL_COUNT; token = token->parent) {
    polls[count++] = (struct pollfd){token->wakeup, POLLIN, 0};
  }
  return count;
}

static int poll_timeout(int64_t deadline_ns) {
  if (deadline_ns == INT64_MAX) {
    return -1;
  }
  int64_t left = deadline_ns - clock_monotonic_ns();
  int64_t milliseconds = left <= 0 ? 0 : (left + 999999) / 1000000;
  return milliseconds < INT_MAX ? (int)milliseconds : INT_MAX;
}

static void read_what_arrived(Child *child, const struct pollfd *polls) {
  if (polls[POLL_CONTROL].revents & (POLLIN | POLLHUP | POLLERR)) {
    read_control(child);
  }
  if (polls[POLL_OUTPUT].revents) {
    read_capture(&child->output, &child->captured_output);
  }
  if (polls[POLL_ERRORS].revents) {
    read_capture(&child->errors, &child->captured_errors);
  }
  if (polls[POLL_REPORT].revents) {
    read_report(child);
  }
}

// Waits until something can be read (and reads a piece of it), or sent. Failures: TIMEOUT at `deadline_ns`, CANCELLED;
// neither has a message, because only the caller knows what was being done.
static int pump(Child *child, bool wants_to_send, int64_t deadline_ns) {
  if (cancel_token_is_cancelled(child->cancel)) {
    return ERROR_CANCELLED;
  }
  struct pollfd polls[POLL_COUNT];
  nfds_t count = list_descriptors(child, wants_to_send, polls);
  int ready = poll(polls, count, poll_timeout(deadline_ns));
  if (ready < 0 && errno != EINTR) {
    return ERROR_IO;
  }
  if (ready > 0) {
    read_what_arrived(child, polls);
  }
  if (cancel_token_is_cancelled(child->cancel)) {
    return ERROR_CANCELLED;
  }
  return clock_monotonic_ns() >= deadline_ns ? ERROR_TIMEOUT : 0;
}

static int fail_pump(Child *child, int code, Error *ret_error) {
  if (code == ERROR_TIMEOUT) {
    child->timed_out = true;
    return error_set(ret_error, ERROR_TIMEOUT, "%s: did not finish within %lld ms", child->name,
                     (long long)((child->deadline_ns - child->started_ns) / 1000000));
  }
  if (code == ERROR_CANCELLED) {
    return error_set(ret_error, ERROR_CANCELLED, "%s: was cancelled", child->name);
  }
  return error_set(ret_error, ERROR_IO, "%s: its channels cannot be waited for", child->name);
}

void child_rest(Child *child) {
  child->deadline_ns = INT64_MAX;
  child->cancel = NULL;
}

bool child_resume(Child *child, int64_t wall_ms, const CancelToken *cancel) {
  struct pollfd polls[POLL_COUNT];
  nfds_t count = list_descriptors(child, false, polls);
  if (poll(polls, count, 0) > 0) {
    read_what_arrived(child, polls);
  }
  child->started_ns = clock_monotonic_ns();
  child->deadline_ns = wall_ms > 0 ? child->started_ns + wall_ms * 1000000 : INT64_MAX;
  child->cancel = cancel;
  return !child->has_ended && child->control >= 0;
}

// ---- Saying how it ended ----

// bwrap ends with 128 + the signal that ended what it ran.
static int signal_of(const Child *child) {
  int status = child->report.status;
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status);
  }
  return child->is_sandboxed && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : 0;
}

static int fail_ended(Child *child, Error *ret_error) {
  StringView last = capture_last_line(&child->captured_errors);
  const char *before = last.length > 0 ? ": " : "";
  if (child->report.failure != 0) {
    return error_set_errno(ret_error, child->report.failure, "%s: cannot be started", child->name);
  }
  if (!child->has_ended) {
    return error_set(ret_error, ERROR_CHILD, "%s: closed its channel without an answer%s%.*s", child->name, before,
                     SV_ARGUMENTS(last));
  }
  int number = signal_of(child);
  if (number == SIGXCPU || (number == SIGKILL && child->timed_out)) {
    return error_set(ret_error, ERROR_TIMEOUT, "%s: used more processor time than it may", child->name);
  }
  if (number != 0) {
    const char *name = sigabbrev_np(number);
    return error_set(ret_error, ERROR_CHILD, "%s: was ended by signal %d (SIG%s)%s%.*s", child->name, number,
                     name ? name : "?", before, SV_ARGUMENTS(last));
  }
  return error_set(ret_error, ERROR_CHILD, "%s: ended with exit code %d%s%.*s", child->name,
                   WEXITSTATUS(child->report.status), before, SV_ARGUMENTS(last));
}

// Reads until both captures are closed; only what is in the pipes can still come.
static void drain(Child *child) {
  while (child->has_ended && (child->output >= 0 || child->errors >= 0)) {
    struct pollfd polls[2] = {{child->output, POLLIN, 0}, {child->errors, POLLIN, 0}};
    if (poll(polls, 2, 0) <= 0) {
      return;
    }
    if (polls[0].revents) {
      read_capture(&child->output, &child->captured_output);
    }
    if (polls[1].revents) {
      read_capture(&child->errors, &child->captured_errors);
    }
  }
}

// Without the limit of the deadline: waits for the report of a child that is ending anyway.
static void await_end(Child *child, int64_t milliseconds) {
  int64_t limit_ns = clock_monotonic_ns() + milliseconds * 1000000;
  while (!child->has_ended && pump(child, false, limit_ns) == 0) {
  }
  drain(child);
}

// ---- The channel ----

static int send_piece(Child *child, StringView *rest, Error *ret_error) {
  ssize_t count = child->control >= 0 ? send(child->control, rest->data, rest->length, MSG_NOSIGNAL) : 0;
  if (count > 0) {
    *rest = string_view_slice(*rest, (size_t)count, rest->length);
    return 0;
  }
  if (child->control < 0 || (errno != EAGAIN && errno != EINTR)) {
    await_end(child, END_GRACE_MS);
    return fail_ended(child, ret_error);
  }
  int code = pump(child, true, child->deadline_ns);
  return code == 0 ? 0 : fail_pump(child, code, ret_error);
}

static int send_all(Child *child, StringView text, Error *ret_error) {
  while (text.length > 0) {
    int code = send_piece(child, &text, ret_error);
    if (code != 0) {
      return code;
    }
  }
  return 0;
}

int child_send(Child *child, StringView line, Error *ret_error) {
  int code = send_all(child, line, ret_error);
  return code == 0 ? send_all(child, SV("\n"), ret_error) : code;
}

static bool take_line(Child *child, StringView *ret_line) {
  StringView all = buffer_view(&child->lines);
  StringView fresh = string_view_slice(all, child->scanned, all.length);
  size_t line_break = string_view_find_byte(fresh, '\n');
  if (line_break == fresh.length) {
    child->scanned = all.length;
    return false;
  }
  size_t end = child->scanned + line_break;
  *ret_line = string_view_slice(all, child->line_start, end);
  child->line_start = child->scanned = end + 1;
  return true;
}

// Moves the unfinished line to the front. Only done when no whole line is left, so that it costs little.
static void compact_lines(Child *child) {
  buffer_consume(&child->lines, child->line_start);
  child->scanned -= child->line_start;
  child->line_start = 0;
}

static int receive_until(Child *child, int64_t limit_ns, StringView *ret_line, Error *ret_error) {
  while (!take_line(child, ret_line)) {
    compact_lines(child);
    if (child->lines.length > CHILD_LINE_MAX) {
      return error_set(ret_error, ERROR_LIMIT, "%s: sent a line of more than %u bytes", child->name, CHILD_LINE_MAX);
    }
    if (child->control < 0) {
      await_end(child, END_GRACE_MS);
      return fail_ended(child, ret_error);
    }
    if (child->has_ended) {
      read_control(child);  // what is left of it; nobody can add to it any more
      continue;
    }
    int code = pump(child, false, limit_ns < child->deadline_ns ? limit_ns : child->deadline_ns);
    if (code == ERROR_TIMEOUT && limit_ns < child->deadline_ns) {
      return CHILD_NOTHING_YET;
    }
    if (code != 0) {
      return fail_pump(child, code, ret_error);
    }
  }
  return 0;
}

int child_receive(Child *child, StringView *ret_line, Error *ret_error) {
  return receive_until(child, INT64_MAX, ret_line, ret_error);
}

int child_receive_within(Child *child, int64_t milliseconds, StringView *ret_line, Error *ret_error) {
  return receive_until(child, clock_monotonic_ns() + milliseconds * 1000000, ret_line, ret_error);
}

// ---- The end ----

static void fill_exit(Child *child, ChildExit *ret_exit) {
  int number = signal_of(child);
  *ret_exit = (ChildExit){
      .status = number != 0 ? -1 : WEXITSTATUS(child->report.status),
      .signal = number,
      .timed_out = child->timed_out || number == SIGXCPU,
      .wall_ms = (child->ended_ns - child->started_ns) / 1000000,
      .cpu_ms = child->report.cpu_ms,
      .output = capture_join(&child->captured_output),
      .errors = capture_join(&child->captured_errors),
  };
}

static void kill_child(Child *child) {
  descriptor_close(&child->supervisor.alive);
  while (!child->has_ended) {
    struct pollfd report = {child->supervisor.report, POLLIN, 0};
    if (poll(&report, 1, -1) > 0) {
      read_report(child);
    }
  }
  drain(child);
}

int child_wait(Child *child, ChildExit *ret_exit, Error *ret_error) {
  descriptor_close(&child->control);
  int code = 0;
  while (!child->has_ended && code == 0) {
    code = pump(child, false, child->deadline_ns);
  }
  if (!child->has_ended) {
    child->timed_out = code == ERROR_TIMEOUT || child->timed_out;
    kill_child(child);
  }
  drain(child);
  if (child->report.failure != 0) {
    return fail_ended(child, ret_error);
  }
  if (code != 0 && code != ERROR_TIMEOUT) {
    return fail_pump(child, code, ret_error);
  }
  fill_exit(child, ret_exit);
  return 0;
}

void child_destroy(Child *child) {
  if (!child) {
    return;
  }
  descriptor_close(&child->control);
  end_supervisor(&child->supervisor);
  descriptor_close(&child->output);
  descriptor_close(&child->errors);
  capture_finish(&child->captured_output);
  capture_finish(&child->captured_errors);
  buffer_finish(&child->lines);
  free(child);
}
