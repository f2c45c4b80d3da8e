#include "server/analyzer/facts_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX (1u << 20)  // per statement and kind
#define MESSAGE_MAX 240       // bytes

typedef struct VectorRow {
  size_t vector;  // offset in the builder
  size_t size;
} VectorRow;

#define ROW(member, type) \
  { offsetof(FactsBuilder, member), sizeof(type) }

static const VectorRow vector_rows[] = {
    ROW(frames, Frame),
    ROW(arms, Arm),
    ROW(groups, ArmGroup),
    ROW(assertion_arms, uint32_t),
    ROW(aliases, RaisesAlias),
    ROW(assertions, RawAssertion),
    ROW(references, RawReference),
    ROW(comparisons, RawComparison),
    ROW(literals, RawLiteral),
    ROW(parameters, RawParameter),
    ROW(decorators, Span),
    ROW(bases, Span),
    ROW(raises, Span),
    ROW(nested, RawNested),
    ROW(findings, RawFinding),
    ROW(imports, RawImport),
    ROW(strings, char),
};

#define ROW_COUNT (sizeof(vector_rows) / sizeof(vector_rows[0]))

static Vector *builder_vector(FactsBuilder *builder, size_t row) {
  return (Vector *)(void *)((char *)builder + vector_rows[row].vector);
}

int facts_builder_create(FactsBuilder **ret_builder, Error *ret_error) {
  FactsBuilder *builder = calloc(1, sizeof(*builder));
  if (!builder) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing");
  }
  builder->grammar = python_grammar_get();
  for (size_t i = 0; i < ROW_COUNT; i++) {
    vector_init(builder_vector(builder, i), vector_rows[i].size, ITEMS_MAX);
  }
  *ret_builder = builder;
  return 0;
}

void facts_builder_destroy(FactsBuilder *builder) {
  if (!builder) {
    return;
  }
  for (size_t i = 0; i < ROW_COUNT; i++) {
    vector_finish(builder_vector(builder, i));
  }
  flat_tree_finish(&builder->tree);
  free(builder);
}

static void builder_reset(FactsBuilder *builder, StringView text) {
  for (size_t i = 0; i < ROW_COUNT; i++) {
    vector_truncate(builder_vector(builder, i), 0);
  }
  builder->tree.text = text;
  builder->failed = false;
  builder->state = (WalkState){ARM_NONE, ARM_NONE, 0, 0};
  builder->dead_start = builder->dead_end = 0;
  builder->traits = 0;
  builder->parameter_sets = 1;
  builder->complexity = 1;
  builder->marker = (Span){0};
  char *empty = vector_push(&builder->strings);  // offset 0 means: none
  builder->failed = !empty;
}

Span facts_span(const FactsBuilder *builder, uint32_t node) {
  if (node == NODE_NONE) {
    return (Span){0};
  }
  const FlatNode *flat = &builder->tree.nodes[node];
  return (Span){flat->start - builder->base, flat->end - builder->base};
}

Span facts_span_of(const FactsBuilder *builder, StringView text) {
  if (text.length == 0) {
    return (Span){0};
  }
  uint32_t start = (uint32_t)(text.data - builder->tree.text.data) - builder->base;
  return (Span){start, start + (uint32_t)text.length};
}

void facts_push_frame(FactsBuilder *builder, uint32_t end) {
  Frame frame = {end, builder->state};
  if (!vector_push_copy(&builder->frames, &frame)) {
    builder->failed = true;
  }
}

RawAssertion *facts_add_assertion(FactsBuilder *builder, uint32_t node, RuleName rule) {
  RawAssertion *assertion = vector_push(&builder->assertions);
  if (!assertion || !vector_push_copy(&builder->assertion_arms, &builder->state.arm)) {
    builder->failed = true;
    return NULL;
  }
  assertion->span = facts_span(builder, node);
  assertion->rule = assertion_rule(rule);
  assertion->oracle_hash = string_view_hash(flat_tree_text(&builder->tree, node));
  assertion->nested = builder->state.nested;
  assertion->place = builder->state.place;
  facts_settle_arm(builder);
  return assertion;
}

void facts_settle_arm(FactsBuilder *builder) {
  for (uint32_t arm = builder->state.arm; arm != ARM_NONE;) {
    Arm *item = vector_at(&builder->arms, arm);
    item->is_settled = true;
    arm = item->parent;
  }
}

void facts_mark_dead(FactsBuilder *builder, uint32_t statement) {
  const FlatNode *node = &builder->tree.nodes[statement];
  if (flat_tree_kind(&builder->tree, node->parent) == KIND_BLOCK) {
    builder->dead_start = node->next;
    builder->dead_end = builder->tree.nodes[node->parent].next;
  }
}

static uint32_t add_string(FactsBuilder *builder, StringView text) {
  uint32_t offset = (uint32_t)builder->strings.count;
  for (size_t i = 0; i <= text.length; i++) {
    char byte = i < text.length ? text.data[i] : '\0';
    if (!vector_push_copy(&builder->strings, &byte)) {
      builder->failed = true;
      return 0;
    }
  }
  return offset;
}

// Messages are one line: what is quoted from the source may span several.
static void flatten_lines(char *message) {
  for (; *message; message++) {
    if (*message == '\n' || *message == '\r' || *message == '\t') {
      *message = ' ';
    }
  }
}

