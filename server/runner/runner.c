#include "server/runner/runner.h"

#include "protocol/memory/vector.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/runner/coverage_fields.h"

#define TESTS_MAX 1000000
#define REQUEST_MAX (64u << 20)  // bytes

// ---- The request ----

typedef struct RunRequest {
  StringView root;
  StringView scratch;
  JsonArray arguments;
  JsonArray selection;
  bool coverage;
  bool by_test;
  JsonArray files;
} RunRequest;

static const JsonField request_fields[] = {
    {"root", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(RunRequest, root), NULL, NULL, NULL},
    {"scratch", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(RunRequest, scratch), NULL, NULL, NULL},
    {"arguments", JSON_FIELD_STRING_ARRAY, 0, offsetof(RunRequest, arguments), NULL, NULL, NULL},
    {"selection", JSON_FIELD_STRING_ARRAY, 0, offsetof(RunRequest, selection), NULL, NULL, NULL},
    {"coverage", JSON_FIELD_BOOL, 0, offsetof(RunRequest, coverage), NULL, NULL, NULL},
    {"by_test", JSON_FIELD_BOOL, 0, offsetof(RunRequest, by_test), NULL, NULL, NULL},
    {"files", JSON_FIELD_STRING_ARRAY, 0, offsetof(RunRequest, files), NULL, NULL, NULL},
};
static const JsonType request_type = {"RunRequest", sizeof(RunRequest), request_fields,
                                      sizeof request_fields / sizeof *request_fields, NULL};

static bool is_measured(const RunnerOptions *options, StringView path, Arena *arena) {
  const StringView *sources = options->coverage_sources.items;
  for (size_t index = 0; index < options->coverage_sources.count; index++) {
    StringView source = path_normalize(arena, path_join(arena, options->root, sources[index]));
    if (source.data && path_is_inside(source, path)) {
      return true;
    }
  }
  return options->coverage_sources.count == 0;
}

// Every Python file of the workspace that may be a subject; the harness leaves out what belongs to the suite.
static int list_sources(const RunnerOptions *options, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  static const StringView suffix = {".py", 3};
  WalkOptions walk = {.suffixes = &suffix, .suffix_count = 1, .cancel = options->cancel};
  WalkResult found;
  const char *root = arena_terminated(arena, options->root);
  int code = root ? directory_walk(root, &walk, arena, &found, ret_error) : ERROR_NO_MEMORY;
  if (code != 0) {
    return error_set(ret_error, (ErrorCode)code, "no memory to list the sources");
  }
  StringView *files = arena_allocate_array(arena, found.count, sizeof *files);
  size_t count = 0;
  for (size_t index = 0; files && index < found.count; index++) {
    StringView path = path_join(arena, options->root, found.entries[index].path);
    if (!path.data) {
      files = NULL;
    } else if (is_measured(options, path, arena)) {
      files[count++] = path;
    }
  }
  *ret_files = (JsonArray){files, count};
  return files ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "no memory to list the sources");
}

static int make_request(const RunnerOptions *options, const Harness *harness, Arena *arena, RunRequest *ret_request,
                        Error *ret_error) {
  RunRequest request = {
      .root = options->root,
      .scratch = harness_scratch(harness),
      .arguments = options->pytest_arguments,
      .selection = options->selection,
      .coverage = options->with_coverage,
      .by_test = options->by_test,
  };
  int code = options->with_coverage ? list_sources(options, arena, &request.files, ret_error) : 0;
  if (code == 0) {
    *ret_request = request;
  }
  return code;
}

// ---- Events ----

static const JsonField result_fields[] = {
    {"test", JSON_FIELD_STRING, 0, offsetof(TestResult, id), NULL, NULL, NULL},
    {"path", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(TestResult, path), NULL, NULL, NULL},
    {"line", JSON_FIELD_UINTEGER, 0, offsetof(TestResult, line), NULL, NULL, NULL},
    {"outcome", JSON_FIELD_ENUM, 0, offsetof(TestResult, outcome), NULL, outcome_names, NULL},
    {"duration_ms", JSON_FIELD_DOUBLE, 0, offsetof(TestResult, duration_ms), NULL, NULL, NULL},
    {"cpu_ms", JSON_FIELD_DOUBLE, 0, offsetof(TestResult, cpu_ms), NULL, NULL, NULL},
    {"message", JSON_FIELD_STRING, 0, offsetof(TestResult, message), NULL, NULL, NULL},
    {"expected", JSON_FIELD_STRING, 0, offsetof(TestResult, expected), NULL, NULL, NULL},
    {"actual", JSON_FIELD_STRING, 0, offsetof(TestResult, actual), NULL, NULL, NULL},
    {"failure_path", JSON_FIELD_STRING, 0, offsetof(TestResult, failure_path), NULL, NULL, NULL},
    {"failure_line", JSON_FIELD_UINTEGER, 0, offsetof(TestResult, failure_line), NULL, NULL, NULL},
    {"detail", JSON_FIELD_STRING, 0, offsetof(TestResult, detail), NULL, NULL, NULL},
    {"output", JSON_FIELD_STRING, 0, offsetof(TestResult, output), NULL, NULL, NULL},
};
static const JsonType result_type = {"TestResult", sizeof(TestResult), result_fields,
                                     sizeof result_fields / sizeof *result_fields, NULL};

