// The rules of assertions: which call or expression checks what, and how much that is worth. Internal to the analyzer.
//
// Values follow the design's oracle table: nothing 0-10, presence and type 25-45, errors 55-70, exact values 65-80.
// A new way to assert is a new row.
#ifndef TESTGEN_SERVER_ANALYZER_ASSERTION_RULES_H
#define TESTGEN_SERVER_ANALYZER_ASSERTION_RULES_H

#include "server/analyzer/analysis.h"

// X(NAME, "code", oracle, value, "explanation")
#define ASSERTION_RULES(X) \
  X(CONSTANT, "assert-constant", ORACLE_NONE, 0, "A constant is asserted: nothing can make it fail.") \
  X(TUPLE, "assert-tuple", ORACLE_NONE, 0, "A tuple with items is always true.") \
  X(SAME_OPERANDS, "assert-same-operands", ORACLE_NONE, 5, "A value is compared with itself.") \
  X(MOCK_TYPO, "assert-mock-typo", ORACLE_NONE, 0, "A mock makes up the misspelt attribute and checks nothing.") \
  X(MOCK_CALLED, "assert-mock-called", ORACLE_NONE, 10, "Only that a mock was called at all is checked.") \
  X(TRUTHY, "assert-truthy", ORACLE_EXISTS, 30, "Any true value passes.") \
  X(FALSY, "assert-falsy", ORACLE_EXISTS, 40, "Any false value passes: None, 0, an empty container.") \
  X(NOT_NONE, "assert-not-none", ORACLE_EXISTS, 30, "Anything but None passes.") \
  X(TYPE, "assert-type", ORACLE_EXISTS, 40, "Only the type is checked.") \
  X(ATTRIBUTE, "assert-attribute", ORACLE_EXISTS, 30, "Only that an attribute exists is checked.") \
  X(NOT_EMPTY, "assert-not-empty", ORACLE_EXISTS, 25, "Any container with an item passes.") \
  X(PRESENT, "assert-present", ORACLE_EXISTS, 40, "Only that something exists is checked.") \
  X(EXIT_CODE, "assert-exit-code", ORACLE_EXISTS, 40, "Only the exit code is checked.") \
  X(STATUS_CODE, "assert-status-code", ORACLE_EXISTS, 45, "Only the status of an answer is checked.") \
  X(NO_WARNING, "assert-no-warning", ORACLE_EXISTS, 40, "Only the absence of warnings or log records is checked.") \
  X(RAISES_BROAD, "assert-raises-broad", ORACLE_RAISES, 30, "Any exception passes, also a mistake in the test.") \
  X(RAISES, "assert-raises", ORACLE_RAISES, 55, "The class of the error is checked.") \
  X(RAISES_MATCH, "assert-raises-match", ORACLE_RAISES_MATCH, 70, \
    "The error's class and its message or attributes are checked.") \
  X(WARNS, "assert-warns", ORACLE_RAISES, 55, "The class of a warning is checked.") \
  X(LOGS, "assert-logs", ORACLE_RAISES, 55, "That something is logged is checked.") \
  X(NOT_EQUAL, "assert-not-equal", ORACLE_RELATION, 45, "Everything but one value passes.") \
  X(ORDER, "assert-order", ORACLE_RELATION, 55, "A bound or an order is checked.") \
  X(NOT_MEMBER, "assert-not-member", ORACLE_RELATION, 50, "That something is left out is checked.") \
  X(MEMBER, "assert-member", ORACLE_RELATION, 60, "That something is contained is checked.") \
  X(PREDICATE, "assert-predicate", ORACLE_RELATION, 55, "The answer of a yes-or-no question is checked.") \
  X(EVERY, "assert-every", ORACLE_RELATION, 60, "A condition is checked for a whole collection.") \
  X(PATTERN, "assert-pattern", ORACLE_RELATION, 62, "A pattern of the text is checked.") \
  X(REPEATABLE, "assert-repeatable", ORACLE_RELATION, 50, "Two runs of the same call are compared.") \
  X(FAIL, "explicit-fail", ORACLE_RELATION, 55, "The test fails by itself when a condition of its own is met.") \
  X(HELPER, "trusted-helper", ORACLE_RELATION, 60, \
    "A helper from elsewhere checks, by its name or because it is inherited.") \
  X(SINGLETON, "assert-singleton", ORACLE_EXACT, 65, "Exactly None, True or False is expected.") \
  X(LENGTH, "assert-length", ORACLE_EXACT, 65, "An exact number of items is expected.") \
  X(IDENTITY, "assert-identity", ORACLE_EXACT, 68, "The very same object is expected.") \
  X(EQUAL, "assert-equal", ORACLE_EXACT, 70, "An expected value is compared exactly.") \
  X(APPROXIMATE, "assert-approximate", ORACLE_EXACT, 75, "An expected number is compared within a tolerance.") \
  X(EQUAL_LITERAL, "assert-equal-literal", ORACLE_EXACT, 75, "A value that is written out is expected.") \
  X(SNAPSHOT, "assert-snapshot", ORACLE_EXACT, 75, "A recorded result is compared.") \
  X(OUTCOMES, "assert-outcomes", ORACLE_EXACT, 72, "The outcomes of an inner test run are checked.") \
  X(EQUAL_STRUCTURE, "assert-equal-structure", ORACLE_EXACT, 80, "A whole structure that is written out is expected.") \
  X(ROUND_TRIP, "assert-round-trip", ORACLE_EXACT, 80, "A round trip gives the input back.") \
  X(MOCK_ANY, "mock-called", ORACLE_INTERACTION, 35, "A call without regard to its arguments is checked.") \
  X(MOCK_COUNT, "mock-call-count", ORACLE_INTERACTION, 55, "The number of calls is checked.") \
  X(MOCK_NOT_CALLED, "mock-not-called", ORACLE_INTERACTION, 60, "That no call is made is checked.") \
  X(MOCK_ARGUMENTS, "mock-arguments", ORACLE_INTERACTION, 70, "The exact arguments of a call are checked.") \
  X(PROPERTY, "property", ORACLE_PROPERTY, 90, "A property is checked over generated inputs.")

