#include "server/base/clock.h"
#include "server/store/database.h"

#include "protocol/testgen/vocabulary.h"

static int save_files(Store *store, int64_t run, JsonArray files, Error *ret_error) {
  Statement insert;
  int result = statement_prepare(
      &insert, store, "INSERT INTO run_files (run, path, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", ret_error);
  const RunFile *items = files.items;
  for (size_t i = 0; i < files.count && result == 0; i++) {
    bind_integer(&insert, run);
    bind_text(&insert, items[i].path);
    bind_text(&insert, items[i].digest);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result;
}

static const char insert_generated[] =
    "INSERT INTO generated_tests (run, test_id, category, origin, reasoning, confidence, guard, reason, message, code)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static void bind_accepted(Statement *insert, const AcceptedTest *test) {
  bind_text(insert, test->id);
  bind_text(insert, string_view_from(category_names[test->category]));
  bind_text(insert, test->origin);
  bind_text(insert, test->reasoning);
  bind_double(insert, test->confidence);
  bind_text(insert, (StringView){0});
  bind_text(insert, (StringView){0});
  bind_text(insert, (StringView){0});
  bind_text(insert, test->code);
}

static void bind_rejected(Statement *insert, const RejectedTest *test) {
  bind_text(insert, test->id);
  for (int i = 0; i < 3; i++)
    bind_text(insert, (StringView){0});
  bind_optional_double(insert, (OptionalNumber){0});
  bind_text(insert, test->guard);
  bind_text(insert, test->reason);
  bind_text(insert, test->message);
  bind_text(insert, test->code);
}

