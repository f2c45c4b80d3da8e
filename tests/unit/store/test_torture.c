// Fails the n-th allocation, and the n-th call of the file system, of every operation of the store, for every n.
//
// Whatever fails: the error says so, nothing leaks, a success is a whole one, and the database opens again and holds
// all or nothing of the operation.
#include "protocol/testgen/reports.h"
#include "protocol/testgen/vocabulary.h"
#include "server/base/files.h"
#include "server/store/store.h"
#include "tests/unit/torture.h"
#include "tests/unit/torture_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#define ROUNDS_MAX 20000
#define LASTING_STEP 5       // failures that last begin at every fifth call only: most are like those that come once
#define TEXT_MAX (1u << 20)  // bytes

typedef union Outcome {
  RunsPage page;
  RunDetail run;
  TrendReport trend;
  StatsReport stats;
  ConfigReport config;
  ConfigsReport configs;
} Outcome;

typedef struct Operation {
  const char *name;
  int (*run)(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error);  // NULL: opening is the operation
  const JsonType *type;  // of the outcome; NULL: there is none, or it holds the time
  bool is_first;         // on a database that is not there yet, instead of one with a run and two configurations
  bool is_old;           // on one as an earlier version left it
} Operation;

// ---- The operations ----

// What the fifth step of the schema added, taken away.
#define WITHOUT_STEP_5 \
  "ALTER TABLE testgen_evolution DROP COLUMN verdict; ALTER TABLE testgen_evolution DROP COLUMN noise;" \
  "ALTER TABLE testgen_evolution DROP COLUMN trials; ALTER TABLE testgen_evolution DROP COLUMN run_id;"

static int save_run(Store *store, const char *run_id, Error *ret_error) {
  RunFile files[] = {{SV("a.py"), SV("11")}, {SV("b.py"), SV("22")}};
  AcceptedTest accepted = {.id = SV("t.py::test_a"), .origin = SV("spec"), .code = SV("def test_a(): ...")};
  RejectedTest rejected = {.id = SV("t.py::test_b"), .guard = SV("oracle"), .reason = SV("tautology")};
  TestResultReport result = {.id = SV("t.py::test_c"), .message = SV("no")};
  RunRecord record = {
      .run_id = string_view_from(run_id),
      .kind = SV("scoring"),
      .status = SV("complete"),
      .title = SV("Scored 3 tests: 612 of 800"),
      .task_id = SV("task"),
      .revision = SV("0123456789abcdef0123456789abcdef01234567"),
      .is_whole = true,
      .created_ms = 1000,
      .score = {true, 612},
      .of = {true, 800},
      .report = SV("{\"score\":612}"),
      .files = {files, 2},
      .accepted = {&accepted, 1},
      .rejected = {&rejected, 1},
      .results = {&result, 1},
  };
  return store_save_run(store, &record, ret_error);
}

static int save_second_run(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  return save_run(store, "R2", ret_error);
}

static int get_runs(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_runs(store, &(HistoryParams){.kind = SV("scoring")}, arena, &ret_outcome->page, ret_error);
}

static int get_task_runs(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_task_runs(store, SV("task"), arena, &ret_outcome->page, ret_error);
}

static int get_run(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_run(store, SV("R1"), arena, &ret_outcome->run, ret_error);
}

static int get_trend(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_trend(store, &(TrendParams){0}, arena, &ret_outcome->trend, ret_error);
}

static int get_stats(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  return store_get_stats(store, &ret_outcome->stats, ret_error);
}

static int prune(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  int64_t removed = 0;
  int result = store_prune(store, 2000, &removed, ret_error);
  assert_true(result < 0 || removed == 1);
  return result;
}

// A configuration with a prompt for a category, so that every column is in use.
static int save_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  JsonMember member = {.name = SV("boundary"), .value = {.kind = JSON_STRING, .string = SV("Look at the edges.")}};
  JsonValue prompts = {.kind = JSON_OBJECT, .object = {&member, 1}};
  ConfigReport config;
  config_defaults(&config);
  config.category_prompts = &prompts;
  config.reflection_prompt = SV("What is missing?");
  int64_t id = 0;
  int result = store_save_config(store, &config, &id, ret_error);
  assert_true(result < 0 || id > 0);
  return result;
}

static int get_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_config(store, 2, arena, &ret_outcome->config, ret_error);
}

static int get_configs(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_configs(store, arena, &ret_outcome->configs, ret_error);
}

