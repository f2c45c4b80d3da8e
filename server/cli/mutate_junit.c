// JUnit XML as CI systems read it (the schema of Jenkins' xUnit plugin): a suite per file, a test case per mutant.
#include "server/cli/mutate.h"

#include <string.h>

#define XML_MAX ((size_t)1 << 30)  // bytes

// What a mutant's status is for a CI system.
typedef enum CaseKind { CASE_PASSED, CASE_FAILURE, CASE_ERROR, CASE_SKIPPED, CASE_KIND_COUNT } CaseKind;

static const char *const case_elements[CASE_KIND_COUNT] = {NULL, "failure", "error", "skipped"};

static const struct {
  CaseKind kind;
  const char *message;
} cases[MUTANT_STATUS_COUNT] = {
    [MUTANT_KILLED] = {CASE_PASSED, NULL},
    [MUTANT_SURVIVED] = {CASE_FAILURE, "every test that reaches it passed"},
    [MUTANT_NO_COVERAGE] = {CASE_FAILURE, "no test reaches it"},
    [MUTANT_TIMEOUT] = {CASE_PASSED, NULL},
    [MUTANT_INCONCLUSIVE] = {CASE_ERROR, "there is no verdict"},
    [MUTANT_EQUIVALENT] = {CASE_SKIPPED, "equivalent: Python makes the same byte code of it"},
    [MUTANT_DUPLICATE] = {CASE_SKIPPED, "duplicate: the same byte code as another mutant's"},
    [MUTANT_INVALID] = {CASE_SKIPPED, "no valid program"},
    [MUTANT_PENDING] = {CASE_SKIPPED, "the run ended before its turn came"},
};

// ---- Text ----

static void append_character(Buffer *xml, StringView character) {
  static const struct {
    char byte;
    const char *entity;
  } entities[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"}, {'"', "&quot;"},
                  {'\n', "&#10;"}, {'\r', "&#13;"}, {'\t', "&#9;"}};
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
    if (character.data[0] != entities[i].byte)
      continue;
    buffer_append_text(xml, entities[i].entity);
    return;
  }
  // XML has no way to write these two and the other control characters.
  bool is_no_character =
      string_view_equal(character, SV("\xEF\xBF\xBE")) || string_view_equal(character, SV("\xEF\xBF\xBF"));
  unsigned char byte = (unsigned char)character.data[0];
  if (byte < 0x20)
    buffer_append_format(xml, "\\x%02x", byte);
  else if (is_no_character)
    buffer_append_text(xml, "\xEF\xBF\xBD");
  else
    buffer_append(xml, character);
}

// Fits attributes and text. What is no UTF-8 becomes U+FFFD.
static void append_escaped(Buffer *xml, StringView text) {
  for (size_t at = 0; at < text.length;) {
    size_t length = string_view_utf8_length(text, at);
    if (length == 0)
      buffer_append_text(xml, "\xEF\xBF\xBD");
    else
      append_character(xml, string_view_slice(text, at, at + length));
    at += length > 0 ? length : 1;
  }
}

static void append_attribute(Buffer *xml, const char *name, StringView value) {
  buffer_append_format(xml, " %s=\"", name);
  append_escaped(xml, value);
  buffer_append_byte(xml, '"');
}

// ---- Cases ----

static void append_sides(Buffer *xml, char sign, StringView text) {
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    buffer_append_format(xml, "%c ", sign);
    append_escaped(xml, line);
    buffer_append_byte(xml, '\n');
  }
}