typedef struct RunEvent {
  StringView event;
  StringView test;
  StringView path;
  uint32_t total;
} RunEvent;

static const JsonField event_fields[] = {
    {"event", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(RunEvent, event), NULL, NULL, NULL},
    {"test", JSON_FIELD_STRING, 0, offsetof(RunEvent, test), NULL, NULL, NULL},
    {"path", JSON_FIELD_STRING, 0, offsetof(RunEvent, path), NULL, NULL, NULL},
    {"total", JSON_FIELD_UINTEGER, 0, offsetof(RunEvent, total), NULL, NULL, NULL},
};
static const JsonType event_type = {"RunEvent", sizeof(RunEvent), event_fields,
                                    sizeof event_fields / sizeof *event_fields, NULL};

// What is known of a run while it goes on.
typedef struct RunState {
  const RunnerOptions *options;
  Arena *arena;
  Vector tests;              // TestResult
  Vector collection_errors;  // TestResult
  const char *doing;         // for the message when the run ends early
  StringView current;        // what `doing` refers to
  uint32_t total;
  int code;  // of the first event that could not be taken
  Error error;
} RunState;

static int on_collecting(RunState *state, const RunEvent *event, const JsonValue *value) {
  (void)value;
  state->doing = "collecting";
  state->current = event->path;
  return 0;
}

static int on_collected(RunState *state, const RunEvent *event, const JsonValue *value) {
  (void)value;
  state->total = event->total;
  state->doing = "running the tests";
  state->current = (StringView){0};
  return 0;
}

static int on_start(RunState *state, const RunEvent *event, const JsonValue *value) {
  (void)value;
  state->doing = "running";
  state->current = event->test;
  return 0;
}

static int add_result(RunState *state, Vector *results, const JsonValue *value, TestResult **ret_result) {
  TestResult result;
  int code = json_decode(&result_type, value, state->arena, &result, &state->error);
  if (code == 0 && !vector_push_copy(results, &result)) {
    return error_set(&state->error, ERROR_LIMIT, "no room for the results of more than %zu tests", results->count);
  }
  if (code == 0) {
    *ret_result = vector_at(results, results->count - 1);
  }
  return code;
}

static int on_collection_error(RunState *state, const RunEvent *event, const JsonValue *value) {
  TestResult *result = NULL;
  int code = add_result(state, &state->collection_errors, value, &result);
  if (code == 0) {
    result->id = event->path;
    result->outcome = OUTCOME_ERROR;
    result->failure_path = event->path;
    result->failure_line = result->line;
  }
  return code;
}

static int on_test(RunState *state, const RunEvent *event, const JsonValue *value) {
  (void)event;
  TestResult *result = NULL;
  int code = add_result(state, &state->tests, value, &result);
  state->doing = "finishing after";
  if (code == 0 && state->options->progress) {
    state->options->progress(state->options->user, result, (uint32_t)state->tests.count, state->total);
  }
  return code;
}

static const struct {
  const char *name;
  int (*handle)(RunState *state, const RunEvent *event, const JsonValue *value);
} event_handlers[] = {
    {"collecting", on_collecting},
    {"collection_error", on_collection_error},
    {"collected", on_collected},
    {"start", on_start},
    {"test", on_test},
};

static void on_event(void *user, const JsonValue *value) {
  RunState *state = user;
  RunEvent event;
  if (state->code == 0) {
    state->code = json_decode(&event_type, value, state->arena, &event, &state->error);
  }
  for (size_t index = 0; state->code == 0 && index < sizeof event_handlers / sizeof *event_handlers; index++) {
    if (string_view_equal_text(event.event, event_handlers[index].name)) {
      state->code = event_handlers[index].handle(state, &event, value);
      return;
    }
  }
}

// ---- The answer ----

typedef struct RunAnswer {
  double duration_ms;
  JsonArray notes;     // StringView
  JsonArray coverage;  // CoverageFile
  StringView coverage_note;
} RunAnswer;

static const JsonField answer_fields[] = {
    {"duration_ms", JSON_FIELD_DOUBLE, JSON_REQUIRED, offsetof(RunAnswer, duration_ms), NULL, NULL, NULL},
    {"notes", JSON_FIELD_STRING_ARRAY, JSON_REQUIRED, offsetof(RunAnswer, notes), NULL, NULL, NULL},
    {"coverage", JSON_FIELD_ARRAY, JSON_NULLABLE, offsetof(RunAnswer, coverage), &coverage_file_type, NULL, NULL},
    {"coverage_note", JSON_FIELD_STRING, 0, offsetof(RunAnswer, coverage_note), NULL, NULL, NULL},
};
static const JsonType answer_type = {"RunAnswer", sizeof(RunAnswer), answer_fields,
                                     sizeof answer_fields / sizeof *answer_fields, NULL};

