// Python source as text: quotes, line breaks and comparisons that do not mind the layout.
#ifndef TESTGEN_SERVER_GENERATOR_PYTHON_TEXT_H
#define TESTGEN_SERVER_GENERATOR_PYTHON_TEXT_H

#include "protocol/memory/arena.h"
#include "protocol/memory/buffer.h"

#include <stdbool.h>

// Gives string literals the wanted quote, where that needs no new escapes. In the arena; absent when memory is
// exhausted.
StringView python_requote(StringView source, char quote, Arena *arena);

// Appends a string literal of the text in the wanted quote, or in the other one where that saves escapes.
void python_append_string(Buffer *buffer, StringView text, char quote);

// Appends the source at a column; when the line would pass the width, what stands in the outermost brackets that end it
// is broken into one line per item, with a comma behind the last.
void python_append_wrapped(Buffer *buffer, StringView source, StringView indent, size_t depth, size_t width);

// True when white space stands outside brackets and strings: such an operand of `==` needs parentheses.
bool python_is_compound(StringView source);

// True for `a = b` and `del a`, which are no expressions.
bool python_is_statement(StringView source);

// Without white space, with double quotes, and without commas before closing brackets: equal for code that differs in
// its layout alone.
StringView python_normalize(StringView source, Arena *arena);

// The end of the string literal that begins (at its quote) at `start`.
size_t python_string_end(StringView source, size_t start);

// "TestStack" from "Stack", "stack_push" from "Stack.push".
StringView python_camel_case(StringView name, Arena *arena);

// "lru_cache" from "LRUCache".
StringView python_snake_case(StringView name, Arena *arena);

#endif
