// What one source file says, derived from its snapshot alone: definitions, tests, assertion strength, rot, categories.
//
// Pure: no I/O, no clock, no JSON, no global state. All positions are byte offsets into the snapshot's text. The result
// is immutable and owns its memory. Analysis of an edited document takes the previous analysis and reuses the facts of
// every function whose text did not change.
//
// Sources: ../shared design "Analysis and scoring"; pytest's "Conventions for Python test discovery"; unittest's
// manual.
#ifndef TESTGEN_SERVER_ANALYZER_ANALYSIS_H
#define TESTGEN_SERVER_ANALYZER_ANALYSIS_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"
#include "protocol/testgen/diagnostics.h"
#include "protocol/testgen/vocabulary.h"
#include "server/syntax/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Span {
  uint32_t start;  // bytes
  uint32_t end;    // exclusive
} Span;

// What an assertion compares with: the seeds' and the design's oracle table.
typedef enum OracleKind {
  ORACLE_NONE,    // tautology, a bare call, a mock of the subject itself
  ORACLE_EXISTS,  // truthy, not None, type, length above zero
  ORACLE_RAISES,  // an error class
  ORACLE_RAISES_MATCH,
  ORACLE_EXACT,        // equal to a literal or expected value, approx, state of an object
  ORACLE_RELATION,     // order, membership, pattern, bound
  ORACLE_INTERACTION,  // mock called with exact arguments
  ORACLE_PROPERTY,     // invariant or round trip over generated inputs
  ORACLE_COUNT
} OracleKind;

// One row of the rule table that an assertion fell under.
typedef struct AssertionRule {
  const char *code;  // stable: "assert-equal-literal"
  OracleKind oracle;
  int value;                // 0-100
  const char *explanation;  // one sentence for hovers and reports
} AssertionRule;

typedef struct Assertion {
  Span span;
  const AssertionRule *rule;  // static
  bool is_conditional;        // in a branch, loop or handler that may not run
  bool is_swallowed;          // a failure would be caught
  bool is_unreachable;        // behind return, raise, or a skip
  bool is_from_helper;        // made by a helper function of the same file; `span` is the call
} Assertion;

// A place in a file of the workspace, whichever it is.
typedef struct FindingPlace {
  StringView path;  // relative to the workspace
  Span span;
  const char *message;
} FindingPlace;

// What the analyzer has to say at a place. Its severity, title and page stand in the table of diagnostics.
typedef struct FileAnalysis FileAnalysis;

typedef struct Finding {
  DiagnosticCode code;
  bool is_proven;  // a lead that a run has proved
  Span span;
  const char *message;               // owned by the analysis; stands alone, names the thing
  Span related;                      // another place that belongs to it; empty: none
  const char *related_message;       // NULL: none
  const FileAnalysis *related_file;  // where `related` is; NULL: in the same file
  const FindingPlace *places;        // in other files: what else belongs to it
  size_t place_count;
  const char *data;      // what clients get with it, a JSON object; NULL: nothing
  const char *action;    // static: the title of the action that has a test written for `data`; NULL: none
  const char *fix;       // static: the title of the quick fix ("Add match= to pytest.raises"); NULL: none
  const char *fix_text;  // what the fix puts in the place of fix_span; owned by the analysis
  Span fix_span;         // may be empty: an insertion
} Finding;

typedef struct StrengthPart {
  const char *code;         // the rule that gave or took points, static
  const char *explanation;  // static
  int points;               // may be negative
  Span span;
} StrengthPart;

typedef enum DefinitionKind {
  DEFINITION_FUNCTION,
  DEFINITION_METHOD,
  DEFINITION_CLASS,
  DEFINITION_KIND_COUNT
} DefinitionKind;

typedef struct Parameter {
  StringView name;
  StringView annotation;    // absent when there is none
  StringView default_text;  // likewise
  int star;                 // 0, 1 for *args, 2 for **kwargs
  bool is_keyword_only;
} Parameter;

// A comparison in a subject with a constant operand: a place where behaviour changes.
typedef struct Comparison {
  Span span;            // the whole comparison
  StringView operator;  // "<", ">=", "==", "in", ...
  StringView operand;   // the text of the operand that is not the constant
  StringView constant;  // the text of the constant
  bool is_number;
  bool is_length;  // the other operand is len(...)
  double number;   // when is_number
} Comparison;

typedef struct Literal {
  Span span;
  StringView text;
  bool is_number;
  double number;  // a leading minus is included
  int32_t items;  // characters of a string, items of a list, tuple, set or dict; -1 for anything else
} Literal;

