// The harness judges the mutants; every verdict is taken as it comes.
#include "protocol/json/field.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/runner/mutate_request.h"
#include "server/services/mutate_internal.h"

#define REQUEST_MAX (64u << 20)  // bytes
#define PROGRESS_NS 100000000    // between two words on how far it is
#define BACKGROUND_NICENESS 10   // of what nobody waits for

// ---- What the harness is asked and answers ----

// The event `baseline`.
typedef struct ReachRow {
  JsonArray tests;  // int64_t, into the names
} ReachRow;

typedef struct Baseline {
  uint32_t tests;
  JsonArray names;  // StringView
  JsonArray reach;  // ReachRow, one per span that was asked for
} Baseline;

typedef struct MutateAnswer {
  JsonArray verdicts;  // JudgedMutant: those that did not come as events
  uint32_t tests;
  JsonArray failed;  // RedTestReport
  const JsonValue *timings;
  JsonArray notes;  // StringView
} MutateAnswer;

static const JsonField reach_row_fields[] = {
    JSON_FIELD(ReachRow, tests, INTEGER_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType reach_row_type = JSON_TYPE(ReachRow, reach_row_fields, NULL);
static const JsonField baseline_fields[] = {
    JSON_FIELD(Baseline, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(Baseline, names, STRING_ARRAY, 0, NULL),
    JSON_FIELD_OF(Baseline, reach, ARRAY, 0, reach_row_type, NULL),
};
static const JsonType baseline_type = JSON_TYPE(Baseline, baseline_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(MutateAnswer, verdicts, ARRAY, 0, judged_mutant_type, NULL),
    JSON_FIELD(MutateAnswer, tests, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutateAnswer, failed, ARRAY, JSON_REQUIRED, red_test_report_type, NULL),
    JSON_FIELD(MutateAnswer, timings, VALUE, 0, NULL),
    JSON_FIELD(MutateAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(MutateAnswer, answer_fields, NULL);

// ---- Verdicts ----

typedef struct Judging {
  MutateWork *work;
  Evidence evidence;
  Arena events;  // what an event decodes into
  uint32_t done, killed, survived;
  int64_t shown_ns;  // when the progress was shown
} Judging;

static int copy_unless_empty(MutateWork *work, StringView text, StringView *ret_copy, Error *ret_error) {
  *ret_copy = text.length > 0 ? arena_copy(work->arena, text) : (StringView){0};
  return text.length > 0 && !ret_copy->data ? report_out_of_memory(ret_error) : 0;
}

// Copied into the report's arena.
static int copy_names(MutateWork *work, JsonArray names, JsonArray *ret_copies, Error *ret_error) {
  const StringView *items = names.items;
  StringView *copies = arena_allocate_array(work->arena, names.count, sizeof *copies);
  bool is_fine = copies != NULL;
  for (size_t i = 0; i < names.count && is_fine; i++) {
    copies[i] = arena_copy(work->arena, items[i]);
    is_fine = copies[i].data != NULL;
  }
  *ret_copies = (JsonArray){copies, is_fine ? names.count : 0};
  return is_fine ? 0 : report_out_of_memory(ret_error);
}

static int keep_verdict(Judging *judging, const JudgedMutant *verdict, StringView path, Error *ret_error) {
  MutantVerdict row = {
      .key = verdict->key,
      .path = path,
      .status = verdict->status,
      .way = verdict->way,
      .test = verdict->test,
      .message = verdict->message,
      .tests_run = verdict->tests_run,
  };
  return verdict->key.length > 0 ? evidence_add(&judging->evidence, &row, ret_error) : 0;
}

// The first verdict on a mutant counts: answers may repeat what came as events.
static int take_verdict(Judging *judging, const JudgedMutant *verdict, Error *ret_error) {
  MutateWork *work = judging->work;
  if (verdict->index < 0 || (uint64_t)verdict->index >= work->candidates.count || verdict->status == MUTANT_PENDING)
    return error_set(ret_error, ERROR_PROTOCOL, "the test harness says \"%s\" of mutant %lld, of %zu",
                     mutant_status_names[verdict->status], (long long)verdict->index, work->candidates.count);
  Candidate *candidate = vector_at(&work->candidates, (size_t)verdict->index);
  MutantReport *mutant = &candidate->report;
  if (mutant->status != MUTANT_PENDING)
    return 0;
  int result = copy_unless_empty(work, verdict->way, &mutant->way, ret_error);
  if (result == 0)
    result = copy_unless_empty(work, verdict->test, &mutant->killed_by, ret_error);
  if (result == 0)
    result = copy_unless_empty(work, verdict->message, &mutant->message, ret_error);
  if (result == 0 && verdict->reached_by.count > 0)
    result = copy_names(work, verdict->reached_by, &mutant->reached_by, ret_error);
  if (result < 0)
    return result;
  mutant->tests_run = verdict->tests_run > 0 ? (uint32_t)verdict->tests_run : 0;
  mutant->kept = verdict->kept;
  mutant->status = verdict->status;
  judging->done++;
  judging->killed += mutant->status == MUTANT_KILLED;
  judging->survived += mutant->status == MUTANT_SURVIVED;
  if (work->choice && work->choice->judged)
    work->choice->judged(work->choice->user, (size_t)verdict->index, mutant);
  if (work->kills && mutant->status == MUTANT_KILLED) {
    candidate->is_cut_short = verdict->is_cut_short;
    work->kills->cut_short += verdict->is_cut_short;
    result = kill_table_add_kill(work->kills, (uint32_t)verdict->index, verdict->test, verdict->killers, ret_error);
    if (result < 0)
      return result;
  }
  return keep_verdict(judging, verdict, mutant->path, ret_error);
}

// A survivor is news; of the rest it suffices to say now and then how far it is.
static void show_progress(Judging *judging, const Candidate *news) {
  ServiceContext *context = judging->work->context;
  uint32_t total = (uint32_t)judging->work->candidates.count;
  int64_t now_ns = clock_monotonic_ns();
  if (!context->emit || (!news && judging->done < total && now_ns - judging->shown_ns < PROGRESS_NS))
    return;
  judging->shown_ns = now_ns;
  StringView message = arena_format(&judging->events, "%u of %u mutants: %u killed, %u survived", judging->done, total,
                                    judging->killed, judging->survived);
  RunEvent event = {
      .run_id = string_view_from(context->run_id),
      .kind = EVENT_PROGRESS,
      .message = message.data ? message : SV("judging mutants"),
      .done = {true, judging->done},
      .total = {true, total},
      .mutant = news ? &news->report : NULL,
      .function = news ? vector_at(&judging->work->functions, news->function) : NULL,
  };
  context->emit(context->user, &event);
}

static int on_verdict(Judging *judging, const JsonValue *event, Error *ret_error) {
  JudgedMutant verdict;
  int result = json_decode(&judged_mutant_type, event, &judging->events, &verdict, ret_error);
  if (result == 0)
    result = take_verdict(judging, &verdict, ret_error);
  if (result < 0)
    return result;
  const Candidate *candidate = vector_at(&judging->work->candidates, (size_t)verdict.index);
  show_progress(judging, verdict.status == MUTANT_SURVIVED ? candidate : NULL);
  evidence_save_old(&judging->evidence);
  return 0;
}

static int take_reach_row(const ReachRow *row, JsonArray names, MutateWork *work, MutatedFunctionReport *function,
                          Error *ret_error) {
  const int64_t *numbers = row->tests.items;
  const StringView *items = names.items;
  StringView *tests = arena_allocate_array(work->arena, row->tests.count, sizeof *tests);
  if (!tests)
    return report_out_of_memory(ret_error);
  for (size_t i = 0; i < row->tests.count; i++) {
    if (numbers[i] < 0 || (uint64_t)numbers[i] >= names.count)
      return error_set(ret_error, ERROR_PROTOCOL, "the test harness speaks of test %lld, of %zu", (long long)numbers[i],
                       names.count);
    tests[i] = items[numbers[i]];
  }
  function->tests = (JsonArray){tests, row->tests.count};
  function->tests_known = true;
  return 0;
}

static int take_reach(MutateWork *work, const Baseline *baseline, Error *ret_error) {
  const ReachRow *rows = baseline->reach.items;
  JsonArray names;
  if (baseline->reach.count != work->functions.count)
    return error_set(ret_error, ERROR_PROTOCOL, "the test harness says what reaches %zu functions, of %zu",
                     baseline->reach.count, work->functions.count);
  int result = copy_names(work, baseline->names, &names, ret_error);
  for (size_t i = 0; i < work->functions.count && result == 0; i++)
    result = take_reach_row(&rows[i], names, work, vector_at(&work->functions, i), ret_error);
  return result;
}

static int on_baseline(Judging *judging, const JsonValue *event, Error *ret_error) {
  Baseline baseline;
  int result = json_decode(&baseline_type, event, &judging->events, &baseline, ret_error);
  if (result == 0)
    judging->work->report.tests = baseline.tests;
  return result == 0 && baseline.reach.count > 0 ? take_reach(judging->work, &baseline, ret_error) : result;
}

static int on_reach(Judging *judging, const JsonValue *event, Error *ret_error) {
  KillTable *kills = judging->work->kills;
  return kills ? kill_table_take_reach(kills, event, ret_error) : 0;
}

static const struct {
  const char *name;
  int (*handle)(Judging *judging, const JsonValue *event, Error *ret_error);
} event_handlers[] = {{"verdict", on_verdict}, {"baseline", on_baseline}, {"reach", on_reach}};

static int on_event(void *user, const JsonValue *event, Error *ret_error) {
  Judging *judging = user;
  const JsonValue *kind = json_member(event, "event");
  int result = 0;
  for (size_t i = 0; i < sizeof event_handlers / sizeof *event_handlers; i++)
    if (kind && kind->kind == JSON_STRING && string_view_equal_text(kind->string, event_handlers[i].name))
      result = event_handlers[i].handle(judging, event, ret_error);
  arena_reset(&judging->events);
  return result;
}

static int on_idle(void *user, Error *ret_error) {
  (void)ret_error;
  Judging *judging = user;
  show_progress(judging, NULL);
  arena_reset(&judging->events);
  evidence_save_old(&judging->evidence);
  return 0;
}

// ---- The call ----

static int make_files(MutateWork *work, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  const Candidate *candidates = work->candidates.data;
  size_t count = work->candidates.count;
  MutantRequest *requests = arena_allocate_array(arena, count, sizeof *requests);
  Vector files;
  vector_init(&files, sizeof(MutatedFile), MUTANTS_MAX);
  MutatedFile *file = NULL;
  bool is_fine = requests != NULL;
  for (size_t i = 0; i < count && is_fine; i++) {
    if (i == 0 || !string_view_equal(candidates[i].report.path, candidates[i - 1].report.path)) {
      file = vector_push(&files);
      if (file)
        *file = (MutatedFile){path_join(arena, workspace_root(work->context->workspace), candidates[i].report.path),
                              {&requests[i], 0}};
      is_fine = file && file->path.data;
    }
    requests[i] = (MutantRequest){candidates[i].start, candidates[i].end, candidates[i].report.replacement};
    if (is_fine)
      file->mutants.count++;
  }
  if (is_fine)
    return report_take(&files, arena, ret_files, ret_error);
  vector_finish(&files);
  return report_out_of_memory(ret_error);
}

static int make_spans(const MutateWork *work, Arena *arena, JsonArray *ret_spans, Error *ret_error) {
  LineSpan *spans = arena_allocate_array(arena, work->functions.count, sizeof *spans);
  bool is_fine = spans != NULL;
  for (size_t i = 0; i < work->functions.count && is_fine; i++) {
    const MutatedFunctionReport *function = vector_at(&work->functions, i);
    spans[i] = (LineSpan){path_join(arena, workspace_root(work->context->workspace), function->path), function->line,
                          function->end_line};
    is_fine = spans[i].path.data != NULL;
  }
  *ret_spans = (JsonArray){spans, work->functions.count};
  return is_fine ? 0 : report_out_of_memory(ret_error);
}

static int take_answer(Judging *judging, const JsonValue *value, Error *ret_error) {
  MutateWork *work = judging->work;
  MutateAnswer answer;
  int result = json_decode(&answer_type, value, work->arena, &answer, ret_error);
  const JudgedMutant *verdicts = result == 0 ? answer.verdicts.items : NULL;
  for (size_t i = 0; result == 0 && i < answer.verdicts.count; i++)
    result = take_verdict(judging, &verdicts[i], ret_error);
  if (result < 0)
    return result;
  work->report.tests = answer.tests;
  work->report.red_tests = answer.failed;
  work->report.timings = answer.timings;
  result = report_notes_append(&work->notes, answer.notes, ret_error);
  if (result == 0 && judging->done != work->candidates.count)
    result = error_set(ret_error, ERROR_PROTOCOL, "the test harness judged %u of %zu mutants", judging->done,
                       work->candidates.count);
  return result;
}

static int take_known(JsonArray verdicts, Arena *arena, JsonArray *ret_known, Error *ret_error) {
  const MutantVerdict *rows = verdicts.items;
  KnownVerdict *known = arena_allocate_array(arena, verdicts.count, sizeof *known);
  for (size_t i = 0; known && i < verdicts.count; i++)
    known[i] =
        (KnownVerdict){rows[i].key, rows[i].status, rows[i].way, rows[i].test, rows[i].message, rows[i].tests_run};
  *ret_known = (JsonArray){known, verdicts.count};
  return known ? 0 : report_out_of_memory(ret_error);
}

// What is known of the mutants is only needed until it is written.
static int write_request(Judging *judging, const Harness *harness, Buffer *json, Error *ret_error) {
  MutateWork *work = judging->work;
  JsonWriter writer;
  JsonArray verdicts = {0};
  Arena arena;
  RunnerOptions options = service_runner_options(work->context, work->settings);
  MutateRequest request = {
      .root = options.root,
      .scratch = harness_scratch(harness),
      .arguments = options.pytest_arguments,
      .workers = work->params->workers.present ? work->params->workers.value : 0,
      .selection = work->params->tests,
      .all_killers = work->kills != NULL,
      .stays_ready = work->params->background,
  };
  arena_init(&arena);
  int result = make_files(work, &arena, &request.files, ret_error);
  if (result == 0 && work->params->reach)
    result = make_spans(work, &arena, &request.spans, ret_error);
  if (result == 0)
    result = evidence_open(work, &judging->evidence, &arena, &verdicts);
  if (result == 0)
    result = take_known(verdicts, &arena, &request.known, ret_error);
  if (result == 0) {
    json_writer_init(&writer, json, 0);
    json_encode(&writer, &mutate_request_type, &request);
    result = buffer_check(json, ret_error, "the request to the test harness");
  }
  arena_finish(&arena);
  return result;
}

static int call_harness(Judging *judging, Harness *harness, Error *ret_error) {
  MutateWork *work = judging->work;
  Buffer json;
  const JsonValue *answer = NULL;
  HarnessListener listener = {on_event, on_idle, judging};
  buffer_init(&json, REQUEST_MAX);
  int result = write_request(judging, harness, &json, ret_error);
  if (result == 0)
    result = harness_stream(harness, "mutate", buffer_view(&json), work->arena, &listener, &answer, ret_error);
  buffer_finish(&json);
  return result == 0 ? take_answer(judging, answer, ret_error) : result;
}

static int take_versions(MutateWork *work, const Harness *harness, Error *ret_error) {
  const InterpreterInfo *info = harness_interpreter(harness);
  int result = copy_unless_empty(work, info->python_version, &work->report.python_version, ret_error);
  return result == 0 ? copy_unless_empty(work, info->pytest_version, &work->report.pytest_version, ret_error) : result;
}

// Runs in the background follow each other, one with every save.
static int judge_with(Judging *judging, Error *ret_error) {
  MutateWork *work = judging->work;
  Spare *spare = work->params->background ? workspace_spare_harness(work->context->workspace) : NULL;
  Harness *harness = NULL;
  RunnerOptions options = service_runner_options(work->context, work->settings);
  options.wall_ms = work->settings->mutate_timeout * 1000;
  options.niceness = spare ? BACKGROUND_NICENESS : 0;
  int result = spare ? spare_take(spare, &options, &harness, ret_error) : harness_start(&options, &harness, ret_error);
  if (result == 0)
    result = harness_require_pytest(harness, ret_error);
  if (result == 0)
    result = take_versions(work, harness, ret_error);
  if (result == 0)
    result = call_harness(judging, harness, ret_error);
  if (result == 0 && spare)
    spare_keep(spare, &options, harness);
  else
    harness_destroy(harness);
  return result;
}

int mutate_judge(MutateWork *work, Error *ret_error) {
  Judging judging = {.work = work};
  arena_init(&judging.events);
  int result = judge_with(&judging, ret_error);
  int closed = evidence_close(work, &judging.evidence);
  arena_finish(&judging.events);
  return result < 0 ? result : closed;
}
