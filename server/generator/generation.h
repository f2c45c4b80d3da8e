// One generation while it runs: what its parts share. Internal to the generator.
#ifndef TESTGEN_SERVER_GENERATOR_GENERATION_H
#define TESTGEN_SERVER_GENERATOR_GENERATION_H

#include "server/generator/comprehensiveness.h"
#include "server/generator/guards.h"
#include "server/generator/implement.h"
#include "server/generator/provider.h"
#include "server/generator/stub.h"

#define GENERATION_ITEMS_MAX 20000u

typedef struct Generation {
  const GenerateRequest *request;
  Arena *arena;
  Bench bench;
  ProposeRequest propose;
  Proposals proposals;
  TestFile file;
  GuardContext guard_context;
  Stub stub;
  FileAnalysis *stub_analysis;  // NULL: there is code
  ImplementationReport implementation;
  ComprehensivenessReport comprehensiveness;
  bool is_comprehensiveness_known;
  size_t refinements;  // rounds that were asked for only because too little is noticed
  size_t told;         // of the tests, from the first one: those whose event was sent
  size_t known;        // proposed tests that the file has already
  size_t unsure;       // proposed tests of which a model was not sure enough
  size_t round;        // from 0
  Vector taken;        // StringView: names of tests
  Vector keys;         // StringView: bodies of the proposed tests
  size_t old_keys;     // of them: those of earlier rounds
  Vector tests;        // Proposal
  Vector rejected;     // RejectedTest
  Error *ret_error;
} Generation;

int generation_no_memory(Generation *generation);
int generation_push(Generation *generation, Vector *items, const void *item);

// ---- generation_events.c ----

void generation_emit(const Generation *generation, RunEventKind kind, StringView message, const AcceptedTest *test);
void generation_emit_environment(const Generation *generation);
void generation_emit_spent(const Generation *generation);
void generation_emit_rejected(const Generation *generation, const RejectedTest *test);
// Tests are told of as soon as they are proven; what they add is measured later. The user is the Generation.
void generation_show_progress(void *user, size_t done, size_t total);

// ---- generation_candidates.c ----

// Tests that were rejected leave their place to others. Of one category; CATEGORY_COUNT: of all.
size_t generation_count_kept(const Generation *generation, int category);
size_t generation_most_tests(const Generation *generation);

int generation_choose_file(Generation *generation);
// Places the candidates of the round, and puts them before the guards.
int generation_try_candidates(Generation *generation);
int generation_note_unsure(Generation *generation);
int generation_note_known(Generation *generation);

// ---- generation_room.c ----

// Whether the candidate may be tried. Of what is not a model's, too many of a category are tried, and
// generation_make_room rejects those that notice least once it is known what they do.
bool generation_has_room(const Generation *generation, const Candidate *candidate);
int generation_make_room(Generation *generation);

// ---- generation_measure.c ----

// What the accepted tests add, and how comprehensive the suite is with them.
int generation_measure(Generation *generation);

// ---- generation_feedback.c ----

// What the generation had when a round began.
typedef struct RoundStart {
  size_t tests, problems, questions, kept;
} RoundStart;

// What a model is told before it is asked again: what became of its answer since these, and what no test notices yet.
// `*ret_count`: of what could not be kept.
int generation_write_feedback(Generation *generation, const RoundStart *start, size_t *ret_count);
// How many tests a category in play has too few.
int64_t generation_missing_of(const Generation *generation, int category);

RoundStart generation_start_round(const Generation *generation);
// What came of the round, into its part of the trajectory. Nothing was asked: nothing is told.
int generation_tell_round(Generation *generation, const RoundStart *start);

// ---- generation_report.c ----

// The clause of the spec that a model's test is for, when it fails on the code; else NULL.
const SpecClause *generation_disputed(const Generation *generation, const Proposal *proposal);

AcceptedTest generation_describe(const Generation *generation, const Proposal *proposal);

// `code` says how the generation ended.
int generation_fill_report(Generation *generation, int code, GenerateReport *report);

#endif
