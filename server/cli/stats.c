#include "server/cli/cli.h"

static void print_number(const char *name, OptionalNumber value) {
  if (value.present)
    printf("  %-28s %.2f\n", name, value.value);
  else
    printf("  %-28s -\n", name);
}

int run_stats(Cli *cli) {
  StatsReport stats;
  int code = cli_open(cli, (StringView){0});
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_STATS, &(EmptyParams){0}, &stats);
  if (code != EXIT_FINE || cli->format == FORMAT_JSON)
    return code != EXIT_FINE ? code : cli_print_json(&stats_report_type, &stats);
  printf("  %-28s %lld\n", "runs", (long long)stats.total_runs);
  printf("  %-28s %lld\n", "configurations", (long long)stats.total_configs);
  print_number("average score", stats.average_score);
  print_number("best score", (OptionalNumber){stats.best_score.present, (double)stats.best_score.value});
  print_number("average comprehensiveness", stats.average_comprehensiveness);
  print_number("average efficiency", stats.average_efficiency);
  printf("  %-28s %lld\n", "steps of config evolution", (long long)stats.config_evolution_count);
  printf("  %-28s %lld\n", "tests proposed", (long long)stats.generated_tests);
  printf("  %-28s %lld\n", "test executions", (long long)stats.test_results);
  return EXIT_FINE;
}
