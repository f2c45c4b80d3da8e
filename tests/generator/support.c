#include "support.h"

#include "server/base/files.h"
#include "server/base/hash.h"
#include "server/generator/bench.h"
#include "server/syntax/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX (4u << 20)

void assert_contains(StringView text, const char *part) {
  if (!string_view_contains(text, string_view_from(part)))
    fail_msg("\"%s\" is not in:\n%.*s", part, SV_ARGUMENTS(text));
}

// ---- The project ----

static void add_file(Project *project, SyntaxParser *parser, StringView path) {
  Snapshot *snapshot;
  FileAnalysis *analysis;
  AnalyzerOptions options = {0};
  StringView text = project_read(project, path.data);
  assert_int_equal(snapshot_create(parser, text, &snapshot, &project->error), 0);
  assert_int_equal(analysis_create(path, snapshot, &options, NULL, &analysis, &project->error), 0);
  assert_int_equal(workspace_index_put(project->index, analysis, &project->error), 0);
  analysis_release(analysis);
  snapshot_release(snapshot);
}

static void build_index(Project *project) {
  static const StringView suffix = {".py", 3};
  WalkOptions options = {.suffixes = &suffix, .suffix_count = 1};
  WalkResult walk;
  SyntaxParser *parser;
  workspace_index_destroy(project->index);
  assert_int_equal(workspace_index_create(&project->index, &project->error), 0);
  assert_int_equal(syntax_parser_create(language_at(0), &parser, &project->error), 0);
  assert_int_equal(directory_walk(project->root.data, &options, &project->arena, &walk, &project->error), 0);
  for (size_t index = 0; index < walk.count; index++)
    add_file(project, parser, walk.entries[index].path);
  syntax_parser_destroy(parser);
  project->request.index = project->index;
}

// One line per file: a run must change none of them, and add none.
static StringView list_files(Project *project) {
  WalkResult walk;
  Buffer lines;
  buffer_init(&lines, TEXT_MAX);
  assert_int_equal(directory_walk(project->root.data, &(WalkOptions){0}, &project->arena, &walk, &project->error), 0);
  for (size_t index = 0; index < walk.count; index++) {
    StringView text = project_read(project, walk.entries[index].path.data);
    buffer_append_format(&lines, "%.*s %llx\n", SV_ARGUMENTS(walk.entries[index].path),
                         (unsigned long long)string_view_hash(text));
  }
  StringView copy = arena_copy(&project->arena, buffer_view(&lines));
  buffer_finish(&lines);
  return copy;
}

Project *project_open(const char *fixture) {
  Project *project = calloc(1, sizeof *project);
  assert_non_null(project);
  char pattern[] = "/tmp/testgen-fixture-XXXXXX";
  assert_non_null(mkdtemp(pattern));
  project->root = path_join(&project->arena, string_view_from(pattern), string_view_from(fixture));
  StringView source = path_join(&project->arena, string_view_from(TEST_PROJECTS), string_view_from(fixture));
  assert_int_equal(workspace_copy(source, project->root, NULL, &project->arena, &project->error), 0);
  project->config =
      (ConfigReport){.min_tests_per_category = 2, .max_tests_per_category = 5, .max_rounds_per_category = 3};
  project->request = (GenerateRequest){
      .runner = {.root = project->root,
                 .interpreter = string_view_from(TEST_PYTHON),
                 .harness_directory = string_view_from(TEST_HARNESS),
                 .is_trusted = true},
      .config = &project->config,
      .categories = (1u << CATEGORY_COUNT) - 1,
      .max_tests = 30,
      .seed = 1,
      .timeout_ms = 180000,
      .require_sandbox = true,
      .provider = SV("builtin"),
      .run_id = SV("run"),
  };
  build_index(project);
  project->snapshot = list_files(project);
  return project;
}

void project_close(Project *project) {
  StringView now = list_files(project);
  assert_true(string_view_equal(now, project->snapshot));
  StringView folder = path_directory(project->root);
  assert_int_equal(directory_remove_all(arena_terminated(&project->arena, folder), &project->error), 0);
  workspace_index_destroy(project->index);
  arena_finish(&project->arena);
  free(project);
}