static int get_current_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_current_config(store, arena, &ret_outcome->config, ret_error);
}

static int set_current_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  return store_set_current_config(store, 2, ret_error);
}

static int update_best_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  BestConfig best = {.task_type = SV("new"), .config_id = 1, .run_id = SV("R1"), .score = 5, .pass_count = 1};
  return store_update_best_config(store, &best, ret_error);
}

static int get_best_config(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)ret_outcome;
  BestConfig best = {0};
  int result = store_get_best_config(store, SV("old"), arena, &best, ret_error);
  assert_true(result < 0 || (string_view_equal(best.task_type, SV("old")) && string_view_equal(best.run_id, SV("R1"))));
  return result;
}

static int save_first_verdicts(Store *store, size_t count, int64_t used_ms, Error *ret_error) {
  MutantVerdict verdicts[] = {
      {SV("K1"), SV("a.py"), MUTANT_KILLED, SV("function"), SV("t.py::test_a"), SV("assert 1 == 2"), 3},
      {SV("K2"), SV("a.py"), MUTANT_SURVIVED, SV("function"), SV(""), SV(""), 5},
  };
  return store_save_verdicts(store, (JsonArray){verdicts, count}, used_ms, ret_error);
}

static int save_verdicts(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  return save_first_verdicts(store, 2, 2000, ret_error);
}

static int get_verdicts(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)ret_outcome;
  Vector found;
  vector_init(&found, sizeof(MutantVerdict), 10);
  int result = store_get_verdicts(store, SV("a.py"), arena, &found, ret_error);
  const MutantVerdict *first = result == 0 ? vector_at(&found, 0) : NULL;
  assert_true(result < 0 || (found.count == 1 && string_view_equal(first->message, SV("assert 1 == 2"))));
  vector_finish(&found);
  return result;
}

static int prune_verdicts(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)arena;
  (void)ret_outcome;
  int64_t removed = 0;
  int result = store_prune_verdicts(store, 2000, &removed, ret_error);
  assert_true(result < 0 || removed == 1);
  return result;
}

static int save_evolution(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  (void)ret_outcome;
  ConfigReport to;
  config_defaults(&to);
  to.max_tests_per_category++;
  EvolutionTrial trial = {SV("a.py"), 1, 400, 410};
  EvolutionStep step = {.from_id = 1, .reasoning = SV("a neighbour"), .trials = {&trial, 1}};
  step.verdict = EVOLUTION_ADOPTED;
  int result = store_save_evolution(store, &to, &step, arena, ret_error);
  assert_true(result < 0 || (step.to_id > 0 && step.trials.count == 1));
  return result;
}

static int get_evolution(Store *store, Arena *arena, Outcome *ret_outcome, Error *ret_error) {
  return store_get_evolution(store, 10, arena, &ret_outcome->configs.steps, ret_error);
}

static const Operation operations[] = {
    {"creating a database", NULL, NULL, true, false},
    {"opening a database", NULL, NULL, false, false},
    {"migrating a database", NULL, NULL, false, true},
    {"the first configuration", get_current_config, NULL, true, false},
    {"saving a run", save_second_run, NULL, false, false},
    {"listing runs", get_runs, &runs_page_type, false, false},
    {"listing runs of a task", get_task_runs, &runs_page_type, false, false},
    {"reading a run", get_run, &run_detail_type, false, false},
    {"the trend", get_trend, &trend_report_type, false, false},
    {"statistics", get_stats, &stats_report_type, false, false},
    {"pruning", prune, NULL, false, false},
    {"saving a configuration", save_config, NULL, true, false},
    {"reading a configuration", get_config, &config_report_type, false, false},
    {"listing configurations", get_configs, &configs_report_type, false, false},
    {"the current configuration", get_current_config, &config_report_type, false, false},
    {"another current configuration", set_current_config, NULL, false, false},
    {"a step of evolution", save_evolution, NULL, false, false},
    {"listing steps of evolution", get_evolution, NULL, false, false},
    {"a better configuration", update_best_config, NULL, false, false},
    {"the best configuration", get_best_config, NULL, false, false},
    {"saving verdicts", save_verdicts, NULL, false, false},
    {"reading verdicts", get_verdicts, NULL, false, false},
    {"pruning verdicts", prune_verdicts, NULL, false, false},
};

// ---- One database in a folder of its own ----

