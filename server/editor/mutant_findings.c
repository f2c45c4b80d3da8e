#include "server/editor/mutant_findings.h"

#include "protocol/json/field.h"
#include "server/base/clock.h"
#include "server/services/findings.h"

#include <string.h>

#define SHOWN_MAX 100000u     // survivors of a file
#define TEXT_MAX 80u          // bytes of code in a message
#define DIFF_LINES_MAX 20u    // that the hover shows of a change
#define DIFF_MAX 16384u       // bytes of it
#define SURVIVORS_LISTED 10u  // in the hover of a function

// ---- Places ----

// A survivor where it is now.
typedef struct Shown {
  const FunctionEvidence *evidence;
  const MutantReport *mutant;
  int function;  // index of the definition; -1: outside functions
  Span span;
  uint32_t line;  // 0-based
} Shown;

// The function's text is what it was, but it may have moved: its lines all alike, its columns only where it begins.
static uint32_t offset_now(const FileAnalysis *analysis, const MutatedFunctionReport *then, Position begin,
                           uint32_t line, uint32_t column) {
  bool is_first = line == then->line;
  Position place = {begin.line + (line - then->line), column - 1};
  if (is_first)
    place.character = column - then->column + begin.character;
  return position_to_offset(analysis_lines(analysis), analysis_text(analysis), POSITION_UTF32, place, NULL);
}

static Span span_now(const FileAnalysis *analysis, const FunctionEvidence *evidence, int function,
                     const MutantReport *mutant) {
  const MutatedFunctionReport *then = &evidence->function;
  Span span = mutated_function_span(analysis, function);
  Position begin = position_from_offset(analysis_lines(analysis), analysis_text(analysis), POSITION_UTF32, span.start);
  return (Span){offset_now(analysis, then, begin, mutant->line, mutant->column),
                offset_now(analysis, then, begin, mutant->end_line, mutant->end_column)};
}

static bool is_operator(const MutantReport *mutant, const char *name) {
  return string_view_equal_text(mutant->operator, name);
}

// Which of several survivors of a line tells most: the lowest.
static int rank_of(const MutantReport *mutant) {
  static const char *const first[] = {"removed-body", "relational", "condition", "return", "removed-statement"};
  for (size_t i = 0; i < sizeof first / sizeof *first; i++)
    if (string_view_equal_text(mutant->operator, first[i]))
      return (int)i;
  return (int)(sizeof first / sizeof *first);
}

static int add_shown(Vector *list, const Shown *shown) {
  for (size_t i = list->count; i-- > 0;) {
    Shown *other = vector_at(list, i);
    if (other->line != shown->line)
      continue;
    if (rank_of(shown->mutant) < rank_of(other->mutant))
      *other = *shown;
    return 0;
  }
  return vector_push_copy(list, shown) ? 0 : ERROR_NO_MEMORY;
}

// Where the whole body can go, every other survivor says less.
static const MutantReport *removed_body_of(const FunctionEvidence *evidence) {
  for (size_t i = 0; i < evidence->survivors.count; i++) {
    const MutantReport *mutant = vector_at(&evidence->survivors, i);
    if (is_operator(mutant, "removed-body"))
      return mutant;
  }
  return NULL;
}

static int add_function(const Folder *folder, const FileAnalysis *analysis, int function, Vector *list) {
  const FunctionEvidence *evidence = evidence_find(folder, analysis, function);
  const MutantReport *body = evidence ? removed_body_of(evidence) : NULL;
  int result = 0;
  for (size_t i = 0; evidence && i < evidence->survivors.count && result == 0; i++) {
    if (body && vector_at(&evidence->survivors, i) != body)
      continue;
    Shown shown = {.evidence = evidence, .mutant = vector_at(&evidence->survivors, i), .function = function};
    shown.span = span_now(analysis, evidence, function, shown.mutant);
    shown.line = line_index_line_of(analysis_lines(analysis), shown.span.start);
    result = add_shown(list, &shown);
  }
  return result;
}

