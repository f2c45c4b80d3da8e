// Generating tests: finds what to test, asks the generator, records the run, and writes the edits when told to.
#include "server/generator/strengthen.h"

#include "protocol/lsp/uri.h"
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/services/coverage_join.h"
#include "server/services/edits.h"
#include "server/services/model_use.h"
#include "server/services/tests.h"

#define NOTES_MAX 10000u

typedef struct GenerateWork {
  ServiceContext *context;
  const GenerateParams *params;
  const Settings *settings;
  Arena *arena;
  Scan scan;
  StringView path;    // of the spec or the subject, relative
  StringView symbol;  // absent: the whole file
  Spec spec;
  bool has_spec;
  bool is_test;  // the target is a test, whose assertions are made stronger
  bool implements;
  ConfigReport config;
  OptionalInteger config_id;
  OptionalInteger score_of;
  GenerateReport report;
  Vector notes;
  Error *ret_error;
} GenerateWork;

// ---- What to test ----

static int path_from_uri(GenerateWork *work) {
  StringView absolute;
  int result = uri_to_path(work->params->uri, work->arena, &absolute, work->ret_error);
  if (result == 0)
    result = report_scope(work->context->workspace, absolute, work->arena, &work->path, work->ret_error);
  return result;
}

// The symbol at a line: the innermost function or method, or the class.
static int symbol_at_line(GenerateWork *work, int64_t line) {
  const ScannedFile *file = scan_find(&work->scan, work->path);
  if (!file)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s is not a Python file of this workspace",
                     SV_ARGUMENTS(work->path));
  const LineIndex *lines = analysis_lines(file->analysis);
  if (line < 0 || line >= (int64_t)lines->count)
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT, "line: %lld is outside %.*s", (long long)line,
                     SV_ARGUMENTS(work->path));
  StringView text = line_index_line(lines, analysis_text(file->analysis), (uint32_t)line);
  size_t indent = 0, count;
  while (indent < text.length && (text.data[indent] == ' ' || text.data[indent] == '\t'))
    indent++;
  const Definition *definitions = analysis_definitions(file->analysis, &count);
  int index = analysis_definition_at(file->analysis, lines->starts[line] + (uint32_t)indent);
  while (index >= 0 && definitions[index].is_nested)
    index = definitions[index].parent;
  if (index < 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s:%lld: there is no function here; put the cursor into one",
                     SV_ARGUMENTS(work->path), (long long)line + 1);
  work->symbol = arena_copy(work->arena, definitions[index].qualified_name);
  return work->symbol.data ? 0 : report_out_of_memory(work->ret_error);
}

static bool spec_has_name(GenerateWork *work, StringView path, StringView name) {
  StringView base = path_base_name(path);
  StringView stem = string_view_slice(base, 0, string_view_find(base, SV(".spec.")));
  if (string_view_equal(stem, name))
    return true;
  StringView text;
  Spec spec;
  SpecProblem *problems;
  size_t count;
  return workspace_read_source(work->context->workspace, path, work->arena, &text, NULL) == 0 &&
         spec_parse(path, text, work->arena, &spec, &problems, &count, NULL) == 0 && string_view_equal(spec.name, name);
}

// The seeds' task ids: the spec file of the workspace with this name.
static int path_of_task(GenerateWork *work, StringView name) {
  JsonArray specs;
  int result = report_specs(work->context, work->arena, &specs, work->ret_error);
  if (result < 0)
    return result;
  const StringView *paths = specs.items;
  for (size_t i = 0; i < specs.count; i++) {
    if (spec_has_name(work, paths[i], name)) {
      work->path = paths[i];
      return 0;
    }
  }
  return error_set(work->ret_error, ERROR_NOT_FOUND,
                   "%.*s is neither a file nor the name of a spec (*.spec.json, *.spec.md) in this workspace",
                   SV_ARGUMENTS(name));
}

static int path_from_target(GenerateWork *work) {
  StringView target = work->params->target;
  size_t colons = string_view_find(target, SV("::"));
  StringView file = string_view_slice(target, 0, colons);
  if (colons < target.length) {
    StringView symbol = string_view_slice(target, colons + 2, target.length);
    // pytest writes Class::method, Python writes Class.method; both are understood.
    size_t inner = string_view_find(symbol, SV("::"));
    work->symbol = inner == symbol.length ? symbol
                                          : arena_format(work->arena, "%.*s.%.*s", (int)inner, symbol.data,
                                                         (int)(symbol.length - inner - 2), symbol.data + inner + 2);
  }
  Error problem = {0};
  int result = report_scope(work->context->workspace, file, work->arena, &work->path, &problem);
  if (result == ERROR_NOT_FOUND && !string_view_contains(file, SV("/")))
    return path_of_task(work, file);
  return result < 0 ? error_set(work->ret_error, (ErrorCode)problem.code, "%s", problem.message) : 0;
}

