#include "protocol/testgen/reports.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField line_range_report_fields[] = {
    JSON_FIELD(LineRangeReport, first, UINTEGER, JSON_REQUIRED, "1-based."),
    JSON_FIELD(LineRangeReport, last, UINTEGER, JSON_REQUIRED, "Inclusive."),
};
static const JsonType line_range_report_type = JSON_TYPE(LineRangeReport, line_range_report_fields, "A run of lines.");

static const JsonField branch_report_fields[] = {
    JSON_FIELD(BranchReport, line, UINTEGER, JSON_REQUIRED, "Where it starts, 1-based."),
    JSON_FIELD(BranchReport, target, UINTEGER, JSON_REQUIRED, "Where it goes, 1-based; 0: the exit."),
};
static const JsonType branch_report_type = JSON_TYPE(BranchReport, branch_report_fields, "A branch that no test took.");

static const JsonField function_gap_report_fields[] = {
    JSON_FIELD(FunctionGapReport, function, STRING, JSON_REQUIRED | JSON_NULLABLE,
               "Qualified name; null: module level."),
    JSON_FIELD(FunctionGapReport, line, UINTEGER, JSON_REQUIRED, "Of the definition, 1-based."),
    JSON_FIELD_NAMED(FunctionGapReport, risk, ENUM, JSON_REQUIRED, risk_names, "How much it matters."),
    JSON_FIELD(FunctionGapReport, lines_total, UINTEGER, JSON_REQUIRED, "Executable lines."),
    JSON_FIELD(FunctionGapReport, lines_missing, UINTEGER, JSON_REQUIRED, "Lines that no test reached."),
    JSON_FIELD(FunctionGapReport, branches_total, UINTEGER, JSON_REQUIRED, "Branches; 0 when they were not measured."),
    JSON_FIELD(FunctionGapReport, branches_missing, UINTEGER, JSON_REQUIRED, "Branches that no test took."),
    JSON_FIELD_OF(FunctionGapReport, ranges, ARRAY, JSON_REQUIRED, line_range_report_type, "The missing lines."),
    JSON_FIELD_OF(FunctionGapReport, branches, ARRAY, JSON_REQUIRED, branch_report_type, "The missing branches."),
    JSON_FIELD(FunctionGapReport, complexity, UINTEGER, JSON_REQUIRED, "Cyclomatic."),
};
const JsonType function_gap_report_type =
    JSON_TYPE(FunctionGapReport, function_gap_report_fields, "What no test reached in one function.");

