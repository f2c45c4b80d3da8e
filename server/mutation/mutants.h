// The mutants of a file: every place where an operator fits, with what stands there instead. Pure: a snapshot in, a
// list out. What no test is expected to notice (annotations, docstrings, logging, `if __name__ == "__main__"`) is left
// out.
#ifndef TESTGEN_SERVER_MUTATION_MUTANTS_H
#define TESTGEN_SERVER_MUTATION_MUTANTS_H

#include "protocol/memory/arena.h"
#include "server/syntax/snapshot.h"

typedef struct Mutant {
  const char *operator_name;  // static
  uint32_t start;             // bytes of the text that is replaced
  uint32_t end;               // exclusive
  StringView replacement;     // in the arena
  StringView function;        // qualified name of the innermost function whose body or parameters hold it, else empty
  uint32_t line;              // 1-based, of `start`
  uint32_t row;               // of the table of operators
} Mutant;

// By place, then in the order of the operators. The arena owns the list. LIMIT, NO_MEMORY.
int mutants_find(const Snapshot *snapshot, Arena *arena, Mutant **ret_mutants, size_t *ret_count, Error *ret_error);

#endif
