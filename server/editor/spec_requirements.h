// Which sentences of a spec have a test, cell by cell: findings for those without, the matrix for the hover, the count
// for the lens.
#ifndef TESTGEN_SERVER_EDITOR_SPEC_REQUIREMENTS_H
#define TESTGEN_SERVER_EDITOR_SPEC_REQUIREMENTS_H

#include "server/analyzer/workspace_index.h"
#include "server/editor/document.h"
#include "server/generator/spec.h"

// Adds a Finding for each sentence of which something has no test. 0 or NO_MEMORY.
int spec_requirement_findings(const Spec *spec, const WorkspaceIndex *index, Arena *arena, Vector *findings);

// What is known of the tests of the sentence at the offset, in Markdown; absent: there is none, or no index yet.
StringView spec_requirement_hover(const Document *document, uint32_t offset, Arena *arena, Span *ret_span);

// "6 of 8 requirements have a test"; absent without requirements, or an index.
StringView spec_requirement_summary(const Document *document, Arena *arena);

#endif