// Shown items of a file: one per line.
static int find_shown(const Folder *folder, const FileAnalysis *analysis, Vector *list) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  vector_init(list, sizeof(Shown), SHOWN_MAX);
  int result = add_function(folder, analysis, -1, list);
  for (size_t i = 0; i < count && result == 0; i++)
    if (definitions[i].kind != DEFINITION_CLASS && !definitions[i].is_nested)
      result = add_function(folder, analysis, (int)i, list);
  return result;
}

// ---- Words ----

static bool is_left_out(const MutantReport *mutant) {
  return string_view_starts_with(mutant->operator, SV("removed-"));
}

static const Comparison *comparison_around(const FileAnalysis *analysis, int function, Span span) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t i = 0; function >= 0 && i < definitions[function].comparison_count; i++) {
    const Comparison *comparison = &definitions[function].comparisons[i];
    if (comparison->span.start <= span.start && span.end <= comparison->span.end)
      return comparison;
  }
  return NULL;
}

// The code around the change that a message quotes: the comparison, else what stands on its lines.
static Span context_of(const FileAnalysis *analysis, const Shown *shown) {
  const Comparison *comparison = comparison_around(analysis, shown->function, shown->span);
  if (comparison)
    return comparison->span;
  StringView text = analysis_text(analysis);
  const LineIndex *lines = analysis_lines(analysis);
  uint32_t last = line_index_line_of(lines, shown->span.end > shown->span.start ? shown->span.end - 1 : 0);
  uint32_t start = lines->starts[shown->line];
  uint32_t end = lines->starts[last] + (uint32_t)line_index_line(lines, text, last).length;
  while (start < shown->span.start && (text.data[start] == ' ' || text.data[start] == '\t'))
    start++;
  return (Span){start, end};
}

// On one line and not too long.
static StringView quote(Arena *arena, StringView text) {
  size_t length = string_view_find_byte(text, '\n');
  if (length > TEXT_MAX)
    length = TEXT_MAX;
  while (length > 0 && length < text.length && ((unsigned char)text.data[length] & 0xC0) == 0x80)
    length--;
  StringView shown = string_view_trim(string_view_slice(text, 0, length));
  return arena_format(arena, "%.*s%s", SV_ARGUMENTS(shown), length < text.length ? " ..." : "");
}

static StringView changed_text(const FileAnalysis *analysis, const Shown *shown, Span context, Arena *arena) {
  StringView text = analysis_text(analysis);
  StringView before = string_view_slice(text, context.start, shown->span.start);
  StringView after = string_view_slice(text, shown->span.end, context.end);
  return arena_format(arena, "%.*s%.*s%.*s", SV_ARGUMENTS(before), SV_ARGUMENTS(shown->mutant->replacement),
                      SV_ARGUMENTS(after));
}

// "`total >= 100` becomes `total > 100`"
static StringView describe_change(const FileAnalysis *analysis, const Shown *shown, Arena *arena) {
  StringView text = analysis_text(analysis);
  Span span = shown->span;
  if (is_operator(shown->mutant, "removed-body"))
    return arena_format(arena, "the body of `%.*s` is left out", SV_ARGUMENTS(shown->mutant->function));
  if (is_left_out(shown->mutant))
    return arena_format(arena, "`%.*s` is left out",
                        SV_ARGUMENTS(quote(arena, string_view_slice(text, span.start, span.end))));
  Span context = context_of(analysis, shown);
  StringView before = quote(arena, string_view_slice(text, context.start, context.end));
  StringView after = quote(arena, changed_text(analysis, shown, context, arena));
  return arena_format(arena, "`%.*s` becomes `%.*s`", SV_ARGUMENTS(before), SV_ARGUMENTS(after));
}

// What ran with it: what acts at import time is judged with all tests that ran, whatever they reach.
static StringView describe_tests(const MutantReport *mutant, Arena *arena) {
  uint32_t count = mutant->tests_run;
  return string_view_equal_text(mutant->way, "import")
             ? arena_format(arena, "%u test%s pass%s with it", count, report_plural(count), count == 1 ? "es" : "")
             : arena_format(arena, "%u test%s reach%s this line", count, report_plural(count), count == 1 ? "es" : "");
}

