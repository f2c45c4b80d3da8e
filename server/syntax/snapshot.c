#include "server/syntax/snapshot.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct Snapshot {
  atomic_size_t references;
  const Language *language;
  SourceText *text;
  LineIndex lines;
  TSTree *tree;
};

struct SyntaxParser {
  const Language *language;
  TSParser *parser;
};

int syntax_parser_create(const Language *language, SyntaxParser **ret_parser, Error *ret_error) {
  SyntaxParser *parser = calloc(1, sizeof(*parser));
  if (!parser) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while making a parser");
  }
  parser->language = language;
  parser->parser = ts_parser_new();
  if (!parser->parser || !ts_parser_set_language(parser->parser, language->grammar())) {
    syntax_parser_destroy(parser);
    return error_set(ret_error, ERROR_INTERNAL, "the grammar of %s does not fit the tree-sitter library",
                     language->name);
  }
  *ret_parser = parser;
  return 0;
}

void syntax_parser_destroy(SyntaxParser *parser) {
  if (!parser) {
    return;
  }
  ts_parser_delete(parser->parser);
  free(parser);
}

static int check_text_size(size_t length, Error *ret_error) {
  if (length > SNAPSHOT_TEXT_MAX) {
    return error_set(ret_error, ERROR_LIMIT, "the text has %zu bytes; at most %u are analysed", length,
                     SNAPSHOT_TEXT_MAX);
  }
  return 0;
}

// The index counts line ends, which the limit does not, so only texts that may be over it are looked at line by line.
static int check_line_size(const LineIndex *lines, StringView text, Error *ret_error) {
  for (uint32_t line = 0; lines->longest > SNAPSHOT_LINE_MAX && line < lines->count; line++) {
    size_t length = line_index_line(lines, text, line).length;
    if (length > SNAPSHOT_LINE_MAX) {
      return error_set(ret_error, ERROR_LIMIT, "a line has %zu bytes; at most %u are analysed", length,
                       SNAPSHOT_LINE_MAX);
    }
  }
  return 0;
}

static int snapshot_no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while parsing");
}

// Takes over `text` (also on failure).
static int snapshot_allocate(SyntaxParser *parser, SourceText *text, Snapshot **ret_snapshot, Error *ret_error) {
  Snapshot *snapshot = text ? calloc(1, sizeof(*snapshot)) : NULL;
  if (!snapshot) {
    source_text_release(text);
    return snapshot_no_memory(ret_error);
  }
  atomic_init(&snapshot->references, 1);
  snapshot->language = parser->language;
  snapshot->text = text;
  *ret_snapshot = snapshot;
  return 0;
}

static int snapshot_parse(SyntaxParser *parser, Snapshot *snapshot, const TSTree *old_tree, Error *ret_error) {
  int result = check_line_size(&snapshot->lines, source_text_view(snapshot->text), ret_error);
  if (result < 0) {
    return result;
  }
  ts_parser_reset(parser->parser);
  snapshot->tree =
      ts_parser_parse_string(parser->parser, old_tree, snapshot->text->bytes, (uint32_t)snapshot->text->length);
  return snapshot->tree ? 0 : snapshot_no_memory(ret_error);
}

int snapshot_create(SyntaxParser *parser, StringView text, Snapshot **ret_snapshot, Error *ret_error) {
  int result = check_text_size(text.length, ret_error);
  if (result < 0) {
    return result;
  }
  SourceText *copy = source_text_create(text.length);
  if (copy && text.length > 0) {
    memcpy(copy->bytes, text.data, text.length);
  }
  Snapshot *snapshot = NULL;
  if ((result = snapshot_allocate(parser, copy, &snapshot, ret_error)) < 0) {
    return result;
  }
  result = line_index_init(&snapshot->lines, source_text_view(copy), ret_error);
  if (result == 0) {
    result = snapshot_parse(parser, snapshot, NULL, ret_error);
  }
  if (result < 0) {
    snapshot_release(snapshot);
    return result;
  }
  *ret_snapshot = snapshot;
  return 0;
}

// tree-sitter's points: rows and byte columns. Rows end at "\n" only there, so the row is counted by that rule; a wrong
// row would only cost reuse, a wrong byte would cost correctness.
static TSPoint point_at(const Snapshot *snapshot, uint32_t offset) {
  uint32_t line = line_index_line_of(&snapshot->lines, offset);
  return (TSPoint){line, offset - snapshot->lines.starts[line]};
}