static int read_spec(GenerateWork *work) {
  StringView text;
  SpecProblem *problems = NULL;
  size_t count = 0;
  int result = workspace_read_source(work->context->workspace, work->path, work->arena, &text, work->ret_error);
  if (result == 0)
    result = spec_parse(work->path, text, work->arena, &work->spec, &problems, &count, work->ret_error);
  for (size_t i = 0; i < count && result == 0; i++) {
    size_t line, column;
    json_position(text, problems[i].span.start, &line, &column);
    result = report_note(&work->notes, work->arena, work->ret_error, "%.*s:%zu:%zu: %s", SV_ARGUMENTS(work->path), line,
                         column, problems[i].message);
  }
  work->has_spec = result == 0;
  return result;
}

// Tests are not tested: what is asked for with one of them is that it asserts more.
static int check_test(GenerateWork *work) {
  const ScannedFile *file = scan_find(&work->scan, work->path);
  if (!file || !analysis_is_test_file(file->analysis))
    return 0;
  work->is_test = work->symbol.length > 0 && strengthen_find_test(file->analysis, work->symbol);
  if (work->is_test && !string_view_is_absent(work->params->answer))
    return error_set(
        work->ret_error, ERROR_INVALID_ARGUMENT,
        "answer: %.*s::%.*s is a test, whose assertions are made exact without a model; name the code that "
        "the answer tests",
        SV_ARGUMENTS(work->path), SV_ARGUMENTS(work->symbol));
  if (work->is_test)
    return 0;
  if (work->symbol.length > 0)
    return error_set(work->ret_error, ERROR_NOT_FOUND, "%.*s has no test %.*s", SV_ARGUMENTS(work->path),
                     SV_ARGUMENTS(work->symbol));
  return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                   "%.*s is a test file: name one of its tests (%.*s::NAME) to make its assertions exact, or name the "
                   "code that it tests",
                   SV_ARGUMENTS(work->path), SV_ARGUMENTS(work->path));
}

// Which file is meant: known before anything is read or run.
static int find_path(GenerateWork *work) {
  if (!string_view_is_absent(work->params->target))
    return path_from_target(work);
  if (!string_view_is_absent(work->params->uri))
    return path_from_uri(work);
  return error_set(work->ret_error, ERROR_INVALID_ARGUMENT, "target: name a spec, a file or FILE::NAME");
}

// What in the file is meant.
static int find_target(GenerateWork *work) {
  const GenerateParams *params = work->params;
  if (spec_is_spec_path(work->path))
    return read_spec(work);
  int result = params->line.present ? symbol_at_line(work, params->line.value) : 0;
  return result == 0 ? check_test(work) : result;
}

// ---- Generation ----

static int load_config(GenerateWork *work) {
  Store *store = NULL;
  Error problem = {0};
  int result = workspace_store(work->context->workspace, &store, &problem);
  if (result == 0)
    result = store_get_current_config(store, work->arena, &work->config, &problem);
  if (result < 0) {  // without a history the defaults serve
    config_defaults(&work->config);
    return 0;
  }
  work->config_id = (OptionalInteger){true, work->config.id};
  return 0;
}

static void emit_event(void *user, const RunEvent *event) {
  ServiceContext *context = user;
  if (context->emit)
    context->emit(context->user, event);
}

// The command line wins over the setting, within what the setting may be.
static int check_most(const GenerateParams *params, Error *ret_error) {
  const OptionalInteger *most = &params->max_tests;
  if (!most->present || (most->value >= 1 && most->value <= SETTING_MAX_TESTS))
    return 0;
  return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                   "max_tests (--max-tests): %lld tests cannot be asked for; 1 to %d are possible",
                   (long long)most->value, SETTING_MAX_TESTS);
}

static unsigned categories_of(const GenerateWork *work) {
  if (work->has_spec && work->spec.context < CONTEXT_COUNT)
    return context_categories((TestContext)work->spec.context, 0);
  return service_categories(work->settings);
}

