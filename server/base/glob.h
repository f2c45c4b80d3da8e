// The matcher behind path_matches_glob and .gitignore files: `*`, `?`, `[...]`, `**` and `\` escapes, without braces.
#ifndef TESTGEN_SERVER_BASE_GLOB_H
#define TESTGEN_SERVER_BASE_GLOB_H

#include "protocol/memory/string_view.h"

// The whole path against the whole pattern. `*`, `?` and `[...]` stay within a segment; a segment `**` stands for any
// number of segments, at the end for at least one. Takes time linear in the path per star, whatever the pattern.
bool glob_match(StringView path, StringView pattern);

#endif
