// One statement's syntax tree, laid flat: nodes in source order (a parent before its children), each with the index
// behind its last descendant. Every later step reads this array with a plain loop, so nothing recurses however deep the
// source nests, and no step costs more than a scan.
//
// One walk with a cursor lays the tree flat. Queries (ts_query) would walk the tree once more for each question and
// measure several times slower than parsing; the cursor's walk costs a fraction of it.
//
// Source: tree-sitter-python's node-types.json for the names of kinds and fields.
#ifndef TESTGEN_SERVER_ANALYZER_PYTHON_TREE_H
#define TESTGEN_SERVER_ANALYZER_PYTHON_TREE_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"
#include "protocol/memory/vector.h"
#include "server/syntax/language.h"

#include <stdbool.h>
#include <stdint.h>
#include <tree_sitter/api.h>

// X(NAME, "named node of the grammar")
#define PYTHON_KINDS(X) \
  X(MODULE, "module") \
  X(ERROR, "ERROR") \
  X(EXPRESSION_STATEMENT, "expression_statement") \
  X(ASSERT_STATEMENT, "assert_statement") \
  X(RETURN_STATEMENT, "return_statement") \
  X(RAISE_STATEMENT, "raise_statement") \
  X(PASS_STATEMENT, "pass_statement") \
  X(BREAK_STATEMENT, "break_statement") \
  X(CONTINUE_STATEMENT, "continue_statement") \
  X(DELETE_STATEMENT, "delete_statement") \
  X(IMPORT_STATEMENT, "import_statement") \
  X(IMPORT_FROM_STATEMENT, "import_from_statement") \
  X(FUTURE_IMPORT_STATEMENT, "future_import_statement") \
  X(ALIASED_IMPORT, "aliased_import") \
  X(WILDCARD_IMPORT, "wildcard_import") \
  X(RELATIVE_IMPORT, "relative_import") \
  X(DOTTED_NAME, "dotted_name") \
  X(IF_STATEMENT, "if_statement") \
  X(ELIF_CLAUSE, "elif_clause") \
  X(ELSE_CLAUSE, "else_clause") \
  X(FOR_STATEMENT, "for_statement") \
  X(WHILE_STATEMENT, "while_statement") \
  X(TRY_STATEMENT, "try_statement") \
  X(EXCEPT_CLAUSE, "except_clause") \
  X(FINALLY_CLAUSE, "finally_clause") \
  X(WITH_STATEMENT, "with_statement") \
  X(WITH_CLAUSE, "with_clause") \
  X(WITH_ITEM, "with_item") \
  X(MATCH_STATEMENT, "match_statement") \
  X(CASE_CLAUSE, "case_clause") \
  X(CASE_PATTERN, "case_pattern") \
  X(BLOCK, "block") \
  X(FUNCTION_DEFINITION, "function_definition") \
  X(CLASS_DEFINITION, "class_definition") \
  X(DECORATED_DEFINITION, "decorated_definition") \
  X(DECORATOR, "decorator") \
  X(PARAMETERS, "parameters") \
  X(LAMBDA_PARAMETERS, "lambda_parameters") \
  X(DEFAULT_PARAMETER, "default_parameter") \
  X(TYPED_PARAMETER, "typed_parameter") \
  X(TYPED_DEFAULT_PARAMETER, "typed_default_parameter") \
  X(LIST_SPLAT_PATTERN, "list_splat_pattern") \
  X(DICTIONARY_SPLAT_PATTERN, "dictionary_splat_pattern") \
  X(KEYWORD_SEPARATOR, "keyword_separator") \
  X(POSITIONAL_SEPARATOR, "positional_separator") \
  X(TYPE, "type") \
  X(ARGUMENT_LIST, "argument_list") \
  X(KEYWORD_ARGUMENT, "keyword_argument") \
  X(LIST_SPLAT, "list_splat") \
  X(DICTIONARY_SPLAT, "dictionary_splat") \
  X(CALL, "call") \
  X(ATTRIBUTE, "attribute") \
  X(IDENTIFIER, "identifier") \
  X(SUBSCRIPT, "subscript") \
  X(SLICE, "slice") \
  X(STRING, "string") \
  X(INTERPOLATION, "interpolation") \
  X(CONCATENATED_STRING, "concatenated_string") \
  X(INTEGER, "integer") \
  X(FLOAT, "float") \
  X(TRUE, "true") \
  X(FALSE, "false") \
  X(NONE, "none") \
  X(ELLIPSIS, "ellipsis") \
  X(LIST, "list") \
  X(TUPLE, "tuple") \
  X(SET, "set") \
  X(DICTIONARY, "dictionary") \
  X(PAIR, "pair") \
  X(LIST_COMPREHENSION, "list_comprehension") \
  X(SET_COMPREHENSION, "set_comprehension") \
  X(DICTIONARY_COMPREHENSION, "dictionary_comprehension") \
  X(GENERATOR_EXPRESSION, "generator_expression") \
  X(FOR_IN_CLAUSE, "for_in_clause") \
  X(IF_CLAUSE, "if_clause") \
  X(COMPARISON_OPERATOR, "comparison_operator") \
  X(BOOLEAN_OPERATOR, "boolean_operator") \
  X(NOT_OPERATOR, "not_operator") \
  X(BINARY_OPERATOR, "binary_operator") \
  X(UNARY_OPERATOR, "unary_operator") \
  X(CONDITIONAL_EXPRESSION, "conditional_expression") \
  X(PARENTHESIZED_EXPRESSION, "parenthesized_expression") \
  X(NAMED_EXPRESSION, "named_expression") \
  X(AS_PATTERN, "as_pattern") \
  X(AS_PATTERN_TARGET, "as_pattern_target") \
  X(ASSIGNMENT, "assignment") \
  X(AUGMENTED_ASSIGNMENT, "augmented_assignment") \
  X(PATTERN_LIST, "pattern_list") \
  X(TUPLE_PATTERN, "tuple_pattern") \
  X(LIST_PATTERN, "list_pattern") \
  X(EXPRESSION_LIST, "expression_list") \
  X(LAMBDA, "lambda") \
  X(AWAIT, "await") \
  X(YIELD, "yield") \
  X(GLOBAL_STATEMENT, "global_statement") \
  X(NONLOCAL_STATEMENT, "nonlocal_statement") \
  X(COMMENT, "comment")

