// The findings of one file: those that each statement brings along, and those that need the file as a whole.

#include "server/analyzer/analysis_internal.h"

#include <stdarg.h>

Finding *findings_add(AnalysisBuild *build, DiagnosticCode code, Span span, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  StringView message = arena_format_arguments(&build->analysis->arena, format, arguments);
  va_end(arguments);
  Finding *finding = message.data ? vector_push(&build->findings) : NULL;
  if (!finding) {
    build->failed = true;
    return NULL;
  }
  finding->code = code;
  finding->span = span;
  finding->message = message.data;
  return finding;
}

static void add_raw(AnalysisBuild *build, const Unit *unit, const RawFinding *raw) {
  Finding *finding = vector_push(&build->findings);
  if (!finding) {
    build->failed = true;
    return;
  }
  finding->code = raw->code;
  finding->span = moved(unit->start, raw->span);
  finding->message = unit->facts->strings + raw->message;
  finding->fix = raw->fix;
  finding->fix_text = raw->fix_text ? unit->facts->strings + raw->fix_text : NULL;
  finding->fix_span = raw->fix ? moved(unit->start, raw->fix_span) : (Span){0};
}

// Outside test files only what cannot be parsed is said.
static void add_raw_findings(AnalysisBuild *build) {
  for (size_t i = 0; i < build->units.count && !build->failed; i++) {
    const Unit *unit = vector_at(&build->units, i);
    for (uint32_t j = 0; j < unit->facts->finding_count; j++) {
      const RawFinding *raw = &unit->facts->findings[j];
      if (build->analysis->is_test_file || raw->code == DIAGNOSTIC_SYNTAX_ERROR) {
        add_raw(build, unit, raw);
      }
    }
  }
}

static uint32_t traits_of(const AnalysisBuild *build, uint32_t definition) {
  uint32_t start = 0;
  return definition_facts(build, definition, &start)->traits;
}

static void report_duplicate(AnalysisBuild *build, const Definition *hidden, const Definition *later) {
  Finding *finding = findings_add(build, DIAGNOSTIC_DUPLICATE_TEST_NAME, hidden->name_span,
                                  "`%.*s` never runs: a later definition of the same name replaces it",
                                  SV_ARGUMENTS(hidden->qualified_name));
  StringView renamed = arena_format(&build->analysis->arena, "%.*s_2", SV_ARGUMENTS(hidden->name));
  if (!finding || !renamed.data) {
    build->failed = true;
    return;
  }
  finding->related = later->name_span;
  finding->related_message = "The definition that replaces it";
  finding->fix = "Rename the hidden test";
  finding->fix_text = renamed.data;
  finding->fix_span = hidden->name_span;
}

// True when both stand in one block: definitions in the arms of an if are alternatives, not duplicates.
static bool stand_in_one_block(const AnalysisBuild *build, const Definition *first, const Definition *second) {
  StringView text = build->text;
  uint32_t columns[2] = {0, 0};
  const Definition *both[2] = {first, second};
  for (int i = 0; i < 2; i++) {
    uint32_t start = both[i]->span.start;
    while (start > 0 && text.data[start - 1] != '\n' && text.data[start - 1] != '\r') {
      start--;
      columns[i]++;
    }
  }
  for (uint32_t i = first->span.end; i < second->span.start && columns[0] > 0; i++) {
    // A line between them that is indented less than they are ends the block.
    bool starts_line = i > 0 && text.data[i - 1] == '\n';
    uint32_t indent = 0;
    while (starts_line && i + indent < second->span.start &&
           (text.data[i + indent] == ' ' || text.data[i + indent] == '\t')) {
      indent++;
    }
    char next = text.data[i + indent];
    if (starts_line && indent < columns[0] && next != '\n' && next != '\r' && next != '#') {
      return false;
    }
  }
  return columns[0] == columns[1];
}

void findings_duplicates(AnalysisBuild *build) {
  for (size_t i = 0; i < build->tests.count && !build->failed; i++) {
    const TestFacts *test = vector_at(&build->tests, i);
    const Definition *own = build_definition(build, test->definition);
    bool has_later = *(const bool *)vector_at(&build->has_later, test->definition);
    int other = has_later ? scope_find(build, own->parent, own->name) : -1;
    for (; other > (int)test->definition; other = scope_next(build, other)) {
      const Definition *later = build_definition(build, (uint32_t)other);
      if (!later->is_nested && stand_in_one_block(build, own, later) &&
          !(traits_of(build, (uint32_t)other) & TRAIT_OVERLOAD)) {
        report_duplicate(build, own, later);
        break;
      }
    }
  }
}

