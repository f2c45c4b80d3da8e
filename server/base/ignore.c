#include "server/base/ignore.h"

#include "server/base/files.h"
#include "server/base/glob.h"

// Trailing blanks do not count unless the last one is escaped; neither does the carriage return of a CRLF line.
static StringView strip_line(StringView line) {
  if (string_view_ends_with(line, SV("\r"))) {
    line.length--;
  }
  while (line.length > 0 && line.data[line.length - 1] == ' ' &&
         !(line.length > 1 && line.data[line.length - 2] == '\\')) {
    line.length--;
  }
  return line;
}

// False for blank lines and comments.
static bool parse_rule(StringView line, IgnoreRule *ret_rule) {
  StringView pattern = strip_line(line);
  if (pattern.length == 0 || pattern.data[0] == '#') {
    return false;
  }
  IgnoreRule rule = {.is_negated = pattern.data[0] == '!'};
  if (rule.is_negated) {
    pattern = string_view_slice(pattern, 1, pattern.length);
  }
  rule.only_directory = string_view_ends_with(pattern, SV("/"));
  if (rule.only_directory) {
    pattern.length--;
  }
  rule.is_anchored = string_view_find_byte(pattern, '/') < pattern.length;
  if (string_view_starts_with(pattern, SV("/"))) {
    pattern = string_view_slice(pattern, 1, pattern.length);
  }
  rule.pattern = pattern;
  *ret_rule = rule;
  return pattern.length > 0;
}

static size_t count_lines(StringView text) {
  size_t count = 0;
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    count++;
  }
  return count;
}

const IgnoreFile *ignore_parse(StringView text, StringView folder, const IgnoreFile *parent, Arena *arena) {
  if (string_view_starts_with(text, SV("\xEF\xBB\xBF"))) {
    text = string_view_slice(text, 3, text.length);
  }
  IgnoreFile *file = arena_allocate(arena, sizeof *file);
  IgnoreRule *rules = arena_allocate_array(arena, count_lines(text), sizeof *rules);
  if (!file || !rules) {
    return NULL;
  }
  *file = (IgnoreFile){.parent = parent, .folder = folder, .rules = rules};
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    file->count += parse_rule(line, &rules[file->count]);
  }
  return file;
}

static bool rule_matches(const IgnoreRule *rule, StringView below, StringView name, bool is_directory) {
  return (is_directory || !rule->only_directory) && glob_match(rule->is_anchored ? below : name, rule->pattern);
}

bool ignore_matches(const IgnoreFile *innermost, StringView path, bool is_directory) {
  StringView name = path_base_name(path);
  for (const IgnoreFile *file = innermost; file; file = file->parent) {
    size_t skipped = file->folder.length > 0 ? file->folder.length + 1 : 0;
    StringView below = string_view_slice(path, skipped, path.length);
    for (size_t index = file->count; index > 0; index--) {
      const IgnoreRule *rule = &file->rules[index - 1];
      if (rule_matches(rule, below, name, is_directory)) {
        return !rule->is_negated;
      }
    }
  }
  return false;
}
