// One `discover` or `mutationTest`: which mutants were meant, and what is said of them.
#include "protocol/memory/map.h"
#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/base/log.h"
#include "server/mutation_server/server_internal.h"
#include "server/services/report.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES_MAX FRAME_CONTENT_MAX
#define EVENT_BYTES_MAX (1u << 20)
#define MUTANTS_KEPT_MAX 1000000u
#define IDENTIFIER_DIGITS 16

// A file or folder that the client named.
typedef struct Scope {
  StringView path;           // relative; empty: the workspace
  const MspLocation *range;  // NULL: all of it
} Scope;

// A mutant of an earlier `discover`, which the client names again.
typedef struct Asked {
  StringView path;
  MspMutant mutant;
  bool is_found;
} Asked;

// A mutant of the answer.
typedef struct Entry {
  StringView path;
  size_t order;
  MspMutant mutant;
} Entry;

typedef struct Work {
  MutationServer *server;
  RpcRequest *request;  // NULL once it was answered
  Job *job;
  bool only_find;
  bool is_everything;  // neither files nor mutants were named
  bool has_asked;      // mutants were named
  Vector scopes;       // Scope
  Vector asked;        // Asked
  Map asked_by_id;     // to the index in `asked`
  ServiceContext service;
  Arena arena;
  Vector entries;  // Entry: of the report's mutants, by their index; then those that are there no more
  Buffer answer;
  Error error;
  int result;
} Work;

// ---- What was asked ----

static int out_of_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while mutants are chosen");
}

static int check_range(const MspFileRange *file, size_t index, Error *ret_error) {
  const MspLocation *range = file->range;
  if (!range || (range->start.line > 0 && range->start.column > 0 && range->end.line > 0 && range->end.column > 0))
    return 0;
  return error_set(ret_error, ERROR_INVALID_ARGUMENT, "files[%zu].range: lines and columns begin at 1", index);
}

// The protocol wants files that are not there to be ignored, not refused; the log says which.
static int add_scope(Work *work, StringView path, const MspLocation *range, StringView *ret_path, Error *ret_error) {
  Scope scope = {.range = range};
  Error problem = {0};
  int result = report_scope(work->server->options->workspace, path, &work->arena, &scope.path, &problem);
  *ret_path = result == 0 ? scope.path : path;
  if (result == ERROR_NO_MEMORY)
    return out_of_memory(ret_error);
  if (result < 0)
    log_warning("mutants", "%s; ignored", problem.message);
  else if (!vector_push_copy(&work->scopes, &scope))
    return out_of_memory(ret_error);
  return 0;
}

static int take_files(Work *work, JsonArray files, Error *ret_error) {
  const MspFileRange *items = files.items;
  StringView path;
  int result = 0;
  for (size_t i = 0; i < files.count && result == 0; i++) {
    result = check_range(&items[i], i, ret_error);
    if (result == 0)
      result = add_scope(work, items[i].path, items[i].range, &path, ret_error);
  }
  return result;
}

static int add_asked(Work *work, StringView path, const MspMutantFile *file, Error *ret_error) {
  const MspMutant *mutants = file->mutants.items;
  for (size_t i = 0; i < file->mutants.count; i++) {
    Asked asked = {path, mutants[i], false};
    bool is_new = false;
    MapValue *slot = map_put(&work->asked_by_id, mutants[i].id, &is_new);
    if (slot && is_new)
      slot->number = (int64_t)work->asked.count;
    if (!slot || (is_new && !vector_push_copy(&work->asked, &asked)))
      return out_of_memory(ret_error);
  }
  return 0;
}