static int take_answer(const RunnerOptions *options, const JsonValue *value, int64_t measured_ms, Arena *arena,
                       TestRun *run, Error *ret_error) {
  RunAnswer answer;
  int code = json_decode(&answer_type, value, arena, &answer, ret_error);
  if (code != 0) {
    return code;
  }
  run->duration_ms = answer.duration_ms;
  run->notes = answer.notes;
  CoverageFile *files = answer.coverage.items;
  for (size_t index = 0; index < answer.coverage.count; index++) {
    files[index].path = path_relative(arena, options->root, files[index].path);
    if (!files[index].path.data) {
      return error_set(ret_error, ERROR_NO_MEMORY, "no memory for the coverage");
    }
  }
  run->coverage = (CoverageReport){
      .is_present = answer.coverage.count > 0,
      .format = COVERAGE_MEASURED,
      .note = answer.coverage_note,
      .files = answer.coverage,
      .measured_ms = measured_ms,
  };
  return 0;
}

// ---- The run ----

static int call_run(RunState *state, Harness *harness, TestRun *run, Error *ret_error) {
  int64_t started_ms = clock_unix_ms();  // a file that changes from now on is not the one that is measured
  RunRequest request;
  int code = make_request(state->options, harness, state->arena, &request, ret_error);
  if (code != 0) {
    return code;
  }
  Buffer json;
  buffer_init(&json, REQUEST_MAX);
  JsonWriter writer;
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, &request_type, &request);
  code = buffer_check(&json, ret_error, "the list of sources to measure");
  const JsonValue *answer = NULL;
  if (code == 0) {
    code = harness_call(harness, "run", buffer_view(&json), state->arena, on_event, state, &answer, ret_error);
  }
  buffer_finish(&json);
  if (code == 0 && state->code != 0) {
    code = error_set(ret_error, ERROR_PROTOCOL, "the test harness sent what it should not: %s", state->error.message);
  }
  return code == 0 ? take_answer(state->options, answer, started_ms, state->arena, run, ret_error) : code;
}

static int fill_run(RunState *state, TestRun *run, Error *ret_error) {
  run->tests.items = vector_to_arena(&state->tests, state->arena, &run->tests.count);
  run->collection_errors.items =
      vector_to_arena(&state->collection_errors, state->arena, &run->collection_errors.count);
  if ((!run->tests.items && state->tests.count > 0) ||
      (!run->collection_errors.items && state->collection_errors.count > 0)) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for the results of %zu tests", state->tests.count);
  }
  const TestResult *tests = run->tests.items;
  for (size_t index = 0; index < run->tests.count; index++) {
    run->counts[tests[index].outcome]++;
  }
  run->counts[OUTCOME_ERROR] += (uint32_t)run->collection_errors.count;
  return 0;
}

static bool keeps_partial_results(int code) {
  return code == ERROR_CANCELLED || code == ERROR_TIMEOUT || code == ERROR_CHILD;
}

static int run_with(RunState *state, Harness *harness, TestRun *ret_run, Error *ret_error) {
  const InterpreterInfo *info = harness_interpreter(harness);
  TestRun run = {
      .interpreter = arena_copy(state->arena, info->path),
      .python_version = arena_copy(state->arena, info->python_version),
      .pytest_version = arena_copy(state->arena, info->pytest_version),
  };
  int64_t started_ns = clock_monotonic_ns();
  Error reason = {0};
  int code = call_run(state, harness, &run, &reason);
  if (code != 0) {
    run.duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
    run.coverage.note = SV("coverage was not measured: the run did not finish");
  }
  int fill_code = fill_run(state, &run, &reason);
  code = code == 0 ? fill_code : code;
  if (code == 0 || keeps_partial_results(code)) {
    *ret_run = run;
  }
  if (!keeps_partial_results(code)) {
    return code == 0 ? 0 : error_set(ret_error, (ErrorCode)code, "%s", reason.message);
  }
  return error_set(ret_error, (ErrorCode)code, "while %s%s%.*s: %s", state->doing, state->current.length > 0 ? " " : "",
                   SV_ARGUMENTS(state->current), reason.message);
}

int runner_run_tests(const RunnerOptions *options, Arena *arena, TestRun *ret_run, Error *ret_error) {
  *ret_run = (TestRun){0};
  Harness *harness;
  int code = harness_start(options, &harness, ret_error);
  if (code != 0) {
    return code;
  }
  RunState state = {.options = options, .arena = arena, .doing = "loading pytest's configuration and conftest.py"};
  vector_init(&state.tests, sizeof(TestResult), TESTS_MAX);
  vector_init(&state.collection_errors, sizeof(TestResult), TESTS_MAX);
  code = harness_require_pytest(harness, ret_error);
  if (code == 0) {
    code = run_with(&state, harness, ret_run, ret_error);
  }
  vector_finish(&state.collection_errors);
  vector_finish(&state.tests);
  harness_destroy(harness);
  return code;
}
