#include "server/generator/comprehensiveness.h"

#include "server/generator/gain.h"
#include "server/generator/mutant_set.h"
#include "server/generator/requirements.h"
#include "server/runner/coverage.h"

#define SCALE 10.0
#define GAPS_MAX (8u << 20)  // bytes
#define QUOTED_MAX 60u       // bytes of code

// Tests notice what they reach at most, so coverage alone is worth little.
enum { PART_MUTANTS, PART_COVERAGE, PART_REQUIREMENTS, PART_COUNT };
static const struct {
  const char *name;
  double weight;
} parts[PART_COUNT] = {{"mutants", 6}, {"lines and branches", 1}, {"requirements", 3}};

typedef struct Looking {
  const GuardContext *context;
  const FileAnalysis *subject;
  const Proposal *proposals;
  size_t count;
  uint32_t first, last;  // lines of the subject, 1-based
  bool *is_killed;       // by number of the mutant
  bool *is_met;          // by cell
} Looking;

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is measured how much tests notice");
}

// ---- What is counted ----

static void find_lines(Looking *looking) {
  StringView symbol = looking->context->symbol;
  size_t count = 0;
  const Definition *definitions = looking->subject ? analysis_definitions(looking->subject, &count) : NULL;
  looking->last = UINT32_MAX;
  for (size_t index = 0; index < count && symbol.length > 0; index++) {
    if (!string_view_equal(definitions[index].qualified_name, symbol))
      continue;
    const LineIndex *lines = analysis_lines(looking->subject);
    looking->first = line_index_line_of(lines, definitions[index].span.start) + 1;
    looking->last = line_index_line_of(lines, definitions[index].span.end) + 1;
  }
}

static int look(Looking *looking, Error *ret_error) {
  const GuardContext *context = looking->context;
  const MutantSet *set = context->mutants;
  size_t mutants = set ? set->count : 0;
  looking->is_killed = arena_allocate_array(context->arena, mutants, sizeof *looking->is_killed);
  looking->is_met = arena_allocate_array(context->arena, context->cells.count, sizeof *looking->is_met);
  if (!looking->is_killed || !looking->is_met)
    return no_memory(ret_error);
  for (size_t index = 0; index < mutants; index++)
    looking->is_killed[index] = set->is_killed[index];
  for (size_t cell = 0; cell < context->cells.count; cell++)
    looking->is_met[cell] = ((const RequirementCell *)context->cells.items)[cell].is_met_by_suite;
  for (size_t at = 0; at < looking->count; at++) {
    const Proposal *proposal = &looking->proposals[at];
    const uint32_t *kills = proposal->kills.items;
    for (size_t index = 0; index < proposal->kills.count && !proposal->guard; index++)
      looking->is_killed[kills[index]] = true;
    for (size_t cell = 0; cell < context->cells.count && !proposal->guard; cell++)
      looking->is_met[cell] = looking->is_met[cell] || gain_meets(context, proposal, cell);
  }
  find_lines(looking);
  return 0;
}

// What the suite was measured on; NULL: it was not.
static const CoverageFile *coverage_of(const Looking *looking) {
  const CoverageFile *files = looking->context->coverage.items;
  StringView path = looking->count > 0 ? looking->proposals[0].original_path : (StringView){0};
  for (size_t index = 0; looking->context->is_suite_known && index < looking->context->coverage.count; index++)
    if (string_view_equal(files[index].path, path))
      return &files[index];
  return NULL;
}

static bool is_inside(const Looking *looking, int64_t line) {
  return line >= looking->first && line <= looking->last;
}

static bool runs_line(const Looking *looking, StringView path, int64_t line) {
  for (size_t at = 0; at < looking->count; at++)
    if (!looking->proposals[at].guard && reach_has_line(&looking->proposals[at].reach, path, line))
      return true;
  return false;
}

static bool takes_branch(const Looking *looking, StringView path, const CoverageBranch *branch) {
  for (size_t at = 0; at < looking->count; at++)
    if (!looking->proposals[at].guard &&
        reach_has_branch(&looking->proposals[at].reach, path, branch->line, branch->target))
      return true;
  return false;
}

// ---- The parts ----

static void count_mutants(const Looking *looking, EvidencePart *part) {
  const MutantSet *set = looking->context->mutants;
  int64_t before = 0, after = 0, total = 0;
  part->source = SV("no changes of the code were tried");
  if (!set)
    return;
  if (set->count == 0) {
    part->basis = BASIS_NOT_APPLICABLE;
    part->source = SV("the code has nothing that could be changed");
    return;
  }
  part->source = SV("it is not known which changes the suite notices");
  if (!set->is_known)
    return;
  for (size_t index = 0; index < set->count; index++) {
    total += !set->is_none[index];
    before += !set->is_none[index] && set->is_killed[index];
    after += !set->is_none[index] && looking->is_killed[index];
  }
  part->basis = BASIS_MEASURED;
  part->before = (OptionalInteger){!set->is_partial, before};
  part->after = (OptionalInteger){true, after};
  part->total = (OptionalInteger){true, total};
  part->source = set->is_partial ? SV("changes of the code that a test notices; of the suite, which is slow, only the "
                                      "file of the new tests was asked")
                                 : SV("changes of the code that a test notices");
}

