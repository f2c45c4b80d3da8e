#include "protocol/memory/vector.h"
#include "server/base/files.h"
#include "server/base/ignore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 100000  // unless the options say otherwise
#define FOLDERS_MAX 1000000
#define IGNORE_TEXT_MAX (1u << 20)  // bytes of a .gitignore file

// Folders that never hold the workspace's own sources. Hidden folders are left out by their first character.
static const char *const skipped_folders[] = {"__pycache__", "node_modules"};

typedef struct WalkFolder {
  StringView path;  // relative to the root; empty: the root
  const IgnoreFile *ignore;
} WalkFolder;

typedef struct Walk {
  const WalkOptions *options;
  Arena *arena;
  int root;  // descriptor
  const char *root_path;
  Vector folders;     // WalkFolder: still to be read. A list, not recursion: depth costs neither stack nor descriptors
  Vector entries;     // WalkEntry
  Vector unreadable;  // StringView
  Vector special;     // StringView
  bool is_truncated;
} Walk;

static int no_memory(const Walk *walk, Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory to list the folder", walk->root_path);
}

static bool is_excluded(const Walk *walk, StringView path) {
  for (size_t index = 0; index < walk->options->exclude_count; index++) {
    if (path_matches_glob(path, walk->options->exclude[index])) {
      return true;
    }
  }
  return false;
}

static bool has_wanted_suffix(const Walk *walk, StringView name) {
  for (size_t index = 0; index < walk->options->suffix_count; index++) {
    if (string_view_ends_with(name, walk->options->suffixes[index])) {
      return true;
    }
  }
  return walk->options->suffix_count == 0;
}

static bool is_skipped_folder(const char *name) {
  for (size_t index = 0; index < sizeof skipped_folders / sizeof *skipped_folders; index++) {
    if (strcmp(name, skipped_folders[index]) == 0) {
      return true;
    }
  }
  return name[0] == '.';
}

static int add_folder(Walk *walk, const WalkFolder *parent, StringView path, Error *ret_error) {
  if (is_excluded(walk, path) || ignore_matches(parent->ignore, path, true)) {
    return 0;
  }
  WalkFolder folder = {path, parent->ignore};
  return vector_push_copy(&walk->folders, &folder) ? 0 : no_memory(walk, ret_error);
}

static int add_file(Walk *walk, const WalkFolder *parent, StringView path, const struct stat *status,
                    Error *ret_error) {
  if (is_excluded(walk, path) || ignore_matches(parent->ignore, path, false)) {
    return 0;
  }
  if (walk->entries.count == walk->entries.maximum) {
    walk->is_truncated = true;
    return 0;
  }
  WalkEntry entry = {
      .path = path,
      .stamp = {.modified_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec,
                .size = status->st_size,
                .inode = status->st_ino},
  };
  return vector_push_copy(&walk->entries, &entry) ? 0 : no_memory(walk, ret_error);
}

static int add_special(Walk *walk, const WalkFolder *parent, StringView path, Error *ret_error) {
  if (is_excluded(walk, path) || ignore_matches(parent->ignore, path, false)) {
    return 0;
  }
  return vector_push_copy(&walk->special, &path) ? 0 : no_memory(walk, ret_error);
}

// What cannot be stat'ed is no file of ours: a dangling link, or one that vanished since the folder was read.
static int visit_name(Walk *walk, const WalkFolder *parent, int descriptor, const struct dirent *item,
                      Error *ret_error) {
  StringView name = string_view_from(item->d_name);
  bool may_be_file = item->d_type != DT_DIR && has_wanted_suffix(walk, name);
  bool may_be_folder = (item->d_type == DT_DIR || item->d_type == DT_UNKNOWN) && !is_skipped_folder(item->d_name);
  if (!may_be_file && !may_be_folder) {
    return 0;
  }
  struct stat status = {0};
  bool is_folder = item->d_type == DT_DIR;
  if (item->d_type != DT_DIR) {
    if (fstatat(descriptor, item->d_name, &status, 0) != 0) {
      return 0;
    }
    // Behind a symbolic link only a file counts: its type is not DT_UNKNOWN on any file system that has links.
    is_folder = item->d_type == DT_UNKNOWN && S_ISDIR(status.st_mode);
  }
  if (!is_folder && (!may_be_file || S_ISDIR(status.st_mode))) {
    return 0;
  }
  StringView path =
      parent->path.length > 0 ? path_join(walk->arena, parent->path, name) : arena_copy(walk->arena, name);
  if (!path.data) {
    return no_memory(walk, ret_error);
  }
  if (!is_folder && !S_ISREG(status.st_mode)) {
    return add_special(walk, parent, path, ret_error);
  }
  return is_folder ? add_folder(walk, parent, path, ret_error) : add_file(walk, parent, path, &status, ret_error);
}