static StringView message_of(const FileAnalysis *analysis, const Shown *shown, Arena *arena) {
  StringView change = describe_change(analysis, shown, arena);
  StringView tests = describe_tests(shown->mutant, arena);
  return arena_format(arena, "No test notices when %.*s; %.*s.", SV_ARGUMENTS(change), SV_ARGUMENTS(tests));
}

static void write_diff_side(Buffer *diff, const char *sign, StringView text) {
  StringView line;
  for (uint32_t i = 0; string_view_next(&text, '\n', &line); i++) {
    if (i == DIFF_LINES_MAX) {
      buffer_append_format(diff, "%s...\n", sign);
      return;
    }
    buffer_append_format(diff, "%s%.*s\n", sign, SV_ARGUMENTS(line));
  }
}

// The whole lines of the change, before and after.
static StringView diff_of(const FileAnalysis *analysis, const Shown *shown, Arena *arena) {
  StringView text = analysis_text(analysis);
  const LineIndex *lines = analysis_lines(analysis);
  uint32_t last = line_index_line_of(lines, shown->span.end > shown->span.start ? shown->span.end - 1 : 0);
  Span whole = {lines->starts[shown->line], lines->starts[last] + (uint32_t)line_index_line(lines, text, last).length};
  Buffer diff;
  buffer_init(&diff, DIFF_MAX);
  write_diff_side(&diff, "- ", string_view_slice(text, whole.start, whole.end));
  write_diff_side(&diff, "+ ", changed_text(analysis, shown, whole, arena));
  StringView copy = diff.failure == 0 ? arena_copy(arena, buffer_view(&diff)) : SV("");
  buffer_finish(&diff);
  return copy;
}

// ---- Findings ----

// The test of a node id: "tests/test_a.py::TestX::test_y[1]".
static bool place_of_test(const Folder *folder, StringView id, Arena *arena, FindingPlace *ret_place) {
  size_t colons = string_view_find(id, SV("::")), count, definition_count;
  StringView path = string_view_slice(id, 0, colons), name = string_view_slice(id, colons + 2, id.length);
  const FileAnalysis *analysis = workspace_index_get(folder->index, path);
  if (!analysis)
    return false;
  name = string_view_slice(name, 0, string_view_find_byte(name, '['));
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &definition_count);
  for (size_t i = 0; i < count; i++) {
    if (!string_view_equal(tests[i].id, name))
      continue;
    StringView message = arena_format(arena, "%.*s reaches it and passes", SV_ARGUMENTS(id));
    *ret_place = (FindingPlace){path, definitions[tests[i].definition].name_span, message.data};
    return message.data != NULL;
  }
  return false;
}

static void add_places(const Folder *folder, const MutantReport *mutant, Arena *arena, Finding *finding) {
  const StringView *names = mutant->reached_by.items;
  FindingPlace *places = arena_allocate_array(arena, mutant->reached_by.count, sizeof *places);
  size_t count = 0;
  for (size_t i = 0; places && folder->index && i < mutant->reached_by.count; i++)
    count += place_of_test(folder, names[i], arena, &places[count]);
  finding->places = places;
  finding->place_count = count;
}

// What a client gets beside the message.
typedef struct SurvivorData {
  StringView function;
  StringView operator;
  StringView original;
  StringView replacement;
  StringView diff;
  uint32_t tests_run;
  uint32_t line, column, end_line, end_column;  // as it is now, and as KillParams wants it
} SurvivorData;

static const JsonField survivor_data_fields[] = {
    JSON_FIELD(SurvivorData, function, STRING, 0, NULL),
    JSON_FIELD(SurvivorData, operator, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, original, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, replacement, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, diff, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, tests_run, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, column, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, end_line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(SurvivorData, end_column, UINTEGER, JSON_REQUIRED, NULL),
};
static const JsonType survivor_data_type = JSON_TYPE(SurvivorData, survivor_data_fields, NULL);

static const char *data_of(const FileAnalysis *analysis, const Shown *shown, Arena *arena) {
  const MutantReport *mutant = shown->mutant;
  Range range = range_from_offsets(analysis_lines(analysis), analysis_text(analysis), POSITION_UTF32, shown->span.start,
                                   shown->span.end);
  SurvivorData data = {.function = mutant->function,
                       .operator= mutant->operator,
                       .original = mutant->original,
                       .replacement = mutant->replacement,
                       .diff = diff_of(analysis, shown, arena),
                       .tests_run = mutant->tests_run,
                       .line = range.start.line + 1,
                       .column = range.start.character + 1,
                       .end_line = range.end.line + 1,
                       .end_column = range.end.character + 1};
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, 4 * DIFF_MAX);
  json_writer_init(&writer, &json, 0);
  json_encode(&writer, &survivor_data_type, &data);
  StringView copy = json.failure == 0 ? arena_copy(arena, buffer_view(&json)) : (StringView){0};
  buffer_finish(&json);
  return copy.data;
}

