#include "server/cli/cli.h"

#include "protocol/testgen/vocabulary.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- Arguments ----

int cli_usage(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("testgen: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs("\nTry `testgen help`.\n", stderr);
  va_end(arguments);
  return EXIT_USAGE;
}

StringView cli_argument(const Cli *cli, size_t index) {
  const StringView *items = cli->arguments.items;
  return index < cli->arguments.count ? items[index] : (StringView){0};
}

static const OptionRow *find_option(StringView name) {
  for (size_t i = 0; i < option_row_count; i++)
    if (string_view_equal_text(name, option_rows[i].name))
      return &option_rows[i];
  return NULL;
}

static bool is_choice(const char *choices, StringView value) {
  StringView rest = string_view_from(choices), choice;
  while (string_view_next(&rest, '|', &choice))
    if (string_view_equal(choice, value))
      return true;
  return false;
}

static int set_option(Cli *cli, const OptionRow *row, StringView value) {
  void *place = (char *)&cli->options + row->offset;
  if (row->kind == OPTION_FLAG) {
    *(bool *)place = true;
    return EXIT_FINE;
  }
  if (row->kind == OPTION_TEXT) {
    if (row->choices && !is_choice(row->choices, value))
      return cli_usage("--%s %.*s: allowed are %s", row->name, SV_ARGUMENTS(value), row->choices);
    *(StringView *)place = value;
    return EXIT_FINE;
  }
  OptionalInteger number = {.present = true};
  if (!string_view_to_int64(value, &number.value) || number.value < 0)
    return cli_usage("--%s %.*s: expected a whole number", row->name, SV_ARGUMENTS(value));
  *(OptionalInteger *)place = number;
  return EXIT_FINE;
}

// One argument that begins with dashes; takes the next one too when the option needs it.
static int parse_option(Cli *cli, const SubcommandRow *subcommand, int count, char **arguments, int *index) {
  StringView text = string_view_from(arguments[*index]);
  if (string_view_equal(text, SV("-h")))
    text = SV("--help");
  text = string_view_slice(text, 2, text.length);
  size_t equals = string_view_find_byte(text, '=');
  StringView name = string_view_slice(text, 0, equals);
  const OptionRow *row = find_option(name);
  if (!row || !subcommand_has_option(subcommand, row))
    return cli_usage("%s has no option --%.*s", subcommand->name, SV_ARGUMENTS(name));
  if (row->kind == OPTION_FLAG)
    return equals < text.length ? cli_usage("--%s takes no value", row->name) : set_option(cli, row, (StringView){0});
  if (equals < text.length)
    return set_option(cli, row, string_view_slice(text, equals + 1, text.length));
  if (*index + 1 >= count)
    return cli_usage("--%s needs a value: %s", row->name, row->argument);
  return set_option(cli, row, string_view_from(arguments[++*index]));
}

static int parse_arguments(Cli *cli, const SubcommandRow *subcommand, int count, char **arguments) {
  StringView *rest = arena_allocate_array(&cli->arena, (size_t)count + 1, sizeof *rest);
  bool only_arguments = false;
  if (!rest)
    return EXIT_INCOMPLETE;
  for (int i = 0; i < count; i++) {
    bool is_option = !only_arguments && arguments[i][0] == '-' && arguments[i][1] != '\0';
    if (is_option && strcmp(arguments[i], "--") == 0) {
      only_arguments = true;
      continue;
    }
    int code = EXIT_FINE;
    if (is_option && (arguments[i][1] == '-' || strcmp(arguments[i], "-h") == 0))
      code = parse_option(cli, subcommand, count, arguments, &i);
    else if (is_option)
      code = cli_usage("%s has no option %s", subcommand->name, arguments[i]);
    else
      rest[cli->arguments.count++] = string_view_from(arguments[i]);
    if (code != EXIT_FINE)
      return code;
  }
  cli->arguments.items = rest;
  return EXIT_FINE;
}

// ---- Terminal ----

static void look_at_terminal(Cli *cli) {
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  bool is_dumb = term && strcmp(term, "dumb") == 0;
  cli->has_colour =
      isatty(STDOUT_FILENO) && string_view_is_absent(cli->options.output) && !(no_colour && *no_colour) && !is_dumb;
  cli->shows_progress = isatty(STDERR_FILENO) && !is_dumb && !cli->options.quiet;
}

const char *style_on(const Cli *cli, Style style) {
  static const char *const sequences[STYLE_COUNT] = {
      [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",     [STYLE_RED] = "\033[31m",
      [STYLE_GREEN] = "\033[32m", [STYLE_YELLOW] = "\033[33m", [STYLE_CYAN] = "\033[36m",
  };
  return cli->has_colour ? sequences[style] : "";
}

const char *style_off(const Cli *cli) {
  return cli->has_colour ? "\033[0m" : "";
}

const char *cli_bar(Cli *cli, double share, int width) {
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int filled = (int)((share < 0 ? 0 : share > 1 ? 1 : share) * width * 8 + 0.5);
  Buffer text;
  buffer_init(&text, 1024);
  for (int i = 0; i < width; i++) {
    int here = filled - i * 8;
    buffer_append_text(&text, here >= 8 ? "█" : here > 0 ? eighths[here] : "·");
  }
  StringView copy = arena_copy(&cli->arena, buffer_view(&text));
  buffer_finish(&text);
  return copy.data ? copy.data : "";
}

// ---- Workspace ----

int cli_fail(const Error *error) {
  fprintf(stderr, "testgen: %s\n", error->message);
  return error->code == ERROR_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_INCOMPLETE;
}

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool has_marker(Arena *arena, StringView folder) {
  static const char *const markers[] = {"testgen.json", "pyproject.toml", "pytest.ini", "tox.ini",
                                        "setup.cfg",    "setup.py",       ".git"};
  FileStamp stamp;
  for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
    StringView path = path_join(arena, folder, string_view_from(markers[i]));
    if (path.data && file_stamp(path.data, &stamp, NULL) == 0)
      return true;
  }
  return false;
}

// Without a marker the folder that the shell stands in is the project, when the path lies below it.
static StringView find_project(Arena *arena, StringView folder) {
  char shell[4096];
  for (StringView at = folder; at.length > 1; at = path_directory(at))
    if (has_marker(arena, at))
      return at;
  StringView here = getcwd(shell, sizeof shell) ? arena_copy(arena, string_view_from(shell)) : (StringView){0};
  return here.data && path_is_inside(here, folder) ? here : folder;
}

const JsonValue *cli_settings(Cli *cli) {
  Buffer text;
  JsonWriter writer;
  JsonValue *value = arena_allocate(&cli->arena, sizeof *value);
  buffer_init(&text, 65536);
  json_writer_init(&writer, &text, 0);
  json_write_object_begin(&writer);
  const struct {
    const char *name;
    StringView value;
  } layers[] = {{"interpreter", cli->options.interpreter},
                {"database", cli->options.database},
                {"coverageFile", cli->options.coverage},
                {"provider", cli->options.provider},
                {"model", cli->options.model},
                {"modelUrl", cli->options.model_url},
                {"modelKeyFile", cli->options.model_key_file},
                {"modelCertificates", cli->options.model_certificates},
                {"modelCache", cli->options.model_cache}};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    if (string_view_is_absent(layers[i].value))
      continue;
    json_write_name(&writer, layers[i].name);
    json_write_string(&writer, layers[i].value);
  }
  if (cli->options.no_sandbox) {
    json_write_name(&writer, "sandbox");
    json_write_string(&writer, SV("off"));
  }
  json_write_object_end(&writer);
  bool is_fine = value && json_parse(buffer_view(&text), &cli->arena, value, NULL) == 0;
  buffer_finish(&text);
  return is_fine ? value : NULL;
}

static void print_setting_problem(void *user, int severity, StringView path, uint32_t offset, const char *message) {
  (void)severity, (void)offset;
  const Cli *cli = user;
  if (!cli->options.quiet)
    fprintf(stderr, "testgen: %.*s%s%s\n", SV_ARGUMENTS(path), path.length ? ": " : "", message);
}

// Relative paths on the command line are the shell's, so they are made absolute before the workspace sees them.
static StringView absolute_option(Cli *cli, StringView path) {
  char folder[4096];
  if (string_view_is_absent(path) || !getcwd(folder, sizeof folder))
    return path;
  return path_join(&cli->arena, string_view_from(folder), path);
}

static int find_root(Cli *cli, StringView path, StringView *ret_root, StringView *ret_target) {
  Error error = {0};
  char *given = arena_terminated(&cli->arena, path);
  if (!given || path_real(given, &cli->arena, ret_target, &error) < 0)
    return cli_fail(&error);
  if (!string_view_is_absent(cli->options.workspace)) {
    char *root = arena_terminated(&cli->arena, cli->options.workspace);
    return root && path_real(root, &cli->arena, ret_root, &error) == 0 ? EXIT_FINE : cli_fail(&error);
  }
  StringView folder = is_folder(ret_target->data) ? *ret_target : path_directory(*ret_target);
  *ret_root = find_project(&cli->arena, folder);
  return EXIT_FINE;
}

int cli_open(Cli *cli, StringView path) {
  StringView root, target;
  Error error = {0};
  cli->options.database = absolute_option(cli, cli->options.database);
  cli->options.coverage = absolute_option(cli, cli->options.coverage);
  cli->options.model_key_file = absolute_option(cli, cli->options.model_key_file);
  cli->options.model_certificates = absolute_option(cli, cli->options.model_certificates);
  cli->options.model_cache = absolute_option(cli, cli->options.model_cache);
  if (string_view_is_absent(path))
    path = string_view_is_absent(cli->options.workspace) ? SV(".") : cli->options.workspace;
  int code = find_root(cli, path, &root, &target);
  if (code != EXIT_FINE)
    return code;
  if (!path_is_inside(root, target))
    return cli_usage("%.*s lies outside the workspace %.*s", SV_ARGUMENTS(target), SV_ARGUMENTS(root));
  const JsonValue *layer = cli_settings(cli);
  if (workspace_create(root, &cli->workspace, &error) < 0 ||
      workspace_load_settings(cli->workspace, &layer, 1, print_setting_problem, cli, &error) < 0)
    return cli_fail(&error);
  workspace_set_trusted(cli->workspace, true);
  cli->scope = string_view_equal(root, target) ? SV("") : path_relative(&cli->arena, root, target);
  return EXIT_FINE;
}

int cli_open_target(Cli *cli, StringView *ret_target) {
  StringView target = cli_argument(cli, 0);
  if (cli->options.fail_under.present && cli->options.fail_under.value > 100)
    return cli_usage("--fail-under %lld: a share is at most 100", (long long)cli->options.fail_under.value);
  if (string_view_is_absent(target)) {
    int code = cli_open(cli, target);
    *ret_target = cli->scope;
    return code;
  }
  size_t colons = string_view_find(target, SV("::"));
  int code = cli_open(cli, string_view_slice(target, 0, colons));
  *ret_target = arena_format(&cli->arena, "%.*s%.*s", SV_ARGUMENTS(cli->scope), (int)(target.length - colons),
                             target.data + colons);
  return code;
}

// ---- Services ----

static CancelToken *interrupt_token;  // of the one command that runs; set before the handler is installed

static void interrupted(int signal_number) {
  (void)signal_number;
  cancel_token_cancel(interrupt_token);
}

static void show_progress(void *user, const RunEvent *event) {
  const Cli *cli = user;
  if (!cli->shows_progress)
    return;
  if (event->done.present && event->total.present && event->total.value > 0)
    fprintf(stderr, "\r\033[K%3d%% %.*s", (int)(100 * event->done.value / event->total.value),
            (int)(event->message.length > 70 ? 70 : event->message.length), event->message.data);
  else
    fprintf(stderr, "\r\033[K%.*s", (int)(event->message.length > 76 ? 76 : event->message.length),
            event->message.data);
}

int cli_call(Cli *cli, CommandIdentifier command, const void *params, void *ret_report) {
  return cli_call_showing(cli, command, params, ret_report, show_progress, cli);
}

int cli_call_showing(Cli *cli, CommandIdentifier command, const void *params, void *ret_report,
                     void (*emit)(void *user, const RunEvent *event), void *user) {
  Error error = {0};
  ServiceContext context = {
      .workspace = cli->workspace,
      .cancel = &cli->cancel,
      .emit = emit,
      .user = user,
      .records = !cli->options.no_record,
  };
  if (cancel_token_init(&cli->cancel, NULL, &error) < 0)
    return cli_fail(&error);
  interrupt_token = &cli->cancel;
  signal(SIGINT, interrupted);
  signal(SIGTERM, interrupted);
  int result = service_call(command, &context, params, &cli->arena, ret_report, &error);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  cancel_token_finish(&cli->cancel);
  buffer_finish(&context.report_json);
  if (cli->shows_progress)
    fputs("\r\033[K", stderr);
  char notice[STORE_NOTICE_MAX];
  if (workspace_take_store_notice(cli->workspace, notice))
    fprintf(stderr, "testgen: %s\n", notice);
  return result < 0 ? cli_fail(&error) : EXIT_FINE;
}

int cli_print_json(const JsonType *type, const void *report) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, (size_t)1 << 30);
  json_writer_init(&writer, &text, 2);
  json_encode(&writer, type, report);
  buffer_append_byte(&text, '\n');
  int code = cli_print_buffer(&text, stdout);
  buffer_finish(&text);
  return code;
}

