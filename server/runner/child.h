// A child process with a control channel, driven by blocking calls from a job's thread (never from the loop's).
//
// The child leads its own process group, inherits nothing but stdin (/dev/null), stdout and stderr (captured, bounded)
// and the control channel, has limits on wall clock, CPU, memory, processes and file size, and is killed with its whole
// group when the handle is destroyed or this process dies. Commands and answers are lines of JSON on the control
// channel, which is never stdout, so a child that prints cannot disturb it.
#ifndef TESTGEN_SERVER_RUNNER_CHILD_H
#define TESTGEN_SERVER_RUNNER_CHILD_H

#include "protocol/memory/arena.h"
#include "protocol/memory/buffer.h"
#include "protocol/memory/error.h"
#include "server/base/cancel.h"

#include <stdbool.h>
#include <stdint.h>

#define CHILD_CONTROL_DESCRIPTOR 3   // where the child finds its channel
#define CHILD_LINE_MAX (16u << 20)   // bytes of one line on the channel
#define CHILD_OUTPUT_MAX (1u << 20)  // bytes kept of each of stdout and stderr: the first and last half

typedef enum SandboxMode {
  SANDBOX_NONE,    // the workspace's own tests, once it is trusted
  SANDBOX_STRICT,  // generated code: no network, read-only file system but for the scratch folder, new process
                   // namespace
  SANDBOX_MODE_COUNT
} SandboxMode;

typedef struct ChildOptions {
  const char *const *arguments;    // argv, NULL at the end; argv[0] is looked up in PATH
  const char *const *environment;  // "NAME=value", NULL at the end; NULL: this process's, without secrets (see child.c)
  const char *directory;           // working directory
  SandboxMode sandbox;
  const char *writable;         // the scratch folder inside the sandbox; may be NULL
  const char *const *readable;  // folders that stay readable in the sandbox wherever they lie (interpreter, harness);
                                // NULL at the end; may be NULL. `directory` always is
  int64_t wall_ms;              // of the whole life; 0: no limit
  int64_t cpu_ms;               // 0: no limit
  int64_t memory_bytes;         // address space; 0: no limit
  int niceness;                 // how much others go first, nice(2); 0: not at all
  const CancelToken *cancel;    // may be NULL
} ChildOptions;

typedef struct Child Child;

typedef struct ChildExit {
  int status;  // exit code; -1 when ended by a signal
  int signal;  // 0 when it exited
  bool timed_out;
  int64_t wall_ms;
  int64_t cpu_ms;     // user + system, of the child and what it waited for
  StringView output;  // captured stdout; lives as long as the handle
  StringView errors;  // captured stderr
} ChildExit;

// Failures: UNAVAILABLE (no such program, no sandbox), IO.
int child_start(const ChildOptions *options, Child **ret_child, Error *ret_error);

int child_send(Child *child, StringView line, Error *ret_error);  // adds the line break

// The next line of the channel, valid until the next call. Failures: TIMEOUT, CANCELLED, CHILD (it ended or closed the
// channel: the message says how and quotes the last line of stderr), LIMIT.
int child_receive(Child *child, StringView *ret_line, Error *ret_error);

// The same, but CHILD_NOTHING_YET when no line has come after `milliseconds`.
#define CHILD_NOTHING_YET 1
int child_receive_within(Child *child, int64_t milliseconds, StringView *ret_line, Error *ret_error);

// Between two uses a child has no deadline, and nobody cancels it. child_resume is false when it has ended meanwhile.
void child_rest(Child *child);
bool child_resume(Child *child, int64_t wall_ms, const CancelToken *cancel);  // as in ChildOptions

int child_wait(Child *child, ChildExit *ret_exit, Error *ret_error);  // closes the channel, waits for the end
void child_destroy(Child *child);                                     // kills the group if it still runs; accepts NULL

// Whether the sandbox can be used here; the message says what is missing and what to type.
int sandbox_check(Error *ret_error);

#endif
