// The coverage gaps of the last report, as findings in a file.
#ifndef TESTGEN_SERVER_EDITOR_GAP_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_GAP_FINDINGS_H

#include "server/editor/folder.h"

// Adds Finding items for a file of the folder. Gaps of a text that changed since are said to be stale.
int gap_findings(const Folder *folder, StringView path, StringView text, const LineIndex *lines, Arena *arena,
                 Vector *ret_findings);

#endif
