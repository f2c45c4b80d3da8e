// Which subjects a test speaks of: what it calls and reads, itself or through its fixtures, set-up methods and helpers,
// followed through the imports of its file; methods of classes that it uses; and, failing all that, names.

#include "server/analyzer/workspace_internal.h"

#include "server/base/files.h"

#include <stdio.h>

#define HOPS_MAX 4       // re-exports that are followed
#define SOURCES_MAX 64   // definitions of the test's file that count as part of one test

#define CONFIDENCE_CALL 1.0
#define CONFIDENCE_READ 0.9
#define CONFIDENCE_METHOD 0.9    // called through an instance of a class that the test uses
#define CONFIDENCE_INDIRECT 0.85 // in a fixture, set-up method or helper
#define CONFIDENCE_NAME 0.5

typedef struct Target {
  IndexedFile *file;
  uint32_t definition;
} Target;

typedef struct LinkMaker {
  WorkspaceIndex *index;
  IndexedFile *file;
  uint32_t test;
  size_t first;  // of this test's links
  bool failed;
} LinkMaker;

static const Definition *definition_of(const IndexedFile *file, uint32_t index) {
  size_t count = 0;
  return &analysis_definitions(file->analysis, &count)[index];
}

static void add_link(LinkMaker *maker, Target target, double confidence) {
  if (target.file == maker->file || target.file->is_test_side) {
    return;
  }
  for (size_t i = maker->first; i < maker->file->links.count; i++) {
    FileLink *link = vector_at(&maker->file->links, i);
    if (link->file == target.file && link->definition == target.definition) {
      link->confidence = confidence > link->confidence ? confidence : link->confidence;
      return;
    }
  }
  FileLink link = {maker->test, target.file, target.definition, confidence};
  maker->failed |= !vector_push_copy(&maker->file->links, &link);
}

static bool find_definition(const IndexedFile *file, StringView qualified, Target *ret_target) {
  while (qualified.length > 0) {
    MapValue *value = map_get(&file->by_qualified_name, qualified);
    if (value) {
      *ret_target = (Target){(IndexedFile *)(uintptr_t)file, (uint32_t)value->number};
      return true;
    }
    // "Stack.items.append" is about Stack.
    size_t end = qualified.length;
    while (end > 0 && qualified.data[end - 1] != '.') {
      end--;
    }
    qualified = string_view_slice(qualified, 0, end > 0 ? end - 1 : 0);
  }
  return false;
}

static bool resolve_in_file(const WorkspaceIndex *index, const IndexedFile *file, StringView name, int hops, Target *ret_target);

// "symbol" or "symbol.rest" of a module: a definition there, a submodule, or what the module itself imported.
static bool resolve_symbol(const WorkspaceIndex *index, const IndexedFile *from, const Import *import, StringView rest,
                           int hops, Target *ret_target) {
  char text[512];
  StringView path = analysis_path(from->analysis);
  IndexedFile *module = module_file(index, path, import->module);
  bool is_bare = rest.length == 0;
  int length = snprintf(text, sizeof(text), "%.*s%s%.*s", SV_ARGUMENTS(import->symbol), is_bare ? "" : ".", SV_ARGUMENTS(rest));
  if (module && length > 0 && (size_t)length < sizeof(text) &&
      resolve_in_file(index, module, (StringView){text, (size_t)length}, hops + 1, ret_target)) {
    return true;
  }
  bool is_dots = string_view_ends_with(import->module, SV("."));
  length = snprintf(text, sizeof(text), "%.*s%s%.*s", SV_ARGUMENTS(import->module), is_dots ? "" : ".", SV_ARGUMENTS(import->symbol));
  if (is_bare || length <= 0 || (size_t)length >= sizeof(text)) {
    return false;
  }
  IndexedFile *submodule = module_file(index, path, (StringView){text, (size_t)length});
  return submodule && resolve_in_file(index, submodule, rest, hops + 1, ret_target);
}

