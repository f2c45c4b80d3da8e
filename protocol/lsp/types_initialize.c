#include "protocol/lsp/types_initialize.h"

#include "protocol/lsp/types_private.h"

static const JsonField tag_support_fields[] = {
    LSP_FIELD(LspTagSupport, value_set, "valueSet", INTEGER_ARRAY, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_tag_support_type = LSP_TYPE("TagSupport", LspTagSupport, tag_support_fields);

static const JsonField resolve_support_fields[] = {
    LSP_FIELD(LspResolveSupport, properties, "properties", STRING_ARRAY, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_resolve_support_type = LSP_TYPE("ResolveSupport", LspResolveSupport, resolve_support_fields);

static const JsonField code_action_kind_support_fields[] = {
    LSP_FIELD(LspCodeActionKindSupport, value_set, "valueSet", STRING_ARRAY, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_code_action_kind_support_type =
    LSP_TYPE("CodeActionKindSupport", LspCodeActionKindSupport, code_action_kind_support_fields);

static const JsonField code_action_literal_support_fields[] = {
    LSP_FIELD_OF(LspCodeActionLiteralSupport, code_action_kind, "codeActionKind", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_code_action_kind_support_type),
};
const JsonType lsp_code_action_literal_support_type =
    LSP_TYPE("CodeActionLiteralSupport", LspCodeActionLiteralSupport, code_action_literal_support_fields);

static const JsonField dynamic_registration_fields[] = {
    LSP_FIELD(LspDynamicRegistration, dynamic_registration, "dynamicRegistration", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_dynamic_registration_type =
    LSP_TYPE("DynamicRegistration", LspDynamicRegistration, dynamic_registration_fields);

static const JsonField refresh_support_fields[] = {
    LSP_FIELD(LspRefreshSupport, refresh_support, "refreshSupport", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_refresh_support_type = LSP_TYPE("RefreshSupport", LspRefreshSupport, refresh_support_fields);

static const JsonField text_document_sync_client_capabilities_fields[] = {
    LSP_FIELD(LspTextDocumentSyncClientCapabilities, dynamic_registration, "dynamicRegistration", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspTextDocumentSyncClientCapabilities, will_save, "willSave", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspTextDocumentSyncClientCapabilities, will_save_wait_until, "willSaveWaitUntil", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspTextDocumentSyncClientCapabilities, did_save, "didSave", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_text_document_sync_client_capabilities_type =
    LSP_TYPE("TextDocumentSyncClientCapabilities", LspTextDocumentSyncClientCapabilities,
             text_document_sync_client_capabilities_fields);

static const JsonField publish_diagnostics_client_capabilities_fields[] = {
    LSP_FIELD(LspPublishDiagnosticsClientCapabilities, related_information, "relatedInformation", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspPublishDiagnosticsClientCapabilities, tag_support, "tagSupport", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_tag_support_type),
    LSP_FIELD(LspPublishDiagnosticsClientCapabilities, version_support, "versionSupport", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspPublishDiagnosticsClientCapabilities, code_description_support, "codeDescriptionSupport", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspPublishDiagnosticsClientCapabilities, data_support, "dataSupport", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_publish_diagnostics_client_capabilities_type =
    LSP_TYPE("PublishDiagnosticsClientCapabilities", LspPublishDiagnosticsClientCapabilities,
             publish_diagnostics_client_capabilities_fields);

static const JsonField diagnostic_client_capabilities_fields[] = {
    LSP_FIELD(LspDiagnosticClientCapabilities, dynamic_registration, "dynamicRegistration", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspDiagnosticClientCapabilities, related_document_support, "relatedDocumentSupport", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_diagnostic_client_capabilities_type =
    LSP_TYPE("DiagnosticClientCapabilities", LspDiagnosticClientCapabilities, diagnostic_client_capabilities_fields);

static const JsonField code_action_client_capabilities_fields[] = {
    LSP_FIELD(LspCodeActionClientCapabilities, dynamic_registration, "dynamicRegistration", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspCodeActionClientCapabilities, code_action_literal_support, "codeActionLiteralSupport", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_code_action_literal_support_type),
    LSP_FIELD(LspCodeActionClientCapabilities, is_preferred_support, "isPreferredSupport", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspCodeActionClientCapabilities, disabled_support, "disabledSupport", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspCodeActionClientCapabilities, data_support, "dataSupport", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspCodeActionClientCapabilities, resolve_support, "resolveSupport", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_resolve_support_type),
    LSP_FIELD(LspCodeActionClientCapabilities, honors_change_annotations, "honorsChangeAnnotations", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspCodeActionClientCapabilities, tag_support, "tagSupport", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_tag_support_type),
};
const JsonType lsp_code_action_client_capabilities_type =
    LSP_TYPE("CodeActionClientCapabilities", LspCodeActionClientCapabilities, code_action_client_capabilities_fields);

static const JsonField hover_client_capabilities_fields[] = {
    LSP_FIELD(LspHoverClientCapabilities, content_format, "contentFormat", STRING_ARRAY, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_hover_client_capabilities_type =
    LSP_TYPE("HoverClientCapabilities", LspHoverClientCapabilities, hover_client_capabilities_fields);

static const JsonField document_symbol_client_capabilities_fields[] = {
    LSP_FIELD(LspDocumentSymbolClientCapabilities, hierarchical_document_symbol_support,
              "hierarchicalDocumentSymbolSupport", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_document_symbol_client_capabilities_type =
    LSP_TYPE("DocumentSymbolClientCapabilities", LspDocumentSymbolClientCapabilities,
             document_symbol_client_capabilities_fields);

static const JsonField completion_item_client_capabilities_fields[] = {
    LSP_FIELD(LspCompletionItemClientCapabilities, snippet_support, "snippetSupport", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_completion_item_client_capabilities_type =
    LSP_TYPE("CompletionItemClientCapabilities", LspCompletionItemClientCapabilities,
             completion_item_client_capabilities_fields);

static const JsonField completion_client_capabilities_fields[] = {
    LSP_FIELD_OF(LspCompletionClientCapabilities, completion_item, "completionItem", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_completion_item_client_capabilities_type),
};
const JsonType lsp_completion_client_capabilities_type =
    LSP_TYPE("CompletionClientCapabilities", LspCompletionClientCapabilities, completion_client_capabilities_fields);

static const JsonField text_document_client_capabilities_fields[] = {
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, synchronization, "synchronization", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_text_document_sync_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, publish_diagnostics, "publishDiagnostics", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_publish_diagnostics_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, diagnostic, "diagnostic", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_diagnostic_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, code_action, "codeAction", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_code_action_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, code_lens, "codeLens", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_dynamic_registration_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, hover, "hover", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_hover_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, document_symbol, "documentSymbol", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_document_symbol_client_capabilities_type),
    LSP_FIELD_OF(LspTextDocumentClientCapabilities, completion, "completion", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_completion_client_capabilities_type),
};
const JsonType lsp_text_document_client_capabilities_type = LSP_TYPE(
    "TextDocumentClientCapabilities", LspTextDocumentClientCapabilities, text_document_client_capabilities_fields);

static const JsonField change_annotation_support_fields[] = {
    LSP_FIELD(LspChangeAnnotationSupport, groups_on_label, "groupsOnLabel", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_change_annotation_support_type =
    LSP_TYPE("ChangeAnnotationSupport", LspChangeAnnotationSupport, change_annotation_support_fields);

static const JsonField workspace_edit_client_capabilities_fields[] = {
    LSP_FIELD(LspWorkspaceEditClientCapabilities, document_changes, "documentChanges", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceEditClientCapabilities, resource_operations, "resourceOperations", STRING_ARRAY,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceEditClientCapabilities, failure_handling, "failureHandling", STRING,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspWorkspaceEditClientCapabilities, change_annotation_support, "changeAnnotationSupport", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_change_annotation_support_type),
};
const JsonType lsp_workspace_edit_client_capabilities_type = LSP_TYPE(
    "WorkspaceEditClientCapabilities", LspWorkspaceEditClientCapabilities, workspace_edit_client_capabilities_fields);

static const JsonField workspace_client_capabilities_fields[] = {
    LSP_FIELD(LspWorkspaceClientCapabilities, apply_edit, "applyEdit", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, workspace_edit, "workspaceEdit", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_workspace_edit_client_capabilities_type),
    LSP_FIELD(LspWorkspaceClientCapabilities, configuration, "configuration", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceClientCapabilities, workspace_folders, "workspaceFolders", BOOL,
              JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, did_change_configuration, "didChangeConfiguration", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_dynamic_registration_type),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, did_change_watched_files, "didChangeWatchedFiles", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_dynamic_registration_type),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, diagnostics, "diagnostics", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_refresh_support_type),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, code_lens, "codeLens", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_refresh_support_type),
    LSP_FIELD_OF(LspWorkspaceClientCapabilities, text_document_content, "textDocumentContent", POINTER,
                 JSON_LENIENT | JSON_NULLABLE, lsp_dynamic_registration_type),
};
const JsonType lsp_workspace_client_capabilities_type =
    LSP_TYPE("WorkspaceClientCapabilities", LspWorkspaceClientCapabilities, workspace_client_capabilities_fields);

static const JsonField show_document_client_capabilities_fields[] = {
    LSP_FIELD(LspShowDocumentClientCapabilities, support, "support", BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_show_document_client_capabilities_type = LSP_TYPE(
    "ShowDocumentClientCapabilities", LspShowDocumentClientCapabilities, show_document_client_capabilities_fields);

static const JsonField message_action_item_client_capabilities_fields[] = {
    LSP_FIELD(LspMessageActionItemClientCapabilities, additional_properties_support, "additionalPropertiesSupport",
              BOOL, JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_message_action_item_client_capabilities_type =
    LSP_TYPE("MessageActionItemClientCapabilities", LspMessageActionItemClientCapabilities,
             message_action_item_client_capabilities_fields);

static const JsonField show_message_request_client_capabilities_fields[] = {
    LSP_FIELD_OF(LspShowMessageRequestClientCapabilities, message_action_item, "messageActionItem", OBJECT,
                 JSON_LENIENT | JSON_NULLABLE, lsp_message_action_item_client_capabilities_type),
};
const JsonType lsp_show_message_request_client_capabilities_type =
    LSP_TYPE("ShowMessageRequestClientCapabilities", LspShowMessageRequestClientCapabilities,
             show_message_request_client_capabilities_fields);

static const JsonField window_client_capabilities_fields[] = {
    LSP_FIELD(LspWindowClientCapabilities, work_done_progress, "workDoneProgress", BOOL, JSON_LENIENT | JSON_NULLABLE),
    LSP_FIELD_OF(LspWindowClientCapabilities, show_message, "showMessage", POINTER, JSON_LENIENT | JSON_NULLABLE,
                 lsp_show_message_request_client_capabilities_type),
    LSP_FIELD_OF(LspWindowClientCapabilities, show_document, "showDocument", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_show_document_client_capabilities_type),
};
const JsonType lsp_window_client_capabilities_type =
    LSP_TYPE("WindowClientCapabilities", LspWindowClientCapabilities, window_client_capabilities_fields);

static const JsonField general_client_capabilities_fields[] = {
    LSP_FIELD(LspGeneralClientCapabilities, position_encodings, "positionEncodings", STRING_ARRAY,
              JSON_LENIENT | JSON_NULLABLE),
};
const JsonType lsp_general_client_capabilities_type =
    LSP_TYPE("GeneralClientCapabilities", LspGeneralClientCapabilities, general_client_capabilities_fields);

static const JsonField client_capabilities_fields[] = {
    LSP_FIELD_OF(LspClientCapabilities, workspace, "workspace", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_workspace_client_capabilities_type),
    LSP_FIELD_OF(LspClientCapabilities, text_document, "textDocument", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_text_document_client_capabilities_type),
    LSP_FIELD_OF(LspClientCapabilities, window, "window", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_window_client_capabilities_type),
    LSP_FIELD_OF(LspClientCapabilities, general, "general", OBJECT, JSON_LENIENT | JSON_NULLABLE,
                 lsp_general_client_capabilities_type),
    LSP_FIELD(LspClientCapabilities, experimental, "experimental", VALUE, JSON_NULLABLE),
};
const JsonType lsp_client_capabilities_type =
    LSP_TYPE("ClientCapabilities", LspClientCapabilities, client_capabilities_fields);

static const JsonField client_info_fields[] = {
    LSP_FIELD(LspClientInfo, name, "name", STRING, JSON_REQUIRED),
    LSP_FIELD(LspClientInfo, version, "version", STRING, 0),
};
const JsonType lsp_client_info_type = LSP_TYPE("ClientInfo", LspClientInfo, client_info_fields);

static const JsonField initialize_params_fields[] = {
    LSP_FIELD(LspInitializeParams, process_id, "processId", OPTIONAL_INTEGER, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD_OF(LspInitializeParams, client_info, "clientInfo", POINTER, JSON_NULLABLE | JSON_LENIENT,
                 lsp_client_info_type),
    LSP_FIELD(LspInitializeParams, locale, "locale", STRING, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD(LspInitializeParams, root_path, "rootPath", STRING, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD(LspInitializeParams, root_uri, "rootUri", STRING, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD(LspInitializeParams, initialization_options, "initializationOptions", VALUE, JSON_NULLABLE),
    LSP_FIELD_OF(LspInitializeParams, capabilities, "capabilities", OBJECT, JSON_NULLABLE | JSON_LENIENT,
                 lsp_client_capabilities_type),
    LSP_FIELD(LspInitializeParams, trace, "trace", STRING, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD_OF(LspInitializeParams, workspace_folders, "workspaceFolders", ARRAY, JSON_NULLABLE | JSON_LENIENT,
                 lsp_workspace_folder_type),
    LSP_FIELD(LspInitializeParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_initialize_params_type = LSP_TYPE("InitializeParams", LspInitializeParams, initialize_params_fields);

static const JsonField save_options_fields[] = {
    LSP_FIELD(LspSaveOptions, include_text, "includeText", BOOL, 0),
};
const JsonType lsp_save_options_type = LSP_TYPE("SaveOptions", LspSaveOptions, save_options_fields);

static const JsonField text_document_sync_options_fields[] = {
    LSP_FIELD(LspTextDocumentSyncOptions, open_close, "openClose", BOOL, 0),
    LSP_FIELD(LspTextDocumentSyncOptions, change, "change", UINTEGER, 0),
    LSP_FIELD_OF(LspTextDocumentSyncOptions, save, "save", POINTER, 0, lsp_save_options_type),
};
const JsonType lsp_text_document_sync_options_type =
    LSP_TYPE("TextDocumentSyncOptions", LspTextDocumentSyncOptions, text_document_sync_options_fields);

static const JsonField code_action_options_fields[] = {
    LSP_FIELD(LspCodeActionOptions, code_action_kinds, "codeActionKinds", STRING_ARRAY, JSON_OMIT_ZERO),
    LSP_FIELD(LspCodeActionOptions, resolve_provider, "resolveProvider", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspCodeActionOptions, work_done_progress, "workDoneProgress", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_code_action_options_type =
    LSP_TYPE("CodeActionOptions", LspCodeActionOptions, code_action_options_fields);

static const JsonField code_lens_options_fields[] = {
    LSP_FIELD(LspCodeLensOptions, resolve_provider, "resolveProvider", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_code_lens_options_type = LSP_TYPE("CodeLensOptions", LspCodeLensOptions, code_lens_options_fields);

static const JsonField execute_command_options_fields[] = {
    LSP_FIELD(LspExecuteCommandOptions, commands, "commands", STRING_ARRAY, JSON_REQUIRED),
    LSP_FIELD(LspExecuteCommandOptions, work_done_progress, "workDoneProgress", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_execute_command_options_type =
    LSP_TYPE("ExecuteCommandOptions", LspExecuteCommandOptions, execute_command_options_fields);

static const JsonField diagnostic_options_fields[] = {
    LSP_FIELD(LspDiagnosticOptions, identifier, "identifier", STRING, 0),
    LSP_FIELD(LspDiagnosticOptions, inter_file_dependencies, "interFileDependencies", BOOL, JSON_REQUIRED),
    LSP_FIELD(LspDiagnosticOptions, workspace_diagnostics, "workspaceDiagnostics", BOOL, JSON_REQUIRED),
    LSP_FIELD(LspDiagnosticOptions, work_done_progress, "workDoneProgress", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_diagnostic_options_type =
    LSP_TYPE("DiagnosticOptions", LspDiagnosticOptions, diagnostic_options_fields);

static const JsonField completion_options_fields[] = {
    LSP_FIELD(LspCompletionOptions, trigger_characters, "triggerCharacters", STRING_ARRAY, JSON_OMIT_ZERO),
    LSP_FIELD(LspCompletionOptions, resolve_provider, "resolveProvider", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_completion_options_type =
    LSP_TYPE("CompletionOptions", LspCompletionOptions, completion_options_fields);

static const JsonField workspace_folders_server_capabilities_fields[] = {
    LSP_FIELD(LspWorkspaceFoldersServerCapabilities, supported, "supported", BOOL, 0),
    LSP_FIELD(LspWorkspaceFoldersServerCapabilities, change_notifications, "changeNotifications", BOOL, 0),
};
const JsonType lsp_workspace_folders_server_capabilities_type =
    LSP_TYPE("WorkspaceFoldersServerCapabilities", LspWorkspaceFoldersServerCapabilities,
             workspace_folders_server_capabilities_fields);

static const JsonField text_document_content_options_fields[] = {
    LSP_FIELD(LspTextDocumentContentOptions, schemes, "schemes", STRING_ARRAY, JSON_REQUIRED),
};
const JsonType lsp_text_document_content_options_type =
    LSP_TYPE("TextDocumentContentOptions", LspTextDocumentContentOptions, text_document_content_options_fields);

static const JsonField workspace_options_fields[] = {
    LSP_FIELD_OF(LspWorkspaceOptions, workspace_folders, "workspaceFolders", POINTER, 0,
                 lsp_workspace_folders_server_capabilities_type),
    LSP_FIELD_OF(LspWorkspaceOptions, text_document_content, "textDocumentContent", POINTER, 0,
                 lsp_text_document_content_options_type),
};
const JsonType lsp_workspace_options_type = LSP_TYPE("WorkspaceOptions", LspWorkspaceOptions, workspace_options_fields);

static const JsonField server_capabilities_fields[] = {
    LSP_FIELD(LspServerCapabilities, position_encoding, "positionEncoding", STRING, 0),
    LSP_FIELD_OF(LspServerCapabilities, text_document_sync, "textDocumentSync", POINTER, 0,
                 lsp_text_document_sync_options_type),
    LSP_FIELD_OF(LspServerCapabilities, completion_provider, "completionProvider", POINTER, 0,
                 lsp_completion_options_type),
    LSP_FIELD(LspServerCapabilities, hover_provider, "hoverProvider", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspServerCapabilities, document_symbol_provider, "documentSymbolProvider", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspServerCapabilities, code_action_provider, "codeActionProvider", POINTER, 0,
                 lsp_code_action_options_type),
    LSP_FIELD_OF(LspServerCapabilities, code_lens_provider, "codeLensProvider", POINTER, 0, lsp_code_lens_options_type),
    LSP_FIELD_OF(LspServerCapabilities, execute_command_provider, "executeCommandProvider", POINTER, 0,
                 lsp_execute_command_options_type),
    LSP_FIELD_OF(LspServerCapabilities, diagnostic_provider, "diagnosticProvider", POINTER, 0,
                 lsp_diagnostic_options_type),
    LSP_FIELD_OF(LspServerCapabilities, workspace, "workspace", POINTER, 0, lsp_workspace_options_type),
    LSP_FIELD(LspServerCapabilities, experimental_json, "experimental", RAW, 0),
};
const JsonType lsp_server_capabilities_type =
    LSP_TYPE("ServerCapabilities", LspServerCapabilities, server_capabilities_fields);

static const JsonField server_info_fields[] = {
    LSP_FIELD(LspServerInfo, name, "name", STRING, JSON_REQUIRED),
    LSP_FIELD(LspServerInfo, version, "version", STRING, 0),
};
const JsonType lsp_server_info_type = LSP_TYPE("ServerInfo", LspServerInfo, server_info_fields);

static const JsonField initialize_result_fields[] = {
    LSP_FIELD_OF(LspInitializeResult, capabilities, "capabilities", OBJECT, JSON_REQUIRED,
                 lsp_server_capabilities_type),
    LSP_FIELD_OF(LspInitializeResult, server_info, "serverInfo", POINTER, 0, lsp_server_info_type),
};
const JsonType lsp_initialize_result_type = LSP_TYPE("InitializeResult", LspInitializeResult, initialize_result_fields);
