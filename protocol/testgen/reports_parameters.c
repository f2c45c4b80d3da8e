#include "protocol/testgen/reports.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField score_params_fields[] = {
    JSON_FIELD(ScoreParams, path, STRING, 0, "Folder or file, relative to the workspace; absent: the workspace."),
};
const JsonType score_params_type = JSON_TYPE(ScoreParams, score_params_fields, "What to score.");

static const JsonField check_params_fields[] = {
    JSON_FIELD(CheckParams, path, STRING, 0, "Folder or file, relative to the workspace; absent: the workspace."),
};
const JsonType check_params_type = JSON_TYPE(CheckParams, check_params_fields, "What to check.");

static const JsonField gaps_params_fields[] = {
    JSON_FIELD(GapsParams, path, STRING, 0, "Report only what lies below this folder or file."),
    JSON_FIELD(GapsParams, coverage, STRING, 0,
               "A coverage file (coverage.py JSON, lcov, Cobertura); absent: the newest one found, else a run."),
    JSON_FIELD(GapsParams, run, BOOL, JSON_OMIT_ZERO, "Run the tests now, whatever coverage file there is."),
    JSON_FIELD(GapsParams, of_run, STRING, 0, "Or: what this run of tests, which is in the history, has measured."),
};
const JsonType gaps_params_type = JSON_TYPE(GapsParams, gaps_params_fields, "Which coverage gaps to show.");

static const JsonField run_tests_params_fields[] = {
    JSON_FIELD(RunTestsParams, ids, STRING_ARRAY, JSON_OMIT_ZERO, "pytest's node ids or paths; none: every test."),
    JSON_FIELD(RunTestsParams, coverage, BOOL, JSON_OMIT_ZERO, "Measure line and branch coverage too."),
    JSON_FIELD(RunTestsParams, by_test, BOOL, JSON_OMIT_ZERO,
               "With coverage: say which lines each test reached, and which branches it took."),
};
const JsonType run_tests_params_type = JSON_TYPE(RunTestsParams, run_tests_params_fields, "Which tests to run.");

static const JsonField kill_params_fields[] = {
    JSON_FIELD(KillParams, line, UINTEGER, JSON_REQUIRED, "Where it begins, 1-based."),
    JSON_FIELD(KillParams, column, UINTEGER, JSON_REQUIRED, "In characters, 1-based."),
    JSON_FIELD(KillParams, end_line, UINTEGER, JSON_REQUIRED, "Where it ends, 1-based."),
    JSON_FIELD(KillParams, end_column, UINTEGER, JSON_REQUIRED, "Behind its last character, 1-based."),
    JSON_FIELD(KillParams, original, STRING, JSON_REQUIRED, "The text that stands there, or its beginning."),
    JSON_FIELD(KillParams, replacement, STRING, JSON_REQUIRED, "What stands there in the mutant."),
};
static const JsonType kill_params_type =
    JSON_TYPE(KillParams, kill_params_fields, "A mutant, as testgen.mutate reports it.");

static const JsonField generate_params_fields[] = {
    JSON_FIELD(GenerateParams, target, STRING, 0,
               "A spec file, a source file, FILE::NAME, or the name of a spec in the workspace."),
    JSON_FIELD(GenerateParams, uri, STRING, 0, "Instead of a target: a document."),
    JSON_FIELD(GenerateParams, line, OPTIONAL_INTEGER, 0,
               "The 0-based line in the document, inside the function or spec."),
    JSON_FIELD(GenerateParams, write, BOOL, JSON_OMIT_ZERO, "Put the accepted tests into the files."),
    JSON_FIELD(GenerateParams, max_tests, OPTIONAL_INTEGER, 0,
               "Accept so many tests at most, 1 to 1000, whatever maxTests says."),
    JSON_FIELD(GenerateParams, seed, OPTIONAL_INTEGER, 0, "Of everything random; the same seed gives the same tests."),
    JSON_FIELD_OF(GenerateParams, kill, POINTER, 0, kill_params_type,
                  "Write one test that fails with this change of the function, and passes without it."),
    JSON_FIELD(GenerateParams, answer, STRING, 0,
               "The answer of a model, text with JSON in it: its tests are tried instead of the provider's."),
    JSON_FIELD(GenerateParams, ask_again, BOOL, 0, "Ask a model also what it has answered before."),
    JSON_FIELD(GenerateParams, offline, BOOL, 0, "Ask no model: only its answers that were kept are tried."),
};
const JsonType generate_params_type = JSON_TYPE(GenerateParams, generate_params_fields, "What to generate tests for.");

