// Verdicts are kept from run to run: a run that was stopped goes on where it was, and one of unchanged code is short.
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/services/mutate_internal.h"

#define SAVE_NS 500000000  // a verdict waits at most so long for others
#define KNOWN_MIN 20000u
#define KNOWN_MAX 60000u             // verdicts that a request carries at most; fewer for few mutants
#define UNUSED_MS (60LL * 86400000)  // a verdict that no run has used for so long is removed

static int open_store(MutateWork *work, Store **ret_store, Error *ret_error) {
  Workspace *workspace = work->context->workspace;
  return work->context->records ? workspace_store(workspace, ret_store, ret_error)
                                : workspace_store_to_read(workspace, ret_store, ret_error);
}

static int read_known(MutateWork *work, Store *store, Arena *arena, JsonArray *ret_known, Error *ret_error) {
  const Candidate *candidates = work->candidates.data;
  size_t wanted = KNOWN_MIN + 2 * work->candidates.count;  // the code has changed since some were kept
  Vector known;
  int result = 0;
  vector_init(&known, sizeof(MutantVerdict), wanted < KNOWN_MAX ? wanted : KNOWN_MAX);
  for (size_t i = 0; i < work->candidates.count && result == 0; i++)
    if (i == 0 || !string_view_equal(candidates[i].report.path, candidates[i - 1].report.path))
      result = store_get_verdicts(store, candidates[i].report.path, arena, &known, ret_error);
  if (result == 0)
    return report_take(&known, arena, ret_known, ret_error);
  vector_finish(&known);
  return result;
}

int evidence_open(MutateWork *work, Evidence *ret_evidence, Arena *arena, JsonArray *ret_known) {
  Error problem = {0};
  Store *store = NULL;
  vector_init(&ret_evidence->rows, sizeof(MutantVerdict), MUTANTS_MAX);
  arena_init(&ret_evidence->arena);
  if (work->kills)  // what is kept has no more than the first killer, and what is found here is judged differently
    return 0;
  int result = open_store(work, &store, &problem);
  if (result == 0 && !work->params->fresh)
    result = read_known(work, store, arena, ret_known, &problem);
  if (result == 0 && work->context->records)
    ret_evidence->store = store;
  return result == 0 ? 0
                     : report_note(&work->notes, work->arena, work->ret_error,
                                   "verdicts of earlier runs are not used, and none are kept: %s", problem.message);
}

static int copy_row(Evidence *evidence, const MutantVerdict *verdict, MutantVerdict *ret_copy) {
  *ret_copy = *verdict;
  StringView *const texts[] = {&ret_copy->key, &ret_copy->path, &ret_copy->way, &ret_copy->test, &ret_copy->message};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    *texts[i] = arena_copy(&evidence->arena, string_view_is_absent(*texts[i]) ? SV("") : *texts[i]);
    if (!texts[i]->data)
      return ERROR_NO_MEMORY;
  }
  return 0;
}

int evidence_add(Evidence *evidence, const MutantVerdict *verdict, Error *ret_error) {
  MutantVerdict copy;
  if (!evidence->store)
    return 0;
  if (evidence->rows.count == 0)
    evidence->oldest_ns = clock_monotonic_ns();
  return copy_row(evidence, verdict, &copy) == 0 && vector_push_copy(&evidence->rows, &copy)
             ? 0
             : report_out_of_memory(ret_error);
}

// A verdict that cannot be kept is still a verdict: the run goes on, and nothing more is kept.
static void save(Evidence *evidence) {
  JsonArray rows = {evidence->rows.data, evidence->rows.count};
  if (!evidence->store || rows.count == 0)
    return;
  if (store_save_verdicts(evidence->store, rows, clock_unix_ms(), &evidence->problem) == 0)
    evidence->saved += (uint32_t)rows.count;
  else
    evidence->store = NULL;
  vector_truncate(&evidence->rows, 0);
  arena_reset(&evidence->arena);
}

void evidence_save_old(Evidence *evidence) {
  if (evidence->rows.count > 0 && clock_monotonic_ns() - evidence->oldest_ns >= SAVE_NS)
    save(evidence);
}

int evidence_close(MutateWork *work, Evidence *evidence) {
  int64_t removed = 0;
  save(evidence);
  if (evidence->store)
    store_prune_verdicts(evidence->store, clock_unix_ms() - UNUSED_MS, &removed, &evidence->problem);
  vector_finish(&evidence->rows);
  arena_finish(&evidence->arena);
  if (evidence->problem.code == 0)
    return 0;
  log_warning("store", "%s", evidence->problem.message);
  return report_note(&work->notes, work->arena, work->ret_error, "not every verdict was kept: %s",
                     evidence->problem.message);
}
