#include "server/editor/document.h"

#include "protocol/lsp/uri.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/editor/diagnostics.h"
#include "server/editor/folder.h"
#include "server/editor/mutate_on_save.h"
#include "server/generator/spec.h"

#include <stdlib.h>
#include <string.h>

#define PARSE_INLINE_MAX 131072u  // bytes; the first parse of a larger text is a job
#define TEXT_MAX (64u << 20)      // bytes of a document that is kept at all

// ---- Finding ----

Document *document_find_path(Session *session, StringView absolute_path) {
  const MapValue *slot = map_get(&session->documents, absolute_path);
  return slot ? slot->pointer : NULL;
}

StringView document_uri_in(Session *session, const Folder *folder, StringView path, Arena *arena) {
  StringView absolute = arena_format(arena, "%s/%.*s", folder->path, SV_ARGUMENTS(path));
  if (!absolute.data)
    return absolute;
  const Document *document = document_find_path(session, absolute);
  return document ? string_view_from(document->uri) : uri_from_path(absolute, arena);
}

Document *document_find(Session *session, StringView uri) {
  Arena arena = {0};
  StringView path;
  Document *document = NULL;
  if (uri_to_path(uri, &arena, &path, NULL) == 0)
    document = document_find_path(session, path);
  arena_finish(&arena);
  return document;
}

StringView document_text(const Document *document) {
  return document->snapshot ? snapshot_text(document->snapshot) : buffer_view(&document->text);
}

const LineIndex *document_lines(const Document *document) {
  return document->snapshot ? snapshot_lines(document->snapshot) : &document->lines;
}

Range document_range(const Session *session, const Document *document, Span span) {
  return range_from_offsets(document_lines(document), document_text(document), session->client.encoding, span.start,
                            span.end);
}

uint32_t document_offset(const Session *session, const Document *document, Position position) {
  return position_to_offset(document_lines(document), document_text(document), session->client.encoding, position,
                            NULL);
}

// ---- Analysis ----

static void analyze(Session *session, Document *document, const FileAnalysis *previous) {
  AnalyzerOptions options = {0};
  SettingsSnapshot *settings = document->folder ? workspace_settings(document->folder->workspace) : NULL;
  FileAnalysis *fresh = NULL;
  Error problem = {0};
  if (settings)
    options = settings->analyzer;
  if (analysis_create(document->relative, document->snapshot, &options, previous, &fresh, &problem) < 0) {
    log_error("document", "%s: %s", document->path, problem.message);
  } else {
    analysis_release(document->analysis);
    document->analysis = fresh;
    if (document->folder && document->folder->index &&
        workspace_index_put(document->folder->index, fresh, &problem) < 0)
      log_error("document", "%s: %s", document->path, problem.message);
  }
  settings_release(settings);
  (void)session;
}

// The snapshot is new: derive, tell the services, publish.
static void refresh(Session *session, Document *document) {
  if (document->kind == DOCUMENT_SOURCE && document->snapshot) {
    analyze(session, document, document->analysis);
    if (document->folder)
      workspace_overlay(document->folder->workspace, document->relative, document->snapshot);
    mutate_note_opened(document);
  }
  diagnostics_publish(session, document);
  diagnostics_publish_affected(session, document);
}

void document_reanalyze(Session *session, Document *document) {
  if (document->kind == DOCUMENT_SOURCE && document->snapshot)
    analyze(session, document, NULL);
  diagnostics_publish(session, document);
}

void documents_reanalyze(Session *session, const Folder *folder) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    Document *document = entry->value.pointer;
    if (document->folder == folder)
      document_reanalyze(session, document);
  }
}

// ---- Text ----

static void leave_alone(Session *session, Document *document, const char *why) {
  if (!document->is_left_alone)
    session_show(session, LSP_MESSAGE_INFO, "TestGen leaves %s alone: %s", document->path, why);
  document->is_left_alone = true;
}

static int set_plain_text(Document *document, StringView text, Error *ret_error) {
  LineIndex lines = {0};
  buffer_clear(&document->text);
  buffer_append(&document->text, text);
  int result = buffer_check(&document->text, ret_error, "a document");
  if (result == 0)
    result = line_index_init(&lines, buffer_view(&document->text), ret_error);
  if (result < 0)
    return result;
  line_index_finish(&document->lines);
  document->lines = lines;
  return 0;
}

static void drop_snapshot(Document *document) {
  snapshot_release(document->snapshot);
  analysis_release(document->analysis);
  document->snapshot = NULL;
  document->analysis = NULL;
}

// The parse of a large text, off the loop.
typedef struct OpenJob {
  Session *session;
  char *path;
  StringView text;
  Arena arena;
  Snapshot *snapshot;
  Error problem;
} OpenJob;

static void open_work(void *data, Job *job) {
  (void)job;
  OpenJob *open = data;
  SyntaxParser *parser = NULL;
  if (syntax_parser_create(language_at(0), &parser, &open->problem) == 0)
    snapshot_create(parser, open->text, &open->snapshot, &open->problem);
  syntax_parser_destroy(parser);
}

