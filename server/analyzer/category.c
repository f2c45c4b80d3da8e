// The category of an existing test, by a table of rules; the first row that fits decides. Source: the design's
// "Categories".

#include "server/analyzer/analysis_internal.h"

#include <string.h>

typedef enum EvidenceKind {
  EVIDENCE_NAME,         // a word of the test's or class's name
  EVIDENCE_TRAIT,        // TRAIT_* bits
  EVIDENCE_ORACLE,       // the strongest oracle
  EVIDENCE_ERROR,        // at least half of the assertions expect an error
  EVIDENCE_PROPERTY,     // generated inputs
  EVIDENCE_PROHIBITION,  // speaks of a prohibited tool
  EVIDENCE_ALWAYS
} EvidenceKind;

typedef struct CategoryRule {
  EvidenceKind kind;
  const char *word;
  uint32_t number;  // traits or oracle
  TestCategory category;
  double confidence;
  const char *reason;
} CategoryRule;

#define NAME(word, category, confidence, reason) \
  { EVIDENCE_NAME, word, 0, category, confidence, reason }

static const CategoryRule category_rules[] = {
    {EVIDENCE_PROHIBITION, NULL, 0, CATEGORY_ANTI_CHEAT, 0.9, "It names a prohibited tool."},
    NAME("cheat", CATEGORY_ANTI_CHEAT, 0.9, "Its name speaks of cheating."),
    NAME("prohibited", CATEGORY_ANTI_CHEAT, 0.9, "Its name speaks of a prohibition."),
    NAME("forbidden", CATEGORY_ANTI_CHEAT, 0.8, "Its name speaks of a prohibition."),
    NAME("hardcoded", CATEGORY_ANTI_CHEAT, 0.8, "Its name speaks of hard-coded results."),
    {EVIDENCE_PROPERTY, NULL, 0, CATEGORY_ANTI_CHEAT, 0.7,
     "Its inputs are generated, so no table of examples passes it."},
    {EVIDENCE_TRAIT, NULL, TRAIT_RANDOM, CATEGORY_ANTI_CHEAT, 0.6,
     "Its inputs are random, so no table of examples passes it."},
    NAME("integration", CATEGORY_INTEGRATION, 0.9, "Its name says so."),
    NAME("end_to_end", CATEGORY_INTEGRATION, 0.9, "Its name says so."),
    NAME("e2e", CATEGORY_INTEGRATION, 0.9, "Its name says so."),
    {EVIDENCE_ERROR, NULL, 0, CATEGORY_BOUNDARY, 0.8, "It expects an error."},
    NAME("boundary", CATEGORY_BOUNDARY, 0.9, "Its name speaks of a boundary."),
    NAME("edge", CATEGORY_BOUNDARY, 0.8, "Its name speaks of an edge case."),
    NAME("empty", CATEGORY_BOUNDARY, 0.8, "Its name speaks of empty input."),
    NAME("invalid", CATEGORY_BOUNDARY, 0.8, "Its name speaks of invalid input."),
    NAME("error", CATEGORY_BOUNDARY, 0.7, "Its name speaks of errors."),
    NAME("errors", CATEGORY_BOUNDARY, 0.7, "Its name speaks of errors."),
    NAME("raises", CATEGORY_BOUNDARY, 0.7, "Its name speaks of errors."),
    NAME("overflow", CATEGORY_BOUNDARY, 0.8, "Its name speaks of extreme values."),
    NAME("limit", CATEGORY_BOUNDARY, 0.7, "Its name speaks of limits."),
    NAME("limits", CATEGORY_BOUNDARY, 0.7, "Its name speaks of limits."),
    NAME("min", CATEGORY_BOUNDARY, 0.6, "Its name speaks of extreme values."),
    NAME("max", CATEGORY_BOUNDARY, 0.6, "Its name speaks of extreme values."),
    NAME("negative", CATEGORY_BOUNDARY, 0.6, "Its name speaks of extreme values."),
    NAME("zero", CATEGORY_BOUNDARY, 0.6, "Its name speaks of extreme values."),
    NAME("cli", CATEGORY_INTEGRATION, 0.6, "It drives a command line."),
    {EVIDENCE_TRAIT, NULL, TRAIT_IO, CATEGORY_INTEGRATION, 0.6, "It uses files, processes or the network."},
    NAME("exists", CATEGORY_EXISTENCE, 0.8, "Its name speaks of presence."),
    NAME("import", CATEGORY_EXISTENCE, 0.6, "Its name speaks of imports."),
    NAME("type", CATEGORY_EXISTENCE, 0.5, "Its name speaks of types."),
    {EVIDENCE_ORACLE, NULL, ORACLE_EXISTS, CATEGORY_EXISTENCE, 0.7, "It checks presence or type only."},
    {EVIDENCE_TRAIT, NULL, TRAIT_EMPTY_INPUT, CATEGORY_BOUNDARY, 0.5, "It gives empty or extreme input."},
    {EVIDENCE_ORACLE, NULL, ORACLE_EXACT, CATEGORY_CORRECTNESS, 0.8, "It expects exact results."},
    {EVIDENCE_ORACLE, NULL, ORACLE_INTERACTION, CATEGORY_INTEGRATION, 0.6, "It checks how parts call each other."},
    {EVIDENCE_ORACLE, NULL, ORACLE_RELATION, CATEGORY_CORRECTNESS, 0.6, "It checks a relation of results."},
    {EVIDENCE_ALWAYS, NULL, 0, CATEGORY_EXISTENCE, 0.3, "It only runs the code."},
};

