// The services: what TestGen can do, as blocking functions from a parameter struct to a report struct. The editor calls
// them from jobs, the CLI from its main thread; neither has logic of its own.
#ifndef TESTGEN_SERVER_SERVICES_SERVICE_H
#define TESTGEN_SERVER_SERVICES_SERVICE_H

#include "protocol/memory/buffer.h"
#include "protocol/testgen/commands.h"
#include "server/services/workspace.h"

typedef struct ServiceContext {
  Workspace *workspace;
  const CancelToken *cancel;                        // may be NULL
  StringView session_id;                            // of the server's life; absent in the CLI
  void (*emit)(void *user, const RunEvent *event);  // what happens between start and end; on any thread; may be NULL
  void *user;
  char run_id[RUN_ID_SIZE];  // made by service_call
  bool records;              // write the run into the history
  StringView summary;        // the recorded run in one line for people, in the arena; absent: none was recorded
  Buffer report_json;        // the report as it went into the history, for those who answer with it; the caller's to
                             // finish, and empty when nothing went there
} ServiceContext;

// Runs a command: `params` and `*ret_report` are the structs of the command's row. The report lives in the arena.
// Recorded runs are saved before the call returns; when that fails the report has a note that says so.
int service_call(CommandIdentifier command, ServiceContext *context, const void *params, Arena *arena, void *ret_report,
                 Error *ret_error);

// ---- The services themselves; service_call is how they are reached ----

int service_score(ServiceContext *context, const ScoreParams *params, Arena *arena, ScoreReport *ret_report,
                  Error *ret_error);
int service_check(ServiceContext *context, const CheckParams *params, Arena *arena, CheckReport *ret_report,
                  Error *ret_error);
int service_gaps(ServiceContext *context, const GapsParams *params, Arena *arena, GapsReport *ret_report,
                 Error *ret_error);
// When the run breaks off (CHILD, TIMEOUT, CANCELLED) the report still holds what finished.
int service_run_tests(ServiceContext *context, const RunTestsParams *params, Arena *arena, RunTestsReport *ret_report,
                      Error *ret_error);
// A generation that its time limit ends is a result when tests had passed every guard by then: the report's status says
// so. Otherwise it fails with TIMEOUT, and with CANCELLED when it is cancelled; the report then has a status too and
// holds what was known, and the run is in the history. On any other failure the report's status is absent.
int service_generate(ServiceContext *context, const GenerateParams *params, Arena *arena, GenerateReport *ret_report,
                     Error *ret_error);
// Likewise; that no attempt passed every test is a result, too, and changes nothing.
int service_implement(ServiceContext *context, const ImplementParams *params, Arena *arena, GenerateReport *ret_report,
                      Error *ret_error);
// A run that breaks off once there are verdicts is a result: the report's status says so, and mutants without verdict
// are pending. One that was cancelled fails with CANCELLED all the same. On any other failure the report's status is
// absent.
int service_mutate(ServiceContext *context, const MutateParams *params, Arena *arena, MutationReport *ret_report,
                   Error *ret_error);

// A choice among the mutants of the targets that is made one by one: `service_mutate` beneath a protocol of its own.
typedef struct MutantChoice {
  bool only_find;  // judge nothing: every mutant of the report is pending, and the history learns nothing
  // Whether a mutant is judged; the report has them in the same order, in the same arena. `place` counts
  // from 0, columns in units of UTF-16.
  int (*wants)(void *user, const MutantReport *mutant, Range place, bool *ret_wanted, Error *ret_error);
  void (*judged)(void *user, size_t index, const MutantReport *mutant);  // each verdict as it comes; may be NULL
  void *user;
} MutantChoice;

// Targets without mutants are no error, and where nothing was chosen the history learns nothing.
int service_mutate_chosen(ServiceContext *context, const MutateParams *params, const MutantChoice *choice, Arena *arena,
                          MutationReport *ret_report, Error *ret_error);
int service_boundary(ServiceContext *context, const BoundaryParams *params, Arena *arena, BoundaryReport *ret_report,
                     Error *ret_error);
int service_cheats(ServiceContext *context, const CheatsParams *params, Arena *arena, CheatsReport *ret_report,
                   Error *ret_error);
// Likewise, of every test that reaches the mutants.
int service_value(ServiceContext *context, const ValueParams *params, Arena *arena, ValueReport *ret_report,
                  Error *ret_error);
int service_history(ServiceContext *context, const HistoryParams *params, Arena *arena, RunsPage *ret_page,
                    Error *ret_error);
int service_run_detail(ServiceContext *context, const RunParams *params, Arena *arena, RunDetail *ret_detail,
                       Error *ret_error);
int service_trend(ServiceContext *context, const TrendParams *params, Arena *arena, TrendReport *ret_trend,
                  Error *ret_error);
int service_stats(ServiceContext *context, const EmptyParams *params, Arena *arena, StatsReport *ret_report,
                  Error *ret_error);
// Tries configurations on copies of the workspace, one at a time; the workspace itself is left alone, apart from its
// history. On CANCELLED the report has a status and holds the steps that were finished.
int service_evolve(ServiceContext *context, const EvolveParams *params, Arena *arena, EvolveReport *ret_report,
                   Error *ret_error);
int service_config(ServiceContext *context, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                   Error *ret_error);

#endif
