#include "server/base/clock.h"
#include "server/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYMBOLIC_LINKS_MAX 40  // as Linux itself allows (path_resolution(7))

static FileStamp stamp_of(const struct stat *status) {
  return (FileStamp){
      .modified_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec,
      .size = status->st_size,
      .inode = status->st_ino,
  };
}

int file_stamp(const char *path, FileStamp *ret_stamp, Error *ret_error) {
  struct stat status;
  if (stat(path, &status) != 0) {
    return error_set_errno(ret_error, errno, "%s: cannot be looked at", path);
  }
  *ret_stamp = stamp_of(&status);
  return 0;
}

// ---- Reading ----

// O_NONBLOCK: opening a pipe must not wait for a writer.
static int open_regular(const char *path, struct stat *ret_status, int *ret_descriptor, Error *ret_error) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    return error_set_errno(ret_error, errno, "%s: cannot be opened", path);
  }
  if (fstat(descriptor, ret_status) != 0) {
    int code = error_set_errno(ret_error, errno, "%s: cannot be looked at", path);
    close(descriptor);
    return code;
  }
  if (!S_ISREG(ret_status->st_mode)) {
    close(descriptor);
    return error_set(ret_error, ERROR_IO, "%s: is not a regular file", path);
  }
  *ret_descriptor = descriptor;
  return 0;
}

// Reads up to `size` bytes; fewer only at the end of the file.
static int read_up_to(int descriptor, char *data, size_t size, const char *path, size_t *ret_length, Error *ret_error) {
  size_t length = 0;
  while (length < size) {
    ssize_t count = read(descriptor, data + length, size - length);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return error_set_errno(ret_error, errno, "%s: cannot be read", path);
    }
    if (count == 0) {
      break;
    }
    length += (size_t)count;
  }
  *ret_length = length;
  return 0;
}

// The size is only a hint: a file may grow meanwhile, and those of /proc have none. So one byte more is asked for, and
// as long as that byte arrives the room is doubled.
static int read_whole(int descriptor, size_t hint, size_t maximum, const char *path, Arena *arena, StringView *ret_text,
                      Error *ret_error) {
  char *data = NULL;
  size_t length = 0;
  size_t room = (hint < maximum ? hint : maximum) + 1;
  for (;;) {
    char *larger = arena_allocate(arena, room + 1);
    if (!larger) {
      return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory for its %zu bytes", path, room);
    }
    if (length > 0) {
      memcpy(larger, data, length);
    }
    data = larger;
    size_t count = 0;
    int code = read_up_to(descriptor, data + length, room - length, path, &count, ret_error);
    if (code != 0) {
      return code;
    }
    length += count;
    if (length < room) {
      *ret_text = (StringView){data, length};
      return 0;
    }
    if (length > maximum) {
      return error_set(ret_error, ERROR_LIMIT, "%s: is larger than %zu bytes, the most that is read", path, maximum);
    }
    room = room * 2 < maximum + 1 ? room * 2 : maximum + 1;
  }
}

int file_read(const char *path, size_t maximum, Arena *arena, StringView *ret_text, Error *ret_error) {
  struct stat status;
  int descriptor = -1;
  int code = open_regular(path, &status, &descriptor, ret_error);
  if (code != 0) {
    return code;
  }
  if (status.st_size > 0 && (uint64_t)status.st_size > maximum) {
    code = error_set(ret_error, ERROR_LIMIT, "%s: has %lld bytes, more than the %zu that are read", path,
                     (long long)status.st_size, maximum);
  } else {
    code = read_whole(descriptor, (size_t)status.st_size, maximum, path, arena, ret_text, ret_error);
  }
  close(descriptor);
  return code;
}

// ---- Atomic writing ----

// The file that `path` stands for: symbolic links are followed, also to a file that does not exist yet.
static int resolve_links(const char *path, Arena *arena, const char **ret_path, Error *ret_error) {
  const char *current = path;
  for (int hop = 0; hop < SYMBOLIC_LINKS_MAX; hop++) {
    char target[4096];
    ssize_t length = readlink(current, target, sizeof target);
    if (length < 0) {
      *ret_path = current;
      return 0;
    }
    StringView link = {target, (size_t)length};
    StringView joined = path_join(arena, path_directory(string_view_from(current)), link);
    current = joined.data ? arena_terminated(arena, joined) : NULL;
    if (!current) {
      return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory to follow the symbolic link", path);
    }
  }
  return error_set_errno(ret_error, ELOOP, "%s: cannot be written", path);
}

