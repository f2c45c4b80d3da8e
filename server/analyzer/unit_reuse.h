// Finds the facts of statements that did not change in the analysis of the version before. What stands before and
// behind the edit is found by its place, without a look at its text; what stands within, by the hash of its text.
//
// Internal to the analyzer.
#ifndef TESTGEN_SERVER_ANALYZER_UNIT_REUSE_H
#define TESTGEN_SERVER_ANALYZER_UNIT_REUSE_H

#include "server/analyzer/analysis_internal.h"

typedef struct UnitReuse {
  const FileAnalysis *previous;  // NULL: there is nothing to reuse
  StringView old_text;
  StringView text;
  uint32_t head;  // bytes with which both texts begin
  uint32_t tail;  // bytes with which both texts end, none of them in the head
  size_t next;    // the first unit before that may come next
  Map window;     // hash of the text to the index of a unit between head and tail
  bool has_window;
} UnitReuse;

void unit_reuse_init(UnitReuse *reuse, const FileAnalysis *previous, StringView text);
void unit_reuse_finish(UnitReuse *reuse);

// Facts of the statement at bytes start to end, one reference; NULL when there are none. Statements are asked for in
// the order of their starts.
Facts *unit_reuse_find(UnitReuse *reuse, uint32_t start, uint32_t end, FactsKind kind);

uint64_t unit_hash(StringView text, FactsKind kind);

#endif