// The line that the user asked for, when an assertion may stand there; 0: every one of the test.
static uint32_t assertion_line(const GenerateWork *work) {
  return work->params->line.present ? (uint32_t)work->params->line.value + 1 : 0;
}

// The mutant must still be what it was when it was judged.
static int find_mutant(const GenerateWork *work, MutantToKill *ret_mutant, Error *ret_error) {
  const KillParams *kill = work->params->kill;
  const ScannedFile *file = scan_find(&work->scan, work->path);
  if (!file || work->is_test || work->has_spec)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "kill: %.*s is not code that a mutant can lie in",
                     SV_ARGUMENTS(work->path));
  StringView text = analysis_text(file->analysis);
  const LineIndex *lines = analysis_lines(file->analysis);
  Position start = {kill->line - 1, kill->column - 1}, end = {kill->end_line - 1, kill->end_column - 1};
  *ret_mutant = (MutantToKill){
      .path = work->path,
      .text = text,
      .start = position_to_offset(lines, text, POSITION_UTF32, start, NULL),
      .end = position_to_offset(lines, text, POSITION_UTF32, end, NULL),
      .replacement = kill->replacement,
  };
  StringView there = string_view_slice(text, ret_mutant->start, ret_mutant->end);
  bool is_there = kill->line > 0 && kill->column > 0 && ret_mutant->start < ret_mutant->end &&
                  kill->original.length > 0 && string_view_starts_with(there, kill->original);
  return is_there ? 0
                  : error_set(ret_error, ERROR_CONFLICT,
                              "%.*s:%u: the code has changed since the mutant was judged; "
                              "judge it again",
                              SV_ARGUMENTS(work->path), kill->line);
}

static bool asks_model(const GenerateWork *work) {
  return string_view_is_absent(work->params->answer) && work->settings->provider != PROVIDER_BUILTIN && !work->is_test;
}

static StringView provider_of(const GenerateWork *work) {
  if (!string_view_is_absent(work->params->answer))
    return SV("answer");
  return asks_model(work) ? string_view_from(model_provider_names[work->settings->provider]) : SV("builtin");
}

static int generate(GenerateWork *work, Error *ret_error) {
  const Settings *settings = work->settings;
  MutantToKill mutant;
  ModelUse model;
  int found = work->params->kill ? find_mutant(work, &mutant, ret_error) : 0;
  if (found == 0 && asks_model(work))
    found = service_model_use(work->context, settings, &work->config, work->params->ask_again, work->params->offline,
                              work->arena, &model, ret_error);
  if (found < 0)
    return found;
  GenerateRequest request = {
      .runner = service_runner_options(work->context, settings),
      .index = work->scan.index,
      .spec = work->has_spec ? &work->spec : NULL,
      .subject_path = work->has_spec ? (StringView){0} : work->path,
      .subject_symbol = work->symbol,
      .implements = work->implements,
      .mutant = work->params->kill ? &mutant : NULL,
      .prohibited = settings->prohibited,
      .config = &work->config,
      .categories = categories_of(work),
      .max_tests = (uint32_t)(work->params->max_tests.present ? work->params->max_tests.value : settings->max_tests),
      .seed = (uint64_t)(work->params->seed.present ? work->params->seed.value : settings->seed),
      .timeout_ms = settings->generate_timeout * 1000,
      .require_sandbox = settings->sandbox == SANDBOX_REQUIRE,
      .provider = provider_of(work),
      .answer = work->params->answer,
      .model = asks_model(work) ? &model : NULL,
      .emit = emit_event,
      .user = work->context,
      .run_id = string_view_from(work->context->run_id),
  };
  return work->is_test ? strengthen_run(&request, assertion_line(work), work->arena, &work->report, ret_error)
                       : generator_run(&request, work->arena, &work->report, ret_error);
}

// The score of the suite as it is on disk and in open documents; what it is out of goes into the record.
static OptionalInteger score_now(GenerateWork *work) {
  ServiceContext quiet = {.workspace = work->context->workspace, .cancel = work->context->cancel};
  ScoreReport score;
  Error problem = {0};
  if (service_score(&quiet, &(ScoreParams){0}, work->arena, &score, &problem) < 0)
    return (OptionalInteger){0};
  work->score_of = (OptionalInteger){true, score.of};
  return (OptionalInteger){true, score.score};
}

