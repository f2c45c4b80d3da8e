// What children find in their environment: this process's variables without secrets, and the few that make runs
// repeatable.
#ifndef TESTGEN_SERVER_RUNNER_ENVIRONMENT_H
#define TESTGEN_SERVER_RUNNER_ENVIRONMENT_H

#include "protocol/memory/arena.h"

#include <stdbool.h>

// True for names that speak of a secret (API_KEY, GITHUB_TOKEN, DB_PASSWORD ...), in any case.
bool environment_is_secret(StringView name);

// "NAME=value", NULL at the end, in the arena. `extra` (the same shape, may be NULL) replaces what has the same name.
// NULL when memory is exhausted.
const char *const *environment_for_child(const char *const *inherited, const char *const *extra, Arena *arena);

#endif
