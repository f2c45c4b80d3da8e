#include "server/services/score_evidence.h"

#include "protocol/json/field.h"

#define RUNS_LOOKED_AT 8  // of each kind, the newest first

// What is read of the report of a run, whatever its kind.
typedef struct MeasuredReport {
  StringView run_id;
  StringView target;
  bool whole;
  uint32_t killed, survived, no_coverage, timeout, inconclusive, pending, not_sampled;
  uint32_t rejected, passed;
  uint32_t kept;
  double seconds, kept_seconds;
  OptionalNumber efficiency;
} MeasuredReport;

static const JsonField measured_report_fields[] = {
    JSON_FIELD(MeasuredReport, run_id, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MeasuredReport, target, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MeasuredReport, whole, BOOL, 0, NULL),
    JSON_FIELD(MeasuredReport, killed, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, survived, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, no_coverage, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, timeout, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, inconclusive, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, pending, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, not_sampled, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, rejected, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, passed, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, kept, UINTEGER, 0, NULL),
    JSON_FIELD(MeasuredReport, seconds, DOUBLE, 0, NULL),
    JSON_FIELD(MeasuredReport, kept_seconds, DOUBLE, 0, NULL),
    JSON_FIELD(MeasuredReport, efficiency, OPTIONAL_DOUBLE, JSON_NULLABLE, NULL),
};
static const JsonType measured_report_type = JSON_TYPE(MeasuredReport, measured_report_fields, NULL);

// ---- What a report says ----

// False where it says nothing: no mutant was judged, say.
typedef bool (*ReadEvidence)(const MeasuredReport *report, Arena *arena, ScoreEvidence *ret_evidence);

// As in `kill_rate`: what could not be decided counts against the tests.
static bool read_mutants(const MeasuredReport *report, Arena *arena, ScoreEvidence *ret_evidence) {
  uint32_t judged = report->killed + report->survived + report->no_coverage + report->timeout + report->inconclusive;
  if (!report->whole || judged == 0 || report->pending > 0)
    return false;
  ret_evidence->value = (double)report->killed / judged;
  ret_evidence->explanation =
      report->not_sampled == 0
          ? arena_format(arena, "run %.*s: %u of %u mutants killed", SV_ARGUMENTS(report->run_id), report->killed,
                         judged)
          : arena_format(arena, "run %.*s: %u of %u mutants killed, a sample of %u", SV_ARGUMENTS(report->run_id),
                         report->killed, judged, judged + report->not_sampled);
  return true;
}

static bool read_cheats(const MeasuredReport *report, Arena *arena, ScoreEvidence *ret_evidence) {
  uint32_t applicable = report->rejected + report->passed + report->timeout + report->inconclusive;
  if (!string_view_equal_text(report->target, ".") || applicable == 0)
    return false;
  ret_evidence->value = (double)report->rejected / applicable;
  ret_evidence->explanation = arena_format(arena, "run %.*s: %u of %u cheats rejected", SV_ARGUMENTS(report->run_id),
                                           report->rejected, applicable);
  return true;
}

static bool read_efficiency(const MeasuredReport *report, Arena *arena, ScoreEvidence *ret_evidence) {
  if (!report->efficiency.present)
    return false;
  ret_evidence->value = report->efficiency.value;
  ret_evidence->explanation =
      arena_format(arena, "run %.*s: %u tests with %.3g of %.3g s keep every kill and every covered line",
                   SV_ARGUMENTS(report->run_id), report->kept, report->kept_seconds, report->seconds);
  return true;
}

// ---- Whether it still holds ----

// The first file that is not as it was, or is new; absent when there is none. Both lists are by path.
static StringView find_change(const Scan *scan, JsonArray files) {
  const RunFile *recorded = files.items;
  size_t next = 0;
  for (size_t i = 0; i < files.count; i++, next++) {
    if (next >= scan->count || string_view_compare(scan->files[next].path, recorded[i].path) > 0)
      return recorded[i].path;
    if (!string_view_equal(scan->files[next].path, recorded[i].path) ||
        !report_has_text(&scan->files[next], &recorded[i]))
      return scan->files[next].path;
  }
  return next < scan->count ? scan->files[next].path : (StringView){0};
}

typedef struct EvidenceSearch {
  Store *store;
  const Scan *scan;
  Arena *arena;
  Error *ret_error;
} EvidenceSearch;

static int look_at_run(const EvidenceSearch *search, StringView run_id, ReadEvidence read,
                       ScoreEvidence *ret_evidence) {
  RunDetail detail;
  MeasuredReport report;
  ScoreEvidence found = {0};
  int result = store_get_run(search->store, run_id, search->arena, &detail, search->ret_error);
  if (result < 0 || !detail.report)
    return result;
  result = json_decode(&measured_report_type, detail.report, search->arena, &report, search->ret_error);
  if (result < 0)
    return result;
  if (!read(&report, search->arena, &found))
    return 0;
  StringView changed = find_change(search->scan, detail.files);
  found.state = string_view_is_absent(changed) ? EVIDENCE_MEASURED : EVIDENCE_OUTDATED;
  if (found.state == EVIDENCE_OUTDATED)
    found.explanation =
        arena_format(search->arena, "%.*s changed since run %.*s", SV_ARGUMENTS(changed), SV_ARGUMENTS(run_id));
  if (!found.explanation.data)
    return report_out_of_memory(search->ret_error);
  if (found.state > ret_evidence->state)  // of outdated ones, the newest
    *ret_evidence = found;
  return 0;
}

static int find_in_kind(const EvidenceSearch *search, StringView kind, ReadEvidence read, ScoreEvidence *ret_evidence) {
  RunsPage page;
  HistoryParams params = {.kind = kind, .limit = {true, RUNS_LOOKED_AT}};
  int result = store_get_runs(search->store, &params, search->arena, &page, search->ret_error);
  const RunSummary *runs = result == 0 ? page.runs.items : NULL;
  for (size_t i = 0; result == 0 && i < page.runs.count && ret_evidence->state != EVIDENCE_MEASURED; i++)
    if (string_view_equal_text(runs[i].status, "complete"))
      result = look_at_run(search, runs[i].run_id, read, ret_evidence);
  return result;
}

int score_evidence_find(Workspace *workspace, const Scan *scan, Arena *arena, ScoreEvidences *ret_evidences,
                        Error *ret_error) {
  EvidenceSearch search = {.scan = scan, .arena = arena, .ret_error = ret_error};
  ScoreEvidences found = {0};
  int result = workspace_store_to_read(workspace, &search.store, ret_error);
  if (result == 0)
    result = find_in_kind(&search, SV("mutation"), read_mutants, &found.mutants);
  if (result == 0)  // which judges all mutants, too
    result = find_in_kind(&search, SV("value"), read_mutants, &found.mutants);
  if (result == 0)
    result = find_in_kind(&search, SV("cheats"), read_cheats, &found.cheats);
  if (result == 0)
    result = find_in_kind(&search, SV("value"), read_efficiency, &found.efficiency);
  if (result == 0)
    *ret_evidences = found;
  return result;
}
