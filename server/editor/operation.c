#include "server/editor/operation.h"

#include "protocol/testgen/methods.h"
#include "server/base/clock.h"
#include "server/editor/apply_edits.h"
#include "server/editor/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX (64u << 20)  // bytes of an answer
#define MESSAGE_BYTES 4096u

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

static void progress_report(Operation *operation, const RunEvent *event) {
  if (!operation->has_begun)
    return;
  LspWorkDoneProgressReport report = {.cancellable = true, .message = event->message};
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
} EventMessage;

static void deliver_event(void *data) {
  EventMessage *message = data;
  Session *session = message->session;
  RunEvent event = {.message = string_view_from(message->text), .done = message->done, .total = message->total};
  for (Operation *operation = session->operations; operation; operation = operation->next)
    if (strcmp(operation->service.run_id, message->run_id) == 0)
      progress_report(operation, &event);
  if (session->client.wants_run_events && message->json.failure == 0 && !session->is_exiting)
    rpc_peer_notify_raw(session->peer, "testgen/runEvent", buffer_view(&message->json));
  buffer_finish(&message->json);
  free(message);
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
  json_encode(&writer, &run_event_type, event);
  if (!job_post(operation->job, deliver_event, message)) {
    buffer_finish(&message->json);
    free(message);
  }
}

static void emit_edge(Operation *operation, RunEventKind kind, const char *text) {
  RunEvent event = {
      .run_id = string_view_from(operation->service.run_id), .kind = (int)kind, .message = string_view_from(text)};
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
  if (operation->result < 0)
    rpc_request_fail_error(request, &operation->error);
  else
    rpc_request_reply_raw(request, buffer_view(&operation->service.report_json));
}

// What the editor shows beside the answer.
static void follow_up(Operation *operation) {
  Session *session = operation->session;
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    if (folder->workspace != operation->workspace)
      continue;
    if (operation->command == COMMAND_SHOW_COVERAGE_GAPS)
      folder_show_gaps(folder, operation->report);
    if (operation->command == COMMAND_VALUE)
      folder_show_values(folder, operation->report);
    if (operation->command == COMMAND_GENERATE)
      apply_generated_edits(session, folder, operation->report);
  }
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

static Operation *operation_create(Session *session, CommandIdentifier command, const JsonValue *argument,
                                   Workspace *workspace, Error *ret_error) {
  const CommandRow *row = command_row(command);
  Operation *operation = calloc(1, sizeof *operation);
  if (!operation) {
    error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting %s", row->name);
    return NULL;
  }
  static const JsonValue nothing = {.kind = JSON_OBJECT};
  operation->session = session;
  operation->command = command;
  operation->workspace = workspace_retain(workspace);
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

// The decoded parameters borrow from the request's arena, which lives until the answer, and so does the operation.
void operation_start(Session *session, RpcRequest *request, CommandIdentifier command, const JsonValue *argument,
                     const JsonValue *token, Workspace *workspace) {
  Error error = {0};
  Operation *operation = operation_create(session, command, argument, workspace, &error);
  if (!operation) {
    rpc_request_fail_error(request, &error);
    return;
  }
  operation->request = request;
  // What stands when the work never ran.
  operation->result = error_set(&operation->error, ERROR_CANCELLED, "cancelled before it began");
  operation->service = (ServiceContext){
      .workspace = workspace,
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
  emit_edge(operation, EVENT_START, command_row(command)->title);
  rpc_request_on_cancel(request, cancel_requested, operation);
  if (job_start(session->jobs, &options, &operation->job, &error) < 0) {
    operation->error = error;
    operation_done(operation);
  }
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
