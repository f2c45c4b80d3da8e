// Assertions as they are written: assert statements, asserting calls, errors that are expected, mistakes in all of
// them.

#include "server/analyzer/facts_builder.h"

#include <math.h>
#include <stdio.h>

#define QUOTE_MAX 60  // bytes of source quoted in a message

static StringView quoted(StringView text) {
  return string_view_slice(text, 0, text.length > QUOTE_MAX ? QUOTE_MAX : text.length);
}

static StringView call_name(const FlatTree *tree, uint32_t call) {
  return dotted_name_of(tree, flat_tree_child(tree, call, FIELD_FUNCTION));
}

static void report_tautology(FactsBuilder *builder, uint32_t node, RuleName rule) {
  StringView text = quoted(flat_tree_text(&builder->tree, node));
  if (rule == RULE_CONSTANT) {
    facts_add_finding(builder, DIAGNOSTIC_TAUTOLOGY, facts_span(builder, node),
                      "`%.*s` asserts a constant: nothing can make it fail", SV_ARGUMENTS(text));
  } else if (rule == RULE_SAME_OPERANDS) {
    facts_add_finding(builder, DIAGNOSTIC_TAUTOLOGY, facts_span(builder, node), "`%.*s` compares a value with itself",
                      SV_ARGUMENTS(text));
  } else if (rule == RULE_TUPLE) {
    facts_add_finding(
        builder, DIAGNOSTIC_ASSERT_ON_TUPLE, facts_span(builder, node),
        "`%.*s` asserts a tuple, which is always true; the message belongs behind a comma without brackets",
        SV_ARGUMENTS(text));
  } else if (rule == RULE_MOCK_TYPO) {
    facts_add_finding(builder, DIAGNOSTIC_MISSPELT_MOCK_ASSERTION, facts_span(builder, node),
                      "`%.*s` is no assertion of a mock: the mock makes it up and it is always true",
                      SV_ARGUMENTS(text));
  }
}

// True for a float that binary cannot hold, like 0.1: comparing a computed one exactly fails by rounding.
static bool is_inexact_float(const FlatTree *tree, uint32_t node) {
  double number = 0;
  if (flat_tree_kind(tree, node) != KIND_FLOAT || !string_view_to_double(flat_tree_text(tree, node), &number)) {
    return false;
  }
  double scaled = ldexp(number, 12);
  return scaled != floor(scaled);
}

static void check_float(FactsBuilder *builder, uint32_t comparison) {
  const FlatTree *tree = &builder->tree;
  uint32_t left = flat_tree_first_child(tree, comparison);
  uint32_t operator= left == NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, left);
  uint32_t right = operator== NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, operator);
  if (right == NODE_NONE || !string_view_equal_text(flat_tree_text(tree, operator), "==") ||
      !is_inexact_float(tree, right) ||
      !(flat_tree_contains(tree, left, KIND_CALL) || flat_tree_contains(tree, left, KIND_BINARY_OPERATOR))) {
    return;
  }
  StringView text = flat_tree_text(tree, right);
  char fixed[96];
  if (text.length > 64) {
    return;
  }
  int length = snprintf(fixed, sizeof(fixed), "pytest.approx(%.*s)", SV_ARGUMENTS(text));
  RawFinding *finding =
      facts_add_finding(builder, DIAGNOSTIC_FLOAT_EQUALITY, facts_span(builder, comparison),
                        "A computed float is compared with %.*s exactly; rounding can break it", SV_ARGUMENTS(text));
  facts_add_fix(builder, finding, "Compare with pytest.approx", facts_span(builder, right),
                (StringView){fixed, (size_t)length});
}

void facts_read_assert(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t expression = flat_tree_first_child(tree, node);
  if (expression == NODE_NONE) {
    return;
  }
  RuleName rule = classify_truth(tree, expression);
  facts_add_assertion(builder, expression, rule);
  report_tautology(builder, expression, rule);
  if (flat_tree_kind(tree, expression) == KIND_COMPARISON_OPERATOR) {
    check_float(builder, expression);
  }
}

static void add_call_reference(FactsBuilder *builder, uint32_t call, StringView name) {
  RawReference *reference = vector_push(&builder->references);
  if (!reference) {
    builder->failed = true;
    return;
  }
  bool is_statement = flat_tree_kind(&builder->tree, builder->tree.nodes[call].parent) == KIND_EXPRESSION_STATEMENT;
  reference->name = facts_span_of(builder, name);
  reference->span = facts_span(builder, call);
  reference->nested = builder->state.nested;
  reference->place = builder->state.place;
  bool gives_self =
      string_view_equal_text(flat_tree_text(&builder->tree, call_argument(&builder->tree, call, 0)), "self");
  reference->flags =
      (uint8_t)(REFERENCE_CALL | (is_statement ? REFERENCE_STATEMENT : 0) | (gives_self ? REFERENCE_GIVES_SELF : 0));
}

