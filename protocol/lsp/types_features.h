// LSP 3.17: hover, code actions, code lenses, document symbols and completion.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_FEATURES_H
#define TESTGEN_PROTOCOL_LSP_TYPES_FEATURES_H

#include "protocol/lsp/types_basic.h"

// ---- Hover ----

typedef struct LspHoverParams {
  LspTextDocumentIdentifier text_document;
  Position position;
  const JsonValue *work_done_token;
} LspHoverParams;
extern const JsonType lsp_hover_params_type;

typedef struct LspHover {
  LspMarkupContent contents;
  Range *range;
} LspHover;
extern const JsonType lsp_hover_type;

// ---- Code actions ----

typedef enum LspCodeActionTriggerKind {
  LSP_CODE_ACTION_INVOKED = 1,
  LSP_CODE_ACTION_AUTOMATIC
} LspCodeActionTriggerKind;

typedef struct LspCodeActionContext {
  JsonArray diagnostics;  // of LspDiagnostic
  JsonArray only;         // of StringView; no items: all kinds
  uint32_t trigger_kind;  // LspCodeActionTriggerKind; 0: not said
} LspCodeActionContext;
extern const JsonType lsp_code_action_context_type;

typedef struct LspCodeActionParams {
  LspTextDocumentIdentifier text_document;
  Range range;
  LspCodeActionContext context;
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspCodeActionParams;
extern const JsonType lsp_code_action_params_type;

typedef struct LspCodeActionDisabled {
  StringView reason;
} LspCodeActionDisabled;
extern const JsonType lsp_code_action_disabled_type;

// Also the parameter and result of codeAction/resolve.
typedef struct LspCodeAction {
  StringView title;
  StringView kind;
  JsonArray diagnostics;  // of LspDiagnostic
  bool is_preferred;
  LspCodeActionDisabled *disabled;
  LspWorkspaceEdit *edit;
  LspCommand *command;
  const JsonValue *data;
  StringView data_json;
  JsonArray tags;  // of int64_t; 3.18: 1 is LLMGenerated
} LspCodeAction;
extern const JsonType lsp_code_action_type;

// ---- Code lenses ----

typedef struct LspCodeLensParams {
  LspTextDocumentIdentifier text_document;
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspCodeLensParams;
extern const JsonType lsp_code_lens_params_type;

// Also the parameter and result of codeLens/resolve.
typedef struct LspCodeLens {
  Range range;
  LspCommand *command;
  const JsonValue *data;
  StringView data_json;
} LspCodeLens;
extern const JsonType lsp_code_lens_type;

// ---- Document symbols ----

typedef enum LspSymbolKind {
  LSP_SYMBOL_FILE = 1,
  LSP_SYMBOL_MODULE,
  LSP_SYMBOL_NAMESPACE,
  LSP_SYMBOL_PACKAGE,
  LSP_SYMBOL_CLASS,
  LSP_SYMBOL_METHOD,
  LSP_SYMBOL_PROPERTY,
  LSP_SYMBOL_FIELD,
  LSP_SYMBOL_CONSTRUCTOR,
  LSP_SYMBOL_ENUM,
  LSP_SYMBOL_INTERFACE,
  LSP_SYMBOL_FUNCTION,
  LSP_SYMBOL_VARIABLE,
  LSP_SYMBOL_CONSTANT
} LspSymbolKind;

typedef struct LspDocumentSymbolParams {
  LspTextDocumentIdentifier text_document;
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspDocumentSymbolParams;
extern const JsonType lsp_document_symbol_params_type;

typedef struct LspDocumentSymbol {
  StringView name;
  StringView detail;
  uint32_t kind;   // LspSymbolKind
  JsonArray tags;  // of int64_t
  Range range;
  Range selection_range;
  JsonArray children;  // of LspDocumentSymbol
} LspDocumentSymbol;
extern const JsonType lsp_document_symbol_type;

// For clients without hierarchical symbols.
typedef struct LspSymbolInformation {
  StringView name;
  uint32_t kind;   // LspSymbolKind
  JsonArray tags;  // of int64_t
  LspLocation location;
  StringView container_name;
} LspSymbolInformation;
extern const JsonType lsp_symbol_information_type;

// ---- Completion ----

typedef enum LspInsertTextFormat { LSP_INSERT_PLAIN_TEXT = 1, LSP_INSERT_SNIPPET } LspInsertTextFormat;

typedef struct LspCompletionContext {
  uint32_t trigger_kind;  // 1: invoked, 2: by a character, 3: the list was incomplete
  StringView trigger_character;
} LspCompletionContext;
extern const JsonType lsp_completion_context_type;

typedef struct LspCompletionParams {
  LspTextDocumentIdentifier text_document;
  Position position;
  LspCompletionContext *context;
  const JsonValue *work_done_token;
  const JsonValue *partial_result_token;
} LspCompletionParams;
extern const JsonType lsp_completion_params_type;

typedef struct LspCompletionItem {
  StringView label;
  uint32_t kind;  // the specification's CompletionItemKind; 0: none
  StringView detail;
  LspMarkupContent *documentation;
  StringView sort_text;
  StringView filter_text;
  StringView insert_text;
  uint32_t insert_text_format;  // LspInsertTextFormat; 0: plain text
  LspTextEdit *text_edit;
  const JsonValue *data;
  StringView data_json;
} LspCompletionItem;
extern const JsonType lsp_completion_item_type;

typedef struct LspCompletionList {
  bool is_incomplete;
  JsonArray items;  // of LspCompletionItem
} LspCompletionList;
extern const JsonType lsp_completion_list_type;

#endif
