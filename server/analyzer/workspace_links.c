// Which subjects a test speaks of: what it calls and reads, itself or through its fixtures, set-up methods and helpers,
// followed through the imports of its file; methods of classes that it uses; and, failing all that, names.

#include "server/analyzer/workspace_internal.h"

#include "server/base/files.h"

#include <stdio.h>

#define HOPS_MAX 4      // re-exports that are followed
#define SOURCES_MAX 64  // definitions of the test's file that count as part of one test

#define CONFIDENCE_CALL 1.0
#define CONFIDENCE_READ 0.9
#define CONFIDENCE_METHOD 0.9     // called through an instance of a class that the test uses
#define CONFIDENCE_INDIRECT 0.85  // in a fixture, set-up method or helper
#define CONFIDENCE_NAME 0.5

static const char *const set_up_names[] = {"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class", "setup"};
#define SET_UP_COUNT (sizeof(set_up_names) / sizeof(set_up_names[0]))

typedef struct Target {
  IndexedFile *file;
  uint32_t definition;
} Target;

typedef struct LinkMaker {
  WorkspaceIndex *index;
  IndexedFile *file;
  uint32_t test;
  size_t first;   // of this test's links
  Map mentioned;  // last parts of the names that the test and what belongs to it mention
  Map resolved;   // names of the file that were resolved before: 1 + index of the target, 0 for none
  Vector targets;
  uint32_t set_ups[SET_UP_COUNT];  // numbers of the names of set-up methods; 0: there is none
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

// A file in a list where it stands once.
static bool list_once(Vector *files, IndexedFile *file) {
  for (size_t i = files->count; i-- > 0;) {
    if (*(IndexedFile **)vector_at(files, i) == file) {
      return true;
    }
  }
  return vector_push_copy(files, &file);
}

// The file of a module; the links that are being made rest on it from now on.
static IndexedFile *visit_module(LinkMaker *maker, const IndexedFile *from, StringView module) {
  IndexedFile *file = module_file(maker->index, analysis_path(from->analysis), module);
  maker->failed |= file && file != maker->file && !list_once(&maker->file->visited, file);
  return file;
}

static bool resolve_in_file(LinkMaker *maker, const IndexedFile *file, StringView name, int hops, Target *ret_target);

// "symbol" or "symbol.rest" of a module: a definition there, a submodule, or what the module itself imported.
static bool resolve_symbol(LinkMaker *maker, const IndexedFile *from, const Import *import, StringView rest, int hops,
                           Target *ret_target) {
  char text[512];
  IndexedFile *module = visit_module(maker, from, import->module);
  bool is_bare = rest.length == 0;
  int length =
      snprintf(text, sizeof(text), "%.*s%s%.*s", SV_ARGUMENTS(import->symbol), is_bare ? "" : ".", SV_ARGUMENTS(rest));
  if (module && length > 0 && (size_t)length < sizeof(text) &&
      resolve_in_file(maker, module, (StringView){text, (size_t)length}, hops + 1, ret_target)) {
    return true;
  }
  bool is_dots = string_view_ends_with(import->module, SV("."));
  length = snprintf(text, sizeof(text), "%.*s%s%.*s", SV_ARGUMENTS(import->module), is_dots ? "" : ".",
                    SV_ARGUMENTS(import->symbol));
  if (is_bare || length <= 0 || (size_t)length >= sizeof(text)) {
    return false;
  }
  IndexedFile *submodule = visit_module(maker, from, (StringView){text, (size_t)length});
  return submodule && resolve_in_file(maker, submodule, rest, hops + 1, ret_target);
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

static bool resolve_star(LinkMaker *maker, const IndexedFile *file, StringView name, int hops, Target *ret_target) {
  size_t count = 0;
  const Import *imports = analysis_imports(file->analysis, &count);
  for (size_t i = 0; i < count; i++) {
    IndexedFile *module =
        string_view_equal_text(imports[i].local_name, "*") ? visit_module(maker, file, imports[i].module) : NULL;
    if (module && module != file && resolve_in_file(maker, module, name, hops + 1, ret_target)) {
      return true;
    }
  }
  return false;
}

static bool resolve_in_file(LinkMaker *maker, const IndexedFile *file, StringView name, int hops, Target *ret_target) {
  if (hops > HOPS_MAX || name.length == 0) {
    return false;
  }
  if (find_definition(file, name, ret_target)) {
    return true;
  }
  StringView rest = {0};
  const Import *import = import_of(file, name, &rest);
  if (!import) {
    return resolve_star(maker, file, name, hops, ret_target);
  }
  if (!string_view_is_absent(import->symbol)) {
    return resolve_symbol(maker, file, import, rest, hops, ret_target);
  }
  IndexedFile *module = visit_module(maker, file, import->module);
  return module && resolve_in_file(maker, module, rest, hops + 1, ret_target);
}

// The same names come again and again in one file: each is resolved once.
static const Target *resolve_once(LinkMaker *maker, StringView name) {
  bool is_new = false;
  MapValue *value = map_put(&maker->resolved, name, &is_new);
  if (!value) {
    maker->failed = true;
    return NULL;
  }
  Target target;
  if (is_new && !string_view_starts_with(name, SV(".")) && resolve_in_file(maker, maker->file, name, 0, &target)) {
    maker->failed |= !vector_push_copy(&maker->targets, &target);
    value->number = (int64_t)maker->targets.count;
  }
  return value->number > 0 && !maker->failed ? vector_at(&maker->targets, (size_t)value->number - 1) : NULL;
}

static void link_references(LinkMaker *maker, uint32_t definition, bool is_indirect) {
  const Definition *source = definition_of(maker->file, definition);
  for (size_t i = 0; i < source->reference_count && !maker->failed; i++) {
    const Reference *reference = &source->references[i];
    const Target *target = resolve_once(maker, reference->name);
    if (target) {
      double direct = reference->is_call ? CONFIDENCE_CALL : CONFIDENCE_READ;
      add_link(maker, *target, is_indirect ? CONFIDENCE_INDIRECT : direct);
    }
  }
}

// The functions of that name in the module (scope -1) or in a class.
static void add_scope(const LinkMaker *maker, int scope, uint32_t name, uint32_t sources[SOURCES_MAX], size_t *count) {
  int i = definition_in_scope(maker->file, scope, name);
  for (; i >= 0 && *count < SOURCES_MAX; i = maker->file->same_scope[i]) {
    const Definition *definition = definition_of(maker->file, (uint32_t)i);
    bool is_known = definition->kind == DEFINITION_CLASS || definition->is_nested;
    for (size_t j = 0; j < *count; j++) {
      is_known = is_known || sources[j] == (uint32_t)i;
    }
    if (!is_known) {
      sources[(*count)++] = (uint32_t)i;
    }
  }
}

static void add_source(const LinkMaker *maker, StringView name, int class, uint32_t sources[SOURCES_MAX],
                       size_t *count) {
  uint32_t number = name_number_find(maker->index, name);
  if (number > 0) {
    add_scope(maker, -1, number, sources, count);
  }
  if (number > 0 && class >= 0) {
    add_scope(maker, class, number, sources, count);
  }
}

#define SOURCES_FOLLOWED 8  // definitions of a test whose own helpers and fixtures are taken, too

// The test itself, then what belongs to it: fixtures that it asks for, set-up methods of its class, helpers that it
// calls.
static size_t sources_of(const LinkMaker *maker, uint32_t test, uint32_t sources[SOURCES_MAX]) {
  int class = definition_of(maker->file, test)->parent;
  size_t count = 0;
  sources[count++] = test;
  for (size_t i = 0; class >= 0 && i < SET_UP_COUNT; i++) {
    if (maker->set_ups[i] > 0) {
      add_scope(maker, class, maker->set_ups[i], sources, &count);
    }
  }
  for (size_t next = 0; next < count && next < SOURCES_FOLLOWED; next++) {
    const Definition *source = definition_of(maker->file, sources[next]);
    for (size_t i = 0; i < source->parameter_count; i++) {
      add_source(maker, source->parameters[i].name, class, sources, &count);
    }
    for (size_t i = 0; i < source->reference_count; i++) {
      add_source(maker, last_part(source->references[i].name), class, sources, &count);
    }
  }
  return count;
}

static bool links_to_class(const LinkMaker *maker) {
  for (size_t i = maker->first; i < maker->file->links.count; i++) {
    const FileLink *link = vector_at(&maker->file->links, i);
    if (definition_of(link->file, link->definition)->kind == DEFINITION_CLASS) {
      return true;
    }
  }
  return false;
}

static void mention_names(LinkMaker *maker, const uint32_t *sources, size_t source_count) {
  map_clear(&maker->mentioned);
  for (size_t i = 0; i < source_count; i++) {
    const Definition *source = definition_of(maker->file, sources[i]);
    for (size_t j = 0; j < source->reference_count; j++) {
      maker->failed |= !map_put(&maker->mentioned, last_part(source->references[j].name), NULL);
    }
  }
}

// Methods of linked classes that are named behind any object: `s.push(1)`, `self.stack.push(1)`.
static void link_methods(LinkMaker *maker, const uint32_t *sources, size_t source_count) {
  size_t class_count = maker->file->links.count;
  if (!links_to_class(maker)) {
    return;
  }
  mention_names(maker, sources, source_count);
  for (size_t i = maker->first; i < class_count && !maker->failed; i++) {
    FileLink link = *(FileLink *)vector_at(&maker->file->links, i);
    size_t count = 0;
    const Definition *definitions = analysis_definitions(link.file->analysis, &count);
    uint32_t end = definitions[link.definition].span.end;
    if (definitions[link.definition].kind != DEFINITION_CLASS) {
      continue;
    }
    for (size_t j = link.definition + 1; j < count && definitions[j].span.start < end; j++) {
      bool is_named = string_view_equal_text(definitions[j].name, "__init__") ||
                      map_get(&maker->mentioned, definitions[j].name) != NULL;
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
    IndexedFile *module = visit_module(maker, maker->file, imports[i].module);
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

// What the links of the file put into its subjects is taken out again.
static bool withdraw(IndexedFile *file) {
  for (size_t i = 0; i < file->targets.count; i++) {
    IndexedFile *target = *(IndexedFile **)vector_at(&file->targets, i);
    size_t kept = 0;
    for (size_t j = 0; j < target->incoming.count; j++) {
      FileLink link = *(FileLink *)vector_at(&target->incoming, j);
      if (link.file != file) {
        *(FileLink *)vector_at(&target->incoming, kept++) = link;
      }
    }
    vector_truncate(&target->incoming, kept);
    if (!list_once(&file->former, target)) {
      return false;
    }
  }
  vector_truncate(&file->targets, 0);
  vector_truncate(&file->links, 0);
  vector_truncate(&file->visited, 0);
  return true;
}

static bool distribute(IndexedFile *file) {
  for (size_t i = 0; i < file->links.count; i++) {
    FileLink link = *(FileLink *)vector_at(&file->links, i);
    IndexedFile *subject = link.file;
    link.file = file;
    if (!list_once(&file->targets, subject) || !vector_push_copy(&subject->incoming, &link)) {
      return false;
    }
  }
  return true;
}

#define LINKS_MAX 1000000u

static bool make_links(WorkspaceIndex *index, IndexedFile *file) {
  size_t count = 0;
  const TestFacts *tests = analysis_tests(file->analysis, &count);
  LinkMaker maker = {.index = index, .file = file};
  map_init(&maker.mentioned);
  map_init(&maker.resolved);
  vector_init(&maker.targets, sizeof(Target), LINKS_MAX);
  for (size_t i = 0; i < SET_UP_COUNT; i++) {
    maker.set_ups[i] = name_number_find(index, string_view_from(set_up_names[i]));
  }
  for (size_t i = 0; i < count && !maker.failed; i++) {
    maker.test = (uint32_t)i;
    maker.first = file->links.count;
    link_test(&maker, &tests[i]);
  }
  map_finish(&maker.mentioned);
  map_finish(&maker.resolved);
  vector_finish(&maker.targets);
  return !maker.failed;
}

bool links_refresh(WorkspaceIndex *index, IndexedFile *file) {
  if (file->links_generation == index->generation) {
    return true;
  }
  file->links_generation = 0;
  if (!modules_refresh(index) || !withdraw(file) || !make_links(index, file) || !distribute(file)) {
    return false;
  }
  file->links_generation = index->generation;
  return true;
}

bool links_refresh_all(WorkspaceIndex *index) {
  for (size_t i = 0; i < index->files.count && !index->links_are_fresh; i++) {
    if (!links_refresh(index, *(IndexedFile **)vector_at(&index->files, i))) {
      return false;
    }
  }
  index->links_are_fresh = true;
  return true;
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
  const IndexedFile *file = value->pointer;
  Vector links;
  vector_init(&links, sizeof(SubjectLink), LINKS_MAX);
  bool failed = !links_refresh_all(mutable_index(index));
  for (size_t i = 0; i < file->incoming.count && !failed; i++) {
    const FileLink *link = vector_at(&file->incoming, i);
    SubjectLink item = {analysis_path(link->file->analysis), link->test, link->confidence};
    failed = link->definition == definition && !vector_push_copy(&links, &item);
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
  for (size_t i = 0; i < file->targets.count && !failed; i++) {
    failed = !push_path(&paths, analysis_path((*(IndexedFile **)vector_at(&file->targets, i))->analysis));
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
