// The methods, one row each: what is decoded, and who handles it.
#include "protocol/testgen/methods.h"
#include "server/editor/session.h"

#define REQUEST(method, type, handler) \
  { method, 0, type, handler, NULL }
#define NOTIFICATION(method, type, handler) \
  { method, 0, type, NULL, handler }

const RpcMethod session_methods[] = {
    {"initialize", RPC_EARLY, &lsp_initialize_params_type, handle_initialize, NULL},
    NOTIFICATION("initialized", NULL, handle_initialized),
    REQUEST("shutdown", NULL, handle_shutdown),
    {"exit", RPC_EARLY | RPC_LATE, NULL, NULL, handle_exit},
    NOTIFICATION("$/setTrace", &lsp_set_trace_params_type, handle_set_trace),

    NOTIFICATION("textDocument/didOpen", &lsp_did_open_text_document_params_type, handle_did_open),
    NOTIFICATION("textDocument/didChange", &lsp_did_change_text_document_params_type, handle_did_change),
    NOTIFICATION("textDocument/didSave", &lsp_did_save_text_document_params_type, handle_did_save),
    NOTIFICATION("textDocument/didClose", &lsp_did_close_text_document_params_type, handle_did_close),

    REQUEST("textDocument/diagnostic", &lsp_document_diagnostic_params_type, handle_document_diagnostic),
    REQUEST("workspace/diagnostic", &lsp_workspace_diagnostic_params_type, handle_workspace_diagnostic),
    REQUEST("textDocument/hover", &lsp_hover_params_type, handle_hover),
    REQUEST("textDocument/codeAction", &lsp_code_action_params_type, handle_code_action),
    REQUEST("textDocument/codeLens", &lsp_code_lens_params_type, handle_code_lens),
    REQUEST("textDocument/documentSymbol", &lsp_document_symbol_params_type, handle_document_symbol),

    REQUEST("workspace/executeCommand", &lsp_execute_command_params_type, handle_execute_command),
    NOTIFICATION("workspace/didChangeConfiguration", &lsp_did_change_configuration_params_type,
                 handle_did_change_configuration),
    NOTIFICATION("workspace/didChangeWatchedFiles", &lsp_did_change_watched_files_params_type,
                 handle_did_change_watched_files),
    NOTIFICATION("workspace/didChangeWorkspaceFolders", &lsp_did_change_workspace_folders_params_type,
                 handle_did_change_workspace_folders),
    NOTIFICATION("window/workDoneProgress/cancel", &lsp_work_done_progress_cancel_params_type, handle_progress_cancel),

    NOTIFICATION("testgen/trust", &trust_params_type, handle_trust),
    REQUEST("testgen/runs", &history_params_type, handle_runs),
    REQUEST("testgen/run", &run_params_type, handle_run),
    REQUEST("experimental/discoverTest", &discover_test_params_type, handle_discover_test),
};

const size_t session_method_count = sizeof session_methods / sizeof *session_methods;
