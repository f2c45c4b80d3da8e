// The mutation operators for Python: one row each, a pattern of the grammar and what replaces its target. A new
// operator is a new row, and a section of docs/mutation.md.
//
// Sources: DeMillo, Lipton, Sayward 1978 (the idea); Kaminski, Ammann, Offutt 2013 (three relational replacements
// suffice); Niedermayr, Juergens, Wagner 2016 (pseudo-tested methods: the removed body); the operator lists of mutmut,
// cosmic-ray and PIT.
#ifndef TESTGEN_SERVER_MUTATION_OPERATORS_H
#define TESTGEN_SERVER_MUTATION_OPERATORS_H

#include <stddef.h>

typedef struct MutationOperator {
  const char *name;         // "relational"; several rows may share one
  const char *query;        // one tree-sitter pattern: @target is replaced, @a and @b may be used in the replacement
  const char *word;         // what the text of @name, or else of @target, must be; NULL: anything
  const char *replacement;  // $target, $a and $b stand for the text of the captures; NULL: by the kind of the literal
} MutationOperator;

extern const MutationOperator mutation_operators[];
extern const size_t mutation_operator_count;

#endif
