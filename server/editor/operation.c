#include "server/editor/operation.h"

#include "protocol/testgen/methods.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/editor/apply_edits.h"
#include "server/editor/mutate_on_save.h"
#include "server/editor/spec_disagreements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX (64u << 20)  // bytes of an answer
#define MESSAGE_BYTES 4096u
#define ESTIMATE_AFTER_SECONDS 1.0

// ---- Progress ----

static void send_progress(Operation *operation, const JsonType *type, const void *value) {
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, MESSAGE_BYTES);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name(&writer, "token");
  json_write_raw(&writer, buffer_view(&operation->token));
  json_write_name(&writer, "value");
  json_encode(&writer, type, value);
  json_write_object_end(&writer);
  if (json.failure == 0)
    rpc_peer_notify_raw(operation->session->peer, "$/progress", buffer_view(&json));
  buffer_finish(&json);
}

static void progress_begin(Operation *operation) {
  if (operation->token.length == 0 || operation->has_begun)
    return;
  LspWorkDoneProgressBegin begin = {
      .title = string_view_from(command_row(operation->command)->title),
      .cancellable = true,
      .message = operation->background,
  };
  operation->has_begun = true;
  send_progress(operation, &lsp_work_done_progress_begin_type, &begin);
}

static void progress_end(Operation *operation) {
  if (!operation->has_begun)
    return;
  LspWorkDoneProgressEnd end = {
      .message = operation->result == 0 ? SV("done") : string_view_from(operation->error.message),
  };
  send_progress(operation, &lsp_work_done_progress_end_type, &end);
  operation->has_begun = false;
}

// From the pace since the first count came: what goes before it takes its own time.
static bool add_estimate(Operation *operation, const RunEvent *event, char ret_text[MESSAGE_BYTES]) {
  int64_t now_ns = clock_monotonic_ns(), done = event->done.value, total = event->total.value;
  if (!event->done.present || !event->total.present || done <= 0)
    return false;
  if (operation->first_progress_ns == 0)
    operation->first_progress_ns = now_ns;
  double elapsed = (double)(now_ns - operation->first_progress_ns) / 1e9;
  if (elapsed < ESTIMATE_AFTER_SECONDS || done >= total)
    return false;
  int size = snprintf(ret_text, MESSAGE_BYTES, "%.*s; about %.0f s left", SV_ARGUMENTS(event->message),
                      elapsed * (double)(total - done) / (double)done);
  return size > 0 && (size_t)size < MESSAGE_BYTES;
}

static void progress_report(Operation *operation, const RunEvent *event) {
  if (!operation->has_begun)
    return;
  LspWorkDoneProgressReport report = {.cancellable = true, .message = event->message};
  char text[MESSAGE_BYTES];
  if (add_estimate(operation, event, text))
    report.message = string_view_from(text);
  if (event->done.present && event->total.present && event->total.value > 0) {
    int percentage = (int)(100 * event->done.value / event->total.value);
    if (percentage > operation->last_percentage)
      operation->last_percentage = percentage > 100 ? 100 : percentage;
    report.percentage = (OptionalInteger){true, operation->last_percentage};
  }
  send_progress(operation, &lsp_work_done_progress_report_type, &report);
}

// A token of ours: the client must agree before it is used. The answer may come after the work has ended.
typedef struct TokenRequest {
  Session *session;
  char run_id[RUN_ID_SIZE];
} TokenRequest;

static void token_created(void *user, const JsonValue *result, const Error *error) {
  (void)result;
  TokenRequest *token = user;
  for (Operation *operation = token->session->operations; operation && !error; operation = operation->next)
    if (strcmp(operation->service.run_id, token->run_id) == 0)
      progress_begin(operation);
  free(token);
}

