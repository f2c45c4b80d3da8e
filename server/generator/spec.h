// Spec files: `*.spec.json` and `*.spec.md`, one meaning. Every part remembers where it stands, so that diagnostics,
// lenses and actions can point at it.
#ifndef TESTGEN_SERVER_GENERATOR_SPEC_H
#define TESTGEN_SERVER_GENERATOR_SPEC_H

#include "protocol/json/json.h"
#include "server/analyzer/analysis.h"

// One requirement or edge case as written, and what was understood of it.
typedef struct SpecClause {
  StringView text;  // "pop() on empty stack must raise IndexError or custom exception"
  Span span;        // bytes in the spec file
  bool is_edge_case;
  StringView subject;  // the function or method it names: "pop"; absent when it names none
} SpecClause;

typedef struct SpecExample {
  StringView call;  // Python expression: "add(2, 3)"; or statements separated by newlines, the last one an expression
  StringView expected;  // Python expression: "5"; absent when an error is expected
  StringView raises;    // exception name; absent otherwise
  StringView match;     // part of the message; absent otherwise
  TestCategory category;
  StringView name;       // given by the spec; may be absent
  StringView reasoning;  // likewise
  Span span;
} SpecExample;

// A tool that a solution must not use.
typedef struct SpecProhibition {
  StringView tool;
  Span span;
} SpecProhibition;

typedef struct Spec {
  StringView path;  // relative
  StringView text;  // of the file; the caller's
  StringView name;  // "Stack"
  StringView difficulty;
  StringView description;
  StringView signature;  // "class Stack", "def add(a, b)"
  Span signature_span;
  StringView module;          // where the subject lies, dotted or a path; absent: looked for by the signature's name
  StringView test_path;       // where its tests go; absent: by the project's pattern
  const SpecClause *clauses;  // requirements, then edge cases
  size_t clause_count;
  const SpecExample *examples;
  size_t example_count;
  OptionalInteger expected_test_count;
  int context;  // TestContext; CONTEXT_COUNT when the spec does not say
  const SpecProhibition *prohibited;
  size_t prohibited_count;
  OptionalNumber min_line_coverage;
} Spec;

// A problem in a spec file; the rest of the spec is still used where that makes sense.
typedef struct SpecProblem {
  Span span;
  const char *message;  // stands alone
} SpecProblem;

bool spec_is_spec_path(StringView path);

// Reads a spec. Problems are collected; the call fails only when nothing can be used (PARSE, with "path:line:column:
// ").
int spec_parse(StringView path, StringView text, Arena *arena, Spec *ret_spec, SpecProblem **ret_problems,
               size_t *ret_problem_count, Error *ret_error);

#endif
