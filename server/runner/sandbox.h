// The sandbox for code that nobody has read: bubblewrap, bwrap(1).
#ifndef TESTGEN_SERVER_RUNNER_SANDBOX_H
#define TESTGEN_SERVER_RUNNER_SANDBOX_H

#include "protocol/memory/arena.h"
#include "server/runner/child.h"

#define SANDBOX_FILE_MAX (256ll << 20)  // bytes of one file that sandboxed code may write

// The arguments that run `options->arguments` inside the sandbox; in the arena. `home` may be NULL.
int sandbox_wrap(const ChildOptions *options, const char *home, Arena *arena, const char *const **ret_arguments,
                 Error *ret_error);

#endif