static void create_token(Operation *operation) {
  Session *session = operation->session;
  bool is_wanted = session->client.shows_progress && command_row(operation->command)->is_long;
  TokenRequest *token = is_wanted ? calloc(1, sizeof *token) : NULL;
  if (!token)
    return;
  token->session = session;
  memcpy(token->run_id, operation->service.run_id, sizeof token->run_id);
  buffer_append_format(&operation->token, "\"testgen-%llu\"", (unsigned long long)++session->next_token);
  LspWorkDoneProgressCreateParams params = {
      .token_name = string_view_slice(buffer_view(&operation->token), 1, operation->token.length - 1)};
  if (rpc_peer_call(session->peer, "window/workDoneProgress/create", &lsp_work_done_progress_create_params_type,
                    &params, token_created, token, NULL) < 0)
    free(token);
}

// ---- Events ----

// An event on its way from the worker to the loop, as JSON: the worker's strings live only during its call.
typedef struct EventMessage {
  Session *session;
  char run_id[RUN_ID_SIZE];
  Buffer json;
  char text[ERROR_MESSAGE_MAX];
  OptionalInteger done, total;
  Arena arena;           // holds the next two
  MutantReport *mutant;  // NULL: the event tells of none
  MutatedFunctionReport *function;
} EventMessage;

// By way of JSON: the tables know every member.
static void *copy_struct(const JsonType *type, const void *value, Arena *arena) {
  Buffer json;
  JsonWriter writer;
  JsonValue *tree = arena_allocate(arena, sizeof *tree);
  void *copy = arena_allocate(arena, type->size);
  buffer_init(&json, 1u << 20);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, type, value);
  bool is_fine = tree && copy && json.failure == 0;
  StringView text = is_fine ? arena_copy(arena, buffer_view(&json)) : (StringView){0};
  is_fine = text.data && json_parse(text, arena, tree, NULL) == 0 && json_decode(type, tree, arena, copy, NULL) == 0;
  buffer_finish(&json);
  return is_fine ? copy : NULL;
}

static Folder *folder_of_operation(const Operation *operation) {
  return folder_of_workspace(operation->session, operation->workspace);
}

static void show_survivor(const Operation *operation, const EventMessage *message) {
  Folder *folder = folder_of_operation(operation);
  if (!folder || !message->mutant || !message->function || operation->session->is_exiting)
    return;
  evidence_add_survivor(folder, &operation->origin, message->function, message->mutant);
  folder_show_mutants(folder, message->function->path);
}

static void event_message_destroy(EventMessage *message) {
  arena_finish(&message->arena);
  buffer_finish(&message->json);
  free(message);
}

static void deliver_event(void *data) {
  EventMessage *message = data;
  Session *session = message->session;
  RunEvent event = {.message = string_view_from(message->text), .done = message->done, .total = message->total};
  for (Operation *operation = session->operations; operation; operation = operation->next)
    if (strcmp(operation->service.run_id, message->run_id) == 0) {
      progress_report(operation, &event);
      show_survivor(operation, message);
    }
  if (session->client.wants_run_events && message->json.failure == 0 && !session->is_exiting)
    rpc_peer_notify_raw(session->peer, "testgen/runEvent", buffer_view(&message->json));
  event_message_destroy(message);
}

static void emit(void *user, const RunEvent *event) {
  Operation *operation = user;
  EventMessage *message = calloc(1, sizeof *message);
  JsonWriter writer;
  if (!message)
    return;  // an event that is lost costs a line of progress, never a result
  message->session = operation->session;
  memcpy(message->run_id, operation->service.run_id, sizeof message->run_id);
  snprintf(message->text, sizeof message->text, "%.*s", SV_ARGUMENTS(event->message));
  message->done = event->done;
  message->total = event->total;
  buffer_init(&message->json, 1u << 20);
  json_writer_init(&writer, &message->json, 0);
  RunEvent with_folder = *event;
  with_folder.uri = operation->uri;
  json_encode(&writer, &run_event_type, &with_folder);
  if (event->mutant && event->function) {
    message->mutant = copy_struct(&mutant_report_type, event->mutant, &message->arena);
    message->function = copy_struct(&mutated_function_report_type, event->function, &message->arena);
  }
  if (!job_post(operation->job, deliver_event, message))
    event_message_destroy(message);
}

