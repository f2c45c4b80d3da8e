// What runs proved of the code of a folder, beside coverage: boundary evidence and cheats that pass. It speaks of
// functions as they were when the tests ran, and is shown as long as the text of the function is the same, wherever the
// function stands.
#ifndef TESTGEN_SERVER_EDITOR_EVIDENCE_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_EVIDENCE_FINDINGS_H

#include "protocol/memory/arena.h"
#include "protocol/memory/vector.h"
#include "protocol/testgen/reports.h"
#include "server/analyzer/analysis.h"

typedef struct FolderEvidence {
  Arena boundary_arena;  // holds `boundary`
  BoundaryReport boundary;
  Arena cheats_arena;  // holds `cheats`
  CheatsReport cheats;
} FolderEvidence;

void evidence_keep_boundary(FolderEvidence *evidence, const BoundaryReport *report);  // copied
void evidence_keep_cheats(FolderEvidence *evidence, const CheatsReport *report);
void evidence_finish(FolderEvidence *evidence);

// Adds Finding items to those of a file. A lead whose comparison was recorded gives way to what was recorded of it.
int evidence_findings(const FolderEvidence *evidence, const FileAnalysis *analysis, Arena *arena, Vector *findings);

// What is known of the cheats of a function, in Markdown, with their code; absent when nothing is.
StringView evidence_hover(const FolderEvidence *evidence, const FileAnalysis *analysis, int function, Arena *arena);

#endif