static const JsonField implement_params_fields[] = {
    JSON_FIELD(ImplementParams, target, STRING, 0, "A spec file, or the name of a spec in the workspace."),
    JSON_FIELD(ImplementParams, uri, STRING, 0, "Instead of a target: the spec's document."),
    JSON_FIELD(ImplementParams, write, BOOL, JSON_OMIT_ZERO,
               "Put the tests and the code into files, when every test passes."),
    JSON_FIELD(ImplementParams, max_tests, OPTIONAL_INTEGER, 0,
               "Write so many tests at most, 1 to 1000, whatever maxTests says."),
    JSON_FIELD(ImplementParams, answer, STRING, 0,
               "The answer of a model, text with Python in it: it is tried instead of asking."),
    JSON_FIELD(ImplementParams, ask_again, BOOL, 0, "Ask a model also what it has answered before."),
    JSON_FIELD(ImplementParams, offline, BOOL, 0, "Ask no model: only its answers that were kept are tried."),
};
const JsonType implement_params_type =
    JSON_TYPE(ImplementParams, implement_params_fields, "Which spec to write the code of.");

#define FOLDER_DOCUMENTATION "A folder of the workspace, or what lies in it; absent: the first folder."

static const JsonField history_params_fields[] = {
    JSON_FIELD(HistoryParams, uri, STRING, 0, FOLDER_DOCUMENTATION),
    JSON_FIELD(HistoryParams, kind, STRING, 0,
               "Only runs of this kind: generation, scoring, gaps, test, mutation, boundary, cheats, value."),
    JSON_FIELD(HistoryParams, text, STRING, 0,
               "Only runs with this in their title, whatever the case of its letters, or of a commit that begins so."),
    JSON_FIELD(HistoryParams, limit, OPTIONAL_INTEGER, 0, "Runs per page, 1 to 1000; 50 when absent."),
    JSON_FIELD(HistoryParams, before, OPTIONAL_INTEGER, 0, "The `next` of the page before."),
};
const JsonType history_params_type =
    JSON_TYPE(HistoryParams, history_params_fields, "Which runs to list, or which one to open.");

static const JsonField run_params_fields[] = {
    JSON_FIELD(RunParams, uri, STRING, 0, FOLDER_DOCUMENTATION),
    JSON_FIELD(RunParams, run_id, STRING, JSON_REQUIRED, "Which run."),
};
const JsonType run_params_type = JSON_TYPE(RunParams, run_params_fields, "Which run to show.");

static const JsonField trend_params_fields[] = {
    JSON_FIELD(TrendParams, uri, STRING, 0, FOLDER_DOCUMENTATION),
    JSON_FIELD(TrendParams, limit, OPTIONAL_INTEGER, 0, "The newest so many points, 1 to 10000; 1000 when absent."),
};
const JsonType trend_params_type = JSON_TYPE(TrendParams, trend_params_fields, "Of which runs to show the trend.");

static const JsonField explain_params_fields[] = {
    JSON_FIELD(ExplainParams, uri, STRING, JSON_REQUIRED, "The document."),
    JSON_FIELD(ExplainParams, line, UINTEGER, JSON_REQUIRED, "The 0-based line in it."),
};
const JsonType explain_params_type = JSON_TYPE(ExplainParams, explain_params_fields, "What to explain.");

static const JsonField explain_report_fields[] = {
    JSON_FIELD(ExplainReport, markdown, STRING, JSON_REQUIRED | JSON_NULLABLE, "The explanation; null: there is none."),
};
const JsonType explain_report_type = JSON_TYPE(ExplainReport, explain_report_fields, "An explanation.");

static const JsonField evolve_params_fields[] = {
    JSON_FIELD(EvolveParams, targets, STRING_ARRAY, JSON_OMIT_ZERO,
               "What configurations are tried on: specs, files or FILE::NAME; none: every spec of the workspace."),
    JSON_FIELD(EvolveParams, steps, OPTIONAL_INTEGER, 0,
               "Changes to try one after the other, 1 to 100; 3 when absent."),
    JSON_FIELD(EvolveParams, trials, OPTIONAL_INTEGER, 0,
               "Trials of both configurations on each target, 1 to 100; 3 when absent."),
    JSON_FIELD(EvolveParams, seed, OPTIONAL_INTEGER, 0, "Of everything random."),
    JSON_FIELD(EvolveParams, workers, OPTIONAL_INTEGER, 0, "Mutants at a time; absent: one per processor."),
};
const JsonType evolve_params_type =
    JSON_TYPE(EvolveParams, evolve_params_fields, "What to try changes of the configuration on.");

static const JsonField config_params_fields[] = {
    JSON_FIELD(ConfigParams, action, STRING, JSON_REQUIRED, "show, list, create, set-current, history or rollback."),
    JSON_FIELD(ConfigParams, id, OPTIONAL_INTEGER, 0, "The configuration; absent: the current one."),
    JSON_FIELD(ConfigParams, values, VALUE, 0, "For create: the knobs that differ from the current configuration."),
};
const JsonType config_params_type =
    JSON_TYPE(ConfigParams, config_params_fields, "What to do with the generator configurations.");

static const JsonField cancel_run_params_fields[] = {
    JSON_FIELD(CancelRunParams, run_id, STRING, 0, "The run; absent: everything that runs."),
};
const JsonType cancel_run_params_type = JSON_TYPE(CancelRunParams, cancel_run_params_fields, "Which run to cancel.");

const JsonType empty_params_type = {"EmptyParams", sizeof(EmptyParams), NULL, 0, "Nothing."};