// The import whose local name is the longest beginning of a dotted name; "a.b" imports as a whole.
static const Import *import_of(const IndexedFile *file, StringView name, StringView *ret_rest) {
  size_t count = 0;
  const Import *imports = analysis_imports(file->analysis, &count);
  for (size_t end = name.length; end > 0;) {
    MapValue *value = map_get(&file->by_import, string_view_slice(name, 0, end));
    if (value) {
      *ret_rest = string_view_slice(name, end < name.length ? end + 1 : end, name.length);
      return &imports[value->number];
    }
    while (end > 0 && name.data[end - 1] != '.') {
      end--;
    }
    end = end > 0 ? end - 1 : 0;
  }
  return NULL;
}

static bool resolve_star(const WorkspaceIndex *index, const IndexedFile *file, StringView name, int hops, Target *ret_target) {
  size_t count = 0;
  const Import *imports = analysis_imports(file->analysis, &count);
  for (size_t i = 0; i < count; i++) {
    IndexedFile *module = string_view_equal_text(imports[i].local_name, "*")
                              ? module_file(index, analysis_path(file->analysis), imports[i].module)
                              : NULL;
    if (module && module != file && resolve_in_file(index, module, name, hops + 1, ret_target)) {
      return true;
    }
  }
  return false;
}

static bool resolve_in_file(const WorkspaceIndex *index, const IndexedFile *file, StringView name, int hops, Target *ret_target) {
  if (hops > HOPS_MAX || name.length == 0) {
    return false;
  }
  if (find_definition(file, name, ret_target)) {
    return true;
  }
  StringView rest = {0};
  const Import *import = import_of(file, name, &rest);
  if (!import) {
    return resolve_star(index, file, name, hops, ret_target);
  }
  if (!string_view_is_absent(import->symbol)) {
    return resolve_symbol(index, file, import, rest, hops, ret_target);
  }
  IndexedFile *module = module_file(index, analysis_path(file->analysis), import->module);
  return module && resolve_in_file(index, module, rest, hops + 1, ret_target);
}

static void link_references(LinkMaker *maker, uint32_t definition, bool is_indirect) {
  const Definition *source = definition_of(maker->file, definition);
  for (size_t i = 0; i < source->reference_count && !maker->failed; i++) {
    const Reference *reference = &source->references[i];
    Target target;
    if (!string_view_starts_with(reference->name, SV(".")) &&
        resolve_in_file(maker->index, maker->file, reference->name, 0, &target)) {
      double confidence = is_indirect ? CONFIDENCE_INDIRECT : reference->is_call ? CONFIDENCE_CALL : CONFIDENCE_READ;
      add_link(maker, target, confidence);
    }
  }
}

static bool is_set_up(StringView name) {
  static const char *const names[] = {"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class", "setup"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (string_view_equal_text(name, names[i])) {
      return true;
    }
  }
  return false;
}

static bool mentions(const Definition *definition, StringView name) {
  for (size_t i = 0; i < definition->reference_count; i++) {
    StringView last = last_part(definition->references[i].name);
    if (string_view_equal(last, name)) {
      return true;
    }
  }
  for (size_t i = 0; i < definition->parameter_count; i++) {
    if (string_view_equal(definition->parameters[i].name, name)) {
      return true;
    }
  }
  return false;
}

// The test itself, then what belongs to it: fixtures that it asks for, set-up methods of its class, helpers that it calls.
static size_t sources_of(const LinkMaker *maker, uint32_t test, uint32_t sources[SOURCES_MAX]) {
  size_t count = 0;
  size_t definition_count = 0;
  const Definition *definitions = analysis_definitions(maker->file->analysis, &definition_count);
  sources[count++] = test;
  for (size_t next = 0; next < count && next < 8; next++) {
    const Definition *source = &definitions[sources[next]];
    for (size_t i = 0; i < definition_count && count < SOURCES_MAX; i++) {
      const Definition *other = &definitions[i];
      bool is_member = other->parent >= 0 && other->parent == definitions[test].parent;
      bool is_reachable = other->kind != DEFINITION_CLASS && !other->is_nested && (other->parent < 0 || is_member);
      if (!is_reachable || (int)i == (int)sources[next] ||
          !((is_member && is_set_up(other->name)) || mentions(source, other->name))) {
        continue;
      }
      bool is_known = false;
      for (size_t j = 0; j < count; j++) {
        is_known = is_known || sources[j] == i;
      }
      if (!is_known) {
        sources[count++] = (uint32_t)i;
      }
    }
  }
  return count;
}

