// LSP 3.17: text synchronization, and diagnostics pushed and pulled.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_DOCUMENT_H
#define TESTGEN_PROTOCOL_LSP_TYPES_DOCUMENT_H

#include "protocol/lsp/types_basic.h"

// ---- Synchronization ----

typedef struct LspDidOpenTextDocumentParams {
  LspTextDocumentItem text_document;
} LspDidOpenTextDocumentParams;
extern const JsonType lsp_did_open_text_document_params_type;

typedef struct LspTextDocumentContentChangeEvent {
  Range *range;                  // NULL: `text` is the whole document
  OptionalInteger range_length;  // deprecated
  StringView text;
} LspTextDocumentContentChangeEvent;
extern const JsonType lsp_text_document_content_change_event_type;

typedef struct LspDidChangeTextDocumentParams {
  LspVersionedTextDocumentIdentifier text_document;
  JsonArray content_changes;  // of LspTextDocumentContentChangeEvent; to be applied in this order
} LspDidChangeTextDocumentParams;
extern const JsonType lsp_did_change_text_document_params_type;

typedef struct LspDidSaveTextDocumentParams {
  LspTextDocumentIdentifier text_document;
  StringView text;
} LspDidSaveTextDocumentParams;
extern const JsonType lsp_did_save_text_document_params_type;

typedef struct LspDidCloseTextDocumentParams {
  LspTextDocumentIdentifier text_document;
} LspDidCloseTextDocumentParams;
extern const JsonType lsp_did_close_text_document_params_type;

// ---- Diagnostics ----

typedef struct LspPublishDiagnosticsParams {
  StringView uri;
  OptionalInteger version;
  JsonArray diagnostics;  // of LspDiagnostic
} LspPublishDiagnosticsParams;
extern const JsonType lsp_publish_diagnostics_params_type;

typedef struct LspDocumentDiagnosticParams {
  LspTextDocumentIdentifier text_document;
  StringView identifier;
  StringView previous_result_id;
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspDocumentDiagnosticParams;
extern const JsonType lsp_document_diagnostic_params_type;

typedef struct LspFullDocumentDiagnosticReport {
  int kind;  // always "full"
  StringView result_id;
  JsonArray items;  // of LspDiagnostic
} LspFullDocumentDiagnosticReport;
extern const JsonType lsp_full_document_diagnostic_report_type;

typedef struct LspUnchangedDocumentDiagnosticReport {
  int kind;  // always "unchanged"
  StringView result_id;
} LspUnchangedDocumentDiagnosticReport;
extern const JsonType lsp_unchanged_document_diagnostic_report_type;

typedef struct LspPreviousResultId {
  StringView uri;
  StringView value;
} LspPreviousResultId;
extern const JsonType lsp_previous_result_id_type;

typedef struct LspWorkspaceDiagnosticParams {
  StringView identifier;
  JsonArray previous_result_ids;  // of LspPreviousResultId
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspWorkspaceDiagnosticParams;
extern const JsonType lsp_workspace_diagnostic_params_type;

typedef struct LspWorkspaceFullDocumentDiagnosticReport {
  int kind;  // always "full"
  StringView uri;
  OptionalInteger version;
  StringView result_id;
  JsonArray items;  // of LspDiagnostic
} LspWorkspaceFullDocumentDiagnosticReport;
extern const JsonType lsp_workspace_full_document_diagnostic_report_type;

typedef struct LspWorkspaceUnchangedDocumentDiagnosticReport {
  int kind;  // always "unchanged"
  StringView uri;
  OptionalInteger version;
  StringView result_id;
} LspWorkspaceUnchangedDocumentDiagnosticReport;
extern const JsonType lsp_workspace_unchanged_document_diagnostic_report_type;

typedef struct LspWorkspaceDiagnosticReport {
  StringView items_json;  // an array of the two kinds above
} LspWorkspaceDiagnosticReport;
extern const JsonType lsp_workspace_diagnostic_report_type;

#endif
