// Which mutants are judged: those of the targets, on the changed lines.
#include "server/mutation/mutants.h"
#include "server/services/changes.h"
#include "server/services/evidence.h"
#include "server/services/mutate_internal.h"
#include "server/services/mutated_functions.h"

#include <string.h>

#define TEXT_SHOWN 200u   // bytes of what stood there that the report shows
#define TARGETS_SHOWN 5u  // in the report; of more there is a count

// ---- Targets ----

static int find_target(MutateWork *work, StringView text, MutateTarget *ret_target) {
  size_t colons = string_view_find(text, SV("::"));
  *ret_target = (MutateTarget){0};
  if (!string_view_is_absent(text) && colons < text.length)
    ret_target->symbol = string_view_slice(text, colons + 2, text.length);
  StringView path = string_view_is_absent(text) ? text : string_view_slice(text, 0, colons);
  return report_scope(work->context->workspace, path, work->arena, &ret_target->scope, work->ret_error);
}

static int describe_targets(MutateWork *work) {
  const MutateTarget *targets = work->targets.items;
  size_t count = work->targets.count;
  StringView text = {0};
  for (size_t i = 0; i < count && i < TARGETS_SHOWN; i++) {
    StringView scope = targets[i].scope.length > 0 ? targets[i].scope : SV(".");
    text = arena_format(work->arena, "%.*s%s%.*s%s%.*s", SV_ARGUMENTS(text), i > 0 ? ", " : "", SV_ARGUMENTS(scope),
                        targets[i].symbol.length > 0 ? "::" : "", SV_ARGUMENTS(targets[i].symbol));
  }
  if (count > TARGETS_SHOWN)
    text = arena_format(work->arena, "%.*s and %zu more", SV_ARGUMENTS(text), count - TARGETS_SHOWN);
  work->report.target = text;
  return text.data ? 0 : report_out_of_memory(work->ret_error);
}

int mutate_find_targets(MutateWork *work) {
  const MutateParams *params = work->params;
  const StringView *more = params->targets.items;
  bool has_first = !string_view_is_absent(params->target) || params->targets.count == 0;
  size_t count = params->targets.count + has_first;
  MutateTarget *targets = arena_allocate_array(work->arena, count, sizeof *targets);
  int result = targets ? 0 : report_out_of_memory(work->ret_error);
  for (size_t i = 0; i < count && result == 0; i++)
    result = find_target(work, i == 0 && has_first ? params->target : more[i - has_first], &targets[i]);
  work->targets = (JsonArray){targets, count};
  return result == 0 ? describe_targets(work) : result;
}

// "Stack.push" lies in "Stack".
static bool is_in_symbol(StringView symbol, StringView function) {
  return string_view_is_absent(symbol) || string_view_equal(function, symbol) ||
         (string_view_starts_with(function, symbol) && function.data[symbol.length] == '.');
}

// Every target that a mutant lies in is remembered to have one.
static bool is_wanted(MutateWork *work, StringView path, StringView function) {
  MutateTarget *targets = work->targets.items;
  bool is_in_some = false;
  for (size_t i = 0; i < work->targets.count; i++) {
    if (!report_in_scope(targets[i].scope, path) || !is_in_symbol(targets[i].symbol, function))
      continue;
    targets[i].has_match = true;
    is_in_some = true;
  }
  return is_in_some;
}

static bool is_wanted_file(const MutateWork *work, const ScannedFile *file) {
  const MutateTarget *targets = work->targets.items;
  for (size_t i = 0; i < work->targets.count; i++)
    if (evidence_is_changeable(&(EvidenceTarget){.scope = targets[i].scope}, file))
      return true;
  return false;
}

// "; shop.py cannot be parsed: there is a syntax error in line 1, column 11", of the first such file. Absent: there is
// none.
static StringView broken_file(const MutateWork *work, StringView scope) {
  for (size_t i = 0; i < work->scan.count; i++) {
    const ScannedFile *file = &work->scan.files[i];
    const LineIndex *lines = analysis_lines(file->analysis);
    size_t count = 0;
    const Finding *findings = analysis_findings(file->analysis, &count);
    for (size_t k = 0; k < count && report_in_scope(scope, file->path); k++) {
      if (findings[k].code != DIAGNOSTIC_SYNTAX_ERROR)
        continue;
      Position place =
          position_from_offset(lines, analysis_text(file->analysis), POSITION_UTF32, findings[k].span.start);
      return arena_format(work->arena, "; %.*s cannot be parsed: there is a syntax error in line %u, column %u",
                          SV_ARGUMENTS(file->path), place.line + 1, place.character + 1);
    }
  }
  return (StringView){0};
}

