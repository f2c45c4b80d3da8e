#include "server/analyzer/assertion_classify.h"

#define DEPTH_MAX 24  // of `not`, `and` and `or` that are looked through

StringView dotted_name_of(const FlatTree *tree, uint32_t node) {
  if (flat_tree_kind(tree, node) == KIND_IDENTIFIER) {
    return flat_tree_text(tree, node);
  }
  if (flat_tree_kind(tree, node) != KIND_ATTRIBUTE) {
    return SV("");
  }
  uint32_t end = tree->nodes[node].end;
  uint32_t inner = node;
  uint32_t object = flat_tree_child(tree, inner, FIELD_OBJECT);
  while (flat_tree_kind(tree, object) == KIND_ATTRIBUTE) {
    inner = object;
    object = flat_tree_child(tree, inner, FIELD_OBJECT);
  }
  if (flat_tree_kind(tree, object) == KIND_IDENTIFIER) {
    return flat_tree_text(tree, node);
  }
  if (object == NODE_NONE) {
    return SV("");
  }
  uint32_t start = tree->nodes[object].end;
  while (start < end && tree->text.data[start] != '.') {
    start++;
  }
  return string_view_slice(tree->text, start, end);
}

StringView last_name_of(StringView dotted) {
  size_t start = dotted.length;
  while (start > 0 && dotted.data[start - 1] != '.') {
    start--;
  }
  return string_view_trim(string_view_slice(dotted, start, dotted.length));
}

static StringView called_name(const FlatTree *tree, uint32_t node) {
  return last_name_of(dotted_name_of(tree, flat_tree_child(tree, node, FIELD_FUNCTION)));
}

uint32_t call_argument(const FlatTree *tree, uint32_t call, size_t index) {
  uint32_t arguments = flat_tree_child(tree, call, FIELD_ARGUMENTS);
  if (flat_tree_kind(tree, arguments) == KIND_GENERATOR_EXPRESSION) {
    return index == 0 ? arguments : NODE_NONE;
  }
  uint32_t child = flat_tree_first_child(tree, arguments);
  for (; child != NODE_NONE; child = flat_tree_next_sibling(tree, child)) {
    if (tree->nodes[child].kind != KIND_KEYWORD_ARGUMENT && index-- == 0) {
      return child;
    }
  }
  return NODE_NONE;
}

uint32_t call_keyword(const FlatTree *tree, uint32_t call, const char *name) {
  uint32_t child = flat_tree_first_child(tree, flat_tree_child(tree, call, FIELD_ARGUMENTS));
  for (; child != NODE_NONE; child = flat_tree_next_sibling(tree, child)) {
    if (tree->nodes[child].kind == KIND_KEYWORD_ARGUMENT &&
        string_view_equal_text(flat_tree_text(tree, flat_tree_child(tree, child, FIELD_NAME)), name)) {
      return flat_tree_child(tree, child, FIELD_VALUE);
    }
  }
  return NODE_NONE;
}

static bool kind_is_constant(PythonKind kind) {
  switch (kind) {
  case KIND_STRING:
  case KIND_CONCATENATED_STRING:
  case KIND_INTEGER:
  case KIND_FLOAT:
  case KIND_TRUE:
  case KIND_FALSE:
  case KIND_NONE:
  case KIND_ELLIPSIS: return true;
  default: return false;
  }
}

static bool kind_is_display(PythonKind kind) {
  return kind == KIND_LIST || kind == KIND_TUPLE || kind == KIND_SET || kind == KIND_DICTIONARY;
}

bool node_is_literal(const FlatTree *tree, uint32_t node) {
  node = flat_tree_strip(tree, node);
  if (node == NODE_NONE) {
    return false;
  }
  for (uint32_t i = node; i < tree->nodes[node].next; i++) {
    PythonKind kind = (PythonKind)tree->nodes[i].kind;
    if (!kind_is_constant(kind) && !kind_is_display(kind) && kind != KIND_PAIR && kind != KIND_UNARY_OPERATOR &&
        kind != KIND_OPERATOR && kind != KIND_COMMENT && kind != KIND_PARENTHESIZED_EXPRESSION) {
      return false;
    }
  }
  return true;
}

