// What each test is worth: mutants are judged by every test that reaches them, and who kills what says the rest.
#include "server/mutation/kill_matrix.h"
#include "server/services/mutate_internal.h"

#include <math.h>

typedef struct ValueWork {
  MutateWork mutate;
  KillTable table;
  KillMatrix matrix;
  uint32_t *reaches;     // by test
  int64_t *line_starts;  // by file: the number of its line 0
  int64_t line_count;
  ValueReport report;
} ValueWork;

static int out_of_memory(ValueWork *work) {
  return report_out_of_memory(work->mutate.ret_error);
}

static const ReachingTest *test_at(const ValueWork *work, uint32_t number) {
  return vector_at(&work->table.tests, number);
}

static bool is_judged(const MutantReport *mutant) {
  return mutant->status == MUTANT_KILLED || mutant->status == MUTANT_SURVIVED;
}

// ---- Lines ----

// The files as the harness numbers them: runs of candidates with the same path. Behind the last one comes the count.
static int find_files(const ValueWork *work, size_t **ret_firsts, size_t *ret_count) {
  const Candidate *candidates = work->mutate.candidates.data;
  size_t total = work->mutate.candidates.count, count = 0;
  size_t *firsts = arena_allocate_array(work->mutate.arena, total + 1, sizeof *firsts);
  if (!firsts)
    return ERROR_NO_MEMORY;
  for (size_t i = 0; i < total; i++)
    if (i == 0 || !string_view_equal(candidates[i].report.path, candidates[i - 1].report.path))
      firsts[count++] = i;
  firsts[count] = total;
  *ret_firsts = firsts;
  *ret_count = count;
  return 0;
}

static int check_reach(const ValueWork *work, const ReachedFile *reached, size_t file_count) {
  const int64_t *lines = reached->lines.items;
  bool is_fine = reached->file >= 0 && (size_t)reached->file < file_count;
  for (size_t i = 0; i < reached->lines.count && is_fine; i++)
    is_fine = lines[i] >= 0 && lines[i] < INT32_MAX && (i == 0 || lines[i] > lines[i - 1]);
  return is_fine ? 0
                 : error_set(work->mutate.ret_error, ERROR_PROTOCOL,
                             "the test harness gives lines of file %lld that are none", (long long)reached->file);
}

// Every line of every file gets a number.
static int number_lines(ValueWork *work, size_t file_count) {
  int64_t *starts = work->line_starts = arena_allocate_array(work->mutate.arena, file_count + 2, sizeof *starts);
  if (!starts)
    return out_of_memory(work);
  for (uint32_t test = 0; test < work->table.tests.count; test++) {
    JsonArray files = test_at(work, test)->files;
    const ReachedFile *reached = files.items;
    for (size_t i = 0; i < files.count; i++) {
      int result = check_reach(work, &reached[i], file_count);
      if (result < 0)
        return result;
      const int64_t *lines = reached[i].lines.items;
      int64_t count = reached[i].lines.count > 0 ? lines[reached[i].lines.count - 1] + 1 : 0;
      if (count > starts[reached[i].file + 1])
        starts[reached[i].file + 1] = count;
    }
  }
  for (size_t file = 0; file < file_count; file++)
    starts[file + 1] += starts[file];
  work->line_count = starts[file_count];
  return 0;
}

static int take_lines(ValueWork *work, uint32_t number) {
  JsonArray files = test_at(work, number)->files;
  const ReachedFile *reached = files.items;
  size_t total = 0, count = 0;
  for (size_t i = 0; i < files.count; i++)
    total += reached[i].lines.count;
  uint32_t *place = arena_allocate_array(work->mutate.arena, total, sizeof *place);
  for (size_t i = 0; place && i < files.count; i++)
    for (size_t line = 0; line < reached[i].lines.count; line++)
      place[count++] = (uint32_t)(work->line_starts[reached[i].file] + ((int64_t *)reached[i].lines.items)[line]);
  work->matrix.tests[number].lines = (NumberSet){place, count};
  return place ? 0 : out_of_memory(work);
}

// ---- Mutants that a test reaches ----

static uint32_t last_line(const MutantReport *mutant) {
  return mutant->end_column == 1 && mutant->end_line > mutant->line ? mutant->end_line - 1 : mutant->end_line;
}

