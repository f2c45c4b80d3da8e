#include "server/editor/value_findings.h"

#include "server/services/report.h"

#include <stdlib.h>

#define REPORT_MAX (64u << 20)  // bytes of what is copied

// A test function with all its cases.
typedef struct FunctionValue {
  const TestValueReport *best;  // the case that kills most
  uint32_t cases;
  uint32_t reaches;  // the most of one case
  uint32_t sole_lines;
  uint32_t counts[WORTH_COUNT];
} FunctionValue;

struct TestValues {
  Arena arena;
  ValueReport report;  // without its mutants
  Map functions;       // node id without the case, to FunctionValue
};

// ---- The report ----

static StringView function_of(StringView test) {
  return string_view_slice(test, 0, string_view_find_byte(test, '['));
}

// A deep copy by way of JSON, as of the gaps.
static bool copy_report(TestValues *values, const ValueReport *report) {
  ValueReport small = *report;
  Buffer text;
  JsonWriter writer;
  JsonValue value;
  small.mutants = small.red_tests = (JsonArray){0};
  small.timings = NULL;
  buffer_init(&text, REPORT_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &value_report_type, &small);
  bool is_fine = text.failure == 0 && json_parse(buffer_view(&text), &values->arena, &value, NULL) == 0 &&
                 json_decode(&value_report_type, &value, &values->arena, &values->report, NULL) == 0;
  buffer_finish(&text);
  return is_fine;
}

static bool add_case(TestValues *values, const TestValueReport *value) {
  bool is_new;
  MapValue *slot = map_put(&values->functions, function_of(value->test), &is_new);
  if (slot && is_new)
    slot->pointer = arena_allocate(&values->arena, sizeof(FunctionValue));
  FunctionValue *function = slot ? slot->pointer : NULL;
  if (!function)
    return false;
  if (!function->best || value->kills > function->best->kills)
    function->best = value;
  function->cases++;
  function->counts[value->worth]++;
  function->sole_lines += value->sole_lines;
  function->reaches = value->reaches > function->reaches ? value->reaches : function->reaches;
  return true;
}

TestValues *test_values_create(const ValueReport *report) {
  bool is_whole = string_view_equal(report->status, SV("complete")) && report->not_sampled == 0;
  TestValues *values = is_whole ? calloc(1, sizeof *values) : NULL;
  if (!values)
    return NULL;
  map_init(&values->functions);
  bool is_fine = copy_report(values, report);
  const TestValueReport *items = values->report.values.items;
  for (size_t i = 0; i < values->report.values.count && is_fine; i++)
    is_fine = add_case(values, &items[i]);
  if (is_fine)
    return values;
  test_values_destroy(values);
  return NULL;
}

void test_values_destroy(TestValues *values) {
  if (!values)
    return;
  map_finish(&values->functions);
  arena_finish(&values->arena);
  free(values);
}

// ---- Findings ----

// A test of a file whose text is what it was; NULL otherwise.
static const FunctionValue *value_of(const TestValues *values, const FileAnalysis *analysis, const TestFacts *test,
                                     Arena *arena) {
  StringView name = arena_format(arena, "%.*s::%.*s", SV_ARGUMENTS(analysis_path(analysis)), SV_ARGUMENTS(test->id));
  const MapValue *slot = name.data ? map_get(&values->functions, name) : NULL;
  const FunctionValue *function = slot ? slot->pointer : NULL;
  if (!function || string_view_is_absent(function->best->digest))
    return NULL;
  StringView digest = report_test_digest(analysis, test, arena);
  return digest.data && string_view_equal(digest, function->best->digest) ? function : NULL;
}

static Span name_span(const FileAnalysis *analysis, const TestFacts *test) {
  size_t count;
  return analysis_definitions(analysis, &count)[test->definition].name_span;
}