static int save_generated(Store *store, int64_t run, const RunRecord *record, Error *ret_error) {
  Statement insert;
  int result = statement_prepare(&insert, store, insert_generated, ret_error);
  const AcceptedTest *accepted = record->accepted.items;
  for (size_t i = 0; i < record->accepted.count && result == 0; i++) {
    bind_integer(&insert, run);
    bind_accepted(&insert, &accepted[i]);
    result = statement_run(&insert, ret_error);
  }
  const RejectedTest *rejected = record->rejected.items;
  for (size_t i = 0; i < record->rejected.count && result == 0; i++) {
    bind_integer(&insert, run);
    bind_rejected(&insert, &rejected[i]);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result;
}

static int save_results(Store *store, int64_t run, JsonArray results, Error *ret_error) {
  Statement insert;
  int result = statement_prepare(&insert, store,
                                 "INSERT INTO test_results (run, test_id, outcome, duration_ms, cpu_ms, message)"
                                 " VALUES (?, ?, ?, ?, ?, ?)",
                                 ret_error);
  const TestResultReport *items = results.items;
  for (size_t i = 0; i < results.count && result == 0; i++) {
    bind_integer(&insert, run);
    bind_text(&insert, items[i].id);
    bind_text(&insert, string_view_from(outcome_names[items[i].outcome]));
    bind_double(&insert, items[i].duration_ms);
    bind_double(&insert, items[i].cpu_ms);
    bind_text(&insert, items[i].message);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result;
}

static const char insert_run[] =
    "INSERT INTO testgen_runs (run_id, session_id, kind, status, title, config_id, task_id, total_tests, passed, "
    "failed,"
    " comprehensiveness_score, duration_ms, total_tokens, category_balance, anti_cheat_coverage, parameter_discovery,"
    " reflection_effectiveness, token_efficiency, score, score_of, report, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static void bind_run(Statement *insert, const RunRecord *record) {
  bind_text(insert, record->run_id);
  bind_text(insert, record->session_id);
  bind_text(insert, record->kind);
  bind_text(insert, record->status);
  bind_text(insert, record->title);
  bind_optional_integer(insert, record->config_id);
  bind_text(insert, record->task_id);
  bind_integer(insert, record->test_count);
  bind_integer(insert, record->passed);
  bind_integer(insert, record->failed);
  bind_optional_double(insert, record->comprehensiveness);
  bind_double(insert, record->duration_ms);
  bind_integer(insert, record->total_tokens);
  bind_optional_double(insert, record->balance);
  bind_optional_double(insert, record->anti_cheat);
  bind_optional_double(insert, record->parameter_discovery);
  bind_optional_double(insert, record->reflection_effectiveness);
  bind_optional_double(insert, record->efficiency);
  bind_optional_integer(insert, record->score);
  bind_optional_integer(insert, record->of);
  bind_long_text(insert, record->report);
  bind_integer(insert, record->created_ms);
}

static int save_run_row(Store *store, const RunRecord *record, int64_t *ret_row, Error *ret_error) {
  Statement insert;
  int result = statement_prepare(&insert, store, insert_run, ret_error);
  if (result == 0) {
    bind_run(&insert, record);
    result = statement_run(&insert, ret_error);
  }
  if (result == 0)
    *ret_row = sqlite3_last_insert_rowid(store->database);
  statement_finish(&insert);
  return result;
}

static int save_run_locked(Store *store, const RunRecord *record, Error *ret_error) {
  int64_t row = 0;
  int result = transaction_begin(store, ret_error);
  if (result < 0)
    return result;
  result = save_run_row(store, record, &row, ret_error);
  if (result == 0)
    result = figures_save(store, row, record, ret_error);
  if (result == 0)
    result = save_files(store, row, record->files, ret_error);
  if (result == 0)
    result = save_generated(store, row, record, ret_error);
  if (result == 0)
    result = save_results(store, row, record->results, ret_error);
  return transaction_end(store, result, ret_error);
}

int store_save_run(Store *store, const RunRecord *record, Error *ret_error) {
  store_lock(store);
  int result = save_run_locked(store, record, ret_error);
  store_unlock(store);
  return result;
}

// ---- Reading ----

#define SUMMARY_COLUMNS \
  "id, run_id, kind, status, title, run_figures.created_at, duration_ms, score, score_of, total_tests, passed," \
  " failed, task_id, total_tokens, revision, is_whole, score_before, kill_rate, line_coverage, cost_cents"
#define REPORT_COLUMN 20  // where it is asked for behind them
#define RUNS_WITH_FIGURES " FROM testgen_runs JOIN run_figures ON run_figures.run = testgen_runs.id"

static void read_summary(Statement *select, Arena *arena, RunSummary *ret_summary) {
  *ret_summary = (RunSummary){
      .sequence = sqlite3_column_int64(select->statement, 0),
      .run_id = column_text(select, 1, arena),
      .kind = column_text(select, 2, arena),
      .status = column_text(select, 3, arena),
      .title = column_text(select, 4, arena),
      .created_at = column_time(select, 5, arena),
      .duration_ms = sqlite3_column_double(select->statement, 6),
      .score = column_optional_integer(select, 7),
      .of = column_optional_integer(select, 8),
      .test_count = (uint32_t)sqlite3_column_int64(select->statement, 9),
      .passed = (uint32_t)sqlite3_column_int64(select->statement, 10),
      .failed = (uint32_t)sqlite3_column_int64(select->statement, 11),
      .task_id = column_text(select, 12, arena),
      .tokens = sqlite3_column_int64(select->statement, 13),
      .revision = column_text(select, 14, arena),
      .whole = sqlite3_column_int64(select->statement, 15) != 0,
      .score_before = column_optional_integer(select, 16),
      .kill_rate = column_optional_double(select, 17),
      .line_coverage = column_optional_double(select, 18),
      .cost_cents = column_optional_double(select, 19),
  };
}

static int read_page(Statement *select, int64_t limit, Arena *arena, RunsPage *ret_page, Error *ret_error) {
  RunSummary *runs = arena_allocate_array(arena, (size_t)limit, sizeof *runs);
  if (!runs)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the history");
  RunsPage page = {.runs = {runs, 0}};
  int step;
  while ((step = statement_step(select, ret_error)) == 1) {
    if ((int64_t)page.runs.count == limit) {  // one more than asked for: there is a next page
      page.next = (OptionalInteger){true, runs[page.runs.count - 1].sequence};
      continue;
    }
    read_summary(select, arena, &runs[page.runs.count++]);
  }
  if (step < 0)
    return step;
  *ret_page = page;
  return 0;
}

static int count_runs(Store *store, int64_t *ret_count, Error *ret_error) {
  Statement count;
  int result = statement_prepare(&count, store, "SELECT count(*) FROM testgen_runs", ret_error);
  if (result == 0)
    result = statement_step(&count, ret_error);
  if (result == 1)
    *ret_count = sqlite3_column_int64(count.statement, 0);
  statement_finish(&count);
  return result < 0 ? result : 0;
}

// ?1: the kind, ?2: what the title says, or how the commit begins.
#define RUNS_THAT_MATCH \
  RUNS_WITH_FIGURES " WHERE (?1 IS NULL OR kind = ?1)" \
                    " AND (?2 IS NULL OR instr(lower(title), lower(?2)) > 0 OR instr(revision, ?2) = 1)"

static int count_matching(Store *store, const HistoryParams *params, int64_t *ret_count, Error *ret_error) {
  Statement count;
  int result = statement_prepare(&count, store, "SELECT count(*)" RUNS_THAT_MATCH, ret_error);
  if (result == 0) {
    bind_text(&count, params->kind);
    bind_text(&count, params->text);
    result = statement_step(&count, ret_error);
  }
  if (result == 1)
    *ret_count = sqlite3_column_int64(count.statement, 0);
  statement_finish(&count);
  return result < 0 ? result : 0;
}

static int get_runs_locked(Store *store, const HistoryParams *params, Arena *arena, RunsPage *ret_page,
                           Error *ret_error) {
  int64_t limit = params->limit.present ? params->limit.value : 50;
  if (limit < 1 || limit > 1000)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "limit: %lld is outside 1 to 1000", (long long)limit);
  Statement select;
  int result = statement_prepare(
      &select, store,
      "SELECT " SUMMARY_COLUMNS RUNS_THAT_MATCH " AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4", ret_error);
  if (result == 0) {
    bind_text(&select, params->kind);
    bind_text(&select, params->text);
    bind_optional_integer(&select, params->before);
    bind_integer(&select, limit + 1);
    result = read_page(&select, limit, arena, ret_page, ret_error);
  }
  statement_finish(&select);
  if (result == 0)
    result = count_runs(store, &ret_page->total, ret_error);
  if (result < 0 || (string_view_is_absent(params->kind) && string_view_is_absent(params->text))) {
    ret_page->matching = ret_page->total;
    return result;
  }
  return count_matching(store, params, &ret_page->matching, ret_error);
}

