#include "server/generator/requirements.h"

#include "protocol/memory/vector.h"
#include "server/generator/spec_internal.h"

#include <ctype.h>

#define CELLS_MAX 10000u
#define PARTS_MAX 12u       // of a sentence: a longer list is no list
#define PART_WORDS_MAX 4u   // of one thing in a list; what is longer is half a sentence
#define NAMED_WORDS_MIN 3u  // as few words of a clause as name it
#define STEM_LENGTH 5u      // "valid", "validate" and "validity" are one word

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a spec is read");
}

// ---- Words ----

static bool is_word_byte(char byte) {
  return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

// Lower-case words with a space before and behind each, so that a part of it is made of whole words. Absent: no memory.
static StringView normalized(StringView text, Arena *arena) {
  char *bytes = arena_allocate(arena, text.length + 3);
  size_t length = 0;
  if (!bytes)
    return (StringView){0};
  bytes[length++] = ' ';
  for (size_t index = 0; index < text.length; index++) {
    bool is_word = is_word_byte(text.data[index]);
    if (is_word)
      bytes[length++] = (char)tolower((unsigned char)text.data[index]);
    else if (bytes[length - 1] != ' ')
      bytes[length++] = ' ';
  }
  if (bytes[length - 1] != ' ')
    bytes[length++] = ' ';
  return (StringView){bytes, length};
}

static size_t count_words(StringView words) {
  size_t count = 0;
  for (size_t index = 1; index < words.length; index++)
    count += words.data[index] == ' ';
  return count;
}

static bool is_small_word(StringView word) {
  static const char *const small[] = {"a",   "an", "the", "of", "in", "on", "to",   "at",   "be",  "is",
                                      "are", "it", "its", "by", "as", "or", "with", "from", "for", "least"};
  for (size_t index = 0; index < sizeof small / sizeof *small; index++)
    if (string_view_equal_text(word, small[index]))
      return true;
  return false;
}

// Whether `words` has a word that begins like each one of `part` that means something.
static bool has_words_of(StringView words, StringView part, Arena *arena) {
  StringView rest = string_view_trim(part), word;
  while (string_view_next(&rest, ' ', &word)) {
    if (word.length == 0 || is_small_word(word))
      continue;
    StringView stem =
        arena_format(arena, " %.*s", (int)(word.length < STEM_LENGTH ? word.length : STEM_LENGTH), word.data);
    if (!stem.data || !string_view_contains(words, stem))
      return false;
  }
  return true;
}

// ---- The parts of a sentence ----

typedef struct Parts {
  StringView items[PARTS_MAX];
  size_t count;
} Parts;

static size_t find_separator(StringView text, size_t *ret_length) {
  static const char *const separators[] = {", and ", ", or ", ", ", " and "};
  size_t first = text.length;
  for (size_t index = 0; index < sizeof separators / sizeof *separators; index++) {
    StringView separator = string_view_from(separators[index]);
    size_t found = string_view_find(text, separator);
    if (found < first) {
      first = found;
      *ret_length = separator.length;
    }
  }
  return first;
}

static bool is_plain(StringView text) {
  static const char others[] = "()[]{}\"'`:;=";
  for (size_t index = 0; index < text.length; index++)
    for (const char *other = others; *other; other++)
      if (text.data[index] == *other)
        return false;
  return true;
}

// "dates, times and addresses": three; whatever is no list of short things is one. False: memory is exhausted.
static bool split(StringView text, Arena *arena, Parts *ret_parts) {
  StringView rest = text;
  bool is_list = is_plain(text);
  *ret_parts = (Parts){{text}, 1};
  Parts parts = {0};
  while (is_list && parts.count < PARTS_MAX && rest.length > 0) {
    size_t length = 0, end = find_separator(rest, &length);
    StringView part = string_view_trim(string_view_slice(rest, 0, end)), words = normalized(part, arena);
    if (!words.data)
      return false;
    is_list = count_words(words) > 0 && count_words(words) <= PART_WORDS_MAX;
    parts.items[parts.count++] = part;
    rest = string_view_slice(rest, end + length, rest.length);
  }
  if (is_list && rest.length == 0 && parts.count > 0)
    *ret_parts = parts;
  return true;
}

// Where a sentence turns from what it speaks of to what it says.
static bool find_verb(StringView text, StringView *ret_entities, StringView *ret_constraints) {
  static const char *const verbs[] = {" must be ", " must have ", " must contain ", " must ",   " should be ",
                                      " should ",  " shall ",     " need ",         " have to "};
  for (size_t index = 0; index < sizeof verbs / sizeof *verbs; index++) {
    StringView verb = string_view_from(verbs[index]);
    size_t found = string_view_find(text, verb);
    if (found == text.length)
      continue;
    *ret_entities = string_view_slice(text, 0, found);
    *ret_constraints = string_view_slice(text, found + verb.length, text.length);
    return true;
  }
  return false;
}

// ---- Cells ----

static int add_cells(const SpecClause *clause, Arena *arena, Vector *cells, Error *ret_error) {
  StringView text = string_view_trim(clause->text), entities, constraints;
  while (text.length > 0 && text.data[text.length - 1] == '.')
    text.length--;
  Parts left = {.count = 1}, right = {.count = 1};
  if (find_verb(text, &entities, &constraints) &&
      (!split(entities, arena, &left) || !split(constraints, arena, &right)))
    return no_memory(ret_error);
  for (size_t entity = 0; entity < left.count; entity++)
    for (size_t constraint = 0; constraint < right.count; constraint++) {
      RequirementCell cell = {
          .clause = clause,
          .entity = left.count > 1 ? left.items[entity] : (StringView){0},
          .constraint = right.count > 1 ? right.items[constraint] : (StringView){0},
      };
      if (!vector_push_copy(cells, &cell))
        return no_memory(ret_error);
    }
  return 0;
}

// The clause itself has the words of all its cells: what names it must say elsewhere which of them it is for.
static StringView without(StringView words, StringView clause, Arena *arena) {
  while (words.data) {
    size_t found = string_view_find(words, clause);
    if (found == words.length)
      return words;
    StringView before = string_view_slice(words, 0, found);
    StringView after = string_view_slice(words, found + clause.length, words.length);
    words = arena_format(arena, "%.*s %.*s", SV_ARGUMENTS(before), SV_ARGUMENTS(after));
  }
  return words;
}

// Both are normalized.
static bool names(StringView claim, StringView clause) {
  return string_view_contains(claim, clause) ||
         (count_words(claim) >= NAMED_WORDS_MIN && string_view_contains(clause, claim));
}

// What a test says it is for, and all of it; both normalized, as the clause is.
static bool is_met(const RequirementCell *cell, StringView clause, StringView claim, StringView whole, Arena *arena) {
  if (!clause.data || !claim.data || !whole.data || count_words(claim) == 0 || !names(claim, clause))
    return false;
  StringView words = without(whole, clause, arena);
  StringView entity = normalized(cell->entity, arena), constraint = normalized(cell->constraint, arena);
  return words.data && entity.data && constraint.data && has_words_of(words, entity, arena) &&
         has_words_of(words, constraint, arena);
}

bool requirement_is_met(const RequirementCell *cell, StringView stated, StringView code, Arena *arena) {
  StringView whole = arena_format(arena, "%.*s %.*s", SV_ARGUMENTS(stated), SV_ARGUMENTS(code));
  return whole.data && is_met(cell, normalized(cell->clause->text, arena), normalized(stated, arena),
                              normalized(whole, arena), arena);
}

const SpecClause *requirement_clause(const Spec *spec, StringView stated, Arena *arena) {
  StringView claim = normalized(stated, arena);
  for (size_t index = 0; claim.data && count_words(claim) > 0 && index < spec->clause_count; index++) {
    StringView clause = normalized(spec->clauses[index].text, arena);
    if (clause.data && names(claim, clause))
      return &spec->clauses[index];
  }
  return NULL;
}

// ---- The tests that are there ----

typedef struct Suite {
  const Spec *spec;
  StringView *clauses;  // normalized
  StringView *longest;  // word of each clause
  StringView subject;   // the name of what the spec is of; absent: it has none
  RequirementCell *cells;
  size_t cell_count;
  Arena *arena;
} Suite;

static bool is_alike(const char *bytes, StringView word) {
  for (size_t index = 0; index < word.length; index++)
    if (tolower((unsigned char)bytes[index]) != tolower((unsigned char)word.data[index]))
      return false;
  return true;
}

// Whatever the case of its letters.
static bool mentions(StringView text, StringView word) {
  for (size_t index = 0; index + word.length <= text.length; index++)
    if (is_alike(text.data + index, word))
      return true;
  return false;
}

static StringView longest_word(StringView words) {
  StringView rest = string_view_trim(words), word, longest = {0};
  while (string_view_next(&rest, ' ', &word))
    if (word.length > longest.length)
      longest = word;
  return longest;
}

// Whether any clause can stand in the text; most texts need no closer look.
static bool may_name_a_clause(const Suite *suite, StringView text) {
  for (size_t index = 0; index < suite->spec->clause_count; index++)
    if (mentions(text, suite->longest[index]))
      return true;
  return false;
}

// Two specs may have the same sentence: "pop() on empty must raise IndexError". A test is for the one whose subject its
// file speaks of.
static bool is_of_subject(const Suite *suite, const FileAnalysis *file) {
  return string_view_is_absent(suite->subject) || mentions(analysis_text(file), suite->subject) ||
         mentions(analysis_path(file), suite->subject);
}

// The text of a test with its docstring says what it is for. False: memory is exhausted.
static bool take_test(Suite *suite, const FileAnalysis *file, uint32_t test, StringView text) {
  StringView words = normalized(text, suite->arena);
  for (size_t at = 0; words.data && at < suite->cell_count; at++) {
    RequirementCell *cell = &suite->cells[at];
    if (cell->is_met_by_suite ||
        !is_met(cell, suite->clauses[cell->clause - suite->spec->clauses], words, words, suite->arena))
      continue;
    cell->is_met_by_suite = true;
    cell->file = file;
    cell->test = test;
  }
  return words.data;
}

static bool take_file(Suite *suite, const FileAnalysis *file) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(file, &count);
  const Definition *definitions = analysis_definitions(file, &definition_count);
  if (!analysis_is_test_file(file) || !may_name_a_clause(suite, analysis_text(file)) || !is_of_subject(suite, file))
    return true;
  for (size_t index = 0; index < count; index++) {
    Span span = definitions[tests[index].definition].span;
    StringView text = string_view_slice(analysis_text(file), span.start, span.end);
    if (may_name_a_clause(suite, text) && !take_test(suite, file, (uint32_t)index, text))
      return false;
  }
  return true;
}

