#include "server/services/mutated_functions.h"

#include <inttypes.h>
#include <stdio.h>

int mutated_function_at(const FileAnalysis *analysis, uint32_t offset) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  int index = analysis_definition_at(analysis, offset);
  while (index >= 0 && definitions[index].is_nested)
    index = definitions[index].parent;
  return index >= 0 && definitions[index].kind != DEFINITION_CLASS ? index : -1;
}

Span mutated_function_span(const FileAnalysis *analysis, int function) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  return function >= 0 ? definitions[function].span : (Span){0, (uint32_t)analysis_text(analysis).length};
}

void mutated_function_digest(const FileAnalysis *analysis, int function, char ret_digest[FUNCTION_DIGEST_SIZE]) {
  Span span = mutated_function_span(analysis, function);
  StringView text = string_view_slice(analysis_text(analysis), span.start, span.end);
  snprintf(ret_digest, FUNCTION_DIGEST_SIZE, "%016" PRIx64, string_view_hash(text));
}
