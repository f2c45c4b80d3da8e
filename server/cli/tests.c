#include "server/cli/cli.h"

static bool is_red(const TestResultReport *result) {
  return result->outcome == OUTCOME_FAILED || result->outcome == OUTCOME_ERROR;
}

static void print_result(Cli *cli, const TestResultReport *result) {
  printf("%s%s%s %.*s", style_on(cli, STYLE_RED), outcome_names[result->outcome], style_off(cli),
         SV_ARGUMENTS(result->id));
  if (result->failure_line > 0)
    printf(" %s%.*s:%u%s", style_on(cli, STYLE_DIM), SV_ARGUMENTS(result->failure_path), result->failure_line,
           style_off(cli));
  printf("\n    %.*s\n", SV_ARGUMENTS(result->message));
}

static void print_red(Cli *cli, JsonArray results) {
  const TestResultReport *items = results.items;
  for (size_t i = 0; i < results.count; i++)
    if (is_red(&items[i]))
      print_result(cli, &items[i]);
}

static void print_text(Cli *cli, const RunTestsReport *report) {
  print_red(cli, report->collection_errors);
  print_red(cli, report->tests);
  bool is_green = report->failed + report->errors == 0 && report->passed > 0;
  printf("%s%u passed, %u failed, %u errors, %u skipped%s in %.2f s", style_on(cli, is_green ? STYLE_GREEN : STYLE_RED),
         report->passed, report->failed, report->errors, report->skipped, style_off(cli), report->duration_ms / 1000);
  if (report->line_coverage.present)
    printf(", %.1f %% of lines covered", 100 * report->line_coverage.value);
  printf("  %sPython %.*s, pytest %.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(report->python_version),
         SV_ARGUMENTS(report->pytest_version), style_off(cli));
}

// Node ids are relative to the workspace; what the shell named may not be. Only the path part is touched.
static int make_ids(Cli *cli, JsonArray *ret_ids) {
  const StringView *items = cli->arguments.items;
  StringView *ids = arena_allocate_array(&cli->arena, cli->arguments.count, sizeof *ids);
  if (!ids)
    return EXIT_INCOMPLETE;
  for (size_t i = 0; i < cli->arguments.count; i++)
    ids[i] = items[i];
  *ret_ids = (JsonArray){ids, cli->arguments.count};
  return EXIT_FINE;
}

int run_tests(Cli *cli) {
  RunTestsReport report = {0};
  RunTestsParams params = {.coverage = cli->options.with_coverage};
  StringView first = cli_argument(cli, 0);
  first = string_view_slice(first, 0, string_view_find(first, SV("::")));
  int code = cli_open(cli, first.length > 0 && string_view_is_absent(cli->options.workspace) ? first : (StringView){0});
  if (code == EXIT_FINE)
    code = make_ids(cli, &params.ids);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_RUN_TESTS, &params, &report);
  if (code != EXIT_FINE && report.tests.count == 0)
    return code;
  cli_print_notes(cli, report.notes);
  int printed = EXIT_FINE;
  if (cli->format == FORMAT_JSON)
    printed = cli_print_json(&run_tests_report_type, &report);
  else
    print_text(cli, &report);
  code = code == EXIT_FINE ? printed : code;
  bool is_green = report.failed + report.errors == 0 && report.passed > 0;  // zero tests run is a failure
  return code == EXIT_FINE && !is_green ? EXIT_FINDINGS : code;
}