int store_get_runs(Store *store, const HistoryParams *params, Arena *arena, RunsPage *ret_page, Error *ret_error) {
  store_lock(store);
  int result = get_runs_locked(store, params, arena, ret_page, ret_error);
  store_unlock(store);
  return result;
}

#define TASK_RUNS_MAX 1000

static int get_task_runs_locked(Store *store, StringView task_id, Arena *arena, RunsPage *ret_page, Error *ret_error) {
  Statement select;
  int result = statement_prepare(
      &select, store, "SELECT " SUMMARY_COLUMNS RUNS_WITH_FIGURES " WHERE task_id = ? ORDER BY id DESC LIMIT ?",
      ret_error);
  if (result == 0) {
    bind_text(&select, task_id);
    bind_integer(&select, TASK_RUNS_MAX + 1);
    result = read_page(&select, TASK_RUNS_MAX, arena, ret_page, ret_error);
  }
  statement_finish(&select);
  ret_page->matching = (int64_t)ret_page->runs.count;
  return result < 0 ? result : count_runs(store, &ret_page->total, ret_error);
}

int store_get_task_runs(Store *store, StringView task_id, Arena *arena, RunsPage *ret_page, Error *ret_error) {
  store_lock(store);
  int result = get_task_runs_locked(store, task_id, arena, ret_page, ret_error);
  store_unlock(store);
  return result;
}

static int read_files(Store *store, int64_t run, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  Statement select;
  Vector files;
  vector_init(&files, sizeof(RunFile), 1000000);
  int result =
      statement_prepare(&select, store, "SELECT path, digest FROM run_files WHERE run = ? ORDER BY path", ret_error);
  if (result == 0)
    bind_integer(&select, run);
  while (result == 0 && (result = statement_step(&select, ret_error)) == 1) {
    RunFile *file = vector_push(&files);
    if (!file) {
      result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the history");
      break;
    }
    *file = (RunFile){column_text(&select, 0, arena), column_text(&select, 1, arena)};
    result = 0;
  }
  result = statement_check(&select, result, ret_error);
  if (result == 0)
    ret_files->items = vector_to_arena(&files, arena, &ret_files->count);
  if (result == 0 && files.count > 0 && !ret_files->items)
    result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the history");
  statement_finish(&select);
  vector_finish(&files);
  return result;
}

