#include "server/editor/diagnostics.h"

#include "protocol/lsp/uri.h"
#include "server/base/install.h"
#include "server/editor/gap_findings.h"
#include "server/editor/mutant_findings.h"
#include "server/editor/spec_findings.h"
#include "server/editor/value_findings.h"
#include "server/services/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 200000u
#define MESSAGE_MAX_BYTES (32u << 20)  // of one publication
#define CLOSED_FILES_MAX 2000u         // closed files with diagnostics at the client

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

typedef struct DiagnosticSet {
  Session *session;
  const Folder *folder;  // NULL: the document lies outside every folder
  StringView uri;
  StringView text;
  const LineIndex *lines;
  const Settings *settings;
  Arena *arena;
  LspDiagnostic *items;
  size_t count;
} DiagnosticSet;

// The page of a diagnostic in the installed documentation: it works without a network.
static StringView documentation_link(DiagnosticSet *set, DiagnosticCode code) {
  char relative[128];
  snprintf(relative, sizeof relative, "docs/diagnostics/%s.md", diagnostic_row(code)->code);
  StringView path = install_path(set->arena, relative);
  return path.data ? uri_from_path(path, set->arena) : path;
}

static StringView closed_uri(const Folder *folder, StringView path, Arena *arena) {
  StringView absolute = arena_format(arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  return absolute.data ? uri_from_path(absolute, arena) : absolute;
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
  StringView message = arena_format(set->arena, "%zu more findings in this file are not shown; setting maxDiagnostics",
                                    findings->count - set->count);
  add_diagnostic(set, &(Finding){.code = DIAGNOSTIC_TOO_MANY_FINDINGS, .message = message.data ? message.data : ""});
}

static bool build_set(DiagnosticSet *set, const Vector *findings) {
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

// The items as a JSON array, and its hash.
static bool encode_items(const DiagnosticSet *set, Buffer *ret_json, uint64_t *ret_hash) {
  JsonWriter writer;
  json_writer_init(&writer, ret_json, 0);
  json_write_array_begin(&writer);
  for (size_t i = 0; i < set->count; i++)
    json_encode(&writer, &lsp_diagnostic_type, &set->items[i]);
  json_write_array_end(&writer);
  *ret_hash = string_view_hash(buffer_view(ret_json));
  return ret_json->failure == 0;
}

static bool build_for_document(Session *session, const Document *document, Arena *arena, Buffer *ret_json,
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
  bool is_built = diagnostics_findings(session, document, arena, &findings) == 0 && build_set(&set, &findings) &&
                  encode_items(&set, ret_json, ret_hash);
  vector_finish(&findings);
  settings_release(settings);
  return is_built;
}

// ---- Push ----

static void push(Session *session, StringView uri, OptionalInteger version, StringView items) {
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
  if (session->client.pulls_diagnostics || document->kind == DOCUMENT_OTHER)
    return;
  Arena arena = {0};
  Buffer items;
  uint64_t hash = 0;
  buffer_init(&items, MESSAGE_MAX_BYTES);
  if (build_for_document(session, document, &arena, &items, &hash) &&
      (!document->was_published || document->published != hash)) {
    document->was_published = true;
    document->published = hash;
    push(session, string_view_from(document->uri), (OptionalInteger){true, document->version}, buffer_view(&items));
  }
  buffer_finish(&items);
  arena_finish(&arena);
}

void diagnostics_clear(Session *session, Document *document) {
  if (!session->client.pulls_diagnostics && document->was_published)
    push(session, string_view_from(document->uri), (OptionalInteger){0}, SV("[]"));
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

// What a spec says of tests depends on all of them.
static bool publish_specs(Session *session, const Document *document) {
  size_t cursor = 0;
  bool is_visible = false;
  if (!document->analysis || !analysis_is_test_file(document->analysis))
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

// ---- Files that are not open ----

typedef struct PublishedFile {
  char *path;
  uint64_t hash;
} PublishedFile;

static void note_published(Folder *folder, StringView path, uint64_t hash) {
  MapValue *slot = map_get(&folder->published, path);
  if (slot) {
    ((PublishedFile *)slot->pointer)->hash = hash;
    return;
  }
  PublishedFile *file = calloc(1, sizeof *file);
  if (file)
    file->path = strndup(path.data, path.length);
  slot = file && file->path ? map_put(&folder->published, string_view_from(file->path), NULL) : NULL;
  if (slot) {
    file->hash = hash;
    slot->pointer = file;
  } else if (file) {
    free(file->path);
    free(file);
  }
}

// The diagnostics of a file that is not open, encoded. False when memory or the maximum ran out.
static bool build_for_closed(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                             DiagnosticSet *ret_set, Buffer *ret_json, uint64_t *ret_hash) {
  StringView path = analysis_path(analysis);
  *ret_set = (DiagnosticSet){
      .session = folder->session,
      .folder = folder,
      .uri = closed_uri(folder, path, arena),
      .text = analysis_text(analysis),
      .lines = analysis_lines(analysis),
      .settings = settings,
      .arena = arena,
  };
  Vector findings;
  vector_init(&findings, sizeof(Finding), FINDINGS_MAX);
  bool is_found = ret_set->uri.data && findings_of_file(folder->index, analysis, settings, arena, &findings) == 0 &&
                  gap_findings(folder, path, ret_set->text, ret_set->lines, arena, &findings) == 0 &&
                  evidence_findings(&folder->evidence, analysis, arena, &findings) == 0 &&
                  mutant_findings(folder, analysis, settings, arena, &findings) == 0 &&
                  value_findings(folder, analysis, arena, &findings) == 0;
  findings_drop_unwanted(settings, analysis, &findings);
  bool is_built = is_found && build_set(ret_set, &findings) && encode_items(ret_set, ret_json, ret_hash);
  vector_finish(&findings);
  return is_built;
}

static void publish_closed(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena) {
  StringView path = analysis_path(analysis);
  DiagnosticSet set;
  Buffer items;
  uint64_t hash = 0;
  buffer_init(&items, MESSAGE_MAX_BYTES);
  bool is_built = build_for_closed(folder, analysis, settings, arena, &set, &items, &hash);
  const MapValue *before = map_get(&folder->published, path);
  bool is_news = before ? ((const PublishedFile *)before->pointer)->hash != hash : set.count > 0;
  if (is_built && is_news) {
    push(folder->session, set.uri, (OptionalInteger){0}, buffer_view(&items));
    note_published(folder, path, hash);
  }
  buffer_finish(&items);
}

static bool is_open(const Folder *folder, StringView path, Arena *arena) {
  StringView absolute = arena_format(arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  return absolute.data && document_find_path(folder->session, absolute);
}

// Files that had diagnostics and are gone.
static void clear_vanished(Folder *folder, Arena *arena) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&folder->published, &cursor); entry; entry = map_next(&folder->published, &cursor)) {
    PublishedFile *file = entry->value.pointer;
    if (file->hash != 0 && !workspace_index_get(folder->index, entry->key)) {
      push(folder->session, closed_uri(folder, entry->key, arena), (OptionalInteger){0}, SV("[]"));
      file->hash = 0;
    }
  }
}

void diagnostics_publish_folder(Folder *folder) {
  Session *session = folder->session;
  if (session->client.pulls_diagnostics) {
    diagnostics_ask_for_refresh(session);
    return;
  }
  Arena list = {0}, arena = {0};
  FileAnalysis **files = NULL;
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  size_t count = workspace_index_files(folder->index, &list, &files);
  for (size_t i = 0; i < count && folder->published.count < CLOSED_FILES_MAX; i++) {
    if (!is_open(folder, analysis_path(files[i]), &arena))
      publish_closed(folder, files[i], &settings->settings, &arena);
    arena_reset(&arena);
  }
  clear_vanished(folder, &arena);
  settings_release(settings);
  arena_finish(&arena);
  arena_finish(&list);
}

void diagnostics_clear_folder(Folder *folder) {
  Arena arena = {0};
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&folder->published, &cursor); entry; entry = map_next(&folder->published, &cursor)) {
    PublishedFile *file = entry->value.pointer;
    if (file->hash != 0 && !folder->session->is_exiting)
      push(folder->session, closed_uri(folder, entry->key, &arena), (OptionalInteger){0}, SV("[]"));
    free(file->path);
    free(file);
  }
  map_finish(&folder->published);
  arena_finish(&arena);
}

