// Diagnostics for clients that pull: of a document, and of all files that are not open. The latter go in parts where
// the client takes them, so that no message is larger than editors like, and cost nothing while nothing changes.
#include "protocol/lsp/uri.h"
#include "server/editor/diagnostics_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PART_BYTES (1u << 20)  // a part is sent when it has grown to this

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
  bool is_built = document && diagnostics_of_document(session, document, rpc_request_arena(request), &items, &hash);
  write_report(&writer, (StringView){0}, (OptionalInteger){0}, pull->previous_result_id, hash,
               is_built ? buffer_view(&items) : SV("[]"));
  if (json.failure == 0)
    rpc_request_reply_raw(request, buffer_view(&json));
  else
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "the diagnostics are too large");
  buffer_finish(&items);
  buffer_finish(&json);
}

// ---- Of the workspace ----

typedef struct WorkspacePull {
  Session *session;
  RpcRequest *request;
  const LspWorkspaceDiagnosticParams *params;
  Map previous;     // uri to the index of its LspPreviousResultId; -1: it was reported
  size_t reported;  // files
  Buffer json;      // the report, or a part of it
  JsonWriter writer;
} WorkspacePull;

static void begin_part(WorkspacePull *pull) {
  buffer_clear(&pull->json);
  json_writer_init(&pull->writer, &pull->json, 0);
  json_write_object_begin(&pull->writer);
  json_write_name(&pull->writer, "items");
  json_write_array_begin(&pull->writer);
}

static void end_part(WorkspacePull *pull) {
  json_write_array_end(&pull->writer);
  json_write_object_end(&pull->writer);
}

static void send_part(WorkspacePull *pull) {
  Buffer json;
  JsonWriter writer;
  end_part(pull);
  buffer_init(&json, MESSAGE_MAX_BYTES);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name(&writer, "token");
  json_write_value(&writer, pull->params->partial_result_token);
  json_write_name(&writer, "value");
  json_write_raw(&writer, buffer_view(&pull->json));
  json_write_object_end(&writer);
  if (json.failure == 0 && pull->json.failure == 0)
    rpc_peer_notify_raw(pull->session->peer, "$/progress", buffer_view(&json));
  buffer_finish(&json);
  begin_part(pull);
}

static StringView take_previous(WorkspacePull *pull, StringView uri) {
  const LspPreviousResultId *ids = pull->params->previous_result_ids.items;
  MapValue *index = map_get(&pull->previous, uri);
  if (!index || index->number < 0)
    return (StringView){0};
  StringView value = ids[index->number].value;
  index->number = -1;
  return value;
}

static void report(WorkspacePull *pull, StringView uri, uint64_t hash, StringView items) {
  write_report(&pull->writer, uri, (OptionalInteger){0}, take_previous(pull, uri), hash, items);
  pull->reported++;
  if (pull->params->partial_result_token && pull->json.length >= PART_BYTES)
    send_part(pull);
}

static void report_folder(WorkspacePull *pull, Folder *folder) {
  Arena list = {0}, arena = {0};
  FileAnalysis **files = NULL;
  ClosedBudget budget = {0};
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  size_t count = workspace_index_files(folder->index, &list, &files);
  for (size_t i = 0; i < count; i++) {
    ClosedSet set;
    if (diagnostics_is_open(folder, analysis_path(files[i]), &arena))
      continue;
    if (diagnostics_of_closed(folder, files[i], &settings->settings, &arena, &budget, &set))
      report(pull, set.uri, set.hash, buffer_view(&set.items));
    closed_set_finish(&set);
    arena_reset(&arena);
  }
  settings_release(settings);
  arena_finish(&arena);
  arena_finish(&list);
  diagnostics_tell_left_out(folder, &budget);
}

// Files that the client has diagnostics of and that are gone. Those that are open are asked for one by one.
static void report_vanished(WorkspacePull *pull) {
  const LspPreviousResultId *ids = pull->params->previous_result_ids.items;
  uint64_t hash = string_view_hash(SV("[]"));
  for (size_t i = 0; i < pull->params->previous_result_ids.count; i++) {
    const MapValue *index = map_get(&pull->previous, ids[i].uri);
    if (index && index->number >= 0 && !document_find(pull->session, ids[i].uri))
      report(pull, ids[i].uri, hash, SV("[]"));
  }
}

static void report_all(WorkspacePull *pull) {
  Session *session = pull->session;
  const LspPreviousResultId *ids = pull->params->previous_result_ids.items;
  bool is_indexed = true;
  for (size_t i = 0; i < pull->params->previous_result_ids.count; i++) {
    MapValue *slot = map_put(&pull->previous, ids[i].uri, NULL);
    if (slot)
      slot->number = (int64_t)i;
  }
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    is_indexed &= folder->is_indexed;
    if (folder->is_indexed)
      report_folder(pull, folder);
  }
  if (is_indexed)  // before, nobody knows what is gone
    report_vanished(pull);
}

// Clients ask again and again. One that has what was reported last is told that nothing is new, at no cost.
static bool is_news(const Session *session, const LspWorkspaceDiagnosticParams *pull) {
  return session->pulled_version != session->diagnostics_version ||
         pull->previous_result_ids.count < session->pulled_files;
}

void handle_workspace_diagnostic(void *context, RpcRequest *request, const void *params) {
  WorkspacePull pull = {.session = context, .request = request, .params = params};
  Session *session = context;
  map_init(&pull.previous);
  buffer_init(&pull.json, MESSAGE_MAX_BYTES);
  begin_part(&pull);
  bool is_told = is_news(session, params);
  if (is_told)
    report_all(&pull);
  end_part(&pull);
  if (pull.json.failure == 0)
    rpc_request_reply_raw(request, buffer_view(&pull.json));
  else
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "the diagnostics of the workspace are too large for one answer");
  if (is_told && pull.json.failure == 0) {
    session->pulled_version = session->diagnostics_version;
    session->pulled_files = pull.reported;
  }
  map_finish(&pull.previous);
  buffer_finish(&pull.json);
}
