#include "server/generator/bench.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/runner/interpreter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX (64u << 20)  // bytes
#define FILE_MAX (64u << 20)     // bytes
#define RUN_SHARE 5              // see bench_run_ms

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are generated");
}

// ---- The copy ----

// Files that the user changed and did not save: what the index has differs from the disk.
static int write_unsaved(Bench *bench, const GenerateRequest *request, Arena *arena, Error *ret_error) {
  FileAnalysis **files;
  size_t count = workspace_index_files(request->index, arena, &files);
  Arena working = {0};
  int result = 0;
  for (size_t index = 0; index < count && result == 0; index++) {
    StringView path = analysis_path(files[index]), text = analysis_text(files[index]), bytes;
    StringView absolute = path_join(&working, bench->root, path);
    bool is_read = absolute.data && file_read(absolute.data, FILE_MAX, &working, &bytes, NULL) == 0;
    // Text that is not UTF-8 on disk was converted, which is no change.
    if (is_read && string_view_is_utf8(bytes) && !string_view_equal(bytes, text))
      result = bench_write(bench, path, text, &working, ret_error);
    arena_reset(&working);
  }
  arena_finish(&working);
  return result;
}

static int make_folders(Bench *bench, Arena *arena, Error *ret_error) {
  int result = temporary_folder_open("generate", arena, &bench->folder, ret_error);
  if (result < 0)
    return result;
  bench->root = path_join(arena, bench->folder.path, SV("workspace"));
  bench->scratch = path_join(arena, bench->folder.path, SV("scratch"));
  if (!bench->root.data || !bench->scratch.data)
    return no_memory(ret_error);
  result = directory_create_all(bench->root.data, ret_error);
  return result == 0 ? directory_create_all(bench->scratch.data, ret_error) : result;
}

// ---- The harness ----

static int choose_sandbox(const GenerateRequest *request, Bench *bench, Error *ret_error) {
  Error problem = {0};
  int result = sandbox_check(&problem);
  bench->is_sandboxed = result == 0;
  if (result == 0 || !request->require_sandbox)
    return 0;
  return error_set(ret_error, (ErrorCode)result, "%s", problem.message);
}

static int start(Bench *bench, Error *ret_error) {
  bench->options.wall_ms = bench_left_ms(bench) + 1;
  int result = harness_start(&bench->options, &bench->harness, ret_error);
  return result == 0 ? harness_require_pytest(bench->harness, ret_error) : result;
}

static int prepare_options(const GenerateRequest *request, Bench *bench, Arena *arena, Error *ret_error) {
  InterpreterInfo interpreter;
  int result = interpreter_find(&request->runner, arena, &interpreter, ret_error);
  bench->options = request->runner;
  bench->options.root = bench->root;
  bench->options.interpreter = interpreter.path;  // as found from the workspace; the copy has no environment
  bench->options.sandbox = bench->is_sandboxed ? SANDBOX_STRICT : SANDBOX_NONE;
  bench->options.scratch = bench->scratch;
  bench->options.progress = NULL;
  return result;
}

int64_t bench_left_ms(const Bench *bench) {
  int64_t left = (bench->deadline_ns - clock_monotonic_ns()) / 1000000;
  return left > 0 ? left : 0;
}

int64_t bench_run_ms(const Bench *bench) {
  return bench_left_ms(bench) / RUN_SHARE + 1;
}

static int check_time(const Bench *bench, Error *ret_error) {
  if (cancel_token_is_cancelled(bench->options.cancel))
    return error_set(ret_error, ERROR_CANCELLED, "the generation was cancelled");
  if (bench_left_ms(bench) == 0)
    return error_set(ret_error, ERROR_TIMEOUT, "the time for the generation is over");
  return 0;
}

static int call(Bench *bench, const char *command, StringView request, Arena *arena, const JsonValue **ret_answer,
                Error *ret_error) {
  int result = check_time(bench, ret_error);
  if (result == 0 && !bench->harness)
    result = start(bench, ret_error);
  if (result == 0)
    result = harness_call(bench->harness, command, request, arena, NULL, NULL, ret_answer, ret_error);
  if (result == ERROR_CHILD || result == ERROR_PROTOCOL) {
    harness_destroy(bench->harness);
    bench->harness = NULL;
  }
  return result;
}