static void count_coverage(const Looking *looking, EvidencePart *part) {
  const CoverageFile *file = coverage_of(looking);
  part->source = SV("the lines of the suite were not measured");
  if (!file)
    return;
  const int64_t *executed = file->executed.items, *missing = file->missing.items;
  const CoverageBranch *branches = file->branches.items;
  int64_t before = 0, after = 0, total = 0;
  for (size_t index = 0; index < file->executed.count; index++)
    before += is_inside(looking, executed[index]);
  total = after = before;
  for (size_t index = 0; index < file->missing.count; index++) {
    total += is_inside(looking, missing[index]);
    after += is_inside(looking, missing[index]) && runs_line(looking, file->path, missing[index]);
  }
  for (size_t index = 0; index < file->branches.count; index++) {
    if (!is_inside(looking, branches[index].line))
      continue;
    total++;
    before += branches[index].is_taken;
    after += branches[index].is_taken || takes_branch(looking, file->path, &branches[index]);
  }
  part->basis = total > 0 ? BASIS_MEASURED : BASIS_NOT_APPLICABLE;
  part->before = (OptionalInteger){total > 0, before};
  part->after = (OptionalInteger){total > 0, after};
  part->total = (OptionalInteger){total > 0, total};
  part->source = file->has_branches ? SV("lines and branches of the code that a test runs")
                                    : SV("lines of the code that a test runs; branches were not measured");
}

static void count_requirements(const Looking *looking, EvidencePart *part) {
  const RequirementCell *cells = looking->context->cells.items;
  int64_t before = 0, after = 0, total = (int64_t)looking->context->cells.count;
  for (size_t cell = 0; cell < looking->context->cells.count; cell++) {
    before += cells[cell].is_met_by_suite;
    after += looking->is_met[cell];
  }
  part->basis = total > 0 ? BASIS_MEASURED : BASIS_NOT_APPLICABLE;
  part->before = (OptionalInteger){total > 0, before};
  part->after = (OptionalInteger){total > 0, after};
  part->total = (OptionalInteger){total > 0, total};
  part->source = total > 0 ? SV("requirements of the spec that a test which passes is for")
                           : SV("there is no spec with requirements");
}

static void settle(ComprehensivenessReport *report) {
  EvidencePart *items = report->parts.items;
  double weights = 0, before = 0, after = 0;
  bool is_any_measured = false, is_all_before = true;
  for (size_t index = 0; index < PART_COUNT; index++)
    weights += items[index].basis != BASIS_NOT_APPLICABLE ? parts[index].weight : 0;
  for (size_t index = 0; index < PART_COUNT; index++) {
    if (items[index].basis == BASIS_NOT_APPLICABLE)
      continue;
    items[index].weight = parts[index].weight / weights;
    if (items[index].basis != BASIS_MEASURED || items[index].total.value == 0)
      continue;
    is_any_measured = true;
    is_all_before = is_all_before && items[index].before.present;
    before += items[index].weight * (double)items[index].before.value / (double)items[index].total.value;
    after += items[index].weight * (double)items[index].after.value / (double)items[index].total.value;
  }
  report->value = (OptionalNumber){is_any_measured, SCALE * after};
  report->before = (OptionalNumber){is_any_measured && is_all_before, SCALE * before};
}

int comprehensiveness_measure(const GuardContext *context, const FileAnalysis *subject, const Proposal *proposals,
                              size_t count, ComprehensivenessReport *report, Error *ret_error) {
  Looking looking = {.context = context, .subject = subject, .proposals = proposals, .count = count};
  EvidencePart *items = arena_allocate_array(context->arena, PART_COUNT, sizeof *items);
  int result = items ? look(&looking, ret_error) : no_memory(ret_error);
  if (result < 0)
    return result;
  for (size_t index = 0; index < PART_COUNT; index++)
    items[index] = (EvidencePart){.of = string_view_from(parts[index].name), .basis = BASIS_NOT_MEASURED};
  if (context->stub) {
    items[PART_MUTANTS].basis = items[PART_COVERAGE].basis = BASIS_NOT_APPLICABLE;
    items[PART_MUTANTS].source = items[PART_COVERAGE].source = SV("there is no code yet");
  } else {
    count_mutants(&looking, &items[PART_MUTANTS]);
    count_coverage(&looking, &items[PART_COVERAGE]);
  }
  count_requirements(&looking, &items[PART_REQUIREMENTS]);
  report->parts = (JsonArray){items, PART_COUNT};
  settle(report);
  return 0;
}

