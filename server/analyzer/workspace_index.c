#include "server/analyzer/workspace_internal.h"

#include "server/base/files.h"

#include <stdlib.h>

#define FILES_MAX 1000000u
#define LINKS_MAX 1000000u
#define NAMES_MAX (64u << 20)
#define LOOK_AHEAD 8u  // definitions that may have gone at one place

int workspace_index_create(WorkspaceIndex **ret_index, Error *ret_error) {
  WorkspaceIndex *index = calloc(1, sizeof(*index));
  if (!index) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while making the index of the workspace");
  }
  arena_init(&index->names_arena);
  arena_init(&index->modules_arena);
  map_init(&index->by_path);
  map_init(&index->modules);
  map_init(&index->name_numbers);
  vector_init(&index->reached, sizeof(bool), NAMES_MAX);
  vector_init(&index->files, sizeof(IndexedFile *), FILES_MAX);
  index->generation = 1;
  index->modules_are_stale = index->reach_is_stale = true;
  *ret_index = index;
  return 0;
}

static void file_destroy(IndexedFile *file) {
  if (!file) {
    return;
  }
  analysis_release(file->analysis);
  map_finish(&file->by_scope);
  map_finish(&file->by_qualified_name);
  map_finish(&file->by_import);
  vector_finish(&file->links);
  vector_finish(&file->visited);
  vector_finish(&file->targets);
  vector_finish(&file->former);
  vector_finish(&file->incoming);
  arena_finish(&file->arena);
  free(file);
}

void workspace_index_destroy(WorkspaceIndex *index) {
  if (!index) {
    return;
  }
  for (size_t i = 0; i < index->files.count; i++) {
    file_destroy(*(IndexedFile **)vector_at(&index->files, i));
  }
  vector_finish(&index->files);
  vector_finish(&index->reached);
  map_finish(&index->by_path);
  map_finish(&index->modules);
  map_finish(&index->name_numbers);
  arena_finish(&index->names_arena);
  arena_finish(&index->modules_arena);
  free(index);
}

bool path_is_test_side(StringView path) {
  StringView rest = path;
  StringView piece;
  StringView name = path_base_name(path);
  while (string_view_next(&rest, '/', &piece)) {
    if (rest.length > 0 && (string_view_equal_text(piece, "tests") || string_view_equal_text(piece, "test") ||
                            string_view_equal_text(piece, "testing"))) {
      return true;
    }
  }
  return string_view_equal_text(name, "conftest.py") || string_view_starts_with(name, SV("test_"));
}

// The number of a name; 0 when memory is exhausted.
static uint32_t name_number(WorkspaceIndex *index, StringView name) {
  MapValue *value = map_get(&index->name_numbers, name);
  if (value) {
    return (uint32_t)value->number;
  }
  StringView key = arena_copy(&index->names_arena, name);
  value = key.data ? map_put(&index->name_numbers, key, NULL) : NULL;
  if (!value) {
    return 0;
  }
  value->number = ++index->name_count;
  return index->name_count;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
  return (hash ^ value) * 0x9E3779B97F4A7C15ull + (hash >> 29);
}

typedef struct NameList {
  WorkspaceIndex *index;
  IndexedFile *file;
  const IndexedFile *old;  // the version before, whose numbers are taken where the facts are the same; NULL: none
  size_t old_next;         // its definition that may come next
  Vector names;
  bool failed;
} NameList;

static void list_name(NameList *list, StringView name) {
  if (name.length == 0) {
    return;
  }
  uint32_t number = name_number(list->index, name);
  list->failed |= number == 0 || !vector_push_copy(&list->names, &number);
  list->file->mention_hash = mix(list->file->mention_hash, number);
}

// Every part of "stack.Stack.push" is a mention.
static void list_parts(NameList *list, StringView dotted) {
  StringView piece;
  while (string_view_next(&dotted, '.', &piece)) {
    list_name(list, string_view_trim(piece));
  }
}

