#include "server/editor/folder.h"

#include "protocol/lsp/uri.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/editor/diagnostics.h"
#include "server/editor/document.h"
#include "server/editor/mutant_evidence.h"
#include "server/editor/recall.h"
#include "server/editor/value_findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 512u
#define REFRESH_NS 250000000  // between two requests to pull diagnostics while a run goes on

// ---- Finding ----

Folder *folder_of_path(Session *session, StringView absolute_path) {
  Folder *best = NULL;
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    StringView path = string_view_from(folder->path);
    bool is_deeper = !best || path.length > strlen(best->path);
    if (is_deeper && path_is_inside(path, absolute_path) && !string_view_equal(path, absolute_path))
      best = folder;
  }
  return best;
}

Folder *folder_around(Session *session, StringView absolute_path) {
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    if (string_view_equal_text(absolute_path, folder->path))
      return folder;
  }
  return folder_of_path(session, absolute_path);
}

Folder *folder_of_workspace(Session *session, const Workspace *workspace) {
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    if (folder->workspace == workspace)
      return folder;
  }
  return NULL;
}

Folder *folder_first(Session *session) {
  return session->folders.count > 0 ? *(Folder **)vector_at(&session->folders, 0) : NULL;
}

// ---- Settings ----

static void show_problem(void *user, int severity, StringView path, uint32_t offset, const char *message) {
  (void)severity, (void)offset;
  Folder *folder = user;
  if (folder->session->peer && rpc_peer_state(folder->session->peer) == RPC_STATE_RUNNING)
    session_show(folder->session, LSP_MESSAGE_WARNING, "TestGen: %.*s%s%s", SV_ARGUMENTS(path),
                 path.length > 0 ? ": " : "", message);
}

void folder_load_settings(Folder *folder) {
  Error problem = {0};
  if (workspace_load_settings(folder->workspace, folder->session->settings_layers, SETTINGS_LAYER_COUNT, show_problem,
                              folder, &problem) < 0) {
    log_error("settings", "%s", problem.message);
    return;
  }
  documents_reanalyze(folder->session, folder);
  if (folder->is_indexed)
    folder_scan(folder);
}

void session_keep_settings(Session *session, SettingsLayer layer, const JsonValue *settings) {
  Arena *arena = &session->settings_arenas[layer];
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, 1u << 20);
  json_writer_init(&writer, &text, 0);
  json_write_value(&writer, settings);
  arena_finish(arena);
  session->settings_layers[layer] = NULL;
  JsonValue *copy = arena_allocate(arena, sizeof *copy);
  if (copy && text.failure == 0 && json_parse(buffer_view(&text), arena, copy, NULL) == 0)
    session->settings_layers[layer] = copy;
  else
    log_error("settings", "the settings could not be kept: out of memory, or larger than 1 MB");
  buffer_finish(&text);
}

static void load_all(Session *session) {
  for (size_t i = 0; i < session->folders.count; i++)
    folder_load_settings(*(Folder **)vector_at(&session->folders, i));
}

static void settings_pulled(void *user, const JsonValue *result, const Error *error) {
  Session *session = user;
  if (error) {
    log_warning("settings", "the client did not tell its settings: %s", error->message);
    return;
  }
  if (result && result->kind == JSON_ARRAY && result->array.count > 0 && result->array.items[0].kind == JSON_OBJECT) {
    session_keep_settings(session, SETTINGS_CONFIGURATION, &result->array.items[0]);
    load_all(session);
  }
}

void folder_pull_settings(Session *session) {
  LspConfigurationItem item = {.section = SV("testgen")};
  LspConfigurationParams params = {.items = {&item, 1}};
  Error problem = {0};
  if (rpc_peer_call(session->peer, "workspace/configuration", &lsp_configuration_params_type, &params, settings_pulled,
                    session, &problem) < 0)
    log_warning("settings", "%s", problem.message);
}

void handle_did_change_configuration(void *context, const void *params) {
  Session *session = context;
  const LspDidChangeConfigurationParams *change = params;
  if (session->client.pulls_configuration) {
    folder_pull_settings(session);
  } else if (change->settings && change->settings->kind == JSON_OBJECT) {
    session_keep_settings(session, SETTINGS_CONFIGURATION, change->settings);
    load_all(session);
  }
}

// ---- The index ----

typedef struct ScanJob {
  Folder *folder;
  Workspace *workspace;
  Arena arena;
  Scan scan;
  Error problem;
  int result;
} ScanJob;

