// What runs proved of the code of a folder, beside coverage: boundary evidence, cheats that pass, and code that does
// otherwise than it or a spec says. It speaks of
// functions as they were when the tests ran, and is shown as long as the text of the function is the same, wherever the
// function stands.
#ifndef TESTGEN_SERVER_EDITOR_EVIDENCE_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_EVIDENCE_FINDINGS_H

#include "protocol/memory/arena.h"
#include "protocol/memory/vector.h"
#include "protocol/testgen/reports.h"
#include "server/analyzer/analysis.h"

typedef struct KeptGeneration KeptGeneration;  // spec_disagreements.c

typedef struct FolderEvidence {
  Arena boundary_arena;  // holds `boundary`
  BoundaryReport boundary;
  Arena cheats_arena;  // holds `cheats`
  CheatsReport cheats;
  KeptGeneration *generations;  // see spec_disagreements.h
  bool has_generated;           // in this session, whatever came of it
} FolderEvidence;

// A deep copy, of which everything is in the arena. What cannot be copied is not shown: false.
bool evidence_copy_report(const JsonType *type, const void *report, Arena *arena, void *ret_copy);

void evidence_keep_boundary(FolderEvidence *evidence, const BoundaryReport *report);  // copied
void evidence_keep_cheats(FolderEvidence *evidence, const CheatsReport *report);
void evidence_finish(FolderEvidence *evidence);

// Adds Finding items to those of a file. A lead whose comparison was recorded gives way to what was recorded of it.
int evidence_findings(const FolderEvidence *evidence, const FileAnalysis *analysis, Arena *arena, Vector *findings);

// What is known of the cheats of a function, in Markdown, with their code; absent when nothing is.
StringView evidence_hover(const FolderEvidence *evidence, const FileAnalysis *analysis, int function, Arena *arena);

#endif
