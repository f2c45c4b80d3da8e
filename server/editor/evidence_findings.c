#include "server/editor/evidence_findings.h"

#include "protocol/testgen/vocabulary.h"
#include "server/editor/spec_disagreements.h"
#include "server/services/evidence.h"

#define REPORT_BYTES_MAX (64u << 20)
#define HOVER_BYTES_MAX 16384u

// By way of JSON: the tables know every member.
bool evidence_copy_report(const JsonType *type, const void *report, Arena *arena, void *ret_copy) {
  Buffer text;
  JsonWriter writer;
  JsonValue value;
  buffer_init(&text, REPORT_BYTES_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, type, report);
  arena_finish(arena);
  bool is_copied = text.failure == 0 && json_parse(buffer_view(&text), arena, &value, NULL) == 0 &&
                   json_decode(type, &value, arena, ret_copy, NULL) == 0;
  buffer_finish(&text);
  return is_copied;
}

void evidence_keep_boundary(FolderEvidence *evidence, const BoundaryReport *report) {
  if (!evidence_copy_report(&boundary_report_type, report, &evidence->boundary_arena, &evidence->boundary))
    evidence->boundary = (BoundaryReport){0};
}

void evidence_keep_cheats(FolderEvidence *evidence, const CheatsReport *report) {
  if (!evidence_copy_report(&cheats_report_type, report, &evidence->cheats_arena, &evidence->cheats))
    evidence->cheats = (CheatsReport){0};
}

void evidence_finish(FolderEvidence *evidence) {
  disagreements_finish(evidence);
  arena_finish(&evidence->cheats_arena);
  evidence->cheats = (CheatsReport){0};
  arena_finish(&evidence->boundary_arena);
  evidence->boundary = (BoundaryReport){0};
}

// ---- Places ----

static bool is_the_same(const FileAnalysis *analysis, int function, StringView digest, Arena *arena) {
  StringView now = evidence_digest(analysis, function, arena);
  return now.data && string_view_equal(now, digest);
}

// Where the text now stands that the evidence is about. False when it is not there any more.
static bool find_text(const FileAnalysis *analysis, StringView function, StringView digest, Arena *arena,
                      int *ret_function) {
  size_t count = 0;
  const Definition *definitions = analysis_definitions(analysis, &count);
  *ret_function = -1;
  if (string_view_is_absent(function))
    return is_the_same(analysis, -1, digest, arena);
  for (size_t i = 0; i < count; i++) {
    *ret_function = (int)i;
    if (definitions[i].kind != DEFINITION_CLASS && string_view_equal(definitions[i].qualified_name, function) &&
        is_the_same(analysis, (int)i, digest, arena))
      return true;
  }
  return false;
}

// ---- Boundaries ----

static void drop_lead(Vector *findings, DiagnosticCode code, Span span) {
  size_t kept = 0;
  for (size_t i = 0; i < findings->count; i++) {
    Finding finding = *(Finding *)vector_at(findings, i);
    bool is_it =
        finding.code == code && !finding.is_proven && finding.span.start <= span.start && finding.span.end >= span.end;
    if (!is_it)
      *(Finding *)vector_at(findings, kept++) = finding;
  }
  vector_truncate(findings, kept);
}

// One value away from tested is less of a gap than none on the boundary. Of what no test evaluates, a boundary that is
// no constant says nothing that the coverage does not say.
static bool is_gap(const ComparisonReport *comparison, bool *ret_is_proven) {
  *ret_is_proven = comparison->verdict != BOUNDARY_ONLY_ON;
  return comparison->verdict == BOUNDARY_NOT_ON || comparison->verdict == BOUNDARY_ONLY_ON ||
         (comparison->verdict == BOUNDARY_NEVER && comparison->is_boundary_constant);
}

static int add_comparison(const ComparisonReport *comparison, const FileAnalysis *analysis, Arena *arena,
                          Vector *findings) {
  int function;
  bool is_proven;
  if (!find_text(analysis, comparison->function, comparison->digest, arena, &function))
    return 0;
  uint32_t start = evidence_span(analysis, function).start + comparison->offset;
  Span span = {start, start + comparison->length};
  drop_lead(findings, DIAGNOSTIC_BOUNDARY_LEAD, span);
  if (!is_gap(comparison, &is_proven))
    return 0;
  StringView sentence = boundary_sentence(comparison, arena);
  StringView message = arena_format(arena, "`%.*s`: %.*s", SV_ARGUMENTS(comparison->text), SV_ARGUMENTS(sentence));
  Finding *finding = message.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = DIAGNOSTIC_BOUNDARY_LEAD, .span = span, .message = message.data, .is_proven = is_proven};
  return 0;
}