int cli_print_buffer(const Buffer *text, FILE *file) {
  Error error = {0};
  int result = buffer_check(text, &error, "the report");
  if (result == 0 && fwrite(text->data, 1, text->length, file) != text->length)
    result = error_set_errno(&error, errno, "standard output cannot be written");
  return result < 0 ? cli_fail(&error) : EXIT_FINE;
}

void cli_print_notes(const Cli *cli, JsonArray notes) {
  const StringView *items = notes.items;
  for (size_t i = 0; i < notes.count && !cli->options.quiet; i++)
    fprintf(stderr, "%snote: %.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(items[i]), style_off(cli));
}

// ---- main ----

static int configure_log(const Cli *cli, const SubcommandRow *subcommand) {
  bool is_server = strncmp(subcommand->name, "serve", 5) == 0;
  LogLevel level = is_server ? LOG_INFO : LOG_ERROR;
  int descriptor = STDERR_FILENO;
  if (!string_view_is_absent(cli->options.log_level))
    log_level_from_name(cli->options.log_level.data, &level);
  if (!string_view_is_absent(cli->options.log_file)) {
    descriptor = open(cli->options.log_file.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
      return cli_usage("--log-file %s: %s", cli->options.log_file.data, strerror(errno));
  }
  log_configure(level, descriptor);
  return EXIT_FINE;
}

// What was printed must have arrived: an earlier failed write is remembered by the stream.
static int finish_output(int code) {
  bool has_failed = ferror(stdout) != 0;
  if ((fflush(stdout) != 0 || has_failed) && code != EXIT_USAGE) {
    fprintf(stderr, "testgen: standard output cannot be written: %s\n",
            errno ? strerror(errno) : "an earlier write failed");
    return EXIT_INCOMPLETE;
  }
  return code;
}

// Without a standard output the next file that is opened would become it, and reports would go there.
static void look_for_standard_output(void) {
  if (fcntl(STDOUT_FILENO, F_GETFD) >= 0)
    return;
  int descriptor = open("/dev/full", O_WRONLY);
  if (descriptor >= 0 && descriptor != STDOUT_FILENO) {
    dup2(descriptor, STDOUT_FILENO);
    close(descriptor);
  }
}

static const char *const format_names[] = {
    [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json",   [FORMAT_SARIF] = "sarif",
    [FORMAT_HTML] = "html", [FORMAT_JUNIT] = "junit", [FORMAT_COUNT] = NULL,
};

static int choose_format(Cli *cli, const SubcommandRow *subcommand) {
  StringView wanted = cli->options.format;
  if (string_view_is_absent(wanted))
    return EXIT_FINE;
  bool is_offered = is_choice("text|json", wanted) || (subcommand->formats && is_choice(subcommand->formats, wanted));
  if (!is_offered)
    return cli_usage("--format %.*s: %s has text, json%s%s", SV_ARGUMENTS(wanted), subcommand->name,
                     subcommand->formats ? " and " : "", subcommand->formats ? subcommand->formats : "");
  cli->format = (OutputFormat)name_index(format_names, wanted);
  return EXIT_FINE;
}

static int run_subcommand(Cli *cli, const SubcommandRow *subcommand) {
  if (cli->options.help) {
    help_print_subcommand(stdout, subcommand);
    return EXIT_FINE;
  }
  if (cli->options.version) {
    puts("testgen " TESTGEN_VERSION);
    return EXIT_FINE;
  }
  int code = choose_format(cli, subcommand);
  if (code != EXIT_FINE)
    return code;
  look_at_terminal(cli);
  code = configure_log(cli, subcommand);
  if (code == EXIT_FINE)
    code = subcommand->run(cli);
  return code;
}

static const SubcommandRow *find_subcommand(const char *name) {
  for (size_t i = 0; i < subcommand_row_count; i++)
    if (strcmp(subcommand_rows[i].name, name) == 0)
      return &subcommand_rows[i];
  return NULL;
}

int cli_main(int argument_count, char **arguments) {
  Cli cli = {0};
  look_for_standard_output();
  if (argument_count < 2 || strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
    help_print_usage(argument_count < 2 ? stderr : stdout);
    return argument_count < 2 ? EXIT_USAGE : finish_output(EXIT_FINE);
  }
  if (strcmp(arguments[1], "--version") == 0) {
    puts("testgen " TESTGEN_VERSION);
    return finish_output(EXIT_FINE);
  }
  const SubcommandRow *subcommand = find_subcommand(arguments[1]);
  if (!subcommand)
    return cli_usage("there is no command %s", arguments[1]);
  int code = parse_arguments(&cli, subcommand, argument_count - 2, arguments + 2);
  if (code == EXIT_FINE)
    code = finish_output(run_subcommand(&cli, subcommand));
  workspace_release(cli.workspace);
  arena_finish(&cli.arena);
  return code;
}
