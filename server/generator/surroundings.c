#include "server/generator/surroundings.h"

#include "server/base/files.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

// What tasks are usually solved with; a spec may prohibit some of it.
static const char *const tools[] = {
    "awk",     "bash", "cargo", "cc",    "clang", "cmake", "curl",    "docker", "gcc",  "git",    "go",
    "grep",    "java", "jq",    "make",  "node",  "npm",   "perl",    "php",    "pip3", "poetry", "psql",
    "python3", "R",    "ruby",  "rustc", "sed",   "sh",    "sqlite3", "tar",    "uv",   "wget",
};
#define TOOL_COUNT (sizeof tools / sizeof *tools)

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while the environment is described");
}

// ---- The machine ----

static StringView describe_platform(Arena *arena) {
  struct utsname name;
  return uname(&name) == 0 ? arena_format(arena, "%s %s %s", name.sysname, name.release, name.machine) : SV("unknown");
}

// The files that container runtimes leave, and the variable that systemd's and Podman's set.
static bool is_container(void) {
  const char *variable = getenv("container");
  return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 || (variable && *variable);
}

static int64_t memory_of_machine(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (int64_t)pages * size : 0;
}

// ---- Tools ----

static bool is_in_path(const char *name, StringView path, Arena *working) {
  StringView folder;
  while (string_view_next(&path, ':', &folder)) {
    StringView candidate = path_join(working, folder, string_view_from(name));
    if (folder.length > 0 && candidate.data && access(candidate.data, X_OK) == 0)
      return true;
  }
  return false;
}

static int list_tools(Arena *arena, JsonArray *ret_tools, Error *ret_error) {
  StringView *found = arena_allocate_array(arena, TOOL_COUNT, sizeof *found);
  const char *path = getenv("PATH");
  Arena working = {0};
  if (!found)
    return no_memory(ret_error);
  *ret_tools = (JsonArray){found, 0};
  for (size_t index = 0; path && index < TOOL_COUNT; index++) {
    if (is_in_path(tools[index], string_view_from(path), &working))
      found[ret_tools->count++] = string_view_from(tools[index]);
    arena_reset(&working);
  }
  arena_finish(&working);
  return 0;
}

static void add_prohibited(JsonArray *list, StringView *items, StringView tool) {
  bool is_known = list->count == SURROUNDINGS_PROHIBITED_MAX;
  for (size_t index = 0; index < list->count; index++)
    is_known |= string_view_equal(items[index], tool);
  if (!is_known)
    items[list->count++] = tool;
}

static int list_prohibited(const GenerateRequest *request, Arena *arena, JsonArray *ret_list, Error *ret_error) {
  StringView *items = arena_allocate_array(arena, SURROUNDINGS_PROHIBITED_MAX, sizeof *items);
  if (!items)
    return no_memory(ret_error);
  *ret_list = (JsonArray){items, 0};
  const StringView *set = request->prohibited.items;
  for (size_t index = 0; index < request->prohibited.count; index++)
    add_prohibited(ret_list, items, set[index]);
  for (size_t index = 0; request->spec && index < request->spec->prohibited_count; index++)
    add_prohibited(ret_list, items, request->spec->prohibited[index].tool);
  return 0;
}

// ---- Files ----

static int list_files(const Bench *bench, Arena *arena, EnvironmentReport *report, Error *ret_error) {
  WalkOptions options = {.cancel = bench->options.cancel};
  WalkResult walk;
  int result = directory_walk(bench->root.data, &options, arena, &walk, ret_error);
  if (result < 0)
    return result;
  size_t count = walk.count < SURROUNDINGS_FILES_MAX ? walk.count : SURROUNDINGS_FILES_MAX;
  StringView *paths = arena_allocate_array(arena, count, sizeof *paths);
  if (!paths)
    return no_memory(ret_error);
  for (size_t index = 0; index < count; index++)
    paths[index] = walk.entries[index].path;
  report->files = (JsonArray){paths, count};
  report->file_count = (int64_t)walk.count;
  return 0;
}

int surroundings_look(const GenerateRequest *request, const Bench *bench, Arena *arena, EnvironmentReport *ret_report,
                      Error *ret_error) {
  const InterpreterInfo *interpreter = harness_interpreter(bench->harness);
  EnvironmentReport report = {
      .platform = describe_platform(arena),
      .container = is_container(),
      .processors = sysconf(_SC_NPROCESSORS_ONLN),
      .memory_bytes = memory_of_machine(),
      // The harness may be started again, and its strings are gone then.
      .interpreter = arena_copy(arena, interpreter->path),
      .python = arena_copy(arena, interpreter->python_version),
      .pytest = arena_copy(arena, interpreter->pytest_version),
      .coverage =
          interpreter->coverage_version.data ? arena_copy(arena, interpreter->coverage_version) : (StringView){0},
      .hypothesis =
          interpreter->hypothesis_version.data ? arena_copy(arena, interpreter->hypothesis_version) : (StringView){0},
      .sandbox = bench->is_sandboxed ? SV("bubblewrap") : SV("none"),
  };
  if (!report.platform.data || !report.interpreter.data || !report.python.data || !report.pytest.data)
    return no_memory(ret_error);
  int result = list_tools(arena, &report.tools, ret_error);
  if (result == 0)
    result = list_prohibited(request, arena, &report.prohibited, ret_error);
  if (result == 0)
    result = list_files(bench, arena, &report, ret_error);
  if (result == 0)
    *ret_report = report;
  return result;
}
