#include "server/runner/coverage_build.h"

#include "server/base/files.h"

#include <unistd.h>

typedef struct BuiltLine {
  uint32_t line;
  LineState state;
} BuiltLine;

typedef struct BuiltBranch {
  CoverageBranch branch;
  uint64_t identity;
} BuiltBranch;

void coverage_build_init(CoverageBuild *build, StringView root, Arena *arena) {
  *build = (CoverageBuild){.root = root, .arena = arena};
  vector_init(&build->files, sizeof(CoverageFileBuild *), COVERAGE_FILES_MAX);
  vector_init(&build->sources, sizeof(StringView), 1000);
  map_init(&build->by_path);
}

void coverage_build_finish(CoverageBuild *build) {
  for (size_t index = 0; index < build->files.count; index++) {
    CoverageFileBuild *file = *(CoverageFileBuild **)vector_at(&build->files, index);
    vector_finish(&file->lines);
    vector_finish(&file->branches);
  }
  vector_finish(&build->files);
  vector_finish(&build->sources);
  map_finish(&build->by_path);
}

CoverageFileBuild *coverage_build_file(CoverageBuild *build, StringView path) {
  MapValue *known = map_get(&build->by_path, path);
  if (known) {
    return known->pointer;
  }
  CoverageFileBuild *file = arena_allocate(build->arena, sizeof *file);
  StringView copy = arena_copy(build->arena, path);
  if (!file || !copy.data) {
    return NULL;
  }
  file->path = copy;
  vector_init(&file->lines, sizeof(BuiltLine), COVERAGE_ITEMS_MAX);
  vector_init(&file->branches, sizeof(BuiltBranch), COVERAGE_ITEMS_MAX);
  MapValue *slot = map_put(&build->by_path, copy, NULL);
  if (!slot) {
    return NULL;
  }
  slot->pointer = file;
  return vector_push_copy(&build->files, &file) ? file : NULL;
}

bool coverage_build_line(CoverageFileBuild *file, uint32_t line, LineState state) {
  BuiltLine built = {line, state};
  return vector_push_copy(&file->lines, &built);
}

bool coverage_build_branch(CoverageFileBuild *file, CoverageBranch branch, uint64_t identity) {
  BuiltBranch built = {branch, identity};
  file->has_branches = true;
  return vector_push_copy(&file->branches, &built);
}

bool coverage_parse_line(StringView text, uint32_t *ret_line) {
  int64_t number;
  if (!string_view_to_int64(text, &number) || number < 1 || number > COVERAGE_LINE_MAX) {
    return false;
  }
  *ret_line = (uint32_t)number;
  return true;
}

// ---- Paths ----

static bool exists_below(const CoverageBuild *build, StringView folder, StringView path) {
  StringView full = path_join(build->arena, folder, path);
  return full.data && access(full.data, F_OK) == 0;
}

// The path below the root whose file exists: for reports that were made in another checkout or container. The longest
// suffix wins. Absent when no suffix exists.
static StringView find_suffix(const CoverageBuild *build, StringView path) {
  StringView suffix = path;
  while (suffix.length > 0) {
    if (suffix.data[0] != '/' && !string_view_starts_with(suffix, SV("../")) &&
        exists_below(build, build->root, suffix)) {
      return suffix;
    }
    size_t slash = string_view_find_byte(suffix, '/');
    suffix = string_view_slice(suffix, slash + 1, suffix.length);
  }
  return (StringView){0};
}

static StringView with_slashes(StringView path, Arena *arena) {
  char *text = arena_terminated(arena, path);
  for (size_t index = 0; text && index < path.length; index++) {
    text[index] = text[index] == '\\' ? '/' : text[index];
  }
  return (StringView){text, path.length};
}

// Absent when memory is exhausted.
static StringView map_path(const CoverageBuild *build, StringView reported) {
  StringView slashed = with_slashes(reported, build->arena);
  StringView path = slashed.data ? path_normalize(build->arena, slashed) : slashed;
  if (!path.data) {
    return path;
  }
  for (size_t index = 0; index < build->sources.count; index++) {
    StringView folder = *(StringView *)vector_at(&build->sources, index);
    StringView full = path_normalize(build->arena, path_join(build->arena, folder, path));
    if (full.data && path_is_inside(build->root, full) && exists_below(build, SV("/"), full)) {
      return path_relative(build->arena, build->root, full);
    }
  }
  if (path_is_inside(build->root, path)) {
    return path_relative(build->arena, build->root, path);
  }
  StringView suffix = find_suffix(build, path);
  return suffix.data ? suffix : path;
}

// ---- Merging ----

static int compare_lines(const void *left, const void *right) {
  uint32_t first = ((const BuiltLine *)left)->line, second = ((const BuiltLine *)right)->line;
  return (first > second) - (first < second);
}

static int compare_branches(const void *left, const void *right) {
  const BuiltBranch *first = left, *second = right;
  if (first->branch.line != second->branch.line) {
    return first->branch.line < second->branch.line ? -1 : 1;
  }
  if (first->branch.target != second->branch.target) {
    return first->branch.target < second->branch.target ? -1 : 1;
  }
  return (first->identity > second->identity) - (first->identity < second->identity);
}

