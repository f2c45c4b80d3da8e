#include "server/analyzer/assertion_rules.h"

#include <string.h>

static const AssertionRule rules[RULE_COUNT] = {
#define X(name, code, oracle, value, explanation) {code, oracle, value, explanation},
    ASSERTION_RULES(X)
#undef X
};

// Sources: unittest's, pytest's, hypothesis', numpy.testing's, pandas.testing's and unittest.mock's reference pages;
// the older spellings are those that "Deprecated aliases" of unittest lists. Sorted by name, bytewise.
static const CallRow call_rows[] = {
    {"assertAlmostEqual", QUALIFIER_OBJECT, CALL_FIXED, RULE_APPROXIMATE},
    {"assertAlmostEquals", QUALIFIER_OBJECT, CALL_FIXED, RULE_APPROXIMATE},
    {"assertCountEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertDictContainsSubset", QUALIFIER_OBJECT, CALL_FIXED, RULE_MEMBER},
    {"assertDictEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertEndsWith", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"assertEqual", QUALIFIER_ANY, CALL_EQUAL, RULE_EQUAL},
    {"assertEquals", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertFalse", QUALIFIER_OBJECT, CALL_FALSE, RULE_FALSY},
    {"assertFloatsAreIdentical", QUALIFIER_OBJECT, CALL_FIXED, RULE_EQUAL},
    {"assertGreater", QUALIFIER_OBJECT, CALL_ORDER, RULE_ORDER},
    {"assertGreaterEqual", QUALIFIER_OBJECT, CALL_ORDER, RULE_ORDER},
    {"assertHasAttr", QUALIFIER_OBJECT, CALL_FIXED, RULE_ATTRIBUTE},
    {"assertIn", QUALIFIER_OBJECT, CALL_FIXED, RULE_MEMBER},
    {"assertIs", QUALIFIER_OBJECT, CALL_IS, RULE_IDENTITY},
    {"assertIsInstance", QUALIFIER_OBJECT, CALL_FIXED, RULE_TYPE},
    {"assertIsNone", QUALIFIER_OBJECT, CALL_FIXED, RULE_SINGLETON},
    {"assertIsNot", QUALIFIER_OBJECT, CALL_IS_NOT, RULE_NOT_EQUAL},
    {"assertIsNotNone", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_NONE},
    {"assertIsSubclass", QUALIFIER_OBJECT, CALL_FIXED, RULE_TYPE},
    {"assertItemsEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertLess", QUALIFIER_OBJECT, CALL_ORDER, RULE_ORDER},
    {"assertLessEqual", QUALIFIER_OBJECT, CALL_ORDER, RULE_ORDER},
    {"assertListEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertLogs", QUALIFIER_OBJECT, CALL_FIXED, RULE_LOGS},
    {"assertMultiLineEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertNoLogs", QUALIFIER_OBJECT, CALL_FIXED, RULE_NO_WARNING},
    {"assertNotAlmostEqual", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_EQUAL},
    {"assertNotAlmostEquals", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_EQUAL},
    {"assertNotEndsWith", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertNotEqual", QUALIFIER_OBJECT, CALL_NOT_EQUAL, RULE_NOT_EQUAL},
    {"assertNotEquals", QUALIFIER_OBJECT, CALL_NOT_EQUAL, RULE_NOT_EQUAL},
    {"assertNotHasAttr", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertNotIn", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertNotIsInstance", QUALIFIER_OBJECT, CALL_FIXED, RULE_TYPE},
    {"assertNotIsSubclass", QUALIFIER_OBJECT, CALL_FIXED, RULE_TYPE},
    {"assertNotRegex", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertNotRegexpMatches", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertNotStartsWith", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"assertRaises", QUALIFIER_ANY, CALL_RAISES, RULE_RAISES},
    {"assertRaisesRegex", QUALIFIER_ANY, CALL_FIXED, RULE_RAISES_MATCH},
    {"assertRaisesRegexp", QUALIFIER_ANY, CALL_FIXED, RULE_RAISES_MATCH},
    {"assertRegex", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"assertRegexpMatches", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"assertSequenceEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertSetEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertStartsWith", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"assertTrue", QUALIFIER_OBJECT, CALL_TRUE, RULE_TRUTHY},
    {"assertTupleEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"assertWarns", QUALIFIER_ANY, CALL_FIXED, RULE_WARNS},
    {"assertWarnsRegex", QUALIFIER_ANY, CALL_FIXED, RULE_RAISES_MATCH},
    {"assert_", QUALIFIER_OBJECT, CALL_TRUE, RULE_TRUTHY},
    {"assert_allclose", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_almost_equal", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_any_await", QUALIFIER_OBJECT, CALL_MOCK, RULE_MOCK_ANY},
    {"assert_any_call", QUALIFIER_OBJECT, CALL_MOCK, RULE_MOCK_ANY},
    {"assert_approx_equal", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_array_almost_equal", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_array_almost_equal_nulp", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_array_compare", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL},
    {"assert_array_equal", QUALIFIER_ANY, CALL_EQUAL, RULE_EQUAL},
    {"assert_array_less", QUALIFIER_ANY, CALL_FIXED, RULE_ORDER},
    {"assert_array_max_ulp", QUALIFIER_ANY, CALL_FIXED, RULE_APPROXIMATE},
    {"assert_awaited", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ANY},
    {"assert_awaited_once", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_COUNT},
    {"assert_awaited_once_with", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_awaited_with", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_called", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ANY},
    {"assert_called_once", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_COUNT},
    {"assert_called_once_with", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_called_with", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_categorical_equal", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_STRUCTURE},
    {"assert_equal", QUALIFIER_ANY, CALL_EQUAL, RULE_EQUAL},
    {"assert_extension_array_equal", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_STRUCTURE},
    {"assert_frame_equal", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_STRUCTURE},
    {"assert_has_awaits", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_has_calls", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_ARGUMENTS},
    {"assert_index_equal", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_STRUCTURE},
    {"assert_match", QUALIFIER_ANY, CALL_FIXED, RULE_SNAPSHOT},
    {"assert_no_warnings", QUALIFIER_ANY, CALL_FIXED, RULE_NO_WARNING},
    {"assert_not_awaited", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_NOT_CALLED},
    {"assert_not_called", QUALIFIER_OBJECT, CALL_FIXED, RULE_MOCK_NOT_CALLED},
    {"assert_outcomes", QUALIFIER_ANY, CALL_FIXED, RULE_OUTCOMES},
    {"assert_raises", QUALIFIER_ANY, CALL_RAISES, RULE_RAISES},
    {"assert_raises_regex", QUALIFIER_ANY, CALL_FIXED, RULE_RAISES_MATCH},
    {"assert_series_equal", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_STRUCTURE},
    {"assert_string_equal", QUALIFIER_ANY, CALL_EQUAL, RULE_EQUAL},
    {"assert_true", QUALIFIER_ANY, CALL_TRUE, RULE_TRUTHY},
    {"assert_warns", QUALIFIER_ANY, CALL_FIXED, RULE_WARNS},
    {"assert_warns_message", QUALIFIER_ANY, CALL_FIXED, RULE_RAISES_MATCH},
    {"deprecated_call", QUALIFIER_ANY, CALL_FIXED, RULE_WARNS},
    {"fail", QUALIFIER_OBJECT, CALL_FIXED, RULE_FAIL},
    {"failIf", QUALIFIER_OBJECT, CALL_FALSE, RULE_FALSY},
    {"failIfEqual", QUALIFIER_OBJECT, CALL_NOT_EQUAL, RULE_NOT_EQUAL},
    {"failUnless", QUALIFIER_OBJECT, CALL_TRUE, RULE_TRUTHY},
    {"failUnlessEqual", QUALIFIER_OBJECT, CALL_EQUAL, RULE_EQUAL},
    {"failUnlessRaises", QUALIFIER_OBJECT, CALL_RAISES, RULE_RAISES},
    {"fnmatch_lines", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"fnmatch_lines_random", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"no_fnmatch_line", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"no_re_match_line", QUALIFIER_OBJECT, CALL_FIXED, RULE_NOT_MEMBER},
    {"raises", QUALIFIER_ANY, CALL_RAISES, RULE_RAISES},
    {"re_match_lines", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"re_match_lines_random", QUALIFIER_OBJECT, CALL_FIXED, RULE_PATTERN},
    {"run_docstring_examples", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_LITERAL},
    {"run_doctest", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_LITERAL},
    {"testfile", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_LITERAL},
    {"testmod", QUALIFIER_ANY, CALL_FIXED, RULE_EQUAL_LITERAL},
    {"warns", QUALIFIER_ANY, CALL_FIXED, RULE_WARNS},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// Own helpers are recognised by how their names begin.
static const char *const helper_prefixes[] = {"assert",   "_assert",  "check",     "_check",      "verify",   "_verify",
                                              "expect",   "_expect",  "validate",  "_validate",   "ensure",   "must_",
                                              "should_",  "_test",    "test_",     "compare",     "_compare", "do_test",
                                              "_do_test", "run_test", "_run_test", "fail_unless", "fail_if",  "assume"};

static const char *const predicate_prefixes[] = {"is",    "has",      "can",       "should",      "contains", "starts",
                                                 "ends",  "match",    "fullmatch", "equal",       "same",     "exists",
                                                 "valid", "search",   "check",     "verify",      "was",      "are",
                                                 "does",  "supports", "compare",   "array_equal", "all",      "any"};

// Attributes that a mock does not have, and therefore makes up.
static const char *const mock_typos[] = {"called_once_with",
                                         "called_with",
                                         "called_once",
                                         "has_calls",
                                         "any_call",
                                         "not_called",
                                         "assert_called_one_with",
                                         "assert_called_onced_with",
                                         "assert_called_once_wit",
                                         "assert_call_once_with",
                                         "assert_called_witch",
                                         "asert_called_once_with",
                                         "asert_called_with",
                                         "asert_called",
                                         "assert_has_call",
                                         "assert_not_call",
                                         "assert_calls",
                                         "assert_call",
                                         "assert_called_onece",
                                         "assert_any_calls"};

const AssertionRule *assertion_rule(RuleName name) {
  return &rules[name];
}

const CallRow *call_row_find(StringView name) {
  size_t low = 0;
  size_t high = COUNT_OF(call_rows);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = string_view_compare(name, string_view_from(call_rows[middle].name));
    if (order == 0) {
      return &call_rows[middle];
    }
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return NULL;
}

const CallRow *call_row_at(size_t index) {
  return index < COUNT_OF(call_rows) ? &call_rows[index] : NULL;
}

static bool starts_with_any(StringView name, const char *const *prefixes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t length = strlen(prefixes[i]);
    if (name.length >= length && memcmp(name.data, prefixes[i], length) == 0) {
      return true;
    }
  }
  return false;
}

bool name_is_asserting_helper(StringView name) {
  bool is_error = string_view_ends_with(name, SV("Error"));
  return !is_error &&
         (starts_with_any(name, helper_prefixes, COUNT_OF(helper_prefixes)) || string_view_contains(name, SV("ssert")));
}

bool name_is_predicate(StringView name) {
  while (name.length > 1 && name.data[0] == '_') {
    name = string_view_slice(name, 1, name.length);
  }
  static const char *const endings[] = {"_exists",   "_equal", "_valid",   "_contain",
                                        "_contains", "_match", "_matches", "_ok"};
  for (size_t i = 0; i < COUNT_OF(endings); i++) {
    if (string_view_ends_with(name, string_view_from(endings[i]))) {
      return true;
    }
  }
  return starts_with_any(name, predicate_prefixes, COUNT_OF(predicate_prefixes));
}

bool name_is_mock_typo(StringView name) {
  for (size_t i = 0; i < COUNT_OF(mock_typos); i++) {
    if (string_view_equal_text(name, mock_typos[i])) {
      return true;
    }
  }
  return false;
}
