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

static StringView scope_view(const BuildScope *scope) {
  return (StringView){(const char *)scope, sizeof *scope};
}

static int number_at(const Vector *numbers, size_t index) {
  return *(const int *)vector_at(numbers, index);
}

int scope_find(const AnalysisBuild *build, int parent, StringView name) {
  const MapValue *last = map_get(&build->definitions_by_name, name);
  BuildScope scope = {parent, last ? (int)last->number : -1};
  const MapValue *value = last ? map_get(&build->definitions_by_scope, scope_view(&scope)) : NULL;
  return value ? (int)value->number : -1;
}

int scope_next(const AnalysisBuild *build, int definition) {
  return number_at(&build->next_in_scope, (size_t)definition);
}

// The chain of each name: from its last definition back to its first.
static void index_names(AnalysisBuild *build) {
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    bool is_new = false;
    MapValue *value = map_put(&build->definitions_by_name, build_definition(build, (uint32_t)i)->name, &is_new);
    int next = value && !is_new ? (int)value->number : -1;
    build->failed |= !value || !vector_push_copy(&build->next_same_name, &next);
    if (value) {
      value->number = (int64_t)i;
    }
  }
}

static void index_scopes(AnalysisBuild *build) {
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    const Definition *definition = build_definition(build, (uint32_t)i);
    int last = (int)map_get(&build->definitions_by_name, definition->name)->number;
    BuildScope scope = {definition->parent, last};
    const AssertionRule *none = NULL;
    build->failed |= !vector_push_copy(&build->name_of, &last) || !vector_push_copy(&build->scopes, &scope) ||
                     !vector_push_copy(&build->method_rules, &none) || !vector_push(&build->has_later);
  }
  // The keys of the map lie in the vector, which grows no more.
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    bool is_new = false;
    MapValue *value = map_put(&build->definitions_by_scope, scope_view(vector_at(&build->scopes, i)), &is_new);
    int next = value && !is_new ? (int)value->number : -1;
    build->failed |= !value || !vector_push_copy(&build->next_in_scope, &next);
    if (next >= 0) {
      *(bool *)vector_at(&build->has_later, (size_t)next) = true;
    }
    if (value) {
      value->number = (int64_t)i;
    }
  }
}

static void add_edge(AnalysisBuild *build, uint32_t from, HelperEdge edge) {
  HelperSummary *summary = vector_at(&build->summaries, from);
  edge.next = summary->first_edge;
  summary->first_edge = (int)build->edges.count;
  build->failed |= !vector_push_copy(&build->edges, &edge);
}

static bool add_scope_edges(AnalysisBuild *build, uint32_t from, uint32_t reference, int scope, StringView name) {
  bool is_known = false;
  for (int to = scope_find(build, scope, name); to >= 0 && !build->failed; to = scope_next(build, to)) {
    if (to != (int)from && !build_definition(build, (uint32_t)to)->is_nested) {
      add_edge(build, from, (HelperEdge){.to = to, .reference = reference});
      is_known = true;
    }
  }
  return is_known;
}

// What a name as written can mean: `name` something of the module or, in decorators, of the class; `self.name` a method
// of the class; `x.name` any method, for nobody knows the class of x.
static void add_edges(AnalysisBuild *build, uint32_t from, uint32_t reference, StringView dotted) {
  const MapValue *value = map_get(&build->definitions_by_name, last_part(dotted));
  if (!value) {
    return;
  }
  int class = build_definition(build, from)->parent;
  StringView name = last_part(dotted);
  if (string_view_find_byte(dotted, '.') == dotted.length) {
    add_scope_edges(build, from, reference, -1, name);
    if (class >= 0) {
      add_scope_edges(build, from, reference, class, name);
    }
    return;
  }
  bool is_own = name.length + 5 == dotted.length && string_view_starts_with(dotted, SV("self."));
  if (!is_own || class < 0 || !add_scope_edges(build, from, reference, class, name)) {
    add_edge(build, from, (HelperEdge){.to = (int)value->number, .is_any_method = true, .reference = reference});
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

// What following an edge leads to; NULL: nothing that asserts.
static const AssertionRule *edge_rule(const AnalysisBuild *build, const HelperEdge *edge) {
  if (edge->is_any_method) {
    return *(const AssertionRule **)vector_at(&build->method_rules, (size_t)edge->to);
  }
  return ((const HelperSummary *)vector_at(&build->summaries, (size_t)edge->to))->rule;
}

// To whoever calls a method of that name on an object.
static bool carry_to_name(AnalysisBuild *build, size_t method, const AssertionRule *rule) {
  const Definition *definition = build_definition(build, (uint32_t)method);
  const AssertionRule **known = vector_at(&build->method_rules, (size_t)number_at(&build->name_of, method));
  if (!rule || definition->kind != DEFINITION_METHOD || definition->is_nested ||
      (*known && rule->value <= (*known)->value)) {
    return false;
  }
  *known = rule;
  return true;
}

// A helper of a helper is a helper. Each round carries the knowledge one step on.
static bool carry_on(AnalysisBuild *build) {
  bool changed = false;
  for (size_t i = 0; i < build->summaries.count; i++) {
    HelperSummary *summary = vector_at(&build->summaries, i);
    for (int edge = summary->first_edge; edge >= 0;) {
      const HelperEdge *item = vector_at(&build->edges, (size_t)edge);
      const AssertionRule *rule = edge_rule(build, item);
      if (rule && (!summary->rule || rule->value > summary->rule->value)) {
        summary->rule = rule;
        changed = true;
      }
      edge = item->next;
    }
    changed = carry_to_name(build, i, summary->rule) || changed;
    changed = carry_to_class(build, i, summary->rule) || changed;
  }
  return changed;
}

#define ROUNDS_MAX 12  // steps from a test to the helper that asserts

void helpers_resolve(AnalysisBuild *build) {
  index_names(build);
  index_scopes(build);
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
    const AssertionRule *rule = edge_rule(collector->build, item);
    edge = item->next;
    if (!rule || item->reference == last) {
      continue;
    }
    last = item->reference;
    const RawReference *raw = &collector->facts->references_made[item->reference];
    Assertion assertion = assertion_of(collector->start, raw->span, rule, raw->place);
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
