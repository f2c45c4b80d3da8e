// Scoring a suite: the analyzer's facts, coverage where there is some, and what each number rests on.
#include "server/services/report.h"

#include "server/base/clock.h"
#include "server/runner/coverage.h"
#include "server/services/coverage_join.h"
#include "server/services/score_evidence.h"

#include <string.h>

#define TESTS_MAX 2000000u

typedef struct ScoreWork {
  ServiceContext *context;
  const Settings *settings;
  Scan scan;
  StringView scope;
  CoverageReport coverage;  // of files that did not change since; `is_present` false without any
  Arena *arena;
  ScoreReport report;
  ScoreInput input;
  const char *sources[4];  // what each component rests on
  Vector notes;
  Error *ret_error;
} ScoreWork;

// ---- Tests ----

static int part_reports(ScoreWork *work, const FileAnalysis *analysis, const TestFacts *test, JsonArray *ret_parts) {
  StrengthPartReport *parts = arena_allocate_array(work->arena, test->part_count, sizeof *parts);
  if (!parts)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < test->part_count; i++)
    parts[i] = (StrengthPartReport){
        .rule = string_view_from(test->parts[i].code),
        .points = test->parts[i].points,
        .explanation = string_view_from(test->parts[i].explanation),
        .line = report_line(analysis, test->parts[i].span.start),
    };
  *ret_parts = (JsonArray){parts, test->part_count};
  return 0;
}

// FILE::NAME. Made for every test and every link, so without the cost of a format.
static StringView make_id(Arena *arena, StringView path, StringView name) {
  char *id = arena_allocate(arena, path.length + 2 + name.length + 1);
  if (!id)
    return (StringView){0};
  memcpy(id, path.data, path.length);
  memcpy(id + path.length, "::", 2);
  memcpy(id + path.length + 2, name.data, name.length);
  return (StringView){id, path.length + 2 + name.length};
}

static int subject_names(ScoreWork *work, StringView path, uint32_t test, JsonArray *ret_names) {
  SubjectLink *links = NULL;
  size_t count = 0;
  int result = workspace_index_subjects_of(work->scan.index, path, test, work->arena, &links, &count);
  StringView *names = result == 0 ? arena_allocate_array(work->arena, count, sizeof *names) : NULL;
  if (!names)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < count; i++) {
    size_t definition_count;
    const FileAnalysis *subject = workspace_index_get(work->scan.index, links[i].path);
    const Definition *definitions = analysis_definitions(subject, &definition_count);
    names[i] = make_id(work->arena, links[i].path, definitions[links[i].index].qualified_name);
    if (!names[i].data)
      return report_out_of_memory(work->ret_error);
  }
  *ret_names = (JsonArray){names, count};
  return 0;
}

static int add_test(ScoreWork *work, Vector *tests, const ScannedFile *file, uint32_t index) {
  const FileAnalysis *analysis = file->analysis;
  size_t count;
  const TestFacts *test = &analysis_tests(analysis, &count)[index];
  if (test->is_shadowed)
    return 0;
  const Definition *definition = &analysis_definitions(analysis, &count)[test->definition];
  StringView path = file->path;  // lives as long as the report
  TestReport *report = vector_push(tests);
  if (!report)
    return report_out_of_memory(work->ret_error);
  *report = (TestReport){
      .id = make_id(work->arena, path, test->id),
      .path = path,
      .line = report_line(analysis, definition->name_span.start),
      .strength = (uint32_t)test->strength,
      .band = (int)test->band,
      .category = (int)test->category,
      .confidence = test->category_confidence,
  };
  if (!report->id.data)
    return report_out_of_memory(work->ret_error);
  int result = part_reports(work, analysis, test, &report->parts);
  return result < 0 ? result : subject_names(work, path, index, &report->subjects);
}

static int collect_tests(ScoreWork *work) {
  Vector tests;
  int result = 0;
  vector_init(&tests, sizeof(TestReport), TESTS_MAX);
  for (size_t i = 0; i < work->scan.count && result == 0; i++) {
    const FileAnalysis *analysis = work->scan.files[i].analysis;
    size_t count;
    if (!report_in_scope(work->scope, work->scan.files[i].path))
      continue;
    work->report.file_count++;
    work->report.line_count += analysis_line_count(analysis);
    analysis_tests(analysis, &count);
    for (uint32_t k = 0; k < count && result == 0; k++)
      result = add_test(work, &tests, &work->scan.files[i], k);
  }
  if (result < 0) {
    vector_finish(&tests);
    return result;
  }
  work->report.test_count = (uint32_t)tests.count;
  return report_take(&tests, work->arena, &work->report.tests, work->ret_error);
}

