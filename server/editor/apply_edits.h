// Generated tests on their way into the editor: a workspace edit that the user previews and confirms where the client
// can.
#ifndef TESTGEN_SERVER_EDITOR_APPLY_EDITS_H
#define TESTGEN_SERVER_EDITOR_APPLY_EDITS_H

#include "server/editor/folder.h"

// Sends workspace/applyEdit for a report that was not written to disk. Refuses, and says so, when a file moved on.
void apply_generated_edits(Session *session, Folder *folder, const GenerateReport *report);

#endif
