// Help, the man page and the shell completions, all from the tables.
#include "server/cli/cli.h"
#include "server/cli/reference.h"
#include "version.h"

#include <string.h>

static const char exit_codes[] = "0 fine, 1 findings over the threshold, 2 wrong use, 3 could not complete";

void help_print_usage(FILE *file) {
  fputs("TestGen " TESTGEN_VERSION ": what your tests would not notice, and the tests that would\n\n"
        "Usage: testgen COMMAND [ARGUMENT...] [OPTION...]\n\n",
        file);
  for (size_t i = 0; i < subcommand_row_count; i++)
    fprintf(file, "  %-9s %s\n", subcommand_rows[i].name, subcommand_rows[i].summary);
  fprintf(file, "\n`testgen help COMMAND` explains one. Exit codes: %s.\n", exit_codes);
}

static void print_options(FILE *file, const SubcommandRow *row) {
  for (size_t i = 0; i < option_row_count; i++) {
    const OptionRow *option = &option_rows[i];
    char name[64];
    if (!subcommand_has_option(row, option))
      continue;
    snprintf(name, sizeof name, "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    fprintf(file, "  %-24s %s\n", name, option->documentation);
    if (option->choices)
      fprintf(file, "  %-24s One of %s.\n", "", option->choices);
  }
}

void help_print_subcommand(FILE *file, const SubcommandRow *row) {
  fprintf(file, "%s\n\nUsage: testgen %s %s%s[OPTION...]\n\n%s\n\nOptions:\n", row->summary, row->name, row->arguments,
          row->arguments[0] ? " " : "", row->documentation);
  print_options(file, row);
}

// ---- Man page ----

// Backslashes and leading dots mean something to roff; dashes should stay dashes.
static void print_roff(const char *text) {
  for (const char *at = text; *at; at++) {
    if (*at == '\\')
      fputs("\\\\", stdout);
    else if (*at == '-')
      fputs("\\-", stdout);
    else
      putchar(*at);
  }
}

static void print_man_option(const OptionRow *option) {
  fputs(".TP\n\\fB\\-\\-", stdout);
  print_roff(option->name);
  fputs("\\fR", stdout);
  if (option->argument)
    printf(" \\fI%s\\fR", option->argument);
  putchar('\n');
  print_roff(option->documentation);
  if (option->choices)
    printf(" One of %s.", option->choices);
  putchar('\n');
}

static void print_man_command(const SubcommandRow *row) {
  printf(".SS \"testgen %s %s\"\n", row->name, row->arguments);
  print_roff(row->documentation);
  putchar('\n');
}

static int print_man(void) {
  puts(".TH TESTGEN 1 \"\" \"TestGen " TESTGEN_VERSION "\" \"User Commands\"\n.SH NAME\n"
       "testgen \\- what your tests would not notice, and the tests that would\n.SH SYNOPSIS\n"
       ".B testgen\n.I COMMAND\n[\\fIARGUMENT\\fR...] [\\fIOPTION\\fR...]\n.SH COMMANDS");
  for (size_t i = 0; i < subcommand_row_count; i++)
    print_man_command(&subcommand_rows[i]);
  puts(".SH OPTIONS");
  for (size_t i = 0; i < option_row_count; i++)
    print_man_option(&option_rows[i]);
  printf(".SH EXIT STATUS\n%s.\n", exit_codes);
  puts(".SH FILES\n.TP\n.I testgen.json\nThe settings of a workspace.\n.TP\n.I .testgen/testgen.db\nThe history of a "
       "workspace.");
  puts(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nPrint without colours.\n.TP\n.B VIRTUAL_ENV\nWhere the interpreter is "
       "looked for.");
  return EXIT_FINE;
}

// ---- Completions ----

static int print_bash(void) {
  puts("_testgen() {\n  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n  local options\n  case "
       "$command in");
  for (size_t i = 0; i < subcommand_row_count; i++) {
    printf("    %s) options='", subcommand_rows[i].name);
    for (size_t k = 0; k < option_row_count; k++)
      if (subcommand_has_option(&subcommand_rows[i], &option_rows[k]))
        printf(" --%s", option_rows[k].name);
    puts("' ;;");
  }
  fputs("  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    mapfile -t COMPREPLY < <(compgen -W '", stdout);
  for (size_t i = 0; i < subcommand_row_count; i++)
    printf(" %s", subcommand_rows[i].name);
  puts("' -- \"$word\")\n  elif [[ $word == -* ]]; then\n    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- "
       "\"$word\")\n"
       "  else\n    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n  fi\n}\ncomplete -o filenames -F _testgen "
       "testgen");
  return EXIT_FINE;
}

static void print_quoted(const char *text, const char *specials) {
  for (const char *at = text; *at; at++) {
    if (strchr(specials, *at))
      putchar('\\');
    putchar(*at);
  }
}

static void print_zsh_options(const SubcommandRow *row) {
  for (size_t i = 0; i < option_row_count; i++) {
    const OptionRow *option = &option_rows[i];
    if (!subcommand_has_option(row, option))
      continue;
    printf(" \\\n        \"--%s%s[", option->name, option->argument ? "=" : "");
    print_quoted(option->documentation, "[]:\"`$");
    printf("]%s%s\"", option->argument ? ":" : "", option->argument ? option->argument : "");
  }
}

static int print_zsh(void) {
  puts("#compdef testgen\n_testgen() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(");
  for (size_t i = 0; i < subcommand_row_count; i++)
    printf("      '%s:%s'\n", subcommand_rows[i].name, subcommand_rows[i].summary);
  puts("    )\n    _describe command commands\n    return\n  fi\n  case $words[2] in");
  for (size_t i = 0; i < subcommand_row_count; i++) {
    printf("    %s)\n      _arguments", subcommand_rows[i].name);
    print_zsh_options(&subcommand_rows[i]);
    puts(" \\\n        '*:file:_files' ;;");
  }
  puts("  esac\n}\n_testgen \"$@\"");
  return EXIT_FINE;
}

static int print_fish(void) {
  for (size_t i = 0; i < subcommand_row_count; i++) {
    const SubcommandRow *row = &subcommand_rows[i];
    printf("complete -c testgen -n __fish_use_subcommand -f -a %s -d '", row->name);
    print_quoted(row->summary, "'");
    puts("'");
    for (size_t k = 0; k < option_row_count; k++) {
      if (!subcommand_has_option(row, &option_rows[k]))
        continue;
      printf("complete -c testgen -n '__fish_seen_subcommand_from %s' -l %s%s -d '", row->name, option_rows[k].name,
             option_rows[k].argument ? " -r" : "");
      print_quoted(option_rows[k].documentation, "'");
      puts("'");
    }
  }
  return EXIT_FINE;
}

static const struct {
  const char *name;
  int (*print)(void);
} topics[] = {
    {"man", print_man},
    {"bash", print_bash},
    {"zsh", print_zsh},
    {"fish", print_fish},
    {"reference-cli", reference_cli},
    {"reference-settings", reference_settings},
    {"reference-commands", reference_commands},
    {"reference-diagnostics", reference_diagnostics},
    {"reference-editor", reference_editor},
};

int run_help(Cli *cli) {
  StringView topic = cli_argument(cli, 0);
  if (string_view_is_absent(topic)) {
    help_print_usage(stdout);
    return EXIT_FINE;
  }
  for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
    if (string_view_equal_text(topic, topics[i].name))
      return topics[i].print();
  for (size_t i = 0; i < subcommand_row_count; i++)
    if (string_view_equal_text(topic, subcommand_rows[i].name)) {
      help_print_subcommand(stdout, &subcommand_rows[i]);
      return EXIT_FINE;
    }
  return cli_usage("there is no command %.*s", SV_ARGUMENTS(topic));
}
