// What stands before a body: decorators, parameters, bases; and imports.

#include "server/analyzer/facts_builder.h"

static void push_span(FactsBuilder *builder, Vector *vector, uint32_t node) {
  Span span = facts_span(builder, node);
  if (!vector_push_copy(vector, &span)) {
    builder->failed = true;
  }
}

// X(last name of a decorator, traits)
#define DECORATOR_TRAITS(X) \
  X("given", TRAIT_PROPERTY) \
  X("fixture", TRAIT_FIXTURE) \
  X("overload", TRAIT_OVERLOAD) \
  X("setter", TRAIT_OVERLOAD) \
  X("getter", TRAIT_OVERLOAD) \
  X("deleter", TRAIT_OVERLOAD) \
  X("register", TRAIT_OVERLOAD) \
  X("skip", TRAIT_SKIPPED) \
  X("expectedFailure", TRAIT_EXPECTED_FAILURE) \
  X("xfail", TRAIT_EXPECTED_FAILURE) \
  X("patch", TRAIT_PATCHED)

static uint32_t decorator_traits(StringView name) {
#define X(text, traits) \
  if (string_view_equal_text(name, text)) { \
    return traits; \
  }
  DECORATOR_TRAITS(X)
#undef X
  return 0;
}

static void check_skip_reason(FactsBuilder *builder, uint32_t decorator, uint32_t expression) {
  bool is_call = flat_tree_kind(&builder->tree, expression) == KIND_CALL;
  if (is_call && (call_argument(&builder->tree, expression, 0) != NODE_NONE ||
                  call_keyword(&builder->tree, expression, "reason") != NODE_NONE)) {
    return;
  }
  RawFinding *finding =
      facts_add_finding(builder, DIAGNOSTIC_SKIP_WITHOUT_REASON, facts_span(builder, decorator),
                        "The test is skipped without a reason: nobody will know when to bring it back");
  StringView text = flat_tree_text(&builder->tree, expression);
  if (finding && !is_call) {
    Span end = {facts_span(builder, expression).end, facts_span(builder, expression).end};
    bool is_pytest = string_view_starts_with(text, SV("pytest"));
    facts_add_fix(builder, finding, "Add a reason", end, is_pytest ? SV("(reason=\"\")") : SV("(\"\")"));
  }
}

// The number of parameter sets of one parametrize; 0: an empty list; 1 when it is computed.
static uint32_t count_sets(const FlatTree *tree, uint32_t values) {
  PythonKind kind = flat_tree_kind(tree, values);
  if (kind != KIND_LIST && kind != KIND_TUPLE && kind != KIND_SET) {
    return 1;
  }
  uint32_t count = 0;
  for (uint32_t child = flat_tree_first_child(tree, values); child != NODE_NONE;
       child = flat_tree_next_sibling(tree, child)) {
    count++;
  }
  return count;
}

#define SETS_MAX 1000000u

static void read_parametrize(FactsBuilder *builder, uint32_t decorator, uint32_t values) {
  if (values == NODE_NONE) {
    return;
  }
  uint32_t sets = count_sets(&builder->tree, flat_tree_strip(&builder->tree, values));
  if (sets == 0) {
    facts_add_finding(builder, DIAGNOSTIC_EMPTY_PARAMETRIZE, facts_span(builder, decorator),
                      "The parametrisation has no values: pytest skips the test");
  }
  uint64_t product = (uint64_t)builder->parameter_sets * (sets ? sets : 1);
  builder->parameter_sets = product > SETS_MAX ? SETS_MAX : (uint32_t)product;
}

static void read_decorated_call(FactsBuilder *builder, uint32_t decorator, uint32_t call, StringView name) {
  const FlatTree *tree = &builder->tree;
  if (string_view_equal_text(name, "parametrize")) {
    uint32_t values = call_argument(tree, call, 1);
    read_parametrize(builder, decorator, values != NODE_NONE ? values : call_keyword(tree, call, "argvalues"));
  } else if (string_view_equal_text(name, "expand") || string_view_equal_text(name, "subtests")) {
    read_parametrize(builder, decorator, call_argument(tree, call, 0));
  } else if (string_view_equal_text(name, "data") || string_view_equal_text(name, "example")) {
    builder->parameter_sets++;
  }
}

