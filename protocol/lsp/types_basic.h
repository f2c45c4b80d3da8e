// LSP 3.17, "Basic JSON Structures": what many messages are made of.
//
// Conventions of all types_*.h: a member that may be absent is a pointer, a view, an Optional... or an array without
// items. A member that comes as any JSON (VALUE) and goes out as JSON text has a twin ending in `_json`; when writing,
// set one.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_BASIC_H
#define TESTGEN_PROTOCOL_LSP_TYPES_BASIC_H

#include "protocol/json/json.h"
#include "protocol/lsp/position.h"

extern const JsonType lsp_position_type;

extern const JsonType lsp_range_type;

typedef struct LspLocation {
  StringView uri;
  Range range;
} LspLocation;
extern const JsonType lsp_location_type;

// ---- Documents ----

typedef struct LspTextDocumentItem {
  StringView uri;
  StringView language_id;
  int64_t version;
  StringView text;
} LspTextDocumentItem;
extern const JsonType lsp_text_document_item_type;

typedef struct LspTextDocumentIdentifier {
  StringView uri;
} LspTextDocumentIdentifier;
extern const JsonType lsp_text_document_identifier_type;

typedef struct LspVersionedTextDocumentIdentifier {
  StringView uri;
  int64_t version;
} LspVersionedTextDocumentIdentifier;
extern const JsonType lsp_versioned_text_document_identifier_type;

typedef struct LspOptionalVersionedTextDocumentIdentifier {
  StringView uri;
  OptionalInteger version;  // null: the content on disk
} LspOptionalVersionedTextDocumentIdentifier;
extern const JsonType lsp_optional_versioned_text_document_identifier_type;

typedef struct LspTextDocumentPositionParams {
  LspTextDocumentIdentifier text_document;
  Position position;
} LspTextDocumentPositionParams;
extern const JsonType lsp_text_document_position_params_type;

typedef struct LspWorkspaceFolder {
  StringView uri;
  StringView name;
} LspWorkspaceFolder;
extern const JsonType lsp_workspace_folder_type;

typedef struct LspMarkupContent {
  StringView kind;  // "plaintext" or "markdown"
  StringView value;
} LspMarkupContent;
extern const JsonType lsp_markup_content_type;

typedef struct LspCommand {
  StringView title;
  StringView command;
  const JsonValue *arguments;  // an array
  StringView arguments_json;
} LspCommand;
extern const JsonType lsp_command_type;

// ---- Diagnostics ----

typedef enum LspDiagnosticSeverity {
  LSP_SEVERITY_ERROR = 1,
  LSP_SEVERITY_WARNING,
  LSP_SEVERITY_INFORMATION,
  LSP_SEVERITY_HINT
} LspDiagnosticSeverity;

typedef enum LspDiagnosticTag { LSP_DIAGNOSTIC_UNNECESSARY = 1, LSP_DIAGNOSTIC_DEPRECATED } LspDiagnosticTag;

typedef struct LspCodeDescription {
  StringView href;
} LspCodeDescription;
extern const JsonType lsp_code_description_type;

typedef struct LspDiagnosticRelatedInformation {
  LspLocation location;
  StringView message;
} LspDiagnosticRelatedInformation;
extern const JsonType lsp_diagnostic_related_information_type;

typedef struct LspDiagnostic {
  Range range;
  uint32_t severity;  // LspDiagnosticSeverity; 0: the client decides
  StringView code;    // other servers' numbers are read as absent
  LspCodeDescription *code_description;
  StringView source;
  StringView message;
  JsonArray tags;                 // of int64_t; LspDiagnosticTag
  JsonArray related_information;  // of LspDiagnosticRelatedInformation
  const JsonValue *data;
  StringView data_json;
} LspDiagnostic;
extern const JsonType lsp_diagnostic_type;

// ---- Edits ----

// TextEdit, or AnnotatedTextEdit where there is an annotation.
typedef struct LspTextEdit {
  Range range;
  StringView new_text;
  StringView annotation_id;
} LspTextEdit;
extern const JsonType lsp_text_edit_type;

typedef struct LspChangeAnnotation {
  StringView label;
  bool needs_confirmation;
  StringView description;
} LspChangeAnnotation;
extern const JsonType lsp_change_annotation_type;

// CreateFileOptions, RenameFileOptions and DeleteFileOptions in one.
typedef struct LspFileChangeOptions {
  bool overwrite;
  bool ignore_if_exists;
  bool recursive;
  bool ignore_if_not_exists;
} LspFileChangeOptions;
extern const JsonType lsp_file_change_options_type;

// One of documentChanges: a TextDocumentEdit (no `kind`; `text_document` and `edits`), or by `kind` "create" (`uri`),
// "rename" (`old_uri`, `new_uri`) or "delete" (`uri`).
typedef struct LspDocumentChange {
  StringView kind;
  LspOptionalVersionedTextDocumentIdentifier *text_document;
  JsonArray edits;  // of LspTextEdit
  StringView uri;
  StringView old_uri;
  StringView new_uri;
  LspFileChangeOptions *options;
  StringView annotation_id;
} LspDocumentChange;
extern const JsonType lsp_document_change_type;

// `document_changes` for clients that know them, else `changes_json`.
typedef struct LspWorkspaceEdit {
  StringView changes_json;             // an object: URI to array of TextEdit
  JsonArray document_changes;          // of LspDocumentChange
  StringView change_annotations_json;  // an object: identifier to ChangeAnnotation
} LspWorkspaceEdit;
extern const JsonType lsp_workspace_edit_type;

#endif
