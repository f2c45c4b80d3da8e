// The mutation server: the Mutation Server Protocol over standard input and output or over a socket, for one client. It
// judges with the service behind `testgen mutate`, and never shares a stream with the language server.
#ifndef TESTGEN_SERVER_MUTATION_SERVER_SERVER_H
#define TESTGEN_SERVER_MUTATION_SERVER_SERVER_H

#include "server/services/service.h"

typedef struct MutationServerOptions {
  Workspace *workspace;
  const JsonValue *settings;  // a layer over those of any configuration file; NULL: none
  OptionalInteger port;       // listen on this port of the loopback interface, 0 chooses one; absent: stdin and stdout
  bool records;               // write runs into the history
} MutationServerOptions;

// Serves until the client is gone. Failures are those to start: the port is taken, the streams cannot be used.
int mutation_server_run(const MutationServerOptions *options, Error *ret_error);

#endif