// Where the test stands that makes another one superfluous, if it is what it was.
static bool find_superior(const Folder *folder, const FileAnalysis *analysis, const FunctionValue *function,
                          Arena *arena, Finding *finding) {
  StringView id = function_of(function->best->dominated_by);
  StringView path = string_view_slice(id, 0, string_view_find(id, SV("::")));
  StringView name = string_view_slice(id, path.length + 2, id.length);
  bool is_here = string_view_equal(path, analysis_path(analysis));
  const FileAnalysis *file = is_here ? analysis : workspace_index_get(folder->index, path);
  size_t count = 0;
  const TestFacts *tests = file ? analysis_tests(file, &count) : NULL;
  for (size_t i = 0; i < count; i++) {
    if (!string_view_equal(tests[i].id, name) || !value_of(folder->values, file, &tests[i], arena))
      continue;
    finding->related = name_span(file, &tests[i]);
    finding->related_file = is_here ? NULL : file;
    finding->related_message = "The test that kills all of it, and more";
    return true;
  }
  return false;
}

static StringView lines_of(const FunctionValue *function, Arena *arena) {
  return function->sole_lines == 0 ? SV("")
                                   : arena_format(arena, "; but no other test runs %u line%s that it runs",
                                                  function->sole_lines, function->sole_lines == 1 ? "" : "s");
}

static StringView say_nothing(const FunctionValue *function, StringView name, StringView target, Arena *arena) {
  StringView cases = function->cases > 1 ? arena_format(arena, "None of the %u cases of ", function->cases) : SV("");
  bool is_one = function->cases == 1;
  return arena_format(arena, "%.*s%.*s %s a mutant of %.*s: %u that %s reaches pass unnoticed%.*s", SV_ARGUMENTS(cases),
                      SV_ARGUMENTS(name), is_one ? "never kills" : "kills", SV_ARGUMENTS(target), function->reaches,
                      is_one ? "it" : "one of them", SV_ARGUMENTS(lines_of(function, arena)));
}

static StringView say_dominated(const FunctionValue *function, StringView name, StringView target, Arena *arena) {
  return arena_format(arena, "Whatever mutant of %.*s %.*s kills (%u%s), one other test kills, and more: %.*s%.*s",
                      SV_ARGUMENTS(target), SV_ARGUMENTS(name), function->best->kills,
                      function->cases > 1 ? " at most by a case" : "", SV_ARGUMENTS(function->best->dominated_by),
                      SV_ARGUMENTS(lines_of(function, arena)));
}

// All cases must be worth as little: of some of them the report says more.
static int add_test(const Folder *folder, const FileAnalysis *analysis, const TestFacts *test, Arena *arena,
                    Vector *ret_findings) {
  const FunctionValue *function = value_of(folder->values, analysis, test, arena);
  if (!function)
    return 0;
  StringView target = folder->values->report.target;
  target = string_view_equal(target, SV(".")) ? SV("the workspace") : target;
  uint32_t nothing = function->counts[WORTH_KILLS_NOTHING], dominated = function->counts[WORTH_DOMINATED];
  Finding finding = {.span = name_span(analysis, test)};
  StringView message;
  if (nothing == function->cases) {
    finding.code = DIAGNOSTIC_TEST_KILLS_NOTHING;
    message = say_nothing(function, test->id, target, arena);
  } else if (dominated > 0 && nothing + dominated == function->cases &&
             find_superior(folder, analysis, function, arena, &finding)) {
    finding.code = DIAGNOSTIC_TEST_DOMINATED;
    message = say_dominated(function, test->id, target, arena);
  } else {
    return 0;
  }
  finding.message = message.data;
  return message.data && vector_push_copy(ret_findings, &finding) ? 0 : ERROR_NO_MEMORY;
}

int value_findings(const Folder *folder, const FileAnalysis *analysis, Arena *arena, Vector *ret_findings) {
  size_t count = 0;
  const TestFacts *tests = folder->values ? analysis_tests(analysis, &count) : NULL;
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++)
    result = add_test(folder, analysis, &tests[i], arena, ret_findings);
  return result;
}
