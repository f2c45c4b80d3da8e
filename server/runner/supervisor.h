// A tiny process between this one and the child: it kills the child's process group, and whatever escaped from it, as
// soon as the child ends or this process is gone.
//
// PR_SET_PDEATHSIG alone would not do: it fires when the *thread* that forked ends, and jobs run on threads that come
// and go; and it reaches only the child, not what the child started. The supervisor has a single thread, so for the
// child the signal is right; it learns of this process's end by a pipe of which only this process holds the other end;
// and as a "child subreaper" (prctl(2)) it inherits daemons that left the group.
#ifndef TESTGEN_SERVER_RUNNER_SUPERVISOR_H
#define TESTGEN_SERVER_RUNNER_SUPERVISOR_H

#include "protocol/memory/error.h"

#include <stdint.h>
#include <sys/types.h>

typedef struct SupervisorPlan {
  const char *program;             // path; found by the caller
  const char *const *arguments;    // NULL at the end
  const char *const *environment;  // NULL at the end
  const char *directory;
  // The child's descriptors 0 to 3, each at least 10 here; they stay the caller's.
  int null;
  int output;
  int errors;
  int control;
  int64_t cpu_ms;  // limits; 0: none
  int64_t memory_bytes;
  int64_t file_bytes;
  int niceness;  // added to this process's; see nice(2)
} SupervisorPlan;

typedef struct Supervisor {
  pid_t process;
  int alive;   // closing it kills the child
  int report;  // readable when the child has ended: one SupervisorReport; does not block
} Supervisor;

typedef struct SupervisorReport {
  int32_t failure;  // errno of what kept the program from starting; 0 when it started
  int32_t status;   // as by waitpid(2)
  int64_t cpu_ms;   // of the child and what it waited for
} SupervisorReport;

int supervisor_start(const SupervisorPlan *plan, Supervisor *ret_supervisor, Error *ret_error);

#endif
