// What a test of a model notices: it must fail with some change of its subject (red), and add something to what the
// suite and the tests before it notice, reach or are for (worth). What the built-in provider writes was chosen by what
// it reaches, and is only measured.
#include "server/generator/gain.h"
#include "server/generator/mutant_set.h"

#include <string.h>

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is measured what tests notice");
}

static bool is_open(const GuardContext *context, const Proposal *proposal) {
  return !context->mutant && !context->stub && !proposal->guard && !proposal->is_proven &&
         string_view_equal(proposal->candidate->origin, SV("model"));
}

// ---- Measuring ----

static StringView without_parameters(StringView id) {
  return string_view_slice(id, 0, string_view_find_byte(id, '['));
}

static bool has_number(JsonArray numbers, uint32_t wanted) {
  const uint32_t *items = numbers.items;
  for (size_t index = 0; index < numbers.count; index++)
    if (items[index] == wanted)
      return true;
  return false;
}

// The kills of all cases of a parametrised test.
static int take_kills(GuardContext *context, const KillTable *table, size_t mutants, Proposal *proposal,
                      Error *ret_error) {
  uint32_t *kills = arena_allocate_array(context->arena, mutants, sizeof *kills);
  if (!kills)
    return no_memory(ret_error);
  proposal->kills = (JsonArray){kills, 0};
  for (size_t index = 0; index < table->kills.count; index++) {
    const Kill *kill = vector_at((Vector *)&table->kills, index);
    const ReachingTest *test = vector_at((Vector *)&table->tests, kill->test);
    if (string_view_equal(without_parameters(test->test), proposal->id) && !has_number(proposal->kills, kill->mutant))
      kills[proposal->kills.count++] = kill->mutant;
  }
  return 0;
}

static int take_lines(GuardContext *context, const ReachingTest *test, int64_t source, Proposal *proposal,
                      Error *ret_error) {
  const ReachedFile *files = test->files.items;
  for (size_t index = 0; index < test->files.count; index++) {
    if (files[index].file != source)
      continue;
    size_t before = proposal->lines.count, count = before + files[index].lines.count;
    int64_t *lines = arena_allocate_array(context->arena, count, sizeof *lines);
    if (!lines)
      return no_memory(ret_error);
    if (before > 0)
      memcpy(lines, proposal->lines.items, before * sizeof *lines);
    if (count > before)
      memcpy(lines + before, files[index].lines.items, (count - before) * sizeof *lines);
    proposal->lines = (JsonArray){lines, count};
  }
  return 0;
}

static int64_t source_of(const MutantSet *set, const Proposal *proposal) {
  const MutatedSource *sources = set->sources.items;
  for (size_t index = 0; index < set->sources.count; index++)
    if (string_view_equal(sources[index].relative, proposal->subject_path))
      return (int64_t)index;
  return -1;
}

// A test that starts programs, or needs those before it, is not seen as it is.
static int take_measurement(GuardContext *context, const MutantSet *set, const KillTable *table, Proposal *proposal,
                            Error *ret_error) {
  bool is_seen = false, is_clear = true;
  int result = take_kills(context, table, set->count, proposal, ret_error);
  for (size_t index = 0; index < table->tests.count && result == 0; index++) {
    const ReachingTest *test = vector_at((Vector *)&table->tests, index);
    if (!string_view_equal(without_parameters(test->test), proposal->id))
      continue;
    is_seen = true;
    is_clear = is_clear && !test->is_blind && !test->is_dependent;
    result = take_lines(context, test, source_of(set, proposal), proposal, ret_error);
  }
  proposal->is_measured = is_seen && is_clear;
  return result;
}

static bool reaches_line(const Proposal *proposal, uint32_t line) {
  const int64_t *lines = proposal->lines.items;
  for (size_t index = 0; index < proposal->lines.count; index++)
    if (lines[index] == line)
      return true;
  return false;
}

// Changes that it reaches, and those of them of which nobody knows who noticed.
static size_t count_reached(const MutantSet *set, const MutantFate *found, const Proposal *proposal,
                            size_t *ret_unclear) {
  size_t reached = 0;
  int64_t source = source_of(set, proposal);
  *ret_unclear = 0;
  for (size_t index = 0; index < set->count; index++) {
    if (found[index] == FATE_UNKNOWN)  // not all were judged
      ++*ret_unclear;
    if (set->source_of[index] != source || !reaches_line(proposal, set->lines[index]))
      continue;
    reached += found[index] == FATE_KILLED || found[index] == FATE_UNNOTICED;
    *ret_unclear += found[index] == FATE_UNCLEAR;
  }
  return reached;
}

