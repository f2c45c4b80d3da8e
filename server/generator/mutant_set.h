// The mutants of the files that proposed tests are about, judged in the sandbox: by the suite as it is, and by the
// proposed tests.
#ifndef TESTGEN_SERVER_GENERATOR_MUTANT_SET_H
#define TESTGEN_SERVER_GENERATOR_MUTANT_SET_H

#include "server/generator/guards.h"
#include "server/runner/kill_table.h"
#include "server/runner/mutate_request.h"

typedef enum MutantFate {
  FATE_UNKNOWN,    // not judged in time
  FATE_UNNOTICED,  // survived, or never reached
  FATE_KILLED,
  FATE_UNCLEAR,    // ended the tests, or its process
  FATE_NO_MUTANT,  // the same code, or that of another one
} MutantFate;

typedef struct MutatedSource {
  StringView relative;
  StringView path;      // in the copy
  JsonArray mutants;    // MutantRequest: those in functions first
  uint32_t *lines;      // of each mutant
  size_t in_functions;  // of them
} MutatedSource;

struct MutantSet {
  JsonArray sources;    // MutatedSource
  size_t count;         // of all mutants; their numbers go through the sources
  uint32_t *lines;      // by number
  uint32_t *source_of;  // by number, index of the source
  bool *is_killed;      // by number: by the suite
  bool *is_none;        // by number: known to be the same code, or that of another one
  bool is_known;        // what the suite kills; else nothing can be said of what a test adds
  bool is_partial;      // of a slow suite only a part was asked
};

// The mutants of the subjects of the proposals, and what the suite says of them. Writes the test files without the
// proposals.
int mutant_set_create(GuardContext *context, const Proposal *proposals, size_t count, MutantSet **ret_set,
                      Error *ret_error);

// Runs the tests with these ids with every mutant. `ret_fates` are by number. `table` has been initialised.
int mutant_set_try(GuardContext *context, MutantSet *set, JsonArray tests, MutantFate *ret_fates, KillTable *table,
                   Error *ret_error);

#endif
