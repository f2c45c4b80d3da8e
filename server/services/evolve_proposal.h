// A change of the configuration that a model proposes. What it says is checked like any other change, and only tried.
#ifndef TESTGEN_SERVER_SERVICES_EVOLVE_PROPOSAL_H
#define TESTGEN_SERVER_SERVICES_EVOLVE_PROPOSAL_H

#include "server/services/service.h"

typedef struct EvolveProposal {
  bool is_usable;           // the configuration keeps to the guardrails, and differs
  ConfigReport config;      // with the next version
  StringView reasoning;     // the model's
  OptionalNumber expected;  // points, by its own word
  StringView problem;       // why it is not usable
  int64_t tokens;
} EvolveProposal;

// `steps` (EvolutionStep, newest first) is what was tried before. A model that cannot be asked, or answers badly, is no
// failure: `problem` says it. Failures: CANCELLED, NO_MEMORY.
int evolve_propose(ServiceContext *context, const ConfigReport *current, JsonArray targets, JsonArray steps,
                   Arena *arena, EvolveProposal *ret_proposal, Error *ret_error);

#endif
