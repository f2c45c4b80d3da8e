// What the sentences of a spec mean: a table of patterns, bound to the names and signatures of the subject. Only what
// is exact becomes a statement.
#ifndef TESTGEN_SERVER_GENERATOR_BUILTIN_CLAUSES_H
#define TESTGEN_SERVER_GENERATOR_BUILTIN_CLAUSES_H

#include "server/generator/provider.h"

typedef struct ClauseContext {
  const Spec *spec;
  const FileAnalysis *analysis;  // of the subject's file
  StringView module;
  StringView symbol;  // class or function
  Arena *arena;
  // Filled by clause_context_fill.
  const Definition *subject;  // NULL: the file does not have it
  StringView variable;        // "stack"; absent for functions
  StringView construction;    // "stack = Stack()"
  StringView add_method;      // takes one item: push, add, enqueue ...; absent: none
  StringView take_method;     // gives one back without arguments: pop, dequeue ...
} ClauseContext;

typedef struct SpecStatement {
  Candidate candidate;  // with exactly one check
  bool allows_custom;   // "or custom exception"
  // Filled when the code was seen to do otherwise.
  StringView key;       // of its test, see render_body_key
  size_t disagreement;  // its number among them, from 1; 0: none
} SpecStatement;

bool clause_context_fill(ClauseContext *context);  // false when memory is exhausted

bool clause_from_example(ClauseContext *context, const SpecExample *example, SpecStatement *ret_statement);

// False with the reason when the clause says nothing exact.
bool clause_understand(ClauseContext *context, const SpecClause *clause, SpecStatement *ret_statement,
                       StringView *ret_reason);

// True when the clause asks for an error without naming its class, and no other clause of the same subject names one.
bool clause_leaves_error_open(const Spec *spec, const SpecClause *clause);

bool clause_add_import(Candidate *candidate, StringView module, StringView name, Arena *arena);

#endif
