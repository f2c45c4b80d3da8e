#include "server/cli/cli.h"

static void print_row(Cli *cli, const ConfigReport *config) {
  printf("%s%4lld%s%s  %-8.*s temperature %.2f · %lld-%lld tests · %lld rounds · weights %.2f %.2f %.2f  %s%.12s%s\n",
         style_on(cli, STYLE_BOLD), (long long)config->id, style_off(cli), config->is_current ? " *" : "  ",
         SV_ARGUMENTS(config->version), config->temperature, (long long)config->min_tests_per_category,
         (long long)config->max_tests_per_category, (long long)config->max_rounds_per_category,
         config->environment_weight, config->anti_cheat_weight, config->precision_weight, style_on(cli, STYLE_DIM),
         config->config_hash.data, style_off(cli));
}

// `show ID`, `set-current ID`, `create JSON`: what stands behind the action.
static int read_operand(Cli *cli, ConfigParams *params) {
  StringView operand = cli_argument(cli, 1);
  Error error = {0};
  if (string_view_is_absent(operand))
    return EXIT_FINE;
  if (string_view_equal(params->action, SV("create"))) {
    JsonValue *values = arena_allocate(&cli->arena, sizeof *values);
    if (!values || json_parse(operand, &cli->arena, values, &error) < 0)
      return cli_usage("the knobs are no JSON object: %s", error.message);
    params->values = values;
    return EXIT_FINE;
  }
  params->id.present = string_view_to_int64(operand, &params->id.value);
  return params->id.present ? EXIT_FINE : cli_usage("%.*s is no number of a configuration", SV_ARGUMENTS(operand));
}

int run_config(Cli *cli) {
  ConfigsReport report;
  ConfigParams params = {.action = cli_argument(cli, 0)};
  if (string_view_is_absent(params.action))
    params.action = SV("show");
  int code = read_operand(cli, &params);
  if (code == EXIT_FINE)
    code = cli_open(cli, (StringView){0});
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_CONFIG, &params, &report);
  if (code != EXIT_FINE)
    return code;
  if (cli->format == FORMAT_JSON)
    return cli_print_json(&configs_report_type, &report);
  const ConfigReport *configs = report.configs.items;
  for (size_t i = 0; i < report.configs.count; i++)
    print_row(cli, &configs[i]);
  return EXIT_FINE;
}
