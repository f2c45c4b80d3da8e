#include "server/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int create_one(const char *path, Error *ret_error) {
  if (mkdir(path, 0777) == 0) {
    return 0;
  }
  int failure = errno;
  struct stat status;
  if (failure == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
    return 0;
  }
  return error_set_errno(ret_error, failure, "%s: the folder cannot be made", path);
}

int directory_create_all(const char *path, Error *ret_error) {
  Arena arena;
  arena_init(&arena);
  char *copy = arena_terminated(&arena, string_view_from(path));
  int code = copy ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory to make the folder", path);
  for (char *slash = copy; code == 0 && slash; *slash++ = '/') {
    slash = strchr(slash + (slash == copy), '/');
    if (!slash) {
      break;
    }
    *slash = '\0';
    code = create_one(copy, ret_error);
  }
  if (code == 0) {
    code = create_one(path, ret_error);
  }
  arena_finish(&arena);
  return code;
}

int directory_check_writable(const char *path, Error *ret_error) {
  char folder[PATH_MAX];
  struct stat status;
  if (snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder)
    return error_set(ret_error, ERROR_IO, "%s: the path is too long", path);
  while (stat(folder, &status) < 0 && errno == ENOENT) {
    char *slash = strrchr(folder, '/');
    if (!slash)
      strcpy(folder, ".");
    else
      slash[slash == folder] = '\0';
  }
  if (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode))
    return error_set_errno(ret_error, ENOTDIR, "%s", folder);
  if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
    return error_set_errno(ret_error, errno, "%s cannot be written", folder);
  return 0;
}

// A folder that its owner may not enter or change is made writable on the way down, or nothing below it could go.
static int remove_entry(const FTSENT *entry, Error *ret_error) {
  switch (entry->fts_info) {
  case FTS_D:
    if ((entry->fts_statp->st_mode & 0700) != 0700) {
      chmod(entry->fts_accpath, 0700);
    }
    return 0;
  case FTS_DNR:
  case FTS_ERR: return error_set_errno(ret_error, entry->fts_errno, "%s: cannot be removed", entry->fts_path);
  case FTS_DP:
    if (rmdir(entry->fts_accpath) != 0 && errno != ENOENT) {
      return error_set_errno(ret_error, errno, "%s: the folder cannot be removed", entry->fts_path);
    }
    return 0;
  default:
    if (unlink(entry->fts_accpath) != 0 && errno != ENOENT) {
      return error_set_errno(ret_error, errno, "%s: cannot be removed", entry->fts_path);
    }
    return 0;
  }
}

static int remove_tree(FTS *tree, const char *path, Error *ret_error) {
  FTSENT *entry;
  while ((entry = fts_read(tree))) {
    int code = remove_entry(entry, ret_error);
    if (code != 0) {
      return code;
    }
  }
  return errno == 0 ? 0 : error_set_errno(ret_error, errno, "%s: cannot be removed", path);
}

int directory_remove_all(const char *path, Error *ret_error) {
  struct stat status;
  if (lstat(path, &status) != 0) {
    return errno == ENOENT ? 0 : error_set_errno(ret_error, errno, "%s: cannot be removed", path);
  }
  char *roots[] = {(char *)path, NULL};  // fts(3) does not change what it is given
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (!tree) {
    return error_set_errno(ret_error, errno, "%s: cannot be removed", path);
  }
  int code = remove_tree(tree, path, ret_error);
  fts_close(tree);
  return code;
}
