// The store: runs, configurations, and what must survive damage, other versions, other processes and a full disk.
#include "protocol/testgen/vocabulary.h"
#include "server/store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

typedef struct Fixture {
  char folder[64];
  char path[96];
  char notice[STORE_NOTICE_MAX];
  Arena arena;
} Fixture;

// What the fifth step of the schema added, taken away.
#define WITHOUT_STEP_5 \
  "ALTER TABLE testgen_evolution DROP COLUMN verdict; ALTER TABLE testgen_evolution DROP COLUMN noise;" \
  "ALTER TABLE testgen_evolution DROP COLUMN trials; ALTER TABLE testgen_evolution DROP COLUMN run_id;"

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->folder, "/tmp/testgen-store-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  snprintf(fixture->path, sizeof fixture->path, "%s/history.db", fixture->folder);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
  arena_finish(&fixture->arena);
  int status = system(command);
  free(fixture);
  return status;
}

static Store *open_store(Fixture *fixture) {
  Store *store = NULL;
  Error error = {0};
  if (store_open(fixture->path, fixture->notice, &store, &error) < 0)
    fail_msg("store_open: %s", error.message);
  return store;
}

static RunRecord make_record(const char *run_id, int64_t created_ms) {
  return (RunRecord){
      .run_id = string_view_from(run_id),
      .kind = SV("scoring"),
      .status = SV("complete"),
      .title = SV("Scored 3 tests: 612 of 800"),
      .created_ms = created_ms,
      .duration_ms = 12.5,
      .score = {true, 612},
      .of = {true, 800},
      .comprehensiveness = {true, 6.5},
      .test_count = 3,
      .report = SV("{\"score\":612}"),
  };
}

static void save(Store *store, const RunRecord *record) {
  Error error = {0};
  if (store_save_run(store, record, &error) < 0)
    fail_msg("store_save_run: %s", error.message);
}

static MutantVerdict make_verdict(const char *key, const char *path) {
  return (MutantVerdict){
      .key = string_view_from(key),
      .path = string_view_from(path),
      .status = MUTANT_KILLED,
      .way = SV("function"),
      .test = SV("t.py::test_a"),
      .message = SV("assert 1 == 2"),
      .tests_run = 3,
  };
}

static void keeps_a_run_with_its_files_tests_and_report(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunFile files[] = {{SV("b.py"), SV("22")}, {SV("a.py"), SV("11")}};
  AcceptedTest accepted = {.id = SV("t.py::test_a"),
                           .category = CATEGORY_BOUNDARY,
                           .origin = SV("spec"),
                           .reasoning = SV("because"),
                           .confidence = 1,
                           .code = SV("def test_a(): ...")};
  RejectedTest rejected = {
      .id = SV("t.py::test_b"), .guard = SV("oracle"), .reason = SV("tautology"), .message = SV("m")};
  TestResultReport result = {
      .id = SV("t.py::test_c"), .outcome = OUTCOME_FAILED, .duration_ms = 1, .message = SV("no")};
  RunRecord record = make_record("R1", 1000);
  record.files = (JsonArray){files, 2};
  record.accepted = (JsonArray){&accepted, 1};
  record.rejected = (JsonArray){&rejected, 1};
  record.results = (JsonArray){&result, 1};
  save(store, &record);
  store_close(store);

  store = open_store(fixture);
  RunDetail detail;
  StatsReport stats;
  assert_int_equal(store_get_run(store, SV("R1"), &fixture->arena, &detail, NULL), 0);
  assert_true(string_view_equal(detail.summary.title, record.title));
  assert_true(string_view_equal(detail.summary.created_at, SV("1970-01-01T00:00:01.000Z")));
  assert_int_equal(detail.summary.score.value, 612);
  assert_int_equal(detail.files.count, 2);
  assert_true(string_view_equal(((RunFile *)detail.files.items)[0].path, SV("a.py")));
  assert_int_equal(json_member(detail.report, "score")->integer, 612);
  assert_int_equal(store_get_stats(store, &stats, NULL), 0);
  assert_int_equal(stats.generated_tests, 2);
  assert_int_equal(stats.test_results, 1);
  assert_int_equal(stats.best_score.value, 612);
  store_close(store);
}

