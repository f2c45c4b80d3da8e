// One version of a document: its text, line index and syntax tree. Immutable and reference-counted, so that any thread
// may read it while the next version is being made. An edit makes a new snapshot and reparses incrementally.
#ifndef TESTGEN_SERVER_SYNTAX_SNAPSHOT_H
#define TESTGEN_SERVER_SYNTAX_SNAPSHOT_H

#include "protocol/lsp/position.h"
#include "protocol/memory/error.h"
#include "server/syntax/language.h"
#include "server/syntax/source_text.h"

#include <tree_sitter/api.h>

#define SNAPSHOT_TEXT_MAX (4u << 20)  // bytes; larger files are left alone
#define SNAPSHOT_LINE_MAX 100000u     // bytes of one line; likewise

typedef struct Snapshot Snapshot;

// Parses with a parser that one thread owns.
typedef struct SyntaxParser SyntaxParser;
int syntax_parser_create(const Language *language, SyntaxParser **ret_parser, Error *ret_error);
void syntax_parser_destroy(SyntaxParser *parser);

// The text is copied. Failures: LIMIT for text that is left alone, NO_MEMORY.
int snapshot_create(SyntaxParser *parser, StringView text, Snapshot **ret_snapshot, Error *ret_error);

// The bytes [start, end) of `old` replaced. `old` stays as it is.
int snapshot_edit(SyntaxParser *parser, const Snapshot *old, uint32_t start, uint32_t end, StringView replacement,
                  Snapshot **ret_snapshot, Error *ret_error);

Snapshot *snapshot_retain(Snapshot *snapshot);
void snapshot_release(Snapshot *snapshot);  // accepts NULL

StringView snapshot_text(const Snapshot *snapshot);
SourceText *snapshot_source(const Snapshot *snapshot);  // borrowed; retain it to keep the text without the tree
const LineIndex *snapshot_lines(const Snapshot *snapshot);
TSNode snapshot_root(const Snapshot *snapshot);
const Language *snapshot_language(const Snapshot *snapshot);
size_t snapshot_memory(const Snapshot *snapshot);  // bytes, without the tree

#endif