// Methods of linked classes that are named behind any object: `s.push(1)`, `self.stack.push(1)`.
static void link_methods(LinkMaker *maker, const uint32_t *sources, size_t source_count) {
  size_t class_count = maker->file->links.count;
  for (size_t i = maker->first; i < class_count && !maker->failed; i++) {
    FileLink link = *(FileLink *)vector_at(&maker->file->links, i);
    size_t count = 0;
    const Definition *definitions = analysis_definitions(link.file->analysis, &count);
    if (definitions[link.definition].kind != DEFINITION_CLASS) {
      continue;
    }
    for (size_t j = link.definition + 1; j < count && definitions[j].span.start < definitions[link.definition].span.end; j++) {
      bool is_named = string_view_equal_text(definitions[j].name, "__init__");
      for (size_t k = 0; k < source_count && !is_named; k++) {
        is_named = mentions(definition_of(maker->file, sources[k]), definitions[j].name);
      }
      if (definitions[j].parent == (int)link.definition && is_named) {
        add_link(maker, (Target){link.file, (uint32_t)j}, CONFIDENCE_METHOD);
      }
    }
  }
}

// test_foo speaks of foo, and TestStack of Stack, where the file imports something that defines them.
static void link_by_name(LinkMaker *maker, StringView name) {
  size_t count = 0;
  const Import *imports = analysis_imports(maker->file->analysis, &count);
  for (size_t i = 0; i < count && !maker->failed; i++) {
    IndexedFile *module = module_file(maker->index, analysis_path(maker->file->analysis), imports[i].module);
    Target target;
    if (module && find_definition(module, name, &target)) {
      add_link(maker, target, CONFIDENCE_NAME);
    }
  }
}

static void link_test(LinkMaker *maker, const TestFacts *test) {
  uint32_t sources[SOURCES_MAX];
  size_t source_count = sources_of(maker, test->definition, sources);
  for (size_t i = 0; i < source_count && !maker->failed; i++) {
    link_references(maker, sources[i], i > 0);
  }
  link_methods(maker, sources, source_count);
  const Definition *definition = definition_of(maker->file, test->definition);
  if (string_view_starts_with(definition->name, SV("test_"))) {
    link_by_name(maker, string_view_slice(definition->name, 5, definition->name.length));
  }
  if (definition->parent >= 0) {
    StringView class = definition_of(maker->file, (uint32_t)definition->parent)->name;
    if (string_view_starts_with(class, SV("Test")) && class.length > 4) {
      link_by_name(maker, string_view_slice(class, 4, class.length));
    }
  }
}

bool links_refresh(WorkspaceIndex *index, IndexedFile *file) {
  if (file->links_generation == index->generation) {
    return true;
  }
  if (!modules_refresh(index)) {
    return false;
  }
  vector_truncate(&file->links, 0);
  size_t count = 0;
  const TestFacts *tests = analysis_tests(file->analysis, &count);
  LinkMaker maker = {.index = index, .file = file};
  for (size_t i = 0; i < count && !maker.failed; i++) {
    maker.test = (uint32_t)i;
    maker.first = file->links.count;
    link_test(&maker, &tests[i]);
  }
  file->links_generation = maker.failed ? 0 : index->generation;
  return !maker.failed;
}

static int compare_links(const void *left, const void *right) {
  const SubjectLink *a = left;
  const SubjectLink *b = right;
  if (a->confidence != b->confidence) {
    return a->confidence > b->confidence ? -1 : 1;
  }
  int order = string_view_compare(a->path, b->path);
  return order != 0 ? order : a->index < b->index ? -1 : a->index > b->index;
}

