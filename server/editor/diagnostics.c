#include "server/editor/diagnostics_internal.h"

#include "protocol/lsp/uri.h"
#include "server/base/install.h"
#include "server/editor/gap_findings.h"
#include "server/editor/mutant_findings.h"
#include "server/editor/spec_disagreements.h"
#include "server/editor/spec_findings.h"
#include "server/editor/value_findings.h"
#include "server/services/findings.h"

#include <stdio.h>

// ---- Findings ----

int diagnostics_findings(const Session *session, const Document *document, Arena *arena, Vector *ret_findings) {
  (void)session;
  int result = 0;
  Settings defaults;
  settings_defaults(&defaults);
  SettingsSnapshot *settings = document->folder ? workspace_settings(document->folder->workspace) : NULL;
  const WorkspaceIndex *index =
      document->folder && document->folder->is_indexed ? document->folder->index : NULL;  // half an index tells lies
  if (document->kind == DOCUMENT_SPEC)
    result = spec_findings(document, index, settings ? &settings->settings : &defaults, arena, ret_findings);
  else if (document->analysis)
    result =
        findings_of_file(index, document->analysis, settings ? &settings->settings : &defaults, arena, ret_findings);
  if (result == 0 && document->analysis && document->folder)
    result = gap_findings(document->folder, document->relative, analysis_text(document->analysis),
                          analysis_lines(document->analysis), arena, ret_findings);
  if (result == 0 && document->analysis && document->folder)
    result = evidence_findings(&document->folder->evidence, document->analysis, arena, ret_findings);
  if (result == 0 && document->analysis && document->folder)
    result = mutant_findings(document->folder, document->analysis, settings ? &settings->settings : &defaults, arena,
                             ret_findings);
  if (result == 0 && document->analysis && document->folder)
    result = value_findings(document->folder, document->analysis, arena, ret_findings);
  findings_drop_unwanted(settings ? &settings->settings : &defaults, document->analysis, ret_findings);
  settings_release(settings);
  return result;
}

// ---- One set, encoded ----

// The page of a diagnostic in the installed documentation: it works without a network.
static StringView documentation_link(DiagnosticSet *set, DiagnosticCode code) {
  char relative[128];
  snprintf(relative, sizeof relative, "docs/diagnostics/%s.md", diagnostic_row(code)->code);
  StringView path = install_path(set->arena, relative);
  return path.data ? uri_from_path(path, set->arena) : path;
}

// False when the file of the place is not known.
static bool related_in(const DiagnosticSet *set, const FileAnalysis *file, Span span, const char *message,
                       LspDiagnosticRelatedInformation *ret_related) {
  StringView uri = file ? document_uri_in(set->session, set->folder, analysis_path(file), set->arena) : set->uri;
  Range range = range_from_offsets(file ? analysis_lines(file) : set->lines, file ? analysis_text(file) : set->text,
                                   set->session->client.encoding, span.start, span.end);
  *ret_related = (LspDiagnosticRelatedInformation){{uri, range}, string_view_from(message)};
  return uri.data;
}

static bool related_elsewhere(const DiagnosticSet *set, const FindingPlace *place,
                              LspDiagnosticRelatedInformation *ret_related) {
  const FileAnalysis *analysis = set->folder ? workspace_index_get(set->folder->index, place->path) : NULL;
  return analysis && related_in(set, analysis, place->span, place->message, ret_related);
}

static void add_related(DiagnosticSet *set, const Finding *finding, LspDiagnostic *diagnostic) {
  const FileAnalysis *file = set->folder ? finding->related_file : NULL;
  size_t most = finding->place_count + 1, count = 0;
  if (!set->session->client.knows_related_information || (!finding->related_message && finding->place_count == 0))
    return;
  LspDiagnosticRelatedInformation *related = arena_allocate_array(set->arena, most, sizeof *related);
  if (!related)
    return;  // the diagnostic stands without it
  if (finding->related_message)
    count += related_in(set, file, finding->related, finding->related_message, &related[count]);
  for (size_t i = 0; i < finding->place_count; i++)
    count += related_elsewhere(set, &finding->places[i], &related[count]);
  diagnostic->related_information = (JsonArray){related, count};
}