// One entry per line: excluded beats executed beats missing.
static void merge_lines(Vector *lines) {
  vector_sort(lines, compare_lines);
  size_t kept = 0;
  BuiltLine *items = lines->data;
  for (size_t index = 0; index < lines->count; index++) {
    if (kept > 0 && items[kept - 1].line == items[index].line) {
      LineState state = items[index].state;
      items[kept - 1].state = items[kept - 1].state > state ? items[kept - 1].state : state;
    } else {
      items[kept++] = items[index];
    }
  }
  vector_truncate(lines, kept);
}

static void merge_branches(Vector *branches) {
  vector_sort(branches, compare_branches);
  size_t kept = 0;
  BuiltBranch *items = branches->data;
  for (size_t index = 0; index < branches->count; index++) {
    if (kept > 0 && compare_branches(&items[kept - 1], &items[index]) == 0) {
      items[kept - 1].branch.is_taken = items[kept - 1].branch.is_taken || items[index].branch.is_taken;
    } else {
      items[kept++] = items[index];
    }
  }
  vector_truncate(branches, kept);
}

// The lines in one state. `items` is NULL when memory is exhausted.
static JsonArray lines_in_state(const Vector *lines, LineState state, Arena *arena) {
  const BuiltLine *items = lines->data;
  size_t count = 0;
  for (size_t index = 0; index < lines->count; index++) {
    count += items[index].state == state;
  }
  int64_t *result = arena_allocate_array(arena, count, sizeof *result);
  size_t filled = 0;
  for (size_t index = 0; result && index < lines->count; index++) {
    if (items[index].state == state) {
      result[filled++] = items[index].line;
    }
  }
  return (JsonArray){result, count};
}

static JsonArray branches_of(const Vector *branches, Arena *arena) {
  const BuiltBranch *items = branches->data;
  CoverageBranch *result = arena_allocate_array(arena, branches->count, sizeof *result);
  for (size_t index = 0; result && index < branches->count; index++) {
    result[index] = items[index].branch;
  }
  return (JsonArray){result, branches->count};
}

static bool make_file(CoverageFileBuild *file, Arena *arena, CoverageFile *ret_file) {
  merge_lines(&file->lines);
  merge_branches(&file->branches);
  *ret_file = (CoverageFile){
      .path = file->path,
      .executed = lines_in_state(&file->lines, LINE_EXECUTED, arena),
      .missing = lines_in_state(&file->lines, LINE_MISSING, arena),
      .excluded = lines_in_state(&file->lines, LINE_EXCLUDED, arena),
      .branches = branches_of(&file->branches, arena),
      .has_branches = file->has_branches,
  };
  return ret_file->executed.items && ret_file->missing.items && ret_file->excluded.items && ret_file->branches.items;
}

static bool append_all(Vector *into, const Vector *from) {
  for (size_t index = 0; index < from->count; index++) {
    if (!vector_push_copy(into, vector_at(from, index))) {
      return false;
    }
  }
  return true;
}

// Two paths of the report may be one file of the workspace: the second is poured into the first. Returns NULL on
// failure.
static CoverageFileBuild *merge_mapped(Map *mapped, CoverageFileBuild *file, bool *ret_is_new) {
  MapValue *slot = map_put(mapped, file->path, ret_is_new);
  if (!slot) {
    return NULL;
  }
  if (*ret_is_new) {
    slot->pointer = file;
    return file;
  }
  CoverageFileBuild *first = slot->pointer;
  first->has_branches = first->has_branches || file->has_branches;
  bool is_merged = append_all(&first->lines, &file->lines) && append_all(&first->branches, &file->branches);
  return is_merged ? first : NULL;
}

static int compare_files(const void *left, const void *right) {
  return string_view_compare(((const CoverageFile *)left)->path, ((const CoverageFile *)right)->path);
}

static bool map_files(CoverageBuild *build, Map *mapped, Vector *distinct) {
  for (size_t index = 0; index < build->files.count; index++) {
    CoverageFileBuild *file = *(CoverageFileBuild **)vector_at(&build->files, index);
    bool is_new = false;
    file->path = map_path(build, file->path);
    if (!file->path.data || !merge_mapped(mapped, file, &is_new) || (is_new && !vector_push_copy(distinct, &file))) {
      return false;
    }
  }
  return true;
}

static bool make_files(const Vector *distinct, Arena *arena, Vector *files) {
  for (size_t index = 0; index < distinct->count; index++) {
    CoverageFile *file = vector_push(files);
    if (!file || !make_file(*(CoverageFileBuild **)vector_at(distinct, index), arena, file)) {
      return false;
    }
  }
  vector_sort(files, compare_files);
  return true;
}

int coverage_build_report(CoverageBuild *build, CoverageReport *ret_report, Error *ret_error) {
  Map mapped;
  Vector distinct, files;
  map_init(&mapped);
  vector_init(&distinct, sizeof(CoverageFileBuild *), COVERAGE_FILES_MAX);
  vector_init(&files, sizeof(CoverageFile), COVERAGE_FILES_MAX);
  CoverageReport report = {.is_present = true, .measured_ms = build->measured_ms};
  bool is_made = map_files(build, &mapped, &distinct) && make_files(&distinct, build->arena, &files);
  report.files.items = is_made ? vector_to_arena(&files, build->arena, &report.files.count) : NULL;
  is_made = is_made && (report.files.items || files.count == 0);
  vector_finish(&files);
  vector_finish(&distinct);
  map_finish(&mapped);
  if (!is_made) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for a coverage report of %zu files", build->files.count);
  }
  *ret_report = report;
  return 0;
}
