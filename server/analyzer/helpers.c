// Who asserts for whom: functions of the same file that assert are helpers of those who name them, through any number
// of steps; helpers from elsewhere are trusted by their names or because they are inherited.

#include "server/analyzer/analysis_internal.h"

const Facts *definition_facts(const AnalysisBuild *build, uint32_t definition, uint32_t *ret_start) {
  const int *unit_index = vector_at(&build->unit_of, definition);
  const Unit *unit = vector_at(&build->units, (size_t)*unit_index);
  *ret_start = unit->start;
  return unit->facts;
}

static bool runs_in_test(const RawAssertion *assertion) {
  return !(assertion->place & PLACE_UNREACHABLE) && assertion->rule->oracle != ORACLE_NONE;
}

static const AssertionRule *strongest_rule(const Facts *facts) {
  const AssertionRule *best = facts->traits & TRAIT_ASSERTING ? assertion_rule(RULE_HELPER) : NULL;
  for (uint32_t i = 0; i < facts->assertion_count; i++) {
    const RawAssertion *assertion = &facts->assertions[i];
    if (runs_in_test(assertion) && (!best || assertion->rule->value > best->value)) {
      best = assertion->rule;
    }
  }
  return best;
}

static int same_name_after(const AnalysisBuild *build, int definition) {
  const int *next = vector_at(&build->next_same_name, (size_t)definition);
  return *next;
}

static void index_names(AnalysisBuild *build) {
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    const Definition *definition = build_definition(build, (uint32_t)i);
    bool is_new = false;
    MapValue *value = map_put(&build->definitions_by_name, definition->name, &is_new);
    int next = value && !is_new ? (int)value->number : -1;
    if (!value || !vector_push_copy(&build->next_same_name, &next)) {
      build->failed = true;
      return;
    }
    value->number = (int64_t)i;
  }
}

// Whether a name as written can mean the definition: `x.name` a method, `name` a function of the module or, in
// decorators, of the class.
static bool may_mean(const Definition *definition, const Definition *from, StringView dotted) {
  bool is_on_object = string_view_find_byte(dotted, '.') < dotted.length;
  if (definition->is_nested) {
    return false;
  }
  if (definition->kind == DEFINITION_CLASS) {
    return !is_on_object;
  }
  bool is_sibling = definition->parent >= 0 && definition->parent == from->parent;
  return is_on_object == (definition->kind == DEFINITION_METHOD) || (!is_on_object && is_sibling);
}

static void add_edges(AnalysisBuild *build, uint32_t from, uint32_t reference, StringView dotted) {
  MapValue *value = map_get(&build->definitions_by_name, last_part(dotted));
  HelperSummary *summary = vector_at(&build->summaries, from);
  for (int to = value ? (int)value->number : -1; to >= 0; to = same_name_after(build, to)) {
    if (to == (int)from || !may_mean(build_definition(build, (uint32_t)to), build_definition(build, from), dotted)) {
      continue;
    }
    HelperEdge edge = {to, summary->first_edge, reference};
    if (!vector_push_copy(&build->edges, &edge)) {
      build->failed = true;
      return;
    }
    summary->first_edge = (int)build->edges.count - 1;
  }
}

static void summarise(AnalysisBuild *build, uint32_t definition) {
  HelperSummary summary = {NULL, -1};
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, definition, &start);
  bool is_function = !build_definition(build, definition)->is_nested && facts->kind == FACTS_FUNCTION;
  summary.rule = is_function ? strongest_rule(facts) : NULL;
  if (!vector_push_copy(&build->summaries, &summary)) {
    build->failed = true;
    return;
  }
  for (uint32_t i = 0; is_function && i < facts->reference_count && !build->failed; i++) {
    add_edges(build, definition, i, relative_view(build->text, start, facts->references_made[i].name));
  }
}

// Using a class runs these.
static bool runs_with_class(StringView name) {
  return string_view_equal_text(name, "__init__") || string_view_equal_text(name, "__enter__") ||
         string_view_equal_text(name, "__exit__") || string_view_equal_text(name, "__aexit__") ||
         string_view_equal_text(name, "__call__");
}

static bool carry_to_class(AnalysisBuild *build, size_t method, const AssertionRule *rule) {
  const Definition *definition = build_definition(build, (uint32_t)method);
  if (!rule || definition->parent < 0 || definition->is_nested || !runs_with_class(definition->name)) {
    return false;
  }
  HelperSummary *class = vector_at(&build->summaries, (size_t)definition->parent);
  bool is_more = !class->rule || rule->value > class->rule->value;
  class->rule = is_more ? rule : class->rule;
  return is_more;
}

