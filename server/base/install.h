// Where the parts of an installation lie: below ../share/testgen, seen from the program's own folder, so that the whole
// tree can be moved. The build tree has the same shape.
#ifndef TESTGEN_SERVER_BASE_INSTALL_H
#define TESTGEN_SERVER_BASE_INSTALL_H

#include "protocol/memory/arena.h"

// "python", "docs/diagnostics/no-assertion.md": as an absolute path. Absent when the program cannot find itself or
// memory is exhausted.
StringView install_path(Arena *arena, const char *relative);

#endif
