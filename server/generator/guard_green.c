// Running proposed tests: collected exactly once, green alone, together in reverse order, and in the whole suite, with
// different hash seeds.
#include "server/generator/guard_run.h"

#define ROUNDS_MAX 4  // a rejection changes the file, so the rest is run again
#define REPEATS 5     // of each test alone, with other random numbers

typedef struct GreenPlan {
  StringView steps[5];
  size_t count;
} GreenPlan;

static const GreenPlan whole_plan = {{{"collect", 7}, {"alone", 5}, {"together", 8}, {"shuffled", 8}, {"suite", 5}}, 5};
// What did not pass alone took no part in the steps behind: without it one look suffices.
static const GreenPlan last_plan = {{{"together", 8}}, 1};

// ---- The answer ----

Proposal *guard_find_proposal(Proposal *proposals, size_t count, StringView id) {
  for (size_t index = 0; index < count; index++)
    if (!proposals[index].guard && string_view_equal(proposals[index].id, id))
      return &proposals[index];
  return NULL;
}

static void judge_collected(GuardContext *context, Proposal *proposals, size_t count, const GreenAnswer *answer) {
  const GreenCollected *items = answer->collected.items;
  for (size_t index = 0; index < answer->collected.count; index++) {
    Proposal *proposal = guard_find_proposal(proposals, count, items[index].test);
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

bool guard_is_our_file(const GuardContext *context, const Proposal *proposals, size_t count, StringView path) {
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
    Proposal *proposal = guard_find_proposal(proposals, count, results[index].test);
    if (proposal)
      judge_result(context, proposal, &results[index]);
    else if (results[index].outcome == OUTCOME_ERROR && string_view_equal(results[index].step, SV("collect")) &&
             !guard_is_our_file(context, proposals, count, results[index].test))
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

// `*ret_plan` is what the next round runs, should this one have rejected something.
static int run_round(GuardContext *context, Proposal *proposals, size_t count, bool is_first,
                     const GreenPlan **ret_plan, Error *ret_error) {
  GreenPlan plan = **ret_plan;
  GreenAnswer answer;
  StringView message;
  *ret_plan = &whole_plan;
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result =
        guard_run_plan(context, proposals, count, (JsonArray){plan.steps, plan.count}, REPEATS, &answer, ret_error);
  if (result < 0)
    return result;
  if (answer.results.count == 0 && answer.notes.count > 0)  // not the tests' fault
    return error_set(ret_error, ERROR_UNAVAILABLE, "the tests of this workspace cannot be run: %.*s",
                     SV_ARGUMENTS(*(const StringView *)answer.notes.items));
  if (guard_find_trouble(context, proposals, count, "collect", &answer, &message))
    return guard_blame(context, proposals, count, "collect", message, ret_error);
  judge_collected(context, proposals, count, &answer);
  bool is_done = judge_results(context, proposals, count, &answer, true);
  size_t left = guard_count_left(proposals, count);
  is_done = judge_results(context, proposals, count, &answer, false) && is_done;
  for (size_t at = 0; at < plan.count; at++)
    if (!is_step_alone(plan.steps[at]) &&
        guard_find_trouble(context, proposals, count, plan.steps[at].data, &answer, &message))
      return guard_blame(context, proposals, count, plan.steps[at].data, message, ret_error);
  judge_missing(context, proposals, count, &plan, &answer);
  if (guard_count_left(proposals, count) == left)
    *ret_plan = &last_plan;
  is_done = is_done && (!is_first || guard_take_notes(context, answer.notes));
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

int guard_green(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  const GreenPlan *plan = &whole_plan;
  int result = 0;
  if (context->stub)
    return 0;
  for (int round = 0; round < ROUNDS_MAX && result == 0; round++) {
    size_t before = guard_count_left(proposals, count);
    if (before == 0)
      return 0;
    result = run_round(context, proposals, count, round == 0, &plan, ret_error);
    if (result < 0 || guard_count_left(proposals, count) == before)
      return result;
  }
  return result;
}
