#include "protocol/lsp/types_basic.h"

#include "protocol/lsp/types_private.h"

static const JsonField position_fields[] = {
    LSP_FIELD(Position, line, "line", UINTEGER, JSON_REQUIRED),
    LSP_FIELD(Position, character, "character", UINTEGER, JSON_REQUIRED),
};
const JsonType lsp_position_type = LSP_TYPE("Position", Position, position_fields);

static const JsonField range_fields[] = {
    LSP_FIELD_OF(Range, start, "start", OBJECT, JSON_REQUIRED, lsp_position_type),
    LSP_FIELD_OF(Range, end, "end", OBJECT, JSON_REQUIRED, lsp_position_type),
};
const JsonType lsp_range_type = LSP_TYPE("Range", Range, range_fields);

static const JsonField location_fields[] = {
    LSP_FIELD(LspLocation, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD_OF(LspLocation, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
};
const JsonType lsp_location_type = LSP_TYPE("Location", LspLocation, location_fields);

static const JsonField text_document_item_fields[] = {
    LSP_FIELD(LspTextDocumentItem, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspTextDocumentItem, language_id, "languageId", STRING, JSON_REQUIRED),
    LSP_FIELD(LspTextDocumentItem, version, "version", INTEGER, JSON_REQUIRED),
    LSP_FIELD(LspTextDocumentItem, text, "text", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_item_type =
    LSP_TYPE("TextDocumentItem", LspTextDocumentItem, text_document_item_fields);

static const JsonField text_document_identifier_fields[] = {
    LSP_FIELD(LspTextDocumentIdentifier, uri, "uri", STRING, JSON_REQUIRED),
};
const JsonType lsp_text_document_identifier_type =
    LSP_TYPE("TextDocumentIdentifier", LspTextDocumentIdentifier, text_document_identifier_fields);

static const JsonField versioned_text_document_identifier_fields[] = {
    LSP_FIELD(LspVersionedTextDocumentIdentifier, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspVersionedTextDocumentIdentifier, version, "version", INTEGER, JSON_REQUIRED),
};
const JsonType lsp_versioned_text_document_identifier_type = LSP_TYPE(
    "VersionedTextDocumentIdentifier", LspVersionedTextDocumentIdentifier, versioned_text_document_identifier_fields);

static const JsonField optional_versioned_text_document_identifier_fields[] = {
    LSP_FIELD(LspOptionalVersionedTextDocumentIdentifier, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspOptionalVersionedTextDocumentIdentifier, version, "version", OPTIONAL_INTEGER,
              JSON_REQUIRED | JSON_NULLABLE),
};
const JsonType lsp_optional_versioned_text_document_identifier_type =
    LSP_TYPE("OptionalVersionedTextDocumentIdentifier", LspOptionalVersionedTextDocumentIdentifier,
             optional_versioned_text_document_identifier_fields);

static const JsonField text_document_position_params_fields[] = {
    LSP_FIELD_OF(LspTextDocumentPositionParams, text_document, "textDocument", OBJECT, JSON_REQUIRED,
                 lsp_text_document_identifier_type),
    LSP_FIELD_OF(LspTextDocumentPositionParams, position, "position", OBJECT, JSON_REQUIRED, lsp_position_type),
};
const JsonType lsp_text_document_position_params_type =
    LSP_TYPE("TextDocumentPositionParams", LspTextDocumentPositionParams, text_document_position_params_fields);

static const JsonField workspace_folder_fields[] = {
    LSP_FIELD(LspWorkspaceFolder, uri, "uri", STRING, JSON_REQUIRED),
    LSP_FIELD(LspWorkspaceFolder, name, "name", STRING, JSON_REQUIRED),
};
const JsonType lsp_workspace_folder_type = LSP_TYPE("WorkspaceFolder", LspWorkspaceFolder, workspace_folder_fields);

static const JsonField markup_content_fields[] = {
    LSP_FIELD(LspMarkupContent, kind, "kind", STRING, JSON_REQUIRED),
    LSP_FIELD(LspMarkupContent, value, "value", STRING, JSON_REQUIRED),
};
const JsonType lsp_markup_content_type = LSP_TYPE("MarkupContent", LspMarkupContent, markup_content_fields);

static const JsonField command_fields[] = {
    LSP_FIELD(LspCommand, title, "title", STRING, JSON_REQUIRED),
    LSP_FIELD(LspCommand, command, "command", STRING, JSON_REQUIRED),
    LSP_FIELD(LspCommand, arguments, "arguments", VALUE, 0),
    LSP_FIELD(LspCommand, arguments_json, "arguments", RAW, 0),
};
const JsonType lsp_command_type = LSP_TYPE("Command", LspCommand, command_fields);

static const JsonField code_description_fields[] = {
    LSP_FIELD(LspCodeDescription, href, "href", STRING, JSON_REQUIRED),
};
const JsonType lsp_code_description_type = LSP_TYPE("CodeDescription", LspCodeDescription, code_description_fields);

static const JsonField diagnostic_related_information_fields[] = {
    LSP_FIELD_OF(LspDiagnosticRelatedInformation, location, "location", OBJECT, JSON_REQUIRED, lsp_location_type),
    LSP_FIELD(LspDiagnosticRelatedInformation, message, "message", STRING, JSON_REQUIRED),
};
const JsonType lsp_diagnostic_related_information_type =
    LSP_TYPE("DiagnosticRelatedInformation", LspDiagnosticRelatedInformation, diagnostic_related_information_fields);

static const JsonField diagnostic_fields[] = {
    LSP_FIELD_OF(LspDiagnostic, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD(LspDiagnostic, severity, "severity", UINTEGER, JSON_OMIT_ZERO),
    LSP_FIELD(LspDiagnostic, code, "code", STRING, JSON_LENIENT),
    LSP_FIELD_OF(LspDiagnostic, code_description, "codeDescription", POINTER, JSON_LENIENT, lsp_code_description_type),
    LSP_FIELD(LspDiagnostic, source, "source", STRING, 0),
    LSP_FIELD(LspDiagnostic, message, "message", STRING, JSON_REQUIRED),
    LSP_FIELD(LspDiagnostic, tags, "tags", INTEGER_ARRAY, JSON_LENIENT | JSON_OMIT_ZERO),
    LSP_FIELD_OF(LspDiagnostic, related_information, "relatedInformation", ARRAY, JSON_LENIENT | JSON_OMIT_ZERO,
                 lsp_diagnostic_related_information_type),
    LSP_FIELD(LspDiagnostic, data, "data", VALUE, 0),
    LSP_FIELD(LspDiagnostic, data_json, "data", RAW, 0),
};
const JsonType lsp_diagnostic_type = LSP_TYPE("Diagnostic", LspDiagnostic, diagnostic_fields);

static const JsonField text_edit_fields[] = {
    LSP_FIELD_OF(LspTextEdit, range, "range", OBJECT, JSON_REQUIRED, lsp_range_type),
    LSP_FIELD(LspTextEdit, new_text, "newText", STRING, JSON_REQUIRED),
    LSP_FIELD(LspTextEdit, annotation_id, "annotationId", STRING, 0),
};
const JsonType lsp_text_edit_type = LSP_TYPE("TextEdit", LspTextEdit, text_edit_fields);

static const JsonField change_annotation_fields[] = {
    LSP_FIELD(LspChangeAnnotation, label, "label", STRING, JSON_REQUIRED),
    LSP_FIELD(LspChangeAnnotation, needs_confirmation, "needsConfirmation", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspChangeAnnotation, description, "description", STRING, 0),
};
const JsonType lsp_change_annotation_type = LSP_TYPE("ChangeAnnotation", LspChangeAnnotation, change_annotation_fields);

static const JsonField file_change_options_fields[] = {
    LSP_FIELD(LspFileChangeOptions, overwrite, "overwrite", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspFileChangeOptions, ignore_if_exists, "ignoreIfExists", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspFileChangeOptions, recursive, "recursive", BOOL, JSON_OMIT_ZERO),
    LSP_FIELD(LspFileChangeOptions, ignore_if_not_exists, "ignoreIfNotExists", BOOL, JSON_OMIT_ZERO),
};
const JsonType lsp_file_change_options_type =
    LSP_TYPE("FileChangeOptions", LspFileChangeOptions, file_change_options_fields);

static const JsonField document_change_fields[] = {
    LSP_FIELD(LspDocumentChange, kind, "kind", STRING, 0),
    LSP_FIELD_OF(LspDocumentChange, text_document, "textDocument", POINTER, 0,
                 lsp_optional_versioned_text_document_identifier_type),
    LSP_FIELD_OF(LspDocumentChange, edits, "edits", ARRAY, JSON_OMIT_ZERO, lsp_text_edit_type),
    LSP_FIELD(LspDocumentChange, uri, "uri", STRING, 0),
    LSP_FIELD(LspDocumentChange, old_uri, "oldUri", STRING, 0),
    LSP_FIELD(LspDocumentChange, new_uri, "newUri", STRING, 0),
    LSP_FIELD_OF(LspDocumentChange, options, "options", POINTER, 0, lsp_file_change_options_type),
    LSP_FIELD(LspDocumentChange, annotation_id, "annotationId", STRING, 0),
};
const JsonType lsp_document_change_type = LSP_TYPE("DocumentChange", LspDocumentChange, document_change_fields);

static const JsonField workspace_edit_fields[] = {
    LSP_FIELD(LspWorkspaceEdit, changes_json, "changes", RAW, 0),
    LSP_FIELD_OF(LspWorkspaceEdit, document_changes, "documentChanges", ARRAY, JSON_OMIT_ZERO,
                 lsp_document_change_type),
    LSP_FIELD(LspWorkspaceEdit, change_annotations_json, "changeAnnotations", RAW, 0),
};
const JsonType lsp_workspace_edit_type = LSP_TYPE("WorkspaceEdit", LspWorkspaceEdit, workspace_edit_fields);
