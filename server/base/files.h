// Files and folders: whole reads with a limit, atomic writes, paths, and walking a workspace.
#ifndef TESTGEN_SERVER_BASE_FILES_H
#define TESTGEN_SERVER_BASE_FILES_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"
#include "server/base/cancel.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct FileStamp {
  int64_t modified_ns;
  int64_t size;
  uint64_t inode;
} FileStamp;

// Reads a regular file of at most `maximum` bytes. Failures: NOT_FOUND, LIMIT, IO (also for a folder, pipe or device).
int file_read(const char *path, size_t maximum, Arena *arena, StringView *ret_text, Error *ret_error);
int file_stamp(const char *path, FileStamp *ret_stamp, Error *ret_error);

// Writes a new file beside the target, syncs and renames it, so that readers see the old text or the new, never a part.
// Keeps the mode of an existing target; follows a symbolic link to it.
int file_write_atomic(const char *path, StringView text, Error *ret_error);

int directory_create_all(const char *path, Error *ret_error);  // like mkdir -p, mode 0777 & ~umask
// Whether files could be made in a folder, also one that directory_create_all would have to make first. 0, or IO that
// names the folder in the way. Makes nothing.
int directory_check_writable(const char *path, Error *ret_error);
int directory_remove_all(const char *path,
                         Error *ret_error);  // like rm -r; never follows symbolic links; a missing one is fine

// Paths are byte strings with '/' as separator. Results live in the arena.
StringView path_join(Arena *arena, StringView folder, StringView name);  // an absolute name replaces the folder
StringView path_normalize(Arena *arena, StringView path);  // removes "." "..", doubled separators; no file access
StringView path_relative(Arena *arena, StringView folder, StringView path);  // `path` itself when it is not inside
StringView path_base_name(StringView path);
StringView path_directory(StringView path);               // "." when there is none
bool path_is_inside(StringView folder, StringView path);  // both normalized; a folder is inside itself
int path_real(const char *path, Arena *arena, StringView *ret_path, Error *ret_error);

// Glob: `*` and `?` within one segment, `**` across segments, `[a-z]`, `{a,b}`. A pattern without '/' matches base
// names.
bool path_matches_glob(StringView path, StringView pattern);

typedef struct WalkEntry {
  StringView path;  // relative to the root, '/' separated
  FileStamp stamp;
} WalkEntry;

typedef struct WalkOptions {
  const StringView *exclude;  // globs, matched against relative paths of folders and files
  size_t exclude_count;
  const StringView *suffixes;  // only files that end in one of these; none: all
  size_t suffix_count;
  size_t maximum;             // files; 0: 100,000. More: the walk stops and says so
  const CancelToken *cancel;  // may be NULL
} WalkOptions;

typedef struct WalkResult {
  WalkEntry *entries;  // sorted by path, bytewise
  size_t count;
  bool is_truncated;       // the maximum was reached
  StringView *unreadable;  // relative folders that could not be opened
  size_t unreadable_count;
  StringView *special;  // relative paths that have a wanted suffix and are pipes, sockets or devices
  size_t special_count;
} WalkResult;

// Every regular file below `root`. Hidden folders, `__pycache__`, `node_modules`, virtual environments (a folder with
// `pyvenv.cfg`) and what .gitignore files exclude are left out; symbolic links to folders are not followed.
int directory_walk(const char *root, const WalkOptions *options, Arena *arena, WalkResult *ret_result,
                   Error *ret_error);

#endif