static void judge_kills(GuardContext *context, const MutantSet *set, const MutantFate *found, Proposal *proposal) {
  size_t unclear, reached = count_reached(set, found, proposal, &unclear);
  if (!proposal->is_measured || proposal->kills.count > 0 || unclear > 0)
    return;
  if (reached == 0)
    guard_reject(context, proposal, "red", "kills-nothing", "the test runs nothing of %.*s that could be changed",
                 SV_ARGUMENTS(proposal->subject_path));
  else
    guard_reject(context, proposal, "red", "kills-nothing",
                 "the test passes whatever is changed in %.*s: it reaches %zu changes and notices none",
                 SV_ARGUMENTS(proposal->subject_path), reached);
}

static bool is_asked(const Proposal *proposal, bool takes_all, const GuardContext *context) {
  return !proposal->guard && !proposal->is_judged && (takes_all || is_open(context, proposal));
}

static size_t list_asked(GuardContext *context, Proposal *proposals, size_t count, bool takes_all,
                         StringView *ret_ids) {
  size_t asked = 0;
  for (size_t index = 0; index < count; index++)
    if (is_asked(&proposals[index], takes_all, context))
      ret_ids[asked++] = proposals[index].id;
  return asked;
}

static int measure(GuardContext *context, Proposal *proposals, size_t count, bool takes_all, JsonArray ids,
                   Error *ret_error) {
  MutantSet *set = context->mutants;
  MutantFate *found = arena_allocate_array(context->arena, set->count, sizeof *found);
  KillTable table;
  kill_table_init(&table, context->arena);
  int result = found ? guards_write_files(context, proposals, count, ret_error) : no_memory(ret_error);
  if (result == 0)
    result = mutant_set_try(context, set, ids, found, &table, ret_error);
  for (size_t index = 0; index < count && result == 0; index++) {
    if (!is_asked(&proposals[index], takes_all, context))
      continue;
    proposals[index].is_judged = true;
    result = take_measurement(context, set, &table, &proposals[index], ret_error);
    if (result == 0 && !takes_all)
      judge_kills(context, set, found, &proposals[index]);
  }
  kill_table_finish(&table);
  return result;
}

static int find_kills(GuardContext *context, Proposal *proposals, size_t count, bool takes_all, Error *ret_error) {
  StringView *ids = arena_allocate_array(context->arena, count, sizeof *ids);
  if (!ids)
    return no_memory(ret_error);
  size_t asked = list_asked(context, proposals, count, takes_all, ids);
  int result = 0;
  if (asked > 0 && !context->mutants)
    result = mutant_set_create(context, proposals, count, &context->mutants, ret_error);
  if (result < 0 || asked == 0 || context->mutants->count == 0)
    return result;
  return measure(context, proposals, count, takes_all, (JsonArray){ids, asked}, ret_error);
}

int guard_kills(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  return find_kills(context, proposals, count, false, ret_error);
}

int guards_measure_kills(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  return context->mutant || context->stub ? 0 : find_kills(context, proposals, count, true, ret_error);
}

// ---- Worth ----

static bool is_suspect(const GuardContext *context, const Proposal *proposal) {
  return is_open(context, proposal) && proposal->is_measured && proposal->gain.kills.present &&
         gain_is_nothing(&proposal->gain);
}

static bool has_suspects(const GuardContext *context, const Proposal *proposals, size_t count) {
  for (size_t index = 0; index < count; index++)
    if (is_suspect(context, &proposals[index]))
      return true;
  return false;
}

// In the order in which they were proposed: of two that notice the same the first one stays. What a test reaches is
// measured only when it decides, and its boundaries only when nothing else does. What is not known rejects nobody.
int guard_worth(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  int result = gain_count(context, proposals, count, ret_error);
  if (result < 0 || !has_suspects(context, proposals, count))
    return result;
  result = guards_measure_reach(context, proposals, count, ret_error);
  if (result == 0)
    result = gain_count(context, proposals, count, ret_error);
  if (result == 0 && has_suspects(context, proposals, count)) {
    result = guards_measure_boundaries(context, proposals, count, ret_error);
    if (result == 0)
      result = guards_write_files(context, proposals, count, ret_error);
    if (result == 0)
      result = gain_count(context, proposals, count, ret_error);
  }
  for (size_t index = 0; index < count && result == 0; index++)
    if (is_suspect(context, &proposals[index]) && proposals[index].gain.lines.present)
      guard_reject(context, &proposals[index], "worth", "adds-nothing",
                   "the test adds nothing: all that it notices and reaches in %.*s, other tests do, too",
                   SV_ARGUMENTS(proposals[index].subject_path));
  return result;
}