static int check_targets(MutateWork *work) {
  const MutateTarget *targets = work->targets.items;
  for (size_t i = 0; i < work->targets.count; i++) {
    const MutateTarget *target = &targets[i];
    if (target->has_match || (work->params->background && work->unsaved.length == 0))
      continue;  // nobody asked for it by name: a function in which nothing can be changed is no mistake
    StringView scope = target->scope.length > 0 ? target->scope : SV("."), broken = broken_file(work, target->scope);
    if (work->unsaved.length > 0 && report_in_scope(target->scope, work->unsaved))
      return error_set(work->ret_error, ERROR_CONFLICT,
                       "%.*s differs from the file on disk, which is what tests run: "
                       "save it first",
                       SV_ARGUMENTS(work->unsaved));
    return error_set(work->ret_error, ERROR_NOT_FOUND, "there is nothing to mutate in %.*s%s%.*s%.*s",
                     SV_ARGUMENTS(scope), target->symbol.length > 0 ? ": it has no code called " : "",
                     SV_ARGUMENTS(target->symbol), SV_ARGUMENTS(broken));
  }
  return 0;
}

// ---- Mutants ----

static StringView shown(const MutateWork *work, StringView text) {
  size_t length = text.length < TEXT_SHOWN ? text.length : TEXT_SHOWN;
  while (length < text.length && length > 0 && ((unsigned char)text.data[length] & 0xC0) == 0x80)
    length--;  // not in the middle of a character
  return arena_copy(work->arena, string_view_slice(text, 0, length));
}

static int ask_choice(MutateWork *work, const Snapshot *snapshot, const Candidate *candidate, bool *ret_wanted) {
  const MutantChoice *choice = work->choice;
  Range place = range_from_offsets(snapshot_lines(snapshot), snapshot_text(snapshot), POSITION_UTF16, candidate->start,
                                   candidate->end);
  return choice->wants(choice->user, &candidate->report, place, ret_wanted, work->ret_error);
}

static int add_mutant(MutateWork *work, const ScannedFile *file, const Snapshot *snapshot, const Mutant *mutant) {
  StringView text = snapshot_text(snapshot);
  Range range = range_from_offsets(snapshot_lines(snapshot), text, POSITION_UTF32, mutant->start, mutant->end);
  Candidate candidate = {
      .report =
          {
              .path = file->path,
              .line = range.start.line + 1,
              .column = range.start.character + 1,
              .end_line = range.end.line + 1,
              .end_column = range.end.character + 1,
              .function = mutant->function.length > 0 ? mutant->function : (StringView){0},
              .operator= string_view_from(mutant->operator_name),
              .original = shown(work, string_view_slice(text, mutant->start, mutant->end)),
              .replacement = mutant->replacement,
              .status = MUTANT_PENDING,
          },
      .start = mutant->start,
      .end = mutant->end,
  };
  bool is_chosen = true;
  int result = candidate.report.original.data ? 0 : report_out_of_memory(work->ret_error);
  if (result == 0 && work->choice)
    result = ask_choice(work, snapshot, &candidate, &is_chosen);
  if (result < 0 || !is_chosen)
    return result;
  return vector_push_copy(&work->candidates, &candidate) ? 0 : report_out_of_memory(work->ret_error);
}

static int add_file(MutateWork *work, SyntaxParser *parser, const ScannedFile *file) {
  Snapshot *snapshot = NULL;
  Mutant *mutants = NULL;
  size_t count = 0;
  int result = snapshot_create(parser, analysis_text(file->analysis), &snapshot, work->ret_error);
  if (result == 0)
    result = mutants_find(snapshot, work->arena, &mutants, &count, work->ret_error);
  for (size_t i = 0; i < count && result == 0; i++)
    if (is_wanted(work, file->path, mutants[i].function))
      result = add_mutant(work, file, snapshot, &mutants[i]);
  snapshot_release(snapshot);
  return result;
}

// The tests run what lies on disk.
static int leave_unsaved(MutateWork *work, StringView path) {
  work->unsaved = path;
  return report_note(&work->notes, work->arena, work->ret_error,
                     "%.*s was left out: it differs from the file on disk, which is what tests run; save it first",
                     SV_ARGUMENTS(path));
}

static int find_mutants(MutateWork *work) {
  SyntaxParser *parser = NULL;
  int result = syntax_parser_create(language_at(0), &parser, work->ret_error);
  for (size_t i = 0; i < work->scan.count && result == 0; i++) {
    const ScannedFile *file = &work->scan.files[i];
    if (is_wanted_file(work, file))
      result = workspace_is_saved(work->context->workspace, file->path) ? add_file(work, parser, file)
                                                                        : leave_unsaved(work, file->path);
  }
  syntax_parser_destroy(parser);
  return result == 0 && !work->choice ? check_targets(work) : result;
}

// ---- Functions ----