typedef struct Image {
  bool is_whole;
  StringView database;
  StringView backup;  // absent: none was made
} Image;

// The last database whose content was read: one that is the same byte for byte holds the same, and opens as well.
typedef struct Seen {
  Arena arena;
  Image image;
  StringView content;
} Seen;

typedef struct Fixture {
  char folder[64];
  char path[96];
  Arena arena;          // of the whole test
  StringView template;  // the bytes of a database with a run and two configurations
  StringView old_template;
  Seen *seen;
} Fixture;

typedef struct Round {
  int status;
  Error error;
  StringView outcome;  // JSON; absent without a type
  StringView content;  // of the database afterwards
  long leaked;         // items
} Round;

static StringView to_json(const JsonType *type, const void *object, Arena *arena) {
  Buffer buffer;
  JsonWriter writer;
  buffer_init(&buffer, TEXT_MAX);
  json_writer_init(&writer, &buffer, 0);
  json_encode(&writer, type, object);
  StringView text = arena_copy(arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  assert_non_null(text.data);
  return text;
}

static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".before-version-3"};

static void remove_database(const Fixture *fixture) {
  char path[128];
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    snprintf(path, sizeof path, "%s%s", fixture->path, suffixes[i]);
    unlink(path);
  }
}

static bool exists(const Fixture *fixture, const char *suffix, char (*path)[128]) {
  snprintf(*path, sizeof *path, "%s%s", fixture->path, suffix);
  return access(*path, F_OK) == 0;
}

// What lies on disk, byte for byte; `is_whole` is false where a journal belongs to it, too.
static Image read_image(const Fixture *fixture, Arena *arena) {
  Image image = {.is_whole = true};
  char path[128];
  for (size_t i = 1; i < 4; i++)
    image.is_whole = image.is_whole && !exists(fixture, suffixes[i], &path);
  if (exists(fixture, suffixes[4], &path))
    assert_int_equal(file_read(path, TEXT_MAX, arena, &image.backup, NULL), 0);
  image.is_whole = image.is_whole && exists(fixture, "", &path);
  if (image.is_whole)
    assert_int_equal(file_read(path, TEXT_MAX, arena, &image.database, NULL), 0);
  return image;
}

static bool is_same_image(const Image *left, const Image *right) {
  return left->is_whole && right->is_whole && string_view_equal(left->database, right->database) &&
         string_view_is_absent(left->backup) == string_view_is_absent(right->backup) &&
         string_view_equal(left->backup, right->backup);
}

static void begin_database(const Fixture *fixture, const Operation *operation) {
  StringView content = operation->is_old ? fixture->old_template : fixture->template;
  remove_database(fixture);
  if (operation->is_first)
    return;
  FILE *file = fopen(fixture->path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(content.data, 1, content.length, file), content.length);
  assert_int_equal(fclose(file), 0);
}

static Store *open_quietly(const Fixture *fixture) {
  char notice[STORE_NOTICE_MAX];
  Store *store = NULL;
  Error error = {0};
  if (store_open(fixture->path, notice, &store, &error) < 0)
    fail_msg("the database does not open again: %s", error.message);
  assert_string_equal(notice, "");  // it says when a database was set aside as damaged
  return store;
}

// What the database holds, as one line; "ok" is the verdict of SQLite's own check.
static const char select_content[] =
    "SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check)"
    " || ' runs ' || (SELECT count(*) FROM testgen_runs) || ' files ' || (SELECT count(*) FROM run_files)"
    " || ' tests ' || (SELECT count(*) FROM generated_tests) || ' results ' || (SELECT count(*) FROM test_results)"
    " || ' configs ' || (SELECT count(*) FROM testgen_configs)"
    " || ' prompts ' || (SELECT count(category_prompts) FROM testgen_configs)"
    " || ' current ' || coalesce((SELECT id FROM testgen_configs WHERE is_current), 0)"
    " || ' best ' || (SELECT count(*) FROM testgen_best_configs)"
    " || ' verdicts ' || (SELECT count(*) FROM mutant_verdicts)";

static StringView open_and_read(const Fixture *fixture, Arena *arena) {
  store_close(open_quietly(fixture));
  sqlite3 *database = NULL;
  sqlite3_stmt *select = NULL;
  assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(database, select_content, -1, &select, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(select), SQLITE_ROW);
  StringView content = arena_copy(arena, string_view_from((const char *)sqlite3_column_text(select, 0)));
  sqlite3_finalize(select);
  sqlite3_close(database);
  assert_true(string_view_starts_with(content, SV("ok ")));
  return content;
}

