// What the files of `service_mutate` share: choosing mutants, having them judged, keeping the verdicts.
#ifndef TESTGEN_SERVER_SERVICES_MUTATE_INTERNAL_H
#define TESTGEN_SERVER_SERVICES_MUTATE_INTERNAL_H

#include "server/runner/kill_table.h"
#include "server/services/tests.h"

#define MUTANTS_MAX 500000u

typedef struct MutateTarget {
  StringView scope;   // relative; empty: everything
  StringView symbol;  // qualified name of a function or class; absent: all
  bool has_match;     // some mutant lies in it
} MutateTarget;

// A mutant on its way to the harness: what the report says of it, and what it is in bytes.
typedef struct Candidate {
  MutantReport report;
  uint32_t start, end;  // bytes of the file's text
  uint32_t function;    // index into `functions`
  bool is_cut_short;    // a test did not come back, so there may be more killers than are known
} Candidate;

typedef struct MutateWork {
  ServiceContext *context;
  const MutateParams *params;
  const MutantChoice *choice;  // NULL: the parameters say it all
  const Settings *settings;
  Arena *arena;
  Scan scan;
  JsonArray targets;   // MutateTarget
  Vector candidates;   // Candidate, by file and place: what is judged, in the order in which the harness numbers it
  Vector functions;    // MutatedFunctionReport: where they lie, by file and place
  StringView unsaved;  // a file that was left out because it differs from the one on disk; absent: none
  Vector notes;        // StringView
  MutationReport report;
  KillTable *kills;  // who kills what, when every killer is asked for; NULL: the first one suffices
  int64_t started_ns, started_ms;
  int outcome;    // of the judging: 0, or why it ended early
  Error problem;  // likewise
  Error *ret_error;
} MutateWork;

// ---- mutate.c ----

void mutate_init(MutateWork *work);    // the rest of a work that has its context, parameters, settings and arena
void mutate_finish(MutateWork *work);  // what is not in the arena

// Finds the mutants, has them judged, and fills the report. A run that ended early succeeds once there are verdicts.
int mutate_run(MutateWork *work);

// What to answer with once the report is in the history: CANCELLED for a run that was cancelled.
int mutate_answer(const MutateWork *work);

const char *mutate_end_of_title(StringView status);        // ", until it was cancelled"; empty for a complete run
int mutate_files(MutateWork *work, JsonArray *ret_files);  // RunFile: what it was measured on, for the history

// ---- mutate_select.c ----

// Reads the targets of the parameters: their places in the workspace.
int mutate_find_targets(MutateWork *work);

// Fills `candidates` with the mutants of the targets that the parameters choose. NOT_FOUND when a target has none.
int mutate_select(MutateWork *work);

// ---- mutate_sample.c ----

// Keeps only the mutants that `sample` chooses; counts the others in the report.
int mutate_sample(MutateWork *work);

// Wilson's score interval of `hits` out of `count` (> 0), 95 %. Source: Wilson 1927.
void mutate_interval(uint32_t hits, uint32_t count, double *ret_low, double *ret_high);

// ---- mutate_evidence.c ----

// Verdicts on their way to the store, in batches.
typedef struct Evidence {
  Store *store;       // NULL: nothing is kept
  Vector rows;        // MutantVerdict, not saved yet
  Arena arena;        // their texts
  int64_t oldest_ns;  // when the first of them came
  uint32_t saved;
  Error problem;  // the first; from then on nothing is kept
} Evidence;

// What earlier runs found in the files of the candidates: MutantVerdict, in the arena. A store that cannot be used
// costs a note.
int evidence_open(MutateWork *work, Evidence *ret_evidence, Arena *arena, JsonArray *ret_known);
int evidence_add(Evidence *evidence, const MutantVerdict *verdict, Error *ret_error);
void evidence_save_old(Evidence *evidence);  // saves what has waited for half a second
// Saves all that is left and removes what was not used for long. A failure costs a note.
int evidence_close(MutateWork *work, Evidence *evidence);

// ---- mutate_judge.c ----

// Has the candidates judged: their reports get their verdicts as they come. Whatever it fails with, those stay.
int mutate_judge(MutateWork *work, Error *ret_error);

#endif
