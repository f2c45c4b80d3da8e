// Our own methods beside the LSP's: parameters and notifications. Documented in docs/protocol.md.
#ifndef TESTGEN_PROTOCOL_TESTGEN_METHODS_H
#define TESTGEN_PROTOCOL_TESTGEN_METHODS_H

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
} ServerStatusParams;
extern const JsonType server_status_params_type;

#endif
