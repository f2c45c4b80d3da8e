// The strength of a test, 0-100, with the parts that it is made of: the value of the strongest oracle, raised by
// further independent ones, lowered by rot. The points of the parts add up to the strength.
//
// Source: the design's "Assertion strength"; the bands 0-20, 21-50, 51-80, 81-100.

#include "server/analyzer/analysis_internal.h"

#define PARTS_MAX 32
#define WEAK_MAX 50           // however many weak oracles stay a weak test
#define BEHAVIOUR_MAX 80      // one or two facts, however exact
#define COMPREHENSIVE_MIN 81  // three exact and independent facts are comprehensive
#define EXACT_FACTS 3

// What each further independent oracle adds: less and less.
static const int raises[] = {6, 4, 3, 2, 1};
#define RAISE_COUNT (sizeof(raises) / sizeof(raises[0]))

// X(NAME, "code", points, "explanation")
#define ROT_PARTS(X) \
  X(CONDITIONAL, "rot-conditional", -15, "Its assertions stand in branches or loops that may not run.") \
  X(SWALLOWED, "rot-swallowed", -40, "A handler around the assertions catches their failure.") \
  X(SHADOWED, "rot-shadowed", -100, "A later definition of the same name replaces the test: it never runs.") \
  X(SKIPPED, "rot-skipped", -10, "The test is skipped without a reason.")

typedef enum RotPart {
#define X(name, code, points, explanation) ROT_##name,
  ROT_PARTS(X)
#undef X
      ROT_COUNT
} RotPart;

static const StrengthPart rot_parts[] = {
#define X(name, code, points, explanation) {code, explanation, points, {0, 0}},
    ROT_PARTS(X)
#undef X
};

typedef struct Strength {
  StrengthPart parts[PARTS_MAX];
  size_t count;
  int total;
} Strength;

static void add_part(Strength *strength, const char *code, const char *explanation, int points, Span span) {
  if (points != 0 && strength->count < PARTS_MAX) {
    strength->parts[strength->count++] = (StrengthPart){code, explanation, points, span};
    strength->total += points;
  }
}

static void add_rot(Strength *strength, RotPart rot, Span span) {
  int points = rot_parts[rot].points;
  int floor = -strength->total;
  add_part(strength, rot_parts[rot].code, rot_parts[rot].explanation, points < floor ? floor : points, span);
}

static bool counts(const Assertion *assertion) {
  return !assertion->is_unreachable;
}

// The best that surely runs; one that may not run only when there is no other.
static const Assertion *strongest(const TestFacts *test) {
  const Assertion *best = NULL;
  for (size_t i = 0; i < test->assertion_count; i++) {
    const Assertion *assertion = &test->assertions[i];
    int penalty = assertion->is_swallowed ? 40 : assertion->is_conditional ? 15 : 0;
    int best_penalty = !best ? 0 : best->is_swallowed ? 40 : best->is_conditional ? 15 : 0;
    if (counts(assertion) && (!best || assertion->rule->value - penalty > best->rule->value - best_penalty)) {
      best = assertion;
    }
  }
  return best;
}

static bool is_exact(const Assertion *assertion) {
  switch (assertion->rule->oracle) {
  case ORACLE_EXACT:
  case ORACLE_RAISES_MATCH:
  case ORACLE_PROPERTY: return true;
  case ORACLE_INTERACTION: return assertion->rule->value >= 60;
  default: return false;
  }
}

static StringView text_of(const AnalysisBuild *build, Span span) {
  return string_view_slice(build->text, span.start, span.end);
}

// The same text checks the same thing again.
static bool is_repeated(const AnalysisBuild *build, const TestFacts *test, size_t index) {
  for (size_t i = 0; i < index; i++) {
    if (counts(&test->assertions[i]) && test->assertions[i].rule == test->assertions[index].rule &&
        string_view_equal(text_of(build, test->assertions[i].span), text_of(build, test->assertions[index].span))) {
      return true;
    }
  }
  return false;
}

#define LOOKED_AT_MAX 40  // assertions; more do not change the number

static void add_further(const AnalysisBuild *build, const TestFacts *test, const Assertion *best, Strength *strength,
                        int *ret_exact) {
  size_t further = 0;
  *ret_exact = is_exact(best);
  for (size_t i = 0; i < test->assertion_count && i < LOOKED_AT_MAX; i++) {
    const Assertion *assertion = &test->assertions[i];
    if (assertion == best || !counts(assertion) || assertion->is_swallowed || assertion->rule->oracle == ORACLE_NONE ||
        is_repeated(build, test, i)) {
      continue;
    }
    *ret_exact += is_exact(assertion);
    if (further < RAISE_COUNT) {
      add_part(strength, "further-oracle", "A further independent fact is checked.", raises[further], assertion->span);
    }
    further++;
  }
}

