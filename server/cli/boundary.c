#include "protocol/testgen/vocabulary.h"
#include "server/cli/cli.h"
#include "server/services/evidence.h"

static void print_comparison(Cli *cli, const ComparisonReport *comparison) {
  static const Style styles[BOUNDARY_VERDICT_COUNT] = {
      [BOUNDARY_NOT_ON] = STYLE_RED,      [BOUNDARY_ONLY_ON] = STYLE_YELLOW, [BOUNDARY_NEVER] = STYLE_YELLOW,
      [BOUNDARY_NO_DISTANCE] = STYLE_DIM, [BOUNDARY_AT_IMPORT] = STYLE_DIM,  [BOUNDARY_TESTED] = STYLE_GREEN};
  StringView name = string_view_is_absent(comparison->function) ? SV("module") : comparison->function;
  StringView sentence = boundary_sentence(comparison, &cli->arena);
  printf("%.*s: `%.*s` (%.*s:%u): %s%.*s%s\n", SV_ARGUMENTS(name), SV_ARGUMENTS(comparison->text),
         SV_ARGUMENTS(comparison->path), comparison->line, style_on(cli, styles[comparison->verdict]),
         SV_ARGUMENTS(sentence), style_off(cli));
}

static void print_text(Cli *cli, const BoundaryReport *report) {
  const ComparisonReport *comparisons = report->comparisons.items;
  const RedTestReport *red = report->red_tests.items;
  for (size_t i = 0; i < report->comparisons.count; i++)
    if (comparisons[i].verdict < BOUNDARY_AT_IMPORT)
      print_comparison(cli, &comparisons[i]);
  for (size_t i = 0; i < report->red_tests.count; i++)
    printf("fails, and counts all the same: %.*s: %.*s\n", SV_ARGUMENTS(red[i].test), SV_ARGUMENTS(red[i].reason));
  printf("\n%sBoundaries%s  %u tested, %u only on the boundary, %u not on it, %u never evaluated",
         style_on(cli, STYLE_BOLD), style_off(cli), report->tested, report->only_on, report->not_on, report->never);
  if (report->no_distance > 0)
    printf(", %u without a distance", report->no_distance);
  if (report->at_import > 0)
    printf(", %u only at import", report->at_import);
  putchar('\n');
  if (report->tested_rate.present)
    printf("%s%.1f %% tested by %u tests in %.1f s%s\n", style_on(cli, STYLE_DIM), 100 * report->tested_rate.value,
           report->tests, report->duration_ms / 1000, style_off(cli));
}

int run_boundary(Cli *cli) {
  BoundaryReport report;
  BoundaryParams params = {0};
  int code = cli_open_target(cli, &params.target);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_BOUNDARY, &params, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&boundary_report_type, &report);
  else
    print_text(cli, &report);
  double tested = report.tested_rate.present ? 100 * report.tested_rate.value : 100;
  bool is_below = cli->options.fail_under.present && tested < (double)cli->options.fail_under.value;
  return code == EXIT_FINE && is_below ? EXIT_FINDINGS : code;
}
