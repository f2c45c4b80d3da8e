// What can only be said once the whole function was seen: which assertions are conditional, and whether what
// pytest.raises caught is looked at.

#include "server/analyzer/facts_builder.h"

static StringView relative_text(const FactsBuilder *builder, Span span) {
  return string_view_slice(builder->tree.text, builder->base + span.start, builder->base + span.end);
}

// A group is complete when every way through it asserts or leaves; a try when its main part does.
static bool group_is_complete(const FactsBuilder *builder, uint32_t group) {
  const ArmGroup *item = vector_at(&builder->groups, group);
  bool is_complete = item->is_exhaustive;
  for (size_t i = 0; i < builder->arms.count; i++) {
    const Arm *arm = vector_at(&builder->arms, i);
    if (arm->group != group) {
      continue;
    }
    if (item->is_try && arm->is_main && arm->is_settled) {
      return true;
    }
    is_complete = is_complete && arm->is_settled;
  }
  return is_complete && !item->is_try;
}

static bool arm_is_conditional(const FactsBuilder *builder, const bool *complete, uint32_t arm) {
  while (arm != ARM_NONE) {
    const Arm *item = vector_at(&builder->arms, arm);
    if (!item->is_main && !complete[item->group]) {
      return true;
    }
    arm = item->parent;
  }
  return false;
}

#define GROUPS_MAX 512  // branches of one function; in a larger one nothing counts as conditional

static void settle_assertions(FactsBuilder *builder) {
  bool complete[GROUPS_MAX];
  if (builder->groups.count > GROUPS_MAX) {
    return;
  }
  for (size_t i = 0; i < builder->groups.count; i++) {
    complete[i] = group_is_complete(builder, (uint32_t)i);
  }
  for (size_t i = 0; i < builder->assertions.count; i++) {
    RawAssertion *assertion = vector_at(&builder->assertions, i);
    const uint32_t *arm = vector_at(&builder->assertion_arms, i);
    // An explicit failure in a branch is a comparison of the test's own: the branch is the assertion.
    if (assertion->rule != assertion_rule(RULE_FAIL) && arm_is_conditional(builder, complete, *arm)) {
      assertion->place |= PLACE_CONDITIONAL;
    }
    if (assertion->rule == assertion_rule(RULE_FAIL)) {
      assertion->place &= (uint8_t) ~(PLACE_UNREACHABLE | PLACE_LOOP);
    }
  }
}

static bool is_named_outside(const FactsBuilder *builder, const RawNested *nested) {
  StringView name = relative_text(builder, nested->name);
  for (size_t i = 0; i < builder->references.count; i++) {
    const RawReference *reference = vector_at(&builder->references, i);
    bool is_outside = reference->name.start < nested->span.start || reference->name.start >= nested->span.end;
    if (is_outside && string_view_contains_word(relative_text(builder, reference->name), name)) {
      return true;
    }
  }
  return false;
}

// A function inside the test runs when something names it. Methods run when their class is used, which is not looked
// into.
static void settle_nested(FactsBuilder *builder) {
  for (size_t i = 0; i < builder->nested.count; i++) {
    RawNested *nested = vector_at(&builder->nested, i);
    const RawNested *parent = nested->parent ? vector_at(&builder->nested, nested->parent - 1) : NULL;
    nested->is_used = nested->kind == DEFINITION_CLASS || nested->is_decorated ||
                      (parent && parent->kind == DEFINITION_CLASS) || is_named_outside(builder, nested);
  }
  for (size_t i = 0; i < builder->assertions.count; i++) {
    RawAssertion *assertion = vector_at(&builder->assertions, i);
    const RawNested *nested = assertion->nested ? vector_at(&builder->nested, assertion->nested - 1) : NULL;
    if (nested && !nested->is_used) {
      assertion->place |= PLACE_UNREACHABLE;
    }
  }
}

