// The words of the product, as enumerations with their names on the wire. Defined here once; every layer uses these.
#ifndef TESTGEN_PROTOCOL_TESTGEN_VOCABULARY_H
#define TESTGEN_PROTOCOL_TESTGEN_VOCABULARY_H

#include "protocol/memory/string_view.h"

// The five categories; the values index every table of categories.
typedef enum TestCategory {
  CATEGORY_ANTI_CHEAT,
  CATEGORY_EXISTENCE,
  CATEGORY_CORRECTNESS,
  CATEGORY_BOUNDARY,
  CATEGORY_INTEGRATION,
  CATEGORY_COUNT
} TestCategory;

// Which categories are in play: all five; existence, correctness, boundary; correctness, boundary; the caller's list.
typedef enum TestContext {
  CONTEXT_BENCHMARK,
  CONTEXT_COMMANDER,
  CONTEXT_MECHACODER,
  CONTEXT_CUSTOM,
  CONTEXT_COUNT
} TestContext;

typedef enum StrengthBand {
  BAND_EXECUTION_ONLY,
  BAND_WEAK,
  BAND_BEHAVIOUR,
  BAND_COMPREHENSIVE,
  BAND_COUNT
} StrengthBand;

typedef enum ScoreBasis {
  BASIS_MEASURED,
  BASIS_ESTIMATED,
  BASIS_NOT_MEASURED,
  BASIS_NOT_APPLICABLE,
  BASIS_COUNT
} ScoreBasis;

typedef enum GapRisk { RISK_CRITICAL, RISK_HIGH, RISK_MEDIUM, RISK_LOW, RISK_COUNT } GapRisk;

typedef enum TestOutcome {
  OUTCOME_PASSED,
  OUTCOME_FAILED,
  OUTCOME_ERROR,  // set-up, tear-down or collection
  OUTCOME_SKIPPED,
  OUTCOME_XFAILED,  // expected to fail, and failed
  OUTCOME_XPASSED,  // expected to fail, and passed
  OUTCOME_COUNT
} TestOutcome;

// Names by value, NULL at the end.
extern const char *const category_names[];  // "anti_cheat", ...
extern const char *const context_names[];   // "benchmark", ...

typedef enum MutantStatus {
  MUTANT_KILLED,        // a test failed with it
  MUTANT_SURVIVED,      // every test that reaches it accepted it
  MUTANT_NO_COVERAGE,   // no test reaches it
  MUTANT_TIMEOUT,       // the tests did not end within their limit of work
  MUTANT_INCONCLUSIVE,  // a crash, or an import that failed
  MUTANT_EQUIVALENT,    // Python makes the same byte code of it; not run, like the next two
  MUTANT_DUPLICATE,     // the same byte code as another mutant's
  MUTANT_INVALID,       // no program
  MUTANT_PENDING,       // the run ended before its turn came
  MUTANT_STATUS_COUNT
} MutantStatus;

// The words of mutation-testing-report-schema for them; and why, where ours says more.
typedef struct MutantSchemaStatus {
  const char *name;
  const char *reason;  // NULL: the name says it all
} MutantSchemaStatus;
extern const MutantSchemaStatus mutant_schema_statuses[];  // by MutantStatus

// What the tests of a run did with a comparison.
typedef enum BoundaryVerdict {
  BOUNDARY_NOT_ON,       // no test had both sides equal
  BOUNDARY_ONLY_ON,      // equal, but nothing that is next to it and gives the other answer
  BOUNDARY_NEVER,        // no test evaluates it
  BOUNDARY_NO_DISTANCE,  // operands of which only their own code knows the order
  BOUNDARY_AT_IMPORT,    // evaluated while modules are imported, in no test
  BOUNDARY_TESTED,
  BOUNDARY_VERDICT_COUNT
} BoundaryVerdict;

// Implementations that do not do the work.
typedef enum CheatKind {
  CHEAT_REMOVED_BODY,
  CHEAT_CONSTANT,
  CHEAT_FIRST_ARGUMENT,
  CHEAT_SWALLOWED_ERRORS,
  CHEAT_EXIT,
  CHEAT_EQUAL_OBJECT,
  CHEAT_LOOKUP_TABLE,
  CHEAT_KIND_COUNT
} CheatKind;

typedef enum CheatStatus {
  CHEAT_REJECTED,        // a test failed with it
  CHEAT_PASSED,          // every test that calls the function accepted it
  CHEAT_TIMEOUT,         // the tests did not end within their limit of work
  CHEAT_INCONCLUSIVE,    // the process ended before the tests did
  CHEAT_NOT_APPLICABLE,  // not run: it makes no sense for the function
  CHEAT_STATUS_COUNT
} CheatStatus;

// What a test is worth by what it kills. Each test is one of these.
typedef enum TestWorth {
  WORTH_SOLE_KILLER,      // kills mutants that no other test kills
  WORTH_SHARED,           // others kill whatever it kills, but none makes up for it alone
  WORTH_EQUAL,            // a test that is no slower kills exactly the same
  WORTH_DOMINATED,        // one other test kills all that it does, and more
  WORTH_KILLS_NOTHING,    // it reaches mutants, and accepts each
  WORTH_REACHES_NOTHING,  // it runs no line that has a mutant
  WORTH_UNKNOWN,          // it kills nothing that could be seen: it starts programs, or needs other tests
  WORTH_COUNT
} TestWorth;

// What became of a change of the generator's configuration.
typedef enum EvolutionVerdict {
  EVOLUTION_ADOPTED,      // better beyond noise: it is the current one since
  EVOLUTION_REJECTED,     // not better, or not beyond noise
  EVOLUTION_ROLLED_BACK,  // the one before is the current one again
  EVOLUTION_VERDICT_COUNT
} EvolutionVerdict;

extern const char *const band_names[];               // "execution only", ...
extern const char *const basis_names[];              // "measured", "estimated", "not measured", "not applicable"
extern const char *const risk_names[];               // "critical", ...
extern const char *const outcome_names[];            // "passed", ...
extern const char *const mutant_status_names[];      // "killed", ...
extern const char *const cheat_kind_names[];         // "removed-body", ...
extern const char *const cheat_status_names[];       // "rejected", ...
extern const char *const boundary_verdict_names[];   // "tested", ...
extern const char *const evolution_verdict_names[];  // "adopted", ...
extern const char *const test_worth_names[];         // "sole-killer", ...

// Also reads the legacy names: format -> existence, happy_path and outcome -> correctness, edge_case and
// invalid_input -> boundary. False for anything else.
bool category_from_name(StringView name, TestCategory *ret_category);

// 0-20, 21-50, 51-80, 81-100.
StrengthBand band_of_strength(int strength);

// The index of `name` in a list of names, -1 when it is not there.
int name_index(const char *const *names, StringView name);

#endif
