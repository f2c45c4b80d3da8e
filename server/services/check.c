// What the analyzer finds, as a list: the same findings that editors show, for files and CI.
#include "server/services/findings.h"

#define FINDINGS_MAX 1000000u

const char *severity_name(int severity) {
  static const char *const names[] = {"", "error", "warning", "information", "hint"};
  return severity >= SEVERITY_ERROR && severity <= SEVERITY_HINT ? names[severity] : "off";
}

int finding_severity(const Settings *settings, DiagnosticCode code) {
  const DiagnosticRow *row = diagnostic_row(code);
  int severity = settings->severities[code] ? settings->severities[code] : (int)row->severity;
  if (row->is_lead && !settings->leads)
    return SEVERITY_OFF;
  return severity;
}

int finding_severity_of(const Settings *settings, const Finding *finding) {
  int chosen = settings->severities[finding->code], usual = (int)diagnostic_row(finding->code)->severity;
  if (!finding->is_proven)
    return finding_severity(settings, finding->code);
  return chosen ? chosen : usual < SEVERITY_WARNING ? usual : SEVERITY_WARNING;
}

static int compare_findings(const void *left, const void *right) {
  const Finding *a = left, *b = right;
  if (a->span.start != b->span.start)
    return a->span.start < b->span.start ? -1 : 1;
  return (a->code > b->code) - (a->code < b->code);
}

static int add_findings(const Settings *settings, const Finding *findings, size_t count, Vector *list) {
  for (size_t i = 0; i < count; i++)
    if (finding_severity(settings, findings[i].code) != SEVERITY_OFF && !vector_push_copy(list, &findings[i]))
      return ERROR_NO_MEMORY;
  return 0;
}

int findings_of_file(const WorkspaceIndex *index, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                     Vector *ret_findings) {
  size_t count = 0;
  const Finding *own = analysis_findings(analysis, &count);
  int result = add_findings(settings, own, count, ret_findings);
  Finding *leads = NULL;
  if (result == 0 && index && settings->leads) {
    result = workspace_index_leads(index, analysis_path(analysis), arena, &leads, &count);
    if (result == 0)
      result = add_findings(settings, leads, count, ret_findings);
  }
  vector_sort(ret_findings, compare_findings);
  return result;
}

void findings_drop_unwanted(const Settings *settings, const FileAnalysis *analysis, Vector *findings) {
  size_t kept = 0;
  for (size_t i = 0; i < findings->count; i++) {
    Finding finding = *(Finding *)vector_at(findings, i);
    if (finding_severity_of(settings, &finding) != SEVERITY_OFF &&
        !(analysis && analysis_is_silenced(analysis, finding.code, finding.span.start)))
      *(Finding *)vector_at(findings, kept++) = finding;
  }
  vector_truncate(findings, kept);
}

static FindingReport finding_report(const ScannedFile *file, const Finding *finding, const Settings *settings) {
  const FileAnalysis *analysis = file->analysis;
  StringView text = analysis_text(analysis);
  const LineIndex *lines = analysis_lines(analysis);
  Range range = range_from_offsets(lines, text, POSITION_UTF32, finding->span.start, finding->span.end);
  return (FindingReport){
      .path = file->path,
      .line = range.start.line + 1,
      .column = range.start.character + 1,
      .end_line = range.end.line + 1,
      .end_column = range.end.character + 1,
      .code = string_view_from(diagnostic_row(finding->code)->code),
      .severity = string_view_from(severity_name(finding_severity(settings, finding->code))),
      .message = string_view_from(finding->message),
  };
}

static int check_file(const Scan *scan, const ScannedFile *file, const Settings *settings, Arena *arena,
                      Vector *reports, Error *ret_error) {
  Vector findings;
  vector_init(&findings, sizeof(Finding), FINDINGS_MAX);
  int result = findings_of_file(scan->index, file->analysis, settings, arena, &findings);
  for (size_t i = 0; i < findings.count && result == 0; i++) {
    FindingReport report = finding_report(file, vector_at(&findings, i), settings);
    report.message = arena_copy(arena, report.message);  // the analysis may go before the report
    if (!report.message.data || !vector_push_copy(reports, &report))
      result = ERROR_NO_MEMORY;
  }
  vector_finish(&findings);
  return result < 0 ? report_out_of_memory(ret_error) : 0;
}

// Those that pytest collects.
static uint32_t count_tests(const FileAnalysis *analysis) {
  size_t count;
  const TestFacts *tests = analysis_tests(analysis, &count);
  uint32_t collected = 0;
  for (size_t i = 0; i < count; i++)
    collected += !tests[i].is_shadowed;
  return collected;
}

static int check_scan(const Scan *scan, StringView scope, const Settings *settings, Arena *arena, CheckReport *report,
                      Error *ret_error) {
  Vector findings;
  int result = 0;
  vector_init(&findings, sizeof(FindingReport), FINDINGS_MAX);
  for (size_t i = 0; i < scan->count && result == 0; i++) {
    if (!report_in_scope(scope, scan->files[i].path))
      continue;
    report->file_count++;
    report->test_count += count_tests(scan->files[i].analysis);
    result = check_file(scan, &scan->files[i], settings, arena, &findings, ret_error);
  }
  if (result == 0)
    return report_take(&findings, arena, &report->findings, ret_error);
  vector_finish(&findings);
  return result;
}

static int take_notes(const Scan *scan, StringView scope, Arena *arena, CheckReport *report, Error *ret_error) {
  Vector notes;
  vector_init(&notes, sizeof(StringView), scan->notes.count + 1);
  int result = report_scope_notes(scan, scope, &notes, ret_error);
  if (result == 0)
    return report_take(&notes, arena, &report->notes, ret_error);
  vector_finish(&notes);
  return result;
}

int service_check(ServiceContext *context, const CheckParams *params, Arena *arena, CheckReport *ret_report,
                  Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  ScanOptions options = {.cancel = context->cancel};
  CheckReport report = {0};
  Scan scan = {0};
  StringView scope;
  int result = report_scope(context->workspace, params->path, arena, &scope, ret_error);
  if (result == 0)
    result = workspace_scan(context->workspace, &options, arena, &scan, ret_error);
  if (result == 0)
    result = report_check_scope(&scan, scope, ret_error);
  if (result == 0)
    result = take_notes(&scan, scope, arena, &report, ret_error);
  if (result == 0)
    result = check_scan(&scan, scope, &settings->settings, arena, &report, ret_error);
  if (result == 0)
    *ret_report = report;
  scan_finish(&scan);
  settings_release(settings);
  return result;
}