static void emit_edge(Operation *operation, RunEventKind kind, const char *text) {
  RunEvent event = {.run_id = string_view_from(operation->service.run_id),
                    .uri = operation->uri,
                    .kind = (int)kind,
                    .message = string_view_from(text)};
  Buffer json;
  JsonWriter writer;
  if (!operation->session->client.wants_run_events)
    return;
  buffer_init(&json, MESSAGE_BYTES);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, &run_event_type, &event);
  if (json.failure == 0)
    rpc_peer_notify_raw(operation->session->peer, "testgen/runEvent", buffer_view(&json));
  buffer_finish(&json);
}

// ---- The job ----

#define ANSWER_BYTES_MAX (256u << 20)

// The answer is encoded here, off the loop, unless the history has its text already.
static void encode_answer(Operation *operation) {
  JsonWriter writer;
  if (operation->service.report_json.length > 0)
    return;
  buffer_init(&operation->service.report_json, ANSWER_BYTES_MAX);
  json_writer_init(&writer, &operation->service.report_json, 0);
  json_encode(&writer, command_row(operation->command)->result, operation->report);
  operation->result = buffer_check(&operation->service.report_json, &operation->error, "the answer");
}

static void operation_work(void *data, Job *job) {
  Operation *operation = data;
  operation->service.cancel = job_cancel_token(job);
  operation->error = (Error){0};
  operation->result = service_call(operation->command, &operation->service, operation->params, &operation->arena,
                                   operation->report, &operation->error);
  if (operation->result == 0)
    encode_answer(operation);
}

static void unlink_operation(Operation *operation) {
  for (Operation **link = &operation->session->operations; *link; link = &(*link)->next)
    if (*link == operation) {
      *link = operation->next;
      return;
    }
}

static void operation_destroy(Operation *operation) {
  buffer_finish(&operation->token);
  buffer_finish(&operation->service.report_json);
  arena_finish(&operation->arena);
  workspace_release(operation->workspace);
  free(operation);
}

static void answer(Operation *operation) {
  RpcRequest *request = operation->request;
  operation->request = NULL;
  if (!request)
    return;
  if (operation->result < 0)
    rpc_request_fail_error(request, &operation->error);
  else
    rpc_request_reply_raw(request, buffer_view(&operation->service.report_json));
}

// A test was wanted that kills a mutant, and there is none: says what was tried.
static void tell_survival(const Operation *operation) {
  const GenerateParams *params = operation->params;
  const GenerateReport *report = operation->report;
  const RejectedTest *rejected = report->rejected.items;
  size_t passing = 0;
  if (!params->kill || report->accepted.count > 0)
    return;
  for (size_t i = 0; i < report->rejected.count; i++)
    passing += string_view_equal_text(rejected[i].guard, "red");
  session_show(operation->session, LSP_MESSAGE_INFO,
               "TestGen found no test that kills the mutant in line %u of %.*s: of %zu tests that it proposed, %zu do "
               "not fail with the change, %zu were not fit to be run; write one by hand",
               params->kill->line, SV_ARGUMENTS(report->target), report->rejected.count, passing,
               report->rejected.count - passing);
}

// Code was wanted, and no attempt passed its tests.
static void tell_no_code(const Operation *operation) {
  const GenerateReport *report = operation->report;
  const ImplementationReport *code = report->implementation;
  const ImplementationAttempt *attempts = code ? code->attempts.items : NULL;
  uint32_t passed = 0, tests = 0;
  if (!code || code->complete)
    return;
  for (size_t i = 0; i < code->attempts.count; i++) {
    passed = attempts[i].passed > passed ? attempts[i].passed : passed;
    tests = attempts[i].passed + attempts[i].failed > tests ? attempts[i].passed + attempts[i].failed : tests;
  }
  session_show(operation->session, LSP_MESSAGE_WARNING,
               "TestGen did not get code for %.*s that passes every test: in %zu attempt%s at most %u of %u passed. "
               "Nothing was changed; the run in the history shows each attempt",
               SV_ARGUMENTS(report->target), code->attempts.count, code->attempts.count == 1 ? "" : "s", passed, tests);
}

