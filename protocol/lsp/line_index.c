#include "protocol/lsp/position.h"

#include <stdlib.h>
#include <string.h>

// Eight copies of a byte.
#define REPEATED(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool has_zero_byte(uint64_t word) {
  return ((word - REPEATED(1)) & ~word & REPEATED(0x80)) != 0;
}

// The first "\n" or "\r" in [from, to), or `to`.
static size_t find_line_end(StringView text, size_t from, size_t to) {
  for (; from + 8 <= to; from += 8) {
    uint64_t word;
    memcpy(&word, text.data + from, sizeof word);
    if (has_zero_byte(word ^ REPEATED('\n')) || has_zero_byte(word ^ REPEATED('\r'))) {
      break;
    }
  }
  while (from < to && text.data[from] != '\n' && text.data[from] != '\r') {
    from++;
  }
  return from;
}

// Writes the line starts behind the line ends whose last byte lies in [from, to), and returns their number. `starts`
// may be NULL for counting.
static size_t scan_starts(StringView text, size_t from, size_t to, uint32_t *starts) {
  size_t count = 0;
  for (size_t at = find_line_end(text, from, to); at < to; at = find_line_end(text, at + 1, to)) {
    bool is_first_half = text.data[at] == '\r' && at + 1 < text.length && text.data[at + 1] == '\n';
    if (is_first_half) {
      continue;
    }
    if (starts) {
      starts[count] = (uint32_t)(at + 1);
    }
    count++;
  }
  return count;
}

static uint32_t measure_longest(const LineIndex *index) {
  uint32_t longest = index->length - index->starts[index->count - 1];
  for (uint32_t line = 0; line + 1 < index->count; line++) {
    uint32_t length = index->starts[line + 1] - index->starts[line];
    longest = length > longest ? length : longest;
  }
  return longest;
}

static int allocate_starts(LineIndex *index, size_t count, size_t length, Error *ret_error) {
  if (length >= UINT32_MAX) {
    return error_set(ret_error, ERROR_LIMIT, "the text is longer than %u bytes", UINT32_MAX - 1);
  }
  index->starts = reallocarray(NULL, count, sizeof *index->starts);
  if (!index->starts) {
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while lines are indexed");
  }
  index->starts[0] = 0;
  index->count = (uint32_t)count;
  index->length = (uint32_t)length;
  return 0;
}

int line_index_init(LineIndex *index, StringView text, Error *ret_error) {
  LineIndex made = {0};
  size_t count = 1 + scan_starts(text, 0, text.length, NULL);
  int status = allocate_starts(&made, count, text.length, ret_error);
  if (status != 0) {
    return status;
  }
  scan_starts(text, 0, text.length, made.starts + 1);
  made.longest = measure_longest(&made);
  *index = made;
  return 0;
}

void line_index_finish(LineIndex *index) {
  free(index->starts);
  *index = (LineIndex){0};
}

// The number of starts before `offset`.
static uint32_t count_starts_before(const LineIndex *index, uint32_t offset) {
  uint32_t low = 0;
  uint32_t high = index->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (index->starts[middle] < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static bool is_edit_consistent(const LineIndex *index, StringView new_text, uint32_t start, uint32_t old_end,
                               uint32_t new_end) {
  return start <= old_end && old_end <= index->length && start <= new_end && new_end <= new_text.length &&
         index->length - old_end == new_text.length - new_end;
}

// Whether a line begins at an offset is decided by the bytes on both sides of it ("\r\n" is one line end). So the
// starts before the edit and behind it stay, and those from its first to its last byte, both edges included, are looked
// for again.
int line_index_edit(const LineIndex *index, StringView new_text, uint32_t start, uint32_t old_end, uint32_t new_end,
                    LineIndex *ret_index, Error *ret_error) {
  if (!is_edit_consistent(index, new_text, start, old_end, new_end)) {
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "an edit of bytes %u to %u does not fit the text", start,
                     old_end);
  }
  uint32_t kept = start > 0 ? count_starts_before(index, start) : 1;
  uint32_t shifted = old_end < index->length ? count_starts_before(index, old_end + 1) : index->count;
  shifted = shifted > 0 ? shifted : 1;
  size_t from = start > 0 ? start - 1 : 0;
  size_t found = scan_starts(new_text, from, new_end, NULL);
  uint32_t suffix = index->count - shifted;
  LineIndex made = {0};
  int status = allocate_starts(&made, kept + found + suffix, new_text.length, ret_error);
  if (status != 0) {
    return status;
  }
  memcpy(made.starts, index->starts, kept * sizeof *made.starts);
  scan_starts(new_text, from, new_end, made.starts + kept);
  uint32_t *target = made.starts + kept + found;
  for (uint32_t line = 0; line < suffix; line++) {
    target[line] = index->starts[shifted + line] - old_end + new_end;
  }
  made.longest = measure_longest(&made);
  *ret_index = made;
  return 0;
}

uint32_t line_index_line_of(const LineIndex *index, uint32_t offset) {
  uint32_t clamped = offset < index->length ? offset : index->length;
  return count_starts_before(index, clamped + 1) - 1;
}

StringView line_index_line(const LineIndex *index, StringView text, uint32_t line) {
  if (line >= index->count) {
    return SV("");
  }
  size_t end = line + 1 < index->count ? index->starts[line + 1] : index->length;
  size_t start = index->starts[line];
  if (line + 1 < index->count) {
    bool is_pair = end - start >= 2 && text.data[end - 1] == '\n' && text.data[end - 2] == '\r';
    end -= is_pair ? 2 : 1;
  }
  return string_view_slice(text, start, end);
}
