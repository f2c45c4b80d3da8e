// Leads that need the whole workspace: functions that no test reaches, comparisons that no test comes near, subjects
// whose tests are examples only. A wrong lead costs more than a missing one, so each is said only where nothing speaks
// against it.

#include "server/analyzer/workspace_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

typedef struct LeadMaker {
  WorkspaceIndex *index;
  IndexedFile *file;
  Arena *arena;
  Vector findings;
  bool failed;
} LeadMaker;

// --- What tests reach ---

typedef struct Reach {
  WorkspaceIndex *index;
  Vector queue;  // name numbers
  Vector places;
  bool failed;
} Reach;

typedef struct Place {
  IndexedFile *file;
  uint32_t definition;
  uint32_t next;  // index + 1
} Place;

#define NAMES_MAX (64u << 20)

static void reach_name(Reach *reach, uint32_t name) {
  bool *flag = vector_at(&reach->index->reached, name);
  if (!*flag) {
    *flag = true;
    reach->failed |= !vector_push_copy(&reach->queue, &name);
  }
}

static void reach_names(Reach *reach, const uint32_t *names, uint32_t start, uint32_t end) {
  for (uint32_t i = start; i < end && !reach->failed; i++) {
    reach_name(reach, names[i]);
  }
}

static bool is_special(StringView name) {
  return string_view_starts_with(name, SV("__")) && string_view_ends_with(name, SV("__"));
}

// A class that is reached is made, compared and printed: its special methods are reached with it.
static void reach_special_methods(Reach *reach, const IndexedFile *file, uint32_t class) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  for (size_t i = class + 1; i < count && definitions[i].span.start < definitions[class].span.end; i++) {
    if (definitions[i].parent == (int)class && is_special(definitions[i].name)) {
      reach_names(reach, file->names, file->starts[i], file->starts[i + 1]);
    }
  }
}

static bool place_definitions(Reach *reach, Vector *first) {
  for (size_t i = 0; i < reach->index->files.count; i++) {
    IndexedFile *file = *(IndexedFile **)vector_at(&reach->index->files, i);
    size_t count = 0;
    analysis_definitions(file->analysis, &count);
    for (uint32_t j = 0; j < count; j++) {
      uint32_t *head = vector_at(first, file->name_of[j]);
      Place place = {file, j, *head};
      if (!vector_push_copy(&reach->places, &place)) {
        return false;
      }
      *head = (uint32_t)reach->places.count;
    }
  }
  return true;
}

static void reach_from_tests(Reach *reach) {
  for (size_t i = 0; i < reach->index->files.count; i++) {
    const IndexedFile *file = *(IndexedFile **)vector_at(&reach->index->files, i);
    size_t count = 0;
    analysis_definitions(file->analysis, &count);
    // What a module does when it is imported is reached with it, in every file: decorators register, tables hold
    // functions.
    reach_names(reach, file->module_names, 0, file->module_name_count);
    if (file->is_test_side) {
      size_t tests = 0;
      analysis_tests(file->analysis, &tests);
      reach->index->has_tests = reach->index->has_tests || tests > 0;
      reach_names(reach, file->names, 0, count ? file->starts[count] : 0);
    }
  }
}

static void reach_follow(Reach *reach, const Vector *first) {
  for (size_t next = 0; next < reach->queue.count && !reach->failed; next++) {
    uint32_t name = *(uint32_t *)vector_at(&reach->queue, next);
    for (uint32_t place = *(uint32_t *)vector_at(first, name); place > 0;) {
      const Place *item = vector_at(&reach->places, place - 1);
      const Definition *definition = NULL;
      size_t count = 0;
      definition = &analysis_definitions(item->file->analysis, &count)[item->definition];
      reach_names(reach, item->file->names, item->file->starts[item->definition],
                  item->file->starts[item->definition + 1]);
      if (definition->kind == DEFINITION_CLASS) {
        reach_special_methods(reach, item->file, item->definition);
      }
      place = item->next;
    }
  }
}

static bool fill_zero(Vector *vector, size_t count) {
  vector_truncate(vector, 0);
  for (size_t i = 0; i < count; i++) {
    if (!vector_push(vector)) {
      return false;
    }
  }
  return true;
}

