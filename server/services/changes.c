#include "server/services/changes.h"

#include "protocol/memory/vector.h"
#include "server/base/files.h"
#include "server/base/temporary.h"
#include "server/runner/child.h"
#include "server/services/report.h"

#define GIT_WALL_MS 120000
#define DIFF_MAX (256u << 20)  // bytes
#define FILES_MAX 1000000u
#define ARGUMENTS_MAX 24u

typedef struct GitWork {
  ServiceContext *context;
  StringView revision;  // as it was given, for messages
  Arena *arena;
  TemporaryFolder folder;
  Vector files;  // ChangedFile
  Error *ret_error;
} GitWork;

// ---- Running git ----

typedef struct GitExit {
  int status;
  StringView output;
  StringView errors;
} GitExit;

// Nothing of the repository is written, and no program that its configuration names is run.
static int run_git(GitWork *work, const char *const *arguments, GitExit *ret_exit) {
  const char *all[ARGUMENTS_MAX] = {"git", "--no-optional-locks", "-c", "core.quotePath=false",
                                    "-c",  "core.fsmonitor=false"};
  size_t count = 6;
  for (size_t i = 0; arguments[i] && count < ARGUMENTS_MAX - 1; i++)
    all[count++] = arguments[i];
  ChildOptions options = {
      .arguments = all,
      .directory = arena_terminated(work->arena, workspace_root(work->context->workspace)),
      .wall_ms = GIT_WALL_MS,
      .cancel = work->context->cancel,
  };
  Child *child = NULL;
  ChildExit end;
  int result =
      options.directory ? child_start(&options, &child, work->ret_error) : report_out_of_memory(work->ret_error);
  if (result == 0)
    result = child_wait(child, &end, work->ret_error);
  if (result == 0 && end.timed_out)
    result =
        error_set(work->ret_error, ERROR_TIMEOUT, "git %s did not end within %d s", arguments[0], GIT_WALL_MS / 1000);
  if (result == 0)
    *ret_exit = (GitExit){end.status, arena_copy(work->arena, end.output), arena_copy(work->arena, end.errors)};
  child_destroy(child);
  if (result == 0 && (!ret_exit->output.data || !ret_exit->errors.data))
    return report_out_of_memory(work->ret_error);
  return result;
}

static StringView first_line(StringView text) {
  text = string_view_trim(text);
  return string_view_slice(text, 0, string_view_find_byte(text, '\n'));
}

static int fail_git(const GitWork *work, const GitExit *end) {
  return error_set(work->ret_error, ERROR_UNAVAILABLE, "what changed since %.*s cannot be told: git says: %.*s",
                   SV_ARGUMENTS(work->revision), SV_ARGUMENTS(first_line(end->errors)));
}

// The commit's own name, so that nothing that a user wrote is an argument of what follows.
static int find_commit(GitWork *work, const char **ret_commit) {
  StringView revision = work->revision;
  if (revision.length == 0 || revision.data[0] == '-')
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "\"%.*s\" is no git revision: name a commit, branch or tag", SV_ARGUMENTS(revision));
  const char *commit = arena_format(work->arena, "%.*s^{commit}", SV_ARGUMENTS(revision)).data;
  const char *const arguments[] = {"rev-parse", "--verify", "--quiet", commit, NULL};
  GitExit end;
  int result = commit ? run_git(work, arguments, &end) : report_out_of_memory(work->ret_error);
  if (result < 0)
    return result;
  if (end.status != 0 && string_view_trim(end.errors).length > 0)
    return fail_git(work, &end);
  if (end.status != 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "git knows no revision \"%.*s\": name a commit, branch or tag",
                     SV_ARGUMENTS(revision));
  *ret_commit = arena_terminated(work->arena, first_line(end.output));
  return *ret_commit ? 0 : report_out_of_memory(work->ret_error);
}

static int find_merge_base(GitWork *work, const char **commit) {
  const char *const arguments[] = {"merge-base", "HEAD", *commit, NULL};
  GitExit end;
  int result = run_git(work, arguments, &end);
  if (result < 0)
    return result;
  if (end.status != 0 && string_view_trim(end.errors).length > 0)
    return fail_git(work, &end);
  if (end.status != 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "HEAD and %.*s have no common ancestor",
                     SV_ARGUMENTS(work->revision));
  *commit = arena_terminated(work->arena, first_line(end.output));
  return *commit ? 0 : report_out_of_memory(work->ret_error);
}

