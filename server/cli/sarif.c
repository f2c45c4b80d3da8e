// Findings as SARIF 2.1.0.
#include "protocol/testgen/diagnostics.h"
#include "server/cli/cli.h"
#include "server/services/findings.h"
#include "version.h"

#include <string.h>

static void write_text_object(JsonWriter *writer, const char *name, StringView text) {
  json_write_name(writer, name);
  json_write_object_begin(writer);
  json_write_name(writer, "text");
  json_write_string(writer, text);
  json_write_object_end(writer);
}

static const char *sarif_level(StringView severity) {
  static const char *const levels[] = {"none", "error", "warning", "note", "note"};
  for (int number = SEVERITY_ERROR; number <= SEVERITY_HINT; number++)
    if (string_view_equal_text(severity, severity_name(number)))
      return levels[number];
  return levels[SEVERITY_HINT];
}

static void write_rules(JsonWriter *writer) {
  json_write_name(writer, "rules");
  json_write_array_begin(writer);
  for (int code = 0; code < DIAGNOSTIC_COUNT; code++) {
    const DiagnosticRow *row = diagnostic_row((DiagnosticCode)code);
    json_write_object_begin(writer);
    json_write_name(writer, "id");
    json_write_string(writer, string_view_from(row->code));
    write_text_object(writer, "shortDescription", string_view_from(row->title));
    json_write_name(writer, "defaultConfiguration");
    json_write_object_begin(writer);
    json_write_name(writer, "level");
    json_write_string(writer, string_view_from(sarif_level(string_view_from(severity_name((int)row->severity)))));
    json_write_object_end(writer);
    json_write_object_end(writer);
  }
  json_write_array_end(writer);
}

static void write_region(JsonWriter *writer, const FindingReport *finding) {
  const struct {
    const char *name;
    uint32_t value;
  } members[] = {{"startLine", finding->line},
                 {"startColumn", finding->column},
                 {"endLine", finding->end_line},
                 {"endColumn", finding->end_column}};
  json_write_name(writer, "region");
  json_write_object_begin(writer);
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    json_write_name(writer, members[i].name);
    json_write_integer(writer, members[i].value);
  }
  json_write_object_end(writer);
}

// A path as a URI reference (RFC 3986): everything but unreserved characters and '/' is escaped.
static void write_relative_uri(JsonWriter *writer, StringView path) {
  Buffer uri;
  buffer_init(&uri, 65536);
  for (size_t i = 0; i < path.length; i++) {
    unsigned char byte = (unsigned char)path.data[i];
    bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                    memchr("-._~/", byte, 5);
    if (is_plain)
      buffer_append_byte(&uri, (char)byte);
    else
      buffer_append_format(&uri, "%%%02X", byte);
  }
  json_write_string(writer, buffer_view(&uri));
  buffer_finish(&uri);
}

static void write_result(JsonWriter *writer, const FindingReport *finding) {
  json_write_object_begin(writer);
  json_write_name(writer, "ruleId");
  json_write_string(writer, finding->code);
  json_write_name(writer, "level");
  json_write_string(writer, string_view_from(sarif_level(finding->severity)));
  write_text_object(writer, "message", finding->message);
  json_write_name(writer, "locations");
  json_write_array_begin(writer);
  json_write_object_begin(writer);
  json_write_name(writer, "physicalLocation");
  json_write_object_begin(writer);
  json_write_name(writer, "artifactLocation");
  json_write_object_begin(writer);
  json_write_name(writer, "uri");
  write_relative_uri(writer, finding->path);
  json_write_object_end(writer);
  write_region(writer, finding);
  json_write_object_end(writer);
  json_write_object_end(writer);
  json_write_array_end(writer);
  json_write_object_end(writer);
}

static void write_tool(JsonWriter *writer) {
  json_write_name(writer, "tool");
  json_write_object_begin(writer);
  json_write_name(writer, "driver");
  json_write_object_begin(writer);
  json_write_name(writer, "name");
  json_write_string(writer, SV("TestGen"));
  json_write_name(writer, "version");
  json_write_string(writer, SV(TESTGEN_VERSION));
  write_rules(writer);
  json_write_object_end(writer);
  json_write_object_end(writer);
}

int cli_print_sarif(JsonArray findings, FILE *file) {
  const FindingReport *items = findings.items;
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, (size_t)1 << 30);
  json_writer_init(&writer, &text, 2);
  json_write_object_begin(&writer);
  json_write_name(&writer, "$schema");
  json_write_string(&writer, SV("https://json.schemastore.org/sarif-2.1.0.json"));
  json_write_name(&writer, "version");
  json_write_string(&writer, SV("2.1.0"));
  json_write_name(&writer, "runs");
  json_write_array_begin(&writer);
  json_write_object_begin(&writer);
  write_tool(&writer);
  json_write_name(&writer, "columnKind");
  json_write_string(&writer, SV("unicodeCodePoints"));
  json_write_name(&writer, "results");
  json_write_array_begin(&writer);
  for (size_t i = 0; i < findings.count; i++)
    write_result(&writer, &items[i]);
  json_write_array_end(&writer);
  json_write_object_end(&writer);
  json_write_array_end(&writer);
  json_write_object_end(&writer);
  buffer_append_byte(&text, '\n');
  int code = cli_print_buffer(&text, file);
  buffer_finish(&text);
  return code;
}
