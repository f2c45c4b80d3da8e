// The history: one SQLite database per workspace. Every call may come from any thread; one mutex makes one writer of
// them.
//
// What a call reported as saved survives kill -9 (WAL with synchronous=NORMAL keeps every committed transaction of a
// killed process; only a crash of the machine may lose the last ones, never the database). Sources of the tables: the
// first seed document and the design page "Store".
#ifndef TESTGEN_SERVER_STORE_STORE_H
#define TESTGEN_SERVER_STORE_STORE_H

#include "protocol/memory/vector.h"
#include "protocol/testgen/reports.h"
#include "server/base/hash.h"

typedef struct Store Store;

#define STORE_SCHEMA_VERSION 5  // of the newest migration
#define STORE_NOTICE_MAX 512

// Opens or creates the database and brings its schema up to date. An older schema is migrated after a copy was made
// beside it; a newer one is refused (CONFLICT); a file that is no database is set aside under another name and a fresh
// one begun, which `ret_notice` (STORE_NOTICE_MAX bytes, empty when there is nothing to say) tells.
int store_open(const char *path, char *ret_notice, Store **ret_store, Error *ret_error);
int store_open_in_memory(Store **ret_store, Error *ret_error);
void store_close(Store *store);  // accepts NULL

// The process ends: from now on no call of any store waits until another process gives up its lock, and those that do
// fail. Any thread.
void store_stop_waiting(void);

// ---- Runs ----

#define RUN_ID_SIZE 27  // a ULID: 26 characters that sort by time, and a NUL
void store_make_run_id(int64_t unix_ms, char ret_id[RUN_ID_SIZE]);
int64_t store_run_id_time(StringView run_id);  // Unix milliseconds; -1 when it is no run id

// One finished run. Views are borrowed for the call. Absent values stay NULL in the database.
typedef struct RunRecord {
  StringView run_id;
  StringView session_id;
  StringView kind;      // generation, scoring, gaps, test, mutation, boundary, cheats, value
  StringView status;    // complete, cancelled, timeout, failed
  StringView revision;  // the commit that was checked out
  StringView title;
  StringView task_id;
  int64_t created_ms;  // Unix
  double duration_ms;
  OptionalInteger config_id;
  OptionalInteger score;
  OptionalInteger of;
  OptionalNumber comprehensiveness;
  OptionalNumber balance;
  OptionalNumber anti_cheat;
  OptionalNumber parameter_discovery;
  OptionalNumber reflection_effectiveness;
  OptionalNumber efficiency;
  bool is_whole;  // of the whole workspace
  OptionalInteger score_before;
  OptionalNumber kill_rate;
  OptionalNumber line_coverage;
  OptionalNumber cost_cents;
  int64_t total_tokens;
  uint32_t test_count, passed, failed;
  JsonArray files;     // RunFile
  JsonArray accepted;  // AcceptedTest
  JsonArray rejected;  // RejectedTest
  JsonArray results;   // TestResultReport
  StringView report;   // JSON
} RunRecord;

int store_save_run(Store *store, const RunRecord *record, Error *ret_error);  // one transaction; run ids are unique
int store_get_runs(Store *store, const HistoryParams *params, Arena *arena, RunsPage *ret_page, Error *ret_error);
int store_get_task_runs(Store *store, StringView task_id, Arena *arena, RunsPage *ret_page, Error *ret_error);
int store_get_run(Store *store, StringView run_id, Arena *arena, RunDetail *ret_detail, Error *ret_error);
int store_get_trend(Store *store, const TrendParams *params, Arena *arena, TrendReport *ret_trend, Error *ret_error);
int store_get_stats(Store *store, StatsReport *ret_stats, Error *ret_error);

// Removes runs that are older. Returns how many.
int store_prune(Store *store, int64_t older_than_unix_ms, int64_t *ret_removed, Error *ret_error);

// ---- Verdicts on mutants ----

// What a run found out about a mutant. The key, hexadecimal digits of the harness's, names all that the verdict depends
// on: the code, the tests that reach it, the configuration.
typedef struct MutantVerdict {
  StringView key;
  StringView path;  // of the mutated file, relative
  int status;       // MutantStatus
  StringView way;   // empty where there is nothing to say, as the next two
  StringView test;
  StringView message;
  int64_t tests_run;
} MutantVerdict;

#define STORE_VERDICTS_MAX 200000  // rows that pruning leaves

// Saves or renews MutantVerdicts as used at this time: one transaction.
int store_save_verdicts(Store *store, JsonArray verdicts, int64_t used_ms, Error *ret_error);
// Adds those of a file to a vector of MutantVerdict, the last used first, until it is full.
int store_get_verdicts(Store *store, StringView path, Arena *arena, Vector *verdicts, Error *ret_error);
// Removes what was last used earlier, and the longest unused ones above STORE_VERDICTS_MAX. Returns how many.
int store_prune_verdicts(Store *store, int64_t older_than_unix_ms, int64_t *ret_removed, Error *ret_error);

// ---- Configurations ----

void config_defaults(ConfigReport *ret_config);  // version 1.0.0; without id, hash and time

// SHA-256 over every knob in a fixed order, prompts included; id, hash, time and being current are left out.
int config_hash(const ConfigReport *config, char ret_text[DIGEST_TEXT_SIZE], Error *ret_error);

// Ranges and min <= max. The message names the knob and what is allowed.
int config_check(const ConfigReport *config, Error *ret_error);

// Saves unless one with the same hash is there; gives its id either way.
int store_save_config(Store *store, const ConfigReport *config, int64_t *ret_id, Error *ret_error);
int store_get_config(Store *store, int64_t id, Arena *arena, ConfigReport *ret_config, Error *ret_error);
int store_get_config_by_hash(Store *store, StringView hash, Arena *arena, ConfigReport *ret_config, Error *ret_error);
int store_get_configs(Store *store, Arena *arena, ConfigsReport *ret_configs, Error *ret_error);
// The current one; the defaults are saved and made current when there is none.
int store_get_current_config(Store *store, Arena *arena, ConfigReport *ret_config, Error *ret_error);
int store_set_current_config(Store *store, int64_t id, Error *ret_error);

// ---- Evolution of configurations ----

// Saves a step in one transaction: `to`, whose id goes into the step, and with EVOLUTION_ADOPTED that it is the current
// one. Fills the step's id and time.
int store_save_evolution(Store *store, const ConfigReport *to, EvolutionStep *step, Arena *arena, Error *ret_error);
// EvolutionStep, newest first.
int store_get_evolution(Store *store, int64_t limit, Arena *arena, JsonArray *ret_steps, Error *ret_error);
// Makes the configuration current that stood before the current one was adopted, and records that as a step. NOT_FOUND
// when evolution did not make the current one.
int store_roll_back_config(Store *store, Arena *arena, EvolutionStep *ret_step, Error *ret_error);

// ---- Best configurations per type of task ----

typedef struct BestConfig {
  StringView task_type;
  int64_t config_id;
  StringView run_id;
  int64_t score;
  int64_t pass_count;
  int64_t total_runs;
  bool is_override;  // set by hand; a better run does not replace it
} BestConfig;

int store_get_best_config(Store *store, StringView task_type, Arena *arena, BestConfig *ret_best, Error *ret_error);
// Counts the run; replaces config, run and score when the score is higher and nothing is overridden.
int store_update_best_config(Store *store, const BestConfig *candidate, Error *ret_error);

#endif
