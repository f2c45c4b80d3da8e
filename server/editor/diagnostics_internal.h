// What the files of the diagnostics share: a set of them, encoded, of a document or of a file that is not open.
#ifndef TESTGEN_SERVER_EDITOR_DIAGNOSTICS_INTERNAL_H
#define TESTGEN_SERVER_EDITOR_DIAGNOSTICS_INTERNAL_H

#include "server/editor/diagnostics.h"

#define FINDINGS_MAX 200000u           // of one file
#define MESSAGE_MAX_BYTES (32u << 20)  // of one publication

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

// The diagnostics of the findings, at most as many as the settings say and one that says how many more there are.
bool diagnostics_build_set(DiagnosticSet *set, const Vector *findings);

// The items as a JSON array, and its hash.
bool diagnostics_encode(const DiagnosticSet *set, Buffer *ret_json, uint64_t *ret_hash);

// Both for a document.
bool diagnostics_of_document(Session *session, const Document *document, Arena *arena, Buffer *ret_json,
                             uint64_t *ret_hash);

void diagnostics_push(Session *session, StringView uri, OptionalInteger version, StringView items);

// ---- Files that are not open ----

// How much of a folder is shown: editors do not take any number of diagnostics.
typedef struct ClosedBudget {
  size_t shown;
  size_t left_out;
} ClosedBudget;

typedef struct ClosedSet {
  StringView uri;
  Buffer items;
  uint64_t hash;
  bool is_empty;
} ClosedSet;

// The diagnostics of a file that is not open; none once the budget is used up. False when memory or a maximum ran out.
bool diagnostics_of_closed(Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                           ClosedBudget *budget, ClosedSet *ret_set);
void closed_set_finish(ClosedSet *set);

bool diagnostics_is_open(const Folder *folder, StringView path, Arena *arena);

// Tells the user what the budget left out, when it is news.
void diagnostics_tell_left_out(Folder *folder, const ClosedBudget *budget);

#endif
