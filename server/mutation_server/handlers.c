// The methods of the protocol.
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/mutation_server/server_internal.h"

#define SETTINGS_BYTES_MAX (1u << 20)

// A configuration file as the client names it, read like testgen.json.
static int read_settings(MutationServer *server, StringView name, const JsonValue **ret_settings, Error *ret_error) {
  StringView text;
  Error problem = {0};
  StringView path = path_join(&server->arena, workspace_root(server->options->workspace), name);
  JsonValue *settings = arena_allocate(&server->arena, sizeof *settings);
  if (!path.data || !settings)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading %.*s", SV_ARGUMENTS(name));
  int result = file_read(path.data, SETTINGS_BYTES_MAX, &server->arena, &text, &problem);
  if (result == 0)
    result = json_parse(text, &server->arena, settings, &problem);
  if (result == 0 && settings->kind != JSON_OBJECT)
    result = error_set(&problem, ERROR_PARSE, "expected an object, as testgen.json is");
  if (result < 0)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "configFilePath \"%.*s\": %s", SV_ARGUMENTS(name),
                     problem.message);
  *ret_settings = settings;
  return 0;
}

// What was given on the command line holds over the file.
static int configure(MutationServer *server, const MspConfigureParams *params, Error *ret_error) {
  const JsonValue *layers[2] = {NULL, server->options->settings};
  int result = 0;
  if (!string_view_is_absent(params->configFilePath))
    result = read_settings(server, params->configFilePath, &layers[0], ret_error);
  return result < 0 ? result : workspace_load_settings(server->options->workspace, layers, 2, NULL, NULL, ret_error);
}

static void handle_configure(void *context, RpcRequest *request, const void *params) {
  MutationServer *server = context;
  MspConfigureResult answer = {SV(MSP_VERSION)};
  Error error = {0};
  if (configure(server, params, &error) < 0) {
    rpc_request_fail_error(request, &error);
    return;
  }
  rpc_peer_set_state(server->peer, RPC_STATE_RUNNING);
  rpc_request_reply(request, &msp_configure_result_type, &answer);
}

static void handle_discover(void *context, RpcRequest *request, const void *params) {
  const MspDiscoverParams *discover = params;
  MspMutationTestParams chosen = {.files = discover->files};
  work_start(context, request, &chosen, true);
}

static void handle_mutation_test(void *context, RpcRequest *request, const void *params) {
  work_start(context, request, params, false);
}

const RpcMethod mutation_server_methods[] = {
    {"configure", RPC_EARLY, &msp_configure_params_type, handle_configure, NULL},
    {"discover", 0, &msp_discover_params_type, handle_discover, NULL},
    {"mutationTest", 0, &msp_mutation_test_params_type, handle_mutation_test, NULL},
};

const size_t mutation_server_method_count = sizeof mutation_server_methods / sizeof *mutation_server_methods;