static bool has_line(const ReachedFile *reached, uint32_t first, uint32_t last) {
  const int64_t *lines = reached->lines.items;
  size_t low = 0, high = reached->lines.count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (lines[middle] < (int64_t)first)
      low = middle + 1;
    else
      high = middle;
  }
  return low < reached->lines.count && lines[low] <= (int64_t)last;
}

// Those on its lines, and what it kills elsewhere: what acts while modules are imported needs no line of the test's
// own.
static void count_reached(ValueWork *work, uint32_t number, const size_t *firsts, bool *is_counted) {
  const Candidate *candidates = work->mutate.candidates.data;
  JsonArray files = test_at(work, number)->files;
  const ReachedFile *reached = files.items;
  NumberSet kills = work->matrix.tests[number].kills;
  uint32_t count = (uint32_t)kills.count;
  for (size_t i = 0; i < kills.count; i++)
    is_counted[kills.items[i]] = true;
  for (size_t i = 0; i < files.count; i++)
    for (size_t at = firsts[reached[i].file]; at < firsts[reached[i].file + 1]; at++) {
      const MutantReport *mutant = &candidates[at].report;
      count += is_judged(mutant) && !is_counted[at] && has_line(&reached[i], mutant->line, last_line(mutant));
    }
  for (size_t i = 0; i < kills.count; i++)
    is_counted[kills.items[i]] = false;
  work->reaches[number] = count;
}

// ---- The matrix ----

static int take_kills(ValueWork *work) {
  kill_table_sort(&work->table);
  const Kill *kills = work->table.kills.data;
  size_t count = work->table.kills.count;
  uint32_t *mutants = arena_allocate_array(work->mutate.arena, count, sizeof *mutants);
  if (!mutants)
    return out_of_memory(work);
  for (size_t i = 0; i < count; i++) {
    NumberSet *set = &work->matrix.tests[kills[i].test].kills;
    mutants[i] = kills[i].mutant;
    if (set->count++ == 0)
      set->items = &mutants[i];
  }
  return 0;
}

// Whole milliseconds, at least one: so the noise of a measurement does not choose between tests that take no time.
static uint32_t cost_of(double seconds) {
  double milliseconds = ceil(seconds * 1000);
  return milliseconds < 1 ? 1 : milliseconds > 1e9 ? 1000000000 : (uint32_t)milliseconds;
}

static int make_matrix(ValueWork *work) {
  Arena *arena = work->mutate.arena;
  size_t *firsts = NULL, file_count = 0;
  uint32_t test_count = (uint32_t)work->table.tests.count;
  bool *is_counted = arena_allocate_array(arena, work->mutate.candidates.count, sizeof *is_counted);
  work->matrix.tests = arena_allocate_array(arena, test_count, sizeof(MatrixTest));
  work->reaches = arena_allocate_array(arena, test_count, sizeof *work->reaches);
  if (!is_counted || !work->matrix.tests || !work->reaches || find_files(work, &firsts, &file_count) < 0)
    return out_of_memory(work);
  int result = number_lines(work, file_count);
  if (result == 0)
    result = take_kills(work);
  for (uint32_t test = 0; test < test_count && result == 0; test++) {
    work->matrix.tests[test].cost = cost_of(test_at(work, test)->seconds);
    count_reached(work, test, firsts, is_counted);
    result = take_lines(work, test);
  }
  if (result < 0)
    return result;
  work->matrix.test_count = test_count;
  work->matrix.mutant_count = (uint32_t)work->mutate.candidates.count;
  work->matrix.line_count = (uint32_t)work->line_count;
  return kill_matrix_analyse(&work->matrix, arena) == 0 ? 0 : out_of_memory(work);
}

// ---- The report ----

static TestWorth worth_of(const ValueWork *work, uint32_t number) {
  const MatrixTest *test = &work->matrix.tests[number];
  const ReachingTest *reaching = test_at(work, number);
  if (test->kills.count == 0 && (reaching->is_blind || reaching->is_dependent))
    return WORTH_UNKNOWN;
  if (test->kills.count == 0)
    return work->reaches[number] > 0 ? WORTH_KILLS_NOTHING : WORTH_REACHES_NOTHING;
  return test->sole_kills > 0                ? WORTH_SOLE_KILLER
         : test->dominated_by != MATRIX_NONE ? WORTH_DOMINATED
         : test->equals != MATRIX_NONE       ? WORTH_EQUAL
                                             : WORTH_SHARED;
}

