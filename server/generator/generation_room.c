// How many tests a category may have, and which of the built-in provider's go when there are more.
#include "server/generator/generation.h"
#include "server/generator/mutant_set.h"
#include "server/generator/prompt.h"

#include <string.h>

#define USUAL_TESTS 30  // the configuration's limits are made for so many; who asks for more has more of each category

// The rounds of a category are one after the other, or, of what needs no model, all in one.
static int64_t limit_of(const Generation *generation, int category) {
  const ConfigReport *config = generation->request->config;
  int64_t most = (int64_t)generation->request->max_tests;
  if (generation->request->mutant || config->max_tests_per_category <= 0)
    return INT64_MAX;
  int64_t limit = config->max_rounds_per_category * prompt_most_of(config, category);
  return most > USUAL_TESTS ? limit * most / USUAL_TESTS : limit;
}

// What a spec states is never one too many, and of what a model proposes the first ones are tried: each costs a run.
static bool is_chosen_later(const Candidate *candidate) {
  return !string_view_equal(candidate->origin, SV("spec")) && !string_view_equal(candidate->origin, SV("model"));
}

bool generation_has_room(const Generation *generation, const Candidate *candidate) {
  bool is_models = string_view_equal(candidate->origin, SV("model"));
  int64_t kept = (int64_t)generation_count_kept(generation, candidate->category);
  bool is_full = is_models && kept >= limit_of(generation, candidate->category);
  return !is_full && generation_count_kept(generation, CATEGORY_COUNT) < generation_most_tests(generation);
}

// ---- What goes ----

// How many of the kept tests notice each change.
static void count_notices(const Generation *generation, uint32_t *notices) {
  for (size_t index = 0; index < generation->tests.count; index++) {
    const Proposal *proposal = vector_at(&generation->tests, index);
    const uint32_t *kills = proposal->kills.items;
    for (size_t i = 0; i < proposal->kills.count && !proposal->guard; i++)
      notices[kills[i]]++;
  }
}

// Changes that neither the suite nor another test notices.
static size_t count_alone(const Generation *generation, const Proposal *proposal, const uint32_t *notices) {
  const MutantSet *set = generation->guard_context.mutants;
  const uint32_t *kills = proposal->kills.items;
  size_t alone = 0;
  for (size_t i = 0; i < proposal->kills.count; i++)
    alone += notices[kills[i]] == 1 && !set->is_killed[kills[i]];
  return alone;
}

// Of several the last one.
static Proposal *find_least(Generation *generation, int category, const uint32_t *notices) {
  Proposal *least = NULL;
  size_t least_alone = 0;
  for (size_t index = 0; index < generation->tests.count; index++) {
    Proposal *proposal = vector_at(&generation->tests, index);
    if (proposal->guard || proposal->candidate->category != category || !is_chosen_later(proposal->candidate))
      continue;
    size_t alone = count_alone(generation, proposal, notices);
    if (least && (alone > least_alone || (alone == least_alone && proposal->kills.count > least->kills.count)))
      continue;
    least = proposal;
    least_alone = alone;
  }
  return least;
}

static int drop_least(Generation *generation, int category, bool *ret_is_dropped) {
  const MutantSet *set = generation->guard_context.mutants;
  uint32_t *notices = arena_allocate_array(generation->arena, set ? set->count : 0, sizeof *notices);
  if (!notices)
    return generation_no_memory(generation);
  memset(notices, 0, (set ? set->count : 0) * sizeof *notices);
  count_notices(generation, notices);
  Proposal *least = find_least(generation, category, notices);
  *ret_is_dropped = least != NULL;
  if (least)
    guard_reject(&generation->guard_context, least, "worth", "category-full",
                 "its category has as many tests as the configuration allows (%lld: max_tests_per_category in "
                 "max_rounds_per_category rounds, and more where maxTests is above %d), and this one adds least to "
                 "them: %zu changes of the code that no "
                 "other notices",
                 (long long)limit_of(generation, category), USUAL_TESTS, count_alone(generation, least, notices));
  return 0;
}

int generation_make_room(Generation *generation) {
  int result = 0;
  for (int category = 0; category < CATEGORY_COUNT; category++) {
    bool is_dropped = true;
    while (result == 0 && is_dropped &&
           (int64_t)generation_count_kept(generation, category) > limit_of(generation, category))
      result = drop_least(generation, category, &is_dropped);
  }
  return result;
}
