// Where candidates come from. A provider proposes; it decides nothing about what is kept.
#ifndef TESTGEN_SERVER_GENERATOR_PROVIDER_H
#define TESTGEN_SERVER_GENERATOR_PROVIDER_H

#include "server/generator/bench.h"
#include "server/generator/candidate.h"

#include "protocol/memory/vector.h"

// How far the exploration of a subject has come. What it finds first is proposed at once, and the rest when it is asked
// again.
typedef struct Explored {
  bool goes_on;
  JsonArray names;    // StringView: functions and classes that were explored
  JsonArray noticed;  // StringView: numbers of the mutants that what was found for them notices
  JsonArray waiting;  // StringView: what was found for them and not proposed yet, as the harness writes it
} Explored;

typedef struct Proposals {
  Vector candidates;     // Candidate
  Vector unanswered;     // Unanswered
  Vector disagreements;  // Disagreement
  Vector notes;          // StringView
  Vector problems;       // StringView: of the notes, those that whoever proposes can learn from
  Vector trajectory;     // RoundReport: of each question
  Explored explored;
  int64_t tokens;
  bool are_tokens_estimated;
  double cents;          // 0 without prices
  OptionalNumber grade;  // 0-10: what a model says of its tests, the last time that it did
  uint32_t questions;    // to a model
  bool is_used_up;       // the budget allows no further one
} Proposals;

typedef struct ProposeRequest {
  const GenerateRequest *request;
  Bench *bench;
  StringView subject_path;      // relative; absent when the subject was not found
  const FileAnalysis *subject;  // of that file, or of the stub that stands in for it; NULL without a path
  bool has_code;                // false: the subject is a stub
  StringView module;            // as tests import it
  StringView symbol;            // absent: everything public
  StringView test_path;         // relative; where the tests go, whether it exists or not
  EnvironmentReport environment;
  size_t wanted;        // tests
  StringView gaps;      // what no test notices yet, a line each; empty in the first round
  StringView feedback;  // what became of the proposals so far, for whom they come from; empty in the first round
} ProposeRequest;

typedef struct Provider {
  const char *name;
  int (*propose)(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);
  bool learns;  // is asked again, with what became of its proposals
} Provider;

const Provider *provider_find(StringView name);  // NULL when unknown

int proposals_say_unanswered(Proposals *proposals, StringView requirement, StringView reason, Error *ret_error);

// ---- The builtin provider's two sources ----

int builtin_propose_subject(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);
int builtin_propose_spec(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);

// ---- What a model answered ----

int answer_propose(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);
int model_propose(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error);

// The tests of one answer, whoever gave it; problems become notes.
int answer_take(const ProposeRequest *propose, StringView text, Arena *arena, Proposals *proposals, Error *ret_error);

#endif
