#include "protocol/lsp/uri.h"

#include <string.h>
#include <strings.h>

static bool is_alpha(char byte) {
  char lower = (char)(byte | 0x20);
  return lower >= 'a' && lower <= 'z';
}

static bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

// -1 when the byte is no hexadecimal digit.
static int hex_value(char byte) {
  if (is_digit(byte)) {
    return byte - '0';
  }
  char lower = (char)(byte | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool equal_without_case(StringView left, StringView right) {
  return left.length == right.length && strncasecmp(left.data, right.data, right.length) == 0;
}

// RFC 3986, 3.1: a letter, then letters, digits, "+", "-" and ".".
StringView uri_scheme(StringView uri) {
  size_t colon = string_view_find_byte(uri, ':');
  if (colon == 0 || colon == uri.length || !is_alpha(uri.data[0])) {
    return (StringView){0};
  }
  for (size_t index = 1; index < colon; index++) {
    char byte = uri.data[index];
    if (!is_alpha(byte) && !is_digit(byte) && byte != '+' && byte != '-' && byte != '.') {
      return (StringView){0};
    }
  }
  return string_view_slice(uri, 0, colon);
}

static int fail(Error *ret_error, StringView uri, const char *what) {
  StringView shown = string_view_slice(uri, 0, 200);
  shown.length = string_view_utf8_prefix(shown);
  return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%.*s: %s", SV_ARGUMENTS(shown), what);
}

// The path of a file: URI as it stands, still escaped: without scheme, host, query and fragment.
static int find_path(StringView uri, StringView *ret_path, Error *ret_error) {
  StringView scheme = uri_scheme(uri);
  if (!equal_without_case(scheme, SV("file"))) {
    return fail(ret_error, uri, "not a file: URI");
  }
  StringView rest = string_view_slice(uri, scheme.length + 1, uri.length);
  rest.length = string_view_find_byte(rest, '#');
  rest.length = string_view_find_byte(rest, '?');
  if (string_view_starts_with(rest, SV("//"))) {
    StringView authority = string_view_slice(rest, 2, rest.length);
    size_t end = string_view_find_byte(authority, '/');
    StringView host = string_view_slice(authority, 0, end);
    if (host.length > 0 && !equal_without_case(host, SV("localhost"))) {
      return fail(ret_error, uri, "the file is on another host");
    }
    rest = string_view_slice(authority, end, authority.length);
  }
  if (!string_view_starts_with(rest, SV("/"))) {
    return fail(ret_error, uri, "the path is not absolute");
  }
  *ret_path = rest;
  return 0;
}

// Resolves "%XX" into `target`, which has room for `escaped.length` bytes.
static int unescape(StringView uri, StringView escaped, char *target, size_t *ret_length, Error *ret_error) {
  size_t length = 0;
  for (size_t index = 0; index < escaped.length; index++) {
    char byte = escaped.data[index];
    if (byte == '%') {
      int high = index + 2 < escaped.length ? hex_value(escaped.data[index + 1]) : -1;
      int low = high >= 0 ? hex_value(escaped.data[index + 2]) : -1;
      if (low < 0) {
        return fail(ret_error, uri, "\"%\" is not followed by two hexadecimal digits");
      }
      byte = (char)(high * 16 + low);
      index += 2;
    }
    if (byte == '\0') {
      return fail(ret_error, uri, "a path cannot hold a NUL byte");
    }
    target[length++] = byte;
  }
  *ret_length = length;
  return 0;
}

// Removes ".", "..", doubled and trailing slashes in place. The path is absolute, and ".." at the root stays there.
static size_t normalize(char *path, size_t length) {
  size_t kept = 0;  // bytes of the result, without a slash at its end
  StringView rest = {path, length};
  StringView segment;
  while (string_view_next(&rest, '/', &segment)) {
    if (segment.length == 0 || string_view_equal(segment, SV("."))) {
      continue;
    }
    if (string_view_equal(segment, SV(".."))) {
      while (kept > 0 && path[--kept] != '/') {
      }
      continue;
    }
    path[kept++] = '/';
    memmove(path + kept, segment.data, segment.length);
    kept += segment.length;
  }
  if (kept == 0) {
    path[kept++] = '/';
  }
  path[kept] = '\0';
  return kept;
}

int uri_to_path(StringView uri, Arena *arena, StringView *ret_path, Error *ret_error) {
  StringView escaped;
  int status = find_path(uri, &escaped, ret_error);
  if (status != 0) {
    return status;
  }
  char *path = arena_allocate(arena, escaped.length + 1);
  if (!path) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a URI is read");
  }
  size_t length = 0;
  status = unescape(uri, escaped, path, &length, ret_error);
  if (status != 0) {
    return status;
  }
  *ret_path = (StringView){path, normalize(path, length)};
  return 0;
}

static bool stands_for_itself(char byte) {
  return is_alpha(byte) || is_digit(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~' || byte == '/';
}

StringView uri_from_path(StringView absolute_path, Arena *arena) {
  static const char digits[] = "0123456789ABCDEF";
  const StringView prefix = SV("file://");
  // Three bytes for each byte at most, and a terminator.
  char *uri = arena_allocate_array(arena, prefix.length + absolute_path.length + 1, 3);
  if (!uri) {
    return (StringView){0};
  }
  memcpy(uri, prefix.data, prefix.length);
  size_t length = prefix.length;
  for (size_t index = 0; index < absolute_path.length; index++) {
    char byte = absolute_path.data[index];
    if (stands_for_itself(byte)) {
      uri[length++] = byte;
    } else {
      uri[length++] = '%';
      uri[length++] = digits[(unsigned char)byte >> 4];
      uri[length++] = digits[(unsigned char)byte & 0xF];
    }
  }
  return (StringView){uri, length};
}
