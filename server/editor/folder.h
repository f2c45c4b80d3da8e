// Workspace folders: settings, and the live index of each, built in the background and kept up to date by edits.
#ifndef TESTGEN_SERVER_EDITOR_FOLDER_H
#define TESTGEN_SERVER_EDITOR_FOLDER_H

#include "server/editor/evidence_findings.h"
#include "server/editor/session.h"

typedef struct TestValues TestValues;  // value_findings.h

struct Folder {
  Session *session;
  char *uri;   // the client's spelling
  char *path;  // absolute
  Workspace *workspace;
  WorkspaceIndex *index;  // of everything once the first scan is done; of open documents before
  bool is_indexed;
  Job *scanning;       // a scan runs; NULL: none
  bool scan_again;     // something changed meanwhile
  bool is_closed;      // removed while its scan runs: frees itself at the end of it
  size_t left_out;     // findings of files that are not open: too many for an editor
  Map published;       // relative path to PublishedFile: closed files with diagnostics at the client
  Arena gaps_arena;    // holds `gaps`
  GapsReport gaps;     // of the last "show coverage gaps"; no files: none
  Map gap_digests;     // relative path to hash of the text the gaps speak of
  TestValues *values;  // of the last "show what tests are worth"; NULL: none
  FolderEvidence evidence;
  Map mutants;      // relative path to FileEvidence: see mutant_evidence.h
  Map saved_tests;  // relative path to the number of its last save
  Arena saved_tests_arena;
  uint64_t test_saves;    // how often tests were saved
  int64_t refreshed_ns;   // when the client was last asked to pull, while mutants are judged
  uint64_t told_problem;  // hash of the last problem of mutation on save that was shown
};

void folders_open(Session *session, const LspInitializeParams *params);
void folder_add(Session *session, StringView uri);
void folder_remove(Session *session, StringView uri);
void folders_close(Session *session);

// The innermost folder that holds the path, NULL when none does.
Folder *folder_of_path(Session *session, StringView absolute_path);
Folder *folder_around(Session *session, StringView absolute_path);          // likewise, or that is at the path itself
Folder *folder_of_workspace(Session *session, const Workspace *workspace);  // NULL when it is not open any more
Folder *folder_first(Session *session);                                     // NULL when none is open

// Reads the settings again and analyses everything anew where they changed.
void folder_load_settings(Folder *folder);
void folder_pull_settings(Session *session);  // asks the client, where it can be asked
void folder_scan(Folder *folder);             // in the background; also after a file changed on disk

// Tells clients that want to know how the folder is: read, being read, or with more findings than are shown.
void folder_tell_status(Folder *folder);
void folder_left_out_message(const Folder *folder, char *message, size_t size);

void folder_publish(Folder *folder);  // the diagnostics of all its files, where they changed

// Replaces the coverage gaps that are shown. The report is copied.
void folder_show_gaps(Folder *folder, const GapsReport *report);
// Likewise what tests are worth, when everything was judged.
void folder_show_values(Folder *folder, const ValueReport *report);

// What is known of mutants has changed: of a file while a run goes on; at its end of all (path absent).
void folder_show_mutants(Folder *folder, StringView path);

#endif
