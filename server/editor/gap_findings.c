#include "server/editor/gap_findings.h"

#include "server/editor/diagnostics.h"

static Span line_span(StringView text, const LineIndex *lines, uint32_t line) {
  if (line == 0 || line > lines->count)
    return (Span){0, 0};
  StringView content = line_index_line(lines, text, line - 1);
  uint32_t start = lines->starts[line - 1], indent = 0;
  while (indent < content.length && (content.data[indent] == ' ' || content.data[indent] == '\t'))
    indent++;
  return (Span){start + indent, start + (uint32_t)content.length};
}

static int add(Vector *findings, DiagnosticCode code, Span span, StringView message) {
  Finding *finding = message.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = code, .span = span, .message = message.data};
  return 0;
}

static const char *plural(uint32_t count) {
  return count == 1 ? "" : "s";
}

static int add_range(const FunctionGapReport *gap, const LineRangeReport *range, StringView text,
                     const LineIndex *lines, Arena *arena, Vector *findings) {
  uint32_t count = range->last - range->first + 1;
  StringView name = string_view_is_absent(gap->function) ? SV("the module") : gap->function;
  Span span = line_span(text, lines, range->first);
  if (gap->lines_missing == gap->lines_total && gap->line > 0 && gap->line <= lines->count)
    return add(findings, DIAGNOSTIC_COVERAGE_GAP, line_span(text, lines, gap->line),
               arena_format(arena, "No test reaches %.*s: none of its %u lines ran; risk %s", SV_ARGUMENTS(name),
                            gap->lines_total, risk_names[gap->risk]));
  return add(findings, DIAGNOSTIC_COVERAGE_GAP, span,
             arena_format(arena, "No test reaches %s%u line%s of %.*s%s; %u of its %u lines are missing, risk %s",
                          count == 1 ? "this " : "these ", count, plural(count), SV_ARGUMENTS(name),
                          count == 1 ? "" : " from here on", gap->lines_missing, gap->lines_total,
                          risk_names[gap->risk]));
}

static int add_branch(const FunctionGapReport *gap, const BranchReport *branch, StringView text, const LineIndex *lines,
                      Arena *arena, Vector *findings) {
  StringView message =
      branch->target > 0 ? arena_format(arena, "No test takes the branch from here to line %u; risk %s", branch->target,
                                        risk_names[gap->risk])
                         : arena_format(arena, "No test leaves the function from here; risk %s", risk_names[gap->risk]);
  return add(findings, DIAGNOSTIC_COVERAGE_BRANCH_GAP, line_span(text, lines, branch->line), message);
}

// Branches out of lines that never ran say nothing that the lines do not say.
static bool is_missing_line(const FunctionGapReport *gap, uint32_t line) {
  const LineRangeReport *ranges = gap->ranges.items;
  for (size_t i = 0; i < gap->ranges.count; i++)
    if (line >= ranges[i].first && line <= ranges[i].last)
      return true;
  return false;
}

static int add_function(const FunctionGapReport *gap, StringView text, const LineIndex *lines, Arena *arena,
                        Vector *findings) {
  const LineRangeReport *ranges = gap->ranges.items;
  const BranchReport *branches = gap->branches.items;
  bool is_whole = gap->lines_missing == gap->lines_total;
  size_t range_count = is_whole && gap->ranges.count > 1 ? 1 : gap->ranges.count;
  int result = 0;
  for (size_t i = 0; i < range_count && result == 0; i++)
    result = add_range(gap, &ranges[i], text, lines, arena, findings);
  for (size_t i = 0; i < gap->branches.count && result == 0; i++)
    if (!is_missing_line(gap, branches[i].line))
      result = add_branch(gap, &branches[i], text, lines, arena, findings);
  return result;
}

static const FileGapReport *file_of(const Folder *folder, StringView path) {
  const FileGapReport *files = folder->gaps.files.items;
  for (size_t i = 0; i < folder->gaps.files.count; i++)
    if (string_view_equal(files[i].path, path))
      return &files[i];
  return NULL;
}

int gap_findings(const Folder *folder, StringView path, StringView text, const LineIndex *lines, Arena *arena,
                 Vector *ret_findings) {
  const FileGapReport *file = file_of(folder, path);
  if (!file)
    return 0;
  const MapValue *digest = map_get(&folder->gap_digests, path);
  bool is_stale = file->stale || (digest && (uint64_t)digest->number != string_view_hash(text));
  if (is_stale)  // lines have moved: marks in the wrong places would be worse than none
    return add(ret_findings, DIAGNOSTIC_COVERAGE_STALE, line_span(text, lines, 1),
               arena_format(arena,
                            "The file changed after its coverage was measured (%u of %u lines were missing): measure "
                            "again to see where",
                            file->lines_missing, file->lines_total));
  const FunctionGapReport *functions = file->functions.items;
  int result = 0;
  for (size_t i = 0; i < file->functions.count && result == 0; i++)
    result = add_function(&functions[i], text, lines, arena, ret_findings);
  return result;
}
