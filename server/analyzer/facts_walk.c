// One pass over a statement's nodes: keeps where it stands (branches, loops, handlers, nested functions) and hands each
// node to its reader.

#include "server/analyzer/facts_builder.h"

static void record_reference(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  StringView name = dotted_name_of(tree, node);
  RawReference *reference = name.length > 0 ? vector_push(&builder->references) : NULL;
  if (!reference) {
    builder->failed |= name.length > 0;
    return;
  }
  reference->name = facts_span_of(builder, name);
  reference->span = reference->name;
  reference->nested = builder->state.nested;
  reference->place = builder->state.place;
}

static void read_name(FactsBuilder *builder, uint32_t node) {
  const FlatNode *flat = &builder->tree.nodes[node];
  PythonKind parent = flat_tree_kind(&builder->tree, flat->parent);
  switch (parent) {
  case KIND_ATTRIBUTE:
  case KIND_PARAMETERS:
  case KIND_LAMBDA_PARAMETERS:
  case KIND_PATTERN_LIST:
  case KIND_TUPLE_PATTERN:
  case KIND_LIST_SPLAT_PATTERN:
  case KIND_DICTIONARY_SPLAT_PATTERN:
  case KIND_TYPED_PARAMETER:
  case KIND_AS_PATTERN_TARGET:
  case KIND_GLOBAL_STATEMENT:
  case KIND_NONLOCAL_STATEMENT:
  case KIND_DOTTED_NAME: return;
  case KIND_CALL:
    if (flat->field == FIELD_FUNCTION) {
      return;
    }
    break;
  default: break;
  }
  if (flat->field != FIELD_NAME && flat->field != FIELD_LEFT && flat->field != FIELD_ALIAS) {
    record_reference(builder, node);
  }
}

static void enter_nested(FactsBuilder *builder, uint32_t node, DefinitionKind kind) {
  const FlatTree *tree = &builder->tree;
  if (node == builder->root) {
    return;
  }
  RawNested *nested = vector_push(&builder->nested);
  if (!nested) {
    builder->failed = true;
    return;
  }
  nested->kind = kind;
  nested->parent = builder->state.nested;
  nested->is_decorated = flat_tree_kind(tree, tree->nodes[node].parent) == KIND_DECORATED_DEFINITION;
  nested->span = facts_span(builder, nested->is_decorated ? tree->nodes[node].parent : node);
  nested->name = facts_span(builder, flat_tree_child(tree, node, FIELD_NAME));
  nested->body = facts_span(builder, flat_tree_child(tree, node, FIELD_BODY));
  nested->is_async = flat_tree_child_of_kind(tree, node, KIND_ASYNC) != NODE_NONE;
  facts_push_frame(builder, tree->nodes[node].next);
  builder->state = (WalkState){ARM_NONE, ARM_NONE, (uint32_t)builder->nested.count, 0};
}

static uint32_t add_group(FactsBuilder *builder, bool is_exhaustive, bool is_try) {
  ArmGroup group = {is_exhaustive, is_try};
  if (!vector_push_copy(&builder->groups, &group)) {
    builder->failed = true;
    return ARM_NONE;
  }
  return (uint32_t)builder->groups.count - 1;
}

static void enter_group(FactsBuilder *builder, uint32_t node, bool is_exhaustive, bool is_try) {
  facts_push_frame(builder, builder->tree.nodes[node].next);
  builder->state.group = add_group(builder, is_exhaustive, is_try);
}

static void enter_arm(FactsBuilder *builder, uint32_t node, bool is_main) {
  if (builder->state.group == ARM_NONE) {
    return;
  }
  facts_push_frame(builder, builder->tree.nodes[node].next);
  Arm arm = {builder->state.group, builder->state.arm, is_main, false};
  if (!vector_push_copy(&builder->arms, &arm)) {
    builder->failed = true;
    return;
  }
  builder->state.arm = (uint32_t)builder->arms.count - 1;
  builder->state.group = ARM_NONE;
}