// X(last name of a call, traits of the function that makes it)
#define CALL_TRAITS(X) \
  X("patch", TRAIT_PATCHED) \
  X("open", TRAIT_IO) \
  X("Popen", TRAIT_IO) \
  X("check_output", TRAIT_IO) \
  X("check_call", TRAIT_IO) \
  X("urlopen", TRAIT_IO) \
  X("socket", TRAIT_IO) \
  X("connect", TRAIT_IO) \
  X("create_connection", TRAIT_IO) \
  X("read_text", TRAIT_IO) \
  X("write_text", TRAIT_IO) \
  X("mkdtemp", TRAIT_IO) \
  X("TemporaryDirectory", TRAIT_IO) \
  X("NamedTemporaryFile", TRAIT_IO) \
  X("invoke", TRAIT_IO) \
  X("runpytest", TRAIT_IO) \
  X("assert_python_ok", TRAIT_IO) \
  X("random", TRAIT_RANDOM) \
  X("randint", TRAIT_RANDOM) \
  X("randrange", TRAIT_RANDOM) \
  X("shuffle", TRAIT_RANDOM) \
  X("getrandbits", TRAIT_RANDOM) \
  X("uniform", TRAIT_RANDOM)

static uint32_t traits_of_call(StringView dotted, StringView name) {
#define X(text, traits) \
  if (string_view_equal_text(name, text)) { \
    return traits; \
  }
  CALL_TRAITS(X)
#undef X
  return string_view_starts_with(dotted, SV("subprocess.")) || string_view_starts_with(dotted, SV("requests."))
             ? TRAIT_IO
             : 0;
}

static bool is_skip(StringView dotted) {
  return string_view_equal_text(dotted, "pytest.skip") || string_view_equal_text(dotted, "self.skipTest") ||
         string_view_equal_text(dotted, "pytest.xfail") || string_view_equal_text(dotted, "self.fail") ||
         string_view_equal_text(dotted, "pytest.fail");
}

// Statements behind a skip or fail in the same block do not run.
static void read_leaving_call(FactsBuilder *builder, uint32_t call, StringView dotted) {
  uint32_t parent = builder->tree.nodes[call].parent;
  if (is_skip(dotted) && flat_tree_kind(&builder->tree, parent) == KIND_EXPRESSION_STATEMENT) {
    facts_settle_arm(builder);
    facts_mark_dead(builder, parent);
  }
}

static bool is_common_error(StringView name) {
  static const char *const names[] = {"ValueError", "TypeError",      "KeyError",   "RuntimeError",
                                      "OSError",    "AttributeError", "IndexError", "LookupError"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (string_view_equal_text(name, names[i])) {
      return true;
    }
  }
  return false;
}

static void report_raises(FactsBuilder *builder, uint32_t call, StringView dotted, RuleName rule) {
  const FlatTree *tree = &builder->tree;
  uint32_t error = call_argument(tree, call, 0);
  StringView name = flat_tree_text(tree, error);
  if (rule == RULE_RAISES_BROAD) {
    facts_add_finding(builder, DIAGNOSTIC_RAISES_TOO_BROAD, facts_span(builder, call),
                      "`%.*s` is met by any error, also by a misspelt name in the test; name the error that is meant",
                      SV_ARGUMENTS(quoted(flat_tree_text(tree, call))));
    return;
  }
  bool is_pytest = string_view_equal_text(dotted, "pytest.raises") || string_view_equal_text(dotted, "raises");
  if (rule != RULE_RAISES || !is_pytest || !is_common_error(name) || call_argument(tree, call, 1) != NODE_NONE) {
    return;
  }
  RawFinding *finding = facts_add_finding(
      builder, DIAGNOSTIC_RAISES_WITHOUT_MATCH, facts_span(builder, call),
      "Any %.*s passes, whatever its message; `match=` tells the right one from others", SV_ARGUMENTS(name));
  Span end = {facts_span(builder, error).end, facts_span(builder, error).end};
  facts_add_fix(builder, finding, "Add match= to pytest.raises", end, SV(", match=\"...\""));
}

static void read_known_assertion(FactsBuilder *builder, uint32_t call, StringView dotted, const CallRow *row) {
  RuleName rule = classify_call(&builder->tree, call, row);
  facts_add_assertion(builder, call, rule);
  report_tautology(builder, call, rule);
  if (row->shape == CALL_RAISES) {
    report_raises(builder, call, dotted, rule);
  }
}

