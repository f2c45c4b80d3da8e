#include "server/base/install.h"

#include "server/base/files.h"

#include <limits.h>
#include <unistd.h>

StringView install_path(Arena *arena, const char *relative) {
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0)
    return (StringView){0};
  StringView folder = path_directory((StringView){program, (size_t)length});
  StringView joined = arena_format(arena, "%.*s/../share/testgen/%s", SV_ARGUMENTS(folder), relative);
  return joined.data ? path_normalize(arena, joined) : joined;
}
