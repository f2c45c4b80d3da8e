// LSP 3.17, "initialize": what the client can do, as far as it is consulted, and what the server offers.
//
// Client capabilities are read leniently: an odd value counts as absent. Where the mere presence of a capability says
// something, it is a pointer; elsewhere absent and empty are the same.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_INITIALIZE_H
#define TESTGEN_PROTOCOL_LSP_TYPES_INITIALIZE_H

#include "protocol/lsp/types_basic.h"

// ---- Client capabilities ----

typedef struct LspTagSupport {
  JsonArray value_set;  // of int64_t
} LspTagSupport;
extern const JsonType lsp_tag_support_type;

typedef struct LspResolveSupport {
  JsonArray properties;  // of StringView
} LspResolveSupport;
extern const JsonType lsp_resolve_support_type;

typedef struct LspCodeActionKindSupport {
  JsonArray value_set;  // of StringView
} LspCodeActionKindSupport;
extern const JsonType lsp_code_action_kind_support_type;

typedef struct LspCodeActionLiteralSupport {
  LspCodeActionKindSupport code_action_kind;
} LspCodeActionLiteralSupport;
extern const JsonType lsp_code_action_literal_support_type;

typedef struct LspDynamicRegistration {
  bool dynamic_registration;
} LspDynamicRegistration;
extern const JsonType lsp_dynamic_registration_type;

typedef struct LspRefreshSupport {
  bool refresh_support;
} LspRefreshSupport;
extern const JsonType lsp_refresh_support_type;

typedef struct LspTextDocumentSyncClientCapabilities {
  bool dynamic_registration;
  bool will_save;
  bool will_save_wait_until;
  bool did_save;
} LspTextDocumentSyncClientCapabilities;
extern const JsonType lsp_text_document_sync_client_capabilities_type;

typedef struct LspPublishDiagnosticsClientCapabilities {
  bool related_information;
  LspTagSupport tag_support;
  bool version_support;
  bool code_description_support;
  bool data_support;
} LspPublishDiagnosticsClientCapabilities;
extern const JsonType lsp_publish_diagnostics_client_capabilities_type;

// Its presence says that the client pulls diagnostics.
typedef struct LspDiagnosticClientCapabilities {
  bool dynamic_registration;
  bool related_document_support;
} LspDiagnosticClientCapabilities;
extern const JsonType lsp_diagnostic_client_capabilities_type;

typedef struct LspCodeActionClientCapabilities {
  bool dynamic_registration;
  LspCodeActionLiteralSupport *code_action_literal_support;  // NULL: the client takes Commands only
  bool is_preferred_support;
  bool disabled_support;
  bool data_support;
  LspResolveSupport resolve_support;
  bool honors_change_annotations;
  LspTagSupport tag_support;  // 3.18: 1 is LLMGenerated
} LspCodeActionClientCapabilities;
extern const JsonType lsp_code_action_client_capabilities_type;

typedef struct LspHoverClientCapabilities {
  JsonArray content_format;  // of StringView
} LspHoverClientCapabilities;
extern const JsonType lsp_hover_client_capabilities_type;

typedef struct LspDocumentSymbolClientCapabilities {
  bool hierarchical_document_symbol_support;
} LspDocumentSymbolClientCapabilities;
extern const JsonType lsp_document_symbol_client_capabilities_type;

typedef struct LspCompletionItemClientCapabilities {
  bool snippet_support;
} LspCompletionItemClientCapabilities;
extern const JsonType lsp_completion_item_client_capabilities_type;

typedef struct LspCompletionClientCapabilities {
  LspCompletionItemClientCapabilities completion_item;
} LspCompletionClientCapabilities;
extern const JsonType lsp_completion_client_capabilities_type;

typedef struct LspTextDocumentClientCapabilities {
  LspTextDocumentSyncClientCapabilities *synchronization;
  LspPublishDiagnosticsClientCapabilities *publish_diagnostics;
  LspDiagnosticClientCapabilities *diagnostic;
  LspCodeActionClientCapabilities *code_action;
  LspDynamicRegistration *code_lens;
  LspHoverClientCapabilities *hover;
  LspDocumentSymbolClientCapabilities *document_symbol;
  LspCompletionClientCapabilities *completion;
} LspTextDocumentClientCapabilities;
extern const JsonType lsp_text_document_client_capabilities_type;

typedef struct LspChangeAnnotationSupport {
  bool groups_on_label;
} LspChangeAnnotationSupport;
extern const JsonType lsp_change_annotation_support_type;

typedef struct LspWorkspaceEditClientCapabilities {
  bool document_changes;
  JsonArray resource_operations;  // of StringView
  StringView failure_handling;
  LspChangeAnnotationSupport *change_annotation_support;
} LspWorkspaceEditClientCapabilities;
extern const JsonType lsp_workspace_edit_client_capabilities_type;

typedef struct LspWorkspaceClientCapabilities {
  bool apply_edit;
  LspWorkspaceEditClientCapabilities workspace_edit;
  bool configuration;
  bool workspace_folders;
  LspDynamicRegistration did_change_configuration;
  LspDynamicRegistration did_change_watched_files;
  LspRefreshSupport diagnostics;
  LspRefreshSupport code_lens;
  LspDynamicRegistration *text_document_content;  // 3.18
} LspWorkspaceClientCapabilities;
extern const JsonType lsp_workspace_client_capabilities_type;

