#include "server/analyzer/analysis_internal.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX (4u << 20)  // of each kind in one file: more than 4 MiB of source can hold

static void build_init(AnalysisBuild *build) {
  vector_init(&build->units, sizeof(Unit), ITEMS_MAX);
  vector_init(&build->definitions, sizeof(Definition), ITEMS_MAX);
  vector_init(&build->unit_of, sizeof(int), ITEMS_MAX);
  vector_init(&build->imports, sizeof(Import), ITEMS_MAX);
  vector_init(&build->module_literals, sizeof(Literal), ITEMS_MAX);
  vector_init(&build->module_references, sizeof(Reference), ITEMS_MAX);
  vector_init(&build->tests, sizeof(TestFacts), ITEMS_MAX);
  vector_init(&build->findings, sizeof(Finding), ITEMS_MAX);
  vector_init(&build->edges, sizeof(HelperEdge), ITEMS_MAX);
  vector_init(&build->summaries, sizeof(HelperSummary), ITEMS_MAX);
  vector_init(&build->name_of, sizeof(int), ITEMS_MAX);
  vector_init(&build->next_same_name, sizeof(int), ITEMS_MAX);
  vector_init(&build->scopes, sizeof(BuildScope), ITEMS_MAX);
  vector_init(&build->has_later, sizeof(bool), ITEMS_MAX);
  vector_init(&build->next_in_scope, sizeof(int), ITEMS_MAX);
  vector_init(&build->method_rules, sizeof(const AssertionRule *), ITEMS_MAX);
  vector_init(&build->class_is_unittest, sizeof(ClassAnswer), ITEMS_MAX);
  vector_init(&build->class_is_collected, sizeof(ClassAnswer), ITEMS_MAX);
  map_init(&build->definitions_by_name);
  map_init(&build->definitions_by_scope);
}

static void build_finish(AnalysisBuild *build) {
  vector_finish(&build->units);
  vector_finish(&build->definitions);
  vector_finish(&build->unit_of);
  vector_finish(&build->imports);
  vector_finish(&build->module_literals);
  vector_finish(&build->module_references);
  vector_finish(&build->tests);
  vector_finish(&build->findings);
  vector_finish(&build->edges);
  vector_finish(&build->summaries);
  vector_finish(&build->name_of);
  vector_finish(&build->next_same_name);
  vector_finish(&build->scopes);
  vector_finish(&build->has_later);
  vector_finish(&build->next_in_scope);
  vector_finish(&build->method_rules);
  vector_finish(&build->class_is_unittest);
  vector_finish(&build->class_is_collected);
  map_finish(&build->definitions_by_name);
  map_finish(&build->definitions_by_scope);
}

// The line index outlives the snapshot: positions are asked for as long as the analysis lives.
static bool lines_copy(Arena *arena, const LineIndex *lines, LineIndex *ret_lines) {
  uint32_t *starts = arena_allocate_array(arena, lines->count, sizeof *starts);
  if (!starts) {
    return false;
  }
  memcpy(starts, lines->starts, lines->count * sizeof *starts);
  *ret_lines = *lines;
  ret_lines->starts = starts;
  return true;
}

static FileAnalysis *analysis_allocate(StringView path, const Snapshot *snapshot) {
  FileAnalysis *analysis = calloc(1, sizeof(*analysis));
  if (!analysis) {
    return NULL;
  }
  atomic_init(&analysis->references, 1);
  arena_init(&analysis->arena);
  analysis->source = source_text_retain(snapshot_source(snapshot));
  analysis->line_count = snapshot_lines(snapshot)->count;
  if (!lines_copy(&analysis->arena, snapshot_lines(snapshot), &analysis->lines)) {
    analysis_release(analysis);
    return NULL;
  }
  analysis->path = arena_copy(&analysis->arena, path);
  if (!analysis->path.data) {
    analysis_release(analysis);
    return NULL;
  }
  return analysis;
}

// Moves a vector's items into the analysis.
static const void *keep(AnalysisBuild *build, const Vector *vector, size_t *ret_count) {
  const void *items = vector_to_arena(vector, &build->analysis->arena, ret_count);
  build->failed |= vector->count > 0 && !items;
  return items;
}

static void keep_units(AnalysisBuild *build) {
  FileAnalysis *analysis = build->analysis;
  analysis->units = vector_to_arena(&build->units, &analysis->arena, &analysis->unit_count);
  if (build->units.count > 0 && !analysis->units) {
    for (size_t i = 0; i < build->units.count; i++) {
      facts_release(((Unit *)vector_at(&build->units, i))->facts);
    }
    analysis->unit_count = 0;
    build->failed = true;
  }
}

static void keep_results(AnalysisBuild *build) {
  FileAnalysis *analysis = build->analysis;
  size_t ignored = 0;
  analysis->unit_of = vector_to_arena(&build->unit_of, &analysis->arena, &ignored);
  analysis->definitions = keep(build, &build->definitions, &analysis->definition_count);
  analysis->tests = keep(build, &build->tests, &analysis->test_count);
  analysis->imports = keep(build, &build->imports, &analysis->import_count);
  analysis->module_literals = keep(build, &build->module_literals, &analysis->module_literal_count);
  analysis->module_references = keep(build, &build->module_references, &analysis->module_reference_count);
}

