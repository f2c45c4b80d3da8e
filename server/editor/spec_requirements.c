#include "server/editor/spec_requirements.h"

#include "server/editor/folder.h"
#include "server/generator/requirements.h"
#include "server/generator/spec_subject.h"

#include <string.h>

#define QUOTED_MAX 120u  // bytes of a sentence
#define NAMED_MAX 5u     // tests that are named beside a finding
#define HOVER_MAX (64u << 10)

// The cells of one sentence, which stand side by side.
typedef struct Sentence {
  const SpecClause *clause;
  const RequirementCell *cells;
  size_t count, missing;
} Sentence;

static bool next_sentence(const JsonArray *cells, size_t *position, Sentence *ret_sentence) {
  const RequirementCell *items = cells->items;
  if (*position >= cells->count)
    return false;
  Sentence sentence = {.clause = items[*position].clause, .cells = &items[*position]};
  for (; *position < cells->count && items[*position].clause == sentence.clause; (*position)++) {
    sentence.count++;
    sentence.missing += !items[*position].is_met_by_suite;
  }
  *ret_sentence = sentence;
  return true;
}

static StringView quoted(StringView text, Arena *arena) {
  if (text.length <= QUOTED_MAX)
    return arena_format(arena, "\"%.*s\"", SV_ARGUMENTS(text));
  StringView start = string_view_slice(text, 0, QUOTED_MAX);
  return arena_format(arena, "\"%.*s ...\"", (int)string_view_utf8_prefix(start), text.data);
}

// ---- Findings ----

// What is there that may be a test of it, or is for another part of the sentence.
typedef struct Places {
  FindingPlace *items;
  size_t count;
} Places;

static bool add_place(Places *places, const FileAnalysis *file, uint32_t test, StringView message) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(file, &count);
  const Definition *definitions = analysis_definitions(file, &definition_count);
  places->items[places->count++] =
      (FindingPlace){analysis_path(file), definitions[tests[test].definition].name_span, message.data};
  return message.data;
}

static bool add_met_cells(const Sentence *sentence, Arena *arena, Places *places) {
  for (size_t index = 0; index < sentence->count && places->count < NAMED_MAX; index++) {
    const RequirementCell *cell = &sentence->cells[index];
    StringView part = requirement_part(cell, arena);
    if (cell->is_met_by_suite &&
        (!part.data ||
         !add_place(places, cell->file, cell->test, arena_format(arena, "this test is for %.*s", SV_ARGUMENTS(part)))))
      return false;
  }
  return true;
}

// "; 2 tests speak of `Stack.pop` without quoting it". Absent: memory is exhausted.
static StringView describe_tests(const Sentence *sentence, const SpecSubject *subject, const WorkspaceIndex *index,
                                 Arena *arena, Places *places) {
  SubjectLink *links = NULL;
  size_t count = 0, definition_count;
  int definition = subject->file ? spec_find_clause_subject(subject, sentence->clause) : -1;
  if (definition < 0 ||
      workspace_index_tests_of(index, analysis_path(subject->file), (uint32_t)definition, arena, &links, &count) < 0)
    return SV("");
  StringView name = analysis_definitions(subject->file, &definition_count)[definition].qualified_name;
  for (size_t at = 0; at < count && places->count < NAMED_MAX; at++) {
    const FileAnalysis *file = workspace_index_get(index, links[at].path);
    if (file &&
        !add_place(places, file, links[at].index, arena_format(arena, "this test speaks of %.*s", SV_ARGUMENTS(name))))
      return (StringView){0};
  }
  if (count == 0)
    return arena_format(arena, "; no test speaks of `%.*s` at all", SV_ARGUMENTS(name));
  return arena_format(arena, "; %zu test%s of `%.*s` without quoting it", count, count == 1 ? " speaks" : "s speak",
                      SV_ARGUMENTS(name));
}

static StringView describe_missing(const Sentence *sentence, Arena *arena) {
  StringView text = SV("");
  for (size_t index = 0; index < sentence->count && text.data; index++) {
    StringView part = requirement_part(&sentence->cells[index], arena);
    if (!part.data)
      return part;
    if (!sentence->cells[index].is_met_by_suite)
      text = arena_format(arena, "%.*s%s%.*s", SV_ARGUMENTS(text), text.length > 0 ? "; " : "", SV_ARGUMENTS(part));
  }
  return text;
}

static int add_gap(const Sentence *sentence, const SpecSubject *subject, const WorkspaceIndex *index, Arena *arena,
                   Vector *findings) {
  FindingPlace *items = arena_allocate_array(arena, NAMED_MAX, sizeof *items);
  Places places = {.items = items};
  StringView what = quoted(sentence->clause->text, arena), message = {0};
  if (!items || !what.data || !add_met_cells(sentence, arena, &places))
    return ERROR_NO_MEMORY;
  if (sentence->count == 1) {
    StringView tests = describe_tests(sentence, subject, index, arena, &places);
    if (tests.data)
      message = arena_format(arena, "No test says that it is for %.*s%.*s", SV_ARGUMENTS(what), SV_ARGUMENTS(tests));
  } else {
    StringView missing = describe_missing(sentence, arena);
    if (missing.data)
      message = arena_format(arena, "%zu of the %zu tests that %.*s asks for are missing: %.*s", sentence->missing,
                             sentence->count, SV_ARGUMENTS(what), SV_ARGUMENTS(missing));
  }
  Finding *finding = message.data ? vector_push(findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = DIAGNOSTIC_REQUIREMENT_GAP,
                       .span = sentence->clause->span,
                       .message = message.data,
                       .places = places.items,
                       .place_count = places.count};
  return 0;
}

