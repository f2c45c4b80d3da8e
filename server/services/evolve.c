// Evolving the generator's configuration: a small change, pairs of trials of what is current and what is proposed, and
// a verdict that noise does not decide.
#include "protocol/testgen/vocabulary.h"
#include "server/base/clock.h"
#include "server/services/evolve_proposal.h"
#include "server/services/report.h"
#include "server/services/trial.h"
#include "server/store/config_change.h"

#include <math.h>

#define NOTES_MAX 10000u
#define STEPS_DEFAULT 3
#define TRIALS_DEFAULT 3
#define COUNT_MAX 100
#define PAIRS_MAX 100000u
#define STEPS_TOLD_MAX 20  // to a model

typedef struct EvolveWork {
  ServiceContext *context;
  const EvolveParams *params;
  Arena *arena;
  Store *store;
  ConfigReport current;
  int64_t steps, trials, seed;
  bool has_model;
  bool is_tried[CONFIG_MOVES];  // from the current one
  TrialResult *of_current;      // one per pair, from the first step on; NULL: not tried yet
  EvolveReport report;
  Vector finished;  // EvolutionStep
  Vector notes;
  Error *ret_error;
} EvolveWork;

// ---- What to try it on ----

static int choose_targets(EvolveWork *work) {
  work->report.targets = work->params->targets;
  if (work->report.targets.count > 0)
    return 0;
  int result = report_specs(work->context, work->arena, &work->report.targets, work->ret_error);
  if (result < 0 || work->report.targets.count > 0)
    return result;
  return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                   "targets: this workspace has no spec; name files, FILE::NAME or specs to try configurations on");
}

static int take_count(const EvolveWork *work, const char *name, OptionalInteger wanted, int64_t usual,
                      int64_t *ret_count) {
  *ret_count = wanted.present ? wanted.value : usual;
  return *ret_count >= 1 && *ret_count <= COUNT_MAX
             ? 0
             : error_set(work->ret_error, ERROR_INVALID_ARGUMENT, "%s: %lld is outside 1 to %d", name,
                         (long long)*ret_count, COUNT_MAX);
}

// ---- What to try ----

static size_t pair_count(const EvolveWork *work) {
  return work->report.targets.count * (size_t)work->trials;
}

static StringView target_of(const EvolveWork *work, size_t pair) {
  return ((const StringView *)work->report.targets.items)[pair / (size_t)work->trials];
}

static int64_t seed_of(const EvolveWork *work, size_t pair) {
  return work->seed + (int64_t)(pair % (size_t)work->trials);
}

static bool has_same_trials(const EvolveWork *work, const EvolutionStep *step) {
  const EvolutionTrial *trials = step->trials.items;
  bool is_same = step->trials.count == pair_count(work);
  for (size_t pair = 0; is_same && pair < step->trials.count; pair++)
    is_same = string_view_equal(trials[pair].target, target_of(work, pair)) && trials[pair].seed == seed_of(work, pair);
  return is_same;
}

// A change that was rejected on the same trials is not tried again.
static int recall_tried(EvolveWork *work, const ConfigReport *to, bool *ret_is_tried) {
  const JsonValue *changes;
  JsonArray steps = {0};
  int result = config_changes(&work->current, to, work->arena, &changes, work->ret_error);
  if (result == 0)
    result = store_get_evolution(work->store, PAIRS_MAX, work->arena, &steps, work->ret_error);
  const EvolutionStep *items = steps.items;
  *ret_is_tried = false;
  for (size_t i = 0; i < steps.count && result == 0; i++)
    *ret_is_tried = *ret_is_tried || (items[i].from_id == work->current.id && has_same_trials(work, &items[i]) &&
                                      config_changes_equal(items[i].changes, changes, work->arena));
  return result;
}