// ---- Distribution ----

static int sum_up_tests(ScoreWork *work) {
  const TestReport *tests = work->report.tests.items;
  uint32_t counts[CATEGORY_COUNT] = {0};
  int64_t *bands = arena_allocate_array(work->arena, BAND_COUNT, sizeof *bands);
  CategoryCount *categories = arena_allocate_array(work->arena, CATEGORY_COUNT, sizeof *categories);
  uint64_t strength = 0;
  if (!bands || !categories)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < work->report.tests.count; i++) {
    counts[tests[i].category]++;
    bands[tests[i].band]++;
    strength += tests[i].strength;
  }
  unsigned mask = service_categories(work->settings);
  size_t in_play = 0;
  for (int category = 0; category < CATEGORY_COUNT; category++)
    if (mask >> category & 1)
      categories[in_play++] = (CategoryCount){category, counts[category]};
  work->report.categories = (JsonArray){categories, in_play};
  work->report.bands = (JsonArray){bands, BAND_COUNT};
  if (work->report.tests.count > 0)
    work->report.strength_mean = (uint32_t)(strength / work->report.tests.count);
  work->input.balance = (ScoreComponent){BASIS_ESTIMATED, measure_balance(counts, mask)};
  work->sources[1] = "categories of the tests by rules from their names, inputs and oracles";
  if (work->report.tests.count == 0) {
    work->input.balance.basis = BASIS_NOT_MEASURED;
    work->sources[1] = "there are no tests";
  }
  return 0;
}

// ---- Comprehensiveness ----

// How much of one function the tests reach, 0-1.
static double reach_of(const ScoreWork *work, const FileAnalysis *analysis, const Definition *definition,
                       bool has_tests) {
  const CoverageFile *file = coverage_file(&work->coverage, analysis_path(analysis));
  return file ? coverage_share(file, analysis, definition) : has_tests ? 1.0 : 0.0;
}

static int strongest_test(ScoreWork *work, StringView path, uint32_t definition, int *ret_strength,
                          bool *ret_has_tests) {
  SubjectLink *links = NULL;
  size_t count = 0;
  if (workspace_index_tests_of(work->scan.index, path, definition, work->arena, &links, &count) < 0)
    return report_out_of_memory(work->ret_error);
  int strength = 0;
  for (size_t i = 0; i < count; i++) {
    size_t test_count;
    const TestFacts *tests = analysis_tests(workspace_index_get(work->scan.index, links[i].path), &test_count);
    if (links[i].index < test_count && tests[links[i].index].strength > strength)
      strength = tests[links[i].index].strength;
  }
  *ret_strength = strength;
  *ret_has_tests = count > 0;
  return 0;
}

typedef struct SubjectSum {
  double weight, value;
  size_t functions, with_tests;
} SubjectSum;

static int add_subject(ScoreWork *work, const FileAnalysis *analysis, uint32_t index, SubjectSum *sum) {
  size_t count;
  const Definition *definition = &analysis_definitions(analysis, &count)[index];
  int strength = 0;
  bool has_tests = false;
  if (definition->kind == DEFINITION_CLASS || definition->is_nested || definition->is_abstract_or_stub)
    return 0;
  int result = strongest_test(work, analysis_path(analysis), index, &strength, &has_tests);
  if (result < 0)
    return result;
  // A function that is reached but that no test speaks of is checked, at best, through what calls it.
  double checked = has_tests ? strength / 100.0 : 0.5 * work->report.strength_mean / 100.0;
  double weight = definition->complexity > 0 ? definition->complexity : 1;
  sum->weight += weight;
  sum->value += weight * checked * reach_of(work, analysis, definition, has_tests);
  sum->functions++;
  sum->with_tests += has_tests;
  return 0;
}

// Without mutants the share of behaviour that tests would notice is estimated: over all functions, weighed with their
// complexity, how much of each is reached times how strong its strongest test is.
static int estimate_comprehensiveness(ScoreWork *work) {
  SubjectSum sum = {0};
  int result = 0;
  for (size_t i = 0; i < work->scan.count && result == 0; i++) {
    const FileAnalysis *analysis = work->scan.files[i].analysis;
    size_t count;
    if (!service_is_subject(work->scan.files[i].path, analysis))
      continue;
    analysis_definitions(analysis, &count);
    for (uint32_t k = 0; k < count && result == 0; k++)
      result = add_subject(work, analysis, k, &sum);
  }
  if (result < 0)
    return result;
  if (sum.functions == 0) {
    work->input.comprehensiveness = (ScoreComponent){BASIS_NOT_MEASURED, 0};
    work->sources[0] = "no code under test was found in the workspace";
    return 0;
  }
  work->input.comprehensiveness = (ScoreComponent){BASIS_ESTIMATED, 10 * sum.value / sum.weight};
  StringView source = arena_format(
      work->arena,
      "%zu function%s, %zu with tests that speak of them; %s times assertion strength; no mutant was run on this text",
      sum.functions, report_plural(sum.functions), sum.with_tests,
      work->coverage.is_present ? "measured coverage" : "static links");
  work->sources[0] = source.data ? source.data : "";
  return 0;
}