static Finding *lead_at(const FileAnalysis *analysis, const Shown *shown, Vector *findings) {
  const Comparison *comparison =
      is_operator(shown->mutant, "relational") ? comparison_around(analysis, shown->function, shown->span) : NULL;
  for (size_t i = 0; comparison && i < findings->count; i++) {
    Finding *finding = vector_at(findings, i);
    if (finding->code == DIAGNOSTIC_BOUNDARY_LEAD && finding->span.start == comparison->span.start)
      return finding;
  }
  return NULL;
}

// The body is as long as the function; the finding stands at its name.
static Span place_of(const FileAnalysis *analysis, const Shown *shown) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  return is_operator(shown->mutant, "removed-body") && shown->function >= 0 ? definitions[shown->function].name_span
                                                                            : shown->span;
}

static int add_finding(const Folder *folder, const FileAnalysis *analysis, const Shown *shown, Arena *arena,
                       Vector *findings) {
  Finding *lead = lead_at(analysis, shown, findings);
  Finding *finding = lead ? lead : vector_push(findings);
  StringView message = message_of(analysis, shown, arena);
  if (!finding || !message.data)
    return ERROR_NO_MEMORY;
  if (lead)
    message = arena_format(arena, "%s. It is proven: %.*s", lead->message, SV_ARGUMENTS(message));
  else
    *finding = (Finding){.code = is_operator(shown->mutant, "removed-body") ? DIAGNOSTIC_PSEUDO_TESTED
                                                                            : DIAGNOSTIC_MUTANT_SURVIVED,
                         .span = place_of(analysis, shown)};
  finding->is_proven = lead != NULL;
  finding->message = message.data ? message.data : finding->message;
  finding->data = data_of(analysis, shown, arena);
  if (shown->function >= 0)
    finding->action = is_operator(shown->mutant, "relational") ? "Add boundary test" : "Kill this mutant";
  add_places(folder, shown->mutant, arena, finding);
  return 0;
}

bool mutants_are_shown(const Folder *folder) {
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  bool is_shown = settings->settings.mutate_in_editor != EDITOR_MUTATION_OFF;
  settings_release(settings);
  return is_shown;
}

int mutant_findings(const Folder *folder, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                    Vector *findings) {
  if (settings->mutate_in_editor == EDITOR_MUTATION_OFF || !evidence_has_file(folder, analysis_path(analysis)))
    return 0;
  Vector list;
  int result = find_shown(folder, analysis, &list);
  for (size_t i = 0; i < list.count && result == 0; i++)
    result = add_finding(folder, analysis, vector_at(&list, i), arena, findings);
  vector_finish(&list);
  return result;
}

// ---- Lenses and hovers ----

static uint32_t total_of(const FunctionEvidence *evidence) {
  uint32_t total = 0;
  for (int status = 0; status < MUTANT_STATUS_COUNT; status++)
    total += evidence->counts[status];
  return total;
}

StringView mutant_counts(const FunctionEvidence *evidence, Arena *arena) {
  static const struct {
    MutantStatus status;
    const char *words;
    bool is_always;
  } parts[] = {{MUTANT_KILLED, "killed", true},
               {MUTANT_SURVIVED, "survived", true},
               {MUTANT_NO_COVERAGE, "not reached", false},
               {MUTANT_TIMEOUT, "without end", false},
               {MUTANT_INCONCLUSIVE, "inconclusive", false},
               {MUTANT_PENDING, "not judged yet", false}};
  const uint32_t *counts = evidence->counts;
  uint32_t judged = total_of(evidence) - counts[MUTANT_EQUIVALENT] - counts[MUTANT_DUPLICATE] - counts[MUTANT_INVALID];
  StringView text = arena_format(arena, "%u mutant%s:", judged, report_plural(judged));
  const char *comma = "";
  for (size_t i = 0; i < sizeof parts / sizeof *parts && text.data; i++) {
    if (counts[parts[i].status] == 0 && !parts[i].is_always)
      continue;
    text = arena_format(arena, "%.*s%s %u %s", SV_ARGUMENTS(text), comma, counts[parts[i].status], parts[i].words);
    comma = ",";
  }
  return text;
}

