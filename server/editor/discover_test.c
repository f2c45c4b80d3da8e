// experimental/discoverTest, as rust-analyzer defines it: the tests that pytest will find, without running anything.
// First the files that hold some; of one file its classes and tests. An item's id is the file's URI, with the name of
// the class or test behind it, so items of several folders do not meet.
#include "protocol/lsp/uri.h"
#include "protocol/testgen/methods.h"
#include "server/base/files.h"
#include "server/editor/document.h"
#include "server/editor/folder.h"

#define ITEMS_MAX 200000u
#define SEPARATOR "::"

typedef struct Discovery {
  Session *session;
  Arena *arena;
  Vector items;  // DiscoveredTest
  bool has_failed;
} Discovery;

static void add_item(Discovery *discovery, const DiscoveredTest *item) {
  DiscoveredTest *place = item->id.data && item->label.data ? vector_push(&discovery->items) : NULL;
  if (place)
    *place = *item;
  else
    discovery->has_failed = true;
}

static const TestRunnable *make_runnable(Discovery *discovery, const Folder *folder, StringView node) {
  TestRunnable *runnable = arena_allocate(discovery->arena, sizeof *runnable);
  StringView *id = arena_allocate(discovery->arena, sizeof *id);
  if (!runnable || !id || !node.data) {
    discovery->has_failed = true;
    return NULL;
  }
  *id = node;
  *runnable = (TestRunnable){.uri = string_view_from(folder->uri), .ids = {id, 1}};
  return runnable;
}

static bool has_tests(const FileAnalysis *analysis) {
  size_t count;
  const TestFacts *tests = analysis_tests(analysis, &count);
  for (size_t i = 0; i < count; i++)
    if (!tests[i].is_shadowed)
      return true;
  return false;
}

static void add_files(Discovery *discovery, const Folder *folder) {
  FileAnalysis **files = NULL;
  size_t count = workspace_index_files(folder->index, discovery->arena, &files);
  for (size_t i = 0; i < count; i++) {
    StringView path = analysis_path(files[i]);
    if (!has_tests(files[i]))
      continue;
    StringView uri = document_uri_in(discovery->session, folder, path, discovery->arena);
    add_item(discovery, &(DiscoveredTest){
                            .id = uri,
                            .label = path,
                            .kind = DISCOVERED_FILE,
                            .canResolveChildren = true,
                            .textDocument = {uri},
                            .runnable = make_runnable(discovery, folder, path),
                        });
  }
}

typedef struct FileDiscovery {
  Discovery *all;
  const Folder *folder;
  const FileAnalysis *analysis;
  StringView uri;
  const Definition *definitions;
} FileDiscovery;

// "TestStack::test_push", as in pytest's node ids.
static StringView node_name(const FileDiscovery *file, const Definition *definition) {
  if (definition->parent < 0)
    return definition->name;
  StringView above = node_name(file, &file->definitions[definition->parent]);
  return arena_format(file->all->arena, "%.*s" SEPARATOR "%.*s", SV_ARGUMENTS(above), SV_ARGUMENTS(definition->name));
}

static StringView below(const FileDiscovery *file, StringView base, StringView name) {
  return arena_format(file->all->arena, "%.*s" SEPARATOR "%.*s", SV_ARGUMENTS(base), SV_ARGUMENTS(name));
}

static void add_definition(FileDiscovery *file, uint32_t index, DiscoveredKind kind, StringView node) {
  Discovery *all = file->all;
  const Definition *definition = &file->definitions[index];
  Range *range = arena_allocate(all->arena, sizeof *range);
  if (!range) {
    all->has_failed = true;
    return;
  }
  *range = range_from_offsets(analysis_lines(file->analysis), analysis_text(file->analysis),
                              all->session->client.encoding, definition->span.start, definition->span.end);
  bool is_inner = definition->parent >= 0;
  add_item(all, &(DiscoveredTest){
                    .id = below(file, file->uri, node),
                    .label = definition->name,
                    .kind = (int)kind,
                    .parent = is_inner ? below(file, file->uri, node_name(file, &file->definitions[definition->parent]))
                                       : file->uri,
                    .textDocument = {file->uri},
                    .range = range,
                    .runnable = make_runnable(all, file->folder, below(file, analysis_path(file->analysis), node)),
                });
}

// Classes before what they hold: the definitions are in the order of the source.
static void add_tests(FileDiscovery *file) {
  size_t definition_count, test_count;
  file->definitions = analysis_definitions(file->analysis, &definition_count);
  const TestFacts *tests = analysis_tests(file->analysis, &test_count);
  const TestFacts **test_at = arena_allocate_array(file->all->arena, definition_count + 1, sizeof *test_at);
  bool *holds_tests = arena_allocate_array(file->all->arena, definition_count + 1, sizeof *holds_tests);
  if (!test_at || !holds_tests) {
    file->all->has_failed = true;
    return;
  }
  for (size_t i = 0; i < test_count; i++) {
    if (tests[i].is_shadowed)
      continue;
    test_at[tests[i].definition] = &tests[i];
    for (int at = file->definitions[tests[i].definition].parent; at >= 0; at = file->definitions[at].parent)
      holds_tests[at] = true;
  }
  for (uint32_t i = 0; i < definition_count; i++) {
    if (test_at[i])
      add_definition(file, i, DISCOVERED_TEST, test_at[i]->id);
    else if (holds_tests[i])
      add_definition(file, i, DISCOVERED_CLASS, node_name(file, &file->definitions[i]));
  }
}

// The id of a file is its URI. Of a file that is gone meanwhile, nothing is there.
static void add_tests_of(Discovery *discovery, StringView id) {
  StringView path;
  const Folder *folder = NULL;
  if (uri_to_path(id, discovery->arena, &path, NULL) == 0)
    folder = folder_of_path(discovery->session, path);
  if (!folder)
    return;
  StringView relative = path_relative(discovery->arena, string_view_from(folder->path), path);
  FileDiscovery file = {.all = discovery, .folder = folder, .uri = id};
  file.analysis = workspace_index_get(folder->index, relative);
  if (file.analysis)
    add_tests(&file);
}

void handle_discover_test(void *context, RpcRequest *request, const void *params) {
  const DiscoverTestParams *discover = params;
  Discovery discovery = {.session = context, .arena = rpc_request_arena(request)};
  vector_init(&discovery.items, sizeof(DiscoveredTest), ITEMS_MAX);
  bool is_of_file = !string_view_is_absent(discover->testId);
  if (is_of_file)
    add_tests_of(&discovery, discover->testId);
  for (size_t i = 0; !is_of_file && i < discovery.session->folders.count; i++)
    add_files(&discovery, *(Folder **)vector_at(&discovery.session->folders, i));
  StringView scope = discover->testId;
  DiscoverTestResults results = {
      .tests = {discovery.items.data, discovery.items.count},
      .scope = {&scope, is_of_file},
  };
  if (discovery.has_failed)
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "the tests cannot be listed: there is not enough memory");
  else
    rpc_request_reply(request, &discover_test_results_type, &results);
  vector_finish(&discovery.items);
}
