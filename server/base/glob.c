#include "server/base/glob.h"

#include "server/base/files.h"

#include <string.h>

#define PATTERN_MAX 1024      // bytes of a pattern with braces, once one alternative is chosen
#define ALTERNATIVES_MAX 256  // combinations that the braces of one pattern may stand for

// ---- Without braces ----

// Where a match goes on when the attempt fails: one place for the last `*` and one for the last `**/`. Older stars need
// no place: if the newer cannot be satisfied further right, neither can they.
typedef struct GlobState {
  StringView path;
  StringView pattern;
  size_t at;       // in the path
  size_t rule;     // in the pattern
  size_t star_at;  // where the last `*` stops for now; only if has_star
  size_t star_rule;
  size_t deep_at;  // likewise the last `**/`
  size_t deep_rule;
  bool has_star;
  bool has_deep;
} GlobState;

static bool is_deep(const GlobState *state) {
  StringView pattern = state->pattern;
  size_t rule = state->rule;
  bool begins = rule == 0 || pattern.data[rule - 1] == '/';
  return begins && rule + 1 < pattern.length && pattern.data[rule] == '*' && pattern.data[rule + 1] == '*' &&
         (rule + 2 == pattern.length || pattern.data[rule + 2] == '/');
}

// End of the class that begins at `start` ('['), or 0 when it is never closed and '[' stands for itself.
static size_t class_end(StringView pattern, size_t start) {
  size_t index = start + 1;
  if (index < pattern.length && (pattern.data[index] == '!' || pattern.data[index] == '^')) {
    index++;
  }
  if (index < pattern.length && pattern.data[index] == ']') {
    index++;
  }
  while (index < pattern.length && pattern.data[index] != ']') {
    index += pattern.data[index] == '\\' ? 2 : 1;
  }
  return index < pattern.length ? index + 1 : 0;
}

static bool class_contains(StringView class, unsigned char byte) {
  bool negated = class.length > 0 && (class.data[0] == '!' || class.data[0] == '^');
  bool found = false;
  for (size_t index = negated; index < class.length; index++) {
    index += class.data[index] == '\\' && index + 1 < class.length;
    unsigned char low = (unsigned char)class.data[index];
    unsigned char high = low;
    if (index + 2 < class.length && class.data[index + 1] == '-') {
      index += 2;
      index += class.data[index] == '\\' && index + 1 < class.length;
      high = (unsigned char)class.data[index];
    }
    found = found || (low <= byte && byte <= high);
  }
  return found != negated;
}

static size_t character_length(StringView path, size_t at) {
  size_t length = string_view_utf8_length(path, at);
  return length > 0 ? length : 1;
}

// Matches one item that is no star at both places and moves behind it.
static bool match_item(GlobState *state) {
  StringView pattern = state->pattern;
  if (state->rule >= pattern.length || state->at >= state->path.length) {
    return false;
  }
  char rule = pattern.data[state->rule];
  char byte = state->path.data[state->at];
  if (rule == '?' && byte != '/') {
    state->rule++;
    state->at += character_length(state->path, state->at);
    return true;
  }
  size_t end = rule == '[' ? class_end(pattern, state->rule) : 0;
  if (end > 0) {
    StringView class = string_view_slice(pattern, state->rule + 1, end - 1);
    if (byte == '/' || !class_contains(class, (unsigned char)byte)) {
      return false;
    }
    state->rule = end;
    state->at += character_length(state->path, state->at);
    return true;
  }
  size_t escape = rule == '\\' && state->rule + 1 < pattern.length ? 1 : 0;
  if (rule == '?' || pattern.data[state->rule + escape] != byte) {
    return false;
  }
  state->rule += 1 + escape;
  state->at++;
  return true;
}