static int look_at_suite(const Spec *spec, const WorkspaceIndex *index, Arena *arena, Vector *cells, Error *ret_error) {
  FileAnalysis **files;
  size_t file_count = workspace_index_files(index, arena, &files);
  Suite suite = {
      .spec = spec,
      .clauses = arena_allocate_array(arena, spec->clause_count, sizeof *suite.clauses),
      .longest = arena_allocate_array(arena, spec->clause_count, sizeof *suite.longest),
      .subject = spec->signature.data ? spec_signature_name(spec->signature) : (StringView){0},
      .cells = cells->data,
      .cell_count = cells->count,
      .arena = arena,
  };
  bool is_done = suite.clauses && suite.longest;
  for (size_t clause = 0; clause < spec->clause_count && is_done; clause++) {
    suite.clauses[clause] = normalized(spec->clauses[clause].text, arena);
    suite.longest[clause] = longest_word(suite.clauses[clause]);
    is_done = suite.clauses[clause].data;
  }
  for (size_t file = 0; file < file_count && is_done; file++)
    is_done = take_file(&suite, files[file]);
  return is_done ? 0 : no_memory(ret_error);
}

int requirement_cells(const Spec *spec, const WorkspaceIndex *index, Arena *arena, JsonArray *ret_cells,
                      Error *ret_error) {
  Vector cells;
  vector_init(&cells, sizeof(RequirementCell), CELLS_MAX);
  int result = 0;
  for (size_t clause = 0; clause < spec->clause_count && result == 0; clause++)
    result = add_cells(&spec->clauses[clause], arena, &cells, ret_error);
  if (result == 0)
    result = look_at_suite(spec, index, arena, &cells, ret_error);
  if (result == 0) {
    ret_cells->items = vector_to_arena(&cells, arena, &ret_cells->count);
    result = ret_cells->items || cells.count == 0 ? 0 : no_memory(ret_error);
  }
  vector_finish(&cells);
  return result;
}

StringView requirement_part(const RequirementCell *cell, Arena *arena) {
  bool has_both = cell->entity.length > 0 && cell->constraint.length > 0;
  return arena_format(arena, "%.*s%s%.*s", SV_ARGUMENTS(cell->entity), has_both ? ": " : "",
                      SV_ARGUMENTS(cell->constraint));
}

StringView requirement_title(const RequirementCell *cell, Arena *arena) {
  StringView part = requirement_part(cell, arena);
  return part.data && part.length > 0
             ? arena_format(arena, "%.*s (%.*s)", SV_ARGUMENTS(cell->clause->text), SV_ARGUMENTS(part))
             : cell->clause->text;
}