static void add_diagnostic(DiagnosticSet *set, const Finding *finding) {
  LspDiagnostic *diagnostic = &set->items[set->count++];
  int severity = finding_severity_of(set->settings, finding);
  *diagnostic = (LspDiagnostic){
      .range = range_from_offsets(set->lines, set->text, set->session->client.encoding, finding->span.start,
                                  finding->span.end),
      .severity = (uint32_t)(severity == SEVERITY_OFF ? SEVERITY_HINT : severity),
      .code = string_view_from(diagnostic_row(finding->code)->code),
      .source = SV("testgen"),
      .message = string_view_from(finding->message),
      .data_json = string_view_from(finding->data),
  };
  if (set->session->client.knows_code_description) {
    LspCodeDescription *description = arena_allocate(set->arena, sizeof *description);
    StringView link = documentation_link(set, finding->code);
    if (description && link.data) {
      description->href = link;
      diagnostic->code_description = description;
    }
  }
  add_related(set, finding, diagnostic);
}

// The most important ones first when not all are shown: by severity, then by place.
static void add_most_important(DiagnosticSet *set, const Vector *findings, size_t limit) {
  for (int severity = SEVERITY_ERROR; severity <= SEVERITY_HINT && set->count < limit; severity++)
    for (size_t i = 0; i < findings->count && set->count < limit; i++) {
      const Finding *finding = vector_at(findings, i);
      if (finding_severity_of(set->settings, finding) == severity)
        add_diagnostic(set, finding);
    }
  StringView message = arena_format(set->arena,
                                    "%zu more findings of this file are not shown: only the %zu most important ones "
                                    "are, as the setting maxDiagnostics says. `testgen check` lists them all",
                                    findings->count - set->count, set->count);
  add_diagnostic(set, &(Finding){.code = DIAGNOSTIC_TOO_MANY_FINDINGS, .message = message.data ? message.data : ""});
}

bool diagnostics_build_set(DiagnosticSet *set, const Vector *findings) {
  size_t limit = (size_t)set->settings->max_diagnostics;
  set->items = arena_allocate_array(set->arena, findings->count + 1, sizeof *set->items);
  if (!set->items)
    return false;
  if (findings->count > limit) {
    add_most_important(set, findings, limit);
    return true;
  }
  for (size_t i = 0; i < findings->count; i++)
    add_diagnostic(set, vector_at(findings, i));
  return true;
}

bool diagnostics_encode(const DiagnosticSet *set, Buffer *ret_json, uint64_t *ret_hash) {
  JsonWriter writer;
  json_writer_init(&writer, ret_json, 0);
  json_write_array_begin(&writer);
  for (size_t i = 0; i < set->count; i++)
    json_encode(&writer, &lsp_diagnostic_type, &set->items[i]);
  json_write_array_end(&writer);
  *ret_hash = string_view_hash(buffer_view(ret_json));
  return ret_json->failure == 0;
}

bool diagnostics_of_document(Session *session, const Document *document, Arena *arena, Buffer *ret_json,
                             uint64_t *ret_hash) {
  Settings defaults;
  settings_defaults(&defaults);
  SettingsSnapshot *settings = document->folder ? workspace_settings(document->folder->workspace) : NULL;
  DiagnosticSet set = {
      .session = session,
      .folder = document->folder,
      .uri = string_view_from(document->uri),
      .text = document_text(document),
      .lines = document_lines(document),
      .settings = settings ? &settings->settings : &defaults,
      .arena = arena,
  };
  Vector findings;
  vector_init(&findings, sizeof(Finding), FINDINGS_MAX);
  bool is_built = diagnostics_findings(session, document, arena, &findings) == 0 &&
                  diagnostics_build_set(&set, &findings) && diagnostics_encode(&set, ret_json, ret_hash);
  vector_finish(&findings);
  settings_release(settings);
  return is_built;
}

