#include "protocol/lsp/types_workspace.h"

#include "protocol/lsp/types_private.h"

static const JsonField execute_command_params_fields[] = {
    LSP_FIELD(LspExecuteCommandParams, command, "command", STRING, JSON_REQUIRED),
    LSP_FIELD(LspExecuteCommandParams, arguments, "arguments", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspExecuteCommandParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_execute_command_params_type =
    LSP_TYPE("ExecuteCommandParams", LspExecuteCommandParams, execute_command_params_fields);

static const JsonField apply_workspace_edit_params_fields[] = {
    LSP_FIELD(LspApplyWorkspaceEditParams, label, "label", STRING, 0),
    LSP_FIELD_OF(LspApplyWorkspaceEditParams, edit, "edit", OBJECT, JSON_REQUIRED, lsp_workspace_edit_type),
};
const JsonType lsp_apply_workspace_edit_params_type =
    LSP_TYPE("ApplyWorkspaceEditParams", LspApplyWorkspaceEditParams, apply_workspace_edit_params_fields);

static const JsonField apply_workspace_edit_result_fields[] = {
    LSP_FIELD(LspApplyWorkspaceEditResult, applied, "applied", BOOL, JSON_REQUIRED),
    LSP_FIELD(LspApplyWorkspaceEditResult, failure_reason, "failureReason", STRING, 0),
    LSP_FIELD(LspApplyWorkspaceEditResult, failed_change, "failedChange", OPTIONAL_INTEGER, JSON_LENIENT),
};
const JsonType lsp_apply_workspace_edit_result_type =
    LSP_TYPE("ApplyWorkspaceEditResult", LspApplyWorkspaceEditResult, apply_workspace_edit_result_fields);

static const JsonField configuration_item_fields[] = {
    LSP_FIELD(LspConfigurationItem, scope_uri, "scopeUri", STRING, 0),
    LSP_FIELD(LspConfigurationItem, section, "section", STRING, 0),
};
const JsonType lsp_configuration_item_type =
    LSP_TYPE("ConfigurationItem", LspConfigurationItem, configuration_item_fields);

static const JsonField configuration_params_fields[] = {
    LSP_FIELD_OF(LspConfigurationParams, items, "items", ARRAY, JSON_REQUIRED, lsp_configuration_item_type),
};
const JsonType lsp_configuration_params_type =
    LSP_TYPE("ConfigurationParams", LspConfigurationParams, configuration_params_fields);

static const JsonField did_change_configuration_params_fields[] = {
    LSP_FIELD(LspDidChangeConfigurationParams, settings, "settings", VALUE, JSON_NULLABLE),
};
const JsonType lsp_did_change_configuration_params_type =
    LSP_TYPE("DidChangeConfigurationParams", LspDidChangeConfigurationParams, did_change_configuration_params_fields);

static const JsonField did_change_configuration_registration_options_fields[] = {
    LSP_FIELD(LspDidChangeConfigurationRegistrationOptions, section, "section", STRING, 0),
};
const JsonType lsp_did_change_configuration_registration_options_type =
    LSP_TYPE("DidChangeConfigurationRegistrationOptions", LspDidChangeConfigurationRegistrationOptions,
             did_change_configuration_registration_options_fields);

static const JsonField file_event_fields[] = {
    LSP_FIELD(LspFileEvent, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspFileEvent, type, "type", UINTEGER, JSON_REQUIRED),
};
const JsonType lsp_file_event_type = LSP_TYPE("FileEvent", LspFileEvent, file_event_fields);

static const JsonField did_change_watched_files_params_fields[] = {
    LSP_FIELD_OF(LspDidChangeWatchedFilesParams, changes, "changes", ARRAY, JSON_REQUIRED, lsp_file_event_type),
};
const JsonType lsp_did_change_watched_files_params_type =
    LSP_TYPE("DidChangeWatchedFilesParams", LspDidChangeWatchedFilesParams, did_change_watched_files_params_fields);

static const JsonField file_system_watcher_fields[] = {
    LSP_FIELD(LspFileSystemWatcher, glob_pattern, "globPattern", STRING, JSON_REQUIRED),
    LSP_FIELD(LspFileSystemWatcher, kind, "kind", UINTEGER, JSON_OMIT_ZERO),
};
const JsonType lsp_file_system_watcher_type =
    LSP_TYPE("FileSystemWatcher", LspFileSystemWatcher, file_system_watcher_fields);

static const JsonField did_change_watched_files_registration_options_fields[] = {
    LSP_FIELD_OF(LspDidChangeWatchedFilesRegistrationOptions, watchers, "watchers", ARRAY, JSON_REQUIRED,
                 lsp_file_system_watcher_type),
};
const JsonType lsp_did_change_watched_files_registration_options_type =
    LSP_TYPE("DidChangeWatchedFilesRegistrationOptions", LspDidChangeWatchedFilesRegistrationOptions,
             did_change_watched_files_registration_options_fields);

static const JsonField workspace_folders_change_event_fields[] = {
    LSP_FIELD_OF(LspWorkspaceFoldersChangeEvent, added, "added", ARRAY, JSON_REQUIRED, lsp_workspace_folder_type),
    LSP_FIELD_OF(LspWorkspaceFoldersChangeEvent, removed, "removed", ARRAY, JSON_REQUIRED, lsp_workspace_folder_type),
};
const JsonType lsp_workspace_folders_change_event_type =
    LSP_TYPE("WorkspaceFoldersChangeEvent", LspWorkspaceFoldersChangeEvent, workspace_folders_change_event_fields);

static const JsonField did_change_workspace_folders_params_fields[] = {
    LSP_FIELD_OF(LspDidChangeWorkspaceFoldersParams, event, "event", OBJECT, JSON_REQUIRED,
                 lsp_workspace_folders_change_event_type),
};
const JsonType lsp_did_change_workspace_folders_params_type = LSP_TYPE(
    "DidChangeWorkspaceFoldersParams", LspDidChangeWorkspaceFoldersParams, did_change_workspace_folders_params_fields);

static const JsonField registration_fields[] = {
    LSP_FIELD(LspRegistration, id, "id", STRING, JSON_REQUIRED),
    LSP_FIELD(LspRegistration, method, "method", STRING, JSON_REQUIRED),
    LSP_FIELD(LspRegistration, register_options_json, "registerOptions", RAW, 0),
};
const JsonType lsp_registration_type = LSP_TYPE("Registration", LspRegistration, registration_fields);

static const JsonField registration_params_fields[] = {
    LSP_FIELD_OF(LspRegistrationParams, registrations, "registrations", ARRAY, JSON_REQUIRED, lsp_registration_type),
};
const JsonType lsp_registration_params_type =
    LSP_TYPE("RegistrationParams", LspRegistrationParams, registration_params_fields);

static const JsonField unregistration_fields[] = {
    LSP_FIELD(LspUnregistration, id, "id", STRING, JSON_REQUIRED),
    LSP_FIELD(LspUnregistration, method, "method", STRING, JSON_REQUIRED),
};
const JsonType lsp_unregistration_type = LSP_TYPE("Unregistration", LspUnregistration, unregistration_fields);

static const JsonField unregistration_params_fields[] = {
    LSP_FIELD_OF(LspUnregistrationParams, unregisterations, "unregisterations", ARRAY, JSON_REQUIRED,
                 lsp_unregistration_type),
};
const JsonType lsp_unregistration_params_type =
    LSP_TYPE("UnregistrationParams", LspUnregistrationParams, unregistration_params_fields);

static const JsonField text_document_content_params_fields[] = {
    LSP_FIELD(LspTextDocumentContentParams, uri, "uri", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_content_params_type =
    LSP_TYPE("TextDocumentContentParams", LspTextDocumentContentParams, text_document_content_params_fields);

static const JsonField text_document_content_result_fields[] = {
    LSP_FIELD(LspTextDocumentContentResult, text, "text", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_content_result_type =
    LSP_TYPE("TextDocumentContentResult", LspTextDocumentContentResult, text_document_content_result_fields);

static const JsonField text_document_content_refresh_params_fields[] = {
    LSP_FIELD(LspTextDocumentContentRefreshParams, uri, "uri", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_content_refresh_params_type =
    LSP_TYPE("TextDocumentContentRefreshParams", LspTextDocumentContentRefreshParams,
             text_document_content_refresh_params_fields);
