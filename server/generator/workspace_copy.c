// Copies a workspace for the sandbox. Other than directory_walk this keeps what .gitignore names, because generated
// sources (_version.py) are imported as well.
#include "server/base/files.h"
#include "server/generator/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES_MAX (1ll << 30)
#define COPY_FILES_MAX 100000
#define COPY_FILE_MAX (64ll << 20)  // larger files are data that unit tests of functions rarely need
#define COPY_DEPTH_MAX 64

typedef struct Copy {
  const CancelToken *cancel;
  Arena *arena;
  int64_t bytes;
  int64_t files;
  Error *ret_error;
} Copy;

static const char *const left_out[] = {
    ".git",  ".hg",         ".svn",        ".tox",          ".nox",        ".testgen",    "node_modules",
    ".idea", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__", ".hypothesis", NULL,
};

static bool is_left_out(const char *name) {
  for (size_t index = 0; left_out[index]; index++)
    if (strcmp(name, left_out[index]) == 0)
      return true;
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_bytes(Copy *copy, int source, int target, int64_t size, const char *path) {
  while (size > 0) {
    if (cancel_token_is_cancelled(copy->cancel))
      return error_set(copy->ret_error, ERROR_CANCELLED, "the generation was cancelled");
    ssize_t moved = sendfile(target, source, NULL, (size_t)(size > (1 << 20) ? 1 << 20 : size));
    if (moved < 0)
      return error_set_errno(copy->ret_error, errno, "%s cannot be copied", path);
    if (moved == 0)
      return 0;  // the file became shorter meanwhile
    size -= moved;
  }
  return 0;
}

static int copy_file(Copy *copy, const char *from, const char *to, const struct stat *status) {
  copy->files++;
  copy->bytes += status->st_size;
  if (copy->files > COPY_FILES_MAX || copy->bytes > COPY_BYTES_MAX)
    return error_set(copy->ret_error, ERROR_LIMIT,
                     "the workspace is too large to be copied for the sandbox (%d files, 1 GiB at most): open a folder "
                     "inside it",
                     COPY_FILES_MAX);
  int source = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (source < 0)
    return errno == EACCES || errno == ENOENT ? 0 : error_set_errno(copy->ret_error, errno, "%s", from);
  int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (status->st_mode & 0777) | S_IWUSR | S_IRUSR);
  int result = target < 0 ? error_set_errno(copy->ret_error, errno, "%s", to)
                          : copy_bytes(copy, source, target, status->st_size, from);
  if (target >= 0)
    close(target);
  close(source);
  return result;
}

static int copy_link(Copy *copy, const char *from, const char *to) {
  char target[4096];
  ssize_t length = readlink(from, target, sizeof target - 1);
  if (length < 0)
    return 0;  // it went away meanwhile
  target[length] = '\0';
  if (symlink(target, to) != 0)
    return error_set_errno(copy->ret_error, errno, "%s cannot be copied", from);
  return 0;
}

static int copy_folder(Copy *copy, const char *from, const char *to, int depth);

static int copy_entry(Copy *copy, const char *from, const char *to, int depth) {
  struct stat status;
  if (cancel_token_is_cancelled(copy->cancel))
    return error_set(copy->ret_error, ERROR_CANCELLED, "the generation was cancelled");
  if (lstat(from, &status) != 0)
    return 0;  // it went away meanwhile
  if (S_ISLNK(status.st_mode))
    return copy_link(copy, from, to);
  if (S_ISREG(status.st_mode))
    return status.st_size <= COPY_FILE_MAX ? copy_file(copy, from, to, &status) : 0;
  return S_ISDIR(status.st_mode) && depth < COPY_DEPTH_MAX ? copy_folder(copy, from, to, depth + 1) : 0;
}

static bool is_environment(const char *folder, Arena *arena) {
  StringView marker = path_join(arena, string_view_from(folder), SV("pyvenv.cfg"));
  return marker.data && access(marker.data, F_OK) == 0;
}

static int copy_entries(Copy *copy, DIR *folder, const char *from, const char *to, int depth) {
  int result = 0;
  for (struct dirent *entry = readdir(folder); entry && result == 0; entry = readdir(folder)) {
    if (is_left_out(entry->d_name))
      continue;
    StringView source = path_join(copy->arena, string_view_from(from), string_view_from(entry->d_name));
    StringView target = path_join(copy->arena, string_view_from(to), string_view_from(entry->d_name));
    result = source.data && target.data ? copy_entry(copy, source.data, target.data, depth)
                                        : error_set(copy->ret_error, ERROR_NO_MEMORY, "out of memory");
  }
  return result;
}

static int copy_folder(Copy *copy, const char *from, const char *to, int depth) {
  if (depth > 0 && is_environment(from, copy->arena))
    return 0;
  DIR *folder = opendir(from);
  if (!folder)
    return depth > 0 ? 0 : error_set_errno(copy->ret_error, errno, "%s", from);
  int result = mkdir(to, 0700) != 0 && errno != EEXIST ? error_set_errno(copy->ret_error, errno, "%s", to) : 0;
  if (result == 0)
    result = copy_entries(copy, folder, from, to, depth);
  closedir(folder);
  return result;
}

int workspace_copy(StringView from, StringView to, const CancelToken *cancel, Arena *arena, Error *ret_error) {
  Arena working = {0};
  Copy copy = {.cancel = cancel, .arena = &working, .ret_error = ret_error};
  const char *source = arena_terminated(arena, from), *target = arena_terminated(arena, to);
  int result =
      source && target ? copy_folder(&copy, source, target, 0) : error_set(ret_error, ERROR_NO_MEMORY, "out of memory");
  arena_finish(&working);
  return result;
}
