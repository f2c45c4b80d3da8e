#include "protocol/testgen/vocabulary.h"
#include "server/cli/cli.h"
#include "server/cli/mutate.h"

static void print_row(Cli *cli, const ConfigReport *config) {
  printf("%s%4lld%s%s  %-8.*s temperature %.2f · %lld-%lld tests · %lld rounds · weights %.2f %.2f %.2f  %s%.12s%s\n",
         style_on(cli, STYLE_BOLD), (long long)config->id, style_off(cli), config->is_current ? " *" : "  ",
         SV_ARGUMENTS(config->version), config->temperature, (long long)config->min_tests_per_category,
         (long long)config->max_tests_per_category, (long long)config->max_rounds_per_category,
         config->environment_weight, config->anti_cheat_weight, config->precision_weight, style_on(cli, STYLE_DIM),
         config->config_hash.data, style_off(cli));
}

// "max_tests_per_category 5 -> 6"
static void print_changes(const JsonValue *changes) {
  for (size_t i = 0; changes && i < changes->object.count; i++) {
    const JsonMember *member = &changes->object.members[i];
    Buffer text;
    JsonWriter writer;
    buffer_init(&text, 65536);
    json_writer_init(&writer, &text, 0);
    for (size_t side = 0; side < member->value.array.count; side++) {
      buffer_append_text(&text, side ? " → " : " ");
      json_writer_init(&writer, &text, 0);
      json_write_value(&writer, &member->value.array.items[side]);
    }
    printf("%s%.*s%.*s", i ? ", " : "", SV_ARGUMENTS(member->name), SV_ARGUMENTS(buffer_view(&text)));
    buffer_finish(&text);
  }
}

static void print_step(Cli *cli, const EvolutionStep *step) {
  bool is_adopted = step->verdict == EVOLUTION_ADOPTED;
  printf("%s%s%s %lld → %lld  ", style_on(cli, is_adopted ? STYLE_GREEN : STYLE_DIM),
         evolution_verdict_names[step->verdict], style_off(cli), (long long)step->from_id, (long long)step->to_id);
  print_changes(step->changes);
  if (step->improvement.present)
    printf("  %s%+.1f points%s", style_on(cli, STYLE_BOLD), step->improvement.value, style_off(cli));
  if (step->noise.present)
    printf(" ± %.1f in %zu pairs", step->noise.value, step->trials.count);
  printf("  %s%.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(step->reasoning), style_off(cli));
}

static void print_steps(Cli *cli, JsonArray steps) {
  const EvolutionStep *items = steps.items;
  for (size_t i = 0; i < steps.count; i++)
    print_step(cli, &items[i]);
}

static void print_trials(const EvolutionStep *step) {
  const EvolutionTrial *trials = step->trials.items;
  for (size_t i = 0; i < step->trials.count; i++)
    printf("    %-40.*s seed %lld: %.0f, with the change %.0f\n", SV_ARGUMENTS(trials[i].target),
           (long long)trials[i].seed, trials[i].current, trials[i].candidate);
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
  print_steps(cli, report.steps);
  if (string_view_equal(params.action, SV("history")) && report.steps.count == 0)
    printf("nothing evolved yet; `testgen evolve` tries changes\n");
  return EXIT_FINE;
}

int run_evolve(Cli *cli) {
  EvolveReport report = {0};
  EvolveParams params = {
      .steps = cli->options.steps,
      .trials = cli->options.trials,
      .seed = cli->options.seed,
      .workers = cli->options.workers,
  };
  StringView first;
  int code = mutate_open_targets(cli, &first, &params.targets);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_EVOLVE, &params, &report);
  if (string_view_is_absent(report.status))
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON) {
    int printed = cli_print_json(&evolve_report_type, &report);
    return code == EXIT_FINE ? printed : code;
  }
  const EvolutionStep *steps = report.steps.items;
  for (size_t i = 0; i < report.steps.count; i++) {
    print_step(cli, &steps[i]);
    print_trials(&steps[i]);
  }
  printf("\n%sThe current configuration%s, after %.1f s:\n", style_on(cli, STYLE_BOLD), style_off(cli),
         report.duration_ms / 1000);
  print_row(cli, &report.config);
  return code;
}