RawFinding *facts_add_finding(FactsBuilder *builder, DiagnosticCode code, Span span, const char *format, ...) {
  char message[MESSAGE_MAX];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  flatten_lines(message);
  RawFinding *finding = vector_push(&builder->findings);
  if (!finding) {
    builder->failed = true;
    return NULL;
  }
  finding->code = code;
  finding->span = span;
  finding->message = add_string(builder, string_view_from(message));
  return finding;
}

void facts_add_fix(FactsBuilder *builder, RawFinding *finding, const char *title, Span span, StringView text) {
  if (finding) {
    finding->fix = title;
    finding->fix_span = span;
    finding->fix_text = add_string(builder, text);
  }
}

// Copies one array behind the facts and moves on; arrays start at multiples of 8 bytes.
static const void *pack(char **cursor, const Vector *vector) {
  if (vector->count == 0) {
    return NULL;
  }
  char *place = *cursor;
  size_t size = vector->count * vector->item_size;
  memcpy(place, vector->data, size);
  *cursor += (size + 7) & ~(size_t)7;
  return place;
}

static size_t packed_size(FactsBuilder *builder) {
  size_t size = (sizeof(Facts) + 7) & ~(size_t)7;
  for (size_t i = 0; i < ROW_COUNT; i++) {
    const Vector *vector = builder_vector(builder, i);
    size += (vector->count * vector->item_size + 7) & ~(size_t)7;
  }
  return size;
}

static void pack_arrays(const FactsBuilder *builder, Facts *facts) {
  char *cursor = (char *)facts + ((sizeof(Facts) + 7) & ~(size_t)7);
#define PACK(to, from, count_member) \
  facts->to = pack(&cursor, &builder->from); \
  facts->count_member = (uint32_t)builder->from.count
  PACK(assertions, assertions, assertion_count);
  PACK(references_made, references, reference_count);
  PACK(comparisons, comparisons, comparison_count);
  PACK(literals, literals, literal_count);
  PACK(parameters, parameters, parameter_count);
  PACK(decorators, decorators, decorator_count);
  PACK(bases, bases, base_count);
  PACK(raises, raises, raise_count);
  PACK(nested, nested, nested_count);
  PACK(findings, findings, finding_count);
  PACK(imports, imports, import_count);
#undef PACK
  facts->strings = pack(&cursor, &builder->strings);
}

static StringView name_text(const FactsBuilder *builder) {
  uint32_t name = flat_tree_child(&builder->tree, builder->root, FIELD_NAME);
  return name == NODE_NONE ? SV("") : flat_tree_text(&builder->tree, name);
}

static Facts *pack_facts(FactsBuilder *builder, FactsKind kind, uint64_t hash) {
  size_t size = packed_size(builder);
  Facts *facts = calloc(1, size);
  if (!facts) {
    return NULL;
  }
  const FlatTree *tree = &builder->tree;
  atomic_init(&facts->references, 1);
  facts->hash = hash;
  uint32_t body = flat_tree_child(tree, builder->root, FIELD_BODY);
  bool is_header = kind == FACTS_CLASS_HEADER && body != NODE_NONE;
  facts->length = (is_header ? tree->nodes[body].start : tree->nodes[0].end) - tree->nodes[0].start;
  facts->kind = kind;
  facts->size = size;
  facts->traits = builder->traits;
  facts->parameter_sets = builder->parameter_sets;
  facts->complexity = builder->complexity;
  facts->marker = builder->marker;
  if (kind != FACTS_STATEMENT) {
    facts->name = facts_span(builder, flat_tree_child(tree, builder->root, FIELD_NAME));
    facts->body = is_header ? (Span){0} : facts_span(builder, body);
    facts->return_annotation = facts_span(builder, flat_tree_child(tree, builder->root, FIELD_RETURN_TYPE));
    facts->category_words = category_words_of(name_text(builder));
    facts->is_async = flat_tree_child_of_kind(tree, builder->root, KIND_ASYNC) != NODE_NONE;
  }
  pack_arrays(builder, facts);
  return facts;
}

int facts_extract(FactsBuilder *builder, StringView text, TSTreeCursor *cursor, FactsKind kind, uint64_t hash,
                  Facts **ret_facts, Error *ret_error) {
  builder_reset(builder, text);
  if (flat_tree_read(&builder->tree, builder->grammar, cursor, kind == FACTS_CLASS_HEADER) < 0 || builder->failed) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing");
  }
  FlatTree *tree = &builder->tree;
  builder->base = tree->nodes[0].start;
  builder->root = 0;
  if (tree->nodes[0].kind == KIND_DECORATED_DEFINITION) {
    uint32_t inner = flat_tree_child(tree, 0, FIELD_DEFINITION);
    builder->root = inner == NODE_NONE ? 0 : inner;
  }
  if (kind != FACTS_STATEMENT) {
    facts_read_header(builder);
  }
  facts_walk(builder);
  facts_settle(builder);
  Facts *facts = builder->failed ? NULL : pack_facts(builder, kind, hash);
  if (!facts) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing");
  }
  *ret_facts = facts;
  return 0;
}

Facts *facts_retain(Facts *facts) {
  atomic_fetch_add_explicit(&facts->references, 1, memory_order_relaxed);
  return facts;
}

void facts_release(Facts *facts) {
  if (facts && atomic_fetch_sub_explicit(&facts->references, 1, memory_order_acq_rel) == 1) {
    free(facts);
  }
}
