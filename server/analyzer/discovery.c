// Which definitions are tests.
//
// Sources: pytest, "Conventions for Python test discovery" and the settings python_files, python_classes and
// python_functions (prefixes, or globs when they hold one of *?[); unittest, "Test Discovery" and the default method
// prefix.

#include "protocol/memory/buffer.h"
#include "server/analyzer/analysis_internal.h"
#include "server/base/files.h"

static bool is_glob(StringView pattern) {
  return string_view_find_byte(pattern, '*') < pattern.length || string_view_find_byte(pattern, '?') < pattern.length ||
         string_view_find_byte(pattern, '[') < pattern.length;
}

static bool name_matches(StringView name, const StringView *patterns, size_t count, const char *fallback) {
  if (count == 0) {
    return string_view_starts_with(name, string_view_from(fallback));
  }
  for (size_t i = 0; i < count; i++) {
    if (is_glob(patterns[i]) ? path_matches_glob(name, patterns[i]) : string_view_starts_with(name, patterns[i])) {
      return true;
    }
  }
  return false;
}

static bool file_matches(const AnalyzerOptions *options, StringView path) {
  StringView name = path_base_name(path);
  if (!options || options->python_file_count == 0) {
    return string_view_ends_with(name, SV(".py")) &&
           (string_view_starts_with(name, SV("test_")) || string_view_ends_with(name, SV("_test.py")));
  }
  for (size_t i = 0; i < options->python_file_count; i++) {
    if (path_matches_glob(path, options->python_files[i]) || path_matches_glob(name, options->python_files[i])) {
      return true;
    }
  }
  return false;
}

#define BASES_MAX 16  // steps up through classes of the same file

static bool base_is_unittest(const AnalysisBuild *build, StringView base, int self, int depth);

static bool class_is_unittest_at(const AnalysisBuild *build, int definition, int depth) {
  const Definition *class = build_definition(build, (uint32_t)definition);
  for (size_t i = 0; depth < BASES_MAX && i < class->base_count; i++) {
    if (base_is_unittest(build, class->bases[i], definition, depth + 1)) {
      return true;
    }
  }
  return false;
}

static bool base_is_unittest(const AnalysisBuild *build, StringView base, int self, int depth) {
  StringView name = last_part(base);
  MapValue *value = map_get(&build->definitions_by_name, name);
  if (value && value->number != self && build_definition(build, (uint32_t)value->number)->kind == DEFINITION_CLASS) {
    return class_is_unittest_at(build, (int)value->number, depth);
  }
  return string_view_ends_with(name, SV("TestCase")) || string_view_ends_with(name, SV("TestBase")) ||
         string_view_ends_with(name, SV("BaseTest")) || string_view_ends_with(name, SV("BaseTestCase"));
}

// Every test asks for its class; each class is judged once.
static bool remember(ClassAnswer *answer, bool is_yes) {
  *answer = is_yes ? ANSWER_YES : ANSWER_NO;
  return is_yes;
}

bool class_is_unittest(const AnalysisBuild *build, int definition) {
  ClassAnswer *answer = vector_at(&build->class_is_unittest, (size_t)definition);
  return *answer != ANSWER_UNKNOWN ? *answer == ANSWER_YES
                                   : remember(answer, class_is_unittest_at(build, definition, 0));
}

static bool class_is_named_test(const AnalysisBuild *build, const Definition *class) {
  const AnalyzerOptions *options = build->options;
  return name_matches(class->name, options ? options->python_classes : NULL, options ? options->python_class_count : 0,
                      "Test");
}

static bool holds_tests(const AnalysisBuild *build, int class_index) {
  for (size_t i = (size_t)class_index + 1; i < build->definitions.count; i++) {
    const Definition *member = build_definition(build, (uint32_t)i);
    if (member->parent == class_index && member->kind == DEFINITION_METHOD &&
        string_view_starts_with(member->name, SV("test"))) {
      return true;
    }
  }
  return false;
}

static void report_uncollected(AnalysisBuild *build, int class_index, int constructor) {
  const Definition *class = build_definition(build, (uint32_t)class_index);
  Finding *finding = findings_add(build, DIAGNOSTIC_CLASS_NOT_COLLECTED, class->name_span,
                                  "pytest does not collect `%.*s`, because it has an __init__ method; use a fixture or "
                                  "setup_method instead",
                                  SV_ARGUMENTS(class->name));
  if (finding) {
    finding->related = build_definition(build, (uint32_t)constructor)->name_span;
    finding->related_message = "The __init__ method";
  }
}

// Every enclosing class must be collected, too.
static bool is_collected(AnalysisBuild *build, int class_index, bool is_reporting) {
  for (int index = class_index; index >= 0;) {
    const Definition *class = build_definition(build, (uint32_t)index);
    if (class->kind != DEFINITION_CLASS || class->is_nested) {
      return false;
    }
    if (!class_is_unittest(build, index)) {
      int constructor = scope_find(build, index, SV("__init__"));
      bool is_named = class_is_named_test(build, class);
      if (is_named && constructor >= 0 && is_reporting && index == class_index && holds_tests(build, index)) {
        report_uncollected(build, index, constructor);
      }
      if (!is_named || constructor >= 0) {
        return false;
      }
    }
    index = class->parent;
  }
  return true;
}

