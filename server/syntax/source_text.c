#include "server/syntax/source_text.h"

#include <stdlib.h>

SourceText *source_text_create(size_t length) {
  SourceText *text = malloc(sizeof(*text) + length + 1);
  if (!text) {
    return NULL;
  }
  atomic_init(&text->references, 1);
  text->length = length;
  text->bytes[length] = '\0';
  return text;
}

SourceText *source_text_retain(SourceText *text) {
  atomic_fetch_add_explicit(&text->references, 1, memory_order_relaxed);
  return text;
}

void source_text_release(SourceText *text) {
  if (text && atomic_fetch_sub_explicit(&text->references, 1, memory_order_acq_rel) == 1) {
    free(text);
  }
}

StringView source_text_view(const SourceText *text) {
  return (StringView){text->bytes, text->length};
}
