// What is wrong in a spec file, and what of it no test speaks of.
#ifndef TESTGEN_SERVER_EDITOR_SPEC_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_SPEC_FINDINGS_H

#include "server/analyzer/workspace_index.h"
#include "server/editor/document.h"

// A Vector of Finding. Without an index nothing is said of tests. 0 or NO_MEMORY.
int spec_findings(const Document *document, const WorkspaceIndex *index, const Settings *settings, Arena *arena,
                  Vector *ret_findings);

#endif
