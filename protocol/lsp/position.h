// The one place that converts between bytes, code points, UTF-8, UTF-16 and UTF-32 columns.
//
// Source: LSP 3.17 "Position", "PositionEncodingKind", "Text Documents" (line ends are "\n", "\r\n" and "\r").
// Lines and columns are 0-based. Text need not be well-formed UTF-8: an ill-formed byte counts as one unit.
#ifndef TESTGEN_PROTOCOL_LSP_POSITION_H
#define TESTGEN_PROTOCOL_LSP_POSITION_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum PositionEncoding {
  POSITION_UTF8,
  POSITION_UTF16,
  POSITION_UTF32,
  POSITION_ENCODING_COUNT
} PositionEncoding;

extern const char *const position_encoding_names[];  // "utf-8", ...; NULL at the end

typedef struct Position {
  uint32_t line;
  uint32_t character;  // in units of the encoding
} Position;

typedef struct Range {
  Position start;
  Position end;  // exclusive
} Range;

// Where each line begins. Immutable once made; shared by snapshots.
typedef struct LineIndex {
  uint32_t *starts;  // owned; byte offset of each line's first byte; `count` items; starts[0] == 0
  uint32_t count;    // at least 1
  uint32_t length;   // bytes of the text
  uint32_t longest;  // bytes of the longest line, its line end included
} LineIndex;

int line_index_init(LineIndex *index, StringView text, Error *ret_error);
void line_index_finish(LineIndex *index);

// The index of the text after the bytes [start, old_end) were replaced by [start, new_end) of `new_text`. `index` stays
// as it is. INVALID_ARGUMENT when the numbers do not fit the lengths.
int line_index_edit(const LineIndex *index, StringView new_text, uint32_t start, uint32_t old_end, uint32_t new_end,
                    LineIndex *ret_index, Error *ret_error);

uint32_t line_index_line_of(const LineIndex *index, uint32_t offset);  // offset is clamped
// The bytes of a line without its line end. Absent lines are empty.
StringView line_index_line(const LineIndex *index, StringView text, uint32_t line);

// Positions outside the text are clamped: a column behind the line's end to the end, a line behind the last to the end
// of the text, a column inside a character (an UTF-16 surrogate pair, a UTF-8 sequence) to the character's start.
// `*ret_clamped` (may be NULL) says whether that was needed.
uint32_t position_to_offset(const LineIndex *index, StringView text, PositionEncoding encoding, Position position,
                            bool *ret_clamped);
Position position_from_offset(const LineIndex *index, StringView text, PositionEncoding encoding, uint32_t offset);
Range range_from_offsets(const LineIndex *index, StringView text, PositionEncoding encoding, uint32_t start,
                         uint32_t end);

// Units that `text` takes in the encoding.
uint32_t position_units(StringView text, PositionEncoding encoding);

bool range_contains(Range range, Position position);  // both ends inclusive, as editors place cursors
// Whether they share a character; an empty range also overlaps what contains it, so a cursor does.
bool range_overlaps(Range left, Range right);
int position_compare(Position left, Position right);

#endif