static StringView read_content(const Fixture *fixture, Arena *arena) {
  Seen *seen = fixture->seen;
  Image image = read_image(fixture, arena);
  if (!is_same_image(&image, &seen->image)) {
    arena_finish(&seen->arena);
    seen->image = read_image(fixture, &seen->arena);
    seen->content = open_and_read(fixture, &seen->arena);
  }
  return arena_copy(arena, seen->content);
}

// ---- One round: the database as it was, the operation with its n-th call failing, the database afterwards ----

typedef struct Plan {
  TortureKind kind;
  long countdown;  // 0: nothing fails
  bool is_lasting;
} Plan;

static int open_and_run(const Fixture *fixture, const Operation *operation, Plan plan, Arena *arena, Outcome *outcome,
                        Error *ret_error) {
  char notice[STORE_NOTICE_MAX] = "";
  Store *store = operation->run ? open_quietly(fixture) : NULL;
  if (plan.countdown > 0)
    torture_arm(plan.kind, plan.countdown, plan.is_lasting);
  int status = operation->run ? operation->run(store, arena, outcome, ret_error)
                              : store_open(fixture->path, notice, &store, ret_error);
  if (!plan.is_lasting)
    torture_disarm();
  store_close(store);
  torture_disarm();
  assert_string_equal(notice, "");
  return status;
}

static Round run_round(const Fixture *fixture, const Operation *operation, Plan plan, Arena *arena) {
  Round round = {0};
  Outcome outcome = {0};
  Arena own = {0};
  torture.has_failed = false;
  begin_database(fixture, operation);
  torture_count();
  round.status = open_and_run(fixture, operation, plan, &own, &outcome, &round.error);
  torture.is_counting = false;
  if (round.status == 0 && operation->type)
    round.outcome = to_json(operation->type, &outcome, arena);
  torture.is_counting = true;
  arena_finish(&own);
  torture.is_counting = false;
  round.leaked = torture.live;
  round.content = read_content(fixture, arena);
  return round;
}

typedef struct Expectation {
  Round whole;        // nothing failed
  StringView before;  // content of the database
} Expectation;

static void check_round(const Operation *operation, Plan plan, const Expectation *expected, const Round *round) {
  const char *name = operation->name;
  bool is_whole = string_view_equal(round->content, expected->whole.content);
  bool is_nothing = string_view_equal(round->content, expected->before);
  if (round->leaked != 0)
    fail_msg("%s, round %ld: %ld items leaked", name, plan.countdown, round->leaked);
  if (round->status == 0 && (!is_whole || !string_view_equal(round->outcome, expected->whole.outcome)))
    fail_msg("%s, round %ld: half a success: %.*s; %.*s", name, plan.countdown, SV_ARGUMENTS(round->content),
             SV_ARGUMENTS(round->outcome));
  if (round->status != 0 && (round->error.code != round->status || round->error.message[0] == '\0'))
    fail_msg("%s, round %ld: status %d, but error %d", name, plan.countdown, round->status, round->error.code);
  ErrorCode kind = plan.kind == TORTURE_MEMORY ? ERROR_NO_MEMORY : ERROR_IO;
  bool is_sqlites = strstr(round->error.message, "json_valid") != NULL;  // it says no when it gets no memory to look
  if (round->status != 0 && round->status != (int)kind && !is_sqlites)
    fail_msg("%s, round %ld: a wrong kind of error: %s", name, plan.countdown, round->error.message);
  if (round->status != 0 && !is_nothing && !is_whole)
    fail_msg("%s, round %ld: failed, and left %.*s", name, plan.countdown, SV_ARGUMENTS(round->content));
}

