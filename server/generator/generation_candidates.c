// From candidates to proposals in their test file, and before the guards.
#include "server/generator/generation.h"
#include "server/generator/render.h"

#include "server/base/files.h"

#define KILLERS_TRIED_MAX 200u  // tests that are run with a mutant that one of them may kill

// Whatever kills the mutant is welcome.
static bool is_in_play(const Generation *generation, const Candidate *candidate) {
  return generation->request->mutant || (generation->request->categories & (1u << candidate->category)) != 0;
}

// A model that says how sure it is of a test is taken at its word: half the precision is the least.
static bool is_sure_enough(Generation *generation, const Candidate *candidate) {
  if (candidate->confidence >= generation->request->config->precision_weight / 2)
    return true;
  generation->unsure++;
  return false;
}

// A model may propose the same again.
static bool is_repeated(const Generation *generation, StringView key) {
  for (size_t i = 0; i < generation->old_keys; i++)
    if (string_view_equal(key, *(const StringView *)vector_at(&generation->keys, i)))
      return true;
  return false;
}

static int add_proposal(Generation *generation, const Candidate *candidate) {
  Vector *taken = &generation->taken;
  Proposal proposal = {
      .candidate = candidate,
      .subject_path = generation->propose.subject_path,
      .original_path = path_join(generation->arena, generation->bench.root, generation->propose.subject_path),
  };
  int result = place_test(&generation->file, candidate, proposal.subject_path, taken, generation->arena,
                          &proposal.placed, generation->ret_error);
  if (result < 0)
    return result;
  if (place_is_known(&generation->file, candidate, &proposal.placed, generation->arena)) {
    vector_truncate(taken, taken->count - 1);
    generation->known++;
    return 0;
  }
  proposal.id = place_node_id(&generation->file, &proposal.placed, generation->arena);
  return proposal.id.data && proposal.original_path.data && vector_push_copy(&generation->tests, &proposal)
             ? 0
             : generation_no_memory(generation);
}

int generation_note_unsure(Generation *generation) {
  if (generation->unsure == 0)
    return 0;
  StringView note =
      arena_format(generation->arena,
                   "%zu of the proposed tests were not tried: the model is less sure of them than half the "
                   "configuration's precision_weight (%.2f)",
                   generation->unsure, generation->request->config->precision_weight);
  return note.data && vector_push_copy(&generation->proposals.notes, &note) ? 0 : generation_no_memory(generation);
}

int generation_note_known(Generation *generation) {
  if (generation->known == 0)
    return 0;
  StringView note = arena_format(generation->arena, "%.*s has %zu of the proposed tests already",
                                 SV_ARGUMENTS(generation->file.path), generation->known);
  return note.data && vector_push_copy(&generation->proposals.notes, &note) ? 0 : generation_no_memory(generation);
}

// Tests that were rejected leave their place to those of the next round. Of one category; CATEGORY_COUNT: of all.
size_t generation_count_kept(const Generation *generation, int category) {
  size_t kept = 0;
  for (size_t i = 0; i < generation->tests.count; i++) {
    const Proposal *proposal = vector_at(&generation->tests, i);
    kept += !proposal->guard && (category == CATEGORY_COUNT || proposal->candidate->category == category);
  }
  return kept;
}

size_t generation_most_tests(const Generation *generation) {
  return generation->request->mutant ? KILLERS_TRIED_MAX : generation->request->max_tests;
}

static int place_candidate(Generation *generation, const Candidate *candidate) {
  StringView key = render_body_key(candidate, &generation->file.style, generation->arena);
  if (!key.data)
    return generation_no_memory(generation);
  if (is_repeated(generation, key))
    return 0;
  return vector_push_copy(&generation->keys, &key) ? add_proposal(generation, candidate)
                                                   : generation_no_memory(generation);
}

// Those that have room are placed, in their order; the others wait for the places of those that will be rejected.
static int place_candidates(Generation *generation, const Candidate **waiting, size_t *count) {
  size_t kept = 0;
  int result = 0;
  for (size_t i = 0; i < *count && result == 0; i++) {
    if (generation_has_room(generation, waiting[i]))
      result = place_candidate(generation, waiting[i]);
    else
      waiting[kept++] = waiting[i];
  }
  *count = kept;
  return result;
}

int generation_choose_file(Generation *generation) {
  const GenerateRequest *request = generation->request;
  StringView wanted = request->spec ? request->spec->test_path : (StringView){0};
  int result = place_choose_file(request->index, generation->propose.subject_path, wanted, generation->arena,
                                 &generation->file, generation->ret_error);
  generation->propose.test_path = generation->file.path;
  return result;
}

// ---- Guards ----

static int guard(Generation *generation) {
  if (generation->tests.count == 0)
    return 0;
  generation_emit(generation, EVENT_PROGRESS,
                  arena_format(generation->arena, "Checking %zu proposed tests", generation->tests.count), NULL);
  GuardContext *context = &generation->guard_context;
  int result = guards_run(context, generation->tests.data, generation->tests.count, generation->ret_error);
  if (context->mutant)
    guards_keep_one(context, generation->tests.data, generation->tests.count);
  return result;
}

// To people, and to a model that may propose for other categories.
static int say_untried(Generation *generation, size_t count) {
  bool is_full = generation_count_kept(generation, CATEGORY_COUNT) >= generation_most_tests(generation);
  StringView text = arena_format(generation->arena,
                                 "not tried, as there are as many tests as are wanted: %zu of the "
                                 "proposed ones (%s)",
                                 count, is_full ? "of all, maxTests" : "of their categories");
  if (!text.data || !vector_push_copy(&generation->proposals.notes, &text))
    return generation_no_memory(generation);
  return is_full || vector_push_copy(&generation->proposals.problems, &text) ? 0 : generation_no_memory(generation);
}

// What the tests of this round say is known to the next one. The candidates stay: the proposals point to them.
int generation_try_candidates(Generation *generation) {
  size_t count = 0, waiting_count = 0, tried = SIZE_MAX;
  const Candidate *candidates = vector_to_arena(&generation->proposals.candidates, generation->arena, &count);
  const Candidate **waiting = arena_allocate_array(generation->arena, count, sizeof *waiting);
  int result = (candidates || count == 0) && waiting ? 0 : generation_no_memory(generation);
  for (size_t i = 0; i < count && result == 0; i++)
    if (is_in_play(generation, &candidates[i]) && is_sure_enough(generation, &candidates[i]))
      waiting[waiting_count++] = &candidates[i];
  generation->old_keys = generation->keys.count;
  while (result == 0 && waiting_count > 0 && generation->tests.count != tried) {
    tried = generation->tests.count;
    result = place_candidates(generation, waiting, &waiting_count);
    if (result == 0 && generation->tests.count != tried)
      result = guard(generation);
  }
  vector_truncate(&generation->proposals.candidates, 0);
  return result == 0 && waiting_count > 0 ? say_untried(generation, waiting_count) : result;
}