static void read_decorator(FactsBuilder *builder, uint32_t decorator) {
  const FlatTree *tree = &builder->tree;
  uint32_t expression = flat_tree_first_child(tree, decorator);
  if (expression == NODE_NONE) {
    return;
  }
  push_span(builder, &builder->decorators, expression);
  bool is_call = flat_tree_kind(tree, expression) == KIND_CALL;
  uint32_t function = is_call ? flat_tree_child(tree, expression, FIELD_FUNCTION) : expression;
  StringView dotted = dotted_name_of(tree, function);
  StringView name = last_name_of(dotted);
  builder->traits |= decorator_traits(name);
  if (string_view_contains(dotted, SV("patch.")) || string_view_starts_with(dotted, SV("patch"))) {
    builder->traits |= TRAIT_PATCHED;
  }
  if (string_view_equal_text(name, "skip")) {
    check_skip_reason(builder, decorator, expression);
  }
  TestCategory category = CATEGORY_COUNT;
  if (string_view_contains(dotted, SV("mark.")) && category_from_name(name, &category)) {
    builder->marker = facts_span_of(builder, name);
  }
  if (is_call) {
    read_decorated_call(builder, decorator, expression, name);
  }
}

static void read_parameter(FactsBuilder *builder, uint32_t node, bool is_keyword_only) {
  const FlatTree *tree = &builder->tree;
  uint32_t name = flat_tree_child(tree, node, FIELD_NAME);
  uint32_t inner = name == NODE_NONE ? flat_tree_first_child(tree, node) : name;
  PythonKind kind = flat_tree_kind(tree, node);
  PythonKind inner_kind = flat_tree_kind(tree, inner);
  bool is_plain = kind == KIND_IDENTIFIER;
  RawParameter parameter = {.is_keyword_only = is_keyword_only};
  if (kind == KIND_LIST_SPLAT_PATTERN || inner_kind == KIND_LIST_SPLAT_PATTERN) {
    parameter.star = 1;
  } else if (kind == KIND_DICTIONARY_SPLAT_PATTERN || inner_kind == KIND_DICTIONARY_SPLAT_PATTERN) {
    parameter.star = 2;
  }
  if (!is_plain && inner_kind != KIND_IDENTIFIER) {
    inner = flat_tree_first_child(tree, inner);
  }
  parameter.name = facts_span(builder, is_plain ? node : inner);
  parameter.annotation = facts_span(builder, flat_tree_child(tree, node, FIELD_TYPE));
  parameter.default_text = facts_span(builder, flat_tree_child(tree, node, FIELD_VALUE));
  if (parameter.name.end > parameter.name.start && !vector_push_copy(&builder->parameters, &parameter)) {
    builder->failed = true;
  }
}

static void read_parameters(FactsBuilder *builder, uint32_t parameters) {
  const FlatTree *tree = &builder->tree;
  bool is_keyword_only = false;
  uint32_t child = flat_tree_first_child(tree, parameters);
  for (; child != NODE_NONE; child = flat_tree_next_sibling(tree, child)) {
    PythonKind kind = flat_tree_kind(tree, child);
    if (kind == KIND_KEYWORD_SEPARATOR) {
      is_keyword_only = true;
      continue;
    }
    if (kind == KIND_POSITIONAL_SEPARATOR) {
      continue;
    }
    read_parameter(builder, child, is_keyword_only);
    is_keyword_only |= kind == KIND_LIST_SPLAT_PATTERN ||
                       (kind == KIND_TYPED_PARAMETER && flat_tree_contains(tree, child, KIND_LIST_SPLAT_PATTERN));
  }
}

