#include "server/editor/recall.h"

#include "server/base/log.h"
#include "server/editor/mutant_evidence.h"
#include "server/editor/spec_disagreements.h"
#include "server/services/recall.h"

#include <stdlib.h>

typedef struct RecallJob {
  Session *session;
  Workspace *workspace;  // retained; the folder may be gone at the end
  uint64_t as_of;        // the folder's count of saved tests when the history was read
  Arena arena;
  RecalledRuns runs;
  int result;
  Error problem;
} RecallJob;

static void recall_work(void *data, Job *job) {
  RecallJob *recall = data;
  recall->problem = (Error){0};
  recall->result =
      recall_runs(recall->workspace, job_cancel_token(job), &recall->arena, &recall->runs, &recall->problem);
}

static void show_mutations(Folder *folder, const RecallJob *recall) {
  const MutationReport *const *reports = recall->runs.mutations.items;
  for (size_t i = 0; i < recall->runs.mutations.count; i++) {
    EvidenceOrigin origin = {.started_ms = store_run_id_time(reports[i]->run_id), .as_of = recall->as_of};
    evidence_take_report(folder, &origin, reports[i]);
  }
  if (recall->runs.mutations.count > 0)
    folder_show_mutants(folder, (StringView){0});
}

// Gives way to what this session has measured meanwhile.
static void show(Folder *folder, const RecallJob *recall) {
  const RecalledRuns *runs = &recall->runs;
  FolderEvidence *evidence = &folder->evidence;
  const GenerateReport *const *generations = runs->generations.items;
  for (size_t i = 0; i < runs->generations.count; i++)
    disagreements_recall(evidence, generations[i]);
  show_mutations(folder, recall);
  if (runs->boundary && string_view_is_absent(evidence->boundary.run_id))
    evidence_keep_boundary(evidence, runs->boundary);
  if (runs->cheats && string_view_is_absent(evidence->cheats.run_id))
    evidence_keep_cheats(evidence, runs->cheats);
  if (runs->value && !folder->values)
    folder_show_values(folder, runs->value);
  else if (runs->boundary || runs->cheats || evidence->generations)
    folder_publish(folder);
  log_info("history", "runs of earlier sessions that are shown: %zu",
           disagreements_count(evidence) + runs->mutations.count + (runs->boundary != NULL) + (runs->cheats != NULL) +
               (runs->value != NULL));
}

static void recall_done(void *data) {
  RecallJob *recall = data;
  Session *session = recall->session;
  Folder *folder = session->is_exiting ? NULL : folder_of_workspace(session, recall->workspace);
  char notice[STORE_NOTICE_MAX];
  if (folder && workspace_take_store_notice(recall->workspace, notice))
    session_show(session, LSP_MESSAGE_WARNING, "TestGen: %s", notice);
  if (folder && recall->result == 0)
    show(folder, recall);
  else if (folder && recall->result != ERROR_CANCELLED)
    log_warning("history", "runs of earlier sessions are not shown: %s", recall->problem.message);
  arena_finish(&recall->arena);
  workspace_release(recall->workspace);
  free(recall);
}

void folder_recall(Folder *folder) {
  RecallJob *recall = calloc(1, sizeof *recall);
  JobOptions options = {LANE_OPERATION, recall, recall_work, recall_done};
  Error problem = {0};
  Job *job = NULL;
  if (!recall) {
    log_error("history", "runs of earlier sessions are not shown: out of memory");
    return;
  }
  recall->session = folder->session;
  recall->workspace = workspace_retain(folder->workspace);
  recall->as_of = folder->test_saves;
  recall->result = ERROR_CANCELLED;  // until the work ran
  if (job_start(folder->session->jobs, &options, &job, &problem) == 0)
    return;
  log_warning("history", "runs of earlier sessions are not shown: %s", problem.message);
  workspace_release(recall->workspace);
  free(recall);
}
