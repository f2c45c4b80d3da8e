#include "server/services/recall.h"

#include "protocol/json/field.h"

#define RUNS_LOOKED_AT 8  // of each kind, the newest first

// No test came, went or changed. Both lists are by path.
static bool has_same_tests(const Scan *scan, JsonArray files) {
  const RunFile *recorded = files.items;
  size_t at = 0;
  for (size_t i = 0; i < files.count; i++, at++) {
    for (; at < scan->count && string_view_compare(scan->files[at].path, recorded[i].path) < 0; at++)
      if (report_is_test(&scan->files[at]))
        return false;
    if (at >= scan->count || !string_view_equal(scan->files[at].path, recorded[i].path))
      return false;
    if (report_is_test(&scan->files[at]) && !report_has_text(&scan->files[at], &recorded[i]))
      return false;
  }
  for (; at < scan->count; at++)
    if (report_is_test(&scan->files[at]))
      return false;
  return true;
}

typedef struct Recall {
  Store *store;
  Scan scan;
  bool needs_same_tests;
  Arena *arena;
  Error *ret_error;
} Recall;

// Adds the report of a run that still holds. One that another version wrote in another form is left out.
static int look_at_run(const Recall *recall, StringView run_id, const JsonType *type, Vector *reports) {
  RunDetail detail;
  Error problem = {0};
  int result = store_get_run(recall->store, run_id, recall->arena, &detail, recall->ret_error);
  if (result < 0 || !detail.report || (recall->needs_same_tests && !has_same_tests(&recall->scan, detail.files)))
    return result;
  void *report = arena_allocate(recall->arena, type->size);
  if (!report)
    return report_out_of_memory(recall->ret_error);
  result = json_decode(type, detail.report, recall->arena, report, &problem);
  if (result == ERROR_NO_MEMORY)
    return report_out_of_memory(recall->ret_error);
  return result < 0 || vector_push_copy(reports, &report) ? 0 : report_out_of_memory(recall->ret_error);
}

// Of a kind the newest reports, at most so many; the newest first.
static int find_in_kind(const Recall *recall, StringView kind, const JsonType *type, size_t maximum,
                        JsonArray *ret_reports) {
  RunsPage page;
  Vector reports;
  HistoryParams params = {.kind = kind, .limit = {true, RUNS_LOOKED_AT}};
  int result = store_get_runs(recall->store, &params, recall->arena, &page, recall->ret_error);
  vector_init(&reports, sizeof(void *), RUNS_LOOKED_AT);
  for (size_t i = 0; result == 0 && i < page.runs.count && reports.count < maximum; i++)
    result = look_at_run(recall, ((const RunSummary *)page.runs.items)[i].run_id, type, &reports);
  if (result == 0)
    return report_take(&reports, recall->arena, ret_reports, recall->ret_error);
  vector_finish(&reports);
  return result;
}

static int find_newest(const Recall *recall, StringView kind, const JsonType *type, const void **ret_report) {
  JsonArray reports = {0};
  int result = find_in_kind(recall, kind, type, 1, &reports);
  *ret_report = result == 0 && reports.count > 0 ? *(const void *const *)reports.items : NULL;
  return result;
}

static void reverse(JsonArray reports) {
  const void **items = (const void **)(uintptr_t)reports.items;
  for (size_t i = 0, k = reports.count; i + 1 < k; i++) {
    const void *item = items[i];
    items[i] = items[--k];
    items[k] = item;
  }
}

static int find_all(Recall *recall, RecalledRuns *runs) {
  const void *boundary = NULL, *cheats = NULL, *value = NULL;
  int result = find_in_kind(recall, SV("generation"), &generate_report_type, RUNS_LOOKED_AT, &runs->generations);
  recall->needs_same_tests = true;
  if (result == 0)
    result = find_in_kind(recall, SV("mutation"), &mutation_report_type, RUNS_LOOKED_AT, &runs->mutations);
  if (result == 0)
    result = find_newest(recall, SV("boundary"), &boundary_report_type, &boundary);
  if (result == 0)
    result = find_newest(recall, SV("cheats"), &cheats_report_type, &cheats);
  if (result == 0)
    result = find_newest(recall, SV("value"), &value_report_type, &value);
  reverse(runs->generations);
  reverse(runs->mutations);
  runs->boundary = boundary;
  runs->cheats = cheats;
  runs->value = value;
  return result;
}

int recall_runs(Workspace *workspace, const CancelToken *cancel, Arena *arena, RecalledRuns *ret_runs,
                Error *ret_error) {
  Recall recall = {.arena = arena, .ret_error = ret_error};
  ScanOptions options = {.cancel = cancel, .without_index = true};
  RecalledRuns runs = {0};
  StringView path;
  int result = 0;
  if (workspace_has_store(workspace, arena, &path)) {
    result = workspace_store(workspace, &recall.store, ret_error);
    if (result == 0)
      result = workspace_scan(workspace, &options, arena, &recall.scan, ret_error);
    if (result == 0)
      result = find_all(&recall, &runs);
    scan_finish(&recall.scan);
  }
  if (result == 0)
    *ret_runs = runs;
  return result;
}