// Whoever cancels has changed their mind: nothing is written then. A time limit is no such thing.
static int write_edits(GenerateWork *work) {
  bool is_cancelled = cancel_token_is_cancelled(work->context->cancel);
  if (!work->params->write || work->report.edits.count == 0 || is_cancelled)
    return 0;
  int result = edits_write(work->context->workspace, work->report.edits, work->arena, work->ret_error);
  work->report.written = result == 0;
  if (result == 0)
    work->report.score_after = score_now(work);
  return result;
}

// The share of the subject's names (definitions and parameters) that the accepted tests mention; absent without a
// subject.
static OptionalNumber parameter_discovery(GenerateWork *work) {
  const ScannedFile *file = work->has_spec ? NULL : scan_find(&work->scan, work->path);
  const AcceptedTest *accepted = work->report.accepted.items;
  size_t count = 0;
  const Definition *definitions = file ? analysis_definitions(file->analysis, &count) : NULL;
  StringView *texts = arena_allocate_array(work->arena, work->report.accepted.count, sizeof *texts);
  OptionalNumber share = {0};
  Vector names;
  vector_init(&names, sizeof(StringView), NOTES_MAX);
  for (size_t i = 0; i < count; i++) {
    if (work->symbol.length > 0 && !string_view_equal(work->symbol, definitions[i].qualified_name))
      continue;
    vector_push_copy(&names, &definitions[i].name);
    for (size_t k = 0; k < definitions[i].parameter_count; k++)
      vector_push_copy(&names, &definitions[i].parameters[k].name);
  }
  for (size_t i = 0; texts && i < work->report.accepted.count; i++)
    texts[i] = accepted[i].code;
  if (texts)
    share.present =
        measure_parameter_discovery(names.data, names.count, texts, work->report.accepted.count, &share.value);
  vector_finish(&names);
  return share;
}

static const char *end_of_title(StringView status) {
  return string_view_equal(status, SV("timeout"))     ? ", until the time was over"
         : string_view_equal(status, SV("cancelled")) ? ", until it was cancelled"
                                                      : "";
}

static StringView title_of(const GenerateWork *work) {
  const GenerateReport *report = &work->report;
  const ImplementationReport *code = report->implementation;
  size_t attempts = code ? code->attempts.count : 0;
  if (!code)
    return arena_format(work->arena, "Generated %zu test%s for %.*s, rejected %zu%s", report->accepted.count,
                        report_plural(report->accepted.count), SV_ARGUMENTS(report->target), report->rejected.count,
                        end_of_title(report->status));
  return arena_format(work->arena, "%s %.*s for %.*s in %zu attempt%s%s", code->complete ? "Wrote" : "Did not get",
                      SV_ARGUMENTS(code->subject), SV_ARGUMENTS(report->target), attempts, report_plural(attempts),
                      end_of_title(report->status));
}

static int record(GenerateWork *work, int64_t started_ms) {
  const GenerateReport *report = &work->report;
  RunRecord run = {
      .kind = SV("generation"),
      .status = report->status,
      .title = title_of(work),
      .task_id = work->has_spec ? work->spec.name : (StringView){0},
      .config_id = work->config_id,
      .created_ms = started_ms,
      .duration_ms = report->duration_ms,
      .score = report->score_after.present ? report->score_after : report->score_before,
      .of = work->score_of,
      .score_before = report->score_before,
      .comprehensiveness = report->comprehensiveness ? report->comprehensiveness->value : (OptionalNumber){0},
      .cost_cents = report->cost_cents,
      .parameter_discovery = parameter_discovery(work),
      .total_tokens = report->tokens,
      .test_count = (uint32_t)(report->accepted.count + report->rejected.count),
      .passed = (uint32_t)report->accepted.count,
      .failed = (uint32_t)report->rejected.count,
      .accepted = report->accepted,
      .rejected = report->rejected,
  };
  int result = report_files(&work->scan, work->path, work->arena, &run.files, work->ret_error);
  return result < 0 ? result
                    : report_record(work->context, &run, &generate_report_type, report, &work->report.notes,
                                    &work->notes, work->arena, work->ret_error);
}

static void describe(GenerateWork *work, int64_t started_ns) {
  GenerateReport *report = &work->report;
  report->run_id = report_run_id(work->context, work->arena);
  report->target = work->symbol.length
                       ? arena_format(work->arena, "%.*s::%.*s", SV_ARGUMENTS(work->path), SV_ARGUMENTS(work->symbol))
                       : work->path;
  report->context =
      string_view_from(context_names[work->has_spec && work->spec.context < CONTEXT_COUNT ? work->spec.context
                                                                                          : work->settings->context]);
  report->duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
}