// Strings in tests name subjects, too: mock.patch("pkg.mod.name"), getattr(x, "name").
static void list_string(NameList *list, StringView text) {
  size_t start = string_view_find_byte(text, '"');
  start = start == text.length ? string_view_find_byte(text, '\'') : start;
  if (start >= text.length || text.length > 200) {
    return;
  }
  StringView inner = string_view_slice(text, start + 1, text.length - 1);
  bool is_name = inner.length > 0;
  for (size_t i = 0; i < inner.length; i++) {
    char c = inner.data[i];
    is_name =
        is_name && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.');
  }
  if (is_name) {
    list_parts(list, inner);
  }
}

static void list_references(NameList *list, const Reference *references, size_t count) {
  for (size_t i = 0; i < count; i++) {
    list_parts(list, references[i].name);
  }
}

static void list_literals(NameList *list, const Literal *literals, size_t count) {
  for (size_t i = 0; list->file->is_test_side && i < count; i++) {
    if (literals[i].items >= 0) {
      list_string(list, literals[i].text);
    }
  }
}

static StringView scope_key_view(const ScopeKey *key) {
  return (StringView){(const char *)key, sizeof *key};
}

static bool fill_scopes(WorkspaceIndex *index, IndexedFile *file) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  file->name_of = arena_allocate_array(&file->arena, count, sizeof(uint32_t));
  file->scopes = arena_allocate_array(&file->arena, count, sizeof(ScopeKey));
  file->same_scope = arena_allocate_array(&file->arena, count, sizeof(int32_t));
  for (size_t i = 0; i < count && file->name_of && file->scopes && file->same_scope; i++) {
    bool is_new = false;
    file->name_of[i] = name_number(index, definitions[i].name);
    file->scopes[i] = (ScopeKey){definitions[i].parent, file->name_of[i]};
    MapValue *scoped = map_put(&file->by_scope, scope_key_view(&file->scopes[i]), &is_new);
    MapValue *qualified = map_put(&file->by_qualified_name, definitions[i].qualified_name, NULL);
    if (!file->name_of[i] || !scoped || !qualified) {
      return false;
    }
    file->same_scope[i] = is_new ? -1 : (int32_t)scoped->number;
    scoped->number = qualified->number = (int64_t)i;
  }
  return file->name_of && file->scopes && file->same_scope;
}

uint32_t name_number_find(const WorkspaceIndex *index, StringView name) {
  const MapValue *value = map_get(&index->name_numbers, name);
  return value ? (uint32_t)value->number : 0;
}

int definition_in_scope(const IndexedFile *file, int scope, uint32_t name) {
  ScopeKey key = {scope, name};
  const MapValue *value = map_get(&file->by_scope, scope_key_view(&key));
  return value ? (int)value->number : -1;
}

static void list_numbers(NameList *list, const IndexedFile *from, size_t definition) {
  for (uint32_t i = from->starts[definition]; i < from->starts[definition + 1]; i++) {
    list->failed |= !vector_push_copy(&list->names, &from->names[i]);
    list->file->mention_hash = mix(list->file->mention_hash, from->names[i]);
  }
}

// Definitions that stay have the facts of before, in the order of before.
static bool list_as_before(NameList *list, uint32_t definition) {
  const IndexedFile *old = list->old;
  size_t count = 0;
  const Facts *facts = analysis_facts(list->file->analysis, definition);
  if (!old || old->is_test_side != list->file->is_test_side) {
    return false;
  }
  analysis_definitions(old->analysis, &count);
  for (size_t i = list->old_next; i < count && i < list->old_next + LOOK_AHEAD; i++) {
    bool is_nested = analysis_definitions(old->analysis, &count)[i].is_nested;
    if (!is_nested && analysis_facts(old->analysis, (uint32_t)i) == facts) {
      list_numbers(list, old, i);
      list->old_next = i + 1;
      return true;
    }
  }
  return false;
}

static void list_definition(NameList *list, uint32_t index, const Definition *definition) {
  if (!definition->is_nested && !list_as_before(list, index)) {
    list_references(list, definition->references, definition->reference_count);
    list_literals(list, definition->literals, definition->literal_count);
  }
}

