// What workspace.c and scan.c share.
#ifndef TESTGEN_SERVER_SERVICES_WORKSPACE_INTERNAL_H
#define TESTGEN_SERVER_SERVICES_WORKSPACE_INTERNAL_H

#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "server/base/files.h"
#include "server/services/workspace.h"

#include <pthread.h>
#include <stdatomic.h>

// The analysis of a file as it was at its stamp, under settings of a generation.
typedef struct CachedFile {
  char *path;
  FileStamp stamp;
  uint64_t generation;
  FileAnalysis *analysis;  // NULL: the file is left alone
  char *problem;           // then this says why
  Digest digest;
} CachedFile;

typedef struct Overlay {
  char *path;
  Snapshot *snapshot;
} Overlay;

struct Workspace {
  atomic_int references;
  StringView root;
  Arena arena;
  atomic_bool is_trusted;
  Spare *spare;
  pthread_mutex_t mutex;  // guards what follows; never held while anything is waited for
  SettingsSnapshot *settings;
  Map cache;                      // path to CachedFile
  Map overlays;                   // path to Overlay
  WorkspaceIndex *idle_index;     // of the last scan that ended, for the next one; NULL: none, or in use
  bool is_scanning;               // some scan reads files; the next one waits and then finds them in the cache
  pthread_cond_t scan_has_ended;  // with the mutex
  pthread_mutex_t store_mutex;  // guards what follows; held while the history is opened, which another process may hold
  Store *store;
  Store *empty_store;  // lent to readers while there is no database
  char store_notice[STORE_NOTICE_MAX];
};

void cached_file_destroy(CachedFile *file);
void overlay_destroy(Overlay *overlay);

// Retained, or NULL when no document is open there.
Snapshot *workspace_overlay_of(Workspace *workspace, StringView path);

#endif
