// The report by mutation-testing-report-schema (version 2 of the schema), and the page that shows it.
#include "protocol/memory/map.h"
#include "server/base/files.h"
#include "server/cli/mutate.h"
#include "server/cli/page.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define THRESHOLD_HIGH 80
#define THRESHOLD_LOW 60
#define REPORT_FIELDS_MAX 64u
#define TEXT_MAX ((size_t)1 << 30)  // bytes of a report
#define TESTS_MAX 1000000u

static void write_text(JsonWriter *writer, const char *name, StringView text) {
  json_write_name(writer, name);
  json_write_string(writer, text);
}

static void write_number(JsonWriter *writer, const char *name, int64_t number) {
  json_write_name(writer, name);
  json_write_integer(writer, number);
}

static void begin_object(JsonWriter *writer, const char *name) {
  json_write_name(writer, name);
  json_write_object_begin(writer);
}

// ---- Mutants ----

// Lines and columns from 1; columns in units of UTF-16, as the page counts them.
static void write_position(JsonWriter *writer, const char *name, Position position) {
  begin_object(writer, name);
  write_number(writer, "line", (int64_t)position.line + 1);
  write_number(writer, "column", (int64_t)position.character + 1);
  json_write_object_end(writer);
}

static void write_location(JsonWriter *writer, const MutantSource *source, const MutantReport *mutant) {
  Range range = {{mutant->line - 1, mutant->column - 1}, {mutant->end_line - 1, mutant->end_column - 1}};
  uint32_t start, end;
  if (mutant_source_find(source, mutant, &start, &end))
    range = range_from_offsets(&source->lines, source->text, POSITION_UTF16, start, end);
  begin_object(writer, "location");
  write_position(writer, "start", range.start);
  write_position(writer, "end", range.end);
  json_write_object_end(writer);
}

static void write_mutant(JsonWriter *writer, const MutantSource *source, const MutantReport *mutant, size_t number) {
  char identifier[24];
  StringView reason = string_view_from(mutant_schema_statuses[mutant->status].reason);
  snprintf(identifier, sizeof identifier, "%zu", number);
  json_write_object_begin(writer);
  write_text(writer, "id", string_view_from(identifier));
  write_text(writer, "mutatorName", mutant->operator);
  write_text(writer, "replacement", mutant->replacement);
  write_location(writer, source, mutant);
  write_text(writer, "status", string_view_from(mutant_schema_statuses[mutant->status].name));
  if (!string_view_is_absent(mutant->message) || !string_view_is_absent(reason))
    write_text(writer, "statusReason", string_view_is_absent(mutant->message) ? reason : mutant->message);
  if (!string_view_is_absent(mutant->killed_by)) {
    json_write_name(writer, "killedBy");
    json_write_array_begin(writer);
    json_write_string(writer, mutant->killed_by);
    json_write_array_end(writer);
  }
  if (!string_view_is_absent(mutant->way)) {
    write_number(writer, "testsCompleted", mutant->tests_run);
    json_write_name(writer, "static");
    json_write_bool(writer, string_view_equal(mutant->way, SV("import")));
  }
  json_write_object_end(writer);
}