// The first move in an order that the seed gives. `ret_move` is CONFIG_MOVES when none is left.
static int choose_move(EvolveWork *work, size_t *ret_move, ConfigReport *ret_to) {
  size_t start = (size_t)(work->seed < 0 ? -(work->seed + 1) : work->seed) % CONFIG_MOVES;
  *ret_move = CONFIG_MOVES;
  for (size_t i = 0; i < CONFIG_MOVES; i++) {
    size_t move = (start + i) % CONFIG_MOVES;
    bool is_known = false;
    if (work->is_tried[move] || !config_move(&work->current, move, work->has_model, work->arena, ret_to))
      continue;
    int result = recall_tried(work, ret_to, &is_known);
    if (result < 0)
      return result;
    work->is_tried[move] = true;
    if (is_known)
      continue;
    *ret_move = move;
    return string_view_is_absent(ret_to->version) ? report_out_of_memory(work->ret_error) : 0;
  }
  return 0;
}

// ---- Trials ----

static int try_one(EvolveWork *work, const ConfigReport *config, size_t pair, TrialResult *ret_result) {
  Arena arena = {0};  // a trial needs much, and leaves two numbers
  int result = trial_run(work->context, config, target_of(work, pair), seed_of(work, pair), work->params->workers,
                         &arena, ret_result, work->ret_error);
  arena_finish(&arena);
  work->report.tokens += ret_result->tokens;
  return result;
}

// What is current was tried in the first step, or became current by its own trials.
static int try_current(EvolveWork *work) {
  size_t pairs = pair_count(work);
  if (work->of_current)
    return 0;
  TrialResult *results = arena_allocate_array(work->arena, pairs, sizeof *results);
  int result = results ? 0 : report_out_of_memory(work->ret_error);
  for (size_t pair = 0; pair < pairs && result == 0; pair++) {
    report_emit(work->context, EVENT_PROGRESS, (OptionalInteger){true, (int64_t)pair},
                (OptionalInteger){true, (int64_t)pairs}, "Trial of the current configuration on %.*s",
                SV_ARGUMENTS(target_of(work, pair)));
    result = try_one(work, &work->current, pair, &results[pair]);
  }
  if (result == 0)
    work->of_current = results;
  return result;
}

static int try_candidate(EvolveWork *work, const ConfigReport *candidate, TrialResult **ret_results) {
  size_t pairs = pair_count(work);
  TrialResult *results = arena_allocate_array(work->arena, pairs, sizeof *results);
  int result = results ? 0 : report_out_of_memory(work->ret_error);
  for (size_t pair = 0; pair < pairs && result == 0; pair++) {
    report_emit(work->context, EVENT_PROGRESS, (OptionalInteger){true, (int64_t)pair},
                (OptionalInteger){true, (int64_t)pairs}, "Trial of the change on %.*s",
                SV_ARGUMENTS(target_of(work, pair)));
    result = try_one(work, candidate, pair, &results[pair]);
  }
  *ret_results = results;
  return result;
}

// ---- The verdict ----

// Two-sided 95 % quantiles of Student's distribution; behind the table the normal one is close enough.
static double t_quantile(size_t degrees) {
  static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                 2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
  size_t count = sizeof table / sizeof *table;
  return degrees == 0 ? INFINITY : degrees <= count ? table[degrees - 1] : 1.96 * (1 + 1.0 / (double)degrees);
}

static void judge(EvolveWork *work, const TrialResult *candidate, EvolutionStep *step) {
  size_t pairs = pair_count(work);
  double sum = 0, squares = 0;
  for (size_t pair = 0; pair < pairs; pair++)
    sum += candidate[pair].points - work->of_current[pair].points;
  double mean = sum / (double)pairs;
  for (size_t pair = 0; pair < pairs; pair++) {
    double away = candidate[pair].points - work->of_current[pair].points - mean;
    squares += away * away;
  }
  step->improvement = (OptionalNumber){true, mean};
  if (pairs > 1)
    step->noise = (OptionalNumber){true, t_quantile(pairs - 1) * sqrt(squares / (double)(pairs - 1) / (double)pairs)};
  bool is_better = step->noise.present && mean - step->noise.value > CONFIG_EPSILON;
  step->verdict = is_better ? EVOLUTION_ADOPTED : EVOLUTION_REJECTED;
}