static StringView name_at(const ValueWork *work, uint32_t number) {
  return number == MATRIX_NONE ? (StringView){0} : test_at(work, number)->test;
}

static int name_substitutes(ValueWork *work, uint32_t number, JsonArray *ret_names) {
  NumberSet found;
  uint32_t missing = 0;
  if (kill_matrix_replace(&work->matrix, number, work->mutate.arena, &found, &missing) < 0)
    return out_of_memory(work);
  StringView *names = arena_allocate_array(work->mutate.arena, found.count, sizeof *names);
  for (size_t i = 0; names && i < found.count; i++)
    names[i] = name_at(work, found.items[i]);
  *ret_names = (JsonArray){names, found.count};
  return names ? 0 : out_of_memory(work);
}

// `positions` are by candidate: where it stands among the mutants of the report. `killer_counts` are by candidate.
static int name_losses(ValueWork *work, uint32_t number, const int64_t *positions, const uint32_t *killer_counts,
                       JsonArray *ret_losses) {
  const MatrixTest *test = &work->matrix.tests[number];
  int64_t *losses = arena_allocate_array(work->mutate.arena, test->sole_kills, sizeof *losses);
  size_t count = 0;
  for (size_t i = 0; losses && i < test->kills.count; i++)
    if (killer_counts[test->kills.items[i]] == 1)
      losses[count++] = positions[test->kills.items[i]];
  *ret_losses = (JsonArray){losses, count};
  return losses ? 0 : out_of_memory(work);
}

static void sum_up(ValueWork *work, const TestValueReport *value) {
  ValueReport *report = &work->report;
  WorthCount *counts = report->worth.items;
  bool may_reach = value->kills > 0 || value->lines > 0 || value->is_blind;
  counts[value->worth].count++;
  report->kept += value->is_kept;
  report->seconds += value->seconds;
  report->reaching_seconds += may_reach ? value->seconds : 0;
  report->kept_seconds += value->is_kept ? value->seconds : 0;
}

// Where the test stands; a test that the analyzer does not know stands nowhere.
static int find_place(ValueWork *work, TestValueReport *value) {
  const ScannedFile *file = scan_find(&work->mutate.scan, value->path);
  size_t count = 0;
  const TestFacts *tests = file ? analysis_tests(file->analysis, &count) : NULL;
  StringView name = string_view_slice(value->test, value->path.length + 2, value->test.length);
  name = string_view_slice(name, 0, string_view_find_byte(name, '['));
  for (size_t i = 0; i < count; i++) {
    if (!string_view_equal(tests[i].id, name))
      continue;
    value->line = (OptionalInteger){true, report_test_line(file->analysis, &tests[i])};
    value->digest = report_test_digest(file->analysis, &tests[i], work->mutate.arena);
    return value->digest.data ? 0 : out_of_memory(work);
  }
  return 0;
}

static int fill_value(ValueWork *work, uint32_t number, const int64_t *positions, const uint32_t *killer_counts,
                      TestValueReport *value) {
  const MatrixTest *test = &work->matrix.tests[number];
  const ReachingTest *reaching = test_at(work, number);
  *value = (TestValueReport){
      .test = reaching->test,
      .path = string_view_slice(reaching->test, 0, string_view_find(reaching->test, SV("::"))),
      .worth = (int)worth_of(work, number),
      .seconds = reaching->seconds,
      .kills = (uint32_t)test->kills.count,
      .sole_kills = test->sole_kills,
      .reaches = work->reaches[number],
      .lines = (uint32_t)test->lines.count,
      .sole_lines = test->sole_lines,
      .dominated_by = name_at(work, test->dominated_by),
      .equals = name_at(work, test->equals),
      .is_kept = test->is_kept,
      .is_blind = reaching->is_blind,
      .is_dependent = reaching->is_dependent,
  };
  sum_up(work, value);
  int result = find_place(work, value);
  if (result == 0)
    result = name_losses(work, number, positions, killer_counts, &value->loses);
  return result == 0 && !test->is_kept ? name_substitutes(work, number, &value->replaced_by) : result;
}

