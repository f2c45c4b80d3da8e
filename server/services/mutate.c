// Mutants: finds them, has the harness judge them with the workspace's tests, and says what no test noticed.
#include "server/base/clock.h"
#include "server/services/mutate_internal.h"

static uint32_t judged_count(const MutationReport *report) {
  return report->killed + report->survived + report->no_coverage + report->timeout + report->inconclusive;
}

static bool is_whole(const MutateWork *work) {
  const MutateTarget *targets = work->targets.items;
  return !work->choice && work->targets.count == 1 && targets[0].scope.length == 0 &&
         string_view_is_absent(targets[0].symbol) && string_view_is_absent(work->params->diff) &&
         string_view_is_absent(work->params->since);
}

static int fill_report(MutateWork *work) {
  const Candidate *candidates = work->candidates.data;
  MutationReport *report = &work->report;
  uint32_t counts[MUTANT_STATUS_COUNT] = {0};
  MutantReport *mutants = arena_allocate_array(work->arena, work->candidates.count, sizeof *mutants);
  size_t function_count = 0;
  MutatedFunctionReport *functions = vector_to_arena(&work->functions, work->arena, &function_count);
  if (!mutants || (!functions && work->functions.count > 0))
    return report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < work->candidates.count; i++) {
    mutants[i] = candidates[i].report;
    counts[mutants[i].status]++;
    report->kept += mutants[i].kept;
  }
  report->whole = is_whole(work);
  report->mutants = (JsonArray){mutants, work->candidates.count};
  report->functions = (JsonArray){functions, work->functions.count};
  report->killed = counts[MUTANT_KILLED];
  report->survived = counts[MUTANT_SURVIVED];
  report->no_coverage = counts[MUTANT_NO_COVERAGE];
  report->timeout = counts[MUTANT_TIMEOUT];
  report->inconclusive = counts[MUTANT_INCONCLUSIVE];
  report->pending = counts[MUTANT_PENDING];
  report->not_run = counts[MUTANT_EQUIVALENT] + counts[MUTANT_DUPLICATE] + counts[MUTANT_INVALID];
  uint32_t judged = judged_count(report);
  if (judged > 0)
    report->kill_rate = (OptionalNumber){true, (double)report->killed / judged};
  // What a stopped run has judged is no sample: it began with what is quick.
  if (judged > 0 && report->not_sampled > 0 && report->pending == 0) {
    report->kill_rate_low.present = report->kill_rate_high.present = true;
    mutate_interval(report->killed, judged, &report->kill_rate_low.value, &report->kill_rate_high.value);
  }
  return 0;
}

const char *mutate_end_of_title(StringView status) {
  return string_view_equal_text(status, "complete")    ? ""
         : string_view_equal_text(status, "cancelled") ? ", until it was cancelled"
         : string_view_equal_text(status, "timeout")   ? ", until the time was over"
                                                       : ", until it failed";
}

// The files of the one target; of several, all that were read.
int mutate_files(MutateWork *work, JsonArray *ret_files) {
  const MutateTarget *targets = work->targets.items;
  StringView scope = work->targets.count == 1 ? targets[0].scope : SV("");
  return report_files_and_tests(&work->scan, scope, work->arena, ret_files, work->ret_error);
}

// What nobody asked for stays out of the history; its verdicts are kept all the same.
static int keep_notes(MutateWork *work) {
  return report_take(&work->notes, work->arena, &work->report.notes, work->ret_error);
}

static int record(MutateWork *work) {
  const MutationReport *report = &work->report;
  StringView subject = report_subject(report->target);
  RunRecord run = {
      .kind = SV("mutation"),
      .status = report->status,
      .title = arena_format(work->arena, "Mutated %.*s: %u of %u killed, %u survived, %u not reached%s",
                            SV_ARGUMENTS(subject), report->killed, judged_count(report), report->survived,
                            report->no_coverage, mutate_end_of_title(report->status)),
      .created_ms = work->started_ms,
      .duration_ms = report->duration_ms,
      .is_whole = report->whole,
      .kill_rate = report->kill_rate,
      .test_count = report->tests,
  };
  int result = mutate_files(work, &run.files);
  return result < 0 ? result
                    : report_record(work->context, &run, &mutation_report_type, report, &work->report.notes,
                                    &work->notes, work->arena, work->ret_error);
}

static const char *status_of(int outcome) {
  return outcome == 0                 ? "complete"
         : outcome == ERROR_CANCELLED ? "cancelled"
         : outcome == ERROR_TIMEOUT   ? "timeout"
                                      : "failed";
}

