// Splits a file into statements, and takes the facts of each from the previous analysis or from the tree.

#include "server/analyzer/analysis_internal.h"
#include "server/analyzer/unit_reuse.h"

#define DEPTH_MAX 100  // of classes and branches around definitions; what lies deeper is one statement

typedef struct Scan {
  AnalysisBuild *build;
  FactsBuilder *builder;
  UnitReuse reuse;
  const PythonGrammar *grammar;
  TSTreeCursor cursor;
  uint32_t next_definition;
  Error *ret_error;
  int result;
} Scan;

static void add_unit(Scan *scan, FactsKind kind, int parent, uint32_t text_end, int *ret_definition) {
  AnalysisBuild *build = scan->build;
  TSNode node = ts_tree_cursor_current_node(&scan->cursor);
  uint32_t start = ts_node_start_byte(node);
  bool is_broken = ts_node_has_error(node);
  Facts *facts = is_broken ? NULL : unit_reuse_find(&scan->reuse, start, text_end, kind);
  if (facts) {
    build->analysis->reused += kind == FACTS_FUNCTION;
  } else {
    uint64_t hash = unit_hash(string_view_slice(build->text, start, text_end), kind);
    scan->result = facts_extract(scan->builder, build->text, &scan->cursor, kind, hash, &facts, scan->ret_error);
    if (scan->result < 0) {
      return;
    }
    facts->is_broken = is_broken;
  }
  int definition = -1;
  if (kind != FACTS_STATEMENT) {
    definition = (int)scan->next_definition;
    scan->next_definition += 1 + facts->nested_count;
  }
  Unit unit = {facts, start, ts_node_end_byte(node), parent, definition};
  if (!vector_push_copy(&build->units, &unit)) {
    facts_release(facts);
    scan->result = error_set(scan->ret_error, ERROR_NO_MEMORY, "memory is exhausted while analysing");
  }
  *ret_definition = definition;
}

static void scan_children(Scan *scan, int parent, int depth);

// Moves into the class of a decorated definition, if that is what it decorates.
static PythonKind kind_under_decorators(Scan *scan) {
  TSNode node = ts_tree_cursor_current_node(&scan->cursor);
  PythonKind kind = python_kind_of(scan->grammar, node);
  if (kind != KIND_DECORATED_DEFINITION) {
    return kind;
  }
  TSNode inner = ts_node_child_by_field_id(node, scan->grammar->field_ids[FIELD_DEFINITION]);
  return ts_node_is_null(inner) ? KIND_OTHER : python_kind_of(scan->grammar, inner);
}

static bool go_to_child(Scan *scan, PythonKind kind) {
  if (!ts_tree_cursor_goto_first_child(&scan->cursor)) {
    return false;
  }
  do {
    if (python_kind_of(scan->grammar, ts_tree_cursor_current_node(&scan->cursor)) == kind) {
      return true;
    }
  } while (ts_tree_cursor_goto_next_sibling(&scan->cursor));
  ts_tree_cursor_goto_parent(&scan->cursor);
  return false;
}

static uint32_t class_header_end(const Scan *scan, TSNode node, bool is_decorated) {
  TSNode inner = is_decorated ? ts_node_child_by_field_id(node, scan->grammar->field_ids[FIELD_DEFINITION]) : node;
  TSNode body = ts_node_child_by_field_id(inner, scan->grammar->field_ids[FIELD_BODY]);
  return ts_node_is_null(body) ? ts_node_end_byte(node) : ts_node_start_byte(body);
}

static void scan_class(Scan *scan, int parent, int depth) {
  TSNode node = ts_tree_cursor_current_node(&scan->cursor);
  bool is_decorated = python_kind_of(scan->grammar, node) == KIND_DECORATED_DEFINITION;
  int definition = -1;
  add_unit(scan, FACTS_CLASS_HEADER, parent, class_header_end(scan, node, is_decorated), &definition);
  if (scan->result < 0 || (is_decorated && !go_to_child(scan, KIND_CLASS_DEFINITION))) {
    return;
  }
  if (go_to_child(scan, KIND_BLOCK)) {
    scan_children(scan, definition, depth + 1);
    ts_tree_cursor_goto_parent(&scan->cursor);
  }
  if (is_decorated) {
    ts_tree_cursor_goto_parent(&scan->cursor);
  }
}

static bool kind_holds_statements(PythonKind kind) {
  switch (kind) {
  case KIND_MODULE:
  case KIND_BLOCK:
  case KIND_IF_STATEMENT:
  case KIND_ELIF_CLAUSE:
  case KIND_ELSE_CLAUSE:
  case KIND_TRY_STATEMENT:
  case KIND_EXCEPT_CLAUSE:
  case KIND_FINALLY_CLAUSE:
  case KIND_WITH_STATEMENT:
  case KIND_ERROR: return true;
  default: return false;
  }
}

static void report_broken(Scan *scan, TSNode node) {
  Span span = {ts_node_start_byte(node), ts_node_end_byte(node)};
  findings_add(scan->build, DIAGNOSTIC_SYNTAX_ERROR, span,
               "The source cannot be parsed here; what stands here is left out of the analysis");
}

static void scan_statement(Scan *scan, int parent, int depth) {
  TSNode node = ts_tree_cursor_current_node(&scan->cursor);
  PythonKind kind = kind_under_decorators(scan);
  int ignored = -1;
  if (kind == KIND_CLASS_DEFINITION && depth < DEPTH_MAX) {
    scan_class(scan, parent, depth);
  } else if (kind == KIND_FUNCTION_DEFINITION) {
    add_unit(scan, FACTS_FUNCTION, parent, ts_node_end_byte(node), &ignored);
  } else if (kind_holds_statements(kind) && depth < DEPTH_MAX) {
    if (kind == KIND_ERROR) {
      report_broken(scan, node);
    }
    scan_children(scan, parent, depth + 1);
  } else if (kind != KIND_COMMENT && kind != KIND_DROPPED && kind != KIND_OPERATOR) {
    add_unit(scan, FACTS_STATEMENT, parent, ts_node_end_byte(node), &ignored);
  }
}

static void scan_children(Scan *scan, int parent, int depth) {
  if (!ts_tree_cursor_goto_first_child(&scan->cursor)) {
    return;
  }
  do {
    scan_statement(scan, parent, depth);
  } while (scan->result == 0 && ts_tree_cursor_goto_next_sibling(&scan->cursor));
  ts_tree_cursor_goto_parent(&scan->cursor);
}

int file_scan(AnalysisBuild *build, const Snapshot *snapshot, Error *ret_error) {
  Scan scan = {.build = build, .grammar = python_grammar_get(), .ret_error = ret_error};
  scan.result = facts_builder_create(&scan.builder, ret_error);
  if (scan.result < 0) {
    return scan.result;
  }
  TSNode root = snapshot_root(snapshot);
  scan.cursor = ts_tree_cursor_new(root);
  if (python_kind_of(scan.grammar, root) == KIND_ERROR) {
    report_broken(&scan, root);
  }
  unit_reuse_init(&scan.reuse, build->previous, build->text);
  scan_children(&scan, -1, 0);
  unit_reuse_finish(&scan.reuse);
  ts_tree_cursor_delete(&scan.cursor);
  facts_builder_destroy(scan.builder);
  return scan.result;
}
