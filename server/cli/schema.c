// The JSON schemas of what the commands print, from the same tables that print it.
#include "server/cli/cli.h"

typedef struct SchemaRow {
  const char *name;
  const JsonType *type;  // NULL: the settings
} SchemaRow;

static const SchemaRow rows[] = {
    {"score", &score_report_type},
    {"check", &check_report_type},
    {"gaps", &gaps_report_type},
    {"mutate", &mutation_report_type},
    {"boundary", &boundary_report_type},
    {"cheats", &cheats_report_type},
    {"value", &value_report_type},
    {"run", &run_tests_report_type},
    {"generate", &generate_report_type},
    {"runs", &runs_page_type},
    {"run-detail", &run_detail_type},
    {"stats", &stats_report_type},
    {"trend", &trend_report_type},
    {"config", &configs_report_type},
    {"evolve", &evolve_report_type},
    {"event", &run_event_type},
    {"testgen.json", NULL},
};

static int print_schema(const SchemaRow *row) {
  Buffer text;
  JsonWriter writer;
  Error error = {0};
  char identifier[64];
  buffer_init(&text, 1u << 20);
  json_writer_init(&writer, &text, 2);
  snprintf(identifier, sizeof identifier, "%s.schema.json", row->name);
  if (row->type)
    json_write_schema(&writer, row->type, identifier);
  else
    settings_write_schema(&writer);
  buffer_append_byte(&text, '\n');
  int result = buffer_check(&text, &error, "a schema");
  if (result == 0)
    fwrite(text.data, 1, text.length, stdout);
  buffer_finish(&text);
  return result < 0 ? cli_fail(&error) : EXIT_FINE;
}

int run_schema(Cli *cli) {
  StringView name = cli_argument(cli, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (string_view_is_absent(name))
      puts(rows[i].name);
    else if (string_view_equal_text(name, rows[i].name))
      return print_schema(&rows[i]);
  }
  return string_view_is_absent(name) ? EXIT_FINE : cli_usage("there is no schema %.*s", SV_ARGUMENTS(name));
}