static void start_parse(Session *session, Document *document);

static void open_done(void *data) {
  OpenJob *open = data;
  Document *document = document_find_path(open->session, string_view_from(open->path));
  bool is_ours = document && document->opening;
  if (is_ours)
    document->opening = NULL;
  if (is_ours && open->snapshot && string_view_equal(snapshot_text(open->snapshot), buffer_view(&document->text))) {
    document->snapshot = snapshot_retain(open->snapshot);
    buffer_finish(&document->text);
    buffer_init(&document->text, TEXT_MAX);
    refresh(open->session, document);
  } else if (is_ours && open->snapshot && !open->session->is_exiting) {
    start_parse(open->session, document);  // edited meanwhile: once more
  } else if (is_ours && open->problem.code == ERROR_LIMIT) {
    leave_alone(open->session, document, open->problem.message);
  }
  snapshot_release(open->snapshot);
  arena_finish(&open->arena);
  free(open->path);
  free(open);
}

static void start_parse(Session *session, Document *document) {
  OpenJob *open = calloc(1, sizeof *open);
  JobOptions options = {LANE_ANALYSIS, open, open_work, open_done};
  Error problem = {0};
  int result = open ? 0 : error_set(&problem, ERROR_NO_MEMORY, "out of memory");
  if (result == 0) {
    open->session = session;
    open->path = strdup(document->path);
    open->text = arena_copy(&open->arena, buffer_view(&document->text));
    result = open->path && open->text.data ? job_start(session->jobs, &options, &document->opening, &problem)
                                           : error_set(&problem, ERROR_NO_MEMORY, "out of memory");
  }
  if (result == 0)
    return;
  log_error("document", "%s: %s", document->path, problem.message);
  if (open) {
    arena_finish(&open->arena);
    free(open->path);
    free(open);
  }
}

static void set_text(Session *session, Document *document, StringView text) {
  Error problem = {0};
  int result = 0;
  document->is_out_of_step = false;
  if (document->kind == DOCUMENT_SOURCE && text.length <= PARSE_INLINE_MAX && !document->opening) {
    Snapshot *snapshot = NULL;
    result = snapshot_create(session->parser, text, &snapshot, &problem);
    if (result == 0) {
      snapshot_release(document->snapshot);
      document->snapshot = snapshot;
      return;
    }
  }
  drop_snapshot(document);
  if (result == ERROR_LIMIT || text.length > SNAPSHOT_TEXT_MAX)
    leave_alone(session, document, result == ERROR_LIMIT ? problem.message : "the file is larger than 4 MB");
  result = set_plain_text(document, text, &problem);
  if (result < 0)
    log_error("document", "%s: %s", document->path, problem.message);
  else if (document->kind == DOCUMENT_SOURCE && !document->opening && !document->is_left_alone)
    start_parse(session, document);
}

// ---- Edits ----

static void mark_out_of_step(Session *session, Document *document, const char *why) {
  if (!document->is_out_of_step)
    session_show(session, LSP_MESSAGE_WARNING,
                 "TestGen lost track of %s (%s); it shows nothing for it until the file is opened again",
                 document->path, why);
  document->is_out_of_step = true;
  drop_snapshot(document);
  diagnostics_publish(session, document);
}

static int edit_plain_text(Document *document, uint32_t start, uint32_t end, StringView replacement, Error *ret_error) {
  StringView old = buffer_view(&document->text);
  Buffer fresh;
  LineIndex lines;
  buffer_init(&fresh, TEXT_MAX);
  buffer_append(&fresh, string_view_slice(old, 0, start));
  buffer_append(&fresh, replacement);
  buffer_append(&fresh, string_view_slice(old, end, old.length));
  int result = buffer_check(&fresh, ret_error, "a document");
  if (result == 0)
    result = line_index_edit(&document->lines, buffer_view(&fresh), start, end, start + (uint32_t)replacement.length,
                             &lines, ret_error);
  if (result < 0) {
    buffer_finish(&fresh);
    return result;
  }
  buffer_finish(&document->text);
  line_index_finish(&document->lines);
  document->text = fresh;
  document->lines = lines;
  return 0;
}

static int edit_snapshot(Session *session, Document *document, uint32_t start, uint32_t end, StringView replacement,
                         Error *ret_error) {
  Snapshot *fresh = NULL;
  int result = snapshot_edit(session->parser, document->snapshot, start, end, replacement, &fresh, ret_error);
  if (result < 0)
    return result;
  snapshot_release(document->snapshot);
  document->snapshot = fresh;
  return 0;
}

// Positions outside the document are clamped, as the specification says of columns; only an inverted range is
// impossible.
static int apply_range(Session *session, Document *document, const LspTextDocumentContentChangeEvent *change,
                       Error *ret_error) {
  uint32_t start = document_offset(session, document, change->range->start);
  uint32_t end = document_offset(session, document, change->range->end);
  if (position_compare(change->range->start, change->range->end) > 0 || start > end)
    return error_set(ret_error, ERROR_PROTOCOL, "an edit ends before it begins");
  if (document->snapshot)
    return edit_snapshot(session, document, start, end, change->text, ret_error);
  return edit_plain_text(document, start, end, change->text, ret_error);
}