static int read_report(Statement *select, int column, Arena *arena, const JsonValue **ret_report, Error *ret_error) {
  StringView text = column_text(select, column, arena);
  int failure = statement_check(select, 0, ret_error);
  if (failure < 0 || string_view_is_absent(text))
    return failure;
  JsonValue *value = arena_allocate(arena, sizeof *value);
  if (!value)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the history");
  int result = json_parse(text, arena, value, ret_error);
  if (result == 0)
    *ret_report = value;
  return result;
}

static int get_run_locked(Store *store, StringView run_id, Arena *arena, RunDetail *ret_detail, Error *ret_error) {
  Statement select;
  RunDetail detail = {0};
  int result = statement_prepare(&select, store,
                                 "SELECT " SUMMARY_COLUMNS ", report" RUNS_WITH_FIGURES " WHERE run_id = ?", ret_error);
  if (result == 0) {
    bind_text(&select, run_id);
    result = statement_step(&select, ret_error);
    if (result == 0)
      result = error_set(ret_error, ERROR_NOT_FOUND, "there is no run %.*s in the history", SV_ARGUMENTS(run_id));
  }
  if (result == 1) {
    read_summary(&select, arena, &detail.summary);
    result = read_report(&select, REPORT_COLUMN, arena, &detail.report, ret_error);
  }
  statement_finish(&select);
  if (result == 0)
    result = read_files(store, detail.summary.sequence, arena, &detail.files, ret_error);
  if (result == 0)
    *ret_detail = detail;
  return result;
}

int store_get_run(Store *store, StringView run_id, Arena *arena, RunDetail *ret_detail, Error *ret_error) {
  store_lock(store);
  int result = get_run_locked(store, run_id, arena, ret_detail, ret_error);
  store_unlock(store);
  return result;
}

static const char select_stats[] =
    "SELECT (SELECT count(*) FROM testgen_runs), (SELECT count(*) FROM testgen_configs),"
    " (SELECT avg(score) FROM testgen_runs), (SELECT max(score) FROM testgen_runs),"
    " (SELECT avg(comprehensiveness_score) FROM testgen_runs), (SELECT avg(token_efficiency) FROM testgen_runs),"
    " (SELECT count(*) FROM testgen_evolution), (SELECT count(*) FROM generated_tests),"
    " (SELECT count(*) FROM test_results)";

static int get_stats_locked(Store *store, StatsReport *ret_stats, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store, select_stats, ret_error);
  if (result == 0)
    result = statement_step(&select, ret_error);
  if (result == 1)
    *ret_stats = (StatsReport){
        .total_runs = sqlite3_column_int64(select.statement, 0),
        .total_configs = sqlite3_column_int64(select.statement, 1),
        .average_score = column_optional_double(&select, 2),
        .best_score = column_optional_integer(&select, 3),
        .average_comprehensiveness = column_optional_double(&select, 4),
        .average_efficiency = column_optional_double(&select, 5),
        .config_evolution_count = sqlite3_column_int64(select.statement, 6),
        .generated_tests = sqlite3_column_int64(select.statement, 7),
        .test_results = sqlite3_column_int64(select.statement, 8),
    };
  statement_finish(&select);
  return result < 0 ? result : 0;
}

int store_get_stats(Store *store, StatsReport *ret_stats, Error *ret_error) {
  store_lock(store);
  int result = get_stats_locked(store, ret_stats, ret_error);
  store_unlock(store);
  return result;
}

int store_prune(Store *store, int64_t older_than_unix_ms, int64_t *ret_removed, Error *ret_error) {
  Statement remove;
  store_lock(store);
  int result = statement_prepare(&remove, store, "DELETE FROM testgen_runs WHERE created_at < ?", ret_error);
  if (result == 0) {
    bind_integer(&remove, older_than_unix_ms);
    result = statement_run(&remove, ret_error);
  }
  if (result == 0)
    *ret_removed = sqlite3_changes64(store->database);
  statement_finish(&remove);
  store_unlock(store);
  return result;
}
