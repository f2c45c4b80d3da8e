// A trial of a generator's configuration: tests are generated with it on a copy of the workspace, and what they are
// worth is measured there.
#ifndef TESTGEN_SERVER_SERVICES_TRIAL_H
#define TESTGEN_SERVER_SERVICES_TRIAL_H

#include "server/services/service.h"

typedef struct TrialResult {
  double points;  // 0 to 1000: by the formula of the score, of what was measured; see docs/evolution.md
  int64_t tokens;
} TrialResult;

// Blocking; a fresh copy of the workspace, as it is on disk, with a history of its own. The interpreter is that of the
// workspace. Failures are those of generating and of judging mutants; the message begins with the target.
int trial_run(ServiceContext *context, const ConfigReport *config, StringView target, int64_t seed,
              OptionalInteger workers, Arena *arena, TrialResult *ret_result, Error *ret_error);

#endif
