// What proposed tests run of the files that they are about: lines, branches, and the boundaries of comparisons.
#include "server/generator/guards.h"

#include "protocol/json/field.h"
#include "server/runner/coverage_fields.h"

#define REACH_SHARE 2  // what tests reach is measured last, so it may take this part of what is left of the time
#define TIME_SHARE 4   // the boundaries of the suite may take this part
#define SUITE_RUNS 20  // the suite's boundaries are looked at when it could be run so often in that part

typedef struct ReachRequest {
  StringView root;
  StringView scratch;
  StringView original_root;
  JsonArray tests;      // StringView; none: the suite
  JsonArray files;      // StringView
  JsonArray arguments;  // StringView
  int64_t limit_ms;
} ReachRequest;

static const JsonField request_fields[] = {
    JSON_FIELD(ReachRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachRequest, tests, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachRequest, files, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ReachRequest, limit_ms, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType request_type = JSON_TYPE(ReachRequest, request_fields, NULL);

typedef struct ReachRow {
  StringView test;
  JsonArray files;       // CoverageFile
  JsonArray boundaries;  // int64_t
} ReachRow;

typedef struct ReachAnswer {
  JsonArray rows;   // ReachRow
  JsonArray notes;  // StringView
} ReachAnswer;

static const JsonField row_fields[] = {
    JSON_FIELD(ReachRow, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(ReachRow, files, ARRAY, JSON_REQUIRED, coverage_file_type, NULL),
    JSON_FIELD(ReachRow, boundaries, INTEGER_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType row_type = JSON_TYPE(ReachRow, row_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(ReachAnswer, rows, ARRAY, JSON_REQUIRED, row_type, NULL),
    JSON_FIELD(ReachAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(ReachAnswer, answer_fields, NULL);

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is measured what tests reach");
}

// The files of the subjects, each once.
static int list_files(GuardContext *context, const Proposal *proposals, size_t count, JsonArray *ret_files,
                      Error *ret_error) {
  StringView *files = arena_allocate_array(context->arena, count, sizeof *files);
  size_t used = 0;
  if (!files)
    return no_memory(ret_error);
  for (size_t index = 0; index < count; index++) {
    size_t at = 0;
    while (at < used && !string_view_equal(files[at], proposals[index].original_path))
      at++;
    if (at == used)
      files[used++] = proposals[index].original_path;
  }
  *ret_files = (JsonArray){files, used};
  return 0;
}

// What could not be measured is said, and held against nobody.
static int note_failure(GuardContext *context, int code, const char *reason, Error *ret_error) {
  bool is_end = code == ERROR_CANCELLED || code == ERROR_NO_MEMORY ||
                (code == ERROR_TIMEOUT && bench_left_ms(context->bench) == 0);
  if (is_end)
    return error_set(ret_error, (ErrorCode)code, "%s", reason);
  StringView note = arena_format(context->arena, "it was not measured what the tests reach: %s", reason);
  return note.data && vector_push_copy(&context->notes, &note) ? 0 : no_memory(ret_error);
}

static int ask(GuardContext *context, const Proposal *proposals, size_t count, JsonArray tests, ReachAnswer *ret_answer,
               Error *ret_error) {
  ReachRequest request = {
      .root = context->bench->root,
      .scratch = context->bench->scratch,
      .original_root = context->original_root,
      .tests = tests,
      .arguments = context->pytest_arguments,
      .limit_ms = bench_left_ms(context->bench) / REACH_SHARE + 1,
  };
  Error problem = {0};
  *ret_answer = (ReachAnswer){0};
  int result = list_files(context, proposals, count, &request.files, ret_error);
  if (result < 0)
    return result;
  result =
      bench_call(context->bench, "reach", &request_type, &request, &answer_type, context->arena, ret_answer, &problem);
  if (result < 0)
    return note_failure(context, result, problem.message, ret_error);
  const StringView *notes = ret_answer->notes.items;
  bool has_failed = ret_answer->rows.count == 0 && ret_answer->notes.count > 0;
  return has_failed ? note_failure(context, ERROR_UNAVAILABLE, arena_terminated(context->arena, notes[0]), ret_error)
                    : 0;
}

static void take_row(Proposal *proposals, size_t count, const ReachRow *row) {
  for (size_t index = 0; index < count; index++)
    if (!proposals[index].guard && string_view_equal(proposals[index].id, row->test)) {
      proposals[index].reach = (Reach){row->files, row->boundaries};
      proposals[index].is_reach_known = row->files.count > 0;  // there may be nothing to measure with
    }
}

int guards_measure_reach(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  StringView *tests = arena_allocate_array(context->arena, count, sizeof *tests);
  ReachAnswer answer;
  size_t asked = 0;
  if (!tests)
    return no_memory(ret_error);
  for (size_t index = 0; index < count; index++)
    if (!proposals[index].guard && !proposals[index].is_reach_tried) {
      proposals[index].is_reach_tried = true;
      tests[asked++] = proposals[index].id;
    }
  if (asked == 0)
    return 0;
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = ask(context, proposals, count, (JsonArray){tests, asked}, &answer, ret_error);
  const ReachRow *rows = result == 0 ? answer.rows.items : NULL;
  for (size_t index = 0; result == 0 && index < answer.rows.count; index++)
    take_row(proposals, count, &rows[index]);
  return result;
}

int guards_measure_boundaries(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error) {
  bool is_slow = context->suite_ms * SUITE_RUNS > bench_left_ms(context->bench) / TIME_SHARE;
  ReachAnswer answer;
  if (context->are_boundaries_tried || !context->is_suite_known || is_slow)
    return 0;
  context->are_boundaries_tried = true;
  if (context->passed == 0) {
    context->are_boundaries_known = true;  // no test reaches any
    return 0;
  }
  int result = guards_write_files(context, NULL, 0, ret_error);
  if (result == 0)
    result = ask(context, proposals, count, (JsonArray){0}, &answer, ret_error);
  if (result < 0 || answer.rows.count != 1)
    return result;
  context->are_boundaries_known = true;
  context->boundaries = ((const ReachRow *)answer.rows.items)->boundaries;
  return 0;
}
