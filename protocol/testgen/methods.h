// Our own methods beside the LSP's: parameters and notifications. Documented in docs/protocol.md.
#ifndef TESTGEN_PROTOCOL_TESTGEN_METHODS_H
#define TESTGEN_PROTOCOL_TESTGEN_METHODS_H

#include "protocol/lsp/types_basic.h"
#include "protocol/testgen/reports.h"

// testgen/trust: the user decided whether code of the workspace may run.
typedef struct TrustParams {
  bool trusted;
} TrustParams;
extern const JsonType trust_params_type;

// What initializationOptions may hold.
typedef struct InitializationOptions {
  bool trusted;               // code of the workspace may run
  bool runEvents;             // send testgen/runEvent
  bool serverStatus;          // send experimental/serverStatus
  const JsonValue *settings;  // as in the editor's configuration
} InitializationOptions;
extern const JsonType initialization_options_type;

// experimental/serverStatus, as rust-analyzer defines it.
typedef struct ServerStatusParams {
  StringView health;  // ok, warning, error
  bool quiescent;     // nothing runs in the background
  StringView message;
  StringView setting;  // ours: that would change what the message says; absent: none
} ServerStatusParams;
extern const JsonType server_status_params_type;

// ---- experimental/discoverTest, as rust-analyzer defines it ----

typedef struct DiscoverTestParams {
  StringView testId;  // of a file; absent: the files with tests
} DiscoverTestParams;
extern const JsonType discover_test_params_type;

typedef enum DiscoveredKind {
  DISCOVERED_FILE,
  DISCOVERED_CLASS,
  DISCOVERED_TEST,
  DISCOVERED_KIND_COUNT
} DiscoveredKind;

// What testgen.runTests takes to run an item.
typedef struct TestRunnable {
  StringView uri;  // of the folder
  JsonArray ids;   // StringView: node ids or paths
} TestRunnable;

typedef struct DiscoveredTest {
  StringView id;
  StringView label;
  int kind;                 // DiscoveredKind
  bool canResolveChildren;  // asking with its id gives what it holds
  StringView parent;        // the id of the class or file that holds it; absent: a file
  LspTextDocumentIdentifier textDocument;
  const Range *range;            // with decorators; NULL: a file
  const TestRunnable *runnable;  // ours
} DiscoveredTest;

typedef struct DiscoverTestResults {
  JsonArray tests;  // DiscoveredTest
  JsonArray scope;  // StringView: the ids of which this is all there is; none: everything
} DiscoverTestResults;
extern const JsonType discover_test_results_type;

#endif
