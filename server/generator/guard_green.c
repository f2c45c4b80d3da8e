// Running proposed tests: collected exactly once, green alone, together in reverse order, and in the whole suite, with
// different hash seeds.
#include "server/generator/guards.h"

#include "protocol/json/field.h"
#include "server/base/clock.h"
#include "server/runner/coverage_fields.h"

#include <string.h>

#define ROUNDS_MAX 4   // a rejection changes the file, so the rest is run again
#define REPEATS 5      // of each test alone, with other random numbers
#define SUITE_SHARE 3  // the suite may take this part of what is left of the time
#define SUITE_MS_MAX (120 * 1000)

typedef struct GreenRequest {
  StringView root;
  StringView scratch;
  StringView original_root;
  JsonArray tests;      // StringView
  JsonArray alone;      // StringView: those of the tests that are also run alone
  JsonArray files;      // StringView
  JsonArray plan;       // StringView
  JsonArray measured;   // StringView
  JsonArray arguments;  // StringView
  JsonArray failing;    // StringView: tests of the suite that fail without the proposed ones
  int64_t suite_ms;
  int64_t repeats;  // of what is run alone
} GreenRequest;

typedef struct GreenPlan {
  StringView steps[5];
  size_t count;
} GreenPlan;

static const GreenPlan whole_plan = {{{"collect", 7}, {"alone", 5}, {"together", 8}, {"shuffled", 8}, {"suite", 5}}, 5};
// What did not pass alone took no part in the steps behind: without it one look suffices.
static const GreenPlan last_plan = {{{"together", 8}}, 1};

