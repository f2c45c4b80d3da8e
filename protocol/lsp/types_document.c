#include "protocol/lsp/types_document.h"

#include "protocol/lsp/types_private.h"

static const char *const full_names[] = {"full", NULL};
static const char *const unchanged_names[] = {"unchanged", NULL};

static const JsonField did_open_text_document_params_fields[] = {
    LSP_FIELD_OF(LspDidOpenTextDocumentParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_item_type),
};
const JsonType lsp_did_open_text_document_params_type =
    LSP_TYPE("DidOpenTextDocumentParams", LspDidOpenTextDocumentParams, did_open_text_document_params_fields);

static const JsonField text_document_content_change_event_fields[] = {
    LSP_FIELD_OF(LspTextDocumentContentChangeEvent, range, "range", POINTER, 0, lsp_range_type),
    LSP_FIELD(LspTextDocumentContentChangeEvent, range_length, "rangeLength", OPTIONAL_INTEGER, JSON_LENIENT),
    LSP_FIELD(LspTextDocumentContentChangeEvent, text, "text", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_content_change_event_type = LSP_TYPE(
    "TextDocumentContentChangeEvent", LspTextDocumentContentChangeEvent, text_document_content_change_event_fields);

static const JsonField did_change_text_document_params_fields[] = {
    LSP_FIELD_OF(LspDidChangeTextDocumentParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_versioned_text_document_identifier_type),
    LSP_FIELD_OF(LspDidChangeTextDocumentParams, content_changes, "contentChanges", ARRAY, JSON_REQUIRED,
                 lsp_text_document_content_change_event_type),
};
const JsonType lsp_did_change_text_document_params_type =
    LSP_TYPE("DidChangeTextDocumentParams", LspDidChangeTextDocumentParams, did_change_text_document_params_fields);

static const JsonField did_save_text_document_params_fields[] = {
    LSP_FIELD_OF(LspDidSaveTextDocumentParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD(LspDidSaveTextDocumentParams, text, "text", STRING, 0),
};
const JsonType lsp_did_save_text_document_params_type =
    LSP_TYPE("DidSaveTextDocumentParams", LspDidSaveTextDocumentParams, did_save_text_document_params_fields);

static const JsonField did_close_text_document_params_fields[] = {
    LSP_FIELD_OF(LspDidCloseTextDocumentParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
};
const JsonType lsp_did_close_text_document_params_type =
    LSP_TYPE("DidCloseTextDocumentParams", LspDidCloseTextDocumentParams, did_close_text_document_params_fields);

static const JsonField publish_diagnostics_params_fields[] = {
    LSP_FIELD(LspPublishDiagnosticsParams, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspPublishDiagnosticsParams, version, "version", OPTIONAL_INTEGER, 0),
    LSP_FIELD_OF(LspPublishDiagnosticsParams, diagnostics, "diagnostics", ARRAY, JSON_REQUIRED, lsp_diagnostic_type),
};
const JsonType lsp_publish_diagnostics_params_type =
    LSP_TYPE("PublishDiagnosticsParams", LspPublishDiagnosticsParams, publish_diagnostics_params_fields);

static const JsonField document_diagnostic_params_fields[] = {
    LSP_FIELD_OF(LspDocumentDiagnosticParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD(LspDocumentDiagnosticParams, identifier, "identifier", STRING, 0),
    LSP_FIELD(LspDocumentDiagnosticParams, previous_result_id, "previousResultId", STRING, 0),
    LSP_FIELD(LspDocumentDiagnosticParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspDocumentDiagnosticParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_document_diagnostic_params_type =
    LSP_TYPE("DocumentDiagnosticParams", LspDocumentDiagnosticParams, document_diagnostic_params_fields);

static const JsonField full_document_diagnostic_report_fields[] = {
    LSP_FIELD_NAMED(LspFullDocumentDiagnosticReport, kind, "kind", ENUM, JSON_REQUIRED, full_names),
    LSP_FIELD(LspFullDocumentDiagnosticReport, result_id, "resultId", STRING, 0),
    LSP_FIELD_OF(LspFullDocumentDiagnosticReport, items, "items", ARRAY, JSON_REQUIRED, lsp_diagnostic_type),
};
const JsonType lsp_full_document_diagnostic_report_type =
    LSP_TYPE("FullDocumentDiagnosticReport", LspFullDocumentDiagnosticReport, full_document_diagnostic_report_fields);

static const JsonField unchanged_document_diagnostic_report_fields[] = {
    LSP_FIELD_NAMED(LspUnchangedDocumentDiagnosticReport, kind, "kind", ENUM, JSON_REQUIRED, unchanged_names),
    LSP_FIELD(LspUnchangedDocumentDiagnosticReport, result_id, "resultId", STRING, JSON_REQUIRED),
};
const JsonType lsp_unchanged_document_diagnostic_report_type =
    LSP_TYPE("UnchangedDocumentDiagnosticReport", LspUnchangedDocumentDiagnosticReport,
             unchanged_document_diagnostic_report_fields);

static const JsonField previous_result_id_fields[] = {
    LSP_FIELD(LspPreviousResultId, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspPreviousResultId, value, "value", STRING, JSON_REQUIRED),
};
const JsonType lsp_previous_result_id_type =
    LSP_TYPE("PreviousResultId", LspPreviousResultId, previous_result_id_fields);

static const JsonField workspace_diagnostic_params_fields[] = {
    LSP_FIELD(LspWorkspaceDiagnosticParams, identifier, "identifier", STRING, 0),
    LSP_FIELD_OF(LspWorkspaceDiagnosticParams, previous_result_ids, "previousResultIds", ARRAY, JSON_REQUIRED,
                 lsp_previous_result_id_type),
    LSP_FIELD(LspWorkspaceDiagnosticParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceDiagnosticParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_workspace_diagnostic_params_type =
    LSP_TYPE("WorkspaceDiagnosticParams", LspWorkspaceDiagnosticParams, workspace_diagnostic_params_fields);

static const JsonField workspace_full_document_diagnostic_report_fields[] = {
    LSP_FIELD_NAMED(LspWorkspaceFullDocumentDiagnosticReport, kind, "kind", ENUM, JSON_REQUIRED, full_names),
    LSP_FIELD(LspWorkspaceFullDocumentDiagnosticReport, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspWorkspaceFullDocumentDiagnosticReport, version, "version", OPTIONAL_INTEGER,
              JSON_REQUIRED | JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceFullDocumentDiagnosticReport, result_id, "resultId", STRING, 0),
    LSP_FIELD_OF(LspWorkspaceFullDocumentDiagnosticReport, items, "items", ARRAY, JSON_REQUIRED, lsp_diagnostic_type),
};
const JsonType lsp_workspace_full_document_diagnostic_report_type =
    LSP_TYPE("WorkspaceFullDocumentDiagnosticReport", LspWorkspaceFullDocumentDiagnosticReport,
             workspace_full_document_diagnostic_report_fields);

static const JsonField workspace_unchanged_document_diagnostic_report_fields[] = {
    LSP_FIELD_NAMED(LspWorkspaceUnchangedDocumentDiagnosticReport, kind, "kind", ENUM, JSON_REQUIRED, unchanged_names),
    LSP_FIELD(LspWorkspaceUnchangedDocumentDiagnosticReport, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspWorkspaceUnchangedDocumentDiagnosticReport, version, "version", OPTIONAL_INTEGER,
              JSON_REQUIRED | JSON_NULLABLE),
    LSP_FIELD(LspWorkspaceUnchangedDocumentDiagnosticReport, result_id, "resultId", STRING, JSON_REQUIRED),
};
const JsonType lsp_workspace_unchanged_document_diagnostic_report_type =
    LSP_TYPE("WorkspaceUnchangedDocumentDiagnosticReport", LspWorkspaceUnchangedDocumentDiagnosticReport,
             workspace_unchanged_document_diagnostic_report_fields);

static const JsonField workspace_diagnostic_report_fields[] = {
    LSP_FIELD(LspWorkspaceDiagnosticReport, items_json, "items", RAW, JSON_REQUIRED),
};
const JsonType lsp_workspace_diagnostic_report_type =
    LSP_TYPE("WorkspaceDiagnosticReport", LspWorkspaceDiagnosticReport, workspace_diagnostic_report_fields);
