#include "protocol/rpc/framing.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define INPUT_MAX (FRAME_CONTENT_MAX + FRAME_HEADER_MAX + FRAME_FEED_MAX)
#define INPUT_KEPT ((size_t)64 << 10)  // bytes of buffer that are kept when a large message is done
#define CANDIDATE_MAX 64u              // bytes of a "Content-Length: <digits>" line that is worth waiting for
#define HEADER_GAP 40u                 // room for the longest header that is written

static const StringView length_name = {"Content-Length", sizeof "Content-Length" - 1};

void framer_init(Framer *framer) {
  *framer = (Framer){0};
  buffer_init(&framer->input, INPUT_MAX);
}

void framer_finish(Framer *framer) {
  buffer_finish(&framer->input);
}

static void lose_input(Framer *framer) {
  buffer_clear(&framer->input);
  framer->has_header = false;
  framer->is_resynchronizing = true;
}

int framer_feed(Framer *framer, StringView bytes, Error *ret_error) {
  buffer_consume(&framer->input, framer->consumed);
  framer->consumed = 0;
  if (framer->input.length == 0) {
    buffer_shrink(&framer->input, INPUT_KEPT);
  }
  if (bytes.length > FRAME_FEED_MAX) {
    lose_input(framer);
    return error_set(ret_error, ERROR_LIMIT, "the input comes in pieces of more than %u bytes", FRAME_FEED_MAX);
  }
  buffer_append(&framer->input, bytes);
  int status = buffer_check(&framer->input, ret_error, "protocol input");
  if (status != 0) {
    lose_input(framer);
  }
  return status;
}

static StringView unread(const Framer *framer) {
  return string_view_slice(buffer_view(&framer->input), framer->consumed, framer->input.length);
}

// ---- Header lines ----

static bool equal_without_case(StringView left, StringView right) {
  return left.length == right.length && strncasecmp(left.data, right.data, left.length) == 0;
}

// A field name as RFC 9110 has it. JSON that came without a header has quotes and braces and is none.
static bool is_header_name(StringView name) {
  for (size_t index = 0; index < name.length; index++) {
    unsigned char byte = (unsigned char)name.data[index];
    if (byte <= ' ' || byte >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", byte)) {
      return false;
    }
  }
  return name.length > 0;
}

static bool read_length(StringView digits, int64_t *ret_length) {
  StringView trimmed = string_view_trim(digits);
  bool begins_with_digit = trimmed.length > 0 && trimmed.data[0] >= '0' && trimmed.data[0] <= '9';
  return begins_with_digit && string_view_to_int64(trimmed, ret_length) && *ret_length <= FRAME_SKIP_MAX;
}

typedef struct HeaderBlock {
  int64_t content_length;  // -1: not there
  size_t size;             // bytes, with the empty line
} HeaderBlock;

static int read_header_line(StringView line, HeaderBlock *block, Error *ret_error) {
  size_t colon = string_view_find_byte(line, ':');
  StringView name = string_view_slice(line, 0, colon);
  if (colon == line.length || !is_header_name(name)) {
    return error_set(ret_error, ERROR_PROTOCOL, "a header line is not \"name: value\"");
  }
  if (!equal_without_case(name, length_name)) {
    return 0;
  }
  int64_t length;
  if (!read_length(string_view_slice(line, colon + 1, line.length), &length)) {
    return error_set(ret_error, ERROR_PROTOCOL, "Content-Length is not a number of bytes up to %u", FRAME_SKIP_MAX);
  }
  if (block->content_length >= 0 && block->content_length != length) {
    return error_set(ret_error, ERROR_PROTOCOL, "two header lines give different values for Content-Length");
  }
  block->content_length = length;
  return 0;
}

// Reads the header block at the front of `text`. FRAME_MESSAGE here means that the block is complete.
static FrameResult read_header(StringView text, HeaderBlock *ret_block, Error *ret_error) {
  HeaderBlock block = {.content_length = -1};
  StringView rest = string_view_slice(text, 0, FRAME_HEADER_MAX);
  for (;;) {
    size_t end = string_view_find_byte(rest, '\n');
    if (end == rest.length) {
      break;
    }
    StringView line = string_view_slice(rest, 0, end > 0 && rest.data[end - 1] == '\r' ? end - 1 : end);
    rest = string_view_slice(rest, end + 1, rest.length);
    block.size += end + 1;
    if (line.length > 0) {
      if (read_header_line(line, &block, ret_error) != 0) {
        return FRAME_MALFORMED;
      }
    } else if (block.content_length < 0) {
      error_set(ret_error, ERROR_PROTOCOL, "a message header has no Content-Length");
      return FRAME_MALFORMED;
    } else {
      *ret_block = block;
      return FRAME_MESSAGE;
    }
  }
  if (text.length >= FRAME_HEADER_MAX) {
    error_set(ret_error, ERROR_PROTOCOL, "a message header is longer than %u bytes", FRAME_HEADER_MAX);
    return FRAME_MALFORMED;
  }
  return FRAME_NEED_MORE;
}

