// What a model answers says the same wherever it is cut, and its text is no longer than what came.
#include "server/models/model_internal.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

typedef struct Reading {
  int code;
  Buffer text;
  ModelAnswer answer;
  bool has_ended, is_cut_short;
} Reading;

static void read_in_pieces(const ModelApi *api, StringView bytes, size_t piece, Reading *reading) {
  ModelRequest request = {.api = api};
  ModelExchange exchange = {.request = &request, .answer = &reading->answer, .origin = SV("http://here")};
  ModelReader reader;
  Error error = {0};
  *reading = (Reading){0};
  buffer_init(&exchange.text, MODEL_ANSWER_MAX);
  model_reader_init(&reader, &exchange);
  for (size_t start = 0; start < bytes.length && reading->code == 0; start += piece)
    reading->code = model_reader_feed(&reader, string_view_slice(bytes, start, start + piece), &error);
  if (reading->code == 0)
    reading->code = model_reader_end(&reader, &error);
  require(reading->code == error.code);
  model_reader_finish(&reader);
  arena_finish(&exchange.scratch);
  reading->text = exchange.text;
  reading->has_ended = exchange.has_ended;
  reading->is_cut_short = exchange.is_cut_short;
}

// The first byte chooses the interface and where the rest is cut.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const ModelApi *api = model_api_find(data[0] & 1 ? SV("openai") : SV("anthropic"));
  StringView bytes = {(const char *)data + 1, size - 1};
  Reading whole, cut;
  read_in_pieces(api, bytes, size, &whole);
  read_in_pieces(api, bytes, 1u + (data[0] >> 1) % 16u, &cut);
  require(whole.code == cut.code && string_view_equal(buffer_view(&whole.text), buffer_view(&cut.text)));
  require(whole.has_ended == cut.has_ended && whole.is_cut_short == cut.is_cut_short);
  require(whole.answer.input_tokens == cut.answer.input_tokens && whole.answer.input_tokens >= 0);
  require(whole.text.length <= 3 * size);  // ill-formed UTF-8 may become U+FFFD
  buffer_finish(&whole.text);
  buffer_finish(&cut.text);
  return 0;
}