static void scan_work(void *data, Job *job) {
  ScanJob *scan = data;
  ScanOptions options = {.cancel = job_cancel_token(job)};
  scan->result = workspace_scan(scan->workspace, &options, &scan->arena, &scan->scan, &scan->problem);
}

void folder_left_out_message(const Folder *folder, char *message, size_t size) {
  snprintf(
      message, size,
      "%zu findings of files that are not open are not shown: there are too many for an editor. A file shows its own "
      "when it is opened, `testgen check` lists them all, and the setting exclude leaves files alone.",
      folder->left_out);
}

void folder_tell_status(Folder *folder) {
  char message[MESSAGE_BYTES] = "";
  const char *health = "ok";
  if (folder->left_out > 0) {
    health = "warning";
    folder_left_out_message(folder, message, sizeof message);
  }
  session_status(folder->session, health, !folder->scanning, message, folder->left_out > 0 ? "exclude" : NULL);
}

static void folder_destroy(Folder *folder);

// Edits that came while the scan ran are newer than what it saw.
static void put_open_documents(Folder *folder) {
  Session *session = folder->session;
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    const Document *document = entry->value.pointer;
    if (document->folder == folder && document->analysis)
      workspace_index_put(folder->index, document->analysis, NULL);
  }
}

static void publish_open_documents(Folder *folder) {
  Session *session = folder->session;
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    Document *document = entry->value.pointer;
    if (document->folder == folder)
      diagnostics_publish(session, document);
  }
}

static void refresh_lenses(const Session *session) {
  if (session->client.refreshes_lenses)
    rpc_peer_call_raw(session->peer, "workspace/codeLens/refresh", (StringView){0}, NULL, NULL, NULL);
}

// Tests that are not open change elsewhere; those that are open are saved here.
static void note_changed_test(Folder *folder, StringView absolute) {
  StringView path = string_view_slice(absolute, strlen(folder->path) + 1, absolute.length);
  const FileAnalysis *analysis = workspace_index_get(folder->index, path);
  StringView name = path_base_name(path);
  bool is_test = analysis ? analysis_is_test_file(analysis)
                          : string_view_starts_with(name, SV("test_")) || string_view_ends_with(name, SV("_test.py"));
  if (is_test || string_view_equal_text(name, "conftest.py"))
    evidence_note_saved_test(folder, path);
}

// A client that watches no files says only that there may be news: what a scan read anew tells which tests changed.
static void note_changed_tests(Folder *folder, const WorkspaceIndex *before) {
  Arena list = {0}, arena = {0};
  FileAnalysis **files = NULL;
  size_t count = workspace_index_files(folder->index, &list, &files);
  for (size_t i = 0; i < count; i++) {
    const FileAnalysis *old = workspace_index_get(before, analysis_path(files[i]));
    if (old == files[i] || (old && string_view_equal(analysis_text(old), analysis_text(files[i]))))
      continue;
    StringView absolute = arena_format(&arena, "%s/%.*s", folder->path, SV_ARGUMENTS(analysis_path(files[i])));
    if (absolute.data && !document_find_path(folder->session, absolute))
      note_changed_test(folder, absolute);
    arena_reset(&arena);
  }
  arena_finish(&arena);
  arena_finish(&list);
}

static void take_index(Folder *folder, ScanJob *scan) {
  const StringView *notes = scan->scan.notes.items;
  for (size_t i = 0; i < scan->scan.notes.count; i++)
    log_info("scan", "%.*s", SV_ARGUMENTS(notes[i]));
  bool is_first = !folder->is_indexed;
  WorkspaceIndex *before = folder->index;
  folder->index = scan->scan.index;
  scan->scan.index = NULL;
  if (!is_first)
    note_changed_tests(folder, before);
  workspace_index_destroy(before);
  folder->is_indexed = true;
  put_open_documents(folder);
  publish_open_documents(folder);
  diagnostics_publish_folder(folder);
  refresh_lenses(folder->session);
  if (is_first)
    folder_recall(folder);
}

static void scan_done(void *data) {
  ScanJob *scan = data;
  Folder *folder = scan->folder;
  folder->scanning = NULL;
  bool is_wanted = !folder->is_closed && !folder->session->is_exiting;
  if (is_wanted && scan->result == 0)
    take_index(folder, scan);
  else if (is_wanted && scan->result != ERROR_CANCELLED)
    session_show(folder->session, LSP_MESSAGE_ERROR, "TestGen cannot read %s: %s", folder->path, scan->problem.message);
  if (is_wanted && scan->result == 0)
    folder_tell_status(folder);
  else if (is_wanted)
    session_status(folder->session, "error", true, scan->problem.message, NULL);
  scan_finish(&scan->scan);
  arena_finish(&scan->arena);
  workspace_release(scan->workspace);
  free(scan);
  if (folder->is_closed) {
    folder_destroy(folder);
  } else if (folder->scan_again && is_wanted) {
    folder->scan_again = false;
    folder_scan(folder);
  }
}