bool reach_refresh(WorkspaceIndex *index) {
  if (!index->reach_is_stale) {
    return true;
  }
  Reach reach = {.index = index};
  Vector first;
  vector_init(&first, sizeof(uint32_t), NAMES_MAX);
  vector_init(&reach.queue, sizeof(uint32_t), NAMES_MAX);
  vector_init(&reach.places, sizeof(Place), NAMES_MAX);
  index->has_tests = false;
  bool is_ready = fill_zero(&index->reached, (size_t)index->name_count + 1) &&
                  fill_zero(&first, (size_t)index->name_count + 1) && place_definitions(&reach, &first);
  if (is_ready) {
    reach_from_tests(&reach);
    reach_follow(&reach, &first);
  }
  vector_finish(&first);
  vector_finish(&reach.queue);
  vector_finish(&reach.places);
  index->reach_is_stale = !is_ready || reach.failed;
  return !index->reach_is_stale;
}

// --- Leads ---

static void add_lead(LeadMaker *maker, DiagnosticCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add_lead(LeadMaker *maker, DiagnosticCode code, Span span, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  StringView message = arena_format_arguments(maker->arena, format, arguments);
  va_end(arguments);
  if (analysis_is_silenced(maker->file->analysis, code, span.start)) {
    return;
  }
  Finding *finding = message.data ? vector_push(&maker->findings) : NULL;
  if (!finding) {
    maker->failed = true;
    return;
  }
  finding->code = code;
  finding->span = span;
  finding->message = message.data;
}

// Methods of a class with bases from elsewhere may be called from there, and decorated functions by whom they were
// given to.
static bool may_be_called_from_elsewhere(const LeadMaker *maker, const Definition *definition) {
  if (definition->decorator_count > 0) {
    return true;
  }
  size_t count = 0;
  const Definition *definitions = analysis_definitions(maker->file->analysis, &count);
  for (int class = definition->parent; class >= 0; class = definitions[class].parent) {
    if (definitions[class].base_count > 0 || definitions[class].decorator_count > 0) {
      return true;
    }
  }
  return false;
}

static bool is_worth_testing(const LeadMaker *maker, const Definition *definition) {
  return definition->kind != DEFINITION_CLASS && !definition->is_nested && !definition->is_abstract_or_stub &&
         !string_view_starts_with(definition->name, SV("_")) && !string_view_equal_text(definition->name, "main") &&
         !may_be_called_from_elsewhere(maker, definition);
}

static void lead_untested(LeadMaker *maker, uint32_t index, const Definition *definition) {
  const bool *reached = vector_at(&maker->index->reached, maker->file->name_of[index]);
  if (maker->index->has_tests && !*reached && is_worth_testing(maker, definition)) {
    add_lead(maker, DIAGNOSTIC_UNTESTED_FUNCTION, definition->name_span,
             "No test calls `%.*s`, directly or through other functions", SV_ARGUMENTS(definition->qualified_name));
  }
}

// What the tests of one subject use as values.
typedef struct TestValues {
  const LeadMaker *maker;
  uint32_t subject;
  size_t tests;
  bool is_generated;      // property tests, random numbers, ranges: any value may be used
  bool has_other_oracle;  // something that no table of examples passes
} TestValues;

typedef bool (*LiteralVisitor)(const Literal *literal, const void *wanted);

static bool any_in(const Literal *literals, size_t count, LiteralVisitor visitor, const void *wanted) {
  for (size_t i = 0; i < count; i++) {
    if (visitor(&literals[i], wanted)) {
      return true;
    }
  }
  return false;
}

static bool any_in_file(const FileAnalysis *analysis, LiteralVisitor visitor, const void *wanted) {
  size_t count = 0;
  const Literal *literals = analysis_module_literals(analysis, &count);
  if (any_in(literals, count, visitor, wanted)) {
    return true;
  }
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t i = 0; i < count; i++) {
    if (any_in(definitions[i].literals, definitions[i].literal_count, visitor, wanted)) {
      return true;
    }
  }
  return false;
}

