// What is found, what is missing, and what to type.
#include "protocol/json/field.h"
#include "server/base/files.h"
#include "server/base/install.h"
#include "server/cli/cli.h"
#include "server/models/model.h"
#include "server/runner/runner.h"
#include "server/services/tests.h"
#include "version.h"

typedef struct DoctorReport {
  JsonArray checks;  // Check
  bool is_healthy;
} DoctorReport;

typedef struct Check {
  StringView name;
  StringView status;  // ok, missing, optional
  StringView detail;
  StringView advice;
} Check;

static const JsonField check_fields[] = {
    JSON_FIELD(Check, name, STRING, JSON_REQUIRED, "What was looked for."),
    JSON_FIELD(Check, status, STRING, JSON_REQUIRED, "ok, missing, or optional: missing but not needed."),
    JSON_FIELD(Check, detail, STRING, 0, "What was found."),
    JSON_FIELD(Check, advice, STRING, 0, "What to type."),
};
static const JsonType check_type = JSON_TYPE(Check, check_fields, "One check.");

static const JsonField doctor_fields[] = {
    JSON_FIELD_OF(DoctorReport, checks, ARRAY, JSON_REQUIRED, check_type, "In the order of the pipeline."),
    JSON_FIELD(DoctorReport, is_healthy, BOOL, JSON_REQUIRED, "Nothing that is needed is missing."),
};
static const JsonType doctor_report_type = JSON_TYPE(DoctorReport, doctor_fields, "What the doctor found.");

static void add(Vector *checks, const char *name, const char *status, StringView detail, StringView advice) {
  vector_push_copy(checks, &(Check){string_view_from(name), string_view_from(status), detail, advice});
}

static void check_package(Cli *cli, Vector *checks, const char *name, StringView version, StringView interpreter,
                          bool is_needed) {
  if (!string_view_is_absent(version) && version.length > 0)
    add(checks, name, "ok", version, (StringView){0});
  else
    add(checks, name, is_needed ? "missing" : "optional", SV("not installed"),
        arena_format(&cli->arena, "%.*s -m pip install %s", SV_ARGUMENTS(interpreter), name));
}

static void check_python(Cli *cli, Vector *checks) {
  Error error = {0};
  InterpreterInfo info;
  SettingsSnapshot *settings = workspace_settings(cli->workspace);
  ServiceContext context = {.workspace = cli->workspace};
  RunnerOptions options = service_runner_options(&context, &settings->settings);
  if (runner_find_interpreter(&options, &cli->arena, &info, &error) < 0) {
    add(checks, "python", "missing", arena_copy(&cli->arena, string_view_from(error.message)),
        SV("install Python 3.9 or newer, or name one with --interpreter"));
  } else {
    add(checks, "python", "ok",
        arena_format(&cli->arena, "%.*s at %.*s (found by %.*s)", SV_ARGUMENTS(info.python_version),
                     SV_ARGUMENTS(info.path), SV_ARGUMENTS(info.found_by)),
        (StringView){0});
    check_package(cli, checks, "pytest", info.pytest_version, info.path, true);
    check_package(cli, checks, "coverage", info.coverage_version, info.path, false);
    check_package(cli, checks, "hypothesis", info.hypothesis_version, info.path, false);
  }
  settings_release(settings);
}

static void check_sandbox(Cli *cli, Vector *checks) {
  Error error = {0};
  if (sandbox_check(&error) == 0)
    add(checks, "sandbox", "ok", SV("bubblewrap works"), (StringView){0});
  else
    add(checks, "sandbox", "missing", arena_copy(&cli->arena, string_view_from(error.message)),
        SV("apt-get install bubblewrap, or generate with --no-sandbox at your own risk"));
}