static void torment(const Fixture *fixture, const Operation *operation, TortureKind kind, bool is_lasting) {
  Arena arena = {0};
  Expectation expected = {0};
  run_round(fixture, operation, (Plan){0}, &arena);  // what is allocated once, by whomever, is allocated now
  expected.whole = run_round(fixture, operation, (Plan){0}, &arena);
  if (expected.whole.status != 0)
    fail_msg("%s: %s", operation->name, expected.whole.error.message);
  begin_database(fixture, operation);
  expected.before = read_content(fixture, &arena);
  Plan plan = {kind, 1, is_lasting};
  int failures = 0;
  do {
    assert_true(plan.countdown < ROUNDS_MAX);
    Arena own = {0};
    Round round = run_round(fixture, operation, plan, &own);
    if (round.leaked != 0)  // what OpenSSL keeps for the whole process is no leak, and is not kept a second time
      round = run_round(fixture, operation, plan, &own);
    failures += round.status != 0;
    check_round(operation, plan, &expected, &round);
    arena_finish(&own);
    plan.countdown += is_lasting ? LASTING_STEP : 1;
  } while (torture.has_failed);
  printf("  %s: fewer than %ld calls, %d failures\n", operation->name, plan.countdown, failures);
  assert_true(failures > 0);
  arena_finish(&arena);
}

// The operations of this process: several can share the work.
static size_t first = 0;
static size_t shares = 1;

static void torment_all(const Fixture *fixture, TortureKind kind, bool is_lasting) {
  for (size_t i = first; i < sizeof operations / sizeof *operations; i += shares)
    torment(fixture, &operations[i], kind, is_lasting);
}

static void without_memory_once(void **state) {
  torment_all(*state, TORTURE_MEMORY, false);
}

static void without_memory_from_then_on(void **state) {
  torment_all(*state, TORTURE_MEMORY, true);
}

static void with_files_that_fail_once(void **state) {
  torment_all(*state, TORTURE_FILES, false);
}

static void with_files_that_fail_from_then_on(void **state) {
  torment_all(*state, TORTURE_FILES, true);
}

// ---- Set-up ----

static void fill(const Fixture *fixture) {
  Store *store = open_quietly(fixture);
  Outcome outcome;
  Arena arena = {0};
  BestConfig best = {.task_type = SV("old"), .config_id = 1, .run_id = SV("R1"), .score = 5};
  assert_int_equal(get_current_config(store, &arena, &outcome, NULL), 0);
  assert_int_equal(save_config(store, &arena, &outcome, NULL), 0);
  assert_int_equal(save_run(store, "R1", NULL), 0);
  assert_int_equal(store_update_best_config(store, &best, NULL), 0);
  assert_int_equal(save_first_verdicts(store, 1, 1000, NULL), 0);
  arena_finish(&arena);
  store_close(store);
}

static void make_older(const Fixture *fixture) {
  sqlite3 *database = NULL;
  assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_exec(database,
                                "DROP TABLE mutant_verdicts; DROP TABLE run_figures;" WITHOUT_STEP_5
                                "PRAGMA user_version = 2",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  sqlite3_close(database);
}

static int set_up(void **state) {
  torture_sqlite_install();
  Fixture *fixture = calloc(1, sizeof *fixture);
  assert_non_null(fixture);
  fixture->seen = calloc(1, sizeof *fixture->seen);
  assert_non_null(fixture->seen);
  // In memory where that is possible: nothing here is about what a disk does.
  const char *parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(fixture->folder, sizeof fixture->folder, "%s/testgen-torture-XXXXXX", parent);
  assert_non_null(mkdtemp(fixture->folder));
  snprintf(fixture->path, sizeof fixture->path, "%s/history.db", fixture->folder);
  fill(fixture);
  assert_int_equal(file_read(fixture->path, TEXT_MAX, &fixture->arena, &fixture->template, NULL), 0);
  make_older(fixture);
  assert_int_equal(file_read(fixture->path, TEXT_MAX, &fixture->arena, &fixture->old_template, NULL), 0);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  remove_database(fixture);
  int status = rmdir(fixture->folder);  // fails when something was set aside
  arena_finish(&fixture->arena);
  arena_finish(&fixture->seen->arena);
  free(fixture->seen);
  free(fixture);
  return status;
}

// test_torture [SHARE SHARES]: all operations, or those of one share, counted from 1.
int main(int count, char **arguments) {
  if (count == 3) {
    shares = strtoul(arguments[2], NULL, 10);
    first = strtoul(arguments[1], NULL, 10) - 1;
  }
  if ((count != 1 && count != 3) || first >= shares || shares > sizeof operations / sizeof *operations) {
    fprintf(stderr, "usage: %s [SHARE SHARES]\n", arguments[0]);
    return 2;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_memory_once),
      cmocka_unit_test(without_memory_from_then_on),
      cmocka_unit_test(with_files_that_fail_once),
      cmocka_unit_test(with_files_that_fail_from_then_on),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