static bool statement_does_nothing(const FlatTree *tree, uint32_t statement) {
  switch (flat_tree_kind(tree, statement)) {
  case KIND_PASS_STATEMENT: return true;
  case KIND_EXPRESSION_STATEMENT: {
    PythonKind kind = flat_tree_kind(tree, flat_tree_first_child(tree, statement));
    return kind == KIND_STRING || kind == KIND_ELLIPSIS;
  }
  case KIND_RAISE_STATEMENT: return string_view_contains(flat_tree_text(tree, statement), SV("NotImplementedError"));
  default: return false;
  }
}

static bool body_does_nothing(const FlatTree *tree, uint32_t body) {
  uint32_t child = flat_tree_first_child(tree, body);
  while (child != NODE_NONE && statement_does_nothing(tree, child)) {
    child = flat_tree_next_sibling(tree, child);
  }
  return child == NODE_NONE;
}

void facts_read_header(FactsBuilder *builder) {
  const FlatTree *tree = &builder->tree;
  if (flat_tree_kind(tree, builder->root) == KIND_FUNCTION_DEFINITION &&
      body_does_nothing(tree, flat_tree_child(tree, builder->root, FIELD_BODY))) {
    builder->traits |= TRAIT_STUB;
  }
  for (uint32_t child = flat_tree_first_child(tree, 0); builder->root != 0 && child != NODE_NONE;
       child = flat_tree_next_sibling(tree, child)) {
    if (flat_tree_kind(tree, child) == KIND_DECORATOR) {
      read_decorator(builder, child);
    }
  }
  read_parameters(builder, flat_tree_child(tree, builder->root, FIELD_PARAMETERS));
  uint32_t bases = flat_tree_child(tree, builder->root, FIELD_SUPERCLASSES);
  for (uint32_t base = flat_tree_first_child(tree, bases); base != NODE_NONE;
       base = flat_tree_next_sibling(tree, base)) {
    if (flat_tree_kind(tree, base) != KIND_KEYWORD_ARGUMENT) {
      push_span(builder, &builder->bases, base);
    }
  }
}

static void add_import(FactsBuilder *builder, uint32_t statement, Span local_name, Span module, Span symbol) {
  RawImport import = {local_name, module, symbol, facts_span(builder, statement)};
  if (!vector_push_copy(&builder->imports, &import)) {
    builder->failed = true;
  }
}

static void read_plain_import(FactsBuilder *builder, uint32_t statement, uint32_t item) {
  const FlatTree *tree = &builder->tree;
  if (flat_tree_kind(tree, item) == KIND_ALIASED_IMPORT) {
    add_import(builder, statement, facts_span(builder, flat_tree_child(tree, item, FIELD_ALIAS)),
               facts_span(builder, flat_tree_child(tree, item, FIELD_NAME)), (Span){0});
    return;
  }
  // `import a.b` binds `a`, but what is meant is a.b: the local name is the dotted one.
  add_import(builder, statement, facts_span(builder, item), facts_span(builder, item), (Span){0});
}

static void read_from_import(FactsBuilder *builder, uint32_t statement, Span module, uint32_t item) {
  const FlatTree *tree = &builder->tree;
  if (flat_tree_kind(tree, item) == KIND_ALIASED_IMPORT) {
    add_import(builder, statement, facts_span(builder, flat_tree_child(tree, item, FIELD_ALIAS)), module,
               facts_span(builder, flat_tree_child(tree, item, FIELD_NAME)));
    return;
  }
  add_import(builder, statement, facts_span(builder, item), module, facts_span(builder, item));
}

void facts_read_import(FactsBuilder *builder, uint32_t node) {
  const FlatTree *tree = &builder->tree;
  uint32_t module = flat_tree_child(tree, node, FIELD_MODULE_NAME);
  for (uint32_t item = flat_tree_first_child(tree, node); item != NODE_NONE;
       item = flat_tree_next_sibling(tree, item)) {
    if (item == module) {
      continue;
    }
    if (module == NODE_NONE) {
      read_plain_import(builder, node, item);
    } else {
      read_from_import(builder, node, facts_span(builder, module), item);
    }
  }
}