StringView project_read(Project *project, const char *path) {
  StringView text, absolute = path_join(&project->arena, project->root, string_view_from(path));
  assert_int_equal(file_read(absolute.data, TEXT_MAX, &project->arena, &text, &project->error), 0);
  return text;
}

// ---- Generating ----

static void read_spec(Project *project, const char *path) {
  SpecProblem *problems;
  size_t count;
  assert_int_equal(spec_parse(string_view_from(path), project_read(project, path), &project->arena, &project->spec,
                              &problems, &count, &project->error),
                   0);
  assert_int_equal(count, 0);
  project->request.spec = &project->spec;
}

int project_generate(Project *project, const char *target) {
  StringView whole = string_view_from(target);
  size_t colons = string_view_find(whole, SV("::"));
  project->request.spec = NULL;
  project->request.subject_path = project->request.subject_symbol = (StringView){0};
  error_clear(&project->error);
  if (spec_is_spec_path(whole)) {
    read_spec(project, target);
  } else {
    project->request.subject_path = string_view_slice(whole, 0, colons);
    if (colons < whole.length)
      project->request.subject_symbol = string_view_slice(whole, colons + 2, whole.length);
  }
  int result = generator_run(&project->request, &project->arena, &project->report, &project->error);
  if (result != 0)
    print_message("%s\n", project->error.message);
  return result;
}

static void apply_edit(Project *project, size_t first) {
  const FileEdit *edits = project->report.edits.items;
  StringView text = edits[first].created ? SV("") : project_read(project, edits[first].path.data);
  StringView absolute = path_join(&project->arena, project->root, edits[first].path);
  Buffer output;
  size_t position = 0;
  buffer_init(&output, TEXT_MAX);
  for (size_t index = first; index < project->report.edits.count; index++) {
    assert_true(edits[index].start >= position);
    buffer_append(&output, string_view_slice(text, position, edits[index].start));
    buffer_append(&output, edits[index].text);
    position = edits[index].end;
  }
  buffer_append(&output, string_view_slice(text, position, text.length));
  const char *folder = arena_terminated(&project->arena, path_directory(absolute));
  assert_int_equal(directory_create_all(folder, &project->error), 0);
  assert_int_equal(file_write_atomic(absolute.data, buffer_view(&output), &project->error), 0);
  buffer_finish(&output);
}

void project_apply(Project *project) {
  if (project->report.edits.count > 0)
    apply_edit(project, 0);
  build_index(project);
  project->snapshot = list_files(project);
}

const AcceptedTest *find_accepted(const Project *project, const char *name) {
  const AcceptedTest *tests = project->report.accepted.items;
  for (size_t index = 0; index < project->report.accepted.count; index++)
    if (string_view_equal_text(tests[index].name, name))
      return &tests[index];
  return NULL;
}

bool is_unanswered(const Project *project, const char *requirement, const char *reason) {
  const Unanswered *items = project->report.unanswered.items;
  for (size_t index = 0; index < project->report.unanswered.count; index++)
    if (string_view_contains(items[index].requirement, string_view_from(requirement)) &&
        string_view_contains(items[index].reason, string_view_from(reason)))
      return true;
  return false;
}

int use_own_temporary_folder(void **state) {
  (void)state;
  static char pattern[] = "/tmp/testgen-temporary-XXXXXX";
  return mkdtemp(pattern) ? setenv("TMPDIR", pattern, 1) : -1;
}

int remove_own_temporary_folder(void **state) {
  (void)state;
  return rmdir(getenv("TMPDIR"));  // fails when something was left there
}

size_t count_scratch_folders(void) {
  size_t count = 0;
  DIR *folder = opendir(getenv("TMPDIR"));
  assert_non_null(folder);
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
    count += strncmp(entry->d_name, "testgen-generate-", 17) == 0;
  closedir(folder);
  return count;
}