static bool node_is_structure(const FlatTree *tree, uint32_t node) {
  PythonKind kind = flat_tree_kind(tree, node);
  uint32_t first = flat_tree_first_child(tree, node);
  return kind_is_display(kind) && first != NODE_NONE && flat_tree_next_sibling(tree, first) != NODE_NONE;
}

static bool node_is_singleton(const FlatTree *tree, uint32_t node) {
  PythonKind kind = flat_tree_kind(tree, node);
  return kind == KIND_NONE || kind == KIND_TRUE || kind == KIND_FALSE;
}

static bool node_is_call_of(const FlatTree *tree, uint32_t node, const char *name) {
  return flat_tree_kind(tree, node) == KIND_CALL && string_view_equal_text(called_name(tree, node), name);
}

// f(g(x)) against x: some innermost argument of nested calls is the other operand itself.
static bool is_round_trip(const FlatTree *tree, uint32_t call, uint32_t other) {
  uint32_t depth = 0;
  while (flat_tree_kind(tree, call) == KIND_CALL && depth < DEPTH_MAX) {
    call = flat_tree_strip(tree, call_argument(tree, call, 0));
    depth++;
  }
  return depth >= 2 && call != NODE_NONE && flat_tree_kind(tree, call) == KIND_IDENTIFIER &&
         string_view_equal(flat_tree_text(tree, call), flat_tree_text(tree, other));
}

static bool name_is_any(StringView name, const char *const *names) {
  for (size_t i = 0; names[i]; i++) {
    if (string_view_equal_text(name, names[i])) {
      return true;
    }
  }
  return false;
}

static const char *const exit_names[] = {"returncode", "exit_code", "exitcode", "exit_status", "ret", "rc", NULL};
static const char *const call_count_names[] = {"call_count", "await_count", NULL};
static const char *const call_argument_names[] = {"call_args",    "call_args_list", "mock_calls",
                                                  "method_calls", "await_args",     NULL};

// `isinstance(x, T) is True` says what `isinstance(x, T)` says. RULE_SINGLETON: the call is none of these.
static RuleName classify_told_call(const FlatTree *tree, uint32_t call, uint32_t other) {
  PythonKind kind = flat_tree_kind(tree, other);
  if (kind != KIND_TRUE && kind != KIND_FALSE) {
    return RULE_SINGLETON;
  }
  if (node_is_call_of(tree, call, "isinstance") || node_is_call_of(tree, call, "issubclass")) {
    return RULE_TYPE;
  }
  bool is_attribute = node_is_call_of(tree, call, "hasattr") || node_is_call_of(tree, call, "callable");
  return is_attribute ? RULE_ATTRIBUTE : RULE_SINGLETON;
}

static RuleName classify_singleton(const FlatTree *tree, uint32_t left, uint32_t right) {
  RuleName rule = classify_told_call(tree, left, right);
  return rule == RULE_SINGLETON ? classify_told_call(tree, right, left) : rule;
}

static RuleName classify_equal_side(const FlatTree *tree, uint32_t side, uint32_t other) {
  StringView name = last_name_of(dotted_name_of(tree, side));
  if (node_is_call_of(tree, side, "approx")) {
    return RULE_APPROXIMATE;
  }
  if (node_is_call_of(tree, side, "len") && node_is_literal(tree, other)) {
    return RULE_LENGTH;
  }
  if (node_is_call_of(tree, side, "type")) {
    return RULE_TYPE;
  }
  if (name_is_any(name, exit_names) && node_is_literal(tree, other)) {
    return RULE_EXIT_CODE;
  }
  if (string_view_equal_text(name, "status_code")) {
    return RULE_STATUS_CODE;
  }
  if (name_is_any(name, call_count_names)) {
    return RULE_MOCK_COUNT;
  }
  if (name_is_any(name, call_argument_names)) {
    return RULE_MOCK_ARGUMENTS;
  }
  return is_round_trip(tree, side, other) ? RULE_ROUND_TRIP : RULE_EQUAL;
}

static bool operands_are_same(const FlatTree *tree, uint32_t left, uint32_t right) {
  return string_view_equal(flat_tree_text(tree, left), flat_tree_text(tree, right));
}