// Whether some literal of the files of the linked tests fits. The whole file counts: fixtures, tables and helpers feed
// tests.
static bool any_literal(const TestValues *values, LiteralVisitor visitor, const void *wanted) {
  const Vector *incoming = &values->maker->file->incoming;
  const IndexedFile *last = NULL;
  for (size_t i = 0; i < incoming->count; i++) {
    const FileLink *link = vector_at(incoming, i);
    if (link->definition != values->subject || link->file == last) {
      continue;
    }
    last = link->file;
    if (any_in_file(last->analysis, visitor, wanted)) {
      return true;
    }
  }
  return false;
}

static bool uses_ranges(const Definition *definition) {
  static const char *const names[] = {"range",  "random",  "randint", "linspace",
                                      "arange", "product", "st",      "strategies"};
  for (size_t i = 0; i < definition->reference_count; i++) {
    StringView name = last_part(definition->references[i].name);
    for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
      if (string_view_equal_text(name, names[j])) {
        return true;
      }
    }
  }
  return false;
}

static void look_at_test(TestValues *values, const IndexedFile *file, uint32_t test_index) {
  size_t count = 0;
  const TestFacts *test = &analysis_tests(file->analysis, &count)[test_index];
  const Definition *definition = &analysis_definitions(file->analysis, &count)[test->definition];
  uint32_t traits = analysis_traits(file->analysis, test->definition);
  values->tests++;
  values->is_generated =
      values->is_generated || test->is_property_based || traits & TRAIT_RANDOM || uses_ranges(definition);
  bool is_example = test->strongest == ORACLE_EXACT && test->category != CATEGORY_ANTI_CHEAT;
  for (size_t i = 0; i < test->assertion_count; i++) {
    const char *code = test->assertions[i].rule->code;
    is_example = is_example && (string_view_equal_text(string_view_from(code), "assert-equal-literal") ||
                                string_view_equal_text(string_view_from(code), "assert-equal-structure") ||
                                string_view_equal_text(string_view_from(code), "assert-singleton"));
  }
  values->has_other_oracle = values->has_other_oracle || !is_example;
}

static TestValues values_of(const LeadMaker *maker, uint32_t subject) {
  TestValues values = {.maker = maker, .subject = subject};
  for (size_t i = 0; i < maker->file->incoming.count; i++) {
    const FileLink *link = vector_at(&maker->file->incoming, i);
    if (link->definition == subject && link->confidence > 0.6) {
      look_at_test(&values, link->file, link->test);
    }
  }
  return values;
}

typedef struct Near {
  double low;
  double high;
  bool is_length;
} Near;

static bool literal_is_near(const Literal *literal, const void *wanted) {
  const Near *near = wanted;
  double slack = 1e-9 * fmax(1, fabs(near->high));
  if (literal->is_number && literal->number >= near->low - slack && literal->number <= near->high + slack) {
    return true;
  }
  return near->is_length && literal->items >= 0 && literal->items >= near->low && literal->items <= near->high;
}

static bool literal_has_text(const Literal *literal, const void *wanted) {
  const StringView *inner = wanted;
  return string_view_contains(literal->text, *inner);
}

// One in the last digit that is written: 1 for 100, 0.01 for 2.50.
static double smallest_step(StringView number, int *ret_digits) {
  size_t dot = string_view_find_byte(number, '.');
  bool is_plain =
      string_view_find_byte(number, 'e') == number.length && string_view_find_byte(number, 'E') == number.length;
  int digits = dot < number.length && is_plain ? (int)(number.length - dot - 1) : 0;
  *ret_digits = digits == 0 && dot < number.length ? 1 : digits;
  return pow(10, -*ret_digits);
}

static bool operand_is_input(const Definition *definition, StringView root) {
  for (size_t i = 0; !string_view_is_absent(root) && i < definition->parameter_count; i++) {
    if (string_view_equal(definition->parameters[i].name, root)) {
      return true;
    }
  }
  return false;
}

// A constant that `self.x` or a local is compared with says nothing about the literals of tests.
static bool is_boundary(const LeadMaker *maker, uint32_t index, const Definition *definition, size_t comparison) {
  StringView root = analysis_comparison_root(maker->file->analysis, index, comparison);
  return operand_is_input(definition, root) && !string_view_equal_text(root, "self") &&
         !string_view_equal_text(root, "cls");
}

