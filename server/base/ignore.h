// .gitignore files: parsing and deciding (gitignore(5)).
#ifndef TESTGEN_SERVER_BASE_IGNORE_H
#define TESTGEN_SERVER_BASE_IGNORE_H

#include "protocol/memory/arena.h"

#include <stdbool.h>

typedef struct IgnoreRule {
  StringView pattern;
  bool is_negated;
  bool is_anchored;  // matched against the path below the file's folder, not against the name
  bool only_directory;
} IgnoreRule;

// The rules of one file, linked to those of the folders above. Lives in the walk's arena.
typedef struct IgnoreFile {
  const struct IgnoreFile *parent;
  StringView folder;  // where it lies, relative to the walk's root; empty: the root
  IgnoreRule *rules;
  size_t count;
} IgnoreFile;

// NULL when memory is exhausted. `text` and `folder` must live as long as the arena.
const IgnoreFile *ignore_parse(StringView text, StringView folder, const IgnoreFile *parent, Arena *arena);

// Whether `path` (relative to the walk's root) is left out. The innermost file's last matching rule decides.
bool ignore_matches(const IgnoreFile *innermost, StringView path, bool is_directory);

#endif
