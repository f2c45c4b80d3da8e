#include "protocol/json/field.h"
#include "protocol/testgen/reports.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField value_params_fields[] = {
    JSON_FIELD(ValueParams, target, STRING, 0,
               "A source file, FILE::NAME, or a folder with the code that tests are judged by; absent, and no "
               "`targets`: the workspace."),
    JSON_FIELD(ValueParams, targets, STRING_ARRAY, JSON_OMIT_ZERO, "More of them."),
    JSON_FIELD(ValueParams, diff, STRING, 0,
               "Only mutants on lines that differ between this git revision and the working tree."),
    JSON_FIELD(ValueParams, since, STRING, 0,
               "Only files that changed since the merge base of HEAD and this git revision."),
    JSON_FIELD(ValueParams, sample, STRING, 0,
               "Judge so many mutants, a number (200) or a share (10%), chosen evenly over files and operators."),
    JSON_FIELD(ValueParams, seed, OPTIONAL_INTEGER, 0, "Of the sample; the same seed chooses the same mutants."),
    JSON_FIELD(ValueParams, workers, OPTIONAL_INTEGER, 0, "Processes at a time; absent: one per processor."),
};
const JsonType value_params_type = JSON_TYPE(ValueParams, value_params_fields, "Which code to judge the tests by.");