void folder_scan(Folder *folder) {
  if (folder->scanning) {
    folder->scan_again = true;
    return;
  }
  ScanJob *scan = calloc(1, sizeof *scan);
  JobOptions options = {LANE_ANALYSIS, scan, scan_work, scan_done};
  Error problem = {0};
  if (!scan) {
    log_error("scan", "out of memory");
    return;
  }
  scan->folder = folder;
  scan->workspace = workspace_retain(folder->workspace);
  scan->result = ERROR_CANCELLED;  // until the work ran
  session_status(folder->session, "ok", false, "reading the workspace", NULL);
  if (job_start(folder->session->jobs, &options, &folder->scanning, &problem) < 0) {
    log_error("scan", "%s", problem.message);
    workspace_release(scan->workspace);
    free(scan);
  }
}

// ---- Opening and closing ----

static void folder_destroy(Folder *folder) {
  diagnostics_clear_folder(folder);
  workspace_index_destroy(folder->index);
  workspace_release(folder->workspace);
  map_finish(&folder->gap_digests);
  mutant_evidence_finish(folder);
  test_values_destroy(folder->values);
  arena_finish(&folder->gaps_arena);
  evidence_finish(&folder->evidence);
  free(folder->uri);
  free(folder->path);
  free(folder);
}

static Folder *folder_create(Session *session, StringView uri, StringView path, Error *ret_error) {
  Folder *folder = calloc(1, sizeof *folder);
  if (!folder) {
    error_set(ret_error, ERROR_NO_MEMORY, "out of memory");
    return NULL;
  }
  folder->session = session;
  folder->uri = strndup(uri.data, uri.length);
  folder->path = strndup(path.data, path.length);
  map_init(&folder->published);
  map_init(&folder->gap_digests);
  map_init(&folder->mutants);
  map_init(&folder->saved_tests);
  if (!folder->uri || !folder->path || workspace_create(path, &folder->workspace, ret_error) < 0 ||
      workspace_index_create(&folder->index, ret_error) < 0) {
    folder_destroy(folder);
    return NULL;
  }
  workspace_set_trusted(folder->workspace, session->is_trusted);
  return folder;
}

void folder_add(Session *session, StringView uri) {
  Arena arena = {0};
  StringView path;
  Error problem = {0};
  if (uri_to_path(uri, &arena, &path, &problem) == 0) {
    Folder *folder = folder_create(session, uri, path, &problem);
    if (folder && !vector_push_copy(&session->folders, &folder))
      folder_destroy(folder);
  }
  if (problem.code)
    log_warning("folder", "%.*s: %s", SV_ARGUMENTS(uri), problem.message);
  arena_finish(&arena);
}

static void adopt_documents(Session *session, const Folder *gone) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    Document *document = entry->value.pointer;
    if (gone && document->folder != gone)
      continue;
    StringView path = string_view_from(document->path);
    document->folder = folder_of_path(session, path);
    size_t skip = document->folder ? strlen(document->folder->path) + 1 : 0;
    document->relative = string_view_slice(path, skip, path.length);
    document_reanalyze(session, document);
  }
}

void folder_remove(Session *session, StringView uri) {
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    if (!string_view_equal_text(uri, folder->uri))
      continue;
    Folder **items = session->folders.data;
    memmove(&items[i], &items[i + 1], (session->folders.count - i - 1) * sizeof *items);
    vector_truncate(&session->folders, session->folders.count - 1);
    adopt_documents(session, folder);
    folder->is_closed = true;
    if (folder->scanning)
      job_cancel(folder->scanning);
    else
      folder_destroy(folder);
    return;
  }
}

void folders_open(Session *session, const LspInitializeParams *params) {
  const LspWorkspaceFolder *folders = params->workspace_folders.items;
  for (size_t i = 0; i < params->workspace_folders.count; i++)
    folder_add(session, folders[i].uri);
  if (params->workspace_folders.count > 0)
    return;
  Arena arena = {0};
  if (!string_view_is_absent(params->root_uri))
    folder_add(session, params->root_uri);
  else if (!string_view_is_absent(params->root_path))
    folder_add(session, uri_from_path(params->root_path, &arena));
  arena_finish(&arena);
}

