// A borrowed run of bytes, UTF-8 unless said otherwise, not terminated. Whoever hands one out says how long it lives.
// `data == NULL` means absent, which differs from empty.
#ifndef TESTGEN_PROTOCOL_MEMORY_STRING_VIEW_H
#define TESTGEN_PROTOCOL_MEMORY_STRING_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct StringView {
  const char *data;
  size_t length;  // bytes
} StringView;

// A string literal as a view, also in initialisers of static tables.
#define SV(literal) ((StringView){("" literal), sizeof(literal) - 1})

// For printf's "%.*s".
#define SV_ARGUMENTS(view) (int)(view).length, (view).data ? (view).data : ""

StringView string_view_from(const char *terminated);  // NULL gives an absent view
bool string_view_is_absent(StringView view);
bool string_view_equal(StringView left, StringView right);
bool string_view_equal_text(StringView view, const char *terminated);
int string_view_compare(StringView left, StringView right);  // by bytes; a prefix comes first
bool string_view_starts_with(StringView view, StringView prefix);
bool string_view_ends_with(StringView view, StringView suffix);
bool string_view_contains(StringView view, StringView part);

// Index of the first occurrence, or `view.length`.
size_t string_view_find(StringView view, StringView part);
size_t string_view_find_byte(StringView view, char byte);

// The bytes [start, end), clamped to the view.
StringView string_view_slice(StringView view, size_t start, size_t end);

// Without ASCII white space (space, \t, \r, \n, \f, \v) at both ends.
StringView string_view_trim(StringView view);

// Cuts the next piece off the front of `*rest`, up to `separator` (consumed) or the end. False when nothing is left, so
// a separator at the very end begins no further piece: "a,,b," has the pieces "a", "" and "b", as lines end with "\n".
bool string_view_next(StringView *rest, char separator, StringView *ret_piece);

// True when `word` stands in `view` with no identifier character ([A-Za-z0-9_] or a byte >= 0x80) on either side.
bool string_view_contains_word(StringView view, StringView word);

// A whole decimal number, with optional sign and nothing around it. False when it does not fit.
bool string_view_to_int64(StringView view, int64_t *ret_value);
bool string_view_to_double(StringView view, double *ret_value);  // C locale, whatever the process has

// FNV-1a style 64-bit hash with a final mix: for hash tables and for naming the text of a function. Not for trust.
uint64_t string_view_hash(StringView view);

// True for well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms, at most U+10FFFF).
bool string_view_is_utf8(StringView view);

// Bytes of the well-formed UTF-8 sequence that begins at `index` (< view.length), or 0 where there is none.
size_t string_view_utf8_length(StringView view, size_t index);
size_t string_view_utf8_prefix(StringView view);   // bytes up to the first ill-formed one
size_t string_view_ascii_prefix(StringView view);  // bytes up to the first >= 0x80

#endif