// Conditions about the machine rather than the subject: such a branch is a choice of platform, not an untested way.
static bool is_about_environment(StringView condition) {
  static const char *const words[] = {"sys",     "os",           "platform", "version",   "support",
                                      "hasattr", "version_info", "verbose",  "__debug__", "TYPE_CHECKING",
                                      "PY2",     "PY3",          "PYPY",     "WINDOWS",   "MS_WINDOWS"};
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (string_view_contains_word(condition, string_view_from(words[i]))) {
      return true;
    }
  }
  return string_view_contains(condition, SV("HAVE_")) || string_view_contains(condition, SV("HAS_")) ||
         string_view_contains(condition, SV("has_")) || string_view_contains(condition, SV("have_"));
}

static void enter_if(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  bool is_environment = is_about_environment(flat_tree_text(tree, flat_tree_child(tree, node, FIELD_CONDITION)));
  enter_group(builder, node, flat_tree_child_of_kind(tree, node, KIND_ELSE_CLAUSE) != NODE_NONE, false);
  if (is_environment) {
    builder->state.group = ARM_NONE;
  }
}

// A loop over something written out has rounds for sure.
static bool has_rounds(const FlatTree *tree, uint32_t iterable) {
  iterable = flat_tree_strip(tree, iterable);
  switch (flat_tree_kind(tree, iterable)) {
  case KIND_LIST:
  case KIND_TUPLE:
  case KIND_SET:
  case KIND_DICTIONARY:
  case KIND_EXPRESSION_LIST:
  case KIND_STRING: return flat_tree_text(tree, iterable).length > 2;
  case KIND_IDENTIFIER:
  case KIND_ATTRIBUTE: return true;  // a table of cases: a lead here would be wrong far more often than right
  case KIND_CALL: break;
  default: return false;
  }
  StringView name = last_name_of(dotted_name_of(tree, flat_tree_child(tree, iterable, FIELD_FUNCTION)));
  if (string_view_equal_text(name, "range")) {
    return true;
  }
  uint32_t first = call_argument(tree, iterable, 0);
  return first != NODE_NONE && (string_view_equal_text(name, "enumerate") || string_view_equal_text(name, "zip") ||
                                string_view_equal_text(name, "reversed") || string_view_equal_text(name, "product"));
}

static bool is_broad_handler(const FlatTree *tree, uint32_t handler) {
  uint32_t first = flat_tree_first_child(tree, handler);
  if (flat_tree_kind(tree, first) == KIND_BLOCK) {
    return true;
  }
  uint32_t value = flat_tree_child(tree, handler, FIELD_VALUE);
  StringView text = flat_tree_text(tree, value == NODE_NONE ? first : value);
  return string_view_contains_word(text, SV("AssertionError")) || string_view_contains_word(text, SV("Exception")) ||
         string_view_contains_word(text, SV("BaseException"));
}

// A handler that raises, fails, asserts, or records the error for later does not swallow it.
static bool handler_reports(const FlatTree *tree, uint32_t handler) {
  for (uint32_t i = handler; i < tree->nodes[handler].next; i++) {
    PythonKind kind = (PythonKind)tree->nodes[i].kind;
    if (kind == KIND_RAISE_STATEMENT || kind == KIND_ASSERT_STATEMENT || kind == KIND_ASSIGNMENT ||
        kind == KIND_RETURN_STATEMENT) {
      return true;
    }
    if (kind == KIND_CALL && dotted_name_of(tree, flat_tree_child(tree, i, FIELD_FUNCTION)).length > 0) {
      StringView name = last_name_of(dotted_name_of(tree, flat_tree_child(tree, i, FIELD_FUNCTION)));
      if (!string_view_equal_text(name, "print") && !string_view_equal_text(name, "debug")) {
        return true;
      }
    }
  }
  return false;
}