static const JsonField test_value_report_fields[] = {
    JSON_FIELD(TestValueReport, test, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(TestValueReport, path, STRING, JSON_REQUIRED, "Its file."),
    JSON_FIELD(TestValueReport, line, OPTIONAL_INTEGER, 0, "Where its name stands, 1-based."),
    JSON_FIELD(TestValueReport, digest, STRING, 0, "Of its text: another one says that the test has changed since."),
    JSON_FIELD_NAMED(TestValueReport, worth, ENUM, JSON_REQUIRED, test_worth_names,
                     "docs/value.md explains the words."),
    JSON_FIELD(TestValueReport, seconds, DOUBLE, JSON_REQUIRED, "On the processor, without mutants."),
    JSON_FIELD(TestValueReport, kills, UINTEGER, JSON_REQUIRED, "Mutants with which it fails."),
    JSON_FIELD(TestValueReport, sole_kills, UINTEGER, JSON_REQUIRED, "Mutants with which only it fails."),
    JSON_FIELD(TestValueReport, reaches, UINTEGER, JSON_REQUIRED,
               "Mutants with a verdict on lines that it runs, or that it kills."),
    JSON_FIELD(TestValueReport, lines, UINTEGER, JSON_REQUIRED, "Lines that it runs, of the files with mutants."),
    JSON_FIELD(TestValueReport, sole_lines, UINTEGER, JSON_REQUIRED, "Lines that only it runs."),
    JSON_FIELD(TestValueReport, dominated_by, STRING, 0,
               "The test that kills all that this one kills, and more; of several the one that kills most."),
    JSON_FIELD(TestValueReport, equals, STRING, 0,
               "The cheapest test that kills the same; absent when it is this one."),
    JSON_FIELD(TestValueReport, is_kept, BOOL, JSON_REQUIRED,
               "It is one of the smallest set that was found to keep every kill and every line."),
    JSON_FIELD(TestValueReport, loses, INTEGER_ARRAY, JSON_OMIT_ZERO,
               "Numbers of `mutants` that no test would kill without it."),
    JSON_FIELD(TestValueReport, replaced_by, STRING_ARRAY, JSON_OMIT_ZERO,
               "Unless it is kept: tests that are kept and kill all that it kills."),
    JSON_FIELD(TestValueReport, is_blind, BOOL, JSON_OMIT_ZERO,
               "It starts programs or stops the tracing, so not all lines that it runs are known."),
    JSON_FIELD(TestValueReport, is_dependent, BOOL, JSON_OMIT_ZERO,
               "It was not seen to pass without the tests before it."),
};
static const JsonType test_value_report_type =
    JSON_TYPE(TestValueReport, test_value_report_fields, "What one test, or one case of it, is worth.");

static const JsonField matrix_mutant_report_fields[] = {
    JSON_FIELD(MatrixMutantReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(MatrixMutantReport, line, UINTEGER, JSON_REQUIRED, "Where it begins, 1-based."),
    JSON_FIELD(MatrixMutantReport, column, UINTEGER, JSON_REQUIRED, "In characters, 1-based."),
    JSON_FIELD(MatrixMutantReport, function, STRING, JSON_REQUIRED | JSON_NULLABLE,
               "Qualified name; null: module or class level."),
    JSON_FIELD(MatrixMutantReport, operator, STRING, JSON_REQUIRED, "What was done: docs/mutation.md."),
    JSON_FIELD(MatrixMutantReport, original, STRING, JSON_REQUIRED, "The text that stood there."),
    JSON_FIELD(MatrixMutantReport, replacement, STRING, JSON_REQUIRED, "What stood there instead."),
    JSON_FIELD_NAMED(MatrixMutantReport, status, ENUM, JSON_REQUIRED, mutant_status_names, "What the tests said."),
    JSON_FIELD(MatrixMutantReport, killers, INTEGER_ARRAY, JSON_REQUIRED, "Numbers of `values`: who fails with it."),
    JSON_FIELD(MatrixMutantReport, is_cut_short, BOOL, JSON_OMIT_ZERO,
               "A test did not come back, and those behind it did not run: there may be more killers."),
};
static const JsonType matrix_mutant_report_type =
    JSON_TYPE(MatrixMutantReport, matrix_mutant_report_fields, "One mutant, and every test that kills it.");

static const JsonField worth_count_fields[] = {
    JSON_FIELD_NAMED(WorthCount, worth, ENUM, JSON_REQUIRED, test_worth_names, "The word."),
    JSON_FIELD(WorthCount, count, UINTEGER, JSON_REQUIRED, "Tests."),
};
static const JsonType worth_count_type = JSON_TYPE(WorthCount, worth_count_fields, "How many tests are worth that.");

static const JsonField value_report_fields[] = {
    JSON_FIELD(ValueReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(ValueReport, status, STRING, JSON_REQUIRED,
               "complete; timeout or failed: the run ended early, and what is said holds for what was judged by then."),
    JSON_FIELD(ValueReport, target, STRING, JSON_REQUIRED, "The code that the tests were judged by."),
    JSON_FIELD(ValueReport, python_version, STRING, 0, "Of the interpreter that ran the tests."),
    JSON_FIELD(ValueReport, pytest_version, STRING, 0, "Likewise."),
    JSON_FIELD(ValueReport, killed, UINTEGER, JSON_REQUIRED, "Mutants with which a test failed."),
    JSON_FIELD(ValueReport, survived, UINTEGER, JSON_REQUIRED, "Mutants that every test accepted."),
    JSON_FIELD(ValueReport, no_coverage, UINTEGER, JSON_REQUIRED, "Mutants that no test reaches."),
    JSON_FIELD(ValueReport, timeout, UINTEGER, JSON_REQUIRED,
               "Mutants with which the tests did not end; who notices them is not known."),
    JSON_FIELD(ValueReport, inconclusive, UINTEGER, JSON_REQUIRED,
               "Crashes, and modules that cannot be imported; likewise."),
    JSON_FIELD(ValueReport, not_run, UINTEGER, JSON_REQUIRED,
               "Equivalent and duplicate by their byte code, or no valid program."),
    JSON_FIELD(ValueReport, pending, UINTEGER, JSON_REQUIRED, "Mutants whose turn did not come."),
    JSON_FIELD(ValueReport, not_sampled, UINTEGER, JSON_REQUIRED, "Mutants that the sample left out."),
    JSON_FIELD(ValueReport, whole, BOOL, JSON_REQUIRED,
               "Of the whole workspace: neither a part of it nor what changed, apart from a sample."),
    JSON_FIELD(ValueReport, lines, UINTEGER, JSON_REQUIRED, "Lines of the files with mutants that some test runs."),
    JSON_FIELD_OF(ValueReport, worth, ARRAY, JSON_REQUIRED, worth_count_type, "Tests by what they are worth."),
    JSON_FIELD(ValueReport, kept, UINTEGER, JSON_REQUIRED,
               "Tests of the smallest set that was found to keep every kill and every line."),
    JSON_FIELD(ValueReport, seconds, DOUBLE, JSON_REQUIRED, "Of all tests, on the processor."),
    JSON_FIELD(ValueReport, reaching_seconds, DOUBLE, JSON_REQUIRED, "Of those that reach this code, or may."),
    JSON_FIELD(ValueReport, kept_seconds, DOUBLE, JSON_REQUIRED, "Of those that are kept."),
    JSON_FIELD(ValueReport, efficiency, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "The share of the time of all tests that is spent in those that are kept; null unless the code of the "
               "whole workspace was judged."),
    JSON_FIELD_OF(ValueReport, values, ARRAY, JSON_REQUIRED, test_value_report_type,
                  "The tests that pass without mutants, in the order of the suite; each case is one."),
    JSON_FIELD_OF(ValueReport, mutants, ARRAY, JSON_REQUIRED, matrix_mutant_report_type,
                  "The mutants that were killed or survived, by file and place."),
    JSON_FIELD_OF(ValueReport, red_tests, ARRAY, JSON_REQUIRED, red_test_report_type,
                  "Tests that fail without mutants; they were left out."),
    JSON_FIELD(ValueReport, timings, VALUE, 0, "Milliseconds by what took them, as far as it was measured."),
    JSON_FIELD(ValueReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of everything."),
    JSON_FIELD(ValueReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and what is not known."),
};
const JsonType value_report_type = JSON_TYPE(ValueReport, value_report_fields, "What each test is worth.");