static const JsonField request_fields[] = {
    JSON_FIELD(GreenRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, tests, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, alone, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, files, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, plan, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, measured, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, failing, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, suite_ms, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, repeats, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType request_type = JSON_TYPE(GreenRequest, request_fields, NULL);

typedef struct GreenCollected {
  StringView test;
  int64_t count;
  bool parametrised;
} GreenCollected;

typedef struct GreenResult {
  StringView test;
  StringView step;
  int outcome;  // TestOutcome
  StringView message;
} GreenResult;

typedef struct GreenAnswer {
  JsonArray collected;  // GreenCollected
  JsonArray results;    // GreenResult
  JsonArray coverage;   // CoverageFile: of the suite as it is
  int64_t passed;       // likewise, tests
  JsonArray notes;      // StringView: why a step did not end
  JsonArray remarks;    // StringView: of the suite as it is
} GreenAnswer;

static const JsonField collected_fields[] = {
    JSON_FIELD(GreenCollected, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenCollected, count, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenCollected, parametrised, BOOL, JSON_REQUIRED, NULL),
};
static const JsonType collected_type = JSON_TYPE(GreenCollected, collected_fields, NULL);
static const JsonField result_fields[] = {
    JSON_FIELD(GreenResult, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenResult, step, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(GreenResult, outcome, ENUM, JSON_REQUIRED, outcome_names, NULL),
    JSON_FIELD(GreenResult, message, STRING, 0, NULL),
};
static const JsonType result_type = JSON_TYPE(GreenResult, result_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(GreenAnswer, collected, ARRAY, JSON_REQUIRED, collected_type, NULL),
    JSON_FIELD_OF(GreenAnswer, results, ARRAY, JSON_REQUIRED, result_type, NULL),
    JSON_FIELD_OF(GreenAnswer, coverage, ARRAY, JSON_REQUIRED, coverage_file_type, NULL),
    JSON_FIELD(GreenAnswer, passed, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenAnswer, remarks, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(GreenAnswer, answer_fields, NULL);

// ---- Files ----

int guards_write_files(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error) {
  int result = 0;
  for (size_t file = 0; file < context->file_count && result == 0; file++) {
    size_t placed_count, edit_count;
    TextEdit *edits;
    StringView text = context->files[file].text;
    PlacedTest *placed = guards_placed(proposals, count, file, context->arena, &placed_count);
    if (!placed)
      return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
    if (placed_count == 0 && context->files[file].is_new) {
      result = bench_remove(context->bench, context->files[file].path, context->arena, ret_error);
      continue;
    }
    if (placed_count > 0)
      result = place_edits(&context->files[file], placed, placed_count, context->arena, &edits, &edit_count, ret_error);
    if (result == 0 && placed_count > 0)
      result = place_apply(&context->files[file], edits, edit_count, context->arena, &text, ret_error);
    if (result == 0)
      result = bench_write(context->bench, context->files[file].path, text, context->arena, ret_error);
  }
  return result;
}

// ---- The request ----

static bool push_unique(Vector *texts, StringView text) {
  for (size_t index = 0; index < texts->count; index++)
    if (string_view_equal(*(StringView *)vector_at(texts, index), text))
      return true;
  return vector_push_copy(texts, &text);
}

static int take(Vector *texts, Arena *arena, JsonArray *ret_texts, Error *ret_error) {
  ret_texts->items = vector_to_arena(texts, arena, &ret_texts->count);
  bool is_done = ret_texts->items || texts->count == 0;
  vector_finish(texts);
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

static int fill_request(GuardContext *context, const Proposal *proposals, size_t count, GreenRequest *request,
                        Error *ret_error) {
  Vector tests, alone, files, measured;
  vector_init(&tests, sizeof(StringView), count + 1);
  vector_init(&alone, sizeof(StringView), count + 1);
  vector_init(&files, sizeof(StringView), count + 1);
  vector_init(&measured, sizeof(StringView), count + 1);
  bool is_full = false;
  for (size_t index = 0; index < count; index++) {
    if (proposals[index].guard)
      continue;
    is_full |= !push_unique(&tests, proposals[index].id);
    is_full |= !proposals[index].is_proven && !push_unique(&alone, proposals[index].id);
    is_full |= !push_unique(&files, context->files[proposals[index].file].path);
    is_full |= !push_unique(&measured, proposals[index].original_path);
  }
  int results[] = {
      take(&tests, context->arena, &request->tests, ret_error),
      take(&alone, context->arena, &request->alone, ret_error),
      take(&files, context->arena, &request->files, ret_error),
      take(&measured, context->arena, &request->measured, ret_error),
  };
  for (size_t index = 0; index < sizeof results / sizeof *results; index++)
    if (results[index] < 0)
      return results[index];
  return is_full ? error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run") : 0;
}

// ---- The answer ----

static Proposal *find_proposal(Proposal *proposals, size_t count, StringView id) {
  for (size_t index = 0; index < count; index++)
    if (!proposals[index].guard && string_view_equal(proposals[index].id, id))
      return &proposals[index];
  return NULL;
}

static void judge_collected(GuardContext *context, Proposal *proposals, size_t count, const GreenAnswer *answer) {
  const GreenCollected *items = answer->collected.items;
  for (size_t index = 0; index < answer->collected.count; index++) {
    Proposal *proposal = find_proposal(proposals, count, items[index].test);
    bool is_once = items[index].count == 1 || (items[index].count > 1 && items[index].parametrised);
    if (proposal && !is_once)
      guard_reject(context, proposal, "collect", items[index].count == 0 ? "not-collected" : "collected-twice",
                   items[index].count == 0 ? "pytest does not collect the test" : "pytest collects the test twice");
  }
}

typedef struct StepWords {
  const char *step;
  const char *reason;  // when a test fails in it
  const char *where;
} StepWords;

static const StepWords step_words[] = {
    {"alone", "fails", "alone"},
    {"again", "unstable", "alone, though not always"},
    {"together", "unstable", "together with the others, in another order"},
    {"shuffled", "unstable", "together with the others, in another order"},
    {"suite", "fails-in-suite", "in the suite"},
};

static bool is_step_alone(StringView step) {
  return string_view_equal(step, SV("alone")) || string_view_equal(step, SV("again"));
}

static const StepWords *find_words(StringView step) {
  size_t index = 0;
  while (index + 1 < sizeof step_words / sizeof *step_words && !string_view_equal_text(step, step_words[index].step))
    index++;
  return &step_words[index];
}

static void judge_result(GuardContext *context, Proposal *proposal, const GreenResult *result) {
  if (result->outcome == OUTCOME_PASSED)
    return;
  const StepWords *words = find_words(result->step);
  bool is_skipped = result->outcome == OUTCOME_SKIPPED || result->outcome == OUTCOME_XFAILED;
  const char *outcome = result->outcome == OUTCOME_ERROR ? "had an error" : outcome_names[result->outcome];
  guard_reject(context, proposal, "green", is_skipped ? "skipped" : words->reason, "the test %s %s: %.*s", outcome,
               words->where, SV_ARGUMENTS(result->message));
}

static bool is_file_of(const GuardContext *context, const Proposal *proposal, StringView path) {
  return string_view_equal(context->files[proposal->file].path, path);
}

// Of a file that is not ours, a conftest.py say. What is wrong with ours is somebody's fault, see `blame`.
static bool note_file(GuardContext *context, const GreenResult *result) {
  StringView note =
      arena_format(context->arena, "%.*s: %.*s", SV_ARGUMENTS(result->test), SV_ARGUMENTS(result->message));
  return note.data && vector_push_copy(&context->notes, &note);
}

static bool is_our_file(const GuardContext *context, const Proposal *proposals, size_t count, StringView path) {
  for (size_t index = 0; index < count; index++)
    if (is_file_of(context, &proposals[index], path))
      return true;
  return false;
}

static bool judge_results(GuardContext *context, Proposal *proposals, size_t count, const GreenAnswer *answer,
                          bool is_alone) {
  const GreenResult *results = answer->results.items;
  bool is_done = true;
  for (size_t index = 0; index < answer->results.count; index++) {
    if (is_step_alone(results[index].step) != is_alone)
      continue;
    Proposal *proposal = find_proposal(proposals, count, results[index].test);
    if (proposal)
      judge_result(context, proposal, &results[index]);
    else if (results[index].outcome == OUTCOME_ERROR && string_view_equal(results[index].step, SV("collect")) &&
             !is_our_file(context, proposals, count, results[index].test))
      is_done = note_file(context, &results[index]) && is_done;
  }
  return is_done;
}

static bool has_result(const GreenAnswer *answer, StringView id, StringView step) {
  const GreenResult *results = answer->results.items;
  for (size_t index = 0; index < answer->results.count; index++)
    if (string_view_equal(results[index].test, id) && string_view_equal(results[index].step, step))
      return true;
  return false;
}

// What was not run has not passed.
static void judge_missing(GuardContext *context, Proposal *proposals, size_t count, const GreenPlan *plan,
                          const GreenAnswer *answer) {
  for (size_t index = 0; index < count; index++)
    for (size_t at = 0; at < plan->count; at++) {
      StringView step = plan->steps[at];
      bool is_for_all = string_view_equal(step, SV("together")) || string_view_equal(step, SV("shuffled"));
      bool is_wanted = is_for_all || (is_step_alone(step) && !proposals[index].is_proven);
      if (is_wanted && !proposals[index].guard && !has_result(answer, proposals[index].id, step))
        guard_reject(context, &proposals[index], "green", "not-run", "the test was not run (%.*s)", SV_ARGUMENTS(step));
    }
}

static size_t count_left(const Proposal *proposals, size_t count) {
  size_t left = 0;
  for (size_t index = 0; index < count; index++)
    left += !proposals[index].guard;
  return left;
}

static bool take_notes(GuardContext *context, JsonArray notes) {
  const StringView *items = notes.items;
  bool is_done = true;
  for (size_t index = 0; index < notes.count; index++)
    is_done = vector_push_copy(&context->notes, &items[index]) && is_done;
  return is_done;
}

// Runs the steps of `plan` with the proposals that are not rejected.
static int run_plan(GuardContext *context, const Proposal *proposals, size_t count, JsonArray plan, int64_t repeats,
                    GreenAnswer *ret_answer, Error *ret_error) {
  GreenRequest request = {
      .root = context->bench->root,
      .scratch = context->bench->scratch,
      .original_root = context->original_root,
      .plan = plan,
      .arguments = context->pytest_arguments,
      .failing = context->failing,
      .repeats = repeats,
  };
  int64_t share = bench_left_ms(context->bench) / SUITE_SHARE;
  request.suite_ms = share < SUITE_MS_MAX ? share : SUITE_MS_MAX;
  int result = fill_request(context, proposals, count, &request, ret_error);
  return result < 0 ? result
                    : bench_call(context->bench, "guard_green", &request_type, &request, &answer_type, context->arena,
                                 ret_answer, ret_error);
}

static bool take_failing(GuardContext *context, const GreenAnswer *answer) {
  const GreenResult *results = answer->results.items;
  StringView *failing = arena_allocate_array(context->arena, answer->results.count, sizeof *failing);
  for (size_t index = 0; failing && index < answer->results.count; index++)
    failing[index] = results[index].test;
  context->failing = (JsonArray){failing, failing ? answer->results.count : 0};
  return failing != NULL;
}

int guards_measure_suite(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error) {
  static StringView plan[] = {{"before", 6}};
  GreenAnswer answer;
  int64_t started_ns = clock_monotonic_ns();
  int result = run_plan(context, proposals, count, (JsonArray){plan, 1}, 0, &answer, ret_error);
  if (result < 0)
    return result;
  if (!take_failing(context, &answer))
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
  context->suite_ms = (clock_monotonic_ns() - started_ns) / 1000000;
  context->was_suite_run = true;
  context->is_suite_known = answer.notes.count == 0;  // a note says why the suite did not end
  context->coverage = answer.coverage;
  context->passed = answer.passed;
  return take_notes(context, answer.notes) && take_notes(context, answer.remarks)
             ? 0
             : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

int guards_run_alone(GuardContext *context, const Proposal *proposals, size_t count, GuardOutcome *ret_outcomes,
                     Error *ret_error) {
  static StringView plan[] = {{"alone", 5}};
  GreenAnswer answer;
  if (count_left(proposals, count) == 0)
    return 0;
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = run_plan(context, proposals, count, (JsonArray){plan, 1}, 1, &answer, ret_error);
  const GreenResult *results = result == 0 ? answer.results.items : NULL;
  for (size_t index = 0; result == 0 && index < answer.results.count; index++)
    for (size_t at = 0; at < count; at++)
      if (!proposals[at].guard && string_view_equal(proposals[at].id, results[index].test)) {
        ret_outcomes[at].was_run = true;
        ret_outcomes[at].has_failed |= results[index].outcome == OUTCOME_FAILED;
        ret_outcomes[at].has_error |= results[index].outcome == OUTCOME_ERROR;
      }
  return result;
}

// ---- Whose fault it is ----

// What goes wrong with all of them at once, by the step that shows it: the file cannot be collected, the run of the
// tests does not come to its end, another test of the suite fails that did not before.
static bool find_trouble(const GuardContext *context, const Proposal *proposals, size_t count, const char *step,
                         const GreenAnswer *answer, StringView *ret_message) {
  const GreenResult *results = answer->results.items;
  bool is_collect = strcmp(step, "collect") == 0, is_suite = strcmp(step, "suite") == 0, has_any = false;
  for (size_t index = 0; index < answer->results.count; index++) {
    if (!string_view_equal_text(results[index].step, step))
      continue;
    has_any = true;
    bool is_bad = results[index].outcome == OUTCOME_ERROR || results[index].outcome == OUTCOME_FAILED;
    bool is_file = is_our_file(context, proposals, count, results[index].test);
    bool is_proposed = is_file || find_proposal((Proposal *)proposals, count, results[index].test);
    *ret_message = is_collect ? results[index].message
                              : arena_format(context->arena, "%.*s fails with it: %.*s",
                                             SV_ARGUMENTS(results[index].test), SV_ARGUMENTS(results[index].message));
    if (is_bad && ((is_collect && is_file) || (is_suite && !is_proposed && context->is_suite_known)))
      return true;
  }
  *ret_message = SV("the process of the tests ended before they had");
  return !is_collect && !is_suite && !has_any && count_left(proposals, count) > 0;
}

static void reject_culprit(GuardContext *context, Proposal *proposal, const char *step, StringView message) {
  if (strcmp(step, "collect") == 0)
    guard_reject(context, proposal, "collect", "collection-error", "%.*s cannot be collected with the test: %.*s",
                 SV_ARGUMENTS(context->files[proposal->file].path), SV_ARGUMENTS(message));
  else if (strcmp(step, "suite") == 0)
    guard_reject(context, proposal, "green", "breaks-others", "the test is not alone in the suite: %.*s",
                 SV_ARGUMENTS(message));
  else
    guard_reject(context, proposal, "green", "ends-the-run", "the test ends the run: %.*s", SV_ARGUMENTS(message));
}

// One after the other, with what is proven already, but without the others.
static int try_step_with(GuardContext *context, const Proposal *proposals, size_t count, size_t tried, const char *step,
                         bool *ret_is_culprit, StringView *ret_message, Error *ret_error) {
  GreenAnswer answer;
  StringView plan = string_view_from(step);
  Proposal *trial = arena_allocate_array(context->arena, count, sizeof *trial);
  if (!trial)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
  for (size_t index = 0; index < count; index++) {
    trial[index] = proposals[index];
    if (index != tried && !trial[index].is_proven && !trial[index].guard)
      trial[index].guard = "held back";
  }
  int result = guards_write_files(context, trial, count, ret_error);
  if (result == 0)
    result = run_plan(context, trial, count, (JsonArray){&plan, 1}, 1, &answer, ret_error);
  if (result == 0)
    *ret_is_culprit = find_trouble(context, trial, count, step, &answer, ret_message);
  return result;
}

// Good tests must not go with the bad one among them. Where no single one is to blame, they do not get on with each
// other, and the last one goes; a test of the suite that fails then fails by itself now and then.
static int blame(GuardContext *context, Proposal *proposals, size_t count, const char *step, StringView message,
                 Error *ret_error) {
  size_t before = count_left(proposals, count), last = count;
  int result = 0;
  for (size_t index = 0; index < count && result == 0; index++) {
    bool is_culprit = false;
    StringView why = message;
    if (proposals[index].guard || proposals[index].is_proven)
      continue;
    last = index;
    result = try_step_with(context, proposals, count, index, step, &is_culprit, &why, ret_error);
    if (is_culprit)
      reject_culprit(context, &proposals[index], step, why);
  }
  if (result == 0 && last < count && count_left(proposals, count) == before && strcmp(step, "suite") != 0)
    reject_culprit(context, &proposals[last], step, message);
  return result;
}

// `*ret_plan` is what the next round runs, should this one have rejected something.
static int run_round(GuardContext *context, Proposal *proposals, size_t count, bool is_first,
                     const GreenPlan **ret_plan, Error *ret_error) {
  GreenPlan plan = **ret_plan;
  GreenAnswer answer;
  StringView message;
  *ret_plan = &whole_plan;
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = run_plan(context, proposals, count, (JsonArray){plan.steps, plan.count}, REPEATS, &answer, ret_error);
  if (result < 0)
    return result;
  if (answer.results.count == 0 && answer.notes.count > 0)  // not the tests' fault
    return error_set(ret_error, ERROR_UNAVAILABLE, "the tests of this workspace cannot be run: %.*s",
                     SV_ARGUMENTS(*(const StringView *)answer.notes.items));
  if (find_trouble(context, proposals, count, "collect", &answer, &message))
    return blame(context, proposals, count, "collect", message, ret_error);
  judge_collected(context, proposals, count, &answer);
  bool is_done = judge_results(context, proposals, count, &answer, true);
  size_t left = count_left(proposals, count);
  is_done = judge_results(context, proposals, count, &answer, false) && is_done;
  for (size_t at = 0; at < plan.count; at++)
    if (!is_step_alone(plan.steps[at]) &&
        find_trouble(context, proposals, count, plan.steps[at].data, &answer, &message))
      return blame(context, proposals, count, plan.steps[at].data, message, ret_error);
  judge_missing(context, proposals, count, &plan, &answer);
  if (count_left(proposals, count) == left)
    *ret_plan = &last_plan;
  is_done = is_done && (!is_first || take_notes(context, answer.notes));
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

int guard_green(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  const GreenPlan *plan = &whole_plan;
  int result = 0;
  if (context->stub)
    return 0;
  for (int round = 0; round < ROUNDS_MAX && result == 0; round++) {
    size_t before = count_left(proposals, count);
    if (before == 0)
      return 0;
    result = run_round(context, proposals, count, round == 0, &plan, ret_error);
    if (result < 0 || count_left(proposals, count) == before)
      return result;
  }
  return result;
}