static void write_files(const MutateOutput *output, JsonWriter *writer) {
  const MutantReport *mutants = output->report->mutants.items;
  size_t count = output->report->mutants.count;
  MutantSource source = {0};
  begin_object(writer, "files");
  for (size_t i = 0; i < count;) {
    StringView path = mutants[i].path;
    mutant_source_open(output->cli, path, &source);
    json_write_name_view(writer, path);
    json_write_object_begin(writer);
    write_text(writer, "language", SV("python"));
    write_text(writer, "source", string_view_is_absent(source.text) ? SV("") : source.text);
    json_write_name(writer, "mutants");
    json_write_array_begin(writer);
    for (; i < count && string_view_equal(mutants[i].path, path); i++)
      write_mutant(writer, &source, &mutants[i], i + 1);
    json_write_array_end(writer);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
  mutant_source_finish(&source);
}

// ---- Tests ----

static int compare_texts(const void *left, const void *right) {
  return string_view_compare(*(const StringView *)left, *(const StringView *)right);
}

static StringView file_of_test(StringView test) {
  return string_view_slice(test, 0, string_view_find(test, SV("::")));
}

// The tests that are known by name, once each: those that killed.
static int list_tests(const MutationReport *report, Vector *tests) {
  const MutantReport *mutants = report->mutants.items;
  Map seen;
  bool is_fine = true;
  map_init(&seen);
  for (size_t i = 0; i < report->mutants.count && is_fine; i++) {
    bool is_new = false;
    if (string_view_is_absent(mutants[i].killed_by))
      continue;
    is_fine =
        map_put(&seen, mutants[i].killed_by, &is_new) && (!is_new || vector_push_copy(tests, &mutants[i].killed_by));
  }
  map_finish(&seen);
  vector_sort(tests, compare_texts);
  return is_fine ? EXIT_FINE : EXIT_INCOMPLETE;
}

static void write_test(JsonWriter *writer, StringView test) {
  size_t file = file_of_test(test).length;
  StringView name = file < test.length ? string_view_slice(test, file + 2, test.length) : test;
  json_write_object_begin(writer);
  write_text(writer, "id", test);
  write_text(writer, "name", name);
  json_write_object_end(writer);
}

// Grouped by file, which the order of the ids does: "::" follows the file's whole name.
static int write_tests(const MutateOutput *output, JsonWriter *writer) {
  Vector tests;
  StringView path = {0};
  vector_init(&tests, sizeof(StringView), TESTS_MAX);
  int code = list_tests(output->report, &tests);
  begin_object(writer, "testFiles");
  for (size_t i = 0; i < tests.count; i++) {
    StringView test = *(StringView *)vector_at(&tests, i), file = file_of_test(test);
    if (i == 0 || !string_view_equal(file, path)) {
      if (i > 0) {
        json_write_array_end(writer);
        json_write_object_end(writer);
      }
      json_write_name_view(writer, file);
      json_write_object_begin(writer);
      json_write_name(writer, "tests");
      json_write_array_begin(writer);
    }
    path = file;
    write_test(writer, test);
  }
  if (tests.count > 0) {
    json_write_array_end(writer);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
  vector_finish(&tests);
  return code;
}

// ---- The rest ----

static void write_framework(const MutationReport *report, JsonWriter *writer) {
  begin_object(writer, "framework");
  write_text(writer, "name", SV("TestGen"));
  write_text(writer, "version", SV(TESTGEN_VERSION));
  begin_object(writer, "dependencies");
  if (!string_view_is_absent(report->python_version))
    write_text(writer, "python", report->python_version);
  if (!string_view_is_absent(report->pytest_version))
    write_text(writer, "pytest", report->pytest_version);
  json_write_object_end(writer);
  json_write_object_end(writer);
}

static void write_system(JsonWriter *writer) {
  struct utsname name;
  const char *ci = getenv("CI");
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  begin_object(writer, "system");
  json_write_name(writer, "ci");
  json_write_bool(writer, ci && *ci && strcmp(ci, "false") != 0);
  if (uname(&name) == 0) {
    begin_object(writer, "os");
    write_text(writer, "platform", string_view_from(name.sysname));
    write_text(writer, "version", string_view_from(name.release));
    json_write_object_end(writer);
  }
  if (processors > 0) {
    begin_object(writer, "cpu");
    write_number(writer, "logicalCores", processors);
    json_write_object_end(writer);
  }
  json_write_object_end(writer);
}

// Our own report but for the mutants, which stand in the schema's own form: the counts, the kill rate, the notes.
static void write_summary(const MutationReport *report, JsonWriter *writer) {
  JsonField fields[REPORT_FIELDS_MAX];
  JsonType type = mutation_report_type;
  type.field_count = 0;
  type.fields = fields;
  for (size_t i = 0; i < mutation_report_type.field_count && type.field_count < REPORT_FIELDS_MAX; i++)
    if (strcmp(mutation_report_type.fields[i].name, "mutants") != 0)
      fields[type.field_count++] = mutation_report_type.fields[i];
  json_write_name(writer, "testgen");
  json_encode(writer, &type, report);
}

int mutate_write_schema(const MutateOutput *output, JsonWriter *writer) {
  json_write_object_begin(writer);
  write_text(writer, "schemaVersion", SV("2"));
  begin_object(writer, "thresholds");
  write_number(writer, "high", THRESHOLD_HIGH);
  write_number(writer, "low", THRESHOLD_LOW);
  json_write_object_end(writer);
  write_text(writer, "projectRoot", workspace_root(output->cli->workspace));
  json_write_name(writer, "config");
  json_encode(writer, &mutate_params_type, output->params);
  write_framework(output->report, writer);
  write_system(writer);
  write_summary(output->report, writer);
  write_files(output, writer);
  int code = write_tests(output, writer);
  json_write_object_end(writer);
  return code;
}

int mutate_print_json(const MutateOutput *output) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, TEXT_MAX);
  json_writer_init(&writer, &text, 2);
  int code = mutate_write_schema(output, &writer);
  buffer_append_byte(&text, '\n');
  if (code == EXIT_FINE)
    code = cli_print_buffer(&text, output->file);
  buffer_finish(&text);
  return code;
}

// ---- The page ----

static const char page_begin[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" PAGE_POLICY
    "<title>Mutants</title>\n<script>";
static const char page_middle[] =
    "</script>\n</head>\n<body>\n<mutation-test-report-app title-postfix=\"TestGen\">\n"
    "Your browser does not show this report: it needs JavaScript.\n</mutation-test-report-app>\n"
    "<script id=\"report\" type=\"application/json\">";
static const char page_end[] = "</script>\n<script>\n"
                               "document.querySelector('mutation-test-report-app').report = "
                               "JSON.parse(document.getElementById('report').textContent);\n"
                               "</script>\n</body>\n</html>\n";

static int build_page(const MutateOutput *output, StringView elements, Buffer *page) {
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, TEXT_MAX);
  json_writer_init(&writer, &json, 0);
  int code = mutate_write_schema(output, &writer);
  if (json.failure)
    page->failure = json.failure;
  buffer_append_text(page, page_begin);
  buffer_append(page, elements);
  buffer_append_text(page, page_middle);
  page_append_json(page, buffer_view(&json));
  buffer_append_text(page, page_end);
  buffer_finish(&json);
  return code;
}

int mutate_find_elements(Cli *cli, StringView *ret_elements) {
  return page_read_part(cli, "report/mutation-test-elements.js", ret_elements);
}

int mutate_print_html(const MutateOutput *output) {
  StringView elements;
  Buffer page;
  int code = mutate_find_elements(output->cli, &elements);
  if (code != EXIT_FINE)
    return code;
  buffer_init(&page, TEXT_MAX);
  code = build_page(output, elements, &page);
  if (code == EXIT_FINE)
    code = cli_print_buffer(&page, output->file);
  buffer_finish(&page);
  return code;
}
