// The two readers of spec files and what they share. Internal to the generator.
#ifndef TESTGEN_SERVER_GENERATOR_SPEC_INTERNAL_H
#define TESTGEN_SERVER_GENERATOR_SPEC_INTERNAL_H

#include "protocol/memory/vector.h"
#include "server/generator/spec.h"

#define SPEC_TEXT_MAX (1u << 20)  // bytes
#define SPEC_ITEMS_MAX 10000u     // clauses, examples, prohibited tools; of each
#define SPEC_PROBLEMS_MAX 100u

// A spec while it is read.
typedef struct SpecReader {
  StringView path;
  StringView text;
  Arena *arena;
  Spec spec;
  Vector problems;      // SpecProblem
  Vector requirements;  // SpecClause
  Vector edge_cases;    // SpecClause
  Vector examples;      // SpecExample
  Vector prohibited;    // SpecProhibition
  Error *ret_error;
} SpecReader;

int spec_read_json(SpecReader *reader);
int spec_read_markdown(SpecReader *reader);

// Adds a problem; beyond the maximum they are dropped, as nobody reads so many.
int spec_add_problem(SpecReader *reader, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
int spec_add_clause(SpecReader *reader, StringView text, Span span, bool is_edge_case);
int spec_add_prohibition(SpecReader *reader, StringView tool, Span span);
int spec_no_memory(SpecReader *reader);

// The name that a clause speaks of: what stands before "(", among backquotes, or before a colon; absent when there is
// none.
StringView spec_clause_subject(StringView text);

// A JSON value as a Python literal, in double quotes where there are strings. Absent when memory is exhausted.
StringView spec_python_literal(const JsonValue *value, Arena *arena);

// A Python string literal of the text.
void spec_append_python_string(Buffer *buffer, StringView text);

// "Stack" from "class Stack(Generic[T]):", "add" from "def add(a, b)" or "add(a, b)". Absent when there is no name.
StringView spec_signature_name(StringView signature);

#endif
