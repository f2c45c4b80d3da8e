// Without code a test cannot be green. It must fail with a stub of the code, and for want of the code; and at least one
// implementation that does no work must make it fail, or it checks nothing.
#include "server/generator/guards.h"

#include <string.h>

#define MISSING_NAMES 200  // of a message: more than an attribute or an operator that a stub does not have

typedef struct StubOutcome {
  bool was_run, has_passed;
  StringView message;  // of the first that did not pass
} StubOutcome;

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

// A test and its sets of parameters: "test_a.py::test_b" and "test_a.py::test_b[1-2]".
static bool is_result_of(const Proposal *proposal, StringView id) {
  bool has_same_start = string_view_starts_with(id, proposal->id);
  return has_same_start && (id.length == proposal->id.length || id.data[proposal->id.length] == '[');
}

static void take_result(const Proposal *proposals, size_t count, const TestResult *result, StubOutcome *outcomes) {
  for (size_t at = 0; at < count; at++) {
    if (proposals[at].guard || !is_result_of(&proposals[at], result->id))
      continue;
    StubOutcome *outcome = &outcomes[at];
    bool has_passed = result->outcome == OUTCOME_PASSED;
    if (!has_passed && !outcome->message.data)
      outcome->message = result->message.data ? result->message : string_view_from(outcome_names[result->outcome]);
    outcome->has_passed = has_passed && (outcome->has_passed || !outcome->was_run);
    outcome->was_run = true;
  }
}

static int run(GuardContext *context, const Proposal *proposals, size_t count, StringView text, StubOutcome *outcomes,
               Error *ret_error) {
  StringView *selection = arena_allocate_array(context->arena, context->file_count, sizeof *selection);
  if (!selection)
    return no_memory(ret_error);
  for (size_t file = 0; file < context->file_count; file++)
    selection[file] = context->files[file].path;
  RunnerOptions options = context->bench->options;
  options.selection = (JsonArray){selection, context->file_count};
  options.wall_ms = bench_run_ms(context->bench);
  TestRun run = {0};
  int result = bench_write(context->bench, context->stub->path, text, context->arena, ret_error);
  if (result == 0)
    result = runner_run_tests(&options, context->arena, &run, ret_error);
  if (result == ERROR_TIMEOUT && bench_left_ms(context->bench) > 0) {  // with what never gives an end, tests may not
    error_clear(ret_error);
    result = 0;
  }
  const TestResult *tests = result == 0 ? run.tests.items : NULL;
  memset(outcomes, 0, count * sizeof *outcomes);
  for (size_t i = 0; result == 0 && i < run.tests.count; i++)
    take_result(proposals, count, &tests[i], outcomes);
  const TestResult *faults = result == 0 ? run.collection_errors.items : NULL;
  for (size_t i = 0; result == 0 && i < run.collection_errors.count; i++)
    for (size_t at = 0; at < count; at++)
      if (string_view_equal(context->files[proposals[at].file].path, faults[i].path))
        outcomes[at].message = faults[i].message;
  return result;
}

// Something that the stub raises, a part of the class that a stub does not have, or an error that its constructor,
// which does nothing, does not raise.
static bool is_for_want_of_code(const Stub *stub, StringView message, Arena *arena) {
  StringView quoted = arena_format(arena, "'%.*s'", SV_ARGUMENTS(stub->subject));
  bool is_missing =
      string_view_starts_with(message, SV("AttributeError")) || string_view_starts_with(message, SV("TypeError"));
  return string_view_contains(message, SV(STUB_EXCEPTION)) ||
         string_view_starts_with(message, SV("Failed: DID NOT RAISE")) ||
         (is_missing && quoted.data && message.length < MISSING_NAMES && string_view_contains(message, quoted));
}

static void judge_stub(GuardContext *context, Proposal *proposal, const StubOutcome *outcome) {
  if (!outcome->was_run)
    guard_reject(context, proposal, "collect", "not-collected", "pytest does not collect the test: %.*s",
                 SV_ARGUMENTS(outcome->message.data ? outcome->message : SV("it finds no such test, or does not end")));
  else if (outcome->has_passed)
    guard_reject(context, proposal, "red", "passes-on-stub",
                 "the test passes although there is no code: it checks nothing");
  else if (!is_for_want_of_code(context->stub, outcome->message, context->arena))
    guard_reject(context, proposal, "red", "wrong-reason",
                 "without code the test fails for another reason than the missing code: %.*s",
                 SV_ARGUMENTS(outcome->message));
}

static size_t count_unnoticed(const Proposal *proposals, const bool *is_noticed, size_t count) {
  size_t unnoticed = 0;
  for (size_t at = 0; at < count; at++)
    unnoticed += !proposals[at].guard && !is_noticed[at];
  return unnoticed;
}

// As many of them as it takes until each test has noticed one.
static int run_cheats(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  const Stub *stub = context->stub;
  StubOutcome *outcomes = arena_allocate_array(context->arena, count, sizeof *outcomes);
  bool *is_noticed = arena_allocate_array(context->arena, count, sizeof *is_noticed);
  if (!outcomes || !is_noticed)
    return no_memory(ret_error);
  memset(is_noticed, 0, count * sizeof *is_noticed);
  int result = 0;
  for (size_t cheat = 0; cheat < stub->cheat_count && count_unnoticed(proposals, is_noticed, count) > 0; cheat++) {
    result = run(context, proposals, count, stub->cheats[cheat], outcomes, ret_error);
    if (result < 0)
      return result;
    for (size_t at = 0; at < count; at++)
      is_noticed[at] |= outcomes[at].was_run && !outcomes[at].has_passed;
  }
  for (size_t at = 0; at < count; at++)
    if (!proposals[at].guard && !is_noticed[at])
      guard_reject(context, &proposals[at], "red", "passes-on-cheats",
                   "the test passes with each of %zu implementations that do no work", stub->cheat_count);
  return result;
}

int guard_stub(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  if (!context->stub)
    return 0;
  StubOutcome *outcomes = arena_allocate_array(context->arena, count, sizeof *outcomes);
  if (!outcomes)
    return no_memory(ret_error);
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = run(context, proposals, count, context->stub->text, outcomes, ret_error);
  for (size_t at = 0; result == 0 && at < count; at++)
    if (!proposals[at].guard)
      judge_stub(context, &proposals[at], &outcomes[at]);
  if (result == 0)
    result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = run_cheats(context, proposals, count, ret_error);
  int restored = bench_write(context->bench, context->stub->path, context->stub->text, context->arena,
                             result == 0 ? ret_error : NULL);
  return result == 0 ? restored : result;
}