// `except AssertionError` around it, or inside `with raises`, behind what raises.
static void report_assertion(FactsBuilder *builder, const RawAssertion *assertion) {
  if (assertion->place & PLACE_UNREACHABLE) {
    const RawNested *nested = assertion->nested ? vector_at(&builder->nested, assertion->nested - 1) : NULL;
    bool is_uncalled = nested && !nested->is_used;
    facts_add_finding(builder, DIAGNOSTIC_UNREACHABLE_ASSERTION, assertion->span, "The assertion never runs: %s",
                      is_uncalled ? "nothing calls the function that it stands in"
                                  : "what stands before it always leaves the block");
  } else if (assertion->place & PLACE_SWALLOWED && assertion->rule != assertion_rule(RULE_FAIL)) {
    facts_add_finding(builder, DIAGNOSTIC_SWALLOWED_ASSERTION, assertion->span,
                      "When the assertion fails, the surrounding handler catches the failure and the test stays green");
  }
}

static bool name_is_root(StringView name, StringView root) {
  return string_view_starts_with(name, root) && (name.length == root.length || name.data[root.length] == '.');
}

// Reads of the alias behind the block check the error; an assertion about it inside the block is never reached.
static void settle_alias(FactsBuilder *builder, const RaisesAlias *alias) {
  const FlatTree *tree = &builder->tree;
  uint32_t block_start = facts_span(builder, alias->body_start).start;
  uint32_t block_end = tree->nodes[alias->body_start].end - builder->base;
  bool is_read = false;
  for (size_t i = 0; i < builder->references.count; i++) {
    const RawReference *reference = vector_at(&builder->references, i);
    StringView name = relative_text(builder, reference->name);
    is_read = is_read || (reference->name.start >= block_end && name_is_root(name, alias->name));
  }
  if (is_read && alias->assertion < builder->assertions.count) {
    RawAssertion *assertion = vector_at(&builder->assertions, alias->assertion);
    if (assertion->rule == assertion_rule(RULE_RAISES) || assertion->rule == assertion_rule(RULE_RAISES_BROAD)) {
      assertion->rule = assertion_rule(RULE_RAISES_MATCH);
      builder->traits |= TRAIT_ERROR_ATTRIBUTES;
    }
  }
  for (size_t i = 0; i < builder->assertions.count; i++) {
    RawAssertion *assertion = vector_at(&builder->assertions, i);
    StringView text = relative_text(builder, assertion->span);
    if (i != alias->assertion && assertion->span.start >= block_start && assertion->span.end <= block_end &&
        string_view_contains_word(text, alias->name)) {
      assertion->place |= PLACE_UNREACHABLE;
    }
  }
}

// A finding about the error's message is moot once the error is looked at.
static void drop_moot_findings(FactsBuilder *builder) {
  size_t kept = 0;
  for (size_t i = 0; i < builder->findings.count; i++) {
    RawFinding *finding = vector_at(&builder->findings, i);
    bool is_moot = false;
    for (size_t j = 0; j < builder->assertions.count && !is_moot; j++) {
      const RawAssertion *assertion = vector_at(&builder->assertions, j);
      is_moot = (finding->code == DIAGNOSTIC_RAISES_WITHOUT_MATCH || finding->code == DIAGNOSTIC_RAISES_TOO_BROAD) &&
                assertion->span.start == finding->span.start && assertion->rule == assertion_rule(RULE_RAISES_MATCH);
    }
    if (!is_moot) {
      *(RawFinding *)vector_at(&builder->findings, kept++) = *finding;
    }
  }
  vector_truncate(&builder->findings, kept);
}

void facts_settle(FactsBuilder *builder) {
  settle_assertions(builder);
  settle_nested(builder);
  for (size_t i = 0; i < builder->aliases.count; i++) {
    settle_alias(builder, vector_at(&builder->aliases, i));
  }
  if (builder->aliases.count > 0) {
    drop_moot_findings(builder);
  }
  for (size_t i = 0; i < builder->assertions.count; i++) {
    report_assertion(builder, vector_at(&builder->assertions, i));
  }
}
