#include "server/editor/mutate_on_save.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/services/mutated_functions.h"

#include <string.h>

#define TARGETS_MAX 20000u
#define TESTS_MAX 200000u
#define WORKERS 1  // the editor, and whoever types in it, has the other processors

// ---- What was edited ----

static bool is_function(const Definition *definition) {
  return definition->kind != DEFINITION_CLASS && !definition->is_nested;
}

// Names may come twice, so the name and the text together are what is remembered.
static StringView key_of(const FileAnalysis *analysis, int function, Arena *arena) {
  size_t count;
  char digest[FUNCTION_DIGEST_SIZE];
  const Definition *definitions = analysis_definitions(analysis, &count);
  mutated_function_digest(analysis, function, digest);
  return arena_format(arena, "%s %.*s", digest, SV_ARGUMENTS(definitions[function].qualified_name));
}

void mutate_note_opened(Document *document) {
  size_t count;
  const FileAnalysis *analysis = document->analysis;
  if (document->has_opened || !analysis)
    return;
  document->has_opened = true;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t i = 0; i < count && !analysis_is_test_file(analysis); i++) {
    StringView key = is_function(&definitions[i]) ? key_of(analysis, (int)i, &document->opened_arena) : (StringView){0};
    if (key.data)
      map_put(&document->opened, key, NULL);
  }
}

// Its text is neither that of its last verdicts nor, where there are none, that with which the file was opened; or what
// survived may not survive the tests that were saved since.
static bool wants_verdicts(const Document *document, int function) {
  const FileAnalysis *analysis = document->analysis;
  const FunctionEvidence *current = evidence_find(document->folder, analysis, function);
  bool has_new_tests = current && current->origin.as_of < document->folder->test_saves;
  if (current)
    return current->is_partial || (has_new_tests && current->survivors.count > 0);
  if (evidence_find_any(document->folder, analysis, function))
    return true;
  Arena arena = {0};
  StringView key = key_of(analysis, function, &arena);
  bool was_there = key.data && map_get(&document->opened, key);
  arena_finish(&arena);
  return !was_there;
}

// ---- Which tests ----

// The tests for some functions: those that reached them when tests were last run, and the files of tests saved since.
typedef struct Selection {
  Arena *arena;
  Vector tests;    // StringView: node ids, then files
  Map seen;        // of them
  bool needs_all;  // of some function it is not known which tests reach it
} Selection;

static void select_test(Selection *selection, StringView test) {
  bool is_new = false;
  if (!map_put(&selection->seen, test, &is_new) || (is_new && !vector_push_copy(&selection->tests, &test)))
    selection->needs_all = true;
}

static bool is_saved_since(const Vector *files, StringView test) {
  StringView path = string_view_slice(test, 0, string_view_find(test, SV("::")));
  for (size_t i = 0; i < files->count; i++)
    if (string_view_equal(*(StringView *)vector_at(files, i), path))
      return true;
  return false;
}

static void select_tests_of(Selection *selection, const Folder *folder, const FunctionEvidence *known) {
  Vector files;
  vector_init(&files, sizeof(StringView), TESTS_MAX);
  if (!known || !known->function.tests_known || known->function.tests.count == 0 ||
      evidence_saved_tests(folder, known->origin.as_of, &files) < 0)
    selection->needs_all = true;
  const StringView *tests = known ? known->function.tests.items : NULL;
  for (size_t i = 0; !selection->needs_all && i < known->function.tests.count; i++)
    if (!is_saved_since(&files, tests[i]))
      select_test(selection, tests[i]);
  for (size_t i = 0; !selection->needs_all && i < files.count; i++)
    select_test(selection, *(StringView *)vector_at(&files, i));
  vector_finish(&files);
}

// ---- Starting ----

