#include "server/cli/cli.h"
#include "server/cli/generate_text.h"

#include "protocol/json/field.h"

static void print_run(Cli *cli, const RunSummary *run) {
  bool is_complete = string_view_equal(run->status, SV("complete"));
  printf("%s%.*s%s  %.10s %.5s  %s%-10.*s%s %7.1f s  %.*s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(run->run_id),
         style_off(cli), run->created_at.data, run->created_at.data + 11,
         style_on(cli, is_complete ? STYLE_GREEN : STYLE_YELLOW), SV_ARGUMENTS(run->kind), style_off(cli),
         run->duration_ms / 1000, SV_ARGUMENTS(run->title));
}

static int show_list(Cli *cli) {
  HistoryParams params = {.kind = cli->options.kind, .limit = cli->options.limit, .before = cli->options.before};
  RunsPage page;
  int code = cli_call(cli, COMMAND_HISTORY, &params, &page);
  if (code != EXIT_FINE)
    return code;
  if (cli->format == FORMAT_JSON)
    return cli_print_json(&runs_page_type, &page);
  const RunSummary *runs = page.runs.items;
  for (size_t i = 0; i < page.runs.count; i++)
    print_run(cli, &runs[i]);
  if (page.next.present)
    printf("%zu of %lld runs; --before %lld shows more\n", page.runs.count, (long long)page.total,
           (long long)page.next.value);
  if (page.runs.count == 0)
    puts("no runs are recorded yet");
  return EXIT_FINE;
}

static int show_one(Cli *cli) {
  RunParams params = {.run_id = cli_argument(cli, 0)};
  RunDetail detail;
  int code = cli_call(cli, COMMAND_RUN_DETAIL, &params, &detail);
  if (code != EXIT_FINE)
    return code;
  if (cli->format == FORMAT_JSON)
    return cli_print_json(&run_detail_type, &detail);
  const RunFile *files = detail.files.items;
  GenerateReport generation;
  print_run(cli, &detail.summary);
  // One that another version wrote in another form is left to --format json.
  if (detail.report && string_view_equal(detail.summary.kind, SV("generation")) &&
      json_decode(&generate_report_type, detail.report, &cli->arena, &generation, NULL) == 0)
    print_generation(cli, &generation);
  printf("\nMeasured on %zu files:\n", detail.files.count);
  for (size_t i = 0; i < detail.files.count; i++)
    printf("  %.12s  %.*s\n", files[i].digest.data, SV_ARGUMENTS(files[i].path));
  puts("\n--format json prints the whole report.");
  return EXIT_FINE;
}

int run_runs(Cli *cli) {
  int code = cli_open(cli, (StringView){0});
  if (code != EXIT_FINE)
    return code;
  return cli->arguments.count > 0 ? show_one(cli) : show_list(cli);
}
