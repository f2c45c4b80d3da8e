#include "server/cli/cli.h"

#include <string.h>

#define FLAG(option, member, doc) \
  { option, NULL, OPTION_FLAG, offsetof(CliOptions, member), NULL, doc }
#define TEXT(option, argument, member, choices, doc) \
  { option, argument, OPTION_TEXT, offsetof(CliOptions, member), choices, doc }
#define NUMBER(option, argument, member, doc) \
  { option, argument, OPTION_INTEGER, offsetof(CliOptions, member), NULL, doc }

const OptionRow option_rows[] = {
    TEXT("format", "FORMAT", format, "text|json|sarif|html|junit",
         "How to print: text, json, or sarif (check and mutate), html or junit (mutate)."),
    TEXT("output", "FILE", output, NULL, "Write the report to a file instead: the old one stays until it is whole."),
    TEXT("workspace", "DIR", workspace, NULL, "The project's folder. Without it: the project that holds PATH."),
    TEXT("interpreter", "PYTHON", interpreter, NULL, "The Python that runs the project's tests."),
    TEXT("database", "FILE", database, NULL, "Where the history is kept. Without it: .testgen/testgen.db."),
    FLAG("no-record", no_record, "Leave this run out of the history."),
    FLAG("quiet", quiet, "Print the result only: no progress, no notes."),
    TEXT("log-level", "LEVEL", log_level, "error|warning|info|debug", "What goes to the log on standard error."),
    TEXT("log-file", "FILE", log_file, NULL, "Write the log to a file instead."),
    FLAG("help", help, "Explain the command."),
    FLAG("version", version, "Print the version."),
    NUMBER("fail-under", "N", fail_under,
           "Exit with 1 below this: a score (0-1000), or for gaps, mutate, boundary and cheats a percentage."),
    TEXT("fail-on", "SEVERITY", fail_on, "error|warning|information|hint",
         "Exit with 1 when there is a finding at least as severe. Without it: error."),
    TEXT("coverage-file", "FILE", coverage, NULL, "Read this coverage file: coverage.py JSON, lcov or Cobertura XML."),
    FLAG("run", run, "Run the tests now, whatever coverage file there is."),
    FLAG("coverage", with_coverage, "Measure line and branch coverage too."),
    FLAG("write", write, "Put the accepted tests into the files."),
    TEXT("task", "ID", task, NULL, "The spec of the project with this name."),
    TEXT("answer", "FILE", answer, NULL,
         "Try the tests of a model's answer, which this file holds, instead of the built-in provider's."),
    TEXT("provider", "NAME", provider, "builtin|openai|anthropic",
         "Who proposes tests: builtin, or a model that is asked over the network, which is sent the code."),
    TEXT("model", "NAME", model, NULL, "The name of the model that is asked."),
    TEXT("model-url", "URL", model_url, NULL, "Where the model's interface is, as http://localhost:11434/v1."),
    TEXT("model-key-file", "FILE", model_key_file, NULL,
         "A file with the model's key, which only its owner may read. Without it: TESTGEN_API_KEY, or, without "
         "--model-url, OPENAI_API_KEY or ANTHROPIC_API_KEY."),
    TEXT("model-certificates", "FILE", model_certificates, NULL,
         "The certificates of authorities that vouch for the model's server."),
    TEXT("model-cache", "DIR", model_cache, NULL,
         "Where answers of models are kept. Without it: answers, beside the history."),
    FLAG("ask-again", ask_again, "Ask a model also what it has answered before."),
    FLAG("offline", offline, "Ask no model: only its answers that were kept are tried."),
    NUMBER("max-tests", "N", max_tests, "Accept so many tests at most, 1 to 1000, whatever maxTests says."),
    NUMBER("workers", "N", workers, "Judge so many mutants or cheats at a time. Without it: one per processor."),
    TEXT("diff", "REV", diff, NULL, "Only mutants on lines that differ between this git revision and the files here."),
    TEXT("since", "REV", since, NULL, "Only files that changed since the merge base of HEAD and this git revision."),
    TEXT("sample", "N|P%", sample, NULL,
         "Judge so many mutants only, chosen evenly over files and operators, and estimate the rest."),
    FLAG("fresh", fresh, "Judge also the mutants that an earlier run has judged."),
    NUMBER("seed", "N", seed, "Of everything random; the same seed gives the same tests, and the same sample."),
    FLAG("no-sandbox", no_sandbox, "Run generated code without a sandbox."),
    TEXT("kind", "KIND", kind, "generation|scoring|gaps|test|mutation|boundary|cheats|value|evolution",
         "Only runs of this kind."),
    NUMBER("steps", "N", steps, "How many changes to try one after the other, 1 to 100. Without it: 3."),
    NUMBER("trials", "N", trials, "How often to try both configurations on each target, 1 to 100. Without it: 3."),
    NUMBER("limit", "N", limit, "How many runs to list, 1 to 1000."),
    TEXT("html", "FILE", html, NULL, "The page to write: the old one stays until it is whole."),
    NUMBER("before", "N", before, "Continue a list: only runs with a smaller number."),
    TEXT("mirror", "FILE", mirror, NULL, "Record what the editor sends."),
    TEXT("replay", "FILE", replay, NULL, "Play a recorded session back instead of reading standard input."),
    NUMBER("port", "PORT", port, "Where serve-mutation socket listens; 0 chooses a free one."),
    FLAG("stdio", stdio, "Speak over standard input and output; the default."),
};
const size_t option_row_count = sizeof option_rows / sizeof *option_rows;

