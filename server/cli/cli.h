// The command line: subcommands over the same services as the editor. One row per subcommand, one row per option;
// parsing, help, the man page and the shell completions follow from the tables.
//
// Exit codes: 0 fine; 1 findings over the threshold; 2 wrong use; 3 could not complete.
#ifndef TESTGEN_SERVER_CLI_CLI_H
#define TESTGEN_SERVER_CLI_CLI_H

#include "protocol/memory/vector.h"
#include "server/services/service.h"

#include <stdio.h>

enum { EXIT_FINE = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_INCOMPLETE = 3 };

typedef enum OutputFormat {
  FORMAT_TEXT,
  FORMAT_JSON,
  FORMAT_SARIF,
  FORMAT_HTML,
  FORMAT_JUNIT,
  FORMAT_COUNT
} OutputFormat;

// The values of all options; each subcommand reads those of its row.
typedef struct CliOptions {
  StringView format;
  StringView workspace;
  StringView interpreter;
  StringView database;
  StringView coverage;
  StringView fail_on;
  StringView kind;
  StringView task;
  StringView answer;  // path of a file
  StringView provider;
  StringView model;
  StringView model_url;
  StringView model_key_file;
  StringView model_certificates;
  StringView model_cache;
  bool ask_again;
  bool offline;
  StringView mirror;
  StringView replay;
  StringView log_level;
  StringView log_file;
  StringView set_path;
  StringView html;
  StringView output;
  StringView diff;
  StringView since;
  StringView sample;
  OptionalInteger fail_under;
  OptionalInteger max_tests;
  OptionalInteger workers;
  OptionalInteger steps;
  OptionalInteger trials;
  OptionalInteger seed;
  OptionalInteger limit;
  OptionalInteger before;
  OptionalInteger port;
  bool run;
  bool write;
  bool with_coverage;
  bool no_sandbox;
  bool no_record;
  bool fresh;
  bool quiet;
  bool stdio;
  bool help;
  bool version;
} CliOptions;

typedef enum OptionKind { OPTION_FLAG, OPTION_TEXT, OPTION_INTEGER } OptionKind;

typedef struct OptionRow {
  const char *name;      // without the dashes
  const char *argument;  // how help calls it; NULL for flags
  OptionKind kind;
  size_t offset;        // in CliOptions
  const char *choices;  // "text|json"; NULL: anything
  const char *documentation;
} OptionRow;

extern const OptionRow option_rows[];
extern const size_t option_row_count;

typedef struct Cli {
  CliOptions options;
  JsonArray arguments;  // StringView: what is no option
  OutputFormat format;
  bool has_colour;      // standard output is a terminal that wants it
  bool shows_progress;  // standard error is a terminal
  Arena arena;
  Workspace *workspace;  // opened by cli_open
  StringView scope;      // what the argument named, relative to the workspace
  CancelToken cancel;
} Cli;

typedef struct SubcommandRow {
  const char *name;
  const char *arguments;  // of the usage line
  const char *summary;
  const char *options;  // names of its own options, separated by spaces; the common ones are always there
  const char *documentation;
  int (*run)(Cli *cli);
  const char *formats;  // beside text and json: "sarif|html"; NULL: none
} SubcommandRow;

extern const SubcommandRow subcommand_rows[];
extern const size_t subcommand_row_count;
bool subcommand_has_option(const SubcommandRow *row, const OptionRow *option);

// The program: returns the exit code.
int cli_main(int argument_count, char **arguments);

// ---- For the subcommands ----

StringView cli_argument(const Cli *cli, size_t index);  // absent when there are fewer

// Opens the workspace: --workspace, else the project that holds `path` (its nearest folder upwards with testgen.json,
// pyproject.toml, pytest.ini, tox.ini, setup.cfg or .git), else the folder itself. Explicit commands count as trust.
// Returns an exit code; `cli->scope` is set.
int cli_open(Cli *cli, StringView path);

// The same for the only argument of a subcommand that takes PATH or FILE::NAME and, with --fail-under, a percentage.
// `*ret_target` is what services take.
int cli_open_target(Cli *cli, StringView *ret_target);

// Calls a service with progress on the terminal. Returns an exit code; failures are printed.
int cli_call(Cli *cli, CommandIdentifier command, const void *params, void *ret_report);
// The same with progress of its own; `user` is given to `emit`.
int cli_call_showing(Cli *cli, CommandIdentifier command, const void *params, void *ret_report,
                     void (*emit)(void *user, const RunEvent *event), void *user);

// The command line's options as a layer of settings. NULL when memory is exhausted.
const JsonValue *cli_settings(Cli *cli);

// Prints a report as JSON.
int cli_print_json(const JsonType *type, const void *report);
// Prints a text that was built, or says why it could not be: an exit code.
int cli_print_buffer(const Buffer *text, FILE *file);
// Findings as SARIF 2.1.0. An exit code.
int cli_print_sarif(JsonArray findings, FILE *file);
void cli_print_notes(const Cli *cli, JsonArray notes);
int cli_fail(const Error *error);  // prints "testgen: ..." and gives the exit code that fits
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

typedef enum Style { STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_CYAN, STYLE_COUNT } Style;
// The escape sequences around styled text; empty without colour.
const char *style_on(const Cli *cli, Style style);
const char *style_off(const Cli *cli);

// A bar of `width` cells filled to `share` (0-1) with block characters, eighths included. In the arena.
const char *cli_bar(Cli *cli, double share, int width);

// ---- The subcommands, one file each ----
int run_serve(Cli *cli);
int run_serve_mutation(Cli *cli);
int run_score(Cli *cli);
int run_check(Cli *cli);
int run_gaps(Cli *cli);
int run_mutate(Cli *cli);
int run_boundary(Cli *cli);
int run_cheats(Cli *cli);
int run_value(Cli *cli);
int run_tests(Cli *cli);
int run_generate(Cli *cli);
int run_implement(Cli *cli);
int run_runs(Cli *cli);
int run_report(Cli *cli);
int run_stats(Cli *cli);
int run_config(Cli *cli);
int run_evolve(Cli *cli);
int run_doctor(Cli *cli);
int run_schema(Cli *cli);
int run_help(Cli *cli);

// help.c: also the man page and the completions.
void help_print_usage(FILE *file);
void help_print_subcommand(FILE *file, const SubcommandRow *row);

#endif
