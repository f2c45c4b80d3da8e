#include "protocol/json/text.h"

#include "protocol/json/json.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu

void json_position(StringView text, size_t offset, size_t *ret_line, size_t *ret_column) {
  StringView before = string_view_slice(text, 0, offset);
  size_t line = 1;
  size_t column = 1;
  for (size_t index = 0; index < before.length; index++) {
    if (before.data[index] == '\n') {
      line++;
      column = 1;
    } else if (((unsigned char)before.data[index] & 0xC0) != 0x80) {
      column++;
    }
  }
  *ret_line = line;
  *ret_column = column;
}

static uint32_t hex_value(char digit) {
  if (digit <= '9') {
    return (uint32_t)(digit - '0');
  }
  return (uint32_t)((digit | 0x20) - 'a') + 10;
}

static uint32_t read_code_unit(const char *digits) {
  return hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 | hex_value(digits[2]) << 4 | hex_value(digits[3]);
}

// The code point of the escape "\uXXXX" at `index`, or of two that form a surrogate pair. Returns the bytes it takes.
static size_t read_unicode_escape(StringView token, size_t index, uint32_t *ret_code_point) {
  uint32_t unit = read_code_unit(token.data + index + 2);
  *ret_code_point = unit;
  if (unit < 0xD800 || unit > 0xDFFF) {
    return 6;
  }
  *ret_code_point = REPLACEMENT;
  const char *next = token.data + index + 6;
  if (unit > 0xDBFF || token.length - index < 12 || next[0] != '\\' || next[1] != 'u') {
    return 6;
  }
  uint32_t low = read_code_unit(next + 2);
  if (low < 0xDC00 || low > 0xDFFF) {
    return 6;
  }
  *ret_code_point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  return 12;
}

// Writes at most 4 bytes, which is no more than the escape itself takes.
static size_t write_utf8(char *target, uint32_t code_point) {
  if (code_point < 0x80) {
    target[0] = (char)code_point;
    return 1;
  }
  size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
  static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t index = length - 1; index > 0; index--) {
    target[index] = (char)(0x80 | (code_point & 0x3F));
    code_point >>= 6;
  }
  target[0] = (char)(leads[length] | code_point);
  return length;
}

static char unescape_letter(char letter) {
  switch (letter) {
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return letter;
  }
}

// Reads the escape at `index` and writes what it stands for; both lengths are moved on.
static void unescape_one(StringView token, size_t *index, char *target, size_t *length) {
  if (token.data[*index + 1] != 'u') {
    target[(*length)++] = unescape_letter(token.data[*index + 1]);
    *index += 2;
    return;
  }
  uint32_t code_point;
  *index += read_unicode_escape(token, *index, &code_point);
  *length += write_utf8(target + *length, code_point);
}

StringView json_text_unescape(StringView token, Arena *arena) {
  char *target = arena_allocate(arena, token.length + 1);
  if (!target) {
    return (StringView){0};
  }
  size_t length = 0;
  for (size_t index = 0; index < token.length;) {
    size_t plain = string_view_find_byte(string_view_slice(token, index, token.length), '\\');
    memcpy(target + length, token.data + index, plain);
    length += plain;
    index += plain;
    if (index < token.length) {
      unescape_one(token, &index, target, &length);
    }
  }
  target[length] = '\0';
  return (StringView){target, length};
}

static bool stands_for_itself(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void append_escape(Buffer *buffer, char byte) {
  static const char from[] = "\"\\\b\f\n\r\t";
  static const char to[] = "\"\\bfnrt";
  const char *found = byte ? strchr(from, byte) : NULL;
  if (found) {
    char escape[] = {'\\', to[found - from]};
    buffer_append(buffer, (StringView){escape, sizeof escape});
  } else {
    buffer_append_format(buffer, "\\u%04x", (unsigned)byte);
  }
}

// Appends the character at `index`, which is not a plain one, and returns its bytes.
static size_t append_special(Buffer *buffer, StringView string, size_t index) {
  if ((unsigned char)string.data[index] < 0x80) {
    append_escape(buffer, string.data[index]);
    return 1;
  }
  size_t length = string_view_utf8_length(string, index);
  buffer_append(buffer, length > 0 ? string_view_slice(string, index, index + length) : SV("\xEF\xBF\xBD"));
  return length > 0 ? length : 1;
}

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

// Whether eight bytes all stand for themselves: each comparison sets the top bit of the bytes that do not. A borrow
// from a byte below may set one more above it, which costs a second look and no more.
static bool eight_stand_for_themselves(const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  uint64_t quotes = word ^ EVERY_BYTE('"'), backslashes = word ^ EVERY_BYTE('\\');
  uint64_t special = word | (word - EVERY_BYTE(0x20)) | (quotes - EVERY_BYTE(1)) | (backslashes - EVERY_BYTE(1));
  return (special & EVERY_BYTE(0x80)) == 0;
}

static size_t skip_plain(StringView string, size_t index) {
  while (string.length - index >= 8 && eight_stand_for_themselves(string.data + index)) {
    index += 8;
  }
  while (index < string.length && stands_for_itself((unsigned char)string.data[index])) {
    index++;
  }
  return index;
}

// A string without anything special, which most are, goes in at once.
static void append_plain(Buffer *buffer, StringView string) {
  char *room = buffer_reserve(buffer, string.length + 2);
  if (room) {
    room[0] = '"';
    memcpy(room + 1, string.data, string.length);
    room[string.length + 1] = '"';
    buffer->length += string.length + 2;
  }
}

void json_text_append_quoted(Buffer *buffer, StringView string) {
  if (string.length > 0 && skip_plain(string, 0) == string.length) {
    append_plain(buffer, string);
    return;
  }
  buffer_append_byte(buffer, '"');
  for (size_t index = 0; index < string.length;) {
    size_t end = skip_plain(string, index);
    buffer_append(buffer, string_view_slice(string, index, end));
    index = end;
    if (index < string.length) {
      index += append_special(buffer, string, index);
    }
  }
  buffer_append_byte(buffer, '"');
}
