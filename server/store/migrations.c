// The schema, as numbered steps. A step that was released is never changed; a new one is added behind it.
#include "server/store/database.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

// Configurations, runs, tests.
static const char *const migration_1[] = {
    "CREATE TABLE testgen_configs ("
    "  id INTEGER PRIMARY KEY,"
    "  version TEXT NOT NULL,"
    "  temperature REAL NOT NULL CHECK (temperature BETWEEN 0 AND 2),"
    "  max_tokens INTEGER NOT NULL CHECK (max_tokens > 0),"
    "  min_tests_per_category INTEGER NOT NULL CHECK (min_tests_per_category >= 2),"
    "  max_tests_per_category INTEGER NOT NULL CHECK (max_tests_per_category >= min_tests_per_category),"
    "  max_rounds_per_category INTEGER NOT NULL CHECK (max_rounds_per_category >= 1),"
    "  environment_weight REAL NOT NULL CHECK (environment_weight BETWEEN 0 AND 1),"
    "  anti_cheat_weight REAL NOT NULL CHECK (anti_cheat_weight BETWEEN 0 AND 1),"
    "  precision_weight REAL NOT NULL CHECK (precision_weight BETWEEN 0 AND 1),"
    "  category_order TEXT NOT NULL CHECK (json_valid(category_order)),"
    "  category_prompts TEXT CHECK (category_prompts IS NULL OR json_valid(category_prompts)),"
    "  anti_cheat_prompt TEXT,"
    "  reflection_prompt TEXT,"
    "  primary_model TEXT NOT NULL,"
    "  reflection_model TEXT NOT NULL,"
    "  min_comprehensiveness_score REAL NOT NULL CHECK (min_comprehensiveness_score BETWEEN 0 AND 10),"
    "  target_comprehensiveness_score REAL NOT NULL CHECK (target_comprehensiveness_score BETWEEN 0 AND 10),"
    "  config_hash TEXT NOT NULL UNIQUE,"
    "  is_current INTEGER NOT NULL DEFAULT 0 CHECK (is_current IN (0, 1)),"
    "  created_at INTEGER NOT NULL"  // Unix milliseconds, as every time in this schema
    ") STRICT;",
    "CREATE UNIQUE INDEX testgen_configs_current ON testgen_configs (is_current) WHERE is_current = 1;",

    "CREATE TABLE testgen_runs ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  run_id TEXT NOT NULL UNIQUE,"
    "  session_id TEXT,"
    "  kind TEXT NOT NULL,"
    "  status TEXT NOT NULL CHECK (status IN ('complete', 'cancelled', 'failed')),"
    "  title TEXT NOT NULL,"
    "  config_id INTEGER REFERENCES testgen_configs (id),"
    "  task_id TEXT,"
    "  total_tests INTEGER NOT NULL DEFAULT 0,"
    "  passed INTEGER NOT NULL DEFAULT 0,"
    "  failed INTEGER NOT NULL DEFAULT 0,"
    "  comprehensiveness_score REAL,"
    "  duration_ms REAL NOT NULL,"
    "  total_tokens INTEGER NOT NULL DEFAULT 0,"
    "  category_balance REAL,"
    "  anti_cheat_coverage REAL,"
    "  parameter_discovery REAL,"
    "  reflection_effectiveness REAL,"
    "  token_efficiency REAL,"
    "  meta_model TEXT,"
    "  proposed_change TEXT,"
    "  change_accepted INTEGER CHECK (change_accepted IN (0, 1)),"
    "  score INTEGER CHECK (score BETWEEN 0 AND 1000),"
    "  score_of INTEGER CHECK (score_of BETWEEN 0 AND 1000),"
    "  is_best INTEGER NOT NULL DEFAULT 0 CHECK (is_best IN (0, 1)),"
    "  report TEXT CHECK (report IS NULL OR json_valid(report)),"
    "  created_at INTEGER NOT NULL"
    ") STRICT;",
    "CREATE INDEX testgen_runs_by_kind ON testgen_runs (kind, id);",
    "CREATE INDEX testgen_runs_by_task ON testgen_runs (task_id, id) WHERE task_id IS NOT NULL;",
    "CREATE INDEX testgen_runs_by_age ON testgen_runs (created_at);",

    "CREATE TABLE testgen_best_configs ("
    "  task_type TEXT PRIMARY KEY,"
    "  config_id INTEGER NOT NULL REFERENCES testgen_configs (id),"
    "  run_id TEXT NOT NULL,"
    "  score INTEGER NOT NULL,"
    "  pass_count INTEGER NOT NULL DEFAULT 0,"
    "  total_runs INTEGER NOT NULL DEFAULT 0,"
    "  is_override INTEGER NOT NULL DEFAULT 0 CHECK (is_override IN (0, 1)),"
    "  updated_at INTEGER NOT NULL"
    ") STRICT;",

    "CREATE TABLE testgen_evolution ("
    "  id INTEGER PRIMARY KEY,"
    "  from_config_id INTEGER REFERENCES testgen_configs (id),"
    "  to_config_id INTEGER REFERENCES testgen_configs (id),"
    "  changes TEXT NOT NULL CHECK (json_valid(changes)),"
    "  reasoning TEXT NOT NULL,"
    "  expected_improvement TEXT,"
    "  actual_improvement REAL,"
    "  quality_delta REAL,"
    "  created_at INTEGER NOT NULL"
    ") STRICT;",

    // What a run was measured on.
    "CREATE TABLE run_files ("
    "  run INTEGER NOT NULL REFERENCES testgen_runs (id) ON DELETE CASCADE,"
    "  path TEXT NOT NULL,"
    "  digest TEXT NOT NULL,"
    "  PRIMARY KEY (run, path)"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE generated_tests ("
    "  id INTEGER PRIMARY KEY,"
    "  run INTEGER NOT NULL REFERENCES testgen_runs (id) ON DELETE CASCADE,"
    "  test_id TEXT NOT NULL,"
    "  category TEXT,"
    "  origin TEXT,"
    "  reasoning TEXT,"
    "  confidence REAL,"
    "  guard TEXT,"  // the guard that rejected it; NULL: accepted
    "  reason TEXT,"
    "  message TEXT,"
    "  code TEXT"
    ") STRICT;",
    "CREATE INDEX generated_tests_by_run ON generated_tests (run);",

    "CREATE TABLE test_results ("
    "  id INTEGER PRIMARY KEY,"
    "  run INTEGER NOT NULL REFERENCES testgen_runs (id) ON DELETE CASCADE,"
    "  test_id TEXT NOT NULL,"
    "  outcome TEXT NOT NULL,"
    "  duration_ms REAL NOT NULL,"
    "  cpu_ms REAL NOT NULL,"
    "  message TEXT"
    ") STRICT;",
    "CREATE INDEX test_results_by_run ON test_results (run);",
    "CREATE INDEX test_results_by_test ON test_results (test_id, run);",
    NULL,
};

// A run may be ended by its time limit. The check of a column is changed in the schema's own text, as SQLite's
// documentation of ALTER TABLE describes for changes that leave the content as it is: building the table anew would
// empty the tables that refer to it.
static const char *const migration_2[] = {
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET sql = replace(sql, '''cancelled'', ''failed''', '''cancelled'', ''timeout'', ''failed''')"
    " WHERE type = 'table' AND name = 'testgen_runs'",
    "PRAGMA writable_schema = RESET",
    NULL,
};

// Verdicts on mutants outlive the runs that found them.
static const char *const migration_3[] = {
    "CREATE TABLE mutant_verdicts ("
    "  key TEXT PRIMARY KEY,"
    "  path TEXT NOT NULL,"
    "  status TEXT NOT NULL,"
    "  way TEXT NOT NULL,"
    "  test TEXT NOT NULL,"
    "  message TEXT NOT NULL,"
    "  tests_run INTEGER NOT NULL,"
    "  used_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    "CREATE INDEX mutant_verdicts_by_path ON mutant_verdicts (path, used_at);",
    "CREATE INDEX mutant_verdicts_by_use ON mutant_verdicts (used_at);",
    NULL,
};

// What lists and trends show of a run, apart from the long report behind which SQLite would have to look for it.
static const char *const migration_4[] = {
    "CREATE TABLE run_figures ("
    "  run INTEGER PRIMARY KEY REFERENCES testgen_runs (id) ON DELETE CASCADE,"
    "  created_at INTEGER NOT NULL,"
    "  revision TEXT,"  // the commit that was checked out
    "  is_whole INTEGER NOT NULL CHECK (is_whole IN (0, 1)),"
    "  score_before INTEGER,"
    "  kill_rate REAL,"
    "  line_coverage REAL,"
    "  cost_cents REAL"
    ") STRICT;",
    "INSERT INTO run_figures (run, created_at, is_whole, score_before, kill_rate, line_coverage, cost_cents)"
    " SELECT id, created_at,"
    "  CASE kind WHEN 'scoring' THEN coalesce(json_extract(report, '$.path'), '.') = '.'"
    "            WHEN 'mutation' THEN coalesce(json_extract(report, '$.whole'), 0) ELSE 0 END,"
    "  json_extract(report, '$.score_before'), json_extract(report, '$.kill_rate'),"
    "  json_extract(report, '$.line_coverage'), json_extract(report, '$.cost_cents')"
    " FROM testgen_runs",
    NULL,
};

// What the trials of a changed configuration said.
static const char *const migration_5[] = {
    "ALTER TABLE testgen_evolution ADD COLUMN verdict TEXT NOT NULL DEFAULT 'rejected';",
    "ALTER TABLE testgen_evolution ADD COLUMN noise REAL;",
    "ALTER TABLE testgen_evolution ADD COLUMN trials TEXT CHECK (trials IS NULL OR json_valid(trials));",
    "ALTER TABLE testgen_evolution ADD COLUMN run_id TEXT;",
    NULL,
};

static const char *const *const migrations[STORE_SCHEMA_VERSION] = {migration_1, migration_2, migration_3, migration_4,
                                                                    migration_5};

static int schema_version(Store *store, int64_t *ret_version, Error *ret_error) {
  Statement statement;
  int result = statement_prepare(&statement, store, "PRAGMA user_version", ret_error);
  if (result < 0)
    return result;
  result = statement_step(&statement, ret_error);
  if (result == 1)
    *ret_version = sqlite3_column_int64(statement.statement, 0);
  statement_finish(&statement);
  return result < 0 ? result : 0;
}

// VACUUM INTO copies a consistent state even while others read, but into a new file only.
static int copy_into(Store *store, const char *path, Error *ret_error) {
  unlink(path);
  char *sql = sqlite3_mprintf("VACUUM INTO '%q'", path);
  if (!sql)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while backing up %s", store->path);
  int result = database_execute(store, sql, ret_error);
  sqlite3_free(sql);
  return result;
}

// The database as it was, under a name of its own until it is sure that it is whole and still the old one.
typedef struct Copy {
  char *partial;
  char *path;
} Copy;

static void copy_finish(Copy *copy) {
  if (copy->partial)
    unlink(copy->partial);
  sqlite3_free(copy->partial);
  sqlite3_free(copy->path);
}

static int back_up(Store *store, int64_t version, Copy *copy, Error *ret_error) {
  copy->path = sqlite3_mprintf("%s.before-version-%lld", store->path, (long long)version + 1);
  copy->partial = sqlite3_mprintf("%s.before-version-%lld.partial-%d", store->path, (long long)version + 1, getpid());
  return copy->path && copy->partial
             ? copy_into(store, copy->partial, ret_error)
             : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while backing up %s", store->path);
}

static int keep_copy(const Store *store, const Copy *copy, Error *ret_error) {
  return rename(copy->partial, copy->path) == 0
             ? 0
             : error_set_errno(ret_error, errno, "%s cannot be backed up as %s", store->path, copy->path);
}

static int apply_one(Store *store, int64_t version, Error *ret_error) {
  char pragma[64];
  snprintf(pragma, sizeof pragma, "PRAGMA user_version = %lld", (long long)version + 1);
  int result = 0;
  for (const char *const *sql = migrations[version]; *sql && result == 0; sql++)
    result = database_execute(store, *sql, ret_error);
  return result < 0 ? result : database_execute(store, pragma, ret_error);
}

// The version is read again inside the transaction: another process may have migrated meanwhile.
static int migrate(Store *store, int64_t seen, const Copy *copy, Error *ret_error) {
  int64_t version = 0;
  int result = transaction_begin(store, ret_error);
  if (result < 0)
    return result;
  result = schema_version(store, &version, ret_error);
  if (result == 0 && copy->partial && version == seen)
    result = keep_copy(store, copy, ret_error);
  for (; result == 0 && version < STORE_SCHEMA_VERSION; version++)
    result = apply_one(store, version, ret_error);
  return transaction_end(store, result, ret_error);
}

int migrations_apply(Store *store, Error *ret_error) {
  int64_t version = 0;
  int result = schema_version(store, &version, ret_error);
  if (result < 0)
    return result;
  if (version > STORE_SCHEMA_VERSION || version < 0)
    return error_set(ret_error, ERROR_CONFLICT,
                     "%s was written by a newer testgen (schema %lld, this one knows %d): update testgen, or use "
                     "--database for another place",
                     store->path, (long long)version, STORE_SCHEMA_VERSION);
  if (version == STORE_SCHEMA_VERSION)
    return 0;
  Copy copy = {0};
  if (version > 0)
    result = back_up(store, version, &copy, ret_error);
  if (result == 0)
    result = migrate(store, version, &copy, ret_error);
  copy_finish(&copy);
  return result;
}
