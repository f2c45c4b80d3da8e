// Files that are not open: their diagnostics, and pushing them to a client that does not pull.
#include "protocol/lsp/uri.h"
#include "server/editor/diagnostics_internal.h"
#include "server/editor/gap_findings.h"
#include "server/editor/mutant_findings.h"
#include "server/editor/value_findings.h"
#include "server/services/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSED_FINDINGS_MAX 100000u  // of a folder
#define MESSAGE_BYTES 512u

static StringView closed_uri(const Folder *folder, StringView path, Arena *arena) {
  StringView absolute = arena_format(arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  return absolute.data ? uri_from_path(absolute, arena) : absolute;
}

bool diagnostics_is_open(const Folder *folder, StringView path, Arena *arena) {
  StringView absolute = arena_format(arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  return absolute.data && document_find_path(folder->session, absolute);
}

// ---- What is shown of them ----

static bool find(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                 Vector *findings) {
  StringView path = analysis_path(analysis);
  bool is_found = findings_of_file(folder->index, analysis, settings, arena, findings) == 0 &&
                  gap_findings(folder, path, analysis_text(analysis), analysis_lines(analysis), arena, findings) == 0 &&
                  evidence_findings(&folder->evidence, analysis, arena, findings) == 0 &&
                  mutant_findings(folder, analysis, settings, arena, findings) == 0 &&
                  value_findings(folder, analysis, arena, findings) == 0;
  findings_drop_unwanted(settings, analysis, findings);
  return is_found;
}

static void spend(ClosedBudget *budget, DiagnosticSet *set, size_t found) {
  if (budget->shown + set->count <= CLOSED_FINDINGS_MAX) {
    budget->shown += set->count;
    return;
  }
  budget->left_out += found;
  set->count = 0;
}

bool diagnostics_of_closed(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                           ClosedBudget *budget, ClosedSet *ret_set) {
  DiagnosticSet set = {
      .session = folder->session,
      .folder = folder,
      .uri = closed_uri(folder, analysis_path(analysis), arena),
      .text = analysis_text(analysis),
      .lines = analysis_lines(analysis),
      .settings = settings,
      .arena = arena,
  };
  Vector findings;
  vector_init(&findings, sizeof(Finding), FINDINGS_MAX);
  *ret_set = (ClosedSet){.uri = set.uri};
  buffer_init(&ret_set->items, MESSAGE_MAX_BYTES);
  bool is_built =
      set.uri.data && find(folder, analysis, settings, arena, &findings) && diagnostics_build_set(&set, &findings);
  if (is_built)
    spend(budget, &set, findings.count);
  ret_set->is_empty = set.count == 0;
  vector_finish(&findings);
  return is_built && diagnostics_encode(&set, &ret_set->items, &ret_set->hash);
}

void closed_set_finish(ClosedSet *set) {
  buffer_finish(&set->items);
}

void diagnostics_tell_left_out(Folder *folder, const ClosedBudget *budget) {
  Session *session = folder->session;
  bool is_news = (folder->left_out > 0) != (budget->left_out > 0);
  folder->left_out = budget->left_out;
  if (!is_news)
    return;
  folder_tell_status(folder);
  if (budget->left_out > 0 && !session->client.wants_status) {
    char message[MESSAGE_BYTES];
    folder_left_out_message(folder, message, sizeof message);
    session_show(session, LSP_MESSAGE_WARNING, "TestGen: %s", message);
  }
}

// ---- Pushing them ----

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

static void publish_closed(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                           ClosedBudget *budget) {
  StringView path = analysis_path(analysis);
  ClosedSet set;
  bool is_built = diagnostics_of_closed(folder, analysis, settings, arena, budget, &set);
  const MapValue *before = map_get(&folder->published, path);
  bool is_news = before ? ((const PublishedFile *)before->pointer)->hash != set.hash : !set.is_empty;
  if (is_built && is_news) {
    diagnostics_push(folder->session, set.uri, (OptionalInteger){0}, buffer_view(&set.items));
    note_published(folder, path, set.hash);
  }
  closed_set_finish(&set);
}

// Files that had diagnostics and are gone.
static void clear_vanished(Folder *folder, Arena *arena) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&folder->published, &cursor); entry; entry = map_next(&folder->published, &cursor)) {
    PublishedFile *file = entry->value.pointer;
    if (file->hash != 0 && !workspace_index_get(folder->index, entry->key)) {
      diagnostics_push(folder->session, closed_uri(folder, entry->key, arena), (OptionalInteger){0}, SV("[]"));
      file->hash = 0;
    }
  }
}

void diagnostics_publish_folder(Folder *folder) {
  Session *session = folder->session;
  session->diagnostics_version++;
  if (session->client.pulls_diagnostics) {
    diagnostics_ask_for_refresh(session);
    return;
  }
  Arena list = {0}, arena = {0};
  FileAnalysis **files = NULL;
  ClosedBudget budget = {0};
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  size_t count = workspace_index_files(folder->index, &list, &files);
  for (size_t i = 0; i < count; i++) {
    if (!diagnostics_is_open(folder, analysis_path(files[i]), &arena))
      publish_closed(folder, files[i], &settings->settings, &arena, &budget);
    arena_reset(&arena);
  }
  clear_vanished(folder, &arena);
  settings_release(settings);
  arena_finish(&arena);
  arena_finish(&list);
  diagnostics_tell_left_out(folder, &budget);
}

void diagnostics_clear_folder(Folder *folder) {
  folder->session->diagnostics_version++;
  Arena arena = {0};
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&folder->published, &cursor); entry; entry = map_next(&folder->published, &cursor)) {
    PublishedFile *file = entry->value.pointer;
    if (file->hash != 0 && !folder->session->is_exiting)
      diagnostics_push(folder->session, closed_uri(folder, entry->key, &arena), (OptionalInteger){0}, SV("[]"));
    free(file->path);
    free(file);
  }
  map_finish(&folder->published);
  arena_finish(&arena);
}