// Coverage of files that changed since would be a lie, so only fresh files are used.
static int load_coverage(ScoreWork *work) {
  Error problem = {0};
  StringView root = workspace_root(work->context->workspace);
  int result = service_find_coverage(work->context->workspace, work->settings, work->arena, &work->coverage, &problem);
  if (result == ERROR_NOT_FOUND)
    return 0;
  if (result < 0)
    return report_note(&work->notes, work->arena, work->ret_error, "%s", problem.message);
  coverage_mark_stale(&work->coverage, root, work->arena);
  size_t dropped = coverage_drop_stale(&work->coverage);
  if (dropped > 0)
    return report_note(&work->notes, work->arena, work->ret_error,
                       "%.*s: coverage of %zu file%s is stale (changed since) and was not used",
                       SV_ARGUMENTS(work->coverage.source), dropped, report_plural(dropped));
  return 0;
}

// ---- Anti-cheat ----

static int test_texts(ScoreWork *work, StringView **ret_texts, TestCategory **ret_categories) {
  const TestReport *tests = work->report.tests.items;
  StringView *texts = arena_allocate_array(work->arena, work->report.tests.count, sizeof *texts);
  TestCategory *categories = arena_allocate_array(work->arena, work->report.tests.count, sizeof *categories);
  size_t next = 0;
  if (!texts || !categories)
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < work->scan.count; i++) {
    const FileAnalysis *analysis = work->scan.files[i].analysis;
    size_t test_count, definition_count;
    if (!report_in_scope(work->scope, work->scan.files[i].path))
      continue;
    const TestFacts *facts = analysis_tests(analysis, &test_count);
    const Definition *definitions = analysis_definitions(analysis, &definition_count);
    for (size_t k = 0; k < test_count; k++) {
      if (facts[k].is_shadowed)
        continue;
      Span span = definitions[facts[k].definition].span;
      texts[next] = string_view_slice(analysis_text(analysis), span.start, span.end);
      categories[next] = (TestCategory)tests[next].category;
      next++;
    }
  }
  *ret_texts = texts;
  *ret_categories = categories;
  return 0;
}

static int estimate_anti_cheat(ScoreWork *work) {
  JsonArray prohibited = work->settings->prohibited;
  StringView *texts = NULL;
  TestCategory *categories = NULL;
  double coverage = 0;
  work->input.anti_cheat = (ScoreComponent){BASIS_NOT_MEASURED, 0};
  work->sources[2] = "no cheat was run on this text, and nothing is prohibited that tests could be checked for";
  if (prohibited.count == 0)
    return 0;
  int result = test_texts(work, &texts, &categories);
  if (result < 0)
    return result;
  if (measure_anti_cheat(prohibited.items, prohibited.count, texts, categories, work->report.tests.count, &coverage)) {
    work->input.anti_cheat = (ScoreComponent){BASIS_ESTIMATED, coverage};
    work->sources[2] = "prohibited tools that tests speak of; no cheat was run on this text";
  }
  return 0;
}

// ---- What was measured ----

// Puts what was measured in the place of an estimate; where it no longer holds, the source says why.
static int use_evidence(ScoreWork *work, const ScoreEvidence *evidence, double maximum, ScoreComponent *component,
                        const char **source) {
  if (evidence->state == EVIDENCE_ABSENT)
    return 0;
  StringView text = evidence->explanation;
  if (evidence->state == EVIDENCE_MEASURED)
    *component = (ScoreComponent){BASIS_MEASURED, maximum * evidence->value};
  else
    text = arena_format(work->arena, "%s (%.*s)", *source, SV_ARGUMENTS(text));
  *source = arena_terminated(work->arena, text);
  return *source ? 0 : report_out_of_memory(work->ret_error);
}

static int use_evidences(ScoreWork *work) {
  ScoreInput *input = &work->input;
  ScoreEvidences found;
  Error problem = {0};
  if (score_evidence_find(work->context->workspace, &work->scan, work->arena, &found, &problem) < 0)
    return report_note(&work->notes, work->arena, work->ret_error, "what earlier runs measured is not used: %s",
                       problem.message);
  int result = use_evidence(work, &found.mutants, 10, &input->comprehensiveness, &work->sources[0]);
  if (result == 0)
    result = use_evidence(work, &found.cheats, 1, &input->anti_cheat, &work->sources[2]);
  return result == 0 ? use_evidence(work, &found.efficiency, 1, &input->efficiency, &work->sources[3]) : result;
}