static void lead_number(LeadMaker *maker, const TestValues *values, const Comparison *comparison) {
  int digits = 0;
  double step = comparison->is_length ? 1 : smallest_step(comparison->constant, &digits);
  Near near = {comparison->number - step, comparison->number + step, comparison->is_length};
  if (fabs(comparison->number) > 1e15 || any_literal(values, literal_is_near, &near)) {
    return;
  }
  StringView text =
      string_view_slice(source_text_view(maker->file->analysis->source), comparison->span.start, comparison->span.end);
  bool has_below = !comparison->is_length || comparison->number >= 1;
  if (has_below) {
    add_lead(maker, DIAGNOSTIC_BOUNDARY_LEAD, comparison->span, "No test comes near `%.*s`: try %.*f, %.*f and %.*f",
             SV_ARGUMENTS(text), digits, near.low, digits, comparison->number, digits, near.high);
  } else {
    add_lead(maker, DIAGNOSTIC_BOUNDARY_LEAD, comparison->span, "No test comes near `%.*s`: try %.*f and %.*f",
             SV_ARGUMENTS(text), digits, comparison->number, digits, near.high);
  }
}

static void lead_string(LeadMaker *maker, const TestValues *values, const Comparison *comparison) {
  StringView inner = comparison->constant;
  bool is_plain = inner.length >= 3 && (inner.data[0] == '"' || inner.data[0] == '\'');
  if (!is_plain || !string_view_equal_text(comparison->operator, "==")) {
    return;
  }
  inner = string_view_slice(inner, 1, inner.length - 1);
  if (any_literal(values, literal_has_text, &inner)) {
    return;
  }
  StringView text =
      string_view_slice(source_text_view(maker->file->analysis->source), comparison->span.start, comparison->span.end);
  add_lead(maker, DIAGNOSTIC_BOUNDARY_LEAD, comparison->span, "No test comes near `%.*s`: try %.*s and another text",
           SV_ARGUMENTS(text), SV_ARGUMENTS(comparison->constant));
}

static void lead_boundaries(LeadMaker *maker, uint32_t index, const Definition *definition, const TestValues *values) {
  if (values->tests == 0 || values->is_generated) {
    return;
  }
  for (size_t i = 0; i < definition->comparison_count && !maker->failed; i++) {
    const Comparison *comparison = &definition->comparisons[i];
    if (!is_boundary(maker, index, definition, i)) {
      continue;
    }
    if (comparison->is_number) {
      lead_number(maker, values, comparison);
    } else {
      lead_string(maker, values, comparison);
    }
  }
}

#define EXAMPLES_MIN 2  // tests before it is worth saying that all of them are examples

static void lead_examples(LeadMaker *maker, const Definition *definition, const TestValues *values) {
  bool computes = definition->parameter_count > 0 && definition->complexity > 1;
  if (values->tests >= EXAMPLES_MIN && !values->is_generated && !values->has_other_oracle && computes) {
    add_lead(maker, DIAGNOSTIC_LITERAL_ORACLES_ONLY, definition->name_span,
             "All %zu tests of `%.*s` compare with written-out examples: a lookup table of them would pass; add a "
             "property or "
             "generated inputs",
             values->tests, SV_ARGUMENTS(definition->qualified_name));
  }
}

// "shop.discount" as mock.patch takes it: a module of the workspace, and what it defines.
static bool patched_definition(const LeadMaker *maker, StringView dotted, const IndexedFile **ret_file,
                               uint32_t *ret_definition) {
  for (size_t end = dotted.length; end-- > 0;) {
    if (dotted.data[end] != '.') {
      continue;
    }
    const IndexedFile *module = module_file(maker->index, SV(""), string_view_slice(dotted, 0, end));
    MapValue *value =
        module ? map_get(&module->by_qualified_name, string_view_slice(dotted, end + 1, dotted.length)) : NULL;
    if (value) {
      *ret_file = module;
      *ret_definition = (uint32_t)value->number;
      return true;
    }
  }
  return false;
}