// A helper of a helper is a helper. Each round carries the knowledge one step on.
static bool carry_on(AnalysisBuild *build) {
  bool changed = false;
  for (size_t i = 0; i < build->summaries.count; i++) {
    HelperSummary *summary = vector_at(&build->summaries, i);
    for (int edge = summary->first_edge; edge >= 0;) {
      const HelperEdge *item = vector_at(&build->edges, (size_t)edge);
      const HelperSummary *target = vector_at(&build->summaries, (size_t)item->to);
      if (target->rule && (!summary->rule || target->rule->value > summary->rule->value)) {
        summary->rule = target->rule;
        changed = true;
      }
      edge = item->next;
    }
    changed = carry_to_class(build, i, summary->rule) || changed;
  }
  return changed;
}

#define ROUNDS_MAX 12  // steps from a test to the helper that asserts

void helpers_resolve(AnalysisBuild *build) {
  index_names(build);
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    summarise(build, (uint32_t)i);
  }
  for (int round = 0; round < ROUNDS_MAX && !build->failed && carry_on(build); round++) {
  }
}

static Assertion assertion_of(uint32_t start, Span span, const AssertionRule *rule, unsigned place) {
  return (Assertion){.span = {start + span.start, start + span.end},
                     .rule = rule,
                     .is_conditional = (place & (PLACE_CONDITIONAL | PLACE_LOOP)) != 0,
                     .is_swallowed = (place & PLACE_SWALLOWED) != 0,
                     .is_unreachable = (place & PLACE_UNREACHABLE) != 0};
}

typedef struct Collector {
  AnalysisBuild *build;
  const Facts *facts;
  const Definition *definition;
  uint32_t start;
  bool has_own;  // something in sight asserts
  Vector assertions;
} Collector;

static void collect(Collector *collector, Assertion assertion) {
  collector->has_own |= assertion.rule->oracle != ORACLE_NONE && !assertion.is_unreachable;
  collector->build->failed |= !vector_push_copy(&collector->assertions, &assertion);
}

static void collect_own(Collector *collector) {
  for (uint32_t i = 0; i < collector->facts->assertion_count; i++) {
    const RawAssertion *raw = &collector->facts->assertions[i];
    collect(collector, assertion_of(collector->start, raw->span, raw->rule, raw->place));
  }
}

static void collect_helpers(Collector *collector, const HelperSummary *summary) {
  uint32_t last = UINT32_MAX;
  for (int edge = summary->first_edge; edge >= 0;) {
    const HelperEdge *item = vector_at(&collector->build->edges, (size_t)edge);
    const HelperSummary *target = vector_at(&collector->build->summaries, (size_t)item->to);
    edge = item->next;
    if (!target->rule || item->reference == last) {
      continue;
    }
    last = item->reference;
    const RawReference *raw = &collector->facts->references_made[item->reference];
    Assertion assertion = assertion_of(collector->start, raw->span, target->rule, raw->place);
    assertion.is_from_helper = true;
    collect(collector, assertion);
  }
}

// What a TestCase itself offers and what asserts nothing.
static bool is_plain_testcase_method(StringView name) {
  static const char *const names[] = {"addCleanup",       "subTest",
                                      "skipTest",         "setUp",
                                      "tearDown",         "id",
                                      "enterContext",     "addTypeEqualityFunc",
                                      "shortDescription", "doCleanups",
                                      "countTestCases",   "enterAsyncContext",
                                      "addAsyncCleanup",  "addClassCleanup",
                                      "setUpClass"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (string_view_equal_text(name, names[i])) {
      return true;
    }
  }
  return false;
}

// A class whose bases are all known: then nothing it inherits can assert without our seeing it.
static bool inherits_unknown(const AnalysisBuild *build, int class_index, int depth) {
  if (class_index < 0 || depth > 16) {
    return false;
  }
  const Definition *class = build_definition(build, (uint32_t)class_index);
  for (size_t i = 0; i < class->base_count; i++) {
    StringView name = last_part(class->bases[i]);
    MapValue *value = map_get(&build->definitions_by_name, name);
    if (value && value->number != class_index) {
      if (inherits_unknown(build, (int)value->number, depth + 1)) {
        return true;
      }
    } else if (!string_view_equal_text(name, "TestCase") && !string_view_equal_text(name, "object") &&
               !string_view_equal_text(name, "IsolatedAsyncioTestCase")) {
      return true;
    }
  }
  return false;
}

