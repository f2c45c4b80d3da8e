#include "server/generator/gain.h"

#include "server/generator/mutant_set.h"
#include "server/generator/requirements.h"
#include "server/runner/coverage.h"

#include <string.h>

typedef struct Counting {
  const GuardContext *context;
  const Proposal *proposals;
  bool *is_killed;  // by number of the mutant; NULL: not known
  bool *is_met;     // by cell
} Counting;

// ---- Looking up ----

static bool has_number(JsonArray ascending, int64_t wanted) {
  const int64_t *items = ascending.items;
  size_t low = 0, high = ascending.count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (items[middle] == wanted)
      return true;
    if (items[middle] < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

static const CoverageFile *find_file(JsonArray files, StringView path) {
  const CoverageFile *items = files.items;
  for (size_t index = 0; index < files.count; index++)
    if (string_view_equal(items[index].path, path))
      return &items[index];
  return NULL;
}

bool reach_has_line(const Reach *reach, StringView path, int64_t line) {
  const CoverageFile *file = find_file(reach->files, path);
  return file && has_number(file->executed, line);
}

bool reach_has_branch(const Reach *reach, StringView path, uint32_t line, uint32_t target) {
  const CoverageFile *file = find_file(reach->files, path);
  const CoverageBranch *branches = file ? file->branches.items : NULL;
  for (size_t index = 0; file && index < file->branches.count; index++)
    if (branches[index].is_taken && branches[index].line == line && branches[index].target == target)
      return true;
  return false;
}

bool gain_meets(const GuardContext *context, const Proposal *proposal, size_t cell) {
  const RequirementCell *cells = context->cells.items;
  return requirement_is_met(&cells[cell], proposal->candidate->requirement, proposal->placed.code, context->arena);
}

// ---- Counting ----

static Reach suite_of(const GuardContext *context) {
  return (Reach){context->coverage, context->boundaries};
}

typedef bool HasThing(const Reach *reach, StringView path, const void *thing);

static bool has_line(const Reach *reach, StringView path, const void *thing) {
  return reach_has_line(reach, path, *(const int64_t *)thing);
}

static bool has_branch(const Reach *reach, StringView path, const void *thing) {
  const CoverageBranch *branch = thing;
  return reach_has_branch(reach, path, branch->line, branch->target);
}

static bool has_boundary(const Reach *reach, StringView path, const void *thing) {
  (void)path;
  return has_number(reach->boundaries, *(const int64_t *)thing);
}

static bool is_had(const Counting *counting, size_t before, HasThing *has, StringView path, const void *thing) {
  Reach suite = suite_of(counting->context);
  if (has(&suite, path, thing))
    return true;
  for (size_t index = 0; index < before; index++)
    if (!counting->proposals[index].guard && has(&counting->proposals[index].reach, path, thing))
      return true;
  return false;
}

static void count_reach(const Counting *counting, size_t at, Gain *gain) {
  const Reach *reach = &counting->proposals[at].reach;
  const CoverageFile *files = reach->files.items;
  gain->lines = gain->branches = (OptionalInteger){true, 0};
  for (size_t file = 0; file < reach->files.count; file++) {
    const int64_t *lines = files[file].executed.items;
    const CoverageBranch *branches = files[file].branches.items;
    for (size_t index = 0; index < files[file].executed.count; index++)
      gain->lines.value += !is_had(counting, at, has_line, files[file].path, &lines[index]);
    for (size_t index = 0; index < files[file].branches.count; index++)
      gain->branches.value +=
          branches[index].is_taken && !is_had(counting, at, has_branch, files[file].path, &branches[index]);
  }
}

static void count_boundaries(const Counting *counting, size_t at, Gain *gain) {
  JsonArray boundaries = counting->proposals[at].reach.boundaries;
  const int64_t *items = boundaries.items;
  gain->boundaries = (OptionalInteger){true, 0};
  for (size_t index = 0; index < boundaries.count; index++)
    gain->boundaries.value += !is_had(counting, at, has_boundary, (StringView){0}, &items[index]);
}

static void count_kills(const Counting *counting, size_t at, Gain *gain) {
  const uint32_t *kills = counting->proposals[at].kills.items;
  gain->kills = (OptionalInteger){counting->proposals[at].is_measured, 0};
  for (size_t index = 0; index < counting->proposals[at].kills.count; index++) {
    gain->kills.value += !counting->is_killed[kills[index]];
    counting->is_killed[kills[index]] = true;
  }
}

static void count_requirements(const Counting *counting, size_t at, Gain *gain) {
  gain->requirements = (OptionalInteger){counting->context->cells.count > 0, 0};
  for (size_t cell = 0; cell < counting->context->cells.count; cell++)
    if (!counting->is_met[cell] && gain_meets(counting->context, &counting->proposals[at], cell)) {
      counting->is_met[cell] = true;
      gain->requirements.value++;
    }
}

static int init(Counting *counting, Error *ret_error) {
  const GuardContext *context = counting->context;
  const MutantSet *set = context->mutants;
  const RequirementCell *cells = context->cells.items;
  bool knows_kills = set && set->count > 0 && set->is_known;
  if (knows_kills)
    counting->is_killed = arena_allocate_array(context->arena, set->count, sizeof *counting->is_killed);
  counting->is_met = arena_allocate_array(context->arena, context->cells.count, sizeof *counting->is_met);
  if ((knows_kills && !counting->is_killed) || !counting->is_met)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is counted what tests add");
  if (knows_kills)
    memcpy(counting->is_killed, set->is_killed, set->count * sizeof *counting->is_killed);
  for (size_t cell = 0; cell < context->cells.count; cell++)
    counting->is_met[cell] = cells[cell].is_met_by_suite;
  return 0;
}

int gain_count(const GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  Counting counting = {.context = context, .proposals = proposals};
  int result = init(&counting, ret_error);
  for (size_t at = 0; at < count && result == 0; at++) {
    Gain gain = {0};
    if (proposals[at].guard)
      continue;
    if (counting.is_killed)
      count_kills(&counting, at, &gain);
    if (context->is_suite_known && proposals[at].is_reach_known)
      count_reach(&counting, at, &gain);
    if (context->are_boundaries_known && proposals[at].is_reach_known)
      count_boundaries(&counting, at, &gain);
    count_requirements(&counting, at, &gain);
    proposals[at].gain = gain;
  }
  return result;
}

bool gain_is_nothing(const Gain *gain) {
  const OptionalInteger *parts[] = {&gain->kills, &gain->lines, &gain->branches, &gain->boundaries,
                                    &gain->requirements};
  bool is_measured = false, is_more = false;
  for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
    is_measured |= parts[index]->present;
    is_more |= parts[index]->present && parts[index]->value > 0;
  }
  return is_measured && !is_more;
}
