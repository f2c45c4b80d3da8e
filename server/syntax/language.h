// The languages whose tests we understand: one row each. A new language is a new row and a folder under
// server/languages.
#ifndef TESTGEN_SERVER_SYNTAX_LANGUAGE_H
#define TESTGEN_SERVER_SYNTAX_LANGUAGE_H

#include "protocol/memory/string_view.h"

#include <tree_sitter/api.h>

typedef struct Language {
  const char *name;         // as in messages: "Python"
  const char *identifier;   // the LSP's languageId: "python"
  const char *suffixes[4];  // of file names, NULL at the end
  const TSLanguage *(*grammar)(void);
} Language;

const Language *language_by_identifier(StringView identifier);  // NULL when unknown
const Language *language_by_path(StringView path);              // NULL when unknown
const Language *language_at(size_t index);                      // in the table's order; NULL behind the last

#endif
