#include "protocol/memory/string_view.h"

#include <string.h>

StringView string_view_from(const char *terminated) {
  return (StringView){terminated, terminated ? strlen(terminated) : 0};
}

bool string_view_is_absent(StringView view) {
  return view.data == NULL;
}

bool string_view_equal(StringView left, StringView right) {
  return left.length == right.length && (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}

bool string_view_equal_text(StringView view, const char *terminated) {
  return string_view_equal(view, string_view_from(terminated));
}

int string_view_compare(StringView left, StringView right) {
  size_t common = left.length < right.length ? left.length : right.length;
  int order = common > 0 ? memcmp(left.data, right.data, common) : 0;
  if (order != 0) {
    return order < 0 ? -1 : 1;
  }
  return (left.length > right.length) - (left.length < right.length);
}

bool string_view_starts_with(StringView view, StringView prefix) {
  return view.length >= prefix.length && string_view_equal((StringView){view.data, prefix.length}, prefix);
}

bool string_view_ends_with(StringView view, StringView suffix) {
  return view.length >= suffix.length &&
         string_view_equal(string_view_slice(view, view.length - suffix.length, view.length), suffix);
}

bool string_view_contains(StringView view, StringView part) {
  return part.length == 0 || string_view_find(view, part) < view.length;
}

size_t string_view_find(StringView view, StringView part) {
  if (part.length == 0) {
    return 0;
  }
  if (part.length > view.length) {
    return view.length;
  }
  const char *found = memmem(view.data, view.length, part.data, part.length);
  return found ? (size_t)(found - view.data) : view.length;
}

size_t string_view_find_byte(StringView view, char byte) {
  const char *found = view.length > 0 ? memchr(view.data, byte, view.length) : NULL;
  return found ? (size_t)(found - view.data) : view.length;
}

StringView string_view_slice(StringView view, size_t start, size_t end) {
  end = end < view.length ? end : view.length;
  start = start < end ? start : end;
  return view.data ? (StringView){view.data + start, end - start} : view;
}

static bool is_space(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

StringView string_view_trim(StringView view) {
  size_t start = 0;
  size_t end = view.length;
  while (start < end && is_space(view.data[start])) {
    start++;
  }
  while (end > start && is_space(view.data[end - 1])) {
    end--;
  }
  return string_view_slice(view, start, end);
}

bool string_view_next(StringView *rest, char separator, StringView *ret_piece) {
  if (rest->length == 0) {
    return false;
  }
  size_t end = string_view_find_byte(*rest, separator);
  *ret_piece = string_view_slice(*rest, 0, end);
  *rest = string_view_slice(*rest, end + 1, rest->length);
  return true;
}

static bool is_identifier_byte(char byte) {
  unsigned char value = (unsigned char)byte;
  unsigned char lower = value | 0x20;
  return value >= 0x80 || value == '_' || (value >= '0' && value <= '9') || (lower >= 'a' && lower <= 'z');
}

bool string_view_contains_word(StringView view, StringView word) {
  for (size_t from = 0; word.length > 0 && from + word.length <= view.length;) {
    StringView rest = string_view_slice(view, from, view.length);
    size_t found = string_view_find(rest, word);
    if (found == rest.length) {
      return false;
    }
    size_t start = from + found;
    size_t end = start + word.length;
    if ((start == 0 || !is_identifier_byte(view.data[start - 1])) &&
        (end == view.length || !is_identifier_byte(view.data[end]))) {
      return true;
    }
    from = start + 1;
  }
  return false;
}

static uint64_t hash_word(uint64_t hash, const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

// Eight bytes at a time in the manner of FNV-1a, each step spread over the whole word; the last eight may overlap those
// before. The constants are those of MurmurHash3's finalizer and of the golden ratio.
uint64_t string_view_hash(StringView view) {
  uint64_t hash = 0xCBF29CE484222325u ^ view.length;
  size_t index = 0;
  for (; index + 8 <= view.length; index += 8) {
    hash = hash_word(hash, view.data + index);
  }
  if (view.length >= 8 && index < view.length) {
    hash = hash_word(hash, view.data + view.length - 8);
  }
  for (; view.length < 8 && index < view.length; index++) {
    hash = (hash ^ (unsigned char)view.data[index]) * 0x100000001B3u;
  }
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDu;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53u;
  return hash ^ (hash >> 33);
}
