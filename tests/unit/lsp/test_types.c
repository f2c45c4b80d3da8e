#include "protocol/lsp/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// Messages that go through both ways: decoded by the table and written again, they are the same.
typedef struct RoundTrip {
  const JsonType *type;
  const char *text;
} RoundTrip;

#define RANGE "{\"start\":{\"line\":1,\"character\":2},\"end\":{\"line\":3,\"character\":4}}"
#define DOCUMENT "\"textDocument\":{\"uri\":\"file:///a\"}"

static const RoundTrip round_trips[] = {
    {&lsp_range_type, RANGE},
    {&lsp_location_type, "{\"uri\":\"file:///a\",\"range\":" RANGE "}"},
    {&lsp_did_open_text_document_params_type,
     "{\"textDocument\":{\"uri\":\"file:///a\",\"languageId\":\"python\",\"version\":1,\"text\":\"x = 1\\n\"}}"},
    {&lsp_did_change_text_document_params_type,
     "{\"textDocument\":{\"uri\":\"file:///a\",\"version\":2},\"contentChanges\":[{\"range\":" RANGE
     ",\"rangeLength\":3,\"text\":\"y\"},{\"text\":\"whole\"}]}"},
    {&lsp_did_save_text_document_params_type, "{" DOCUMENT ",\"text\":\"\"}"},
    {&lsp_did_close_text_document_params_type, "{" DOCUMENT "}"},
    {&lsp_publish_diagnostics_params_type,
     "{\"uri\":\"file:///a\",\"version\":3,\"diagnostics\":[{\"range\":" RANGE
     ",\"severity\":2,\"code\":\"weak-assertion\",\"codeDescription\":{\"href\":\"https://x\"},\"source\":\"testgen\","
     "\"message\":\"m\",\"tags\":[1],\"relatedInformation\":[{\"location\":{\"uri\":\"file:///b\",\"range\":" RANGE
     "},\"message\":\"r\"}],\"data\":{\"k\":[1]}}]}"},
    {&lsp_publish_diagnostics_params_type, "{\"uri\":\"file:///a\",\"diagnostics\":[]}"},
    {&lsp_document_diagnostic_params_type,
     "{" DOCUMENT ",\"identifier\":\"testgen\",\"previousResultId\":\"7\",\"workDoneToken\":1,"
     "\"partialResultToken\":\"p\"}"},
    {&lsp_full_document_diagnostic_report_type, "{\"kind\":\"full\",\"resultId\":\"1\",\"items\":[]}"},
    {&lsp_unchanged_document_diagnostic_report_type, "{\"kind\":\"unchanged\",\"resultId\":\"1\"}"},
    {&lsp_workspace_diagnostic_params_type, "{\"previousResultIds\":[{\"uri\":\"file:///a\",\"value\":\"1\"}]}"},
    {&lsp_workspace_full_document_diagnostic_report_type,
     "{\"kind\":\"full\",\"uri\":\"file:///a\",\"version\":null,\"items\":[]}"},
    {&lsp_hover_params_type, "{" DOCUMENT ",\"position\":{\"line\":0,\"character\":0}}"},
    {&lsp_hover_type, "{\"contents\":{\"kind\":\"markdown\",\"value\":\"*x*\"},\"range\":" RANGE "}"},
    {&lsp_code_action_params_type,
     "{" DOCUMENT ",\"range\":" RANGE ",\"context\":{\"diagnostics\":[],\"only\":[\"quickfix\"],\"triggerKind\":1}}"},
    {&lsp_code_action_type,
     "{\"title\":\"t\",\"kind\":\"quickfix\",\"isPreferred\":true,\"disabled\":{\"reason\":\"r\"},"
     "\"edit\":{\"documentChanges\":[{\"textDocument\":{\"uri\":\"file:///"
     "a\",\"version\":null},\"edits\":[{\"range\":" RANGE
     ",\"newText\":\"\",\"annotationId\":\"llm\"}]},{\"kind\":\"create\",\"uri\":\"file:///b\","
     "\"options\":{\"ignoreIfExists\":true}}]},"
     "\"command\":{\"title\":\"t\",\"command\":\"c\",\"arguments\":[{}]},\"data\":null,\"tags\":[1]}"},
    {&lsp_code_lens_type, "{\"range\":" RANGE ",\"command\":{\"title\":\"t\",\"command\":\"c\"},\"data\":5}"},
    {&lsp_document_symbol_type,
     "{\"name\":\"C\",\"kind\":5,\"range\":" RANGE ",\"selectionRange\":" RANGE
     ",\"children\":[{\"name\":\"m\",\"detail\":\"d\",\"kind\":6,\"range\":" RANGE ",\"selectionRange\":" RANGE "}]}"},
    {&lsp_symbol_information_type,
     "{\"name\":\"n\",\"kind\":12,\"location\":{\"uri\":\"file:///a\",\"range\":" RANGE "},\"containerName\":\"c\"}"},
    {&lsp_completion_params_type,
     "{" DOCUMENT
     ",\"position\":{\"line\":0,\"character\":0},\"context\":{\"triggerKind\":2,\"triggerCharacter\":\".\"}}"},
    {&lsp_completion_list_type, "{\"isIncomplete\":false,\"items\":[{\"label\":\"l\",\"kind\":3,\"insertTextFormat\":2,"
                                "\"textEdit\":{\"range\":" RANGE ",\"newText\":\"x\"}}]}"},
    {&lsp_execute_command_params_type,
     "{\"command\":\"testgen.score\",\"arguments\":[{\"uri\":\"x\"}],\"workDoneToken\":\"t\"}"},
    {&lsp_apply_workspace_edit_result_type, "{\"applied\":false,\"failureReason\":\"f\",\"failedChange\":0}"},
    {&lsp_configuration_params_type, "{\"items\":[{\"scopeUri\":\"file:///a\",\"section\":\"testgen\"}]}"},
    {&lsp_did_change_configuration_params_type, "{\"settings\":{\"testgen\":{}}}"},
    {&lsp_did_change_watched_files_params_type, "{\"changes\":[{\"uri\":\"file:///a\",\"type\":3}]}"},
    {&lsp_did_change_workspace_folders_params_type,
     "{\"event\":{\"added\":[{\"uri\":\"file:///a\",\"name\":\"a\"}],\"removed\":[]}}"},
    {&lsp_work_done_progress_begin_type, "{\"kind\":\"begin\",\"title\":\"t\",\"cancellable\":true,\"percentage\":0}"},
    {&lsp_work_done_progress_report_type, "{\"kind\":\"report\",\"message\":\"m\",\"percentage\":50}"},
    {&lsp_work_done_progress_end_type, "{\"kind\":\"end\"}"},
    {&lsp_cancel_params_type, "{\"id\":7}"},
    {&lsp_show_message_request_params_type, "{\"type\":1,\"message\":\"m\",\"actions\":[{\"title\":\"Retry\"}]}"},
    {&lsp_show_document_params_type, "{\"uri\":\"testgen:x\",\"takeFocus\":true,\"selection\":" RANGE "}"},
    {&lsp_set_trace_params_type, "{\"value\":\"verbose\"}"},
    {&lsp_log_trace_params_type, "{\"message\":\"m\",\"verbose\":\"v\"}"},
    {&lsp_text_document_content_params_type, "{\"uri\":\"testgen:score\"}"},
};