static void filters_by_kind_text_and_commit(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord scoring = make_record("R1", 1), test = make_record("R2", 2);
  scoring.revision = SV("0123456789abcdef0123456789abcdef01234567");
  test.kind = SV("test");
  test.title = SV("Ran 100% of 12 tests");
  save(store, &scoring);
  save(store, &test);
  static const struct {
    const char *kind, *text;  // NULL: any
    int64_t limit;
    const char *expected;  // the newest run; NULL: none
    int64_t matching;
  } cases[] = {
      {NULL, NULL, 50, "R2", 2},         {"scoring", NULL, 50, "R1", 1}, {NULL, "RAN 100%", 50, "R2", 1},
      {NULL, "0123", 50, "R1", 1},       {NULL, "123456", 50, NULL, 0},  // a commit is known by how it begins
      {"scoring", "tests", 50, "R1", 1}, {NULL, "tests", 1, "R2", 2},    // also what is on the next page
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    HistoryParams params = {.limit = {true, cases[i].limit}};
    RunsPage page;
    if (cases[i].kind)
      params.kind = string_view_from(cases[i].kind);
    if (cases[i].text)
      params.text = string_view_from(cases[i].text);
    assert_int_equal(store_get_runs(store, &params, &fixture->arena, &page, NULL), 0);
    assert_int_equal(page.total, 2);
    assert_int_equal(page.matching, cases[i].matching);
    assert_int_equal(page.runs.count > 0, cases[i].expected != NULL);
    if (cases[i].expected)
      assert_true(string_view_equal_text(((RunSummary *)page.runs.items)[0].run_id, cases[i].expected));
  }
  store_close(store);
}

static RunRecord figure(const char *run_id, const char *kind, bool is_whole) {
  RunRecord record = make_record(run_id, 1);
  record.kind = string_view_from(kind);
  record.is_whole = is_whole;
  record.score = record.of = (OptionalInteger){0};
  return record;
}

static void the_trend_has_what_can_be_compared(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord records[] = {figure("R1", "scoring", true),     figure("R2", "scoring", false),
                         figure("R3", "mutation", true),    figure("R4", "mutation", true),
                         figure("R5", "generation", false), figure("R6", "test", true)};
  records[0].score = records[1].score = (OptionalInteger){true, 500};
  records[0].revision = SV("abc");
  records[2].kill_rate = records[3].kill_rate = (OptionalNumber){true, 0.5};
  records[3].status = SV("cancelled");
  records[4].status = SV("timeout");  // the model was paid all the same
  records[4].total_tokens = 1200;
  records[4].cost_cents = (OptionalNumber){true, 3.5};
  records[4].score_before = (OptionalInteger){true, 500};
  records[5].line_coverage = (OptionalNumber){true, 0.25};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++)
    save(store, &records[i]);
  TrendReport trend;
  assert_int_equal(store_get_trend(store, &(TrendParams){0}, &fixture->arena, &trend, NULL), 0);
  const TrendPoint *points = trend.points.items;
  static const char *const expected[] = {"R1", "R3", "R5", "R6"};  // oldest first
  assert_int_equal(trend.points.count, 4);
  assert_false(trend.cut);
  for (size_t i = 0; i < 4; i++)
    assert_true(string_view_equal_text(points[i].run_id, expected[i]));
  assert_int_equal(points[0].score.value, 500);
  assert_true(string_view_equal(points[0].revision, SV("abc")));
  assert_true(points[1].kill_rate.value == 0.5 && points[3].line_coverage.value == 0.25);
  assert_int_equal(points[2].tokens, 1200);
  assert_true(points[2].cost_cents.value == 3.5);
  RunDetail detail;
  assert_int_equal(store_get_run(store, SV("R5"), &fixture->arena, &detail, NULL), 0);
  assert_int_equal(detail.summary.score_before.value, 500);
  assert_false(detail.summary.whole);

  assert_int_equal(store_get_trend(store, &(TrendParams){.limit = {true, 2}}, &fixture->arena, &trend, NULL), 0);
  assert_int_equal(trend.points.count, 2);
  assert_true(string_view_equal_text(((TrendPoint *)trend.points.items)[0].run_id, "R5"));
  assert_true(trend.cut);
  assert_int_equal(store_get_trend(store, &(TrendParams){.limit = {true, 0}}, &fixture->arena, &trend, NULL),
                   ERROR_INVALID_ARGUMENT);
  store_close(store);
}

