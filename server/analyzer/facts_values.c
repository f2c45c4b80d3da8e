// Literals, and comparisons with constants.

#include "server/analyzer/facts_builder.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 64  // bytes of a number's text; longer ones are left alone
#define STRING_MAX 4096

// The value of an integer or float as Python writes it: underscores, other bases, no complex numbers.
static bool number_value(StringView text, double *ret_number) {
  char digits[NUMBER_MAX + 1];
  size_t length = 0;
  if (text.length == 0 || text.length > NUMBER_MAX) {
    return false;
  }
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != '_') {
      digits[length++] = text.data[i];
    }
  }
  digits[length] = '\0';
  char last = digits[length - 1];
  bool is_prefixed = length > 2 && digits[0] == '0' && strchr("xXoObB", digits[1]);
  if (!is_prefixed) {
    return last != 'j' && last != 'J' && string_view_to_double((StringView){digits, length}, ret_number);
  }
  int base = strchr("xX", digits[1]) ? 16 : strchr("oO", digits[1]) ? 8 : 2;
  *ret_number = (double)strtoull(digits + 2, NULL, base);
  return true;
}

// A number with its sign, or false.
static bool node_number(const FlatTree *tree, uint32_t node, double *ret_number) {
  double sign = 1;
  if (flat_tree_kind(tree, node) == KIND_UNARY_OPERATOR) {
    if (!string_view_starts_with(flat_tree_text(tree, node), SV("-"))) {
      return false;
    }
    sign = -1;
    node = flat_tree_child(tree, node, FIELD_ARGUMENT);
  }
  PythonKind kind = flat_tree_kind(tree, node);
  double number = 0;
  if ((kind != KIND_INTEGER && kind != KIND_FLOAT) || !number_value(flat_tree_text(tree, node), &number)) {
    return false;
  }
  *ret_number = sign * number;
  return true;
}

// Characters of a string without prefix and quotes; an escape sequence counts as one.
static int32_t string_items(StringView text) {
  size_t start = 0;
  while (start < text.length && text.data[start] != '"' && text.data[start] != '\'') {
    start++;
  }
  if (start == text.length) {
    return -1;
  }
  char quote = text.data[start];
  bool is_triple = text.length >= start + 6 && text.data[start + 1] == quote && text.data[start + 2] == quote;
  size_t width = is_triple ? 3 : 1;
  if (text.length < start + 2 * width) {
    return -1;
  }
  int32_t items = 0;
  for (size_t i = start + width; i < text.length - width; i++) {
    unsigned char byte = (unsigned char)text.data[i];
    items += (byte & 0xC0) != 0x80;
    i += byte == '\\';
  }
  return items;
}

static int32_t display_items(const FlatTree *tree, uint32_t node) {
  int32_t items = 0;
  for (uint32_t child = flat_tree_first_child(tree, node); child != NODE_NONE;
       child = flat_tree_next_sibling(tree, child)) {
    items++;
  }
  return items;
}

static bool is_documentation(const FlatTree *tree, uint32_t node) {
  return flat_tree_kind(tree, tree->nodes[node].parent) == KIND_EXPRESSION_STATEMENT;
}

// Zero, nothing, less than nothing, and what no machine integer holds: inputs at the edge.
static bool is_extreme(const RawLiteral *literal, PythonKind kind) {
  if (kind == KIND_NONE) {
    return true;
  }
  return literal->is_number ? literal->number <= 0 || literal->number >= 2147483647.0 : literal->items == 0;
}

static void note_extreme_argument(FactsBuilder *builder, uint32_t node, const RawLiteral *literal) {
  const FlatTree *tree = &builder->tree;
  uint32_t arguments = tree->nodes[node].parent;
  if (flat_tree_kind(tree, arguments) != KIND_ARGUMENT_LIST || !is_extreme(literal, flat_tree_kind(tree, node))) {
    return;
  }
  uint32_t function = flat_tree_child(tree, tree->nodes[arguments].parent, FIELD_FUNCTION);
  StringView name = last_name_of(dotted_name_of(tree, function));
  if (name.length > 0 && !call_row_find(name) && !string_view_equal_text(name, "range")) {
    builder->traits |= TRAIT_EMPTY_INPUT;
  }
}

void facts_read_literal(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  PythonKind kind = flat_tree_kind(tree, node);
  uint32_t sign = tree->nodes[node].parent;
  if ((kind == KIND_INTEGER || kind == KIND_FLOAT) && flat_tree_kind(tree, sign) == KIND_UNARY_OPERATOR) {
    node = sign;
  }
  StringView text = flat_tree_text(tree, node);
  if (is_documentation(tree, node) || text.length > STRING_MAX || tree->nodes[node].kind == KIND_INTERPOLATION ||
      flat_tree_contains(tree, node, KIND_INTERPOLATION)) {
    return;
  }
  RawLiteral literal = {.span = facts_span(builder, node), .items = -1};
  literal.is_number = node_number(tree, node, &literal.number);
  if (kind == KIND_STRING) {
    literal.items = string_items(text);
  } else if (kind == KIND_LIST || kind == KIND_TUPLE || kind == KIND_SET || kind == KIND_DICTIONARY) {
    literal.items = display_items(tree, node);
  }
  if (!vector_push_copy(&builder->literals, &literal)) {
    builder->failed = true;
  }
  note_extreme_argument(builder, node, &literal);
}

static bool node_is_constant(const FlatTree *tree, uint32_t node) {
  double number = 0;
  return flat_tree_kind(tree, node) == KIND_STRING || node_number(tree, node, &number);
}

// The first identifier of a plain operand: x, x.y, len(x), len(x.y).
static uint32_t operand_root(const FlatTree *tree, uint32_t node, bool *ret_is_length) {
  *ret_is_length = false;
  if (flat_tree_kind(tree, node) == KIND_CALL &&
      string_view_equal_text(flat_tree_text(tree, flat_tree_child(tree, node, FIELD_FUNCTION)), "len")) {
    *ret_is_length = true;
    node = call_argument(tree, node, 0);
  }
  while (flat_tree_kind(tree, node) == KIND_ATTRIBUTE) {
    node = flat_tree_child(tree, node, FIELD_OBJECT);
  }
  return flat_tree_kind(tree, node) == KIND_IDENTIFIER ? node : NODE_NONE;
}

static void add_comparison(FactsBuilder *builder, uint32_t left, uint32_t operator, uint32_t right) {
  const FlatTree *tree = &builder->tree;
  bool is_left_constant = node_is_constant(tree, left);
  if (is_left_constant == node_is_constant(tree, right)) {
    return;
  }
  uint32_t operand = is_left_constant ? right : left;
  uint32_t constant = is_left_constant ? left : right;
  RawComparison *comparison = vector_push(&builder->comparisons);
  if (!comparison) {
    builder->failed = true;
    return;
  }
  comparison->span = (Span){facts_span(builder, left).start, facts_span(builder, right).end};
  comparison->operator= facts_span(builder, operator);
  comparison->operand = facts_span(builder, operand);
  comparison->constant = facts_span(builder, constant);
  comparison->is_number = node_number(tree, constant, &comparison->number);
  comparison->root = facts_span(builder, operand_root(tree, operand, &comparison->is_length));
}

void facts_read_comparison(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t left = flat_tree_first_child(tree, node);
  while (left != NODE_NONE) {
    uint32_t operator= flat_tree_next_sibling(tree, left);
    uint32_t right = operator== NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, operator);
    if (right == NODE_NONE) {
      return;
    }
    add_comparison(builder, left, operator, right);
    left = right;
  }
}
