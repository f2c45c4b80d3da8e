// What is known of mutants, as findings, lenses and text for people.
#ifndef TESTGEN_SERVER_EDITOR_MUTANT_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_MUTANT_FINDINGS_H

#include "server/editor/mutant_evidence.h"

// Adds Finding items for the survivors in a file, one per line at most. A survivor at a comparison that has a lead
// proves the lead, which is changed in place.
int mutant_findings(const Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                    Vector *findings);

bool mutants_are_shown(const Folder *folder);  // by the settings

// "12 mutants: 11 killed, 1 survived"; absent without memory.
StringView mutant_counts(const FunctionEvidence *evidence, Arena *arena);

// Markdown: what was measured of a function, when, and what survived.
void mutant_explain(const Folder *folder, const FileAnalysis *analysis, int function, Arena *arena, Buffer *text);

// Markdown about the survivor that is shown at an offset, and its span. Absent: there is none.
StringView mutant_explain_at(const Folder *folder, const FileAnalysis *analysis, uint32_t offset, Arena *arena,
                             Span *ret_span);

#endif