static bool try_swallows(const FlatTree *tree, uint32_t node) {
  for (uint32_t child = flat_tree_first_child(tree, node); child != NODE_NONE;
       child = flat_tree_next_sibling(tree, child)) {
    if (flat_tree_kind(tree, child) == KIND_EXCEPT_CLAUSE && is_broad_handler(tree, child) &&
        !handler_reports(tree, child)) {
      return true;
    }
  }
  return false;
}

static bool is_in_error_handling(const FlatTree *tree, uint32_t parent) {
  return flat_tree_child_of_kind(tree, parent, KIND_EXCEPT_CLAUSE) != NODE_NONE;
}

static void enter_try_block(FactsBuilder *builder, uint32_t node, uint32_t parent) {
  if (!is_in_error_handling(&builder->tree, parent)) {
    return;
  }
  enter_arm(builder, node, true);
  if (try_swallows(&builder->tree, parent)) {
    builder->state.place |= PLACE_SWALLOWED;
  }
}

static void enter_loop_block(FactsBuilder *builder, uint32_t node, uint32_t loop) {
  facts_push_frame(builder, builder->tree.nodes[node].next);
  builder->state.group = ARM_NONE;
  bool is_while = flat_tree_kind(&builder->tree, loop) == KIND_WHILE_STATEMENT;
  if (is_while || !has_rounds(&builder->tree, flat_tree_child(&builder->tree, loop, FIELD_RIGHT))) {
    builder->state.place |= PLACE_LOOP;
  }
}

static void enter_block(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t parent = tree->nodes[node].parent;
  switch (flat_tree_kind(tree, parent)) {
  case KIND_IF_STATEMENT:
  case KIND_ELIF_CLAUSE: enter_arm(builder, node, false); break;
  case KIND_ELSE_CLAUSE: {
    PythonKind outer = flat_tree_kind(tree, tree->nodes[parent].parent);
    if (outer == KIND_IF_STATEMENT || outer == KIND_TRY_STATEMENT) {
      enter_arm(builder, node, outer == KIND_TRY_STATEMENT);
    }
    break;
  }
  case KIND_TRY_STATEMENT: enter_try_block(builder, node, parent); break;
  case KIND_EXCEPT_CLAUSE:
  case KIND_CASE_CLAUSE: enter_arm(builder, node, false); break;
  case KIND_FOR_STATEMENT:
  case KIND_WHILE_STATEMENT: enter_loop_block(builder, node, parent); break;
  default: break;
  }
}

static bool is_verdict(PythonKind kind) {
  return kind == KIND_COMPARISON_OPERATOR || kind == KIND_BOOLEAN_OPERATOR || kind == KIND_NOT_OPERATOR ||
         kind == KIND_TRUE || kind == KIND_FALSE;
}

static void read_return(FactsBuilder *builder, uint32_t node) {
  uint32_t value = flat_tree_first_child(&builder->tree, node);
  if (builder->state.nested == 0 && is_verdict(flat_tree_kind(&builder->tree, value))) {
    builder->traits |= TRAIT_RETURNS;
  }
  facts_settle_arm(builder);
  facts_mark_dead(builder, node);
}

static void read_broken(FactsBuilder *builder, uint32_t node) {
  if (builder->findings.count > 0) {
    const RawFinding *last = vector_at(&builder->findings, builder->findings.count - 1);
    if (last->code == DIAGNOSTIC_SYNTAX_ERROR && last->span.end >= facts_span(builder, node).start) {
      return;
    }
  }
  facts_add_finding(builder, DIAGNOSTIC_SYNTAX_ERROR, facts_span(builder, node),
                    "The source cannot be parsed here; what stands here is left out of the analysis");
}