static int list_trials(EvolveWork *work, const TrialResult *candidate, EvolutionStep *step) {
  size_t pairs = pair_count(work);
  EvolutionTrial *trials = arena_allocate_array(work->arena, pairs, sizeof *trials);
  for (size_t pair = 0; trials && pair < pairs; pair++)
    trials[pair] = (EvolutionTrial){target_of(work, pair), seed_of(work, pair), work->of_current[pair].points,
                                    candidate[pair].points};
  step->trials = (JsonArray){trials, pairs};
  return trials ? 0 : report_out_of_memory(work->ret_error);
}

static int take_over(EvolveWork *work, const EvolutionStep *step, TrialResult *results) {
  if (step->verdict != EVOLUTION_ADOPTED)
    return 0;
  work->of_current = results;
  for (size_t move = 0; move < CONFIG_MOVES; move++)
    work->is_tried[move] = false;
  return store_get_config(work->store, step->to_id, work->arena, &work->current, work->ret_error);
}

// ---- Steps ----

static int finish_step(EvolveWork *work, const ConfigReport *candidate, TrialResult *results, EvolutionStep *step) {
  judge(work, results, step);
  int result = list_trials(work, results, step);
  if (result == 0)
    result = store_save_evolution(work->store, candidate, step, work->arena, work->ret_error);
  if (result == 0 && !vector_push_copy(&work->finished, step))
    result = report_out_of_memory(work->ret_error);
  if (result == 0)
    report_emit(work->context, EVENT_REFLECTION, (OptionalInteger){0}, (OptionalInteger){0},
                "%s: %+.1f points of 1000 (± %.1f)", evolution_verdict_names[step->verdict], step->improvement.value,
                step->noise.value);
  return result == 0 ? take_over(work, step, results) : result;
}

// What a model proposes comes first. Where that cannot be tried, it is said, and a neighbour is.
static int ask_model(EvolveWork *work, ConfigReport *ret_to, EvolutionStep *step, bool *ret_is_proposed) {
  JsonArray steps = {0};
  EvolveProposal proposal = {0};
  bool is_tried = false;
  *ret_is_proposed = false;
  int result = store_get_evolution(work->store, STEPS_TOLD_MAX, work->arena, &steps, work->ret_error);
  if (result == 0)
    result = evolve_propose(work->context, &work->current, work->report.targets, steps, work->arena, &proposal,
                            work->ret_error);
  work->report.tokens += proposal.tokens;
  if (result == 0 && proposal.is_usable)
    result = recall_tried(work, &proposal.config, &is_tried);
  if (result < 0)
    return result;
  if (!proposal.is_usable || is_tried)
    return report_note(&work->notes, work->arena, work->ret_error,
                       "what the model proposes is not tried, but a neighbour of the current configuration: %.*s",
                       SV_ARGUMENTS(is_tried ? SV("it was rejected before, on the same trials") : proposal.problem));
  *ret_is_proposed = true;
  *ret_to = proposal.config;
  step->reasoning = arena_format(work->arena, "the model: %.*s", SV_ARGUMENTS(proposal.reasoning));
  step->expected = proposal.expected;
  return step->reasoning.data ? 0 : report_out_of_memory(work->ret_error);
}

static int choose(EvolveWork *work, ConfigReport *ret_to, EvolutionStep *step, bool *ret_is_over) {
  size_t move = 0;
  bool is_proposed = false;
  int result = work->has_model ? ask_model(work, ret_to, step, &is_proposed) : 0;
  if (result == 0 && !is_proposed)
    result = choose_move(work, &move, ret_to);
  *ret_is_over = result == 0 && !is_proposed && move == CONFIG_MOVES;
  return result;
}

static int run_step(EvolveWork *work, bool *ret_is_over) {
  ConfigReport candidate;
  TrialResult *results;
  EvolutionStep step = {
      .from_id = work->current.id,
      .reasoning = SV("a neighbour of the current configuration"),
      .run_id = report_run_id(work->context, work->arena),
  };
  int result = choose(work, &candidate, &step, ret_is_over);
  if (result < 0 || *ret_is_over)
    return result;
  result = config_changes(&work->current, &candidate, work->arena, &step.changes, work->ret_error);
  if (result == 0)
    result = try_current(work);
  if (result == 0)
    result = try_candidate(work, &candidate, &results);
  return result == 0 ? finish_step(work, &candidate, results, &step) : result;
}