static const char common_options[] =
    "format workspace interpreter database no-record quiet log-level log-file help version";

const SubcommandRow subcommand_rows[] = {
    {"serve", "", "Run the language server", "stdio mirror replay",
     "Speaks the Language Server Protocol over standard input and output. Editors start it.", run_serve, NULL},
    {"serve-mutation", "stdio|socket", "Run the mutation server", "port",
     "Speaks the Mutation Server Protocol, version 0.4.0, over standard input and output, or with one client over a "
     "socket on 127.0.0.1: the first line on standard output says where. It judges what `testgen mutate` judges.",
     run_serve_mutation, NULL},
    {"score", "[PATH]", "Score a suite from 0 to 1000", "fail-under",
     "Scores the tests below PATH and says what each number rests on. What was not measured earns nothing.", run_score,
     NULL},
    {"check", "[PATH]", "List what the analyzer finds", "fail-on",
     "Lists weak assertions, rot, boundary and anti-cheat leads, without running anything.", run_check, "sarif"},
    {"gaps", "[PATH]", "Show what no test reaches", "coverage-file run fail-under",
     "Shows lines and branches that no test reaches, per function, worst risk first: from the newest coverage file of "
     "the "
     "project, or from a run of its tests.",
     run_gaps, NULL},
    {"mutate", "[PATH|FILE::NAME...]", "Show what the tests would not notice",
     "output workers fail-under diff since sample seed fresh",
     "Changes the code in small ways, one at a time and in memory only, and runs the tests that reach each change. "
     "What no test notices has survived. A run that was stopped goes on where it was when it is started again. "
     "--format json is the mutation-testing-report-schema; `testgen runs RUN --format json` gives the report by "
     "TestGen's own schema (docs/schemas/mutate.schema.json), which the editor gets, too.",
     run_mutate, "sarif|html|junit"},
    {"boundary", "[PATH|FILE::NAME]", "Show which boundaries no test comes to", "fail-under",
     "Runs the tests and records the operands of every comparison below PATH: which were never equal, and how close "
     "the "
     "tests came.",
     run_boundary, NULL},
    {"cheats", "[PATH|FILE::NAME]", "Show which cheating implementations pass", "workers fail-under",
     "Gives each function below PATH implementations that do not do the work (a constant, its first argument, a table "
     "of "
     "the recorded calls, no body, ...), in memory only, and runs the tests that call it. What passes is a gap.",
     run_cheats, NULL},
    {"value", "[PATH|FILE::NAME...]", "Show what each test is worth", "workers diff since sample seed",
     "Changes the code in small ways, as mutate does, but runs every test that reaches a change instead of stopping at "
     "the first that fails. Says what each test kills, what only it kills, which tests kill nothing, which ones "
     "another "
     "one makes superfluous, and which would suffice to keep every kill and every line.",
     run_value, NULL},
    {"run", "[TEST...]", "Run tests", "coverage",
     "Runs tests, given as files or pytest's node ids, with the project's own interpreter and pytest.", run_tests,
     NULL},
    {"generate", "SPEC|FILE|FILE::NAME", "Write tests that were run before they are shown",
     "write task provider model model-url model-key-file model-certificates model-cache ask-again offline answer "
     "max-tests "
     "seed no-sandbox",
     "Writes tests for a spec, a file or a function, runs them in a sandbox, and shows those that passed every guard. "
     "Of a test, the weak assertions are made exact with the values of a run. Without --write nothing is changed.",
     run_generate, NULL},
    {"implement", "SPEC", "Have a model write the code of a spec, until its tests pass",
     "write task provider model model-url model-key-file model-certificates model-cache ask-again offline answer "
     "max-tests no-sandbox",
     "Writes tests for a spec that has no code yet, has a model write the code, runs the tests with it in a sandbox, "
     "and "
     "tells the model what fails, until every test passes. Nothing is changed before, and without --write nothing is "
     "changed at all. Exits with 1 when no attempt passed every test.",
     run_implement, NULL},
    {"runs", "[RUN]", "Show the history", "kind limit before",
     "Lists the recorded runs, newest first, or shows one in full.", run_runs, NULL},
    {"report", "", "Write the history as a page", "html limit",
     "Writes the history to a page of one file: the trend of score, kills, coverage, tokens and cost, the runs, and "
     "the "
     "newest of them in full. It is what editors show, works without a network, and needs a browser only.",
     run_report, NULL},
    {"stats", "", "Sum up the history", "", "Sums up what the history holds.", run_stats, NULL},
    {"evolve", "[SPEC|FILE|FILE::NAME...]", "Try changes of the generator's configuration",
     "steps trials seed workers provider model model-url model-key-file model-certificates model-cache no-sandbox",
     "Changes one knob of the configuration by one step, generates tests with both on copies of the project, and "
     "judges "
     "mutants with them. A change that is better beyond noise becomes the current configuration. Without a target: on "
     "every spec of the project.",
     run_evolve, NULL},
    {"config", "show|list|create|set-current|history|rollback [ID|JSON]", "Configurations of the generator", "",
     "Shows a configuration (the current one without ID), lists all, creates one from the current one and a JSON "
     "object of "
     "knobs, makes one current, shows how they evolved, or goes back to the one before an adopted change.",
     run_config, NULL},
    {"doctor", "", "Say what is found, what is missing and what to type", "",
     "Looks for the interpreter, pytest, coverage, the sandbox and a place for the history.", run_doctor, NULL},
    {"schema", "[NAME]", "Print JSON schemas", "",
     "Prints the JSON schema of a report or of testgen.json; without NAME their names.", run_schema, NULL},
    {"help", "[COMMAND|man|bash|zsh|fish]", "Explain a command; the man page; shell completions", "",
     "Explains a command, or prints the man page or the completions of a shell.", run_help, NULL},
};
const size_t subcommand_row_count = sizeof subcommand_rows / sizeof *subcommand_rows;

bool subcommand_has_option(const SubcommandRow *row, const OptionRow *option) {
  const char *const lists[] = {common_options, row->options};
  for (size_t i = 0; i < 2; i++) {
    StringView rest = string_view_from(lists[i]), name;
    while (string_view_next(&rest, ' ', &name))
      if (string_view_equal_text(name, option->name))
        return true;
  }
  return false;
}