StringView comprehensiveness_summary(const ComprehensivenessReport *report, Arena *arena) {
  const EvidencePart *items = report->parts.items;
  StringView text = report->value.present ? arena_format(arena, "%.1f of 10", report->value.value)
                                          : arena_copy(arena, SV("not measured"));
  bool is_first = true;
  for (size_t index = 0; index < report->parts.count && text.data; index++) {
    if (items[index].basis == BASIS_NOT_APPLICABLE)
      continue;
    const char *before = is_first ? ": " : ", ";
    is_first = false;
    text =
        items[index].basis == BASIS_MEASURED
            ? arena_format(arena, "%.*s%s%lld of %lld %.*s", SV_ARGUMENTS(text), before,
                           (long long)items[index].after.value, (long long)items[index].total.value,
                           SV_ARGUMENTS(items[index].of))
            : arena_format(arena, "%.*s%s%.*s not measured", SV_ARGUMENTS(text), before, SV_ARGUMENTS(items[index].of));
  }
  return text;
}

// ---- Gaps ----

static void write_lines(const Looking *looking, const CoverageFile *file, Buffer *text) {
  const int64_t *missing = file->missing.items;
  for (size_t index = 0; index < file->missing.count; index++) {
    size_t first = index;
    bool is_open = is_inside(looking, missing[index]) && !runs_line(looking, file->path, missing[index]);
    while (is_open && index + 1 < file->missing.count && missing[index + 1] == missing[index] + 1 &&
           is_inside(looking, missing[index + 1]) && !runs_line(looking, file->path, missing[index + 1]))
      index++;
    if (is_open && index > first)
      buffer_append_format(text, "- no test runs lines %lld to %lld\n", (long long)missing[first],
                           (long long)missing[index]);
    else if (is_open)
      buffer_append_format(text, "- no test runs line %lld\n", (long long)missing[index]);
  }
}

// Of lines that are run, else the line says it.
static void write_branches(const Looking *looking, const CoverageFile *file, Buffer *text) {
  const CoverageBranch *branches = file->branches.items;
  Reach suite = {.files = looking->context->coverage};
  for (size_t index = 0; index < file->branches.count; index++) {
    const CoverageBranch *branch = &branches[index];
    bool is_run = reach_has_line(&suite, file->path, branch->line) || runs_line(looking, file->path, branch->line);
    if (!is_inside(looking, branch->line) || branch->is_taken || !is_run || takes_branch(looking, file->path, branch))
      continue;
    if (branch->target > 0)
      buffer_append_format(text, "- no test goes from line %u on to line %u\n", branch->line, branch->target);
    else
      buffer_append_format(text, "- no test leaves the function from line %u\n", branch->line);
  }
}

static void write_cells(const Looking *looking, Buffer *text) {
  const RequirementCell *cells = looking->context->cells.items;
  for (size_t cell = 0; cell < looking->context->cells.count; cell++)
    if (!looking->is_met[cell])
      buffer_append_format(text, "- no test is for the requirement: %.*s\n",
                           SV_ARGUMENTS(requirement_title(&cells[cell], looking->context->arena)));
}

// Long code, and code of several lines, by its beginning.
static void append_code(Buffer *text, StringView code) {
  size_t end = string_view_find_byte(code, '\n');
  bool is_cut = end < code.length || end > QUOTED_MAX;
  StringView shown = string_view_slice(code, 0, end < QUOTED_MAX ? end : QUOTED_MAX);
  shown.length = string_view_utf8_prefix(shown);
  buffer_append_format(text, "`%.*s%s`", SV_ARGUMENTS(shown), is_cut ? " ..." : "");
}

static void write_mutants(const Looking *looking, Buffer *text) {
  const MutantSet *set = looking->context->mutants;
  const MutatedSource *sources = set && set->is_known ? set->sources.items : NULL;
  size_t number = 0;
  for (size_t source = 0; sources && source < set->sources.count; source++) {
    const MutantRequest *mutants = sources[source].mutants.items;
    const FileAnalysis *analysis = workspace_index_get(looking->context->index, sources[source].relative);
    for (size_t index = 0; index < sources[source].mutants.count; index++, number++) {
      if (looking->is_killed[number] || set->is_none[number] || !analysis)
        continue;
      buffer_append_format(text, "- line %u: no test notices when ", sources[source].lines[index]);
      append_code(text, string_view_slice(analysis_text(analysis), mutants[index].start, mutants[index].end));
      buffer_append_text(text, " becomes ");
      append_code(text, mutants[index].replacement);
      buffer_append_byte(text, '\n');
    }
  }
}

int comprehensiveness_gaps(const GuardContext *context, const FileAnalysis *subject, const Proposal *proposals,
                           size_t count, StringView *ret_text, Error *ret_error) {
  Looking looking = {.context = context, .subject = subject, .proposals = proposals, .count = count};
  Buffer text;
  int result = look(&looking, ret_error);
  if (result < 0)
    return result;
  const CoverageFile *file = coverage_of(&looking);
  buffer_init(&text, GAPS_MAX);
  write_cells(&looking, &text);
  if (file && !context->stub) {
    write_lines(&looking, file, &text);
    write_branches(&looking, file, &text);
  }
  write_mutants(&looking, &text);
  result = buffer_check(&text, ret_error, "the list of what no test notices");
  *ret_text = arena_copy(context->arena, buffer_view(&text));
  buffer_finish(&text);
  return result < 0 || ret_text->data ? result : no_memory(ret_error);
}