static int add_function(MutateWork *work, const ScannedFile *file, int index) {
  size_t count;
  char digest[FUNCTION_DIGEST_SIZE];
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  Span span = mutated_function_span(file->analysis, index);
  Range range = range_from_offsets(analysis_lines(file->analysis), analysis_text(file->analysis), POSITION_UTF32,
                                   span.start, span.end);
  mutated_function_digest(file->analysis, index, digest);
  MutatedFunctionReport report = {
      .path = file->path,
      .function = index >= 0 ? arena_copy(work->arena, definitions[index].qualified_name) : (StringView){0},
      .line = range.start.line + 1,
      .column = range.start.character + 1,
      .end_line = range.end.line + 1,
      .digest = arena_copy(work->arena, string_view_from(digest)),
  };
  bool is_fine = report.digest.data && (index < 0 || report.function.data);
  return is_fine && vector_push_copy(&work->functions, &report) ? 0 : report_out_of_memory(work->ret_error);
}

typedef struct FunctionRows {
  const ScannedFile *file;
  uint32_t *rows;  // by definition, and last the code outside functions: 1 + index into `functions`; 0: none yet
  size_t count;    // of definitions
} FunctionRows;

static int row_of(MutateWork *work, FunctionRows *rows, int definition, uint32_t *ret_row) {
  uint32_t *row = &rows->rows[definition >= 0 ? (size_t)definition : rows->count];
  int result = *row == 0 ? add_function(work, rows->file, definition) : 0;
  if (*row == 0)
    *row = (uint32_t)work->functions.count;
  *ret_row = *row - 1;
  return result;
}

// Of what reaches a function somebody may want to know before the function is mutated itself.
static int add_all_functions(MutateWork *work, FunctionRows *rows) {
  uint32_t row;
  const Definition *definitions = analysis_definitions(rows->file->analysis, &rows->count);
  int result = 0;
  for (size_t i = 0; i < rows->count && result == 0; i++)
    if (definitions[i].kind != DEFINITION_CLASS && !definitions[i].is_nested)
      result = row_of(work, rows, (int)i, &row);
  return result;
}

static int begin_file(MutateWork *work, StringView path, FunctionRows *rows) {
  uint32_t row;
  rows->file = scan_find(&work->scan, path);
  analysis_definitions(rows->file->analysis, &rows->count);
  rows->rows = arena_allocate_array(work->arena, rows->count + 1, sizeof *rows->rows);
  int result = rows->rows ? row_of(work, rows, -1, &row) : report_out_of_memory(work->ret_error);
  return result == 0 && work->params->reach ? add_all_functions(work, rows) : result;
}

// Fills `functions`, one file's before the next one's: first what lies outside functions, then they by place.
static int find_functions(MutateWork *work) {
  FunctionRows rows = {0};
  int result = 0;
  for (size_t i = 0; i < work->candidates.count && result == 0; i++) {
    Candidate *candidate = vector_at(&work->candidates, i);
    if (!rows.file || !string_view_equal(rows.file->path, candidate->report.path))
      result = begin_file(work, candidate->report.path, &rows);
    if (result == 0)
      result = row_of(work, &rows, mutated_function_at(rows.file->analysis, candidate->start), &candidate->function);
    if (result == 0)
      ((MutatedFunctionReport *)vector_at(&work->functions, candidate->function))->mutants++;
  }
  return result;
}

// ---- Changes ----

static int keep_changed(MutateWork *work, StringView revision, const char *where, JsonArray changes) {
  Candidate *candidates = work->candidates.data;
  size_t kept = 0, total = work->candidates.count;
  for (size_t i = 0; i < total; i++) {
    const MutantReport *report = &candidates[i].report;
    if (changes_touch(changes, report->path, report->line, report->end_line))
      candidates[kept++] = candidates[i];
  }
  vector_truncate(&work->candidates, kept);
  return report_note(&work->notes, work->arena, work->ret_error, "%zu of %zu mutants lie %s since %.*s", kept, total,
                     where, SV_ARGUMENTS(revision));
}

static int select_changed(MutateWork *work) {
  const MutateParams *params = work->params;
  JsonArray changes = {0};
  int result = 0;
  if (!string_view_is_absent(params->diff)) {
    result = changes_of_lines(work->context, params->diff, work->arena, &changes, work->ret_error);
    if (result == 0)
      result = keep_changed(work, params->diff, "on lines that changed", changes);
  }
  if (result == 0 && !string_view_is_absent(params->since)) {
    result = changes_of_files(work->context, params->since, work->arena, &changes, work->ret_error);
    if (result == 0)
      result = keep_changed(work, params->since, "in files that changed", changes);
  }
  return result;
}

int mutate_select(MutateWork *work) {
  int result = find_mutants(work);
  if (result == 0)
    result = select_changed(work);
  if (result == 0)
    result = mutate_sample(work);
  return result == 0 ? find_functions(work) : result;
}
