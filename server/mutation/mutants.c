#include "server/mutation/mutants.h"

#include "protocol/memory/buffer.h"
#include "protocol/memory/vector.h"
#include "server/mutation/operators.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MUTANTS_MAX 200000u
#define DEPTH_MAX 2000   // of nodes around a target; what lies deeper is left alone
#define ENTRIES_MAX 64u  // of a table of plain data; of a longer one so many entries are mutated, evenly spread:
#define ENTRIES_KEPT 16u
#define TABLES "[(dictionary) (list) (set) (tuple)] @table\n"  // the pattern behind those of the operators

// ---- The query: the patterns of all rows, compiled once ----

static pthread_once_t query_once = PTHREAD_ONCE_INIT;
static TSQuery *shared_query;
static char query_problem[256];

static void compile_query(void) {
  Buffer text;
  uint32_t offset = 0;
  TSQueryError error = TSQueryErrorNone;
  buffer_init(&text, 1u << 20);
  for (size_t i = 0; i < mutation_operator_count; i++) {
    buffer_append_text(&text, mutation_operators[i].query);
    buffer_append_byte(&text, '\n');
  }
  buffer_append_text(&text, TABLES);
  if (text.failure == 0)
    shared_query = ts_query_new(language_by_identifier(SV("python"))->grammar(), text.data, (uint32_t)text.length,
                                &offset, &error);
  if (!shared_query)
    snprintf(query_problem, sizeof query_problem, "the mutation operators cannot be compiled: at \"%.60s\"",
             text.data ? text.data + offset : "");
  buffer_finish(&text);
}

// ---- Nodes ----

typedef struct Finder {
  const Snapshot *snapshot;
  StringView text;
  Arena *arena;
  Vector mutants;
  Vector left_out;  // Span, of entries of tables
  bool failed;
} Finder;

typedef struct Span {
  uint32_t start, end;
} Span;

typedef struct Match {
  const MutationOperator *operator;
  TSNode target, a, b, name;  // null nodes where the row has no such capture
} Match;

static StringView node_text(const Finder *finder, TSNode node) {
  return string_view_slice(finder->text, ts_node_start_byte(node), ts_node_end_byte(node));
}

static bool is_kind(TSNode node, const char *kind) {
  return !ts_node_is_null(node) && strcmp(ts_node_type(node), kind) == 0;
}

static bool is_one_of(const char *kind, const char *const *kinds, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(kind, kinds[i]) == 0)
      return true;
  return false;
}

// ---- What is left out ----