// What the editor shows beside the answer.
static void follow_up(Operation *operation) {
  Folder *folder = folder_of_operation(operation);
  if (!folder)
    return;
  if (operation->command == COMMAND_SHOW_COVERAGE_GAPS)
    folder_show_gaps(folder, operation->report);
  if (operation->command == COMMAND_VALUE)
    folder_show_values(folder, operation->report);
  if (operation->command == COMMAND_BOUNDARY)
    evidence_keep_boundary(&folder->evidence, operation->report);
  if (operation->command == COMMAND_CHEATS)
    evidence_keep_cheats(&folder->evidence, operation->report);
  if (operation->command == COMMAND_GENERATE)
    disagreements_take(&folder->evidence, operation->report);
  if (operation->command == COMMAND_BOUNDARY || operation->command == COMMAND_CHEATS ||
      operation->command == COMMAND_GENERATE)
    folder_publish(folder);
  if (operation->command == COMMAND_GENERATE || operation->command == COMMAND_IMPLEMENT)
    apply_generated_edits(operation->session, folder, operation->report);
  if (operation->command == COMMAND_IMPLEMENT)
    tell_no_code(operation);
  if (operation->command == COMMAND_GENERATE)
    tell_survival(operation);
}

// Also of a run that ended early: its report says so.
static void show_mutants(const Operation *operation) {
  Folder *folder = folder_of_operation(operation);
  const MutationReport *report = operation->report;
  if (!folder || operation->command != COMMAND_MUTATE || string_view_is_absent(report->status))
    return;
  evidence_take_report(folder, &operation->origin, report);
  folder_show_mutants(folder, (StringView){0});
}

// A client that is told of no runs has no view of reports, and many such clients do not show either that a command
// failed.
static void tell_plain_client(const Operation *operation) {
  Session *session = operation->session;
  if (session->client.wants_run_events || !operation->request || operation->result == ERROR_CANCELLED)
    return;
  if (operation->result < 0)
    session_show(session, LSP_MESSAGE_ERROR, "TestGen: %s", operation->error.message);
  else if (!string_view_is_absent(operation->service.summary))
    session_show(session, LSP_MESSAGE_INFO, "TestGen: %.*s", SV_ARGUMENTS(operation->service.summary));
}

static void show_store_notice(Operation *operation) {
  char notice[STORE_NOTICE_MAX];
  if (workspace_take_store_notice(operation->workspace, notice))
    session_show(operation->session, LSP_MESSAGE_WARNING, "TestGen: %s", notice);
}

static void operation_done(void *data) {
  Operation *operation = data;
  Session *session = operation->session;
  show_store_notice(operation);
  unlink_operation(operation);
  progress_end(operation);
  emit_edge(operation, operation->result == 0 ? EVENT_COMPLETE : EVENT_ERROR,
            operation->result == 0 ? "done" : operation->error.message);
  if (operation->result == 0 && !session->is_exiting)
    follow_up(operation);
  if (!session->is_exiting)
    tell_plain_client(operation);
  if (!session->is_exiting)
    show_mutants(operation);
  if (!string_view_is_absent(operation->background) && !session->is_exiting)
    mutate_on_save_ended(folder_of_operation(operation), operation);
  answer(operation);
  operation_destroy(operation);
}

static void cancel_requested(void *user, RpcRequest *request) {
  (void)request;
  Operation *operation = user;
  if (operation->job)
    job_cancel(operation->job);
}

static void use_token(Operation *operation, const JsonValue *token) {
  JsonWriter writer;
  buffer_init(&operation->token, MESSAGE_BYTES);
  if (token) {
    json_writer_init(&writer, &operation->token, 0);
    json_write_value(&writer, token);
    progress_begin(operation);
  } else {
    create_token(operation);
  }
}