static bool fill_definitions(NameList *list) {
  IndexedFile *file = list->file;
  size_t count = 0;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  file->starts = arena_allocate_array(&file->arena, count + 1, sizeof(uint32_t));
  if (!file->starts) {
    return false;
  }
  for (size_t i = 0; i < count && !list->failed; i++) {
    file->starts[i] = (uint32_t)list->names.count;
    file->shape_hash = mix(file->shape_hash, string_view_hash(definitions[i].qualified_name));
    file->shape_hash = mix(file->shape_hash, (uint64_t)definitions[i].kind);
    list_definition(list, (uint32_t)i, &definitions[i]);
  }
  file->starts[count] = (uint32_t)list->names.count;
  size_t ignored = 0;
  file->names = vector_to_arena(&list->names, &file->arena, &ignored);
  return !list->failed && (list->names.count == 0 || file->names);
}

static bool fill_module_level(NameList *list) {
  IndexedFile *file = list->file;
  size_t count = 0;
  vector_truncate(&list->names, 0);
  const Reference *references = analysis_module_references(file->analysis, &count);
  list_references(list, references, count);
  const Literal *literals = analysis_module_literals(file->analysis, &count);
  list_literals(list, literals, count);
  file->module_names = vector_to_arena(&list->names, &file->arena, &count);
  file->module_name_count = (uint32_t)count;
  return !list->failed && (list->names.count == 0 || file->module_names);
}

static bool fill_imports(IndexedFile *file) {
  size_t count = 0;
  const Import *imports = analysis_imports(file->analysis, &count);
  for (size_t i = 0; i < count; i++) {
    file->shape_hash = mix(file->shape_hash, string_view_hash(imports[i].local_name));
    file->shape_hash = mix(file->shape_hash, string_view_hash(imports[i].module));
    MapValue *value = map_put(&file->by_import, imports[i].local_name, NULL);
    if (!value) {
      return false;
    }
    value->number = (int64_t)i;
  }
  return true;
}

static IndexedFile *file_create(WorkspaceIndex *index, const IndexedFile *old, FileAnalysis *analysis) {
  IndexedFile *file = calloc(1, sizeof(*file));
  if (!file) {
    return NULL;
  }
  file->analysis = analysis_retain(analysis);
  arena_init(&file->arena);
  map_init(&file->by_scope);
  map_init(&file->by_qualified_name);
  map_init(&file->by_import);
  vector_init(&file->links, sizeof(FileLink), LINKS_MAX);
  vector_init(&file->visited, sizeof(IndexedFile *), FILES_MAX);
  vector_init(&file->targets, sizeof(IndexedFile *), FILES_MAX);
  vector_init(&file->former, sizeof(IndexedFile *), LINKS_MAX);
  vector_init(&file->incoming, sizeof(FileLink), LINKS_MAX);
  file->is_test_side = analysis_is_test_file(analysis) || path_is_test_side(analysis_path(analysis));
  NameList list = {.index = index, .file = file, .old = old};
  vector_init(&list.names, sizeof(uint32_t), LINKS_MAX);
  bool is_filled =
      fill_scopes(index, file) && fill_definitions(&list) && fill_module_level(&list) && fill_imports(file);
  vector_finish(&list.names);
  if (!is_filled) {
    file_destroy(file);
    return NULL;
  }
  return file;
}

static IndexedFile *file_of(const WorkspaceIndex *index, StringView path) {
  MapValue *value = map_get(&index->by_path, path);
  return value ? value->pointer : NULL;
}

static int add_file(WorkspaceIndex *index, IndexedFile *file, Error *ret_error) {
  bool is_listed = vector_push_copy(&index->files, &file);
  MapValue *value = is_listed ? map_put(&index->by_path, analysis_path(file->analysis), NULL) : NULL;
  if (!value) {
    vector_truncate(&index->files, index->files.count - is_listed);
    file_destroy(file);
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while indexing the workspace");
  }
  value->pointer = file;
  index->generation++;
  index->links_are_fresh = false;
  index->modules_are_stale = index->reach_is_stale = true;
  return 0;
}