// What stands in the history, or would hinder the first run from standing there.
static int describe_store(Cli *cli, StringView *ret_detail, Error *ret_error) {
  StringView path;
  Store *store = NULL;
  StatsReport stats;
  bool is_there = workspace_has_store(cli->workspace, &cli->arena, &path);
  const char *folder = path.data ? arena_terminated(&cli->arena, path_directory(path)) : NULL;
  if (!folder)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while looking for the history");
  int result =
      is_there ? workspace_store(cli->workspace, &store, ret_error) : directory_check_writable(folder, ret_error);
  if (result == 0 && is_there)
    result = store_get_stats(store, &stats, ret_error);
  if (result == 0)
    *ret_detail = is_there ? arena_format(&cli->arena, "%lld run%s in %.*s", (long long)stats.total_runs,
                                          stats.total_runs == 1 ? "" : "s", SV_ARGUMENTS(path))
                           : arena_format(&cli->arena, "no run yet; the first makes %.*s", SV_ARGUMENTS(path));
  return result;
}

static void check_store(Cli *cli, Vector *checks) {
  Error error = {0};
  StringView detail = {0};
  if (describe_store(cli, &detail, &error) == 0)
    add(checks, "history", "ok", detail, (StringView){0});
  else
    add(checks, "history", "missing", arena_copy(&cli->arena, string_view_from(error.message)),
        SV("name a writable place with --database"));
}

static void check_harness(Cli *cli, Vector *checks) {
  StringView path = install_path(&cli->arena, "python/testgen_harness/__main__.py");
  FILE *file = path.data ? fopen(path.data, "r") : NULL;
  if (file)
    fclose(file);
  add(checks, "harness", file ? "ok" : "missing", path, file ? (StringView){0} : SV("install testgen again"));
}

static void check_models(Cli *cli, Vector *checks) {
  Error error = {0};
  if (model_check(&error) == 0)
    add(checks, "models", "ok", SV("libcurl is here; none is asked without the setting provider"), (StringView){0});
  else
    add(checks, "models", "optional", arena_copy(&cli->arena, string_view_from(error.message)),
        SV("apt-get install libcurl4, to have tests written by a model"));
}

static void print_text(Cli *cli, const DoctorReport *report) {
  const Check *checks = report->checks.items;
  for (size_t i = 0; i < report->checks.count; i++) {
    bool is_ok = string_view_equal(checks[i].status, SV("ok"));
    bool is_optional = string_view_equal(checks[i].status, SV("optional"));
    printf("%s%s%s %-11.*s %.*s\n",
           style_on(cli, is_ok         ? STYLE_GREEN
                         : is_optional ? STYLE_YELLOW
                                       : STYLE_RED),
           is_ok         ? "✓"
           : is_optional ? "-"
                         : "✗",
           style_off(cli), SV_ARGUMENTS(checks[i].name), SV_ARGUMENTS(checks[i].detail));
    if (!string_view_is_absent(checks[i].advice))
      printf("              %s%.*s%s\n", style_on(cli, STYLE_BOLD), SV_ARGUMENTS(checks[i].advice), style_off(cli));
  }
}

int run_doctor(Cli *cli) {
  Vector checks;
  DoctorReport report = {.is_healthy = true};
  int code = cli_open(cli, cli_argument(cli, 0));
  if (code != EXIT_FINE)
    return code;
  vector_init(&checks, sizeof(Check), 100);
  add(&checks, "testgen", "ok", SV(TESTGEN_VERSION), (StringView){0});
  check_harness(cli, &checks);
  check_python(cli, &checks);
  check_sandbox(cli, &checks);
  check_models(cli, &checks);
  check_store(cli, &checks);
  report.checks = (JsonArray){checks.data, checks.count};
  for (size_t i = 0; i < checks.count; i++)
    report.is_healthy &= !string_view_equal(((Check *)vector_at(&checks, i))->status, SV("missing"));
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&doctor_report_type, &report);
  else
    print_text(cli, &report);
  vector_finish(&checks);
  return code == EXIT_FINE && !report.is_healthy ? EXIT_FINDINGS : code;
}