static bool begins_with_one_of(StringView text, const char *const *beginnings, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (string_view_starts_with(text, string_view_from(beginnings[i])))
      return true;
  return false;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_logging(const Finder *finder, TSNode statement) {
  static const char *const loggers[] = {"logging.", "logger.", "log.",         "_logger.",  "_log.",
                                        "LOG.",     "LOGGER.", "self.logger.", "self.log.", "warnings.warn("};
  return is_kind(statement, "expression_statement") &&
         begins_with_one_of(node_text(finder, statement), loggers, COUNT_OF(loggers));
}

static bool is_dead_branch(const Finder *finder, TSNode node) {
  if (!is_kind(node, "if_statement"))
    return false;
  StringView condition = node_text(finder, ts_node_child_by_field_name(node, "condition", 9));
  return string_view_starts_with(condition, SV("__name__")) || string_view_ends_with(condition, SV("TYPE_CHECKING"));
}

// `__all__ = [...]`, `__version__ = "1"`.
static bool is_module_metadata(const Finder *finder, TSNode node) {
  if (!is_kind(node, "assignment"))
    return false;
  StringView left = node_text(finder, ts_node_child_by_field_name(node, "left", 4));
  return string_view_starts_with(left, SV("__")) && string_view_ends_with(left, SV("__"));
}

static bool is_for_people(const Finder *finder, TSNode node) {
  return is_kind(node, "function_definition") &&
         string_view_equal_text(node_text(finder, ts_node_child_by_field_name(node, "name", 4)), "__repr__");
}

static bool is_arid_around(const Finder *finder, TSNode node, const Match *match) {
  static const char *const kinds[] = {"type", "import_statement", "import_from_statement", "future_import_statement",
                                      "ERROR"};
  bool is_decorator = is_kind(node, "decorator") && strcmp(match->operator->name, "removed-decorator") != 0;
  return is_decorator || is_one_of(ts_node_type(node), kinds, COUNT_OF(kinds)) || is_logging(finder, node) ||
         is_dead_branch(finder, node) || is_module_metadata(finder, node) || is_for_people(finder, node);
}

// Text that stands there for its own sake: a docstring, `...`.
static bool is_bare_expression(TSNode node) {
  return is_kind(ts_node_parent(node), "expression_statement") && ts_node_named_child_count(ts_node_parent(node)) == 1;
}

static bool is_plain_argument(TSNode node) {
  static const char *const kinds[] = {"keyword_argument", "list_splat", "dictionary_splat", "generator_expression"};
  return !is_one_of(ts_node_type(node), kinds, COUNT_OF(kinds));
}

// A body without effect: nothing would be taken away.
static bool is_empty_body(const Finder *finder, TSNode block) {
  uint32_t count = ts_node_named_child_count(block);
  for (uint32_t i = 0; i < count; i++) {
    TSNode statement = ts_node_named_child(block, i);
    StringView text = node_text(finder, statement);
    bool is_text =
        is_kind(statement, "expression_statement") && (is_kind(ts_node_named_child(statement, 0), "string") ||
                                                       is_kind(ts_node_named_child(statement, 0), "ellipsis"));
    if (!is_text && !is_kind(statement, "pass_statement") && !is_kind(statement, "comment") &&
        !string_view_starts_with(text, SV("raise NotImplementedError")))
      return false;
  }
  return true;
}

static bool is_unwanted(const Finder *finder, const Match *match) {
  if (is_kind(match->target, "string") && is_bare_expression(match->target))
    return true;
  if (is_kind(match->target, "block") && is_empty_body(finder, match->target))
    return true;
  return !ts_node_is_null(match->b) && (!is_plain_argument(match->a) || !is_plain_argument(match->b));
}

// Climbs from the target to the root: false where it is left out; tells the names of the functions and classes around.
static bool look_around(const Finder *finder, const Match *match, StringView *ret_function) {
  StringView names[16];
  size_t count = 0;
  bool is_in_function = false;
  TSNode child = match->target;
  for (int depth = 0; depth < DEPTH_MAX; depth++) {
    TSNode node = ts_node_parent(child);
    if (is_arid_around(finder, child, match))
      return false;
    if (ts_node_is_null(node))
      break;
    bool is_function = is_kind(node, "function_definition"), is_class = is_kind(node, "class_definition");
    bool is_part = is_kind(child, "block") || (is_function && is_kind(child, "parameters"));
    if ((is_function || is_class) && is_part && count < COUNT_OF(names)) {
      is_in_function = is_in_function || (is_function && count == 0);
      names[count++] = node_text(finder, ts_node_child_by_field_name(node, "name", 4));
    }
    child = node;
  }
  StringView joined = SV("");
  for (size_t i = count; i-- > 0 && is_in_function;)
    joined = arena_format(finder->arena, "%.*s%s%.*s", SV_ARGUMENTS(joined), joined.length > 0 ? "." : "",
                          SV_ARGUMENTS(names[i]));
  *ret_function = joined;
  return true;
}

// ---- What stands there instead ----

static StringView mutated_string(const Finder *finder, TSNode node) {
  StringView text = node_text(finder, node);
  size_t quote = 0;
  while (quote < text.length && text.data[quote] != '"' && text.data[quote] != '\'')
    quote++;
  bool is_bytes = false;
  for (size_t i = 0; i < quote; i++)
    is_bytes |= text.data[i] == 'b' || text.data[i] == 'B';
  bool is_empty = text.length == quote + 2;
  return is_empty ? (is_bytes ? SV("b\"XX\"") : SV("\"XX\"")) : (is_bytes ? SV("b\"\"") : SV("\"\""));
}

static StringView fill_in(const Finder *finder, const Match *match) {
  if (!match->operator->replacement)
    return mutated_string(finder, match->target);
  Buffer buffer;
  buffer_init(&buffer, finder->text.length + 64);
  for (const char *at = match->operator->replacement; *at; at++) {
    if (strncmp(at, "$target", 7) == 0) {
      buffer_append(&buffer, node_text(finder, match->target));
      at += 6;
    } else if (at[0] == '$') {
      buffer_append(&buffer, node_text(finder, at[1] == 'a' ? match->a : match->b));
      at++;
    } else {
      buffer_append_byte(&buffer, *at);
    }
  }
  StringView text = buffer.failure == 0 ? arena_copy(finder->arena, buffer_view(&buffer)) : (StringView){0};
  buffer_finish(&buffer);
  return text;
}

static void add_mutant(Finder *finder, const Match *match) {
  StringView function;
  if (is_unwanted(finder, match) || !look_around(finder, match, &function))
    return;
  uint32_t start = ts_node_start_byte(match->target);
  Mutant mutant = {
      .operator_name = match->operator->name,
      .row = (uint32_t)(match->operator- mutation_operators),
      .start = start,
      .end = ts_node_end_byte(match->target),
      .replacement = fill_in(finder, match),
      .function = function,
      .line = line_index_line_of(snapshot_lines(finder->snapshot), start) + 1,
  };
  if (string_view_equal(mutant.replacement, node_text(finder, match->target)))
    return;
  finder->failed |= !mutant.replacement.data || !function.data || !vector_push_copy(&finder->mutants, &mutant);
}

// ---- Tables ----

// Nothing that is called, chosen or made by code.
static bool is_plain_data(TSNode node, int depth) {
  static const char *const kinds[] = {"string",    "concatenated_string",
                                      "integer",   "float",
                                      "true",      "false",
                                      "none",      "identifier",
                                      "attribute", "ellipsis",
                                      "pair",      "unary_operator",
                                      "list",      "set",
                                      "tuple",     "comment"};
  static const char *const leaves[] = {"string", "attribute", "unary_operator"};
  const char *kind = ts_node_type(node);
  if (depth > 4 || !is_one_of(kind, kinds, COUNT_OF(kinds)))
    return false;
  uint32_t count = is_one_of(kind, leaves, COUNT_OF(leaves)) ? 0 : ts_node_named_child_count(node);
  for (uint32_t i = 0; i < count; i++)
    if (!is_plain_data(ts_node_named_child(node, i), depth + 1))
      return false;
  return true;
}

// Of a long table the entries between those that are kept: what holds for some of them holds for the others, and
// hundreds of the same finding hide all else.
static void thin_out(Finder *finder, TSNode table) {
  uint32_t count = ts_node_named_child_count(table);
  if (count <= ENTRIES_MAX)
    return;
  Vector entries;
  vector_init(&entries, sizeof(Span), count);
  bool is_plain = true;
  TSTreeCursor cursor = ts_tree_cursor_new(table);
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    TSNode entry = ts_tree_cursor_current_node(&cursor);
    if (!ts_node_is_named(entry) || is_kind(entry, "comment"))
      continue;
    Span span = {ts_node_start_byte(entry), ts_node_end_byte(entry)};
    is_plain = is_plain && is_plain_data(entry, 0);
    finder->failed |= !vector_push_copy(&entries, &span);
  }
  ts_tree_cursor_delete(&cursor);
  bool is_long = is_plain && entries.count > ENTRIES_MAX;
  for (size_t i = 0, kept = 0; is_long && kept < ENTRIES_KEPT; kept++) {
    size_t next = (kept + 1) * entries.count / ENTRIES_KEPT - 1;  // the one that stays
    const Span *first = vector_at(&entries, i), *end = vector_at(&entries, next);
    Span between = {first->start, end->start};
    finder->failed |= !vector_push_copy(&finder->left_out, &between);
    i = next + 1;
  }
  vector_finish(&entries);
}