static bool is_snapshot_check(StringView dotted) {
  return string_view_ends_with(dotted, SV("_regression.check")) || string_view_ends_with(dotted, SV("snapshot.check"));
}

void facts_read_call(FactsBuilder *builder, uint32_t node) {
  StringView dotted = call_name(&builder->tree, node);
  if (dotted.length == 0) {
    return;
  }
  StringView name = last_name_of(dotted);
  bool is_on_object = name.length < dotted.length;
  const CallRow *row = call_row_find(name);
  add_call_reference(builder, node, dotted);
  builder->traits |= traits_of_call(dotted, name);
  if (row && (row->qualifier == QUALIFIER_ANY || is_on_object)) {
    read_known_assertion(builder, node, dotted, row);
  } else if (is_snapshot_check(dotted)) {
    facts_add_assertion(builder, node, RULE_SNAPSHOT);
  } else if (name_is_asserting_helper(name)) {
    builder->traits |= TRAIT_ASSERTING;
    facts_settle_arm(builder);
  }
  read_leaving_call(builder, node, dotted);
}

static void report_comparison(FactsBuilder *builder, uint32_t statement, uint32_t comparison) {
  const FlatTree *tree = &builder->tree;
  uint32_t left = flat_tree_first_child(tree, comparison);
  uint32_t operator= left == NODE_NONE ? NODE_NONE : flat_tree_next_sibling(tree, left);
  if (operator== NODE_NONE || builder->state.place & PLACE_RAISES_BLOCK ||
      builder->state.arm != ARM_NONE || !string_view_equal_text(flat_tree_text(tree, operator), "==")) {
    return;
  }
  StringView text = quoted(flat_tree_text(tree, comparison));
  RawFinding *finding =
      facts_add_finding(builder, DIAGNOSTIC_COMPARISON_WITHOUT_ASSERT, facts_span(builder, statement),
                        "The result of `%.*s` is thrown away; `assert` is missing", SV_ARGUMENTS(text));
  Span start = {facts_span(builder, statement).start, facts_span(builder, statement).start};
  facts_add_fix(builder, finding, "Add assert", start, SV("assert "));
}

static void report_uncalled(FactsBuilder *builder, uint32_t statement, uint32_t attribute) {
  StringView name = last_name_of(dotted_name_of(&builder->tree, attribute));
  const CallRow *row = call_row_find(name);
  if (!row || row->qualifier != QUALIFIER_OBJECT || builder->state.place & PLACE_RAISES_BLOCK ||
      !string_view_starts_with(name, SV("assert_"))) {
    return;
  }
  RawFinding *finding = facts_add_finding(builder, DIAGNOSTIC_MISSPELT_MOCK_ASSERTION, facts_span(builder, statement),
                                          "`%.*s` is never called, so it checks nothing",
                                          SV_ARGUMENTS(quoted(flat_tree_text(&builder->tree, attribute))));
  Span end = {facts_span(builder, attribute).end, facts_span(builder, attribute).end};
  facts_add_fix(builder, finding, "Call it", end, SV("()"));
}

static void report_typo(FactsBuilder *builder, uint32_t call) {
  StringView dotted = call_name(&builder->tree, call);
  StringView name = last_name_of(dotted);
  if (name.length < dotted.length && name_is_mock_typo(name)) {
    report_tautology(builder, call, RULE_MOCK_TYPO);
  }
}

// Examples in a docstring are assertions of doctest's.
static void read_documentation(FactsBuilder *builder, uint32_t string) {
  if (builder->state.nested == 0 && string_view_contains(flat_tree_text(&builder->tree, string), SV(">>> "))) {
    facts_add_assertion(builder, string, RULE_SNAPSHOT);
  }
}

void facts_read_statement(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t expression = flat_tree_first_child(tree, node);
  switch (flat_tree_kind(tree, expression)) {
  case KIND_COMPARISON_OPERATOR: report_comparison(builder, node, expression); break;
  case KIND_ATTRIBUTE: report_uncalled(builder, node, expression); break;
  case KIND_CALL: report_typo(builder, expression); break;
  case KIND_STRING: read_documentation(builder, expression); break;
  default: break;
  }
}

static bool is_raises_call(const FlatTree *tree, uint32_t call) {
  const CallRow *row =
      flat_tree_kind(tree, call) == KIND_CALL ? call_row_find(last_name_of(call_name(tree, call))) : NULL;
  return row && (row->shape == CALL_RAISES || row->rule == RULE_RAISES_MATCH || row->rule == RULE_WARNS);
}

static uint32_t statements_with_calls(const FlatTree *tree, uint32_t block) {
  uint32_t count = 0;
  for (uint32_t child = flat_tree_first_child(tree, block); child != NODE_NONE;
       child = flat_tree_next_sibling(tree, child)) {
    count += flat_tree_contains(tree, child, KIND_CALL);
  }
  return count;
}