static void absent_scores_stay_absent(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord record = make_record("R1", 1);
  record.score = record.of = (OptionalInteger){0};
  record.comprehensiveness = (OptionalNumber){0};
  StatsReport stats;
  RunDetail detail;
  save(store, &record);
  assert_int_equal(store_get_run(store, SV("R1"), &fixture->arena, &detail, NULL), 0);
  assert_false(detail.summary.score.present);
  assert_int_equal(store_get_stats(store, &stats, NULL), 0);
  assert_false(stats.average_score.present);
  assert_false(stats.average_comprehensiveness.present);
  store_close(store);
}

static void lists_runs_newest_first_page_by_page(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  for (int i = 0; i < 25; i++) {
    char run_id[8];
    snprintf(run_id, sizeof run_id, "R%02d", i);
    RunRecord record = make_record(run_id, i);
    record.kind = i % 2 ? SV("test") : SV("scoring");
    save(store, &record);
  }
  HistoryParams params = {.limit = {true, 10}};
  size_t seen = 0;
  int64_t last = INT64_MAX;
  RunsPage page;
  do {
    assert_int_equal(store_get_runs(store, &params, &fixture->arena, &page, NULL), 0);
    assert_int_equal(page.total, 25);
    for (size_t i = 0; i < page.runs.count; i++, seen++) {
      const RunSummary *run = &((RunSummary *)page.runs.items)[i];
      assert_true(run->sequence < last);
      last = run->sequence;
    }
    params.before = page.next;
  } while (page.next.present);
  assert_int_equal(seen, 25);
  params = (HistoryParams){.kind = SV("test"), .limit = {true, 1000}};
  assert_int_equal(store_get_runs(store, &params, &fixture->arena, &page, NULL), 0);
  assert_int_equal(page.runs.count, 12);
  assert_false(page.next.present);
  params.limit.value = 1001;
  assert_int_equal(store_get_runs(store, &params, &fixture->arena, &page, NULL), ERROR_INVALID_ARGUMENT);
  store_close(store);
}

static void refuses_a_second_run_of_the_same_id_and_keeps_nothing_of_it(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord record = make_record("R1", 1);
  TestResultReport result = {.id = SV("t"), .outcome = OUTCOME_PASSED};
  Error error = {0};
  StatsReport stats;
  save(store, &record);
  record.results = (JsonArray){&result, 1};
  assert_int_equal(store_save_run(store, &record, &error), ERROR_CONFLICT);
  assert_int_equal(store_get_stats(store, &stats, NULL), 0);
  assert_int_equal(stats.total_runs, 1);
  assert_int_equal(stats.test_results, 0);
  store_close(store);
}

static void an_unknown_run_is_said_to_be_unknown(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunDetail detail;
  Error error = {0};
  assert_int_equal(store_get_run(store, SV("nope"), &fixture->arena, &detail, &error), ERROR_NOT_FOUND);
  assert_non_null(strstr(error.message, "nope"));
  store_close(store);
}

static void prunes_by_age_with_everything_that_belongs_to_a_run(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  TestResultReport result = {.id = SV("t"), .outcome = OUTCOME_PASSED};
  RunRecord old = make_record("OLD", 1000), fresh = make_record("NEW", 2000);
  old.results = fresh.results = (JsonArray){&result, 1};
  save(store, &old);
  save(store, &fresh);
  int64_t removed = 0;
  StatsReport stats;
  assert_int_equal(store_prune(store, 1500, &removed, NULL), 0);
  assert_int_equal(removed, 1);
  assert_int_equal(store_get_stats(store, &stats, NULL), 0);
  assert_int_equal(stats.total_runs, 1);
  assert_int_equal(stats.test_results, 1);
  store_close(store);
}

// ---- Configurations ----

static void the_defaults_become_current_on_first_use(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  ConfigReport current, again;
  assert_int_equal(store_get_current_config(store, &fixture->arena, &current, NULL), 0);
  assert_true(current.is_current);
  assert_int_equal(current.max_tokens, 2048);
  assert_int_equal(current.category_order.count, CATEGORY_COUNT);
  assert_int_equal(store_get_current_config(store, &fixture->arena, &again, NULL), 0);
  assert_int_equal(again.id, current.id);
  store_close(store);
}