static JsonValue parse(const char *text, Arena *arena) {
  JsonValue value;
  Error error = {0};
  if (json_parse(string_view_from(text), arena, &value, &error) != 0) {
    fail_msg("%s: %s", text, error.message);
  }
  return value;
}

static StringView encode(const JsonType *type, const void *object, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, 1 << 20);
  JsonWriter writer;
  json_writer_init(&writer, &buffer, 0);
  json_encode(&writer, type, object);
  StringView copy = arena_copy(arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  return copy;
}

static void messages_come_back(void **state) {
  (void)state;
  for (size_t index = 0; index < sizeof round_trips / sizeof round_trips[0]; index++) {
    const RoundTrip *trip = &round_trips[index];
    Arena arena = {0};
    JsonValue value = parse(trip->text, &arena);
    void *object = arena_allocate(&arena, trip->type->size);
    Error error = {0};
    if (json_decode_strict(trip->type, &value, &arena, object, NULL, &error) != 0) {
      fail_msg("%s: %s", trip->type->name, error.message);
    }
    assert_string_equal(encode(trip->type, object, &arena).data, trip->text);
    arena_finish(&arena);
  }
}

static void decode_initialize(const char *text, Arena *arena, LspInitializeParams *ret_params) {
  JsonValue value = parse(text, arena);
  Error error = {0};
  if (json_decode(&lsp_initialize_params_type, &value, arena, ret_params, &error) != 0) {
    fail_msg("%s", error.message);
  }
}

