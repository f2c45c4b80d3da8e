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

int generation_write_feedback(Generation *generation, size_t first_test, size_t first_problem, size_t *ret_count) {
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
    else if (proposal->guard && i >= first_test && (*ret_count)++ < TOLD_MAX)
      buffer_append_format(&text, "- %.*s: rejected (%s, %.*s): %.*s\n", SV_ARGUMENTS(proposal->placed.name),
                           proposal->guard, SV_ARGUMENTS(proposal->reason),
                           SV_ARGUMENTS(told_of(generation, proposal)));
  }
  for (size_t i = first_problem; i < generation->proposals.problems.count && *ret_count < TOLD_MAX; i++) {
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
