#include "server/analyzer/python_tree.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[KIND_COUNT] = {
#define X(name, text) [KIND_##name] = text,
    PYTHON_KINDS(X)
#undef X
};

static const char *const field_names[FIELD_COUNT] = {
#define X(name, text) [FIELD_##name] = text,
    PYTHON_FIELDS(X)
#undef X
};

// What the insides of strings are called: a string without interpolation is a leaf for us.
static const char *const dropped_names[] = {"string_start",    "string_content",       "string_end",
                                            "escape_sequence", "escape_interpolation", "line_continuation",
                                            "type_conversion", "format_specifier"};

// Arithmetic is not told apart, so its operators are dropped with the punctuation.
static const char *const operator_names[] = {"==", "!=",     "<",  "<=",     ">",   ">=", "<>",
                                             "in", "not in", "is", "is not", "and", "or"};

static PythonGrammar shared_grammar;
static pthread_once_t grammar_once = PTHREAD_ONCE_INIT;

static int name_index(const char *const *names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (names[i] && strcmp(names[i], name) == 0) {
      return (int)i;
    }
  }
  return -1;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static PythonKind kind_of_name(const char *name, bool is_named) {
  if (!is_named) {
    if (strcmp(name, "async") == 0) {
      return KIND_ASYNC;
    }
    return name_index(operator_names, COUNT_OF(operator_names), name) >= 0 ? KIND_OPERATOR : KIND_DROPPED;
  }
  if (name_index(dropped_names, COUNT_OF(dropped_names), name) >= 0) {
    return KIND_DROPPED;
  }
  int index = name_index(kind_names, KIND_COUNT, name);
  return index >= 0 ? (PythonKind)index : KIND_OTHER;
}

static void grammar_init(void) {
  const TSLanguage *language = language_by_identifier(SV("python"))->grammar();
  uint32_t symbols = ts_language_symbol_count(language);
  for (uint32_t i = 0; i < symbols && i < COUNT_OF(shared_grammar.kinds); i++) {
    TSSymbolType type = ts_language_symbol_type(language, (TSSymbol)i);
    bool is_named = type == TSSymbolTypeRegular;
    shared_grammar.kinds[i] = (uint8_t)kind_of_name(ts_language_symbol_name(language, (TSSymbol)i), is_named);
  }
  uint32_t fields = ts_language_field_count(language);
  for (uint32_t i = 1; i <= fields && i < COUNT_OF(shared_grammar.fields); i++) {
    int index = name_index(field_names, FIELD_COUNT, ts_language_field_name_for_id(language, (TSFieldId)i));
    shared_grammar.fields[i] = index > 0 ? (uint8_t)index : FIELD_NONE;
    if (index > 0) {
      shared_grammar.field_ids[index] = (uint16_t)i;
    }
  }
}

const PythonGrammar *python_grammar_get(void) {
  pthread_once(&grammar_once, grammar_init);
  return &shared_grammar;
}

void flat_tree_finish(FlatTree *tree) {
  free(tree->nodes);
  *tree = (FlatTree){0};
}

static FlatNode *flat_tree_push(FlatTree *tree) {
  if (tree->count == tree->capacity) {
    uint32_t capacity = tree->capacity ? tree->capacity * 2 : 1024;
    FlatNode *nodes = realloc(tree->nodes, capacity * sizeof(*nodes));
    if (!nodes) {
      return NULL;
    }
    tree->nodes = nodes;
    tree->capacity = capacity;
  }
  return &tree->nodes[tree->count++];
}

PythonKind python_kind_of(const PythonGrammar *grammar, TSNode node) {
  TSSymbol symbol = ts_node_symbol(node);
  if (symbol == (TSSymbol)-1) {
    return KIND_ERROR;
  }
  return symbol < COUNT_OF(grammar->kinds) ? (PythonKind)grammar->kinds[symbol] : KIND_OTHER;
}

