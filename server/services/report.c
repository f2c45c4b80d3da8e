#include "server/services/report.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/services/revision.h"

#define REPORT_JSON_MAX (32u << 20)  // bytes of a report in the history

const char *report_plural(size_t count) {
  return count == 1 ? "" : "s";
}

StringView report_subject(StringView target) {
  return string_view_equal(target, SV(".")) ? SV("the workspace") : target;
}

int report_out_of_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while making a report");
}

int report_take(Vector *items, Arena *arena, JsonArray *ret_array, Error *ret_error) {
  size_t count = 0;
  void *copy = vector_to_arena(items, arena, &count);
  bool has_failed = items->count > 0 && !copy;
  vector_finish(items);
  if (has_failed)
    return report_out_of_memory(ret_error);
  *ret_array = (JsonArray){copy, count};
  return 0;
}

int report_note(Vector *notes, Arena *arena, Error *ret_error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  StringView note = arena_format_arguments(arena, format, arguments);
  va_end(arguments);
  return note.data && vector_push_copy(notes, &note) ? 0 : report_out_of_memory(ret_error);
}

int report_notes_append(Vector *notes, JsonArray more, Error *ret_error) {
  const StringView *items = more.items;
  for (size_t i = 0; i < more.count; i++)
    if (!vector_push_copy(notes, &items[i]))
      return report_out_of_memory(ret_error);
  return 0;
}

int report_scope(const Workspace *workspace, StringView path, Arena *arena, StringView *ret_scope, Error *ret_error) {
  if (string_view_is_absent(path) || path.length == 0) {
    *ret_scope = SV("");
    return 0;
  }
  StringView root = workspace_root(workspace);
  StringView joined = path_join(arena, root, path);
  StringView absolute = joined.data ? path_normalize(arena, joined) : joined;
  FileStamp stamp;
  if (!absolute.data)
    return report_out_of_memory(ret_error);
  if (!path_is_inside(root, absolute))
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%.*s lies outside the workspace %.*s", SV_ARGUMENTS(path),
                     SV_ARGUMENTS(root));
  int result = file_stamp(absolute.data, &stamp, ret_error);
  if (result < 0)
    return result;
  StringView relative = path_relative(arena, root, absolute);
  *ret_scope = string_view_equal(relative, SV(".")) ? SV("") : relative;
  return 0;
}

bool report_in_scope(StringView scope, StringView path) {
  if (scope.length == 0 || string_view_equal(scope, path))
    return true;
  return string_view_starts_with(path, scope) && path.length > scope.length && path.data[scope.length] == '/';
}

static bool note_is_in_scope(const Scan *scan, size_t index, StringView scope) {
  return report_in_scope(scope, scan->note_paths[index]);
}

int report_scope_notes(const Scan *scan, StringView scope, Vector *notes, Error *ret_error) {
  const StringView *items = scan->notes.items;
  for (size_t i = 0; i < scan->notes.count; i++) {
    bool is_wanted = string_view_is_absent(scan->note_paths[i]) || note_is_in_scope(scan, i, scope);
    if (is_wanted && !vector_push_copy(notes, &items[i]))
      return report_out_of_memory(ret_error);
  }
  return 0;
}

int report_specs(const ServiceContext *context, Arena *arena, JsonArray *ret_paths, Error *ret_error) {
  static const StringView suffixes[] = {{".spec.json", 10}, {".spec.md", 8}};
  WalkOptions options = {.suffixes = suffixes, .suffix_count = 2, .cancel = context->cancel};
  WalkResult walk;
  const char *root = arena_terminated(arena, workspace_root(context->workspace));
  int result = root ? directory_walk(root, &options, arena, &walk, ret_error) : report_out_of_memory(ret_error);
  if (result < 0)
    return result;
  StringView *paths = arena_allocate_array(arena, walk.count, sizeof *paths);
  for (size_t i = 0; paths && i < walk.count; i++)
    paths[i] = walk.entries[i].path;
  *ret_paths = (JsonArray){paths, walk.count};
  return paths ? 0 : report_out_of_memory(ret_error);
}

int report_check_scope(const Scan *scan, StringView scope, Error *ret_error) {
  const StringView *notes = scan->notes.items;
  if (scope.length == 0)
    return 0;
  for (size_t i = 0; i < scan->count; i++)
    if (report_in_scope(scope, scan->files[i].path))
      return 0;
  for (size_t i = 0; i < scan->notes.count; i++)
    if (note_is_in_scope(scan, i, scope))
      return error_set(ret_error, ERROR_NOT_FOUND, "%.*s", SV_ARGUMENTS(notes[i]));
  return error_set(ret_error, ERROR_NOT_FOUND, "%.*s: no Python file is there that could be analysed",
                   SV_ARGUMENTS(scope));
}

uint32_t report_line(const FileAnalysis *analysis, uint32_t offset) {
  return line_index_line_of(analysis_lines(analysis), offset) + 1;
}

