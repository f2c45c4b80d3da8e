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
    JSON_FIELD(ServerStatusParams, setting, STRING, 0, "The setting that would change what the message says."),
};
const JsonType server_status_params_type =
    JSON_TYPE(ServerStatusParams, server_status_params_fields, "How the server is.");

static const JsonField discover_test_params_fields[] = {
    JSON_FIELD(DiscoverTestParams, testId, STRING, 0, "The id of a file; without it: the files with tests."),
};
const JsonType discover_test_params_type =
    JSON_TYPE(DiscoverTestParams, discover_test_params_fields, "Which tests are asked for.");

static const JsonField test_runnable_fields[] = {
    JSON_FIELD(TestRunnable, uri, STRING, JSON_REQUIRED, "The folder."),
    JSON_FIELD(TestRunnable, ids, STRING_ARRAY, JSON_REQUIRED, "pytest's node ids or paths."),
};
static const JsonType test_runnable_type =
    JSON_TYPE(TestRunnable, test_runnable_fields, "An argument of testgen.runTests.");

static const char *const discovered_kind_names[] = {"package", "module", "test", NULL};

static const JsonField discovered_test_fields[] = {
    JSON_FIELD(DiscoveredTest, id, STRING, JSON_REQUIRED, "Of this item alone."),
    JSON_FIELD(DiscoveredTest, label, STRING, JSON_REQUIRED, "For people."),
    JSON_FIELD_NAMED(DiscoveredTest, kind, ENUM, JSON_REQUIRED, discovered_kind_names,
                     "package: a file; module: a class; test."),
    JSON_FIELD(DiscoveredTest, canResolveChildren, BOOL, JSON_REQUIRED, "Asking with its id gives what it holds."),
    JSON_FIELD(DiscoveredTest, parent, STRING, 0, "The id of what holds it."),
    JSON_FIELD_OF(DiscoveredTest, textDocument, OBJECT, JSON_REQUIRED, lsp_text_document_identifier_type, "The file."),
    JSON_FIELD_OF(DiscoveredTest, range, POINTER, 0, lsp_range_type, "Where it is defined."),
    JSON_FIELD_OF(DiscoveredTest, runnable, POINTER, 0, test_runnable_type, "What runs it."),
};
static const JsonType discovered_test_type =
    JSON_TYPE(DiscoveredTest, discovered_test_fields, "A file, class or test.");

static const JsonField discover_test_results_fields[] = {
    JSON_FIELD_OF(DiscoverTestResults, tests, ARRAY, JSON_REQUIRED, discovered_test_type, "What was found."),
    JSON_FIELD(DiscoverTestResults, scope, STRING_ARRAY, JSON_OMIT_ZERO,
               "The ids of which this is all there is; without it: of everything."),
};
const JsonType discover_test_results_type =
    JSON_TYPE(DiscoverTestResults, discover_test_results_fields, "Tests that were found.");