static void limit(Strength *strength, int maximum, const char *explanation, Span span) {
  if (strength->total > maximum) {
    add_part(strength, "limit", explanation, maximum - strength->total, span);
  }
}

static void add_breadth(const TestFacts *test, const Assertion *best, int exact, Strength *strength) {
  bool is_parametrised = test->parameter_sets >= EXACT_FACTS && exact > 0;
  if (is_parametrised) {
    add_part(strength, "parameter-sets", "The facts are checked for several sets of parameters.", 6, best->span);
  }
  bool is_comprehensive = exact >= EXACT_FACTS || (is_parametrised && best->rule->value >= 70);
  int missing = COMPREHENSIVE_MIN - strength->total;
  if (is_comprehensive && missing > 0 && is_exact(best)) {
    add_part(strength, "several-exact-facts", "Three or more exact facts are checked independently.", missing,
             best->span);
  }
  if (!is_comprehensive && strength->parts[0].points <= BEHAVIOUR_MAX) {
    limit(strength, BEHAVIOUR_MAX, "It takes three exact facts to be comprehensive.", best->span);
  }
  limit(strength, 100, "More than everything is not possible.", best->span);
}

static void limit_weak(const Assertion *best, Strength *strength) {
  if (best->rule->oracle == ORACLE_NONE) {
    limit(strength, best->rule->value, "Nothing in the test can fail.", best->span);
  } else if (best->rule->value <= WEAK_MAX) {
    limit(strength, WEAK_MAX, "Weak oracles together stay weak.", best->span);
  }
}

static bool is_shadowed(const AnalysisBuild *build, const TestFacts *test) {
  const Definition *own = build_definition(build, test->definition);
  for (size_t i = 0; i < build->findings.count; i++) {
    const Finding *finding = vector_at(&build->findings, i);
    if (finding->code == DIAGNOSTIC_DUPLICATE_TEST_NAME && finding->span.start == own->name_span.start) {
      return true;
    }
  }
  return false;
}

static void add_rots(AnalysisBuild *build, const TestFacts *test, const Assertion *best, Strength *strength) {
  Span name = build_definition(build, test->definition)->name_span;
  if (best->is_conditional) {
    add_rot(strength, ROT_CONDITIONAL, best->span);
  }
  if (best->is_swallowed) {
    add_rot(strength, ROT_SWALLOWED, best->span);
  }
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, test->definition, &start);
  for (uint32_t i = 0; i < facts->finding_count; i++) {
    if (facts->findings[i].code == DIAGNOSTIC_SKIP_WITHOUT_REASON) {
      add_rot(strength, ROT_SKIPPED, name);
      break;
    }
  }
  if (test->is_shadowed) {
    add_rot(strength, ROT_SHADOWED, name);
  }
}

// Over generated inputs, any relation that holds for all of them is a property.
static const AssertionRule *rule_of(const TestFacts *test, const Assertion *best) {
  bool is_property = test->is_property_based && best->rule->oracle >= ORACLE_EXACT;
  return is_property && best->rule->value >= 45 ? assertion_rule(RULE_PROPERTY) : best->rule;
}

static void finish(AnalysisBuild *build, TestFacts *test, const Strength *strength) {
  test->strength = strength->total < 0 ? 0 : strength->total > 100 ? 100 : strength->total;
  test->band = band_of_strength(test->strength);
  StrengthPart *parts = arena_allocate_array(&build->analysis->arena, strength->count, sizeof(*parts));
  if (!parts) {
    build->failed = true;
    return;
  }
  for (size_t i = 0; i < strength->count; i++) {
    parts[i] = strength->parts[i];
  }
  test->parts = parts;
  test->part_count = strength->count;
}

void test_measure_strength(AnalysisBuild *build, TestFacts *test) {
  Strength strength = {.count = 0};
  const Assertion *best = strongest(test);
  test->strongest = ORACLE_NONE;
  test->is_shadowed = is_shadowed(build, test);
  if (best) {
    const AssertionRule *rule = rule_of(test, best);
    int exact = 0;
    test->strongest = rule->oracle;
    add_part(&strength, rule->code, rule->explanation, rule->value, best->span);
    add_further(build, test, best, &strength, &exact);
    limit_weak(best, &strength);
    add_breadth(test, best, exact, &strength);
    add_rots(build, test, best, &strength);
  }
  finish(build, test, &strength);
}