// ---- Report ----

static ComponentReport component_report(const ScoreInput *input, const Score *score, int index, const char *source) {
  static const double maxima[] = {400, 200, 200, 200};
  const ScoreComponent *component = &(&input->comprehensiveness)[index];
  bool has_value = component->basis == BASIS_MEASURED || component->basis == BASIS_ESTIMATED;
  return (ComponentReport){
      .points = score->component_points[index],
      .maximum = maxima[index],
      .value = {has_value, component->value},
      .basis = (int)component->basis,
      .source = string_view_from(source),
  };
}

static void fill_score(ScoreWork *work) {
  Score score = score_compute(&work->input);
  ScoreComponents *components = &work->report.components;
  components->comprehensiveness = component_report(&work->input, &score, 0, work->sources[0]);
  components->balance = component_report(&work->input, &score, 1, work->sources[1]);
  components->anti_cheat = component_report(&work->input, &score, 2, work->sources[2]);
  components->efficiency = component_report(&work->input, &score, 3, work->sources[3]);
  work->report.score = score.points;
  work->report.of = score.of;
}

static int record(ScoreWork *work, int64_t started_ns, int64_t started_ms) {
  const ScoreReport *report = &work->report;
  const ScoreComponents *parts = &report->components;
  StringView title = arena_format(work->arena, "Scored %u test%s%s%.*s: %lld of %lld", report->test_count,
                                  report_plural(report->test_count), work->scope.length ? " in " : "",
                                  SV_ARGUMENTS(work->scope), (long long)report->score, (long long)report->of);
  RunRecord run = {
      .kind = SV("scoring"),
      .status = SV("complete"),
      .title = title,
      .created_ms = started_ms,
      .duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6,
      .score = {true, report->score},
      .of = {true, report->of},
      .comprehensiveness = parts->comprehensiveness.value,
      .balance = parts->balance.value,
      .anti_cheat = parts->anti_cheat.value,
      .efficiency = parts->efficiency.value,
      .is_whole = work->scope.length == 0,
      .test_count = report->test_count,
  };
  int result = report_files(&work->scan, work->scope, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &score_report_type, report, &work->report.notes, &work->notes,
                                    work->arena, work->ret_error);
}

static void emit_scan_progress(void *user, size_t done, size_t total) {
  ServiceContext *context = user;
  if (done % 256 == 0 || done == total)
    report_emit(context, EVENT_PROGRESS, (OptionalInteger){true, (int64_t)done},
                (OptionalInteger){true, (int64_t)total}, "Reading files");
}

static int score_steps(ScoreWork *work) {
  int result = load_coverage(work);
  if (result == 0)
    result = collect_tests(work);
  if (result == 0)
    result = sum_up_tests(work);
  if (result == 0)
    result = estimate_comprehensiveness(work);
  if (result == 0)
    result = estimate_anti_cheat(work);
  if (result == 0) {
    work->input.efficiency = (ScoreComponent){BASIS_NOT_MEASURED, 0};
    work->sources[3] =
        "the worth of the tests was not measured on this text, so a smallest equivalent suite is not known";
    result = use_evidences(work);
  }
  if (result == 0)
    fill_score(work);
  return result;
}

int service_score(ServiceContext *context, const ScoreParams *params, Arena *arena, ScoreReport *ret_report,
                  Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  ScoreWork work = {.context = context, .settings = &settings->settings, .arena = arena, .ret_error = ret_error};
  ScanOptions options = {.cancel = context->cancel, .progress = emit_scan_progress, .user = context};
  vector_init(&work.notes, sizeof(StringView), TESTS_MAX);
  int result = report_scope(context->workspace, params->path, arena, &work.scope, ret_error);
  if (result == 0)
    result = workspace_scan(context->workspace, &options, arena, &work.scan, ret_error);
  if (result == 0)
    result = report_check_scope(&work.scan, work.scope, ret_error);
  if (result == 0)
    result = report_scope_notes(&work.scan, work.scope, &work.notes, ret_error);
  if (result == 0)
    result = score_steps(&work);
  work.report.run_id = report_run_id(context, arena);
  work.report.path = work.scope.length ? work.scope : SV(".");
  if (result == 0)
    result = record(&work, started_ns, started_ms);
  vector_finish(&work.notes);
  if (result == 0)
    *ret_report = work.report;
  scan_finish(&work.scan);
  settings_release(settings);
  return result;
}