static RuleName classify_equal(const FlatTree *tree, uint32_t left, uint32_t right) {
  left = flat_tree_strip(tree, left);
  right = flat_tree_strip(tree, right);
  if (left == NODE_NONE || right == NODE_NONE) {
    return RULE_EQUAL;
  }
  if (operands_are_same(tree, left, right)) {
    return flat_tree_contains(tree, left, KIND_CALL) ? RULE_REPEATABLE : RULE_SAME_OPERANDS;
  }
  if (node_is_literal(tree, left) && node_is_literal(tree, right)) {
    return RULE_CONSTANT;
  }
  RuleName rule = classify_equal_side(tree, left, right);
  if (rule == RULE_EQUAL) {
    rule = classify_equal_side(tree, right, left);
  }
  if (rule != RULE_EQUAL) {
    return rule;
  }
  if (node_is_singleton(tree, left) || node_is_singleton(tree, right)) {
    return classify_singleton(tree, left, right);
  }
  if (node_is_structure(tree, left) || node_is_structure(tree, right)) {
    return RULE_EQUAL_STRUCTURE;
  }
  return node_is_literal(tree, left) || node_is_literal(tree, right) ? RULE_EQUAL_LITERAL : RULE_EQUAL;
}

static RuleName classify_not_equal(const FlatTree *tree, uint32_t left, uint32_t right) {
  left = flat_tree_strip(tree, left);
  right = flat_tree_strip(tree, right);
  if (flat_tree_kind(tree, left) == KIND_NONE || flat_tree_kind(tree, right) == KIND_NONE) {
    return RULE_NOT_NONE;
  }
  return RULE_NOT_EQUAL;
}

static RuleName classify_is(const FlatTree *tree, uint32_t left, uint32_t right) {
  left = flat_tree_strip(tree, left);
  right = flat_tree_strip(tree, right);
  if (left != NODE_NONE && right != NODE_NONE && operands_are_same(tree, left, right)) {
    return flat_tree_contains(tree, left, KIND_CALL) ? RULE_IDENTITY : RULE_SAME_OPERANDS;
  }
  if (node_is_singleton(tree, left) || node_is_singleton(tree, right)) {
    return classify_singleton(tree, left, right);
  }
  return node_is_call_of(tree, left, "type") ? RULE_TYPE : RULE_IDENTITY;
}

// len(x) > 0, len(x) >= 1 and the like ask only for something.
static RuleName classify_order(const FlatTree *tree, uint32_t left, uint32_t right) {
  left = flat_tree_strip(tree, left);
  right = flat_tree_strip(tree, right);
  StringView text = flat_tree_text(tree, right);
  if (node_is_call_of(tree, left, "len") && (string_view_equal_text(text, "0") || string_view_equal_text(text, "1"))) {
    return RULE_NOT_EMPTY;
  }
  bool is_constant = node_is_literal(tree, left) && node_is_literal(tree, right);
  return is_constant ? RULE_CONSTANT : RULE_ORDER;
}

static RuleName classify_operator(const FlatTree *tree, uint32_t left, StringView operator, uint32_t right) {
  if (string_view_equal_text(operator, "==")) {
    return classify_equal(tree, left, right);
  }
  if (string_view_equal_text(operator, "!=") || string_view_equal_text(operator, "<>")) {
    return classify_not_equal(tree, left, right);
  }
  if (string_view_starts_with(operator, SV("is"))) {
    bool is_negated = string_view_ends_with(operator, SV("not"));
    return is_negated ? classify_not_equal(tree, left, right) : classify_is(tree, left, right);
  }
  if (string_view_starts_with(operator, SV("not"))) {
    return RULE_NOT_MEMBER;
  }
  return string_view_equal_text(operator, "in") ? RULE_MEMBER : classify_order(tree, left, right);
}

static RuleName classify_comparison(const FlatTree *tree, uint32_t node) {
  uint32_t left = flat_tree_first_child(tree, node);
  uint32_t operator= left == NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, left);
  uint32_t right = operator== NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, operator);
  if (right == NODE_NONE) {
    return RULE_TRUTHY;
  }
  if (flat_tree_next_sibling(tree, right) != NODE_NONE) {
    return string_view_equal_text(flat_tree_text(tree, operator), "==") ? RULE_EQUAL : RULE_ORDER;
  }
  return classify_operator(tree, left, flat_tree_text(tree, operator), right);
}

