#include "server/generator/python_text.h"

#include <ctype.h>
#include <string.h>

#define SOURCE_MAX (4u << 20)  // bytes

static StringView take(Buffer *buffer, Arena *arena) {
  StringView copy = buffer->failure ? (StringView){0} : arena_copy(arena, buffer_view(buffer));
  buffer_finish(buffer);
  return copy;
}

static bool is_quote(char byte) {
  return byte == '"' || byte == '\'';
}

static bool is_triple(StringView source, size_t start) {
  return start + 2 < source.length && source.data[start + 1] == source.data[start] &&
         source.data[start + 2] == source.data[start];
}

size_t python_string_end(StringView source, size_t start) {
  char quote = source.data[start];
  size_t width = is_triple(source, start) ? 3 : 1;
  StringView closing = string_view_slice(source, start, start + width);
  size_t index = start + width;
  while (index < source.length) {
    if (source.data[index] == '\\')
      index += 2;
    else if (source.data[index] == quote &&
             string_view_starts_with(string_view_slice(source, index, source.length), closing))
      return index + width;
    else
      index++;
  }
  return source.length;
}

static bool holds_quotes(StringView text) {
  return string_view_find_byte(text, '"') < text.length || string_view_find_byte(text, '\'') < text.length;
}

StringView python_requote(StringView source, char quote, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, SOURCE_MAX);
  size_t index = 0;
  while (index < source.length) {
    if (!is_quote(source.data[index])) {
      buffer_append_byte(&buffer, source.data[index++]);
      continue;
    }
    size_t end = python_string_end(source, index);
    StringView literal = string_view_slice(source, index, end);
    StringView inner = string_view_slice(literal, 1, literal.length - 1);
    if (is_triple(source, index) || holds_quotes(inner)) {
      buffer_append(&buffer, literal);
    } else {
      buffer_append_byte(&buffer, quote);
      buffer_append(&buffer, inner);
      buffer_append_byte(&buffer, quote);
    }
    index = end;
  }
  return take(&buffer, arena);
}

static void append_escaped(Buffer *buffer, unsigned char byte, char quote) {
  const char *found = strchr("\nn\rr\tt", byte);
  if (byte == '\\' || byte == (unsigned char)quote)
    buffer_append_byte(buffer, '\\');
  if (found && byte < 0x20 && byte)
    buffer_append_format(buffer, "\\%c", found[1]);
  else if (byte < 0x20 || byte == 0x7f)
    buffer_append_format(buffer, "\\x%02x", byte);
  else
    buffer_append_byte(buffer, (char)byte);
}

void python_append_string(Buffer *buffer, StringView text, char quote) {
  char other = quote == '"' ? '\'' : '"';
  bool has_quote = string_view_find_byte(text, quote) < text.length;
  char used = has_quote && string_view_find_byte(text, other) == text.length ? other : quote;
  buffer_append_byte(buffer, used);
  for (size_t index = 0; index < text.length; index++)
    append_escaped(buffer, (unsigned char)text.data[index], used);
  buffer_append_byte(buffer, used);
}

// Characters, for the width of a line.
static size_t columns(StringView text) {
  size_t count = 0;
  for (size_t index = 0; index < text.length; index++)
    count += ((unsigned char)text.data[index] & 0xC0) != 0x80;
  return count;
}

// The index behind the string literal that begins here, or the index itself.
static size_t skip_string(StringView source, size_t index) {
  return is_quote(source.data[index]) ? python_string_end(source, index) : index;
}

// The opening bracket whose partner is the last bracket of the source; `source.length` when there is none.
static size_t last_bracket(StringView source, size_t *ret_close) {
  size_t open = source.length, outer = source.length;
  int depth = 0;
  for (size_t index = 0; index < source.length; index++) {
    index = skip_string(source, index);
    if (index >= source.length)
      break;
    if (strchr("([{", source.data[index]) && depth++ == 0)
      open = index;
    else if (strchr(")]}", source.data[index]) && --depth == 0) {
      outer = open;
      *ret_close = index;
    }
  }
  return outer;
}

static void append_indent(Buffer *buffer, StringView indent, size_t depth) {
  for (size_t index = 0; index < depth; index++)
    buffer_append(buffer, indent);
}

