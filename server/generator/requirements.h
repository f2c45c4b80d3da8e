// What a spec asks for, cell by cell: "dates and addresses must be valid" is two, one for each thing that the sentence
// speaks of and each thing that it says of it. Every cell wants a test.
#ifndef TESTGEN_SERVER_GENERATOR_REQUIREMENTS_H
#define TESTGEN_SERVER_GENERATOR_REQUIREMENTS_H

#include "server/analyzer/workspace_index.h"
#include "server/generator/spec.h"

typedef struct RequirementCell {
  const SpecClause *clause;
  StringView entity;      // "dates"; absent where the clause speaks of one thing only
  StringView constraint;  // "valid"; absent where it says one thing only
  bool is_met_by_suite;   // a test that is there speaks of it:
  const FileAnalysis *file;
  uint32_t test;  // of the file
} RequirementCell;

// In the order of the clauses. Of a spec with a signature only tests count whose file speaks of its subject. NO_MEMORY.
int requirement_cells(const Spec *spec, const WorkspaceIndex *index, Arena *arena, JsonArray *ret_cells,
                      Error *ret_error);

// Whether a test is for the cell: `stated` is what it says it is for, `code` the test as it is written. It must name
// the clause, and of a clause with several cells the cell's own words. False also when memory is exhausted.
bool requirement_is_met(const RequirementCell *cell, StringView stated, StringView code, Arena *arena);

// The clause that a test says it is for; NULL when it names none, or when memory is exhausted.
const SpecClause *requirement_clause(const Spec *spec, StringView stated, Arena *arena);

// "dates: valid"; empty where the clause has one cell only. For people, as what follows. Absent: no memory.
StringView requirement_part(const RequirementCell *cell, Arena *arena);

// "dates and addresses must be valid (dates)".
StringView requirement_title(const RequirementCell *cell, Arena *arena);

#endif
