#include "server/editor/spec_findings.h"

#include "server/analyzer/measures.h"
#include "server/editor/spec_disagreements.h"
#include "server/editor/spec_requirements.h"
#include "server/generator/spec.h"
#include "server/services/findings.h"

#include <stdlib.h>
#include <string.h>

static int add(Vector *findings, DiagnosticCode code, Span span, const char *message, Arena *arena) {
  StringView copy = arena_copy(arena, string_view_from(message));
  Finding *finding = copy.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = code, .span = span, .message = copy.data};
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

// ---- Prohibited tools that no test speaks of ----

// By the measure that the score uses: a test of the category anti-cheat, or one that speaks of a prohibition, names it.
static bool is_tested_in(const FileAnalysis *analysis, StringView tool) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &definition_count);
  bool is_named = count > 0 && string_view_contains_word(analysis_text(analysis), tool);
  for (size_t i = 0; is_named && i < count; i++) {
    Span span = definitions[tests[i].definition].span;
    StringView text = string_view_slice(analysis_text(analysis), span.start, span.end);
    double coverage = 0;
    if (measure_anti_cheat(&tool, 1, &text, &tests[i].category, 1, &coverage) && coverage > 0)
      return true;
  }
  return false;
}

static int add_untested(const SpecProhibition *prohibition, FileAnalysis **files, size_t count, Arena *arena,
                        Vector *findings) {
  for (size_t i = 0; i < count; i++)
    if (is_tested_in(files[i], prohibition->tool))
      return 0;
  StringView message =
      arena_format(arena, "No test checks that %.*s stays unused, so a solution that uses it would pass",
                   SV_ARGUMENTS(prohibition->tool));
  return message.data ? add(findings, DIAGNOSTIC_PROHIBITED_TOOL_UNTESTED, prohibition->span, message.data, arena)
                      : ERROR_NO_MEMORY;
}

static int add_prohibitions(const Spec *spec, const WorkspaceIndex *index, const Settings *settings, Arena *arena,
                            Vector *findings) {
  if (!index || finding_severity(settings, DIAGNOSTIC_PROHIBITED_TOOL_UNTESTED) == SEVERITY_OFF)
    return 0;
  FileAnalysis **files;
  size_t count = workspace_index_files(index, arena, &files);
  int result = 0;
  for (size_t i = 0; i < spec->prohibited_count && result == 0; i++)
    result = add_untested(&spec->prohibited[i], files, count, arena, findings);
  return result;
}

int spec_findings(const Document *document, const WorkspaceIndex *index, const Settings *settings, Arena *arena,
                  Vector *ret_findings) {
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
    return add(ret_findings, DIAGNOSTIC_SPEC_ERROR, span, message, arena);
  }
  for (size_t i = 0; i < count && result == 0; i++)
    result = add(ret_findings, DIAGNOSTIC_SPEC_ERROR, problems[i].span, problems[i].message, arena);
  if (result == 0 && index && finding_severity(settings, DIAGNOSTIC_REQUIREMENT_GAP) != SEVERITY_OFF)
    result = spec_requirement_findings(&spec, index, arena, ret_findings);
  if (result == 0)
    result = disagreements_of_spec(document, &spec, arena, ret_findings);
  return result == 0 ? add_prohibitions(&spec, index, settings, arena, ret_findings) : result;
}
