// A workspace as the services see it: its folder, its settings, its history, and the analyses of its files, shared by
// all faces. Reads of files are cached by their stamp; unsaved documents take the place of what lies on disk.
#ifndef TESTGEN_SERVER_SERVICES_WORKSPACE_H
#define TESTGEN_SERVER_SERVICES_WORKSPACE_H

#include "protocol/testgen/reports.h"
#include "protocol/testgen/settings.h"
#include "server/analyzer/measures.h"
#include "server/analyzer/workspace_index.h"
#include "server/base/cancel.h"
#include "server/base/hash.h"
#include "server/runner/spare.h"
#include "server/store/store.h"

typedef struct Workspace Workspace;

// Settings of one moment, immutable, reference-counted.
typedef struct SettingsSnapshot {
  Settings settings;
  AnalyzerOptions analyzer;  // with pytest's own configuration of the workspace in it
  Arena arena;               // what both borrow from
  atomic_int references;
  uint64_t generation;  // of the settings: cached analyses of another generation are not used
} SettingsSnapshot;

typedef void (*WorkspaceNotice)(void *user, int severity, StringView path, uint32_t offset, const char *message);

// `root` is an absolute path. Nothing is read yet but the path itself.
int workspace_create(StringView root, Workspace **ret_workspace, Error *ret_error);
Workspace *workspace_retain(Workspace *workspace);
void workspace_release(Workspace *workspace);

StringView workspace_root(const Workspace *workspace);

// Reads testgen.json and pytest's configuration, puts the given layers over them, the last one on top (NULL items are
// skipped), and makes the result current. Problems go to `notice` with the file and place (path absent: a layer).
int workspace_load_settings(Workspace *workspace, const JsonValue *const *layers, size_t layer_count,
                            WorkspaceNotice notice, void *user, Error *ret_error);
SettingsSnapshot *workspace_settings(Workspace *workspace);  // retained: release it
void settings_release(SettingsSnapshot *settings);

// For a copy of another workspace: its settings, with these two in their place. They borrow from `from`, which must not
// go away meanwhile.
int workspace_borrow_settings(Workspace *workspace, const SettingsSnapshot *from, StringView interpreter,
                              StringView database, Error *ret_error);

void workspace_set_trusted(Workspace *workspace, bool is_trusted);
bool workspace_is_trusted(const Workspace *workspace);

// Kept between runs in the background. It lives as long as the workspace.
Spare *workspace_spare_harness(const Workspace *workspace);

// The history, opened on first use. A failure leaves the rest working, and the next call tries again.
int workspace_store(Workspace *workspace, Store **ret_store, Error *ret_error);

// Whether a history was written here, and where it is or would be (absent when memory is exhausted). Where it cannot be
// told, opening it will say why.
bool workspace_has_store(Workspace *workspace, Arena *arena, StringView *ret_path);

// As workspace_store, for a caller that only reads: where there is no history yet, an empty one is lent and no file is
// made.
int workspace_store_to_read(Workspace *workspace, Store **ret_store, Error *ret_error);

// What opening the history had to say (a damaged file set aside), once; false when there is nothing.
bool workspace_take_store_notice(Workspace *workspace, char ret_notice[STORE_NOTICE_MAX]);

// An open document takes the place of the file (retains the snapshot); NULL ends that.
void workspace_overlay(Workspace *workspace, StringView path, Snapshot *snapshot);

// ---- Reading and analysing files ----

typedef struct ScannedFile {
  StringView path;         // relative
  FileAnalysis *analysis;  // retained by the scan
  Snapshot *snapshot;      // likewise; NULL unless asked for
  Digest digest;
} ScannedFile;

typedef struct Scan {
  ScannedFile *files;  // by path
  size_t count;
  WorkspaceIndex *index;   // of all files
  JsonArray notes;         // StringView: files left alone and why
  StringView *note_paths;  // what each note is about; absent: all files
  uint64_t lines;
  Workspace *workspace;  // borrowed: where the index goes back to
} Scan;

typedef struct ScanOptions {
  const CancelToken *cancel;
  void (*progress)(void *user, size_t done, size_t total);  // from any thread; may be NULL
  void *user;
  bool without_index;
} ScanOptions;

// Analyses every source file of the workspace, with all cores, from the cache where files did not change.
int workspace_scan(Workspace *workspace, const ScanOptions *options, Arena *arena, Scan *ret_scan, Error *ret_error);
void scan_finish(Scan *scan);
const ScannedFile *scan_find(const Scan *scan, StringView path);

// Reads one file through overlay and decoding (a `coding:` line, a byte order mark): the text as UTF-8, in the arena.
int workspace_read_source(Workspace *workspace, StringView path, Arena *arena, StringView *ret_text, Error *ret_error);

// Whether the file on disk has the text that `workspace_read_source` gives: false only for an open document.
bool workspace_is_saved(Workspace *workspace, StringView path);

#endif
