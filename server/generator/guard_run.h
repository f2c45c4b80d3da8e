// What the harness runs of proposed tests, step by step, and what it answers. Internal to the guards.
#ifndef TESTGEN_SERVER_GENERATOR_GUARD_RUN_H
#define TESTGEN_SERVER_GENERATOR_GUARD_RUN_H

#include "server/generator/guards.h"

typedef struct GreenCollected {
  StringView test;
  int64_t count;
  bool parametrised;
} GreenCollected;

typedef struct GreenResult {
  StringView test;
  StringView step;
  int outcome;  // TestOutcome
  StringView message;
} GreenResult;

typedef struct GreenAnswer {
  JsonArray collected;  // GreenCollected
  JsonArray results;    // GreenResult
  JsonArray coverage;   // CoverageFile: of the suite as it is
  int64_t passed;       // likewise, tests
  JsonArray notes;      // StringView: why a step did not end
  JsonArray remarks;    // StringView: of the suite as it is
} GreenAnswer;

// Runs the steps of `plan` (StringView) with the proposals that are not rejected, each alone so many times.
int guard_run_plan(GuardContext *context, const Proposal *proposals, size_t count, JsonArray plan, int64_t repeats,
                   GreenAnswer *ret_answer, Error *ret_error);

size_t guard_count_left(const Proposal *proposals, size_t count);                 // not rejected
bool guard_take_notes(GuardContext *context, JsonArray notes);                    // false: memory is exhausted
Proposal *guard_find_proposal(Proposal *proposals, size_t count, StringView id);  // not rejected; NULL: none
// Whether a path is that of a file that proposals go to.
bool guard_is_our_file(const GuardContext *context, const Proposal *proposals, size_t count, StringView path);

// ---- guard_blame.c ----

// What goes wrong with all of them at once, by the step that shows it: the file cannot be collected, the run of the
// tests does not come to its end, another test of the suite fails that did not before.
bool guard_find_trouble(const GuardContext *context, const Proposal *proposals, size_t count, const char *step,
                        const GreenAnswer *answer, StringView *ret_message);

// Good tests must not go with the bad one among them. Where no single one is to blame, they do not get on with each
// other, and the last one goes; a test of the suite that fails then fails by itself now and then.
int guard_blame(GuardContext *context, Proposal *proposals, size_t count, const char *step, StringView message,
                Error *ret_error);

#endif
