// What differs between a git revision and the working tree, as git says. Files that git does not know yet are new as a
// whole; what it ignores is left out.
#ifndef TESTGEN_SERVER_SERVICES_CHANGES_H
#define TESTGEN_SERVER_SERVICES_CHANGES_H

#include "server/services/service.h"

typedef struct ChangedFile {
  StringView path;   // relative to the workspace
  JsonArray ranges;  // LineRangeReport, by line; none: the whole file
} ChangedFile;

// Lines that differ between a revision and the working tree; a file of which lines were only taken away is left out.
// UNAVAILABLE: no git, or no repository; NOT_FOUND: it knows no such revision; INVALID_ARGUMENT: it can be none.
int changes_of_lines(ServiceContext *context, StringView revision, Arena *arena, JsonArray *ret_files,
                     Error *ret_error);

// Files that differ between the merge base of HEAD and a revision, and the working tree. The same failures.
int changes_of_files(ServiceContext *context, StringView revision, Arena *arena, JsonArray *ret_files,
                     Error *ret_error);

// Whether some of the lines, 1-based, last one included, are among the changes.
bool changes_touch(JsonArray files, StringView path, uint32_t first, uint32_t last);

#endif