static bool class_is_collected(AnalysisBuild *build, int class_index) {
  ClassAnswer *answer = class_index < 0 ? NULL : vector_at(&build->class_is_collected, (size_t)class_index);
  if (!answer || *answer != ANSWER_UNKNOWN) {
    return !answer || *answer == ANSWER_YES;
  }
  return remember(answer, is_collected(build, class_index, false));
}

static bool is_test_function(const AnalysisBuild *build, uint32_t index) {
  const Definition *definition = build_definition(build, index);
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, index, &start);
  if (definition->kind == DEFINITION_CLASS || definition->is_nested ||
      facts->traits & (TRAIT_FIXTURE | TRAIT_OVERLOAD)) {
    return false;
  }
  const AnalyzerOptions *options = build->options;
  // A method that lost its class to a syntax error is no test of the module.
  if (definition->parent < 0 && definition->parameter_count > 0 &&
      string_view_equal_text(definition->parameters[0].name, "self")) {
    return false;
  }
  if (definition->parent >= 0 && class_is_unittest(build, definition->parent)) {
    return string_view_starts_with(definition->name, SV("test"));
  }
  return name_matches(definition->name, options ? options->python_functions : NULL,
                      options ? options->python_function_count : 0, "test");
}

static StringView node_id(AnalysisBuild *build, const Definition *definition) {
  if (definition->parent < 0) {
    return definition->name;
  }
  Buffer buffer;
  buffer_init(&buffer, 2 * (definition->qualified_name.length + 1));
  StringView rest = definition->qualified_name;
  StringView piece;
  bool is_first = true;
  while (string_view_next(&rest, '.', &piece)) {
    buffer_append_text(&buffer, is_first ? "" : "::");
    buffer_append(&buffer, piece);
    is_first = false;
  }
  StringView id = arena_copy(&build->analysis->arena, buffer_view(&buffer));
  build->failed |= !id.data || buffer.failure != 0;
  buffer_finish(&buffer);
  return id;
}

static void add_test(AnalysisBuild *build, uint32_t index) {
  TestFacts *test = vector_push(&build->tests);
  if (!test) {
    build->failed = true;
    return;
  }
  const Definition *definition = build_definition(build, index);
  uint32_t start = 0;
  const Facts *facts = definition_facts(build, index, &start);
  uint32_t traits = facts->traits;
  uint32_t sets = facts->parameter_sets;
  for (int class = definition->parent; class >= 0; class = build_definition(build, (uint32_t) class)->parent) {
    const Facts *outer = definition_facts(build, (uint32_t) class, &start);
    traits |= outer->traits & TRAIT_SKIPPED;
    sets *= outer->parameter_sets > 0 && sets < UINT16_MAX ? outer->parameter_sets : 1;
  }
  test->definition = index;
  test->id = node_id(build, definition);
  test->parameter_sets = sets;
  test->is_unittest = definition->parent >= 0 && class_is_unittest(build, definition->parent);
  test->is_skipped = (traits & TRAIT_SKIPPED) != 0;
  test->is_property_based = (traits & TRAIT_PROPERTY) != 0;
}

static bool has_unittest_case(const AnalysisBuild *build) {
  for (size_t i = 0; i < build->definitions.count; i++) {
    const Definition *definition = build_definition(build, (uint32_t)i);
    if (definition->kind == DEFINITION_CLASS && !definition->is_nested && class_is_unittest(build, (int)i)) {
      return true;
    }
  }
  return false;
}

static bool make_answers(AnalysisBuild *build) {
  for (size_t i = 0; i < build->definitions.count; i++) {
    if (!vector_push(&build->class_is_unittest) || !vector_push(&build->class_is_collected)) {
      build->failed = true;
      return false;
    }
  }
  return true;
}

void tests_discover(AnalysisBuild *build) {
  if (!make_answers(build)) {
    return;
  }
  bool is_pytest_file = file_matches(build->options, build->analysis->path);
  build->analysis->is_test_file = is_pytest_file || has_unittest_case(build);
  if (!build->analysis->is_test_file) {
    return;
  }
  for (size_t i = 0; i < build->definitions.count && !build->failed; i++) {
    const Definition *definition = build_definition(build, (uint32_t)i);
    if (definition->kind == DEFINITION_CLASS && is_pytest_file) {
      is_collected(build, (int)i, true);
    }
    if (!is_test_function(build, (uint32_t)i) || !class_is_collected(build, definition->parent)) {
      continue;
    }
    if (is_pytest_file || (definition->parent >= 0 && class_is_unittest(build, definition->parent))) {
      add_test(build, (uint32_t)i);
    }
  }
}