static void judge_tests(AnalysisBuild *build) {
  findings_duplicates(build);
  for (size_t i = 0; i < build->tests.count && !build->failed; i++) {
    TestFacts *test = vector_at(&build->tests, i);
    tests_collect_assertions(build, test);
    test_measure_strength(build, test);
    test_classify(build, test);
  }
  findings_collect(build);
}

static int build_run(AnalysisBuild *build, const Snapshot *snapshot, Error *ret_error) {
  int result = file_scan(build, snapshot, ret_error);
  if (result < 0) {
    for (size_t i = 0; i < build->units.count; i++) {
      facts_release(((Unit *)vector_at(&build->units, i))->facts);
    }
    return result;
  }
  file_define(build);
  if (!build->failed) {
    helpers_resolve(build);
  }
  if (!build->failed) {
    tests_discover(build);
  }
  if (!build->failed) {
    judge_tests(build);
  }
  keep_units(build);
  keep_results(build);
  silences_read(build);
  findings_silence(build);
  build->analysis->findings = keep(build, &build->findings, &build->analysis->finding_count);
  return build->failed ? error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing") : 0;
}

int analysis_create(StringView path, const Snapshot *snapshot, const AnalyzerOptions *options,
                    const FileAnalysis *previous, FileAnalysis **ret_analysis, Error *ret_error) {
  FileAnalysis *analysis = analysis_allocate(path, snapshot);
  if (!analysis) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing");
  }
  AnalysisBuild build = {
      .analysis = analysis, .options = options, .previous = previous, .text = source_text_view(analysis->source)};
  build_init(&build);
  int result = build_run(&build, snapshot, ret_error);
  build_finish(&build);
  if (result < 0) {
    analysis_release(analysis);
    return result;
  }
  *ret_analysis = analysis;
  return 0;
}

FileAnalysis *analysis_retain(FileAnalysis *analysis) {
  atomic_fetch_add_explicit(&analysis->references, 1, memory_order_relaxed);
  return analysis;
}

void analysis_release(FileAnalysis *analysis) {
  if (!analysis || atomic_fetch_sub_explicit(&analysis->references, 1, memory_order_acq_rel) != 1) {
    return;
  }
  for (size_t i = 0; i < analysis->unit_count; i++) {
    facts_release(analysis->units[i].facts);
  }
  arena_finish(&analysis->arena);
  source_text_release(analysis->source);
  free(analysis);
}

StringView analysis_path(const FileAnalysis *analysis) {
  return analysis->path;
}

bool analysis_is_test_file(const FileAnalysis *analysis) {
  return analysis->is_test_file;
}

const Definition *analysis_definitions(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->definition_count;
  return analysis->definitions;
}

const TestFacts *analysis_tests(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->test_count;
  return analysis->tests;
}

const Import *analysis_imports(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->import_count;
  return analysis->imports;
}

const Literal *analysis_module_literals(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->module_literal_count;
  return analysis->module_literals;
}

const Reference *analysis_module_references(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->module_reference_count;
  return analysis->module_references;
}

const Finding *analysis_findings(const FileAnalysis *analysis, size_t *ret_count) {
  *ret_count = analysis->finding_count;
  return analysis->findings;
}

size_t analysis_reused_functions(const FileAnalysis *analysis) {
  return analysis->reused;
}

uint32_t analysis_line_count(const FileAnalysis *analysis) {
  return analysis->line_count;
}

StringView analysis_text(const FileAnalysis *analysis) {
  return source_text_view(analysis->source);
}

const LineIndex *analysis_lines(const FileAnalysis *analysis) {
  return &analysis->lines;
}

const Facts *analysis_facts(const FileAnalysis *analysis, uint32_t definition) {
  return analysis->units[analysis->unit_of[definition]].facts;
}

uint32_t analysis_traits(const FileAnalysis *analysis, uint32_t definition) {
  return analysis_facts(analysis, definition)->traits;
}

StringView analysis_comparison_root(const FileAnalysis *analysis, uint32_t definition, size_t comparison) {
  const Unit *unit = &analysis->units[analysis->unit_of[definition]];
  return relative_view(source_text_view(analysis->source), unit->start, unit->facts->comparisons[comparison].root);
}

int analysis_definition_at(const FileAnalysis *analysis, uint32_t offset) {
  int innermost = -1;
  for (size_t i = 0; i < analysis->definition_count; i++) {
    Span span = analysis->definitions[i].span;
    if (offset >= span.start && offset < span.end) {
      innermost = (int)i;  // an inner definition comes behind those around it
    }
  }
  return innermost;
}

int analysis_test_at(const FileAnalysis *analysis, uint32_t offset) {
  for (size_t i = 0; i < analysis->test_count; i++) {
    Span span = analysis->definitions[analysis->tests[i].definition].span;
    if (offset >= span.start && offset < span.end) {
      return (int)i;
    }
  }
  return -1;
}