typedef enum RuleName {
#define X(name, code, oracle, value, explanation) RULE_##name,
  ASSERTION_RULES(X)
#undef X
      RULE_COUNT
} RuleName;

const AssertionRule *assertion_rule(RuleName name);

// How the arguments of an asserting call are to be read.
typedef enum CallShape {
  CALL_FIXED,  // the row's rule, whatever the arguments
  CALL_TRUE,   // the first argument is asserted
  CALL_FALSE,  // its negation is
  CALL_EQUAL,  // the first two are compared
  CALL_NOT_EQUAL,
  CALL_RAISES,  // class first; match= or a pattern strengthens
  CALL_MOCK,    // with arguments: RULE_MOCK_ARGUMENTS, else the row's rule
  CALL_ORDER,
  CALL_IS,
  CALL_IS_NOT,
} CallShape;

typedef enum CallQualifier { QUALIFIER_ANY, QUALIFIER_OBJECT } CallQualifier;  // OBJECT: only as x.name(...)

typedef struct CallRow {
  const char *name;  // last part of the dotted name
  CallQualifier qualifier;
  CallShape shape;
  RuleName rule;
} CallRow;

// The row of a call's last name; NULL when it is no known assertion. The table is sorted by name.
const CallRow *call_row_find(StringView name);
const CallRow *call_row_at(size_t index);  // NULL behind the last; for the table's own tests

// True for names like check_result, verify_x, expect_y, assertFoo: somebody's own helper that surely asserts.
bool name_is_asserting_helper(StringView name);
// True for words like is_valid, has_x, startswith, exists: the answer of the call is a yes or no.
bool name_is_predicate(StringView name);
// True for `called_once_with` and other attributes that a mock makes up.
bool name_is_mock_typo(StringView name);

#endif