static void configs_that_differ_only_in_a_prompt_have_different_hashes(void **state) {
  (void)state;
  ConfigReport plain, prompted;
  char plain_hash[DIGEST_TEXT_SIZE], prompted_hash[DIGEST_TEXT_SIZE];
  config_defaults(&plain);
  config_defaults(&prompted);
  prompted.anti_cheat_prompt = SV("Look for constants");
  assert_int_equal(config_hash(&plain, plain_hash, NULL), 0);
  assert_int_equal(config_hash(&prompted, prompted_hash, NULL), 0);
  assert_string_not_equal(plain_hash, prompted_hash);
  prompted.anti_cheat_prompt = (StringView){0};
  prompted.id = 7;  // not a knob
  assert_int_equal(config_hash(&prompted, prompted_hash, NULL), 0);
  assert_string_equal(plain_hash, prompted_hash);
}

static void saving_the_same_config_twice_gives_the_same_id(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  ConfigReport config, read;
  int64_t first = 0, second = 0, third = 0;
  config_defaults(&config);
  assert_int_equal(store_save_config(store, &config, &first, NULL), 0);
  assert_int_equal(store_save_config(store, &config, &second, NULL), 0);
  assert_int_equal(first, second);
  config.temperature = 0.4;
  assert_int_equal(store_save_config(store, &config, &third, NULL), 0);
  assert_int_not_equal(first, third);
  assert_int_equal(store_set_current_config(store, third, NULL), 0);
  assert_int_equal(store_get_current_config(store, &fixture->arena, &read, NULL), 0);
  assert_true(read.id == third && read.temperature == 0.4);
  assert_int_equal(store_get_config_by_hash(store, read.config_hash, &fixture->arena, &config, NULL), 0);
  assert_int_equal(config.id, third);
  assert_int_equal(store_set_current_config(store, 999, NULL), ERROR_NOT_FOUND);
  assert_int_equal(store_get_current_config(store, &fixture->arena, &read, NULL), 0);
  assert_int_equal(read.id, third);  // the refused change left the current one alone
  store_close(store);
}

static void bad_knobs_are_named(void **state) {
  (void)state;
  static const struct {
    const char *knob;
    double temperature, weight, target;
    int64_t minimum, maximum;
  } cases[] = {
      {"temperature", 2.1, 0.5, 8.5, 2, 5},
      {"temperature", -0.1, 0.5, 8.5, 2, 5},
      {"environment_weight", 0.3, 1.5, 8.5, 2, 5},
      {"min_tests_per_category", 0.3, 0.5, 8.5, 1, 5},
      {"max_tests_per_category", 0.3, 0.5, 8.5, 4, 3},
      {"target_comprehensiveness_score", 0.3, 0.5, 6.0, 2, 5},
      {"temperature", __builtin_nan(""), 0.5, 8.5, 2, 5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ConfigReport config;
    Error error = {0};
    config_defaults(&config);
    config.temperature = cases[i].temperature;
    config.environment_weight = cases[i].weight;
    config.target_comprehensiveness_score = cases[i].target;
    config.min_tests_per_category = cases[i].minimum;
    config.max_tests_per_category = cases[i].maximum;
    assert_int_equal(config_check(&config, &error), ERROR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, cases[i].knob));
  }
}

static void the_best_config_changes_only_for_a_better_score_and_never_against_an_override(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  ConfigReport config;
  BestConfig best;
  int64_t id = 0;
  config_defaults(&config);
  assert_int_equal(store_save_config(store, &config, &id, NULL), 0);
  static const struct {
    int64_t score;
    bool is_override;
    int64_t expected;
  } steps[] = {{500, false, 500}, {400, false, 500}, {700, false, 700}, {300, true, 300}, {900, false, 300}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    BestConfig candidate = {SV("stack"), id, SV("R"), steps[i].score, 1, 0, steps[i].is_override};
    assert_int_equal(store_update_best_config(store, &candidate, NULL), 0);
    assert_int_equal(store_get_best_config(store, SV("stack"), &fixture->arena, &best, NULL), 0);
    assert_int_equal(best.score, steps[i].expected);
    assert_int_equal(best.total_runs, i + 1);
  }
  assert_int_equal(store_get_best_config(store, SV("queue"), &fixture->arena, &best, NULL), ERROR_NOT_FOUND);
  store_close(store);
}