// A new file beside the target, in the same file system, which rename(2) needs. Its name is hidden and says whose it
// is.
static int create_beside(const char *path, Arena *arena, const char **ret_name, int *ret_descriptor, Error *ret_error) {
  StringView folder = path_directory(string_view_from(path));
  for (int attempt = 0; attempt < 100; attempt++) {
    StringView name = arena_format(arena, "%.*s/.testgen-%ld-%llx-%d.tmp", SV_ARGUMENTS(folder), (long)getpid(),
                                   (unsigned long long)clock_monotonic_ns(), attempt);
    if (!name.data) {
      return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory to write it", path);
    }
    int descriptor = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor >= 0) {
      *ret_name = name.data;
      *ret_descriptor = descriptor;
      return 0;
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return error_set_errno(ret_error, errno, "%s: cannot be written", path);
}

static int write_all(int descriptor, StringView text) {
  size_t written = 0;
  while (written < text.length) {
    ssize_t count = write(descriptor, text.data + written, text.length - written);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return errno;
    }
    written += (size_t)count;
  }
  return 0;
}

// Returns 0 or an errno. `mode` is -1 for a new file, whose mode the umask already gave.
static int fill_and_close(int descriptor, StringView text, int mode) {
  int failure = write_all(descriptor, text);
  if (failure == 0 && mode >= 0 && fchmod(descriptor, (mode_t)mode) != 0) {
    failure = errno;
  }
  if (failure == 0 && fsync(descriptor) != 0) {
    failure = errno;
  }
  if (close(descriptor) != 0 && failure == 0) {
    failure = errno;
  }
  return failure;
}

// Makes the new name itself durable. Some file systems cannot sync folders (EINVAL), which is then nothing to do.
static int sync_directory(const char *path, Arena *arena) {
  const char *folder = arena_terminated(arena, path_directory(string_view_from(path)));
  int descriptor = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (descriptor < 0) {
    return folder ? 0 : ENOMEM;  // a folder may be writable and not readable
  }
  int failure = fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
  close(descriptor);
  return failure;
}

static int mode_of_target(const char *path, int *ret_mode, Error *ret_error) {
  struct stat status;
  if (stat(path, &status) != 0) {
    *ret_mode = -1;  // whatever is wrong with the folder shows when the new file is made
    return 0;
  }
  if (!S_ISREG(status.st_mode)) {
    return error_set(ret_error, ERROR_IO, "%s: is not a regular file, so it is not replaced", path);
  }
  *ret_mode = (int)(status.st_mode & 07777);
  return 0;
}

static int replace_file(const char *path, StringView text, int mode, Arena *arena, Error *ret_error) {
  const char *temporary = NULL;
  int descriptor = -1;
  int code = create_beside(path, arena, &temporary, &descriptor, ret_error);
  if (code != 0) {
    return code;
  }
  int failure = fill_and_close(descriptor, text, mode);
  if (failure == 0 && rename(temporary, path) != 0) {
    failure = errno;
  }
  if (failure != 0) {
    unlink(temporary);
    return error_set_errno(ret_error, failure, "%s: cannot be written; it is as it was", path);
  }
  failure = sync_directory(path, arena);
  return failure == 0 ? 0
                      : error_set_errno(ret_error, failure, "%s: was written, but its folder cannot be synced", path);
}

int file_write_atomic(const char *path, StringView text, Error *ret_error) {
  Arena arena;
  arena_init(&arena);
  const char *target = NULL;
  int mode = -1;
  int code = resolve_links(path, &arena, &target, ret_error);
  if (code == 0) {
    code = mode_of_target(target, &mode, ret_error);
  }
  if (code == 0) {
    code = replace_file(target, text, mode, &arena, ret_error);
  }
  arena_finish(&arena);
  return code;
}
