// Whose fault it is when proposed tests go wrong together.
#include "server/generator/guard_run.h"

#include <string.h>

bool guard_find_trouble(const GuardContext *context, const Proposal *proposals, size_t count, const char *step,
                        const GreenAnswer *answer, StringView *ret_message) {
  const GreenResult *results = answer->results.items;
  bool is_collect = strcmp(step, "collect") == 0, is_suite = strcmp(step, "suite") == 0, has_any = false;
  for (size_t index = 0; index < answer->results.count; index++) {
    if (!string_view_equal_text(results[index].step, step))
      continue;
    has_any = true;
    bool is_bad = results[index].outcome == OUTCOME_ERROR || results[index].outcome == OUTCOME_FAILED;
    bool is_file = guard_is_our_file(context, proposals, count, results[index].test);
    bool is_proposed = is_file || guard_find_proposal((Proposal *)proposals, count, results[index].test);
    *ret_message = is_collect ? results[index].message
                              : arena_format(context->arena, "%.*s fails with it: %.*s",
                                             SV_ARGUMENTS(results[index].test), SV_ARGUMENTS(results[index].message));
    if (is_bad && ((is_collect && is_file) || (is_suite && !is_proposed && context->is_suite_known)))
      return true;
  }
  *ret_message = SV("the process of the tests ended before they had");
  return !is_collect && !is_suite && !has_any && guard_count_left(proposals, count) > 0;
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
    result = guard_run_plan(context, trial, count, (JsonArray){&plan, 1}, 1, &answer, ret_error);
  if (result == 0)
    *ret_is_culprit = guard_find_trouble(context, trial, count, step, &answer, ret_message);
  return result;
}

int guard_blame(GuardContext *context, Proposal *proposals, size_t count, const char *step, StringView message,
                Error *ret_error) {
  size_t before = guard_count_left(proposals, count), last = count;
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
  if (result == 0 && last < count && guard_count_left(proposals, count) == before && strcmp(step, "suite") != 0)
    reject_culprit(context, &proposals[last], step, message);
  return result;
}
