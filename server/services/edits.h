// Applying a generation's edits: to texts, and to the files of the workspace.
#ifndef TESTGEN_SERVER_SERVICES_EDITS_H
#define TESTGEN_SERVER_SERVICES_EDITS_H

#include "server/services/report.h"

// Writes all edits (JsonArray of FileEdit), file by file, each atomically. Nothing is written unless every file is
// still as it was when the edits were made (CONFLICT names the one that is not).
int edits_write(Workspace *workspace, JsonArray edits, Arena *arena, Error *ret_error);

#endif
