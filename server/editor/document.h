// Open documents: their text as the client has it, version by version.
#ifndef TESTGEN_SERVER_EDITOR_DOCUMENT_H
#define TESTGEN_SERVER_EDITOR_DOCUMENT_H

#include "server/editor/session.h"

typedef enum DocumentKind { DOCUMENT_SOURCE, DOCUMENT_SPEC, DOCUMENT_OTHER, DOCUMENT_KIND_COUNT } DocumentKind;

struct Document {
  char *uri;            // the client's spelling
  char *path;           // absolute, decoded
  StringView relative;  // below the folder; borrowed from `path`
  Folder *folder;       // NULL: outside every folder; then nothing but its own text is known of it
  DocumentKind kind;
  int64_t version;
  Snapshot *snapshot;      // DOCUMENT_SOURCE; NULL: left alone (too large), or still being opened
  FileAnalysis *analysis;  // of the snapshot
  Buffer text;             // of the other kinds, and of a source while it is being opened
  LineIndex lines;         // of `text`
  Job *opening;            // the first parse of a large file runs; edits go to `text` meanwhile
  bool is_left_alone;      // beyond the limits, said once
  bool is_out_of_step;     // an edit could not be applied: what we have is not what the client has
  uint64_t published;      // hash of the diagnostics that were published last
  bool was_published;
  Map opened;  // the functions as they were when the document was opened: see mutate_on_save.c
  Arena opened_arena;
  bool has_opened;
};

Document *document_find(Session *session, StringView uri);  // NULL when it is not open
Document *document_find_path(Session *session, StringView absolute_path);

// The URI of a file of a folder, by the client's own spelling where it is open. Absent: out of memory.
StringView document_uri_in(Session *session, const Folder *folder, StringView path, Arena *arena);

StringView document_text(const Document *document);
const LineIndex *document_lines(const Document *document);
Range document_range(const Session *session, const Document *document, Span span);
uint32_t document_offset(const Session *session, const Document *document, Position position);

// Analyses the current text again with the folder's settings of now, and publishes.
void document_reanalyze(Session *session, Document *document);
void documents_reanalyze(Session *session, const Folder *folder);  // all open ones of a folder

void documents_close(Session *session);

#endif
