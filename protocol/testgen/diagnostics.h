// The diagnostics: one row each. Severity, title, documentation page, client settings and the SARIF rules follow from
// here. A new diagnostic is a new row and a page docs/diagnostics/<code>.md.
#ifndef TESTGEN_PROTOCOL_TESTGEN_DIAGNOSTICS_H
#define TESTGEN_PROTOCOL_TESTGEN_DIAGNOSTICS_H

#include "protocol/memory/string_view.h"

#include <stdbool.h>

// The LSP's DiagnosticSeverity.
typedef enum DiagnosticSeverity {
  SEVERITY_ERROR = 1,
  SEVERITY_WARNING,
  SEVERITY_INFORMATION,
  SEVERITY_HINT
} DiagnosticSeverity;

// What kind of gap a diagnostic is about.
typedef enum DiagnosticFamily {
  FAMILY_ASSERTION,
  FAMILY_BOUNDARY,
  FAMILY_ANTI_CHEAT,
  FAMILY_COVERAGE,
  FAMILY_REQUIREMENT,
  FAMILY_ROT,
  FAMILY_SPEC,
  FAMILY_SETTINGS,
  FAMILY_COUNT
} DiagnosticFamily;

extern const char *const diagnostic_family_names[];

// X(NAME, "code", severity, family, is_lead, "title")
// A lead is what the source suggests; where a run proved it, the same code is shown one severity higher.
#define DIAGNOSTICS(X) \
  X(NO_ASSERTION, "no-assertion", SEVERITY_WARNING, FAMILY_ASSERTION, false, "The test has no assertion") \
  X(WEAK_ASSERTION, "weak-assertion", SEVERITY_HINT, FAMILY_ASSERTION, true, "The test asserts very little") \
  X(TAUTOLOGY, "tautology", SEVERITY_WARNING, FAMILY_ASSERTION, false, "The assertion is always true") \
  X(ASSERT_ON_TUPLE, "assert-on-tuple", SEVERITY_WARNING, FAMILY_ASSERTION, false, \
    "The assertion tests a tuple, which is always true") \
  X(MOCK_OF_SUBJECT, "mock-of-subject", SEVERITY_INFORMATION, FAMILY_ASSERTION, true, \
    "The test replaces the very thing that it tests") \
  X(MISSPELT_MOCK_ASSERTION, "misspelt-mock-assertion", SEVERITY_WARNING, FAMILY_ASSERTION, false, \
    "The mock assertion checks nothing") \
  X(COMPARISON_WITHOUT_ASSERT, "comparison-without-assert", SEVERITY_WARNING, FAMILY_ASSERTION, false, \
    "The comparison's result is thrown away") \
  X(FLOAT_EQUALITY, "float-equality", SEVERITY_HINT, FAMILY_ASSERTION, true, "A computed float is compared exactly") \
  X(RAISES_TOO_BROAD, "raises-too-broad", SEVERITY_INFORMATION, FAMILY_ASSERTION, true, \
    "Any exception at all would satisfy the test") \
  X(RAISES_WITHOUT_MATCH, "raises-without-match", SEVERITY_HINT, FAMILY_ASSERTION, true, \
    "Only the class of a common exception is checked") \
  X(RAISES_BLOCK_TOO_LARGE, "raises-block-too-large", SEVERITY_HINT, FAMILY_ASSERTION, true, \
    "Several statements could raise the expected exception") \
  X(DUPLICATE_TEST_NAME, "duplicate-test-name", SEVERITY_WARNING, FAMILY_ROT, false, \
    "A later definition of the same name hides the test") \
  X(UNREACHABLE_ASSERTION, "unreachable-assertion", SEVERITY_WARNING, FAMILY_ROT, false, "The assertion never runs") \
  X(CONDITIONAL_ASSERTION, "conditional-assertion", SEVERITY_HINT, FAMILY_ROT, false, \
    "The test's assertions may not run") \
  X(SWALLOWED_ASSERTION, "swallowed-assertion", SEVERITY_WARNING, FAMILY_ROT, false, \
    "The assertion's failure is caught") \
  X(MISSING_AWAIT, "missing-await", SEVERITY_WARNING, FAMILY_ROT, false, "A coroutine is made and never run") \
  X(SKIP_WITHOUT_REASON, "skip-without-reason", SEVERITY_HINT, FAMILY_ROT, false, \
    "The test is skipped without a reason") \
  X(EMPTY_PARAMETRIZE, "empty-parametrize", SEVERITY_WARNING, FAMILY_ROT, false, \
    "The test has no parameter sets and never runs") \
  X(CLASS_NOT_COLLECTED, "class-not-collected", SEVERITY_WARNING, FAMILY_ROT, false, \
    "pytest does not collect the test class") \
  X(RETURN_IN_TEST, "return-in-test", SEVERITY_INFORMATION, FAMILY_ROT, false, \
    "The test returns a value that nobody checks") \
  X(BOUNDARY_LEAD, "boundary-lead", SEVERITY_HINT, FAMILY_BOUNDARY, true, "No test comes near a boundary") \
  X(MUTANT_SURVIVED, "mutant-survived", SEVERITY_WARNING, FAMILY_ASSERTION, false, \
    "A change of the code went unnoticed by every test") \
  X(PSEUDO_TESTED, "pseudo-tested", SEVERITY_WARNING, FAMILY_ASSERTION, false, \
    "Every test passes without the body of the function") \
  X(TEST_KILLS_NOTHING, "test-kills-nothing", SEVERITY_HINT, FAMILY_ASSERTION, false, \
    "The test fails with no mutant that it reaches") \
  X(TEST_DOMINATED, "test-dominated", SEVERITY_HINT, FAMILY_ASSERTION, false, \
    "One other test kills all that the test kills, and more") \
  X(LITERAL_ORACLES_ONLY, "literal-oracles-only", SEVERITY_HINT, FAMILY_ANTI_CHEAT, true, \
    "A lookup table of the tests' own examples would pass") \
  X(PROHIBITED_TOOL_UNTESTED, "prohibited-tool-untested", SEVERITY_HINT, FAMILY_ANTI_CHEAT, true, \
    "No test checks that a prohibited tool stays unused") \
  X(CHEAT_PASSES, "cheat-passes", SEVERITY_WARNING, FAMILY_ANTI_CHEAT, false, \
    "A cheating implementation passes the suite") \
  X(EQUALITY_ONLY, "equality-only", SEVERITY_HINT, FAMILY_ANTI_CHEAT, false, \
    "An object that equals everything passes the suite") \
  X(UNTESTED_FUNCTION, "untested-function", SEVERITY_HINT, FAMILY_COVERAGE, true, "No test calls the function") \
  X(COVERAGE_GAP, "coverage-gap", SEVERITY_INFORMATION, FAMILY_COVERAGE, false, "No test reaches the lines") \
  X(COVERAGE_BRANCH_GAP, "coverage-branch-gap", SEVERITY_INFORMATION, FAMILY_COVERAGE, false, \
    "No test takes the branch") \
  X(COVERAGE_STALE, "coverage-stale", SEVERITY_HINT, FAMILY_COVERAGE, false, \
    "The code changed after the coverage was measured") \
  X(FAILED_TEST, "failed-test", SEVERITY_ERROR, FAMILY_ASSERTION, false, "The test failed when it was last run") \
  X(REQUIREMENT_GAP, "requirement-gap", SEVERITY_INFORMATION, FAMILY_REQUIREMENT, false, \
    "A requirement of the spec has no test") \
  X(SPEC_ERROR, "spec-error", SEVERITY_ERROR, FAMILY_SPEC, false, "The spec cannot be used as it is") \
  X(SPEC_DISAGREEMENT, "spec-disagreement", SEVERITY_WARNING, FAMILY_SPEC, false, \
    "The code does otherwise than the spec or its documentation says") \
  X(SETTINGS_ERROR, "settings-error", SEVERITY_ERROR, FAMILY_SETTINGS, false, "A setting cannot be used as it is") \
  X(SYNTAX_ERROR, "syntax-error", SEVERITY_INFORMATION, FAMILY_SETTINGS, false, \
    "The source cannot be parsed here and is left out") \
  X(TOO_MANY_FINDINGS, "too-many-findings", SEVERITY_INFORMATION, FAMILY_SETTINGS, false, \
    "Further findings of the file are not shown")

typedef enum DiagnosticCode {
#define X(name, code, severity, family, is_lead, title) DIAGNOSTIC_##name,
  DIAGNOSTICS(X)
#undef X
      DIAGNOSTIC_COUNT
} DiagnosticCode;

typedef struct DiagnosticRow {
  const char *code;  // stable: users write it in settings and `# testgen: ignore[...]` comments
  DiagnosticSeverity severity;
  DiagnosticFamily family;
  bool is_lead;
  const char *title;
} DiagnosticRow;

const DiagnosticRow *diagnostic_row(DiagnosticCode code);
bool diagnostic_by_name(StringView code, DiagnosticCode *ret_code);

#endif