// ---- Push ----

void diagnostics_push(Session *session, StringView uri, OptionalInteger version, StringView items) {
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, MESSAGE_MAX_BYTES);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name(&writer, "uri");
  json_write_string(&writer, uri);
  if (version.present && session->client.knows_diagnostic_version) {
    json_write_name(&writer, "version");
    json_write_integer(&writer, version.value);
  }
  json_write_name(&writer, "diagnostics");
  json_write_raw(&writer, items);
  json_write_object_end(&writer);
  if (json.failure == 0)
    rpc_peer_notify_raw(session->peer, "textDocument/publishDiagnostics", buffer_view(&json));
  buffer_finish(&json);
}

void diagnostics_publish(Session *session, Document *document) {
  session->diagnostics_version++;
  if (session->client.pulls_diagnostics || document->kind == DOCUMENT_OTHER)
    return;
  Arena arena = {0};
  Buffer items;
  uint64_t hash = 0;
  buffer_init(&items, MESSAGE_MAX_BYTES);
  if (diagnostics_of_document(session, document, &arena, &items, &hash) &&
      (!document->was_published || document->published != hash)) {
    document->was_published = true;
    document->published = hash;
    diagnostics_push(session, string_view_from(document->uri), (OptionalInteger){true, document->version},
                     buffer_view(&items));
  }
  buffer_finish(&items);
  arena_finish(&arena);
}

void diagnostics_clear(Session *session, Document *document) {
  session->diagnostics_version++;
  if (!session->client.pulls_diagnostics && document->was_published)
    diagnostics_push(session, string_view_from(document->uri), (OptionalInteger){0}, SV("[]"));
}

void diagnostics_ask_for_refresh(Session *session) {
  if (session->client.refreshes_diagnostics)
    rpc_peer_call_raw(session->peer, "workspace/diagnostic/refresh", (StringView){0}, NULL, NULL, NULL);
}

// Whether anybody sees another file of the folder.
static bool is_alone(Session *session, const Document *document) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    const Document *other = entry->value.pointer;
    if (other != document && other->folder == document->folder && other->kind != DOCUMENT_OTHER)
      return false;
  }
  return true;
}

// What a spec says of tests depends on all of them; what it says of the code, on the code that was run.
static bool publish_specs(Session *session, const Document *document) {
  size_t cursor = 0;
  bool is_visible = false;
  if (!document->analysis ||
      (!analysis_is_test_file(document->analysis) && disagreements_count(&document->folder->evidence) == 0))
    return false;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    Document *other = entry->value.pointer;
    if (other->folder != document->folder || other->kind != DOCUMENT_SPEC)
      continue;
    is_visible = true;
    diagnostics_publish(session, other);
  }
  return is_visible;
}

void diagnostics_publish_affected(Session *session, const Document *document) {
  Folder *folder = document->folder;
  if (!folder || !folder->is_indexed || document->kind != DOCUMENT_SOURCE || is_alone(session, document))
    return;
  Arena arena = {0};
  StringView *paths = NULL;
  size_t count = 0;
  bool is_visible = publish_specs(session, document);
  if (workspace_index_affected(folder->index, document->relative, &arena, &paths, &count) == 0)
    for (size_t i = 0; i < count; i++) {
      StringView absolute = arena_format(&arena, "%s/%.*s", folder->path, SV_ARGUMENTS(paths[i]));
      Document *other = absolute.data ? document_find_path(session, absolute) : NULL;
      is_visible |= other && other != document;
      if (other && other != document)
        diagnostics_publish(session, other);
    }
  if (is_visible && session->client.pulls_diagnostics)
    diagnostics_ask_for_refresh(session);
  arena_finish(&arena);
}
