#include "server/cli/cli.h"

static void print_text_line(StringView text) {
  size_t end = string_view_find_byte(text, '\n');
  printf("%.*s%s", (int)end, text.data, end < text.length ? " ..." : "");
}

static void print_mutant(Cli *cli, const MutantReport *mutant) {
  static const Style styles[MUTANT_STATUS_COUNT] = {[MUTANT_SURVIVED] = STYLE_RED, [MUTANT_NO_COVERAGE] = STYLE_YELLOW};
  printf("  %s%s%s  %.*s:%u:%u  %.*s", style_on(cli, styles[mutant->status]), mutant_status_names[mutant->status],
         style_off(cli), SV_ARGUMENTS(mutant->path), mutant->line, mutant->column, SV_ARGUMENTS(mutant->operator));
  if (!string_view_is_absent(mutant->function))
    printf("  in %.*s", SV_ARGUMENTS(mutant->function));
  printf("\n      - ");
  print_text_line(mutant->original);
  printf("\n      + ");
  print_text_line(mutant->replacement);
  putchar('\n');
  if (mutant->status == MUTANT_INCONCLUSIVE)
    printf("      %.*s\n", SV_ARGUMENTS(mutant->message));
}

static void print_text(Cli *cli, const MutationReport *report) {
  const MutantReport *mutants = report->mutants.items;
  const RedTestReport *red = report->red_tests.items;
  for (size_t i = 0; i < report->mutants.count; i++)
    if (mutants[i].status == MUTANT_SURVIVED || mutants[i].status == MUTANT_NO_COVERAGE ||
        mutants[i].status == MUTANT_TIMEOUT || mutants[i].status == MUTANT_INCONCLUSIVE)
      print_mutant(cli, &mutants[i]);
  for (size_t i = 0; i < report->red_tests.count; i++)
    printf("  left out: %.*s fails without any mutant: %.*s\n", SV_ARGUMENTS(red[i].test), SV_ARGUMENTS(red[i].reason));
  printf("\n%sMutants%s  %u killed, %u survived, %u not reached by any test", style_on(cli, STYLE_BOLD), style_off(cli),
         report->killed, report->survived, report->no_coverage);
  if (report->timeout > 0)
    printf(", %u without end", report->timeout);
  if (report->inconclusive > 0)
    printf(", %u inconclusive", report->inconclusive);
  printf("; %u not run\n", report->not_run);
  if (report->kill_rate.present)
    printf("%s%.1f %% killed by %u tests in %.1f s%s\n", style_on(cli, STYLE_DIM), 100 * report->kill_rate.value,
           report->tests, report->duration_ms / 1000, style_off(cli));
}

int run_mutate(Cli *cli) {
  MutationReport report;
  StringView target = cli_argument(cli, 0);
  if (cli->options.fail_under.present && cli->options.fail_under.value > 100)
    return cli_usage("--fail-under %lld: a share is at most 100", (long long)cli->options.fail_under.value);
  size_t colons = string_view_is_absent(target) ? 0 : string_view_find(target, SV("::"));
  StringView path = string_view_is_absent(target) ? target : string_view_slice(target, 0, colons);
  int code = cli_open(cli, path);
  if (code != EXIT_FINE)
    return code;
  bool has_symbol = !string_view_is_absent(target) && colons < target.length;
  MutateParams params = {.target = has_symbol ? arena_format(&cli->arena, "%.*s%.*s", SV_ARGUMENTS(cli->scope),
                                                             (int)(target.length - colons), target.data + colons)
                                              : cli->scope,
                         .workers = cli->options.workers};
  code = cli_call(cli, COMMAND_MUTATE, &params, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&mutation_report_type, &report);
  else
    print_text(cli, &report);
  double killed = report.kill_rate.present ? 100 * report.kill_rate.value : 100;
  bool is_below = cli->options.fail_under.present && killed < (double)cli->options.fail_under.value;
  return code == EXIT_FINE && is_below ? EXIT_FINDINGS : code;
}
