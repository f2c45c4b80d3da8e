#include "protocol/lsp/position.h"

const char *const position_encoding_names[] = {
    [POSITION_UTF8] = "utf-8",
    [POSITION_UTF16] = "utf-16",
    [POSITION_UTF32] = "utf-32",
    [POSITION_ENCODING_COUNT] = NULL,
};

// ---- Within a line ----

// Units of a character by the bytes of its UTF-8 sequence. An ill-formed byte has 1.
static uint32_t units_of_sequence(size_t bytes, PositionEncoding encoding) {
  switch (encoding) {
  case POSITION_UTF8: return (uint32_t)bytes;
  case POSITION_UTF16: return bytes == 4 ? 2 : 1;
  default: return 1;
  }
}

static size_t sequence_at(StringView text, size_t index) {
  size_t bytes = string_view_utf8_length(text, index);
  return bytes > 0 ? bytes : 1;
}

// The bytes of whole characters from the front of `text` that take at most `units`; `*ret_units` is what they take.
static size_t advance(StringView text, PositionEncoding encoding, uint32_t units, uint32_t *ret_units) {
  size_t index = 0;
  uint32_t used = 0;
  while (index < text.length && used < units) {
    // An ASCII byte has one unit in every encoding.
    size_t ascii = string_view_ascii_prefix(string_view_slice(text, index, index + (units - used)));
    index += ascii;
    used += (uint32_t)ascii;
    if (index == text.length || used == units) {
      break;
    }
    size_t bytes = sequence_at(text, index);
    uint32_t taken = units_of_sequence(bytes, encoding);
    if (taken > units - used) {
      break;
    }
    index += bytes;
    used += taken;
  }
  *ret_units = used;
  return index;
}

uint32_t position_units(StringView text, PositionEncoding encoding) {
  if (encoding == POSITION_UTF8) {
    return (uint32_t)text.length;
  }
  uint32_t units;
  advance(text, encoding, UINT32_MAX, &units);
  return units;
}

// Where the character that covers the byte at `offset` begins. Continuation bytes are never first ones, so a
// well-formed sequence that reaches over the offset is the only one.
static size_t character_start(StringView text, size_t offset) {
  if (offset >= text.length) {
    return text.length;
  }
  for (size_t back = 1; back <= 3 && back <= offset; back++) {
    if (string_view_utf8_length(text, offset - back) > back) {
      return offset - back;
    }
  }
  return offset;
}

static size_t column_to_offset(StringView line, PositionEncoding encoding, uint32_t column, bool *ret_clamped) {
  if (encoding == POSITION_UTF8) {
    size_t offset = character_start(line, column);
    *ret_clamped = offset != column;
    return offset;
  }
  uint32_t used;
  size_t offset = advance(line, encoding, column, &used);
  *ret_clamped = used != column;
  return offset;
}

// ---- Within a text ----

uint32_t position_to_offset(const LineIndex *index, StringView text, PositionEncoding encoding, Position position,
                            bool *ret_clamped) {
  bool is_clamped = true;
  size_t offset = index->length;
  if (position.line < index->count) {
    StringView line = line_index_line(index, text, position.line);
    offset = index->starts[position.line] + column_to_offset(line, encoding, position.character, &is_clamped);
  }
  if (ret_clamped) {
    *ret_clamped = is_clamped;
  }
  return (uint32_t)offset;
}

Position position_from_offset(const LineIndex *index, StringView text, PositionEncoding encoding, uint32_t offset) {
  uint32_t clamped = offset < index->length ? offset : index->length;
  uint32_t number = line_index_line_of(index, clamped);
  StringView line = line_index_line(index, text, number);
  // An offset within the line end stands for the end of the line.
  size_t column = character_start(line, clamped - index->starts[number]);
  return (Position){.line = number, .character = position_units(string_view_slice(line, 0, column), encoding)};
}

Range range_from_offsets(const LineIndex *index, StringView text, PositionEncoding encoding, uint32_t start,
                         uint32_t end) {
  return (Range){
      .start = position_from_offset(index, text, encoding, start),
      .end = position_from_offset(index, text, encoding, end),
  };
}

// ---- Ranges ----

int position_compare(Position left, Position right) {
  if (left.line != right.line) {
    return left.line < right.line ? -1 : 1;
  }
  return (left.character > right.character) - (left.character < right.character);
}

bool range_contains(Range range, Position position) {
  return position_compare(range.start, position) <= 0 && position_compare(position, range.end) <= 0;
}

bool range_overlaps(Range left, Range right) {
  if (position_compare(left.start, left.end) == 0) {
    return range_contains(right, left.start);
  }
  if (position_compare(right.start, right.end) == 0) {
    return range_contains(left, right.start);
  }
  return position_compare(left.start, right.end) < 0 && position_compare(right.start, left.end) < 0;
}