// ---- Damage ----

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void a_damaged_file_is_set_aside_and_said_so(void **state) {
  Fixture *fixture = *state;
  write_file(fixture->path, "this is no database, but it is somebody's file, and it must not be lost");
  Store *store = open_store(fixture);
  StatsReport stats;
  assert_non_null(strstr(fixture->notice, "damaged"));
  assert_int_equal(store_get_stats(store, &stats, NULL), 0);
  assert_int_equal(stats.total_runs, 0);
  store_close(store);
  char command[256];
  snprintf(command, sizeof command, "grep -q \"somebody's file\" %s/history.db.damaged-*", fixture->folder);
  assert_int_equal(system(command), 0);
}

static void execute(const char *path, const char *sql) {
  sqlite3 *database;
  assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(database);
}

static void a_newer_database_is_refused_untouched(void **state) {
  Fixture *fixture = *state;
  store_close(open_store(fixture));
  execute(fixture->path, "PRAGMA user_version = 999; CREATE TABLE future (x)");
  Store *store = NULL;
  Error error = {0};
  assert_int_equal(store_open(fixture->path, fixture->notice, &store, &error), ERROR_CONFLICT);
  assert_non_null(strstr(error.message, "newer testgen"));
  assert_null(store);
  execute(fixture->path, "INSERT INTO future VALUES (1)");
}

// What the first schema's check of a run's status was.
static const char back_to_version_1[] =
    "PRAGMA writable_schema = ON;"
    "UPDATE sqlite_schema SET sql = replace(sql, ' ''timeout'',', '') WHERE name = 'testgen_runs';"
    "PRAGMA writable_schema = RESET;"
    "DROP TABLE mutant_verdicts;"
    "DROP TABLE run_figures;" WITHOUT_STEP_5 "PRAGMA user_version = 1";

static void an_older_database_learns_of_time_limits_and_keeps_its_runs(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord record = make_record("OLD", 1);
  save(store, &record);
  store_close(store);
  execute(fixture->path, back_to_version_1);
  RunRecord timeout = make_record("TIMEOUT", 2), nonsense = make_record("NONSENSE", 3);
  timeout.status = SV("timeout");
  nonsense.status = SV("nonsense");
  sqlite3 *old;
  assert_int_equal(sqlite3_open(fixture->path, &old), SQLITE_OK);
  assert_int_equal(sqlite3_exec(old, "UPDATE testgen_runs SET status = 'timeout'", NULL, NULL, NULL),
                   SQLITE_CONSTRAINT);
  sqlite3_close(old);
  store = open_store(fixture);
  save(store, &timeout);
  assert_int_not_equal(store_save_run(store, &nonsense, NULL), 0);
  RunDetail detail;
  assert_int_equal(store_get_run(store, SV("OLD"), &fixture->arena, &detail, NULL), 0);
  assert_int_equal(store_get_run(store, SV("TIMEOUT"), &fixture->arena, &detail, NULL), 0);
  assert_string_equal(detail.summary.status.data, "timeout");
  store_close(store);
  char backup[128];
  snprintf(backup, sizeof backup, "%s.before-version-2", fixture->path);
  assert_int_equal(access(backup, R_OK), 0);
  execute(fixture->path, "PRAGMA integrity_check");
}

static const char back_to_version_2[] =
    "DROP TABLE mutant_verdicts; DROP TABLE run_figures;" WITHOUT_STEP_5 "PRAGMA user_version = 2";

