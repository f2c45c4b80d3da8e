#include "server/analyzer/gaps.h"

#include "server/base/files.h"

#include "protocol/memory/vector.h"

#define ITEMS_MAX 10000000  // ranges, branches or functions of one file

// ---- Risk ---------------------------------------------------------------------------------------------------------
//
// The first rule that applies decides. "Missing" counts lines and branches; complexity is McCabe's, 1 for straight
// code. Shares are of whole numbers, so that the same coverage gives the same risk everywhere.
//
//   critical  a critical path of the settings with anything missing
//   high      never reached, and complexity 3 or more: decisions that nobody has tried
//   high      half of its branches or more are missing, of at least 2
//   medium    never reached: a mistake in it would be noticed by no test, but there is little in it to be mistaken
//   medium    any branch is missing, or a quarter of its lines or more
//   low       everything else

static bool is_critical(const FunctionGap *gap) {
  return gap->is_critical_path;
}

static bool is_unreached(const FunctionGap *gap) {
  return gap->lines_total > 0 && gap->lines_missing == gap->lines_total;
}

static bool is_unreached_and_complex(const FunctionGap *gap) {
  return is_unreached(gap) && gap->complexity >= 3;
}

static bool misses_half_of_branches(const FunctionGap *gap) {
  return gap->branches_total >= 2 && 2 * (uint64_t)gap->branches_missing >= gap->branches_total;
}

static bool misses_branch_or_quarter(const FunctionGap *gap) {
  return gap->branches_missing > 0 || 4 * (uint64_t)gap->lines_missing >= gap->lines_total;
}

static bool is_anything(const FunctionGap *gap) {
  (void)gap;
  return true;
}

static const struct {
  bool (*applies)(const FunctionGap *gap);
  GapRisk risk;
} risk_rules[] = {
    {is_critical, RISK_CRITICAL}, {is_unreached_and_complex, RISK_HIGH},   {misses_half_of_branches, RISK_HIGH},
    {is_unreached, RISK_MEDIUM},  {misses_branch_or_quarter, RISK_MEDIUM}, {is_anything, RISK_LOW},
};

static GapRisk risk_of(const FunctionGap *gap) {
  size_t rule = 0;
  while (!risk_rules[rule].applies(gap)) {
    rule++;
  }
  return risk_rules[rule].risk;
}

// ---- Which function a line belongs to -----------------------------------------------------------------------------

// What is gathered per function; index 0 is the module's own level, a definition's index + 1 its function.
typedef struct Tally {
  uint32_t lines_total;
  uint32_t branches_total;
  Vector missing;   // uint32_t, ascending
  Vector branches;  // MissingBranch
} Tally;

typedef struct Gathering {
  const GapInput *input;
  const Definition *definitions;
  size_t definition_count;
  uint32_t *owners;  // by line (0-based): the tally it belongs to
  uint32_t line_count;
  Tally *tallies;  // definition_count + 1
} Gathering;

// The function that a definition's lines are counted for: nested functions belong to the function around them, and the
// statements of a class body to the module, because both run or not with those.
static uint32_t owner_of_definition(const Gathering *gathering, size_t index) {
  uint32_t owner = 0;
  for (int at = (int)index; at >= 0; at = gathering->definitions[at].parent) {
    if (gathering->definitions[at].kind != DEFINITION_CLASS) {
      owner = (uint32_t)at + 1;
    }
  }
  return owner;
}

// Definitions come outer before inner, so that later ones overwrite. The lines before the body (decorators, `def`) run
// when the module is imported: they belong to whatever surrounds the function.
static void assign_owners(Gathering *gathering) {
  for (size_t index = 0; index < gathering->definition_count; index++) {
    const Definition *definition = &gathering->definitions[index];
    uint32_t first = line_index_line_of(gathering->input->lines, definition->body_span.start);
    uint32_t end = definition->body_span.end;
    uint32_t last = line_index_line_of(gathering->input->lines, end > 0 ? end - 1 : 0);
    uint32_t header = line_index_line_of(gathering->input->lines, definition->name_span.start);
    uint32_t owner = owner_of_definition(gathering, index);
    for (uint32_t line = first > header ? first : header + 1; line <= last && line < gathering->line_count; line++) {
      gathering->owners[line] = owner;
    }
  }
}

static Tally *tally_of(const Gathering *gathering, int64_t line) {
  bool is_inside = line >= 1 && line <= gathering->line_count;
  return &gathering->tallies[is_inside ? gathering->owners[line - 1] : 0];
}

// ---- Counting -----------------------------------------------------------------------------------------------------

static bool count_lines(Gathering *gathering) {
  const GapInput *input = gathering->input;
  for (size_t index = 0; index < input->executed_count; index++) {
    tally_of(gathering, input->executed[index])->lines_total++;
  }
  for (size_t index = 0; index < input->missing_count; index++) {
    Tally *tally = tally_of(gathering, input->missing[index]);
    uint32_t line = (uint32_t)input->missing[index];
    tally->lines_total++;
    if (!vector_push_copy(&tally->missing, &line)) {
      return false;
    }
  }
  return true;
}

static bool count_branches(Gathering *gathering) {
  const GapInput *input = gathering->input;
  for (size_t index = 0; index < input->branch_line_count; index++) {
    tally_of(gathering, input->branch_lines[index])->branches_total++;
  }
  for (size_t index = 0; index < input->missing_branch_count; index++) {
    Tally *tally = tally_of(gathering, input->missing_branches[index].line);
    if (!vector_push_copy(&tally->branches, &input->missing_branches[index])) {
      return false;
    }
  }
  return true;
}

