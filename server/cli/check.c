#include "server/cli/cli.h"
#include "server/services/findings.h"

static int severity_number(StringView name) {
  for (int severity = SEVERITY_ERROR; severity <= SEVERITY_HINT; severity++)
    if (string_view_equal_text(name, severity_name(severity)))
      return severity;
  return SEVERITY_HINT;
}

static void print_text(Cli *cli, const CheckReport *report) {
  static const Style styles[] = {STYLE_DIM, STYLE_RED, STYLE_YELLOW, STYLE_CYAN, STYLE_DIM};
  const FindingReport *findings = report->findings.items;
  StringView path = {0};
  for (size_t i = 0; i < report->findings.count; i++) {
    const FindingReport *finding = &findings[i];
    if (!string_view_equal(path, finding->path))
      printf("%s%s%.*s%s\n", i ? "\n" : "", style_on(cli, STYLE_BOLD), SV_ARGUMENTS(finding->path), style_off(cli));
    path = finding->path;
    printf("  %4u:%-3u %s%-11.*s%s %.*s %s[%.*s]%s\n", finding->line, finding->column,
           style_on(cli, styles[severity_number(finding->severity)]), SV_ARGUMENTS(finding->severity), style_off(cli),
           SV_ARGUMENTS(finding->message), style_on(cli, STYLE_DIM), SV_ARGUMENTS(finding->code), style_off(cli));
  }
  printf("%s%zu finding%s in %u file%s, %u test%s\n", report->findings.count ? "\n" : "", report->findings.count,
         report_plural(report->findings.count), report->file_count, report_plural(report->file_count),
         report->test_count, report_plural(report->test_count));
}

int run_check(Cli *cli) {
  CheckReport report;
  int code = cli_open(cli, cli_argument(cli, 0));
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_CHECK, &(CheckParams){.path = cli->scope}, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&check_report_type, &report);
  else if (cli->format == FORMAT_SARIF)
    code = cli_print_sarif(report.findings, stdout);
  else
    print_text(cli, &report);
  const FindingReport *findings = report.findings.items;
  int limit = string_view_is_absent(cli->options.fail_on) ? SEVERITY_ERROR : severity_number(cli->options.fail_on);
  for (size_t i = 0; i < report.findings.count && code == EXIT_FINE; i++)
    if (severity_number(findings[i].severity) <= limit)
      code = EXIT_FINDINGS;
  return code;
}
