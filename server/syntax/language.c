#include "server/syntax/language.h"

const TSLanguage *tree_sitter_python(void);

static const Language languages[] = {
    {"Python", "python", {".py", ".pyi", ".pyw", NULL}, tree_sitter_python},
};

#define LANGUAGE_COUNT (sizeof(languages) / sizeof(languages[0]))

const Language *language_by_identifier(StringView identifier) {
  for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
    if (string_view_equal_text(identifier, languages[i].identifier)) {
      return &languages[i];
    }
  }
  return NULL;
}

static bool language_has_suffix(const Language *language, StringView path) {
  for (size_t i = 0; language->suffixes[i]; i++) {
    if (string_view_ends_with(path, string_view_from(language->suffixes[i]))) {
      return true;
    }
  }
  return false;
}

const Language *language_by_path(StringView path) {
  for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
    if (language_has_suffix(&languages[i], path)) {
      return &languages[i];
    }
  }
  return NULL;
}

const Language *language_at(size_t index) {
  return index < LANGUAGE_COUNT ? &languages[index] : NULL;
}
