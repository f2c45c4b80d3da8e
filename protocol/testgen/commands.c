#include "protocol/testgen/commands.h"

#include "protocol/testgen/reports.h"

static const CommandRow rows[COMMAND_COUNT] = {
    [COMMAND_SCORE] =
        {"testgen.score", "Score suite", &score_params_type, &score_report_type, false, true,
         "Scores the tests of the workspace, a folder or a file from 0 to 1000, and says what each number "
         "rests on."},
    [COMMAND_CHECK] = {"testgen.check", "Check tests", &check_params_type, &check_report_type, false, true,
                       "Lists what the analyzer finds without running anything."},
    [COMMAND_SHOW_COVERAGE_GAPS] = {"testgen.showCoverageGaps", "Show coverage gaps", &gaps_params_type,
                                    &gaps_report_type, false, true,
                                    "Shows lines and branches that no test reaches, per function, worst risk first, "
                                    "from a coverage file or from a run of the tests."},
    [COMMAND_RUN_TESTS] = {"testgen.runTests", "Run tests", &run_tests_params_type, &run_tests_report_type, true, true,
                           "Runs tests with the workspace's own interpreter and pytest."},
    [COMMAND_GENERATE] = {"testgen.generate", "Generate tests", &generate_params_type, &generate_report_type, true,
                          true,
                          "Writes tests for a spec, a file or a function, runs them, and proposes those that passed "
                          "every guard. Of a test, the weak assertions are made exact with the values of a run."},
    [COMMAND_IMPLEMENT] = {"testgen.implement", "Implement spec", &implement_params_type, &generate_report_type, true,
                           true,
                           "Has a model write the code of a spec that has none: tests of the spec come first, and what "
                           "fails goes back to the model until every test passes."},
    [COMMAND_MUTATE] = {"testgen.mutate", "Mutate code", &mutate_params_type, &mutation_report_type, true, true,
                        "Changes the code in small ways and runs the tests that reach each change: what no test "
                        "notices has survived."},
    [COMMAND_BOUNDARY] = {"testgen.boundary", "Show boundary evidence", &boundary_params_type, &boundary_report_type,
                          true, true,
                          "Runs the tests and records the operands of every comparison: which boundaries no test comes "
                          "to, and how close they come."},
    [COMMAND_CHEATS] = {"testgen.cheats", "Try cheating implementations", &cheats_params_type, &cheats_report_type,
                        true, true,
                        "Gives each function implementations that do not do the work, and runs the tests that call it: "
                        "what passes is a gap."},
    [COMMAND_VALUE] = {"testgen.value", "Show what tests are worth", &value_params_type, &value_report_type, true, true,
                       "Judges mutants with every test that reaches them, and says what each test kills, what only it "
                       "kills, which tests kill nothing, and which ones would suffice."},
    [COMMAND_HISTORY] = {"testgen.history", "Show run history", &history_params_type, &runs_page_type, false, false,
                         "Lists the recorded runs, newest first."},
    [COMMAND_RUN_DETAIL] = {"testgen.run", "Show run", &run_params_type, &run_detail_type, false, false,
                            "Shows one recorded run in full: its report and the files it was measured on."},
    [COMMAND_TREND] = {"testgen.trend", "Show trend", &trend_params_type, &trend_report_type, false, false,
                       "Shows how score, kill rate, coverage, tokens and cost went from run to run: of complete runs "
                       "of the whole workspace, and of every run that asked a model."},
    [COMMAND_STATS] = {"testgen.stats", "Show statistics", &empty_params_type, &stats_report_type, false, false,
                       "Sums up what the store holds."},
    [COMMAND_CONFIG] = {"testgen.config", "Generator configurations", &config_params_type, &configs_report_type, false,
                        false,
                        "Shows, lists and creates configurations of the generator, sets the current one, shows how it "
                        "evolved, and goes a step back."},
    [COMMAND_EVOLVE] = {"testgen.evolve", "Evolve the generator's configuration", &evolve_params_type,
                        &evolve_report_type, true, true,
                        "Tries small changes of the generator's configuration in pairs of trials on copies of the "
                        "workspace, and adopts one that is better beyond noise."},
    [COMMAND_EXPLAIN] = {"testgen.explain", "Explain", &explain_params_type, &explain_report_type, false, false,
                         "Explains the strength of the test, or what tests speak of the function, at a place."},
    [COMMAND_CANCEL] = {"testgen.cancel", "Cancel run", &cancel_run_params_type, NULL, false, false,
                        "Cancels a run, or everything that runs."},
};

const CommandRow *command_row(CommandIdentifier command) {
  return &rows[command];
}

bool command_by_name(StringView name, CommandIdentifier *ret_command) {
  for (int i = 0; i < COMMAND_COUNT; i++) {
    if (string_view_equal_text(name, rows[i].name)) {
      *ret_command = (CommandIdentifier)i;
      return true;
    }
  }
  return false;
}
