#include "protocol/json/field.h"
#include "protocol/testgen/reports.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField mutate_params_fields[] = {
    JSON_FIELD(MutateParams, target, STRING, 0,
               "A source file, FILE::NAME, or a folder; absent, and no `targets`: the workspace."),
    JSON_FIELD(MutateParams, targets, STRING_ARRAY, JSON_OMIT_ZERO, "More of them."),
    JSON_FIELD(MutateParams, diff, STRING, 0,
               "Only mutants on lines that differ between this git revision and the working tree."),
    JSON_FIELD(MutateParams, since, STRING, 0,
               "Only files that changed since the merge base of HEAD and this git revision."),
    JSON_FIELD(MutateParams, sample, STRING, 0,
               "Judge so many mutants, a number (200) or a share (10%), chosen evenly over files and operators."),
    JSON_FIELD(MutateParams, seed, OPTIONAL_INTEGER, 0, "Of the sample; the same seed chooses the same mutants."),
    JSON_FIELD(MutateParams, workers, OPTIONAL_INTEGER, 0, "Processes at a time; absent: one per processor."),
    JSON_FIELD(MutateParams, fresh, BOOL, JSON_OMIT_ZERO, "Judge also the mutants that an earlier run has judged."),
    JSON_FIELD(MutateParams, tests, STRING_ARRAY, JSON_OMIT_ZERO,
               "Judge with these tests alone, pytest's node ids or files; none: with all."),
    JSON_FIELD(MutateParams, reach, BOOL, JSON_OMIT_ZERO,
               "Say of each function of the mutated files which tests reach it."),
    JSON_FIELD(MutateParams, background, BOOL, JSON_OMIT_ZERO, "At low priority: everything else goes first."),
};
const JsonType mutate_params_type = JSON_TYPE(MutateParams, mutate_params_fields, "Which code to mutate.");

