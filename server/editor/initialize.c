// The beginning and the end of a session.
#include "protocol/testgen/commands.h"
#include "protocol/testgen/methods.h"
#include "server/base/log.h"
#include "server/editor/folder.h"
#include "server/editor/session.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARENT_POLL_MS 250u

// ---- What the client can do ----

static bool array_has(JsonArray texts, const char *text) {
  const StringView *items = texts.items;
  for (size_t i = 0; i < texts.count; i++)
    if (string_view_equal_text(items[i], text))
      return true;
  return false;
}

// The client's first choice among those we know; UTF-16 when it does not say.
static PositionEncoding choose_encoding(JsonArray offered) {
  const StringView *items = offered.items;
  for (size_t i = 0; i < offered.count; i++)
    for (int encoding = 0; encoding < POSITION_ENCODING_COUNT; encoding++)
      if (string_view_equal_text(items[i], position_encoding_names[encoding]))
        return (PositionEncoding)encoding;
  return POSITION_UTF16;
}

static bool integers_have(JsonArray integers, int64_t value) {
  const int64_t *items = integers.items;
  for (size_t i = 0; i < integers.count; i++)
    if (items[i] == value)
      return true;
  return false;
}

static void read_document_features(const LspTextDocumentClientCapabilities *capabilities, ClientFeatures *features) {
  const LspPublishDiagnosticsClientCapabilities *publish = capabilities->publish_diagnostics;
  const LspCodeActionClientCapabilities *action = capabilities->code_action;
  if (publish) {
    features->knows_code_description = publish->code_description_support;
    features->knows_related_information = publish->related_information;
    features->knows_diagnostic_version = publish->version_support;
  }
  if (action) {
    features->knows_action_literals = action->code_action_literal_support != NULL;
    features->tags_actions = integers_have(action->tag_support.value_set, 1);
    features->confirms_annotations = action->honors_change_annotations;
  }
  features->knows_markdown = capabilities->hover && array_has(capabilities->hover->content_format, "markdown");
  features->knows_hierarchical_symbols =
      capabilities->document_symbol && capabilities->document_symbol->hierarchical_document_symbol_support;
}

// What a run or a scan finds comes without an edit, so a client that pulls and cannot be asked to pull again is pushed
// to if it takes that.
static bool wants_to_pull(const LspClientCapabilities *capabilities) {
  const LspTextDocumentClientCapabilities *document = &capabilities->text_document;
  return document->diagnostic &&
         (capabilities->workspace.diagnostics.refresh_support || !document->publish_diagnostics);
}

static void read_features(const LspClientCapabilities *capabilities, ClientFeatures *features) {
  const LspWorkspaceClientCapabilities *workspace = &capabilities->workspace;
  *features = (ClientFeatures){.encoding = choose_encoding(capabilities->general.position_encodings)};
  read_document_features(&capabilities->text_document, features);
  features->pulls_diagnostics = wants_to_pull(capabilities);
  features->applies_edits = workspace->apply_edit;
  features->knows_document_changes = workspace->workspace_edit.document_changes;
  features->creates_files =
      features->knows_document_changes && array_has(workspace->workspace_edit.resource_operations, "create");
  features->confirms_annotations &= workspace->workspace_edit.change_annotation_support != NULL;
  features->pulls_configuration = workspace->configuration;
  features->watches_files = workspace->did_change_watched_files.dynamic_registration;
  features->refreshes_diagnostics = workspace->diagnostics.refresh_support;
  features->refreshes_lenses = workspace->code_lens.refresh_support;
  features->shows_progress = capabilities->window.work_done_progress;
}

static void read_options(Session *session, const JsonValue *value, Arena *arena) {
  InitializationOptions options = {0};
  Error problem = {0};
  if (!value || value->kind != JSON_OBJECT)
    return;
  if (json_decode(&initialization_options_type, value, arena, &options, &problem) < 0) {
    log_warning("initialize", "initializationOptions: %s", problem.message);
    return;
  }
  session->is_trusted = options.trusted;
  session->client.wants_run_events = options.runEvents;
  session->client.wants_status = options.serverStatus;
  if (options.settings && options.settings->kind == JSON_OBJECT)
    session_keep_settings(session, SETTINGS_INITIALIZATION, options.settings);
}

// ---- The parent ----

static void parent_died(Session *session) {
  log_info("session", "process %lld, which started us, is gone", (long long)session->parent_process);
  session_exit(session, 1);
}

static void parent_descriptor_ready(uv_poll_t *watch, int status, int events) {
  (void)status, (void)events;
  parent_died(watch->data);
}

static void parent_polled(uv_timer_t *timer) {
  Session *session = timer->data;
  if (kill((pid_t)session->parent_process, 0) < 0 && errno == ESRCH)
    parent_died(session);
}

// A process descriptor tells at once; where the kernel has none, a timer asks.
static void watch_parent(Session *session, OptionalInteger process) {
  if (!process.present || process.value <= 0)
    return;
  session->parent_process = process.value;
  session->parent_descriptor = (int)syscall(SYS_pidfd_open, (pid_t)process.value, 0);
  if (session->parent_descriptor >= 0 &&
      uv_poll_init(&session->loop, &session->parent_watch, session->parent_descriptor) == 0) {
    session->parent_watch.data = session;
    uv_poll_start(&session->parent_watch, UV_READABLE, parent_descriptor_ready);
    uv_unref((uv_handle_t *)&session->parent_watch);
    return;
  }
  uv_timer_start(&session->parent_timer, parent_polled, 0, PARENT_POLL_MS);
}

// ---- initialize ----

