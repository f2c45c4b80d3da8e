#include "server/cli/mutate.h"
#include "server/base/files.h"
#include "server/services/findings.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

// ---- Targets ----

// A target as the service takes it: what the shell calls a file may lie elsewhere, seen from the workspace.
static int make_target(Cli *cli, StringView argument, StringView *ret_target) {
  Error error = {0};
  StringView real;
  size_t colons = string_view_find(argument, SV("::"));
  const char *path = arena_terminated(&cli->arena, string_view_slice(argument, 0, colons));
  if (!path || path_real(path, &cli->arena, &real, &error) < 0)
    return cli_fail(&error);
  StringView relative = path_relative(&cli->arena, workspace_root(cli->workspace), real);
  *ret_target = arena_format(&cli->arena, "%.*s%.*s", SV_ARGUMENTS(relative), (int)(argument.length - colons),
                             argument.data + colons);
  return ret_target->data ? EXIT_FINE : EXIT_INCOMPLETE;
}

// The first target says which project it is; without any it is that of the folder that the shell stands in.
int mutate_open_targets(Cli *cli, StringView *ret_target, JsonArray *ret_targets) {
  StringView first = cli_argument(cli, 0);
  StringView path = string_view_slice(first, 0, string_view_find(first, SV("::")));
  StringView *targets = arena_allocate_array(&cli->arena, cli->arguments.count + 1, sizeof *targets);
  int code = targets ? cli_open(cli, string_view_is_absent(first) ? first : path) : EXIT_INCOMPLETE;
  for (size_t i = 0; i < cli->arguments.count && code == EXIT_FINE; i++)
    code = make_target(cli, cli_argument(cli, i), &targets[i]);
  if (cli->arguments.count == 0)
    *ret_target = cli->scope;
  *ret_targets = (JsonArray){targets, cli->arguments.count};
  return code;
}

// ---- Output ----

int mutate_print_sarif(const MutateOutput *output) {
  const MutantReport *mutants = output->report->mutants.items;
  FindingReport *findings = arena_allocate_array(&output->cli->arena, output->report->mutants.count, sizeof *findings);
  const DiagnosticRow *row = diagnostic_row(DIAGNOSTIC_MUTANT_SURVIVED);
  size_t count = 0;
  if (!findings)
    return EXIT_INCOMPLETE;
  for (size_t i = 0; i < output->report->mutants.count; i++) {
    if (mutants[i].status != MUTANT_SURVIVED)
      continue;
    findings[count++] = (FindingReport){
        .path = mutants[i].path,
        .line = mutants[i].line,
        .column = mutants[i].column,
        .end_line = mutants[i].end_line,
        .end_column = mutants[i].end_column,
        .code = string_view_from(row->code),
        .severity = string_view_from(severity_name((int)row->severity)),
        .message = arena_format(&output->cli->arena, "No test fails when \"%.*s\" becomes \"%.*s\" (%.*s)",
                                SV_ARGUMENTS(mutants[i].original), SV_ARGUMENTS(mutants[i].replacement),
                                SV_ARGUMENTS(mutants[i].operator)),
    };
  }
  return cli_print_sarif((JsonArray){findings, count}, output->file);
}

static int (*const printers[FORMAT_COUNT])(const MutateOutput *output) = {
    [FORMAT_TEXT] = mutate_print_text, [FORMAT_JSON] = mutate_print_json,   [FORMAT_SARIF] = mutate_print_sarif,
    [FORMAT_HTML] = mutate_print_html, [FORMAT_JUNIT] = mutate_print_junit,
};

static int print_to_file(MutateOutput *output, StringView path) {
  Error error = {0};
  char *text = NULL;
  size_t length = 0;
  const char *target = arena_terminated(&output->cli->arena, path);
  output->file = open_memstream(&text, &length);
  if (!target || !output->file)
    return cli_fail((error_set(&error, ERROR_NO_MEMORY, "out of memory while writing the report"), &error));
  int code = printers[output->cli->format](output);
  bool has_failed = ferror(output->file) != 0;
  if (fclose(output->file) != 0 || has_failed)
    code = cli_fail((error_set_errno(&error, errno, "the report cannot be built"), &error));
  else if (code == EXIT_FINE && file_write_atomic(target, (StringView){text, length}, &error) < 0)
    code = cli_fail(&error);
  free(text);
  return code;
}

static int print_report(Cli *cli, const MutateParams *params, const MutationReport *report) {
  MutateOutput output = {cli, params, report, stdout};
  cli_print_notes(cli, report->notes);
  return string_view_is_absent(cli->options.output) ? printers[cli->format](&output)
                                                    : print_to_file(&output, cli->options.output);
}

// What the report will need is looked for before anything is judged.
static int check_output(Cli *cli) {
  StringView elements;
  Error error = {0};
  StringView folder = path_directory(cli->options.output);
  const char *path = arena_terminated(&cli->arena, folder);
  if (!string_view_is_absent(cli->options.output) && path && access(path, W_OK) != 0)
    return cli_fail((error_set_errno(&error, errno, "--output %.*s: the folder cannot be written",
                                     SV_ARGUMENTS(cli->options.output)),
                     &error));
  return cli->format == FORMAT_HTML ? mutate_find_elements(cli, &elements) : EXIT_FINE;
}

int run_mutate(Cli *cli) {
  MutationReport report = {0};
  MutateProgress progress = {.cli = cli};
  MutateParams params = {
      .workers = cli->options.workers,
      .diff = cli->options.diff,
      .since = cli->options.since,
      .sample = cli->options.sample,
      .seed = cli->options.seed,
      .fresh = cli->options.fresh,
  };
  if (cli->options.fail_under.present && cli->options.fail_under.value > 100)
    return cli_usage("--fail-under %lld: a share is at most 100", (long long)cli->options.fail_under.value);
  int code = check_output(cli);
  if (code == EXIT_FINE)
    code = mutate_open_targets(cli, &params.target, &params.targets);
  if (code == EXIT_FINE)
    code = cli_call_showing(cli, COMMAND_MUTATE, &params, &report, mutate_progress_show, &progress);
  if (string_view_is_absent(report.status))
    return code;
  int printed = print_report(cli, &params, &report);
  if (code != EXIT_FINE || printed != EXIT_FINE)
    return code != EXIT_FINE ? code : printed;
  if (!string_view_equal(report.status, SV("complete")))
    return EXIT_INCOMPLETE;
  double killed = report.kill_rate.present ? 100 * report.kill_rate.value : 100;
  bool is_below = cli->options.fail_under.present && killed < (double)cli->options.fail_under.value;
  return is_below ? EXIT_FINDINGS : EXIT_FINE;
}
