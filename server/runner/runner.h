// Runs the tests of a workspace in the workspace's own interpreter, through the Python harness, and reports what
// happened: outcome, duration and output per test, line and branch coverage per file. Blocking; called from jobs and
// from the CLI.
#ifndef TESTGEN_SERVER_RUNNER_RUNNER_H
#define TESTGEN_SERVER_RUNNER_RUNNER_H

#include "protocol/json/json.h"
#include "protocol/testgen/vocabulary.h"
#include "server/runner/child.h"
#include "server/runner/coverage.h"

typedef struct TestResult {
  StringView id;    // pytest's node id: "tests/test_a.py::TestX::test_y[1]"
  StringView path;  // relative to the workspace
  uint32_t line;    // 1-based, of the test; 0 unknown
  TestOutcome outcome;
  double duration_ms;  // set-up, call and tear-down together
  double cpu_ms;
  StringView message;   // one line: why it failed or was skipped; absent when passed
  StringView expected;  // the sides of the "==" that did not hold, bounded; absent: it failed otherwise
  StringView actual;
  StringView failure_path;  // where it failed
  uint32_t failure_line;    // 1-based
  StringView detail;        // pytest's long text, bounded
  StringView output;        // captured stdout and stderr of the test, bounded
} TestResult;

typedef struct TestRun {
  JsonArray tests;              // TestResult, in the order they ran
  JsonArray collection_errors;  // TestResult with OUTCOME_ERROR, one per file
  StringView interpreter;       // path
  StringView python_version;    // "3.11.7"
  StringView pytest_version;
  double duration_ms;
  JsonArray notes;          // StringView: what is worth saying of the run as a whole
  CoverageReport coverage;  // `is_present` false when it could not be measured; `note` says why
  uint32_t counts[OUTCOME_COUNT];
} TestRun;

// Called while tests run, on the thread of the call. `total` is 0 until collection ended.
typedef void (*TestProgress)(void *user, const TestResult *result, uint32_t done, uint32_t total);

typedef struct RunnerOptions {
  StringView root;               // absolute path of the workspace
  StringView interpreter;        // as configured; absent: found (.venv, VIRTUAL_ENV, python3)
  StringView harness_directory;  // absent: beside this program (../share/testgen/python)
  JsonArray pytest_arguments;    // StringView; from the settings
  JsonArray selection;           // StringView: node ids or paths; none: everything
  bool with_coverage;
  bool by_test;                // likewise which lines each test reached, and which branches it took
  JsonArray coverage_sources;  // StringView: folders or files to measure; none: the workspace without its tests
  SandboxMode sandbox;
  StringView scratch;         // with SANDBOX_STRICT
  int64_t wall_ms;            // for the whole run; 0: 10 minutes
  int niceness;               // how much others go first, nice(2); 0: not at all
  bool is_trusted;            // false: UNTRUSTED, before anything is started
  const CancelToken *cancel;  // may be NULL; outlives a harness that was started with it
  TestProgress progress;      // may be NULL
  void *user;
} RunnerOptions;

// 0 also when tests fail. Failures: UNTRUSTED, UNAVAILABLE (no interpreter, no pytest: the message says what to type),
// CANCELLED, TIMEOUT, CHILD. On CANCELLED, TIMEOUT and CHILD `*ret_run` holds what was reported until then.
int runner_run_tests(const RunnerOptions *options, Arena *arena, TestRun *ret_run, Error *ret_error);

// Finds the interpreter by the order of the design, and asks it for versions: used by `testgen doctor`.
typedef struct InterpreterInfo {
  StringView path;
  StringView found_by;  // "settings", ".venv", "VIRTUAL_ENV", "python3 in PATH"
  StringView python_version;
  StringView pytest_version;    // absent: not installed
  StringView coverage_version;  // likewise
  StringView hypothesis_version;
} InterpreterInfo;
int runner_find_interpreter(const RunnerOptions *options, Arena *arena, InterpreterInfo *ret_info, Error *ret_error);

// Whether tests can be run: 0 when there is an interpreter that has pytest. A tenth of a second, so that it can be
// asked before what takes long. Failures: those of runner_run_tests.
int runner_require_pytest(const RunnerOptions *options, Error *ret_error);

// ---- The harness itself, for the generator's exploration and guards ----

typedef struct Harness Harness;

// Starts the harness and shakes hands (versions must agree).
int harness_start(const RunnerOptions *options, Harness **ret_harness, Error *ret_error);

// Sends {"command": command, ...fields of `request`} and waits for the answer with the same id; events that come before
// it go to `on_event` (may be NULL). Events and the answer (its "result") live in the arena. An error answer becomes
// the Error, by the name of its code.
int harness_call(Harness *harness, const char *command, StringView request_json, Arena *arena,
                 void (*on_event)(void *user, const JsonValue *event), void *user, const JsonValue **ret_answer,
                 Error *ret_error);

// The same for commands of many events: an event lives only while it is handled, what a handler fails with ends the
// call, and whenever nothing has come for HARNESS_IDLE_MS the listener may do something else.
#define HARNESS_IDLE_MS 250
typedef struct HarnessListener {
  int (*on_event)(void *user, const JsonValue *event, Error *ret_error);
  int (*on_idle)(void *user, Error *ret_error);
  void *user;
} HarnessListener;
int harness_stream(Harness *harness, const char *command, StringView request_json, Arena *arena,
                   const HarnessListener *listener, const JsonValue **ret_answer, Error *ret_error);

void harness_destroy(Harness *harness);  // kills what runs; accepts NULL

// Between two runs, when the last call was answered; see child.h and spare.h. `options` as for harness_start.
void harness_rest(Harness *harness);
bool harness_resume(Harness *harness, const RunnerOptions *options);

// Who answers; lives as long as the harness.
const InterpreterInfo *harness_interpreter(const Harness *harness);

// A folder that commands may write to, gone with the harness unless the options named it.
StringView harness_scratch(const Harness *harness);

// 0 when its interpreter has pytest, else UNAVAILABLE with what to type.
int harness_require_pytest(const Harness *harness, Error *ret_error);

#endif