static int count_killers(ValueWork *work, uint32_t **ret_counts) {
  const Kill *kills = work->table.kills.data;
  uint32_t *counts = arena_allocate_array(work->mutate.arena, work->mutate.candidates.count, sizeof *counts);
  for (size_t i = 0; counts && i < work->table.kills.count; i++)
    counts[kills[i].mutant]++;
  *ret_counts = counts;
  return counts ? 0 : out_of_memory(work);
}

static int fill_mutants(ValueWork *work, const uint32_t *killer_counts, int64_t *positions) {
  const Candidate *candidates = work->mutate.candidates.data;
  const Kill *kills = work->table.kills.data;
  Arena *arena = work->mutate.arena;
  size_t count = 0;
  MatrixMutantReport *mutants = arena_allocate_array(arena, work->mutate.candidates.count, sizeof *mutants);
  for (size_t i = 0; mutants && i < work->mutate.candidates.count; i++) {
    const MutantReport *mutant = &candidates[i].report;
    if (!is_judged(mutant))
      continue;
    int64_t *killers = arena_allocate_array(arena, killer_counts[i], sizeof *killers);
    if (!killers)
      return out_of_memory(work);
    positions[i] = (int64_t)count;
    mutants[count++] = (MatrixMutantReport){mutant->path,
                                            mutant->line,
                                            mutant->column,
                                            mutant->function,
                                            mutant->operator,
                                            mutant->original,
                                            mutant->replacement,
                                            mutant->status,
                                            (JsonArray){killers, 0},
                                            candidates[i].is_cut_short};
  }
  for (size_t i = 0; mutants && i < work->table.kills.count; i++) {
    JsonArray *killers = &mutants[positions[kills[i].mutant]].killers;
    ((int64_t *)killers->items)[killers->count++] = kills[i].test;
  }
  work->report.mutants = (JsonArray){mutants, count};
  return mutants ? 0 : out_of_memory(work);
}

static void copy_counts(ValueReport *report, const MutationReport *mutation) {
  report->run_id = mutation->run_id;
  report->status = mutation->status;
  report->target = mutation->target;
  report->python_version = mutation->python_version;
  report->pytest_version = mutation->pytest_version;
  report->killed = mutation->killed;
  report->survived = mutation->survived;
  report->no_coverage = mutation->no_coverage;
  report->timeout = mutation->timeout;
  report->inconclusive = mutation->inconclusive;
  report->not_run = mutation->not_run;
  report->pending = mutation->pending;
  report->not_sampled = mutation->not_sampled;
  report->whole = mutation->whole;
  report->red_tests = mutation->red_tests;
  report->timings = mutation->timings;
  report->duration_ms = mutation->duration_ms;
}

static int fill_values(ValueWork *work) {
  Arena *arena = work->mutate.arena;
  size_t count = work->table.tests.count;
  uint32_t *killer_counts = NULL;
  TestValueReport *values = arena_allocate_array(arena, count, sizeof *values);
  WorthCount *worth = arena_allocate_array(arena, WORTH_COUNT, sizeof *worth);
  int64_t *positions = arena_allocate_array(arena, work->mutate.candidates.count, sizeof *positions);
  if (!values || !worth || !positions)
    return out_of_memory(work);
  for (int i = 0; i < WORTH_COUNT; i++)
    worth[i].worth = i;
  work->report.worth = (JsonArray){worth, WORTH_COUNT};
  int result = count_killers(work, &killer_counts);
  if (result == 0)
    result = fill_mutants(work, killer_counts, positions);
  for (uint32_t i = 0; i < count && result == 0; i++)
    result = fill_value(work, i, positions, killer_counts, &values[i]);
  work->report.values = (JsonArray){values, count};
  return result;
}

static int count_lines(ValueWork *work) {
  bool *is_reached = arena_allocate_array(work->mutate.arena, (size_t)work->line_count, sizeof *is_reached);
  if (!is_reached)
    return out_of_memory(work);
  for (uint32_t test = 0; test < work->matrix.test_count; test++) {
    NumberSet lines = work->matrix.tests[test].lines;
    for (size_t i = 0; i < lines.count; i++) {
      work->report.lines += !is_reached[lines.items[i]];
      is_reached[lines.items[i]] = true;
    }
  }
  return 0;
}

