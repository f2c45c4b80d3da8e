// The reference pages under docs/, from the tables: `testgen help reference-cli` and the like. A test compares them
// with the files that are kept.
#include "server/cli/reference.h"

#include "protocol/testgen/commands.h"
#include "server/services/findings.h"

static void print_options(const SubcommandRow *row) {
  for (size_t i = 0; i < option_row_count; i++) {
    const OptionRow *option = &option_rows[i];
    if (!subcommand_has_option(row, option))
      continue;
    printf("| `--%s%s%s` | %s%s", option->name, option->argument ? " " : "", option->argument ? option->argument : "",
           option->documentation, option->choices ? " One of " : "");
    for (const char *at = option->choices; at && *at; at++)
      fputs(*at == '|' ? ", " : (char[]){*at, '\0'}, stdout);
    puts(option->choices ? ". |" : " |");
  }
}

int reference_cli(void) {
  puts("# The command line\n\nGenerated from the program's tables.\n\n"
       "Exit codes: 0 fine, 1 findings over the threshold, 2 wrong use, 3 could not complete. `NO_COLOR` is honoured; "
       "progress "
       "is shown on a terminal only.");
  for (size_t i = 0; i < subcommand_row_count; i++) {
    const SubcommandRow *row = &subcommand_rows[i];
    printf("\n## testgen %s%s%s\n\n%s\n\n| option | meaning |\n|---|---|\n", row->name, row->arguments[0] ? " " : "",
           row->arguments, row->documentation);
    print_options(row);
  }
  return EXIT_FINE;
}

static void print_default(const SettingRow *row) {
  switch (row->kind) {
  case SETTING_BOOL: printf("%s", row->number ? "true" : "false"); break;
  case SETTING_INTEGER:
    printf("%lld (%lld to %lld)", (long long)row->number, (long long)row->minimum, (long long)row->maximum);
    break;
  case SETTING_ENUM:
    printf("%s", row->names[row->number]);
    for (size_t i = 0; row->names[i]; i++)
      printf("%s%s", i ? ", " : "; one of ", row->names[i]);
    break;
  case SETTING_STRING: printf("unset"); break;
  case SETTING_STRINGS:
  case SETTING_ENUMS: printf("none; a list"); break;
  case SETTING_SEVERITIES: printf("as in [diagnostics](diagnostics/README.md)"); break;
  }
}

int reference_settings(void) {
  size_t count;
  const SettingRow *rows = setting_rows(&count);
  puts("# Settings\n\nGenerated from the program's tables.\n\n"
       "Settings come from the editor (section `testgen`), from `testgen.json` in the workspace, and from the command "
       "line. "
       "The command line wins over the editor, the editor over the file. Settings marked *machine* name what is run "
       "and are "
       "not taken from the workspace's file.\n\n| setting | default | meaning |\n|---|---|---|");
  for (size_t i = 0; i < count; i++) {
    printf("| `%s`%s | ", rows[i].name, rows[i].is_machine_scoped ? " *machine*" : "");
    print_default(&rows[i]);
    printf(" | %s |\n", rows[i].documentation);
  }
  puts("\n```json\n{\n  \"criticalPaths\": [\"shop/pricing.py\"],\n  \"diagnostics\": {\"raises-without-match\": "
       "\"off\"}\n}\n```");
  return EXIT_FINE;
}

static void print_fields(const JsonType *type) {
  for (size_t i = 0; type && i < type->field_count; i++)
    printf("| `%s`%s | %s |\n", type->fields[i].name, type->fields[i].flags & JSON_REQUIRED ? "" : " *optional*",
           type->fields[i].documentation);
}

int reference_commands(void) {
  puts("# Commands\n\nGenerated from the program's tables. Editors send them by `workspace/executeCommand` with one "
       "object as "
       "argument; each answer's schema is under [schemas](schemas).");
  for (int i = 0; i < COMMAND_COUNT; i++) {
    const CommandRow *row = command_row((CommandIdentifier)i);
    printf("\n## %s\n\n%s%s\n", row->name, row->documentation, row->runs_code ? " Needs a trusted workspace." : "");
    if (row->params->field_count > 0)
      puts("\n| parameter | meaning |\n|---|---|");
    print_fields(row->params);
    if (row->result)
      puts("\n| result | meaning |\n|---|---|");
    print_fields(row->result);
  }
  return EXIT_FINE;
}

int reference_diagnostics(void) {
  puts("# Diagnostics\n\nGenerated from the program's tables. A *lead* is what the source suggests and a run may "
       "prove; the others are facts of the source, or were proven by a run.\n\n| code | severity | about | "
       "|\n|---|---|---|---|");
  for (int code = 0; code < DIAGNOSTIC_COUNT; code++) {
    const DiagnosticRow *row = diagnostic_row((DiagnosticCode)code);
    printf("| [%s](%s.md) | %s | %s%s | %s |\n", row->code, row->code, severity_name((int)row->severity),
           diagnostic_family_names[row->family], row->is_lead ? ", lead" : "", row->title);
  }
  puts("\nSilence one in place with `# testgen: ignore[code]` on its line or on the `def` line, in a whole file with "
       "`# testgen: ignore-file[code]`, or everywhere with the setting `diagnostics`.");
  return EXIT_FINE;
}
