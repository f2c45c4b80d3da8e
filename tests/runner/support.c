#include "support.h"

#include "server/base/files.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

Arena test_arena;
Error test_error;

int runner_set_up(void **state) {
  (void)state;
  arena_init(&test_arena);
  error_clear(&test_error);
  return 0;
}

int runner_tear_down(void **state) {
  (void)state;
  arena_finish(&test_arena);
  return count_children();
}

TestRun run_project(const RunnerOptions *options) {
  TestRun result;
  int code = runner_run_tests(options, &test_arena, &result, &test_error);
  assert_string_equal(test_error.message, "");
  assert_int_equal(code, 0);
  return result;
}

RunnerOptions project_options(Arena *arena, const char *project) {
  StringView root;
  Error error = {0};
  StringView path = path_join(arena, SV(TEST_PROJECTS), string_view_from(project));
  assert_int_equal(path_real(path.data, arena, &root, &error), 0);
  return (RunnerOptions){
      .root = root,
      .interpreter = SV(TEST_PYTHON),
      .harness_directory = SV(TEST_HARNESS),
      .wall_ms = 120000,
      .is_trusted = true,
  };
}

RunnerOptions file_options(Arena *arena, const char *project, const char *file) {
  RunnerOptions options = project_options(arena, project);
  StringView *selection = arena_allocate(arena, sizeof *selection);
  *selection = string_view_from(file);
  options.selection = (JsonArray){selection, 1};
  return options;
}

const TestResult *find_result(const TestRun *run, const char *id) {
  const TestResult *tests = run->tests.items;
  for (size_t index = 0; index < run->tests.count; index++) {
    if (string_view_equal_text(tests[index].id, id)) {
      return &tests[index];
    }
  }
  fail_msg("no result for %s among %zu", id, run->tests.count);
  return NULL;
}

void assert_outcome(const TestRun *run, const char *id, TestOutcome outcome) {
  assert_string_equal(outcome_names[find_result(run, id)->outcome], outcome_names[outcome]);
}

void assert_contains(const char *text, const char *part) {
  if (!strstr(text, part)) {
    fail_msg("\"%s\" is not in \"%s\"", part, text);
  }
}

void assert_view_contains(StringView text, const char *part) {
  if (!string_view_contains(text, string_view_from(part))) {
    fail_msg("\"%s\" is not in \"%.*s\"", part, SV_ARGUMENTS(text));
  }
}

const CoverageFile *find_file(const CoverageReport *report, const char *path) {
  const CoverageFile *files = report->files.items;
  for (size_t index = 0; index < report->files.count; index++) {
    if (string_view_equal_text(files[index].path, path)) {
      return &files[index];
    }
  }
  return NULL;
}

// State and parent from /proc/PID/stat. False when there is no such process.
static bool read_stat(const char *process, char *ret_state, long *ret_parent) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%.20s/stat", process);
  FILE *file = fopen(path, "r");
  if (!file) {
    return false;
  }
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = '\0';
  char *end = strrchr(text, ')');
  return end && sscanf(end, ") %c %ld", ret_state, ret_parent) == 2;
}

bool process_lives(long process) {
  char name[32], state;
  long parent;
  snprintf(name, sizeof name, "%ld", process);
  return read_stat(name, &state, &parent) && state != 'Z' && state != 'X';
}

bool process_goes(long process) {
  for (int attempt = 0; attempt < 1000 && process_lives(process); attempt++) {
    usleep(10000);
  }
  return !process_lives(process);
}

// How many children there are, and the last of them.
static int find_children(long *ret_last) {
  int count = 0;
  DIR *proc = opendir("/proc");
  assert_non_null(proc);
  for (struct dirent *entry; (entry = readdir(proc));) {
    char state;
    long parent;
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_stat(entry->d_name, &state, &parent) &&
        parent == getpid()) {
      *ret_last = strtol(entry->d_name, NULL, 10);
      count++;
    }
  }
  closedir(proc);
  return count;
}

int count_children(void) {
  long last;
  return find_children(&last);
}

long only_child(void) {
  long child = 0;
  assert_int_equal(find_children(&child), 1);
  return child;
}
