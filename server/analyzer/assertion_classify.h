// Which rule an asserted expression falls under. Internal to the analyzer.
#ifndef TESTGEN_SERVER_ANALYZER_ASSERTION_CLASSIFY_H
#define TESTGEN_SERVER_ANALYZER_ASSERTION_CLASSIFY_H

#include "server/analyzer/assertion_rules.h"
#include "server/analyzer/python_tree.h"

// Of `assert <node>`.
RuleName classify_truth(const FlatTree *tree, uint32_t node);

// Of a call that the table of calls knows.
RuleName classify_call(const FlatTree *tree, uint32_t call, const CallRow *row);

// The name of a call or attribute as written ("self.assertEqual"); when the object is no plain name, what follows it,
// with the leading dot (".push"). Empty when there is no name.
StringView dotted_name_of(const FlatTree *tree, uint32_t node);
StringView last_name_of(StringView dotted);

// The positional argument at an index, and the value of a keyword argument; NODE_NONE without.
uint32_t call_argument(const FlatTree *tree, uint32_t call, size_t index);
uint32_t call_keyword(const FlatTree *tree, uint32_t call, const char *name);

bool node_is_literal(const FlatTree *tree, uint32_t node);  // a constant, or a display of constants

#endif