static const char *status_of(int outcome) {
  return outcome == 0 ? "complete" : outcome == ERROR_CANCELLED ? "cancelled" : "timeout";
}

// What a stopped generation is: a result when the time limit left something to keep, else a failure. Either way the
// report holds what there is.
static int settle_outcome(GenerateWork *work, int outcome, const Error *problem) {
  if (outcome == 0)
    return 0;
  if (outcome == ERROR_CANCELLED)
    return error_set(work->ret_error, ERROR_CANCELLED, "%s", problem->message);
  if (work->report.accepted.count == 0)
    return error_set(
        work->ret_error, ERROR_TIMEOUT,
        "the generation was ended by its time limit of %lld s (generateTimeout) before any test had passed "
        "every guard: raise it, or ask for less at once (%s)",
        (long long)work->settings->generate_timeout, problem->message);
  return report_note(&work->notes, work->arena, work->ret_error,
                     "the generation was ended by its time limit of %lld s (generateTimeout): what had passed every "
                     "guard by then is kept",
                     (long long)work->settings->generate_timeout);
}

static int check_implements(GenerateWork *work) {
  if (!work->has_spec)
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "target: %.*s is no spec; code is written for a spec file (*.spec.json, *.spec.md)",
                     SV_ARGUMENTS(work->path));
  if (string_view_is_absent(work->params->answer) && !asks_model(work))
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "provider: the built-in one writes tests, no code: name a model (--provider openai --model NAME), "
                     "or give a model's answer with --answer FILE");
  return 0;
}

static int generate_steps(GenerateWork *work, int64_t started_ns, int64_t started_ms) {
  ScanOptions options = {.cancel = work->context->cancel};
  RunnerOptions runner = service_runner_options(work->context, work->settings);
  int result = check_most(work->params, work->ret_error);
  if (result == 0)
    result = find_path(work);
  if (result == 0)
    result = runner_require_pytest(&runner, work->ret_error);  // reading a large workspace takes seconds
  if (result == 0)
    result = workspace_scan(work->context->workspace, &options, work->arena, &work->scan, work->ret_error);
  if (result == 0)
    result = find_target(work);
  if (result == 0)
    result = load_config(work);
  if (result < 0)
    return result;
  if (work->implements)
    result = check_implements(work);
  if (result < 0)
    return result;
  OptionalInteger before = score_now(work);
  Error problem = {0};
  int outcome = generate(work, &problem);
  if (outcome < 0 && outcome != ERROR_CANCELLED && outcome != ERROR_TIMEOUT)
    return error_set(work->ret_error, (ErrorCode)outcome, "%s", problem.message);
  work->report.status = string_view_from(status_of(outcome));
  result = report_notes_append(&work->notes, work->report.notes, work->ret_error);
  work->report.score_before = before;
  if (result == 0)
    result = write_edits(work);
  describe(work, started_ns);
  int settled = result == 0 ? settle_outcome(work, outcome, &problem) : result;
  if (result == 0)
    result = record(work, started_ms);
  return result < 0 ? result : settled;
}

static int run(ServiceContext *context, const GenerateParams *params, bool implements, Arena *arena,
               GenerateReport *ret_report, Error *ret_error) {
  int64_t started_ns = clock_monotonic_ns(), started_ms = clock_unix_ms();
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  GenerateWork work = {.context = context,
                       .params = params,
                       .implements = implements,
                       .settings = &settings->settings,
                       .arena = arena,
                       .ret_error = ret_error};
  vector_init(&work.notes, sizeof(StringView), NOTES_MAX);
  int outcome = generate_steps(&work, started_ns, started_ms);
  int result = report_take(&work.notes, arena, &work.report.notes, ret_error);
  if (result == 0)
    *ret_report = work.report;
  scan_finish(&work.scan);
  settings_release(settings);
  return outcome < 0 ? outcome : result;
}

int service_generate(ServiceContext *context, const GenerateParams *params, Arena *arena, GenerateReport *ret_report,
                     Error *ret_error) {
  return run(context, params, false, arena, ret_report, ret_error);
}

int service_implement(ServiceContext *context, const ImplementParams *params, Arena *arena, GenerateReport *ret_report,
                      Error *ret_error) {
  const GenerateParams generate = {
      .target = params->target,
      .uri = params->uri,
      .write = params->write,
      .max_tests = params->max_tests,
      .answer = params->answer,
      .ask_again = params->ask_again,
      .offline = params->offline,
  };
  return run(context, &generate, true, arena, ret_report, ret_error);
}