static const JsonField mutant_report_fields[] = {
    JSON_FIELD(MutantReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(MutantReport, line, UINTEGER, JSON_REQUIRED, "Where it begins, 1-based."),
    JSON_FIELD(MutantReport, column, UINTEGER, JSON_REQUIRED, "In characters, 1-based."),
    JSON_FIELD(MutantReport, end_line, UINTEGER, JSON_REQUIRED, "Where it ends, 1-based."),
    JSON_FIELD(MutantReport, end_column, UINTEGER, JSON_REQUIRED, "Behind its last character, 1-based."),
    JSON_FIELD(MutantReport, function, STRING, JSON_REQUIRED | JSON_NULLABLE,
               "Qualified name; null: module or class level."),
    JSON_FIELD(MutantReport, operator, STRING, JSON_REQUIRED, "What was done: docs/mutation.md."),
    JSON_FIELD(MutantReport, original, STRING, JSON_REQUIRED, "The text that stood there."),
    JSON_FIELD(MutantReport, replacement, STRING, JSON_REQUIRED, "What stood there instead."),
    JSON_FIELD_NAMED(MutantReport, status, ENUM, JSON_REQUIRED, mutant_status_names, "What the tests said."),
    JSON_FIELD(
        MutantReport, way, STRING, 0,
        "function: the function got other code; data: the module got other data; import: it was imported with the "
        "change."),
    JSON_FIELD(MutantReport, killed_by, STRING, 0, "The test that failed first."),
    JSON_FIELD(MutantReport, message, STRING, 0, "How it failed, or why there is no verdict."),
    JSON_FIELD(MutantReport, tests_run, UINTEGER, JSON_REQUIRED, "Tests that ran for it."),
    JSON_FIELD(MutantReport, kept, BOOL, JSON_OMIT_ZERO, "The verdict is that of an earlier run."),
    JSON_FIELD(MutantReport, reached_by, STRING_ARRAY, JSON_OMIT_ZERO,
               "Of a survivor: tests that reach it, at most five of them."),
};
const JsonType mutant_report_type = JSON_TYPE(MutantReport, mutant_report_fields, "One mutant and its verdict.");

static const JsonField mutated_function_report_fields[] = {
    JSON_FIELD(MutatedFunctionReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(MutatedFunctionReport, function, STRING, JSON_REQUIRED | JSON_NULLABLE,
               "Qualified name; null: what lies outside functions."),
    JSON_FIELD(MutatedFunctionReport, line, UINTEGER, JSON_REQUIRED, "Where it begins, with its decorators; 1-based."),
    JSON_FIELD(MutatedFunctionReport, column, UINTEGER, JSON_REQUIRED, "In characters, 1-based."),
    JSON_FIELD(MutatedFunctionReport, end_line, UINTEGER, JSON_REQUIRED, "Where it ends, 1-based."),
    JSON_FIELD(MutatedFunctionReport, digest, STRING, JSON_REQUIRED,
               "Of its text, 16 hexadecimal digits: the verdicts speak of that text."),
    JSON_FIELD(MutatedFunctionReport, mutants, UINTEGER, JSON_REQUIRED,
               "How many of the mutants lie in it; 0: it was not mutated, and is here because of `reach`."),
    JSON_FIELD(MutatedFunctionReport, tests_known, BOOL, JSON_OMIT_ZERO, "Whether `tests` was measured."),
    JSON_FIELD(MutatedFunctionReport, tests, STRING_ARRAY, JSON_OMIT_ZERO,
               "The tests that reach it, of those that ran; only with `reach`."),
};
const JsonType mutated_function_report_type =
    JSON_TYPE(MutatedFunctionReport, mutated_function_report_fields, "A function in which mutants lie.");

static const JsonField red_test_report_fields[] = {
    JSON_FIELD(RedTestReport, test, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(RedTestReport, reason, STRING, JSON_REQUIRED, "How it fails with the code as it is."),
};
const JsonType red_test_report_type = JSON_TYPE(RedTestReport, red_test_report_fields, "A test that proves nothing.");

static const JsonField mutation_report_fields[] = {
    JSON_FIELD(MutationReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(
        MutationReport, status, STRING, JSON_REQUIRED,
        "complete; cancelled, timeout or failed: the run ended early, and `pending` counts what has no verdict."),
    JSON_FIELD(MutationReport, target, STRING, JSON_REQUIRED, "What was mutated."),
    JSON_FIELD(MutationReport, python_version, STRING, 0, "Of the interpreter that ran the tests."),
    JSON_FIELD(MutationReport, pytest_version, STRING, 0, "Likewise."),
    JSON_FIELD(MutationReport, tests, UINTEGER, JSON_REQUIRED, "Tests that pass without mutants."),
    JSON_FIELD(MutationReport, killed, UINTEGER, JSON_REQUIRED, "Mutants with which a test failed."),
    JSON_FIELD(MutationReport, survived, UINTEGER, JSON_REQUIRED, "Mutants that every test accepted."),
    JSON_FIELD(MutationReport, no_coverage, UINTEGER, JSON_REQUIRED, "Mutants that no test reaches."),
    JSON_FIELD(MutationReport, timeout, UINTEGER, JSON_REQUIRED, "Mutants with which the tests did not end."),
    JSON_FIELD(MutationReport, inconclusive, UINTEGER, JSON_REQUIRED, "Crashes, and modules that cannot be imported."),
    JSON_FIELD(MutationReport, not_run, UINTEGER, JSON_REQUIRED,
               "Equivalent and duplicate by their byte code, or no valid program."),
    JSON_FIELD(MutationReport, pending, UINTEGER, JSON_REQUIRED, "Mutants whose turn did not come."),
    JSON_FIELD(MutationReport, kept, UINTEGER, JSON_REQUIRED, "Mutants with the verdict of an earlier run."),
    JSON_FIELD(MutationReport, not_sampled, UINTEGER, JSON_REQUIRED,
               "Mutants that the sample left out; `mutants` is without them."),
    JSON_FIELD(MutationReport, whole, BOOL, JSON_REQUIRED,
               "Of the whole workspace: neither a part of it nor what changed, apart from a sample."),
    JSON_FIELD(MutationReport, kill_rate, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Killed of all that ran or were not reached; null: there were none."),
    JSON_FIELD(MutationReport, kill_rate_low, OPTIONAL_DOUBLE, 0,
               "With a sample: the lower end of the 95 % confidence interval (Wilson) of the kill rate."),
    JSON_FIELD(MutationReport, kill_rate_high, OPTIONAL_DOUBLE, 0, "Its upper end."),
    JSON_FIELD_OF(MutationReport, mutants, ARRAY, JSON_REQUIRED, mutant_report_type, "By file and place."),
    JSON_FIELD_OF(MutationReport, functions, ARRAY, JSON_REQUIRED, mutated_function_report_type,
                  "The functions in which they lie, by file and place; a mutant belongs to the last one around it."),
    JSON_FIELD_OF(MutationReport, red_tests, ARRAY, JSON_REQUIRED, red_test_report_type,
                  "Tests that fail without mutants; they were left out."),
    JSON_FIELD(MutationReport, timings, VALUE, 0, "Milliseconds by what took them, as far as it was measured."),
    JSON_FIELD(MutationReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of everything."),
    JSON_FIELD(MutationReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType mutation_report_type =
    JSON_TYPE(MutationReport, mutation_report_fields, "What the tests notice when the code changes.");