// `git diff` into a file: a pipe's text is kept only in part.
static int diff(GitWork *work, const char *form, const char *commit, StringView *ret_text) {
  StringView path = path_join(work->arena, work->folder.path, SV("diff"));
  const char *output = arena_format(work->arena, "--output=%.*s", SV_ARGUMENTS(path)).data;
  const char *const arguments[] = {
      "diff", form,          "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--inter-hunk-context=0",
      "-z",   "--no-prefix", "--relative", output,          commit,          "--",           NULL};
  GitExit end;
  int result = output ? run_git(work, arguments, &end) : report_out_of_memory(work->ret_error);
  if (result < 0)
    return result;
  if (end.status != 0)
    return fail_git(work, &end);
  return file_read(path.data, DIFF_MAX, work->arena, ret_text, work->ret_error);
}

// ---- Reading what it says ----

static int add_file(GitWork *work, StringView path, JsonArray ranges) {
  ChangedFile file = {path, ranges};
  return vector_push_copy(&work->files, &file) ? 0 : report_out_of_memory(work->ret_error);
}

static int add_names(GitWork *work, StringView names) {
  StringView name;
  int result = 0;
  while (result == 0 && string_view_next(&names, '\0', &name))
    if (name.length > 0)
      result = add_file(work, name, (JsonArray){0});
  return result;
}

static int add_untracked(GitWork *work) {
  static const char *const arguments[] = {"ls-files", "--others", "--exclude-standard", "-z", NULL};
  GitExit end;
  int result = run_git(work, arguments, &end);
  if (result < 0)
    return result;
  if (end.status != 0)
    return fail_git(work, &end);
  if (end.output.length >= CHILD_OUTPUT_MAX)
    return error_set(
        work->ret_error, ERROR_LIMIT,
        "git does not know more files here than can be listed: add those to .gitignore that are not source");
  return add_names(work, end.output);
}

static bool take_number(StringView *text, uint32_t *ret_number) {
  size_t digits = 0;
  int64_t number = 0;
  while (digits < text->length && text->data[digits] >= '0' && text->data[digits] <= '9')
    digits++;
  if (!string_view_to_int64(string_view_slice(*text, 0, digits), &number) || number > INT32_MAX)
    return false;
  *text = string_view_slice(*text, digits, text->length);
  *ret_number = (uint32_t)number;
  return true;
}

// One side of "@@ -10,2 +12,3 @@": from its sign on. The count is 1 where it is not said.
static bool take_side(StringView *text, char sign, uint32_t *ret_first, uint32_t *ret_count) {
  size_t at = string_view_find_byte(*text, sign);
  *text = string_view_slice(*text, at + 1, text->length);
  *ret_count = 1;
  if (!take_number(text, ret_first))
    return false;
  if (text->length == 0 || text->data[0] != ',')
    return true;
  *text = string_view_slice(*text, 1, text->length);
  return take_number(text, ret_count);
}

// A name in quotes has escapes as in C, with octal digits.
static StringView unquote(GitWork *work, StringView name) {
  if (!string_view_starts_with(name, SV("\"")))
    return name;
  char *text = arena_allocate(work->arena, name.length + 1);
  size_t length = 0;
  for (size_t i = 1; text && i + 1 < name.length; i++) {
    char byte = name.data[i];
    if (byte == '\\' && name.data[i + 1] >= '0' && name.data[i + 1] <= '3' && i + 4 < name.length) {
      byte = (char)((name.data[i + 1] - '0') << 6 | (name.data[i + 2] - '0') << 3 | (name.data[i + 3] - '0'));
      i += 3;
    } else if (byte == '\\') {
      static const char codes[] = "abtnvfr", bytes[] = "\a\b\t\n\v\f\r";
      size_t code = string_view_find_byte(SV("abtnvfr"), name.data[++i]);
      byte = code < sizeof codes - 1 ? bytes[code] : name.data[i];
    }
    text[length++] = byte;
  }
  return (StringView){text, length};
}

typedef struct Patch {
  GitWork *work;
  StringView path;  // of the file whose hunks come; absent: it is gone
  Vector ranges;    // LineRangeReport
} Patch;

static int end_file(Patch *patch) {
  JsonArray ranges = {0};
  if (patch->ranges.count == 0)
    return 0;
  int result = report_take(&patch->ranges, patch->work->arena, &ranges, patch->work->ret_error);
  vector_init(&patch->ranges, sizeof(LineRangeReport), FILES_MAX);
  return result == 0 && !string_view_is_absent(patch->path) ? add_file(patch->work, patch->path, ranges) : result;
}