static int compare_spans(const void *left, const void *right) {
  const Span *a = left, *b = right;
  return (a->start > b->start) - (a->start < b->start);
}

// Both are in order. `end` is where the last entry ends that begins before: one may hold a table with others.
static void drop_left_out(Finder *finder) {
  size_t kept = 0, at = 0;
  uint32_t end = 0;
  vector_sort(&finder->left_out, compare_spans);
  for (size_t i = 0; i < finder->mutants.count; i++) {
    const Mutant *mutant = vector_at(&finder->mutants, i);
    for (const Span *span; at < finder->left_out.count; at++) {
      span = vector_at(&finder->left_out, at);
      if (span->start > mutant->start)
        break;
      end = span->end > end ? span->end : end;
    }
    if (mutant->start >= end)
      *(Mutant *)vector_at(&finder->mutants, kept++) = *mutant;
  }
  finder->mutants.count = kept;
}

// ---- Matching ----

static bool word_fits(const Finder *finder, const Match *match) {
  const char *word = match->operator->word;
  TSNode named = ts_node_is_null(match->name) ? match->target : match->name;
  return !word || string_view_equal_text(node_text(finder, named), word);
}

static Match match_of(const TSQueryMatch *found) {
  Match match = {.operator= & mutation_operators[found->pattern_index] };
  for (uint16_t i = 0; i < found->capture_count; i++) {
    uint32_t length = 0;
    const char *name = ts_query_capture_name_for_id(shared_query, found->captures[i].index, &length);
    TSNode *slot = strcmp(name, "a") == 0      ? &match.a
                   : strcmp(name, "b") == 0    ? &match.b
                   : strcmp(name, "name") == 0 ? &match.name
                                               : &match.target;
    *slot = found->captures[i].node;
  }
  return match;
}

