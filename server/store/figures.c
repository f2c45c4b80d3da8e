// What the trend needs of a run, in a narrow table of its own.
#include "server/store/database.h"

static const char insert_figures[] =
    "INSERT INTO run_figures (run, created_at, revision, is_whole, score_before, kill_rate, line_coverage, cost_cents)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

int figures_save(Store *store, int64_t run, const RunRecord *record, Error *ret_error) {
  Statement insert;
  int result = statement_prepare(&insert, store, insert_figures, ret_error);
  if (result == 0) {
    bind_integer(&insert, run);
    bind_integer(&insert, record->created_ms);
    bind_text(&insert, record->revision);
    bind_integer(&insert, record->is_whole);
    bind_optional_integer(&insert, record->score_before);
    bind_optional_double(&insert, record->kill_rate);
    bind_optional_double(&insert, record->line_coverage);
    bind_optional_double(&insert, record->cost_cents);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result;
}

// ---- The trend ----

// What a part of the workspace measured cannot be compared from run to run; what a model was paid can be summed up.
static const char select_points[] =
    "SELECT run_id, kind, run_figures.created_at, revision,"
    " CASE WHEN is_whole THEN score END, CASE WHEN is_whole THEN score_of END,"
    " CASE WHEN is_whole THEN kill_rate END, CASE WHEN is_whole THEN line_coverage END, total_tokens, cost_cents"
    " FROM run_figures JOIN testgen_runs ON testgen_runs.id = run_figures.run"
    " WHERE total_tokens > 0 OR cost_cents > 0"
    "  OR (is_whole AND status = 'complete' AND coalesce(score, kill_rate, line_coverage) IS NOT NULL)"
    " ORDER BY run DESC LIMIT ?";

static TrendPoint read_point(Statement *select, Arena *arena) {
  return (TrendPoint){
      .run_id = column_text(select, 0, arena),
      .kind = column_text(select, 1, arena),
      .created_at = column_time(select, 2, arena),
      .revision = column_text(select, 3, arena),
      .score = column_optional_integer(select, 4),
      .of = column_optional_integer(select, 5),
      .kill_rate = column_optional_double(select, 6),
      .line_coverage = column_optional_double(select, 7),
      .tokens = sqlite3_column_int64(select->statement, 8),
      .cost_cents = column_optional_double(select, 9),
  };
}

static void reverse(TrendPoint *points, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    TrendPoint point = points[i];
    points[i] = points[count - 1 - i];
    points[count - 1 - i] = point;
  }
}

static int read_points(Statement *select, int64_t limit, Arena *arena, TrendReport *ret_trend, Error *ret_error) {
  TrendPoint *points = arena_allocate_array(arena, (size_t)limit, sizeof *points);
  TrendReport trend = {.points = {points, 0}};
  int step;
  if (!points)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the history");
  while ((step = statement_step(select, ret_error)) == 1) {
    if ((int64_t)trend.points.count == limit)  // one more than asked for
      trend.cut = true;
    else
      points[trend.points.count++] = read_point(select, arena);
  }
  if (step < 0)
    return step;
  reverse(points, trend.points.count);
  *ret_trend = trend;
  return 0;
}

#define POINTS_DEFAULT 1000
#define POINTS_MAX 10000

static int get_trend_locked(Store *store, const TrendParams *params, Arena *arena, TrendReport *ret_trend,
                            Error *ret_error) {
  int64_t limit = params->limit.present ? params->limit.value : POINTS_DEFAULT;
  Statement select;
  if (limit < 1 || limit > POINTS_MAX)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "limit: %lld is outside 1 to %d", (long long)limit, POINTS_MAX);
  int result = statement_prepare(&select, store, select_points, ret_error);
  if (result == 0) {
    bind_integer(&select, limit + 1);
    result = read_points(&select, limit, arena, ret_trend, ret_error);
  }
  statement_finish(&select);
  return result;
}

int store_get_trend(Store *store, const TrendParams *params, Arena *arena, TrendReport *ret_trend, Error *ret_error) {
  store_lock(store);
  int result = get_trend_locked(store, params, arena, ret_trend, ret_error);
  store_unlock(store);
  return result;
}
