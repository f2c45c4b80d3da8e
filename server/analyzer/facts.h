// What one statement of a file says on its own: a function with everything in it, or a statement of a module or class.
// Facts depend on the statement's text alone, so they are kept by the hash of that text and shared by every analysis in
// which the text stands, wherever it stands. All spans are relative to the statement's start.
//
// Internal to the analyzer.
#ifndef TESTGEN_SERVER_ANALYZER_FACTS_H
#define TESTGEN_SERVER_ANALYZER_FACTS_H

#include "server/analyzer/analysis.h"
#include "server/analyzer/python_tree.h"

#include <stdatomic.h>

// Where a statement stands within its function. Bits.
enum {
  PLACE_CONDITIONAL = 1,    // in a branch or handler that may not run, and no other way asserts either
  PLACE_LOOP = 2,           // in a loop that may have no rounds
  PLACE_SWALLOWED = 4,      // a failure would be caught
  PLACE_UNREACHABLE = 8,    // behind return, raise or a skip
  PLACE_RAISES_BLOCK = 16,  // in the body of pytest.raises or assertRaises
};

typedef struct RawAssertion {
  Span span;
  const AssertionRule *rule;
  uint64_t oracle_hash;  // equal for assertions that check the same thing
  uint32_t nested;       // 1 + index of the nested definition it stands in; 0: none
  uint8_t place;
} RawAssertion;

enum {
  REFERENCE_CALL = 1,
  REFERENCE_STATEMENT = 2,   // the call is a whole statement
  REFERENCE_GIVES_SELF = 4,  // the call hands over the test case itself
};

typedef struct RawReference {
  Span name;
  Span span;  // of the call; of the name otherwise
  uint32_t nested;
  uint8_t flags;  // REFERENCE_*
  uint8_t place;  // PLACE_*
} RawReference;

typedef struct RawComparison {
  Span span;
  Span operator;
  Span operand;
  Span constant;
  Span root;  // the first identifier of the operand; empty when the operand is not a plain name, attribute or len() of
              // one
  double number;
  bool is_number;
  bool is_length;
} RawComparison;

typedef struct RawLiteral {
  Span span;
  int32_t items;
  double number;
  bool is_number;
} RawLiteral;

typedef struct RawParameter {
  Span name;
  Span annotation;    // empty: none
  Span default_text;  // likewise
  uint8_t star;
  bool is_keyword_only;
} RawParameter;

// A definition inside a function.
typedef struct RawNested {
  DefinitionKind kind;
  uint32_t parent;  // like RawAssertion.nested
  Span span;
  Span name;
  Span body;
  bool is_async;
  bool is_decorated;
  bool is_used;  // something outside it names it, or it is decorated
} RawNested;

typedef struct RawFinding {
  DiagnosticCode code;
  Span span;
  Span related;
  Span fix_span;
  const char *related_message;  // static
  const char *fix;              // static
  uint32_t message;             // offset into the strings
  uint32_t fix_text;            // likewise; 0: none
} RawFinding;

typedef struct RawImport {
  Span local_name;
  Span module;
  Span symbol;  // empty: `import module`
  Span span;
} RawImport;

// What decorators say of a test. Bits.
enum {
  TRAIT_SKIPPED = 1,
  TRAIT_PROPERTY = 2,  // hypothesis
  TRAIT_FIXTURE = 4,
  TRAIT_OVERLOAD = 8,    // typing.overload, property setters, singledispatch: the same name again is meant
  TRAIT_GENERATOR = 16,  // has yield
  TRAIT_RETURNS = 32,    // returns a truth value: a verdict that should have been asserted
  TRAIT_STUB = 64,
  TRAIT_RANDOM = 128,       // uses random numbers
  TRAIT_IO = 256,           // files, processes, network, databases
  TRAIT_EMPTY_INPUT = 512,  // "", [], {}, 0, None or an extreme number as an argument of a call
  TRAIT_ERROR_ATTRIBUTES = 1024,
  TRAIT_EXPECTED_FAILURE = 2048,
  TRAIT_PATCHED = 4096,
  TRAIT_ASSERTING = 8192,  // calls or takes over what asserts by its name
};

typedef enum FactsKind { FACTS_FUNCTION, FACTS_CLASS_HEADER, FACTS_STATEMENT } FactsKind;

typedef struct Facts {
  atomic_size_t references;
  uint64_t hash;    // of the text and the kind
  uint32_t length;  // bytes of the text
  FactsKind kind;
  Span name;  // functions and classes
  Span body;
  bool is_async;
  bool is_broken;           // it holds a syntax error
  uint64_t category_words;  // which words of the table of categories its name holds: category.c
  uint32_t traits;
  uint32_t parameter_sets;
  int complexity;
  Span return_annotation;  // empty: none
  Span marker;             // the category named by a marker; empty: none
  // Arrays, all in the one allocation.
  const RawAssertion *assertions;
  const RawReference *references_made;
  const RawComparison *comparisons;
  const RawLiteral *literals;
  const RawParameter *parameters;
  const Span *decorators;
  const Span *bases;
  const Span *raises;
  const RawNested *nested;
  const RawFinding *findings;
  const RawImport *imports;
  const char *strings;
  uint32_t assertion_count, reference_count, comparison_count, literal_count, parameter_count, decorator_count,
      base_count, raise_count, nested_count, finding_count, import_count;
  size_t size;  // bytes of the allocation
} Facts;

typedef struct FactsBuilder FactsBuilder;

// A builder holds the working memory of one analysis.
int facts_builder_create(FactsBuilder **ret_builder, Error *ret_error);
void facts_builder_destroy(FactsBuilder *builder);

// Reads the statement that the cursor stands on (a decorated definition counts as one; of a class only its header).
// `text` is the whole file's. One reference.
int facts_extract(FactsBuilder *builder, StringView text, TSTreeCursor *cursor, FactsKind kind, uint64_t hash,
                  Facts **ret_facts, Error *ret_error);

// The words of a name that the table of categories knows: category.c.
uint64_t category_words_of(StringView name);

Facts *facts_retain(Facts *facts);
void facts_release(Facts *facts);  // accepts NULL

#endif