static bool is_inherited_call(const Collector *collector, StringView dotted) {
  StringView name = last_part(dotted);
  bool is_own = string_view_starts_with(dotted, SV("self.")) || string_view_starts_with(dotted, SV("cls."));
  bool is_super = string_view_starts_with(dotted, SV(".")) || string_view_starts_with(dotted, SV("super"));
  bool is_direct = is_own && string_view_find_byte(dotted, '.') + 1 + name.length == dotted.length;
  if ((!is_direct && !(is_super && string_view_equal(name, collector->definition->name))) ||
      is_plain_testcase_method(name)) {
    return false;
  }
  return inherits_unknown(collector->build, collector->definition->parent, 0);
}

// `eq = self.assertEqual`: the assertion goes by another name from here on.
static const CallRow *aliased_row(const RawReference *raw, StringView dotted) {
  StringView name = last_part(dotted);
  const CallRow *row = raw->flags & REFERENCE_CALL || name.length == dotted.length ? NULL : call_row_find(name);
  bool is_mock = string_view_starts_with(name, SV("assert_")) && name.length > SV("assert_").length;
  return row && !is_mock && string_view_starts_with(name, SV("assert")) ? row : NULL;
}

// `eq = self.ndiffAssertEqual`: likewise, with an assertion of somebody's own.
static bool is_aliased_helper(const RawReference *raw, StringView dotted) {
  return !(raw->flags & REFERENCE_CALL) && string_view_starts_with(dotted, SV("self.")) &&
         string_view_contains(dotted, SV("ssert")) && name_is_asserting_helper(last_part(dotted)) &&
         !call_row_find(last_part(dotted));
}

static bool is_trusted(const Collector *collector, const RawReference *raw, StringView dotted) {
  StringView name = last_part(dotted);
  bool is_generator = (collector->facts->traits & TRAIT_GENERATOR) != 0;
  if (raw->place & PLACE_UNREACHABLE || (!(raw->flags & REFERENCE_CALL) && !is_generator)) {
    return false;
  }
  MapValue *value = map_get(&collector->build->definitions_by_name, name);
  if (value && !build_definition(collector->build, (uint32_t)value->number)->is_nested) {
    return false;
  }
  const CallRow *row = call_row_find(name);
  bool is_on_object = name.length < dotted.length;
  if (row && (row->qualifier == QUALIFIER_ANY || is_on_object)) {
    return false;
  }
  // `check_bidi` may be a subject's own name: only "assert" in a name is beyond doubt. The others are taken for helpers
  // where nothing else asserts.
  bool is_certain = string_view_contains(name, SV("ssert")) && name_is_asserting_helper(name);
  bool is_given_self = raw->flags & REFERENCE_GIVES_SELF && !string_view_equal_text(name, "isinstance");
  return is_certain || (!collector->has_own &&
                        (name_is_asserting_helper(name) || is_given_self || is_inherited_call(collector, dotted)));
}

static void collect_trusted(Collector *collector) {
  bool has_own = collector->has_own;
  for (uint32_t i = 0; i < collector->facts->reference_count; i++) {
    const RawReference *raw = &collector->facts->references_made[i];
    StringView dotted = relative_view(collector->build->text, collector->start, raw->name);
    const CallRow *row = aliased_row(raw, dotted);
    if (row || is_aliased_helper(raw, dotted) || is_trusted(collector, raw, dotted)) {
      const AssertionRule *rule = assertion_rule(row ? row->rule : RULE_HELPER);
      Assertion assertion = assertion_of(collector->start, raw->span, rule, raw->place);
      assertion.is_from_helper = true;
      collect(collector, assertion);
      collector->has_own = has_own;
    }
  }
}

static int compare_assertions(const void *left, const void *right) {
  const Assertion *a = left;
  const Assertion *b = right;
  return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

#define ASSERTIONS_MAX 100000u

void tests_collect_assertions(AnalysisBuild *build, TestFacts *test) {
  Collector collector = {.build = build, .definition = build_definition(build, test->definition)};
  collector.facts = definition_facts(build, test->definition, &collector.start);
  vector_init(&collector.assertions, sizeof(Assertion), ASSERTIONS_MAX);
  collect_own(&collector);
  collect_helpers(&collector, vector_at(&build->summaries, test->definition));
  collect_trusted(&collector);
  vector_sort(&collector.assertions, compare_assertions);
  test->assertions = vector_to_arena(&collector.assertions, &build->analysis->arena, &test->assertion_count);
  build->failed |= collector.assertions.count > 0 && !test->assertions;
  vector_finish(&collector.assertions);
}