// The test calls it, too, and bears its name: then it is about what it replaced.
static bool is_about(LeadMaker *maker, uint32_t test, const Definition *definition, const IndexedFile *subject,
                     uint32_t subject_index) {
  size_t count = 0;
  StringView name = analysis_definitions(subject->analysis, &count)[subject_index].name;
  bool is_named = string_view_starts_with(definition->name, SV("test_")) &&
                  string_view_equal(string_view_slice(definition->name, 5, definition->name.length), name);
  // Few tests come this far: an edit of a test file that patches nothing needs none of its links.
  maker->failed |= is_named && !links_refresh(maker->index, maker->file);
  for (size_t i = 0; i < maker->file->links.count && is_named && !maker->failed; i++) {
    const FileLink *link = vector_at(&maker->file->links, i);
    if (link->test == test && link->file == subject && link->definition == subject_index && link->confidence >= 1) {
      return true;
    }
  }
  return false;
}

static void lead_mocks(LeadMaker *maker) {
  size_t count = 0;
  size_t ignored = 0;
  const TestFacts *tests = analysis_tests(maker->file->analysis, &count);
  const Definition *definitions = analysis_definitions(maker->file->analysis, &ignored);
  for (size_t i = 0; i < count && !maker->failed; i++) {
    const Definition *definition = &definitions[tests[i].definition];
    bool is_patched = analysis_traits(maker->file->analysis, tests[i].definition) & TRAIT_PATCHED;
    for (size_t j = 0; is_patched && j < definition->literal_count; j++) {
      StringView text = definition->literals[j].text;
      const IndexedFile *subject = NULL;
      uint32_t subject_index = 0;
      if (definition->literals[j].items > 2 && text.length > 4 &&
          patched_definition(maker, string_view_slice(text, 1, text.length - 1), &subject, &subject_index) &&
          is_about(maker, (uint32_t)i, definition, subject, subject_index)) {
        add_lead(maker, DIAGNOSTIC_MOCK_OF_SUBJECT, definition->literals[j].span,
                 "`%.*s` replaces %.*s and then calls it: what is checked is the mock", SV_ARGUMENTS(definition->name),
                 SV_ARGUMENTS(text));
      }
    }
  }
}

static void lead_definitions(LeadMaker *maker) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(maker->file->analysis, &count);
  for (size_t i = 0; i < count && !maker->failed; i++) {
    if (definitions[i].kind == DEFINITION_CLASS || definitions[i].is_nested) {
      continue;
    }
    lead_untested(maker, (uint32_t)i, &definitions[i]);
    bool is_compared = definitions[i].comparison_count > 0 || definitions[i].complexity > 1;
    TestValues values = is_compared ? values_of(maker, (uint32_t)i) : (TestValues){0};
    lead_boundaries(maker, (uint32_t)i, &definitions[i], &values);
    lead_examples(maker, &definitions[i], &values);
  }
}

static int compare_leads(const void *left, const void *right) {
  const Finding *a = left;
  const Finding *b = right;
  return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

#define LEADS_MAX 100000u

int workspace_index_leads(const WorkspaceIndex *index, StringView path, Arena *arena, Finding **ret_findings,
                          size_t *ret_count) {
  MapValue *value = map_get(&index->by_path, path);
  if (!value) {
    return ERROR_NOT_FOUND;
  }
  // What is cached is made when it is first asked for; seen from outside, asking changes nothing.
  LeadMaker maker = {.index = (WorkspaceIndex *)(uintptr_t)index, .file = value->pointer, .arena = arena};
  vector_init(&maker.findings, sizeof(Finding), LEADS_MAX);
  // A test file needs its own links at most, which keeps an edit in one independent of the size of the workspace.
  if (maker.file->is_test_side) {
    maker.failed = !modules_refresh(maker.index);
    if (!maker.failed) {
      lead_mocks(&maker);
    }
  } else {
    maker.failed = !reach_refresh(maker.index) || !links_refresh_all(maker.index);
    if (!maker.failed) {
      lead_definitions(&maker);
    }
  }
  vector_sort(&maker.findings, compare_leads);
  size_t count = 0;
  Finding *findings = vector_to_arena(&maker.findings, arena, &count);
  maker.failed |= maker.findings.count > 0 && !findings;
  vector_finish(&maker.findings);
  if (maker.failed) {
    return ERROR_NO_MEMORY;
  }
  *ret_findings = findings;
  *ret_count = count;
  return 0;
}
