// The sandbox for code that nobody has read: bubblewrap, bwrap(1).
#ifndef TESTGEN_SERVER_RUNNER_SANDBOX_H
#define TESTGEN_SERVER_RUNNER_SANDBOX_H

#include "protocol/memory/arena.h"
#include "server/runner/child.h"

#define SANDBOX_FILE_MAX (256ll << 20)  // bytes of one file that sandboxed code may write

#define SANDBOX_TEMPORARY_MAX (1ll << 30)  // bytes of everything in the sandbox's own /tmp
#define SANDBOX_PROCESSES_MAX 512          // processes and threads of sandboxed code; see testgen_harness.limits

// The arguments that run `options->arguments` inside the sandbox; in the arena. `home` may be NULL.
int sandbox_wrap(const ChildOptions *options, const char *home, Arena *arena, const char *const **ret_arguments,
                 Error *ret_error);

#endif