static void append_outcome(const MutateOutput *output, const MutantSource *source, const MutantReport *mutant,
                           Buffer *xml) {
  const char *element = case_elements[cases[mutant->status].kind];
  StringView message =
      string_view_is_absent(mutant->message) ? string_view_from(cases[mutant->status].message) : mutant->message;
  buffer_append_format(xml, "      <%s", element);
  append_attribute(xml, "message", message);
  if (cases[mutant->status].kind == CASE_SKIPPED) {
    buffer_append_text(xml, "/>\n");
    return;
  }
  MutantChange change = mutant_change(output->cli, source, mutant);
  append_attribute(xml, "type", string_view_from(mutant_status_names[mutant->status]));
  buffer_append_byte(xml, '>');
  append_escaped(xml, mutant->path);
  buffer_append_format(xml, ":%u\n", mutant->line);
  append_sides(xml, '-', change.before);
  append_sides(xml, '+', change.after);
  buffer_append_format(xml, "</%s>\n", element);
}

static void append_case(const MutateOutput *output, const MutantSource *source, const MutantReport *mutant,
                        Buffer *xml) {
  StringView before = mutant_first_line(mutant->original, 60), after = mutant_first_line(mutant->replacement, 60);
  StringView name = arena_format(&output->cli->arena, "%u:%u %.*s: %.*s -> %.*s", mutant->line, mutant->column,
                                 SV_ARGUMENTS(mutant->operator), SV_ARGUMENTS(before), SV_ARGUMENTS(after));
  StringView class_name =
      string_view_is_absent(mutant->function)
          ? mutant->path
          : arena_format(&output->cli->arena, "%.*s::%.*s", SV_ARGUMENTS(mutant->path), SV_ARGUMENTS(mutant->function));
  buffer_append_text(xml, "    <testcase");
  append_attribute(xml, "name", name);
  append_attribute(xml, "classname", class_name);
  if (cases[mutant->status].kind == CASE_PASSED) {
    buffer_append_text(xml, "/>\n");
    return;
  }
  buffer_append_text(xml, ">\n");
  append_outcome(output, source, mutant, xml);
  buffer_append_text(xml, "    </testcase>\n");
}

// ---- Suites ----

static void count_cases(const MutantReport *mutants, size_t first, size_t end, size_t counts[CASE_KIND_COUNT]) {
  memset(counts, 0, CASE_KIND_COUNT * sizeof *counts);
  for (size_t i = first; i < end; i++)
    counts[cases[mutants[i].status].kind]++;
}

static void append_counts(Buffer *xml, size_t total, const size_t counts[CASE_KIND_COUNT]) {
  buffer_append_format(xml, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", total, counts[CASE_FAILURE],
                       counts[CASE_ERROR]);
}

static void append_suite(const MutateOutput *output, size_t first, size_t end, MutantSource *source, Buffer *xml) {
  const MutantReport *mutants = output->report->mutants.items;
  size_t counts[CASE_KIND_COUNT];
  count_cases(mutants, first, end, counts);
  mutant_source_open(output->cli, mutants[first].path, source);
  buffer_append_text(xml, "  <testsuite");
  append_attribute(xml, "name", mutants[first].path);
  append_counts(xml, end - first, counts);
  buffer_append_format(xml, " skipped=\"%zu\">\n", counts[CASE_SKIPPED]);
  for (size_t i = first; i < end; i++)
    append_case(output, source, &mutants[i], xml);
  buffer_append_text(xml, "  </testsuite>\n");
}

int mutate_print_junit(const MutateOutput *output) {
  const MutantReport *mutants = output->report->mutants.items;
  size_t count = output->report->mutants.count, counts[CASE_KIND_COUNT];
  MutantSource source = {0};
  Buffer xml;
  buffer_init(&xml, XML_MAX);
  count_cases(mutants, 0, count, counts);
  buffer_append_text(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mutants\"");
  append_counts(&xml, count, counts);
  buffer_append_format(&xml, " time=\"%.3f\">\n", output->report->duration_ms / 1000);
  for (size_t first = 0, end = 0; first < count; first = end) {
    while (end < count && string_view_equal(mutants[end].path, mutants[first].path))
      end++;
    append_suite(output, first, end, &source, &xml);
  }
  buffer_append_text(&xml, "</testsuites>\n");
  int code = cli_print_buffer(&xml, output->file);
  mutant_source_finish(&source);
  buffer_finish(&xml);
  return code;
}