// Tests that switch an inherited test off, or only skip, are empty on purpose.
static bool is_empty_on_purpose(const AnalysisBuild *build, const TestFacts *test) {
  const Definition *definition = build_definition(build, test->definition);
  uint32_t traits = traits_of(build, test->definition);
  if (traits & TRAIT_GENERATOR) {
    return true;  // pytest 4 and later do not run it
  }
  if (traits & TRAIT_STUB) {
    const Definition *class = definition->parent >= 0 ? build_definition(build, (uint32_t)definition->parent) : NULL;
    return test->is_skipped || (class && class->base_count > 1);
  }
  for (size_t i = 0; i < definition->reference_count; i++) {
    StringView name = last_part(definition->references[i].name);
    if (string_view_equal_text(name, "skipTest") || string_view_equal_text(name, "skip") ||
        string_view_equal_text(name, "SkipTest") || string_view_equal_text(name, "benchmark")) {
      return true;
    }
  }
  return test->is_skipped;
}

static bool every_assertion(const TestFacts *test, bool (*fits)(const Assertion *)) {
  for (size_t i = 0; i < test->assertion_count; i++) {
    if (!fits(&test->assertions[i])) {
      return false;
    }
  }
  return test->assertion_count > 0;
}

static bool is_conditional(const Assertion *assertion) {
  return assertion->is_conditional;
}

static bool has_raw_finding(const Facts *facts, DiagnosticCode code) {
  for (uint32_t i = 0; i < facts->finding_count; i++) {
    if (facts->findings[i].code == code) {
      return true;
    }
  }
  return false;
}

static void report_no_assertion(AnalysisBuild *build, const TestFacts *test, const Definition *definition) {
  if (!is_empty_on_purpose(build, test)) {
    findings_add(build, DIAGNOSTIC_NO_ASSERTION, definition->name_span,
                 "`%.*s` asserts nothing: it passes whatever the code returns",
                 SV_ARGUMENTS(definition->qualified_name));
  }
}

// Loops are left to the strength: a table that happens to be empty is rare, and a finding at every loop would be noise.
static void report_conditional(AnalysisBuild *build, const TestFacts *test, const Definition *definition) {
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, test->definition, &start);
  bool is_in_branch = facts->assertion_count > 0 && every_assertion(test, is_conditional);
  for (uint32_t i = 0; i < facts->assertion_count; i++) {
    is_in_branch = is_in_branch && facts->assertions[i].place & PLACE_CONDITIONAL;
  }
  if (is_in_branch) {
    findings_add(build, DIAGNOSTIC_CONDITIONAL_ASSERTION, test->assertions[0].span,
                 "Every assertion of `%.*s` stands in a branch that may not run; then the test passes without checking",
                 SV_ARGUMENTS(definition->qualified_name));
  }
}

// What a more exact finding says already, or what rot took.
static bool weakness_is_said(const AnalysisBuild *build, const TestFacts *test) {
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, test->definition, &start);
  static const DiagnosticCode codes[] = {DIAGNOSTIC_TAUTOLOGY, DIAGNOSTIC_ASSERT_ON_TUPLE,
                                         DIAGNOSTIC_MISSPELT_MOCK_ASSERTION, DIAGNOSTIC_RAISES_TOO_BROAD};
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    if (has_raw_finding(facts, codes[i])) {
      return true;
    }
  }
  return test->part_count == 0 || test->parts[0].points > 50;
}

static void report_strength(AnalysisBuild *build, const TestFacts *test) {
  const Definition *definition = build_definition(build, test->definition);
  if (test->assertion_count == 0) {
    report_no_assertion(build, test, definition);
    return;
  }
  report_conditional(build, test, definition);
  if (test->strength > 0 && test->strength <= 50 && !weakness_is_said(build, test)) {
    findings_add(build, DIAGNOSTIC_WEAK_ASSERTION, test->parts[0].span,
                 "`%.*s` has strength %d of 100. %s Assert the exact value", SV_ARGUMENTS(definition->qualified_name),
                 test->strength, test->parts[0].explanation);
  }
}

// A decorator may use what the test returns.
static bool is_decorated_by_others(const Definition *definition) {
  for (size_t i = 0; i < definition->decorator_count; i++) {
    StringView decorator = definition->decorators[i];
    if (!string_view_starts_with(decorator, SV("pytest.")) && !string_view_starts_with(decorator, SV("unittest."))) {
      return true;
    }
  }
  return false;
}

