// What a proposed test must pass before anyone sees it. One row per guard, cheap first; a rejected proposal meets no
// further guard. The reasons are stable codes, the messages are for people.
#ifndef TESTGEN_SERVER_GENERATOR_GUARDS_H
#define TESTGEN_SERVER_GENERATOR_GUARDS_H

#include "server/generator/bench.h"
#include "server/generator/place.h"
#include "server/generator/stub.h"

#define ORACLE_STRENGTH_MIN 51  // of the analyzer: "checks behaviour"

// What a test runs of the subjects' files.
typedef struct Reach {
  JsonArray files;       // CoverageFile, with absolute paths in the copy
  JsonArray boundaries;  // int64_t, ascending: three for each comparison, as the harness numbers them
} Reach;

// What a test adds to the suite and to the tests before it; absent where that was not measured.
typedef struct Gain {
  OptionalInteger kills, lines, branches, boundaries, requirements;
} Gain;

typedef struct Proposal {
  const Candidate *candidate;
  StringView subject_path;
  StringView original_path;  // absolute, in the copy: what is measured
  size_t file;               // index of the test file
  PlacedTest placed;
  StringView id;
  int strength;
  JsonArray kills;      // uint32_t: which of the context's mutants fail with it, once that was measured
  JsonArray lines;      // int64_t: of the subject's file, that the judge of the mutants saw it run
  bool is_measured;     // as long as it is not, nobody knows
  bool is_judged;       // it was tried to measure it
  Reach reach;          // once that was measured
  bool is_reach_known;  // likewise
  bool is_reach_tried;  // likewise
  Gain gain;
  bool is_proven;  // passed every guard, in the files that hold it and all others that are proven
  // Filled by the guard that rejects.
  const char *guard;  // NULL: not rejected
  StringView reason;
  StringView message;
} Proposal;

// How the runs of one proposed test, one per set of parameters, went together.
typedef struct GuardOutcome {
  bool was_run;
  bool has_failed;  // an assertion, or an exception of the code
  bool has_error;   // around the test: fixtures
} GuardOutcome;

// Changes of the subjects, and which of them the suite notices without the proposals.
typedef struct MutantSet MutantSet;

typedef struct GuardContext {
  Bench *bench;
  const MutantToKill *mutant;  // NULL: the tests need not fail with anything
  const Stub *stub;            // of code that is not written yet: tests must fail with it; NULL: there is code
  const WorkspaceIndex *index;
  const TestFile *files;
  size_t file_count;
  StringView original_root;    // of the workspace
  JsonArray pytest_arguments;  // StringView
  Arena *arena;
  void (*progress)(void *user, size_t done, size_t total);  // proposals; may be NULL
  void *user;
  StringView symbol;   // whose changes the tests must notice; absent: all of the subject's file
  MutantSet *mutants;  // NULL: not asked for yet
  Vector notes;        // StringView
  JsonArray cells;     // RequirementCell, of the spec
  // Of the suite without the proposals.
  bool was_suite_run;    // whether it came to its end or not
  bool is_suite_known;   // it did
  JsonArray coverage;    // CoverageFile, with absolute paths in the copy
  JsonArray boundaries;  // int64_t, see Reach
  bool are_boundaries_known, are_boundaries_tried;
  int64_t passed;     // tests
  JsonArray failing;  // StringView: tests
  int64_t suite_ms;   // how long it took
} GuardContext;

typedef int GuardFunction(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error);

typedef struct Guard {
  const char *name;
  GuardFunction *check;
  bool runs_tests;  // meets the proposals in batches, each time with the proven ones; the others see all at once
  const char *explanation;
} Guard;

extern const Guard guards[];
extern const size_t guard_count;

// All guards in order. Fails only when a guard could not do its work (TIMEOUT and CANCELLED among it): what is proven
// by then stays proven, and the rest is neither proven nor rejected.
int guards_run(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error);

// Writes the test files with all proposals that are not rejected into the copy.
int guards_write_files(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error);

void guard_reject(GuardContext *context, Proposal *proposal, const char *guard, const char *reason, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

// The placed tests of one file that are not rejected. In the arena; NULL with an empty count when there are none.
PlacedTest *guards_placed(const Proposal *proposals, size_t count, size_t file, Arena *arena, size_t *ret_count);

// Runs the suite once as it is: its time and what it reaches.
int guards_measure_suite(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error);

// What those of the proposals that are not rejected reach, where it is not known yet. What cannot be measured is noted.
int guards_measure_reach(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error);
// The boundaries that the suite reaches, once; only where it is quick.
int guards_measure_boundaries(GuardContext *context, const Proposal *proposals, size_t count, Error *ret_error);
// Which mutants the tests notice that are not rejected, where it is not known yet; rejects none.
int guards_measure_kills(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error);

// Runs every proposal that is not rejected alone, and says how it went; rejects none.
int guards_run_alone(GuardContext *context, const Proposal *proposals, size_t count, GuardOutcome *ret_outcomes,
                     Error *ret_error);

// Of several proven tests that kill the same mutant the first one is kept.
void guards_keep_one(GuardContext *context, Proposal *proposals, size_t count);

// What the names of the proposal's file and of its subject stand for: "discount=shop.discount", or "test_it=" for what
// the file defines itself. In the arena.
int guard_taken_names(GuardContext *context, const Proposal *proposal, JsonArray *ret_names, Error *ret_error);

GuardFunction guard_static_facts, guard_place, guard_oracle_strength, guard_red, guard_stub, guard_green, guard_kills,
    guard_worth;

#endif