static void write_origin(const Folder *folder, const FunctionEvidence *evidence, Buffer *text) {
  char when[CLOCK_ISO_SIZE];
  clock_format_iso(evidence->origin.started_ms, when);
  buffer_append_format(text, "\nMeasured %.10s %.5s UTC with %u %s.", when, when + 11, evidence->tests,
                       evidence->origin.is_selected
                           ? "tests: those that reached it when all ran, and those of files saved since"
                           : "passing tests, all that were collected");
  if (folder->test_saves > evidence->origin.as_of)
    buffer_append_text(text, " Tests were saved after that: they may notice more.");
  buffer_append_text(text, "\n");
}

static void write_survivors(const FileAnalysis *analysis, const FunctionEvidence *evidence, int function, Arena *arena,
                            Buffer *text) {
  for (size_t i = 0; i < evidence->survivors.count && i < SURVIVORS_LISTED; i++) {
    Shown shown = {.evidence = evidence, .mutant = vector_at(&evidence->survivors, i), .function = function};
    shown.span = span_now(analysis, evidence, function, shown.mutant);
    shown.line = line_index_line_of(analysis_lines(analysis), shown.span.start);
    StringView change = describe_change(analysis, &shown, arena);
    buffer_append_format(text, "- line %u: %.*s\n", shown.line + 1, SV_ARGUMENTS(change));
  }
  if (evidence->survivors.count > SURVIVORS_LISTED)
    buffer_append_format(text, "- and %zu more\n", evidence->survivors.count - SURVIVORS_LISTED);
}

void mutant_explain(const Folder *folder, const FileAnalysis *analysis, int function, Arena *arena, Buffer *text) {
  const FunctionEvidence *evidence = evidence_find(folder, analysis, function);
  if (!evidence) {
    if (evidence_find_any(folder, analysis, function))
      buffer_append_text(text, "\nIt has changed since its mutants were judged: judge them again.\n");
    return;
  }
  if (evidence->is_partial) {
    buffer_append_format(text, "\n**Mutants**: %zu survived so far; not all are judged\n\n", evidence->survivors.count);
  } else {
    StringView counts = mutant_counts(evidence, arena);
    buffer_append_format(text, "\n**Mutants** %.*s\n\n", SV_ARGUMENTS(counts));
  }
  write_survivors(analysis, evidence, function, arena, text);
  write_origin(folder, evidence, text);
}

StringView mutant_explain_at(const Folder *folder, const FileAnalysis *analysis, uint32_t offset, Arena *arena,
                             Span *ret_span) {
  StringView markdown = {0};
  Vector list;
  if (!evidence_has_file(folder, analysis_path(analysis)))
    return markdown;
  int result = find_shown(folder, analysis, &list);
  for (size_t i = 0; i < list.count && result == 0 && !markdown.data; i++) {
    const Shown *shown = vector_at(&list, i);
    Span context = is_left_out(shown->mutant) ? shown->span : context_of(analysis, shown);
    if (offset < context.start || offset > context.end)
      continue;
    Buffer text;
    buffer_init(&text, 4 * DIFF_MAX);
    buffer_append_format(&text, "%.*s\n\n```diff\n%.*s```\n", SV_ARGUMENTS(message_of(analysis, shown, arena)),
                         SV_ARGUMENTS(diff_of(analysis, shown, arena)));
    write_origin(folder, shown->evidence, &text);
    markdown = text.failure == 0 ? arena_copy(arena, buffer_view(&text)) : markdown;
    buffer_finish(&text);
    *ret_span = context;
  }
  vector_finish(&list);
  return markdown;
}