// A name that is called or read, as written: "np.testing.assert_equal", "self.stack.push".
typedef struct Reference {
  StringView name;
  Span span;
  bool is_call;
} Reference;

typedef struct Definition {
  DefinitionKind kind;
  int parent;  // index of the enclosing definition; -1 at module level
  StringView name;
  StringView qualified_name;  // "Stack.push"
  Span span;                  // with decorators
  Span name_span;
  Span body_span;
  bool is_async;
  bool is_nested;            // inside a function: neither a test nor a subject of its own
  bool is_abstract_or_stub;  // body is only `...`, `pass`, a docstring or raise NotImplementedError
  const Parameter *parameters;
  size_t parameter_count;
  StringView return_annotation;
  const StringView *decorators;  // text without '@'
  size_t decorator_count;
  const StringView *bases;  // classes only
  size_t base_count;
  int complexity;  // cyclomatic (McCabe 1976); 0 for classes
  const Comparison *comparisons;
  size_t comparison_count;
  const Literal *literals;
  size_t literal_count;
  const Reference *references;
  size_t reference_count;
  const StringView *raises;  // exception names of raise statements
  size_t raise_count;
} Definition;

typedef struct TestFacts {
  uint32_t definition;  // index
  StringView id;        // pytest's node id without the path: "TestStack::test_push"
  int strength;         // 0-100
  StrengthBand band;
  TestCategory category;
  double category_confidence;   // 0-1
  const char *category_reason;  // static: the rule that decided
  OracleKind strongest;
  uint32_t parameter_sets;  // 1 without parametrisation; a lower bound when it is computed
  bool is_unittest;
  bool is_skipped;
  bool is_shadowed;  // a later definition has its name: pytest never sees it
  bool is_property_based;
  const Assertion *assertions;
  size_t assertion_count;
  const StrengthPart *parts;
  size_t part_count;
} TestFacts;

typedef struct Import {
  StringView local_name;  // what the file calls it; "*" for star imports
  StringView module;      // dotted, leading dots kept: "..pkg.mod"
  StringView symbol;      // absent for `import module`
  Span span;
} Import;

typedef struct AnalyzerOptions {
  // pytest's python_files / python_classes / python_functions; prefixes or globs. None given: pytest's defaults.
  const StringView *python_files;
  size_t python_file_count;
  const StringView *python_classes;
  size_t python_class_count;
  const StringView *python_functions;
  size_t python_function_count;
  // Tools that the task prohibits, matched as whole words.
  const StringView *prohibited;
  size_t prohibited_count;
} AnalyzerOptions;

// `path` is relative to the workspace. `previous` (may be NULL) is the analysis of an earlier version of the same file
// with the same options.
int analysis_create(StringView path, const Snapshot *snapshot, const AnalyzerOptions *options,
                    const FileAnalysis *previous, FileAnalysis **ret_analysis, Error *ret_error);
FileAnalysis *analysis_retain(FileAnalysis *analysis);
void analysis_release(FileAnalysis *analysis);

StringView analysis_path(const FileAnalysis *analysis);
bool analysis_is_test_file(const FileAnalysis *analysis);  // by python_files, or it defines unittest cases
const Definition *analysis_definitions(const FileAnalysis *analysis, size_t *ret_count);
const TestFacts *analysis_tests(const FileAnalysis *analysis, size_t *ret_count);
const Import *analysis_imports(const FileAnalysis *analysis, size_t *ret_count);
const Literal *analysis_module_literals(const FileAnalysis *analysis, size_t *ret_count);  // outside functions
const Finding *analysis_findings(const FileAnalysis *analysis,
                                 size_t *ret_count);  // those of this file alone, by position
// Whether a comment in the source silences that code at an offset: `# testgen: ignore[code]` and its kin. The findings
// above have been through this; what other layers say about the file should go through it, too.
bool analysis_is_silenced(const FileAnalysis *analysis, DiagnosticCode code, uint32_t offset);
size_t analysis_reused_functions(
    const FileAnalysis *analysis);  // how many facts came from `previous`: for tests and benchmarks
uint32_t analysis_line_count(const FileAnalysis *analysis);

// The text that was analysed and where its lines begin: all that positions need, without the syntax tree.
StringView analysis_text(const FileAnalysis *analysis);
const LineIndex *analysis_lines(const FileAnalysis *analysis);

// Index of the innermost definition at an offset, -1 when there is none; and of the test there.
int analysis_definition_at(const FileAnalysis *analysis, uint32_t offset);
int analysis_test_at(const FileAnalysis *analysis, uint32_t offset);

#endif
