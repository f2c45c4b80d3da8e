#include "server/editor/spec_findings.h"

#include "server/generator/spec.h"

#include <stdlib.h>
#include <string.h>

static int add(Vector *findings, Span span, const char *message, Arena *arena) {
  StringView copy = arena_copy(arena, string_view_from(message));
  Finding *finding = copy.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = DIAGNOSTIC_SPEC_ERROR, .span = span, .message = copy.data};
  return 0;
}

// "path:line:column: message": the place back as an offset, and the message alone.
static Span place_of(const char *message, const LineIndex *lines, StringView path, const char **ret_message) {
  const char *rest = message;
  *ret_message = message;
  if (strncmp(rest, path.data, path.length) == 0 && rest[path.length] == ':')
    rest += path.length + 1;
  char *end;
  unsigned long line = strtoul(rest, &end, 10);
  if (end == rest || *end != ':' || line == 0 || line > lines->count)
    return (Span){0, 0};
  unsigned long column = strtoul(end + 1, &end, 10);
  if (strncmp(end, ": ", 2) != 0)
    return (Span){0, 0};
  *ret_message = end + 2;
  uint32_t offset = lines->starts[line - 1] + (uint32_t)(column > 0 ? column - 1 : 0);
  return (Span){offset, offset + 1};
}

int spec_findings(const Document *document, Arena *arena, Vector *ret_findings) {
  Spec spec;
  SpecProblem *problems = NULL;
  size_t count = 0;
  Error error = {0};
  int result = spec_parse(document->relative, document_text(document), arena, &spec, &problems, &count, &error);
  if (result == ERROR_NO_MEMORY)
    return result;
  if (result < 0) {
    const char *message;
    Span span = place_of(error.message, document_lines(document), document->relative, &message);
    return add(ret_findings, span, message, arena);
  }
  for (size_t i = 0; i < count && result == 0; i++)
    result = add(ret_findings, problems[i].span, problems[i].message, arena);
  return result;
}
