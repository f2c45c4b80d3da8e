// What the files of the mutation server share. Owned by the loop's thread but for what a job works on.
#ifndef TESTGEN_SERVER_MUTATION_SERVER_SERVER_INTERNAL_H
#define TESTGEN_SERVER_MUTATION_SERVER_SERVER_INTERNAL_H

#include "protocol/msp/types.h"
#include "protocol/rpc/peer.h"
#include "server/loop/jobs.h"
#include "server/loop/stdio.h"
#include "server/mutation_server/server.h"

typedef struct MutationServer {
  const MutationServerOptions *options;
  uv_loop_t loop;
  Stdio *client;  // its stream; NULL: no client yet
  RpcPeer *peer;
  JobQueue *jobs;
  uv_poll_t listener;
  uv_pipe_t control;  // with a socket: standard input, whose end is the server's
  uv_timer_t exit_timer;
  int listening_descriptor;  // -1: none
  Arena arena;               // settings that were read for `configure`
  char id[RUN_ID_SIZE];      // session_id in the history
  bool is_exiting;
} MutationServer;

// ---- handlers.c ----

extern const RpcMethod mutation_server_methods[];
extern const size_t mutation_server_method_count;

// ---- work.c ----

// Starts a `discover` (`only_find`) or a `mutationTest`; the request is answered when it ends. The parameters live as
// long as the request.
void work_start(MutationServer *server, RpcRequest *request, const MspMutationTestParams *params, bool only_find);

#endif
