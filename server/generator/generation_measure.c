// What the accepted tests are worth together.
#include "server/generator/generation.h"

#include "server/generator/gain.h"

// Tests of a model are measured one batch after the other, as that decides about them; those of others here.
int generation_measure(Generation *generation) {
  GuardContext *context = &generation->guard_context;
  Proposal *tests = generation->tests.data;
  size_t count = generation->tests.count;
  Error *ret_error = generation->ret_error;
  bool has_any = generation_count_kept(generation, CATEGORY_COUNT) > 0;
  if (count == 0)
    return 0;
  generation_emit(generation, EVENT_PROGRESS, SV("Measuring what the tests notice"), NULL);
  int result = has_any ? guards_measure_kills(context, tests, count, ret_error) : 0;
  if (result == 0)
    result = generation_make_room(generation);
  if (result == 0 && has_any && !context->stub)
    result = guards_measure_reach(context, tests, count, ret_error);
  if (result == 0)
    result = gain_count(context, tests, count, ret_error);
  if (result == 0 && !context->mutant) {
    result = comprehensiveness_measure(context, generation->propose.subject, tests, count,
                                       &generation->comprehensiveness, ret_error);
    generation->is_comprehensiveness_known = result == 0;
  }
  return result;
}