static void capabilities_are_read(void **state) {
  (void)state;
  Arena arena = {0};
  LspInitializeParams params;
  decode_initialize(
      "{\"processId\":42,\"clientInfo\":{\"name\":\"vim\",\"version\":\"9\"},\"rootUri\":\"file:///"
      "r\",\"trace\":\"off\","
      "\"initializationOptions\":{\"testgen\":1},\"workspaceFolders\":[{\"uri\":\"file:///r\",\"name\":\"r\"}],"
      "\"capabilities\":{\"general\":{\"positionEncodings\":[\"utf-8\",\"utf-16\"]},"
      "\"workspace\":{\"applyEdit\":true,\"workspaceEdit\":{\"documentChanges\":true,\"resourceOperations\":["
      "\"create\"],"
      "\"changeAnnotationSupport\":{\"groupsOnLabel\":true}},\"configuration\":true,\"diagnostics\":{"
      "\"refreshSupport\":true},"
      "\"didChangeWatchedFiles\":{\"dynamicRegistration\":true}},"
      "\"textDocument\":{\"publishDiagnostics\":{\"relatedInformation\":true,\"tagSupport\":{\"valueSet\":[1,2]},"
      "\"versionSupport\":true},\"diagnostic\":{},\"codeAction\":{\"codeActionLiteralSupport\":{\"codeActionKind\":"
      "{\"valueSet\":[\"\",\"quickfix\"]}},\"resolveSupport\":{\"properties\":[\"edit\"]},\"dataSupport\":true},"
      "\"hover\":{\"contentFormat\":[\"markdown\"]},\"documentSymbol\":{\"hierarchicalDocumentSymbolSupport\":true}},"
      "\"window\":{\"workDoneProgress\":true,\"showDocument\":{\"support\":true}},\"experimental\":{\"x\":1}}}",
      &arena, &params);
  const LspClientCapabilities *capabilities = &params.capabilities;
  assert_int_equal(params.process_id.value, 42);
  assert_true(string_view_equal(params.client_info->name, SV("vim")));
  assert_int_equal(params.workspace_folders.count, 1);
  assert_int_equal(params.initialization_options->kind, JSON_OBJECT);
  assert_int_equal(capabilities->general.position_encodings.count, 2);
  assert_true(capabilities->workspace.apply_edit);
  assert_true(capabilities->workspace.workspace_edit.document_changes);
  assert_true(capabilities->workspace.workspace_edit.change_annotation_support->groups_on_label);
  assert_true(capabilities->workspace.diagnostics.refresh_support);
  assert_false(capabilities->workspace.code_lens.refresh_support);
  assert_true(capabilities->workspace.did_change_watched_files.dynamic_registration);
  assert_int_equal(capabilities->text_document.publish_diagnostics->tag_support.value_set.count, 2);
  assert_non_null(capabilities->text_document.diagnostic);
  assert_null(capabilities->text_document.code_lens);
  assert_int_equal(
      capabilities->text_document.code_action->code_action_literal_support->code_action_kind.value_set.count, 2);
  assert_true(capabilities->text_document.document_symbol->hierarchical_document_symbol_support);
  assert_true(capabilities->window.show_document.support);
  assert_non_null(capabilities->experimental);
  arena_finish(&arena);
}

static void odd_clients_are_served(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{}",
      "{\"capabilities\":{}}",
      "{\"capabilities\":null,\"processId\":null,\"rootUri\":null,\"workspaceFolders\":null,\"trace\":null}",
      "{\"capabilities\":[],\"processId\":\"x\",\"rootUri\":1,\"workspaceFolders\":[1,{\"uri\":2}],\"clientInfo\":"
      "\"vim\"}",
      "{\"capabilities\":{\"textDocument\":{\"codeAction\":true,\"publishDiagnostics\":{\"tagSupport\":true,"
      "\"versionSupport\":1}},\"workspace\":{\"workspaceEdit\":[]},\"general\":{\"positionEncodings\":[\"utf-8\",7]}}}",
  };
  for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
    Arena arena = {0};
    LspInitializeParams params;
    decode_initialize(texts[index], &arena, &params);
    assert_false(params.process_id.present);
    assert_int_equal(params.workspace_folders.count, 0);
    assert_null(params.capabilities.text_document.code_action);
    assert_int_equal(params.capabilities.general.position_encodings.count, index == 4 ? 1 : 0);
    arena_finish(&arena);
  }
}

