#include "server/base/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static StringView without_trailing_slashes(StringView path) {
  while (path.length > 1 && path.data[path.length - 1] == '/') {
    path.length--;
  }
  return path;
}

// Index of the last '/', or `path.length` when there is none.
static size_t last_slash(StringView path) {
  for (size_t index = path.length; index > 0; index--) {
    if (path.data[index - 1] == '/') {
      return index - 1;
    }
  }
  return path.length;
}

StringView path_join(Arena *arena, StringView folder, StringView name) {
  if (folder.length == 0 || string_view_starts_with(name, SV("/"))) {
    return arena_copy(arena, name);
  }
  const char *separator = folder.data[folder.length - 1] == '/' ? "" : "/";
  return arena_format(arena, "%.*s%s%.*s", SV_ARGUMENTS(folder), separator, SV_ARGUMENTS(name));
}

// Takes the last segment off `text[0, length)`; returns the new length.
static size_t drop_segment(const char *text, size_t length, size_t root) {
  while (length > root && text[length - 1] != '/') {
    length--;
  }
  return length > root ? length - 1 : length;
}

static bool ends_with_parent(const char *text, size_t length, size_t root) {
  size_t start = length;
  while (start > root && text[start - 1] != '/') {
    start--;
  }
  return length - start == 2 && memcmp(text + start, "..", 2) == 0;
}

static size_t append_segment(char *text, size_t length, size_t root, StringView segment) {
  if (length > root) {
    text[length++] = '/';
  }
  memcpy(text + length, segment.data, segment.length);
  return length + segment.length;
}

StringView path_normalize(Arena *arena, StringView path) {
  char *text = arena_allocate(arena, path.length + 2);
  if (!text) {
    return (StringView){0};
  }
  size_t root = string_view_starts_with(path, SV("/")) ? 1 : 0;
  memcpy(text, "/", root);
  size_t length = root;
  StringView rest = path, segment;
  while (string_view_next(&rest, '/', &segment)) {
    if (segment.length == 0 || string_view_equal(segment, SV("."))) {
      continue;
    }
    if (!string_view_equal(segment, SV(".."))) {
      length = append_segment(text, length, root, segment);
    } else if (length > root && !ends_with_parent(text, length, root)) {
      length = drop_segment(text, length, root);
    } else if (root == 0) {
      length = append_segment(text, length, root, segment);
    }
  }
  if (length == 0) {
    text[length++] = '.';
  }
  return (StringView){text, length};
}

bool path_is_inside(StringView folder, StringView path) {
  if (string_view_equal(folder, SV("."))) {
    return !string_view_starts_with(path, SV("/")) && !string_view_equal(path, SV("..")) &&
           !string_view_starts_with(path, SV("../"));
  }
  if (!string_view_starts_with(path, folder)) {
    return false;
  }
  return path.length == folder.length || string_view_ends_with(folder, SV("/")) || path.data[folder.length] == '/';
}

StringView path_relative(Arena *arena, StringView folder, StringView path) {
  StringView base = path_normalize(arena, folder);
  StringView full = path_normalize(arena, path);
  if (!base.data || !full.data || !path_is_inside(base, full)) {
    return full.data && base.data ? arena_copy(arena, path) : (StringView){0};
  }
  if (string_view_equal(base, SV("."))) {
    return full;
  }
  StringView rest = string_view_slice(full, base.length, full.length);
  if (string_view_starts_with(rest, SV("/"))) {
    rest = string_view_slice(rest, 1, rest.length);
  }
  return rest.length > 0 ? rest : SV(".");
}

StringView path_base_name(StringView path) {
  path = without_trailing_slashes(path);
  size_t slash = last_slash(path);
  return slash == path.length || path.length == 1 ? path : string_view_slice(path, slash + 1, path.length);
}

StringView path_directory(StringView path) {
  path = without_trailing_slashes(path);
  size_t slash = last_slash(path);
  if (slash == path.length) {
    return SV(".");
  }
  return without_trailing_slashes(string_view_slice(path, 0, slash > 0 ? slash : 1));
}

int path_real(const char *path, Arena *arena, StringView *ret_path, Error *ret_error) {
  char *resolved = realpath(path, NULL);
  if (!resolved) {
    return error_set_errno(ret_error, errno, "%s: cannot be resolved", path);
  }
  StringView copy = arena_copy(arena, string_view_from(resolved));
  free(resolved);
  if (!copy.data) {
    return error_set(ret_error, ERROR_NO_MEMORY, "%s: no memory for its path", path);
  }
  *ret_path = copy;
  return 0;
}
