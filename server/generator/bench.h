// The workbench of one generation: a scratch folder with a copy of the workspace as the user sees it, and a harness
// that works on the copy inside the sandbox. Nothing here writes into the workspace.
#ifndef TESTGEN_SERVER_GENERATOR_BENCH_H
#define TESTGEN_SERVER_GENERATOR_BENCH_H

#include "server/base/temporary.h"
#include "server/generator/generator.h"

typedef struct Bench {
  StringView root;         // of the copy, absolute
  StringView scratch;      // where sandboxed code may write
  TemporaryFolder folder;  // holds both; removed by bench_close
  RunnerOptions options;
  Harness *harness;
  int64_t deadline_ns;
  bool is_sandboxed;
} Bench;

// Failures: UNTRUSTED, UNAVAILABLE (no interpreter, pytest or sandbox), CANCELLED, TIMEOUT, LIMIT (the workspace is too
// large to copy), IO.
int bench_open(const GenerateRequest *request, Arena *arena, Bench *ret_bench, Error *ret_error);
void bench_close(Bench *bench);  // accepts a zeroed one

// Calls the harness with a request struct, decodes the answer. A harness that died is started again for the next call.
int bench_call(Bench *bench, const char *command, const JsonType *request_type, const void *request,
               const JsonType *answer_type, Arena *arena, void *ret_answer, Error *ret_error);

// The same in a harness of its own, which may take `limit_ms`: what its events say until then remains (TIMEOUT).
int bench_stream(Bench *bench, const char *command, const JsonType *request_type, const void *request, int64_t limit_ms,
                 const HarnessListener *listener, Arena *arena, Error *ret_error);

// Writes a file of the copy, from outside the sandbox.
int bench_write(Bench *bench, StringView path, StringView text, Arena *arena, Error *ret_error);
int bench_remove(Bench *bench, StringView path, Arena *arena, Error *ret_error);

int64_t bench_left_ms(const Bench *bench);  // until the deadline; never negative
// What one run of tests may take that may never end: a part of what is left.
int64_t bench_run_ms(const Bench *bench);

int workspace_copy(StringView from, StringView to, const CancelToken *cancel, Arena *arena, Error *ret_error);

#endif