// ---- Cheats ----

// A table that passes proves the lead of the examples; the others have codes of their own.
static DiagnosticCode code_of(CheatKind kind) {
  switch (kind) {
  case CHEAT_REMOVED_BODY: return DIAGNOSTIC_PSEUDO_TESTED;
  case CHEAT_EQUAL_OBJECT: return DIAGNOSTIC_EQUALITY_ONLY;
  case CHEAT_LOOKUP_TABLE: return DIAGNOSTIC_LITERAL_ORACLES_ONLY;
  default: return DIAGNOSTIC_CHEAT_PASSES;
  }
}

static int add_cheat(const CheatedFunctionReport *function, const CheatReport *cheat, Span span, Arena *arena,
                     Vector *findings) {
  DiagnosticCode code = code_of((CheatKind)cheat->cheat);
  drop_lead(findings, code, span);
  StringView sentence = cheat_sentence(function, cheat, arena);
  StringView message = arena_format(arena, "`%.*s`: %.*s", SV_ARGUMENTS(function->function), SV_ARGUMENTS(sentence));
  Finding *finding = message.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding =
      (Finding){.code = code, .span = span, .message = message.data, .is_proven = code != DIAGNOSTIC_EQUALITY_ONLY};
  return 0;
}

static int add_function(const CheatedFunctionReport *function, const FileAnalysis *analysis, Arena *arena,
                        Vector *findings) {
  const CheatReport *cheats = function->cheats.items;
  size_t count = 0;
  int index, result = 0;
  if (!find_text(analysis, function->function, function->digest, arena, &index))
    return 0;
  Span span = analysis_definitions(analysis, &count)[index].name_span;
  for (size_t i = 0; i < function->cheats.count && result == 0; i++)
    if (cheats[i].gap)
      result = add_cheat(function, &cheats[i], span, arena, findings);
  return result;
}

static void write_cheats(const CheatedFunctionReport *function, Arena *arena, Buffer *text) {
  const CheatReport *cheats = function->cheats.items;
  if (function->memorisation_index.present)
    buffer_append_format(text, "Memorised by %lld of its recorded calls; complexity %u.\n\n",
                         (long long)function->memorisation_index.value, function->complexity);
  for (size_t i = 0; i < function->cheats.count; i++) {
    if (!cheats[i].gap)
      continue;
    StringView sentence = cheat_sentence(function, &cheats[i], arena);
    buffer_append_format(text, "A cheat passes: %.*s\n\n```python\n%.*s```\n\n", SV_ARGUMENTS(sentence),
                         SV_ARGUMENTS(cheats[i].code));
  }
}

StringView evidence_hover(const FolderEvidence *evidence, const FileAnalysis *analysis, int function, Arena *arena) {
  const CheatedFunctionReport *functions = evidence->cheats.functions.items;
  size_t count = 0;
  StringView name = analysis_definitions(analysis, &count)[function].qualified_name;
  Buffer text;
  buffer_init(&text, HOVER_BYTES_MAX);
  for (size_t i = 0; i < evidence->cheats.functions.count; i++)
    if (string_view_equal(functions[i].path, analysis_path(analysis)) &&
        string_view_equal(functions[i].function, name) && is_the_same(analysis, function, functions[i].digest, arena))
      write_cheats(&functions[i], arena, &text);
  bool is_written = text.length > 0 && text.failure == 0;
  StringView copy = is_written ? arena_copy(arena, buffer_view(&text)) : (StringView){0};
  buffer_finish(&text);
  return copy;
}

// ---- Both ----

int evidence_findings(const FolderEvidence *evidence, const FileAnalysis *analysis, Arena *arena, Vector *findings) {
  const ComparisonReport *comparisons = evidence->boundary.comparisons.items;
  const CheatedFunctionReport *functions = evidence->cheats.functions.items;
  StringView path = analysis_path(analysis);
  int result = 0;
  for (size_t i = 0; i < evidence->boundary.comparisons.count && result == 0; i++)
    if (string_view_equal(comparisons[i].path, path))
      result = add_comparison(&comparisons[i], analysis, arena, findings);
  for (size_t i = 0; i < evidence->cheats.functions.count && result == 0; i++)
    if (string_view_equal(functions[i].path, path))
      result = add_function(&functions[i], analysis, arena, findings);
  return result == 0 ? disagreements_of_source(evidence, analysis, arena, findings) : result;
}
