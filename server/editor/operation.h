// Commands that take time: each runs as a job, reports its progress, can be cancelled, and is answered exactly once.
#ifndef TESTGEN_SERVER_EDITOR_OPERATION_H
#define TESTGEN_SERVER_EDITOR_OPERATION_H

#include "server/editor/mutant_evidence.h"

struct Operation {
  Operation *next;
  Session *session;
  RpcRequest *request;  // NULL once it was answered
  CommandIdentifier command;
  Workspace *workspace;
  ServiceContext service;
  Arena arena;  // parameters and report
  void *params;
  void *report;
  Error error;
  int result;
  Job *job;
  Buffer token;    // the progress token as JSON; empty: no progress is shown
  bool has_begun;  // `begin` was sent, so `end` is owed
  int last_percentage;
  int64_t first_progress_ns;  // when the first count came, for the estimate; 0: none yet
  EvidenceOrigin origin;      // of COMMAND_MUTATE
  StringView uri;             // of the folder, in `arena`
  StringView background;      // the file that was saved (relative, in `arena`); absent: somebody asked for it
};

// Starts a command for a request. `params` were decoded into `operation`'s own arena by the caller's `decode`.
void operation_start(Folder *folder, RpcRequest *request, CommandIdentifier command, const JsonValue *argument,
                     const JsonValue *token);

// Starts COMMAND_MUTATE for a file that was saved, with nobody who waits for an answer. A run that still goes on for
// the same file is cancelled. `params` are encoded and so copied.
void operation_start_background(Folder *folder, StringView path, const MutateParams *params,
                                const EvidenceOrigin *origin);

// Cancels the run with this id, or all when it is absent. Returns how many there were.
size_t operations_cancel(Session *session, StringView run_id);

#endif
