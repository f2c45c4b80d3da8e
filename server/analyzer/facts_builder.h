// The working memory in which the facts of one statement are gathered. Internal to facts_*.c.
#ifndef TESTGEN_SERVER_ANALYZER_FACTS_BUILDER_H
#define TESTGEN_SERVER_ANALYZER_FACTS_BUILDER_H

#include "server/analyzer/assertion_classify.h"
#include "server/analyzer/facts.h"

#define ARM_NONE UINT32_MAX

// One way through an if, a match or a try. Assertions count as conditional when they stand in an arm of which the group
// is not complete: some other way through it asserts nothing.
typedef struct Arm {
  uint32_t group;
  uint32_t parent;  // ARM_NONE at the function's level
  bool is_main;     // the body or else of a try: runs unless something goes wrong
  bool is_settled;  // it asserts, raises, skips or returns
} Arm;

typedef struct ArmGroup {
  bool is_exhaustive;  // has an else
  bool is_try;
} ArmGroup;

typedef struct WalkState {
  uint32_t arm;
  uint32_t group;
  uint32_t nested;
  uint8_t place;
} WalkState;

typedef struct Frame {
  uint32_t end;  // node index at which the state before is restored
  WalkState before;
} Frame;

// A pytest.raises with a name for what it caught.
typedef struct RaisesAlias {
  StringView name;
  uint32_t assertion;
  uint32_t body_start;  // node indexes of the block
  uint32_t body_end;
} RaisesAlias;

struct FactsBuilder {
  const PythonGrammar *grammar;
  FlatTree tree;
  uint32_t base;  // offset of the statement in the text
  uint32_t root;  // node of the function, class or statement inside its decorators
  bool failed;    // memory was exhausted
  WalkState state;
  uint32_t dead_start;  // nodes [dead_start, dead_end) stand behind a return, raise or skip
  uint32_t dead_end;
  uint32_t traits;
  uint32_t parameter_sets;
  int complexity;
  Span marker;
  Vector frames, arms, groups, assertion_arms, aliases;
  Vector assertions, references, comparisons, literals, parameters, decorators, bases, raises, nested, findings,
      imports;
  Vector strings;
};

void facts_walk(FactsBuilder *builder);                            // the body: facts_walk.c
void facts_read_header(FactsBuilder *builder);                     // decorators, parameters, bases: facts_header.c
void facts_read_import(FactsBuilder *builder, uint32_t node);      // facts_header.c
void facts_read_literal(FactsBuilder *builder, uint32_t node);     // facts_values.c
void facts_read_comparison(FactsBuilder *builder, uint32_t node);  // facts_values.c
void facts_read_assert(FactsBuilder *builder, uint32_t node);      // facts_assertions.c
void facts_read_call(FactsBuilder *builder, uint32_t node);        // facts_assertions.c
void facts_read_statement(FactsBuilder *builder, uint32_t node);   // facts_assertions.c: an expression for its own sake
void facts_read_with(FactsBuilder *builder, uint32_t node);        // facts_assertions.c
void facts_read_raise(FactsBuilder *builder, uint32_t node);       // facts_assertions.c
void facts_settle(FactsBuilder *builder);  // conditional assertions, checked errors: facts_settle.c

Span facts_span(const FactsBuilder *builder, uint32_t node);       // relative; empty for NODE_NONE
Span facts_span_of(const FactsBuilder *builder, StringView text);  // of a part of the file's text
RawAssertion *facts_add_assertion(FactsBuilder *builder, uint32_t node, RuleName rule);
void facts_settle_arm(FactsBuilder *builder);                     // the way through here asserts or leaves
void facts_mark_dead(FactsBuilder *builder, uint32_t statement);  // what follows in its block does not run
RawFinding *facts_add_finding(FactsBuilder *builder, DiagnosticCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void facts_add_fix(FactsBuilder *builder, RawFinding *finding, const char *title, Span span, StringView text);
void facts_push_frame(FactsBuilder *builder, uint32_t end);  // saves the state up to that node

#endif
