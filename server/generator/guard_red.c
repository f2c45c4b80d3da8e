// A test that is to kill a mutant must fail with it: the copy gets the changed source, every proposed test is run alone
// with it, and only those that fail go on. That they pass without the change is the green guard's business.
#include "server/generator/guards.h"

#define KILLERS_MAX 3  // one is enough; the others are there in case the first does not stay green

static const char *find_failure(const GuardOutcome *outcome) {
  if (!outcome->was_run)
    return "was not run with the change: it cannot be collected there, or did not end";
  if (outcome->has_failed)
    return NULL;
  return outcome->has_error ? "does not come to its assertions with the change" : "passes with the change, too";
}

static void judge(GuardContext *context, Proposal *proposals, size_t count, const GuardOutcome *outcomes) {
  size_t killers = 0;
  for (size_t index = 0; index < count; index++) {
    if (proposals[index].guard)
      continue;
    const char *failure = find_failure(&outcomes[index]);
    if (failure)
      guard_reject(context, &proposals[index], "red", "survives", "the test %s", failure);
    else if (++killers > KILLERS_MAX)
      guard_reject(context, &proposals[index], "red", "spare", "other tests fail with the change already");
  }
}

static int change_source(GuardContext *context, const MutantToKill *mutant, StringView replacement, Error *ret_error) {
  StringView text = mutant->text, before = string_view_slice(text, 0, mutant->start);
  StringView after = string_view_slice(text, mutant->end, text.length);
  StringView changed = arena_format(context->arena, "%.*s%.*s%.*s", SV_ARGUMENTS(before), SV_ARGUMENTS(replacement),
                                    SV_ARGUMENTS(after));
  if (!changed.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
  return bench_write(context->bench, mutant->path, changed, context->arena, ret_error);
}

int guard_red(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  const MutantToKill *mutant = context->mutant;
  if (!mutant)
    return 0;
  GuardOutcome *outcomes = arena_allocate_array(context->arena, count, sizeof *outcomes);
  if (!outcomes)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
  int result = change_source(context, mutant, mutant->replacement, ret_error);
  if (result < 0)
    return result;
  result = guards_run_alone(context, proposals, count, outcomes, ret_error);
  int restored = change_source(context, mutant, string_view_slice(mutant->text, mutant->start, mutant->end),
                               result == 0 ? ret_error : NULL);
  if (result == 0)
    result = restored;
  if (result == 0)
    judge(context, proposals, count, outcomes);
  return result;
}

void guards_keep_one(GuardContext *context, Proposal *proposals, size_t count) {
  bool has_one = false;
  for (size_t index = 0; index < count; index++) {
    bool is_fine = !proposals[index].guard && proposals[index].is_proven;
    if (is_fine && has_one)
      guard_reject(context, &proposals[index], "red", "spare", "another test fails with the change already");
    has_one |= is_fine;
  }
}