#define RULE_COUNT (sizeof(category_rules) / sizeof(category_rules[0]))
_Static_assert(RULE_COUNT <= 64, "the words of the rules are one bit each");

// Words in names are set apart by underscores.
uint64_t category_words_of(StringView name) {
  uint64_t words = 0;
  for (size_t start = 0; start < name.length; start++) {
    if (start > 0 && name.data[start - 1] != '_') {
      continue;
    }
    StringView rest = string_view_slice(name, start, name.length);
    for (size_t i = 0; i < RULE_COUNT; i++) {
      const char *word = category_rules[i].word;
      size_t length = word && word[0] == rest.data[0] ? strlen(word) : 0;
      bool is_word = length > 0 && length <= rest.length && memcmp(rest.data, word, length) == 0 &&
                     (length == rest.length || rest.data[length] == '_');
      words |= is_word ? (uint64_t)1 << i : 0;
    }
  }
  return words;
}

static bool speaks_of_prohibited(const AnalysisBuild *build, const Definition *definition) {
  const AnalyzerOptions *options = build->options;
  StringView text = string_view_slice(build->text, definition->span.start, definition->span.end);
  for (size_t i = 0; options && i < options->prohibited_count; i++) {
    if (string_view_contains_word(text, options->prohibited[i])) {
      return true;
    }
  }
  return false;
}

static bool expects_error(const TestFacts *test) {
  size_t errors = 0;
  for (size_t i = 0; i < test->assertion_count; i++) {
    OracleKind oracle = test->assertions[i].rule->oracle;
    errors += oracle == ORACLE_RAISES || oracle == ORACLE_RAISES_MATCH;
  }
  return errors > 0 && 2 * errors >= test->assertion_count;
}

static bool rule_fits(const AnalysisBuild *build, size_t index, const TestFacts *test, const Facts *facts) {
  const CategoryRule *rule = &category_rules[index];
  switch (rule->kind) {
  case EVIDENCE_NAME: return facts->category_words >> index & 1;
  case EVIDENCE_TRAIT: return (facts->traits & rule->number) != 0;
  case EVIDENCE_ORACLE: return test->strongest == (OracleKind)rule->number;
  case EVIDENCE_ERROR: return expects_error(test);
  case EVIDENCE_PROPERTY: return test->is_property_based;
  case EVIDENCE_PROHIBITION: return speaks_of_prohibited(build, build_definition(build, test->definition));
  case EVIDENCE_ALWAYS: return true;
  }
  return false;
}

void test_classify(AnalysisBuild *build, TestFacts *test) {
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, test->definition, &start);
  StringView marker = relative_view(build->text, start, facts->marker);
  if (marker.data && category_from_name(marker, &test->category)) {
    test->category_confidence = 1;
    test->category_reason = "A marker names it.";
    return;
  }
  for (size_t i = 0; i < RULE_COUNT; i++) {
    if (rule_fits(build, i, test, facts)) {
      test->category = category_rules[i].category;
      test->category_confidence = category_rules[i].confidence;
      test->category_reason = category_rules[i].reason;
      return;
    }
  }
}
