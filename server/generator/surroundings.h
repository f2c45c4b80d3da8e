// What surrounds a generation: platform, tools, files, prohibitions. Looked at once; providers get it with the request,
// and the report keeps it, so that the history shows where a test was proven.
#ifndef TESTGEN_SERVER_GENERATOR_SURROUNDINGS_H
#define TESTGEN_SERVER_GENERATOR_SURROUNDINGS_H

#include "server/generator/bench.h"

#define SURROUNDINGS_FILES_MAX 100u       // paths that are listed
#define SURROUNDINGS_PROHIBITED_MAX 100u  // tools that are listed

// Of an open bench whose harness runs. Strings live in the arena or with the request. Failures: CANCELLED, NO_MEMORY,
// IO (the copy of the workspace cannot be listed).
int surroundings_look(const GenerateRequest *request, const Bench *bench, Arena *arena, EnvironmentReport *ret_report,
                      Error *ret_error);

#endif