// ---- Finding the next header ----

// Whether `text`, which may be cut at its end, is or may become a "Content-Length: <digits>" line. FRAME_MESSAGE: it
// is.
static FrameResult match_candidate(StringView text) {
  size_t named = text.length < length_name.length ? text.length : length_name.length;
  if (strncasecmp(text.data, length_name.data, named) != 0) {
    return FRAME_MALFORMED;
  }
  StringView line = string_view_slice(text, 0, CANDIDATE_MAX);
  size_t end = string_view_find_byte(line, '\n');
  if (end == line.length) {
    return text.length < CANDIDATE_MAX ? FRAME_NEED_MORE : FRAME_MALFORMED;
  }
  int64_t length;
  bool is_length = named == length_name.length && end > named && line.data[named] == ':' &&
                   read_length(string_view_slice(line, named + 1, end), &length);
  return is_length ? FRAME_MESSAGE : FRAME_MALFORMED;
}

static bool resynchronize(Framer *framer) {
  StringView text = unread(framer);
  for (size_t index = 0; index < text.length; index++) {
    if ((text.data[index] | 0x20) != 'c') {
      continue;
    }
    FrameResult match = match_candidate(string_view_slice(text, index, text.length));
    if (match != FRAME_MALFORMED) {
      framer->consumed += index;
      framer->is_resynchronizing = match == FRAME_NEED_MORE;
      return match == FRAME_MESSAGE;
    }
  }
  framer->consumed = framer->input.length;
  return false;
}

// ---- Messages ----

static bool skip_oversized(Framer *framer) {
  size_t available = framer->input.length - framer->consumed;
  size_t skipped = available < framer->skip ? available : framer->skip;
  framer->consumed += skipped;
  framer->skip -= skipped;
  return framer->skip == 0;
}

static FrameResult take_header(Framer *framer, Error *ret_error) {
  HeaderBlock block;
  FrameResult result = read_header(unread(framer), &block, ret_error);
  if (result == FRAME_MALFORMED) {
    framer->consumed++;  // so that the same place is not found again
    framer->is_resynchronizing = true;
  }
  if (result != FRAME_MESSAGE) {
    return result;
  }
  framer->consumed += block.size;
  if (block.content_length > FRAME_CONTENT_MAX) {
    framer->skip = (size_t)block.content_length;
    error_set(ret_error, ERROR_LIMIT, "a message is longer than %u bytes and is skipped", FRAME_CONTENT_MAX);
    return FRAME_MALFORMED;
  }
  framer->content_length = (size_t)block.content_length;
  framer->has_header = true;
  return FRAME_MESSAGE;
}

FrameResult framer_next(Framer *framer, StringView *ret_content, Error *ret_error) {
  if (!skip_oversized(framer) || (framer->is_resynchronizing && !resynchronize(framer))) {
    return FRAME_NEED_MORE;
  }
  if (!framer->has_header) {
    FrameResult result = take_header(framer, ret_error);
    if (result != FRAME_MESSAGE) {
      return result;
    }
  }
  StringView rest = unread(framer);
  if (rest.length < framer->content_length) {
    return FRAME_NEED_MORE;
  }
  *ret_content = string_view_slice(rest, 0, framer->content_length);
  framer->consumed += framer->content_length;
  framer->has_header = false;
  return FRAME_MESSAGE;
}

// ---- Writing ----

void frame_append(Buffer *output, StringView content) {
  buffer_append_format(output, "Content-Length: %zu\r\n\r\n", content.length);
  buffer_append(output, content);
}

void frame_begin(Buffer *output) {
  assert(output->length == 0);
  if (buffer_reserve(output, HEADER_GAP)) {
    output->length = HEADER_GAP;
  }
}

// The header's length is known when the content is: it is written right before the content, into the end of the gap.
StringView frame_end(Buffer *output) {
  if (output->failure) {
    return (StringView){0};
  }
  char header[HEADER_GAP + 1];
  size_t length = (size_t)snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", output->length - HEADER_GAP);
  memcpy(output->data + HEADER_GAP - length, header, length);
  return string_view_slice(buffer_view(output), HEADER_GAP - length, output->length);
}
