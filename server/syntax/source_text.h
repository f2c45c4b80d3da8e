// A document version's bytes, shared by its snapshot and by whatever was derived from it, so that the syntax tree (many
// times larger) can go while the text stays.
#ifndef TESTGEN_SERVER_SYNTAX_SOURCE_TEXT_H
#define TESTGEN_SERVER_SYNTAX_SOURCE_TEXT_H

#include "protocol/memory/string_view.h"

#include <stdatomic.h>

typedef struct SourceText {
  atomic_size_t references;
  size_t length;
  char bytes[];  // a NUL follows, which is not counted
} SourceText;

SourceText *source_text_create(size_t length);  // one reference; bytes unset but the NUL; NULL when memory is exhausted
SourceText *source_text_retain(SourceText *text);
void source_text_release(SourceText *text);  // accepts NULL
StringView source_text_view(const SourceText *text);

#endif