// X(name of a call, rule when it is asserted)
#define TRUE_CALLS(X) \
  X("isinstance", RULE_TYPE) \
  X("issubclass", RULE_TYPE) \
  X("hasattr", RULE_ATTRIBUTE) \
  X("callable", RULE_ATTRIBUTE) \
  X("len", RULE_NOT_EMPTY) \
  X("bool", RULE_TRUTHY) \
  X("all", RULE_EVERY) \
  X("any", RULE_EVERY) \
  X("isclose", RULE_APPROXIMATE) \
  X("allclose", RULE_APPROXIMATE) \
  X("array_equal", RULE_EQUAL) \
  X("array_equiv", RULE_EQUAL) \
  X("startswith", RULE_PATTERN) \
  X("endswith", RULE_PATTERN) \
  X("match", RULE_PATTERN) \
  X("fullmatch", RULE_PATTERN) \
  X("search", RULE_PATTERN) \
  X("exists", RULE_PRESENT) \
  X("is_file", RULE_PRESENT) \
  X("is_dir", RULE_PRESENT) \
  X("isfile", RULE_PRESENT) \
  X("isdir", RULE_PRESENT)

static RuleName classify_true_call(const FlatTree *tree, uint32_t node) {
  StringView name = called_name(tree, node);
#define X(text, rule) \
  if (string_view_equal_text(name, text)) { \
    return rule; \
  }
  TRUE_CALLS(X)
#undef X
  if (name_is_mock_typo(name)) {
    return RULE_MOCK_TYPO;
  }
  return name_is_predicate(name) ? RULE_PREDICATE : RULE_TRUTHY;
}

static RuleName classify_true_attribute(const FlatTree *tree, uint32_t node) {
  StringView name = last_name_of(dotted_name_of(tree, node));
  if (string_view_equal_text(name, "called") || string_view_equal_text(name, "awaited")) {
    return RULE_MOCK_CALLED;
  }
  return name_is_predicate(name) && name.length > 3 ? RULE_PREDICATE : RULE_TRUTHY;
}

static bool constant_is_false(const FlatTree *tree, uint32_t node) {
  PythonKind kind = flat_tree_kind(tree, node);
  StringView text = flat_tree_text(tree, node);
  return kind == KIND_FALSE || kind == KIND_NONE || (kind == KIND_INTEGER && string_view_equal_text(text, "0"));
}

static RuleName classify_leaf(const FlatTree *tree, uint32_t node) {
  switch (flat_tree_kind(tree, node)) {
  case KIND_COMPARISON_OPERATOR: return classify_comparison(tree, node);
  case KIND_CALL: return classify_true_call(tree, node);
  case KIND_ATTRIBUTE: return classify_true_attribute(tree, node);
  case KIND_TUPLE: return flat_tree_first_child(tree, node) == NODE_NONE ? RULE_FAIL : RULE_TUPLE;
  case KIND_LAMBDA: return RULE_CONSTANT;
  case KIND_LIST_COMPREHENSION: return RULE_NOT_EMPTY;
  default: break;
  }
  if (constant_is_false(tree, node)) {
    return RULE_FAIL;
  }
  return node_is_literal(tree, node) && !flat_tree_contains(tree, node, KIND_LIST) ? RULE_CONSTANT : RULE_TRUTHY;
}

static RuleName negated(RuleName rule) {
  switch (rule) {
  case RULE_TRUTHY:
  case RULE_NOT_EMPTY:
  case RULE_PRESENT: return RULE_FALSY;
  case RULE_MEMBER: return RULE_NOT_MEMBER;
  case RULE_NOT_MEMBER: return RULE_MEMBER;
  case RULE_MOCK_CALLED: return RULE_MOCK_NOT_CALLED;
  case RULE_NOT_EQUAL: return RULE_EQUAL;
  case RULE_NOT_NONE: return RULE_SINGLETON;
  case RULE_EQUAL:
  case RULE_EQUAL_LITERAL:
  case RULE_EQUAL_STRUCTURE: return RULE_NOT_EQUAL;
  case RULE_SAME_OPERANDS: return RULE_ORDER;
  default: return rule;
  }
}