static void an_older_database_learns_of_figures_from_its_reports(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  static const struct {
    const char *run_id, *kind, *report;
  } runs[] = {
      {"R1", "scoring", "{\"path\":\".\"}"},
      {"R2", "scoring", "{\"path\":\"tests\"}"},
      {"R3", "mutation", "{\"whole\":true,\"kill_rate\":1}"},
      {"R4", "test", "{\"line_coverage\":0.5}"},
      {"R5", "generation", "{\"score_before\":7,\"cost_cents\":1.25,\"kill_rate\":null}"},
      {"R6", "mutation", NULL},
  };
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    RunRecord record = make_record(runs[i].run_id, 1000);
    record.kind = string_view_from(runs[i].kind);
    record.report = runs[i].report ? string_view_from(runs[i].report) : (StringView){0};
    save(store, &record);
  }
  store_close(store);
  execute(fixture->path, "DROP TABLE run_figures;" WITHOUT_STEP_5 "PRAGMA user_version = 3");
  store = open_store(fixture);
  RunsPage page;
  assert_int_equal(store_get_runs(store, &(HistoryParams){0}, &fixture->arena, &page, NULL), 0);
  assert_int_equal(page.runs.count, 6);
  const RunSummary *found = page.runs.items;  // newest first
  assert_true(found[5].whole && !found[4].whole && found[3].whole && !found[2].whole && !found[0].whole);
  assert_true(found[3].kill_rate.present && found[3].kill_rate.value == 1 && !found[0].kill_rate.present);
  assert_true(found[2].line_coverage.value == 0.5);
  assert_true(found[1].score_before.value == 7 && found[1].cost_cents.value == 1.25 && !found[1].kill_rate.present);
  assert_string_equal(found[0].created_at.data, "1970-01-01T00:00:01.000Z");
  store_close(store);
}

static void an_older_database_learns_of_verdicts_also_when_an_earlier_attempt_left_its_copy(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  RunRecord record = make_record("OLD", 1);
  save(store, &record);
  store_close(store);
  execute(fixture->path, back_to_version_2);
  char backup[128];
  snprintf(backup, sizeof backup, "%s.before-version-3", fixture->path);
  FILE *file = fopen(backup, "w");
  assert_non_null(file);
  fputs("half a copy", file);
  fclose(file);
  store = open_store(fixture);
  RunDetail detail;
  assert_int_equal(store_get_run(store, SV("OLD"), &fixture->arena, &detail, NULL), 0);
  MutantVerdict verdict = make_verdict("K", "a.py");
  assert_int_equal(store_save_verdicts(store, (JsonArray){&verdict, 1}, 5, NULL), 0);
  store_close(store);
  execute(backup, "SELECT count(*) FROM testgen_runs");
}

static void verdicts_are_kept_by_key_and_found_by_file(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  MutantVerdict rows[] = {make_verdict("K1", "a.py"), make_verdict("K2", "a.py"), make_verdict("K3", "b.py")};
  rows[1].status = MUTANT_SURVIVED;
  rows[1].test = rows[1].message = SV("");
  assert_int_equal(store_save_verdicts(store, (JsonArray){rows, 3}, 1000, NULL), 0);
  rows[0].message = SV("another");
  assert_int_equal(store_save_verdicts(store, (JsonArray){rows, 1}, 2000, NULL), 0);
  store_close(store);
  store = open_store(fixture);
  Vector found;
  vector_init(&found, sizeof(MutantVerdict), 10);
  assert_int_equal(store_get_verdicts(store, SV("a.py"), &fixture->arena, &found, NULL), 0);
  assert_int_equal(found.count, 2);
  const MutantVerdict *first = vector_at(&found, 0), *second = vector_at(&found, 1);
  assert_string_equal(first->key.data, "K1");  // the last used first
  assert_string_equal(first->message.data, "another");
  assert_string_equal(first->test.data, "t.py::test_a");
  assert_string_equal(first->way.data, "function");
  assert_int_equal(first->status, MUTANT_KILLED);
  assert_int_equal(first->tests_run, 3);
  assert_int_equal(second->status, MUTANT_SURVIVED);
  assert_string_equal(second->test.data, "");
  vector_finish(&found);
  vector_init(&found, sizeof(MutantVerdict), 1);
  assert_int_equal(store_get_verdicts(store, SV("a.py"), &fixture->arena, &found, NULL), 0);
  assert_int_equal(found.count, 1);  // as many as there is room for
  assert_int_equal(store_get_verdicts(store, SV("c.py"), &fixture->arena, &found, NULL), 0);
  vector_finish(&found);
  store_close(store);
}