static bool go_back(GlobState *state) {
  if (state->has_star && state->star_at < state->path.length && state->path.data[state->star_at] != '/') {
    state->at = ++state->star_at;
    state->rule = state->star_rule;
    return true;
  }
  if (!state->has_deep) {
    return false;
  }
  StringView rest = string_view_slice(state->path, state->deep_at, state->path.length);
  size_t slash = string_view_find_byte(rest, '/');
  if (slash == rest.length) {
    return false;
  }
  state->deep_at += slash + 1;
  state->at = state->deep_at;
  state->rule = state->deep_rule;
  state->has_star = false;
  return true;
}

bool glob_match(StringView path, StringView pattern) {
  GlobState state = {.path = path, .pattern = pattern};
  while (state.at < path.length || state.rule < pattern.length) {
    if (is_deep(&state)) {
      if (state.rule + 2 == pattern.length) {
        return state.at < path.length;
      }
      state.rule += 3;
      state.has_deep = true;
      state.has_star = false;
      state.deep_at = state.at;
      state.deep_rule = state.rule;
    } else if (state.rule < pattern.length && pattern.data[state.rule] == '*') {
      state.rule++;
      state.has_star = true;
      state.star_at = state.at;
      state.star_rule = state.rule;
    } else if (!match_item(&state) && !go_back(&state)) {
      return false;
    }
  }
  return true;
}

// ---- With braces ----

static bool match_plain(StringView path, StringView pattern) {
  if (string_view_starts_with(pattern, SV("./"))) {
    pattern = string_view_slice(pattern, 2, pattern.length);
  }
  if (pattern.length > 1 && string_view_ends_with(pattern, SV("/"))) {
    pattern.length--;
  }
  bool is_name = string_view_find_byte(pattern, '/') == pattern.length;
  return glob_match(is_name ? path_base_name(path) : path, pattern);
}

// The first '{' that has its '}': both indices. False when there is none.
static bool find_braces(StringView pattern, size_t *ret_open, size_t *ret_close) {
  size_t open = 0;
  int depth = 0;
  for (size_t index = 0; index < pattern.length; index++) {
    char byte = pattern.data[index];
    if (byte == '\\') {
      index++;
    } else if (byte == '{') {
      open = depth++ == 0 ? index : open;
    } else if (byte == '}' && depth > 0 && --depth == 0) {
      *ret_open = open;
      *ret_close = index;
      return true;
    }
  }
  return false;
}

// Cuts the next alternative off, at a comma that is not inside inner braces.
static bool next_alternative(StringView *rest, StringView *ret_alternative) {
  if (!rest->data) {
    return false;
  }
  int depth = 0;
  size_t index = 0;
  for (; index < rest->length && (depth > 0 || rest->data[index] != ','); index++) {
    depth += rest->data[index] == '{' ? 1 : rest->data[index] == '}' ? -1 : 0;
  }
  *ret_alternative = string_view_slice(*rest, 0, index);
  *rest = index < rest->length ? string_view_slice(*rest, index + 1, rest->length) : (StringView){0};
  return true;
}

static bool match_braces(StringView path, StringView pattern, int *budget) {
  size_t open, close;
  if (!find_braces(pattern, &open, &close)) {
    return --*budget >= 0 && match_plain(path, pattern);
  }
  StringView rest = string_view_slice(pattern, open + 1, close), alternative;
  StringView tail = string_view_slice(pattern, close + 1, pattern.length);
  while (*budget > 0 && next_alternative(&rest, &alternative)) {
    char chosen[PATTERN_MAX];
    size_t length = open + alternative.length + tail.length;
    if (length > sizeof chosen) {
      return false;
    }
    memcpy(chosen, pattern.data, open);
    memcpy(chosen + open, alternative.data, alternative.length);
    memcpy(chosen + open + alternative.length, tail.data, tail.length);
    if (match_braces(path, (StringView){chosen, length}, budget)) {
      return true;
    }
  }
  return false;
}

bool path_matches_glob(StringView path, StringView pattern) {
  if (string_view_is_absent(path) || string_view_is_absent(pattern)) {
    return false;
  }
  int budget = ALTERNATIVES_MAX;
  return match_braces(path, pattern, &budget);
}
