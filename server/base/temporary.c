#include "server/base/temporary.h"

#include "server/base/files.h"
#include "server/base/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX_LENGTH 6  // of mkdtemp

static StringView place(void) {
  const char *folder = getenv("TMPDIR");
  return string_view_from(folder && *folder ? folder : "/tmp");
}

static void remove_logged(const char *path) {
  Error problem = {0};
  if (directory_remove_all(path, &problem) != 0)
    log_warning("temporary", "%s", problem.message);
}

// ---- Sweeping ----

static bool is_of_kind(const char *name, const char *kind) {
  static const char prefix[] = "testgen-";
  size_t kind_length = strlen(kind);
  if (strncmp(name, prefix, sizeof prefix - 1) != 0)
    return false;
  const char *rest = name + sizeof prefix - 1;
  if (strncmp(rest, kind, kind_length) != 0 || rest[kind_length] != '-')
    return false;
  const char *suffix = rest + kind_length + 1;
  size_t length = 0;
  while (isalnum((unsigned char)suffix[length]))
    length++;
  return length == SUFFIX_LENGTH && suffix[length] == '\0';
}

// Ours by user and age. Whether somebody still holds it is known only with the lock.
static bool may_be_left_behind(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && status.st_uid == geteuid() &&
         time(NULL) - status.st_mtime > TEMPORARY_AGE_MIN;
}

static void sweep_one(int parent, const char *name, const char *path) {
  int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0)
    return;  // gone, no folder, or not ours to read
  if (may_be_left_behind(descriptor) && flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    log_info("temporary", "%s: removed, its owner was killed", path);
    remove_logged(path);
  }
  close(descriptor);
}

static void sweep(const char *kind) {
  Arena arena = {0};
  char *folder_name = arena_terminated(&arena, place());
  DIR *folder = folder_name ? opendir(folder_name) : NULL;
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (!is_of_kind(entry->d_name, kind))
      continue;
    StringView path = path_join(&arena, place(), string_view_from(entry->d_name));
    if (path.data)
      sweep_one(dirfd(folder), entry->d_name, path.data);
  }
  if (folder)
    closedir(folder);
  arena_finish(&arena);
}

// ---- One folder ----

int temporary_folder_open(const char *kind, Arena *arena, TemporaryFolder *ret_folder, Error *ret_error) {
  sweep(kind);
  StringView pattern = arena_format(arena, "%.*s/testgen-%s-XXXXXX", SV_ARGUMENTS(place()), kind);
  if (!pattern.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for a temporary folder");
  if (!mkdtemp((char *)pattern.data))  // fills the X's of the copy in the arena
    return error_set_errno(ret_error, errno, "%s: the temporary folder cannot be made", pattern.data);
  int lock = open(pattern.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
    int code = error_set_errno(ret_error, errno, "%s: the temporary folder cannot be locked", pattern.data);
    if (lock >= 0)
      close(lock);
    remove_logged(pattern.data);
    return code;
  }
  StringView real;
  int result = path_real(pattern.data, arena, &real, ret_error);
  *ret_folder = (TemporaryFolder){result == 0 ? real : pattern, lock};
  if (result < 0)
    temporary_folder_close(ret_folder);
  return result;
}

void temporary_folder_close(TemporaryFolder *folder) {
  if (!folder->path.data)
    return;
  remove_logged(folder->path.data);
  close(folder->lock);
  *folder = (TemporaryFolder){0};
}