// Asked before the workspace is copied and explored: without pytest all of that would be for nothing.
static int probe(Bench *bench, Arena *arena, Error *ret_error) {
  const JsonValue *answer;
  return call(bench, "probe", SV("{}"), arena, &answer, ret_error);
}

int bench_open(const GenerateRequest *request, Arena *arena, Bench *ret_bench, Error *ret_error) {
  Bench bench = {.deadline_ns = clock_monotonic_ns() + request->timeout_ms * 1000000};
  if (!request->runner.is_trusted)
    return error_set(ret_error, ERROR_UNTRUSTED,
                     "%.*s is not trusted, so none of its code is run: trust the workspace in the editor",
                     SV_ARGUMENTS(request->runner.root));
  int result = choose_sandbox(request, &bench, ret_error);
  if (result == 0)
    result = make_folders(&bench, arena, ret_error);
  if (result == 0)
    result = prepare_options(request, &bench, arena, ret_error);
  if (result == 0)
    result = probe(&bench, arena, ret_error);
  if (result == 0)
    result = workspace_copy(request->runner.root, bench.root, request->runner.cancel, arena, ret_error);
  if (result == 0)
    result = write_unsaved(&bench, request, arena, ret_error);
  if (result < 0) {
    bench_close(&bench);
    return result;
  }
  *ret_bench = bench;
  return 0;
}

void bench_close(Bench *bench) {
  harness_destroy(bench->harness);
  temporary_folder_close(&bench->folder);
  *bench = (Bench){0};
}

int bench_call(Bench *bench, const char *command, const JsonType *request_type, const void *request,
               const JsonType *answer_type, Arena *arena, void *ret_answer, Error *ret_error) {
  Buffer json;
  JsonWriter writer;
  const JsonValue *answer = NULL;
  buffer_init(&json, REQUEST_MAX);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, request_type, request);
  int result = buffer_check(&json, ret_error, "the request to the test harness");
  if (result == 0)
    result = call(bench, command, buffer_view(&json), arena, &answer, ret_error);
  buffer_finish(&json);
  return result == 0 ? json_decode(answer_type, answer, arena, ret_answer, ret_error) : result;
}

int bench_stream(Bench *bench, const char *command, const JsonType *request_type, const void *request, int64_t limit_ms,
                 const HarnessListener *listener, Arena *arena, Error *ret_error) {
  Buffer json;
  JsonWriter writer;
  Harness *harness = NULL;
  RunnerOptions options = bench->options;
  const JsonValue *answer;
  options.wall_ms = limit_ms;
  buffer_init(&json, REQUEST_MAX);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, request_type, request);
  int result = buffer_check(&json, ret_error, "the request to the test harness");
  if (result == 0)
    result = check_time(bench, ret_error);
  if (result == 0)
    result = harness_start(&options, &harness, ret_error);
  if (result == 0)
    result = harness_stream(harness, command, buffer_view(&json), arena, listener, &answer, ret_error);
  harness_destroy(harness);
  buffer_finish(&json);
  return result;
}

// ---- Files ----

int bench_write(Bench *bench, StringView path, StringView text, Arena *arena, Error *ret_error) {
  StringView absolute = path_join(arena, bench->root, path);
  const char *folder = absolute.data ? arena_terminated(arena, path_directory(absolute)) : NULL;
  if (!folder)
    return no_memory(ret_error);
  int result = directory_create_all(folder, ret_error);
  return result == 0 ? file_write_atomic(absolute.data, text, ret_error) : result;
}

int bench_remove(Bench *bench, StringView path, Arena *arena, Error *ret_error) {
  StringView absolute = path_join(arena, bench->root, path);
  if (!absolute.data)
    return no_memory(ret_error);
  if (unlink(absolute.data) != 0 && errno != ENOENT)
    return error_set_errno(ret_error, errno, "%s", absolute.data);
  return 0;
}