static int take_mutants(Work *work, const JsonValue *mutants, Error *ret_error) {
  Error problem = {0};
  int result = 0;
  if (mutants->kind != JSON_OBJECT)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "mutants: expected an object of files, not %s",
                     json_kind_name(mutants->kind));
  for (size_t i = 0; i < mutants->object.count && result == 0; i++) {
    const JsonMember *member = &mutants->object.members[i];
    MspMutantFile file;
    StringView path;
    result = json_decode(&msp_discovered_file_type, &member->value, &work->arena, &file, &problem);
    if (result < 0)
      return error_set(ret_error, (ErrorCode)result, "mutants[\"%.*s\"]: %s", SV_ARGUMENTS(member->name),
                       problem.message);
    result = add_scope(work, member->name, NULL, &path, ret_error);
    if (result == 0)
      result = add_asked(work, path, &file, ret_error);
  }
  return result;
}

static int take_params(Work *work, const MspMutationTestParams *params, Error *ret_error) {
  work->has_asked = params->mutants != NULL;
  work->is_everything = !work->has_asked && !params->files.items;
  return work->has_asked ? take_mutants(work, params->mutants, ret_error) : take_files(work, params->files, ret_error);
}

// ---- The choice ----

// The same for the same change at the same place, in this session and the next.
static int identify(Work *work, const MutantReport *mutant, StringView *ret_id, Error *ret_error) {
  Digest digest;
  char text[DIGEST_TEXT_SIZE];
  StringView content = arena_format(&work->arena, "%.*s\n%u:%u-%u:%u\n%.*s\n%.*s", SV_ARGUMENTS(mutant->path),
                                    mutant->line, mutant->column, mutant->end_line, mutant->end_column,
                                    SV_ARGUMENTS(mutant->operator), SV_ARGUMENTS(mutant->replacement));
  if (!content.data)
    return out_of_memory(ret_error);
  int result = digest_of(content, &digest, ret_error);
  if (result < 0)
    return result;
  digest_to_text(&digest, text);
  *ret_id = arena_copy(&work->arena, (StringView){text, IDENTIFIER_DIGITS});
  return ret_id->data ? 0 : out_of_memory(ret_error);
}

static int compare_positions(MspPosition left, MspPosition right) {
  return left.line != right.line ? (left.line < right.line ? -1 : 1)
                                 : (left.column > right.column) - (left.column < right.column);
}

// A range is one of a file; of a folder it means nothing. What lies in it wholly is meant.
static bool is_in_scope(const Scope *scope, StringView path, const MspLocation *location) {
  if (!scope->range || !string_view_equal(scope->path, path))
    return report_in_scope(scope->path, path);
  return compare_positions(scope->range->start, location->start) <= 0 &&
         compare_positions(location->end, scope->range->end) <= 0;
}

static bool is_wanted(Work *work, StringView path, const MspMutant *mutant) {
  const Scope *scopes = work->scopes.data;
  if (work->has_asked) {
    const MapValue *slot = map_get(&work->asked_by_id, mutant->id);
    if (slot)
      ((Asked *)vector_at(&work->asked, (size_t)slot->number))->is_found = true;
    return slot != NULL;
  }
  for (size_t i = 0; i < work->scopes.count; i++)
    if (is_in_scope(&scopes[i], path, &mutant->location))
      return true;
  return work->is_everything;
}

static int wants(void *user, const MutantReport *mutant, Range place, bool *ret_wanted, Error *ret_error) {
  Work *work = user;
  Entry entry = {
      .path = mutant->path,
      .order = work->entries.count,
      .mutant =
          {
              .location = {{place.start.line + 1, place.start.character + 1},
                           {place.end.line + 1, place.end.character + 1}},
              .mutatorName = mutant->operator,
              .replacement = mutant->replacement,
          },
  };
  int result = identify(work, mutant, &entry.mutant.id, ret_error);
  if (result < 0)
    return result;
  *ret_wanted = is_wanted(work, mutant->path, &entry.mutant);
  if (*ret_wanted && !vector_push_copy(&work->entries, &entry))
    return out_of_memory(ret_error);
  return 0;
}

// ---- What is said of them ----

