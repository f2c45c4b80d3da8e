// A text, then edits of it: the incremental index equals a new one, and conversions there and back agree.
#include "protocol/lsp/position.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 8192

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

typedef struct Document {
  char text[TEXT_MAX];
  size_t length;
  LineIndex index;
} Document;

static StringView view_of(const Document *document) {
  return (StringView){document->text, document->length};
}

static void check_offset(const Document *document, PositionEncoding encoding, uint32_t offset) {
  StringView text = view_of(document);
  Position position = position_from_offset(&document->index, text, encoding, offset);
  require(position.line < document->index.count);
  bool is_clamped = true;
  uint32_t back = position_to_offset(&document->index, text, encoding, position, &is_clamped);
  require(!is_clamped && back <= document->length);
  require(back <= offset || offset > document->length);
  require(position_compare(position_from_offset(&document->index, text, encoding, back), position) == 0);
  StringView line = line_index_line(&document->index, text, position.line);
  require(position.character <= position_units(line, encoding));
}

static void check_position(const Document *document, PositionEncoding encoding, Position position) {
  StringView text = view_of(document);
  bool is_clamped;
  uint32_t offset = position_to_offset(&document->index, text, encoding, position, &is_clamped);
  require(offset <= document->length);
  Position back = position_from_offset(&document->index, text, encoding, offset);
  require(is_clamped || position_compare(back, position) == 0);
}

static void check_index(const Document *document) {
  LineIndex rebuilt;
  require(line_index_init(&rebuilt, view_of(document), NULL) == 0);
  require(rebuilt.count == document->index.count && rebuilt.length == document->index.length);
  require(rebuilt.longest == document->index.longest);
  require(memcmp(rebuilt.starts, document->index.starts, rebuilt.count * sizeof *rebuilt.starts) == 0);
  line_index_finish(&rebuilt);
}

// Replaces as the next input bytes say, and returns how many of them that took.
static size_t apply_edit(Document *document, const uint8_t *data, size_t size) {
  size_t start = document->length * data[0] / 255;
  size_t old_end = start + (document->length - start) * data[1] / 255;
  size_t inserted = data[2] % 16u;
  inserted = inserted < size - 3 ? inserted : size - 3;
  size_t length = document->length - (old_end - start) + inserted;
  if (length > TEXT_MAX) {
    return 3;
  }
  memmove(document->text + start + inserted, document->text + old_end, document->length - old_end);
  memcpy(document->text + start, data + 3, inserted);
  document->length = length;
  LineIndex edited;
  require(line_index_edit(&document->index, view_of(document), (uint32_t)start, (uint32_t)old_end,
                          (uint32_t)(start + inserted), &edited, NULL) == 0);
  line_index_finish(&document->index);
  document->index = edited;
  return 3 + inserted;
}

static void check_document(const Document *document, const uint8_t *data, size_t size) {
  check_index(document);
  for (PositionEncoding encoding = 0; encoding < POSITION_ENCODING_COUNT; encoding++) {
    for (size_t at = 0; at < size && at < 16; at++) {
      check_offset(document, encoding, (uint32_t)((document->length + 2) * data[at] / 255));
      check_position(document, encoding, (Position){.line = data[at] % 8u, .character = data[size - 1 - at]});
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Document document;
  document.length = size / 2 < TEXT_MAX ? size / 2 : TEXT_MAX;
  memcpy(document.text, data, document.length);
  require(line_index_init(&document.index, view_of(&document), NULL) == 0);
  check_document(&document, data, size);
  for (size_t at = document.length; at + 3 <= size;) {
    at += apply_edit(&document, data + at, size - at);
    check_document(&document, data, size);
  }
  line_index_finish(&document.index);
  return 0;
}