static void verdicts_that_no_run_used_for_long_are_removed(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  MutantVerdict rows[] = {make_verdict("K1", "a.py"), make_verdict("K2", "a.py")};
  int64_t removed = -1;
  assert_int_equal(store_save_verdicts(store, (JsonArray){rows, 2}, 1000, NULL), 0);
  assert_int_equal(store_save_verdicts(store, (JsonArray){rows, 1}, 3000, NULL), 0);
  assert_int_equal(store_prune_verdicts(store, 1000, &removed, NULL), 0);
  assert_int_equal(removed, 0);
  assert_int_equal(store_prune_verdicts(store, 2000, &removed, NULL), 0);
  assert_int_equal(removed, 1);
  store_close(store);
  char fill[256];
  snprintf(fill, sizeof fill,
           "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
           " INSERT INTO mutant_verdicts SELECT 'F' || i, 'f.py', 'killed', '', '', '', 1, 3000 + i FROM n",
           STORE_VERDICTS_MAX + 10);
  execute(fixture->path, fill);
  store = open_store(fixture);
  assert_int_equal(store_prune_verdicts(store, 0, &removed, NULL), 0);
  assert_int_equal(removed, 11);  // K1 is the longest unused
  store_close(store);
}

static void a_locked_database_says_who_is_to_blame(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  sqlite3 *other;
  Error error = {0};
  RunRecord record = make_record("R1", 1);
  assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(store_save_run(store, &record, &error), ERROR_CONFLICT);
  assert_non_null(strstr(error.message, "another process holds it"));
  assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(other);
  save(store, &record);  // and then it works
  store_close(store);
}

static void a_folder_that_cannot_be_written_is_said_so(void **state) {
  Fixture *fixture = *state;
  Store *store = NULL;
  Error error = {0};
  assert_int_equal(store_open("/proc/testgen/history.db", fixture->notice, &store, &error), ERROR_IO);
  assert_non_null(strstr(error.message, "--database"));
}

// A file size limit stands for a full disk: writes fail with EFBIG in mid-transaction.
static void a_full_disk_loses_nothing_that_was_saved(void **state) {
  Fixture *fixture = *state;
  pid_t child = fork();
  if (child == 0) {
    Store *store = NULL;
    Error error = {0};
    signal(SIGXFSZ, SIG_IGN);
    if (store_open(fixture->path, fixture->notice, &store, &error) < 0)
      _exit(1);
    RunRecord record = make_record("SAVED", 1);
    if (store_save_run(store, &record, &error) < 0)
      _exit(2);
    struct rlimit limit = {300000, 300000};
    setrlimit(RLIMIT_FSIZE, &limit);
    char *large = malloc(2000003);
    memset(large, 'x', 2000002);
    large[0] = large[2000001] = '"';
    RunRecord big = make_record("BIG", 2);
    big.report = (StringView){large, 2000002};
    _exit(store_save_run(store, &big, &error) < 0 && error.message[0] ? 0 : 3);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  Store *store = open_store(fixture);
  RunDetail detail;
  assert_int_equal(store_get_run(store, SV("SAVED"), &fixture->arena, &detail, NULL), 0);
  assert_int_equal(store_get_run(store, SV("BIG"), &fixture->arena, &detail, NULL), ERROR_NOT_FOUND);
  store_close(store);
}

// Saves runs until it is killed; tells each saved number on the pipe.
static void save_until_killed(const char *path, int pipe_end) {
  char notice[STORE_NOTICE_MAX];
  Store *store = NULL;
  if (store_open(path, notice, &store, NULL) < 0)
    _exit(1);
  for (int i = 0;; i++) {
    char run_id[24];
    snprintf(run_id, sizeof run_id, "P%d-%d", (int)getpid(), i);
    RunRecord record = make_record(run_id, i);
    if (store_save_run(store, &record, NULL) < 0)
      _exit(2);
    if (write(pipe_end, run_id, sizeof run_id) != (ssize_t)sizeof run_id)
      _exit(3);
  }
}

static void kill_9_at_any_moment_loses_nothing_that_was_reported_as_saved(void **state) {
  Fixture *fixture = *state;
  char saved[20000][24];
  size_t count = 0;
  for (unsigned round = 0; round < 20; round++) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
      save_until_killed(fixture->path, ends[1]);
    close(ends[1]);
    for (unsigned reads = 0; reads < 3 + round * 2; reads++)
      if (count < 20000 && read(ends[0], saved[count], 24) == 24)
        count++;
    kill(child, SIGKILL);
    while (count < 20000 && read(ends[0], saved[count], 24) == 24)
      count++;
    close(ends[0]);
    waitpid(child, NULL, 0);
  }
  assert_true(count > 100);
  Store *store = open_store(fixture);
  RunDetail detail;
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(store_get_run(store, string_view_from(saved[i]), &fixture->arena, &detail, NULL), 0);
    arena_reset(&fixture->arena);
  }
  assert_string_equal(fixture->notice, "");
  store_close(store);
}

