// Where candidates come from. A provider proposes; it decides nothing about what is kept.
#ifndef TESTGEN_SERVER_GENERATOR_PROVIDER_H
#define TESTGEN_SERVER_GENERATOR_PROVIDER_H

#include "server/generator/bench.h"
#include "server/generator/candidate.h"

#include "protocol/memory/vector.h"

typedef struct Proposals {
  Vector candidates;     // Candidate
  Vector unanswered;     // Unanswered
  Vector disagreements;  // Disagreement
  Vector notes;          // StringView
  int64_t tokens;
} Proposals;

typedef struct ProposeRequest {
  const GenerateRequest *request;
  Bench *bench;
  StringView subject_path;  // relative; absent when the subject was not found
  StringView module;        // as tests import it
  StringView symbol;        // absent: everything public
  EnvironmentReport environment;
} ProposeRequest;

typedef struct Provider {
  const char *name;
  int (*propose)(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);
} Provider;

const Provider *provider_find(StringView name);  // NULL when unknown

int proposals_say_unanswered(Proposals *proposals, StringView requirement, StringView reason, Error *ret_error);

// ---- The builtin provider's two sources ----

int builtin_propose_subject(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);
int builtin_propose_spec(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);

// ---- What a model answered ----

int answer_propose(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);

#endif