// "+++ name", with a tab behind it where the name has a space.
static int begin_file(Patch *patch, StringView line) {
  int result = end_file(patch);
  StringView name = string_view_slice(line, 4, line.length);
  if (string_view_ends_with(name, SV("\t")))
    name.length--;
  patch->path = string_view_equal(name, SV("/dev/null")) ? (StringView){0} : unquote(patch->work, name);
  return result;
}

// Gives how many lines of text follow.
static int take_hunk(Patch *patch, StringView line, uint64_t *ret_lines) {
  uint32_t old_first, old_count, first, count;
  if (!take_side(&line, '-', &old_first, &old_count) || !take_side(&line, '+', &first, &count))
    return error_set(patch->work->ret_error, ERROR_PARSE, "the answer of git diff cannot be read: %.*s",
                     SV_ARGUMENTS(line));
  *ret_lines = (uint64_t)old_count + count;
  LineRangeReport range = {first, first + count - 1};
  return count == 0 || vector_push_copy(&patch->ranges, &range) ? 0 : report_out_of_memory(patch->work->ret_error);
}

static int read_patch(GitWork *work, StringView text) {
  Patch patch = {.work = work};
  StringView line;
  uint64_t skipped = 0;  // lines of a hunk's text that still come
  int result = 0;
  vector_init(&patch.ranges, sizeof(LineRangeReport), FILES_MAX);
  while (result == 0 && string_view_next(&text, '\n', &line)) {
    if (string_view_starts_with(line, SV("\\")))
      continue;  // "\ No newline at end of file"
    if (skipped > 0)
      skipped--;
    else if (string_view_starts_with(line, SV("+++ ")))
      result = begin_file(&patch, line);
    else if (string_view_starts_with(line, SV("@@ ")))
      result = take_hunk(&patch, line, &skipped);
  }
  if (result == 0)
    result = end_file(&patch);
  vector_finish(&patch.ranges);
  return result;
}

// ---- The questions ----

static int find_lines(GitWork *work) {
  const char *commit = NULL;
  StringView text;
  int result = find_commit(work, &commit);
  if (result == 0)
    result = diff(work, "--unified=0", commit, &text);
  if (result == 0)
    result = read_patch(work, text);
  return result == 0 ? add_untracked(work) : result;
}

static int find_files(GitWork *work) {
  const char *commit = NULL;
  StringView text;
  int result = find_commit(work, &commit);
  if (result == 0)
    result = find_merge_base(work, &commit);
  if (result == 0)
    result = diff(work, "--name-only", commit, &text);
  if (result == 0)
    result = add_names(work, text);
  return result == 0 ? add_untracked(work) : result;
}

static int ask(ServiceContext *context, StringView revision, int (*find)(GitWork *work), Arena *arena,
               JsonArray *ret_files, Error *ret_error) {
  GitWork work = {.context = context, .revision = revision, .arena = arena, .ret_error = ret_error};
  int result = temporary_folder_open("diff", arena, &work.folder, ret_error);
  vector_init(&work.files, sizeof(ChangedFile), FILES_MAX);
  if (result == 0)
    result = find(&work);
  if (result == 0)
    result = report_take(&work.files, arena, ret_files, ret_error);
  vector_finish(&work.files);
  temporary_folder_close(&work.folder);
  return result;
}

int changes_of_lines(ServiceContext *context, StringView revision, Arena *arena, JsonArray *ret_files,
                     Error *ret_error) {
  return ask(context, revision, find_lines, arena, ret_files, ret_error);
}

int changes_of_files(ServiceContext *context, StringView revision, Arena *arena, JsonArray *ret_files,
                     Error *ret_error) {
  return ask(context, revision, find_files, arena, ret_files, ret_error);
}

bool changes_touch(JsonArray files, StringView path, uint32_t first, uint32_t last) {
  const ChangedFile *items = files.items;
  for (size_t i = 0; i < files.count; i++) {
    const LineRangeReport *ranges = items[i].ranges.items;
    if (!string_view_equal(items[i].path, path))
      continue;
    if (items[i].ranges.count == 0)
      return true;
    for (size_t k = 0; k < items[i].ranges.count; k++)
      if (ranges[k].first <= last && first <= ranges[k].last)
        return true;
  }
  return false;
}
