// Runs the steps of the green guard in the harness.
#include "server/generator/guard_run.h"

#include "protocol/json/field.h"
#include "server/base/clock.h"
#include "server/runner/coverage_fields.h"

#define SUITE_SHARE 3  // the suite may take this part of what is left of the time
#define SUITE_MS_MAX (120 * 1000)

typedef struct GreenRequest {
  StringView root;
  StringView scratch;
  StringView original_root;
  JsonArray tests;      // StringView
  JsonArray alone;      // StringView: those of the tests that are also run alone
  JsonArray files;      // StringView
  JsonArray plan;       // StringView
  JsonArray measured;   // StringView
  JsonArray arguments;  // StringView
  JsonArray failing;    // StringView: tests of the suite that fail without the proposed ones
  int64_t suite_ms;
  int64_t repeats;  // of what is run alone
} GreenRequest;

static const JsonField request_fields[] = {
    JSON_FIELD(GreenRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, tests, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, alone, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, files, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, plan, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, measured, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, failing, STRING_ARRAY, 0, NULL),
    JSON_FIELD(GreenRequest, suite_ms, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenRequest, repeats, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType request_type = JSON_TYPE(GreenRequest, request_fields, NULL);

static const JsonField collected_fields[] = {
    JSON_FIELD(GreenCollected, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenCollected, count, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenCollected, parametrised, BOOL, JSON_REQUIRED, NULL),
};
static const JsonType collected_type = JSON_TYPE(GreenCollected, collected_fields, NULL);
static const JsonField result_fields[] = {
    JSON_FIELD(GreenResult, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenResult, step, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(GreenResult, outcome, ENUM, JSON_REQUIRED, outcome_names, NULL),
    JSON_FIELD(GreenResult, message, STRING, 0, NULL),
};
static const JsonType result_type = JSON_TYPE(GreenResult, result_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(GreenAnswer, collected, ARRAY, JSON_REQUIRED, collected_type, NULL),
    JSON_FIELD_OF(GreenAnswer, results, ARRAY, JSON_REQUIRED, result_type, NULL),
    JSON_FIELD_OF(GreenAnswer, coverage, ARRAY, JSON_REQUIRED, coverage_file_type, NULL),
    JSON_FIELD(GreenAnswer, passed, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(GreenAnswer, remarks, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(GreenAnswer, answer_fields, NULL);

// ---- Files ----

int guards_write_files(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error) {
  int result = 0;
  for (size_t file = 0; file < context->file_count && result == 0; file++) {
    size_t placed_count, edit_count;
    TextEdit *edits;
    StringView text = context->files[file].text;
    PlacedTest *placed = guards_placed(proposals, count, file, context->arena, &placed_count);
    if (!placed)
      return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
    if (placed_count == 0 && context->files[file].is_new) {
      result = bench_remove(context->bench, context->files[file].path, context->arena, ret_error);
      continue;
    }
    if (placed_count > 0)
      result = place_edits(&context->files[file], placed, placed_count, context->arena, &edits, &edit_count, ret_error);
    if (result == 0 && placed_count > 0)
      result = place_apply(&context->files[file], edits, edit_count, context->arena, &text, ret_error);
    if (result == 0)
      result = bench_write(context->bench, context->files[file].path, text, context->arena, ret_error);
  }
  return result;
}

// ---- The request ----

static bool push_unique(Vector *texts, StringView text) {
  for (size_t index = 0; index < texts->count; index++)
    if (string_view_equal(*(StringView *)vector_at(texts, index), text))
      return true;
  return vector_push_copy(texts, &text);
}

static int take(Vector *texts, Arena *arena, JsonArray *ret_texts, Error *ret_error) {
  ret_texts->items = vector_to_arena(texts, arena, &ret_texts->count);
  bool is_done = ret_texts->items || texts->count == 0;
  vector_finish(texts);
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

static int fill_request(GuardContext *context, const Proposal *proposals, size_t count, GreenRequest *request,
                        Error *ret_error) {
  Vector tests, alone, files, measured;
  vector_init(&tests, sizeof(StringView), count + 1);
  vector_init(&alone, sizeof(StringView), count + 1);
  vector_init(&files, sizeof(StringView), count + 1);
  vector_init(&measured, sizeof(StringView), count + 1);
  bool is_full = false;
  for (size_t index = 0; index < count; index++) {
    if (proposals[index].guard)
      continue;
    is_full |= !push_unique(&tests, proposals[index].id);
    is_full |= !proposals[index].is_proven && !push_unique(&alone, proposals[index].id);
    is_full |= !push_unique(&files, context->files[proposals[index].file].path);
    is_full |= !push_unique(&measured, proposals[index].original_path);
  }
  int results[] = {
      take(&tests, context->arena, &request->tests, ret_error),
      take(&alone, context->arena, &request->alone, ret_error),
      take(&files, context->arena, &request->files, ret_error),
      take(&measured, context->arena, &request->measured, ret_error),
  };
  for (size_t index = 0; index < sizeof results / sizeof *results; index++)
    if (results[index] < 0)
      return results[index];
  return is_full ? error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run") : 0;
}

// ---- The runs ----

size_t guard_count_left(const Proposal *proposals, size_t count) {
  size_t left = 0;
  for (size_t index = 0; index < count; index++)
    left += !proposals[index].guard;
  return left;
}

bool guard_take_notes(GuardContext *context, JsonArray notes) {
  const StringView *items = notes.items;
  bool is_done = true;
  for (size_t index = 0; index < notes.count; index++)
    is_done = vector_push_copy(&context->notes, &items[index]) && is_done;
  return is_done;
}

// Runs the steps of `plan` with the proposals that are not rejected.
int guard_run_plan(GuardContext *context, const Proposal *proposals, size_t count, JsonArray plan, int64_t repeats,
                   GreenAnswer *ret_answer, Error *ret_error) {
  GreenRequest request = {
      .root = context->bench->root,
      .scratch = context->bench->scratch,
      .original_root = context->original_root,
      .plan = plan,
      .arguments = context->pytest_arguments,
      .failing = context->failing,
      .repeats = repeats,
  };
  int64_t share = bench_left_ms(context->bench) / SUITE_SHARE;
  request.suite_ms = share < SUITE_MS_MAX ? share : SUITE_MS_MAX;
  int result = fill_request(context, proposals, count, &request, ret_error);
  return result < 0 ? result
                    : bench_call(context->bench, "guard_green", &request_type, &request, &answer_type, context->arena,
                                 ret_answer, ret_error);
}

static bool take_failing(GuardContext *context, const GreenAnswer *answer) {
  const GreenResult *results = answer->results.items;
  StringView *failing = arena_allocate_array(context->arena, answer->results.count, sizeof *failing);
  for (size_t index = 0; failing && index < answer->results.count; index++)
    failing[index] = results[index].test;
  context->failing = (JsonArray){failing, failing ? answer->results.count : 0};
  return failing != NULL;
}

int guards_measure_suite(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error) {
  static StringView plan[] = {{"before", 6}};
  GreenAnswer answer;
  int64_t started_ns = clock_monotonic_ns();
  int result = guard_run_plan(context, proposals, count, (JsonArray){plan, 1}, 0, &answer, ret_error);
  if (result < 0)
    return result;
  if (!take_failing(context, &answer))
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
  context->suite_ms = (clock_monotonic_ns() - started_ns) / 1000000;
  context->was_suite_run = true;
  context->is_suite_known = answer.notes.count == 0;  // a note says why the suite did not end
  context->coverage = answer.coverage;
  context->passed = answer.passed;
  return guard_take_notes(context, answer.notes) && guard_take_notes(context, answer.remarks)
             ? 0
             : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are run");
}

int guards_run_alone(GuardContext *context, const Proposal *proposals, size_t count, GuardOutcome *ret_outcomes,
                     Error *ret_error) {
  static StringView plan[] = {{"alone", 5}};
  GreenAnswer answer;
  if (guard_count_left(proposals, count) == 0)
    return 0;
  int result = guards_write_files(context, proposals, count, ret_error);
  if (result == 0)
    result = guard_run_plan(context, proposals, count, (JsonArray){plan, 1}, 1, &answer, ret_error);
  const GreenResult *results = result == 0 ? answer.results.items : NULL;
  for (size_t index = 0; result == 0 && index < answer.results.count; index++)
    for (size_t at = 0; at < count; at++)
      if (!proposals[at].guard && string_view_equal(proposals[at].id, results[index].test)) {
        ret_outcomes[at].was_run = true;
        ret_outcomes[at].has_failed |= results[index].outcome == OUTCOME_FAILED;
        ret_outcomes[at].has_error |= results[index].outcome == OUTCOME_ERROR;
      }
  return result;
}
