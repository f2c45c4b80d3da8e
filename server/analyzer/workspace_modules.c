// Which file a module's name means. Source: the Python reference, "The import system" (packages, relative imports).

#include "server/analyzer/workspace_internal.h"

#include "server/base/files.h"

#include <stdio.h>
#include <stdlib.h>

#define MODULE_MAX 512  // bytes of a dotted name

// "src/pkg/mod.py" -> "src.pkg.mod"; a package's __init__ is the package.
static bool module_of_path(StringView path, char *module, size_t *ret_length) {
  StringView stem = path;
  if (string_view_ends_with(stem, SV(".py"))) {
    stem = string_view_slice(stem, 0, stem.length - 3);
  }
  if (string_view_ends_with(stem, SV("/__init__"))) {
    stem = string_view_slice(stem, 0, stem.length - SV("/__init__").length);
  }
  if (stem.length == 0 || stem.length >= MODULE_MAX) {
    return false;
  }
  for (size_t i = 0; i < stem.length; i++) {
    module[i] = stem.data[i] == '/' ? '.' : stem.data[i];
  }
  *ret_length = stem.length;
  return true;
}

static bool put_module(WorkspaceIndex *index, StringView name, IndexedFile *file) {
  StringView key = arena_copy(&index->modules_arena, name);
  bool is_new = false;
  MapValue *value = key.data ? map_put(&index->modules, key, &is_new) : NULL;
  if (value && is_new) {
    value->pointer = file;
  }
  return value != NULL;
}

// Roots are the workspace, its src and lib folders, and every folder that holds a test or a configuration: a file is
// known by each tail of its path, and the shorter a path the sooner it is taken.
static bool add_file(WorkspaceIndex *index, IndexedFile *file) {
  char module[MODULE_MAX];
  size_t length = 0;
  if (!module_of_path(analysis_path(file->analysis), module, &length)) {
    return true;
  }
  StringView name = {module, length};
  while (name.length > 0) {
    if (!put_module(index, name, file)) {
      return false;
    }
    size_t dot = string_view_find_byte(name, '.');
    name = string_view_slice(name, dot + 1, name.length);
  }
  return true;
}

static int compare_depth(const void *left, const void *right) {
  StringView a = analysis_path((*(IndexedFile *const *)left)->analysis);
  StringView b = analysis_path((*(IndexedFile *const *)right)->analysis);
  if (a.length != b.length) {
    return a.length < b.length ? -1 : 1;
  }
  return string_view_compare(a, b);
}

bool modules_refresh(WorkspaceIndex *index) {
  if (!index->modules_are_stale) {
    return true;
  }
  map_clear(&index->modules);
  arena_reset(&index->modules_arena);
  size_t count = 0;
  IndexedFile **files = vector_to_arena(&index->files, &index->modules_arena, &count);
  if (index->files.count > 0 && !files) {
    return false;
  }
  if (count > 0) {
    qsort(files, count, sizeof(files[0]), compare_depth);
  }
  for (size_t i = 0; i < count; i++) {
    if (!add_file(index, files[i])) {
      return false;
    }
  }
  index->modules_are_stale = false;
  return true;
}

static IndexedFile *find_module(const WorkspaceIndex *index, StringView name) {
  MapValue *value = map_get(&index->modules, name);
  return value ? value->pointer : NULL;
}

// "..a.b" seen from pkg/sub/mod.py is pkg.a.b: one dot is the package itself.
static IndexedFile *find_relative(const WorkspaceIndex *index, StringView from_path, StringView module) {
  size_t dots = 0;
  while (dots < module.length && module.data[dots] == '.') {
    dots++;
  }
  StringView folder = from_path;
  for (size_t i = 0; i < dots; i++) {
    folder = path_directory(folder);
  }
  if (string_view_equal_text(folder, ".")) {
    folder = SV("");
  }
  char name[MODULE_MAX];
  StringView rest = string_view_slice(module, dots, module.length);
  int length = snprintf(name, sizeof(name), "%.*s%s%.*s", SV_ARGUMENTS(folder), folder.length && rest.length ? "." : "",
                        SV_ARGUMENTS(rest));
  if (length <= 0 || (size_t)length >= sizeof(name)) {
    return NULL;
  }
  for (int i = 0; i < length; i++) {
    name[i] = name[i] == '/' ? '.' : name[i];
  }
  return find_module(index, (StringView){name, (size_t)length});
}

IndexedFile *module_file(const WorkspaceIndex *index, StringView from_path, StringView module) {
  if (string_view_starts_with(module, SV("."))) {
    return find_relative(index, from_path, module);
  }
  return find_module(index, module);
}

StringView workspace_index_resolve_module(const WorkspaceIndex *index, StringView from_path, StringView module) {
  // The table of modules is a cache of the files: making it changes nothing that can be seen.
  if (!modules_refresh((WorkspaceIndex *)(uintptr_t)index)) {
    return (StringView){0};
  }
  IndexedFile *file = module_file(index, from_path, module);
  return file ? analysis_path(file->analysis) : (StringView){0};
}
