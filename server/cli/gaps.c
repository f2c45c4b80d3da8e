#include "server/cli/cli.h"

#define RANGES_SHOWN 6u

static void print_ranges(const FunctionGapReport *gap) {
  const LineRangeReport *ranges = gap->ranges.items;
  for (size_t i = 0; i < gap->ranges.count && i < RANGES_SHOWN; i++)
    if (ranges[i].first == ranges[i].last)
      printf("%s%u", i ? ", " : "  lines ", ranges[i].first);
    else
      printf("%s%u-%u", i ? ", " : "  lines ", ranges[i].first, ranges[i].last);
  if (gap->ranges.count > RANGES_SHOWN)
    printf(" and %zu more", gap->ranges.count - RANGES_SHOWN);
}

static void print_branches(const FunctionGapReport *gap) {
  const BranchReport *branches = gap->branches.items;
  for (size_t i = 0; i < gap->branches.count && i < RANGES_SHOWN; i++) {
    printf("%s%u→", i ? ", " : "  branches ", branches[i].line);
    if (branches[i].target > 0)
      printf("%u", branches[i].target);
    else
      printf("exit");
  }
}

static void print_function(Cli *cli, const FunctionGapReport *gap) {
  static const Style styles[RISK_COUNT] = {STYLE_RED, STYLE_RED, STYLE_YELLOW, STYLE_DIM};
  StringView name = string_view_is_absent(gap->function) ? SV("(module)") : gap->function;
  printf("  %s%-8s%s %-28.*s %3u of %-3u missing", style_on(cli, styles[gap->risk]), risk_names[gap->risk],
         style_off(cli), SV_ARGUMENTS(name), gap->lines_missing, gap->lines_total);
  print_ranges(gap);
  print_branches(gap);
  putchar('\n');
}

// Of nothing nothing is covered: what was not measured earns nothing.
static double share(uint32_t missing, uint32_t total) {
  return total > 0 ? 1.0 - (double)missing / total : 0.0;
}

static void print_critical(Cli *cli, const GapsReport *report) {
  const CriticalPathReport *paths = report->critical_paths.items;
  if (report->critical_paths.count == 0)
    return;
  printf("\n%sCritical paths%s\n  %-40s %9s %9s %10s  %s\n", style_on(cli, STYLE_BOLD), style_off(cli), "path",
         "coverage", "strength", "kill rate", "risk");
  for (size_t i = 0; i < report->critical_paths.count; i++) {
    char coverage[16] = "-", strength[16] = "-";
    if (paths[i].coverage.present)
      snprintf(coverage, sizeof coverage, "%.0f %%", 100 * paths[i].coverage.value);
    if (paths[i].strength.present)
      snprintf(strength, sizeof strength, "%.0f", paths[i].strength.value);
    printf("  %-40.*s %9s %9s %10s  %s\n", SV_ARGUMENTS(paths[i].path), coverage, strength, "-",
           risk_names[paths[i].risk]);
  }
}

static void print_text(Cli *cli, const GapsReport *report) {
  const FileGapReport *files = report->files.items;
  printf("%sCoverage gaps%s  ", style_on(cli, STYLE_BOLD), style_off(cli));
  if (report->lines_total == 0)
    printf("no line of code under test was measured");
  else
    printf("%u of %u lines missing (%.1f %% covered)", report->lines_missing, report->lines_total,
           100 * share(report->lines_missing, report->lines_total));
  if (report->branches_total > 0)
    printf(", %u of %u branches", report->branches_missing, report->branches_total);
  printf("  %s%.*s %.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(report->format), SV_ARGUMENTS(report->source),
         style_off(cli));
  for (size_t i = 0; i < report->files.count; i++) {
    const FunctionGapReport *functions = files[i].functions.items;
    printf("\n%s%.*s%s %s%s\n", style_on(cli, STYLE_BOLD), SV_ARGUMENTS(files[i].path), style_off(cli),
           cli_bar(cli, share(files[i].lines_missing, files[i].lines_total), 10),
           files[i].stale ? "  stale: it changed since" : "");
    for (size_t k = 0; k < files[i].functions.count; k++)
      print_function(cli, &functions[k]);
  }
  print_critical(cli, report);
}

int run_gaps(Cli *cli) {
  GapsReport report;
  if (cli->options.fail_under.present && cli->options.fail_under.value > 100)
    return cli_usage("--fail-under %lld: a coverage is at most 100", (long long)cli->options.fail_under.value);
  int code = cli_open(cli, cli_argument(cli, 0));
  GapsParams params = {.path = cli->scope, .coverage = cli->options.coverage, .run = cli->options.run};
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_SHOW_COVERAGE_GAPS, &params, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&gaps_report_type, &report);
  else
    print_text(cli, &report);
  double covered = 100 * share(report.lines_missing, report.lines_total);
  bool is_below = cli->options.fail_under.present && covered < (double)cli->options.fail_under.value;
  return code == EXIT_FINE && is_below ? EXIT_FINDINGS : code;
}