static void note_alias(FactsBuilder *builder, uint32_t pattern, uint32_t body) {
  const FlatTree *tree = &builder->tree;
  uint32_t alias = flat_tree_child(tree, pattern, FIELD_ALIAS);
  RaisesAlias *item = alias == NODE_NONE ? NULL : vector_push(&builder->aliases);
  if (!item) {
    builder->failed |= alias != NODE_NONE;
    return;
  }
  item->name = flat_tree_text(tree, alias);
  item->assertion = (uint32_t)builder->assertions.count;  // the call comes next
  item->body_start = body;
  item->body_end = tree->nodes[body].next;
}

static void enter_raises_block(FactsBuilder *builder, uint32_t call, uint32_t body) {
  const FlatTree *tree = &builder->tree;
  bool is_error = !string_view_contains(flat_tree_text(tree, flat_tree_child(tree, call, FIELD_FUNCTION)), SV("arns"));
  if (is_error && statements_with_calls(tree, body) > 1) {
    facts_add_finding(
        builder, DIAGNOSTIC_RAISES_BLOCK_TOO_LARGE, facts_span(builder, call),
        "Several statements stand in the block of `%.*s`: each of them could raise it, and nothing behind the "
        "one that does is run",
        SV_ARGUMENTS(quoted(flat_tree_text(tree, call))));
  }
}

static bool is_suppress(StringView dotted, const FlatTree *tree, uint32_t call) {
  StringView error = flat_tree_text(tree, call_argument(tree, call, 0));
  return string_view_equal_text(last_name_of(dotted), "suppress") &&
         (string_view_equal_text(error, "Exception") || string_view_equal_text(error, "AssertionError") ||
          string_view_equal_text(error, "BaseException"));
}

static void read_with_item(FactsBuilder *builder, uint32_t item, uint32_t body, uint32_t *place) {
  const FlatTree *tree = &builder->tree;
  uint32_t value = flat_tree_child(tree, item, FIELD_VALUE);
  uint32_t call = value;
  if (flat_tree_kind(tree, value) == KIND_AS_PATTERN) {
    call = flat_tree_first_child(tree, value);
  }
  if (flat_tree_kind(tree, call) != KIND_CALL) {
    return;
  }
  if (is_raises_call(tree, call)) {
    *place |= PLACE_RAISES_BLOCK;
    enter_raises_block(builder, call, body);
    if (call != value) {
      note_alias(builder, value, body);
    }
  } else if (is_suppress(call_name(tree, call), tree, call)) {
    *place |= PLACE_SWALLOWED;
  }
}

void facts_read_with(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t body = flat_tree_child(tree, node, FIELD_BODY);
  uint32_t clause = flat_tree_child_of_kind(tree, node, KIND_WITH_CLAUSE);
  uint32_t place = 0;
  if (body == NODE_NONE) {
    return;
  }
  for (uint32_t item = flat_tree_first_child(tree, clause); item != NODE_NONE;
       item = flat_tree_next_sibling(tree, item)) {
    read_with_item(builder, item, body, &place);
  }
  if (place) {
    facts_push_frame(builder, tree->nodes[node].next);
    builder->state.place |= (uint8_t)place;
  }
}

// `else: raise Exception("not raised")` behind a try, and `if wrong: raise ValueError`: the test's own way to fail.
static bool is_own_failure(const FactsBuilder *builder, uint32_t node, StringView name) {
  const FlatTree *tree = &builder->tree;
  uint32_t block = tree->nodes[node].parent;
  PythonKind around =
      flat_tree_kind(tree, block) == KIND_BLOCK ? flat_tree_kind(tree, tree->nodes[block].parent) : KIND_OTHER;
  bool is_branch = around == KIND_ELSE_CLAUSE || around == KIND_IF_STATEMENT || around == KIND_ELIF_CLAUSE;
  return is_branch && builder->state.nested == 0 && !string_view_contains(name, SV("Skip"));
}

void facts_read_raise(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t error = flat_tree_first_child(tree, node);
  uint32_t name_node = flat_tree_kind(tree, error) == KIND_CALL ? flat_tree_child(tree, error, FIELD_FUNCTION) : error;
  StringView name = last_name_of(dotted_name_of(tree, name_node));
  if (name.length == 0) {
    return;
  }
  Span span = facts_span_of(builder, name);
  if (!vector_push_copy(&builder->raises, &span)) {
    builder->failed = true;
  }
  if (string_view_equal_text(name, "AssertionError") || string_view_equal_text(name, "TestFailed") ||
      is_own_failure(builder, node, name)) {
    facts_add_assertion(builder, node, RULE_FAIL);
  }
}