static uint32_t not_argument(const FlatTree *tree, uint32_t node, bool *ret_is_negated) {
  *ret_is_negated = false;
  node = flat_tree_strip(tree, node);
  for (int depth = 0; depth < DEPTH_MAX && flat_tree_kind(tree, node) == KIND_NOT_OPERATOR; depth++) {
    node = flat_tree_strip(tree, flat_tree_child(tree, node, FIELD_ARGUMENT));
    *ret_is_negated = !*ret_is_negated;
  }
  return node;
}

static RuleName classify_condition(const FlatTree *tree, uint32_t node, bool is_negated) {
  bool is_inner_negated = false;
  node = not_argument(tree, node, &is_inner_negated);
  if (node == NODE_NONE) {
    return RULE_TRUTHY;
  }
  if (flat_tree_kind(tree, node) == KIND_NAMED_EXPRESSION) {
    node = flat_tree_strip(tree, flat_tree_child(tree, node, FIELD_VALUE));
  }
  RuleName rule = classify_leaf(tree, node);
  return is_negated != is_inner_negated ? negated(rule) : rule;
}

// `a and b` proves the stronger of both, `a or b` the weaker.
static RuleName stronger(RuleName left, RuleName right, bool is_and) {
  bool left_is_more = assertion_rule(left)->value >= assertion_rule(right)->value;
  return left_is_more == is_and ? left : right;
}

RuleName classify_truth(const FlatTree *tree, uint32_t node) {
  RuleName rule = RULE_COUNT;
  bool is_and = true;
  node = flat_tree_strip(tree, node);
  for (int depth = 0; depth < DEPTH_MAX && flat_tree_kind(tree, node) == KIND_BOOLEAN_OPERATOR; depth++) {
    uint32_t left = flat_tree_child(tree, node, FIELD_LEFT);
    uint32_t right = flat_tree_child(tree, node, FIELD_RIGHT);
    is_and = string_view_equal_text(flat_tree_text(tree, flat_tree_child(tree, node, FIELD_OPERATOR)), "and");
    RuleName next = classify_condition(tree, right, false);
    rule = rule == RULE_COUNT ? next : stronger(next, rule, is_and);
    node = flat_tree_strip(tree, left);
  }
  RuleName next = classify_condition(tree, node, false);
  return rule == RULE_COUNT ? next : stronger(next, rule, is_and);
}

static RuleName classify_raises(const FlatTree *tree, uint32_t call, RuleName plain) {
  if (call_keyword(tree, call, "match") != NODE_NONE || call_keyword(tree, call, "check") != NODE_NONE) {
    return RULE_RAISES_MATCH;
  }
  StringView error = last_name_of(dotted_name_of(tree, call_argument(tree, call, 0)));
  bool is_broad = string_view_equal_text(error, "Exception") || string_view_equal_text(error, "BaseException");
  return is_broad ? RULE_RAISES_BROAD : plain;
}

static RuleName classify_pair(const FlatTree *tree, uint32_t call, const CallRow *row) {
  uint32_t left = call_argument(tree, call, 0);
  uint32_t right = call_argument(tree, call, 1);
  if (left == NODE_NONE || right == NODE_NONE) {
    return row->rule;
  }
  switch (row->shape) {
  case CALL_EQUAL: return classify_equal(tree, left, right);
  case CALL_NOT_EQUAL:
  case CALL_IS_NOT: return classify_not_equal(tree, left, right);
  case CALL_IS: return classify_is(tree, left, right);
  default: return classify_order(tree, left, right);
  }
}

RuleName classify_call(const FlatTree *tree, uint32_t call, const CallRow *row) {
  uint32_t first = call_argument(tree, call, 0);
  switch (row->shape) {
  case CALL_FIXED: return row->rule;
  case CALL_TRUE: return first == NODE_NONE ? row->rule : classify_truth(tree, first);
  case CALL_FALSE:
    return flat_tree_kind(tree, first) == KIND_FALSE ? RULE_CONSTANT : classify_condition(tree, first, true);
  case CALL_RAISES: return classify_raises(tree, call, row->rule);
  case CALL_MOCK: return first == NODE_NONE ? row->rule : RULE_MOCK_ARGUMENTS;
  default: return classify_pair(tree, call, row);
  }
}