static void foreign_diagnostics_do_not_break_code_actions(void **state) {
  (void)state;
  Arena arena = {0};
  JsonValue value = parse("{" DOCUMENT ",\"range\":" RANGE ",\"context\":{\"diagnostics\":[{\"range\":" RANGE
                          ",\"code\":1234,\"message\":\"other\",\"codeDescription\":7},{\"message\":\"no range\"}],"
                          "\"triggerKind\":\"x\"}}",
                          &arena);
  LspCodeActionParams params;
  Error error = {0};
  assert_int_equal(json_decode(&lsp_code_action_params_type, &value, &arena, &params, &error), 0);
  assert_int_equal(params.context.diagnostics.count, 1);
  const LspDiagnostic *diagnostic = params.context.diagnostics.items;
  assert_null(diagnostic->code.data);
  assert_null(diagnostic->code_description);
  assert_null(params.context.only.items);
  arena_finish(&arena);
}

static void the_servers_answer_to_initialize(void **state) {
  (void)state;
  Arena arena = {0};
  StringView commands[] = {SV("testgen.score")};
  LspTextDocumentSyncOptions sync = {.open_close = true, .change = LSP_SYNC_INCREMENTAL, .save = &(LspSaveOptions){0}};
  LspInitializeResult result = {
      .capabilities = {.position_encoding = SV("utf-8"),
                       .text_document_sync = &sync,
                       .hover_provider = true,
                       .execute_command_provider = &(LspExecuteCommandOptions){.commands = {commands, 1}},
                       .diagnostic_provider = &(LspDiagnosticOptions){.workspace_diagnostics = true},
                       .experimental_json = SV("{\"x\":1}")},
      .server_info = &(LspServerInfo){.name = SV("testgen")},
  };
  assert_string_equal(
      encode(&lsp_initialize_result_type, &result, &arena).data,
      "{\"capabilities\":{\"positionEncoding\":\"utf-8\",\"textDocumentSync\":{\"openClose\":true,"
      "\"change\":2,\"save\":{\"includeText\":false}},\"hoverProvider\":true,\"executeCommandProvider\":"
      "{\"commands\":[\"testgen.score\"]},\"diagnosticProvider\":{\"interFileDependencies\":false,"
      "\"workspaceDiagnostics\":true},\"experimental\":{\"x\":1}},\"serverInfo\":{\"name\":\"testgen\"}}");
  arena_finish(&arena);
}

static void text_members_write_json_as_it_stands(void **state) {
  (void)state;
  Arena arena = {0};
  LspProgressParams progress = {.token_name = SV("t"), .value_json = SV("{\"kind\":\"end\"}")};
  assert_string_equal(encode(&lsp_progress_params_type, &progress, &arena).data,
                      "{\"token\":\"t\",\"value\":{\"kind\":\"end\"}}");
  JsonValue token = {.kind = JSON_INTEGER, .integer = 5};
  progress = (LspProgressParams){.token = &token, .value_json = SV("[]")};
  assert_string_equal(encode(&lsp_progress_params_type, &progress, &arena).data, "{\"token\":5,\"value\":[]}");
  LspWorkspaceEdit edit = {.changes_json = SV("{\"file:///a\":[]}"), .change_annotations_json = SV("{}")};
  assert_string_equal(encode(&lsp_workspace_edit_type, &edit, &arena).data,
                      "{\"changes\":{\"file:///a\":[]},\"changeAnnotations\":{}}");
  LspDiagnostic diagnostic = {.message = SV("m"), .data_json = SV("1")};
  assert_string_equal(encode(&lsp_diagnostic_type, &diagnostic, &arena).data,
                      "{\"range\":{\"start\":{\"line\":0,\"character\":0},\"end\":{\"line\":0,\"character\":0}},"
                      "\"message\":\"m\",\"data\":1}");
  arena_finish(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_come_back),
      cmocka_unit_test(capabilities_are_read),
      cmocka_unit_test(odd_clients_are_served),
      cmocka_unit_test(foreign_diagnostics_do_not_break_code_actions),
      cmocka_unit_test(the_servers_answer_to_initialize),
      cmocka_unit_test(text_members_write_json_as_it_stands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
