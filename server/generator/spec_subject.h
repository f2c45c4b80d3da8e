// Where the code lies that a spec is of.
#ifndef TESTGEN_SERVER_GENERATOR_SPEC_SUBJECT_H
#define TESTGEN_SERVER_GENERATOR_SPEC_SUBJECT_H

#include "server/analyzer/workspace_index.h"
#include "server/generator/spec.h"

typedef struct SpecSubject {
  const FileAnalysis *file;
  StringView name;      // of the class or function
  uint32_t definition;  // of the file
} SpecSubject;

// Looked for by the name in the signature, else by the spec's own, outside the tests. False: there is none.
bool spec_find_subject(const Spec *spec, const WorkspaceIndex *index, Arena *arena, SpecSubject *ret_subject);

// The function or method that a clause names: "pop" of the class Stack, or the subject itself. -1: none of the file.
int spec_find_clause_subject(const SpecSubject *subject, const SpecClause *clause);

#endif