typedef enum PythonKind {
  KIND_DROPPED,   // punctuation and the inside of strings: not in the array
  KIND_OTHER,     // any other named node
  KIND_OPERATOR,  // == < in "is not" and or ...
  KIND_ASYNC,     // the keyword
#define X(name, text) KIND_##name,
  PYTHON_KINDS(X)
#undef X
      KIND_COUNT
} PythonKind;

#define PYTHON_FIELDS(X) \
  X(ALIAS, "alias") \
  X(ALTERNATIVE, "alternative") \
  X(ARGUMENT, "argument") \
  X(ARGUMENTS, "arguments") \
  X(ATTRIBUTE, "attribute") \
  X(BODY, "body") \
  X(CONDITION, "condition") \
  X(CONSEQUENCE, "consequence") \
  X(DEFINITION, "definition") \
  X(FUNCTION, "function") \
  X(GUARD, "guard") \
  X(KEY, "key") \
  X(LEFT, "left") \
  X(MODULE_NAME, "module_name") \
  X(NAME, "name") \
  X(OBJECT, "object") \
  X(OPERATOR, "operator") \
  X(OPERATORS, "operators") \
  X(PARAMETERS, "parameters") \
  X(RETURN_TYPE, "return_type") \
  X(RIGHT, "right") \
  X(SUBJECT, "subject") \
  X(SUBSCRIPT, "subscript") \
  X(SUPERCLASSES, "superclasses") \
  X(TYPE, "type") \
  X(VALUE, "value")

typedef enum PythonField {
  FIELD_NONE,
#define X(name, text) FIELD_##name,
  PYTHON_FIELDS(X)
#undef X
      FIELD_COUNT
} PythonField;

#define NODE_NONE UINT32_MAX

typedef struct FlatNode {
  uint8_t kind;    // PythonKind
  uint8_t field;   // PythonField: which field of its parent it is
  bool is_broken;  // an ERROR node, or missing
  uint32_t start;  // bytes
  uint32_t end;
  uint32_t next;    // index behind the last descendant
  uint32_t parent;  // NODE_NONE for the root
} FlatNode;

// Which symbol of the grammar is which kind, and likewise for fields. Immutable.
typedef struct PythonGrammar {
  uint8_t kinds[512];
  uint8_t fields[64];
  uint16_t field_ids[FIELD_COUNT];  // the other way round
} PythonGrammar;

const PythonGrammar *python_grammar_get(void);  // made at the first call, from any thread

typedef struct FlatTree {
  StringView text;  // of the whole file, borrowed
  FlatNode *nodes;  // owned; reused from one statement to the next
  uint32_t count;
  uint32_t capacity;
} FlatTree;

void flat_tree_finish(FlatTree *tree);

// Lays out what the cursor stands on; the cursor is there again afterwards. With `is_header` the body of the class is
// left out: its node has no children. NO_MEMORY.
int flat_tree_read(FlatTree *tree, const PythonGrammar *grammar, TSTreeCursor *cursor, bool is_header);

PythonKind python_kind_of(const PythonGrammar *grammar, TSNode node);

PythonKind flat_tree_kind(const FlatTree *tree, uint32_t node);  // KIND_DROPPED for NODE_NONE
StringView flat_tree_text(const FlatTree *tree, uint32_t node);
uint32_t flat_tree_first_child(const FlatTree *tree,
                               uint32_t node);  // NODE_NONE without children; comments are skipped
uint32_t flat_tree_next_sibling(const FlatTree *tree, uint32_t node);  // likewise
uint32_t flat_tree_child(const FlatTree *tree, uint32_t node, PythonField field);
uint32_t flat_tree_child_of_kind(const FlatTree *tree, uint32_t node, PythonKind kind);
// True when something of that kind is in the subtree.
bool flat_tree_contains(const FlatTree *tree, uint32_t node, PythonKind kind);
// Through parentheses and `await`.
uint32_t flat_tree_strip(const FlatTree *tree, uint32_t node);

#endif