// Adds the rules of the folder's own .gitignore to those above. One that cannot be read excludes nothing.
static int read_ignore_file(Walk *walk, WalkFolder *folder, Error *ret_error) {
  StringView below = path_join(walk->arena, folder->path, SV(".gitignore"));
  StringView full = path_join(walk->arena, string_view_from(walk->root_path), below);
  if (!full.data) {
    return no_memory(walk, ret_error);
  }
  StringView text;
  int code = file_read(full.data, IGNORE_TEXT_MAX, walk->arena, &text, NULL);
  if (code == ERROR_NO_MEMORY) {
    return no_memory(walk, ret_error);
  }
  if (code != 0) {
    return 0;
  }
  folder->ignore = ignore_parse(text, folder->path, folder->ignore, walk->arena);
  return folder->ignore ? 0 : no_memory(walk, ret_error);
}

static int read_folder(Walk *walk, WalkFolder *folder, DIR *stream, Error *ret_error) {
  int descriptor = dirfd(stream);
  if (folder->path.length > 0 && faccessat(descriptor, "pyvenv.cfg", F_OK, 0) == 0) {
    return 0;  // a virtual environment
  }
  if (faccessat(descriptor, ".gitignore", F_OK, 0) == 0) {
    int code = read_ignore_file(walk, folder, ret_error);
    if (code != 0) {
      return code;
    }
  }
  struct dirent *item;
  while (!walk->is_truncated && (item = readdir(stream))) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) {
      continue;
    }
    int code = visit_name(walk, folder, descriptor, item, ret_error);
    if (code != 0) {
      return code;
    }
  }
  return 0;
}

static int visit_folder(Walk *walk, WalkFolder *folder, Error *ret_error) {
  const char *name = folder->path.length > 0 ? folder->path.data : ".";
  int descriptor = openat(walk->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
  if (!stream) {
    if (descriptor >= 0) {
      close(descriptor);
    }
    return vector_push_copy(&walk->unreadable, &folder->path) ? 0 : no_memory(walk, ret_error);
  }
  int code = read_folder(walk, folder, stream, ret_error);
  closedir(stream);
  return code;
}

static int visit_all(Walk *walk, Error *ret_error) {
  WalkFolder root = {.path = SV("")};
  int code = visit_folder(walk, &root, ret_error);
  while (code == 0 && walk->folders.count > 0 && !walk->is_truncated) {
    if (cancel_token_is_cancelled(walk->options->cancel)) {
      return error_set(ret_error, ERROR_CANCELLED, "%s: listing the folder was cancelled", walk->root_path);
    }
    WalkFolder folder = *(WalkFolder *)vector_at(&walk->folders, walk->folders.count - 1);
    vector_truncate(&walk->folders, walk->folders.count - 1);
    code = visit_folder(walk, &folder, ret_error);
  }
  return code;
}

static int compare_entries(const void *left, const void *right) {
  return string_view_compare(((const WalkEntry *)left)->path, ((const WalkEntry *)right)->path);
}

static int compare_paths(const void *left, const void *right) {
  return string_view_compare(*(const StringView *)left, *(const StringView *)right);
}

static int make_result(Walk *walk, WalkResult *ret_result, Error *ret_error) {
  vector_sort(&walk->entries, compare_entries);
  vector_sort(&walk->unreadable, compare_paths);
  vector_sort(&walk->special, compare_paths);
  WalkResult result = {.is_truncated = walk->is_truncated};
  result.entries = vector_to_arena(&walk->entries, walk->arena, &result.count);
  result.unreadable = vector_to_arena(&walk->unreadable, walk->arena, &result.unreadable_count);
  result.special = vector_to_arena(&walk->special, walk->arena, &result.special_count);
  if ((!result.entries && walk->entries.count > 0) || (!result.unreadable && walk->unreadable.count > 0) ||
      (!result.special && walk->special.count > 0)) {
    return no_memory(walk, ret_error);
  }
  *ret_result = result;
  return 0;
}

int directory_walk(const char *root, const WalkOptions *options, Arena *arena, WalkResult *ret_result,
                   Error *ret_error) {
  Walk walk = {.options = options, .arena = arena, .root_path = root};
  walk.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (walk.root < 0) {
    return error_set_errno(ret_error, errno, "%s: the folder cannot be opened", root);
  }
  vector_init(&walk.folders, sizeof(WalkFolder), FOLDERS_MAX);
  vector_init(&walk.entries, sizeof(WalkEntry), options->maximum > 0 ? options->maximum : FILES_MAX);
  vector_init(&walk.unreadable, sizeof(StringView), FOLDERS_MAX);
  vector_init(&walk.special, sizeof(StringView), options->maximum > 0 ? options->maximum : FILES_MAX);
  int code = visit_all(&walk, ret_error);
  if (code == 0) {
    code = make_result(&walk, ret_result, ret_error);
  }
  vector_finish(&walk.special);
  vector_finish(&walk.unreadable);
  vector_finish(&walk.entries);
  vector_finish(&walk.folders);
  close(walk.root);
  return code;
}