// ---- Pull ----

static void write_report(JsonWriter *writer, StringView uri, OptionalInteger version, StringView previous,
                         uint64_t hash, StringView items) {
  char identifier[17];
  snprintf(identifier, sizeof identifier, "%016" PRIx64, hash);
  bool is_unchanged = string_view_equal_text(previous, identifier);
  json_write_object_begin(writer);
  json_write_name(writer, "kind");
  json_write_string(writer, is_unchanged ? SV("unchanged") : SV("full"));
  json_write_name(writer, "resultId");
  json_write_string(writer, string_view_from(identifier));
  if (!is_unchanged) {
    json_write_name(writer, "items");
    json_write_raw(writer, items);
  }
  if (!string_view_is_absent(uri)) {
    json_write_name(writer, "uri");
    json_write_string(writer, uri);
    json_write_name(writer, "version");
    if (version.present)
      json_write_integer(writer, version.value);
    else
      json_write_null(writer);
  }
  json_write_object_end(writer);
}

void handle_document_diagnostic(void *context, RpcRequest *request, const void *params) {
  Session *session = context;
  const LspDocumentDiagnosticParams *pull = params;
  Document *document = document_find(session, pull->text_document.uri);
  Buffer items, json;
  JsonWriter writer;
  uint64_t hash = 0;
  buffer_init(&items, MESSAGE_MAX_BYTES);
  buffer_init(&json, MESSAGE_MAX_BYTES);
  json_writer_init(&writer, &json, 0);
  bool is_built = document && build_for_document(session, document, rpc_request_arena(request), &items, &hash);
  write_report(&writer, (StringView){0}, (OptionalInteger){0}, pull->previous_result_id, hash,
               is_built ? buffer_view(&items) : SV("[]"));
  if (json.failure == 0)
    rpc_request_reply_raw(request, buffer_view(&json));
  else
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "the diagnostics are too large");
  buffer_finish(&items);
  buffer_finish(&json);
}