static void start(const Document *document, const Vector *targets, const Selection *selection) {
  Folder *folder = document->folder;
  MutateParams params = {
      .targets = {targets->data, targets->count},
      .workers = {true, WORKERS},
      .reach = true,
      .background = true,
  };
  if (!selection->needs_all)
    params.tests = (JsonArray){selection->tests.data, selection->tests.count};
  EvidenceOrigin origin = {clock_unix_ms(), folder->test_saves, !selection->needs_all};
  operation_start_background(folder, document->relative, &params, &origin);
}

static void judge_functions(const Document *document) {
  size_t count;
  const Definition *definitions = analysis_definitions(document->analysis, &count);
  Arena arena = {0};
  Selection selection = {.arena = &arena};
  Vector targets;
  vector_init(&targets, sizeof(StringView), TARGETS_MAX);
  vector_init(&selection.tests, sizeof(StringView), TESTS_MAX);
  map_init(&selection.seen);
  for (size_t i = 0; i < count; i++) {
    if (!is_function(&definitions[i]) || !wants_verdicts(document, (int)i))
      continue;
    StringView target = arena_format(&arena, "%.*s::%.*s", SV_ARGUMENTS(document->relative),
                                     SV_ARGUMENTS(definitions[i].qualified_name));
    if (target.data && vector_push_copy(&targets, &target))
      select_tests_of(&selection, document->folder, evidence_find_reach(document->folder, document->analysis, (int)i));
  }
  if (targets.count > 0)
    start(document, &targets, &selection);
  map_finish(&selection.seen);
  vector_finish(&selection.tests);
  vector_finish(&targets);
  arena_finish(&arena);
}

// Tests were saved. A source that is being edited waits for its own save.
static void judge_open_sources(Session *session, const Folder *folder) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&session->documents, &cursor); entry;
       entry = map_next(&session->documents, &cursor)) {
    const Document *document = entry->value.pointer;
    bool is_source = document->folder == folder && document->analysis && !analysis_is_test_file(document->analysis);
    if (is_source && workspace_is_saved(folder->workspace, document->relative))
      judge_functions(document);
  }
}

static bool is_on(const Folder *folder) {
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  bool is_on_save = settings->settings.mutate_in_editor == EDITOR_MUTATION_ON_SAVE;
  settings_release(settings);
  return is_on_save && workspace_is_trusted(folder->workspace);
}

void mutate_saved(Session *session, Document *document) {
  Folder *folder = document->folder;
  if (!folder || document->kind != DOCUMENT_SOURCE || !document->analysis)
    return;
  bool is_test = analysis_is_test_file(document->analysis) ||
                 string_view_equal_text(path_base_name(document->relative), "conftest.py");
  if (is_test)
    evidence_note_saved_test(folder, document->relative);
  if (!is_on(folder))
    return;
  if (is_test)
    judge_open_sources(session, folder);
  else
    judge_functions(document);
}

// ---- The end ----

// The same problem is told once, not with every save.
static void tell_problem(Folder *folder, const Operation *operation) {
  uint64_t hash = string_view_hash(string_view_from(operation->error.message));
  log_warning("mutants", "%.*s: %s", SV_ARGUMENTS(operation->background), operation->error.message);
  if (folder->told_problem != hash)
    session_show(folder->session, LSP_MESSAGE_WARNING, "TestGen could not judge the mutants of %.*s: %s",
                 SV_ARGUMENTS(operation->background), operation->error.message);
  folder->told_problem = hash;
}

// A selection that cannot be run, because a test of it is gone, is no reason to give up.
void mutate_on_save_ended(Folder *folder, const Operation *operation) {
  if (!folder || operation->result == 0 || operation->result == ERROR_CANCELLED)
    return;
  MutateParams params = *(const MutateParams *)operation->params;
  EvidenceOrigin origin = operation->origin;
  if (!origin.is_selected) {
    tell_problem(folder, operation);
    return;
  }
  params.tests = (JsonArray){0};
  origin.is_selected = false;
  origin.started_ms = clock_unix_ms();
  operation_start_background(folder, operation->background, &params, &origin);
}