static void take(Vector *to, Vector *from) {
  Vector taken = *from;
  *from = *to;
  *to = taken;
}

// Links that rest on what the file defines and imports are made anew when they are next asked for.
static void forget_links_through(WorkspaceIndex *index, const IndexedFile *file) {
  for (size_t i = 0; i < index->files.count; i++) {
    IndexedFile *other = *(IndexedFile **)vector_at(&index->files, i);
    for (size_t j = 0; j < other->visited.count; j++) {
      if (*(IndexedFile **)vector_at(&other->visited, j) == file) {
        other->links_generation = 0;
        break;
      }
    }
  }
}

// The new version moves in where the old one lived. What leads here stays.
static void replace_file(WorkspaceIndex *index, IndexedFile *file, IndexedFile *fresh) {
  bool is_reshaped = file->shape_hash != fresh->shape_hash;
  index->links_are_fresh = false;
  index->reach_is_stale = index->reach_is_stale || is_reshaped || file->mention_hash != fresh->mention_hash;
  take(&fresh->targets, &file->targets);
  take(&fresh->former, &file->former);
  take(&fresh->incoming, &file->incoming);
  // The key of the path is borrowed from the analysis. The slot that becomes free is the one that is needed.
  map_remove(&index->by_path, analysis_path(file->analysis));
  map_put(&index->by_path, analysis_path(fresh->analysis), NULL)->pointer = file;
  IndexedFile old = *file;
  *file = *fresh;
  *fresh = old;
  file_destroy(fresh);
  if (is_reshaped) {
    forget_links_through(index, file);
  }
}

int workspace_index_put(WorkspaceIndex *index, FileAnalysis *analysis, Error *ret_error) {
  IndexedFile *file = file_of(index, analysis_path(analysis));
  IndexedFile *fresh = file_create(index, file, analysis);
  if (!fresh) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while indexing the workspace");
  }
  if (!file) {
    return add_file(index, fresh, ret_error);
  }
  replace_file(index, file, fresh);
  return 0;
}

void workspace_index_remove(WorkspaceIndex *index, StringView path) {
  IndexedFile *file = file_of(index, path);
  if (!file) {
    return;
  }
  map_remove(&index->by_path, path);
  size_t kept = 0;
  for (size_t i = 0; i < index->files.count; i++) {
    IndexedFile *other = *(IndexedFile **)vector_at(&index->files, i);
    if (other == file) {
      continue;
    }
    vector_truncate(&other->visited, 0);
    vector_truncate(&other->targets, 0);
    vector_truncate(&other->former, 0);
    vector_truncate(&other->incoming, 0);
    vector_truncate(&other->links, 0);
    other->links_generation = 0;
    *(IndexedFile **)vector_at(&index->files, kept++) = other;
  }
  vector_truncate(&index->files, kept);
  map_clear(&index->modules);
  index->generation++;
  index->links_are_fresh = false;
  index->modules_are_stale = index->reach_is_stale = true;
  file_destroy(file);
}

FileAnalysis *workspace_index_get(const WorkspaceIndex *index, StringView path) {
  IndexedFile *file = file_of(index, path);
  return file ? file->analysis : NULL;
}

static int compare_paths(const void *left, const void *right) {
  return string_view_compare(analysis_path(*(FileAnalysis *const *)left), analysis_path(*(FileAnalysis *const *)right));
}

size_t workspace_index_files(const WorkspaceIndex *index, Arena *arena, FileAnalysis ***ret_files) {
  size_t count = index->files.count;
  FileAnalysis **files = arena_allocate_array(arena, count, sizeof(FileAnalysis *));
  if (!files) {
    return 0;
  }
  for (size_t i = 0; i < count; i++) {
    files[i] = (*(IndexedFile **)vector_at(&index->files, i))->analysis;
  }
  qsort(files, count, sizeof(FileAnalysis *), compare_paths);
  *ret_files = files;
  return count;
}