static void count_complexity(FactsBuilder *builder, PythonKind kind) {
  switch (kind) {
  case KIND_IF_STATEMENT:
  case KIND_ELIF_CLAUSE:
  case KIND_FOR_STATEMENT:
  case KIND_WHILE_STATEMENT:
  case KIND_EXCEPT_CLAUSE:
  case KIND_CASE_CLAUSE:
  case KIND_BOOLEAN_OPERATOR:
  case KIND_CONDITIONAL_EXPRESSION:
  case KIND_FOR_IN_CLAUSE:
  case KIND_IF_CLAUSE: builder->complexity++; break;
  default: break;
  }
}

// Statements and definitions: what changes where we stand.
static void visit_structure(FactsBuilder *builder, uint32_t node, PythonKind kind) {
  const FlatTree *tree = &builder->tree;
  switch (kind) {
  case KIND_FUNCTION_DEFINITION: enter_nested(builder, node, DEFINITION_FUNCTION); break;
  case KIND_CLASS_DEFINITION: enter_nested(builder, node, DEFINITION_CLASS); break;
  case KIND_IF_STATEMENT: enter_if(builder, node); break;
  case KIND_MATCH_STATEMENT: enter_group(builder, node, false, false); break;
  case KIND_TRY_STATEMENT:
    if (is_in_error_handling(tree, node)) {
      enter_group(builder, node, false, true);
    }
    break;
  case KIND_BLOCK: enter_block(builder, node); break;
  case KIND_RETURN_STATEMENT: read_return(builder, node); break;
  case KIND_RAISE_STATEMENT:
    facts_read_raise(builder, node);
    facts_settle_arm(builder);
    facts_mark_dead(builder, node);
    break;
  case KIND_BREAK_STATEMENT:
  case KIND_CONTINUE_STATEMENT: facts_mark_dead(builder, node); break;
  case KIND_IMPORT_STATEMENT:
  case KIND_IMPORT_FROM_STATEMENT: facts_read_import(builder, node); break;
  default: break;
  }
}

static void visit_expression(FactsBuilder *builder, uint32_t node, PythonKind kind) {
  switch (kind) {
  case KIND_ASSERT_STATEMENT: facts_read_assert(builder, node); break;
  case KIND_EXPRESSION_STATEMENT: facts_read_statement(builder, node); break;
  case KIND_WITH_STATEMENT: facts_read_with(builder, node); break;
  case KIND_CALL: facts_read_call(builder, node); break;
  case KIND_ATTRIBUTE:
  case KIND_IDENTIFIER: read_name(builder, node); break;
  case KIND_COMPARISON_OPERATOR: facts_read_comparison(builder, node); break;
  case KIND_YIELD: builder->traits |= builder->state.nested == 0 ? TRAIT_GENERATOR : 0; break;
  case KIND_STRING:
  case KIND_INTEGER:
  case KIND_FLOAT:
  case KIND_NONE:
  case KIND_LIST:
  case KIND_TUPLE:
  case KIND_SET:
  case KIND_DICTIONARY: facts_read_literal(builder, node); break;
  default: break;
  }
}

static void leave_frames(FactsBuilder *builder, uint32_t node) {
  while (builder->frames.count > 0) {
    const Frame *frame = vector_at(&builder->frames, builder->frames.count - 1);
    if (node < frame->end) {
      return;
    }
    builder->state = frame->before;
    vector_truncate(&builder->frames, builder->frames.count - 1);
  }
}

void facts_walk(FactsBuilder *builder) {
  const FlatTree *tree = &builder->tree;
  for (uint32_t node = 0; node < tree->count && !builder->failed; node++) {
    leave_frames(builder, node);
    if (node == builder->dead_start && builder->dead_end > node) {
      facts_push_frame(builder, builder->dead_end);
      builder->state.place |= PLACE_UNREACHABLE;
    }
    PythonKind kind = (PythonKind)tree->nodes[node].kind;
    if (tree->nodes[node].is_broken) {
      read_broken(builder, node);
    }
    count_complexity(builder, kind);
    visit_structure(builder, node, kind);
    visit_expression(builder, node, kind);
  }
}
