// The inside of an analysis, and the steps that make one. Internal to the analyzer.
#ifndef TESTGEN_SERVER_ANALYZER_ANALYSIS_INTERNAL_H
#define TESTGEN_SERVER_ANALYZER_ANALYSIS_INTERNAL_H

#include "protocol/memory/arena.h"
#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "server/analyzer/analysis.h"
#include "server/analyzer/assertion_rules.h"
#include "server/analyzer/facts.h"

#include <stdatomic.h>

// A statement of the file with its facts.
typedef struct Unit {
  Facts *facts;    // one reference
  uint32_t start;  // bytes
  uint32_t end;    // of a class with its members, which the facts of its header leave out
  int parent;      // definition in whose body it stands; -1 at module level
  int definition;  // its own; -1 for statements
} Unit;

// What a definition checks, for those who call it.
typedef struct HelperSummary {
  const AssertionRule *rule;  // its strongest; NULL: it asserts nothing
  int first_edge;             // into the edges; -1: none
} HelperSummary;

// A definition names another of the same file.
typedef struct HelperEdge {
  int to;              // definition
  bool is_any_method;  // whatever method has the name of `to`: the object's class is not known
  int next;            // edge of the same definition; -1 at the end
  uint32_t reference;  // index in the facts
} HelperEdge;

// A comment that silences findings.
typedef struct Silence {
  uint32_t line_start;  // bytes
  uint32_t line_end;
  bool is_file;
  StringView codes;  // absent: every code
} Silence;

struct FileAnalysis {
  atomic_size_t references;
  Arena arena;
  SourceText *source;  // one reference
  StringView path;
  uint32_t line_count;
  LineIndex lines;  // its starts lie in the arena
  bool is_test_file;
  size_t reused;
  Unit *units;  // in the arena
  size_t unit_count;
  int *unit_of;  // by definition: index of the unit, that of the enclosing function for nested ones
  const Definition *definitions;
  size_t definition_count;
  const TestFacts *tests;
  size_t test_count;
  const Import *imports;
  size_t import_count;
  const Literal *module_literals;
  size_t module_literal_count;
  const Reference *module_references;
  size_t module_reference_count;
  const Finding *findings;
  size_t finding_count;
  const Silence *silences;
  size_t silence_count;
};

// A name in the body of a class, or of the module: -1.
typedef struct BuildScope {
  int parent;
  int name;  // as in name_of
} BuildScope;

typedef enum ClassAnswer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES } ClassAnswer;

// The working state of one analysis.
typedef struct AnalysisBuild {
  FileAnalysis *analysis;
  const AnalyzerOptions *options;
  const FileAnalysis *previous;
  StringView text;
  Vector units, definitions, unit_of, imports, module_literals, module_references, tests, findings, edges, summaries;
  Map definitions_by_name;   // the last definition of a name, which stands for the name below
  Vector name_of;            // int by definition: the last definition of its name
  Vector next_same_name;     // int by definition: the one before of the same name, -1 at the end
  Map definitions_by_scope;  // BuildScope to the last definition of a name in one scope
  Vector scopes;             // BuildScope by definition
  Vector has_later;          // bool by definition: one of the same name and scope comes after it
  Vector next_in_scope;      // int by definition: the one before of the same name and scope, -1 at the end
  Vector class_is_unittest, class_is_collected;  // ClassAnswer by definition, as far as somebody asked
  Vector method_rules;  // const AssertionRule * by name_of: the strongest of the methods of that name
  bool failed;          // memory was exhausted
} AnalysisBuild;

int file_scan(AnalysisBuild *build, const Snapshot *snapshot, Error *ret_error);  // units: file_scan.c
void file_define(AnalysisBuild *build);                                // definitions and what they hold: file_define.c
void helpers_resolve(AnalysisBuild *build);                            // who asserts for whom: helpers.c
void tests_discover(AnalysisBuild *build);                             // which definitions are tests: discovery.c
void tests_collect_assertions(AnalysisBuild *build, TestFacts *test);  // helpers.c
void test_measure_strength(AnalysisBuild *build, TestFacts *test);     // strength.c
void test_classify(AnalysisBuild *build, TestFacts *test);             // category.c
void findings_duplicates(AnalysisBuild *build);  // hidden tests, which lose their strength: findings.c
void findings_collect(AnalysisBuild *build);     // findings.c
void silences_read(AnalysisBuild *build);        // silence.c
void findings_silence(AnalysisBuild *build);     // drops what comments silence: silence.c

const Facts *definition_facts(const AnalysisBuild *build, uint32_t definition, uint32_t *ret_start);
// The last definition of a name in a scope, -1: none; and the one before it there.
int scope_find(const AnalysisBuild *build, int parent, StringView name);
int scope_next(const AnalysisBuild *build, int definition);
Definition *build_definition(const AnalysisBuild *build, uint32_t index);
static inline Span moved(uint32_t start, Span span) {
  return (Span){start + span.start, start + span.end};
}
StringView relative_view(StringView text, uint32_t start, Span span);  // absent when the span is empty
StringView last_part(StringView dotted);                               // behind the last dot
bool class_is_unittest(const AnalysisBuild *build, int definition);
Finding *findings_add(AnalysisBuild *build, DiagnosticCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const Facts *analysis_facts(const FileAnalysis *analysis,
                            uint32_t definition);  // those of the enclosing function for nested ones
const Reference *analysis_module_references(const FileAnalysis *analysis, size_t *ret_count);
uint32_t analysis_traits(const FileAnalysis *analysis, uint32_t definition);  // TRAIT_* of a definition's facts
// The first identifier of a plain operand of a definition's comparison; absent when the operand is no plain name.
StringView analysis_comparison_root(const FileAnalysis *analysis, uint32_t definition, size_t comparison);

#endif