static Operation *operation_create(Folder *folder, CommandIdentifier command, const JsonValue *argument,
                                   Error *ret_error) {
  const CommandRow *row = command_row(command);
  Operation *operation = calloc(1, sizeof *operation);
  if (!operation) {
    error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting %s", row->name);
    return NULL;
  }
  static const JsonValue nothing = {.kind = JSON_OBJECT};
  operation->session = folder->session;
  operation->command = command;
  operation->workspace = workspace_retain(folder->workspace);
  operation->uri = arena_copy(&operation->arena, string_view_from(folder->uri));
  operation->params = arena_allocate(&operation->arena, row->params->size);
  operation->report = row->result ? arena_allocate(&operation->arena, row->result->size) : NULL;
  if (!operation->params || !operation->report)
    error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting %s", row->name);
  else if (json_decode(row->params, argument ? argument : &nothing, &operation->arena, operation->params, ret_error) ==
           0)
    return operation;
  operation_destroy(operation);
  return NULL;
}

static void operation_launch(Operation *operation, const JsonValue *token) {
  Session *session = operation->session;
  Error error = {0};
  // What stands when the work never ran.
  operation->result = error_set(&operation->error, ERROR_CANCELLED, "cancelled before it began");
  operation->service = (ServiceContext){
      .workspace = operation->workspace,
      .session_id = string_view_from(session->id),
      .emit = emit,
      .user = operation,
      .records = true,
  };
  store_make_run_id(clock_unix_ms(), operation->service.run_id);
  operation->next = session->operations;
  session->operations = operation;
  JobOptions options = {LANE_OPERATION, operation, operation_work, operation_done};
  use_token(operation, token);
  emit_edge(operation, EVENT_START, command_row(operation->command)->title);
  if (operation->request)
    rpc_request_on_cancel(operation->request, cancel_requested, operation);
  if (job_start(session->jobs, &options, &operation->job, &error) < 0) {
    operation->error = error;
    operation_done(operation);
  }
}

// The decoded parameters borrow from the request's arena, which lives until the answer, and so does the operation.
void operation_start(Folder *folder, RpcRequest *request, CommandIdentifier command, const JsonValue *argument,
                     const JsonValue *token) {
  Error error = {0};
  Operation *operation = operation_create(folder, command, argument, &error);
  if (!operation) {
    rpc_request_fail_error(request, &error);
    return;
  }
  operation->request = request;
  operation->origin = (EvidenceOrigin){.started_ms = clock_unix_ms(), .as_of = folder->test_saves};
  operation_launch(operation, token);
}

static void cancel_background(Session *session, const Workspace *workspace, StringView path) {
  for (Operation *operation = session->operations; operation; operation = operation->next)
    if (operation->job && operation->workspace == workspace && !string_view_is_absent(operation->background) &&
        string_view_equal(operation->background, path))
      job_cancel(operation->job);
}

void operation_start_background(Folder *folder, StringView path, const MutateParams *params,
                                const EvidenceOrigin *origin) {
  Session *session = folder->session;
  Error error = {0};
  Operation *operation = operation_create(folder, COMMAND_MUTATE, NULL, &error);
  MutateParams *copy = operation ? copy_struct(&mutate_params_type, params, &operation->arena) : NULL;
  cancel_background(session, folder->workspace, path);
  if (operation)
    operation->background = arena_copy(&operation->arena, path);
  if (!operation || !copy || !operation->background.data) {
    log_error("mutants", "%.*s: its mutants are not judged: out of memory", SV_ARGUMENTS(path));
    if (operation)
      operation_destroy(operation);
    return;
  }
  operation->params = copy;
  operation->origin = *origin;
  operation_launch(operation, NULL);
}

size_t operations_cancel(Session *session, StringView run_id) {
  size_t count = 0;
  for (Operation *operation = session->operations; operation; operation = operation->next) {
    if (!string_view_is_absent(run_id) && !string_view_equal_text(run_id, operation->service.run_id))
      continue;
    if (operation->job)
      job_cancel(operation->job);
    count++;
  }
  return count;
}

void handle_progress_cancel(void *context, const void *params) {
  Session *session = context;
  const LspWorkDoneProgressCancelParams *cancel = params;
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, MESSAGE_BYTES);
  json_writer_init(&writer, &json, 0);
  json_write_value(&writer, cancel->token);
  for (Operation *operation = session->operations; operation; operation = operation->next)
    if (operation->job && string_view_equal(buffer_view(&json), buffer_view(&operation->token)))
      job_cancel(operation->job);
  buffer_finish(&json);
}
