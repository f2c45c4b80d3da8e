#include "protocol/testgen/vocabulary.h"
#include "server/cli/cli.h"
#include "server/services/evidence.h"

static void print_gap(Cli *cli, const CheatedFunctionReport *function, const CheatReport *cheat) {
  StringView sentence = cheat_sentence(function, cheat, &cli->arena);
  printf("%.*s (%.*s:%u): %s%.*s%s\n", SV_ARGUMENTS(function->function), SV_ARGUMENTS(function->path), function->line,
         style_on(cli, STYLE_RED), SV_ARGUMENTS(sentence), style_off(cli));
}

// One line for all of them: nearly every suite has them.
static void print_equality(Cli *cli, const CheatsReport *report) {
  const CheatedFunctionReport *functions = report->functions.items;
  uint32_t count = 0;
  for (size_t i = 0; i < report->functions.count; i++) {
    const CheatReport *cheats = functions[i].cheats.items;
    for (size_t k = 0; k < functions[i].cheats.count; k++)
      if (cheats[k].gap && cheats[k].cheat == CHEAT_EQUAL_OBJECT)
        printf("%s%.*s", count++ ? ", " : "An object that equals everything passes every test of ",
               SV_ARGUMENTS(functions[i].function));
  }
  if (count > 0)
    printf("%s: they look at no more than ==%s\n", style_on(cli, STYLE_DIM), style_off(cli));
}

static void print_open(const CheatedFunctionReport *function, const CheatReport *cheat) {
  printf("%.*s (%.*s:%u): no verdict on %s: %.*s\n", SV_ARGUMENTS(function->function), SV_ARGUMENTS(function->path),
         function->line, cheat_kind_names[cheat->cheat], SV_ARGUMENTS(cheat->message));
}

static void print_gaps(Cli *cli, const CheatsReport *report) {
  const CheatedFunctionReport *functions = report->functions.items;
  for (size_t i = 0; i < report->functions.count; i++) {
    const CheatReport *cheats = functions[i].cheats.items;
    for (size_t k = 0; k < functions[i].cheats.count; k++) {
      if (cheats[k].gap && cheats[k].cheat != CHEAT_EQUAL_OBJECT)
        print_gap(cli, &functions[i], &cheats[k]);
      else if (cheats[k].status == CHEAT_INCONCLUSIVE)
        print_open(&functions[i], &cheats[k]);
    }
  }
  print_equality(cli, report);
}

static void print_memorisation(Cli *cli, const CheatsReport *report) {
  const CheatedFunctionReport *functions = report->functions.items;
  bool has_begun = false;
  for (size_t i = 0; i < report->functions.count; i++) {
    if (!functions[i].memorisation_index.present)
      continue;
    if (!has_begun)
      printf("\n%sMemorisation%s  entries of a table of recorded calls that pass, beside the complexity\n",
             style_on(cli, STYLE_BOLD), style_off(cli));
    has_begun = true;
    printf("  %-40.*s %5lld  %3u\n", SV_ARGUMENTS(functions[i].function),
           (long long)functions[i].memorisation_index.value, functions[i].complexity);
  }
}

static void print_summary(Cli *cli, const CheatsReport *report) {
  printf("\n%sCheats%s  %u rejected, %u passed, %u of them gaps", style_on(cli, STYLE_BOLD), style_off(cli),
         report->rejected, report->passed, report->gaps);
  if (report->timeout > 0)
    printf(", %u with which tests do not end", report->timeout);
  if (report->inconclusive > 0)
    printf(", %u inconclusive", report->inconclusive);
  printf("; %u of %zu functions without a cheat\n", report->left_out, report->functions.count);
  if (report->rejected_rate.present)
    printf("%s%.1f %% rejected by %u tests in %.1f s%s\n", style_on(cli, STYLE_DIM), 100 * report->rejected_rate.value,
           report->tests, report->duration_ms / 1000, style_off(cli));
}

static void print_text(Cli *cli, const CheatsReport *report) {
  const RedTestReport *red = report->red_tests.items;
  print_gaps(cli, report);
  for (size_t i = 0; i < report->red_tests.count; i++)
    printf("left out: %.*s fails without any cheat: %.*s\n", SV_ARGUMENTS(red[i].test), SV_ARGUMENTS(red[i].reason));
  print_memorisation(cli, report);
  print_summary(cli, report);
}

int run_cheats(Cli *cli) {
  CheatsReport report;
  CheatsParams params = {.workers = cli->options.workers};
  int code = cli_open_target(cli, &params.target);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_CHEATS, &params, &report);
  if (code != EXIT_FINE)
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&cheats_report_type, &report);
  else
    print_text(cli, &report);
  double rejected = report.rejected_rate.present ? 100 * report.rejected_rate.value : 100;
  bool is_below = cli->options.fail_under.present && rejected < (double)cli->options.fail_under.value;
  return code == EXIT_FINE && is_below ? EXIT_FINDINGS : code;
}
