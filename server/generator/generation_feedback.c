// What a model is told of its answers before it is asked again.
#include "server/generator/generation.h"
#include "server/generator/prompt.h"

#include <string.h>

#define FEEDBACK_MAX (64u << 10)  // bytes
#define TOLD_MAX 20u              // proposals at most

// What the code gave in the place of what a test expected is not told: the model would expect that the next time.
static StringView told_of(const Generation *generation, const Proposal *proposal) {
  if (strcmp(proposal->guard, "green") != 0)
    return proposal->message;
  return generation_disputed(generation, proposal)
             ? SV("the code does not do what the specification says; that is reported, so do not change the test, and "
                  "leave it out")
             : SV("it does not pass; work out again what the code is meant to do, or leave it out");
}

int64_t generation_missing_of(const Generation *generation, int category) {
  const ConfigReport *config = generation->request->config;
  bool is_wanted = !generation->request->mutant && (generation->request->categories & (1u << category)) != 0;
  int64_t most = prompt_most_of(config, category), least = config->min_tests_per_category;
  int64_t missing = (least < most ? least : most) - (int64_t)generation_count_kept(generation, category);
  return is_wanted && missing > 0 ? missing : 0;
}

static void write_missing(const Generation *generation, Buffer *text) {
  for (int category = 0; category < CATEGORY_COUNT; category++)
    if (generation_missing_of(generation, category) > 0)
      buffer_append_format(text, "Category `%s` has %zu of at least %lld tests.\n", category_names[category],
                           generation_count_kept(generation, category),
                           (long long)generation->request->config->min_tests_per_category);
}

RoundStart generation_start_round(const Generation *generation) {
  return (RoundStart){
      .tests = generation->tests.count,
      .problems = generation->proposals.problems.count,
      .questions = generation->proposals.trajectory.count,
      .kept = generation_count_kept(generation, CATEGORY_COUNT),
  };
}

static int tell_problems(const Generation *generation, const RoundStart *start, RoundReport *round) {
  const Vector *problems = &generation->proposals.problems;
  size_t count = problems->count - start->problems;
  count = count < TOLD_MAX ? count : TOLD_MAX;
  StringView *told = arena_allocate_array(generation->arena, count, sizeof *told);
  if (!told)
    return ERROR_NO_MEMORY;
  for (size_t i = 0; i < count; i++)
    told[i] = *(const StringView *)vector_at(problems, start->problems + i);
  round->problems = (JsonArray){told, count};
  return 0;
}

int generation_tell_round(Generation *generation, const RoundStart *start) {
  Vector *trajectory = &generation->proposals.trajectory;
  RoundReport *round = trajectory->count > start->questions ? vector_at(trajectory, trajectory->count - 1) : NULL;
  if (!round || string_view_is_absent(round->answer))
    return 0;
  for (size_t i = start->tests; i < generation->tests.count; i++) {
    const Proposal *proposal = vector_at(&generation->tests, i);
    round->proposed++;
    round->accepted += !proposal->guard && proposal->is_proven;
    round->rejected += proposal->guard != NULL;
  }
  round->comprehensiveness = generation->comprehensiveness.value;
  return tell_problems(generation, start, round) < 0 ? generation_no_memory(generation) : 0;
}

int generation_write_feedback(Generation *generation, const RoundStart *start, size_t *ret_count) {
  Buffer text;
  buffer_init(&text, FEEDBACK_MAX);
  *ret_count = 0;
  buffer_append_text(&text, "\n## What became of your answer\n");
  if (generation->request->config->reflection_prompt.length > 0)
    buffer_append_format(&text, "%.*s\n", SV_ARGUMENTS(generation->request->config->reflection_prompt));
  for (size_t i = 0; i < generation->tests.count; i++) {
    const Proposal *proposal = vector_at(&generation->tests, i);
    if (!proposal->guard && proposal->is_proven)
      buffer_append_format(&text, "- %.*s: accepted\n", SV_ARGUMENTS(proposal->placed.name));
    else if (proposal->guard && i >= start->tests && (*ret_count)++ < TOLD_MAX)
      buffer_append_format(&text, "- %.*s: rejected (%s, %.*s): %.*s\n", SV_ARGUMENTS(proposal->placed.name),
                           proposal->guard, SV_ARGUMENTS(proposal->reason),
                           SV_ARGUMENTS(told_of(generation, proposal)));
  }
  for (size_t i = start->problems; i < generation->proposals.problems.count && *ret_count < TOLD_MAX; i++) {
    const StringView *problem = vector_at(&generation->proposals.problems, i);
    buffer_append_format(&text, "- %.*s\n", SV_ARGUMENTS(*problem));
    (*ret_count)++;
  }
  if (*ret_count > 0)
    buffer_append_text(&text, "Propose other tests in the place of those that were rejected.\n");
  write_missing(generation, &text);
  int result =
      generation->request->mutant
          ? 0
          : comprehensiveness_gaps(&generation->guard_context, generation->propose.subject, generation->tests.data,
                                   generation->tests.count, &generation->propose.gaps, generation->ret_error);
  generation->propose.feedback = arena_copy(generation->arena, buffer_view(&text));
  buffer_finish(&text);
  return result < 0 || generation->propose.feedback.data ? result : generation_no_memory(generation);
}