#define LONG_REPORT (9u << 20)  // bytes
#define LONG_RUNS 5             // more pages in all than the log holds before they are moved
#define PATIENCE_S 120

static off_t size_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_size : 0;
}

static void a_long_log_moves_into_the_database_while_the_store_is_open(void **state) {
  Fixture *fixture = *state;
  Store *store = open_store(fixture);
  char *report = malloc(LONG_REPORT);
  assert_non_null(report);
  memset(report, ' ', LONG_REPORT);
  memcpy(report, "[]", 2);
  for (int i = 0; i < LONG_RUNS; i++) {
    char id[RUN_ID_SIZE];
    store_make_run_id(1000 + i, id);
    RunRecord record = make_record(id, 1000 + i);
    record.report = (StringView){report, LONG_REPORT};
    save(store, &record);
  }
  for (int waited = 0; size_of(fixture->path) < 3 * (off_t)LONG_REPORT && waited < PATIENCE_S * 100; waited++)
    usleep(10000);
  assert_true(size_of(fixture->path) >= 3 * (off_t)LONG_REPORT);
  Store *second = open_store(fixture);  // sees what is still in the log, too
  StatsReport stats;
  assert_int_equal(store_get_stats(second, &stats, NULL), 0);
  assert_int_equal(stats.total_runs, LONG_RUNS);
  store_close(second);
  store_close(store);
  free(report);
}

static void run_ids_sort_by_time_and_differ(void **state) {
  (void)state;
  char first[RUN_ID_SIZE], second[RUN_ID_SIZE], later[RUN_ID_SIZE];
  store_make_run_id(1700000000000, first);
  store_make_run_id(1700000000000, second);
  store_make_run_id(1700000000001, later);
  assert_int_equal(strlen(first), 26);
  assert_string_not_equal(first, second);
  assert_true(strcmp(first, later) < 0 && strcmp(second, later) < 0);
  char id[RUN_ID_SIZE];
  store_make_run_id(1795000000123, id);
  assert_int_equal(store_run_id_time(string_view_from(id)), 1795000000123);
  assert_int_equal(store_run_id_time(SV("01M8EER10VXXRJ0W4HVAG66PZ")), -1);   // too short
  assert_int_equal(store_run_id_time(SV("01M8EEU10VXXRJ0W4HVAG66PZC")), -1);  // there is no digit U
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(keeps_a_run_with_its_files_tests_and_report),
      CASE(absent_scores_stay_absent),
      CASE(filters_by_kind_text_and_commit),
      CASE(the_trend_has_what_can_be_compared),
      CASE(an_older_database_learns_of_figures_from_its_reports),
      CASE(lists_runs_newest_first_page_by_page),
      CASE(refuses_a_second_run_of_the_same_id_and_keeps_nothing_of_it),
      CASE(an_unknown_run_is_said_to_be_unknown),
      CASE(prunes_by_age_with_everything_that_belongs_to_a_run),
      CASE(the_defaults_become_current_on_first_use),
      CASE(configs_that_differ_only_in_a_prompt_have_different_hashes),
      CASE(saving_the_same_config_twice_gives_the_same_id),
      CASE(bad_knobs_are_named),
      CASE(the_best_config_changes_only_for_a_better_score_and_never_against_an_override),
      CASE(a_damaged_file_is_set_aside_and_said_so),
      CASE(a_newer_database_is_refused_untouched),
      CASE(an_older_database_learns_of_time_limits_and_keeps_its_runs),
      CASE(an_older_database_learns_of_verdicts_also_when_an_earlier_attempt_left_its_copy),
      CASE(verdicts_are_kept_by_key_and_found_by_file),
      CASE(verdicts_that_no_run_used_for_long_are_removed),
      CASE(a_locked_database_says_who_is_to_blame),
      CASE(a_folder_that_cannot_be_written_is_said_so),
      CASE(a_full_disk_loses_nothing_that_was_saved),
      CASE(kill_9_at_any_moment_loses_nothing_that_was_reported_as_saved),
      CASE(a_long_log_moves_into_the_database_while_the_store_is_open),
      CASE(run_ids_sort_by_time_and_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
