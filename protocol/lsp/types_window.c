#include "protocol/lsp/types_window.h"

#include "protocol/lsp/types_private.h"

static const char *const begin_names[] = {"begin", NULL};
static const char *const report_names[] = {"report", NULL};
static const char *const end_names[] = {"end", NULL};

static const JsonField show_message_params_fields[] = {
    LSP_FIELD(LspShowMessageParams, type, "type", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspShowMessageParams, message, "message", STRING, JSON_REQUIRED),
};
const JsonType lsp_show_message_params_type =
    LSP_TYPE("ShowMessageParams", LspShowMessageParams, show_message_params_fields);

static const JsonField log_message_params_fields[] = {
    LSP_FIELD(LspLogMessageParams, type, "type", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspLogMessageParams, message, "message", STRING, JSON_REQUIRED),
};
const JsonType lsp_log_message_params_type =
    LSP_TYPE("LogMessageParams", LspLogMessageParams, log_message_params_fields);

static const JsonField message_action_item_fields[] = {
    LSP_FIELD(LspMessageActionItem, title, "title", STRING, JSON_REQUIRED),
};
const JsonType lsp_message_action_item_type =
    LSP_TYPE("MessageActionItem", LspMessageActionItem, message_action_item_fields);

static const JsonField show_message_request_params_fields[] = {
    LSP_FIELD(LspShowMessageRequestParams, type, "type", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspShowMessageRequestParams, message, "message", STRING, JSON_REQUIRED),
    LSP_FIELD_OF(LspShowMessageRequestParams, actions, "actions", ARRAY, JSON_OMIT_ZERO, lsp_message_action_item_type),
};
const JsonType lsp_show_message_request_params_type =
    LSP_TYPE("ShowMessageRequestParams", LspShowMessageRequestParams, show_message_request_params_fields);

static const JsonField show_document_params_fields[] = {
    LSP_FIELD(LspShowDocumentParams, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspShowDocumentParams, external, "external", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspShowDocumentParams, take_focus, "takeFocus", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspShowDocumentParams, selection, "selection", POINTER, 0, lsp_range_type),
};
const JsonType lsp_show_document_params_type =
    LSP_TYPE("ShowDocumentParams", LspShowDocumentParams, show_document_params_fields);

static const JsonField show_document_result_fields[] = {
    LSP_FIELD(LspShowDocumentResult, success, "success", BOOL, JSON_REQUIRED),
};
const JsonType lsp_show_document_result_type =
    LSP_TYPE("ShowDocumentResult", LspShowDocumentResult, show_document_result_fields);

static const JsonField work_done_progress_create_params_fields[] = {
    LSP_FIELD(LspWorkDoneProgressCreateParams, token, "token", VALUE, 0),
    LSP_FIELD(LspWorkDoneProgressCreateParams, token_name, "token", STRING, JSON_LENIENT),
};
const JsonType lsp_work_done_progress_create_params_type =
    LSP_TYPE("WorkDoneProgressCreateParams", LspWorkDoneProgressCreateParams, work_done_progress_create_params_fields);

static const JsonField work_done_progress_cancel_params_fields[] = {
    LSP_FIELD(LspWorkDoneProgressCancelParams, token, "token", VALUE, 0),
    LSP_FIELD(LspWorkDoneProgressCancelParams, token_name, "token", STRING, JSON_LENIENT),
};
const JsonType lsp_work_done_progress_cancel_params_type =
    LSP_TYPE("WorkDoneProgressCancelParams", LspWorkDoneProgressCancelParams, work_done_progress_cancel_params_fields);

static const JsonField work_done_progress_begin_fields[] = {
    LSP_FIELD_NAMED(LspWorkDoneProgressBegin, kind, "kind", ENUM, JSON_REQUIRED, begin_names),
    LSP_FIELD(LspWorkDoneProgressBegin, title, "title", STRING, JSON_REQUIRED),
    LSP_FIELD(LspWorkDoneProgressBegin, cancellable, "cancellable", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspWorkDoneProgressBegin, message, "message", STRING, 0),
    LSP_FIELD(LspWorkDoneProgressBegin, percentage, "percentage", OPTIONAL_INTEGER, 0),
};
const JsonType lsp_work_done_progress_begin_type =
    LSP_TYPE("WorkDoneProgressBegin", LspWorkDoneProgressBegin, work_done_progress_begin_fields);

static const JsonField work_done_progress_report_fields[] = {
    LSP_FIELD_NAMED(LspWorkDoneProgressReport, kind, "kind", ENUM, JSON_REQUIRED, report_names),
    LSP_FIELD(LspWorkDoneProgressReport, cancellable, "cancellable", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspWorkDoneProgressReport, message, "message", STRING, 0),
    LSP_FIELD(LspWorkDoneProgressReport, percentage, "percentage", OPTIONAL_INTEGER, 0),
};
const JsonType lsp_work_done_progress_report_type =
    LSP_TYPE("WorkDoneProgressReport", LspWorkDoneProgressReport, work_done_progress_report_fields);

static const JsonField work_done_progress_end_fields[] = {
    LSP_FIELD_NAMED(LspWorkDoneProgressEnd, kind, "kind", ENUM, JSON_REQUIRED, end_names),
    LSP_FIELD(LspWorkDoneProgressEnd, message, "message", STRING, 0),
};
const JsonType lsp_work_done_progress_end_type =
    LSP_TYPE("WorkDoneProgressEnd", LspWorkDoneProgressEnd, work_done_progress_end_fields);

static const JsonField progress_params_fields[] = {
    LSP_FIELD(LspProgressParams, token, "token", VALUE, 0),
    LSP_FIELD(LspProgressParams, token_name, "token", STRING, JSON_LENIENT),
    LSP_FIELD(LspProgressParams, value_json, "value", RAW, JSON_REQUIRED),
};
const JsonType lsp_progress_params_type = LSP_TYPE("ProgressParams", LspProgressParams, progress_params_fields);

static const JsonField cancel_params_fields[] = {
    LSP_FIELD(LspCancelParams, id, "id", VALUE, JSON_REQUIRED),
};
const JsonType lsp_cancel_params_type = LSP_TYPE("CancelParams", LspCancelParams, cancel_params_fields);

static const JsonField set_trace_params_fields[] = {
    LSP_FIELD(LspSetTraceParams, value, "value", STRING, JSON_REQUIRED),
};
const JsonType lsp_set_trace_params_type = LSP_TYPE("SetTraceParams", LspSetTraceParams, set_trace_params_fields);

static const JsonField log_trace_params_fields[] = {
    LSP_FIELD(LspLogTraceParams, message, "message", STRING, JSON_REQUIRED),
    LSP_FIELD(LspLogTraceParams, verbose, "verbose", STRING, 0),
};
const JsonType lsp_log_trace_params_type = LSP_TYPE("LogTraceParams", LspLogTraceParams, log_trace_params_fields);