int spec_requirement_findings(const Spec *spec, const WorkspaceIndex *index, Arena *arena, Vector *findings) {
  JsonArray cells = {0};
  Sentence sentence;
  SpecSubject subject = {0};
  size_t position = 0;
  int result = requirement_cells(spec, index, arena, &cells, NULL);
  if (result == 0 && cells.count > 0)
    spec_find_subject(spec, index, arena, &subject);
  while (result == 0 && next_sentence(&cells, &position, &sentence))
    if (sentence.missing > 0)
      result = add_gap(&sentence, &subject, index, arena, findings);
  return result;
}

// ---- Hover and lens ----

static bool read_cells(const Document *document, Arena *arena, Spec *ret_spec, JsonArray *ret_cells) {
  SpecProblem *problems = NULL;
  size_t count = 0;
  const Folder *folder = document->folder;
  return document->kind == DOCUMENT_SPEC && folder && folder->is_indexed &&
         spec_parse(document->relative, document_text(document), arena, ret_spec, &problems, &count, NULL) == 0 &&
         requirement_cells(ret_spec, folder->index, arena, ret_cells, NULL) == 0;
}

static void write_test(const RequirementCell *cell, Buffer *text) {
  size_t count;
  if (!cell->is_met_by_suite)
    buffer_append_text(text, "**no test**");
  else
    buffer_append_format(text, "`%.*s::%.*s`", SV_ARGUMENTS(analysis_path(cell->file)),
                         SV_ARGUMENTS(analysis_tests(cell->file, &count)[cell->test].id));
}

static void write_heading(StringView title, Buffer *text) {
  for (size_t index = 0; index < title.length; index++) {
    if (title.data[index] == '|')
      buffer_append_byte(text, '\\');
    buffer_append_byte(text, title.data[index]);
  }
}

static size_t count_constraints(const Sentence *sentence) {
  size_t count = 1;
  while (count < sentence->count && string_view_equal(sentence->cells[count].entity, sentence->cells[0].entity) &&
         !string_view_equal(sentence->cells[count].constraint, sentence->cells[0].constraint))
    count++;
  return count;
}

// A row for each thing that the sentence speaks of, a column for each that it says of it.
static void write_matrix(const Sentence *sentence, Buffer *text) {
  size_t columns = count_constraints(sentence);
  buffer_append_text(text, "| |");
  for (size_t column = 0; column < columns; column++) {
    buffer_append_byte(text, ' ');
    write_heading(sentence->cells[column].constraint, text);
    buffer_append_text(text, " |");
  }
  buffer_append_text(text, "\n|---|");
  for (size_t column = 0; column < columns; column++)
    buffer_append_text(text, "---|");
  for (size_t index = 0; index < sentence->count; index++) {
    if (index % columns == 0) {
      buffer_append_text(text, "\n| ");
      write_heading(sentence->cells[index].entity, text);
      buffer_append_text(text, " |");
    }
    buffer_append_byte(text, ' ');
    write_test(&sentence->cells[index], text);
    buffer_append_text(text, " |");
  }
  buffer_append_byte(text, '\n');
}

static void write_sentence(const Sentence *sentence, Buffer *text) {
  const char *kind = sentence->clause->is_edge_case ? "Edge case" : "Requirement";
  if (sentence->count == 1) {
    buffer_append_format(text, "**%s** · ", kind);
    write_test(&sentence->cells[0], text);
    buffer_append_byte(text, '\n');
    return;
  }
  buffer_append_format(text, "**%s** · %zu of %zu tests\n\n", kind, sentence->count - sentence->missing,
                       sentence->count);
  write_matrix(sentence, text);
}

StringView spec_requirement_hover(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  Spec spec;
  JsonArray cells = {0};
  Sentence sentence;
  size_t position = 0;
  StringView copy = {0};
  if (!read_cells(document, arena, &spec, &cells))
    return copy;
  while (next_sentence(&cells, &position, &sentence)) {
    Buffer text;
    if (offset < sentence.clause->span.start || offset > sentence.clause->span.end)
      continue;
    *ret_span = sentence.clause->span;
    buffer_init(&text, HOVER_MAX);
    write_sentence(&sentence, &text);
    if (text.failure == 0)
      copy = arena_copy(arena, buffer_view(&text));
    buffer_finish(&text);
    return copy;
  }
  return copy;
}

StringView spec_requirement_summary(const Document *document, Arena *arena) {
  Spec spec;
  JsonArray cells = {0};
  size_t met = 0;
  if (!read_cells(document, arena, &spec, &cells) || cells.count == 0)
    return (StringView){0};
  for (size_t index = 0; index < cells.count; index++)
    met += ((const RequirementCell *)cells.items)[index].is_met_by_suite;
  return arena_format(arena, "%zu of %zu requirements %s a test", met, cells.count, met == 1 ? "has" : "have");
}