static StringView previous_id(const LspWorkspaceDiagnosticParams *pull, StringView uri) {
  const LspPreviousResultId *ids = pull->previous_result_ids.items;
  for (size_t i = 0; i < pull->previous_result_ids.count; i++)
    if (string_view_equal(ids[i].uri, uri))
      return ids[i].value;
  return (StringView){0};
}

static void write_closed_report(Folder *folder, const FileAnalysis *analysis, const LspWorkspaceDiagnosticParams *pull,
                                const Settings *settings, JsonWriter *writer, Arena *arena) {
  DiagnosticSet set;
  Buffer items;
  uint64_t hash = 0;
  buffer_init(&items, MESSAGE_MAX_BYTES);
  if (build_for_closed(folder, analysis, settings, arena, &set, &items, &hash))
    write_report(writer, set.uri, (OptionalInteger){0}, previous_id(pull, set.uri), hash, buffer_view(&items));
  buffer_finish(&items);
}

static void write_folder_reports(Folder *folder, const LspWorkspaceDiagnosticParams *pull, JsonWriter *writer) {
  Arena list = {0}, arena = {0};
  FileAnalysis **files = NULL;
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  size_t count = workspace_index_files(folder->index, &list, &files);
  for (size_t i = 0; i < count; i++) {
    if (!is_open(folder, analysis_path(files[i]), &arena))
      write_closed_report(folder, files[i], pull, &settings->settings, writer, &arena);
    arena_reset(&arena);
  }
  settings_release(settings);
  arena_finish(&arena);
  arena_finish(&list);
}

void handle_workspace_diagnostic(void *context, RpcRequest *request, const void *params) {
  Session *session = context;
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, MESSAGE_MAX_BYTES);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name(&writer, "items");
  json_write_array_begin(&writer);
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    if (folder->is_indexed)
      write_folder_reports(folder, params, &writer);
  }
  json_write_array_end(&writer);
  json_write_object_end(&writer);
  if (json.failure == 0)
    rpc_request_reply_raw(request, buffer_view(&json));
  else
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "the diagnostics of the workspace are too large");
  buffer_finish(&json);
}