static int compare_mutants(const void *left, const void *right) {
  const Mutant *a = left, *b = right;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  if (a->end != b->end)
    return a->end < b->end ? -1 : 1;
  return (a->row > b->row) - (a->row < b->row);
}

int mutants_find(const Snapshot *snapshot, Arena *arena, Mutant **ret_mutants, size_t *ret_count, Error *ret_error) {
  pthread_once(&query_once, compile_query);
  if (!shared_query)
    return error_set(ret_error, ERROR_INTERNAL, "%s", query_problem);
  TSQueryCursor *cursor = ts_query_cursor_new();
  Finder finder = {.snapshot = snapshot, .text = snapshot_text(snapshot), .arena = arena};
  TSQueryMatch found;
  vector_init(&finder.mutants, sizeof(Mutant), MUTANTS_MAX);
  vector_init(&finder.left_out, sizeof(Span), MUTANTS_MAX);
  ts_query_cursor_exec(cursor, shared_query, snapshot_root(snapshot));
  while (!finder.failed && ts_query_cursor_next_match(cursor, &found)) {
    if (found.pattern_index >= mutation_operator_count) {
      thin_out(&finder, found.captures[0].node);
      continue;
    }
    Match match = match_of(&found);
    if (word_fits(&finder, &match))
      add_mutant(&finder, &match);
  }
  ts_query_cursor_delete(cursor);
  vector_sort(&finder.mutants, compare_mutants);
  drop_left_out(&finder);
  *ret_mutants = vector_to_arena(&finder.mutants, arena, ret_count);
  bool has_failed = finder.failed || (finder.mutants.count > 0 && !*ret_mutants);
  vector_finish(&finder.mutants);
  vector_finish(&finder.left_out);
  return has_failed ? error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while looking for mutants") : 0;
}