// The score's efficiency is of the whole suite and all that it is there for.
static void fill_efficiency(ValueWork *work) {
  ValueReport *report = &work->report;
  if (report->whole && report->not_sampled == 0 && report->pending == 0 && report->seconds > 0)
    report->efficiency = (OptionalNumber){true, report->kept_seconds / report->seconds};
}

// ---- Notes ----

static uint32_t count_unseen(const ValueWork *work, bool wants_blind) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < work->table.tests.count; i++)
    count += wants_blind ? test_at(work, i)->is_blind : test_at(work, i)->is_dependent;
  return count;
}

// What the numbers do not say.
static int note_limits(ValueWork *work) {
  const struct {
    uint32_t count;
    const char *text;
  } limits[] = {
      {work->report.timeout + work->report.inconclusive,
       "mutant(s) ended the tests before their verdict, so who notices them is not known; a test that is left out may "
       "be one that does"},
      {work->table.only_first,
       "mutant(s) had to be judged with all tests in their order, so only the first killer is known and counts as the "
       "only one"},
      {work->table.cut_short,
       "mutant(s) were killed, and ended another test: that one may notice them, too, and is not among the killers"},
      {work->table.not_counted,
       "failure(s) are not counted: of tests that may need those before them, or that only the mutant makes"},
      {count_unseen(work, true),
       "test(s) start programs or stop the tracing: not all lines that they run are known, and so not kept"},
      {count_unseen(work, false),
       "test(s) were not seen to pass without those before them: look at them before anything is left out"},
  };
  int result = 0;
  for (size_t i = 0; i < sizeof limits / sizeof *limits && result == 0; i++)
    if (limits[i].count > 0)
      result = report_note(&work->mutate.notes, work->mutate.arena, work->mutate.ret_error, "%u %s", limits[i].count,
                           limits[i].text);
  return result;
}

static int record(ValueWork *work) {
  MutateWork *mutate = &work->mutate;
  ValueReport *report = &work->report;
  uint32_t count = (uint32_t)report->values.count;
  StringView subject = report_subject(report->target);
  RunRecord run = {
      .kind = SV("value"),
      .status = report->status,
      .title = arena_format(mutate->arena, "Value of tests for %.*s: %u of %u keep all of %u kills and %u lines%s",
                            SV_ARGUMENTS(subject), report->kept, count, report->killed, report->lines,
                            mutate_end_of_title(report->status)),
      .created_ms = mutate->started_ms,
      .duration_ms = report->duration_ms,
      .is_whole = report->whole,
      .kill_rate = mutate->report.kill_rate,
      .test_count = count,
  };
  int result = mutate_files(mutate, &run.files);
  return result < 0 ? result
                    : report_record(mutate->context, &run, &value_report_type, report, &report->notes, &mutate->notes,
                                    mutate->arena, mutate->ret_error);
}

static int value_steps(ValueWork *work) {
  int result = mutate_run(&work->mutate);
  if (result == 0)
    result = make_matrix(work);
  if (result < 0)
    return result;
  copy_counts(&work->report, &work->mutate.report);
  result = fill_values(work);
  if (result == 0)
    result = count_lines(work);
  if (result == 0)
    result = note_limits(work);
  if (result < 0)
    return result;
  fill_efficiency(work);
  result = record(work);
  return result == 0 ? mutate_answer(&work->mutate) : result;
}

int service_value(ServiceContext *context, const ValueParams *params, Arena *arena, ValueReport *ret_report,
                  Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  MutateParams mutation = {
      .target = params->target,
      .targets = params->targets,
      .diff = params->diff,
      .since = params->since,
      .sample = params->sample,
      .seed = params->seed,
      .workers = params->workers,
  };
  ValueWork work = {
      .mutate =
          {
              .context = context,
              .params = &mutation,
              .settings = &settings->settings,
              .arena = arena,
              .kills = &work.table,
              .ret_error = ret_error,
          },
  };
  mutate_init(&work.mutate);
  kill_table_init(&work.table, arena);
  int result = value_steps(&work);
  if (!string_view_is_absent(work.report.status))
    *ret_report = work.report;
  kill_table_finish(&work.table);
  mutate_finish(&work.mutate);
  settings_release(settings);
  return result;
}