static JsonArray command_names(Arena *arena) {
  StringView *names = arena_allocate_array(arena, COMMAND_COUNT, sizeof *names);
  if (!names)
    return (JsonArray){0};
  for (int i = 0; i < COMMAND_COUNT; i++)
    names[i] = string_view_from(command_row((CommandIdentifier)i)->name);
  return (JsonArray){names, COMMAND_COUNT};
}

static JsonArray action_kinds(Arena *arena) {
  static const StringView kinds[] = {
      {"quickfix", 8},
      {"source.testgen.generate", 23},
      {"source.testgen.implement", 24},
      {"source.testgen.gaps", 19},
      {"source.testgen.score", 20},
      {"source.testgen.mutate", 21},
  };
  StringView *copy = arena_allocate(arena, sizeof kinds);
  if (!copy)
    return (JsonArray){0};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    copy[i] = kinds[i];
  return (JsonArray){copy, sizeof kinds / sizeof *kinds};
}

void handle_initialize(void *context, RpcRequest *request, const void *params) {
  Session *session = context;
  const LspInitializeParams *initialize = params;
  Arena *arena = rpc_request_arena(request);
  if (rpc_peer_state(session->peer) != RPC_STATE_UNINITIALIZED) {
    rpc_request_fail(request, RPC_INVALID_REQUEST, "initialize was called before");
    return;
  }
  read_features(&initialize->capabilities, &session->client);
  read_options(session, initialize->initialization_options, arena);
  watch_parent(session, initialize->process_id);
  folders_open(session, initialize);
  LspInitializeResult result = {0};
  LspServerInfo info = {SV("testgen"), SV(TESTGEN_VERSION)};
  LspDiagnosticOptions pull = {
      .identifier = SV("testgen"), .inter_file_dependencies = true, .workspace_diagnostics = true};
  LspCodeActionOptions actions = {.code_action_kinds = action_kinds(arena)};
  LspCodeLensOptions lenses = {0};
  LspExecuteCommandOptions commands = {.commands = command_names(arena)};
  LspTextDocumentSyncOptions sync = {.open_close = true, .change = LSP_SYNC_INCREMENTAL, .save = &(LspSaveOptions){0}};
  LspWorkspaceFoldersServerCapabilities folders = {.supported = true, .change_notifications = true};
  result.server_info = &info;
  LspServerCapabilities *capabilities = &result.capabilities;
  capabilities->position_encoding = string_view_from(position_encoding_names[session->client.encoding]);
  capabilities->text_document_sync = &sync;
  capabilities->hover_provider = true;
  capabilities->document_symbol_provider = true;
  capabilities->code_action_provider = &actions;
  capabilities->code_lens_provider = &lenses;
  capabilities->execute_command_provider = &commands;
  LspWorkspaceOptions workspace = {.workspace_folders = &folders};
  capabilities->workspace = &workspace;
  if (session->client.pulls_diagnostics)
    capabilities->diagnostic_provider = &pull;
  rpc_peer_set_state(session->peer, RPC_STATE_RUNNING);
  rpc_request_reply(request, &lsp_initialize_result_type, &result);
}

// ---- initialized ----

static void registered(void *user, const JsonValue *result, const Error *error) {
  (void)user, (void)result;
  if (error)
    log_warning("session", "the client refused a registration: %s", error->message);
}

static void register_watches(Session *session) {
  LspRegistration registrations[2];
  size_t count = 0;
  if (session->client.watches_files)
    registrations[count++] = (LspRegistration){
        .id = SV("testgen-files"),
        .method = SV("workspace/didChangeWatchedFiles"),
        .register_options_json =
            SV("{\"watchers\":[{\"globPattern\":\"**/*.py\"},{\"globPattern\":\"**/testgen.json\"},"
               "{\"globPattern\":\"**/pyproject.toml\"},{\"globPattern\":\"**/{pytest.ini,setup.cfg,tox.ini}\"}]}"),
    };
  LspRegistrationParams params = {.registrations = {registrations, count}};
  if (count > 0)
    rpc_peer_call(session->peer, "client/registerCapability", &lsp_registration_params_type, &params, registered, NULL,
                  NULL);
}

void handle_initialized(void *context, const void *params) {
  (void)params;
  Session *session = context;
  register_watches(session);
  for (size_t i = 0; i < session->folders.count; i++) {
    Folder *folder = *(Folder **)vector_at(&session->folders, i);
    folder_load_settings(folder);
    folder_scan(folder);
  }
  if (session->client.pulls_configuration)
    folder_pull_settings(session);
}

// ---- The end ----

void handle_shutdown(void *context, RpcRequest *request, const void *params) {
  (void)params;
  Session *session = context;
  session->was_shut_down = true;
  rpc_peer_set_state(session->peer, RPC_STATE_SHUT_DOWN);
  rpc_request_reply_null(request);
}

void handle_exit(void *context, const void *params) {
  (void)params;
  Session *session = context;
  session_exit(session, session->was_shut_down ? 0 : 1);
}

void handle_set_trace(void *context, const void *params) {
  (void)context;
  const LspSetTraceParams *trace = params;
  log_debug("session", "trace: %.*s", SV_ARGUMENTS(trace->value));
}

void handle_trust(void *context, const void *params) {
  Session *session = context;
  session->is_trusted = ((const TrustParams *)params)->trusted;
  for (size_t i = 0; i < session->folders.count; i++)
    workspace_set_trusted((*(Folder **)vector_at(&session->folders, i))->workspace, session->is_trusted);
}

void session_status(Session *session, const char *health, bool is_quiescent, const char *message, const char *setting) {
  ServerStatusParams params = {string_view_from(health), is_quiescent, string_view_from(message),
                               string_view_from(setting)};
  if (session->client.wants_status)
    rpc_peer_notify(session->peer, "experimental/serverStatus", &server_status_params_type, &params);
}
