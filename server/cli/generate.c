#include "server/base/files.h"
#include "server/cli/cli.h"
#include "server/cli/generate_text.h"
#include "server/generator/answer.h"

static void show_text(Cli *cli, const GenerateReport *report) {
  print_generation(cli, report);
  if (!report->written && report->edits.count > 0)
    printf("  nothing was changed; --write puts them into the files\n");
}

// Without the option nothing is read.
static int read_answer(Cli *cli, StringView *ret_answer) {
  Error error = {0};
  StringView path = cli->options.answer;
  if (string_view_is_absent(path))
    return EXIT_FINE;
  const char *name = arena_terminated(&cli->arena, path);
  if (name && file_read(name, ANSWER_TEXT_MAX, &cli->arena, ret_answer, &error) == 0)
    return EXIT_FINE;
  return cli_fail(&error);
}

// The report of a generation that was begun, whatever became of it.
static int show(Cli *cli, int code, const GenerateReport *report) {
  if (string_view_is_absent(report->status))
    return code;
  cli_print_notes(cli, report->notes);
  int printed = EXIT_FINE;
  if (cli->format == FORMAT_JSON)
    printed = cli_print_json(&generate_report_type, report);
  else
    show_text(cli, report);
  bool is_complete = string_view_equal(report->status, SV("complete"));
  return code != EXIT_FINE ? code : is_complete ? printed : EXIT_INCOMPLETE;
}

// A spec, or what a task is called.
static int open_spec(Cli *cli, StringView *ret_target) {
  StringView target = cli_argument(cli, 0);
  bool is_task = !string_view_is_absent(cli->options.task);
  if (is_task == !string_view_is_absent(target) || cli->arguments.count > 1)
    return cli_usage("implement takes one SPEC, or --task ID");
  FILE *exists = is_task ? NULL : fopen(arena_terminated(&cli->arena, target), "r");
  if (exists)
    fclose(exists);
  int code = cli_open(cli, exists ? target : (StringView){0});
  *ret_target = is_task ? cli->options.task : exists ? cli->scope : target;
  return code;
}

int run_implement(Cli *cli) {
  GenerateReport report = {0};
  StringView answer = {0}, target;
  int code = read_answer(cli, &answer);
  if (code == EXIT_FINE)
    code = open_spec(cli, &target);
  if (code != EXIT_FINE)
    return code;
  ImplementParams params = {
      .target = target,
      .write = cli->options.write,
      .max_tests = cli->options.max_tests,
      .answer = answer,
      .ask_again = cli->options.ask_again,
      .offline = cli->options.offline,
  };
  code = cli_call(cli, COMMAND_IMPLEMENT, &params, &report);
  code = show(cli, code, &report);
  bool is_green = report.implementation && report.implementation->complete;
  return code == EXIT_FINE && !is_green ? EXIT_FINDINGS : code;
}

int run_generate(Cli *cli) {
  GenerateReport report = {0};
  StringView target = cli_argument(cli, 0);
  bool is_task = !string_view_is_absent(cli->options.task);
  if (is_task == !string_view_is_absent(target) || cli->arguments.count > 1)
    return cli_usage("generate takes one SPEC, FILE or FILE::NAME, or --task ID");
  size_t colons = is_task ? 0 : string_view_find(target, SV("::"));
  StringView file = string_view_slice(target, 0, colons);
  // A name that is no file is a task of the project that the shell stands in.
  FILE *exists = is_task ? NULL : fopen(arena_terminated(&cli->arena, file), "r");
  if (exists)
    fclose(exists);
  StringView answer = {0};
  int code = read_answer(cli, &answer);
  if (code == EXIT_FINE)
    code = cli_open(cli, exists ? file : (StringView){0});
  if (code != EXIT_FINE)
    return code;
  StringView symbol = is_task ? (StringView){0} : string_view_slice(target, colons, target.length);
  GenerateParams params = {
      .target = is_task  ? cli->options.task
                : exists ? arena_format(&cli->arena, "%.*s%.*s", SV_ARGUMENTS(cli->scope), SV_ARGUMENTS(symbol))
                         : target,
      .write = cli->options.write,
      .max_tests = cli->options.max_tests,
      .seed = cli->options.seed,
      .answer = answer,
      .ask_again = cli->options.ask_again,
      .offline = cli->options.offline,
  };
  code = cli_call(cli, COMMAND_GENERATE, &params, &report);
  return show(cli, code, &report);
}
