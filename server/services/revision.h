// Which commit of git is checked out, read from the repository's files: a process for it would cost more than a score.
#ifndef TESTGEN_SERVER_SERVICES_REVISION_H
#define TESTGEN_SERVER_SERVICES_REVISION_H

#include "protocol/memory/arena.h"

// The commit's full name. Absent: no repository, no commit yet, or names that are kept in a way that is not known here.
StringView revision_of(StringView folder, Arena *arena);

#endif
