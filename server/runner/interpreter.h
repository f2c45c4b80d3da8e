// Which Python runs the workspace's tests.
#ifndef TESTGEN_SERVER_RUNNER_INTERPRETER_H
#define TESTGEN_SERVER_RUNNER_INTERPRETER_H

#include "server/runner/runner.h"

// Fills `path` and `found_by` only; starts nothing. UNAVAILABLE when the configured one does not exist.
int interpreter_find(const RunnerOptions *options, Arena *arena, InterpreterInfo *ret_info, Error *ret_error);

// The folder of the virtual environment that the interpreter belongs to; absent when there is none.
StringView interpreter_virtual_environment(StringView interpreter, Arena *arena);

#endif
