#include "protocol/memory/string_view.h"

#include <string.h>

// One row per kind of first byte of table 3-7 of the Unicode standard: what may stand second decides about overlong
// forms, surrogates and the upper end.
typedef struct Utf8Lead {
  unsigned char first_low, first_high;
  unsigned char second_low, second_high;
  unsigned char length;
} Utf8Lead;

static const Utf8Lead utf8_leads[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const Utf8Lead *find_lead(unsigned char first) {
  for (size_t index = 0; index < sizeof utf8_leads / sizeof utf8_leads[0]; index++) {
    if (first >= utf8_leads[index].first_low && first <= utf8_leads[index].first_high) {
      return &utf8_leads[index];
    }
  }
  return NULL;
}

size_t string_view_utf8_length(StringView view, size_t index) {
  const unsigned char *bytes = (const unsigned char *)view.data + index;
  if (bytes[0] < 0x80) {
    return 1;
  }
  const Utf8Lead *lead = find_lead(bytes[0]);
  if (!lead || view.length - index < lead->length) {
    return 0;
  }
  if (bytes[1] < lead->second_low || bytes[1] > lead->second_high) {
    return 0;
  }
  for (size_t next = 2; next < lead->length; next++) {
    if ((bytes[next] & 0xC0) != 0x80) {
      return 0;
    }
  }
  return lead->length;
}

size_t string_view_ascii_prefix(StringView view) {
  size_t index = 0;
  for (; index + 8 <= view.length; index += 8) {
    uint64_t word;
    memcpy(&word, view.data + index, sizeof word);
    if (word & 0x8080808080808080u) {
      break;
    }
  }
  while (index < view.length && (unsigned char)view.data[index] < 0x80) {
    index++;
  }
  return index;
}

size_t string_view_utf8_prefix(StringView view) {
  size_t index = string_view_ascii_prefix(view);
  while (index < view.length) {
    size_t length = string_view_utf8_length(view, index);
    if (length == 0) {
      break;
    }
    index += length;
    if (length == 1) {
      index += string_view_ascii_prefix(string_view_slice(view, index, view.length));
    }
  }
  return index;
}

bool string_view_is_utf8(StringView view) {
  return string_view_utf8_prefix(view) == view.length;
}