static int run_steps(EvolveWork *work) {
  bool is_over = false;
  int result = 0;
  for (int64_t step = 0; step < work->steps && result == 0 && !is_over; step++)
    result = run_step(work, &is_over);
  if (result == 0 && is_over)
    result = report_note(&work->notes, work->arena, work->ret_error,
                         "every change next to the current configuration was tried already");
  return result;
}

static int prepare(EvolveWork *work) {
  SettingsSnapshot *settings = workspace_settings(work->context->workspace);
  work->has_model = settings->settings.provider != PROVIDER_BUILTIN;
  work->seed = work->params->seed.present ? work->params->seed.value : settings->settings.seed;
  settings_release(settings);
  int result = take_count(work, "steps", work->params->steps, STEPS_DEFAULT, &work->steps);
  if (result == 0)
    result = take_count(work, "trials", work->params->trials, TRIALS_DEFAULT, &work->trials);
  if (result == 0)
    result = choose_targets(work);
  if (result == 0 && pair_count(work) < 2)
    result = error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                       "trials: one pair of trials cannot tell an improvement from chance; ask for two at least");
  if (result == 0 && pair_count(work) > PAIRS_MAX)
    result =
        error_set(work->ret_error, ERROR_INVALID_ARGUMENT, "targets: %zu are too many", work->report.targets.count);
  if (result == 0)
    result = workspace_store(work->context->workspace, &work->store, work->ret_error);
  return result == 0 ? store_get_current_config(work->store, work->arena, &work->current, work->ret_error) : result;
}

static int record(EvolveWork *work, int64_t started_ms) {
  const EvolutionStep *steps = work->finished.data;
  size_t adopted = 0;
  for (size_t i = 0; i < work->finished.count; i++)
    adopted += steps[i].verdict == EVOLUTION_ADOPTED;
  RunRecord run = {
      .kind = SV("evolution"),
      .status = work->report.status,
      .title = arena_format(work->arena, "Tried %zu change%s of the configuration, adopted %zu", work->finished.count,
                            report_plural(work->finished.count), adopted),
      .config_id = {true, work->current.id},
      .created_ms = started_ms,
      .duration_ms = work->report.duration_ms,
      .total_tokens = work->report.tokens,
      .test_count = (uint32_t)work->finished.count,
      .passed = (uint32_t)adopted,
      .failed = (uint32_t)(work->finished.count - adopted),
  };
  return report_record(work->context, &run, &evolve_report_type, &work->report, &work->report.notes, &work->notes,
                       work->arena, work->ret_error);
}

static int settle(EvolveWork *work, int outcome, int64_t started_ns, int64_t started_ms) {
  EvolveReport *report = &work->report;
  bool is_cancelled = outcome == ERROR_CANCELLED;
  if (outcome < 0 && !is_cancelled)
    return outcome;
  report->run_id = report_run_id(work->context, work->arena);
  report->status = is_cancelled ? SV("cancelled") : SV("complete");
  report->config = work->current;
  report->duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
  report->steps.items = vector_to_arena(&work->finished, work->arena, &report->steps.count);
  if (!report->steps.items && work->finished.count > 0)
    return report_out_of_memory(work->ret_error);
  int result = record(work, started_ms);
  return result < 0 ? result : outcome;
}

int service_evolve(ServiceContext *context, const EvolveParams *params, Arena *arena, EvolveReport *ret_report,
                   Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  EvolveWork work = {.context = context, .params = params, .arena = arena, .ret_error = ret_error};
  vector_init(&work.finished, sizeof(EvolutionStep), COUNT_MAX);
  vector_init(&work.notes, sizeof(StringView), NOTES_MAX);
  int result = prepare(&work);
  if (result == 0)
    result = settle(&work, run_steps(&work), started_ns, started_ms);
  vector_finish(&work.finished);
  vector_finish(&work.notes);
  *ret_report = work.report;
  return result;
}
