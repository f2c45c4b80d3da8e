#include "server/services/source_decode.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

static bool is_encoding_character(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '_' || byte == '.';
}

static StringView encoding_in_line(StringView line) {
  StringView trimmed = string_view_trim(line);
  if (trimmed.length == 0 || trimmed.data[0] != '#')
    return (StringView){0};
  size_t at = string_view_find(trimmed, SV("coding"));
  size_t start = at + 6;
  if (start >= trimmed.length || (trimmed.data[start] != ':' && trimmed.data[start] != '='))
    return (StringView){0};
  start++;
  while (start < trimmed.length && (trimmed.data[start] == ' ' || trimmed.data[start] == '\t'))
    start++;
  size_t end = start;
  while (end < trimmed.length && is_encoding_character(trimmed.data[end]))
    end++;
  return end > start ? string_view_slice(trimmed, start, end) : (StringView){0};
}

StringView source_declared_encoding(StringView bytes) {
  StringView rest = bytes, line;
  for (int i = 0; i < 2 && string_view_next(&rest, '\n', &line); i++) {
    StringView encoding = encoding_in_line(line);
    if (!string_view_is_absent(encoding))
      return encoding;
    StringView trimmed = string_view_trim(line);
    if (trimmed.length > 0 && trimmed.data[0] != '#')
      break;  // PEP 263: the second line counts only when the first is a comment or blank
  }
  return (StringView){0};
}

// Names that Python knows and iconv does not, or knows otherwise (Python's "Standard Encodings"), with '-' for '_'.
static const struct {
  const char *python, *iconv;
} aliases[] = {
    {"latin-1", "ISO-8859-1"},  {"iso-latin-1", "ISO-8859-1"}, {"l1", "ISO-8859-1"},  {"utf8", "UTF-8"},
    {"mac-roman", "MACINTOSH"}, {"shift-jis", "SHIFT_JIS"},    {"sjis", "SHIFT_JIS"},
};

// Python reads UTF-8 and Latin-1 also with something behind the name, as Emacs writes it: "utf-8-unix" (PEP 263 and
// get_normal_name in its tokenizer).
static const char *without_tail(const char *name) {
  static const char *const families[] = {"utf-8", "iso-8859-1", "latin-1", "iso-latin-1"};
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    size_t length = strlen(families[i]);
    if (strncasecmp(name, families[i], length) == 0 && name[length] == '-')
      return families[i];
  }
  return name;
}

static iconv_t open_converter(const char *name) {
  const char *known = without_tail(name);
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (strcasecmp(known, aliases[i].python) == 0)
      return iconv_open("UTF-8", aliases[i].iconv);
  return iconv_open("UTF-8", known);
}

// The characters of a source must begin as ASCII does, else Python cannot have read the line that declares them.
static bool is_wide(const char *name) {
  return strncasecmp(name, "utf-16", 6) == 0 || strncasecmp(name, "utf-32", 6) == 0 || strncasecmp(name, "ucs", 3) == 0;
}

static int convert(iconv_t converter, StringView bytes, Arena *arena, StringView *ret_text) {
  size_t room = bytes.length * 4 + 4;  // no character set that Python knows needs more per byte
  char *output = arena_allocate(arena, room);
  if (!output)
    return ERROR_NO_MEMORY;
  char *from = (char *)(uintptr_t)bytes.data, *to = output;
  size_t left = bytes.length, room_left = room;
  if (iconv(converter, &from, &left, &to, &room_left) == (size_t)-1)
    return ERROR_PARSE;
  *ret_text = (StringView){output, room - room_left};
  return 0;
}

int source_decode(StringView bytes, Arena *arena, StringView *ret_text, Error *ret_error) {
  if (memchr(bytes.data ? bytes.data : "", 0, bytes.length))
    return error_set(ret_error, ERROR_PARSE, "the file holds NUL bytes and is left alone as binary");
  StringView declared = source_declared_encoding(bytes);
  if (string_view_is_absent(declared)) {
    *ret_text = bytes;
    return 0;
  }
  char name[64];
  size_t length = declared.length < sizeof name - 1 ? declared.length : sizeof name - 1;
  memcpy(name, declared.data, length);
  name[length] = '\0';
  for (char *byte = name; *byte; byte++)
    *byte = *byte == '_' ? '-' : *byte;  // the same to Python
  if (is_wide(name))
    return error_set(ret_error, ERROR_PARSE, "the file declares the encoding \"%s\", in which Python reads no source",
                     name);
  iconv_t converter = open_converter(name);
  if (converter == (iconv_t)-1)  // NOLINT(performance-no-int-to-ptr): this is how iconv says so
    return error_set(ret_error, ERROR_NOT_FOUND, "the encoding \"%s\" is not known here", name);
  if (string_view_is_utf8(bytes)) {  // also what was saved in another encoding than it declares
    iconv_close(converter);
    *ret_text = bytes;
    return 0;
  }
  int result = convert(converter, bytes, arena, ret_text);
  iconv_close(converter);
  if (result == ERROR_NO_MEMORY)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while decoding a file");
  if (result < 0)
    return error_set(ret_error, ERROR_PARSE, "the file is not in the encoding that it declares, \"%s\"", name);
  return 0;
}
