// Where code does otherwise than a spec, or its own documentation, says: of the last generation of each target, as long
// as neither the sentence nor the file of the code has changed since.
#ifndef TESTGEN_SERVER_EDITOR_SPEC_DISAGREEMENTS_H
#define TESTGEN_SERVER_EDITOR_SPEC_DISAGREEMENTS_H

#include "server/editor/document.h"
#include "server/editor/folder.h"
#include "server/generator/spec.h"

// Of a generation of this session, or of the history. Forgets what an earlier one of the same target said. The report
// is copied.
void disagreements_take(FolderEvidence *evidence, const GenerateReport *report);
void disagreements_recall(FolderEvidence *evidence, const GenerateReport *report);
size_t disagreements_count(const FolderEvidence *evidence);  // generations that are kept
void disagreements_finish(FolderEvidence *evidence);

// Adds Finding items at the sentences and examples of a spec, and at functions whose documentation says something else.
// 0 or NO_MEMORY.
int disagreements_of_spec(const Document *document, const Spec *spec, Arena *arena, Vector *findings);
int disagreements_of_source(const FolderEvidence *evidence, const FileAnalysis *file, Arena *arena, Vector *findings);

// The tests that show what is otherwise at the place, in Markdown; absent: nothing is.
StringView disagreements_hover(const Document *document, uint32_t offset, Arena *arena, Span *ret_span);

#endif
