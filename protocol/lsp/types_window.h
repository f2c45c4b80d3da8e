// LSP 3.17: messages to the user, progress, cancellation and tracing.
//
// A progress token is the client's own (`token`, as it came) or one that the server made (`token_name`): set one.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_WINDOW_H
#define TESTGEN_PROTOCOL_LSP_TYPES_WINDOW_H

#include "protocol/lsp/types_basic.h"

// ---- Messages ----

typedef enum LspMessageType {
  LSP_MESSAGE_ERROR = 1,
  LSP_MESSAGE_WARNING,
  LSP_MESSAGE_INFO,
  LSP_MESSAGE_LOG,
  LSP_MESSAGE_DEBUG
} LspMessageType;

typedef struct LspShowMessageParams {
  uint32_t type;  // LspMessageType
  StringView message;
} LspShowMessageParams;
extern const JsonType lsp_show_message_params_type;

typedef struct LspLogMessageParams {
  uint32_t type;  // LspMessageType
  StringView message;
} LspLogMessageParams;
extern const JsonType lsp_log_message_params_type;

typedef struct LspMessageActionItem {
  StringView title;
} LspMessageActionItem;
extern const JsonType lsp_message_action_item_type;

typedef struct LspShowMessageRequestParams {
  uint32_t type;  // LspMessageType
  StringView message;
  JsonArray actions;  // of LspMessageActionItem
} LspShowMessageRequestParams;
extern const JsonType lsp_show_message_request_params_type;

typedef struct LspShowDocumentParams {
  StringView uri;
  bool external;
  bool take_focus;
  Range *selection;
} LspShowDocumentParams;
extern const JsonType lsp_show_document_params_type;

typedef struct LspShowDocumentResult {
  bool success;
} LspShowDocumentResult;
extern const JsonType lsp_show_document_result_type;

// ---- Progress ----

typedef struct LspWorkDoneProgressCreateParams {
  const JsonValue *token;
  StringView token_name;
} LspWorkDoneProgressCreateParams;
extern const JsonType lsp_work_done_progress_create_params_type;

typedef struct LspWorkDoneProgressCancelParams {
  const JsonValue *token;
  StringView token_name;
} LspWorkDoneProgressCancelParams;
extern const JsonType lsp_work_done_progress_cancel_params_type;

typedef struct LspWorkDoneProgressBegin {
  int kind;  // always "begin"
  StringView title;
  bool cancellable;
  StringView message;
  OptionalInteger percentage;  // 0 to 100
} LspWorkDoneProgressBegin;
extern const JsonType lsp_work_done_progress_begin_type;

typedef struct LspWorkDoneProgressReport {
  int kind;  // always "report"
  bool cancellable;
  StringView message;
  OptionalInteger percentage;  // 0 to 100, never less than before
} LspWorkDoneProgressReport;
extern const JsonType lsp_work_done_progress_report_type;

typedef struct LspWorkDoneProgressEnd {
  int kind;  // always "end"
  StringView message;
} LspWorkDoneProgressEnd;
extern const JsonType lsp_work_done_progress_end_type;

typedef struct LspProgressParams {
  const JsonValue *token;
  StringView token_name;
  StringView value_json;  // one of the three above, or a partial result
} LspProgressParams;
extern const JsonType lsp_progress_params_type;

// ---- Cancellation and tracing ----

typedef struct LspCancelParams {
  const JsonValue *id;  // an integer or a string
} LspCancelParams;
extern const JsonType lsp_cancel_params_type;

typedef struct LspSetTraceParams {
  StringView value;  // "off", "messages" or "verbose"
} LspSetTraceParams;
extern const JsonType lsp_set_trace_params_type;

typedef struct LspLogTraceParams {
  StringView message;
  StringView verbose;
} LspLogTraceParams;
extern const JsonType lsp_log_trace_params_type;

#endif
