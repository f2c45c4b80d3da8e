#include "protocol/lsp/types_features.h"

#include "protocol/lsp/types_private.h"

static const JsonField hover_params_fields[] = {
    LSP_FIELD_OF(LspHoverParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD_OF(LspHoverParams, position, "position", OBJECT, JSON_REQUIRED, lsp_position_type),
    LSP_FIELD(LspHoverParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_hover_params_type = LSP_TYPE("HoverParams", LspHoverParams, hover_params_fields);

static const JsonField hover_fields[] = {
    LSP_FIELD_OF(LspHover, contents, "contents", OBJECT, JSON_REQUIRED, lsp_markup_content_type),
    LSP_FIELD_OF(LspHover, range, "range", POINTER, 0, lsp_range_type),
};
const JsonType lsp_hover_type = LSP_TYPE("Hover", LspHover, hover_fields);

static const JsonField code_action_context_fields[] = {
    LSP_FIELD_OF(LspCodeActionContext, diagnostics, "diagnostics", ARRAY, JSON_REQUIRED | JSON_LENIENT,
                 lsp_diagnostic_type),
    LSP_FIELD(LspCodeActionContext, only, "only", STRING_ARRAY, JSON_NULLABLE | JSON_LENIENT),
    LSP_FIELD(LspCodeActionContext, trigger_kind, "triggerKind", UINTEGER, JSON_OMIT_ZERO | JSON_LENIENT),
};
const JsonType lsp_code_action_context_type =
    LSP_TYPE("CodeActionContext", LspCodeActionContext, code_action_context_fields);

static const JsonField code_action_params_fields[] = {
    LSP_FIELD_OF(LspCodeActionParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD_OF(LspCodeActionParams, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD_OF(LspCodeActionParams, context, "context", OBJECT, JSON_REQUIRED, lsp_code_action_context_type),
    LSP_FIELD(LspCodeActionParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspCodeActionParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_code_action_params_type =
    LSP_TYPE("CodeActionParams", LspCodeActionParams, code_action_params_fields);

static const JsonField code_action_disabled_fields[] = {
    LSP_FIELD(LspCodeActionDisabled, reason, "reason", STRING, JSON_REQUIRED),
};
const JsonType lsp_code_action_disabled_type =
    LSP_TYPE("CodeActionDisabled", LspCodeActionDisabled, code_action_disabled_fields);

static const JsonField code_action_fields[] = {
    LSP_FIELD(LspCodeAction, title, "title", STRING, JSON_REQUIRED),
    LSP_FIELD(LspCodeAction, kind, "kind", STRING, 0),
    LSP_FIELD_OF(LspCodeAction, diagnostics, "diagnostics", ARRAY, JSON_LENIENT | JSON_OMIT_ZERO, lsp_diagnostic_type),
    LSP_FIELD(LspCodeAction, is_preferred, "isPreferred", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspCodeAction, disabled, "disabled", POINTER, 0, lsp_code_action_disabled_type),
    LSP_FIELD_OF(LspCodeAction, edit, "edit", POINTER, 0, lsp_workspace_edit_type),
    LSP_FIELD_OF(LspCodeAction, command, "command", POINTER, 0, lsp_command_type),
    LSP_FIELD(LspCodeAction, data, "data", VALUE, 0),
    LSP_FIELD(LspCodeAction, data_json, "data", RAW, 0),
    LSP_FIELD(LspCodeAction, tags, "tags", INTEGER_ARRAY, JSON_LENIENT | JSON_OMIT_ZERO),
};
const JsonType lsp_code_action_type = LSP_TYPE("CodeAction", LspCodeAction, code_action_fields);

static const JsonField code_lens_params_fields[] = {
    LSP_FIELD_OF(LspCodeLensParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD(LspCodeLensParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspCodeLensParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_code_lens_params_type = LSP_TYPE("CodeLensParams", LspCodeLensParams, code_lens_params_fields);

static const JsonField code_lens_fields[] = {
    LSP_FIELD_OF(LspCodeLens, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD_OF(LspCodeLens, command, "command", POINTER, 0, lsp_command_type),
    LSP_FIELD(LspCodeLens, data, "data", VALUE, 0),
    LSP_FIELD(LspCodeLens, data_json, "data", RAW, 0),
};
const JsonType lsp_code_lens_type = LSP_TYPE("CodeLens", LspCodeLens, code_lens_fields);

static const JsonField document_symbol_params_fields[] = {
    LSP_FIELD_OF(LspDocumentSymbolParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD(LspDocumentSymbolParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspDocumentSymbolParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_document_symbol_params_type =
    LSP_TYPE("DocumentSymbolParams", LspDocumentSymbolParams, document_symbol_params_fields);

static const JsonField document_symbol_fields[] = {
    LSP_FIELD(LspDocumentSymbol, name, "name", STRING, JSON_REQUIRED),
    LSP_FIELD(LspDocumentSymbol, detail, "detail", STRING, 0),
    LSP_FIELD(LspDocumentSymbol, kind, "kind", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspDocumentSymbol, tags, "tags", INTEGER_ARRAY, JSON_LENIENT | JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspDocumentSymbol, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD_OF(LspDocumentSymbol, selection_range, "selectionRange", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD_OF(LspDocumentSymbol, children, "children", ARRAY, JSON_OMIT_ZERO, lsp_document_symbol_type),
};
const JsonType lsp_document_symbol_type = LSP_TYPE("DocumentSymbol", LspDocumentSymbol, document_symbol_fields);

static const JsonField symbol_information_fields[] = {
    LSP_FIELD(LspSymbolInformation, name, "name", STRING, JSON_REQUIRED),
    LSP_FIELD(LspSymbolInformation, kind, "kind", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspSymbolInformation, tags, "tags", INTEGER_ARRAY, JSON_LENIENT | JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspSymbolInformation, location, "location", OBJECT, JSON_REQUIRED, lsp_location_type),
    LSP_FIELD(LspSymbolInformation, container_name, "containerName", STRING, 0),
};
const JsonType lsp_symbol_information_type =
    LSP_TYPE("SymbolInformation", LspSymbolInformation, symbol_information_fields);

static const JsonField completion_context_fields[] = {
    LSP_FIELD(LspCompletionContext, trigger_kind, "triggerKind", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(LspCompletionContext, trigger_character, "triggerCharacter", STRING, 0),
};
const JsonType lsp_completion_context_type =
    LSP_TYPE("CompletionContext", LspCompletionContext, completion_context_fields);

static const JsonField completion_params_fields[] = {
    LSP_FIELD_OF(LspCompletionParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD_OF(LspCompletionParams, position, "position", OBJECT, JSON_REQUIRED, lsp_position_type),
    LSP_FIELD_OF(LspCompletionParams, context, "context", POINTER, JSON_LENIENT, lsp_completion_context_type),
    LSP_FIELD(LspCompletionParams, work_done_token, "workDoneToken", VALUE, JSON_NULLABLE),
    LSP_FIELD(LspCompletionParams, partial_result_token, "partialResultToken", VALUE, JSON_NULLABLE),
};
const JsonType lsp_completion_params_type = LSP_TYPE("CompletionParams", LspCompletionParams, completion_params_fields);

static const JsonField completion_item_fields[] = {
    LSP_FIELD(LspCompletionItem, label, "label", STRING, JSON_REQUIRED),
    LSP_FIELD(LspCompletionItem, kind, "kind", UINTEGER, JSON_OMIT_ZERO),
    LSP_FIELD(LspCompletionItem, detail, "detail", STRING, 0),
    LSP_FIELD_OF(LspCompletionItem, documentation, "documentation", POINTER, JSON_LENIENT, lsp_markup_content_type),
    LSP_FIELD(LspCompletionItem, sort_text, "sortText", STRING, 0),
    LSP_FIELD(LspCompletionItem, filter_text, "filterText", STRING, 0),
    LSP_FIELD(LspCompletionItem, insert_text, "insertText", STRING, 0),
    LSP_FIELD(LspCompletionItem, insert_text_format, "insertTextFormat", UINTEGER, JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspCompletionItem, text_edit, "textEdit", POINTER, JSON_LENIENT, lsp_text_edit_type),
    LSP_FIELD(LspCompletionItem, data, "data", VALUE, 0),
    LSP_FIELD(LspCompletionItem, data_json, "data", RAW, 0),
};
const JsonType lsp_completion_item_type = LSP_TYPE("CompletionItem", LspCompletionItem, completion_item_fields);

static const JsonField completion_list_fields[] = {
    LSP_FIELD(LspCompletionList, is_incomplete, "isIncomplete", BOOL, JSON_REQUIRED),
    LSP_FIELD_OF(LspCompletionList, items, "items", ARRAY, JSON_REQUIRED, lsp_completion_item_type),
};
const JsonType lsp_completion_list_type = LSP_TYPE("CompletionList", LspCompletionList, completion_list_fields);
