// workspace/executeCommand: looks the command up, finds its folder, and starts it.
#include "protocol/lsp/uri.h"
#include "server/editor/explain.h"
#include "server/editor/folder.h"
#include "server/editor/operation.h"

// The folder that a command's argument speaks of: by its `uri`, which is its own or that of what lies in it, else the
// first.
static Folder *folder_of_argument(Session *session, const JsonValue *argument, Arena *arena) {
  const JsonValue *uri = argument ? json_member(argument, "uri") : NULL;
  StringView path;
  if (uri && uri->kind == JSON_STRING && uri_to_path(uri->string, arena, &path, NULL) == 0) {
    Folder *folder = folder_around(session, path);
    if (folder)
      return folder;
  }
  return folder_first(session);
}

static void cancel_command(Session *session, RpcRequest *request, const JsonValue *argument) {
  static const JsonValue nothing = {.kind = JSON_OBJECT};
  CancelRunParams params;
  Error error = {0};
  if (json_decode(&cancel_run_params_type, argument ? argument : &nothing, rpc_request_arena(request), &params,
                  &error) < 0) {
    rpc_request_fail_error(request, &error);
    return;
  }
  operations_cancel(session, params.run_id);
  rpc_request_reply_null(request);
}

static void refuse_untrusted(Session *session, RpcRequest *request, CommandIdentifier command, const Folder *folder) {
  Error error = {0};
  error_set(&error, ERROR_INVALID_ARGUMENT,
            "%s would run code of %s, which is not trusted; trust the workspace in the editor first",
            command_row(command)->title, folder->path);
  if (!session->client.wants_run_events)
    session_show(session, LSP_MESSAGE_ERROR,
                 "TestGen: not trusted, so nothing was run: set \"trusted\": true in initializationOptions for %s",
                 folder->path);
  rpc_request_fail(request, RPC_REQUEST_FAILED, "%s", error.message);
}

void handle_execute_command(void *context, RpcRequest *request, const void *params) {
  Session *session = context;
  const LspExecuteCommandParams *execute = params;
  const JsonValue *arguments = execute->arguments;
  bool has_argument = arguments && arguments->kind == JSON_ARRAY && arguments->array.count > 0;
  const JsonValue *argument = has_argument ? &arguments->array.items[0] : NULL;
  CommandIdentifier command;
  if (!command_by_name(execute->command, &command)) {
    rpc_request_fail(request, RPC_INVALID_PARAMS, "there is no command \"%.*s\"", SV_ARGUMENTS(execute->command));
    return;
  }
  if (command == COMMAND_CANCEL) {
    cancel_command(session, request, argument);
    return;
  }
  Folder *folder = folder_of_argument(session, argument, rpc_request_arena(request));
  if (!folder)
    rpc_request_fail(request, RPC_REQUEST_FAILED, "no folder is open; open the project's folder first");
  else if (command == COMMAND_EXPLAIN)
    explain_command(session, request, argument);
  else if (command_row(command)->runs_code && !workspace_is_trusted(folder->workspace))
    refuse_untrusted(session, request, command, folder);
  else
    operation_start(folder, request, command, argument, execute->work_done_token);
}

// ---- Our own requests: the same services by other names ----

static const JsonValue *params_value(RpcRequest *request, const JsonType *type, const void *params) {
  Buffer text;
  JsonWriter writer;
  Arena *arena = rpc_request_arena(request);
  JsonValue *value = arena_allocate(arena, sizeof *value);
  buffer_init(&text, 1u << 16);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, type, params);
  bool is_fine = value && text.failure == 0 && json_parse(buffer_view(&text), arena, value, NULL) == 0;
  buffer_finish(&text);
  return is_fine ? value : NULL;
}

static void start_history(Session *session, RpcRequest *request, const void *params, CommandIdentifier command) {
  const JsonValue *value = params_value(request, command_row(command)->params, params);
  Folder *folder = folder_of_argument(session, value, rpc_request_arena(request));
  if (!folder || !value)
    rpc_request_fail(request, RPC_REQUEST_FAILED, "no folder is open; open the project's folder first");
  else
    operation_start(folder, request, command, value, NULL);
}

void handle_runs(void *context, RpcRequest *request, const void *params) {
  start_history(context, request, params, COMMAND_HISTORY);
}

void handle_run(void *context, RpcRequest *request, const void *params) {
  start_history(context, request, params, COMMAND_RUN_DETAIL);
}