static int apply_change(Session *session, Document *document, const LspTextDocumentContentChangeEvent *change) {
  Error problem = {0};
  if (!change->range) {
    set_text(session, document, change->text);
    return 0;
  }
  if (document->is_out_of_step)
    return ERROR_PROTOCOL;
  int result = apply_range(session, document, change, &problem);
  if (result == ERROR_LIMIT) {
    leave_alone(session, document, problem.message);
    drop_snapshot(document);
  }
  if (result < 0)
    mark_out_of_step(session, document, problem.message);
  return result;
}

// ---- Handlers ----

static DocumentKind kind_of(StringView path, StringView language) {
  if (spec_is_spec_path(path))
    return DOCUMENT_SPEC;
  const Language *known = language_by_identifier(language);
  return known || language_by_path(path) ? DOCUMENT_SOURCE : DOCUMENT_OTHER;
}

static void document_destroy(Document *document) {
  if (!document)
    return;
  drop_snapshot(document);
  buffer_finish(&document->text);
  line_index_finish(&document->lines);
  map_finish(&document->opened);
  arena_finish(&document->opened_arena);
  free(document->uri);
  free(document->path);
  free(document);
}

static Document *document_create(Session *session, StringView path, const LspTextDocumentItem *item) {
  Document *document = calloc(1, sizeof *document);
  if (!document)
    return NULL;
  document->uri = strndup(item->uri.data, item->uri.length);
  document->path = strndup(path.data, path.length);
  buffer_init(&document->text, TEXT_MAX);
  if (!document->uri || !document->path) {
    document_destroy(document);
    return NULL;
  }
  document->folder = folder_of_path(session, path);
  document->relative = string_view_from(document->path);
  if (document->folder)
    document->relative = string_view_slice(document->relative, strlen(document->folder->path) + 1, path.length);
  document->kind = kind_of(document->relative, item->language_id);
  return document;
}

static void remove_document(Session *session, Document *document) {
  map_remove(&session->documents, string_view_from(document->path));
  if (document->folder && document->kind == DOCUMENT_SOURCE)
    workspace_overlay(document->folder->workspace, document->relative, NULL);
  document_destroy(document);
}

void handle_did_open(void *context, const void *params) {
  Session *session = context;
  const LspTextDocumentItem *item = &((const LspDidOpenTextDocumentParams *)params)->text_document;
  Arena arena = {0};
  StringView path;
  if (uri_to_path(item->uri, &arena, &path, NULL) == 0) {  // other schemes are none of our business
    Document *open = document_find_path(session, path);
    if (open)
      remove_document(session, open);
    Document *document = document_create(session, path, item);
    MapValue *slot = document ? map_put(&session->documents, string_view_from(document->path), NULL) : NULL;
    if (slot) {
      slot->pointer = document;
      document->version = item->version;
      set_text(session, document, item->text);
      refresh(session, document);
    } else {
      document_destroy(document);
      log_error("document", "out of memory while opening %.*s", SV_ARGUMENTS(path));
    }
  }
  arena_finish(&arena);
}

void handle_did_change(void *context, const void *params) {
  Session *session = context;
  const LspDidChangeTextDocumentParams *change = params;
  const LspTextDocumentContentChangeEvent *changes = change->content_changes.items;
  Document *document = document_find(session, change->text_document.uri);
  if (!document) {
    log_warning("document", "a change of %.*s, which is not open, was dropped",
                SV_ARGUMENTS(change->text_document.uri));
    return;
  }
  for (size_t i = 0; i < change->content_changes.count; i++)
    if (apply_change(session, document, &changes[i]) < 0)
      break;
  document->version = change->text_document.version;
  if (!document->is_out_of_step)
    refresh(session, document);
}

void handle_did_save(void *context, const void *params) {
  Session *session = context;
  const LspDidSaveTextDocumentParams *save = params;
  Document *document = document_find(session, save->text_document.uri);
  if (document && document->folder && document->kind == DOCUMENT_OTHER)
    folder_load_settings(document->folder);  // testgen.json and pytest's files may be open as plain documents
  else if (document)
    mutate_saved(session, document);
}

void handle_did_close(void *context, const void *params) {
  Session *session = context;
  const LspDidCloseTextDocumentParams *close = params;
  Document *document = document_find(session, close->text_document.uri);
  if (!document)
    return;
  Folder *folder = document->folder;
  diagnostics_clear(session, document);
  remove_document(session, document);
  if (folder)
    folder_scan(folder);  // the file on disk counts again
}

void documents_close(Session *session) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry; entry = map_next(&session->documents, &cursor))
    document_destroy(entry->value.pointer);
  map_finish(&session->documents);
}
