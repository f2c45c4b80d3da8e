#include "protocol/testgen/methods.h"

#include "protocol/json/field.h"

static const JsonField trust_params_fields[] = {
    JSON_FIELD(TrustParams, trusted, BOOL, JSON_REQUIRED, "Code of the workspace may run."),
};
const JsonType trust_params_type = JSON_TYPE(TrustParams, trust_params_fields, "The user's decision.");

static const JsonField initialization_options_fields[] = {
    JSON_FIELD(InitializationOptions, trusted, BOOL, JSON_LENIENT, "Code of the workspace may run."),
    JSON_FIELD(InitializationOptions, runEvents, BOOL, JSON_LENIENT, "Send testgen/runEvent."),
    JSON_FIELD(InitializationOptions, serverStatus, BOOL, JSON_LENIENT, "Send experimental/serverStatus."),
    JSON_FIELD(InitializationOptions, settings, VALUE, 0, "Settings by name."),
};
const JsonType initialization_options_type =
    JSON_TYPE(InitializationOptions, initialization_options_fields, "What initializationOptions may hold.");

static const JsonField server_status_params_fields[] = {
    JSON_FIELD(ServerStatusParams, health, STRING, JSON_REQUIRED, "ok, warning or error."),
    JSON_FIELD(ServerStatusParams, quiescent, BOOL, JSON_REQUIRED, "Nothing runs in the background."),
    JSON_FIELD(ServerStatusParams, message, STRING, 0, "For people."),
};
const JsonType server_status_params_type =
    JSON_TYPE(ServerStatusParams, server_status_params_fields, "How the server is.");