static void report_return(AnalysisBuild *build, const TestFacts *test) {
  const Definition *definition = build_definition(build, test->definition);
  bool returns = (traits_of(build, test->definition) & (TRAIT_RETURNS | TRAIT_GENERATOR)) == TRAIT_RETURNS;
  if (returns && !is_decorated_by_others(definition)) {
    findings_add(build, DIAGNOSTIC_RETURN_IN_TEST, definition->name_span,
                 "`%.*s` returns a value that nobody checks; did you mean assert?",
                 SV_ARGUMENTS(definition->qualified_name));
  }
}

// An async function of the same file that a bare name or self.name surely means.
static const Definition *async_target(const AnalysisBuild *build, const TestFacts *test, StringView dotted) {
  StringView name = last_part(dotted);
  bool is_own = string_view_starts_with(dotted, SV("self.")) && name.length + 5 == dotted.length;
  if (name.length != dotted.length && !is_own) {
    return NULL;
  }
  MapValue *value = map_get(&build->definitions_by_name, name);
  for (int i = value ? (int)value->number : -1; i >= 0;) {
    const Definition *definition = build_definition(build, (uint32_t)i);
    const int *next = vector_at(&build->next_same_name, (size_t)i);
    int class = build_definition(build, test->definition)->parent;
    bool is_meant = is_own ? definition->parent == class && definition->kind == DEFINITION_METHOD
                           : definition->parent == (int)test->definition || (definition->parent < 0 && *next < 0);
    if (is_meant && definition->is_async && definition->kind != DEFINITION_CLASS) {
      return definition;
    }
    i = *next;
  }
  return NULL;
}

static void report_missing_await(AnalysisBuild *build, const TestFacts *test) {
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, test->definition, &start);
  for (uint32_t i = 0; i < facts->reference_count && !build->failed; i++) {
    const RawReference *raw = &facts->references_made[i];
    if (!(raw->flags & REFERENCE_STATEMENT)) {
      continue;
    }
    StringView dotted = relative_view(build->text, start, raw->name);
    const Definition *target = async_target(build, test, dotted);
    if (!target) {
      continue;
    }
    Span span = moved(start, raw->span);
    Finding *finding =
        findings_add(build, DIAGNOSTIC_MISSING_AWAIT, span,
                     "`%.*s` is a coroutine function: without await, nothing of it runs", SV_ARGUMENTS(dotted));
    if (finding) {
      finding->related = target->name_span;
      finding->related_message = "The coroutine function";
      finding->fix = "Add await";
      finding->fix_text = "await ";
      finding->fix_span = (Span){span.start, span.start};
    }
  }
}

static int compare_findings(const void *left, const void *right) {
  const Finding *a = left;
  const Finding *b = right;
  if (a->span.start != b->span.start) {
    return a->span.start < b->span.start ? -1 : 1;
  }
  return a->code < b->code ? -1 : a->code > b->code;
}

#define REGION_GAP 200  // bytes between two holes that are told as one

// The parser may leave several holes where one thing is wrong: one finding per region, and none for a hole that only
// encloses others.
static void join_syntax_errors(AnalysisBuild *build) {
  size_t kept = 0;
  Finding *last = NULL;
  for (size_t i = 0; i < build->findings.count; i++) {
    Finding finding = *(Finding *)vector_at(&build->findings, i);
    if (finding.code == DIAGNOSTIC_SYNTAX_ERROR && last && finding.span.start <= last->span.end) {
      last->span = finding.span.start > last->span.start ? finding.span : last->span;
      continue;
    }
    if (finding.code == DIAGNOSTIC_SYNTAX_ERROR && last && finding.span.start < last->span.end + REGION_GAP) {
      continue;
    }
    Finding *slot = vector_at(&build->findings, kept++);
    *slot = finding;
    last = finding.code == DIAGNOSTIC_SYNTAX_ERROR ? slot : last;
  }
  vector_truncate(&build->findings, kept);
}

void findings_collect(AnalysisBuild *build) {
  add_raw_findings(build);
  for (size_t i = 0; i < build->tests.count && !build->failed; i++) {
    const TestFacts *test = vector_at(&build->tests, i);
    report_strength(build, test);
    report_return(build, test);
    report_missing_await(build, test);
  }
  vector_sort(&build->findings, compare_findings);
  join_syntax_errors(build);
}