static const Definition *definition_of(const FileAnalysis *analysis, const TestFacts *test) {
  size_t count;
  return &analysis_definitions(analysis, &count)[test->definition];
}

uint32_t report_test_line(const FileAnalysis *analysis, const TestFacts *test) {
  return report_line(analysis, definition_of(analysis, test)->name_span.start);
}

StringView report_test_digest(const FileAnalysis *analysis, const TestFacts *test, Arena *arena) {
  Span span = definition_of(analysis, test)->span;
  StringView text = string_view_slice(analysis_text(analysis), span.start, span.end);
  return arena_format(arena, "%016llx", (unsigned long long)string_view_hash(text));
}

StringView report_run_id(const ServiceContext *context, Arena *arena) {
  return context->records ? arena_copy(arena, string_view_from(context->run_id)) : (StringView){0};
}

void report_emit(ServiceContext *context, RunEventKind kind, OptionalInteger done, OptionalInteger total,
                 const char *format, ...) {
  if (!context->emit)
    return;
  Error text = {0};
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(&text, ERROR_INTERNAL, format, arguments);  // bounded formatting
  va_end(arguments);
  RunEvent event = {
      .run_id = string_view_from(context->run_id),
      .kind = (int)kind,
      .message = string_view_from(text.message),
      .done = done,
      .total = total,
  };
  context->emit(context->user, &event);
}

bool report_is_test(const ScannedFile *file) {
  return analysis_is_test_file(file->analysis) || string_view_equal_text(path_base_name(file->path), "conftest.py");
}

bool report_has_text(const ScannedFile *file, const RunFile *recorded) {
  char text[DIGEST_TEXT_SIZE];
  digest_to_text(&file->digest, text);
  return string_view_equal_text(recorded->digest, text);
}

// `with_tests`: those outside the scope, too.
static int list_files(const Scan *scan, StringView scope, bool with_tests, Arena *arena, JsonArray *ret_files,
                      Error *ret_error) {
  RunFile *files = arena_allocate_array(arena, scan->count, sizeof *files);
  size_t count = 0;
  if (!files)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < scan->count; i++) {
    bool is_wanted = report_in_scope(scope, scan->files[i].path) || (with_tests && report_is_test(&scan->files[i]));
    if (!is_wanted)
      continue;
    char text[DIGEST_TEXT_SIZE];
    digest_to_text(&scan->files[i].digest, text);
    files[count] = (RunFile){scan->files[i].path, arena_copy(arena, string_view_from(text))};
    if (!files[count++].digest.data)
      return report_out_of_memory(ret_error);
  }
  *ret_files = (JsonArray){files, count};
  return 0;
}

int report_files(const Scan *scan, StringView scope, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  return list_files(scan, scope, false, arena, ret_files, ret_error);
}

int report_files_and_tests(const Scan *scan, StringView scope, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  return list_files(scan, scope, true, arena, ret_files, ret_error);
}

// The text is kept: it is also the answer.
static int save(ServiceContext *context, RunRecord *record, const JsonType *type, const void *report,
                Error *ret_error) {
  Store *store = NULL;
  JsonWriter writer;
  int result = workspace_store(context->workspace, &store, ret_error);
  if (result < 0)
    return result;
  buffer_init(&context->report_json, REPORT_JSON_MAX);
  json_writer_init(&writer, &context->report_json, 0);
  json_encode(&writer, type, report);
  result = buffer_check(&context->report_json, ret_error, "the report of a run");
  record->report = buffer_view(&context->report_json);
  return result < 0 ? result : store_save_run(store, record, ret_error);
}

static int put_notes(const Vector *notes, Arena *arena, JsonArray *ret_notes, Error *ret_error) {
  size_t count = 0;
  void *items = vector_to_arena(notes, arena, &count);
  *ret_notes = (JsonArray){items, count};
  return notes->count > 0 && !items ? report_out_of_memory(ret_error) : 0;
}

int report_record(ServiceContext *context, RunRecord *record, const JsonType *type, const void *report,
                  JsonArray *report_notes, Vector *notes, Arena *arena, Error *ret_error) {
  Error problem = {0};
  buffer_finish(&context->report_json);
  int result = put_notes(notes, arena, report_notes, ret_error);
  if (result < 0 || !context->records)
    return result;
  context->summary = record->title;
  record->run_id = string_view_from(context->run_id);
  record->session_id = context->session_id;
  record->revision = revision_of(workspace_root(context->workspace), arena);
  if (save(context, record, type, report, &problem) == 0)
    return 0;
  buffer_finish(&context->report_json);  // the answer says more
  log_warning("store", "%s", problem.message);
  result = report_note(notes, arena, ret_error, "this run is not in the history: %s", problem.message);
  return result < 0 ? result : put_notes(notes, arena, report_notes, ret_error);
}
