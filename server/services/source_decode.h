// The text of a Python source file as UTF-8, whatever its encoding (PEP 263: byte order mark, `coding` in the first two
// lines).
#ifndef TESTGEN_SERVER_SERVICES_SOURCE_DECODE_H
#define TESTGEN_SERVER_SERVICES_SOURCE_DECODE_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

// The name after `coding[:=]` in one of the first two lines, absent when there is none.
StringView source_declared_encoding(StringView bytes);

// UTF-8 text is returned as it is; everything else is converted into the arena. Failures: PARSE (not in the encoding it
// declares, or binary), NOT_FOUND (an unknown encoding).
int source_decode(StringView bytes, Arena *arena, StringView *ret_text, Error *ret_error);

#endif