static int compare_numbers(const void *left, const void *right) {
  uint32_t first = *(const uint32_t *)left, second = *(const uint32_t *)right;
  return (first > second) - (first < second);
}

// Runs of adjacent missing lines. Blank lines and comments between two of them do not count as executed, but nothing
// here knows which those are, so a range ends at every line that is not listed.
static bool make_ranges(Tally *tally, Arena *arena, FunctionGap *gap) {
  vector_sort(&tally->missing, compare_numbers);
  LineRange *ranges = arena_allocate_array(arena, tally->missing.count, sizeof *ranges);
  if (!ranges) {
    return false;
  }
  const uint32_t *lines = tally->missing.data;
  size_t count = 0;
  for (size_t index = 0; index < tally->missing.count; index++) {
    if (count > 0 && lines[index] <= ranges[count - 1].last + 1) {
      ranges[count - 1].last = lines[index];
    } else {
      ranges[count++] = (LineRange){lines[index], lines[index]};
    }
  }
  gap->ranges = ranges;
  gap->range_count = count;
  return true;
}

static bool is_critical_symbol(const GapInput *input, StringView name) {
  for (size_t index = 0; index < input->critical_symbol_count && name.length > 0; index++) {
    if (path_matches_glob(name, input->critical_symbols[index])) {
      return true;
    }
  }
  return false;
}

// What the definition itself says; the module's own level has none.
static void describe(const Gathering *gathering, size_t tally, FunctionGap *gap) {
  if (tally == 0) {
    gap->line = 1;
    gap->complexity = 1;
  } else {
    const Definition *definition = &gathering->definitions[tally - 1];
    gap->function = definition->qualified_name;
    gap->line = line_index_line_of(gathering->input->lines, definition->name_span.start) + 1;
    gap->complexity = definition->complexity;
  }
  gap->is_critical_path = gathering->input->is_critical_file || is_critical_symbol(gathering->input, gap->function);
}

static bool add_gap(const Gathering *gathering, size_t index, Arena *arena, Vector *gaps) {
  Tally *tally = &gathering->tallies[index];
  if (tally->missing.count == 0 && tally->branches.count == 0) {
    return true;
  }
  FunctionGap *gap = vector_push(gaps);
  if (!gap || !make_ranges(tally, arena, gap)) {
    return false;
  }
  describe(gathering, index, gap);
  gap->lines_total = tally->lines_total;
  gap->lines_missing = (uint32_t)tally->missing.count;
  gap->branches_total = tally->branches_total;
  gap->branches = vector_to_arena(&tally->branches, arena, &gap->branch_count);
  gap->branches_missing = (uint32_t)gap->branch_count;
  gap->risk = risk_of(gap);
  return gap->branches || tally->branches.count == 0;
}

// ---- Order --------------------------------------------------------------------------------------------------------

// What is missing, weighed with how much there is to get wrong.
static uint64_t weight_of(const FunctionGap *gap) {
  uint64_t complexity = gap->complexity > 1 ? (uint64_t)gap->complexity : 1;
  return ((uint64_t)gap->lines_missing + gap->branches_missing) * complexity;
}

static int compare_gaps(const void *left, const void *right) {
  const FunctionGap *first = left, *second = right;
  if (first->risk != second->risk) {
    return first->risk < second->risk ? -1 : 1;
  }
  uint64_t first_weight = weight_of(first), second_weight = weight_of(second);
  if (first_weight != second_weight) {
    return first_weight > second_weight ? -1 : 1;
  }
  return (first->line > second->line) - (first->line < second->line);
}

static bool gather(Gathering *gathering, Arena *arena, Vector *gaps) {
  assign_owners(gathering);
  if (!count_lines(gathering) || !count_branches(gathering)) {
    return false;
  }
  for (size_t index = 0; index <= gathering->definition_count; index++) {
    if (!add_gap(gathering, index, arena, gaps)) {
      return false;
    }
  }
  vector_sort(gaps, compare_gaps);
  return true;
}

int gaps_of_file(const GapInput *input, Arena *arena, FunctionGap **ret_gaps, size_t *ret_count, Error *ret_error) {
  Gathering gathering = {.input = input};
  if (input->analysis) {
    gathering.definitions = analysis_definitions(input->analysis, &gathering.definition_count);
  }
  gathering.line_count = input->lines ? input->lines->count : 0;
  gathering.owners = arena_allocate_array(arena, gathering.line_count, sizeof *gathering.owners);
  gathering.tallies = arena_allocate_array(arena, gathering.definition_count + 1, sizeof *gathering.tallies);
  Vector gaps;
  vector_init(&gaps, sizeof(FunctionGap), ITEMS_MAX);
  bool is_made = gathering.owners && gathering.tallies;
  for (size_t index = 0; is_made && index <= gathering.definition_count; index++) {
    vector_init(&gathering.tallies[index].missing, sizeof(uint32_t), ITEMS_MAX);
    vector_init(&gathering.tallies[index].branches, sizeof(MissingBranch), ITEMS_MAX);
  }
  is_made = is_made && gather(&gathering, arena, &gaps);
  size_t count = gaps.count;
  FunctionGap *result = is_made ? vector_to_arena(&gaps, arena, &count) : NULL;
  is_made = is_made && (result || gaps.count == 0);
  for (size_t index = 0; gathering.tallies && index <= gathering.definition_count; index++) {
    vector_finish(&gathering.tallies[index].missing);
    vector_finish(&gathering.tallies[index].branches);
  }
  vector_finish(&gaps);
  if (!is_made) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for the gaps of a file");
  }
  *ret_gaps = result;
  *ret_count = count;
  return 0;
}
