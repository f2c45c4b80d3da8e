// LSP 3.17: commands, edits, settings, watched files, folders, registration and virtual documents (3.18).
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_WORKSPACE_H
#define TESTGEN_PROTOCOL_LSP_TYPES_WORKSPACE_H

#include "protocol/lsp/types_basic.h"

// ---- Commands and edits ----

typedef struct LspExecuteCommandParams {
  StringView command;
  const JsonValue *arguments;  // an array
  const JsonValue *work_done_token;
} LspExecuteCommandParams;
extern const JsonType lsp_execute_command_params_type;

typedef struct LspApplyWorkspaceEditParams {
  StringView label;
  LspWorkspaceEdit edit;
} LspApplyWorkspaceEditParams;
extern const JsonType lsp_apply_workspace_edit_params_type;

typedef struct LspApplyWorkspaceEditResult {
  bool applied;
  StringView failure_reason;
  OptionalInteger failed_change;
} LspApplyWorkspaceEditResult;
extern const JsonType lsp_apply_workspace_edit_result_type;

// ---- Settings ----

typedef struct LspConfigurationItem {
  StringView scope_uri;
  StringView section;
} LspConfigurationItem;
extern const JsonType lsp_configuration_item_type;

typedef struct LspConfigurationParams {
  JsonArray items;  // of LspConfigurationItem
} LspConfigurationParams;
extern const JsonType lsp_configuration_params_type;

typedef struct LspDidChangeConfigurationParams {
  const JsonValue *settings;
} LspDidChangeConfigurationParams;
extern const JsonType lsp_did_change_configuration_params_type;

typedef struct LspDidChangeConfigurationRegistrationOptions {
  StringView section;
} LspDidChangeConfigurationRegistrationOptions;
extern const JsonType lsp_did_change_configuration_registration_options_type;

// ---- Files and folders ----

typedef enum LspFileChangeType { LSP_FILE_CREATED = 1, LSP_FILE_CHANGED, LSP_FILE_DELETED } LspFileChangeType;

typedef struct LspFileEvent {
  StringView uri;
  uint32_t type;  // LspFileChangeType
} LspFileEvent;
extern const JsonType lsp_file_event_type;

typedef struct LspDidChangeWatchedFilesParams {
  JsonArray changes;  // of LspFileEvent
} LspDidChangeWatchedFilesParams;
extern const JsonType lsp_did_change_watched_files_params_type;

typedef struct LspFileSystemWatcher {
  StringView glob_pattern;
  uint32_t kind;  // 1: create, 2: change, 4: delete, added up; 0: all
} LspFileSystemWatcher;
extern const JsonType lsp_file_system_watcher_type;

typedef struct LspDidChangeWatchedFilesRegistrationOptions {
  JsonArray watchers;  // of LspFileSystemWatcher
} LspDidChangeWatchedFilesRegistrationOptions;
extern const JsonType lsp_did_change_watched_files_registration_options_type;

typedef struct LspWorkspaceFoldersChangeEvent {
  JsonArray added;    // of LspWorkspaceFolder
  JsonArray removed;  // of LspWorkspaceFolder
} LspWorkspaceFoldersChangeEvent;
extern const JsonType lsp_workspace_folders_change_event_type;

typedef struct LspDidChangeWorkspaceFoldersParams {
  LspWorkspaceFoldersChangeEvent event;
} LspDidChangeWorkspaceFoldersParams;
extern const JsonType lsp_did_change_workspace_folders_params_type;

// ---- Registration ----

typedef struct LspRegistration {
  StringView id;
  StringView method;
  StringView register_options_json;
} LspRegistration;
extern const JsonType lsp_registration_type;

typedef struct LspRegistrationParams {
  JsonArray registrations;  // of LspRegistration
} LspRegistrationParams;
extern const JsonType lsp_registration_params_type;

typedef struct LspUnregistration {
  StringView id;
  StringView method;
} LspUnregistration;
extern const JsonType lsp_unregistration_type;

typedef struct LspUnregistrationParams {
  JsonArray unregisterations;  // of LspUnregistration; spelled as in the specification
} LspUnregistrationParams;
extern const JsonType lsp_unregistration_params_type;

// ---- Virtual documents ----

typedef struct LspTextDocumentContentParams {
  StringView uri;
} LspTextDocumentContentParams;
extern const JsonType lsp_text_document_content_params_type;

typedef struct LspTextDocumentContentResult {
  StringView text;
} LspTextDocumentContentResult;
extern const JsonType lsp_text_document_content_result_type;

typedef struct LspTextDocumentContentRefreshParams {
  StringView uri;
} LspTextDocumentContentRefreshParams;
extern const JsonType lsp_text_document_content_refresh_params_type;

#endif