static const JsonField file_gap_report_fields[] = {
    JSON_FIELD(FileGapReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(FileGapReport, stale, BOOL, JSON_REQUIRED, "It changed after the coverage was measured."),
    JSON_FIELD(FileGapReport, lines_total, UINTEGER, JSON_REQUIRED, "Executable lines."),
    JSON_FIELD(FileGapReport, lines_missing, UINTEGER, JSON_REQUIRED, "Lines that no test reached."),
    JSON_FIELD(FileGapReport, branches_total, UINTEGER, JSON_REQUIRED, "Branches; 0 when they were not measured."),
    JSON_FIELD(FileGapReport, branches_missing, UINTEGER, JSON_REQUIRED, "Branches that no test took."),
    JSON_FIELD_OF(FileGapReport, functions, ARRAY, JSON_REQUIRED, function_gap_report_type, "Worst first."),
};
const JsonType file_gap_report_type =
    JSON_TYPE(FileGapReport, file_gap_report_fields, "What no test reached in one file.");

static const JsonField critical_path_report_fields[] = {
    JSON_FIELD(CriticalPathReport, path, STRING, JSON_REQUIRED, "As the settings name it."),
    JSON_FIELD(CriticalPathReport, coverage, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Share of its lines that tests reach; null: nothing measured."),
    JSON_FIELD(CriticalPathReport, strength, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Mean strength of the tests that speak of it; null: none does."),
    JSON_FIELD(CriticalPathReport, kill_rate, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Share of mutants killed; null: not measured."),
    JSON_FIELD_NAMED(CriticalPathReport, risk, ENUM, JSON_REQUIRED, risk_names, "How much it matters."),
};
static const JsonType critical_path_report_type =
    JSON_TYPE(CriticalPathReport, critical_path_report_fields, "One critical path of the settings.");

static const JsonField gaps_report_fields[] = {
    JSON_FIELD(GapsReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(GapsReport, format, STRING, JSON_REQUIRED, "How it was measured."),
    JSON_FIELD(GapsReport, source, STRING, 0, "The coverage file; absent: a run of the tests."),
    JSON_FIELD(GapsReport, measured_at, STRING, 0, "When."),
    JSON_FIELD(GapsReport, lines_total, UINTEGER, JSON_REQUIRED, "Executable lines."),
    JSON_FIELD(GapsReport, lines_missing, UINTEGER, JSON_REQUIRED, "Lines that no test reached."),
    JSON_FIELD(GapsReport, branches_total, UINTEGER, JSON_REQUIRED, "Branches; 0 when they were not measured."),
    JSON_FIELD(GapsReport, branches_missing, UINTEGER, JSON_REQUIRED, "Branches that no test took."),
    JSON_FIELD_OF(GapsReport, files, ARRAY, JSON_REQUIRED, file_gap_report_type, "Worst first."),
    JSON_FIELD_OF(GapsReport, critical_paths, ARRAY, JSON_REQUIRED, critical_path_report_type,
                  "Those of the settings."),
    JSON_FIELD(GapsReport, notes, STRING_ARRAY, JSON_REQUIRED, "What is missing or stale."),
};
const JsonType gaps_report_type = JSON_TYPE(GapsReport, gaps_report_fields, "What no test reached, worst first.");

static const JsonField test_result_report_fields[] = {
    JSON_FIELD(TestResultReport, id, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(TestResultReport, path, STRING, JSON_REQUIRED, "Its file."),
    JSON_FIELD(TestResultReport, line, UINTEGER, JSON_REQUIRED, "1-based; 0 unknown."),
    JSON_FIELD_NAMED(TestResultReport, outcome, ENUM, JSON_REQUIRED, outcome_names, "How it ended."),
    JSON_FIELD(TestResultReport, duration_ms, DOUBLE, JSON_REQUIRED, "Set-up, call and tear-down together."),
    JSON_FIELD(TestResultReport, cpu_ms, DOUBLE, JSON_REQUIRED, "Processor time."),
    JSON_FIELD(TestResultReport, message, STRING, 0, "Why it failed or was skipped."),
    JSON_FIELD(TestResultReport, expected, STRING, 0,
               "Of an assertion with == that did not hold: its right side, bounded."),
    JSON_FIELD(TestResultReport, actual, STRING, 0, "Likewise: its left side."),
    JSON_FIELD(TestResultReport, failure_path, STRING, 0, "Where it failed."),
    JSON_FIELD(TestResultReport, failure_line, UINTEGER, JSON_OMIT_ZERO, "1-based."),
    JSON_FIELD(TestResultReport, detail, STRING, 0, "pytest's long text, bounded."),
    JSON_FIELD(TestResultReport, output, STRING, 0, "What it printed, bounded."),
};
const JsonType test_result_report_type =
    JSON_TYPE(TestResultReport, test_result_report_fields, "What happened to one test.");

static const JsonField branch_coverage_report_fields[] = {
    JSON_FIELD(BranchCoverageReport, line, UINTEGER, JSON_REQUIRED, "1-based: where it leaves."),
    JSON_FIELD(BranchCoverageReport, target, UINTEGER, JSON_REQUIRED,
               "1-based: where it goes; 0: out of the function."),
    JSON_FIELD(BranchCoverageReport, taken, BOOL, JSON_REQUIRED, "A test took it."),
};
static const JsonType branch_coverage_report_type =
    JSON_TYPE(BranchCoverageReport, branch_coverage_report_fields, "A branch.");

static const JsonField test_coverage_report_fields[] = {
    JSON_FIELD(TestCoverageReport, test, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD_OF(TestCoverageReport, lines, ARRAY, JSON_REQUIRED, line_range_report_type, "The lines that it ran."),
    JSON_FIELD(TestCoverageReport, branches, INTEGER_ARRAY, JSON_OMIT_ZERO,
               "The branches that it took: their places in the file's list, from 0."),
};
static const JsonType test_coverage_report_type =
    JSON_TYPE(TestCoverageReport, test_coverage_report_fields, "What one test reached of a file.");

static const JsonField file_coverage_report_fields[] = {
    JSON_FIELD(FileCoverageReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD_OF(FileCoverageReport, executed, ARRAY, JSON_REQUIRED, line_range_report_type, "Lines that tests ran."),
    JSON_FIELD_OF(FileCoverageReport, missing, ARRAY, JSON_REQUIRED, line_range_report_type, "Lines that no test ran."),
    JSON_FIELD_OF(FileCoverageReport, branches, ARRAY, JSON_REQUIRED, branch_coverage_report_type, "Its branches."),
    JSON_FIELD_OF(FileCoverageReport, tests, ARRAY, JSON_OMIT_ZERO, test_coverage_report_type,
                  "What each test reached of it, when it was asked for."),
};
static const JsonType file_coverage_report_type =
    JSON_TYPE(FileCoverageReport, file_coverage_report_fields, "What tests reached of one file.");

static const JsonField run_tests_report_fields[] = {
    JSON_FIELD(RunTestsReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(RunTestsReport, interpreter, STRING, JSON_REQUIRED, "The Python that ran them."),
    JSON_FIELD(RunTestsReport, python_version, STRING, JSON_REQUIRED, "Its version."),
    JSON_FIELD(RunTestsReport, pytest_version, STRING, JSON_REQUIRED, "pytest's version."),
    JSON_FIELD(RunTestsReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of the whole run."),
    JSON_FIELD(RunTestsReport, passed, UINTEGER, JSON_REQUIRED, "Tests passed."),
    JSON_FIELD(RunTestsReport, failed, UINTEGER, JSON_REQUIRED, "Tests failed."),
    JSON_FIELD(RunTestsReport, errors, UINTEGER, JSON_REQUIRED,
               "Tests that could not be set up, torn down or collected."),
    JSON_FIELD(RunTestsReport, skipped, UINTEGER, JSON_REQUIRED, "Tests skipped or expected to fail."),
    JSON_FIELD_OF(RunTestsReport, tests, ARRAY, JSON_REQUIRED, test_result_report_type, "In the order they ran."),
    JSON_FIELD_OF(RunTestsReport, collection_errors, ARRAY, JSON_REQUIRED, test_result_report_type,
                  "Files that could not be collected."),
    JSON_FIELD(RunTestsReport, line_coverage, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Share of executable lines reached; null: not measured."),
    JSON_FIELD_OF(RunTestsReport, coverage, ARRAY, JSON_OMIT_ZERO, file_coverage_report_type,
                  "By file, when it was asked for."),
    JSON_FIELD(RunTestsReport, notes, STRING_ARRAY, JSON_REQUIRED, "What is missing, and why."),
};
const JsonType run_tests_report_type =
    JSON_TYPE(RunTestsReport, run_tests_report_fields, "What happened to the tests.");
