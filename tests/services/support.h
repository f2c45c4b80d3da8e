// What the end-to-end tests of the services share.
#ifndef TESTGEN_TESTS_SERVICES_SUPPORT_H
#define TESTGEN_TESTS_SERVICES_SUPPORT_H

#include "server/services/workspace.h"

// A trusted workspace of a fixture project, with the test interpreter.
Workspace *open_project(const char *name, Arena *arena);

// Parameters of that type, from JSON.
void *read_params(const JsonType *type, const char *text, Arena *arena);

#endif