typedef struct LspShowDocumentClientCapabilities {
  bool support;
} LspShowDocumentClientCapabilities;
extern const JsonType lsp_show_document_client_capabilities_type;

typedef struct LspMessageActionItemClientCapabilities {
  bool additional_properties_support;
} LspMessageActionItemClientCapabilities;
extern const JsonType lsp_message_action_item_client_capabilities_type;

typedef struct LspShowMessageRequestClientCapabilities {
  LspMessageActionItemClientCapabilities message_action_item;
} LspShowMessageRequestClientCapabilities;
extern const JsonType lsp_show_message_request_client_capabilities_type;

typedef struct LspWindowClientCapabilities {
  bool work_done_progress;
  LspShowMessageRequestClientCapabilities *show_message;
  LspShowDocumentClientCapabilities show_document;
} LspWindowClientCapabilities;
extern const JsonType lsp_window_client_capabilities_type;

typedef struct LspGeneralClientCapabilities {
  JsonArray position_encodings;  // of StringView; in the order of preference
} LspGeneralClientCapabilities;
extern const JsonType lsp_general_client_capabilities_type;

typedef struct LspClientCapabilities {
  LspWorkspaceClientCapabilities workspace;
  LspTextDocumentClientCapabilities text_document;
  LspWindowClientCapabilities window;
  LspGeneralClientCapabilities general;
  const JsonValue *experimental;
} LspClientCapabilities;
extern const JsonType lsp_client_capabilities_type;

// ---- Request ----

typedef struct LspClientInfo {
  StringView name;
  StringView version;
} LspClientInfo;
extern const JsonType lsp_client_info_type;

typedef struct LspInitializeParams {
  OptionalInteger process_id;
  LspClientInfo *client_info;
  StringView locale;
  StringView root_path;  // deprecated in favour of rootUri
  StringView root_uri;   // deprecated in favour of workspaceFolders
  const JsonValue *initialization_options;
  LspClientCapabilities capabilities;
  StringView trace;             // "off", "messages" or "verbose"
  JsonArray workspace_folders;  // of LspWorkspaceFolder; no items: none is open
  const JsonValue *work_done_token;
} LspInitializeParams;
extern const JsonType lsp_initialize_params_type;

// ---- Server capabilities ----

typedef enum LspTextDocumentSyncKind { LSP_SYNC_NONE, LSP_SYNC_FULL, LSP_SYNC_INCREMENTAL } LspTextDocumentSyncKind;

typedef struct LspSaveOptions {
  bool include_text;
} LspSaveOptions;
extern const JsonType lsp_save_options_type;

typedef struct LspTextDocumentSyncOptions {
  bool open_close;
  uint32_t change;  // LspTextDocumentSyncKind
  LspSaveOptions *save;
} LspTextDocumentSyncOptions;
extern const JsonType lsp_text_document_sync_options_type;

typedef struct LspCodeActionOptions {
  JsonArray code_action_kinds;  // of StringView
  bool resolve_provider;
  bool work_done_progress;
} LspCodeActionOptions;
extern const JsonType lsp_code_action_options_type;

typedef struct LspCodeLensOptions {
  bool resolve_provider;
} LspCodeLensOptions;
extern const JsonType lsp_code_lens_options_type;

typedef struct LspExecuteCommandOptions {
  JsonArray commands;  // of StringView
  bool work_done_progress;
} LspExecuteCommandOptions;
extern const JsonType lsp_execute_command_options_type;

typedef struct LspDiagnosticOptions {
  StringView identifier;
  bool inter_file_dependencies;
  bool workspace_diagnostics;
  bool work_done_progress;
} LspDiagnosticOptions;
extern const JsonType lsp_diagnostic_options_type;

typedef struct LspCompletionOptions {
  JsonArray trigger_characters;  // of StringView
  bool resolve_provider;
} LspCompletionOptions;
extern const JsonType lsp_completion_options_type;

typedef struct LspWorkspaceFoldersServerCapabilities {
  bool supported;
  bool change_notifications;
} LspWorkspaceFoldersServerCapabilities;
extern const JsonType lsp_workspace_folders_server_capabilities_type;

// 3.18
typedef struct LspTextDocumentContentOptions {
  JsonArray schemes;  // of StringView
} LspTextDocumentContentOptions;
extern const JsonType lsp_text_document_content_options_type;

typedef struct LspWorkspaceOptions {
  LspWorkspaceFoldersServerCapabilities *workspace_folders;
  LspTextDocumentContentOptions *text_document_content;
} LspWorkspaceOptions;
extern const JsonType lsp_workspace_options_type;

typedef struct LspServerCapabilities {
  StringView position_encoding;
  LspTextDocumentSyncOptions *text_document_sync;
  LspCompletionOptions *completion_provider;
  bool hover_provider;
  bool document_symbol_provider;
  LspCodeActionOptions *code_action_provider;
  LspCodeLensOptions *code_lens_provider;
  LspExecuteCommandOptions *execute_command_provider;
  LspDiagnosticOptions *diagnostic_provider;
  LspWorkspaceOptions *workspace;
  StringView experimental_json;
} LspServerCapabilities;
extern const JsonType lsp_server_capabilities_type;

typedef struct LspServerInfo {
  StringView name;
  StringView version;
} LspServerInfo;
extern const JsonType lsp_server_info_type;

typedef struct LspInitializeResult {
  LspServerCapabilities capabilities;
  LspServerInfo *server_info;
} LspInitializeResult;
extern const JsonType lsp_initialize_result_type;

#endif
