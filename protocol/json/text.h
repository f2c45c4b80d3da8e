// Text inside JSON: positions for messages, and string escapes in both directions. Private to protocol/json.
#ifndef TESTGEN_PROTOCOL_JSON_TEXT_H
#define TESTGEN_PROTOCOL_JSON_TEXT_H

#include "protocol/memory/arena.h"
#include "protocol/memory/buffer.h"

// What a checked string token means: `token` is what stands between the quotes. A surrogate without its partner becomes
// U+FFFD. The copy lives in the arena; absent when memory is exhausted.
StringView json_text_unescape(StringView token, Arena *arena);

// Appends the string in quotes. Ill-formed UTF-8 becomes U+FFFD, one per byte.
void json_text_append_quoted(Buffer *buffer, StringView string);

#endif
