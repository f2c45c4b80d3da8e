// Evidence of earlier sessions: read from the history once the workspace is known, and shown as if it had just come.
#ifndef TESTGEN_SERVER_EDITOR_RECALL_H
#define TESTGEN_SERVER_EDITOR_RECALL_H

#include "server/editor/folder.h"

// In the background. A history that cannot be read is a line in the log; commands that need it say more.
void folder_recall(Folder *folder);

#endif
