// What a test of a model notices: it must fail with some change of its subject (red), and add something to what the
// suite and the tests before it notice or reach (worth). What the built-in provider writes was chosen by what it
// reaches.
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

static size_t list_open(const GuardContext *context, const Proposal *proposals, size_t count, StringView *ret_ids) {
  size_t open = 0;
  for (size_t index = 0; index < count; index++)
    if (is_open(context, &proposals[index]) && !proposals[index].is_measured)
      ret_ids[open++] = proposals[index].id;
  return open;
}

static int measure(GuardContext *context, Proposal *proposals, size_t count, JsonArray ids, Error *ret_error) {
  const MutantSet *set = context->mutants;
  MutantFate *found = arena_allocate_array(context->arena, set->count, sizeof *found);
  KillTable table;
  kill_table_init(&table, context->arena);
  int result = found ? guards_write_files(context, proposals, count, ret_error) : no_memory(ret_error);
  if (result == 0)
    result = mutant_set_try(context, set, ids, found, &table, ret_error);
  for (size_t index = 0; index < count && result == 0; index++) {
    if (!is_open(context, &proposals[index]) || proposals[index].is_measured)
      continue;
    result = take_measurement(context, set, &table, &proposals[index], ret_error);
    if (result == 0)
      judge_kills(context, set, found, &proposals[index]);
  }
  kill_table_finish(&table);
  return result;
}

int guard_kills(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  StringView *ids = arena_allocate_array(context->arena, count, sizeof *ids);
  if (!ids)
    return no_memory(ret_error);
  size_t open = list_open(context, proposals, count, ids);
  int result = 0;
  if (open > 0 && !context->mutants)
    result = mutant_set_create(context, proposals, count, &context->mutants, ret_error);
  if (result < 0 || open == 0 || context->mutants->count == 0)
    return result;
  return measure(context, proposals, count, (JsonArray){ids, open}, ret_error);
}

// ---- Worth ----

static bool is_reached_before(const GuardContext *context, const Proposal *proposals, size_t before,
                              const Proposal *proposal, int64_t line) {
  StringView text = arena_format(context->arena, "%.*s:%lld", SV_ARGUMENTS(proposal->original_path), (long long)line);
  const StringView *lines = context->lines_before.items;
  for (size_t index = 0; index < context->lines_before.count; index++)
    if (string_view_equal(lines[index], text))
      return true;
  for (size_t index = 0; index < before; index++)
    if (!proposals[index].guard && string_view_equal(proposals[index].subject_path, proposal->subject_path) &&
        reaches_line(&proposals[index], (uint32_t)line))
      return true;
  return false;
}

static bool reaches_more(const GuardContext *context, const Proposal *proposals, size_t index) {
  const int64_t *lines = proposals[index].lines.items;
  for (size_t at = 0; at < proposals[index].lines.count; at++)
    if (!is_reached_before(context, proposals, index, &proposals[index], lines[at]))
      return true;
  return false;
}

static uint32_t take_new_kills(bool *is_killed, const Proposal *proposal) {
  const uint32_t *kills = proposal->kills.items;
  uint32_t more = 0;
  for (size_t index = 0; index < proposal->kills.count; index++) {
    more += !is_killed[kills[index]];
    is_killed[kills[index]] = true;
  }
  return more;
}

// In the order in which they were proposed: of two that notice the same the first one stays.
int guard_worth(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  const MutantSet *set = context->mutants;
  if (!set || set->count == 0 || !set->is_known || !context->has_lines_before)
    return 0;
  bool *is_killed = arena_allocate_array(context->arena, set->count, sizeof *is_killed);
  if (!is_killed)
    return no_memory(ret_error);
  memcpy(is_killed, set->is_killed, set->count * sizeof *is_killed);
  for (size_t index = 0; index < count; index++) {
    Proposal *proposal = &proposals[index];
    if (proposal->guard)
      continue;
    uint32_t gain = take_new_kills(is_killed, proposal);
    if (!is_open(context, proposal))
      continue;
    if (proposal->is_measured)
      proposal->gain = (OptionalInteger){true, gain};
    if (proposal->is_measured && gain == 0 && !reaches_more(context, proposals, index))
      guard_reject(context, proposal, "worth", "adds-nothing",
                   "the test adds nothing: all that it notices and reaches in %.*s, other tests do, too",
                   SV_ARGUMENTS(proposal->subject_path));
  }
  return 0;
}
