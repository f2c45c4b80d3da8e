#include "server/services/trial.h"

#include "server/base/files.h"
#include "server/base/temporary.h"
#include "server/generator/bench.h"
#include "server/runner/interpreter.h"
#include "server/services/coverage_join.h"
#include "server/services/report.h"
#include "server/services/tests.h"

typedef struct Trial {
  ServiceContext *context;
  SettingsSnapshot *settings;  // of the workspace
  TemporaryFolder folder;
  Workspace *copy;
  Arena *arena;
  Error *ret_error;
} Trial;

static int make_copy(Trial *trial) {
  InterpreterInfo interpreter;
  RunnerOptions runner = service_runner_options(trial->context, &trial->settings->settings);
  int result = interpreter_find(&runner, trial->arena, &interpreter, trial->ret_error);
  if (result == 0)
    result = temporary_folder_open("evolve", trial->arena, &trial->folder, trial->ret_error);
  if (result < 0)
    return result;
  StringView root = path_join(trial->arena, trial->folder.path, SV("workspace"));
  StringView database = path_join(trial->arena, trial->folder.path, SV("history.db"));
  if (!root.data || !database.data)
    return report_out_of_memory(trial->ret_error);
  result = directory_create_all(root.data, trial->ret_error);
  if (result == 0)
    result = workspace_copy(workspace_root(trial->context->workspace), root, trial->context->cancel, trial->arena,
                            trial->ret_error);
  if (result == 0)
    result = workspace_create(root, &trial->copy, trial->ret_error);
  if (result == 0)
    result = workspace_borrow_settings(trial->copy, trial->settings, interpreter.path, database, trial->ret_error);
  if (result == 0)
    workspace_set_trusted(trial->copy, workspace_is_trusted(trial->context->workspace));
  return result;
}

static int configure(Trial *trial, const ConfigReport *config) {
  Store *store;
  int64_t id;
  int result = workspace_store(trial->copy, &store, trial->ret_error);
  if (result == 0)
    result = store_save_config(store, config, &id, trial->ret_error);
  return result == 0 ? store_set_current_config(store, id, trial->ret_error) : result;
}

static int count_categories(const GenerateReport *report, Arena *arena, uint32_t *counts, StringView **ret_texts,
                            TestCategory **ret_categories) {
  const AcceptedTest *tests = report->accepted.items;
  *ret_texts = arena_allocate_array(arena, report->accepted.count, sizeof **ret_texts);
  *ret_categories = arena_allocate_array(arena, report->accepted.count, sizeof **ret_categories);
  if (!*ret_texts || !*ret_categories)
    return ERROR_NO_MEMORY;
  for (size_t i = 0; i < report->accepted.count; i++) {
    counts[tests[i].category]++;
    (*ret_texts)[i] = tests[i].code;
    (*ret_categories)[i] = (TestCategory)tests[i].category;
  }
  return 0;
}

static ScoreComponent measured(double value) {
  return (ScoreComponent){BASIS_MEASURED, value};
}

// The score's formula over what was generated. Comprehensiveness is the share of the subject's mutants that the whole
// suite kills afterwards.
static int score(Trial *trial, const GenerateReport *report, OptionalNumber kill_rate, double *ret_points) {
  const Settings *settings = &trial->settings->settings;
  uint32_t counts[CATEGORY_COUNT] = {0};
  StringView *texts;
  TestCategory *categories;
  double anti_cheat = 0;
  if (count_categories(report, trial->arena, counts, &texts, &categories) < 0)
    return report_out_of_memory(trial->ret_error);
  bool has_prohibited = measure_anti_cheat(settings->prohibited.items, settings->prohibited.count, texts, categories,
                                           report->accepted.count, &anti_cheat);
  double comprehensiveness = 10 * kill_rate.value;
  bool has_tests = report->accepted.count > 0;
  unsigned mask = service_categories(settings);
  ScoreInput input = {
      .comprehensiveness = kill_rate.present ? measured(comprehensiveness) : (ScoreComponent){BASIS_NOT_MEASURED, 0},
      .balance = measured(has_tests ? measure_balance(counts, mask) : 0),
      .anti_cheat = has_prohibited ? measured(anti_cheat) : (ScoreComponent){BASIS_NOT_APPLICABLE, 0},
      .efficiency = report->tokens > 0 ? measured(measure_token_efficiency(comprehensiveness, (uint64_t)report->tokens))
                                       : (ScoreComponent){BASIS_NOT_APPLICABLE, 0},
  };
  *ret_points = score_compute(&input).points;
  return 0;
}

// Nothing to judge is no failure: then nothing is measured, and earns nothing.
static int judge(Trial *trial, StringView subject, OptionalInteger workers, OptionalNumber *ret_rate) {
  ServiceContext context = {.workspace = trial->copy, .cancel = trial->context->cancel};
  MutateParams params = {.target = subject, .workers = workers};
  MutationReport report = {0};
  Error problem = {0};
  *ret_rate = (OptionalNumber){0};
  if (subject.length == 0)
    return 0;
  int result = service_mutate(&context, &params, trial->arena, &report, &problem);
  if (result == 0)
    *ret_rate = report.kill_rate;
  return result == 0 || result == ERROR_NOT_FOUND
             ? 0
             : error_set(trial->ret_error, (ErrorCode)result, "%s", problem.message);
}

static int measure(Trial *trial, StringView target, int64_t seed, OptionalInteger workers, TrialResult *ret_result) {
  ServiceContext context = {.workspace = trial->copy, .cancel = trial->context->cancel};
  GenerateParams params = {.target = target, .write = true, .seed = {true, seed}};
  GenerateReport report = {0};
  OptionalNumber kill_rate;
  int result = service_generate(&context, &params, trial->arena, &report, trial->ret_error);
  if (result == 0)
    result = judge(trial, report.subject, workers, &kill_rate);
  ret_result->tokens = report.tokens;
  return result == 0 ? score(trial, &report, kill_rate, &ret_result->points) : result;
}

int trial_run(ServiceContext *context, const ConfigReport *config, StringView target, int64_t seed,
              OptionalInteger workers, Arena *arena, TrialResult *ret_result, Error *ret_error) {
  Error problem = {0};
  Trial trial = {.context = context, .arena = arena, .ret_error = &problem};
  *ret_result = (TrialResult){0};
  trial.settings = workspace_settings(context->workspace);
  int result = make_copy(&trial);
  if (result == 0)
    result = configure(&trial, config);
  if (result == 0)
    result = measure(&trial, target, seed, workers, ret_result);
  workspace_release(trial.copy);
  temporary_folder_close(&trial.folder);
  settings_release(trial.settings);
  return result < 0 ? error_set(ret_error, (ErrorCode)result, "%.*s: %s", SV_ARGUMENTS(target), problem.message) : 0;
}