static void append_items(Buffer *buffer, StringView items, StringView indent, size_t depth, size_t width) {
  size_t start = 0;
  int nesting = 0;
  for (size_t index = 0; index <= items.length; index++) {
    if (index < items.length)
      index = skip_string(items, index);
    char byte = index < items.length ? items.data[index] : ',';
    nesting += byte && strchr("([{", byte) ? 1 : byte && strchr(")]}", byte) ? -1 : 0;
    if (byte != ',' || nesting != 0)
      continue;
    StringView item = string_view_trim(string_view_slice(items, start, index));
    start = index + 1;
    if (item.length == 0)
      continue;
    append_indent(buffer, indent, depth);
    python_append_wrapped(buffer, item, indent, depth, width - 1);
    buffer_append_text(buffer, ",\n");
  }
}

void python_append_wrapped(Buffer *buffer, StringView source, StringView indent, size_t depth, size_t width) {
  size_t close = 0, open = last_bracket(source, &close);
  size_t column = depth * (string_view_equal(indent, SV("\t")) ? 4 : indent.length);
  if (column + columns(source) <= width || open == source.length || close == open + 1) {
    buffer_append(buffer, source);
    return;
  }
  buffer_append(buffer, string_view_slice(source, 0, open + 1));
  buffer_append_byte(buffer, '\n');
  append_items(buffer, string_view_slice(source, open + 1, close), indent, depth + 1, width);
  append_indent(buffer, indent, depth);
  buffer_append(buffer, string_view_slice(source, close, source.length));
}

bool python_is_compound(StringView source) {
  int depth = 0;
  for (size_t index = 0; index < source.length; index++) {
    index = skip_string(source, index);
    if (index >= source.length)
      return false;
    char byte = source.data[index];
    depth += strchr("([{", byte) ? 1 : strchr(")]}", byte) ? -1 : 0;
    if (depth == 0 && byte == ' ')
      return true;
  }
  return false;
}

bool python_is_statement(StringView source) {
  int depth = 0;
  for (size_t index = 0; index < source.length; index++) {
    index = skip_string(source, index);
    if (index >= source.length)
      break;
    char byte = source.data[index];
    depth += strchr("([{", byte) ? 1 : strchr(")]}", byte) ? -1 : 0;
    if (depth == 0 && string_view_starts_with(string_view_slice(source, index, source.length), SV(" = ")))
      return true;
  }
  return string_view_starts_with(source, SV("del "));
}

StringView python_normalize(StringView source, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, SOURCE_MAX);
  for (size_t index = 0; index < source.length; index++) {
    char byte = source.data[index];
    if (isspace((unsigned char)byte))
      continue;
    bool closes = byte == ')' || byte == ']' || byte == '}';
    if (closes && buffer.length > 0 && buffer.data[buffer.length - 1] == ',')
      buffer.length--;
    buffer_append_byte(&buffer, byte == '\'' ? '"' : byte);
  }
  return take(&buffer, arena);
}

StringView python_camel_case(StringView name, Arena *arena) {
  Buffer buffer;
  buffer_init(&buffer, 4096);
  bool is_start = true;
  for (size_t index = 0; index < name.length; index++) {
    char byte = name.data[index];
    if (byte == '_' || byte == '.') {
      is_start = true;
      continue;
    }
    buffer_append_byte(&buffer, is_start ? (char)toupper((unsigned char)byte) : byte);
    is_start = false;
  }
  return take(&buffer, arena);
}

StringView python_snake_case(StringView name, Arena *arena) {
  Buffer text;
  buffer_init(&text, 4096);
  for (size_t index = 0; index < name.length; index++) {
    bool is_upper = isupper((unsigned char)name.data[index]) != 0;
    bool after_lower = index > 0 && islower((unsigned char)name.data[index - 1]);
    bool before_lower = index > 0 && index + 1 < name.length && islower((unsigned char)name.data[index + 1]) &&
                        isupper((unsigned char)name.data[index - 1]);
    if (is_upper && (after_lower || before_lower))
      buffer_append_byte(&text, '_');
    buffer_append_byte(&text, (char)tolower((unsigned char)name.data[index]));
  }
  return take(&text, arena);
}
