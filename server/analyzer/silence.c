// Comments that silence findings: `# testgen: ignore` and `# testgen: ignore[code, code]` on the line of a finding or
// on the line that names the definition around it; `# testgen: ignore-file` and `# testgen: ignore-file[code]`
// anywhere.

#include "server/analyzer/analysis_internal.h"

#define SILENCES_MAX 10000u

static uint32_t line_start(StringView text, size_t offset) {
  while (offset > 0 && text.data[offset - 1] != '\n' && text.data[offset - 1] != '\r') {
    offset--;
  }
  return (uint32_t)offset;
}

static uint32_t line_end(StringView text, size_t offset) {
  while (offset < text.length && text.data[offset] != '\n' && text.data[offset] != '\r') {
    offset++;
  }
  return (uint32_t)offset;
}

// What follows "testgen:" in a comment. False when it is no such comment.
static bool silence_parse(StringView text, size_t mark, Silence *ret_silence) {
  size_t before = mark;
  while (before > 0 && (text.data[before - 1] == ' ' || text.data[before - 1] == '\t')) {
    before--;
  }
  if (before == 0 || text.data[before - 1] != '#') {
    return false;
  }
  Silence silence = {line_start(text, mark), line_end(text, mark), false, {0}};
  StringView rest = string_view_trim(string_view_slice(text, mark + SV("testgen:").length, silence.line_end));
  if (!string_view_starts_with(rest, SV("ignore"))) {
    return false;
  }
  rest = string_view_slice(rest, SV("ignore").length, rest.length);
  if (string_view_starts_with(rest, SV("-file"))) {
    silence.is_file = true;
    rest = string_view_slice(rest, SV("-file").length, rest.length);
  }
  if (string_view_starts_with(rest, SV("["))) {
    silence.codes = string_view_slice(rest, 1, string_view_find_byte(rest, ']'));
  }
  *ret_silence = silence;
  return true;
}

static void collect_silences(AnalysisBuild *build, Vector *silences) {
  StringView text = build->text;
  size_t offset = 0;
  for (;;) {
    size_t found = string_view_find(string_view_slice(text, offset, text.length), SV("testgen:"));
    if (offset + found >= text.length) {
      return;
    }
    Silence silence;
    if (silence_parse(text, offset + found, &silence) && !vector_push_copy(silences, &silence)) {
      build->failed = true;
      return;
    }
    offset += found + 1;
  }
}

static bool lists_code(StringView codes, const char *code) {
  StringView piece;
  while (string_view_next(&codes, ',', &piece)) {
    if (string_view_equal_text(string_view_trim(piece), code)) {
      return true;
    }
  }
  return false;
}

static bool is_on_line(const Silence *silence, uint32_t offset) {
  return offset >= silence->line_start && offset <= silence->line_end;
}

static bool is_on_definition_line(const FileAnalysis *analysis, const Silence *silence, uint32_t offset) {
  for (size_t i = 0; i < analysis->definition_count; i++) {
    const Definition *definition = &analysis->definitions[i];
    if (offset >= definition->span.start && offset < definition->span.end &&
        is_on_line(silence, definition->name_span.start)) {
      return true;
    }
  }
  return false;
}

bool analysis_is_silenced(const FileAnalysis *analysis, DiagnosticCode code, uint32_t offset) {
  for (size_t i = 0; i < analysis->silence_count; i++) {
    const Silence *silence = &analysis->silences[i];
    bool fits = string_view_is_absent(silence->codes) || lists_code(silence->codes, diagnostic_row(code)->code);
    if (fits && (silence->is_file || is_on_line(silence, offset) || is_on_definition_line(analysis, silence, offset))) {
      return true;
    }
  }
  return false;
}

void silences_read(AnalysisBuild *build) {
  Vector silences;
  vector_init(&silences, sizeof(Silence), SILENCES_MAX);
  collect_silences(build, &silences);
  FileAnalysis *analysis = build->analysis;
  analysis->silences = vector_to_arena(&silences, &analysis->arena, &analysis->silence_count);
  build->failed |= silences.count > 0 && !analysis->silences;
  vector_finish(&silences);
}

void findings_silence(AnalysisBuild *build) {
  size_t kept = 0;
  for (size_t i = 0; i < build->findings.count; i++) {
    Finding finding = *(Finding *)vector_at(&build->findings, i);
    if (!analysis_is_silenced(build->analysis, finding.code, finding.span.start)) {
      *(Finding *)vector_at(&build->findings, kept++) = finding;
    }
  }
  vector_truncate(&build->findings, kept);
}
