// What is wrong in a spec file, and what of it no test speaks of.
#ifndef TESTGEN_SERVER_EDITOR_SPEC_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_SPEC_FINDINGS_H

#include "server/editor/document.h"

int spec_findings(const Document *document, Arena *arena, Vector *ret_findings);

#endif