static int finish_links(Vector *links, bool failed, Arena *arena, SubjectLink **ret_links, size_t *ret_count) {
  vector_sort(links, compare_links);
  size_t count = 0;
  SubjectLink *items = vector_to_arena(links, arena, &count);
  failed |= links->count > 0 && !items;
  vector_finish(links);
  if (failed) {
    return ERROR_NO_MEMORY;
  }
  *ret_links = items;
  *ret_count = count;
  return 0;
}

#define LINKS_MAX 1000000u

// Links are made when they are first asked for; seen from outside, asking changes nothing.
static WorkspaceIndex *mutable_index(const WorkspaceIndex *index) {
  return (WorkspaceIndex *)(uintptr_t)index;
}

int workspace_index_subjects_of(const WorkspaceIndex *index, StringView path, uint32_t test, Arena *arena,
                                SubjectLink **ret_links, size_t *ret_count) {
  MapValue *value = map_get(&index->by_path, path);
  if (!value) {
    return ERROR_NOT_FOUND;
  }
  IndexedFile *file = value->pointer;
  Vector links;
  vector_init(&links, sizeof(SubjectLink), LINKS_MAX);
  bool failed = !links_refresh(mutable_index(index), file);
  for (size_t i = 0; i < file->links.count && !failed; i++) {
    const FileLink *link = vector_at(&file->links, i);
    SubjectLink item = {analysis_path(link->file->analysis), link->definition, link->confidence};
    failed = link->test == test && !vector_push_copy(&links, &item);
  }
  return finish_links(&links, failed, arena, ret_links, ret_count);
}

int workspace_index_tests_of(const WorkspaceIndex *index, StringView path, uint32_t definition, Arena *arena,
                             SubjectLink **ret_links, size_t *ret_count) {
  MapValue *value = map_get(&index->by_path, path);
  if (!value) {
    return ERROR_NOT_FOUND;
  }
  Vector links;
  vector_init(&links, sizeof(SubjectLink), LINKS_MAX);
  bool failed = false;
  for (size_t i = 0; i < index->files.count && !failed; i++) {
    IndexedFile *file = *(IndexedFile **)vector_at(&index->files, i);
    failed = !links_refresh(mutable_index(index), file);
    for (size_t j = 0; j < file->links.count && !failed; j++) {
      const FileLink *link = vector_at(&file->links, j);
      SubjectLink item = {analysis_path(file->analysis), link->test, link->confidence};
      failed = link->file == value->pointer && link->definition == definition && !vector_push_copy(&links, &item);
    }
  }
  return finish_links(&links, failed, arena, ret_links, ret_count);
}

static bool push_path(Vector *paths, StringView path) {
  for (size_t i = 0; i < paths->count; i++) {
    const StringView *known = vector_at(paths, i);
    if (string_view_equal(*known, path)) {
      return true;
    }
  }
  return vector_push_copy(paths, &path);
}

int workspace_index_affected(const WorkspaceIndex *index, StringView path, Arena *arena, StringView **ret_paths,
                             size_t *ret_count) {
  MapValue *value = map_get(&index->by_path, path);
  if (!value) {
    return ERROR_NOT_FOUND;
  }
  IndexedFile *file = value->pointer;
  Vector paths;
  vector_init(&paths, sizeof(StringView), LINKS_MAX);
  bool failed = !links_refresh(mutable_index(index), file) || !push_path(&paths, analysis_path(file->analysis));
  for (size_t i = 0; i < file->links.count && !failed; i++) {
    failed = !push_path(&paths, analysis_path(((FileLink *)vector_at(&file->links, i))->file->analysis));
  }
  for (size_t i = 0; i < file->former.count && !failed; i++) {
    failed = !push_path(&paths, analysis_path((*(IndexedFile **)vector_at(&file->former, i))->analysis));
  }
  size_t count = 0;
  StringView *items = vector_to_arena(&paths, arena, &count);
  failed |= paths.count > 0 && !items;
  vector_finish(&paths);
  if (failed) {
    return ERROR_NO_MEMORY;
  }
  vector_truncate(&file->former, 0);
  *ret_paths = items;
  *ret_count = count;
  return 0;
}