// Why there are mutants without a verdict, and what to do.
static int note_end(MutateWork *work) {
  int outcome = work->outcome;
  size_t total = work->candidates.count;
  if (outcome == 0)
    return 0;
  return report_note(&work->notes, work->arena, work->ret_error,
                     "the run %s after %zu of %zu mutants%s%s; what was judged until then is kept%s",
                     outcome == ERROR_CANCELLED ? "was cancelled" : "ended", total - work->report.pending, total,
                     outcome == ERROR_CANCELLED ? "" : ": ", outcome == ERROR_CANCELLED ? "" : work->problem.message,
                     outcome == ERROR_TIMEOUT ? " (mutateTimeout sets how long a run may take)" : "");
}

static bool has_verdicts(const MutateWork *work) {
  const Candidate *candidates = work->candidates.data;
  for (size_t i = 0; i < work->candidates.count; i++)
    if (candidates[i].report.status != MUTANT_PENDING)
      return true;
  return false;
}

static int check_scopes(MutateWork *work) {
  const MutateTarget *targets = work->targets.items;
  int result = 0;
  for (size_t i = 0; i < work->targets.count && result == 0; i++)
    result = report_check_scope(&work->scan, targets[i].scope, work->ret_error);
  return result;
}

// Nothing was run, so there is nothing to remember.
static bool is_without_run(const MutateWork *work) {
  return work->choice && (work->choice->only_find || work->candidates.count == 0);
}

void mutate_init(MutateWork *work) {
  work->started_ns = clock_monotonic_ns();
  work->started_ms = clock_unix_ms();
  vector_init(&work->candidates, sizeof(Candidate), MUTANTS_MAX);
  vector_init(&work->functions, sizeof(MutatedFunctionReport), MUTANTS_MAX);
  vector_init(&work->notes, sizeof(StringView), MUTANTS_MAX);
}

void mutate_finish(MutateWork *work) {
  vector_finish(&work->candidates);
  vector_finish(&work->functions);
  vector_finish(&work->notes);
  scan_finish(&work->scan);
}

// A run that ended early is a result, with a status that says so. Without any verdict there is only the error.
int mutate_run(MutateWork *work) {
  ScanOptions options = {.cancel = work->context->cancel, .without_index = true};
  int result = mutate_find_targets(work);
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0 && !work->choice)
    result = check_scopes(work);
  if (result == 0)
    result = mutate_select(work);
  if (result < 0)
    return result;
  if (is_without_run(work)) {
    work->report.status = SV("complete");
    return fill_report(work);
  }
  work->outcome = work->candidates.count > 0 ? mutate_judge(work, &work->problem) : 0;
  if (work->outcome < 0 && !has_verdicts(work))
    return error_set(work->ret_error, (ErrorCode)work->outcome, "%s", work->problem.message);
  work->report.status = string_view_from(status_of(work->outcome));
  work->report.run_id = work->params->background ? (StringView){0} : report_run_id(work->context, work->arena);
  work->report.duration_ms = (double)(clock_monotonic_ns() - work->started_ns) / 1e6;
  result = fill_report(work);
  return result == 0 ? note_end(work) : result;
}

// One that was cancelled is still an error for those who asked.
int mutate_answer(const MutateWork *work) {
  return work->outcome == ERROR_CANCELLED ? error_set(work->ret_error, ERROR_CANCELLED, "%s", work->problem.message)
                                          : 0;
}

int service_mutate(ServiceContext *context, const MutateParams *params, Arena *arena, MutationReport *ret_report,
                   Error *ret_error) {
  return service_mutate_chosen(context, params, NULL, arena, ret_report, ret_error);
}

int service_mutate_chosen(ServiceContext *context, const MutateParams *params, const MutantChoice *choice, Arena *arena,
                          MutationReport *ret_report, Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  MutateWork work = {
      .context = context,
      .params = params,
      .choice = choice,
      .settings = &settings->settings,
      .arena = arena,
      .ret_error = ret_error,
  };
  mutate_init(&work);
  int result = mutate_run(&work);
  if (result == 0 && !is_without_run(&work))
    result = params->background ? keep_notes(&work) : record(&work);
  if (result == 0)
    result = mutate_answer(&work);
  if (!string_view_is_absent(work.report.status))
    *ret_report = work.report;
  mutate_finish(&work);
  settings_release(settings);
  return result;
}