static SourceText *splice(const SourceText *old, uint32_t start, uint32_t end, StringView replacement) {
  SourceText *text = source_text_create(old->length - (end - start) + replacement.length);
  if (!text) {
    return NULL;
  }
  memcpy(text->bytes, old->bytes, start);
  if (replacement.length > 0) {
    memcpy(text->bytes + start, replacement.data, replacement.length);
  }
  memcpy(text->bytes + start + replacement.length, old->bytes + end, old->length - end);
  return text;
}

// The parser is told that the rest of the line changed, too. Where a statement appears or goes at the end of a block,
// it otherwise skips everything behind the line: its cursor stands on what begins with the zero-width end of the block,
// of which the scanner's state differs, and it leaves out the whole node, which is the rest of the file. Behind the
// line's end nothing begins at the same byte. A claim that is too wide costs some tokens and is always correct.
#define WIDEN_MAX 512u  // bytes; the lines that are longer are data

static uint32_t rest_of_line(const SourceText *text, uint32_t end) {
  size_t left = text->length - end;
  const char *newline = memchr(text->bytes + end, '\n', left < WIDEN_MAX ? left : WIDEN_MAX);
  return newline ? (uint32_t)(newline + 1 - (text->bytes + end)) : 0;
}

static int snapshot_reparse(SyntaxParser *parser, const Snapshot *old, Snapshot *snapshot, uint32_t start, uint32_t end,
                            uint32_t new_end, Error *ret_error) {
  int result =
      line_index_edit(&old->lines, source_text_view(snapshot->text), start, end, new_end, &snapshot->lines, ret_error);
  if (result < 0) {
    return result;
  }
  TSTree *edited = ts_tree_copy(old->tree);
  if (!edited) {
    return snapshot_no_memory(ret_error);
  }
  uint32_t rest = rest_of_line(old->text, end);
  TSInputEdit edit = {
      .start_byte = start,
      .old_end_byte = end + rest,
      .new_end_byte = new_end + rest,
      .start_point = point_at(old, start),
      .old_end_point = point_at(old, end + rest),
      .new_end_point = point_at(snapshot, new_end + rest),
  };
  ts_tree_edit(edited, &edit);
  result = snapshot_parse(parser, snapshot, edited, ret_error);
  ts_tree_delete(edited);
  return result;
}

int snapshot_edit(SyntaxParser *parser, const Snapshot *old, uint32_t start, uint32_t end, StringView replacement,
                  Snapshot **ret_snapshot, Error *ret_error) {
  if (start > end || end > old->text->length) {
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "the edit of bytes %u to %u lies outside the text of %zu bytes",
                     start, end, old->text->length);
  }
  int result = check_text_size(old->text->length - (end - start) + replacement.length, ret_error);
  if (result < 0) {
    return result;
  }
  Snapshot *snapshot = NULL;
  result = snapshot_allocate(parser, splice(old->text, start, end, replacement), &snapshot, ret_error);
  if (result < 0) {
    return result;
  }
  result = snapshot_reparse(parser, old, snapshot, start, end, start + (uint32_t)replacement.length, ret_error);
  if (result < 0) {
    snapshot_release(snapshot);
    return result;
  }
  *ret_snapshot = snapshot;
  return 0;
}

Snapshot *snapshot_retain(Snapshot *snapshot) {
  atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
  return snapshot;
}

void snapshot_release(Snapshot *snapshot) {
  if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1) {
    return;
  }
  if (snapshot->tree) {
    ts_tree_delete(snapshot->tree);
  }
  line_index_finish(&snapshot->lines);
  source_text_release(snapshot->text);
  free(snapshot);
}

StringView snapshot_text(const Snapshot *snapshot) {
  return source_text_view(snapshot->text);
}

SourceText *snapshot_source(const Snapshot *snapshot) {
  return snapshot->text;
}

const LineIndex *snapshot_lines(const Snapshot *snapshot) {
  return &snapshot->lines;
}

TSNode snapshot_root(const Snapshot *snapshot) {
  return ts_tree_root_node(snapshot->tree);
}

const Language *snapshot_language(const Snapshot *snapshot) {
  return snapshot->language;
}

size_t snapshot_memory(const Snapshot *snapshot) {
  return sizeof(*snapshot) + sizeof(SourceText) + snapshot->text->length + 1 +
         (size_t)snapshot->lines.count * sizeof(uint32_t);
}