// Adds the cursor's node, unless it is of a dropped kind. `*ret_index` is NODE_NONE then.
static int flat_tree_visit(FlatTree *tree, const PythonGrammar *grammar, TSTreeCursor *cursor, uint32_t parent,
                           uint32_t *ret_index) {
  TSNode node = ts_tree_cursor_current_node(cursor);
  PythonKind kind = python_kind_of(grammar, node);
  *ret_index = NODE_NONE;
  if (kind == KIND_DROPPED && !ts_node_is_missing(node)) {
    return 0;
  }
  FlatNode *flat = flat_tree_push(tree);
  if (!flat) {
    return ERROR_NO_MEMORY;
  }
  TSFieldId field = parent == NODE_NONE ? 0 : ts_tree_cursor_current_field_id(cursor);
  flat->kind = (uint8_t)kind;
  flat->field = field < COUNT_OF(grammar->fields) ? grammar->fields[field] : FIELD_NONE;
  flat->is_broken = kind == KIND_ERROR || ts_node_is_missing(node);
  flat->start = ts_node_start_byte(node);
  flat->end = ts_node_end_byte(node);
  flat->next = tree->count;
  flat->parent = parent;
  *ret_index = tree->count - 1;
  return 0;
}

static bool is_class_body(const FlatTree *tree, uint32_t index) {
  const FlatNode *node = &tree->nodes[index];
  return node->kind == KIND_BLOCK && node->parent != NODE_NONE &&
         tree->nodes[node->parent].kind == KIND_CLASS_DEFINITION;
}

int flat_tree_read(FlatTree *tree, const PythonGrammar *grammar, TSTreeCursor *cursor, bool is_header) {
  tree->count = 0;
  uint32_t parent = NODE_NONE;
  uint32_t depth = 0;
  for (;;) {
    uint32_t index = NODE_NONE;
    int result = flat_tree_visit(tree, grammar, cursor, parent, &index);
    if (result < 0) {
      return result;
    }
    bool is_left_out = index == NODE_NONE || (is_header && is_class_body(tree, index));
    if (!is_left_out && ts_tree_cursor_goto_first_child(cursor)) {
      depth++;
      parent = index;
      continue;
    }
    while (depth > 0 && !ts_tree_cursor_goto_next_sibling(cursor)) {
      ts_tree_cursor_goto_parent(cursor);
      depth--;
      tree->nodes[parent].next = tree->count;
      parent = tree->nodes[parent].parent;
    }
    if (depth == 0) {
      return 0;
    }
  }
}

PythonKind flat_tree_kind(const FlatTree *tree, uint32_t node) {
  return node == NODE_NONE ? KIND_DROPPED : (PythonKind)tree->nodes[node].kind;
}

StringView flat_tree_text(const FlatTree *tree, uint32_t node) {
  if (node == NODE_NONE) {
    return (StringView){0};
  }
  return string_view_slice(tree->text, tree->nodes[node].start, tree->nodes[node].end);
}

static uint32_t skip_comments(const FlatTree *tree, uint32_t node, uint32_t end) {
  while (node < end && tree->nodes[node].kind == KIND_COMMENT) {
    node = tree->nodes[node].next;
  }
  return node < end ? node : NODE_NONE;
}

uint32_t flat_tree_first_child(const FlatTree *tree, uint32_t node) {
  return node == NODE_NONE ? NODE_NONE : skip_comments(tree, node + 1, tree->nodes[node].next);
}

uint32_t flat_tree_next_sibling(const FlatTree *tree, uint32_t node) {
  uint32_t parent = tree->nodes[node].parent;
  if (parent == NODE_NONE) {
    return NODE_NONE;
  }
  return skip_comments(tree, tree->nodes[node].next, tree->nodes[parent].next);
}

uint32_t flat_tree_child(const FlatTree *tree, uint32_t node, PythonField field) {
  uint32_t child = flat_tree_first_child(tree, node);
  while (child != NODE_NONE && tree->nodes[child].field != field) {
    child = flat_tree_next_sibling(tree, child);
  }
  return child;
}

uint32_t flat_tree_child_of_kind(const FlatTree *tree, uint32_t node, PythonKind kind) {
  uint32_t child = flat_tree_first_child(tree, node);
  while (child != NODE_NONE && tree->nodes[child].kind != kind) {
    child = flat_tree_next_sibling(tree, child);
  }
  return child;
}

bool flat_tree_contains(const FlatTree *tree, uint32_t node, PythonKind kind) {
  for (uint32_t i = node; node != NODE_NONE && i < tree->nodes[node].next; i++) {
    if (tree->nodes[i].kind == kind) {
      return true;
    }
  }
  return false;
}

uint32_t flat_tree_strip(const FlatTree *tree, uint32_t node) {
  while (flat_tree_kind(tree, node) == KIND_PARENTHESIZED_EXPRESSION || flat_tree_kind(tree, node) == KIND_AWAIT) {
    node = flat_tree_first_child(tree, node);
  }
  return node;
}
