// One LSP session: what the client told us, its folders and documents, and the work in progress. Owned by the loop's
// thread; nothing here is touched by any other.
#ifndef TESTGEN_SERVER_EDITOR_SESSION_H
#define TESTGEN_SERVER_EDITOR_SESSION_H

#include "protocol/lsp/position.h"
#include "protocol/lsp/types.h"
#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "protocol/rpc/peer.h"
#include "server/loop/jobs.h"
#include "server/loop/stdio.h"
#include "server/services/service.h"

#include <uv.h>

typedef struct Session Session;
typedef struct Document Document;
typedef struct Folder Folder;
typedef struct Operation Operation;

// What the client can do, reduced to what the server asks.
typedef struct ClientFeatures {
  PositionEncoding encoding;
  bool pulls_diagnostics;
  bool refreshes_diagnostics, refreshes_lenses;
  bool knows_code_description, knows_related_information, knows_diagnostic_version;
  bool knows_markdown;
  bool knows_action_literals;
  bool knows_hierarchical_symbols;
  bool applies_edits, knows_document_changes, creates_files, confirms_annotations, tags_actions;
  bool pulls_configuration, watches_files, shows_progress;
  bool wants_run_events, wants_status;
} ClientFeatures;

// Where the editor's settings come from, the weaker one first.
typedef enum SettingsLayer { SETTINGS_INITIALIZATION, SETTINGS_CONFIGURATION, SETTINGS_LAYER_COUNT } SettingsLayer;

typedef struct SessionOptions {
  const char *mirror;  // every byte received is appended to this file; NULL: none
  const char *replay;  // read this file instead of stdin; NULL: stdin
} SessionOptions;

struct Session {
  uv_loop_t loop;
  SessionOptions options;
  Stdio *stdio;
  RpcPeer *peer;
  JobQueue *jobs;
  SyntaxParser *parser;
  ClientFeatures client;
  Arena settings_arenas[SETTINGS_LAYER_COUNT];             // hold the layers
  const JsonValue *settings_layers[SETTINGS_LAYER_COUNT];  // as last received; NULL: none
  bool is_trusted;
  Vector folders;                // Folder *
  Map documents;                 // absolute path to Document *
  Operation *operations;         // running ones, a list
  uint64_t next_token;           // of progress tokens and registrations
  uint64_t diagnostics_version;  // counts what may have changed diagnostics
  uint64_t pulled_version;       // when the diagnostics of the workspace were pulled last
  size_t pulled_files;           // that were reported then
  char id[RUN_ID_SIZE];          // session_id in the history
  uv_poll_t parent_watch;
  uv_timer_t parent_timer, exit_timer;
  int parent_descriptor;   // pidfd; -1: none
  int64_t parent_process;  // 0: none
  int mirror_descriptor;   // -1: none
  bool was_shut_down, is_exiting;
  int exit_code;
};

// Runs a session to its end and returns the exit code: 0 after shutdown and exit, else 1.
int session_run(const SessionOptions *options);

// Ends the session: cancels everything, leaves no child, returns from session_run within 500 ms.
void session_exit(Session *session, int exit_code);

// The method table: one row per LSP method and per method of ours.
extern const RpcMethod session_methods[];
extern const size_t session_method_count;

// ---- Saying things to the user ----
void session_show(Session *session, LspMessageType type, const char *format, ...) __attribute__((format(printf, 3, 4)));
void session_status(Session *session, const char *health, bool is_quiescent, const char *message,
                    const char *setting);  // that would change it; NULL: none
void session_keep_settings(Session *session, SettingsLayer layer, const JsonValue *settings);  // copied

// ---- Handlers, one file each ----
void handle_initialize(void *context, RpcRequest *request, const void *params);
void handle_initialized(void *context, const void *params);
void handle_shutdown(void *context, RpcRequest *request, const void *params);
void handle_exit(void *context, const void *params);
void handle_set_trace(void *context, const void *params);
void handle_did_open(void *context, const void *params);
void handle_did_change(void *context, const void *params);
void handle_did_save(void *context, const void *params);
void handle_did_close(void *context, const void *params);
void handle_document_diagnostic(void *context, RpcRequest *request, const void *params);
void handle_workspace_diagnostic(void *context, RpcRequest *request, const void *params);
void handle_hover(void *context, RpcRequest *request, const void *params);
void handle_code_action(void *context, RpcRequest *request, const void *params);
void handle_code_lens(void *context, RpcRequest *request, const void *params);
void handle_document_symbol(void *context, RpcRequest *request, const void *params);
void handle_execute_command(void *context, RpcRequest *request, const void *params);
void handle_did_change_configuration(void *context, const void *params);
void handle_did_change_watched_files(void *context, const void *params);
void handle_did_change_workspace_folders(void *context, const void *params);
void handle_progress_cancel(void *context, const void *params);
void handle_trust(void *context, const void *params);
void handle_runs(void *context, RpcRequest *request, const void *params);
void handle_run(void *context, RpcRequest *request, const void *params);
void handle_discover_test(void *context, RpcRequest *request, const void *params);

#endif