void folders_close(Session *session) {
  for (size_t i = 0; i < session->folders.count; i++)
    folder_destroy(*(Folder **)vector_at(&session->folders, i));
  vector_finish(&session->folders);
}

void handle_did_change_workspace_folders(void *context, const void *params) {
  Session *session = context;
  const LspWorkspaceFoldersChangeEvent *event = &((const LspDidChangeWorkspaceFoldersParams *)params)->event;
  const LspWorkspaceFolder *removed = event->removed.items, *added = event->added.items;
  for (size_t i = 0; i < event->removed.count; i++)
    folder_remove(session, removed[i].uri);
  for (size_t i = 0; i < event->added.count; i++) {
    size_t before = session->folders.count;
    folder_add(session, added[i].uri);
    if (session->folders.count > before) {
      Folder *folder = *(Folder **)vector_at(&session->folders, before);
      folder_load_settings(folder);
      folder_scan(folder);
    }
  }
  adopt_documents(session, NULL);
}

void handle_did_change_watched_files(void *context, const void *params) {
  Session *session = context;
  const LspDidChangeWatchedFilesParams *change = params;
  const LspFileEvent *events = change->changes.items;
  for (size_t i = 0; i < change->changes.count; i++) {
    Arena arena = {0};
    StringView path;
    Folder *folder = uri_to_path(events[i].uri, &arena, &path, NULL) == 0 ? folder_around(session, path) : NULL;
    bool is_whole = folder && string_view_equal_text(path, folder->path);
    if (folder && !is_whole && !string_view_ends_with(path, SV(".py")))
      folder_load_settings(folder);
    else if (folder && folder->is_indexed)
      folder_scan(folder);
    if (folder && !is_whole && !document_find_path(session, path))
      note_changed_test(folder, path);
    arena_finish(&arena);
  }
}

void folder_publish(Folder *folder) {
  publish_open_documents(folder);
  if (folder->is_indexed)
    diagnostics_publish_folder(folder);
}

// ---- Gaps ----

static void note_digests(Folder *folder) {
  const FileGapReport *files = folder->gaps.files.items;
  Arena arena = {0};
  for (size_t i = 0; i < folder->gaps.files.count; i++) {
    StringView text;
    MapValue *slot = map_put(&folder->gap_digests, files[i].path, NULL);
    if (slot && workspace_read_source(folder->workspace, files[i].path, &arena, &text, NULL) == 0)
      slot->number = (int64_t)string_view_hash(text);
    arena_reset(&arena);
  }
  arena_finish(&arena);
}

// A deep copy by way of JSON: the tables know every member.
void folder_show_gaps(Folder *folder, const GapsReport *report) {
  Buffer text;
  JsonWriter writer;
  JsonValue value;
  buffer_init(&text, 64u << 20);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &gaps_report_type, report);
  map_clear(&folder->gap_digests);
  arena_finish(&folder->gaps_arena);
  folder->gaps = (GapsReport){0};
  if (text.failure == 0 && json_parse(buffer_view(&text), &folder->gaps_arena, &value, NULL) == 0 &&
      json_decode(&gaps_report_type, &value, &folder->gaps_arena, &folder->gaps, NULL) == 0)
    note_digests(folder);
  buffer_finish(&text);
  folder_publish(folder);
}

// ---- Mutants ----

void folder_show_mutants(Folder *folder, StringView path) {
  Session *session = folder->session;
  Arena arena = {0};
  if (string_view_is_absent(path)) {
    publish_open_documents(folder);
    if (folder->is_indexed)
      diagnostics_publish_folder(folder);
    refresh_lenses(session);
    return;
  }
  StringView absolute = arena_format(&arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  Document *document = absolute.data ? document_find_path(session, absolute) : NULL;
  session->diagnostics_version++;
  if (document)
    diagnostics_publish(session, document);
  int64_t now_ns = clock_monotonic_ns();
  if (document && session->client.pulls_diagnostics && now_ns - folder->refreshed_ns > REFRESH_NS) {
    folder->refreshed_ns = now_ns;
    diagnostics_ask_for_refresh(session);
  }
  arena_finish(&arena);
}

void folder_show_values(Folder *folder, const ValueReport *report) {
  test_values_destroy(folder->values);
  folder->values = test_values_create(report);
  folder_publish(folder);
}
