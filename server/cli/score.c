#include "server/cli/cli.h"
#include "server/services/report.h"

#define WEAKEST_SHOWN 8u

static void print_component(Cli *cli, const char *name, const ComponentReport *component) {
  bool has_value = component->value.present;
  Style style = component->basis == BASIS_MEASURED ? STYLE_GREEN : has_value ? STYLE_CYAN : STYLE_DIM;
  printf("  %-18s %s%s%s %4.0f / %.0f  %s%-14s%s %s%.*s%s\n", name, style_on(cli, style),
         cli_bar(cli, component->maximum > 0 ? component->points / component->maximum : 0, 20), style_off(cli),
         component->points, component->maximum, style_on(cli, style), basis_names[component->basis], style_off(cli),
         style_on(cli, STYLE_DIM), SV_ARGUMENTS(component->source), style_off(cli));
}

static void print_bands(const ScoreReport *report) {
  const int64_t *bands = report->bands.items;
  printf("  strength           mean %u of 100", report->strength_mean);
  for (size_t i = 0; i < report->bands.count; i++)
    printf(" · %lld %s", (long long)bands[i], band_names[i]);
  putchar('\n');
}

static void print_categories(const ScoreReport *report) {
  const CategoryCount *categories = report->categories.items;
  printf("  categories        ");
  for (size_t i = 0; i < report->categories.count; i++)
    printf("%s %s %u", i ? " ·" : "", category_names[categories[i].category], categories[i].count);
  putchar('\n');
}

static int compare_strength(const void *left, const void *right) {
  const TestReport *a = *(const TestReport *const *)left, *b = *(const TestReport *const *)right;
  return (a->strength > b->strength) - (a->strength < b->strength);
}

static void print_weakest(Cli *cli, const ScoreReport *report) {
  const TestReport *tests = report->tests.items;
  Vector order;
  vector_init(&order, sizeof(const TestReport *), report->tests.count + 1);
  for (size_t i = 0; i < report->tests.count; i++) {
    const TestReport *test = &tests[i];
    if (test->strength <= 50)
      vector_push_copy(&order, &test);
  }
  vector_sort(&order, compare_strength);
  if (order.count > 0)
    printf("\n%sWeakest tests%s\n", style_on(cli, STYLE_BOLD), style_off(cli));
  for (size_t i = 0; i < order.count && i < WEAKEST_SHOWN; i++) {
    const TestReport *test = *(const TestReport **)vector_at(&order, i);
    printf("  %s%3u%s  %.*s %s(line %u)%s\n", style_on(cli, test->strength <= 20 ? STYLE_RED : STYLE_YELLOW),
           test->strength, style_off(cli), SV_ARGUMENTS(test->id), style_on(cli, STYLE_DIM), test->line,
           style_off(cli));
  }
  if (order.count > WEAKEST_SHOWN)
    printf("  %sand %zu more below 51; --format json lists all%s\n", style_on(cli, STYLE_DIM),
           order.count - WEAKEST_SHOWN, style_off(cli));
  vector_finish(&order);
}

static void print_text(Cli *cli, const ScoreReport *report) {
  bool is_whole = string_view_equal(report->path, SV("."));
  printf("%sScore %lld of %lld measured%s  %u test%s, %u file%s%s%.*s\n\n", style_on(cli, STYLE_BOLD),
         (long long)report->score, (long long)report->of, style_off(cli), report->test_count,
         report_plural(report->test_count), report->file_count, report_plural(report->file_count),
         is_whole ? "" : " in ", SV_ARGUMENTS(is_whole ? SV("") : report->path));
  print_component(cli, "comprehensiveness", &report->components.comprehensiveness);
  print_component(cli, "balance", &report->components.balance);
  print_component(cli, "anti-cheat", &report->components.anti_cheat);
  print_component(cli, "efficiency", &report->components.efficiency);
  putchar('\n');
  print_bands(report);
  print_categories(report);
  print_weakest(cli, report);
}

int run_score(Cli *cli) {
  ScoreReport report;
  if (cli->options.fail_under.present && cli->options.fail_under.value > 1000)
    return cli_usage("--fail-under %lld: a score is at most 1000", (long long)cli->options.fail_under.value);
  int code = cli_open(cli, cli_argument(cli, 0));
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_SCORE, &(ScoreParams){.path = cli->scope}, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&score_report_type, &report);
  else
    print_text(cli, &report);
  SettingsSnapshot *settings = workspace_settings(cli->workspace);
  int64_t minimum = cli->options.fail_under.present ? cli->options.fail_under.value : settings->settings.fail_under;
  settings_release(settings);
  return code == EXIT_FINE && report.score < minimum ? EXIT_FINDINGS : code;
}