static void take_verdict(MspMutant *result, const MutantReport *mutant) {
  const MutantSchemaStatus *status = &mutant_schema_statuses[mutant->status];
  result->status = string_view_from(status->name);
  result->statusReason = string_view_is_absent(mutant->message) ? string_view_from(status->reason) : mutant->message;
  if (!string_view_is_absent(mutant->killed_by))
    result->killedBy = (JsonArray){(void *)(uintptr_t)&mutant->killed_by, 1};
  if (string_view_is_absent(mutant->way))
    return;
  result->testsCompleted = (OptionalInteger){true, mutant->tests_run};
  result->is_static = string_view_equal(mutant->way, SV("import"));
}

// {"files": {PATH: {"mutants": [...]}}}; those of one path stand together.
static void write_files(JsonWriter *writer, const Entry *entries, size_t count, const JsonType *type) {
  json_write_object_begin(writer);
  json_write_name(writer, "files");
  json_write_object_begin(writer);
  for (size_t i = 0; i < count;) {
    StringView path = entries[i].path;
    json_write_name_view(writer, path);
    json_write_object_begin(writer);
    json_write_name(writer, "mutants");
    json_write_array_begin(writer);
    for (; i < count && string_view_equal(entries[i].path, path); i++)
      json_encode(writer, type, &entries[i].mutant);
    json_write_array_end(writer);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
  json_write_object_end(writer);
}

// A verdict on its way from the worker to the loop.
typedef struct Event {
  MutationServer *server;
  Buffer json;
} Event;

static void deliver_event(void *data) {
  Event *event = data;
  if (event->json.failure == 0 && !event->server->is_exiting)
    rpc_peer_notify_raw(event->server->peer, "reportMutationTestProgress", buffer_view(&event->json));
  buffer_finish(&event->json);
  free(event);
}

static void judged(void *user, size_t index, const MutantReport *mutant) {
  Work *work = user;
  Entry *entry = vector_at(&work->entries, index);
  Event *event = calloc(1, sizeof *event);
  JsonWriter writer;
  take_verdict(&entry->mutant, mutant);
  if (!event)
    return;  // the answer has it, too
  event->server = work->server;
  buffer_init(&event->json, EVENT_BYTES_MAX);
  json_writer_init(&writer, &event->json, 0);
  write_files(&writer, entry, 1, &msp_mutant_result_type);
  if (!job_post(work->job, deliver_event, event)) {
    buffer_finish(&event->json);
    free(event);
  }
}

static int compare_entries(const void *left, const void *right) {
  const Entry *a = left, *b = right;
  int order = string_view_compare(a->path, b->path);
  return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

// Who asks for a mutant hears of it, also when it is not there any more.
static int add_missing(Work *work, Error *ret_error) {
  const Asked *asked = work->asked.data;
  for (size_t i = 0; i < work->asked.count; i++) {
    Entry entry = {asked[i].path, work->entries.count, asked[i].mutant};
    if (asked[i].is_found)
      continue;
    entry.mutant.status = SV("Ignored");
    entry.mutant.statusReason = SV("the source has no such mutant any more: discover again");
    if (!vector_push_copy(&work->entries, &entry))
      return out_of_memory(ret_error);
  }
  return 0;
}

static int write_answer(Work *work, const MutationReport *report, Error *ret_error) {
  const MutantReport *mutants = report->mutants.items;
  JsonWriter writer;
  for (size_t i = 0; i < report->mutants.count; i++)
    take_verdict(&((Entry *)vector_at(&work->entries, i))->mutant, &mutants[i]);
  int result = add_missing(work, ret_error);
  if (result < 0)
    return result;
  vector_sort(&work->entries, compare_entries);
  buffer_init(&work->answer, ANSWER_BYTES_MAX);
  json_writer_init(&writer, &work->answer, 0);
  write_files(&writer, work->entries.data, work->entries.count,
              work->only_find ? &msp_discovered_mutant_type : &msp_mutant_result_type);
  return buffer_check(&work->answer, ret_error, "the answer");
}

// ---- The job ----

// What is named is looked through; the choice is made there.
static int make_targets(Work *work, MutateParams *params, Error *ret_error) {
  const Scope *scopes = work->scopes.data;
  StringView *targets = arena_allocate_array(&work->arena, work->scopes.count, sizeof *targets);
  if (!targets)
    return out_of_memory(ret_error);
  for (size_t i = 0; i < work->scopes.count; i++)
    targets[i] = scopes[i].path.length > 0 ? scopes[i].path : SV(".");
  params->targets = (JsonArray){targets, work->scopes.count};
  return 0;
}

static void log_notes(const MutationReport *report) {
  const StringView *notes = report->notes.items;
  const RedTestReport *red = report->red_tests.items;
  for (size_t i = 0; i < report->notes.count; i++)
    log_info("mutants", "%.*s", SV_ARGUMENTS(notes[i]));
  for (size_t i = 0; i < report->red_tests.count; i++)
    log_warning("mutants", "%.*s fails without any mutant and is left out: %.*s", SV_ARGUMENTS(red[i].test),
                SV_ARGUMENTS(red[i].reason));
}

static int choose_and_judge(Work *work, MutationReport *ret_report, Error *ret_error) {
  MutateParams params = {0};
  MutantChoice choice = {work->only_find, wants, judged, work};
  if (!work->is_everything && work->scopes.count == 0)
    return 0;
  int result = make_targets(work, &params, ret_error);
  return result < 0 ? result
                    : service_mutate_chosen(&work->service, &params, &choice, &work->arena, ret_report, ret_error);
}

static void run(void *data, Job *job) {
  Work *work = data;
  MutationReport report = {0};
  work->service.cancel = job_cancel_token(job);
  work->error = (Error){0};
  work->result = choose_and_judge(work, &report, &work->error);
  log_notes(&report);
  if (work->result == 0)
    work->result = write_answer(work, &report, &work->error);
}

static void work_destroy(Work *work) {
  vector_finish(&work->scopes);
  vector_finish(&work->asked);
  map_finish(&work->asked_by_id);
  vector_finish(&work->entries);
  buffer_finish(&work->answer);
  buffer_finish(&work->service.report_json);
  arena_finish(&work->arena);
  free(work);
}

static void done(void *data) {
  Work *work = data;
  if (work->result < 0)
    rpc_request_fail_error(work->request, &work->error);
  else
    rpc_request_reply_raw(work->request, buffer_view(&work->answer));
  work_destroy(work);
}

static void cancel_requested(void *user, RpcRequest *request) {
  (void)request;
  Work *work = user;
  job_cancel(work->job);
}

static Work *work_create(MutationServer *server, RpcRequest *request, bool only_find) {
  Work *work = calloc(1, sizeof *work);
  if (!work)
    return NULL;
  work->server = server;
  work->request = request;
  work->only_find = only_find;
  vector_init(&work->scopes, sizeof(Scope), MUTANTS_KEPT_MAX);
  vector_init(&work->asked, sizeof(Asked), MUTANTS_KEPT_MAX);
  vector_init(&work->entries, sizeof(Entry), MUTANTS_KEPT_MAX);
  map_init(&work->asked_by_id);
  arena_init(&work->arena);
  // What stands when the work never ran.
  work->result = error_set(&work->error, ERROR_CANCELLED, "cancelled before it began");
  work->service = (ServiceContext){
      .workspace = server->options->workspace,
      .session_id = string_view_from(server->id),
      .records = server->options->records,
  };
  store_make_run_id(clock_unix_ms(), work->service.run_id);
  return work;
}

void work_start(MutationServer *server, RpcRequest *request, const MspMutationTestParams *params, bool only_find) {
  Work *work = work_create(server, request, only_find);
  Error error = {0};
  if (!work) {
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "out of memory while mutants are chosen");
    return;
  }
  JobOptions options = {LANE_OPERATION, work, run, done};
  int result = take_params(work, params, &error);
  if (result == 0) {
    rpc_request_on_cancel(request, cancel_requested, work);
    result = job_start(server->jobs, &options, &work->job, &error);
  }
  if (result < 0) {
    work->error = error;
    work->result = result;
    done(work);
  }
}
